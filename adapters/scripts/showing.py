"""A task as text for a terminal: the frameworks side by side where there is room, else one below the other."""

from __future__ import annotations

import itertools
import textwrap
from typing import Iterable, List, Optional, Sequence

from adapters import scripts
from adapters.scripts.examples import Example, Examples
from adapters.scripts.layout import WIDTH, relaid
from adapters.scripts.sources import Idioms, idioms
from specs.laws import LAWS
from specs.tasks import Task

#: Between columns.
GAP = "   "
#: Code in narrower columns than this is harder to read than code further down.
NARROWEST = 44


def tasks(listed: Iterable[Task], width: int) -> List[str]:
    """All tasks by chapter, a line each."""
    found = list(listed)
    left = max(len(task.name) for task in found)
    lines: List[str] = []
    for chapter, members in itertools.groupby(found, key=lambda task: task.chapter):
        lines += ["", chapter]
        lines += [f"  {task.name.ljust(left)}  {task.statement}" for task in members]
    return lines[1:]


def task(shown: Task, adapters: Sequence[str], ran: Optional[Examples], width: int) -> List[str]:
    """One task: what is done, how each framework names and orders what it holds, its code, and what differs."""
    known = [idioms(adapter) for adapter in adapters]
    narrow = (width - len(GAP) * (len(known) - 1)) // len(known)
    columns = [_column(shown, one, adapter, ran, max(narrow, NARROWEST)) for one, adapter in zip(known, adapters)]
    if max(len(line) for column in columns for line in column) > narrow:
        columns = [_column(shown, one, adapter, ran, width) for one, adapter in zip(known, adapters)]
        code = [line for column in columns for line in [*column, ""]]
    else:
        code = _beside(columns, narrow)
    head = [f"{shown.name}: {shown.statement}", ""]
    return [*head, *_axes(known), "", *code, *_differences(shown, known, width)]


def _axes(known: Sequence[Idioms]) -> List[str]:
    left = max(len(one.name) for one in known)
    return [
        f"{one.name.ljust(left)}  " + ", ".join(f"{role.name}: {' '.join(role.axes)}" for role in one.roles.values())
        for one in known
    ]


def _column(shown: Task, one: Idioms, adapter: str, ran: Optional[Examples], width: int) -> List[str]:
    """A framework's name, its script, and where it ran what it printed."""
    example = None if ran is None else ran.of(shown, adapter)
    script = scripts.write(shown.program, adapter).text if example is None else example.script
    return [one.name, "-" * len(one.name), *relaid(script, min(width, WIDTH)), *_printed(example)]


def _printed(example: Optional[Example]) -> List[str]:
    if example is None or not any(example.printed):
        return []
    return ["", "prints", *(f"  {line}" for lines in example.printed for line in lines)]


def _beside(columns: Sequence[Sequence[str]], width: int) -> List[str]:
    rows = itertools.zip_longest(*columns, fillvalue="")
    return [*(GAP.join(cell.ljust(width) for cell in row).rstrip() for row in rows), ""]


def _differences(shown: Task, known: Sequence[Idioms], width: int) -> List[str]:
    lines: List[str] = []
    for one in known:
        for divergence in one.divergences:
            if divergence.law in shown.laws:
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
