"""Distributions of random draws, as initializers specify them: independent elements of a stated distribution, or law.

The judge needs a law's support, its moments, and its distribution function, which SciPy provides. The probability
integral transform turns every element of every law into a standard normal *score*, w = Φ⁻¹(F(x)): true draws give
independent scores of N(0, 1), whatever the shape, scale and family, and scores of many arrays can be pooled.

Every element was rounded, to float32 or to a coarser type. If the rounding is coarse compared with the law (float16,
bfloat16, or a law with an atom), F is replaced by a point drawn uniformly between its values at both ends of the
element's rounding interval (the randomized transform; Smith, Journal of Forecasting 4, 1985), which is exact again.
"""

from __future__ import annotations

import abc
import math
from dataclasses import dataclass
from typing import Tuple

import numpy as np
from scipy import special

from specs.errors import SpecError

#: Bits of the significand of each type, including the hidden one.
SIGNIFICAND = {"bfloat16": 8, "float16": 11, "float32": 24, "float64": 53}
#: Exponents of the smallest normal number with each of these significands: below it, the spacing stays the same. For
#: float64 it is the next exponent, so that half the spacing can be represented.
_LEAST_EXPONENT = {8: -125, 11: -13, 24: -125, 53: -1020}
#: Seeds the judge's own random numbers; no program uses this seed, so draws do not depend on them.
OWN_SEED = 0x6A75646765
#: If a magnitude has more than this probability, rounding is coarse compared with the law: among a million elements,
#: some stand for an interval whose count differs noticeably from its neighbours'.
COARSE = 2.0**-20
#: True normal draws are farther from the mean than this, in standard deviations, with probability below 2**-80 each.
FARTHEST = 10.4
#: Generators give uniform numbers of 23 bits or more: a value of F closer to 0 or 1 than this is not informative.
FINEST = 2.0**-26
#: Standard deviations whose draws float32 can hold.
_SMALLEST, _LARGEST = 1e-30, 1e30


def significand(dtype: str) -> int:
    """Bits of a type's significand. Raises :class:`SpecError` for a type whose draws are not judged."""
    if dtype not in SIGNIFICAND:
        raise SpecError(f"draws of type {dtype} are not judged; accepted: {', '.join(SIGNIFICAND)}")
    return SIGNIFICAND[dtype]


def spacing(x: float, bits: int) -> float:
    """Distance from ``x`` to the next number away from zero with ``bits`` of significand; 0 for zero."""
    fraction, exponent = math.frexp(x)
    return math.ldexp(1.0, max(exponent, _LEAST_EXPONENT[bits]) - bits) if fraction else 0.0


def rounding_interval(x: np.ndarray, bits: int) -> Tuple[np.ndarray, np.ndarray]:
    """The ends of the interval that is rounded to ``x``. Just below a power of two, the spacing is half as large."""
    least = _LEAST_EXPONENT[bits]
    fraction, exponent = np.frexp(np.abs(x))
    outward = np.ldexp(0.5, np.where(x == 0, least, np.maximum(exponent, least)) - bits)
    inward = np.where((fraction == 0.5) & (exponent > least), outward / 2, outward)
    return x - np.where(x > 0, inward, outward), x + np.where(x < 0, inward, outward)


