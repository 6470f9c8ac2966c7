"""The report of a run: the matrix of laws and adapters, as JSON and as text, and the merging of several reports.

The JSON is one object: ``format`` (3), ``environment``, ``seed`` (of Hypothesis), ``programs`` (requested per
law; null: each law's own number), ``budget`` (see :class:`Spending`), ``adapters`` (name to versions), ``cells`` (see
:class:`specs.laws.verdicts.Cell`), ``run`` (see :class:`Run`), the only entry that differs between equal runs, and
``absent``, the adapters that should have run but could not (name to reason).
"""

from __future__ import annotations

import collections
import datetime
import textwrap
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Dict, List, Optional, Sequence, Tuple

from specs import codec
from specs.errors import SpecError, one_of
from specs.laws import LAWS
from specs.laws.verdicts import VERDICTS, Cell

SYMBOLS = {"holds": "holds", "differs": "differs", "unsupported": "unsupported", "fails": "FAILS"}


@dataclass(frozen=True)
class Spending:
    """The false-alarm budget of a run, and how much of it was spent.

    ``total`` is the probability that a run fails although all draws are correct, ``share`` that of each test. ``tests``
    is the number of tests of pooled draws, ``comparisons`` the number of checks for coincidences that never come about
    by chance, and ``spent`` the bound on the probability that any of these was a false alarm.
    """

    total: float
    share: float
    tests: int
    comparisons: int
    spent: float


@dataclass(frozen=True)
class Run:
    """When a run began (UTC), its command, and how many seconds it took."""

    date: str
    command: str
    seconds: float


@dataclass(frozen=True)
class Report:
    """The results of one run."""

    FORMAT: ClassVar[int] = 3

    format: int
    environment: str
    seed: str
    programs: Optional[int]
    budget: Spending
    adapters: Dict[str, Dict[str, str]]
    cells: Tuple[Cell, ...]
    run: Run
    #: Adapters that should have run but could not, and why.
    absent: Optional[Dict[str, str]] = None

    def __post_init__(self) -> None:
        for at, cell in enumerate(self.cells):
            one_of(f"Report.cells[{at}].law", cell.law, tuple(LAWS))

    def save(self, folder: Path) -> Path:
        """Write ``<environment>.json`` into a folder, which is created if missing."""
        return codec.save(self, folder / f"{self.environment}.json")

    @staticmethod
    def load(file: Path) -> Report:
        """Read a report. Raises :class:`SpecError` if it is not one, or has another format."""
        return codec.load(file, Report)

    @property
    def failed(self) -> Tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.verdict == "fails")


def now() -> str:
    """The time, to the minute, in UTC."""
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def packages(versions: Dict[str, str]) -> Dict[str, str]:
    """An adapter's versions, without the path of its interpreter."""
    return {package: version for package, version in versions.items() if package != "interpreter"}


def version_text(versions: Dict[str, str]) -> str:
    """Versions on one line."""
    return ", ".join(f"{package} {version}" for package, version in packages(versions).items())


def merge(reports: Sequence[Report], environment: str) -> Report:
    """Merge reports into one. If two have the same cell, the worse verdict is kept and the counts are added.

    The last date is kept. Raises :class:`SpecError` if there are no reports.
    """
    if not reports:
        raise SpecError("there is no report to merge")
    worst = list(VERDICTS)
    cells: Dict[Tuple[str, str], Cell] = {}
    for report in reports:
        for cell in report.cells:
            key = cell.law, cell.adapter
            cells[key] = _merged(cells[key], cell, worst) if key in cells else cell
    return replace(
        reports[0],
        environment=environment,
        adapters={name: versions for report in reports for name, versions in report.adapters.items()},
        budget=Spending(
            total=sum(report.budget.total for report in reports),
            share=max(report.budget.share for report in reports),
            tests=sum(report.budget.tests for report in reports),
            comparisons=sum(report.budget.comparisons for report in reports),
            spent=sum(report.budget.spent for report in reports),
        ),
        cells=tuple(cells.values()),
        absent={name: why for report in reports for name, why in (report.absent or {}).items()} or None,
        run=Run(
            date=max(report.run.date for report in reports),
            command="; ".join(dict.fromkeys(report.run.command for report in reports)),
            seconds=sum(report.run.seconds for report in reports),
        ),
    )


