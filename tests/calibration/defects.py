"""Defects of generators and initializers, planted in true draws.

Each takes the draws of one program, in order, and a generator, and returns the draws with the defect. Defects that do
not apply to a program, such as a missing gain where the gain is 1, leave it unchanged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Sequence, Tuple

import numpy as np
from scipy import special

from specs.statistics.distributions import Distribution, Normal, Uniform
from specs.statistics.pools import ENDS
from tests.calibration.plans import Drawn, Subject

Mistake = Callable[[List[Drawn], np.random.Generator], List[Drawn]]


@dataclass(frozen=True)
class Defect:
    """A defect, its name, and the laws in whose draws it is planted."""

    name: str
    mistake: Mistake
    subjects: Sequence[Subject]


NORMAL = Subject("initialization.normal", "N(mean, std²)")
UNIFORM = Subject("initialization.uniform", "U(low, high)")
XAVIER_NORMAL = Subject("initialization.xavier_normal", "N(0, gain² · 2 / (fan_in + fan_out))")
CUT_NORMAL = Subject("initialization.xavier_normal", "that normal cut at ±2σ, then scaled to that deviation")
XAVIER_UNIFORM = Subject("initialization.xavier_uniform", "U(±gain √(6 / (fan_in + fan_out)))")
GLOROT_UNIFORM = Subject("initialization.default[dense.weight]", "Glorot uniform")
FAN_IN_UNIFORM = Subject("initialization.default[dense.weight]", "U(±1/√fan_in)")
BIAS = Subject("initialization.default[dense.bias]", "U(±1/√fan_in)")
CUT_FAN_IN = Subject(
    "initialization.default[dense.weight]", "N(0, 1 / fan_in) cut at ±2σ, then scaled to that deviation"
)
TWO_SIDED = Subject("initialization.custom_draws", "what its function draws")
THRESHOLDED = Subject("initialization.thresholded_draws", "no: half are zero")

NORMALS = (NORMAL, XAVIER_NORMAL)
UNIFORMS = (UNIFORM, XAVIER_UNIFORM, GLOROT_UNIFORM, FAN_IN_UNIFORM, BIAS)
XAVIERS = (XAVIER_NORMAL, CUT_NORMAL, XAVIER_UNIFORM, GLOROT_UNIFORM)
#: Laws with mean zero, which is not an atom.
CENTERED = (*XAVIERS, FAN_IN_UNIFORM, CUT_FAN_IN, TWO_SIDED)
WEIGHTS = (NORMAL, UNIFORM, *CENTERED, THRESHOLDED)
EACH = (*WEIGHTS, BIAS)
#: One law of each family without a gap at the mean, and biases.
FAMILIES = (NORMAL, UNIFORM, CUT_NORMAL, BIAS)

DEFECTS: Dict[str, Defect] = {}


def planted(name: str, subjects: Sequence[Subject] = EACH) -> Callable[[Mistake], Mistake]:
    """Register the decorated defect."""

    def register(mistake: Mistake) -> Mistake:
        DEFECTS[name] = Defect(name, mistake, subjects)
        return mistake

    return register


def each(change: Callable[[Drawn, np.random.Generator], np.ndarray]) -> Mistake:
    """A defect that changes every array separately."""

    def mistake(draws: List[Drawn], random: np.random.Generator) -> List[Drawn]:
        return [drawn.with_array(change(drawn, random).astype(np.float32)) for drawn in draws]

    return mistake


def scaled(factor: Callable[[Drawn], float]) -> Mistake:
    """A defect that scales every array about the mean of its law."""

    def change(drawn: Drawn, _: Any) -> np.ndarray:
        mean = drawn.sample.law.mean
        return mean + (drawn.sample.array - mean) * factor(drawn)

    return each(change)


def shifted(deviations: float) -> Mistake:
    """A defect that shifts every array by a number of standard deviations."""
    return each(lambda drawn, _: drawn.sample.array + deviations * drawn.sample.law.std)


# Moments.

planted("standard deviation 1% too large", (XAVIER_NORMAL, TWO_SIDED, CUT_FAN_IN, THRESHOLDED, *FAMILIES))(
    scaled(lambda _: 1.01)
)
planted("standard deviation 1% too small", (XAVIER_NORMAL, TWO_SIDED, CUT_FAN_IN, THRESHOLDED, *FAMILIES))(
    scaled(lambda _: 0.99)
)
planted("mean off by 0.01 standard deviations", (XAVIER_NORMAL, TWO_SIDED, CUT_FAN_IN, THRESHOLDED, *FAMILIES))(
    shifted(0.01)
)
planted("mean off by -0.01 standard deviations", (XAVIER_NORMAL, TWO_SIDED, CUT_FAN_IN, THRESHOLDED, *FAMILIES))(
    shifted(-0.01)
)


# Wrong distributions.


@planted("uniform instead of normal, of equal variance", NORMALS)
@each
def uniform_for_normal(drawn: Drawn, random: np.random.Generator) -> np.ndarray:
    law, half = drawn.sample.law, math.sqrt(3) * drawn.sample.law.std
    return Uniform(law.mean - half, law.mean + half).quantile(random.random(drawn.sample.array.shape))


@planted("normal instead of uniform, of equal variance", UNIFORMS)
@each
def normal_for_uniform(drawn: Drawn, random: np.random.Generator) -> np.ndarray:
    return random.normal(drawn.sample.law.mean, drawn.sample.law.std, drawn.sample.array.shape)


def _cut(drawn: Drawn, random: np.random.Generator) -> np.ndarray:
    law, u = drawn.sample.law, random.random(drawn.sample.array.shape)
    below = float(Normal(0.0, 1.0).cdf(np.float64(-2.0)))
    return law.quantile(below + u * (1 - 2 * below))


planted("normal cut at 2 sigma", NORMALS)(each(_cut))


@planted("normal cut at 2 sigma, then scaled to the variance expected", NORMALS)
@each
def cut_and_scaled(drawn: Drawn, random: np.random.Generator) -> np.ndarray:
    mean = drawn.sample.law.mean
    return mean + (_cut(drawn, random) - mean) / 0.8796256610342398


@planted("normal that is not cut instead of one that is", (CUT_NORMAL, CUT_FAN_IN))
@each
def not_cut(drawn: Drawn, random: np.random.Generator) -> np.ndarray:
    return random.normal(0.0, drawn.sample.law.std, drawn.sample.array.shape)


@planted("upper half of the range missing", (CUT_FAN_IN, THRESHOLDED, *FAMILIES))
@each
def folded(drawn: Drawn, _: np.random.Generator) -> np.ndarray:
    mean = drawn.sample.law.mean
    return mean - np.abs(drawn.sample.array - mean)


# Scales from wrong fans, or without the gain.


def _fans(drawn: Drawn) -> Tuple[int, int]:
    assert drawn.sample.fans is not None
    return drawn.sample.fans


planted("fan_in instead of the mean of both fans", XAVIERS)(
    scaled(lambda drawn: math.sqrt(sum(_fans(drawn)) / 2 / _fans(drawn)[0]))
)
planted("fan_out instead of the mean of both fans", XAVIERS)(
    scaled(lambda drawn: math.sqrt(sum(_fans(drawn)) / 2 / _fans(drawn)[1]))
)
planted("the mean of both fans instead of fan_in", (FAN_IN_UNIFORM, CUT_FAN_IN, BIAS))(
    scaled(lambda drawn: math.sqrt(2 * _fans(drawn)[0] / sum(_fans(drawn))))
)
planted("fan_out instead of fan_in", (FAN_IN_UNIFORM, CUT_FAN_IN, BIAS))(
    scaled(lambda drawn: math.sqrt(_fans(drawn)[0] / _fans(drawn)[1]))
)
planted("gain dropped", (XAVIER_NORMAL, CUT_NORMAL, XAVIER_UNIFORM))(scaled(lambda drawn: 1 / drawn.initializer.gain))


# Repeated values, and too few distinct values.


def atom(value: Callable[[Drawn], float]) -> Mistake:
    """A defect that sets each element to a fixed value with probability 1/1000."""

    def change(drawn: Drawn, random: np.random.Generator) -> np.ndarray:
        hit = random.random(drawn.sample.array.shape) < 0.001
        return np.where(hit, value(drawn), drawn.sample.array)

    return each(change)


planted("0.1% of the elements at the middle", (NORMAL, UNIFORM, *CENTERED, BIAS))(
    atom(lambda drawn: drawn.sample.law.mean)
)
planted("0.1% of the elements at zero", (NORMAL, BIAS, *CENTERED))(atom(lambda _: 0.0))
for _end, _bound in enumerate(("lower", "upper")):
    planted(f"0.1% of the elements at the {_bound} bound", (*UNIFORMS, CUT_NORMAL, CUT_FAN_IN, TWO_SIDED, THRESHOLDED))(
        atom(lambda drawn, end=_end: drawn.sample.law.support[end])
    )
planted("0.1% of the elements at one value of each array")(
    atom(lambda drawn: float(drawn.sample.law.quantile(np.float64(0.13))))
)
planted("values of half precision (float16)")(each(lambda drawn, _: drawn.sample.array.astype(np.float16)))


@planted("values of half precision (bfloat16)")
@each
def bfloat16(drawn: Drawn, _: np.random.Generator) -> np.ndarray:
    return (drawn.sample.array.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)


@planted("a bit of the significand that is stuck")
@each
def stuck_in_significand(drawn: Drawn, _: np.random.Generator) -> np.ndarray:
    return (drawn.sample.array.view(np.uint32) | np.uint32(1 << 9)).view(np.float32)


def stuck(bit: int) -> Mistake:
    """A defect of a generator of uniform numbers: one of the leading bits is always zero."""

    def change(drawn: Drawn, random: np.random.Generator) -> np.ndarray:
        words = (random.random(drawn.sample.array.shape) * 2**32).astype(np.uint64)
        words &= np.uint64(~(1 << (32 - bit)) & 0xFFFFFFFF)
        return drawn.sample.law.quantile((words.astype(np.float64) + 0.5) / 2**32)

    return each(change)


planted("the first bit of the uniform number stuck", FAMILIES)(stuck(1))
planted("the tenth bit of the uniform number stuck", FAMILIES)(stuck(10))
planted("the twentieth bit of the uniform number stuck", FAMILIES)(stuck(20))


# Elements, rows, columns, blocks.


def overwritten(change: Callable[[np.ndarray], None]) -> Mistake:
    """A defect that overwrites part of every array, in place."""

    def changed(drawn: Drawn, _: Any) -> np.ndarray:
        array = drawn.sample.array.copy()
        change(array)
        return array

    return each(changed)


@planted("one row is a copy of another", WEIGHTS)
@overwritten
def repeated_row(array: np.ndarray) -> None:
    array[-1] = array[0]


@planted("one column is the negative of another", (NORMAL, *CENTERED))
@overwritten
def repeated_column(array: np.ndarray) -> None:
    if array.shape[1] > 1:
        array[:, -1] = -array[:, 0]


@planted("the second half repeats the first")
@overwritten
def repeated_block(array: np.ndarray) -> None:
    flat = array.reshape(-1)
    flat[flat.size - flat.size // 2 :] = flat[: flat.size // 2]


@planted("blocks of 64 elements repeat")
@overwritten
def repeated_blocks(array: np.ndarray) -> None:
    flat = array.reshape(-1)
    flat[:] = np.resize(flat[:64], flat.size)


@planted("neighbours in a row correlated by 0.02", (*NORMALS, UNIFORM, TWO_SIDED))
@each
def correlated_in_rows(drawn: Drawn, _: np.random.Generator) -> np.ndarray:
    return _blended_with_neighbours(drawn, axis=1)


@planted("neighbours in a column correlated by 0.02", (*NORMALS, UNIFORM, TWO_SIDED))
@each
def correlated_in_columns(drawn: Drawn, _: np.random.Generator) -> np.ndarray:
    return _blended_with_neighbours(drawn, axis=0)


def _blended_with_neighbours(drawn: Drawn, axis: int) -> np.ndarray:
    array = drawn.sample.array
    if array.shape[axis] == 1:  # a single element has no neighbour
        return array
    return _blended(drawn, array, np.roll(array, 1, axis), 0.02)


def _blended(drawn: Drawn, own: np.ndarray, other: np.ndarray, correlation: float) -> np.ndarray:
    """Draws from the expected law whose scores have about this correlation with those of other draws."""
    law = drawn.sample.law
    mixed = math.sqrt(1 - correlation**2) * _scores(law, own) + correlation * _scores(law, other)
    return law.quantile(special.ndtr(mixed))


def _scores(law: Distribution, array: np.ndarray) -> np.ndarray:
    """Standard normal scores; values at a bound of the support get the most extreme score that doubles allow."""
    return special.ndtri(np.clip(law.cdf(array.astype(np.float64)), 1e-16, 1 - 1e-16))


@planted("elements in sorted order")
@overwritten
def in_order(array: np.ndarray) -> None:
    array.reshape(-1).sort()


# Between arrays.


def following(
    same: Callable[[Drawn, Drawn], bool], change: Callable[[Drawn, Drawn], np.ndarray], which: int = -1
) -> Mistake:
    """A defect that derives an array from an earlier one that is the ``same`` in some respect: the last, or another."""

    def mistake(draws: List[Drawn], _: Any) -> List[Drawn]:
        made: List[Drawn] = []
        for drawn in draws:
            alike = [other for other in made if same(drawn, other)]
            before = alike[which] if alike else None
            made.append(drawn if before is None else drawn.with_array(change(drawn, before).astype(np.float32)))
        return made

    return mistake


def other_parameter(drawn: Drawn, before: Drawn) -> bool:
    return drawn.sample.parameter != before.sample.parameter


def other_call(drawn: Drawn, before: Drawn) -> bool:
    ours, theirs = drawn.sample, before.sample
    return ours.parameter == theirs.parameter and ours.seeding == theirs.seeding


def other_seed(drawn: Drawn, before: Drawn) -> bool:
    ours, theirs = drawn.sample, before.sample
    return ours.parameter == theirs.parameter and ours.seeding != theirs.seeding


def _rescaled(drawn: Drawn, before: Drawn, elements: np.ndarray) -> np.ndarray:
    """Elements of another array, transformed to the mean and standard deviation expected here."""
    ours, theirs = drawn.sample.law, before.sample.law
    return ours.mean + (elements - theirs.mean) * (ours.std / theirs.std)


def _slice(drawn: Drawn, before: Drawn, start: int = 0) -> np.ndarray:
    """The array with its beginning taken from another one."""
    array = drawn.sample.array.copy()
    taken = before.sample.array.ravel()[start : start + array.size]
    array.reshape(-1)[: taken.size] = _rescaled(drawn, before, taken)
    return array


def _equal(_: Drawn, before: Drawn) -> np.ndarray:
    return before.sample.array


planted("another parameter begins with the same draws")(following(other_parameter, _slice))
planted("another parameter is a slice from the middle")(
    following(other_parameter, lambda drawn, before: _slice(drawn, before, start=7))
)
planted("another parameter is the negative, reshaped", (NORMAL, *CENTERED, BIAS))(
    following(other_parameter, lambda drawn, before: 2 * drawn.sample.law.mean - _slice(drawn, before))
)
planted("the next call draws the same")(following(other_call, _equal))
planted("the next seed draws the same: the seed is ignored")(following(other_seed, _equal))


def _correlated(drawn: Drawn, before: Drawn) -> np.ndarray:
    return _blended(drawn, drawn.sample.array, before.sample.array, 0.05)


_MIXED = (*NORMALS, UNIFORM, TWO_SIDED, BIAS)
planted("draws of one call and the next correlated by 0.05", _MIXED)(following(other_call, _correlated))
planted("draws of one seed and the next correlated by 0.05", _MIXED)(following(other_seed, _correlated, which=0))


for _name, _where in {
    "first element": np.s_[:1, :1],
    "last element": np.s_[-1:, -1:],
    "first row": np.s_[:1],
    "last row": np.s_[-1:],
}.items():

    def _left_out(array: np.ndarray, where: Any = _where) -> None:
        np.atleast_2d(array)[where] = 0.0

    def _kept(drawn: Drawn, before: Drawn, where: Any = _where) -> np.ndarray:
        array = drawn.sample.array.copy()
        np.atleast_2d(array)[where] = np.atleast_2d(before.sample.array)[where]
        return array

    _ends = (BIAS,) if _name in ENDS else ()
    planted(f"{_name} left at zero", (NORMAL, *CENTERED, *_ends))(overwritten(_left_out))
    planted(f"{_name} not drawn again by the next call", (*WEIGHTS, *_ends))(following(other_call, _kept))


def pairs() -> List[Tuple[Defect, Subject]]:
    """Every defect with every law of draws in which it is planted."""
    return [(defect, subject) for defect in DEFECTS.values() for subject in defect.subjects]