class Distribution(abc.ABC):
    """The law of an array's elements: independent, with this distribution. ``name`` is its name in reports."""

    @property
    @abc.abstractmethod
    def name(self) -> str: ...

    @property
    @abc.abstractmethod
    def mean(self) -> float: ...

    @property
    @abc.abstractmethod
    def std(self) -> float: ...

    @property
    @abc.abstractmethod
    def support(self) -> Tuple[float, float]:
        """Lowest and highest value, inclusive; for an unbounded law, bounds that draws practically never exceed."""

    @abc.abstractmethod
    def cdf(self, x: np.ndarray) -> np.ndarray:
        """F(x): the probability of a value of at most ``x``."""

    @abc.abstractmethod
    def quantile(self, u: np.ndarray) -> np.ndarray:
        """The smallest x with F(x) >= u, for u between 0 and 1."""

    @property
    def atoms(self) -> Tuple[float, ...]:
        """Values with a positive probability."""
        return ()

    @property
    def gap(self) -> Tuple[float, float]:
        """An interval inside the support that contains no values but atoms; empty if both ends are equal."""
        return 0.0, 0.0

    @property
    def densest(self) -> float:
        """A bound on the density, without atoms."""
        return 1 / self.std

    def __str__(self) -> str:
        return self.name

    @property
    def is_random(self) -> bool:
        return self.std > 0

    def _check(self) -> None:
        low, high = self.support
        if not (math.isfinite(low) and math.isfinite(high) and _SMALLEST <= self.std <= _LARGEST):
            raise SpecError(f"{self.name}: a standard deviation from {_SMALLEST:g} to {_LARGEST:g} is accepted")
        if self.coincidence(SIGNIFICAND["float32"]) > 2.0**-8:
            raise SpecError(f"{self.name}: too narrow for its distance from zero: float32 has few values in it")

    def coincidence(self, bits: int) -> float:
        """A bound on the probability that an element, rounded to ``bits`` of significand, has a given magnitude.

        Beyond two standard deviations, the density falls faster than the spacing of numbers grows.
        Generators of uniform numbers are expected to have at least 23 bits, so a magnitude may have 2 of 2**23 values.
        """
        farthest = min(abs(self.mean) + 2 * self.std, max(abs(end) for end in self.support))
        return max(2.0**-22, 2.0 * spacing(farthest, bits) * self.densest)

    def is_coarse(self, bits: int) -> bool:
        """Whether an element stands for an interval of the law rather than a point."""
        return bool(self.atoms) or bits < SIGNIFICAND["float32"] or self.coincidence(bits) > COARSE

    def outside(self, array: np.ndarray, dtype: str = "float32") -> np.ndarray:
        """Elements that this law cannot give. Each bound is widened by one rounding to the array's type."""
        low, high = self.support
        bits = significand(dtype)
        largest = float(np.finfo(array.dtype).max)
        lowest, highest = max(low - spacing(low, bits), -largest), min(high + spacing(high, bits), largest)
        below, above = self.gap
        if below == above and array.size and array.min() >= lowest and array.max() <= highest:
            return np.empty(0, array.dtype)
        inside = (array >= lowest) & (array <= highest)
        if below < above:
            shut = (array > below + spacing(below, bits)) & (array < above - spacing(above, bits))
            inside &= ~(shut & ~np.isin(array, self.atoms))
        stray: np.ndarray = array[~inside]
        return stray

    def probabilities(self, x: np.ndarray, bits: int, random: np.random.Generator) -> np.ndarray:
        """F at a random point of the interval rounded to x, in float64: independent and uniform for true draws."""
        lower, upper = rounding_interval(x.astype(np.float64), bits)
        u = self.cdf(lower)
        u += random.random(x.shape) * (self.cdf(upper) - u)
        return u

    def scores(self, x: np.ndarray, bits: int, random: np.random.Generator) -> np.ndarray:
        """Φ⁻¹(F(x)) in float64: independent standard normal numbers for true draws."""
        u = self.probabilities(x, bits, random) if self.is_coarse(bits) else self.cdf(x.astype(np.float64))
        scores: np.ndarray = special.ndtri(np.clip(u, FINEST, 1 - FINEST))
        return scores


@dataclass(frozen=True)
class Normal(Distribution):
    """N(``center``, ``deviation`` squared)."""

    center: float
    deviation: float

    def __post_init__(self) -> None:
        self._check()

    @property
    def name(self) -> str:
        return f"N({self.center:.6g}, {self.deviation:.6g}²)"

    @property
    def mean(self) -> float:
        return self.center

    @property
    def std(self) -> float:
        return self.deviation

    @property
    def support(self) -> Tuple[float, float]:
        return self.center - FARTHEST * self.deviation, self.center + FARTHEST * self.deviation

    def cdf(self, x: np.ndarray) -> np.ndarray:
        below: np.ndarray = special.ndtr((x - self.center) / self.deviation)
        return below

    def quantile(self, u: np.ndarray) -> np.ndarray:
        x: np.ndarray = self.center + self.deviation * special.ndtri(u)
        return x

    def scores(self, x: np.ndarray, bits: int, random: np.random.Generator) -> np.ndarray:
        if self.is_coarse(bits):
            return super().scores(x, bits, random)
        scores = x.astype(np.float64)
        scores -= self.center
        scores /= self.deviation
        return scores


@dataclass(frozen=True)
class Uniform(Distribution):
    """U(``low``, ``high``)."""

    low: float
    high: float

    def __post_init__(self) -> None:
        self._check()

    @property
    def name(self) -> str:
        return f"U({self.low:.6g}, {self.high:.6g})"

    @property
    def mean(self) -> float:
        return (self.low + self.high) / 2

    @property
    def std(self) -> float:
        return (self.high - self.low) / math.sqrt(12)

    @property
    def support(self) -> Tuple[float, float]:
        return self.low, self.high

    def cdf(self, x: np.ndarray) -> np.ndarray:
        return np.clip((x - self.low) / (self.high - self.low), 0.0, 1.0)

    def quantile(self, u: np.ndarray) -> np.ndarray:
        return self.low + (self.high - self.low) * u


