"""An optimizer that goes on: after its network was given values, a tie or a copy, and from the state of another one."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Dict, Iterator, List, Mapping, Tuple

from specs.laws.answers import AS_EXPECTED, RAISES
from specs.laws.model import Evidence, Observation, ending, question
from specs.laws.optimizing import Course, courses, momentum, momentum_rule
from specs.laws.training import told_apart
from specs.layers.algebra import Bounded
from specs.programs.networks import Slot
from specs.programs.operations import Clone, CopyValues, DeepCopy, LoadOptimizer, TieAfterBuild
from specs.programs.optimizers import SGD

VELOCITY, RATE, DECAY = range(3)
STAYS = {"it stays": True, "it is lost": False}
KEPT = {"it stays": "the next step goes on from the last one", "it is lost": "the next step is as the first"}
BOTH = (True, False)
#: Whether the velocity is kept; the learning rate is that of the state, or its own; so with the momentum.
Way = Tuple[bool, bool, bool]


def _rounds(evidence: Evidence) -> Iterator[Tuple[Course, Course]]:
    """The first course of each parameter, and each later one."""
    first: Dict[Slot, Course] = {}
    for course in courses(evidence):
        if course.slot in first:
            yield first[course.slot], course
        first.setdefault(course.slot, course)


def _went_on(first: Course, last: Course, way: Way) -> Bounded:
    """What a step gives that goes on from an earlier optimizer's in this way."""
    keeps, rate, decay = way
    earlier, own = first.optimizer, last.optimizer
    assert isinstance(earlier, SGD)
    assert isinstance(own, SGD)
    made = SGD((earlier if rate else own).learning_rate, (earlier if decay else own).momentum)
    gradients = (*(first.gradients if keeps else ()), last.gradients[-1])
    return momentum_rule(made, replace(last, gradients=gradients))


def _ways(evidence: Evidence, kinds: Tuple[type, ...], apart: Mapping[str, bool], place: int) -> Iterator[Observation]:
    """Which of two answers the steps after operations of these kinds give.

    ``apart`` says for which truth each stands that a way has at ``place``.
    """
    for at, _ in evidence.find(*kinds):
        if evidence.outcome(at).kind != "ok":
            yield ending(evidence, at)
            return
        for first, last in _rounds(evidence):
            if first.at < at < last.at:
                found: Dict[str, List[Bounded]] = {answer: [] for answer in apart}
                for way in itertools.product(BOTH, BOTH, BOTH):
                    answer = next(answer for answer, truth in apart.items() if truth == way[place])
                    found[answer].append(_went_on(first, last, way))
                yield from told_apart(last.at, last.after, found, f"{last.slot.path}: ")


@question(
    "training.momentum_after_copied_values",
    "What becomes of a parameter's velocity when its network is given another one's values in memory?",
    specified="it stays",
    answers=KEPT,
)
def momentum_after_copied_values(evidence: Evidence) -> Iterator[Observation]:
    yield from _ways(evidence, (CopyValues,), STAYS, VELOCITY)


@question(
    "training.momentum_after_copying",
    "What becomes of a parameter's velocity when its network is cloned or deep-copied?",
    specified="it stays",
    answers=KEPT,
)
def momentum_after_copying(evidence: Evidence) -> Iterator[Observation]:
    yield from _ways(evidence, (Clone, DeepCopy), STAYS, VELOCITY)


@question(
    "training.momentum_after_tie",
    "Does an optimizer made before a layer was given another's parameter move that one by its velocity and the sum of "
    "both gradients, from there on?",
    specified="as expected",
    answers={**RAISES, **AS_EXPECTED},
)
def momentum_after_tie(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(TieAfterBuild):
        if evidence.outcome(at).kind != "ok":
            yield ending(evidence, at)
            return
        yield from momentum.observe(evidence)


@question(
    "persistence.optimizer_velocity",
    "What becomes of a velocity when an optimizer's state is saved, and another optimizer loads it?",
    specified="it stays",
    answers={**RAISES, **KEPT},
)
def optimizer_velocity(evidence: Evidence) -> Iterator[Observation]:
    yield from _ways(evidence, (LoadOptimizer,), STAYS, VELOCITY)


_WHOSE = {"that of the state": True, "its own": False}
for _name, _words, _place in (("rate", "learning rate", RATE), ("momentum", "momentum", DECAY)):
    question(
        f"persistence.optimizer_{_name}",
        f"With which {_words} does an optimizer go on that was made with another one than the state which it loads?",
        specified="that of the state",
        answers={
            **RAISES,
            "that of the state": "what the optimizer had that was saved",
            "its own": "what the optimizer was made with that loads",
        },
    )(lambda evidence, place=_place: _ways(evidence, (LoadOptimizer,), _WHOSE, place))  # type: ignore[misc]
