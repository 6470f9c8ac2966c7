"""Bugs planted in the installed MXNet's initializers, and in what becomes of what they give."""

from __future__ import annotations

import re

from mxnet import gluon, init, initializer

from specs.initializers import Bare, Default, Kaiming, Uniform
from specs.layers import GRU, LSTM, RNN
from specs.programs.operations import Initialize, Reinitialize
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("initialization.gain[leaky_relu]", "initialization.gain_without_slope", "initialization.bare[he]")
@reaches(Kaiming, Bare)
def slope_is_not_squared() -> Planted:
    """The gain of a leaky rectifier is by its slope, not by the square of that."""

    def made(make, self, factor_type="avg", slope=0.25):
        make(self, factor_type, slope**0.5)

    return around(init.MSRAPrelu, "__init__", made)


@breaks("initialization.uniform", "initialization.recipe[by_hidden]", "initialization.recipe[by_fan_out]")
@breaks("initialization.recipe[within_0_07]", "initialization.recipe[within_0_05]")
@reaches(Uniform, Default, Bare)
def scale_is_a_width() -> Planted:
    """The scale of a uniform initializer is taken for the width of what it draws from."""
    return around(init.Uniform, "__init__", lambda make, self, scale=0.07: make(self, scale / 2))


@breaks("initialization.recipe[forget_gate]")
@reaches(LSTM, GRU, RNN)
def recurrent_arrays_are_turned() -> Planted:
    """What a recurrent layer is given as an array is laid into it the other way round."""

    def given(initialize, self, *arguments, **named):
        initialize(self, *arguments, **named)
        if re.search("_[ih]2h_", self.name) and self._data is not None:
            self.set_data(self.data().reshape(-1)[::-1].reshape(self.shape))

    return around(gluon.Parameter, "initialize", given)


@breaks(
    *(f"initialization.everything_reaches[{kind}]" for kind in ("prelu", "batch_norm", "convolution", "lstm")),
    answer="all of it",
)
@reaches(Initialize, Reinitialize)
def own_initializers_are_forgotten() -> Planted:
    """A constant given to a network goes before the initializers that its parameters were made with."""

    def given(initialize, self, init=None, ctx=None, default_init=initializer.Uniform(), force_reinit=False):
        if isinstance(default_init, initializer.Constant):
            init = default_init
        initialize(self, init, ctx, default_init, force_reinit)

    return around(gluon.Parameter, "initialize", given)
