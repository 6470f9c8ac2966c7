"""The judge of draws, part by part, compared with SciPy, closed forms, planted flaws, and true draws."""

import fractions
import functools
import itertools
import math
import re
import tracemalloc

import numpy as np
import pytest
from scipy import integrate, stats

from specs.errors import SpecError
from specs.laws.budget import Budget
from specs.laws.drawings import FewTries
from specs.statistics import pools
from specs.statistics.distributions import Normal, Point, TruncatedNormal, TwoSidedUniform, Uniform, rounding_interval
from specs.statistics.flaws import Sample, common, dependence, examine, flaw, surely_more_than
from specs.statistics.pools import CALLS, COLUMNS, PARAMETERS, ROWS, SEEDS, TESTS, WHOLE, Pool, blocks
from specs.statistics.scores import BITS, COARSE, REACH, WIDTH, Bits, Histogram, Moments, Pairs, as_normal

FALSE_ALARM_BOUND = 2.0**-80

CUT_STD = stats.truncnorm(-2, 2).std()

#: Laws, with SciPy's distributions of the same parameters.
CONTINUOUS = {
    "normal": (Normal(0.0, 1.0), stats.norm(0.0, 1.0)),
    "normal off zero": (Normal(-0.5, 0.01), stats.norm(-0.5, 0.01)),
    "uniform": (Uniform(-0.07, 0.07), stats.uniform(-0.07, 0.14)),
    "uniform from zero": (Uniform(0.0, 1.0), stats.uniform(0.0, 1.0)),
    "uniform off zero": (Uniform(-3.0, -1.0), stats.uniform(-3.0, 2.0)),
    "cut normal": (TruncatedNormal(0.05), stats.truncnorm(-2, 2, scale=0.05 / CUT_STD)),
    "normal cut at 3": (TruncatedNormal(2.0, 3.0), stats.truncnorm(-3, 3, scale=2.0 / stats.truncnorm(-3, 3).std())),
}
FEW_TRIES = {"normal cut by four tries": FewTries(0.5, 0.02), "normal cut by one try": FewTries(0.0, 1.0, tries=1)}
#: Laws whose support is not bounded, or only contains draws almost surely.
UNBOUNDED = ("normal", "normal off zero", *FEW_TRIES)
TWO_SIDED = {"two-sided": TwoSidedUniform(5.0, 10.0), "two-sided with zeros": TwoSidedUniform(5.0, 10.0, zero=0.5)}
LAWS = {**{name: law for name, (law, _) in CONTINUOUS.items()}, **FEW_TRIES, **TWO_SIDED}
EACH = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
EACH_CONTINUOUS = pytest.mark.parametrize(("law", "expected"), CONTINUOUS.values(), ids=CONTINUOUS)
DTYPES = ("float32", "float16", "bfloat16", "float64")
EACH_DTYPE = pytest.mark.parametrize("dtype", DTYPES)


def rounded(array, dtype):
    """An array rounded to a dtype; for bfloat16, the values are stored as float32."""
    if dtype != "bfloat16":
        return np.asarray(array).astype(dtype)
    words = np.asarray(array, np.float32).view(np.uint32).astype(np.uint64)
    to_even = np.uint64(0x7FFF) + (words >> np.uint64(16) & np.uint64(1))
    return ((words + to_even) & np.uint64(0xFFFF0000)).astype(np.uint32).view(np.float32)


def true(law, shape, seed, dtype="float32"):
    """True draws, from a stream that the judge does not use."""
    return rounded(law.quantile(np.random.RandomState(seed).uniform(size=shape)), dtype)


def sample(law, array, dtype="", **about):
    return Sample(array, law, dtype=dtype or array.dtype.name, **about)


def pooled(*samples):
    """A pool with the draws of one program."""
    pool = Pool()
    pool.add(samples)
    return pool


# Distributions.


