"""Statistics of standard normal scores, each with its exact distribution under true draws, and p-values from SciPy.

Sums are updated as arrays stream by; the elements themselves are not kept. Every p-value is two-sided, and uniform
under true draws, even for few elements.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field

import numpy as np
from scipy import special


@dataclass
class Moments:
    """n scores, their sum and the sum of their squares."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, scores: np.ndarray) -> None:
        flat = scores.ravel()
        self.n += flat.size
        self.total += float(flat.sum())
        self.squares += float(flat @ flat)

    def merge(self, other: Moments) -> None:
        self.n += other.n
        self.total += other.total
        self.squares += other.squares

    @property
    def mean(self) -> float:
        return self.total / self.n if self.n else math.nan

    @property
    def spread(self) -> float:
        """The root mean square of the scores: their standard deviation, in units of the expected one."""
        return math.sqrt(self.squares / self.n) if self.n else math.nan

    def mean_p(self) -> float:
        """p-value of the sum, which is N(0, n)."""
        return float(2 * special.ndtr(-abs(self.total) / math.sqrt(self.n))) if self.n else 1.0

    def spread_p(self) -> float:
        """p-value of the sum of squares, which is chi-squared with n degrees of freedom."""
        if not self.n:
            return 1.0
        return _two_sided(special.chdtr(self.n, self.squares), special.chdtrc(self.n, self.squares))


@dataclass
class Pairs:
    """m pairs of scores (a, b). If they are dependent, sums and differences have different variances."""

    m: int = 0
    sums: float = 0.0
    differences: float = 0.0

    def add(self, left: np.ndarray, right: np.ndarray) -> None:
        plus, minus = (left + right).ravel(), (left - right).ravel()
        self.m += plus.size
        self.sums += float(plus @ plus)
        self.differences += float(minus @ minus)

    @property
    def correlation(self) -> float:
        both = self.sums + self.differences
        return (self.sums - self.differences) / both if both else math.nan

    def p(self) -> float:
        """p-value: sums and differences are independent N(0, 2), so the sums' share of squares is Beta(m/2, m/2)."""
        if not self.m:
            return 1.0
        both = self.sums + self.differences
        if not both:
            return 0.0
        half = self.m / 2
        return _two_sided(*special.betainc(half, half, np.array([self.sums, self.differences]) / both))


#: Cells of the histogram: of this width, from -REACH to REACH, and the two tails.
WIDTH, REACH = 2.0**-9, 3.75
_INNER = round(2 * REACH / WIDTH)
_EDGES = np.concatenate([[-np.inf], np.linspace(-REACH, REACH, _INNER + 1), [np.inf]])
#: Probability of a score below each edge.
_BELOW = special.ndtr(_EDGES)


def _halvings() -> np.ndarray:
    """Start, middle and stop of runs of cells: all cells, then each half, each half of that, down to single cells.

    Middles halve the probability, as nearly as cells allow. The widest runs come first.
    """
    runs, found = [(0, _INNER + 2)], []
    for start, stop in runs:
        if stop - start > 1:
            half = (_BELOW[start] + _BELOW[stop]) / 2
            middle = start + 1 + int(np.abs(_BELOW[start + 1 : stop] - half).argmin())
            found.append((start, middle, stop))
            runs += [(start, middle), (middle, stop)]
    return np.transpose(found)


_STARTS, _MIDDLES, _STOPS = _halvings()
#: The share of a run that is expected below its middle.
_LOWER = (_BELOW[_MIDDLES] - _BELOW[_STARTS]) / (_BELOW[_STOPS] - _BELOW[_STARTS])
#: Halvings that test the distribution function as a whole: those into 64 runs.
COARSE = 2**6 - 1


@dataclass
class Histogram:
    """Counts of scores in cells of equal width."""

    counts: np.ndarray = field(default_factory=lambda: np.zeros(_INNER + 2, np.int64))

    def add(self, scores: np.ndarray) -> None:
        cells = scores.ravel() * (1 / WIDTH)
        cells += REACH / WIDTH + 1
        np.clip(cells, 0, _INNER + 1, out=cells)
        self.counts += np.bincount(cells.astype(np.int32), minlength=_INNER + 2)

    def halvings(self) -> Halvings:
        up_to = np.concatenate([[0], np.cumsum(self.counts)])
        return Halvings(up_to[_STOPS] - up_to[_STARTS], up_to[_MIDDLES] - up_to[_STARTS])


