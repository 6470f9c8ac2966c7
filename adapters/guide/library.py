"""The data behind the guide, and queries for its pages: which frameworks took part, and what was observed."""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from adapters.carrying.overview import Carried, Fate
from adapters.guide.exhibits import Exhibits, Framework, Port, TaskResult
from adapters.guide.tasks import TASKS, Task
from specs import codec
from specs.laws import LAWS, Law
from specs.laws.verdicts import Cell
from specs.reporting import reports
from specs.reporting.reports import Report, packages, version_text

#: The adapter that implements the specification: it has no column.
SPECIFICATION = "reference"

#: In a folder of reports: the report of the whole comparison, and the one merged from all others.
WHOLE, MERGED = "compare.json", "merged.json"
#: In the same folder: the results for carried layers.
CARRYING = Path("carrying", "carried.json")

GLYPHS = {"holds": "✓", "differs": "≠", "unsupported": "–", "fails": "✗", "missing": "·"}
LEGEND = {
    "holds": "the specified answer",
    "differs": "another answer, declared and explained",
    "unsupported": "no public way to do it",
    "fails": "an answer other than the expected one",
    "missing": "not run",
}


@dataclass(frozen=True)
class Link:
    """A link from external data. Only a URL of a web page is rendered as a link."""

    url: str

    @property
    def safe(self) -> bool:
        return re.match(r"https?://[^\s<>\"']+$", self.url) is not None

    @property
    def text(self) -> str:
        shown = re.sub(r"^https?://(www\.)?", "", self.url)
        return shown if len(shown) <= 60 else shown[:57] + "…"


def task_url(task: Task) -> str:
    return f"tasks/{task.name}.html"


def law_url(law: Law) -> str:
    """The page of a law, by its name without the brackets of a law about one role."""
    return f"laws/{law.name.replace('[', '-').replace(']', '')}.html"


def addresses(frameworks: Sequence[Framework]) -> List[str]:
    """Names of frameworks in URLs, which do not change when a framework is added."""
    names = [slug(one.name) for one in frameworks]
    return names if len({*names}) == len(names) else [f"{name}-{at}" for at, name in enumerate(names)]


def ways(frameworks: Sequence[Framework]) -> List[Tuple[Framework, Framework, str]]:
    """Every ordered pair, with the URL of the page about what changes between them."""
    pairs = itertools.permutations(zip(frameworks, addresses(frameworks)), 2)
    return [(x, y, f"from/{one}-to-{other}.html") for (x, one), (y, other) in pairs]


def between_url(way: str, kind: str) -> str:
    """The page of a layer kind for a pair of frameworks."""
    return f"{way[: -len('.html')]}/{kind}.html"


@dataclass(frozen=True)
class Answer:
    """A framework's answer to a law: a cell of the report, or None."""

    framework: str
    law: Law
    anchor: str
    cell: Optional[Cell]

    @property
    def verdict(self) -> str:
        return "missing" if self.cell is None else self.cell.verdict

    @property
    def glyph(self) -> str:
        return GLYPHS[self.verdict]

    @property
    def detail(self) -> str:
        return LEGEND[self.verdict]

    @property
    def answer(self) -> str:
        return "" if self.cell is None else self.cell.answer

    @property
    def short(self) -> str:
        return self.answer or "not run"

    @property
    def reason(self) -> str:
        return "" if self.cell is None else _WRAPPED.sub(r"\1\3", self.cell.reason)

    @property
    def kind(self) -> str:
        return "" if self.cell is None or self.cell.kind == self.cell.answer else self.cell.kind

    @property
    def source(self) -> Optional[Link]:
        """The source of the reason: the cell's own, or the one at the end of the reason."""
        if self.cell is None:
            return None
        at_end = _WRAPPED.match(self.cell.reason)
        url = self.cell.source or (at_end and (at_end[2] or at_end[4]))
        return Link(url) if url else None

    @property
    def program(self) -> str:
        return "" if self.cell is None else self.cell.program

    @property
    def facts(self) -> List[Tuple[str, str]]:
        """Measurements, as pairs of name and value."""
        if self.cell is None:
            return []
        counted = [
            ("programs", str(self.cell.programs)),
            ("of these with", ", ".join(f"{kind} {met}" for kind, met in (self.cell.kinds or {}).items())),
            ("observations", str(self.cell.observations)),
            ("without a way to do it", str(self.cell.unsupported_programs or "")),
            ("measured", self.cell.measured),
            ("tests of draws", str(self.cell.tests or "")),
            ("least p of these", f"{self.cell.least_p:.2g}" if self.cell.tests else ""),
            ("comparisons of single arrays", str(self.cell.comparisons or "")),
        ]
        return [(name, value) for name, value in counted if value]


