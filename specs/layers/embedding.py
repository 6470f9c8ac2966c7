"""Embedding: a row of a table for each id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Optional, Sequence, Tuple

import numpy as np

from specs.errors import SpecError
from specs.initializers import Normal
from specs.layers.algebra import Bounded, taken, within
from specs.layers.layer import Axes, Axis, Instead, Layer, Result, Role, positive, require


class NoSuchRow(LookupError):
    """The table has no row for an id."""


class Table(Layer):
    """Row ``id`` of ``weight`` for each id of a sequence (ONNX: Gather). It must come first: ids are fed."""

    number: int
    width: int

    #: The id whose row is padding, if any.
    padding: Optional[int] = None

    def __post_init__(self) -> None:
        name = type(self).__name__
        positive(f"{name}.number", self.number)
        positive(f"{name}.width", self.width)

    def check(self, given: Axes) -> None:
        require(given, [("time",)], type(self).__name__)

    def roles(self, given: Axes) -> Tuple[Role, ...]:
        axes = Axis("number", self.number), Axis("width", self.width)
        return (Role("weight", axes, Normal(), by_row=True, blank=self.padding),)

    def output(self, given: Axes) -> Axes:
        return (*given, Axis("channel", self.width))

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        return Result(taken(values["weight"], self.places(inputs)))

    def places(self, inputs: Bounded) -> np.ndarray:
        """The places in the weight that are looked up. Raises :class:`NoSuchRow` for an id without a row."""
        ids = inputs.value.astype(int)
        strange = ids[(ids < 0) | (ids >= self.number)]
        if strange.size:
            raise NoSuchRow(f"there is no row {strange[0]} among {self.number}")
        found: np.ndarray = ids[..., None] * self.width + np.arange(self.width)
        return found

    def fed(self, numbers: np.ndarray) -> np.ndarray:
        """The numbers as ids; numbers outside [-1, 1) become ids out of range."""
        return np.floor((numbers.astype(np.float64) + 1) / 2 * self.number).astype(np.int64)


@dataclass(frozen=True)
class Embedding(Table):
    """A row of a table for each id."""

    number: int
    width: int

    kind = "embedding"

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        return [cls(5, 3), cls(2, 1), cls(9, 4)] if [axis.name for axis in given] == ["time"] else []

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(5, 3), (Axis("time", 4),)


@dataclass(frozen=True)
class PaddedEmbedding(Table):
    """An embedding in which the row of one id is padding: it starts as zeros, and is not trained.

    It is looked up like any other row, and writing or initializing the table includes it.
    """

    number: int
    width: int
    padding: int = 0

    kind = "padded_embedding"

    def __post_init__(self) -> None:
        super().__post_init__()
        positive("PaddedEmbedding.padding", self.padding, least=0)
        if self.padding >= self.number:
            raise SpecError(f"PaddedEmbedding.padding: {self.padding} is no id; accepted: 0 to {self.number - 1}")

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        weight = values["weight"]
        places = self.places(inputs)
        is_padding = places // self.width == self.padding
        trained = taken(weight, np.where(is_padding, -1, places))
        fixed = taken(within(weight.value, weight.error), np.where(is_padding, places, -1))
        return Result(trained + fixed)

    def instead(self, given: Axes) -> Sequence[Instead]:
        price = "the row of padding is trained as any other"
        return (Instead("trained_padding", Embedding(self.number, self.width), dict, "as it is", price),)

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        return [cls(3, 2), cls(2, 1, 1), cls(5, 3, 4)] if [axis.name for axis in given] == ["time"] else []

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(5, 3, 1), (Axis("time", 4),)
