"""The judge of draws beside ``scipy.stats.kstest``, on the same normal draws."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from typing import Callable, Dict

import numpy as np
from scipy import stats

from specs.laws import DRAW_LAWS
from specs.laws.budget import Budget
from specs.statistics.distributions import Normal
from specs.statistics.flaws import Sample, examine
from specs.statistics.pools import Pool

#: Elements that are timed, and those of each array that power is measured on: few enough that a test can miss.
ELEMENTS, FEWER = 10_000_000, 1_000_000
ROUNDS, SEEDS = 3, 20
#: The scale error that is to be noticed.
SCALE = 1.005
#: The share of a test in the comparison of three frameworks and the reference.
SHARE = Budget(1e-6, 4, len(DRAW_LAWS)).share


def judged(array: np.ndarray) -> bool:
    """Whether the judge rejects an array as draws from N(0, 1)."""
    samples = [Sample(array, Normal(0.0, 1.0), dtype=array.dtype.name)]
    if examine(samples) is not None:
        return True
    pool = Pool()
    pool.add(samples)
    return bool(pool.rejected(SHARE))


def kolmogorov_smirnov(array: np.ndarray) -> bool:
    """Whether one Kolmogorov-Smirnov test rejects it, at the same share of the budget."""
    return bool(stats.kstest(array, "norm").pvalue <= SHARE)


def time_ratio() -> float:
    """Median ratio of the judge's time to the other's."""
    array = np.random.default_rng(0).standard_normal(ELEMENTS)
    return statistics.median(_seconds(judged, array) / _seconds(kolmogorov_smirnov, array) for _ in range(ROUNDS))


def memory_ratios() -> Dict[str, float]:
    """For both, the array and the most that is held beside it, to the array."""
    array = np.random.default_rng(0).standard_normal(ELEMENTS)
    return {test.__name__: 1 + _peak(test, array) / array.nbytes for test in (judged, kolmogorov_smirnov)}


def power() -> Dict[str, int]:
    """For both, how many arrays with the scale error are rejected."""
    arrays = [SCALE * np.random.default_rng().standard_normal(FEWER) for _ in range(SEEDS)]
    return {test.__name__: sum(map(test, arrays)) for test in (judged, kolmogorov_smirnov)}


def _seconds(test: Callable[[np.ndarray], bool], array: np.ndarray) -> float:
    began = time.perf_counter()
    test(array)
    return time.perf_counter() - began


def _peak(test: Callable[[np.ndarray], bool], array: np.ndarray) -> int:
    tracemalloc.start()
    try:
        test(array)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
