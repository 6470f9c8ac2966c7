"""Layers that draw numbers in each pass for training, compared with a pass for inference over the same batch."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Dict, Iterator, Tuple

import numpy as np

from specs.initializers import Zeros
from specs.laws.answers import YES_NO, yes
from specs.laws.ledger import Ledger, Pass
from specs.laws.model import Draw, Evidence, Observation, drawn, question
from specs.laws.training import told_apart
from specs.layers.algebra import UNIT_ROUNDOFF, Bounded, contract, exactly, gradients, within
from specs.layers.layer import Role
from specs.programs.networks import Slot
from specs.programs.operations import Backward, Forward, ReadGradient, Seed
from specs.programs.passes import Passed, forward
from specs.statistics.distributions import Distribution
from specs.statistics.flaws import FALSE_ALARM_BOUND


def _dropped(evidence: Evidence) -> Iterator[Tuple[int, Any, np.ndarray, np.ndarray]]:
    """Each pass for training through a network in which only the last layer draws: position, layer, inputs, outputs."""
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
    "By what are the numbers that dropout keeps in a training pass scaled?",
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
    "Is the rate of dropout the share that is dropped, or the share that is kept?",
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
        if len(fits) < len(shares) or layer.rate == 0.5:  # both answers if the rate is 1/2
            yield Observation(fits[0] if fits else "other", at, f"{zeros} of {count} are zero", comparisons=1)


def _is_excluded(seen: int, count: int, share: float) -> bool:
    """Whether so many of a count are rarer than any false alarm may be, by Chernoff's bound on a binomial tail."""
    found = seen / count
    if share in (0, 1):
        return found != share
    terms = ((found, share), (1 - found, 1 - share))
    divergence = sum(p * math.log(p / q) for p, q in terms if p)
    return 2 * math.exp(-count * divergence) < FALSE_ALARM_BOUND


@question(
    "training.dropout_draws_anew",
    "Does each training pass over the same batch drop different numbers?",
    specified="yes",
    answers=YES_NO,
)
def dropout_draws_anew(evidence: Evidence) -> Iterator[Observation]:
    passes = [(at, outputs == 0) for at, _, _, outputs in _dropped(evidence)]
    for (_, before), (at, dropped) in zip(passes, passes[1:]):
        yield Observation(yes(not np.array_equal(before, dropped)), at, comparisons=1)


@dataclass(frozen=True)
class Kept(Distribution):
    """1 for a number that is kept, with probability ``share``, and 0 for one that is dropped."""

    share: float

    @property
    def name(self) -> str:
        return f"1 with probability {self.share:g}, else 0"

    @property
    def mean(self) -> float:
        return self.share

    @property
    def std(self) -> float:
        return math.sqrt(self.share * (1 - self.share))

    @property
    def support(self) -> Tuple[float, float]:
        return 0.0, 1.0

    @property
    def atoms(self) -> Tuple[float, ...]:
        return 0.0, 1.0

    @property
    def gap(self) -> Tuple[float, float]:
        return 0.0, 1.0

    def cdf(self, x: np.ndarray) -> np.ndarray:
        up_to: np.ndarray = (1 - self.share) * (x >= 0) + self.share * (x >= 1)
        return up_to

    def quantile(self, u: np.ndarray) -> np.ndarray:
        return np.where(u <= 1 - self.share, 0.0, 1.0)


@drawn(
    "training.dropout_mask",
    "Is each number dropped independently of its neighbours and of other passes, as often as the rate says?",
    specified="each by itself",
    answers={"each by itself": lambda draw: Kept(1 - draw.layer.rate)},  # type: ignore[attr-defined]
)
def dropout_mask(evidence: Evidence) -> Iterator[Draw]:
    for at, layer, inputs, outputs in _dropped(evidence):
        network, last = evidence.network(at), len(evidence.network(at).uses) - 1
        given = network.uses[last].given
        if (inputs != 0).all():
            stays = (outputs != 0).astype(np.float32)
            seeding = max(when for when, _ in evidence.find(Seed) if when < at)
            yield Draw(at, stays, Slot(last, "mask"), layer, Role("mask", given, Zeros()), given, None, seeding)


@question(
    "training.dropout_gradient",
    "Which numbers does the gradient pass through when dropout follows a layer?",
    specified="those that stayed, scaled alike",
    answers={
        "those that stayed, scaled alike": "the gradient is multiplied by what the numbers were",
        "those that stayed, as they are": "the gradient is not divided by 1 - rate",
        "all": "the gradient comes back as if nothing had been dropped",
    },
)
def dropout_gradient(evidence: Evidence) -> Iterator[Observation]:
    outputs = {at: outputs for at, _, _, outputs in _dropped(evidence)}
    ledger = Ledger(evidence)
    expected: Dict[str, Dict[Slot, Bounded]] = {}
    for at, operation, _ in ledger.walk():
        passed = ledger.last_pass[ledger.objects.name] if isinstance(operation, Backward) else None
        if passed is not None and passed.at in outputs:
            cotangent = operation.cotangent.array(outputs[passed.at].shape)
            expected = _behind_masks(passed, (outputs[passed.at] != 0).astype(float), cotangent)
        elif isinstance(operation, ReadGradient) and expected:
            found = {answer: [values[operation.slot]] for answer, values in expected.items()}
            yield from told_apart(at, evidence.value(at), found, f"{operation.slot.path}: ")


def _behind_masks(passed: Pass, stays: np.ndarray, cotangent: np.ndarray) -> Dict[str, Dict[Slot, Bounded]]:
    """Gradients at the input of the last layer, for each mask by which it may multiply."""
    before = replace(passed.network, layers=passed.network.layers[:-1])
    inputs = forward(before, passed.values, passed.batch)
    scale = passed.network.layer(len(before.uses)).scale  # type: ignore[attr-defined]
    masks = {
        "those that stayed, scaled alike": _rounded(scale * stays),
        "those that stayed, as they are": exactly(stays),
        "all": exactly(np.ones_like(stays)),
    }
    return {answer: _through(inputs, mask, cotangent) for answer, mask in masks.items()}


def _through(inputs: Passed, mask: Bounded, cotangent: np.ndarray) -> Dict[Slot, Bounded]:
    product = contract("row channel, row channel -> row channel", inputs.output, mask)
    slots = inputs.network.slots
    return dict(zip(slots, gradients(product, cotangent, [inputs.leaves[slot] for slot in slots])))