#: A reason as adapters write it: optionally preceded by its kind, and followed by its source.
_WRAPPED = re.compile(r"(?:\S+: )?unsupported \((.*?)(?: \[(\S+)\])?\)$|(.*) \[(https?:\S+)\]$", re.DOTALL)


class Library:
    """A report (or None), exhibits, and the results for carried layers."""

    def __init__(self, report: Optional[Report], exhibits: Exhibits, fates: Sequence[Fate] = ()):
        self.report = report
        self.exhibits = exhibits
        self.fates = fates
        self.cells = {} if report is None else {(cell.law, cell.adapter): cell for cell in report.cells}

    @functools.cached_property
    def frameworks(self) -> Tuple[Framework, ...]:
        """The frameworks in the exhibits, and those that are only in the report."""
        found = {one.name: one for one in self.exhibits.frameworks}
        reported = {} if self.report is None else self.report.adapters
        for name, versions in reported.items():
            if name != SPECIFICATION:
                found.setdefault(name, Framework(name, packages(versions), {}))
        return tuple(found.values())

    @functools.cached_property
    def apart(self) -> List[str]:
        """Differences between the framework versions of the report and of the exhibits."""
        reported = {} if self.report is None else self.report.adapters
        found = []
        for one in self.exhibits.frameworks:
            judged = packages(reported.get(one.name, {}))
            if judged and judged != one.versions:
                judged_on, from_versions = version_text(judged), version_text(one.versions)
                found.append(f"{one.name}: judged on {judged_on}; code and values are from {from_versions}")
        return found

    def marked(self, frameworks: Sequence[Framework]) -> Dict[str, Tuple[bool, bool]]:
        """For each role, whether these frameworks name it differently, and whether they order its axes differently."""
        held = [one.roles for one in frameworks if one.roles]
        roles = dict.fromkeys(role for roles in held for role in roles)
        return {
            role: (
                len({roles[role].name for roles in held if role in roles}) > 1,
                len({roles[role].axes for roles in held if role in roles}) > 1,
            )
            for role in roles
        }

    def marked_names(self, frameworks: Sequence[Framework]) -> Tuple[str, ...]:
        """Native names of the roles that these frameworks name differently."""
        renamed = [role for role, (named, _) in self.marked(frameworks).items() if named]
        return tuple(sorted({one.roles[role].name for role in renamed for one in frameworks if role in one.roles}))

    def number(self, framework: str) -> int:
        """The number of a framework's column."""
        return [one.name for one in self.frameworks].index(framework)

    def port(self, kind: str, source: str, target: str) -> Optional[Port]:
        """The carried layer of a kind, or None."""
        found = (one for one in self.exhibits.ports if (one.kind, one.source, one.target) == (kind, source, target))
        return next(found, None)

    def answer(self, law: str, framework: str) -> Answer:
        anchor = f"on-{addresses(self.frameworks)[self.number(framework)]}"
        return Answer(framework, LAWS[law], anchor, self.cells.get((law, framework)))

    def is_judged(self, framework: str) -> bool:
        """Whether the report has answers of a framework."""
        return any(adapter == framework for _, adapter in self.cells)

    def answers(self, law: str) -> List[Answer]:
        return [self.answer(law, one.name) for one in self.frameworks]

    def task_result(self, task: str, framework: str) -> TaskResult:
        found = self.exhibits.task_result(task, framework)
        return found or TaskResult(task, framework, missing="This task was not run here.")

    def nearest(self, task: Task, framework: str) -> List[Task]:
        """Other tasks about the same laws that a framework supports, those that share most laws first."""
        return [other for other in _near(task) if self._can(other, framework)]

    def _can(self, task: Task, framework: str) -> bool:
        steps: Tuple[Any, ...] = self.task_result(task.name, framework).steps
        return bool(steps) and all(step.outcome == "ok" for step in steps)


@functools.lru_cache(maxsize=None)
def _near(task: Task) -> List[Task]:
    """Other tasks about the same laws, those that share most of them first."""
    shared = {name: len({*task.laws} & {*other.laws}) for name, other in TASKS.items() if other is not task}
    return [TASKS[name] for name in sorted(filter(shared.get, shared), key=lambda name: -shared[name])]


def report_in(path: Path) -> Optional[Report]:
    """The report at a path, or None for a folder without reports: the site then has no verdicts."""
    if not path.is_dir():
        return Report.load(path)
    whole = path / WHOLE
    if whole.is_file():
        return Report.load(whole)
    files = sorted(file for file in path.glob("*.json") if file.name != MERGED)
    return reports.merge([Report.load(file) for file in files], "merged") if files else None


def fates_in(path: Path) -> Tuple[Fate, ...]:
    """The carrying results in a folder of reports; empty if there are none."""
    file = path / CARRYING
    return codec.load(file, Carried).fates if file.is_file() else ()


def slug(text: str) -> str:
    """A name as a part of a file's name."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-").lower()[:40] or "x"
