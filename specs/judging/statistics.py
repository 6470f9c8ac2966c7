"""Statistics of standard normal scores, each with its exact law under true draws, and p-values from SciPy.

Sums run as arrays stream by; nothing is kept of the elements themselves. Every p-value is two-sided, and uniform under
true draws, or (where a union bound or a bound for all n is used) no smaller than uniform.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Tuple

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
        """The root mean square of the scores: their deviation, in units of the one due."""
        return math.sqrt(self.squares / self.n) if self.n else math.nan

    def mean_p(self) -> float:
        """Of the sum: N(0, n)."""
        return float(2 * special.ndtr(-abs(self.total) / math.sqrt(self.n))) if self.n else 1.0

    def spread_p(self) -> float:
        """Of the sum of squares: chi-squared with n degrees of freedom."""
        if not self.n:
            return 1.0
        return _two_sided(special.chdtr(self.n, self.squares), special.chdtrc(self.n, self.squares))


@dataclass
class Pairs:
    """m pairs of scores (a, b), which are dependent where sums and differences do not spread alike."""

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
        """Sums and differences are independent, each of N(0, 2): the share of the former is Beta(m / 2, m / 2)."""
        if not self.m:
            return 1.0
        both = self.sums + self.differences
        if not both:
            return 0.0
        half = self.m / 2
        return _two_sided(*special.betainc(half, half, np.array([self.sums, self.differences]) / both))


#: Cells of the histogram: as wide as this, from -REACH to REACH, with the two tails.
WIDTH, REACH = 2.0**-8, 3.75
_INNER = round(2 * REACH / WIDTH)
_EDGES = np.concatenate([[-np.inf], np.linspace(-REACH, REACH, _INNER + 1), [np.inf]])
#: Probability of a score below each edge but the first.
_BELOW = special.ndtr(_EDGES[1:])
#: Runs of cells that are counted together: alone, by twos, by fours, ... and both tails, as slices of the cells.
RUNS = tuple(
    [slice(start, start + 2**level) for level in range(8) for start in range(1, _INNER + 2 - 2**level, 2**level)]
    + [slice(0, 1), slice(_INNER + 1, _INNER + 2)]
)
_STARTS = np.array([run.start for run in RUNS])
_STOPS = np.array([run.stop for run in RUNS])


def _in_runs(cells: np.ndarray) -> np.ndarray:
    """The sum over each run."""
    up_to = np.concatenate([[0], np.cumsum(cells)])
    summed: np.ndarray = up_to[_STOPS] - up_to[_STARTS]
    return summed


_DUE = _in_runs(np.diff(np.concatenate([[0.0], _BELOW])))


@dataclass
class Histogram:
    """Counts of scores in cells of one width."""

    counts: np.ndarray = field(default_factory=lambda: np.zeros(_INNER + 2, np.int64))

    def add(self, scores: np.ndarray) -> None:
        cells = scores.ravel() * (1 / WIDTH)
        cells += REACH / WIDTH + 1
        np.clip(cells, 0, _INNER + 1, out=cells)
        self.counts += np.bincount(cells.astype(np.int32), minlength=_INNER + 2)

    @property
    def n(self) -> int:
        return int(self.counts.sum())

    def distance(self) -> float:
        """The largest distance between the distribution functions seen and due, at the edges of cells."""
        return float(np.abs(np.cumsum(self.counts) / max(self.n, 1) - _BELOW).max())

    def distance_p(self) -> float:
        """Dvoretzky-Kiefer-Wolfowitz with Massart's constant (Annals of Probability 18, 1990), for every n."""
        return min(1.0, 2 * math.exp(-2 * self.n * self.distance() ** 2)) if self.n else 1.0

    def runs(self) -> Tuple[np.ndarray, np.ndarray]:
        """The count of each run of cells, and its p-value (binomial)."""
        seen, n = _in_runs(self.counts), self.n
        up_to = np.where(seen >= n, 1.0, special.betaincc(seen + 1, np.maximum(n - seen, 1), _DUE))
        from_on = np.where(seen <= 0, 1.0, special.betainc(np.maximum(seen, 1), n - seen + 1, _DUE))
        return seen, np.minimum(1.0, 2 * np.minimum(up_to, from_on))

    def runs_p(self) -> float:
        """Of the least likely count of a run, times the number of runs."""
        return min(1.0, float(self.runs()[1].min()) * len(RUNS)) if self.n else 1.0

    def oddest(self) -> str:
        """That run, in words."""
        seen, p_values = self.runs()
        odd = int(p_values.argmin())
        low, high = _EDGES[_STARTS[odd]], _EDGES[_STOPS[odd]]
        return f"{seen[odd]} scores from {low:.4g} to {high:.4g}, {self.n * _DUE[odd]:.1f} expected"


#: Leading bits of u = Φ(w) that are counted, in two halves.
BITS = 20
_HALF, _VALUES = BITS // 2, 2 ** (BITS // 2)
#: For each bit of a half, which of its values have it set.
_SET = (np.arange(_VALUES) >> np.arange(_HALF)[:, None]) & 1


@dataclass
class Bits:
    """How often each value occurs of both halves of the leading bits of u, the probability integral transform."""

    n: int = 0
    leading: np.ndarray = field(default_factory=lambda: np.zeros(_VALUES, np.int64))
    trailing: np.ndarray = field(default_factory=lambda: np.zeros(_VALUES, np.int64))

    def add(self, scores: np.ndarray) -> None:
        words = np.minimum(special.ndtr(scores.ravel()) * 2**BITS, 2**BITS - 1).astype(np.int32)
        self.n += words.size
        self.leading += np.bincount(words >> _HALF, minlength=_VALUES)
        self.trailing += np.bincount(words & (_VALUES - 1), minlength=_VALUES)

    @property
    def ones(self) -> np.ndarray:
        """How often each bit is set."""
        return np.concatenate([_SET @ self.trailing, _SET @ self.leading])

    def p(self) -> float:
        """Of the least likely count (binomial of 1/2), times the number of bits."""
        if not self.n:
            return 1.0
        fewer = np.minimum(self.ones, self.n - self.ones)
        return float(min(1.0, 2 * special.bdtr(fewer.astype(float), self.n, 0.5).min() * BITS))


def _two_sided(below: float, above: float) -> float:
    return float(min(2 * below, 2 * above, 1.0))  # what is not a number comes first, and stays
