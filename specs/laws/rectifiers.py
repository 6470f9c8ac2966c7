"""Rectifiers are not differentiable at zero: which slope frameworks use there."""

from __future__ import annotations

from typing import Any, Dict, Iterator

import numpy as np

from specs.laws.ledger import Pass, backward_passes
from specs.laws.model import Evidence, Observation, question
from specs.laws.training import told_apart
from specs.layers import Activation, LeakyReLU, PReLU
from specs.layers.algebra import Bounded, contract, exactly, total
from specs.programs.operations import Backward, ReadGradient

#: Layers with a kink at zero, by name.
RECTIFIERS: Dict[str, Any] = {
    "relu": [Activation("relu")],
    "leaky_relu": [LeakyReLU(0.25), LeakyReLU(0.1)],
    "prelu": [PReLU(), PReLU("channel")],
}
_BELOW = {"that below": "zero counts as negative", "that above": "zero counts as positive"}
_NEITHER = {"none": "it is zero: zero counts as neither"}


def _slopes(passed: Pass) -> Dict[str, np.ndarray]:
    """The slopes of the last layer on both sides of zero, from its outputs for 1 and -1."""
    at = len(passed.network.uses) - 1
    layer, given = passed.network.layer(at), passed.network.uses[at].given
    held = {slot.role: exactly(value) for slot, value in passed.values.items() if slot.layer == at}
    ones = np.ones((1, *(axis.extent for axis in given)))

    def seen(sign: int) -> np.ndarray:
        made: np.ndarray = layer.apply(held, exactly(sign * ones), given, training=True).output.value[0]
        return made

    return {"that below": -seen(-1), "that above": seen(1), "none": 0 * seen(1)}


def _answers(name: str) -> Dict[str, str]:
    """A plain rectifier's slope below zero is 0."""
    return _BELOW if name == "relu" else {**_BELOW, **_NEITHER}


def _summed(cotangent: np.ndarray, slope: np.ndarray) -> Bounded:
    """The gradient of the bias, which is added to every row."""
    flow = contract("row channel, channel -> row channel", exactly(cotangent), exactly(slope))
    return total("row channel -> channel", flow)


def _at_zero(evidence: Evidence, name: str) -> Iterator[Observation]:
    passes = {at: (passed, cotangent) for at, passed, cotangent in backward_passes(evidence)}
    for at, operation in evidence.find(Backward, ReadGradient):
        if isinstance(operation, Backward):
            passed, cotangent = passes[at]
        elif operation.slot.role == "bias":
            slopes = _slopes(passed)
            expected = {answer: [_summed(cotangent, slopes[answer])] for answer in _answers(name)}
            yield from told_apart(at, evidence.value(at), expected)


for _name in RECTIFIERS:
    question(
        f"training.slope_at_zero[{_name}]",
        f"What slope does a rectifier ({_name.replace('_', ' ')}) have exactly at zero: the one below, or the one "
        "above?",
        specified="that below",
        answers=_answers(_name),
    )(lambda evidence, name=_name: _at_zero(evidence, name))  # type: ignore[misc]
