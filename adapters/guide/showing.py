"""Answers to queries as text for a terminal: a task by operations, a law, a layer kind, or search results."""

from __future__ import annotations

import functools
import itertools
import textwrap
from dataclasses import dataclass
from typing import Dict, Iterable, List, Sequence, Tuple

from adapters import scripts
from adapters.capabilities import frameworks
from adapters.guide.declared import declared
from adapters.guide.exhibits import Exhibits, Framework, Held, Step, TaskResult
from adapters.guide.index import Index
from adapters.guide.kinds import Kind, laws_of, said, tasks_of
from adapters.guide.library import Library
from adapters.guide.tasks import CHAPTERS, TASKS, Task
from adapters.scripts.layout import WIDTH, relaid
from adapters.scripts.sources import adapter_source
from specs.errors import SpecError
from specs.laws import LAWS, Law
from specs.layers import EXAMPLES
from specs.reporting.reports import version_text

#: The separators between columns, before cells, and before output.
GAP, INDENT, PRINTED = "   ", "  ", "| "
#: In columns narrower than this, code is harder to read side by side than one below the other.
NARROWEST = 30
NOT_RUN = "This code was not run, and has no output: {} does not exist. `tox run -e site` makes it."
#: Number of hits to show, the least score relative to the best hit, and the lead that selects a single task.
MOST, FAINT, CLEAR = 8, 0.25, 0.7


def overview() -> List[str]:
    """What can be shown."""
    chapters = {chapter: sum(task.chapter == chapter for task in TASKS.values()) for chapter in CHAPTERS}
    return [
        *(
            f"{chapter.ljust(16)}{count} tasks: python -m adapters show {chapter}"
            for chapter, count in chapters.items()
        ),
        *textwrap.wrap(f"layer kinds     {', '.join(EXAMPLES)}", 100, subsequent_indent=" " * 16),
        "or a native name, a law, a task, some words: python -m adapters show load_state_dict",
    ]


def tasks(listed: Iterable[Task]) -> List[str]:
    """Tasks, a line each."""
    return _lines((task.name, task.statement) for task in listed)


def _lines(pairs: Iterable[Tuple[str, str]]) -> List[str]:
    found = list(pairs)
    left = max((len(name) for name, _ in found), default=0)
    return [f"  {name.ljust(left)}  {text}" for name, text in found]


def answer(text: str, library: Library, width: int, head: Sequence[str] = ()) -> List[str]:
    """What has the given name, or else the best hits for the words, with the task if one is clearly meant.

    Raises :class:`SpecError` if nothing is found. ``head`` says where the code comes from.
    """
    name = "-".join(text.split())
    if name in TASKS:
        return task(TASKS[name], library, width, head)
    if text in LAWS:
        return law(LAWS[text], width)
    if name.replace("-", "_").lower() in EXAMPLES:
        return kind(name.replace("-", "_").lower(), library, width)
    if text in CHAPTERS:
        return tasks(one for one in TASKS.values() if one.chapter == text)
    hits = Index(library).find(text)
    if not hits:
        raise SpecError(f"nothing matches {text!r}; `python -m adapters show` lists what can be shown")
    (first, best), *others = [(entry, score) for entry, score in hits[:MOST] if score > FAINT * hits[0][1]]
    lines = _lines((entry.name or entry.url, f"{entry.title} ({entry.sort})") for entry, _ in [(first, best), *others])
    rivals = [score for entry, score in others if entry.name in TASKS]
    clear = first.name in TASKS and all(score < CLEAR * best for score in rivals)
    return [*lines, "", *task(TASKS[first.name], library, width, head)] if clear else lines


def law(one: Law, width: int) -> List[str]:
    """A law, the frameworks that answer it differently, and the tasks that illustrate it."""
    cases = [each for each in TASKS.values() if one.name in each.laws]
    head = [f"{one.name}: {one.question}", f"specified: {one.specified}", ""]
    return [*head, *_differences([one.name], frameworks(), width), "", *tasks(cases)]


def kind(name: str, library: Library, width: int) -> List[str]:
    """A layer kind: classes, names and axes, answers other than the specified ones, tasks."""
    lines = [f"{said(name)} layer", ""]
    for one in library.frameworks:
        constructors = Kind(library, name, [one]).constructors(one)
        called = [f"{', '.join(each['names'])} ({each['arguments']})" for each in constructors] or ["no such layer"]
        lines += [line for each in called for line in _wrapped(f"{one.name}: ", each, width)]
    roles = {
        one.name: {role: held for role, held in one.roles.items() if role.partition(".")[0] == name}
        for one in library.frameworks
    }
    lines += ["", *_roles(roles), ""]
    return [*lines, *_differences([one.name for one in laws_of(name)], frameworks(), width), "", *tasks(tasks_of(name))]


