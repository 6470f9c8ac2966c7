"""All claims on all adapters, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Iterator, List, Mapping, Sequence, Tuple

from packaging.version import Version

from adapters.workers.runners import Runner
from specs.errors import SpecError
from specs.reporting.reports import packages
from tests.claims import gluon, keras
from tests.claims.model import Claim

#: The claims of each framework's chapters, by packages that are or were that framework.
CHAPTERS: Mapping[str, Tuple[Claim, ...]] = {
    package: chapter.CLAIMS for chapter in (gluon, keras) for package in chapter.PACKAGES
}
CLAIMS = {claim.name: claim for chapter in (gluon, keras) for claim in chapter.CLAIMS}


@dataclass(frozen=True)
class Result:
    """A claim's verdict on a version, the verdict that is declared for it, and the values seen."""

    claim: str
    package: str
    version: str
    verdict: str
    declared: str
    seen: str

    @property
    def as_declared(self) -> bool:
        return self.verdict == self.declared

    @property
    def column(self) -> str:
        return f"{self.package} {self.version}"

    def __str__(self) -> str:
        other = "" if self.as_declared else f" (declared: {self.declared})"
        return f"{self.column}  {self.claim}  {self.verdict}{other}: {self.seen}"


@dataclass(frozen=True)
class Measured:
    """What is kept of all versions."""

    FORMAT: ClassVar[str] = "concordance-claims 1"

    format: str
    results: Tuple[Result, ...]


def measure(runners: Sequence[Runner]) -> List[Result]:
    """Every claim on the runners whose framework it is about. Raises :class:`SpecError` where there is no claim."""
    return [result for runner in runners for result in _measured(runner)]


def _measured(runner: Runner) -> Iterator[Result]:
    versions = packages(runner.versions)
    package, version = next(iter(versions.items()))
    if package not in CHAPTERS:
        raise SpecError(f"--adapter: no chapter is about {package}; accepted: {', '.join(CHAPTERS)}")
    for claim in CHAPTERS[package]:
        finding = claim.judged(runner.run(claim.program))
        yield Result(claim.name, package, version, finding.verdict, claim.expected(versions), finding.seen)


def merged(kept: Measured, results: Sequence[Result]) -> Measured:
    """What was kept, with these in the place of what was seen on the same versions."""
    columns = {result.column for result in results}
    every = [*(one for one in kept.results if one.column not in columns), *results]
    return Measured(Measured.FORMAT, tuple(sorted(every, key=lambda one: (one.claim, _age(one)))))


def _age(result: Result) -> Tuple[int, Version]:
    """Keras 3 comes after all that was part of TensorFlow."""
    return list(CHAPTERS).index(result.package), Version(result.version)
