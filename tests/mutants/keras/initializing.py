"""Bugs planted in the installed Keras' initializers of a scale and a fan."""

from __future__ import annotations

from keras.src.initializers import random_initializers

from specs.initializers import Bare, Default, SeededNormal, VarianceScaling, XavierNormal, XavierUniform
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("initialization.variance_scaling_uniform", "initialization.variance_scaling_normal", "initialization.bare[he]")
@breaks("initialization.he_uniform[convolution.weight]", "initialization.he_uniform[transposed_convolution.weight]")
@reaches(VarianceScaling, Bare, Default, XavierUniform, XavierNormal)
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
