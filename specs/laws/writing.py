"""Writing: whole arrays, sums, single elements, and what must stay unchanged."""

from __future__ import annotations

import itertools
from typing import Iterator, Tuple

import numpy as np

from specs.laws.answers import AS_EXPECTED, RAISES
from specs.laws.ledger import forward_passes, held, held_after, readings
from specs.laws.model import Evidence, Observation, ending, question
from specs.programs.operations import Add, Copy, Load, Read, Write, WriteElement


@question(
    "writing.array", "What does reading give after an array was written?", specified="as expected", answers=AS_EXPECTED
)
def array(evidence: Evidence) -> Iterator[Observation]:
    yield from held_after(evidence, Write)


@question(
    "writing.any_number",
    "Are special numbers (-0.0, NaN, infinities, subnormals, the largest) read exactly as written, and added to?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def any_number(evidence: Evidence) -> Iterator[Observation]:
    for reading in readings(evidence):
        if isinstance(reading.expected.by, (Write, Load, Add)):
            yield held(reading)


@question(
    "writing.add",
    "What does reading give after a number was added to every element?",
    specified="as expected",
    answers=AS_EXPECTED,
    claims=("G13",),
)
def add(evidence: Evidence) -> Iterator[Observation]:
    yield from held_after(evidence, Add)


@question(
    "writing.element",
    "After one element was written, has that element changed, and no other?",
    specified="as expected",
    answers=AS_EXPECTED,
    claims=("G13",),
)
def element(evidence: Evidence) -> Iterator[Observation]:
    yield from held_after(evidence, WriteElement)


@question(
    "writing.others_stay",
    "Do parameters that were not written keep their values while others are written?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def others_stay(evidence: Evidence) -> Iterator[Observation]:
    yield from held_after(evidence, Read)


@question(
    "writing.copied_value",
    "Does a parameter that received a copy of another's value keep it when the other is written?",
    specified="as expected",
    answers=AS_EXPECTED,
    claims=("K10",),
)
def copied_value(evidence: Evidence) -> Iterator[Observation]:
    yield from held_after(evidence, Copy)


@question(
    "writing.wrong_shape",
    "What happens when an array is written whose shape cannot be broadcast?",
    specified="wrong_shape",
    answers=RAISES,
)
def wrong_shape(evidence: Evidence) -> Iterator[Observation]:
    for at, write in evidence.find(Write):
        expected, shape = evidence.network(at).shape(write.slot), write.array_shape(evidence.network(at))
        # A vector stands for the last axis of a matrix; which axis that is depends on the framework.
        orders = itertools.permutations(expected) if len(shape) < len(expected) else [expected]
        if not any(_is_broadcast(shape, order) for order in orders):
            yield ending(evidence, at)


@question(
    "writing.broadcastable_shape",
    "What happens when an array is written that could be broadcast to the parameter's shape?",
    specified="wrong_shape",
    answers={**RAISES, "ok": "it is broadcast"},
)
def broadcastable_shape(evidence: Evidence) -> Iterator[Observation]:
    for at, write in evidence.find(Write):
        expected, shape = evidence.network(at).shape(write.slot), write.array_shape(evidence.network(at))
        if shape != expected and len(shape) == len(expected) and _is_broadcast(shape, expected):
            yield ending(evidence, at)


def _is_broadcast(shape: Tuple[int, ...], expected: Tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, expected) == expected
    except ValueError:
        return False


@question(
    "writing.refused_changes_nothing",
    "Does a refused write leave the parameter unchanged?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def refused_changes_nothing(evidence: Evidence) -> Iterator[Observation]:
    yield from held_after(evidence, Read, Write)


@question(
    "writing.forward_uses_it",
    "Does the next forward pass use the written value?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def forward_uses_it(evidence: Evidence) -> Iterator[Observation]:
    yield from forward_as_expected(evidence)


def forward_as_expected(evidence: Evidence) -> Iterator[Observation]:
    """Compare every forward pass whose parameter values are all known with the expected output."""
    for at, passed in forward_passes(evidence):
        expected, seen = passed.passed.output, evidence.value(at)
        answer = "as expected" if expected.admits(seen) else "otherwise"
        yield Observation(answer, at, "" if answer == "as expected" else expected.excess(seen))
