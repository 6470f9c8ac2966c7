"""A layer kind: what frameworks call it and its roles, what it starts as, what differs; of all, or between two."""

from __future__ import annotations

import collections
import functools
import itertools
import re
from typing import Any, Dict, Iterable, Iterator, List, Sequence, Tuple

from adapters.guide import pictures, shown
from adapters.guide.carrying import carried
from adapters.guide.exhibits import Framework, Held, Lack, Step
from adapters.guide.library import Answer, Library, Link
from adapters.guide.tasks import CHAPTERS, TASKS, Task
from specs.laws import LAWS, Law, recipes
from specs.layers import EXAMPLES, WORDS
from specs.layers.layer import Role
from specs.layers.layout import batches
from specs.programs.operations import Build, OneParameter, Reinitialize

#: A kind that more than this share of the tasks has may be there for others' sake.
EVERYWHERE = 0.2
#: A class that so many kinds are constructed with puts others together: a sequence, say.
MEANS = 5
#: The family of laws of what a role starts as.
STARTS = "initialization.default"
#: What laws of a kind are about, by the beginning of their names.
PARTS = {
    STARTS: "What it starts as",
    "initialization": "What initializers make of it",
    "": "How it works",
}


def said(kind: str) -> str:
    """A kind in words: ``batch norm``, ``LSTM``."""
    return WORDS[kind]


def said_role(role: str) -> str:
    return role.replace("_", " ")


def titled(kind: str) -> str:
    return said(kind)[0].upper() + said(kind)[1:]


def kind_url(kind: str) -> str:
    return f"kinds/{kind}.html"


def tasks_of(kind: str) -> List[Task]:
    """Tasks whose networks have a layer of a kind."""
    return [task for task in TASKS.values() if kind in task.kinds]


@functools.lru_cache(maxsize=None)
def everywhere() -> Sequence[str]:
    """Kinds that many tasks have."""
    return [kind for kind in EXAMPLES if len(tasks_of(kind)) > EVERYWHERE * len(TASKS)]


def laws_of(kind: str) -> List[Law]:
    """Laws that are asked for a kind or its roles, and those that no task without the kind is a case of."""
    elsewhere = {name for task in TASKS.values() if kind not in task.kinds for name in task.laws}
    own = set() if kind in everywhere() else {name for task in tasks_of(kind) for name in task.laws} - elsewhere
    subjects = {law.name: law.subject.partition(".")[0] for law in LAWS.values()}
    return [law for law in LAWS.values() if subjects[law.name] == kind or (law.name in own and not law.subject)]


def is_of_a_kind(law: Law) -> bool:
    """Whether a law is asked for one kind alone, other than those that are everywhere: that kind's page has it."""
    kind = law.subject.partition(".")[0]
    return kind in EXAMPLES and kind not in everywhere()


