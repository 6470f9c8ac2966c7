"""Bugs planted in the reference's initializers: of a scale and a fan, orthogonal, cut, and without arguments."""

from __future__ import annotations

from typing import Optional

import numpy as np

from adapters.reference import Initializer, ReferenceAdapter
from specs.initializers import NONLINEARITIES
from specs.layers.layer import Role
from tests.mutants.registry import breaks


@breaks("initialization.variance_scaling_uniform", "initialization.variance_scaling_normal")
@breaks(
    "initialization.he_uniform[convolution.weight]",
    "initialization.he_uniform[transposed_convolution.weight]",
    "initialization.he_uniform[lstm.input_weight]",
    "initialization.he_uniform[gru.input_weight]",
)
class FansSwapped(ReferenceAdapter):
    """An initializer that is told fan_in takes fan_out, and the other way round."""

    def variance_scaling(self, scale: float, mode: str, distribution: str) -> Initializer:
        swapped = {"fan_in": "fan_out", "fan_out": "fan_in"}.get(mode, mode)
        return super().variance_scaling(scale, swapped, distribution)


@breaks("initialization.he_uniform[lstm.recurrent_weight]", "initialization.he_uniform[gru.recurrent_weight]")
@breaks("initialization.variance_scaling_uniform", "initialization.variance_scaling_normal")
class ScaleIsHalved(ReferenceAdapter):
    """He's initializers draw with LeCun's variance."""

    def variance_scaling(self, scale: float, mode: str, distribution: str) -> Initializer:
        return super().variance_scaling(scale / 2, mode, distribution)


@breaks("initialization.variance_scaling_uniform")
class DeviationForBound(ReferenceAdapter):
    """A uniform initializer takes the deviation for its bound."""

    def variance_scaling(self, scale: float, mode: str, distribution: str) -> Initializer:
        return super().variance_scaling(scale / 3 if distribution == "uniform" else scale, mode, distribution)


@breaks("initialization.orthogonal", "initialization.bare[orthogonal]")
class OrthogonalWithoutSigns(ReferenceAdapter):
    """An orthogonal matrix is the first factor of a QR decomposition as it comes, whose signs are not random."""

    def orthogonal(self, gain: float) -> Initializer:
        def draw(role: Role) -> np.ndarray:
            rows, columns = self.matrix(role)
            q, _ = np.linalg.qr(self.random.standard_normal((max(rows, columns), min(rows, columns))))
            q = q * -np.sign(q[0])
            return gain * (q if rows >= columns else q.T).reshape(role.shape)

        return draw


@breaks("initialization.orthogonal")
class OrthogonalGainIsSquared(ReferenceAdapter):
    """An orthogonal matrix has its gain twice."""

    def orthogonal(self, gain: float) -> Initializer:
        return super().orthogonal(gain**2)


@breaks(
    "initialization.bare[normal]",
    "initialization.bare[uniform]",
    "initialization.bare[truncated_normal]",
    "initialization.bare[xavier]",
    "initialization.bare[he]",
    "initialization.bare[orthogonal]",
)
class BareIsScaled(ReferenceAdapter):
    """What is drawn without an argument is a tenth too large."""

    def bare(self, name: str) -> Initializer:
        draw = super().bare(name)
        return lambda role: 1.1 * draw(role)


@breaks(
    "initialization.bare[truncated_normal]", "initialization.truncated_normal", "initialization.truncated_normal_ends"
)
class TruncatedFartherOut(ReferenceAdapter):
    """A truncated normal is cut half as far again from its mean."""

    def truncated_normal(self, mean: float, std: float, low: Optional[float], high: Optional[float]) -> Initializer:
        lowest, highest = (mean - 2 * std, mean + 2 * std) if low is None or high is None else (low, high)
        return super().truncated_normal(mean, std, mean + 1.5 * (lowest - mean), mean + 1.5 * (highest - mean))


@breaks("initialization.truncated_normal_ends")
class TruncatedAtNumbers(ReferenceAdapter):
    """A truncated normal without ends is cut at -2 and 2, whatever its mean and its deviation."""

    def truncated_normal(self, mean: float, std: float, low: Optional[float], high: Optional[float]) -> Initializer:
        return super().truncated_normal(mean, std, -2.0 if low is None else low, 2.0 if high is None else high)


@breaks(*(f"initialization.gain[{nonlinearity}]" for nonlinearity in NONLINEARITIES))
@breaks("initialization.gain_without_slope")
class GainIsLarger(ReferenceAdapter):
    """The gain of every nonlinearity is a twentieth larger."""

    def kaiming(self, nonlinearity: str, slope: Optional[float], mode: str) -> Initializer:
        draw = super().kaiming(nonlinearity, slope, mode)
        return lambda role: 1.05 * draw(role)


@breaks("initialization.gain_without_slope")
class SlopeOfPrelu(ReferenceAdapter):
    """A leaky rectifier whose slope is not told has that from which PReLU starts."""

    def kaiming(self, nonlinearity: str, slope: Optional[float], mode: str) -> Initializer:
        return super().kaiming(nonlinearity, 0.25 if slope is None else slope, mode)
