"""A layer kind in all frameworks or between two: native names of its classes and roles, defaults, and what differs."""

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

#: A kind used by more than this fraction of the tasks may be incidental to a task.
EVERYWHERE = 0.2
#: A class with which at least this many kinds are constructed is a container, such as a sequence.
MEANS = 5
#: The family of laws about the default initialization of a role.
STARTS = "initialization.default"
#: Headings for the laws of a kind, by prefix of the law's name.
PARTS = {
    STARTS: "What it starts as",
    "initialization": "What initializers do to it",
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


@functools.lru_cache(maxsize=None)
def tasks_of(kind: str) -> List[Task]:
    """Tasks whose networks contain a layer of a kind."""
    return [task for task in TASKS.values() if kind in task.kinds]


@functools.lru_cache(maxsize=None)
def everywhere() -> Sequence[str]:
    """Kinds that many tasks use."""
    return [kind for kind in EXAMPLES if len(tasks_of(kind)) > EVERYWHERE * len(TASKS)]


@functools.lru_cache(maxsize=None)
def laws_of(kind: str) -> List[Law]:
    """Laws about a kind or its roles, and laws that only tasks with the kind illustrate."""
    elsewhere = {name for task in TASKS.values() if kind not in task.kinds for name in task.laws}
    own = set() if kind in everywhere() else {name for task in tasks_of(kind) for name in task.laws} - elsewhere
    subjects = {law.name: law.subject.partition(".")[0] for law in LAWS.values()}
    return [law for law in LAWS.values() if subjects[law.name] == kind or (law.name in own and not law.subject)]


def is_of_a_kind(law: Law) -> bool:
    """Whether a law is about a single kind other than the most common ones, and so belongs on that kind's page."""
    kind = law.subject.partition(".")[0]
    return kind in EXAMPLES and kind not in everywhere()


class Kind:
    """What a page says about a kind in some frameworks."""

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
        """Classes with their arguments, except containers.

        Classes for 1, 2 and 3 dimensions are shown as the one for 2.
        """
        found = framework.kinds[self.kind].classes if self.kind in framework.kinds else {}
        counted = collections.Counter(name for one in framework.kinds.values() for name in one.classes)
        found = {name: arguments for name, arguments in found.items() if counted[name] < MEANS} or found
        families: Dict[str, List[str]] = collections.defaultdict(list)
        for name in found:
            families[re.sub(r"\d(?=[dD])", "", name)].append(name)
        return [
            {"names": names, "of": names[len(names) // 2], "arguments": ", ".join(found[names[len(names) // 2]])}
            for names in families.values()
        ]

    def _batch(self, framework: Framework) -> str:
        """The axes of an input batch, in the framework's order."""
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
        """How one framework's array is converted to the other's."""
        x, y = (one.name for one in self.frameworks)
        picture = pictures.moved(x, y, ours, theirs, role.axes) if ours.axes != theirs.axes else None
        return {"code": carried(ours, theirs, role), "picture": picture}

    # Answers.

    def parts(self, answers: Dict[str, List[Answer]]) -> List[Dict[str, Any]]:
        """Answers to laws, grouped by subject."""
        rows: Dict[str, List[Dict[str, Any]]] = {title: [] for title in PARTS.values()}
        for name, found in answers.items():
            title = next(title for beginning, title in PARTS.items() if name.startswith(beginning))
            rows[title].append({**_labelled(LAWS[name]), "cells": [*map(shown.answer, found)]})
        return [{"title": title, "rows": found} for title, found in rows.items() if found]

    def changed(self) -> Dict[str, List[Answer]]:
        """Answers that differ between the frameworks that were judged."""
        return {
            name: found
            for name, found in self.answers.items()
            if len({one.answer for one in found if one.cell is not None}) > 1
        }

    def reasons(self, answers: Dict[str, List[Answer]]) -> List[Dict[str, Any]]:
        """Why answers differ from the specified ones: each reason once, with the laws it explains.

        Unsupported features are listed separately.
        """
        found: Dict[Tuple[str, ...], List[Answer]] = {}
        lacks = {(one.name, lack.reason) for one in self.frameworks for lack in self._lacks(one)}
        reasoned = [one for each in answers.values() for one in each if one.reason]
        for one in (one for one in reasoned if (one.framework, one.reason) not in lacks):
            found.setdefault((one.framework, one.reason, one.kind), []).append(one)
        return [{**shown.answer(each[0]), "laws": [_labelled(one.law) for one in each]} for each in found.values()]

    # Default initialization.

    def starts(self) -> List[Dict[str, Any]]:
        """How to give roles in the second framework the default initialization of the first."""
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
        """The first step in the tasks of some recipes that gives a role its initial values, if any."""
        tasks = [TASKS[f"start-{recipe.replace('_', '-')}"] for recipe in known]
        found = ((step, task) for task in tasks for step in self._giving(task, role, framework))
        return itertools.islice(found, 1)

    def _giving(self, task: Task, role: str, framework: Framework) -> Iterator[Step]:
        """The steps of a task that initialized a role of this kind."""
        steps = self.library.task_result(task.name, framework.name).steps
        for at in task.program.find(Reinitialize) if steps else ():
            network, operation = task.program.network_at[at], task.program.operations[at]
            assert network is not None, "initialization follows building"
            assert isinstance(operation, Reinitialize), "the search selects this type"
            assert isinstance(operation.target, OneParameter), "these tasks initialize each role separately"
            found = network.role(operation.target.slot)
            if network.kinds() == (self.kind,) and found.family == role and steps[at].outcome == "ok":
                yield steps[at]

    # Code, and tasks.

    def code(self) -> Dict[str, Any]:
        """How each framework constructs a network with such a layer, from a task with few other kinds."""
        built = {task.name: [self._built(task, one) for one in self.frameworks] for task in tasks_of(self.kind)}
        found = min(built, key=lambda name: (sum(not step.code for step in built[name]), len(TASKS[name].kinds)))
        cells = [shown.step(one.name, step, self.marked) for one, step in zip(self.frameworks, built[found])]
        return {"task": shown.task(TASKS[found]), "cells": cells}

    def _built(self, task: Task, framework: Framework) -> Step:
        """The first step that built a network; an empty step if none did."""
        steps = self.library.task_result(task.name, framework.name).steps
        built = (steps[at] for at in task.program.find(Build) if steps and steps[at].outcome == "ok")
        return next(built, Step((), outcome="unsupported"))

    def tasks(self) -> List[Dict[str, Any]]:
        found = tasks_of(self.kind)
        chapters = {chapter: [shown.task(task) for task in found if task.chapter == chapter] for chapter in CHAPTERS}
        return [{"name": chapter, "tasks": each} for chapter, each in chapters.items() if each]


def _labelled(law: Law) -> Dict[str, Any]:
    """A law and its label: only the role, if the heading already says what the law asks."""
    role = law.subject.partition(".")[2] if law.family == STARTS else ""
    return {"law": shown.law(law), "label": said_role(role) or law.question}


def _held(one: "Held | None", renamed: bool, turned: bool) -> Dict[str, Any]:
    if one is None:
        return {"name": "", "axes": "", "renamed": False, "turned": False}
    return {"name": one.name, "axes": " ".join(one.axes), "renamed": renamed, "turned": turned}


def kinds() -> Iterable[str]:
    """All kinds, by their names."""
    return EXAMPLES
