"""Ways of drawing in which elements are not independent, each transformed into independent draws for the judge."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, List, Mapping, Tuple

import numpy as np
from scipy import special

from specs.laws.model import Draw
from specs.layers.algebra import ELEMENTARY, UNIT_ROUNDOFF
from specs.statistics.distributions import FARTHEST, Distribution, Normal, Point, Uniform
from specs.statistics.flaws import Sample


@dataclass(frozen=True)
class Orthogonal:
    """``gain`` times a matrix with orthonormal rows, or columns if these are fewer, uniform among all such matrices.

    Rows are the output axes of the role, columns its input axes. To judge it, the matrix is multiplied by the lower
    triangle of Bartlett's decomposition, which is drawn here: the product has independent standard normal elements
    (Muirhead, "Aspects of Multivariate Statistical Theory", theorem 3.2.14).
    """

    gain: float = 1.0

    def samples(self, draw: Draw) -> List[Sample]:
        flawed = _not_orthonormal(draw, self.gain)
        if flawed:
            return flawed
        wide = _wide(draw, self.gain)
        rows, columns = wide.shape
        return [draw.sample_of(_bartlett(rows, columns, draw.seed) @ wide, Normal(0.0, 1.0))]


@dataclass(frozen=True)
class SingularVectors:
    """``gain`` times the singular vectors of a matrix of independent draws from U(-1, 1): not uniformly distributed.

    A single row or column is the draws divided by their norm. Divided by the largest, they are draws from U(-1, 1)
    again, which are judged. Larger matrices are only checked to be orthonormal.
    """

    gain: float = 1.0

    def samples(self, draw: Draw) -> List[Sample]:
        flawed = _not_orthonormal(draw, self.gain)
        if flawed:
            return flawed
        wide = _wide(draw, self.gain)
        if len(wide) > 1 or wide.size == 1:
            return []
        row = wide.ravel()
        largest = np.abs(row).argmax()
        return [draw.sample_of((np.delete(row, largest) / row[largest]).astype(np.float32), Uniform(-1.0, 1.0))]


@dataclass(frozen=True)
class _Orthonormal(Point):
    """A distribution that rejects a matrix whose rows are not orthonormal: their products are off by this much."""

    off: float = 0.0

    @property
    def name(self) -> str:
        return f"matrices with orthonormal rows (their products are off by {self.off:.3g})"


def _wide(draw: Draw, gain: float) -> Any:
    """A weight divided by its gain, as a matrix of output and input axes, transposed if there are more rows."""
    assert draw.role.fans is not None, "an orthogonal matrix has input and output axes"
    names = [axis.name for axis in draw.role.axes]
    order = [names.index(name) for name in (*draw.role.fans.out, *draw.role.fans.into)]
    matrix = draw.array.astype(np.float64).transpose(order).reshape(-1, draw.role.fan_in_and_out[0]) / gain
    return matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T


def _not_orthonormal(draw: Draw, gain: float) -> List[Sample]:
    """A sample that fails if a weight's rows are not orthonormal, or not finite; empty if they are."""
    if not draw.array.size or not np.isfinite(draw.array).all():
        return [draw.sample_of(draw.array, Normal(0.0, 1.0))]
    if draw.array.shape != draw.role.shape:
        return [draw.sample_of(draw.array, _Orthonormal(3e38, math.inf))]
    wide = _wide(draw, gain)
    off = np.abs(wide @ wide.T - np.eye(len(wide))).max(initial=0.0)
    rounding = ELEMENTARY * UNIT_ROUNDOFF * wide.shape[1]
    return [draw.sample_of(draw.array, _Orthonormal(3e38, off))] if off > rounding else []


def _bartlett(rows: int, columns: int, seed: int) -> Any:
    """A lower triangular matrix: chi-distributed on the diagonal, standard normal below."""
    generator = np.random.default_rng(seed)
    triangle = np.tril(generator.standard_normal((rows, rows)), -1)
    degrees = columns - np.arange(rows)
    return triangle + np.diag(np.sqrt(generator.chisquare(degrees)))


@dataclass(frozen=True)
class BlankRow:
    """All rows are drawn from one distribution, except the role's blank row, which is zeros."""

    rest: Distribution

    def samples(self, draw: Draw) -> List[Sample]:
        blank = draw.role.blank
        if blank is None or draw.array.shape != draw.role.shape:
            return [draw.sample_of(draw.array, self.rest)]
        rest = draw.sample_of(np.delete(draw.array, blank, 0), self.rest)
        return [draw.sample_of(draw.array[blank], Point(0.0)), *([rest] if rest.array.size else [])]


