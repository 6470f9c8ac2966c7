"""Bugs planted in the installed Keras' initializers of a scale and a fan."""

from __future__ import annotations

import keras
from keras.src.initializers import random_initializers

from specs.initializers import (
    Bare,
    Custom,
    Default,
    Kaiming,
    SeededNormal,
    TruncatedNormal,
    Uniform,
    VarianceScaling,
    XavierNormal,
    XavierUniform,
)
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("initialization.variance_scaling_uniform", "initialization.variance_scaling_normal", "initialization.bare[he]")
@breaks("initialization.recipe[by_fan_in]")
@breaks("initialization.gain[relu]")
@breaks("initialization.he_uniform[convolution.weight]", "initialization.he_uniform[transposed_convolution.weight]")
@reaches(VarianceScaling, Kaiming, Bare, Default, XavierUniform, XavierNormal)
def fans_swapped() -> Planted:
    """Fans are those of a kernel of outputs and inputs."""

    def swapped(compute, *given, **named):
        return tuple(reversed(compute(*given, **named)))

    return around(random_initializers, "compute_fans", swapped)


@breaks("initialization.own_seed")
@reaches(SeededNormal)
def own_seeds_are_ignored() -> Planted:
    """The seed that an initializer is given is dropped."""
    return around(random_initializers.RandomInitializer, "__init__", lambda make, self, seed=None: make(self))


@breaks("initialization.truncated_normal", "initialization.truncated_normal_ends")
@reaches(TruncatedNormal)
def truncated_around_zero() -> Planted:
    """A truncated normal is drawn around zero, whatever its mean."""

    def made(make, self, mean=0.0, stddev=0.05, seed=None):
        make(self, 0.0, stddev, seed)

    return around(random_initializers.TruncatedNormal, "__init__", made)


@breaks("initialization.uniform", "initialization.recipe[by_hidden]", "initialization.recipe[by_fan_out]")
@breaks("initialization.recipe[within_0_07]", "initialization.recipe[within_0_05]")
@breaks("initialization.recipe[bias_by_fan_in]")
@reaches(Uniform, Default, Bare)
def bounds_are_narrower() -> Planted:
    """A uniform initializer takes three quarters of its bounds."""

    def made(make, self, minval=-0.05, maxval=0.05, seed=None):
        make(self, 0.75 * minval, 0.75 * maxval, seed)

    return around(random_initializers.RandomUniform, "__init__", made)


@breaks("initialization.xavier_on_bias", "initialization.xavier_on[convolution]", answer="invalid_argument")
@breaks("initialization.xavier_on[batch_norm]", answer="invalid_argument")
@reaches(XavierUniform, XavierNormal, VarianceScaling)
def vectors_have_no_fans() -> Planted:
    """Fans are asked of what has two axes or more, and nothing else has any."""

    def computed(compute, shape, *given, **named):
        if len(shape) < 2:
            raise ValueError(f"The tensor to initialize must be at least two-dimensional. Received: shape={shape}")
        return compute(shape, *given, **named)

    return around(random_initializers, "compute_fans", computed)


@breaks("initialization.custom_called_once_at_construction")
@reaches(Custom)
def initializers_are_called_twice() -> Planted:
    """A layer calls the initializer of a weight once to try it, and once more for the value."""

    def added(add_weight, self, shape=None, initializer=None, **named):
        if callable(initializer) and shape is not None:
            initializer(shape, dtype="float32")
        return add_weight(self, shape=shape, initializer=initializer, **named)

    return around(keras.layers.Layer, "add_weight", added)
