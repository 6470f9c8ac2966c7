"""Bugs planted in the installed Keras' convolutions that are transposed, or of each channel by itself."""

from __future__ import annotations

from keras.src import ops

from specs.layers import ConvolutionTransposed, DepthwiseConvolution, SeparableConvolution
from tests.mutants.patches import Planted, around, together
from tests.mutants.registry import breaks, reaches


def flipped(convolution, inputs, kernel, *given, **named):
    """What a convolution gives with its window turned round."""
    return convolution(inputs, ops.flip(kernel, axis=tuple(range(len(kernel.shape) - 2))), *given, **named)


@breaks("training.output_value[transposed_convolution]", "training.gradient_value[transposed_convolution]")
@reaches(ConvolutionTransposed)
def transposed_windows_are_flipped() -> Planted:
    """A transposed convolution turns its window round."""
    return around(ops, "conv_transpose", flipped)


@breaks(
    *(
        f"training.{asked}[{kind.kind}]"
        for asked in ("output_value", "gradient_value")
        for kind in (DepthwiseConvolution, SeparableConvolution)
    )
)
@reaches(DepthwiseConvolution, SeparableConvolution)
def depthwise_windows_are_flipped() -> Planted:
    """The filters of a single channel are turned round."""
    return together(around(ops, "depthwise_conv", flipped), around(ops, "separable_conv", flipped))
