"""Bugs planted in the installed PyTorch's convolutions that are transposed, or of each channel by itself."""

from __future__ import annotations

from typing import Any, Callable

from torch.nn import functional

from specs.layers import Convolution, ConvolutionTransposed, DepthwiseConvolution, SeparableConvolution
from tests.mutants.patches import Planted, around, together
from tests.mutants.registry import breaks, reaches

VALUES = [f"training.{asked}[{ConvolutionTransposed.kind}]" for asked in ("output_value", "gradient_value")]


def transposed(changed: Callable[..., Any]) -> Planted:
    """Transposed convolutions of 1 to 3 dimensions, changed."""
    return together(*(around(functional, f"conv_transpose{dimensions}d", changed) for dimensions in (1, 2, 3)))


@breaks(*VALUES)
@reaches(ConvolutionTransposed)
def transposed_windows_are_flipped() -> Planted:
    """A transposed convolution turns its window round."""

    def flipped(convolution, inputs, weight, *given):
        return convolution(inputs, weight.flip(tuple(range(2, weight.dim()))), *given)

    return transposed(flipped)


@breaks(*VALUES)
@reaches(ConvolutionTransposed)
def groups_change_places() -> Planted:
    """Each group of a transposed convolution has the weight of the next one."""

    def rotated(convolution, inputs, weight, bias, stride, padding, output_padding, groups, dilation):
        moved = weight.roll(len(weight) // groups, 0)
        return convolution(inputs, moved, bias, stride, padding, output_padding, groups, dilation)

    return transposed(rotated)


@breaks(
    *(
        f"training.{asked}[{kind.kind}]"
        for asked in ("output_value", "gradient_value")
        for kind in (DepthwiseConvolution, SeparableConvolution)
    )
)
@reaches(Convolution, DepthwiseConvolution, SeparableConvolution)
def multiplier_comes_first() -> Planted:
    """Of as many groups as channels, the first filters of all come before the second ones."""

    def swapped(convolution, inputs, weight, bias, stride, padding, dilation, groups):
        if groups == inputs.shape[1]:
            weight = weight.unflatten(0, (groups, -1)).transpose(0, 1).flatten(0, 1)
        return convolution(inputs, weight, bias, stride, padding, dilation, groups)

    return together(*(around(functional, f"conv{dimensions}d", swapped) for dimensions in (1, 2, 3)))