@dataclass(frozen=True)
class Halvings:
    """The number of scores in each run of cells, and the number of these below its middle.

    The latter is binomial, whatever the counts of the run that this run is a half of. So the normal scores of all
    halvings are independent.
    """

    every: np.ndarray
    lower: np.ndarray

    @functools.cached_property
    def normal(self) -> np.ndarray:
        """Normal scores of the counts."""
        return as_normal(self.lower, self.every, _LOWER)

    @property
    def distance(self) -> float:
        """The sum of the squares of the first :data:`COARSE` of these scores."""
        return float(np.sum(self.normal[:COARSE] ** 2))

    def distance_p(self) -> float:
        """p-value of that sum, which is chi-squared with as many degrees of freedom."""
        return _two_sided(special.chdtr(COARSE, self.distance), special.chdtrc(COARSE, self.distance))

    def oddest_p(self) -> float:
        """p-value of the count farthest from its expectation."""
        return _of_farthest(self.normal)

    def oddest(self) -> str:
        """That count, in words."""
        odd = int(np.abs(self.normal).argmax())
        low, middle, high = (_EDGES[at[odd]] for at in (_STARTS, _MIDDLES, _STOPS))
        expected = self.every[odd] * _LOWER[odd]
        within = f"{self.lower[odd]} scores from {low:.4g} to {middle:.4g}"
        return f"{within}, {expected:.1f} expected of {self.every[odd]} up to {high:.4g}"


#: Number of leading bits of u = Φ(w) that are counted, in two halves.
BITS = 20
_HALF, _VALUES = BITS // 2, 2 ** (BITS // 2)
#: For each bit of a half, the values in which it is set.
_SET = (np.arange(_VALUES) >> np.arange(_HALF)[:, None]) & 1


@dataclass
class Bits:
    """How often each value of either half of the leading bits of u, the probability integral transform, occurs.

    u must be finer than these bits: a float32 stands for an interval, all of which may share a bit.
    """

    n: int = 0
    leading: np.ndarray = field(default_factory=lambda: np.zeros(_VALUES, np.int64))
    trailing: np.ndarray = field(default_factory=lambda: np.zeros(_VALUES, np.int64))

    def add(self, u: np.ndarray) -> None:
        words = np.minimum(u.ravel() * 2**BITS, 2**BITS - 1).astype(np.int32)
        self.n += words.size
        self.leading += np.bincount(words >> _HALF, minlength=_VALUES)
        self.trailing += np.bincount(words & (_VALUES - 1), minlength=_VALUES)

    @property
    def ones(self) -> np.ndarray:
        """How often each bit is set."""
        return np.concatenate([_SET @ self.trailing, _SET @ self.leading])

    def p(self) -> float:
        """p-value of the count farthest from its expectation; the counts are independent and binomial with 1/2."""
        every = np.full(BITS, self.n)
        return _of_farthest(as_normal(self.ones, every, np.full(BITS, 0.5))) if self.n else 1.0


def as_normal(seen: np.ndarray, n: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Binomial counts of ``n`` trials with probability ``share``, each as an exactly standard normal score.

    The distribution function is taken at a random point of the count's own step ("Randomized quantile residuals", Dunn
    and Smyth, Journal of Computational and Graphical Statistics 5, 1996), which makes it exact for few trials as well.
    The counts seed the random numbers: the same counts have the same scores.
    """
    part = np.random.default_rng(np.concatenate([n, seen]).view(np.uint32)).random(seen.size)
    # The smaller of both tails, in which doubles have more precision.
    few = seen <= n * share
    seen, share, part = np.where(few, seen, n - seen), np.where(few, share, 1 - share), np.where(few, part, 1 - part)
    fewer = np.where(seen > 0, special.betaincc(np.maximum(seen, 1), n - seen + 1, share), 0.0)
    up_to = np.where(seen < n, special.betaincc(seen + 1, np.maximum(n - seen, 1), share), 1.0)
    below = special.ndtri(fewer + part * (up_to - fewer))
    normal: np.ndarray = np.where(few, below, -below)
    return normal


def _of_farthest(normal: np.ndarray) -> float:
    """The probability that the farthest of so many independent normal scores is at least this far from zero."""
    single = 2 * special.ndtr(-np.abs(normal).max())
    return float(-special.expm1(special.xlog1py(normal.size, -single)))


def _two_sided(below: float, above: float) -> float:
    return float(min(2 * below, 2 * above, 1.0))  # NaN comes first, and stays
