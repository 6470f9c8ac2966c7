"""What each version of a framework answered, out of a report of several versions, and where that changed."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Dict, Iterator, List, Sequence, Tuple

from packaging.version import Version

from adapters.registry import KNOWN
from adapters.scripts.sources import adapter_source
from specs.errors import SpecError
from specs.laws import LAWS
from specs.laws.verdicts import Cell
from specs.reporting.reports import Report, packages

#: What is kept of the reports that the pages are made from.
MEASURED = Path(__file__).parent / "measured.json"
#: Frameworks, with the packages that were or are the framework, each with its adapter. tf.keras became Keras 3.
FAMILIES = {"gluon": {"mxnet": "gluon"}, "keras": {"tensorflow": "tensorflow", "keras": "keras"}}
NOT_OFFERED = "not offered"


@dataclass(frozen=True)
class Era:
    """A version of a framework, by the name that a report has for it."""

    name: str
    package: str
    adapter: str
    version: Version

    def __str__(self) -> str:
        return f"{self.package} {self.version}"


@dataclass(frozen=True)
class Change:
    """Two versions, one after the other, that answered a law differently."""

    law: str
    before: Era
    after: Era
    was: Cell
    is_now: Cell


def eras(report: Report, family: str) -> List[Era]:
    """The versions of a framework that a report has, oldest first; what runs on another backend is no version."""
    known = FAMILIES[family]
    others = KNOWN.keys() - known.values()
    found = []
    for name, versions in report.adapters.items():
        package, version = next(iter(packages(versions).items()))
        if package in known and name not in others:
            found.append(Era(name, package, known[package], Version(version)))
    return sorted(found, key=lambda era: era.version)


def answer(cell: Cell) -> str:
    """A cell's answer, as a reader is told it."""
    return NOT_OFFERED if cell.verdict == "unsupported" else cell.answer


def answers(report: Report, law: str, among: Sequence[Era]) -> Dict[Era, Cell]:
    """What a law was answered on these versions, those left out whose adapter does not say it yet.

    Raises :class:`SpecError` where a version failed the law: its answer is not known.
    """
    cells = {cell.adapter: cell for cell in report.cells if cell.law == law}
    found = {era: cells[era.name] for era in among if era.name in cells}
    for era, cell in found.items():
        if cell.verdict == "fails":
            raise SpecError(f"{law} fails on {era}: expected: an answer as specified or as declared")
    return {era: cell for era, cell in found.items() if not _is_for_us(cell, era)}


def _is_for_us(cell: Cell, era: Era) -> bool:
    absences = adapter_source(era.adapter).absences.values()
    return any(str(absence) in cell.reason for absence in absences if absence.who == "here")


def changes(report: Report, among: Sequence[Era]) -> List[Change]:
    """All changes from one of these versions to the next, law by law."""
    return [change for law in LAWS for change in _of_law(report, law, among)]


def _of_law(report: Report, law: str, among: Sequence[Era]) -> Iterator[Change]:
    found = list(answers(report, law, among).items())
    for (before, was), (after, is_now) in itertools.pairwise(found):
        if answer(was) != answer(is_now):
            yield Change(law, before, after, was, is_now)


def kept(report: Report) -> Report:
    """The same of the versions of these frameworks alone, and of laws whose answer changed."""
    of_families = {family: eras(report, family) for family in FAMILIES}
    asked: List[Tuple[str, str]] = [
        (change.law, era.name) for among in of_families.values() for change in changes(report, among) for era in among
    ]
    names = {era.name for among in of_families.values() for era in among}
    cells = [replace(cell, kinds=None) for cell in report.cells if (cell.law, cell.adapter) in asked]
    versions = {name: packages(told) for name, told in report.adapters.items() if name in names}
    return replace(report, adapters=versions, cells=tuple(cells), absent=None)
