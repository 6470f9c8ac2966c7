"""Initializers without randomness that depend on the shape: identities of matrices and convolutions, interpolation."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Mapping, Tuple

import numpy as np

from specs.initializers import Bilinear, Dirac, Identity, interpolating
from specs.laws.answers import AS_EXPECTED, RAISES
from specs.laws.ledger import Reading, filled_by, held, same
from specs.laws.model import Evidence, Observation, ending, question
from specs.layers import KINDS
from specs.layers.recurrent import Recurrent
from specs.programs.operations import OneParameter, Read, Reinitialize
from specs.texts import a


@question(
    "initialization.identity",
    "What does the identity initializer, with its gain, write to the weight of a dense layer?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def identity(evidence: Evidence) -> Iterator[Observation]:
    yield from map(held, filled_by(evidence, Identity))


@question(
    "initialization.dirac",
    "What does a convolution's identity initializer (Dirac's delta) write to its weight, with one group or several?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def dirac(evidence: Evidence) -> Iterator[Observation]:
    yield from map(held, filled_by(evidence, Dirac))


#: If row numbers are not rounded down, as with Python 3's division.
BETWEEN_ROWS = "along the height, a place is y + x / width: weights rise or fall along a row as well"


@question(
    "initialization.bilinear",
    "What does the bilinear interpolation initializer write to the weight of a transposed convolution with a square "
    "window?",
    specified="as expected",
    answers={**AS_EXPECTED, "between the rows": BETWEEN_ROWS},
)
def bilinear(evidence: Evidence) -> Iterator[Observation]:
    for reading in filled_by(evidence, Bilinear):
        height, width = reading.expected.array.shape[2:]
        if height == width:
            between = _interpolated(reading.expected.array.shape, by_rows=False)
            yield from _told(reading, {"as expected": reading.expected.array, "between the rows": between}, "otherwise")


@question(
    "initialization.bilinear_of_oblong_windows",
    "Which extent does the bilinear interpolation initializer use along the height of a window that is not square?",
    specified="the height",
    answers={
        "the height": "it interpolates along both axes",
        "the width": "along the height, weights are those of another extent, and may be below zero",
        "the width, between the rows": f"the same, and {BETWEEN_ROWS}",
    },
)
def bilinear_of_oblong_windows(evidence: Evidence) -> Iterator[Observation]:
    for reading in filled_by(evidence, Bilinear):
        height, width = reading.expected.array.shape[2:]
        if height != width:
            arrays = {
                "the height": reading.expected.array,
                "the width": _interpolated(reading.expected.array.shape, by_rows=True),
                "the width, between the rows": _interpolated(reading.expected.array.shape, by_rows=False),
            }
            yield from _told(reading, arrays, "other")


def _interpolated(shape: Tuple[int, ...], by_rows: bool) -> np.ndarray:
    """Weights of an interpolation that uses the width instead of the height, in whole rows or between them."""
    height, width = shape[2:]
    number = np.arange(np.prod(shape)).reshape(shape)
    row = number // width if by_rows else number / width
    weights: np.ndarray = interpolating(number % width, width) * interpolating(row % height, width)
    return weights.astype(np.float32)


def _told(reading: Reading, arrays: Dict[str, np.ndarray], other: str) -> Iterator[Observation]:
    """Which of the arrays is seen, if they all differ."""
    found = [answer for answer, array in arrays.items() if same(reading.seen, array)]
    if len({array.tobytes() for array in arrays.values()}) == len(arrays):
        yield Observation(found[0] if found else other, reading.at, f"{reading.slot.path}: {reading.seen!r}")


#: The kinds whose weights have an axis of gates.
GATED = tuple(kind for kind in KINDS if issubclass(kind, Recurrent) and kind.gates)


def _of_gates(evidence: Evidence, words: Mapping[str, str]) -> Iterator[Observation]:
    letters = "".join(words)
    initialized: Dict[Any, Any] = {}
    for at, operation in evidence.find(Reinitialize, Read):
        evidence.value(at)
        if isinstance(operation, Reinitialize):
            initialized[getattr(operation.target, "slot", None)] = operation.initializer
        elif isinstance(initialized.get(operation.slot), Identity):
            role = evidence.network(at).role(operation.slot)
            array = evidence.value(at).array
            if role.axes[0].letters == letters and array.shape == role.shape:
                expected = initialized[operation.slot].array(role.shape[1:])
                ones = [letter for letter, gate in zip(letters, array) if np.array_equal(gate, expected)]
                rest = [letter for letter, gate in zip(letters, array) if gate.any() and letter not in ones]
                answer = "other" if rest or len(ones) > 1 or not ones else words[ones[0]]
                yield Observation(answer, at, f"{operation.slot.path}: identities of {ones}, neither of {rest}")


for _kind in GATED:
    question(
        f"initialization.identity_of_gates[{_kind.kind}.recurrent_weight]",
        f"Which gate gets the identity when the recurrent weight of {a(_kind.words)} is initialized as one?",
        specified=next(iter(_kind.gates.values())),
        answers={
            word: f"that of {letter}; the weights of the others are zeros" for letter, word in _kind.gates.items()
        },
    )(lambda evidence, words=_kind.gates: _of_gates(evidence, words))  # type: ignore[misc]


def _misfits(evidence: Evidence, kind: Any, axes: Tuple[int, ...]) -> Iterator[Observation]:
    """The outcomes of initializations of a kind whose parameter has so many axes, and a shape that is not accepted."""
    for at, operation in evidence.find(Reinitialize):
        if isinstance(operation.target, OneParameter) and isinstance(operation.initializer, kind):
            shape = evidence.network(at).shape(operation.target.slot)
            if len(shape) in axes and operation.initializer.array(shape) is None:
                yield ending(evidence, at)


@question(
    "initialization.identity_elsewhere",
    "What happens when the identity initializer is given to a parameter that is not a matrix: a bias, or the weight "
    "of a convolution?",
    specified="invalid_argument",
    answers=RAISES,
)
def identity_elsewhere(evidence: Evidence) -> Iterator[Observation]:
    yield from _misfits(evidence, Identity, (1, 3, 4, 5))


@question(
    "initialization.dirac_elsewhere",
    "What happens when a convolution's identity initializer is given to a parameter without a window: a dense "
    "weight, or a bias?",
    specified="invalid_argument",
    answers=RAISES,
)
def dirac_elsewhere(evidence: Evidence) -> Iterator[Observation]:
    yield from _misfits(evidence, Dirac, (1, 2))


@question(
    "initialization.bilinear_elsewhere",
    "What happens when the bilinear interpolation initializer is given to a parameter without a window of two axes?",
    specified="invalid_argument",
    answers=RAISES,
)
def bilinear_elsewhere(evidence: Evidence) -> Iterator[Observation]:
    yield from _misfits(evidence, Bilinear, (1, 2, 3))


@question(
    "initialization.bilinear_of_volumes",
    "What happens when the bilinear interpolation initializer is given to a window of three axes?",
    specified="invalid_argument",
    answers={**RAISES, "ok": "weights are given, by the first two extents of the window"},
)
def bilinear_of_volumes(evidence: Evidence) -> Iterator[Observation]:
    yield from _misfits(evidence, Bilinear, (5,))
