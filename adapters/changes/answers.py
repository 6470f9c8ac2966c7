"""The answers of each version of a framework, from a report over several versions, and where they changed."""

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

#: The stored part of the reports from which the pages are made.
MEASURED = Path(__file__).parent / "measured.json"
#: For each framework, the packages that contained it and, last, the one that does, with their adapters. tf.keras became
#: Keras 3, which runs on TensorFlow.
FAMILIES = {"gluon": {"mxnet": "gluon"}, "keras": {"tensorflow": "tensorflow", "keras": "keras"}}
NOT_OFFERED = "not offered"


@dataclass(frozen=True)
class Era:
    """A version of a framework, by its name in a report."""

    name: str
    package: str
    adapter: str
    version: Version

    def __str__(self) -> str:
        return f"{self.package} {self.version}"


@dataclass(frozen=True)
class Change:
    """Two consecutive versions that answered a law differently."""

    law: str
    before: Era
    after: Era
    was: Cell
    is_now: Cell


def eras(report: Report, family: str) -> List[Era]:
    """The versions of a framework in a report, oldest first; another backend does not count as a version."""
    known = FAMILIES[family]
    others = KNOWN.keys() - known.values()
    found = []
    for name, versions in report.adapters.items():
        running = packages(versions)
        package = next((package for package in reversed(known) if package in running), None)
        if package and name not in others:
            found.append(Era(name, package, known[package], Version(running[package])))
    return sorted(found, key=lambda era: era.version)


def answer(cell: Cell) -> str:
    """A cell's answer, as shown to readers."""
    return NOT_OFFERED if cell.verdict == "unsupported" else cell.answer


def answers(report: Report, law: str, among: Sequence[Era]) -> Dict[Era, Cell]:
    """The answers to a law on these versions, except versions whose adapter does not implement it yet.

    Raises :class:`SpecError` if a version failed the law: its answer is then not known.
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
    """All changes from one of these versions to the next, by law."""
    return [change for law in LAWS for change in _of_law(report, law, among)]


def _of_law(report: Report, law: str, among: Sequence[Era]) -> Iterator[Change]:
    found = list(answers(report, law, among).items())
    for (before, was), (after, is_now) in itertools.pairwise(found):
        if answer(was) != answer(is_now):
            yield Change(law, before, after, was, is_now)


def kept(report: Report) -> Report:
    """The part of a report about versions of these frameworks, and about laws whose answer changed."""
    of_families = {family: eras(report, family) for family in FAMILIES}
    asked: List[Tuple[str, str]] = [
        (change.law, era.name) for among in of_families.values() for change in changes(report, among) for era in among
    ]
    cells = [replace(cell, kinds=None) for cell in report.cells if (cell.law, cell.adapter) in asked]
    names = {cell.adapter for cell in cells}
    versions = {name: packages(versions) for name, versions in report.adapters.items() if name in names}
    return replace(report, adapters=versions, cells=tuple(cells), absent=None)


def updated(stored: Report, new: Report) -> Report:
    """A stored report with the laws of a new one in place of what it has of them, as far as answers changed.

    Raises :class:`SpecError` if other laws were measured on other versions under the same name.
    """
    asked = {cell.law for cell in new.cells}
    rest = [cell for cell in stored.cells if cell.law not in asked]
    for name in sorted({cell.adapter for cell in rest} & new.adapters.keys()):
        was, is_now = packages(stored.adapters[name]), packages(new.adapters[name])
        if was != is_now:
            raise SpecError(f"{name}: other laws were measured on {was}, these on {is_now}; expected: all on the same")
    adapters = {**stored.adapters, **new.adapters}
    return kept(replace(stored, adapters=adapters, cells=(*rest, *new.cells), run=new.run))
