"""``python -m adapters changes``: which answers changed between two versions of a framework, and why."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Iterator, List, Optional, Sequence

from packaging.version import InvalidVersion, Version

from adapters import scripts
from adapters.changes.answers import FAMILIES, MEASURED, Change, Era, answer, changes, eras
from adapters.guide.tasks import TASKS
from specs.errors import SpecError, one_of
from specs.laws import LAWS, find
from specs.laws.verdicts import Cell
from specs.reporting.reports import Report

#: Accepted names of each framework: its own, and those of packages that contain or contained it.
NAMES = {name: family for family, packages in FAMILIES.items() for name in (family, *packages)}


def run(framework: str, versions: str, law: Optional[str], file: Optional[Path], width: int) -> List[str]:
    """Lines for a terminal of this width, in characters. Raises :class:`SpecError` if the input is invalid."""
    one_of("framework", framework, tuple(NAMES))
    report = Report.load(file or MEASURED)
    among = within(versions, eras(report, NAMES[framework]))
    found = changes(report, among)
    if law is not None:
        return _of_law(law, found, among, width)
    laws = len({change.law for change in found})
    head = f"{' → '.join(map(str, among))}, laws answered differently: {laws}"
    return [head, *(line for change in found for line in ["", *_told(change, width)])]


def _of_law(name: str, found: Sequence[Change], among: Sequence[Era], width: int) -> List[str]:
    """The changes of a law, or of a chapter, with code."""
    asked = {law.name for law in find([name])}
    own = [change for change in found if change.law in asked]
    if not own:
        return [f"{name}: the same answer on all of {', '.join(map(str, among))}"]
    return [line for change in own for line in [*_told(change, width), *_code(change), ""]]


def within(text: str, measured: Sequence[Era]) -> List[Era]:
    """The measured versions in a range ``FIRST..LAST``. Raises :class:`SpecError` if it is invalid or too short."""
    where = f"versions: {text!r}"
    known = f"measured: {', '.join(map(str, measured)) or 'none'}"
    ends = re.fullmatch(r"(.+)\.\.(.+)", text)
    try:
        first, last = map(Version, ends.groups() if ends else ())
    except (InvalidVersion, ValueError):
        raise SpecError(f"{where} is not a range; expected: FIRST..LAST, as in 2.0..3.15; {known}") from None
    for end in (first, last):
        if not measured or _is_before(end, measured[0].version) or _is_before(measured[-1].version, end):
            raise SpecError(f"{where}: {end} is outside the measured versions; {known}")
    if _is_before(last, first):
        raise SpecError(f"{where}: {last} is before {first}; expected: FIRST..LAST, as in 2.0..3.15; {known}")
    found = [era for era in measured if not _is_before(era.version, first) and not _is_before(last, era.version)]
    if len(found) < 2:
        raise SpecError(f"{where} contains fewer than two measured versions; {known}")
    return found


def _is_before(one: Version, other: Version) -> bool:
    """Whether a version is older, comparing only the parts both have: 3.15 is neither before nor after 3.15.1."""
    places = min(len(one.release), len(other.release))
    return one.release[:places] < other.release[:places]


def _told(change: Change, width: int) -> Iterator[str]:
    yield f"{change.law}: {LAWS[change.law].question}"
    for era, cell in ((change.before, change.was), (change.after, change.is_now)):
        yield f"  {era}: {answer(cell)}"
        yield from _wrapped(_why(cell), width)


def _wrapped(text: str, width: int) -> List[str]:
    """Wrap text without breaking URLs."""
    indent = " " * 6
    return textwrap.wrap(
        text,
        max(width, 40),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _why(cell: Cell) -> str:
    return f"{cell.reason} {cell.source}".strip() or "As specified."


def _code(change: Change) -> Iterator[str]:
    """The first task about the law, in the code of each version; only once if the code is the same."""
    task = next((task for task in TASKS.values() if change.law in task.laws), None)
    if task is None:
        return
    sides = {change.before.adapter: change.before, change.after.adapter: change.after}
    for adapter, era in sides.items():
        yield f"  {task.name}, in {era.package}"
        yield from textwrap.indent(scripts.write(task.program, adapter).text, "      ").splitlines()
