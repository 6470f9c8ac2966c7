"""Bugs planted in the installed Gluon's transposed convolutions."""

from __future__ import annotations

from mxnet import nd

from specs.layers import ConvolutionTransposed
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("training.output_value[transposed_convolution]", "training.gradient_value[transposed_convolution]")
@reaches(ConvolutionTransposed)
def transposed_biases_are_doubled() -> Planted:
    """A transposed convolution adds its bias twice."""

    def biased(convolution, inputs, weight, *bias, **named):
        return convolution(inputs, weight, *(2 * array for array in bias), **named)

    return around(nd, "Deconvolution", biased)