class Kind:
    """What there is to say of a kind to those who know some frameworks."""

    def __init__(self, library: Library, kind: str, frameworks: Sequence[Framework]):
        self.library = library
        self.kind = kind
        self.frameworks = frameworks
        self.layer, self.given = EXAMPLES[kind]
        self.marked = library.marked_names(frameworks)
        self.answers = {law.name: [library.answer(law.name, one.name) for one in frameworks] for law in laws_of(kind)}

    def shown(self) -> Dict[str, Any]:
        return {
            "kind": {"name": self.kind, "title": titled(self.kind), "url": kind_url(self.kind)},
            "columns": [self._column(one) for one in self.frameworks],
            "roles": [self._role(role) for role in self.layer.roles(self.given)],
            "code": self.code(),
        }

    def _column(self, framework: Framework) -> Dict[str, Any]:
        return {
            "name": framework.name,
            "version": shown.version(framework),
            "constructors": self.constructors(framework),
            "batch": self._batch(framework),
            "lacks": [{"reason": one.reason, "source": Link(one.source)} for one in self._lacks(framework)],
        }

    def _lacks(self, framework: Framework) -> Sequence[Lack]:
        return framework.kinds[self.kind].lacks if self.kind in framework.kinds else ()

    def constructors(self, framework: Framework) -> List[Dict[str, Any]]:
        """Classes with their arguments, but for those that put others together.

        Those for 1, 2 and 3 dimensions are told as the one for 2.
        """
        found = framework.kinds[self.kind].classes if self.kind in framework.kinds else {}
        counted = collections.Counter(name for one in framework.kinds.values() for name in one.classes)
        found = {name: told for name, told in found.items() if counted[name] < MEANS} or found
        families: Dict[str, List[str]] = collections.defaultdict(list)
        for name in found:
            families[re.sub(r"\d(?=[dD])", "", name)].append(name)
        return [
            {"names": names, "of": names[len(names) // 2], "arguments": ", ".join(found[names[len(names) // 2]])}
            for names in families.values()
        ]

    def _batch(self, framework: Framework) -> str:
        """The axes of what is fed, in the framework's order."""
        groups = batches(self.given, framework.data, 2).groups
        return " ".join(token.name for group in groups for token in group)

    def _role(self, role: Role) -> Dict[str, Any]:
        held = [one.roles.get(f"{self.kind}.{role.family}") for one in self.frameworks]
        there = [one for one in held if one is not None]
        renamed, turned = len({one.name for one in there}) > 1, len({one.axes for one in there}) > 1
        return {
            "name": said_role(role.family),
            "state": "" if role.state == "parameter" else role.state,
            "axes": " ".join(f"{axis.name}{':' * bool(axis.letters)}{axis.letters}" for axis in role.axes),
            "cells": [_held(one, renamed, turned) for one in held],
            "carried": self._carried(role, *there) if len(there) == len(held) == 2 else {},
        }

    def _carried(self, role: Role, ours: Held, theirs: Held) -> Dict[str, Any]:
        """Of two frameworks, how the one's array becomes the other's."""
        x, y = (one.name for one in self.frameworks)
        picture = pictures.moved(x, y, ours, theirs, role.axes) if ours.axes != theirs.axes else None
        return {"code": carried(ours, theirs, role), "picture": picture}

    # Answers.

    def parts(self, answers: Dict[str, List[Answer]]) -> List[Dict[str, Any]]:
        """Answers to laws by what these are about."""
        rows: Dict[str, List[Dict[str, Any]]] = {title: [] for title in PARTS.values()}
        for name, found in answers.items():
            title = next(title for beginning, title in PARTS.items() if name.startswith(beginning))
            rows[title].append({**_labelled(LAWS[name]), "cells": [*map(shown.answer, found)]})
        return [{"title": title, "rows": found} for title, found in rows.items() if found]

    def changed(self) -> Dict[str, List[Answer]]:
        """Answers that are not the same for all who were judged."""
        return {
            name: found
            for name, found in self.answers.items()
            if len({one.answer for one in found if one.cell is not None}) > 1
        }

    def reasons(self, answers: Dict[str, List[Answer]]) -> List[Dict[str, Any]]:
        """Why answers are not those specified: each reason once, with what it is a reason for.

        What is not supported is told by itself.
        """
        found: Dict[Tuple[str, ...], List[Answer]] = {}
        lacks = {(one.name, lack.reason) for one in self.frameworks for lack in self._lacks(one)}
        told = [one for each in answers.values() for one in each if one.reason]
        for one in (one for one in told if (one.framework, one.reason) not in lacks):
            found.setdefault((one.framework, one.reason, one.kind), []).append(one)
        return [{**shown.answer(each[0]), "laws": [_labelled(one.law) for one in each]} for each in found.values()]

    # What it starts as.

    def starts(self) -> List[Dict[str, Any]]:
        """Of two frameworks, what has to be done in the second so that roles start as they do in the first."""
        x, y = self.frameworks
        rows = []
        for role in dict.fromkeys(role.family for role in self.layer.roles(self.given)):
            there, here = (self.library.answer(f"{STARTS}[{self.kind}.{role}]", one.name) for one in (x, y))
            known = [name for name, recipe in recipes.RECIPES.items() if recipe.start == there.answer]
            for step, task in self._started(known, role, y) if there.answer != here.answer else ():
                code = shown.step(y.name, step, self.marked)["code"]
                rows.append({"role": said_role(role), "start": there.answer, "task": shown.task(task), "code": code})
        return rows

    def _started(self, known: Sequence[str], role: str, framework: Framework) -> Iterator[Tuple[Step, Task]]:
        """The first step, of the tasks of some recipes, that gives a role its start; nothing where there is none."""
        tasks = [TASKS[f"start-{recipe.replace('_', '-')}"] for recipe in known]
        found = ((step, task) for task in tasks for step in self._giving(task, role, framework))
        return itertools.islice(found, 1)

    def _giving(self, task: Task, role: str, framework: Framework) -> Iterator[Step]:
        """The steps of a task that initialized a role of this kind."""
        steps = self.library.task_result(task.name, framework.name).steps
        for at in task.program.find(Reinitialize) if steps else ():
            network, operation = task.program.network_at[at], task.program.operations[at]
            assert network is not None, "what is initialized was built"
            assert isinstance(operation, Reinitialize), "it was looked for"
            assert isinstance(operation.target, OneParameter), "each role is given what it is to start as"
            found = network.role(operation.target.slot)
            if network.kinds() == (self.kind,) and found.family == role and steps[at].outcome == "ok":
                yield steps[at]

    # Code, and tasks.

    def code(self) -> Dict[str, Any]:
        """How each constructs a network with such a layer, from a task with few other kinds."""
        built = {task.name: [self._built(task, one) for one in self.frameworks] for task in tasks_of(self.kind)}
        found = min(built, key=lambda name: (sum(not step.code for step in built[name]), len(TASKS[name].kinds)))
        cells = [shown.step(one.name, step, self.marked) for one, step in zip(self.frameworks, built[found])]
        return {"task": shown.task(TASKS[found]), "cells": cells}

    def _built(self, task: Task, framework: Framework) -> Step:
        """The first step that built a network; one without code where none did."""
        steps = self.library.task_result(task.name, framework.name).steps
        built = (steps[at] for at in task.program.find(Build) if steps and steps[at].outcome == "ok")
        return next(built, Step((), outcome="unsupported"))

    def tasks(self) -> List[Dict[str, Any]]:
        found = tasks_of(self.kind)
        chapters = {chapter: [shown.task(task) for task in found if task.chapter == chapter] for chapter in CHAPTERS}
        return [{"name": chapter, "tasks": each} for chapter, each in chapters.items() if each]


def _labelled(law: Law) -> Dict[str, Any]:
    """A law, and what it is told by: the role alone, where the heading says what is asked of it."""
    role = law.subject.partition(".")[2] if law.family == STARTS else ""
    return {"law": shown.law(law), "label": said_role(role) or law.question}


def _held(one: "Held | None", renamed: bool, turned: bool) -> Dict[str, Any]:
    if one is None:
        return {"name": "", "axes": "", "renamed": False, "turned": False}
    return {"name": one.name, "axes": " ".join(one.axes), "renamed": renamed, "turned": turned}


def kinds() -> Iterable[str]:
    """All kinds, by their names."""
    return EXAMPLES
