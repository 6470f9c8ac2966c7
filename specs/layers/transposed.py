"""Transposed convolution: what a convolution's backward pass does to the gradient of its output, as a layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Mapping, Sequence, Tuple

from specs.errors import SpecError
from specs.initializers import XavierUniform, Zeros
from specs.layers.algebra import Bounded, contract, gathered, moved, returned, spread
from specs.layers.convolution import Extents, Windowed, check_groups, grouped
from specs.layers.layer import (
    IMAGES,
    Axes,
    Axis,
    Fans,
    Layer,
    Result,
    Role,
    channel,
    fits,
    image,
    named,
    positive,
    shape_of,
)


@dataclass(frozen=True)
class ConvolutionTransposed(Windowed):
    """ONNX ConvTranspose: ``weight`` is ``in out *window``, where ``out`` are the filters of one of ``groups`` groups.

    ``pads_begin`` and ``pads_end`` are cut off the output; ``output_padding``, which is less than the stride, extends
    it at the end of each axis.
    """

    filters: int
    window: Extents
    strides: Extents = ()
    dilation: Extents = ()
    pads_begin: Extents = ()
    pads_end: Extents = ()
    output_padding: Extents = ()
    groups: int = 1
    bias: bool = True

    kind = "transposed_convolution"
    usual = {**Windowed.usual, "output_padding": 0}

    def __post_init__(self) -> None:
        positive("ConvolutionTransposed.filters", self.filters)
        positive("ConvolutionTransposed.groups", self.groups)
        super().__post_init__()
        check_groups("ConvolutionTransposed", self.groups, self.filters, "filters")
        if any(more >= stride for more, stride in zip(self.output_padding, self.strides)):
            raise SpecError(
                f"ConvolutionTransposed.output_padding: {self.output_padding} must be less than strides {self.strides}"
            )

    def check(self, given: Axes) -> None:
        super().check(given)
        check_groups("ConvolutionTransposed", self.groups, channel(given).extent, "channels")
        for axis, extent in zip(given[1:], self.extents(given)):
            if extent < 1:
                raise SpecError(
                    f"ConvolutionTransposed.pads_begin, pads_end: {self.pads_begin}, {self.pads_end} leave nothing "
                    f"of the output, {named((axis,))}"
                )

    def extents(self, given: Axes) -> List[int]:
        """The output's extents: a convolution over it with this window has as many places as the input has elements."""
        return [
            (extent - 1) * stride + reach + more - begin - end
            for extent, stride, reach, more, begin, end in zip(
                shape_of(given[1:]), self.strides, self.reach(), self.output_padding, self.pads_begin, self.pads_end
            )
        ]

    def roles(self, given: Axes) -> Tuple[Role, ...]:
        weight = Role(
            "weight",
            (
                Axis("in", channel(given).extent),
                Axis("out", self.filters // self.groups),
                *map(Axis, self.space, self.window),
            ),
            XavierUniform(),
            Fans(("in", *self.space), ("out", *self.space)),
            inferred=("in",),
        )
        return (weight, Role("bias", (Axis("out", self.filters),), Zeros())) if self.bias else (weight,)

    def output(self, given: Axes) -> Axes:
        return (Axis("channel", self.filters), *map(Axis, self.space, self.extents(given)))

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        space, window = " ".join(self.space), " ".join(self.within)
        coming = moved(inputs, lambda places: grouped(places, self.groups, axis=1))
        weight = moved(values["weight"], lambda places: grouped(places, self.groups, axis=0))
        seen = contract(
            f"row group in {space}, group in out {window} -> row group out {space} {window}", coming, weight
        )
        shape = (len(inputs.value), *shape_of(self.output(given)))
        outputs = returned(seen, lambda places: grouped(self.seen(places), self.groups, axis=1), shape)
        if self.bias:
            outputs = gathered(outputs, spread(f"out -> row out {space}", values["bias"], shape))
        return Result(outputs)

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        if not fits(given, IMAGES):
            return ()
        count, into = len(given) - 1, given[0].extent
        ones, twos, none = (1,) * count, (2,) * count, (0,) * count
        uneven = tuple(2 + at % 2 for at in range(count))
        found: List[ConvolutionTransposed] = [cls(3, ones), cls(2, uneven), cls(4, ones, strides=twos, bias=False)]
        found.append(cls(2, uneven, strides=twos, pads_begin=ones, pads_end=ones, output_padding=ones))
        found.append(cls(1, uneven, strides=twos, pads_begin=ones, pads_end=none, output_padding=ones))
        found.append(cls(3, uneven, strides=(*ones[:-1], 2), pads_begin=none, pads_end=ones))
        found.append(cls(2, uneven, dilation=twos))
        for groups in range(2, into + 1):
            if into % groups == 0:
                found += [cls(2 * groups, uneven, groups=groups), cls(groups, ones, twos, groups=groups, bias=False)]
        return [layer for layer in found if min(layer.extents(given)) > 0]

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(2, (2, 3), strides=(2, 2)), image(3, 3, 2)
