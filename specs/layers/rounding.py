"""What arithmetic determines, and how far float32 may stray from it.

Every expected value comes with a bound on the rounding error of a float32 computation in any order of summation
(running error analysis; Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., sections 3.3 and 3.5). No
tolerance is stated anywhere else: what lies outside the bound was computed differently, not rounded differently.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, List, Mapping, Tuple

import numpy as np

from specs.programs.networks import Network, Slot

UNIT_ROUNDOFF = 2.0**-24
#: Error of a library's tanh, sigmoid or exp in float32, in units of roundoff, relative to the largest output, 1.
ELEMENTARY = 16.0


@dataclass(frozen=True)
class Bounded:
    """A value in float64 and a bound on the error of its float32 counterpart, elementwise."""

    value: np.ndarray
    error: np.ndarray

    def admits(self, seen: np.ndarray) -> bool:
        """Whether ``seen`` has the value's shape and lies within the bound everywhere."""
        return seen.shape == self.value.shape and bool(np.all(np.abs(seen - self.value) <= self.error))

    def excess(self, seen: np.ndarray) -> str:
        """In words, where ``seen`` lies farthest outside."""
        if seen.shape != self.value.shape:
            return f"shape {seen.shape} where {self.value.shape} is due"
        over = np.abs(seen - self.value) - self.error
        worst = np.unravel_index(np.argmax(np.where(np.isnan(over), np.inf, over)), over.shape)
        where = [int(i) for i in worst]
        return (
            f"element {where}: seen {float(seen[worst])!r}, due {float(self.value[worst])!r}, "
            f"rounding allows {float(self.error[worst]):.3g}"
        )

    def __add__(self, other: Bounded) -> Bounded:
        total = self.value + other.value
        return Bounded(total, self.error + other.error + UNIT_ROUNDOFF * np.abs(total))


def exactly(array: np.ndarray) -> Bounded:
    """A value that is known without error."""
    value = np.asarray(array, dtype=np.float64)
    return Bounded(value, np.zeros_like(value))


def product(left: Bounded, right: Bounded) -> Bounded:
    """Matrix product: errors of the factors carried over, plus that of the sums (gamma_n |left| |right|)."""
    n = left.value.shape[1]
    magnitude = np.abs(left.value) @ np.abs(right.value)
    carried = left.error @ (np.abs(right.value) + right.error) + np.abs(left.value) @ right.error
    return Bounded(left.value @ right.value, carried + 2 * (n + 1) * UNIT_ROUNDOFF * (magnitude + carried))


def stepped(value: np.ndarray, gradient: np.ndarray, learning_rate: float) -> Bounded:
    """value - learning_rate * gradient, both seen in float32."""
    change = learning_rate * gradient.astype(np.float64)
    due = value.astype(np.float64) - change
    return Bounded(due, 2 * UNIT_ROUNDOFF * (np.abs(value) + 2 * np.abs(change)))


@dataclass(frozen=True)
class Activation:
    """An activation, and its slope as a function of its argument and its output, both with bounds."""

    apply: Callable[[Bounded], Bounded]
    slope: Callable[[Bounded, Bounded], Bounded]


def _smooth(function: Callable, slope: Callable, steepest: float, curvature: float) -> Activation:
    def apply(before: Bounded) -> Bounded:
        return Bounded(function(before.value), steepest * before.error + ELEMENTARY * UNIT_ROUNDOFF)

    def slopes(before: Bounded, after: Bounded) -> Bounded:
        return Bounded(slope(after.value), curvature * after.error + 4 * UNIT_ROUNDOFF)

    return Activation(apply, slopes)


def _relu_slope(before: Bounded, after: Bounded) -> Bounded:
    """Where the argument is zero within its error, the slope is uncertain: its error is 1."""
    return Bounded((before.value > 0).astype(float), (np.abs(before.value) <= before.error).astype(float))


ACTIVATIONS: Dict[str, Activation] = {
    "none": Activation(lambda x: x, lambda x, y: exactly(np.ones_like(x.value))),
    "relu": Activation(lambda x: Bounded(np.maximum(x.value, 0.0), x.error), _relu_slope),
    "tanh": _smooth(np.tanh, lambda y: 1.0 - y * y, steepest=1.0, curvature=2.0),
    "sigmoid": _smooth(lambda x: 0.5 + 0.5 * np.tanh(0.5 * x), lambda y: y * (1.0 - y), steepest=0.25, curvature=1.0),
}

Values = Mapping[Slot, np.ndarray]


def forward(network: Network, values: Values, batch: np.ndarray) -> List[Tuple[Bounded, Bounded]]:
    """For each use, what goes into its activation and what comes out. ``values`` holds each owner's array."""
    passed = []
    inputs = exactly(batch)
    for position in range(len(network.layers)):
        before = _affine(network, values, position, inputs)
        inputs = ACTIVATIONS[network.dense(position).activation].apply(before)
        passed.append((before, inputs))
    return passed


def _affine(network: Network, values: Values, position: int, inputs: Bounded) -> Bounded:
    weight = exactly(values[network.owner(Slot(position, "weight"))])
    before = product(inputs, Bounded(weight.value.T, weight.error.T))
    if network.dense(position).bias:
        bias = exactly(values[network.owner(Slot(position, "bias"))])
        before = before + Bounded(bias.value[None, :], bias.error[None, :])
    return before


def gradients_by_use(network: Network, values: Values, batch: np.ndarray, cotangent: np.ndarray) -> Dict[Slot, Bounded]:
    """What each slot, by itself, contributes to the gradient of its parameter."""
    passed = forward(network, values, batch)
    found: Dict[Slot, Bounded] = {}
    flowing = exactly(cotangent)
    for position in reversed(range(len(network.layers))):
        before, after = passed[position]
        flowing = _times(flowing, ACTIVATIONS[network.dense(position).activation].slope(before, after))
        inputs = exactly(batch) if position == 0 else passed[position - 1][1]
        found[Slot(position, "weight")] = product(Bounded(flowing.value.T, flowing.error.T), inputs)
        if network.dense(position).bias:
            rows = exactly(np.ones((1, flowing.value.shape[0])))
            summed = product(rows, flowing)
            found[Slot(position, "bias")] = Bounded(summed.value[0], summed.error[0])
        weight = exactly(values[network.owner(Slot(position, "weight"))])
        flowing = product(flowing, weight)
    return found


def gradients(network: Network, values: Values, batch: np.ndarray, cotangent: np.ndarray) -> Dict[Slot, Bounded]:
    """The gradient of each distinct parameter, by its owner: the sum over its uses."""
    totals: Dict[Slot, Bounded] = {}
    for slot, part in gradients_by_use(network, values, batch, cotangent).items():
        owner = network.owner(slot)
        totals[owner] = totals[owner] + part if owner in totals else part
    return totals


def _times(left: Bounded, right: Bounded) -> Bounded:
    value = left.value * right.value
    error = left.error * (np.abs(right.value) + right.error) + np.abs(left.value) * right.error
    return Bounded(value, error + UNIT_ROUNDOFF * np.abs(value))
