"""Draws pooled over the examples of a test, and judged once at its end.

Elements are standardized by the distribution due, whatever their shapes and scales, and only n and four sums are kept:
of the elements, of their squares, of those in the tails, and of products of neighbours (disjoint pairs). All are then
held to bounds that true draws exceed with at most the stated probability, for every n: Bernstein's inequality for
bounded elements; for normal ones the tail of the mean, Laurent & Massart's bound on chi-squared (Annals of Statistics
28, 2000, lemma 1), and for products the same argument with -log(1 - t²)/2 <= t² / (2 (1 - t)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from specs.judging.distributions import Distribution

#: Statistics that each pool is judged by; the false-alarm share of a pool is split among them.
STATISTICS = ("mean", "standard deviation", "share in the tails", "neighbours")


@dataclass
class Pool:
    """Running sums of standardized draws. ``reach`` and ``square_variance`` are the largest over what was added."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0
    reach: float = 0.0
    square_variance: float = 0.0
    stray: int = 0
    in_tails: int = 0
    tails_due: float = 0.0
    pairs: int = 0
    products: float = 0.0

    def add(self, array: np.ndarray, distribution: Distribution) -> None:
        z = distribution.standardized(array)
        self.n += z.size
        self.total += float(z.sum())
        self.squares += float(np.square(z).sum())
        self.reach = max(self.reach, distribution.reach)
        self.square_variance = max(self.square_variance, distribution.square_variance)
        self.in_tails += int((np.abs(z) > distribution.knee).sum())
        self.tails_due += distribution.tail * z.size
        neighbours = z.ravel()[: z.size // 2 * 2].reshape(-1, 2)
        self.pairs += len(neighbours)
        self.products += float(neighbours.prod(axis=1).sum())
        self.stray += distribution.outside(array).size

    @property
    def mean(self) -> float:
        return self.total / self.n if self.n else math.nan

    @property
    def mean_square(self) -> float:
        return self.squares / self.n if self.n else math.nan

    def mean_bound(self, alpha: float) -> float:
        x = math.log(2 / alpha)
        linear = 0.0 if math.isinf(self.reach) else self.reach / 3
        return math.sqrt(2 * x / self.n) + linear * x / self.n

    def mean_square_bound(self, alpha: float) -> float:
        x = math.log(2 / alpha)
        linear = 2.0 if math.isinf(self.reach) else max(self.reach**2 - 1, 1.0) / 3
        return math.sqrt(2 * self.square_variance * x / self.n) + linear * x / self.n

    def tail_bound(self, alpha: float) -> float:
        x, due = math.log(2 / alpha), self.tails_due / self.n
        return math.sqrt(2 * due * (1 - due) * x / self.n) + x / (3 * self.n)

    def pair_bound(self, alpha: float) -> float:
        """On the mean product of neighbours, which for independent elements has mean 0 and variance 1."""
        x = math.log(2 / alpha)
        linear = 1.0 if math.isinf(self.reach) else self.reach**2 / 3
        return math.sqrt(2 * x / self.pairs) + linear * x / self.pairs

    def rejected(self, alpha: float) -> str:
        """Why the draws are not from the distributions they were standardized by; empty where they may be."""
        if not self.n:
            return "no draws were seen"
        if self.stray:
            return f"{self.stray} of {self.n} elements lie outside the support"
        if self.reach == 0:
            return ""
        share = alpha / len(STATISTICS)
        if not abs(self.mean) <= self.mean_bound(share):
            return f"mean {self.mean:+.5f} deviations, bound {self.mean_bound(share):.5f}, n {self.n}, p < {share:.1e}"
        off = self.mean_square - 1
        if not abs(off) <= self.mean_square_bound(share):
            ratio, bound = math.sqrt(max(self.mean_square, 0.0)), self.mean_square_bound(share)
            spread = f"standard deviation {ratio:.5f} of what is due, bound on |ratio² - 1| {bound:.5f}"
            return f"{spread}, n {self.n}, p < {share:.1e}"
        seen, due = self.in_tails / self.n, self.tails_due / self.n
        if not abs(seen - due) <= self.tail_bound(share):
            bound = self.tail_bound(share)
            return f"share past the knee {seen:.5f}, due {due:.5f} ± {bound:.5f}, n {self.n}, p < {share:.1e}"
        if self.pairs and not abs(self.products / self.pairs) <= self.pair_bound(share):
            seen, bound = self.products / self.pairs, self.pair_bound(share)
            return f"mean product of neighbours {seen:+.5f}, bound {bound:.5f}, {self.pairs} pairs, p < {share:.1e}"
        return ""
