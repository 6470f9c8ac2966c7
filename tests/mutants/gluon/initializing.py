"""Bugs planted in the installed MXNet's initializer that is told a slope."""

from __future__ import annotations

from mxnet import init

from specs.initializers import Bare, Kaiming
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("initialization.gain[leaky_relu]", "initialization.gain_without_slope", "initialization.bare[he]")
@reaches(Kaiming, Bare)
def slope_is_not_squared() -> Planted:
    """The gain of a leaky rectifier is by its slope, not by the square of that."""

    def made(make, self, factor_type="avg", slope=0.25):
        make(self, factor_type, slope**0.5)

    return around(init.MSRAPrelu, "__init__", made)
