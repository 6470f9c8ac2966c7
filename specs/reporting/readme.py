"""The tables in README.md and docs/: made from a report, and checked against one.

A table is on one of these pages, between ``<!-- NAME -->`` and ``<!-- /NAME -->``. The check compares the pages with
what the report has: after a run of some laws, only the rows of those laws are checked.
"""

from __future__ import annotations

import collections
import re
from pathlib import Path
from typing import Callable, Dict, List

from specs.errors import SpecError
from specs.laws import LAWS
from specs.laws.verdicts import VERDICTS
from specs.reporting.reports import Report, version_text

#: Differences shown first: whoever ports code and misses one may train for days before it shows.
FIRST = ("initialization.default[dense.weight]", "initialization.plain_again", "training.default_epsilon[batch_norm]")


def first(report: Report) -> List[str]:
    """Every framework's answers to three questions, and the number of programs for each."""
    names = _frameworks(report)
    cells = {(cell.law, cell.adapter): cell for cell in report.cells}
    lines = head(["question", *names, "programs"])
    for law in FIRST:
        found = [cells[law, name] for name in names if (law, name) in cells]
        if found:
            asked = str(min(cell.programs for cell in found))
            lines.append(row([LAWS[law].question, *(f"**{cell.answer}**" for cell in found), asked]))
    return lines


def cost(report: Report) -> List[str]:
    """How long the run took, and the disk space of its frameworks' environments, as far as these still exist."""
    sizes = [
        f"{name} {_megabytes(prefix):,}"
        for name in _frameworks(report)
        for prefix in [Path(report.adapters[name].get("interpreter", "")).parent.parent]
        if (prefix / "pyvenv.cfg").is_file()
    ]
    took = f"The comparison that made these tables took {report.run.seconds / 60:.0f} minutes in two processes"
    return [f"{took}; megabytes on disk: {', '.join(sizes)}." if sizes else f"{took}."]


def overview(report: Report) -> List[str]:
    """How many laws of each chapter each framework answers as specified, differently as declared, or not at all."""
    names = _frameworks(report)
    lines = head(["chapter", "laws", *names])
    for chapter in dict.fromkeys(law.chapter for law in LAWS.values()):
        laws = [name for name, law in LAWS.items() if law.chapter == chapter]
        lines.append(row([chapter, str(len(laws)), *(_counted(report, name, laws) for name in names)]))
    return lines


def divergent(report: Report) -> List[str]:
    """A row for each law that at least one framework answers differently, with every framework's answer."""
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
    """The versions of each adapter."""
    lines = head(["adapter", "versions"])
    for name, versions in report.adapters.items():
        lines.append(row([name, version_text(versions)]))
    return lines


TABLES: Dict[str, Callable[[Report], List[str]]] = {
    "first": first,
    "cost": cost,
    "overview": overview,
    "divergent": divergent,
    "ran": ran,
}

#: Tables that every run must agree with: ``ran`` and ``cost`` describe the run that made them.
CHECKED = ("first", "overview", "divergent")


def pages(root: Path) -> List[Path]:
    """README.md and the pages in docs/."""
    return [root / "README.md", *sorted((root / "docs").glob("*.md"))]


def block(root: Path, name: str) -> List[str]:
    """The lines of a table as a page has them. Raises :class:`SpecError` unless exactly one page has the table."""
    found = _between(name).search(_page(root, name).read_text(encoding="utf-8"))
    assert found is not None  # _page found it there
    return found[2].strip().splitlines()


def rewrite(root: Path, blocks: Dict[str, List[str]]) -> None:
    """Write tables into their pages. Raises :class:`SpecError` unless exactly one page has a place for each."""
    places = {name: _page(root, name) for name in blocks}
    for name, lines in blocks.items():
        text = places[name].read_text(encoding="utf-8")
        places[name].write_text(_replaced(text, name, lines), encoding="utf-8")


def _replaced(text: str, name: str, lines: List[str]) -> str:
    made = "\n".join(["", "", *lines, "", ""])
    return _between(name).sub(lambda found: found[1] + made + found[3], text)


def stale(root: Path, report: Report) -> List[str]:
    """Where the pages differ from the report, as messages. A report of some laws is compared for those laws only."""
    whole = {cell.law for cell in report.cells} == set(LAWS)
    names = list(CHECKED) if whole else ["divergent"]
    found = []
    for name in names:
        expected = TABLES[name](report)
        found += apart(root, name, expected) if whole else missing(root, name, expected[2:])
    return found


def apart(root: Path, name: str, expected: List[str]) -> List[str]:
    """Lines that are missing from the page of a table, and lines that are out of date."""
    extra = [line for line in block(root, name) if line and line not in expected]
    return missing(root, name, expected) + [f"{_where(root, name)}: out of date: {line}" for line in extra]


def missing(root: Path, name: str, wanted: List[str]) -> List[str]:
    shown = block(root, name)
    return [f"{_where(root, name)}: missing: {line}" for line in wanted if line not in shown]


def _where(root: Path, name: str) -> str:
    return f"{_page(root, name).relative_to(root)}: {name}"


def _page(root: Path, name: str) -> Path:
    found = [page for page in pages(root) if _between(name).search(page.read_text(encoding="utf-8"))]
    if len(found) != 1:
        which = " and ".join(str(page.relative_to(root)) for page in found) or "none"
        raise SpecError(
            f"<!-- {name} --> … <!-- /{name} -->: {which} of README.md and docs/ has it; expected: one page"
        )
    return found[0]


def _megabytes(folder: Path) -> int:
    return round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6)


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
