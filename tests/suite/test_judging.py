"""Judging: rounding is told from computing otherwise, true draws from others, and each verdict is reached for cause."""

import dataclasses
import functools
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from specs.arrays import Drawn
from specs.divergences import Divergence
from specs.errors import SpecError
from specs.judging import distributions as of
from specs.judging import rounding
from specs.judging.pools import Pool
from specs.judging.rounding import Bounded, exactly
from specs.judging.verdicts import Docket
from specs.laws.model import Draw, DrawLaw, Evidence, Observation, QuestionLaw, Raised
from specs.networks import Dense, Network, Slot
from specs.operations import Build, CountParameters, Seed
from specs.programs import Program
from specs.traces import Outcome, Record, Trace
from tests.strategies.networks import networks, sharing_networks

# Rounding: float32 computations of the same thing in several orders of summation, against the bounds.


def by_library(left, right):
    return left @ right


def left_to_right(left, right):
    return functools.reduce(np.add, (np.outer(left[:, k], right[k]) for k in range(left.shape[1])))


def right_to_left(left, right):
    return left_to_right(left[:, ::-1], right[::-1])


def from_both_ends(left, right):
    terms = [np.outer(left[:, k], right[k]) for k in range(left.shape[1])]
    while len(terms) > 1:
        terms = [functools.reduce(np.add, terms[k :: len(terms) // 2]) for k in range(len(terms) // 2)]
    return terms[0]


MULTIPLY = st.sampled_from((by_library, left_to_right, right_to_left, from_both_ends))


def sigmoid(x):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


ACTIVATIONS = {"none": lambda x: x, "relu": lambda x: np.maximum(x, 0), "tanh": np.tanh, "sigmoid": sigmoid}
SLOPES = {
    "none": np.ones_like,
    "relu": lambda y: (y > 0).astype(y.dtype),
    "tanh": lambda y: 1 - y * y,
    "sigmoid": lambda y: y * (1 - y),
}


def computed(network, values, batch, cotangent, multiply, dtype=np.float32):
    """Output, and gradients by owner, in one dtype throughout."""
    values = {slot: values[slot].astype(dtype) for slot in network.parameters}
    at, passed = functools.partial(_at, network, values), [batch.astype(dtype)]
    for position in range(len(network.layers)):
        before = multiply(passed[-1], at(position, "weight").T)
        if network.dense(position).bias:
            before = before + at(position, "bias")
        passed.append(ACTIVATIONS[network.dense(position).activation](before))
    gradients, flowing = {}, cotangent.astype(dtype)
    for position in reversed(range(len(network.layers))):
        flowing = flowing * SLOPES[network.dense(position).activation](passed[position + 1])
        ones = np.ones((1, len(batch)), dtype)
        parts = {"weight": multiply(flowing.T, passed[position]), "bias": multiply(ones, flowing)[0]}
        for role in network.dense(position).roles:
            owner = network.owner(Slot(position, role))
            gradients[owner] = gradients[owner] + parts[role] if owner in gradients else parts[role]
        flowing = multiply(flowing, at(position, "weight"))
    return passed[-1], gradients


def _at(network, values, position, role):
    return values[network.owner(Slot(position, role))]


@st.composite
def computations(draw):
    network = draw(networks() | sharing_networks())
    seed, rows, scale = draw(st.integers(0, 2**16)), draw(st.integers(1, 6)), draw(st.sampled_from((0.01, 1.0, 30.0)))
    values = {
        slot: Drawn(seed + at).array(network.shape(slot)) * np.float32(scale)
        for at, slot in enumerate(network.parameters)
    }
    batch = Drawn(seed + 100).array((rows, network.in_units))
    return network, values, batch, Drawn(seed + 200).array((rows, network.out_width))


@given(computation=computations(), multiply=MULTIPLY)
def test_float32_in_any_order_lies_within_the_bounds(computation, multiply):
    network, values, batch, cotangent = computation
    output, gradients = computed(*computation, multiply)
    due = rounding.forward(network, values, batch)[-1][1]
    assert due.admits(output), due.excess(output)
    due_gradients = rounding.gradients(network, values, batch, cotangent)
    assert set(due_gradients) == set(gradients)
    for slot, gradient in gradients.items():
        assert due_gradients[slot].admits(gradient), f"{slot.path}: {due_gradients[slot].excess(gradient)}"


@given(computation=computations(), times=st.sampled_from((-4.0, 4.0)), data=st.data())
def test_an_element_off_by_a_few_bounds_is_refused_and_named(computation, times, data):
    network, values, batch, cotangent = computation
    dues = [rounding.forward(network, values, batch)[-1][1]]
    dues += rounding.gradients(network, values, batch, cotangent).values()
    due = data.draw(st.sampled_from(dues))
    where = data.draw(st.tuples(*(st.integers(0, extent - 1) for extent in due.value.shape)))
    assume(due.error[where] > 0)
    seen = due.value.copy()
    seen[where] += times * due.error[where]
    assert not due.admits(seen)
    assert f"element {list(where)}" in due.excess(seen)


@given(seed=st.integers(0, 2**16), activation=st.sampled_from(sorted(ACTIVATIONS)))
def test_float16_is_refused(seed, activation):
    network = Network(6, (Dense(7, activation), Dense(5)))
    values = {slot: Drawn(seed + at).array(network.shape(slot)) for at, slot in enumerate(network.parameters)}
    batch, cotangent = Drawn(seed + 100).array((4, 6)), Drawn(seed + 200).array((4, 5))
    output, gradients = computed(network, values, batch, cotangent, by_library, np.float16)
    assert not rounding.forward(network, values, batch)[-1][1].admits(output)
    due = rounding.gradients(network, values, batch, cotangent)
    assert not due[Slot(1, "weight")].admits(gradients[Slot(1, "weight")])


@given(network=sharing_networks(), seed=st.integers(0, 2**16))
def test_a_gradient_is_the_sum_over_the_uses(network, seed):
    values = {slot: Drawn(seed + at).array(network.shape(slot)) for at, slot in enumerate(network.parameters)}
    batch, cotangent = Drawn(seed + 100).array((3, network.in_units)), Drawn(seed + 200).array((3, network.out_width))
    by_use = rounding.gradients_by_use(network, values, batch, cotangent)
    for owner, due in rounding.gradients(network, values, batch, cotangent).items():
        assert due.admits(sum(by_use[slot].value for slot in network.groups[owner]))


def kinked(bias):
    """Gradient of the weight under a relu whose argument is ``bias``."""
    network = Network(1, (Dense(1, "relu"),))
    values = {Slot(0, "weight"): np.ones((1, 1), np.float32), Slot(0, "bias"): np.full(1, bias - 1.0, np.float32)}
    one = np.ones((1, 1), np.float32)
    return rounding.gradients(network, values, one, one)[Slot(0, "weight")]


@pytest.mark.parametrize(("argument", "admitted"), [(0.0, [0, 1]), (2.0**-24, [0, 1]), (0.5, [1]), (-0.5, [0])])
def test_a_relu_has_either_slope_where_rounding_can_move_its_argument_over_zero(argument, admitted):
    due = kinked(argument)
    assert [slope for slope in (0, 1) if due.admits(np.full((1, 1), slope, np.float32))] == admitted


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_the_slope_of_an_activation_is_its_derivative(activation):
    arguments, h = np.linspace(-3.1, 3.0, 24).reshape(1, -1), 1e-6
    chosen = rounding.ACTIVATIONS[activation]
    above, below = (chosen.apply(exactly(arguments + step)).value for step in (h, -h))
    slope = chosen.slope(exactly(arguments), chosen.apply(exactly(arguments)))
    np.testing.assert_allclose(slope.value, (above - below) / (2 * h), atol=1e-8)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize("error", [1e-2, 1e-4])
def test_bounds_of_an_activation_and_its_slope_cover_every_argument_within_its_own(activation, error):
    arguments = np.linspace(-3.1, 3.0, 62).reshape(1, -1)
    chosen = rounding.ACTIVATIONS[activation]
    before = Bounded(arguments, np.full(arguments.shape, error))
    after = chosen.apply(before)
    slope = chosen.slope(before, after)
    for within in (-0.99 * error, -error / 3, error / 3, 0.99 * error):
        there = exactly(arguments + within)
        output = chosen.apply(there)
        assert after.admits(output.value), after.excess(output.value)
        assert slope.admits(chosen.slope(there, output).value), slope.excess(chosen.slope(there, output).value)


def test_another_shape_is_refused_even_where_it_broadcasts():
    due = Bounded(np.zeros((2, 3)), np.ones((2, 3)))
    assert not due.admits(np.zeros((1, 3)))
    assert "(1, 3)" in due.excess(np.zeros((1, 3)))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused_and_named(value):
    due = Bounded(np.zeros((2, 3)), np.ones((2, 3)))
    seen = np.zeros((2, 3))
    seen[1, 2] = value
    assert not due.admits(seen)
    assert "element [1, 2]" in due.excess(seen)


@pytest.mark.parametrize("rate", [0.5, 0.01])
def test_a_step_is_admitted_in_float32_and_refused_doubled(rate):
    value, gradient = Drawn(1).array((20, 30)), Drawn(2).array((20, 30))
    due = rounding.stepped(value, gradient, rate)
    assert due.admits(value - np.float32(rate) * gradient)
    assert not due.admits(value - np.float32(2 * rate) * gradient)


# Distributions, against large samples drawn without the suite.

SIZE = 400_000


def cut_normal(random, size, cut=2.0):
    drawn = random.standard_normal(2 * size)
    return drawn[np.abs(drawn) <= cut][:size]


def two_sided(random, size):
    return random.choice((-1.0, 1.0), size) * random.uniform(5.0, 10.0, size)


CUT_STD = 0.8796256610342398  # of a standard normal cut at two deviations

SAMPLED = {
    "normal": (of.normal(0.5, 2.0), lambda random, size: random.normal(0.5, 2.0, size)),
    "uniform": (of.uniform(-1.0, 3.0), lambda random, size: random.uniform(-1.0, 3.0, size)),
    "cut normal": (of.truncated_normal(0.1), lambda random, size: 0.1 / CUT_STD * cut_normal(random, size)),
    "two-sided": (of.two_sided_uniform(5.0, 10.0), two_sided),
}
EACH = pytest.mark.parametrize("kind", sorted(SAMPLED))


def sample(kind, size, seed=0, dtype=np.float32):
    return SAMPLED[kind][1](np.random.RandomState(seed), size).astype(dtype)


@EACH
def test_the_moments_of_a_distribution_are_those_of_its_draws(kind):
    distribution = SAMPLED[kind][0]
    drawn = sample(kind, SIZE, dtype=np.float64)
    z = (drawn - distribution.mean) / distribution.std
    assert abs(z.mean()) < 5 / math.sqrt(SIZE)
    assert np.square(z).mean() == pytest.approx(1.0, abs=5 * math.sqrt(distribution.square_variance / SIZE))
    assert np.square(z).var() == pytest.approx(distribution.square_variance, rel=0.03)
    assert (np.abs(z) > distribution.knee).mean() == pytest.approx(distribution.tail, abs=1e-3)
    assert np.abs(z).max() <= distribution.reach + 1e-6
    assert math.isinf(distribution.reach) or np.abs(z).max() > distribution.reach - 1e-3


def test_the_standard_deviation_of_a_cut_normal_is_that_of_its_density():
    x = np.linspace(-2.0, 2.0, 400_001)
    density = np.exp(-x * x / 2)
    moment = [float((density * x**power).sum() / density.sum()) for power in (2, 4)]
    distribution = of.truncated_normal(1.0)
    assert distribution.high == pytest.approx(2.0 / math.sqrt(moment[0]), rel=1e-5)
    assert distribution.square_variance == pytest.approx(moment[1] / moment[0] ** 2 - 1, rel=1e-5)
    assert math.sqrt(moment[0]) == pytest.approx(CUT_STD, rel=1e-5)


@pytest.mark.parametrize(
    ("distribution", "inside", "outside"),
    [
        (of.uniform(-0.07, 0.07), [-0.07, 0.0, 0.07], [-0.0701, 0.0701, math.nan, math.inf]),
        (of.point(0.0), [0.0, -0.0], [1e-30, -1.0, math.nan]),
        (of.point(0.1), [0.1], [0.1001, 0.0]),
        (of.normal(0.0, 1.0), [0.0, 40.0], [math.nan, math.inf, -math.inf]),
        (of.two_sided_uniform(5.0, 10.0), [-10.0, -5.0, 5.0, 10.0], [0.0, 4.99, -4.99, 10.01]),
        (of.truncated_normal(CUT_STD), [2.0, -2.0, 0.0], [2.001, -2.001]),
    ],
)
def test_only_what_a_distribution_never_gives_is_outside_it(distribution, inside, outside):
    assert distribution.outside(np.array(inside, np.float32)).size == 0
    assert distribution.outside(np.array(outside, np.float32)).size == len(outside)


# Pools: true draws pass whatever n is, others do not.

ALPHA = 1e-9


def pooled(arrays, distribution):
    pool = Pool()
    for array in arrays:
        pool.add(array, distribution)
    return pool


@EACH
@pytest.mark.parametrize("size", [1, 2, 3, 5, 10, 100, 10_000])
def test_true_draws_are_accepted(kind, size):
    for seed in range(20):
        assert pooled([sample(kind, size, seed)], SAMPLED[kind][0]).rejected(1e-6) == ""


@EACH
@pytest.mark.parametrize("size", [1, 2, 4, 16, 64])
def test_true_draws_are_rejected_no_more_often_than_stated(kind, size):
    alpha, runs = 0.1, 1500
    drawn = sample(kind, runs * size).reshape(runs, size)
    rejected = sum(pooled([row], SAMPLED[kind][0]).rejected(alpha) != "" for row in drawn)
    assert rejected <= alpha * runs + 4 * math.sqrt(alpha * runs)


def test_draws_of_several_distributions_are_pooled():
    pool = Pool()
    for seed in range(50):
        for kind in SAMPLED:
            pool.add(sample(kind, 97, seed), SAMPLED[kind][0])
    assert pool.rejected(ALPHA) == ""


def test_arrays_of_any_shape_are_pooled_element_by_element():
    drawn, distribution = sample("normal", 24), SAMPLED["normal"][0]
    parts = [drawn[:6].reshape(2, 3), drawn[6:7], drawn[7:7], drawn[7:].reshape(17, 1)]
    apart, together = pooled(parts, distribution), pooled([drawn], distribution)
    assert (apart.n, apart.in_tails) == (together.n, together.in_tails)
    assert (apart.total, apart.squares) == pytest.approx((together.total, together.squares))


@pytest.mark.parametrize(
    ("due", "seen", "why"),
    [
        (of.normal(0.0, 1.0), lambda r, n: r.normal(0.1, 1.0, n), "mean"),
        (of.normal(0.0, 1.0), lambda r, n: r.normal(0.0, 1.1, n), "standard deviation"),
        (of.normal(0.0, 1.0), lambda r, n: r.normal(0.0, 0.9, n), "standard deviation"),
        (of.normal(0.0, 1.0), cut_normal, "standard deviation"),
        (of.normal(0.0, 1.0), lambda r, n: cut_normal(r, n) / CUT_STD, "share past"),
        (of.normal(0.0, 1.0), lambda r, n: r.uniform(-math.sqrt(3), math.sqrt(3), n), "share past"),
        (of.normal(0.0, 1.0), lambda r, n: np.full(n, 0.5), "mean"),
        (of.normal(0.0, 1.0), lambda r, n: np.zeros(n), "standard deviation"),
        (of.normal(0.0, 1.0), lambda r, n: r.standard_t(4, n) / math.sqrt(2), "share past|standard deviation"),
        (of.uniform(-1.0, 1.0), lambda r, n: r.uniform(-0.9, 0.9, n), "standard deviation"),
        (of.uniform(-1.0, 1.0), lambda r, n: r.uniform(-1.1, 1.1, n), "outside the support"),
        (of.uniform(-1.0, 1.0), lambda r, n: r.uniform(-0.8, 1.0, n), "mean"),
        (of.uniform(-1.0, 1.0), lambda r, n: r.normal(0.0, 0.2, n), "standard deviation|outside the support"),
        (of.uniform(-1.0, 1.0), lambda r, n: np.zeros(n), "standard deviation"),
        (of.truncated_normal(1.0), lambda r, n: r.normal(0.0, 1.0, n), "outside the support"),
        (of.truncated_normal(1.0), cut_normal, "standard deviation"),
        (of.two_sided_uniform(5.0, 10.0), lambda r, n: r.uniform(-10.0, 10.0, n), "outside the support"),
        (of.two_sided_uniform(5.0, 10.0), lambda r, n: r.uniform(5.0, 10.0, n), "mean"),
        (of.point(0.0), lambda r, n: r.normal(0.0, 1e-3, n), "outside the support"),
        (of.point(1.0), lambda r, n: np.zeros(n), "outside the support"),
    ],
)
def test_draws_of_another_distribution_are_rejected(due, seen, why):
    drawn = seen(np.random.RandomState(3), 20_000).astype(np.float32)
    reason = pooled([drawn], due).rejected(ALPHA)
    assert any(part in reason for part in why.split("|")), reason
    assert "20000" in reason


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_rejected(value):
    drawn = sample("normal", 1000)
    drawn[500] = value
    assert pooled([drawn], SAMPLED["normal"][0]).rejected(ALPHA) != ""


def test_a_pool_without_draws_is_rejected():
    assert Pool().rejected(ALPHA) == "no draws were seen"
    assert pooled([np.zeros((0, 3), np.float32)], of.normal(0.0, 1.0)).rejected(ALPHA) == "no draws were seen"


@EACH
def test_bounds_narrow_with_n_and_widen_with_certainty(kind):
    for name in ("mean_bound", "mean_square_bound", "tail_bound"):
        small, large = (pooled([sample(kind, size)], SAMPLED[kind][0]) for size in (100, 10_000))
        assert getattr(large, name)(1e-6) < getattr(small, name)(1e-6) / 5
        assert getattr(small, name)(1e-6) < getattr(small, name)(1e-12)


# Verdicts.

NET = Network(3, (Dense(2),))
LAW = QuestionLaw(
    "chapter.law",
    "What is it?",
    {"good": "as it should be", "bad": "otherwise", "unsupported": "not to be had"},
    "good",
    (),
    lambda evidence: iter(evidence.trace.records[-1].value),
)
DRAWS = DrawLaw(
    "chapter.draws",
    "From which distribution?",
    {"normal": lambda given, shape: of.normal(0.0, 1.0), "cut": lambda given, shape: of.truncated_normal(1.0)},
    "normal",
    (),
    lambda evidence: iter(evidence.trace.records[-1].value),
)


def divergence(answer, law=LAW):
    return Divergence(law.name, answer, "by design", "They chose so.", "https://example.org", ("1.0",))


def evidence(value, number=0):
    """What a program showed; ``number`` tells programs apart."""
    program = Program({"net": NET}, (Seed(number), Build(), CountParameters()))
    return Evidence(program, Trace((Record(Outcome()), Record(Outcome()), Record(Outcome(), value))))


def answers(*given_answers, number=0):
    return evidence([Observation(answer, 2, f"seen {answer}") for answer in given_answers], number)


def draws(array, number=0):
    return evidence([Draw(2, np.asarray(array, np.float32), (2, 3), None)], number)


def judged(docket, *heard, alpha=ALPHA):
    for one in heard:
        docket.hear(one)
    return docket.close(alpha)


@pytest.mark.parametrize(
    ("declared", "seen", "verdict", "answer"),
    [
        (None, ["good"], "holds", "good"),
        (None, ["good", "bad"], "fails", "bad"),
        (None, ["bad"], "fails", "bad"),
        (None, ["unknown"], "fails", "unknown"),
        (None, ["unsupported"], "unsupported", "unsupported"),
        (None, ["good", "unsupported"], "holds", "good"),
        (None, [], "fails", "none"),
        ("bad", ["bad"], "differs", "bad"),
        ("bad", ["good"], "fails", "good"),
        ("bad", ["bad", "good"], "fails", "good"),
        ("bad", ["unknown"], "fails", "unknown"),
        ("bad", [], "fails", "none"),
        ("unsupported", ["unsupported"], "differs", "unsupported"),
        ("unsupported", ["good"], "fails", "good"),
    ],
)
def test_a_question_has_the_verdict_of_its_answers(declared, seen, verdict, answer):
    docket = Docket(LAW, "outside", None if declared is None else divergence(declared))
    cell = judged(docket, *(answers(one, number=number) for number, one in enumerate(seen)))
    assert (cell.verdict, cell.answer) == (verdict, answer)
    assert (cell.law, cell.adapter, cell.programs) == ("chapter.law", "outside", len(seen))


def test_a_law_that_judged_nothing_fails_and_says_so():
    cell = judged(Docket(LAW, "outside"), answers(number=0), answers(number=1))
    assert cell.verdict == "fails"
    assert "2 programs gave no answer: the law judged nothing" in cell.measured


def test_a_finding_names_operation_and_numbers():
    finding = Docket(LAW, "outside").hear(answers("good", "bad", "good"))
    assert (finding.answer, finding.at, finding.detail) == ("bad", 2, "seen bad")


def test_the_last_program_that_breaks_the_law_is_kept():
    """It is the one that the search for a smaller program ends with, and shows."""
    heard = [answers("bad", number=number) for number in (5, 1_000_000)]
    cell = judged(Docket(LAW, "outside"), *heard, answers("good"))
    assert cell.program == heard[-1].program.text


def test_a_difference_carries_reason_and_source():
    cell = judged(Docket(LAW, "outside", divergence("bad")), answers("bad"))
    assert (cell.kind, cell.reason, cell.source) == ("by design", "They chose so.", "https://example.org")


def raising(kind):
    def observe(_):
        raise Raised(2, Outcome(kind, "SomeError", "some message"))
        yield

    return dataclasses.replace(LAW, observe=observe)


def test_an_operation_that_raises_breaks_the_law_that_needs_it():
    docket = Docket(raising("failed"), "outside")
    finding = docket.hear(answers())
    assert (finding.answer, finding.at) == ("failed", 2)
    assert "CountParameters raised: failed (SomeError: some message)" in finding.detail
    assert docket.close(ALPHA).verdict == "fails"


def test_an_operation_that_is_unsupported_leaves_the_law_unsupported():
    cell = judged(Docket(raising("unsupported"), "outside"), answers())
    assert (cell.verdict, cell.unsupported_programs, cell.reason) == ("unsupported", 1, "some message")


def test_a_program_without_a_trace_breaks_the_law():
    docket = Docket(LAW, "outside")
    docket.hear(answers("good"))
    docket.lost("the program", "the worker died")
    cell = docket.close(ALPHA)
    assert (cell.verdict, cell.answer, cell.program) == ("fails", "no trace", "the program")
    assert "the worker died" in cell.measured


@pytest.mark.parametrize(
    ("answer", "parts"),
    [("worse", ["'worse'", "chapter.law", "outside", "good, bad"]), ("good", ["'good'", "chapter.law", "specified"])],
)
def test_a_divergence_whose_answer_is_unknown_or_no_divergence_is_refused(answer, parts):
    with pytest.raises(SpecError) as caught:
        Docket(LAW, "outside", divergence(answer))
    assert [part for part in parts if part not in str(caught.value)] == []


NORMAL, CUT = (
    (lambda seed: sample("normal", 5000, seed) / 2 - 0.25),
    (lambda seed: sample("cut normal", 5000, seed) * 10),
)


@pytest.mark.parametrize(
    ("declared", "seen", "verdict"),
    [(None, NORMAL, "holds"), (None, CUT, "fails"), ("cut", CUT, "differs"), ("cut", NORMAL, "fails")],
)
def test_a_draw_law_has_the_verdict_of_its_pool(declared, seen, verdict):
    docket = Docket(DRAWS, "outside", None if declared is None else divergence(declared, DRAWS))
    cell = judged(docket, *(draws(seen(number), number) for number in range(4)))
    assert cell.verdict == verdict
    assert verdict == "fails" or cell.observations == 20_000


def test_a_declared_distribution_that_the_specified_one_fits_as_well_is_gone():
    inside = np.clip(sample("normal", 50, dtype=np.float64) / 2 - 0.25, -1.5, 1.5)
    cell = judged(Docket(DRAWS, "outside", divergence("cut", DRAWS)), draws(inside))
    assert cell.verdict == "fails"
    assert "the declared divergence is gone" in cell.measured


def test_an_element_outside_the_support_breaks_the_law_at_once():
    finding = Docket(DRAWS, "outside", divergence("cut", DRAWS)).hear(draws([0.1, 9.5]))
    assert finding.at == 2
    assert "1 of 2 elements lie outside" in finding.detail
    assert "9.5" in finding.detail


def test_a_program_that_is_heard_twice_is_pooled_once():
    cell = judged(Docket(DRAWS, "outside"), draws(NORMAL(0)), draws(NORMAL(0)), draws(NORMAL(1), 1))
    assert (cell.programs, cell.observations) == (2, 10_000)


def test_a_draw_law_without_draws_fails():
    cell = judged(Docket(DRAWS, "outside"), evidence([]))
    assert (cell.verdict, cell.answer) == ("fails", "none")
