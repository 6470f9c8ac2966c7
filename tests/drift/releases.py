"""Installed versions, and the answers that a release changed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Dict, List

from adapters.scripts.sources import adapter_source
from specs.laws import LAWS
from specs.laws.verdicts import Cell
from specs.reporting.reports import Report
from specs.versions import in_force

#: Omits local version labels; TensorFlow may be installed as its CPU-only package.
_TOLD = """
import importlib.metadata, json
there = importlib.metadata.distributions()
found = {each.metadata["Name"].lower().replace("_", "-"): each.version.partition("+")[0] for each in there}
named = {name: found.get(name, found.get(f"{name}-cpu")) for name in ("mxnet", "keras", "tensorflow", "torch")}
print(json.dumps({name: version for name, version in named.items() if version}))
"""


def installed(environment: Path) -> Dict[str, str]:
    """The installed frameworks, with their versions."""
    command = [environment / "bin" / "python", "-c", _TOLD]
    found: Dict[str, str] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def megabytes(environment: Path) -> float:
    return sum(file.lstat().st_size for file in environment.rglob("*")) / 1e6


def moved(report: Report, adapter: str, pinned: Dict[str, str]) -> List[str]:
    """A line for each law that the adapter's release answers differently from the pinned one."""
    due = in_force(adapter_source(adapter).divergences, pinned)
    lines = []
    for cell in report.cells:
        if cell.adapter == adapter and cell.verdict == "fails" and not _is_unanswered(cell):
            was = due[cell.law].answer if cell.law in due else LAWS[cell.law].specified
            lines.append(f"  {cell.law}: {LAWS[cell.law].question} was: {was}; is now: {cell.answer} {cell.measured}")
    return lines


def unanswered(report: Report, adapter: str) -> List[str]:
    """Laws without an answer: no program raised their question, or a process ended."""
    return [cell.law for cell in report.cells if cell.adapter == adapter and _is_unanswered(cell)]


def _is_unanswered(cell: Cell) -> bool:
    """Whether a cell fails without a failing program; the answer ``none`` alone is not enough, as laws may have it."""
    return (cell.verdict, cell.answer, cell.program) == ("fails", "none", "")
