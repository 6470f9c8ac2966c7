"""Dropout: in training, drops numbers at random, and scales the others so that the mean is unchanged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Sequence, Tuple

import numpy as np

from specs.errors import SpecError
from specs.layers.algebra import Bounded, between, contract, exactly
from specs.layers.layer import Axes, Layer, Result, features


@dataclass(frozen=True)
class Dropout(Layer):
    """ONNX Dropout (Srivastava et al. 2014).

    With probability ``rate`` a number becomes 0; otherwise it is divided by 1 - ``rate``. The numbers to drop are drawn
    again in each pass for training. In inference, the layer does nothing.
    """

    rate: float = 0.5

    kind = "dropout"
    has_modes = True
    is_random = True

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise SpecError(f"Dropout.rate: {self.rate} must be 0 or more, and less than 1")

    @property
    def scale(self) -> float:
        """The factor of the numbers that are kept."""
        return 1 / (1 - self.rate)

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        return Result(between(inputs, 0.0, self.scale) if training else inputs)

    def drawn(self, inputs: Bounded, random: np.random.RandomState) -> Result:
        axes = " ".join(f"axis{at}" for at in range(len(inputs.shape)))
        factor = exactly(self.scale * self.stays(inputs.shape, random))
        return Result(contract(f"{axes}, {axes} -> {axes}", inputs, factor))

    def stays(self, shape: Tuple[int, ...], random: np.random.RandomState) -> np.ndarray:
        """Which numbers are kept."""
        return random.uniform(size=shape) >= self.rate

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        return [cls(), cls(0.25)] if any(axis.name == "channel" for axis in given) else []

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(), features(3)
