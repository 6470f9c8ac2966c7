"""A task as text for a terminal, operation by operation: the frameworks side by side where there is room for it."""

from __future__ import annotations

import itertools
import textwrap
from dataclasses import dataclass
from typing import Dict, Iterable, List, Sequence

from adapters import scripts
from adapters.guide.exhibits import Exhibits, Held, Step, TaskResult
from adapters.guide.library import Library, held
from adapters.guide.tasks import Task
from adapters.registry import ADAPTERS
from adapters.scripts.layout import WIDTH, relaid
from adapters.scripts.sources import AdapterSource, NoFrameworkError, adapter_source
from specs.laws import LAWS
from specs.reporting.reports import told

#: Between columns, before cells, and before what code printed.
GAP, INDENT, PRINTED = "   ", "  ", "| "
#: Code in narrower columns than this is harder to read than code further down.
NARROWEST = 30
NOT_RUN = "This is the code alone, which was not run: {} is not there. `tox run -e guide` makes it."


def tasks(listed: Iterable[Task]) -> List[str]:
    """All tasks by chapter, a line each."""
    found = list(listed)
    left = max(len(task.name) for task in found)
    lines: List[str] = []
    for chapter, members in itertools.groupby(found, key=lambda task: task.chapter):
        lines += ["", chapter]
        lines += [f"  {task.name.ljust(left)}  {task.statement}" for task in members]
    return lines[1:]


@dataclass(frozen=True)
class Shown:
    """A framework's part: how it holds roles, what it did, and the nearest tasks to what it has no way for."""

    name: str
    roles: Dict[str, Held]
    task_result: TaskResult
    nearest: Sequence[str] = ()

    @property
    def cells(self) -> List[Cell]:
        """Its set-up, then a cell for each operation; why there is none where it did nothing."""
        did = self.task_result
        if did.missing:
            return [Cell(text=f"not run: {did.missing}")]
        return [Cell(code=did.setup), *map(self._cell, did.steps)]

    def _cell(self, step: Step) -> Cell:
        text = "" if step.code else "(nothing to write)"
        if step.outcome == "unsupported":
            text = f"nearest: {', '.join(self.nearest) or 'none'}"
        return Cell(step.code, step.printed, text)


@dataclass(frozen=True)
class Cell:
    """Code, what it printed, and what else there is to say."""

    code: Sequence[str] = ()
    printed: Sequence[str] = ()
    text: str = ""

    def lines(self, width: int) -> List[str]:
        code = relaid("\n".join(self.code), min(width, WIDTH)) if self.code else []
        text = textwrap.wrap(self.text, max(width, NARROWEST))
        return [*code, *(f"{PRINTED}{line}" for line in self.printed), *text]


def ran(task: Task, exhibits: Exhibits, width: int) -> List[str]:
    """A task as frameworks performed it."""
    library = Library(None, exhibits)
    shown = [
        Shown(
            one.name,
            one.roles,
            library.task_result(task.name, one.name),
            [near.name for near in library.nearest(task, one.name)],
        )
        for one in exhibits.frameworks
    ]
    versions = "; ".join(f"{one.name}: {told(one.versions)}" for one in exhibits.frameworks)
    return _page(task, shown, [f"run {exhibits.date}", *textwrap.wrap(versions, max(width, 40))], width)


def written(task: Task, adapters: Sequence[str], missing: str, width: int) -> List[str]:
    """A task as frameworks would perform it; ``missing`` is the file that would have what they printed."""
    shown = [_unperformed(task, adapter_source(adapter), adapter) for adapter in adapters]
    return _page(task, shown, textwrap.wrap(NOT_RUN.format(missing), max(width, 40)), width)


def _unperformed(task: Task, known: AdapterSource, adapter: str) -> Shown:
    script = scripts.write(task.program, adapter)
    steps = tuple(Step(tuple(script.lines_of(at))) for at in range(len(script.spans)))
    return Shown(known.name, held(known), TaskResult(task.name, known.name, tuple(script.setup), steps))


def _page(task: Task, shown: Sequence[Shown], head: Sequence[str], width: int) -> List[str]:
    titles = ["Set-up", *map(str, task.program.operations)]
    columns = {one.name: one.cells for one in shown}
    rows: List[str] = []
    for at, title in enumerate(titles):
        cells = {name: column[at] for name, column in columns.items() if at < len(column)}
        rows += [f"{at}. {title}" if at else title, *_row(cells, width), ""]
    holds = {one.name: {role: how for role, how in one.roles.items() if task.is_about(role)} for one in shown}
    called = {name: {role: how.name for role, how in roles.items()} for name, roles in holds.items()}
    axes = {name: {role: f"[{', '.join(how.axes)}]" for role, how in roles.items()} for name, roles in holds.items()}
    lines = [
        f"{task.name}: {task.statement}",
        *head,
        "",
        *_told("is called", called),
        *_told("has axes", axes),
        "",
        *rows,
        *_differences(task, [one.name for one in shown], width),
    ]
    # A terminal obeys what cannot be printed.
    return ["".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in line) for line in lines]


def _row(cells: Dict[str, Cell], width: int) -> List[str]:
    """One operation in all frameworks."""
    narrow = (width - len(INDENT) - len(GAP) * (len(cells) - 1)) // max(len(cells), 1)
    columns = [[name, *cell.lines(max(narrow, NARROWEST))] for name, cell in cells.items()]
    if all(len(line) <= narrow for column in columns for line in column):
        rows = itertools.zip_longest(*columns, fillvalue="")
        return [f"{INDENT}{GAP.join(line.ljust(narrow) for line in row)}".rstrip() for row in rows]
    inner = INDENT * 2
    below = [(name, cell.lines(width - len(inner))) for name, cell in cells.items()]
    return [line for name, lines in below for line in [f"{INDENT}{name}", *(f"{inner}{one}".rstrip() for one in lines)]]


def _told(verb: str, told: Dict[str, Dict[str, str]]) -> List[str]:
    """What frameworks say of each role: a line a role, those that say the same together."""
    lines = []
    for role in dict.fromkeys(role for roles in told.values() for role in roles):
        by_answer: Dict[str, List[str]] = {}
        for name, roles in told.items():
            if role in roles:
                by_answer.setdefault(roles[role], []).append(name)
        everywhere = len(by_answer) == 1
        each = [f"{one} in {'all' if everywhere else ', '.join(names)}" for one, names in by_answer.items()]
        lines.append(f"{role} {verb} {'; '.join(each)}")
    return lines


def _differences(task: Task, names: Sequence[str], width: int) -> List[str]:
    lines: List[str] = []
    for one in (adapter_source(name) for name in frameworks() if name in names):
        for divergence in one.divergences:
            if divergence.law in task.laws:
                law = LAWS[divergence.law]
                lines += [
                    f"{one.name}: {divergence.law} ({divergence.kind})",
                    *_wrapped("asked    ", law.question, width),
                    *_wrapped("instead  ", f"{divergence.answer}, not {law.specified}", width),
                    *_wrapped("because  ", divergence.reason, width),
                    f"  source   {divergence.source}",
                ]
    return ["differences", "", *lines] if lines else ["no declared differences"]


def _wrapped(label: str, text: str, width: int) -> List[str]:
    return textwrap.wrap(text, max(width, 40), initial_indent=f"  {label}", subsequent_indent=" " * (2 + len(label)))


def frameworks() -> List[str]:
    """The adapters known by name that have a framework."""
    return [name for name in ADAPTERS if _has_framework(name)]


def _has_framework(name: str) -> bool:
    try:
        adapter_source(name)
    except NoFrameworkError:
        return False
    return True