@EACH_CONTINUOUS
def test_a_distribution_is_that_of_scipy(law, expected):
    low, high = (
        expected.ppf([0.0, 1.0]) if np.isfinite(expected.ppf([0.0, 1.0])).all() else expected.ppf([1e-12, 1 - 1e-12])
    )
    x = np.linspace(low - expected.std(), high + expected.std(), 2001)
    u = np.concatenate([np.logspace(-12, -1, 50), np.linspace(0.1, 0.9, 50), 1 - np.logspace(-10, -1, 50)])
    np.testing.assert_allclose(law.cdf(x), expected.cdf(x), rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(law.quantile(u), expected.ppf(u), rtol=1e-9, atol=1e-9 * expected.std())
    assert law.mean == pytest.approx(expected.mean(), rel=1e-12, abs=1e-12)
    assert law.std == pytest.approx(expected.std(), rel=1e-12)


@pytest.mark.parametrize("law", TWO_SIDED.values(), ids=TWO_SIDED)
def test_a_two_sided_distribution_is_the_mixture_of_its_sides(law):
    x = np.concatenate([np.linspace(-11, 11, 2201), [-1e-9, 0.0, 1e-9]])
    sides = (stats.uniform(-10, 5).cdf(x) + stats.uniform(5, 5).cdf(x)) / 2
    np.testing.assert_allclose(law.cdf(x), (1 - law.zero) * sides + law.zero * (x >= 0), atol=1e-12)
    assert law.mean == 0
    assert law.std == pytest.approx(math.sqrt((1 - law.zero) * integrate.quad(lambda t: t * t / 5, 5, 10)[0]))
    assert law.atoms == ((0.0,) if law.zero else ())


@EACH
def test_moments_are_those_of_the_quantiles(law):
    x = law.quantile((np.arange(1_000_000) + 0.5) / 1_000_000)
    assert x.mean() == pytest.approx(law.mean, abs=1e-5 * law.std)
    assert x.std() == pytest.approx(law.std, rel=1e-4)


@EACH
def test_distribution_function_and_quantile_are_inverse_to_each_other(law):
    u = np.linspace(0.001, 0.999, 999)
    x = law.quantile(u)
    continuous = ~np.isin(x, law.atoms)
    np.testing.assert_allclose(law.cdf(x)[continuous], u[continuous], rtol=1e-12)
    np.testing.assert_allclose(law.quantile(law.cdf(x)), x, rtol=1e-9, atol=1e-9 * law.std)
    assert np.all(law.cdf(x) >= u * (1 - 1e-12))  # quantiles are the smallest such x: F exceeds u at an atom


@pytest.mark.parametrize("law", [law for name, law in LAWS.items() if name not in UNBOUNDED])
def test_all_of_a_bounded_distribution_lies_in_its_support(law):
    low, high = law.support
    assert list(law.cdf(np.array([low - law.std, low, high, high + law.std]))) == [0, 0, 1, 1]
    np.testing.assert_allclose(law.quantile(np.array([0.0, 1.0])), [low, high], rtol=1e-12)
    below, above = law.gap
    assert law.cdf(np.float64(below)) == pytest.approx(law.cdf(np.float64(above)) - sum(law.zero for _ in law.atoms))


def test_draws_stay_within_the_support_of_an_unbounded_distribution_for_certain():
    law = Normal(0.5, 2.0)
    assert 2 * stats.norm(0.5, 2.0).sf(law.support[1]) < FALSE_ALARM_BOUND
    assert law.support[0] + law.support[1] == pytest.approx(1.0)


def test_one_try_cuts_nothing_and_many_cut_all():
    x = np.linspace(-5, 5, 1001)
    np.testing.assert_allclose(FewTries(0.0, 1.0, tries=1).cdf(x), stats.norm.cdf(x), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(
        FewTries(0.0, 1.0, tries=99).cdf(x), stats.truncnorm(-2, 2).cdf(x), rtol=1e-12, atol=1e-15
    )
    four = FewTries(1.0, 2.0)
    assert four.cdf(np.array([-3.0]))[0] == pytest.approx((2 * stats.norm.cdf(-2)) ** 4 / 2)
    assert four.quantile(np.array([1e-6]))[0] < -3.0


@EACH
@EACH_DTYPE
def test_scores_of_true_draws_are_standard_normal(law, dtype):
    bits = sample(law, np.zeros(1, np.float32), dtype).bits
    scores = law.scores(true(law, (200, 500), 1, dtype), bits, np.random.default_rng(5))
    assert scores.dtype == np.float64
    assert stats.kstest(scores.ravel(), "norm").pvalue > 1e-3
    assert abs(np.corrcoef(scores[:, :-1].ravel(), scores[:, 1:].ravel())[0, 1]) < 0.02


@EACH_CONTINUOUS
def test_a_score_is_the_normal_quantile_of_the_distribution_function(law, expected):
    x = true(law, 10_000, 2, "float64")
    scores = law.scores(x, 53, np.random.default_rng(5))
    np.testing.assert_allclose(scores, stats.norm.ppf(expected.cdf(x)), rtol=1e-7, atol=1e-7)


def test_a_point_has_one_value_and_no_score():
    law = Point(0.1)
    assert (law.mean, law.std, law.support, law.is_random) == (0.1, 0.0, (0.1, 0.1), False)
    assert list(law.cdf(np.array([0.0, 0.1, 0.2]))) == [0, 1, 1]
    assert list(law.quantile(np.array([0.1, 0.9]))) == [0.1, 0.1]
    assert all(law.outside(rounded(np.full(3, 0.1), dtype), dtype).size == 0 for dtype in DTYPES)
    assert law.outside(np.array([0.0, 0.1001, math.nan, math.inf], np.float32)).size == 4
    pool = pooled(sample(law, np.full((4, 5), 0.1, np.float32)))
    assert (pool.n, pool.stray, pool.p_values(), pool.summary()) == (20, 0, {}, "n 20")


IMPOSSIBLE = [
    *itertools.product(
        (lambda scale: Normal(0.0, scale), lambda scale: Uniform(-scale, scale), TruncatedNormal),
        (0.0, -1.0, math.nan, math.inf, -math.inf, 1e-50, 1e39),
    ),
    *itertools.product((lambda mean: Normal(mean, 1.0),), (math.nan, math.inf, -math.inf)),
    *itertools.product((lambda low: Uniform(low, 1.0),), (math.nan, -math.inf, 1.0, 2.0)),
    *itertools.product((lambda outer: TwoSidedUniform(0.0, outer),), (math.nan, math.inf, 1e-50, 1e39)),
]


@pytest.mark.parametrize(("make", "scale"), IMPOSSIBLE)
def test_an_impossible_scale_is_refused(make, scale):
    with pytest.raises(
        SpecError, match=r": (a standard deviation from 1e-30 to 1e\+30 is accepted|0 <= inner < outer .* expected)$"
    ):
        make(scale)


@pytest.mark.parametrize(
    "make",
    [lambda: Normal(1e30, 1.0), lambda: Normal(-1e6, 1.0), lambda: Uniform(1e8, 1e8 + 1), lambda: Normal(1, 1e-6)],
)
def test_a_law_too_narrow_for_float32_is_refused(make):
    with pytest.raises(SpecError, match="too narrow for its distance from zero: float32 has few values in it"):
        make()


@pytest.mark.parametrize(
    "make",
    [
        *(lambda cut=cut: TruncatedNormal(1.0, cut) for cut in (0.0, -2.0, 1e-9, math.nan, math.inf)),
        *(lambda sides=sides: TwoSidedUniform(*sides) for sides in ((5, 5), (10, 5), (-5, 10), (0, 1e200))),
        *(lambda zero=zero: TwoSidedUniform(5.0, 10.0, zero) for zero in (1.0, 1.5, -0.5, math.nan)),
        *(lambda value=value: Point(value) for value in (math.nan, math.inf, -math.inf)),
    ],
)
def test_a_law_that_is_none_is_refused(make):
    with pytest.raises(SpecError):
        make()


@EACH
def test_a_law_at_every_scale_that_is_accepted_has_true_draws(law):
    for scale in (1e-25, 1.0, 1e25):
        scaled = {
            Normal: lambda law, scale: Normal(law.center * scale, law.deviation * scale),
            Uniform: lambda law, scale: Uniform(law.low * scale, law.high * scale),
            TruncatedNormal: lambda law, scale: TruncatedNormal(law.deviation * scale, law.cut),
            FewTries: lambda law, scale: FewTries(law.center * scale, law.deviation * scale, law.tries),
            TwoSidedUniform: lambda law, scale: TwoSidedUniform(law.inner * scale, law.outer * scale, law.zero),
        }[type(law)](law, scale)
        assert accepted(sample(scaled, true(scaled, (60, 70), 3)))


# Rounding: for every dtype, true draws are accepted, and an atom is detected.


def accepted(*samples, share=1e-6):
    """Whether the judge finds nothing in one program's draws, nor in a pool of them."""
    pool = pooled(*samples)
    return examine(samples) is None and pool.stray == 0 and pool.rejected(share) == {}


@EACH
@EACH_DTYPE
def test_true_draws_of_every_type_are_accepted(law, dtype):
    for seed in range(3):
        assert accepted(sample(law, true(law, (150, 200), seed, dtype), dtype))


@EACH
@EACH_DTYPE
def test_a_rounded_bound_belongs_to_the_support_and_what_is_beyond_does_not(law, dtype):
    for bound, outward in zip(law.support, (-1, 1)):
        assert law.outside(rounded(np.array([bound]), dtype), dtype).size == 0
        beyond = rounded(np.array([bound + outward * max(0.02 * abs(bound), 1e-6)]), dtype)
        assert law.outside(beyond, dtype).size == 1
    below, above = law.gap
    for edge in {below, above} - {0.0}:
        assert law.outside(rounded(np.array([edge]), dtype), dtype).size == 0
        assert law.outside(rounded(np.array([0.98 * edge]), dtype), dtype).size == 1


@EACH_DTYPE
def test_what_lies_in_the_rounding_interval_is_rounded_to_its_element(dtype):
    array = true(Normal(0.0, 1.0), 2000, 4, dtype)
    array[:4] = 1.0, -1.0, 0.5, -2.0  # the spacing of numbers above and below differs
    bits = sample(Normal(0.0, 1.0), array, dtype).bits
    lower, upper = rounding_interval(array.astype(np.float64), bits)
    if dtype == "float64":
        assert np.all((lower <= array) & (array <= upper))
        return
    for inside in (0.999, 0.5):
        assert np.array_equal(rounded(array + inside * (upper - array), dtype), array)
        assert np.array_equal(rounded(array - inside * (array - lower), dtype), array)
    assert np.all(rounded(array + 1.001 * (upper - array.astype(np.float64)), dtype) > array)
    assert np.all(rounded(array - 1.001 * (array.astype(np.float64) - lower), dtype) < array)


def with_atom(law, value, dtype, shape=(400, 400), seed=5):
    """Draws in which each element is set to one value with probability 1/1000."""
    hit = np.random.RandomState(seed + 1000).uniform(size=shape) < 0.001
    return rounded(np.where(hit, value, true(law, shape, seed, "float64")), dtype)


def seen(drawn, share=1e-9):
    return examine([drawn]) is not None or pooled(drawn).rejected(share) != {}


BOUNDED = [law for name, law in LAWS.items() if name not in UNBOUNDED]


@pytest.mark.parametrize("law", BOUNDED, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_an_atom_at_a_bound_is_seen_in_every_type(law, dtype):
    shape = (750, 750) if dtype == "bfloat16" else (400, 400)  # here even true draws are rounded to a bound
    for bound in law.support:
        assert seen(sample(law, with_atom(law, bound, dtype, shape), dtype))


AROUND_ZERO = [law for name, law in LAWS.items() if law.mean == 0 and not law.atoms and name != "two-sided"]


@pytest.mark.parametrize("law", AROUND_ZERO, ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_an_atom_at_zero_is_seen_in_every_type(law, dtype):
    shape = (400, 400) if dtype == "float32" else (750, 750)
    assert seen(sample(law, with_atom(law, 0.0, dtype, shape), dtype))


NARROW = [
    *((Uniform(1.0, high), "float32") for high in (1.001, 1.01)),
    (Normal(1000.0, 0.1), "float32"),
    (TwoSidedUniform(9.999, 10.0), "float32"),
    *((Normal(0.0, deviation), "float16") for deviation in (1e-6, 1e-5, 1e-4, 1e-3, 1e4)),
    *((Uniform(-1e-6, 1e-6), "float16"), (TruncatedNormal(1e-6), "float16")),
]


@pytest.mark.parametrize(("law", "dtype"), NARROW, ids=str)
def test_true_draws_that_few_numbers_of_their_type_can_hold_are_accepted(law, dtype):
    for seed in range(2):
        assert accepted(sample(law, true(law, (400, 500), seed, dtype), dtype))


@pytest.mark.parametrize(
    ("low", "high"),
    [(0, 1), (-1, 5), (1, 1.7), (16, 17), (16, 24.5), (4, 4.25), (100, 104), (-1.03125, -1), (1, 1.015625)],
)
def test_true_draws_are_accepted_however_many_float32_numbers_there_are_between_their_bounds(low, high):
    """A power of two, or a number that divides the finest intervals unevenly by one."""
    law = Uniform(low, high)
    drawn = [law.quantile(np.random.default_rng([seed, 9]).random((200, 300))).astype(np.float32) for seed in range(10)]
    assert all(examine([sample(law, array)]) is None for array in drawn)
    assert min(pooled(*(sample(law, array) for array in drawn)).p_values().values()) > 1e-5


@pytest.mark.parametrize("seed", [0, 1])
def test_true_draws_may_come_from_any_seed_of_the_judges_own_generator(seed):
    """Draws are often made with seeds like 0; the judge's own random numbers must differ from them."""
    for law in (Uniform(-0.07, 0.07), Normal(0.0, 1.0)):
        drawn = rounded(law.quantile(np.random.default_rng(seed).random((200, 300))), "bfloat16")
        assert accepted(sample(law, drawn, "bfloat16"))


@EACH_DTYPE
def test_an_atom_where_nothing_is_drawn_lies_outside(dtype):
    law = TWO_SIDED["two-sided"]
    assert "elements lie outside" in flaw(sample(law, with_atom(law, 0.0, dtype, (50, 50)), dtype))


# Flaws of a single array: found if planted, from the size at which chance is excluded.

STANDARD = Normal(0.0, 1.0)
#: A bound on the probability that a standard normal float32 has a given magnitude: twice the spacing at 2.
CHANCE = 2.0**-21


def standard(*shape, seed=6):
    return true(STANDARD, shape, seed)


def found(array, law=STANDARD):
    return dependence(sample(law, array))


def smallest(plant, sizes):
    """The smallest size at which a planted flaw is found. All larger ones must be found, too."""
    noticed = [bool(found(plant(size))) for size in sizes]
    assert True in noticed
    first = noticed.index(True)
    assert all(noticed[first:])
    return sizes[first]


@EACH
@EACH_DTYPE
def test_no_magnitude_is_likelier_than_its_bound(law, dtype):
    x = np.abs(true(law, 20_000, 7, dtype).astype(np.float64))
    x = x[~np.isin(x, law.atoms)]
    bits = sample(law, np.zeros(1, np.float32), dtype).bits
    both = sum(law.cdf(upper) - law.cdf(lower) for lower, upper in (rounding_interval(s * x, bits) for s in (-1, 1)))
    assert both.max() <= law.coincidence(bits)


def test_the_bound_is_twice_the_spacing_at_two_deviations():
    assert STANDARD.coincidence(24) == CHANCE


@pytest.mark.parametrize("n", [6, 20, 100, 5000])
def test_equal_magnitudes_are_found_from_the_number_on_that_chance_excludes(n):
    def plant(number):
        array = standard(n)
        array[-number:] = 0.75
        array[-number] = -0.75
        return array

    certain = [m for m in range(2, 12) if math.comb(n, m) * fractions.Fraction(CHANCE) ** (m - 1) <= FALSE_ALARM_BOUND]
    assert smallest(plant, range(2, min(n, 12) + 1)) == min(certain)
    assert f"{min(certain)} of {n} elements have the magnitude 0.75" in found(plant(min(certain)))


@pytest.mark.parametrize("n", [30, 1000, 20_000])
def test_repeats_are_found_from_the_number_on_that_chance_excludes(n):
    def plant(number):
        """This many elements, spread over the array, are negatives of others."""
        array = standard(n)
        array[: 2 * number : 2] = -array[1 : 2 * number + 1 : 2]
        return array

    mean = n * n / 2 * CHANCE
    exact = next(number for number in range(1, n) if stats.poisson.sf(number - 1, mean) < FALSE_ALARM_BOUND)
    natural = n - np.unique(np.abs(standard(n))).size
    least = smallest(plant, range(1, min(n // 2, 400)))
    assert exact - natural <= least <= 1.25 * exact + 2
    assert "different magnitudes" in found(plant(least))


@pytest.mark.parametrize("mean", [1e-9, 1e-3, 0.5, 1.0, 30.0, 1000.0, 1e6])
def test_a_poisson_variable_surely_stays_below(mean):
    assert stats.poisson.sf(surely_more_than(mean) - 1, mean) < FALSE_ALARM_BOUND
    assert surely_more_than(mean) <= 1.07 * mean + 30 * math.sqrt(mean) + 90


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("what", ["rows", "columns"])
def test_a_repeated_line_is_found_from_the_length_on_that_chance_excludes(sign, what):
    def plant(length):
        lines = standard(7, length)
        lines[5] = sign * lines[2]
        return lines if what == "rows" else lines.T

    # Each of 21 pairs of lines may be equal by chance, element by element.
    certain = next(length for length in range(2, 20) if 21 * (2 * CHANCE) ** length <= FALSE_ALARM_BOUND)
    assert smallest(plant, range(2, 20)) == certain
    assert found(plant(certain)) == f"{what} 2 and 5 are equal but for signs"


@pytest.mark.parametrize("shape", [(200, 300), (3, 20_000), (20_000, 3)])
def test_a_repeated_line_of_a_large_array_is_found(shape):
    for axis in (0, 1):
        array = standard(*shape)
        lines = np.moveaxis(array, axis, 0)
        lines[-1] = lines[0]
        assert lines.shape[1] < 5 or found(array) != ""


@pytest.mark.parametrize("turned", [lambda x: x, lambda x: x[::-1]], ids=["up", "down"])
def test_a_sorted_array_is_found_from_the_length_on_that_chance_excludes(turned):
    certain = next(n for n in range(1, 40) if fractions.Fraction(4, math.factorial(n)) <= FALSE_ALARM_BOUND)
    assert smallest(lambda n: turned(np.sort(standard(n))), range(1, 60)) == certain
    by_rows = turned(np.sort(standard(77))).reshape(7, 11)
    assert found(by_rows) == "all 77 elements are in sorted order, row by row"
    assert found(np.asfortranarray(by_rows.T)) == "all 77 elements are in sorted order, column by column"
    by_rows[3, 4:6] = by_rows[3, 5:3:-1]
    assert found(by_rows) == ""


def with_bits(array, on):
    """The array with some bits of each significand set."""
    return (array.view(np.uint32) | np.uint32(on)).view(np.float32)


@pytest.mark.parametrize("bit", [3, 9, 18])
def test_a_bit_that_is_stuck_is_found_in_many_elements(bit):
    assert smallest(lambda n: with_bits(standard(n), 1 << bit), range(100, 150)) == 128
    assert f"bits {bit} to {bit} of the significand" in found(with_bits(standard(200), 1 << bit))


@pytest.mark.parametrize("bit", [0, 2, 22])
def test_a_bit_finer_than_the_generator_or_as_coarse_as_the_law_may_be_stuck(bit):
    assert found(with_bits(standard(3000), 1 << bit)) == ""


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_values_of_half_precision_are_found_in_few_elements(dtype):
    assert smallest(lambda n: rounded(standard(n), dtype).astype(np.float32), range(2, 64)) == 16
    law = Uniform(-0.07, 0.07)
    assert "bits 0 to" in found(rounded(true(law, (4, 4), 8), dtype).astype(np.float32), law)


SOURCES = (Normal(1.0, 0.01), *(law for law in LAWS.values() if not isinstance(law, Normal)), STANDARD)


@EACH_DTYPE
def test_true_draws_of_every_small_shape_have_no_flaw(dtype):
    laws = itertools.cycle(SOURCES)
    for seed, shape in enumerate(itertools.product(range(1, 41), range(1, 41))):
        law = next(laws)
        array = true(law, shape, seed, dtype)
        assert (
            examine([sample(law, array, dtype), sample(law, true(law, shape[:1], seed + 5000, dtype), dtype)]) is None
        )


@EACH_DTYPE
def test_true_draws_of_one_width_have_no_flaw(dtype):
    for seed, (law, n) in enumerate(itertools.product(SOURCES, (1, 2, 3, 15, 16, 17, 127, 128, 129, 3000, 70_000))):
        drawn = true(law, n, seed, dtype)
        for array in (drawn, drawn.reshape(1, -1), drawn.reshape(-1, 1)):
            assert examine([sample(law, array, dtype)]) is None


def test_draws_from_a_grid_of_23_bits_have_no_flaw():
    """Some generators have no finer uniform numbers."""
    for seed, (low, high) in enumerate(itertools.product((-8.0, -1.0, -0.07, 0.0), (0.07, 1.0, 8.0))):
        u = np.random.RandomState(seed).randint(0, 2**23, (300, 200)) / 2**23
        law = Uniform(low, high)
        array = (low + (high - low) * u).astype(np.float32)
        assert examine([sample(law, array), sample(law, true(law, (300, 200), 99))]) is None


@EACH
@EACH_DTYPE
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda array: np.full_like(array, math.nan), "60 of 60 elements lie outside .*: nan is one"),
        (lambda array: np.where(np.arange(60).reshape(6, 10) == 7, math.nan, array), "1 of 60 elements .*: nan is one"),
        (lambda array: np.where(np.arange(60).reshape(6, 10) == 7, math.inf, array), "1 of 60 elements .*: inf is one"),
        (lambda array: np.where(np.arange(60).reshape(6, 10) < 2, -math.inf, array), "2 of 60 .*: -inf is one"),
        (lambda array: array[:0], "^the array is empty$"),
        (lambda array: array[:, :0], "^the array is empty$"),
        (lambda array: array.ravel()[:0], "^the array is empty$"),
    ],
)
def test_what_no_law_gives_is_a_flaw(law, dtype, spoil, said):
    array = true(law, (6, 10), 9, dtype)
    spoiled = spoil(array).astype(array.dtype)
    at, answer, told = examine([sample(law, array, dtype), sample(law, spoiled, dtype)])
    assert (at, answer) == (1, "another distribution")
    assert re.search(said, told), told


@EACH
@EACH_DTYPE
def test_a_constant_is_never_accepted(law, dtype):
    value = true(law, 20, 10, dtype)
    value = value[~np.isin(value, law.atoms)][0]
    for shape in ((5, 5), (100, 100)):
        assert not accepted(sample(law, np.full(shape, value), dtype))


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "bool", "complex64", "longdouble"])
def test_a_type_that_draws_are_not_judged_in_is_refused(dtype):
    array = np.ones((3, 4), dtype)
    name = array.dtype.name
    for judge in (lambda drawn: examine([drawn]), pooled):
        with pytest.raises(
            SpecError, match=f"draws of type {name} are not judged; accepted: bfloat16, float16, float32"
        ):
            judge(sample(STANDARD, array))


# Flaws of two arrays.


def shared(one, other, law=STANDARD, other_law=STANDARD):
    return common(sample(law, one), sample(other_law, other))


@pytest.mark.parametrize("size", [10, 100, 10_000])
def test_a_slice_is_found_from_the_size_on_that_chance_excludes(size):
    array = standard(size)
    noticed = [bool(shared(array, -array[2 : 2 + k])) for k in range(1, min(size - 2, 64))]
    assert shared(array, standard(size, seed=11)) == ""
    least = noticed.index(True) + 1
    assert all(noticed[least - 1 :])
    assert (size * CHANCE) ** least <= FALSE_ALARM_BOUND
    assert (size * CHANCE) ** (least - 2) > FALSE_ALARM_BOUND


@pytest.mark.parametrize(
    "view",
    [
        lambda array: array.copy(),
        lambda array: -array,
        lambda array: array.T,
        lambda array: array.reshape(-1),
        lambda array: array.reshape(20, 15),
        lambda array: array[5:, 3:],
        lambda array: array[::-1, ::2],
        lambda array: np.sort(array, axis=None),
    ],
)
def test_elements_that_two_arrays_have_in_common_are_found(view):
    array = standard(15, 20)
    for one, other in ((array, view(array)), (view(array), array)):
        assert "elements looked up are also in the other array, but for signs" in shared(one, other)


@pytest.mark.parametrize("view", [lambda a: a, lambda a: a.T, lambda a: a.ravel(), lambda a: a[:, :4], lambda a: -a])
def test_a_generator_that_was_started_twice_alike_for_two_scales_is_found(view):
    array = standard(12, 9)
    said = shared(array, (0.3 * view(array)).astype(np.float32), other_law=Normal(0.0, 0.3))
    assert "elements are the other array's, but for scale and signs" in said


def test_two_families_drawn_from_the_same_uniform_numbers_are_found():
    normal, uniform = Normal(0.0, 1.0), Uniform(-0.07, 0.07)
    assert shared(true(normal, (6, 7), 12), true(uniform, (6, 7), 12), normal, uniform) != ""


@EACH_DTYPE
def test_draws_made_apart_have_nothing_in_common(dtype):
    drawn = [
        sample(law, true(law, shape, seed, dtype), dtype)
        for seed, (law, shape) in enumerate(itertools.product(SOURCES, ((1, 1), (7,), (20, 30), (300, 250))))
    ]
    assert [common(one, other) for one, other in itertools.combinations(drawn, 2) if common(one, other)] == []


def test_what_is_not_random_may_be_equal():
    zeros = sample(Point(0.0), np.zeros((30, 30), np.float32))
    assert examine([zeros, zeros]) is None


# Statistics: p-values.

TAILS = (0.7, 0.05, 1e-3, 1e-9, 1e-15, 1e-30)
SIZES = (1, 2, 3, 10, 101, 10_000, 1_000_000)


@pytest.mark.parametrize("p", TAILS)
@pytest.mark.parametrize("n", SIZES)
def test_p_values_of_moments_are_those_of_scipy(n, p):
    for total in (math.sqrt(n) * stats.norm.isf(p / 2), -math.sqrt(n) * stats.norm.isf(p / 2)):
        assert Moments(n, total, 0.0).mean_p() == pytest.approx(p, rel=1e-9)
    for squares in (stats.chi2.isf(p / 2, n), stats.chi2.ppf(p / 2, n)):
        slow = 2 * min(stats.chi2.cdf(squares, n), stats.chi2.sf(squares, n))
        assert Moments(n, 0.0, float(squares)).spread_p() == pytest.approx(slow, rel=1e-9)
        assert slow == pytest.approx(p, rel=1e-6)


@pytest.mark.parametrize("n", [2, 20, 1000, 100_000])
@pytest.mark.parametrize("deviations", [2.0, 6.0, 8.0])
def test_the_upper_tail_of_chi_squared_is_its_closed_form(n, deviations):
    """For an even number of degrees of freedom, it is a sum of Poisson probabilities."""
    squares = n + deviations * math.sqrt(2 * n)
    terms = [k * math.log(squares / 2) - squares / 2 - math.lgamma(k + 1) for k in range(n // 2)]
    assert Moments(n, 0.0, squares).spread_p() == pytest.approx(2 * math.fsum(map(math.exp, terms)), rel=1e-7)


@pytest.mark.parametrize("p", TAILS)
@pytest.mark.parametrize("m", SIZES)
def test_p_values_of_pairs_are_those_of_scipy(m, p):
    share = float(stats.beta.ppf(p / 2, m / 2, m / 2))
    slow = 2 * stats.beta.cdf(share, m / 2, m / 2)
    assert Pairs(m, share, 1 - share).p() == pytest.approx(slow, rel=1e-6)
    assert Pairs(m, 1 - share, share).p() == pytest.approx(slow, rel=1e-6)
    assert slow == pytest.approx(p, rel=1e-5)


@pytest.mark.parametrize("share", [fractions.Fraction(1, 2), fractions.Fraction(2, 5), fractions.Fraction(1, 50)])
@pytest.mark.parametrize("half", [1, 5, 40])
def test_p_values_of_pairs_are_the_closed_form(half, share):
    """For integer parameters, the beta distribution is a sum of binomial probabilities."""
    n = 2 * half - 1
    below = sum(math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(half, n + 1))
    assert Pairs(2 * half, float(share), float(1 - share)).p() == pytest.approx(min(1.0, float(2 * below)), rel=1e-9)


def around(count, n, share):
    """The range of a count's normal score: from the probability of fewer to that of at most as many."""
    below, above = stats.binom.cdf([count - 1, count], n, share), stats.binom.sf([count, count - 1], n, share)
    return np.where(below < above[::-1], stats.norm.ppf(below), stats.norm.isf(above[::-1]))


@pytest.mark.parametrize("share", [0.5, 0.4, 0.02, 0.93])
@pytest.mark.parametrize("n", [1, 2, 10, 101, 10_000, 3_000_000])
def test_a_binomial_count_becomes_a_normal_score_of_its_probability(n, share):
    deviation = math.sqrt(n * share * (1 - share))
    for deviations in (-30.0, -8.5, -3.0, -0.3, 0.0, 0.5, 4.0, 7.0, 25.0):
        count = min(max(0, round(n * share + deviations * deviation)), n)
        low, high = around(count, n, share)
        (seen,) = as_normal(np.array([count]), np.array([n]), np.array([share]))
        assert low - 1e-6 <= seen <= high + 1e-6


def test_the_probability_of_a_count_is_taken_up_to_a_random_part():
    """Three trials have only four possible counts, and yet the probabilities are uniform."""
    counts, n = np.random.RandomState(0).binomial(3, 0.3, 20_000), np.full(20_000, 3)
    scores = as_normal(counts, n, np.full(20_000, 0.3))
    assert stats.kstest(scores, "norm").pvalue > 1e-3
    assert np.array_equal(scores, as_normal(counts, n, np.full(20_000, 0.3)))
    assert not np.array_equal(scores[:-1], as_normal(counts[:-1], n[:-1], np.full(19_999, 0.3)))


def test_counts_that_cannot_be_are_infinitely_far():
    n = np.array([10**6, 10**6])
    assert as_normal(np.array([0, 10**6]), n, np.array([0.5, 0.5])).tolist() == [-math.inf, math.inf]
    assert np.all(np.isfinite(as_normal(np.array([0, 0]), np.array([0, 1]), np.array([0.5, 1e-9]))))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("deviations", [0.5, 3.0, 6.5, 8.5])
def test_p_values_of_bits_are_those_of_scipy(n, deviations):
    fewest = max(0, round(n / 2 - deviations * math.sqrt(n) / 2))
    half = BITS // 2
    leading, trailing = np.zeros((2, 2**half), np.int64)
    leading[[0, -1]] = n - n // 2, n // 2
    trailing[[0, -1 - 32, -1]] = n - n // 2, n // 2 - fewest, fewest  # one bit is set less often than the others
    assert Bits(n, leading, trailing).ones.tolist() == [*[n // 2] * 5, fewest, *[n // 2] * (BITS - 6)]
    # The other counts are in the middle, where nothing is unusual; for one or two trials, there are no others.
    if n > 2 and deviations > 1:
        less, most = (1 - (1 - 2 * stats.binom.cdf(count, n, 0.5)) ** BITS for count in (fewest - 1, fewest))
        least, greatest = 2 * BITS * stats.binom.cdf([fewest - 1, fewest], n, 0.5)
        low, high = (less, most) if greatest > 1e-9 else (least * (1 - 1e-6), greatest)
        assert low <= Bits(n, leading, trailing).p() <= high
        assert low <= Bits(n, leading[::-1], trailing[::-1]).p() <= high


def test_bits_are_those_of_the_uniform_number():
    u = np.random.RandomState(13).uniform(0.001, 0.999, 5000)
    bits = Bits()
    bits.add(u)
    words = np.floor(u * 2**BITS).astype(int)
    assert bits.n == 5000
    np.testing.assert_allclose(bits.ones, [np.sum(words >> bit & 1) for bit in range(BITS)], atol=2)


EDGES = np.concatenate([[-np.inf], np.arange(-REACH, REACH + WIDTH / 2, WIDTH), [np.inf]])


def histogram(scores):
    counted = Histogram()
    counted.add(scores)
    return counted


@pytest.mark.parametrize("n", [1, 2, 50, 3000])
def test_cells_are_counted_as_numpy_does(n):
    scores = 1.5 * np.random.RandomState(n).standard_normal(n)
    assert np.array_equal(histogram(scores).counts, np.histogram(scores, EDGES)[0])
    assert histogram(np.array([-1e300, -1e6, 1e6, 1e300])).counts[[0, -1]].tolist() == [2, 2]


def halved(start, stop):
    """The range of cells and all its halvings, by the definition: split in two halves of nearly equal probability."""
    if stop - start < 2:
        return []
    below = stats.norm.cdf(EDGES)
    middle = min(range(start + 1, stop), key=lambda at: abs(below[at] - (below[start] + below[stop]) / 2))
    return [(start, middle, stop), *halved(start, middle), *halved(middle, stop)]


@functools.cache
def every_halving():
    """All halvings, widest first."""
    found, depth = [], {(0, EDGES.size - 1): 0}
    for start, middle, stop in halved(0, EDGES.size - 1):
        depth[start, middle] = depth[middle, stop] = depth[start, stop] + 1
        found.append((depth[start, stop], start, middle, stop))
    return [run for _, *run in sorted(found)]


@pytest.mark.parametrize("n", [1, 7, 400, 20_000])
def test_counts_of_halvings_are_binomial_given_their_run(n):
    scores = np.random.RandomState(n).standard_normal(n)
    scores[: n // 20] = 0.3
    found, counts, expected = (
        histogram(scores).halvings(),
        np.histogram(scores, EDGES)[0],
        np.diff(stats.norm.cdf(EDGES)),
    )
    runs = every_halving()
    assert len(runs) == counts.size - 1 == found.normal.size
    assert found.every.tolist() == [counts[start:stop].sum() for start, _, stop in runs]
    assert found.lower.tolist() == [counts[start:middle].sum() for start, middle, _ in runs]
    for at in range(0, len(runs), 7):
        start, middle, stop = runs[at]
        share = expected[start:middle].sum() / expected[start:stop].sum()
        low, high = around(counts[start:middle].sum(), counts[start:stop].sum(), share)
        assert low - 1e-6 <= found.normal[at] <= high + 1e-6
    coarse = found.normal[:COARSE]
    assert found.distance == pytest.approx(sum(coarse**2))
    assert found.distance_p() == pytest.approx(
        2 * min(stats.chi2(63).sf(sum(coarse**2)), stats.chi2(63).cdf(sum(coarse**2)))
    )
    worst = 2 * stats.norm.sf(np.abs(found.normal).max())
    assert found.oddest_p() == pytest.approx(1 - (1 - worst) ** len(runs), rel=1e-6, abs=1e-12)


def test_coarse_halvings_are_of_a_sixty_fourth_or_more():
    below = stats.norm.cdf(EDGES)
    probabilities = [below[stop] - below[start] for start, _, stop in every_halving()[:COARSE]]
    assert COARSE == 63
    assert min(probabilities) == pytest.approx(1 / 32, rel=0.06)


@pytest.mark.parametrize("extra", [200, 320])
def test_the_tail_of_a_cell_is_accurate(extra):
    """A cell that expects half of about 156, with p-values of about 1e-20 and 1e-60."""
    counts = np.diff(np.round(100_000 * stats.norm.cdf(EDGES))).astype(np.int64)
    cell = 1 + round(REACH / WIDTH)
    counts[cell] += extra
    found = Histogram(counts).halvings()
    start, middle, stop = every_halving()[int(np.abs(found.normal).argmax())]
    assert start <= cell < stop
    assert stop - start == 2
    seen, n = int(counts[cell]), int(counts[start:stop].sum())
    assert found.oddest().startswith(f"{seen if middle > cell else n - seen} scores from ")
    tails = [sum(math.comb(n, k) for k in range(least, n + 1)) / 2**n for least in (seen + 1, seen)]
    low, high = (2 * found.normal.size * tail for tail in tails)
    assert low * 0.98 <= found.oddest_p() <= high * 1.02  # neighbouring cells are not exactly equally likely
    assert found.oddest_p() < 1e-17


@pytest.mark.parametrize("n", [1, 3, 40, 3000])
def test_p_values_of_counts_are_uniform_under_true_draws(n):
    p_values = []
    for scores in np.random.RandomState(n).standard_normal((1500, n)):
        halvings, bits = histogram(scores).halvings(), Bits()
        bits.add(stats.norm.cdf(scores))
        p_values.append((halvings.distance_p(), halvings.oddest_p(), bits.p()))
    for of_one_test in zip(*p_values):
        assert stats.kstest(of_one_test, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_exact_p_values_of_true_draws_are_uniform(n):
    drawn = np.random.RandomState(n).standard_normal((3000, 2, n))
    moments, pairs = [Moments() for _ in drawn], [Pairs() for _ in drawn]
    for moment, pair, (one, other) in zip(moments, pairs, drawn):
        moment.add(one)
        pair.add(one, other)
    for p_values in (
        [moment.mean_p() for moment in moments],
        [moment.spread_p() for moment in moments],
        [pair.p() for pair in pairs],
    ):
        assert stats.kstest(p_values, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("n", [1, 2, 5])
def test_each_draw_is_in_one_pair_so_that_p_values_are_uniform(n):
    """Six parameters, or calls, or seeds, one after the other."""
    drawn = np.random.RandomState(n).standard_normal((3000, 6, 1, n)).astype(np.float32)
    for test, parameters, seedings in (
        (PARAMETERS, "abcdef", [1] * 6),
        (CALLS, "a" * 6, [1] * 6),
        (SEEDS, "a" * 6, range(6)),
    ):
        p_values = []
        for arrays in drawn:
            pool = Pool()
            pool.add([Sample(array, STANDARD, *which) for array, which in zip(arrays, zip(parameters, seedings))])
            p_values.append(pool.pairs[test].p())
        assert stats.kstest(p_values, "uniform").pvalue > 1e-3, test


def test_what_was_not_seen_is_not_held_against_anything():
    assert (Moments().mean_p(), Moments().spread_p(), Pairs().p()) == (1, 1, 1)
    assert Bits().p() == 1
    assert math.isnan(Moments().mean)
    assert math.isnan(Moments().spread)
    assert math.isnan(Pairs().correlation)
    assert Pool().p_values() == {}
    assert Pool().summary() == "n 0"


def test_equal_scores_are_rejected_by_all_that_they_contradict():
    scores, moments, pairs, bits = np.zeros(2000), Moments(), Pairs(), Bits()
    moments.add(scores)
    pairs.add(scores, scores)
    bits.add(scores + 0.5)
    assert moments.mean_p() == 1
    assert max(moments.spread_p(), pairs.p(), bits.p()) < 1e-100
    assert max(histogram(scores).halvings().distance_p(), histogram(scores).halvings().oddest_p()) < 1e-100
    for same in (scores + 1, scores - 1):
        pairs = Pairs()
        pairs.add(same, same)
        assert pairs.p() < 1e-100
        assert pairs.correlation == pytest.approx(1.0)


def test_moments_add_up():
    scores, apart = np.random.RandomState(14).standard_normal((6, 70)), Moments()
    for part in np.split(scores, 3):
        one = Moments()
        one.add(part)
        apart.merge(one)
    assert apart.n == 420
    assert apart.mean == pytest.approx(scores.mean())
    assert apart.spread == pytest.approx(math.sqrt(np.square(scores).mean()))


# Pools.

SHAPES = [
    *[(n,) for n in (1, 7, 32_768, 32_769, 100_001)],
    *[(1, 1), (3, 5), (1, 100_001), (100_001, 1), (2, 70_001), (70_001, 2), (33, 3000), (181, 182), (300, 301)],
    *[(5, 32_769), (3, 65_536), (4097, 9)],
    *[(2, 3, 5), (40, 50, 60), (3, 1, 40_000), (40_000, 1, 3)],
    *[(0,), (0, 3), (3, 0), (2, 0, 3)],
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_blocks_hold_every_element_once(shape):
    array = np.arange(math.prod(shape)).reshape(shape)
    pieces = list(blocks(array))
    counted = np.bincount(
        np.concatenate([piece.ravel() for piece in pieces] or [np.zeros(0, int)]), minlength=array.size
    )
    assert counted.tolist() == [1] * array.size
    assert all(piece.ndim == 2 and 0 < piece.size <= 2 * pools.BLOCK for piece in pieces)


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if 0 not in shape], ids=str)
@pytest.mark.parametrize("name", ["normal", "uniform"])
def test_a_pool_of_blocks_is_the_pool_of_the_whole(shape, name, monkeypatch):
    drawn = sample(LAWS[name], true(LAWS[name], shape, 15), parameter="weight", fans=(4, 3))
    monkeypatch.setattr(pools, "SAMPLE", 2**30)
    apart = pooled(drawn, drawn)
    monkeypatch.setattr(pools, "BLOCK", 2**30)
    together = pooled(drawn, drawn)
    assert np.array_equal(apart.histogram.counts, together.histogram.counts)
    for moments, all_moments in zip(apart.moments.values(), together.moments.values()):
        assert moments.n == all_moments.n
        assert moments.total == pytest.approx(all_moments.total, abs=1e-6)
        assert moments.squares == pytest.approx(all_moments.squares)
    if len(shape) < 3:  # with more axes, a column has other neighbours
        for test in (ROWS, COLUMNS):
            assert apart.pairs[test].m == together.pairs[test].m
            assert apart.pairs[test].sums == pytest.approx(together.pairs[test].sums)


def test_neighbours_are_paired_in_rows_and_in_columns():
    array = standard(60, 70)
    for test, changed in ((ROWS, array.copy()), (COLUMNS, array.T.copy())):
        changed[:, 1::2] = 0.9 * changed[:, ::2] + math.sqrt(1 - 0.81) * changed[:, 1::2]
        pool = pooled(sample(STANDARD, changed if test == ROWS else np.ascontiguousarray(changed.T)))
        assert pool.pairs[test].correlation == pytest.approx(0.9, abs=0.02)
        assert set(pool.rejected(1e-9)) == {test}
    pool = pooled(sample(STANDARD, standard(61, 71)))
    assert (pool.pairs[ROWS].m, pool.pairs[COLUMNS].m) == (61 * 35, 30 * 71)


@pytest.mark.parametrize(
    ("edge", "where"),
    [
        ("first element", np.s_[0, 0]),
        ("last element", np.s_[-1, -1]),
        ("first row", np.s_[0]),
        ("last row", np.s_[-1]),
        ("first column", np.s_[:, 0]),
        ("last column", np.s_[:, -1]),
    ],
)
@pytest.mark.parametrize("shape", [(6, 9), (200, 300)])
def test_each_edge_has_its_own_deviation(edge, where, shape):
    array = standard(*shape)
    array[where] *= 3
    pool = pooled(sample(STANDARD, array))
    expected = pooled(sample(STANDARD, standard(*shape)))
    changed, kept = (one.moments[f"standard deviation of the {edge}"] for one in (pool, expected))
    assert changed.n == kept.n == np.size(array[where])
    assert changed.spread == pytest.approx(3 * kept.spread)


@pytest.mark.parametrize(("fans", "named"), [((3, 2), "fan_in > fan_out"), ((2, 3), "fan_in < fan_out"), ((2, 2), "")])
def test_weights_are_told_apart_by_their_fans(fans, named):
    pool = pooled(sample(STANDARD, standard(4, 5), fans=fans))
    assert [name for name in pools.FANS if pool.moments[f"standard deviation where {name}"].n] == [named][: len(named)]


def test_a_bias_has_no_edges_and_no_fans():
    assert set(pooled(sample(STANDARD, standard(50))).p_values()) == {*TESTS[:4], WHOLE, ROWS}


def draw(parameter, seeding, seed, shape=(20, 30)):
    return sample(STANDARD, standard(*shape, seed=seed), parameter=parameter, seeding=seeding)


def paired(*drawn):
    pool = pooled(*drawn)
    return {name: pool.pairs[name].m for name in (PARAMETERS, CALLS, SEEDS)}


def test_what_follows_one_another_is_compared_and_nothing_else():
    a0, b0, a1, b1, c0 = (draw(*about) for about in (("a", 0, 1), ("b", 0, 2), ("a", 0, 3), ("b", 5, 4), ("c", 5, 5)))
    assert paired(a0) == {PARAMETERS: 0, CALLS: 0, SEEDS: 0}
    assert paired(a0, b0) == {PARAMETERS: 300, CALLS: 0, SEEDS: 0}
    assert paired(a0, a1) == {PARAMETERS: 0, CALLS: 600, SEEDS: 0}
    assert paired(b0, b1) == {PARAMETERS: 0, CALLS: 0, SEEDS: 600}
    assert paired(a0, b0, a1, b1, c0) == {PARAMETERS: 1200, CALLS: 600, SEEDS: 600}


def test_the_pairs_are_the_ones_intended():
    """Each later array is correlated with an earlier one: only the test of that pair detects it."""
    for parameters, seedings, test in (("ab", (0, 0), PARAMETERS), ("aa", (0, 0), CALLS), ("aa", (0, 5), SEEDS)):
        before = standard(40, 50, seed=1)
        after = (0.8 * standard(40, 50, seed=2) - 0.6 * before).astype(np.float32)
        drawn = [
            sample(STANDARD, array, parameter=parameter, seeding=seeding)
            for array, parameter, seeding in zip((before, after), parameters, seedings)
        ]
        pool = pooled(*drawn)
        assert pool.pairs[test].correlation == pytest.approx(-0.6, abs=0.03)
        rejected = set(pool.rejected(1e-9))
        assert test in rejected
        assert not rejected & ({PARAMETERS, CALLS, SEEDS} - {test})


def test_of_arrays_of_two_sizes_the_common_beginning_is_paired():
    assert paired(draw("a", 0, 1, (20, 30)), draw("b", 0, 2, (7, 11))) == {PARAMETERS: 39, CALLS: 0, SEEDS: 0}


def test_programs_are_not_compared_with_one_another():
    pool = Pool()
    for seed in range(3):
        pool.add([draw("a", 0, seed)])
    assert pool.n == 1800
    assert [pool.pairs[name].m for name in (PARAMETERS, CALLS, SEEDS)] == [0, 0, 0]


def test_what_is_not_random_is_counted_and_not_compared():
    zeros = sample(Point(0.0), np.zeros((3, 4), np.float32), parameter="bias")
    pool = pooled(draw("a", 0, 1), zeros, draw("b", 0, 2))
    assert (pool.n, pool.moments[WHOLE].n) == (1212, 1200)
    assert pool.pairs[PARAMETERS].m == 300


def test_elements_outside_their_support_are_counted():
    array = true(LAWS["uniform"], (30, 40), 16)
    array[0, :3], array[1, 1] = 0.08, -0.0701
    pool = pooled(sample(LAWS["uniform"], array), sample(STANDARD, standard(5, 5)))
    assert (pool.n, pool.stray) == (1225, 4)


@pytest.mark.parametrize("turned", [np.asarray, np.transpose], ids=["in order", "transposed"])
@pytest.mark.parametrize("shape", [(3200, 3125), (10_000_000,), (10_000_000, 1)])
def test_judging_a_large_array_takes_little_more_memory_than_the_array(shape, turned):
    drawn = np.random.default_rng(17).standard_normal(shape, dtype="float32")
    judged = sample(STANDARD, turned(drawn), parameter="weight", seeding=0, fans=(5, 4))
    tracemalloc.start()
    try:
        assert accepted(judged)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert drawn.nbytes + peak < 1.5 * drawn.nbytes


def test_a_pool_has_a_p_value_for_every_test_that_there_is():
    weights = [draw(parameter, seeding, seed) for seed, (parameter, seeding) in enumerate(["a0", "a0", "a5", "b5"])]
    by_fans = [
        Sample(one.array, one.law, one.parameter, one.seeding, fans) for one, fans in zip(weights, [(3, 2), (2, 3)])
    ]
    pool = Pool()
    pool.add(weights)
    pool.add(by_fans)
    assert set(pool.p_values()) == set(TESTS)
    assert len(set(TESTS)) == len(TESTS)


def test_what_is_rejected_is_told_with_its_numbers():
    pool = pooled(sample(STANDARD, (1.2 * standard(100, 100) + 0.1).astype(np.float32)))
    told = pool.rejected(1e-9)
    whole = pool.moments[WHOLE]
    assert told["mean"] == f"{whole.mean:+.5f} deviations off, n 10000, p {whole.mean_p():.2g}"
    assert told[WHOLE] == f"{whole.spread:.5f} of what is expected, n 10000, p {whole.spread_p():.2g}"
    assert told["distribution function"].startswith(
        f"chi-squared {pool.histogram.halvings().distance:.1f}, 63 expected, n 10000, p "
    )
    assert pool.summary() == (
        f"n 10000, mean {whole.mean:+.5f} deviations, standard deviation {whole.spread:.5f} of what is expected"
    )


def test_a_test_fails_up_to_its_share_and_where_it_has_no_p_value():
    pool = pooled(sample(STANDARD, standard(30, 40)))
    least = min(pool.p_values().values())
    assert len(pool.rejected(least)) == 1
    assert pool.rejected(least * (1 - 1e-9)) == {}
    pool.moments[WHOLE].total = pool.moments[WHOLE].squares = pool.pairs[ROWS].sums = math.nan
    assert set(pool.rejected(1e-300)) == {"mean", WHOLE, ROWS}


# The budget.


@pytest.mark.parametrize(("adapters", "laws"), [(1, 1), (4, 8), (7, 100)])
def test_the_shares_of_all_tests_add_up_to_the_budget(adapters, laws):
    budget = Budget(1e-6, adapters, laws)
    assert budget.share * adapters * laws * len(TESTS) == pytest.approx(budget.total)


@pytest.mark.parametrize("total", [0.0, 1.0, -1e-6, 2.0, math.nan, math.inf])
def test_a_budget_that_is_no_probability_is_refused(total):
    with pytest.raises(SpecError, match=f"budget: {total} is not a probability between 0 and 1"):
        Budget(total, 1, 1)
