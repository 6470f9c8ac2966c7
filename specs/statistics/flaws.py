"""Flaws that true draws practically never have: checks of single arrays and of pairs that need no statistics.

Each check looks for coincidences (equal elements, constant bits, sorted order) that independent draws show with a
probability below 2**-80. A program with such a flaw breaks the law at once, and is shrunk. In a large array, the first
and the last elements, rows and columns are checked, :data:`SAMPLE` in all.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Optional, Sequence, Tuple

import numpy as np
from scipy import special

from specs.statistics.distributions import OWN_SEED, SIGNIFICAND, Distribution, significand

#: Bound on the probability that a check finds a flaw in true draws, and its binary logarithm.
FALSE_ALARM_BOUND = 2.0**-80
FALSE_ALARM_BITS = 80
#: At most so many elements, rows or columns of an array are checked.
SAMPLE = 2**16
#: Number of elements, or of lines, that are processed together.
PIECE = 2**13
#: How many elements of one array are looked up in another.
LOOKED_UP = 64
#: Scores of equal draws with different scales agree within this; others do with at most twice this probability.
SAME_SCORE = 1e-5
#: A generator of few bits may leave the stored bits of a float32 significand below this one empty.
FINEST_BIT = 3
#: A fair bit is constant over MANY elements, and twelve low ones over FEW, with probability below 2**-80.
MANY, FEW = 128, 16


@dataclass(frozen=True)
class Sample:
    """An array that was drawn, its expected law, and its origin.

    ``parameter`` and ``seeding`` say for which parameter, and after which setting of the seed, it was drawn; ``fans``
    are the fan_in and fan_out of a weight.
    """

    array: np.ndarray
    law: Distribution
    parameter: object = None
    seeding: object = None
    fans: Optional[Tuple[int, int]] = None
    dtype: str = "float32"

    @property
    def bits(self) -> int:
        return significand(self.dtype)

    @functools.cached_property
    def some(self) -> np.ndarray:
        """The elements to check, in their order, without atoms of the law."""
        if self.array.size > SAMPLE:
            flat = np.concatenate([self.array.flat[: SAMPLE // 2], self.array.flat[-SAMPLE // 2 :]])
        else:
            flat = self.array.ravel()
        for atom in self.law.atoms:
            flat = flat[flat != atom]
        return flat

    @functools.cached_property
    def magnitudes(self) -> np.ndarray:
        """Absolute values of those elements, sorted."""
        return np.sort(np.abs(self.some))

    @functools.cached_property
    def beginnings(self) -> np.ndarray:
        """Magnitudes of the first elements' scores: a row in row-major order, and for a weight one in column order."""
        begun = [self.some[:LOOKED_UP]]
        if self.array.ndim > 1:
            by_columns = self.array[: 2 * LOOKED_UP].ravel(order="F")
            begun.append(by_columns[~np.isin(by_columns, self.law.atoms)] if self.law.atoms else by_columns)
        count = min(LOOKED_UP, *(elements.size for elements in begun)) if len(begun) > 1 else begun[0].size
        elements = np.stack([elements[:count] for elements in begun])
        sizes: np.ndarray = np.abs(self.law.scores(elements, self.bits, np.random.default_rng(OWN_SEED)))
        return sizes

    @functools.cached_property
    def coincidence(self) -> float:
        return self.law.coincidence(self.bits)


def flaw(sample: Sample) -> str:
    """Evidence that an array was not drawn from its law, in words; empty if there is none."""
    if sample.array.size == 0:
        return "the array is empty"
    stray = sample.law.outside(sample.array, sample.dtype)
    if stray.size:
        return f"{stray.size} of {sample.array.size} elements lie outside {sample.law}: {float(stray[0])!r} is one"
    return ""


def dependence(sample: Sample) -> str:
    """Evidence that an array's elements were not drawn independently, in words; empty if there is none."""
    if not sample.law.is_random:
        return ""
    return next(filter(None, (check(sample) for check in _CHECKS)), "")