@dataclass(frozen=True)
class TruncatedNormal(Distribution):
    """A normal cut at ``cut`` of its standard deviations on both sides, then scaled to have ``deviation``."""

    deviation: float
    cut: float = 2.0

    def __post_init__(self) -> None:
        if not 0.1 <= self.cut <= FARTHEST:
            raise SpecError(f"a normal cut at {self.cut} deviations: from 0.1 to {FARTHEST} are accepted")
        self._check()

    @property
    def _uncut(self) -> float:
        """The standard deviation of the normal before it is cut."""
        density = math.exp(-self.cut * self.cut / 2) / math.sqrt(2 * math.pi)
        return self.deviation / math.sqrt(1 - 2 * self.cut * density / math.erf(self.cut / math.sqrt(2)))

    @property
    def name(self) -> str:
        return f"N(0, {self.deviation:.6g}²) cut at ±{self.support[1]:.6g}"

    @property
    def mean(self) -> float:
        return 0.0

    @property
    def std(self) -> float:
        return self.deviation

    @property
    def support(self) -> Tuple[float, float]:
        return -self.cut * self._uncut, self.cut * self._uncut

    def cdf(self, x: np.ndarray) -> np.ndarray:
        below = float(special.ndtr(-self.cut))
        inside: np.ndarray = np.clip((special.ndtr(x / self._uncut) - below) / (1 - 2 * below), 0.0, 1.0)
        return inside

    def quantile(self, u: np.ndarray) -> np.ndarray:
        below = float(special.ndtr(-self.cut))
        x: np.ndarray = self._uncut * special.ndtri(below + u * (1 - 2 * below))
        return x


@dataclass(frozen=True)
class TwoSidedUniform(Distribution):
    """Uniform on [-outer, -inner] and [inner, outer] with probability 1 - ``zero``; zero otherwise."""

    inner: float
    outer: float
    zero: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.inner < self.outer <= _LARGEST * 2 and 0 <= self.zero < 1):
            raise SpecError(f"{self.name}: 0 <= inner < outer and 0 <= zero < 1 are expected")
        self._check()

    @property
    def name(self) -> str:
        sides = f"U on [-{self.outer:g}, -{self.inner:g}] and [{self.inner:g}, {self.outer:g}]"
        return f"{sides}, zero with probability {self.zero:g}" if self.zero else sides

    @property
    def mean(self) -> float:
        return 0.0

    @property
    def std(self) -> float:
        return math.sqrt((1 - self.zero) * (self.outer**3 - self.inner**3) / (3 * (self.outer - self.inner)))

    @property
    def support(self) -> Tuple[float, float]:
        return -self.outer, self.outer

    @property
    def densest(self) -> float:
        return max(super().densest, (1 - self.zero) / (2 * (self.outer - self.inner)))

    @property
    def gap(self) -> Tuple[float, float]:
        return -self.inner, self.inner

    @property
    def atoms(self) -> Tuple[float, ...]:
        return (0.0,) if self.zero else ()

    def cdf(self, x: np.ndarray) -> np.ndarray:
        side, width = (1 - self.zero) / 2, self.outer - self.inner
        negative = side * np.clip((x + self.outer) / width, 0.0, 1.0)
        positive = side * np.clip((x - self.inner) / width, 0.0, 1.0)
        up_to: np.ndarray = negative + self.zero * (x >= 0) + positive
        return up_to

    def quantile(self, u: np.ndarray) -> np.ndarray:
        side, width = (1 - self.zero) / 2, self.outer - self.inner
        negative = -self.outer + width * u / side
        positive = self.inner + width * (u - side - self.zero) / side
        return np.where(u <= side, negative, np.where(u <= side + self.zero, 0.0, positive))


@dataclass(frozen=True)
class Point(Distribution):
    """Every element is ``value``: nothing is random."""

    value: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise SpecError(f"{self.name}: a finite value is expected")

    @property
    def name(self) -> str:
        return f"all {self.value:g}"

    @property
    def mean(self) -> float:
        return self.value

    @property
    def std(self) -> float:
        return 0.0

    @property
    def support(self) -> Tuple[float, float]:
        return self.value, self.value

    def cdf(self, x: np.ndarray) -> np.ndarray:
        return np.asarray(x >= self.value, dtype=np.float64)

    def quantile(self, u: np.ndarray) -> np.ndarray:
        return np.full(np.shape(u), self.value)
