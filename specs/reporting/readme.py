"""The tables in README.md: made from a report, and checked against one.

A table stands between ``<!-- NAME -->`` and ``<!-- /NAME -->``. The check holds the README to whatever the report has:
a run of some laws only checks the rows of those laws.
"""

from __future__ import annotations

import collections
import re
from pathlib import Path
from typing import Callable, Dict, List

from specs.errors import SpecError
from specs.laws import LAWS
from specs.laws.verdicts import VERDICTS
from specs.reporting.reports import Report, told


def overview(report: Report) -> List[str]:
    """How many laws of each chapter each framework answers as specified, otherwise as declared, or not at all."""
    names = _frameworks(report)
    lines = head(["chapter", "laws", *names])
    for chapter in dict.fromkeys(law.chapter for law in LAWS.values()):
        laws = [name for name, law in LAWS.items() if law.chapter == chapter]
        lines.append(row([chapter, str(len(laws)), *(_counted(report, name, laws) for name in names)]))
    return lines


def divergent(report: Report) -> List[str]:
    """A row for each law that some framework answers otherwise, with every framework's answer."""
    names = _frameworks(report)
    cells = {(cell.law, cell.adapter): cell for cell in report.cells}
    lines = head(["law", "specified", *names])
    for name, law in LAWS.items():
        found = [cells[name, adapter] for adapter in names if (name, adapter) in cells]
        if any(cell.verdict != "holds" for cell in found):
            answers = ["✓" if cell.verdict == "holds" else f"**{cell.answer}**" for cell in found]
            lines.append(row([f"`{name}`<br>{law.question}", law.specified, *answers]))
    return lines


def ran(report: Report) -> List[str]:
    """What was run, on what."""
    lines = head(["adapter", "versions"])
    for name, versions in report.adapters.items():
        lines.append(row([name, told(versions)]))
    return lines


TABLES: Dict[str, Callable[[Report], List[str]]] = {"overview": overview, "divergent": divergent, "ran": ran}

#: Tables that every run must agree with. On what the tables were made is told, not asked of others.
CHECKED = ("overview", "divergent")


def replaced(text: str, name: str, lines: List[str]) -> str:
    """The text with other lines in the place of that name. Raises :class:`SpecError` where there is no such place."""
    if not _between(name).search(text):
        raise SpecError(f"the README has no place for the table {name}: <!-- {name} --> and <!-- /{name} -->")
    made = "\n".join(["", "", *lines, "", ""])
    return _between(name).sub(lambda found: found[1] + made + found[3], text)


def rewrite(file: Path, blocks: Dict[str, List[str]]) -> None:
    """Put lines into a file, each block in the place of its name. Raises :class:`SpecError` where there is none."""
    text = file.read_text(encoding="utf-8")
    for name, lines in blocks.items():
        text = replaced(text, name, lines)
    file.write_text(text, encoding="utf-8")


def stale(text: str, report: Report) -> List[str]:
    """What the README says otherwise than the report. A report of some laws speaks of those laws alone."""
    whole = {cell.law for cell in report.cells} == set(LAWS)
    names = list(CHECKED) if whole else ["divergent"]
    found = []
    for name in names:
        block = _between(name).search(text)
        if block is None:
            found.append(f"there is no table {name}")
            continue
        shown = [line for line in block[2].splitlines() if line]
        expected = TABLES[name](report)
        wanted = expected if whole else expected[2:]
        missing = [line for line in wanted if line not in shown]
        extra = [line for line in shown if line not in expected] if whole else []
        found += [f"{name}: missing: {line}" for line in missing] + [f"{name}: out of date: {line}" for line in extra]
    return found


def _between(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- {name} -->)(.*?)(<!-- /{name} -->)", re.DOTALL)


def _frameworks(report: Report) -> List[str]:
    return [name for name in report.adapters if name != "reference"]


def _counted(report: Report, adapter: str, laws: List[str]) -> str:
    verdicts = collections.Counter(
        cell.verdict for cell in report.cells if cell.adapter == adapter and cell.law in laws
    )
    words = {"holds": "{} hold", "differs": "{} differ", "unsupported": "{} unsupported", "fails": "**{} FAIL**"}
    return ", ".join(words[name].format(verdicts[name]) for name in VERDICTS if verdicts[name])


def head(titles: List[str]) -> List[str]:
    """The first two lines of a table."""
    return [row(titles), row(["---"] * len(titles))]


def row(cells: List[str]) -> str:
    """A line of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
