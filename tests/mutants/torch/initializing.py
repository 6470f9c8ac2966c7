"""Bugs planted in the installed PyTorch's initializers of a scale and a fan."""

from __future__ import annotations

import torch
from torch import nn

from specs.initializers import Bare, Constant, Default, Kaiming, SeededNormal, TruncatedNormal, Uniform, VarianceScaling
from specs.layers import PackedSelfAttention, PReLU
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("initialization.variance_scaling_uniform", "initialization.variance_scaling_normal", "initialization.bare[he]")
@breaks("initialization.he_uniform[convolution.weight]", "initialization.he_uniform[transposed_convolution.weight]")
@reaches(VarianceScaling, Kaiming, Bare, Default)
def modes_swapped() -> Planted:
    """Kaiming's initializers take fan_out for fan_in, and the other way round."""

    def chosen(choose, tensor, mode):
        return choose(tensor, {"fan_in": "fan_out", "fan_out": "fan_in"}[mode])

    return around(nn.init, "_calculate_correct_fan", chosen)


@breaks("initialization.recipe[by_fan_in]")
@breaks("initialization.variance_scaling_uniform", "initialization.variance_scaling_normal")
@reaches(VarianceScaling, Kaiming, Default)
def slope_ignored() -> Planted:
    """The gain of a leaky rectifier is that of one that is not."""
    return around(nn.init, "calculate_gain", lambda gain, nonlinearity, param=None: gain(nonlinearity, 0.0))


@breaks("initialization.own_seed")
@reaches(SeededNormal)
def generators_are_ignored() -> Planted:
    """Draws from a normal distribution are the default generator's, whichever was given."""
    return around(nn.init, "_no_grad_normal_", lambda draw, tensor, mean, std, generator: draw(tensor, mean, std, None))


@breaks("initialization.own_seed_spares_the_other")
@reaches(SeededNormal)
def one_generator() -> Planted:
    """Every generator that is seeded seeds the default one as well."""

    def drawn(draw, tensor, mean, std, generator):
        if generator is not None:
            torch.manual_seed(generator.initial_seed())
        return draw(tensor, mean, std, generator)

    return around(nn.init, "_no_grad_normal_", drawn)


@breaks("initialization.truncated_normal", "initialization.truncated_normal_ends")
@reaches(TruncatedNormal)
def ends_are_deviations() -> Planted:
    """The ends of a truncated normal are taken for multiples of its deviation, from its mean."""

    def cut(draw, tensor, mean=0.0, std=1.0, a=-2.0, b=2.0):
        return draw(tensor, mean, std, mean + a * std, mean + b * std)

    return around(nn.init, "trunc_normal_", cut)


@breaks("initialization.gain[relu]", "initialization.gain[tanh]", "initialization.gain[selu]")
@breaks("initialization.gain[leaky_relu]", "initialization.gain_without_slope")
@reaches(Kaiming, VarianceScaling, Bare, Default)
def gains_are_squared() -> Planted:
    """The gain of a nonlinearity is taken for a factor of the variance, and squared once more."""
    return around(nn.init, "calculate_gain", lambda gain, nonlinearity, param=None: gain(nonlinearity, param) ** 2)


@breaks("initialization.uniform", "initialization.recipe[by_hidden]", "initialization.recipe[by_fan_out]")
@breaks("initialization.recipe[within_0_07]", "initialization.recipe[within_0_05]")
@breaks("initialization.recipe[bias_by_fan_in]")
@reaches(Uniform, Default, Bare)
def bounds_are_narrower() -> Planted:
    """A uniform draw takes three quarters of its bounds."""

    def drawn(draw, tensor, a=0.0, b=1.0, generator=None):
        return draw(tensor, 0.75 * a, 0.75 * b, generator)

    return around(nn.init, "uniform_", drawn)


@breaks(
    "initialization.everything_reaches[convolution]",
    "initialization.everything_reaches[lstm]",
    answer="its weights alone",
)
@breaks("initialization.everything_reaches[batch_norm]", answer="nothing of it")
@reaches(Constant, PackedSelfAttention, PReLU)
def constants_are_for_matrices() -> Planted:
    """A constant is filled in where there are two axes or more."""
    return around(nn.init, "constant_", lambda fill, tensor, val: fill(tensor, val) if tensor.dim() > 1 else tensor)
