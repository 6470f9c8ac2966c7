"""Depthwise convolutions, alone and followed by a pointwise one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Mapping, Sequence, Tuple

from specs.initializers import XavierUniform, Zeros
from specs.layers.algebra import Bounded, contract, gathered, moved, spread
from specs.layers.convolution import Extents, Windowed
from specs.layers.layer import IMAGES, Axes, Axis, Fans, Layer, Result, Role, channel, fits, image, positive


class Depthwise(Windowed):
    """The common part of layers that begin with ``multiplier`` filters for each channel, without summing channels."""

    multiplier: int

    def __post_init__(self) -> None:
        positive(f"{type(self).__name__}.multiplier", self.multiplier)
        super().__post_init__()

    def check(self, given: Axes) -> None:
        super().check(given)
        self.check_extents(given)

    def depthwise(self, name: str, given: Axes) -> Role:
        """The weight of these filters: each output is a sum over a window of one channel."""
        return Role(
            name,
            (
                Axis("in", channel(given).extent),
                Axis("multiplier", self.multiplier),
                *map(Axis, self.space, self.window),
            ),
            XavierUniform(),
            Fans(self.space, ("in", "multiplier", *self.space)),
            inferred=("in",),
            nominal=Fans(("in", *self.space), ("multiplier", *self.space)),
        )

    def filtered(self, weight: Bounded, inputs: Bounded) -> Bounded:
        """The outputs of the filters: ``row in multiplier *space``."""
        space, window = " ".join(self.space), " ".join(self.within)
        spec = f"row in {space} {window}, in multiplier {window} -> row in multiplier {space}"
        return contract(spec, moved(inputs, self.seen), weight)


@dataclass(frozen=True)
class DepthwiseConvolution(Depthwise):
    """ONNX Conv with as many groups as channels: ``weight`` is ``in multiplier *window``.

    The outputs of one channel are adjacent output channels.
    """

    window: Extents
    multiplier: int = 1
    strides: Extents = ()
    dilation: Extents = ()
    pads_begin: Extents = ()
    pads_end: Extents = ()
    bias: bool = True

    kind = "depthwise_convolution"

    def roles(self, given: Axes) -> Tuple[Role, ...]:
        weight = self.depthwise("weight", given)
        if not self.bias:
            return (weight,)
        out = Axis("out", channel(given).extent * self.multiplier)
        return weight, Role("bias", (out,), Zeros(), inferred=("out",))

    def output(self, given: Axes) -> Axes:
        return (Axis("channel", channel(given).extent * self.multiplier), *map(Axis, self.space, self.extents(given)))

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        outputs = self.filtered(values["weight"], inputs)
        if self.bias:
            space = " ".join(self.space)
            bias = moved(values["bias"], lambda places: places.reshape(-1, self.multiplier))
            outputs = gathered(outputs, spread(f"in multiplier -> row in multiplier {space}", bias, outputs.shape))
        return Result(moved(outputs, lambda places: places.reshape(len(places), -1, *places.shape[3:])))

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        return [
            cls(window, multiplier, strides, dilation, begin, end, bias=at != 2)
            for at, (window, multiplier, strides, dilation, begin, end) in enumerate(_sizes(given))
        ]

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls((2, 3), 2), image(3, 4, 5)


@dataclass(frozen=True)
class SeparableConvolution(Depthwise):
    """A depthwise convolution, followed by a pointwise one on its output (Chollet 2017, "Xception").

    ``depthwise_weight`` is ``in multiplier *window``; ``pointwise_weight`` is ``out in *window`` as in ONNX Conv, where
    ``in`` are the outputs of all channels, and the window has an extent of 1 along each axis.
    """

    filters: int
    window: Extents
    multiplier: int = 1
    strides: Extents = ()
    dilation: Extents = ()
    pads_begin: Extents = ()
    pads_end: Extents = ()
    bias: bool = True

    kind = "separable_convolution"

    def __post_init__(self) -> None:
        positive("SeparableConvolution.filters", self.filters)
        super().__post_init__()

    def roles(self, given: Axes) -> Tuple[Role, ...]:
        out = Axis("out", self.filters)
        pointwise = Role(
            "pointwise_weight",
            (out, Axis("in", channel(given).extent * self.multiplier), *(Axis(name, 1) for name in self.space)),
            XavierUniform(),
            Fans(("in", *self.space), ("out", *self.space)),
            inferred=("in",),
        )
        weights = (self.depthwise("depthwise_weight", given), pointwise)
        return (*weights, Role("bias", (out,), Zeros())) if self.bias else weights

    def output(self, given: Axes) -> Axes:
        return (Axis("channel", self.filters), *map(Axis, self.space, self.extents(given)))

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        space = " ".join(self.space)
        filtered = self.filtered(values["depthwise_weight"], inputs)
        pointwise = moved(values["pointwise_weight"], lambda places: places.reshape(self.filters, -1, self.multiplier))
        outputs = contract(f"row in multiplier {space}, out in multiplier -> row out {space}", filtered, pointwise)
        if self.bias:
            outputs = gathered(outputs, spread(f"out -> row out {space}", values["bias"], outputs.shape))
        return Result(outputs)

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        return [
            cls(2 + at % 3, window, multiplier, strides, dilation, begin, end, bias=at != 2)
            for at, (window, multiplier, strides, dilation, begin, end) in enumerate(_sizes(given))
        ]

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(2, (2, 3), 2), image(3, 4, 5)


#: Window, multiplier, strides, dilation, and the pads at the beginning and the end of each axis.
Sizes = Tuple[Extents, int, Extents, Extents, Extents, Extents]


def _sizes(given: Axes) -> List[Sizes]:
    """The choices to test with inputs of these axes."""
    if not fits(given, IMAGES):
        return []
    extents = [axis.extent for axis in given[1:]]
    ones, none = (1,) * len(extents), (0,) * len(extents)
    uneven = tuple(min(2 + at % 2, extent) for at, extent in enumerate(extents))
    found: List[Sizes] = [
        (ones, 1, (), (), (), ()),
        (uneven, 2, (), (), (), ()),
        (uneven, 3, (), (), (), ()),
        (uneven, 1, (), (), ones, ones),
        (uneven, 2, (2,) * len(extents), (), none, ones),
        (uneven, 1, (2, *ones[1:]), (), (), ()),
    ]
    if all(extent >= 3 for extent in extents):
        found.append(((2,) * len(extents), 2, (), (2,) * len(extents), (), ()))
    return found
