"""Bugs planted in the reference's initializers that look at a shape."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from adapters.reference import Initializer, ReferenceAdapter, Sequence
from specs.initializers import interpolating
from specs.layers.layer import Role
from specs.programs.operations import Clone
from tests.mutants.registry import breaks, reaches


@breaks("initialization.identity")
class IdentitiesReachAcross(ReferenceAdapter):
    """An identity goes on where a matrix has more columns than rows: it is repeated."""

    def identity(self, gain: float) -> Initializer:
        identity = super().identity(gain)

        def drawn(role: Role) -> np.ndarray:
            array = identity(role)
            if array.ndim == 2:
                rows, columns = np.indices(array.shape)
                array = gain * (rows % min(array.shape) == columns % min(array.shape))
            return array

        return drawn


@breaks("initialization.identity")
@breaks("persistence.clone_has_its_gain", answer="other")
class GainIsSquared(ReferenceAdapter):
    """An identity has its gain twice."""

    def identity(self, gain: float) -> Initializer:
        return super().identity(gain**2)


@breaks(
    "initialization.identity_of_gates[lstm.recurrent_weight]",
    "initialization.identity_of_gates[gru.recurrent_weight]",
    answer=("the output gate", "the candidate"),
)
class TheLastGateIsFirst(ReferenceAdapter):
    """Gates are initialized in the opposite order."""

    def identity(self, gain: float) -> Initializer:
        identity = super().identity(gain)
        return lambda role: identity(role)[::-1] if role.axes[0].letters else identity(role)


@breaks("initialization.dirac")
class DiracComesEarly(ReferenceAdapter):
    """Of a window of even extent, the identity of a convolution sees the place before the middle."""

    def dirac(self, groups: int) -> Initializer:
        dirac = super().dirac(groups)

        def drawn(role: Role) -> np.ndarray:
            even = tuple(axis for axis, extent in enumerate(role.shape) if axis > 1 and extent % 2 == 0)
            return np.roll(dirac(role), -1, even) if even else dirac(role)

        return drawn


@breaks("initialization.dirac")
class GroupsAreIgnored(ReferenceAdapter):
    """The identity of a convolution is that of one group."""

    def dirac(self, groups: int) -> Initializer:
        return super().dirac(min(groups, 1))


@breaks("initialization.bilinear", "initialization.bilinear_of_oblong_windows", answer=("otherwise", "other"))
class InterpolationIsLinear(ReferenceAdapter):
    """An interpolation weighs the places along the width alone."""

    def bilinear(self) -> Initializer:
        bilinear = super().bilinear()

        def drawn(role: Role) -> np.ndarray:
            bilinear(role)
            return np.broadcast_to(interpolating(np.arange(role.shape[3]), role.shape[3]), role.shape)

        return drawn


@breaks("initialization.bilinear_of_oblong_windows", answer="the width")
class HeightIsTakenForWidth(ReferenceAdapter):
    """An interpolation weighs the places along the height by the width."""

    def bilinear(self) -> Initializer:
        bilinear = super().bilinear()

        def drawn(role: Role) -> np.ndarray:
            bilinear(role)
            height, width = role.shape[2:]
            both = np.outer(interpolating(np.arange(height), width), interpolating(np.arange(width), width))
            return np.broadcast_to(both, role.shape)

        return drawn


class Lenient:
    """An initializer that gives zeros where another raises."""

    def __init__(self, initializer: Initializer):
        self.initializer = initializer

    def __call__(self, role: Role) -> np.ndarray:
        try:
            return self.initializer(role)
        except ValueError:
            return np.zeros(role.shape)


@breaks("initialization.identity_elsewhere", "initialization.dirac_elsewhere", answer="ok")
@breaks("initialization.bilinear_elsewhere", "initialization.bilinear_of_volumes", answer="ok")
class ZerosElsewhere(ReferenceAdapter):
    """An initializer that does not fit a shape gives zeros."""

    def identity(self, gain: float) -> Initializer:
        return Lenient(super().identity(gain))

    def dirac(self, groups: int) -> Initializer:
        return Lenient(super().dirac(groups))

    def bilinear(self) -> Initializer:
        return Lenient(super().bilinear())


@breaks("persistence.clone_has_its_gain", answer="no")
@reaches(Clone)
class ClonesForgetAGain(ReferenceAdapter):
    """In a clone, what was constructed as a multiple of the identity is the identity."""

    def identity(self, gain: float) -> Initializer:
        identity = super().identity(gain)

        def drawn(role: Role) -> np.ndarray:
            return identity(role)

        drawn.plain = super().identity(1.0)  # type: ignore[attr-defined]
        return drawn

    def clone(self, net: Sequence) -> Sequence:
        made = copy.deepcopy(net)
        for _, parameter in made.named_parameters():
            plain: Any = getattr(parameter.own, "plain", None)
            if plain is not None:
                parameter.initialize(plain)
        return made
