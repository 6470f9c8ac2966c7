"""Flatten: merges all axes of a row into one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Sequence, Tuple

from specs.errors import SpecError
from specs.layers.algebra import Bounded, moved
from specs.layers.layer import Axes, Axis, Layer, Result, image, named, shape_of


@dataclass(frozen=True)
class Flatten(Layer):
    """The axes of a row packed row-major into ``channel`` (ONNX: Flatten).

    The order is that in which a framework holds its data, and differs between frameworks. The axis keeps its parts, so
    that the weight of the next layer can be mapped.
    """

    kind = "flatten"

    def check(self, given: Axes) -> None:
        if any(axis.parts for axis in given):
            raise SpecError(f"Flatten comes after another Flatten; {named(given)} comes in")

    def output(self, given: Axes) -> Axes:
        if len(given) == 1:
            return given
        extent = 1
        for size in shape_of(given):
            extent *= size
        return (Axis("channel", extent, parts=given),)

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        return Result(moved(inputs, lambda places: places.reshape(len(places), -1)))

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        return [cls()] if len(given) > 1 and not any(axis.parts for axis in given) else []

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(), image(2, 3, 4)
