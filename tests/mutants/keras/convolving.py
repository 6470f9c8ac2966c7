"""Bugs planted in the installed Keras' transposed convolutions."""

from __future__ import annotations

from keras.src import ops

from specs.layers import ConvolutionTransposed
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("training.output_value[transposed_convolution]", "training.gradient_value[transposed_convolution]")
@reaches(ConvolutionTransposed)
def transposed_windows_are_flipped() -> Planted:
    """A transposed convolution turns its window round."""

    def flipped(convolution, inputs, kernel, **named):
        return convolution(inputs, ops.flip(kernel, axis=tuple(range(len(kernel.shape) - 2))), **named)

    return around(ops, "conv_transpose", flipped)
