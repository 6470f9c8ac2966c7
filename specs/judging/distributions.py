"""Distributions of random draws, as the laws specify them: support, moments, and how fast averages settle."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Tuple

import numpy as np

#: Where the tails begin, in standard deviations: past the reach of a normal that is cut at two of its own.
TAIL = 2.3


@dataclass(frozen=True)
class Distribution:
    """A symmetric distribution of independent elements, by what the judge needs to know of it.

    ``low`` and ``high`` bound the support (inclusive, infinite where unbounded); ``gap`` is an interval inside it that
    is never drawn from. With Z = (X - mean) / std, ``square_variance`` is the variance of Z squared, ``reach`` the
    largest absolute value of Z, and ``tail`` the probability that it exceeds ``knee``.
    """

    name: str
    mean: float
    std: float
    low: float
    high: float
    square_variance: float
    reach: float
    gap: Tuple[float, float] = (0.0, 0.0)
    knee: float = TAIL
    tail: float = 0.0

    def __str__(self) -> str:
        return self.name

    def outside(self, array: np.ndarray) -> np.ndarray:
        """Elements that this distribution never gives. Bounds are widened by one rounding to the array's type."""
        low = np.nextafter(np.asarray(self.low, array.dtype), -np.inf, dtype=array.dtype)
        high = np.nextafter(np.asarray(self.high, array.dtype), np.inf, dtype=array.dtype)
        inside = (array >= low) & (array <= high) & np.isfinite(array)
        if self.gap[0] < self.gap[1]:
            inner_low = np.nextafter(np.asarray(self.gap[0], array.dtype), np.inf, dtype=array.dtype)
            inner_high = np.nextafter(np.asarray(self.gap[1], array.dtype), -np.inf, dtype=array.dtype)
            inside &= ~((array > inner_low) & (array < inner_high))
        stray: np.ndarray = array[~inside]
        return stray

    def standardized(self, array: np.ndarray) -> np.ndarray:
        """(x - mean) / std, in float64."""
        if self.std == 0:
            return np.zeros(array.shape)
        return (array.astype(np.float64) - self.mean) / self.std


def normal(mean: float, std: float) -> Distribution:
    """N(mean, std squared)."""
    return Distribution(
        f"N({mean:.6g}, {std:.6g}²)", mean, std, -math.inf, math.inf, 2.0, math.inf, tail=math.erfc(TAIL / math.sqrt(2))
    )


def uniform(low: float, high: float) -> Distribution:
    """U(low, high): variance (high - low)² / 12, kurtosis 9/5."""
    std = (high - low) / math.sqrt(12.0)
    return Distribution(
        f"U({low:.6g}, {high:.6g})",
        (low + high) / 2,
        std,
        low,
        high,
        0.8,
        math.sqrt(3.0),
        knee=1.5,
        tail=1 - 1.5 / math.sqrt(3.0),
    )


def truncated_normal(std: float, cut: float = 2.0) -> Distribution:
    """A normal cut off at ``cut`` of its own deviations and then scaled, so that ``std`` is the deviation seen."""
    density = math.exp(-cut * cut / 2) / math.sqrt(2 * math.pi)
    mass = math.erf(cut / math.sqrt(2))
    variance = 1 - 2 * cut * density / mass
    fourth = 3 - 2 * density * (3 * cut + cut**3) / mass
    reach = cut / math.sqrt(variance)
    name = f"N(0, {std:.6g}²) cut at ±{reach * std:.6g}"
    return Distribution(name, 0.0, std, -reach * std, reach * std, fourth / variance**2 - 1, reach)


def two_sided_uniform(inner: float, outer: float) -> Distribution:
    """Uniform on [-outer, -inner] and [inner, outer]."""
    second = (outer**3 - inner**3) / (3 * (outer - inner))
    fourth = (outer**5 - inner**5) / (5 * (outer - inner))
    name = f"U on [-{outer:g}, -{inner:g}] and [{inner:g}, {outer:g}]"
    std = math.sqrt(second)
    knee, tail = (inner + 3 * outer) / 4 / std, 0.25
    return Distribution(name, 0.0, std, -outer, outer, fourth / second**2 - 1, outer / std, (-inner, inner), knee, tail)


def point(value: float) -> Distribution:
    """Every element is ``value``."""
    return Distribution(f"all {value:g}", value, 0.0, value, value, 0.0, 0.0)
