"""From one framework to another: only what changes between the two, from their answers and their code."""

from __future__ import annotations

import itertools
import re
from typing import Any, Dict, Iterator, List, Sequence, Set, Tuple

from adapters.guide import code, shown
from adapters.guide.aspects import aspects
from adapters.guide.exhibits import Framework, Step, TaskResult
from adapters.guide.kinds import STARTS, is_of_a_kind
from adapters.guide.library import Library, slug
from adapters.guide.tasks import TASKS, Task
from specs.laws import LAWS, Law
from specs.programs.operations import Build, Read, Write
from specs.programs.program import Program
from specs.traces import OUTCOMES

#: The task that lists a network's parameters by name.
LISTED = "list-parameters"
#: The task that writes the same array into a weight in every framework, and reads it.
WRITTEN = "write-weight"
#: The role that is written there, and its layer kind.
WEIGHT = "dense.weight"
PLAIN, _, _ = WEIGHT.partition(".")
#: Answers that mean that an exception was raised.
RAISED = {kind for kind in OUTCOMES if kind not in ("ok", "unsupported")}


class Way:
    """What changes for someone who knows ``x`` and moves to ``y``."""

    def __init__(self, library: Library, x: Framework, y: Framework):
        self.library = library
        self.pair = (x, y)
        self.marked = library.marked_names(self.pair)

    def shown(self) -> Dict[str, Any]:
        phrases = list(self.phrases())
        return {
            "roles": self.roles(),
            "listed": self.listed(),
            "carried": self.carried(),
            "groups": self.groups(),
            "unjudged": [one.name for one in self.pair if not self.library.is_judged(one.name)],
            "phrases": [self._phrase(phrase) for phrase in phrases],
            "helpers": self.helpers(phrases),
        }

    # Names, axes, and what to do about them.

    def roles(self) -> List[Dict[str, Any]]:
        """Roles of a dense layer with different names or axis orders; other kinds have their own pages."""
        x, y = self.pair
        rows = [
            {
                "role": role,
                "x": {"name": held.name, "axes": " ".join(held.axes)},
                "y": {"name": y.roles[role].name, "axes": " ".join(y.roles[role].axes)},
                "renamed": held.name != y.roles[role].name,
                "turned": held.axes != y.roles[role].axes,
            }
            for role, held in x.roles.items()
            if role in y.roles and role.partition(".")[0] == PLAIN
        ]
        return [row for row in rows if row["renamed"] or row["turned"]]

    def listed(self) -> List[Dict[str, str]]:
        """What each printed as the parameters of the same network."""
        task_results = [self.library.task_result(LISTED, one.name) for one in self.pair]
        texts = ["\n".join(itertools.chain.from_iterable(step.printed for step in one.steps)) for one in task_results]
        return [{"framework": one.name, "printed": text} for one, text in zip(self.pair, texts) if text]

    def carried(self) -> Dict[str, Any]:
        """How a weight is read in one and written in the other; empty if one of them did not run it."""
        x, y = (self.library.task_result(WRITTEN, one.name) for one in self.pair)
        if not all(WEIGHT in one.roles for one in self.pair) or not (x.steps and y.steps):
            return {}
        (reading,) = TASKS[WRITTEN].program.find(Read)
        (writing,) = TASKS[WRITTEN].program.find(Write)
        turned = self.pair[0].roles[WEIGHT].axes != self.pair[1].roles[WEIGHT].axes
        values = [rows_of(one.steps[reading].printed) for one in (x, y)]
        return {
            "task": shown.task(TASKS[WRITTEN]),
            "turned": turned,
            "seen": values[0] == (transposed(values[1]) if turned else values[1]),
            "read": shown.step(x.framework, x.steps[reading], self.marked),
            "write": shown.step(y.framework, y.steps[writing], self.marked),
            "held": "\n".join(y.steps[reading].printed),
        }

    # Answers.

    def groups(self) -> List[Dict[str, Any]]:
        """Laws that the two answer differently, grouped by what that means for porting."""
        rows = [self._row(law, found) for law, found in self._changes()]
        groups: Dict[str, List[Dict[str, Any]]] = {
            title: [] for title in ("Defaults", "What raises", "What is not supported", "What else differs")
        }
        for row in rows:
            groups[_group(row)].append(row)
        return [{"title": title, "anchor": slug(title), "rows": found} for title, found in groups.items()]

    def _changes(self) -> Iterator[Tuple[Law, List[Any]]]:
        for law in (law for law in LAWS.values() if not is_of_a_kind(law)):
            found = [self.library.answer(law.name, one.name) for one in self.pair]
            if all(answer.cell is not None for answer in found) and found[0].answer != found[1].answer:
                yield law, found

    def _row(self, law: Law, found: List[Any]) -> Dict[str, Any]:
        cells = [
            {
                **shown.answer(one),
                "words": self._words(law, one.framework, one.answer),
                "nearest": self._nearest(law, one.framework, one.answer),
            }
            for one in found
        ]
        return {"law": shown.law(law), "cells": cells, "reasons": [cell for cell in cells if cell["reason"]]}

    def _words(self, law: Law, framework: str, answer: str) -> Dict[str, Any]:
        """What the first task that gave this answer to the law printed there."""
        for task in TASKS.values() if answer in RAISED else ():
            task_result = self.library.task_result(task.name, framework)
            for seen in task_result.seen:
                printed = (
                    task_result.steps[seen.at].printed[:1] if (seen.law, seen.answer) == (law.name, answer) else ()
                )
                if printed:
                    return {"printed": list(printed), "task": shown.task(task)}
        return {}

    def _nearest(self, law: Law, framework: str, answer: str) -> List[Dict[str, str]]:
        """The tasks closest to one that a framework does not support."""
        asked = [task for task in TASKS.values() if law.name in task.laws] if answer == "unsupported" else []
        near = [one for task in asked for one in self.library.nearest(task, framework)]
        return [shown.task(one) for one in dict.fromkeys(near)]

    # Code.

    def phrases(self) -> List[Dict[str, Any]]:
        """Each kind of operation that the two write differently, once, if possible where both succeeded."""
        known: Set[Tuple[str, ...]] = set()
        found = []
        for well in (True, False):
            for place, (task, at, steps) in enumerate(self._steps()):
                if well != all(step.outcome == "ok" for step in steps):
                    continue
                new = [kind for kind in aspects(task.program)[at] if kind not in known]
                known.update(new)
                if new and steps[0].code != steps[1].code:
                    found.append({"place": place, "task": task, "said": _said(task.program, at, new), "steps": steps})
        return sorted(found, key=lambda phrase: phrase["place"])

    def _steps(self) -> Iterator[Tuple[Task, int, List[Step]]]:
        """Steps of all tasks that both ran, if at least one of them needs code."""
        for task in TASKS.values():
            both = [self.library.task_result(task.name, one.name) for one in self.pair]
            if any(one.missing for one in both):
                continue
            for at in range(len(task.program.operations)):
                steps = [one.steps[at] for one in both]
                if any(step.code for step in steps):
                    yield task, at, steps

    def _phrase(self, phrase: Dict[str, Any]) -> Dict[str, Any]:
        cells = []
        for at, (framework, step) in enumerate(zip(self.pair, phrase["steps"])):
            near = self.library.nearest(phrase["task"], framework.name)
            cell = shown.step(framework.name, step, self.marked, near)
            known = self._definitions(phrase["task"], framework)
            uses = [{"name": name, "anchor": _anchor(at, name)} for name in code.names(step.code) if name in known]
            printed = step.printed[:1] if cell["ended"] else ()
            cells.append({**cell, "printed": "\n".join(printed), "uses": uses})
        return {"said": phrase["said"], "task": shown.task(phrase["task"]), "cells": cells}

    def _setup(self, task: Task, framework: Framework) -> Sequence[str]:
        return self.library.task_result(task.name, framework.name).setup

    def _definitions(self, task: Task, framework: Framework) -> Dict[str, Tuple[str, ...]]:
        setup = self._setup(task, framework)
        return {name: tuple(setup[span.start : span.stop]) for name, span in code.definitions(setup).items()}

    def helpers(self, phrases: Sequence[Dict[str, Any]]) -> List[Dict[str, Any]]:
        """For each of the two, what its phrases import, and the functions and classes they use, each once."""
        return [self._helpers(phrases, at, framework) for at, framework in enumerate(self.pair)]

    def _helpers(self, phrases: Sequence[Dict[str, Any]], at: int, framework: Framework) -> Dict[str, Any]:
        imported: Dict[str, None] = {}
        found: Dict[str, List[Tuple[str, ...]]] = {}
        for phrase in phrases:
            known = self._definitions(phrase["task"], framework)
            lines = [*phrase["steps"][at].code]
            for name in code.used(lines, known):
                texts = found.setdefault(name, [])
                texts += [text for text in [known[name]] if text not in texts]
                lines += known[name]
            statements = code.imports(self._setup(phrase["task"], framework))
            imported.update((statements[name], None) for name in code.names(lines) if name in statements)
        idle = self._idle(framework)
        return {
            "framework": framework.name,
            "imports": code.highlighted(sorted(imported, key=_without_from)),
            "defined": [
                {
                    "name": name,
                    "anchor": _anchor(at, name),
                    "texts": [code.highlighted(text, self.marked, idle[text]) for text in texts],
                }
                for name, texts in found.items()
            ],
        }

    def _idle(self, framework: Framework) -> Dict[Tuple[str, ...], Set[int]]:
        """For each definition in scripts, the positions of lines that no task executed."""
        found: Dict[Tuple[str, ...], Set[int]] = {}
        for task in TASKS.values():
            task_result: TaskResult = self.library.task_result(task.name, framework.name)
            for span in code.definitions(task_result.setup).values():
                text = tuple(task_result.setup[span.start : span.stop])
                missed = {line - span.start for line in task_result.idle if line in span}
                found[text] = found.get(text, missed) & missed
        return found


def _without_from(statement: str) -> Tuple[bool, str]:
    """Sort key: ``import`` statements come before ``from`` imports."""
    return statement.startswith("from "), statement


def _anchor(at: int, name: str) -> str:
    return f"helper-{at}-{name}"


def _group(row: Dict[str, Any]) -> str:
    answers = {cell["answer"] for cell in row["cells"]}
    if LAWS[row["law"]["name"]].family == STARTS:
        return "Defaults"
    if "unsupported" in answers:
        return "What is not supported"
    return "What raises" if answers & RAISED else "What else differs"


def _said(program: Program, at: int, kinds: Sequence[Tuple[str, ...]]) -> str:
    """An operation in words; for a network, only the features that have not been shown before."""
    operation = program.operations[at]
    if not isinstance(operation, Build):
        return str(operation)
    parts = [part for _, part in kinds if part]
    return f"Build a network with {' and '.join(parts)}" if parts else "Build a network"


def rows_of(printed: Sequence[str]) -> List[List[str]]:
    """The numbers of a printed array, row by row."""
    return [re.findall(r"-?\d[\d.e+-]*", line) for line in printed]


def transposed(rows: List[List[str]]) -> List[List[str]]:
    return [list(column) for column in zip(*rows)]