@dataclass(frozen=True)
class Shown:
    """A framework's column: how it stores roles, what it did, and the closest tasks if this one is unsupported."""

    name: str
    roles: Dict[str, Held]
    task_result: TaskResult
    nearest: Sequence[str] = ()

    @property
    def cells(self) -> List[Cell]:
        """Its set-up, then a cell for each operation; or the reason why it was not run."""
        did = self.task_result
        if did.missing:
            return [Cell(text=f"not run: {did.missing}")]
        return [Cell(code=did.setup), *map(self._cell, did.steps)]

    def _cell(self, step: Step) -> Cell:
        text = "" if step.code else "(no code needed)"
        if step.outcome == "unsupported":
            text = f"nearest: {', '.join(self.nearest) or 'none'}"
        return Cell(step.code, step.printed, text)


@dataclass(frozen=True)
class Cell:
    """Code, its output, and further text."""

    code: Sequence[str] = ()
    printed: Sequence[str] = ()
    text: str = ""

    def lines(self, width: int) -> List[str]:
        code = relaid("\n".join(self.code), min(width, WIDTH)) if self.code else []
        text = textwrap.wrap(self.text, max(width, NARROWEST))
        return [*code, *(f"{PRINTED}{line}" for line in self.printed), *text]


def task(one: Task, library: Library, width: int, head: Sequence[str]) -> List[str]:
    """A task with its output or, if it was not run, the code alone."""
    shown = [
        Shown(
            framework.name,
            framework.roles,
            library.task_result(one.name, framework.name),
            [near.name for near in library.nearest(one, framework.name)],
        )
        for framework in library.frameworks
    ]
    return _page(one, shown, [line for text in head for line in textwrap.wrap(text, max(width, 40))], width)


def performed(exhibits: Exhibits) -> List[str]:
    """When, and on which versions, exhibits were gathered."""
    return [
        f"run {exhibits.date}",
        "; ".join(f"{one.name}: {version_text(one.versions)}" for one in exhibits.frameworks),
    ]


def unperformed(names: Iterable[str]) -> Exhibits:
    """Exhibits of tasks without output: code and what adapters declare."""
    results = [_written(TASKS[name], adapter) for name in names for adapter in frameworks()]
    return Exhibits(Exhibits.FORMAT, "", "", tuple(map(_declared, frameworks())), tuple(results), (), (), ())


@functools.lru_cache(maxsize=None)
def _declared(adapter: str) -> Framework:
    return declared(adapter_source(adapter), {})


def _written(task: Task, adapter: str) -> TaskResult:
    script = scripts.write(task.program, adapter)
    steps = tuple(Step(tuple(script.lines_of(at))) for at in range(len(script.spans)))
    return TaskResult(task.name, adapter_source(adapter).name, tuple(script.setup), steps)


def _page(task: Task, shown: Sequence[Shown], head: Sequence[str], width: int) -> List[str]:
    titles = ["Set-up", *map(str, task.program.operations)]
    columns = {one.name: one.cells for one in shown}
    rows: List[str] = []
    for at, title in enumerate(titles):
        cells = {name: column[at] for name, column in columns.items() if at < len(column)}
        rows += [f"{at}. {title}" if at else title, *_row(cells, width), ""]
    holds = {one.name: {role: how for role, how in one.roles.items() if task.is_about(role)} for one in shown}
    lines = [
        f"{task.name}: {task.statement}",
        *head,
        "",
        *_roles(holds),
        "",
        *rows,
        *_differences(task.laws, [one.name for one in shown], width),
    ]
    # Control characters would affect the terminal.
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


def _roles(held: Dict[str, Dict[str, Held]]) -> List[str]:
    """The native names of roles, and the order of their axes."""
    called = {name: {role: how.name for role, how in roles.items()} for name, roles in held.items()}
    axes = {name: {role: f"[{', '.join(how.axes)}]" for role, how in roles.items()} for name, roles in held.items()}
    return [*_told("is called", called), *_told("has axes", axes)]


def _told(verb: str, roles_by_name: Dict[str, Dict[str, str]]) -> List[str]:
    """A line per role, with the frameworks' answers; equal answers are merged."""
    lines = []
    for role in dict.fromkeys(role for roles in roles_by_name.values() for role in roles):
        by_answer: Dict[str, List[str]] = {}
        for name, roles in roles_by_name.items():
            if role in roles:
                by_answer.setdefault(roles[role], []).append(name)
        everywhere = len(by_answer) == 1
        each = [f"{one} in {'all' if everywhere else ', '.join(names)}" for one, names in by_answer.items()]
        lines.append(f"{role} {verb} {'; '.join(each)}")
    return lines


def _differences(laws: Sequence[str], names: Sequence[str], width: int) -> List[str]:
    lines: List[str] = []
    for one in (adapter_source(name) for name in frameworks() if name in names):
        for divergence in one.divergences:
            if divergence.law in laws:
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
