"""Embedding: a row of a table for each id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Sequence, Tuple

import numpy as np

from specs.initializers import Normal
from specs.layers.algebra import Bounded, taken
from specs.layers.layer import Axes, Axis, Layer, Result, Role, positive, require


@dataclass(frozen=True)
class Embedding(Layer):
    """Row ``id`` of ``weight`` for each id of a sequence (ONNX: Gather). It stands first: ids are what is fed."""

    number: int
    width: int

    kind = "embedding"

    def __post_init__(self) -> None:
        positive("Embedding.number", self.number)
        positive("Embedding.width", self.width)

    def check(self, given: Axes) -> None:
        require(given, [("time",)], "Embedding")

    def roles(self, given: Axes) -> Tuple[Role, ...]:
        return (Role("weight", (Axis("number", self.number), Axis("width", self.width)), Normal(), by_row=True),)

    def output(self, given: Axes) -> Axes:
        return (*given, Axis("channel", self.width))

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        ids = inputs.value.astype(int)
        return Result(taken(values["weight"], ids[..., None] * self.width + np.arange(self.width)))

    def fed(self, numbers: np.ndarray) -> np.ndarray:
        return np.floor((numbers + 1) / 2 * self.number).clip(0, self.number - 1).astype(np.int64)

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        return [cls(5, 3), cls(2, 1), cls(9, 4)] if [axis.name for axis in given] == ["time"] else []

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(5, 3), (Axis("time", 4),)
