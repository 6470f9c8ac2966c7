"""The outcome of each fault, from the reports of a run without and a run with faults."""

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
    """A fault, what it cost, and whether it was reported correctly."""

    kind: str
    adapter: str
    law: str
    injected: bool
    cost: str
    as_expected: bool
    told: str


def outcomes(plan: List[Dict[str, Any]], journal: Dict[str, Any], before: Report, after: Report) -> List[Outcome]:
    """One outcome for each planned fault."""
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
        # A signal between two programs costs none, and is reported at the end of the run.
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
    """Take the first matching incident of an adapter out of the list; empty if there is none."""
    for at, incident in enumerate(incidents):
        if incident.startswith(f"the worker of {adapter} ") and all(part in incident for part in parts):
            return incidents.pop(at)
    return ""


def others(plan: List[Dict[str, Any]], before: Report, after: Report) -> List[str]:
    """Laws and adapters without a planned fault whose cells are missing or changed."""
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
    """A row per kind, a column per adapter: faults reported as expected, of faults injected."""
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
