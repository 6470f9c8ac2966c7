"""Draws of all programs of a law, pooled as scores and judged once at its end.

What Hypothesis runs next may depend on what it saw; what a pool holds may not. Programs are drawn before they are run,
nothing is pooled once a program broke the law, and the only question asked on the way (:mod:`specs.judging.flaws`)
is one that true draws answer with no. So a pool is judged at one time only, on programs chosen without regard to it.
"""

from __future__ import annotations

from typing import Dict, Iterator, Sequence, Tuple

import numpy as np

from specs.judging.flaws import SAMPLE, Sample
from specs.judging.statistics import Bits, Histogram, Moments, Pairs

#: Elements that are standardized at a time.
BLOCK = 2**15

#: Where a loop that fills an array leaves something out.
EDGES = {
    "first element": np.s_[:1, :1],
    "last element": np.s_[-1:, -1:],
    "first row": np.s_[:1, :],
    "last row": np.s_[-1:, :],
    "first column": np.s_[:, :1],
    "last column": np.s_[:, -1:],
}
FANS = ("fan_in > fan_out", "fan_in < fan_out")

#: What is compared with the deviation due, and pairs that are due to be independent, by the names of their tests.
WHOLE = "standard deviation"
SPREADS = (
    WHOLE,
    *(f"standard deviation where {fans}" for fans in FANS),
    *(f"standard deviation of the {edge}" for edge in EDGES),
)
ROWS, COLUMNS = "neighbours in a row", "neighbours in a column"
PARAMETERS, CALLS, SEEDS = "one parameter and the next", "one call and the next", "one seed and the next"
PAIRS = (ROWS, COLUMNS, PARAMETERS, CALLS, SEEDS, *(f"{edge} of one call and the next" for edge in EDGES))
#: Every test of a pool.
TESTS = ("mean", "distribution function", "share of an interval", "leading bits", *SPREADS, *PAIRS)


class Pool:
    """Running statistics of the scores of draws. ``n`` counts elements, ``stray`` those outside their support."""

    def __init__(self) -> None:
        self.n = 0
        self.stray = 0
        self.histogram = Histogram()
        self.bits = Bits()
        self.moments = {name: Moments() for name in SPREADS}
        self.pairs = {name: Pairs() for name in PAIRS}
        self.random = np.random.default_rng(0)

    def add(self, samples: Sequence[Sample]) -> None:
        """Take in the draws of one program, in the order in which they were made."""
        scored = [(sample, self._add_one(sample)) for sample in samples]
        random = [(sample, scores) for sample, scores in scored if sample.law.is_random]
        for (earlier, before), (later, after) in zip(random, random[1:]):
            if earlier.parameter != later.parameter:
                self._add_pairs(PARAMETERS, before, after)
        latest: Dict[object, Tuple[Sample, np.ndarray]] = {}
        for later, after in random:
            if later.parameter in latest:
                earlier, before = latest[later.parameter]
                self._add_pairs(CALLS if earlier.seeding == later.seeding else SEEDS, before, after)
                self._add_kept(earlier, later)
            latest[later.parameter] = later, after

    def _add_one(self, sample: Sample) -> np.ndarray:
        """Take in one array, block by block; return scores of its first elements."""
        self.n += sample.array.size
        self.stray += sample.law.outside(sample.array, sample.dtype).size
        if not sample.law.is_random:
            return np.zeros(0)
        moments = Moments()
        for block in blocks(sample.array):
            scores = self._scores(sample, block)
            moments.add(scores)
            self.histogram.add(scores)
            self.pairs[ROWS].add(*_halves(scores))
            self.pairs[COLUMNS].add(*_halves(scores.T))
        for name in (WHOLE, *_by_fans(sample)):
            self.moments[name].merge(moments)
        for edge, scores in self._edges(sample):
            self.moments[f"standard deviation of the {edge}"].add(scores)
        first = self._scores(sample, sample.array.ravel()[:SAMPLE])
        self.bits.add(first)
        return first

    def _scores(self, sample: Sample, array: np.ndarray) -> np.ndarray:
        return sample.law.scores(array, sample.bits, self.random)

    def _edges(self, sample: Sample) -> Iterator[Tuple[str, np.ndarray]]:
        if sample.array.ndim == 2:
            for edge, where in EDGES.items():
                yield edge, self._scores(sample, sample.array[where])

    def _add_pairs(self, name: str, before: np.ndarray, after: np.ndarray) -> None:
        shorter = min(before.size, after.size)
        self.pairs[name].add(before[:shorter], after[:shorter])

    def _add_kept(self, earlier: Sample, later: Sample) -> None:
        for (edge, before), (_, after) in zip(self._edges(earlier), self._edges(later)):
            self._add_pairs(f"{edge} of one call and the next", before.ravel(), after.ravel())

    def p_values(self) -> Dict[str, float]:
        """The p-value of every test that there were draws for."""
        found: Dict[str, float] = {}
        if self.moments[WHOLE].n:
            found["mean"] = self.moments[WHOLE].mean_p()
            found["distribution function"] = self.histogram.distance_p()
            found["share of an interval"] = self.histogram.cells_p()
            found["leading bits"] = self.bits.p()
        found.update({name: moments.spread_p() for name, moments in self.moments.items() if moments.n})
        found.update({name: pairs.p() for name, pairs in self.pairs.items() if pairs.m})
        return found

    def rejected(self, share: float) -> Dict[str, str]:
        """What was seen by each test that true draws fail with at most the probability ``share``, and these failed."""
        return {name: f"{self._seen(name)}, p {p:.2g}" for name, p in self.p_values().items() if not p > share}

    def _seen(self, name: str) -> str:
        whole = self.moments[WHOLE]
        if name in self.pairs:
            return f"correlation {self.pairs[name].correlation:+.5f}, {self.pairs[name].m} pairs"
        if name in self.moments:
            return f"{self.moments[name].spread:.5f} of what is due, n {self.moments[name].n}"
        if name == "mean":
            return f"{whole.mean:+.5f} deviations off, n {whole.n}"
        if name == "leading bits":
            ones = self.bits.ones / self.bits.n
            return f"ones have shares from {ones.min():.5f} to {ones.max():.5f}, n {self.bits.n}"
        return f"distance {self.histogram.distance():.5f}, n {whole.n}"

    def summary(self) -> str:
        """Size and moments, in a few words."""
        whole = self.moments[WHOLE]
        if not whole.n:
            return f"n {self.n}"
        return f"n {self.n}, mean {whole.mean:+.5f} deviations, standard deviation {whole.spread:.5f} of what is due"


def blocks(array: np.ndarray) -> Iterator[np.ndarray]:
    """The array in pieces of about :data:`BLOCK` elements, each of two axes: rows by twos, or pieces of two rows."""
    rows = array.reshape(1, -1) if array.ndim < 2 else array.reshape(-1, array.shape[-1])
    high = max(2, BLOCK // max(rows.shape[1], 1) // 2 * 2)
    wide = max(2, BLOCK // min(high, rows.shape[0]) // 2 * 2)
    for top in range(0, rows.shape[0], high):
        for left in range(0, rows.shape[1], wide):
            yield rows[top : top + high, left : left + wide]


def _halves(scores: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Neighbours along the last axis, in pairs that have no element in common."""
    even = scores.shape[-1] // 2 * 2
    return scores[..., 0:even:2], scores[..., 1:even:2]


def _by_fans(sample: Sample) -> Sequence[str]:
    if sample.fans is None or sample.fans[0] == sample.fans[1]:
        return ()
    return (f"standard deviation where {FANS[0] if sample.fans[0] > sample.fans[1] else FANS[1]}",)
