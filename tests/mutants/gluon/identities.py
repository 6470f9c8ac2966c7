"""Bugs planted in the installed MXNet's initializer of an interpolation."""

from __future__ import annotations

from mxnet import init

from specs.initializers import Bilinear
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("initialization.bilinear", "initialization.bilinear_of_oblong_windows", answer=("otherwise", "other"))
@reaches(Bilinear)
def interpolations_are_halved() -> Planted:
    """The weights of an interpolation are half as large."""

    def filled(fill, self, name, arr):
        fill(self, name, arr)
        arr[:] = arr / 2

    return around(init.Bilinear, "_init_weight", filled)


@breaks("initialization.bilinear_of_volumes", answer="invalid_argument")
@reaches(Bilinear)
def volumes_are_refused() -> Planted:
    """An interpolation is refused where a window has three axes."""

    def filled(fill, self, name, arr):
        if arr.ndim > 4:
            raise ValueError("Bilinear initializer cannot be applied to vector")
        fill(self, name, arr)

    return around(init.Bilinear, "_init_weight", filled)