def _piled_up(sample: Sample) -> str:
    """A magnitude that occurs too often: of n elements, m are equal with probability at most C(n, m) p**(m - 1)."""
    keys = sample.magnitudes
    if keys.size < 2:
        return ""
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    lengths = np.diff(np.concatenate([starts, [keys.size]]))
    most = int(lengths.max())
    chance = _log2_binomial(keys.size, most) + (most - 1) * math.log2(sample.coincidence)
    if chance > -FALSE_ALARM_BITS:
        return ""
    value = float(keys[starts[lengths.argmax()]])
    return f"{most} of {keys.size} elements have the magnitude {value!r}"


def _repeated(sample: Sample) -> str:
    """Too few distinct magnitudes for chance, as when a block is repeated or values are quantised."""
    keys = sample.magnitudes
    if keys.size < 2:
        return ""
    repeats = int((keys[1:] == keys[:-1]).sum())
    if repeats < surely_more_than(keys.size**2 / 2 * sample.coincidence):
        return ""
    return f"{keys.size} elements have only {keys.size - repeats} different magnitudes"


def _repeated_lines(sample: Sample) -> str:
    """A row or a column that is a copy of another one, up to signs."""
    array = sample.array
    if array.ndim != 2 or sample.law.atoms:
        return ""
    for what, every in (("rows", array), ("columns", array.T)):
        lines = every if len(every) <= SAMPLE else np.concatenate([every[: SAMPLE // 2], every[-SAMPLE // 2 :]])
        count, length = lines.shape
        if _needed(count, length, sample.coincidence) > length:
            continue
        marks = _marks(lines)
        ordered = np.sort(marks)
        for mark in ordered[1:][ordered[1:] == ordered[:-1]]:
            first, second = np.flatnonzero(marks == mark)[:2]
            if np.array_equal(np.abs(lines[first]), np.abs(lines[second])):
                return f"{what} {first} and {second} are equal but for signs"
    return ""


def _marks(lines: np.ndarray) -> np.ndarray:
    """A hash of each line that ignores signs."""
    count, length = lines.shape
    marks = np.zeros(count, np.uint64)
    wide = min(length, PIECE)
    high = max(1, PIECE // wide)
    for left in range(0, length, wide):
        multipliers = np.arange(left, min(left + wide, length), dtype=np.uint64) * _STRIDE + np.uint64(1)
        for top in range(0, count, high):
            words = _words(np.abs(lines[top : top + high, left : left + wide]))
            marks[top : top + high] += (words * multipliers).sum(axis=1, dtype=np.uint64)
    return marks


def _sorted(sample: Sample) -> str:
    """Elements in sorted order: n elements are so with probability 1 / n! each, ascending and descending."""
    flat = sample.some
    if special.gammaln(flat.size + 1) < (FALSE_ALARM_BITS + 2) * math.log(2):
        return ""
    for what, line in (("row by row", flat), ("column by column", _by_columns(sample))):
        if (line[1:] >= line[:-1]).all() or (line[1:] <= line[:-1]).all():
            return f"all {flat.size} elements are in sorted order, {what}"
    return ""


def _by_columns(sample: Sample) -> np.ndarray:
    return sample.array.ravel(order="F") if sample.array.size == sample.some.size else sample.some


def _stuck(sample: Sample) -> str:
    """Constant bits of the significand: one of those finer than the law and coarser than its generator, or all of the
    lower half, as after rounding to a coarser type.
    """
    if sample.dtype != "float32" or sample.some.size < FEW:
        return ""
    words = _words(sample.some.astype(np.float32))
    changing = int(np.bitwise_or.reduce(words) & ~np.bitwise_and.reduce(words))
    _, exponent = math.frexp(float(np.abs(sample.some).max()))
    coarsest = math.floor(math.log2(sample.law.std / 8)) - exponent + SIGNIFICAND["float32"]
    bits = range(FINEST_BIT, min(coarsest, 23)) if sample.some.size >= MANY else range(12)
    stuck = [bit for bit in bits if not changing >> bit & 1]
    if not stuck or (sample.some.size < MANY and len(stuck) < len(bits)):
        return ""
    return f"bits {stuck[0]} to {stuck[-1]} of the significand are the same in all {sample.some.size} elements"


def common(one: Sample, other: Sample) -> str:
    """Evidence that two arrays were not drawn independently, in words; empty if there is none."""
    if not (one.law.is_random and other.law.is_random):
        return ""
    return next(filter(None, (compare(one, other) for compare in COMPARISONS)), "")


def _shared(one: Sample, other: Sample) -> str:
    """Whether one contains the other's elements up to signs and order: a slice, a reshape, a transpose or a copy."""
    small, large = sorted((one, other), key=lambda sample: sample.some.size)
    looked_up = small.some[:: max(1, small.some.size // LOOKED_UP)][:LOOKED_UP]
    needed = _needed(1, looked_up.size, max(one.coincidence, other.coincidence) * large.some.size)
    if needed > looked_up.size:
        return ""
    wanted = np.abs(looked_up)
    places = np.minimum(np.searchsorted(large.magnitudes, wanted), large.some.size - 1)
    found = int((large.magnitudes[places] == wanted).sum())
    if found < needed:
        return ""
    return f"{found} of {looked_up.size} elements looked up are also in the other array, but for signs"


def _same_beginning(one: Sample, other: Sample) -> str:
    """Whether both begin with the same scores, as when a generator starts from one state for two scales."""
    count = min(one.beginnings.shape[1], other.beginnings.shape[1])
    needed = _needed(1, count, max(4 * SAME_SCORE, one.coincidence, other.coincidence))
    if needed > count:
        return ""
    ours, theirs = one.beginnings[:, None, :count], other.beginnings[None, :, :count]
    equal = int((np.abs(ours - theirs) <= SAME_SCORE * np.maximum(1.0, ours)).sum(axis=2).max())
    if equal < needed:
        return ""
    return f"{equal} of the first {count} elements are the other array's, but for scale and signs"


@functools.lru_cache(maxsize=4096)
def _needed(trials: int, count: int, chance: float) -> int:
    """How many coincidences of ``count``, each of probability ``chance``, settle it in ``trials`` squared checks."""
    if not 0 < chance < 0.5:
        return count + 1
    return math.ceil((FALSE_ALARM_BITS + 2 * math.log2(max(trials, 1)) + count) / -math.log2(chance))


@functools.lru_cache(maxsize=4096)
def surely_more_than(mean: float) -> int:
    """A count that a Poisson variable of this mean reaches with probability below 2**-80 (Chernoff bound)."""
    number = max(1, math.ceil(mean))
    while number * (math.log(number / mean) - 1) + mean < FALSE_ALARM_BITS * math.log(2):
        number += max(1, number // 16)
    return number


def _log2_binomial(n: int, k: int) -> float:
    logarithm = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    return float(logarithm) / math.log(2)


def _words(array: np.ndarray) -> np.ndarray:
    """The bits of floating-point numbers, as unsigned integers of the same size."""
    words: np.ndarray = np.ascontiguousarray(array).view(f"uint{8 * array.itemsize}")
    return words


#: 2**64 over the golden ratio, made even: its multiples plus one are odd and far apart.
_STRIDE = np.uint64(0x9E3779B97F4A7C16)


_CHECKS = (_piled_up, _repeated, _repeated_lines, _sorted, _stuck)
COMPARISONS = (_shared, _same_beginning)


def examine(samples: Sequence[Sample]) -> Optional[Tuple[int, str, str]]:
    """The first flaw in the draws of one program: the sample's index, the kind, and the evidence; None without one."""
    for at, sample in enumerate(samples):
        seen = flaw(sample)
        if seen:
            return at, "another distribution", seen
        seen = dependence(sample)
        if seen:
            return at, "not independent", seen
        for earlier in samples[:at]:
            seen = common(earlier, sample)
            if seen:
                return at, "not independent", f"{sample.parameter} and {earlier.parameter}: {seen}"
    return None


def comparison_count(samples: Sequence[Sample]) -> int:
    """How many checks :func:`examine` makes on draws without a flaw."""
    return len(samples) * len(_CHECKS) + math.comb(len(samples), 2) * len(COMPARISONS)
