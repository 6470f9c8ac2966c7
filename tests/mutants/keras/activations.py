"""Bugs planted in the installed Keras: activations."""

from __future__ import annotations

import keras

from specs.layers import PReLU
from tests.mutants.patches import Planted, around, instead
from tests.mutants.registry import breaks, reaches


@breaks("training.output_value[prelu]", "training.gradient_value[prelu]")
@reaches(PReLU)
def slopes_are_all_shared() -> Planted:
    """The slopes of a parametric rectifier are averaged over all that it has."""

    def called(self, inputs):
        return keras.ops.where(inputs > 0, inputs, keras.ops.mean(self.alpha) * inputs)

    return instead(keras.layers.PReLU, "call", called)


@breaks("initialization.default[prelu.slope]")
@reaches(PReLU)
def slopes_start_at_a_quarter() -> Planted:
    """The slopes of a parametric rectifier start at 0.25."""

    def built(build, self, input_shape):
        if isinstance(self.alpha_initializer, keras.initializers.Zeros):
            self.alpha_initializer = keras.initializers.Constant(0.25)
        build(self, input_shape)

    return around(keras.layers.PReLU, "build", built)


@breaks("training.slope_at_zero[prelu]", answer="that below")
@reaches(PReLU)
def slopes_reach_zero() -> Planted:
    """A parametric rectifier chooses, where it adds up two rectifiers: at zero it has a slope."""

    def called(self, inputs):
        return keras.ops.where(inputs > 0, inputs, self.alpha * inputs)

    return instead(keras.layers.PReLU, "call", called)