def _merged(one: Cell, other: Cell, worst: List[str]) -> Cell:
    better, worse = sorted((one, other), key=lambda cell: worst.index(cell.verdict))
    return replace(
        worse,
        programs=better.programs + worse.programs,
        observations=better.observations + worse.observations,
        unsupported_programs=better.unsupported_programs + worse.unsupported_programs,
        kinds=dict(collections.Counter(better.kinds or {}) + collections.Counter(worse.kinds or {})),
        tests=better.tests + worse.tests,
        comparisons=better.comparisons + worse.comparisons,
        least_p=min(better.least_p, worse.least_p),
    )


def matrix(report: Report) -> List[str]:
    """The matrix as lines of text: one row per law, one column per adapter."""
    laws = [name for name in LAWS if any(cell.law == name for cell in report.cells)]
    names = [name for name in report.adapters if any(cell.adapter == name for cell in report.cells)]
    found = {(cell.law, cell.adapter): cell for cell in report.cells}
    left = max([len(law) for law in laws] + [3])
    widths = [max(len(name), len("unsupported")) for name in names]
    lines = ["  ".join(["law".ljust(left), *(name.ljust(width) for name, width in zip(names, widths))]).rstrip()]
    for law in laws:
        cells = [found.get((law, name)) for name in names]
        shown = [("" if cell is None else SYMBOLS[cell.verdict]).ljust(width) for cell, width in zip(cells, widths)]
        lines.append("  ".join([law.ljust(left), *shown]).rstrip())
    return lines


def differences(report: Report) -> List[str]:
    """Each difference and each gap in a few lines: the specified answer, the answer seen, the reason and its source."""
    lines = []
    for cell in report.cells:
        if cell.verdict in ("differs", "unsupported"):
            law = LAWS[cell.law]
            lines.append(f"{cell.adapter}: {cell.law} ({cell.kind})")
            lines.append(f"    asked      {law.question}")
            lines.append(f"    specified  {law.specified}")
            lines.append(f"    seen       {cell.answer}{'; ' + cell.measured if cell.measured else ''}")
            lines += textwrap.wrap(cell.reason, 100, initial_indent="    because    ", subsequent_indent=" " * 15)
            if cell.source:
                lines.append(f"    source     {cell.source}")
    return lines


def summary(report: Report) -> str:
    """Counts of verdicts and programs, on one line."""
    found = {cell.law for cell in report.cells}
    verdicts = collections.Counter(cell.verdict for cell in report.cells)
    counted = ", ".join(f"{verdicts[name]} {SYMBOLS[name]}" for name in VERDICTS if verdicts[name])
    programs = sum(max(cell.programs for cell in report.cells if cell.law == law) for law in found)
    traces = sum(cell.programs for cell in report.cells)
    run = f"{len(found)} law{'' if len(found) == 1 else 's'}, {programs} programs, {traces} traces judged"
    return f"{run}: {counted or 'nothing judged'}"


def kinds(report: Report) -> List[str]:
    """One line for each adapter: the number of programs in which each layer kind was judged."""
    lines = []
    for name in report.adapters:
        met: Dict[str, int] = collections.Counter()
        for cell in report.cells:
            if cell.adapter == name:
                met.update(cell.kinds or {})
        shown = ", ".join(f"{kind} {programs}" for kind, programs in met.items())
        lines += [f"{name}: programs with {shown}"] if met else []
    return lines


def spending(report: Report) -> str:
    """The statistical strength of the verdicts on random draws, on one line."""
    budget = report.budget
    if not budget.tests and not budget.comparisons:
        return "random draws: none judged"
    made = f"{budget.tests} tests at {budget.share:.2g} each and {budget.comparisons} comparisons"
    spent = f"random draws: {made} spent {budget.spent:.2g} of the budget of {budget.total:g}"
    if not budget.tests:
        return spent
    least = min(report.cells, key=lambda cell: cell.least_p)
    return f"{spent}; least p {least.least_p:.2g} ({least.law}, {least.adapter})"