@dataclass(frozen=True)
class CutNormal(Distribution):
    """N(``center``, ``deviation`` squared), with draws outside ``low`` .. ``high`` drawn again."""

    center: float
    deviation: float
    low: float
    high: float

    def __post_init__(self) -> None:
        self._check()

    @property
    def name(self) -> str:
        return f"N({self.center:.6g}, {self.deviation:.6g}²) cut at {self.low:.6g} and {self.high:.6g}"

    @property
    def _ends(self) -> Tuple[float, float]:
        """Both ends in standard deviations from the center, clipped to where draws occur."""
        return (
            max((self.low - self.center) / self.deviation, -FARTHEST),
            min((self.high - self.center) / self.deviation, FARTHEST),
        )

    @property
    def _inside(self) -> Tuple[float, float]:
        """The probability below the lower end, and that between both ends."""
        below, up_to = special.ndtr(self._ends)
        return float(below), float(up_to - below)

    @property
    def _moments(self) -> Tuple[float, float]:
        """Mean and variance, in standard deviations from the center (Johnson, Kotz and Balakrishnan 1994, 10.1)."""
        low, high = self._ends
        at_low, at_high = (math.exp(-end * end / 2) / math.sqrt(2 * math.pi) for end in (low, high))
        mean = (at_low - at_high) / self._inside[1]
        return mean, 1 + (low * at_low - high * at_high) / self._inside[1] - mean**2

    @property
    def mean(self) -> float:
        return self.center + self.deviation * self._moments[0]

    @property
    def std(self) -> float:
        return self.deviation * math.sqrt(self._moments[1])

    @property
    def support(self) -> Tuple[float, float]:
        low, high = self._ends
        return self.center + self.deviation * low, self.center + self.deviation * high

    def cdf(self, x: np.ndarray) -> np.ndarray:
        below, inside = self._inside
        found: np.ndarray = np.clip((special.ndtr((x - self.center) / self.deviation) - below) / inside, 0.0, 1.0)
        return found

    def quantile(self, u: np.ndarray) -> np.ndarray:
        below, inside = self._inside
        x: np.ndarray = self.center + self.deviation * special.ndtri(below + u * inside)
        return x


@dataclass(frozen=True)
class FewTries(Distribution):
    """N(``center``, ``deviation`` squared) cut at two standard deviations: the first of a few draws that lies within.

    If none does, the first is kept although it is outside.
    """

    center: float
    deviation: float
    tries: int = 4

    def __post_init__(self) -> None:
        self._check()

    @property
    def name(self) -> str:
        return f"N({self.center:.6g}, {self.deviation:.6g}²) cut at ±2σ, but for {1e6 * self.rarity:.0f} in a million"

    @property
    def _inside(self) -> CutNormal:
        return CutNormal(0.0, 1.0, -2.0, 2.0)

    @property
    def _beyond(self) -> float:
        """The probability of a draw outside."""
        return 2 * float(special.ndtr(-2.0))

    @property
    def rarity(self) -> float:
        return self._beyond**self.tries

    @property
    def mean(self) -> float:
        return self.center

    @property
    def std(self) -> float:
        inside = self._inside.std**2
        outside = (1 - (1 - self._beyond) * inside) / self._beyond
        return self.deviation * math.sqrt((1 - self.rarity) * inside + self.rarity * outside)

    @property
    def support(self) -> Tuple[float, float]:
        return self.center - FARTHEST * self.deviation, self.center + FARTHEST * self.deviation

    def cdf(self, x: np.ndarray) -> np.ndarray:
        z = (x - self.center) / self.deviation
        tails = (
            np.minimum(special.ndtr(z), self._beyond / 2)
            + self._beyond / 2
            - np.minimum(special.ndtr(-z), self._beyond / 2)
        )
        found: np.ndarray = (1 - self.rarity) * self._inside.cdf(z) + self.rarity * tails / self._beyond
        return found

    def quantile(self, u: np.ndarray) -> np.ndarray:
        tail = self.rarity / 2
        inside = self._inside.quantile(np.clip((u - tail) / (1 - self.rarity), 0.0, 1.0))
        below = special.ndtri(np.clip(u, 0.0, tail) * self._beyond / self.rarity)
        above = -special.ndtri(np.clip(1 - u, 0.0, tail) * self._beyond / self.rarity)
        x: np.ndarray = self.center + self.deviation * np.where(u < tail, below, np.where(1 - u < tail, above, inside))
        return x


def rarity(law: Distribution) -> float:
    """The probability of a draw that distinguishes a distribution from an almost equal one."""
    return law.rarity if isinstance(law, FewTries) else 1.0


@dataclass(frozen=True)
class Pieces:
    """Each place along an axis has its own distribution, by its letter; ``rest`` is that of the others."""

    axis: str
    letters: Mapping[str, Distribution]
    rest: Distribution

    def samples(self, draw: Draw) -> List[Sample]:
        at = [axis.name for axis in draw.role.axes].index(self.axis)
        found = []
        for place, letter in enumerate(draw.role.axes[at].letters):
            piece = np.atleast_1d(draw.array.take(place, at))
            found.append(draw.sample_of(piece, self.letters.get(letter, self.rest)))
        return found
