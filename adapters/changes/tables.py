"""The tables in docs/changes.md: the answers of each version, for laws whose answer changed."""

from __future__ import annotations

import functools
from typing import Callable, Dict, List

from adapters.changes.answers import FAMILIES, answer, answers, changes, eras
from specs.laws import LAWS
from specs.reporting.readme import head, row
from specs.reporting.reports import Report


def table(family: str, report: Report) -> List[str]:
    """A row per law: each answer where it changes, in bold if as specified; the fewest programs come last."""
    among = eras(report, family)
    found = changes(report, among)
    lines = head(["law", *map(str, among), "programs"])
    for law in dict.fromkeys(change.law for change in found):
        judged = answers(report, law, among)
        given = {era: answer(cell) for era, cell in judged.items()}
        news = {change.after for change in found if change.law == law} | {next(iter(given))}
        cells = [_marked(given[era], law) if era in news else "" for era in among]
        programs = str(min(cell.programs for cell in judged.values()))
        lines.append(row([f"`{law}`<br>{LAWS[law].question}", *cells, programs]))
    return lines


def _marked(given: str, law: str) -> str:
    return f"**{given}**" if given == LAWS[law].specified else given


TABLES: Dict[str, Callable[[Report], List[str]]] = {
    f"changes-{family}": functools.partial(table, family) for family in FAMILIES
}
