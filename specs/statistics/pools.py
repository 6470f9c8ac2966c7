"""Draws of all programs of a law, pooled as scores and judged once, after the last program.

Hypothesis may choose the next program by what it saw, but the content of a pool must not depend on that. So programs
are generated before they are run, nothing is pooled once a program broke the law, and the only check in between
(:mod:`specs.statistics.flaws`) is one that true draws pass. A pool is therefore judged only once, on programs that
were chosen independently of it.
"""

from __future__ import annotations

import functools
from typing import Any, Dict, Iterator, List, Sequence, Tuple

import numpy as np

from specs.statistics.distributions import OWN_SEED
from specs.statistics.flaws import SAMPLE, Sample
from specs.statistics.scores import COARSE, Bits, Histogram, Moments, Pairs

#: Elements that are standardized at a time: they fit in a cache, and are too few for BLAS to start threads.
BLOCK = 2**13

#: Places that a loop which fills an array may miss.
EDGES = {
    "first element": np.s_[:1, :1],
    "last element": np.s_[-1:, -1:],
    "first row": np.s_[:1, :],
    "last row": np.s_[-1:, :],
    "first column": np.s_[:, :1],
    "last column": np.s_[:, -1:],
}
#: Those that an array of one axis has as well.
ENDS = ("first element", "last element")
FANS = ("fan_in > fan_out", "fan_in < fan_out")

#: Names of tests: standard deviations that are compared with the expected one, and pairs that should be independent.
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


class Scored:
    """An array's scores: all of them block by block; those of its first elements and of its edges are kept."""

    def __init__(self, sample: Sample, random: np.random.Generator):
        self.sample = sample
        self.random = random
        self.whole = self._scores(sample.array) if sample.array.size <= BLOCK else None

    def _scores(self, array: np.ndarray) -> np.ndarray:
        return self.sample.law.scores(array, self.sample.bits, self.random)

    def _at(self, where: Any) -> np.ndarray:
        if self.whole is None:
            return self._scores(np.atleast_2d(self.sample.array)[where][:SAMPLE, :SAMPLE])
        found: np.ndarray = np.atleast_2d(self.whole)[where]
        return found

    def blocks(self) -> Iterator[np.ndarray]:
        if self.whole is None:
            yield from map(self._scores, blocks(self.sample.array))
        else:
            yield self.whole.reshape(1, -1) if self.whole.ndim < 2 else self.whole

    @functools.cached_property
    def first(self) -> np.ndarray:
        if self.whole is None:
            return self._scores(self.sample.array.flat[:SAMPLE])
        return self.whole.ravel()

    @property
    def uniform(self) -> np.ndarray:
        """The first elements as uniform numbers, even if rounding is coarse."""
        return self.sample.law.probabilities(self.sample.array.flat[:SAMPLE], self.sample.bits, self.random)

    @functools.cached_property
    def edges(self) -> Dict[str, np.ndarray]:
        """The scores at each edge of a weight, and at both ends of a bias."""
        return {edge: self._at(EDGES[edge]) for edge in (EDGES if self.sample.array.ndim == 2 else ENDS)}


