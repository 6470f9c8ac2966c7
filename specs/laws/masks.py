"""Attention with a mask: the meaning of its numbers, and which keys a time attends to."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any, Callable, Dict, Iterator, Mapping

import numpy as np

from specs.laws.ledger import Pass, backward_passes, forward_passes
from specs.laws.model import Evidence, Observation, question
from specs.laws.training import computed, told_apart
from specs.layers.algebra import Bounded
from specs.layers.attention import Averaging, Earlier, Later, PackedSelfAttention, SelfAttention, taken_as
from specs.programs.networks import Slot
from specs.programs.operations import Backward, ReadGradient

#: Maps attention to the same layer, computed as in some framework.
Way = Callable[[Any], Any]
#: Kinds with a mask.
MASKED = (SelfAttention, PackedSelfAttention)


def _as_it_is(layer: Any) -> Any:
    return layer


def inverted(layer: Any) -> Any:
    """The same attention with the inverted mask."""
    return replace(layer, mask=tuple(tuple(not place for place in row) for row in layer.mask))


def where_not_zero(layer: Any) -> Any:
    """The same attention with the nonzero addends as a mask, and nothing added."""
    mask = tuple(tuple(number != 0 for number in numbers) for numbers in layer.addends)
    return replace(layer, addends=(), mask=mask)


#: Which times a time attends to in causal attention.
CAUSAL: Dict[str, Way] = {
    "itself and earlier ones": _as_it_is,
    "earlier ones": functools.partial(taken_as, Earlier),
    "itself and later ones": functools.partial(taken_as, Later),
    "all": lambda layer: replace(layer, causal=False),
}


def _taken(evidence: Evidence, ways: Mapping[str, Way]) -> Iterator[Observation]:
    """Which of these ways of computing attention was used, by outputs and by gradients."""
    for at, passed in forward_passes(evidence):
        outputs = {answer: [computed(passed, way).passed.output] for answer, way in ways.items()}
        yield from told_apart(at, evidence.value(at), outputs)
    passes = {at: (passed, cotangent) for at, passed, cotangent in backward_passes(evidence)}
    expected: Dict[str, Dict[Slot, Bounded]] = {}
    for at, operation in evidence.find(Backward, ReadGradient):
        if isinstance(operation, Backward):
            passed, cotangent = passes[at]
            expected = {answer: computed(passed, way).gradients(cotangent) for answer, way in ways.items()}
        else:
            found = {answer: [gradients[operation.slot]] for answer, gradients in expected.items()}
            yield from told_apart(at, evidence.value(at), found, f"{operation.slot.path}: ")


def _masked_rows(evidence: Evidence) -> Iterator[Observation]:
    """The possible outputs of a row that attends to no key, whatever a mask means."""
    for at, passed in forward_passes(evidence):
        seen = evidence.value(at)
        masks = [computed(passed, way) for way in (_as_it_is, inverted)]
        expected = {
            "zeros": [mask.passed.output for mask in masks],
            "the mean": [computed(mask, functools.partial(taken_as, Averaging)).passed.output for mask in masks],
        }
        if any(_is_nan_there(seen, mask) for mask in masks):
            yield Observation("NaN", at)
        else:
            yield from told_apart(at, seen, expected)


def _is_nan_there(seen: np.ndarray, masked: Pass) -> bool:
    """Whether exactly the times that attend to no key are NaN, and all others follow the mask."""
    expected = masked.passed.output
    if seen.shape != expected.shape:
        return False
    layer: Any = masked.network.layer(0)
    empty = ~np.array(layer.mask).any(-1)
    others = np.where(np.isnan(seen), expected.value.astype(np.float32), seen)
    return bool(np.array_equal(np.isnan(seen).all(axis=(0, 2)), empty) and expected.admits(others))


for _kind in MASKED:
    _name = _kind.words
    question(
        f"training.boolean_mask[{_kind.kind}]",
        f"What does True mean in a mask of {_name}: which keys determine outputs and gradients?",
        specified="attended to",
        answers={"attended to": "keys count where it is true", "left out": "keys count where it is false"},
    )(lambda evidence: _taken(evidence, {"attended to": _as_it_is, "left out": inverted}))
    question(
        f"training.float_mask[{_kind.kind}]",
        f"What does a mask of numbers do in {_name}?",
        specified="added to the scores",
        answers={
            "added to the scores": "before the softmax",
            "true where it is not zero": "those keys are attended to, and no others",
        },
    )(
        lambda evidence: _taken(
            evidence, {"added to the scores": _as_it_is, "true where it is not zero": where_not_zero}
        )
    )
    question(
        f"training.causal_mask[{_kind.kind}]",
        f"Which time steps does a time step attend to in causal {_name}?",
        specified="itself and earlier ones",
        answers={
            "itself and earlier ones": "the first time attends to itself alone",
            "earlier ones": "the first time attends to none",
            "itself and later ones": "the last time attends to itself alone",
            "all": "as if it were not causal",
        },
    )(lambda evidence: _taken(evidence, CAUSAL))
    question(
        f"training.masked_row[{_kind.kind}]",
        f"What does a time step get in {_name} when its mask excludes every key?",
        specified="zeros",
        answers={
            "zeros": "the bias of what comes out, and nothing else",
            "the mean": "as if it attended to all keys alike",
            "NaN": "zero over zero",
        },
    )(_masked_rows)
