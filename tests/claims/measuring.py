"""Measures all claims on all adapters, and merges the results with stored ones."""

from __future__ import annotations

from types import ModuleType
from typing import Iterator, List, Mapping, Sequence, Tuple

from packaging.version import Version

from adapters.workers.runners import Runner
from specs.errors import SpecError
from specs.reporting.claims import Measured, Result, Stated
from specs.reporting.reports import packages
from tests.claims import beside, gluon, keras
from tests.claims.model import together

#: The claims of each framework's chapters, by the packages that contain or contained it.
CHAPTERS: Mapping[str, ModuleType] = {package: chapter for chapter in (gluon, keras) for package in chapter.PACKAGES}
CLAIMS = {claim.name: claim for chapter in (gluon, keras) for claim in chapter.CLAIMS}


def measure(runners: Sequence[Runner]) -> List[Result]:
    """Judge every claim about a runner's framework. Raises :class:`SpecError` if no chapter is about it."""
    return [result for runner in runners for result in _measured(runner)]


def _measured(runner: Runner) -> Iterator[Result]:
    versions = packages(runner.versions)
    package, version = next(iter(versions.items()))
    if package not in CHAPTERS:
        raise SpecError(f"--adapter: no chapter is about {package}; accepted: {', '.join(CHAPTERS)}")
    # Programs run first, because the chapters' own code would change the numbers in later names.
    shown = [(claim, claim.judged(runner.run(claim.program))) for claim in CHAPTERS[package].CLAIMS]
    for claim, by_program in shown:
        owns = () if claim.own is None else (claim.own,)
        told = [own.judged(beside.told(runner, CHAPTERS[package].CODE, own.function)) for own in owns]
        finding = together(by_program, *told)
        yield Result(claim.name, package, version, finding.verdict, claim.expected(versions), finding.seen)


def merged(kept: Measured, results: Sequence[Result]) -> Measured:
    """The stored results, with those for the same versions replaced."""
    columns = {result.column for result in results}
    every = [*(one for one in kept.results if one.column not in columns), *results]
    stated = tuple(Stated(claim.name, claim.text, claim.chapter) for claim in CLAIMS.values())
    return Measured(Measured.FORMAT, stated, tuple(sorted(every, key=lambda one: (one.claim, _age(one)))))


def _age(result: Result) -> Tuple[int, Version]:
    """A sort key for versions: Keras 3 comes after those that were part of TensorFlow."""
    return list(CHAPTERS).index(result.package), Version(result.version)
