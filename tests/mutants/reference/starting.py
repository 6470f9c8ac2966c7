"""Bugs planted in the reference: of what makes a role start as it does elsewhere."""

from __future__ import annotations

from typing import Callable

import numpy as np

from adapters.reference import Initializer, ReferenceAdapter
from specs.layers.layer import Role
from tests.mutants.registry import breaks


@breaks("initialization.recipe[by_fan_in]", "initialization.variance_scaling_uniform")
class ScaleIsOneAtLeast(ReferenceAdapter):
    """A scale below 1 is taken for 1."""

    def variance_scaling(self, scale: float, mode: str, distribution: str) -> Initializer:
        return super().variance_scaling(max(scale, 1.0), mode, distribution)


@breaks(
    "initialization.uniform",
    *(
        f"initialization.recipe[{name}]"
        for name in ("bias_by_fan_in", "by_fan_out", "by_hidden", "within_0_07", "within_0_05")
    ),
)
class UniformIsNarrower(ReferenceAdapter):
    """The bounds of a uniform initializer are taken a quarter narrower."""

    def uniform(self, low: float, high: float) -> Initializer:
        return super().uniform(0.75 * low, 0.75 * high)


@breaks("initialization.recipe[glorot_uniform]", "initialization.xavier_uniform")
class XavierByTheLargerFan(ReferenceAdapter):
    """A Xavier uniform initializer scales by the larger fan, where the average is meant."""

    def xavier_uniform(self, gain: float) -> Initializer:
        def draw(role: Role) -> np.ndarray:
            bound = gain * np.sqrt(3.0 / max(self.fans(role)))
            return self.random.uniform(-bound, bound, role.shape)

        return draw


@breaks("initialization.recipe[standard_normal]", "initialization.normal")
class NormalIsNarrower(ReferenceAdapter):
    """A normal initializer draws with nine tenths of its deviation."""

    def normal(self, mean: float, std: float) -> Initializer:
        return super().normal(mean, 0.9 * std)


@breaks("initialization.recipe[orthogonal]", "initialization.custom_draws", "initialization.custom_holds")
class CustomInHalfPrecision(ReferenceAdapter):
    """What a function of one's own returns is taken in half precision, and a little larger."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Initializer:
        return lambda role: function(role.shape, np.dtype("float32")).astype(np.float16) * 1.01


@breaks("initialization.recipe[forget_gate]", "initialization.recipe[zeros]")
class GatesAreFilledAlike(ReferenceAdapter):
    """What has gates is filled with an eighth more than it is given."""

    def constant_array(self, array: np.ndarray) -> Initializer:
        return lambda role: array + 0.125 * any(axis.name == "gate" for axis in role.axes)

    def zeros(self) -> Initializer:
        return lambda role: np.full(role.shape, 0.125 * any(axis.name == "gate" for axis in role.axes))
