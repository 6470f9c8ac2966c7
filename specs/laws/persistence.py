"""Persistence: files and clones."""

from __future__ import annotations

from typing import Iterator

from specs.laws.answers import RAISES, YES_NO, yes
from specs.laws.ledger import Reading, difference, readings
from specs.laws.model import Evidence, Observation, question
from specs.laws.training import gradient_value
from specs.laws.writing import AS_DUE
from specs.operations import Backward, Clone, DeepCopy, Load, Save

CLONED = {
    "equal": "the copy starts from the original's values",
    "initialized anew": "the copy has values of its own",
    **RAISES,
}


def _detail(reading: Reading) -> str:
    assert reading.due is not None
    return "" if reading.as_due else f"{reading.slot.path}: {difference(reading.seen, reading.due.array)}"


@question(
    "persistence.round_trip",
    "Does a new network that loads a file hold exactly the values saved?",
    specified="as due",
    answers=AS_DUE,
)
def round_trip(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(Save, Load):
        evidence.value(at)
    for reading in readings(evidence):
        if reading.due is not None and isinstance(reading.due.by, Load):
            yield Observation("as due" if reading.as_due else "otherwise", reading.at, _detail(reading))


@question(
    "persistence.load_is_a_copy",
    "Are the network saved and the one that loads independent: does writing to one leave the other alone?",
    specified="as due",
    answers=AS_DUE,
)
def load_is_a_copy(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(Save, Load):
        evidence.value(at)
    last = max(at for at, _ in evidence.find(Load))
    for reading in readings(evidence):
        if reading.due is not None and reading.at > last:
            yield Observation("as due" if reading.as_due else "otherwise", reading.at, _detail(reading))


@question(
    "persistence.load_other_shapes",
    "What happens when a file is loaded into a network of other shapes?",
    specified="wrong_shape",
    answers=RAISES,
)
def load_other_shapes(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(Load):
        yield Observation(evidence.outcome(at).kind, at, str(evidence.outcome(at)))


def _cloned(evidence: Evidence) -> int:
    """Position of the last clone. Raises ``Raised`` where it did not end well."""
    at = max(at for at, _ in evidence.find(Clone))
    evidence.value(at)
    return at


def _copied_values(evidence: Evidence) -> Iterator[Observation]:
    at = max(at for at, _ in evidence.find(Clone, DeepCopy))
    if evidence.outcome(at).kind != "ok":
        yield Observation(evidence.outcome(at).kind, at, str(evidence.outcome(at)))
        return
    for reading in readings(evidence):
        if reading.at > at and reading.due is not None:
            yield Observation("equal" if reading.as_due else "initialized anew", reading.at, _detail(reading))


clone_values = question(
    "persistence.clone_values",
    "Does a clone start from the original's values?",
    specified="equal",
    answers=CLONED,
)(_copied_values)

deepcopy_values = question(
    "persistence.deepcopy_values",
    "Does a deep copy start from the original's values?",
    specified="equal",
    answers=CLONED,
)(_copied_values)


@question(
    "persistence.clone_is_independent",
    "Does writing to a clone leave the original as it is?",
    specified="yes",
    answers=YES_NO,
)
def clone_is_independent(evidence: Evidence) -> Iterator[Observation]:
    at = _cloned(evidence)
    for reading in readings(evidence):
        if reading.at > at and reading.due is not None:
            yield Observation(yes(reading.as_due), reading.at, _detail(reading))


@question(
    "persistence.clone_learns",
    "Does a forward and a backward pass on a clone give its parameters their gradients?",
    specified="as due",
    answers={**AS_DUE, **RAISES},
)
def clone_learns(evidence: Evidence) -> Iterator[Observation]:
    _cloned(evidence)
    for at, _ in evidence.find(Backward):
        if evidence.outcome(at).kind != "ok":
            yield Observation(evidence.outcome(at).kind, at, str(evidence.outcome(at)))
            return
    yield from gradient_value.observe(evidence)
