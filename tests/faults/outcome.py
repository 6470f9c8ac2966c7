"""What became of each fault, from the reports of an undisturbed and a disturbed run."""

from __future__ import annotations

import collections
from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Tuple

from specs.laws.verdicts import Cell
from specs.reporting.reports import Report
from tests.faults.kinds import KINDS

Key = Tuple[str, str]


@dataclass(frozen=True)
class Outcome:
    """A fault, and whether what it cost was told as what it was."""

    kind: str
    adapter: str
    law: str
    injected: bool
    cost: str
    as_expected: bool
    told: str


def outcomes(plan: List[Dict[str, Any]], journal: Dict[str, Any], before: Report, after: Report) -> List[Outcome]:
    """One for each planned fault."""
    undisturbed, disturbed = _cells(before), _cells(after)
    incidents = list(journal["incidents"])
    return [_outcome(fault, journal, undisturbed, disturbed, incidents) for fault in plan]


def _outcome(
    fault: Dict[str, Any],
    journal: Dict[str, Any],
    undisturbed: Dict[Key, Cell],
    disturbed: Dict[Key, Cell],
    incidents: list,
) -> Outcome:
    kind, key = KINDS[fault["kind"]], (fault["law"], fault["adapter"])
    cell = disturbed.get(key)
    if cell is None:
        cost, told, as_expected = "the cell", "", False
    elif cell == undisturbed[key]:
        # A signal may come between two programs: then it costs none, and is told at the end of the run.
        told = _taken(incidents, fault["adapter"], f"died of {kind.what}", "(between programs)")
        cost, as_expected = "nothing", bool(told) if kind.by in ("idle", "signal") else not kind.told
    else:
        cost, told = "the law", cell.measured
        as_expected = cell.answer == "no trace" and any(part in cell.measured for part in kind.told)
        if kind.by == "start":
            as_expected = as_expected and bool(_taken(incidents, fault["adapter"], "before it was ready, 1 of 3"))
    return Outcome(
        fault["kind"], fault["adapter"], fault["law"], fault["number"] in journal["injected"], cost, as_expected, told
    )


def _taken(incidents: List[str], adapter: str, *parts: str) -> str:
    """An incident of an adapter that nobody has taken yet, or nothing."""
    for at, incident in enumerate(incidents):
        if incident.startswith(f"the worker of {adapter} ") and all(part in incident for part in parts):
            return incidents.pop(at)
    return ""


def others(plan: List[Dict[str, Any]], before: Report, after: Report) -> List[str]:
    """The laws and adapters for which no fault was planned, and whose cells differ all the same, or are missing."""
    struck = {(fault["law"], fault["adapter"]) for fault in plan}
    disturbed = _cells(after)
    return [
        f"{law} on {adapter}"
        for (law, adapter), cell in _cells(before).items()
        if (law, adapter) not in struck and disturbed.get((law, adapter)) != cell
    ]


def _cells(report: Report) -> Dict[Key, Cell]:
    return {(cell.law, cell.adapter): cell for cell in report.cells}


def table(found: List[Outcome]) -> List[str]:
    """A row a kind, a column an adapter: faults told as expected of faults injected."""
    names = sorted({outcome.adapter for outcome in found})
    counted: Dict[Key, List[bool]] = collections.defaultdict(list)
    for outcome in found:
        counted[outcome.kind, outcome.adapter].append(outcome.injected and outcome.as_expected)
        counted["all", outcome.adapter].append(outcome.injected and outcome.as_expected)
    rows = [kind for kind in KINDS if any((kind, name) in counted for name in names)] + ["all"]
    lines = ["".join(["fault".ljust(30), *(name.rjust(12) for name in names)])]
    for row in rows:
        shown = [f"{sum(counted[row, name])}/{len(counted[row, name])}" for name in names]
        lines.append("".join([row.ljust(30), *(text.rjust(12) for text in shown)]))
    return lines


def plain(found: List[Outcome]) -> List[Dict[str, Any]]:
    return [asdict(outcome) for outcome in found]
