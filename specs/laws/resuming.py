"""Optimizers that continue after their network was given values, tied or copied, or from another one's state."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Dict, Iterator, List, Mapping, Tuple

import numpy as np

from specs.laws.answers import AS_EXPECTED, RAISES, YES_NO
from specs.laws.ledger import same
from specs.laws.model import Evidence, Observation, ending, question
from specs.laws.optimizing import Course, courses, moved_by
from specs.laws.training import told_apart
from specs.layers.algebra import Bounded, within
from specs.programs.networks import Slot
from specs.programs.operations import (
    Clone,
    CopyValues,
    DeepCopy,
    Load,
    LoadOptimizer,
    MakeOptimizer,
    Read,
    StepOptimizer,
    TieAfterBuild,
)
from specs.programs.optimizers import SGD, Adam


@dataclass(frozen=True)
class Way:
    """What a step takes from the earlier optimizer; everything else comes from its own optimizer.

    ``sums`` are what an optimizer keeps of gradients, ``rest`` its arguments other than the learning rate.
    """

    sums: bool
    count: bool
    rate: bool
    rest: bool


WAYS = tuple(itertools.starmap(Way, itertools.product((True, False), repeat=4)))


def _made_with(evidence: Evidence, kind: type) -> bool:
    return any(isinstance(made.optimizer, kind) for _, made in evidence.find(MakeOptimizer))


def _rounds(evidence: Evidence, kind: type) -> Iterator[Tuple[Course, Course]]:
    """The first course of each parameter under an optimizer of this kind, with each later one."""
    first: Dict[Slot, Course] = {}
    for course in courses(evidence):
        if isinstance(course.optimizer, kind):
            if course.slot in first:
                yield first[course.slot], course
            first.setdefault(course.slot, course)


def _went_on(first: Course, last: Course, way: Way) -> List[Bounded]:
    """The result of a step that continues an earlier optimizer in this way."""
    earlier, own = first.optimizer, last.optimizer
    made = replace(earlier if way.rest else own, learning_rate=(earlier if way.rate else own).learning_rate)
    before = first if way.sums else replace(first, gradients=(), optimizers=())
    gradients, optimizers = (*before.gradients, last.gradients[-1]), (*before.optimizers, made)
    steps = first.steps + 1 if way.count else 1
    return moved_by(made, replace(last, gradients=gradients, optimizers=optimizers), steps)


def _ways(
    evidence: Evidence, kind: type, kinds: Tuple[type, ...], apart: Mapping[str, bool], asked: str
) -> Iterator[Observation]:
    """Which of two answers the steps of an optimizer of one kind give after operations of some ``kinds``.

    ``apart`` gives, for each answer, the value of the field ``asked`` that it stands for.
    """
    for at, _ in evidence.find(*kinds) if _made_with(evidence, kind) else ():
        if evidence.outcome(at).kind != "ok":
            yield ending(evidence, at)
            return
        for first, last in _rounds(evidence, kind):
            if first.at < at < last.at:
                found = {
                    answer: [one for way in WAYS if getattr(way, asked) == truth for one in _went_on(first, last, way)]
                    for answer, truth in apart.items()
                }
                yield from told_apart(last.at, last.after, found, f"{last.slot.path}: ")


#: What an optimizer keeps of gradients, by the word in the names of its laws.
RULES = {"momentum": (SGD, "a parameter's velocity"), "adam": (Adam, "what Adam keeps of a parameter's gradients")}
STAYS = {"it stays": True, "it is lost": False}
KEPT = {"it stays": "the next step goes on from the last one", "it is lost": "the next step is as the first"}
MOVED = {
    **RAISES,
    "as expected": AS_EXPECTED["as expected"],
    "moved twice": "that rule, applied two times in each step",
}
WHOSE = {"that of the state": True, "its own": False}
LOADED = {
    **RAISES,
    "that of the state": "what the optimizer had that was saved",
    "its own": "what the optimizer was made with that loads",
}

for _name, (_kind, _kept) in RULES.items():
    question(
        f"training.{_name}_after_copied_values",
        f"What happens to {_kept} when its network receives another network's values in memory?",
        specified="it stays",
        answers=KEPT,
    )(lambda evidence, kind=_kind: _ways(evidence, kind, (CopyValues,), STAYS, "sums"))  # type: ignore[misc]
    question(
        f"training.{_name}_after_load",
        f"What happens to {_kept} when its network loads a file?",
        specified="it stays",
        answers=KEPT,
    )(lambda evidence, kind=_kind: _ways(evidence, kind, (Load,), STAYS, "sums"))  # type: ignore[misc]
    question(
        f"training.{_name}_after_copying",
        f"What happens to {_kept} when its network is cloned or deep-copied?",
        specified="it stays",
        answers=KEPT,
    )(lambda evidence, kind=_kind: _ways(evidence, kind, (Clone, DeepCopy), STAYS, "sums"))  # type: ignore[misc]
    question(
        f"training.{_name}_after_tie",
        "A layer is given another layer's parameter after the optimizer was made. Does the optimizer keep moving "
        f"that parameter by {_kind.__name__}'s rule, with its earlier state and the sum of both gradients?",
        specified="as expected",
        answers=MOVED,
    )(lambda evidence, kind=_kind: _tied(evidence, kind))  # type: ignore[misc]


def _tied(evidence: Evidence, kind: type) -> Iterator[Observation]:
    for at, _ in evidence.find(TieAfterBuild) if _made_with(evidence, kind) else ():
        then = (at, *(step for step, _ in evidence.find(StepOptimizer) if step > at))
        failed = next((one for one in then if evidence.outcome(one).kind != "ok"), None)
        if failed is not None:
            yield ending(evidence, failed)
            return
        for course in courses(evidence):
            if course.backward > at and len(evidence.now(course.at).group(course.slot)) > 1:
                found = {
                    "as expected": moved_by(course.optimizer, course, course.of_its_own),
                    "moved twice": _twice(course),
                }
                yield from told_apart(course.at, course.after, found, f"{course.slot.path}: ")


def _twice(course: Course) -> List[Bounded]:
    """The result of a last step that applies its rule two times."""
    gradients, optimizers = course.gradients, course.optimizers
    again = replace(course, gradients=(*gradients, gradients[-1]), optimizers=(*optimizers, optimizers[-1]))
    found = []
    for place, once in enumerate(moved_by(course.optimizer, course, course.of_its_own)):
        twice = moved_by(course.optimizer, replace(again, before=once.value), course.of_its_own)[place]
        found.append(within(twice.value, once.error + twice.error))
    return found


@question(
    "training.optimizer_leaves_copies",
    "Does a step of a network's optimizer leave a copy unchanged that was made of the network after the optimizer?",
    specified="yes",
    answers=YES_NO,
)
def optimizer_leaves_copies(evidence: Evidence) -> Iterator[Observation]:
    copy, is_stepped = "", False
    before: Dict[Slot, np.ndarray] = {}
    for at, operation in evidence.find(Clone, DeepCopy, StepOptimizer, Read):
        if isinstance(operation, (Clone, DeepCopy)):
            copy, is_stepped, before = operation.name, False, {}
        elif isinstance(operation, StepOptimizer):
            is_stepped = True
        elif evidence.program.name_at[at] == copy:
            seen = evidence.value(at).array
            if is_stepped and operation.slot in before:
                stays = same(seen, before[operation.slot])
                yield Observation("yes" if stays else "no", at, operation.slot.path)
            before[operation.slot] = seen


for _law, (_kind, _asked, _words) in {
    "optimizer_velocity": (SGD, "sums", "a velocity"),
    "adam_moments": (Adam, "sums", "the moments of Adam"),
    "adam_count": (Adam, "count", "Adam's count of steps"),
}.items():
    question(
        f"persistence.{_law}",
        f"What happens to {_words} when an optimizer's state is saved and loaded into another optimizer?",
        specified="it stays",
        answers={**RAISES, **KEPT},
    )(lambda evidence, kind=_kind, asked=_asked: _ways(evidence, kind, (LoadOptimizer,), STAYS, asked))  # type: ignore[misc]

for _law, (_kind, _asked, _words, _other) in {
    "optimizer_rate": (SGD, "rate", "which learning rate", "another learning rate"),
    "optimizer_momentum": (SGD, "rest", "which momentum", "another momentum"),
    "adam_rate": (Adam, "rate", "which learning rate of Adam", "another learning rate"),
    "adam_betas": (Adam, "rest", "which decay rates and epsilon of Adam", "others"),
}.items():
    question(
        f"persistence.{_law}",
        f"With {_words} does an optimizer continue after it loads the state of one with {_other}?",
        specified="that of the state",
        answers=LOADED,
    )(lambda evidence, kind=_kind, asked=_asked: _ways(evidence, kind, (LoadOptimizer,), WHOSE, asked))  # type: ignore[misc]
