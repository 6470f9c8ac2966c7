"""Layers that draw numbers in each pass for training: judged beside a pass for inference of the same batch."""

from __future__ import annotations

import math
from typing import Any, Iterator, Tuple

import numpy as np

from specs.laws.answers import YES_NO, yes
from specs.laws.model import Evidence, Observation, question
from specs.laws.training import told_apart
from specs.layers.algebra import UNIT_ROUNDOFF, Bounded, exactly, within
from specs.programs.operations import Forward
from specs.statistics.flaws import FALSE_ALARM_BOUND


def _dropped(evidence: Evidence) -> Iterator[Tuple[int, Any, np.ndarray, np.ndarray]]:
    """Each pass for training through a network whose last layer alone draws: position, that layer, inputs, outputs."""
    inputs: np.ndarray = np.zeros(0)
    for at, operation in evidence.find(Forward):
        network = evidence.network(at)
        outputs = evidence.value(at)
        if not operation.training:
            inputs = outputs
        elif inputs.shape == outputs.shape:
            yield at, network.layer(len(network.uses) - 1), inputs, outputs


@question(
    "training.dropout_scale",
    "What becomes, in a pass for training, of the numbers that a dropout keeps?",
    specified="divided by 1 - rate",
    answers={"divided by 1 - rate": "their mean stays", "as they are": "their mean shrinks"},
)
def dropout_scale(evidence: Evidence) -> Iterator[Observation]:
    for at, layer, inputs, outputs in _dropped(evidence):
        stays = outputs != 0
        if stays.any():
            expected = {
                "divided by 1 - rate": [_rounded(layer.scale * inputs[stays])],
                "as they are": [exactly(inputs[stays])],
            }
            yield from told_apart(at, outputs[stays], expected)


def _rounded(value: np.ndarray) -> Bounded:
    return within(value, 4 * UNIT_ROUNDOFF * np.abs(value))


@question(
    "training.dropout_rate",
    "Is the rate of a dropout the share that is dropped, or the share that is kept?",
    specified="dropped",
    answers={"dropped": "the share of those that are zero", "kept": "the share of those that stay"},
)
def dropout_rate(evidence: Evidence) -> Iterator[Observation]:
    for at, layer, inputs, outputs in _dropped(evidence):
        there = inputs != 0
        count, zeros = int(there.sum()), int((outputs[there] == 0).sum())
        if not count:
            continue
        shares = {"dropped": layer.rate, "kept": 1 - layer.rate}
        fits = [answer for answer, share in shares.items() if not _is_excluded(zeros, count, share)]
        if len(fits) < len(shares) or layer.rate == 0.5:  # of which both are one
            yield Observation(fits[0] if fits else "other", at, f"{zeros} of {count} are zero", comparisons=1)


def _is_excluded(seen: int, count: int, share: float) -> bool:
    """Whether so many of a count occur less often than any false alarm may, by Chernoff's bound on a binomial tail."""
    found = seen / count
    if share in (0, 1):
        return found != share
    terms = ((found, share), (1 - found, 1 - share))
    divergence = sum(p * math.log(p / q) for p, q in terms if p)
    return 2 * math.exp(-count * divergence) < FALSE_ALARM_BOUND


@question(
    "training.dropout_draws_anew",
    "Does each pass for training over the same batch drop different numbers?",
    specified="yes",
    answers=YES_NO,
)
def dropout_draws_anew(evidence: Evidence) -> Iterator[Observation]:
    passes = [(at, outputs == 0) for at, _, _, outputs in _dropped(evidence)]
    for (_, before), (at, dropped) in zip(passes, passes[1:]):
        yield Observation(yes(not np.array_equal(before, dropped)), at, comparisons=1)
