"""PReLU: a leaky rectifier with a trainable slope below zero."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Dict, Mapping, Sequence, Tuple

from specs.errors import one_of
from specs.initializers import Constant
from specs.layers.algebra import Bounded, contract, least_with_zero, moved, relu
from specs.layers.layer import (
    FEATURES,
    IMAGES,
    SEQUENCES,
    Axes,
    Layer,
    Result,
    Role,
    channel,
    fits,
    image,
    require,
    shape_of,
)


@dataclass(frozen=True)
class PReLU(Layer):
    """x if x >= 0, else ``slope`` times x (He et al. 2015; ONNX: PRelu). The slope starts at 0.25, as in the paper.

    ``slopes`` says how many there are: ``one`` in all, one per ``channel``, or one per ``element`` of a row. The axes
    of ``slope`` are those of a row; the extent of an axis along which it is shared is 1.
    """

    slopes: str = "one"

    kind = "prelu"
    words = "PReLU"

    def __post_init__(self) -> None:
        one_of("PReLU.slopes", self.slopes, ("one", "channel", "element"))

    def check(self, given: Axes) -> None:
        accepted = (FEATURES, *IMAGES) if self.slopes == "channel" else (FEATURES, SEQUENCES, *IMAGES)
        require(given, accepted, f"PReLU of {self.slopes} slopes")

    def _own(self, given: Axes) -> Tuple[str, ...]:
        """The axes along which slopes differ."""
        names = tuple(axis.name for axis in given)
        return {"one": (), "channel": ("channel",), "element": names}[self.slopes]

    def roles(self, given: Axes) -> Tuple[Role, ...]:
        own = self._own(given)
        axes = tuple(
            axis if axis.name in own else dataclasses.replace(axis, extent=1, letters="", parts=()) for axis in given
        )
        return (Role("slope", axes, Constant(0.25), inferred=own),)

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        own = self._own(given)
        kept = shape_of(tuple(axis for axis in given if axis.name in own))
        every = " ".join(("row", *(axis.name for axis in given)))
        slope = moved(values["slope"], lambda places: places.reshape(kept))
        below = contract(f"{every}, {' '.join(own)} -> {every}", least_with_zero(inputs), slope)
        return Result(relu(inputs) + below)

    def incoming(self, given: Axes) -> Dict[str, Any]:
        return {"channels": channel(given).extent}

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        if fits(given, [SEQUENCES]):
            return [cls(), cls("element")]
        return [cls(), cls("channel"), cls("element")] if fits(given, (FEATURES, *IMAGES)) else ()

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls("channel"), image(2, 3, 4)