class Pool:
    """Running statistics of the scores of draws. ``n`` counts elements, ``stray`` those outside the support."""

    def __init__(self) -> None:
        self.n = 0
        self.stray = 0
        self.histogram = Histogram()
        self.bits = Bits()
        self.moments = {name: Moments() for name in SPREADS}
        self.pairs = {name: Pairs() for name in PAIRS}
        self.random = np.random.default_rng(OWN_SEED)

    def add(self, samples: Sequence[Sample]) -> None:
        """Add the draws of one program, in the order in which they were made."""
        for sample in samples:
            self.n += sample.array.size
            self.stray += sample.law.outside(sample.array, sample.dtype).size
        scored = [self._add_one(sample) for sample in samples if sample.law.is_random]
        for at, (before, after) in enumerate(zip(scored, scored[1:])):
            if before.sample.parameter != after.sample.parameter:
                # Every other element: the others are paired with the array that follows.
                self._add_pairs(PARAMETERS, before.first[at % 2 :: 2], after.first[at % 2 :: 2])
        drawn: Dict[object, List[List[Scored]]] = {}
        for after in scored:
            self._add_calls(drawn.setdefault(after.sample.parameter, []), after)

    def _add_one(self, sample: Sample) -> Scored:
        """Add one array, block by block."""
        scored = Scored(sample, self.random)
        moments = Moments()
        for scores in scored.blocks():
            moments.add(scores)
            self.histogram.add(scores)
            self.pairs[ROWS].add(*_halves(scores))
            self.pairs[COLUMNS].add(*_halves(scores.T))
        for name in (WHOLE, *_by_fans(sample)):
            self.moments[name].merge(moments)
        for edge, scores in scored.edges.items():
            self.moments[f"standard deviation of the {edge}"].add(scores)
        self.bits.add(scored.uniform)
        return scored

    def _add_calls(self, seedings: List[List[Scored]], after: Scored) -> None:
        """Pair a draw with earlier draws of its parameter, which are listed by seed.

        It is paired with the previous call after the same seed, and with the call at the same position after the
        previous seed. The second is paired with the first, the fourth with the third, for calls as for seeds: so each
        draw is in one pair of either sort.
        """
        if not seedings or seedings[-1][0].sample.seeding != after.sample.seeding:
            seedings.append([])
        calls = seedings[-1]
        if len(calls) % 2:
            self._add_pairs(CALLS, calls[-1].first, after.first)
            for edge, scores in after.edges.items():
                self._add_pairs(f"{edge} of one call and the next", calls[-1].edges[edge], scores)
        if len(seedings) % 2 == 0 and len(seedings[-2]) > len(calls):
            self._add_pairs(SEEDS, seedings[-2][len(calls)].first, after.first)
        calls.append(after)

    def _add_pairs(self, name: str, before: np.ndarray, after: np.ndarray) -> None:
        shorter = min(before.size, after.size)
        self.pairs[name].add(before.ravel()[:shorter], after.ravel()[:shorter])

    def p_values(self) -> Dict[str, float]:
        """The p-value of every test for which there were draws."""
        found: Dict[str, float] = {}
        if self.moments[WHOLE].n:
            found["mean"] = self.moments[WHOLE].mean_p()
            halvings = self.histogram.halvings()
            found["distribution function"] = halvings.distance_p()
            found["share of an interval"] = halvings.oddest_p()
            found["leading bits"] = self.bits.p()
        # One element may equal the mean, one pair be equal: in float32, events of probability 0 are just improbable.
        found.update({name: moments.spread_p() for name, moments in self.moments.items() if moments.n > 1})
        found.update({name: pairs.p() for name, pairs in self.pairs.items() if pairs.m > 1})
        return found

    def rejected(self, share: float) -> Dict[str, str]:
        """What each failed test saw, smallest p-value first. True draws fail a test with probability ``share``."""
        failed = sorted((p, name) for name, p in self.p_values().items() if not p > share)
        return {name: f"{self._seen(name)}, p {p:.2g}" for p, name in failed}

    def _seen(self, name: str) -> str:
        whole = self.moments[WHOLE]
        if name in self.pairs:
            return f"correlation {self.pairs[name].correlation:+.5f}, {self.pairs[name].m} pairs"
        if name in self.moments:
            return f"{self.moments[name].spread:.5f} of what is expected, n {self.moments[name].n}"
        if name == "mean":
            return f"{whole.mean:+.5f} deviations off, n {whole.n}"
        if name == "share of an interval":
            return f"{self.histogram.halvings().oddest()}, n {whole.n}"
        if name == "leading bits":
            ones = self.bits.ones / self.bits.n
            return f"ones have shares from {ones.min():.5f} to {ones.max():.5f}, n {self.bits.n}"
        return f"chi-squared {self.histogram.halvings().distance:.1f}, {COARSE} expected, n {whole.n}"

    def summary(self) -> str:
        """Size and moments, in words."""
        whole = self.moments[WHOLE]
        if not whole.n:
            return f"n {self.n}"
        return (
            f"n {self.n}, mean {whole.mean:+.5f} deviations, standard deviation {whole.spread:.5f} of what is expected"
        )


def blocks(array: np.ndarray) -> Iterator[np.ndarray]:
    """The array in two-axis pieces of about :data:`BLOCK` elements: an even number of rows, or parts of two rows."""
    if not array.size:
        return
    rows = array.reshape(1, -1) if array.ndim < 2 else array.reshape(-1, array.shape[-1])
    high = max(2, BLOCK // max(rows.shape[1], 1) // 2 * 2)
    wide = max(2, BLOCK // min(high, rows.shape[0]) // 2 * 2)
    for top in range(0, rows.shape[0], high):
        for left in range(0, rows.shape[1], wide):
            yield rows[top : top + high, left : left + wide]


def _halves(scores: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Neighbours along the last axis, in disjoint pairs."""
    even = scores.shape[-1] // 2 * 2
    return scores[..., 0:even:2], scores[..., 1:even:2]


def _by_fans(sample: Sample) -> Sequence[str]:
    if sample.fans is None or sample.fans[0] == sample.fans[1]:
        return ()
    return (f"standard deviation where {FANS[0] if sample.fans[0] > sample.fans[1] else FANS[1]}",)
