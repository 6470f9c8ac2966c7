"""Judging: rounding is distinguished from other computations, and each verdict has the right cause."""

import dataclasses
import functools
import itertools
import math
import re
import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adapters.reference import ReferenceAdapter
from adapters.running import engine
from specs.arrays import Drawn
from specs.divergences import Divergence
from specs.errors import SpecError
from specs.laws import DRAW_LAWS, LAWS
from specs.laws.model import Draw, DrawLaw, Evidence, Observation, OperationFailed, QuestionLaw
from specs.laws.verdicts import Tally
from specs.layers import Activation, Dense
from specs.layers.activation import FUNCTIONS
from specs.layers.algebra import exactly, gradients, stepped, within
from specs.layers.layer import features
from specs.programs.networks import Network, Slot
from specs.programs.operations import Build, CountParameters, Seed
from specs.programs.passes import forward
from specs.programs.program import Program
from specs.statistics import distributions as of
from specs.statistics.flaws import Sample, comparison_count
from specs.traces import Outcome, Record, Trace
from tests.harness.laws import strategies
from tests.strategies.families import family
from tests.strategies.networks import networks, sharing_networks

# Rounding: float32 computations with several summation orders, compared with the bounds.


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


ACTIVATIONS = {"relu": lambda x: np.maximum(x, 0), "tanh": np.tanh, "sigmoid": sigmoid}
SLOPES = {"relu": lambda y: (y > 0).astype(y.dtype), "tanh": lambda y: 1 - y * y, "sigmoid": lambda y: y * (1 - y)}


def computed(network, values, batch, cotangent, multiply, dtype=np.float32):
    """Output and gradients by owner, for dense layers and activations, in a single dtype."""
    values = {slot: values[slot].astype(dtype) for slot in network.parameters}
    at, passed = functools.partial(_at, network, values), [batch.astype(dtype)]
    for position in range(len(network.uses)):
        layer = network.layer(position)
        if isinstance(layer, Activation):
            passed.append(ACTIVATIONS[layer.function](passed[-1]))
            continue
        after = multiply(passed[-1], at(position, "weight").T)
        passed.append(after + at(position, "bias") if layer.bias else after)
    gradients, flowing = {}, cotangent.astype(dtype)
    for position in reversed(range(len(network.uses))):
        layer = network.layer(position)
        if isinstance(layer, Activation):
            flowing = flowing * SLOPES[layer.function](passed[position + 1])
            continue
        ones = np.ones((1, len(batch)), dtype)
        parts = {"weight": multiply(flowing.T, passed[position]), "bias": multiply(ones, flowing)[0]}
        for role in network.roles(position):
            owner = network.owner(Slot(position, role.name))
            part = parts[role.name]
            gradients[owner] = gradients[owner] + part if owner in gradients else part
        flowing = multiply(flowing, at(position, "weight"))
    return passed[-1], gradients


def _at(network, values, position, role):
    return values[network.owner(Slot(position, role))]


def drawn_values(network, seed):
    return {slot: Drawn(seed + at).array(network.shape(slot)) for at, slot in enumerate(network.parameters)}


@st.composite
def computations(draw):
    network = draw(networks() | sharing_networks())
    seed, rows, scale = draw(st.integers(0, 2**16)), draw(st.integers(1, 6)), draw(st.sampled_from((0.01, 1.0, 30.0)))
    values = {slot: array * np.float32(scale) for slot, array in drawn_values(network, seed).items()}
    batch = Drawn(seed + 100).array(network.batch_shape(rows))
    return network, values, batch, Drawn(seed + 200).array(network.output_shape(rows))


@given(computation=computations(), multiply=MULTIPLY)
def test_float32_in_any_order_lies_within_the_bounds(computation, multiply):
    network, values, batch, cotangent = computation
    output, found = computed(*computation, multiply)
    passed = forward(network, values, batch)
    assert passed.output.admits(output), passed.output.excess(output)
    expected_values = passed.gradients(cotangent)
    assert set(expected_values) == set(found)
    for slot, gradient in found.items():
        assert expected_values[slot].admits(gradient), f"{slot.path}: {expected_values[slot].excess(gradient)}"


@given(computation=computations(), times=st.sampled_from((-4.0, 4.0)), data=st.data())
def test_an_element_off_by_a_few_bounds_is_refused_and_named(computation, times, data):
    network, values, batch, cotangent = computation
    passed = forward(network, values, batch)
    expected = data.draw(st.sampled_from([passed.output, *passed.gradients(cotangent).values()]))
    where = data.draw(st.tuples(*(st.integers(0, extent - 1) for extent in expected.value.shape)))
    assume(expected.error[where] > 0)
    seen = expected.value.copy()
    seen[where] += times * expected.error[where]
    assert not expected.admits(seen)
    assert f"element {list(where)}" in expected.excess(seen)


@given(seed=st.integers(0, 2**16), function=st.sampled_from(sorted(ACTIVATIONS)))
def test_float16_is_refused(seed, function):
    network = Network(features(6), (Dense(7), Activation(function), Dense(5)))
    values = drawn_values(network, seed)
    batch, cotangent = Drawn(seed + 100).array((4, 6)), Drawn(seed + 200).array((4, 5))
    output, found = computed(network, values, batch, cotangent, by_library, np.float16)
    passed = forward(network, values, batch)
    assert not passed.output.admits(output)
    last = Slot(2, "weight")
    assert not passed.gradients(cotangent)[last].admits(found[last])


@given(network=sharing_networks(), seed=st.integers(0, 2**16))
def test_a_gradient_is_the_sum_over_the_uses(network, seed):
    passed = forward(network, drawn_values(network, seed), Drawn(seed + 100).array(network.batch_shape(3)))
    cotangent = Drawn(seed + 200).array(network.output_shape(3))
    by_use = passed.gradients_by_use(cotangent)
    for owner, expected in passed.gradients(cotangent).items():
        assert expected.admits(sum(by_use[slot].value for slot in network.groups[owner]))


def kinked(bias):
    """The gradient of a weight under a relu whose argument is ``bias``."""
    network = Network(features(1), (Dense(1), Activation("relu")))
    values = {Slot(0, "weight"): np.ones((1, 1), np.float32), Slot(0, "bias"): np.full(1, bias - 1.0, np.float32)}
    one = np.ones((1, 1), np.float32)
    return forward(network, values, one).gradients(one)[Slot(0, "weight")]


@pytest.mark.parametrize(("argument", "admitted"), [(0.0, [0, 1]), (2.0**-24, [0, 1]), (0.5, [1]), (-0.5, [0])])
def test_a_relu_has_either_slope_where_rounding_can_move_its_argument_over_zero(argument, admitted):
    expected = kinked(argument)
    assert [slope for slope in (0, 1) if expected.admits(np.full((1, 1), slope, np.float32))] == admitted


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
@pytest.mark.parametrize("error", [1e-2, 1e-4])
def test_bounds_of_an_activation_and_its_slope_cover_every_argument_within_its_own(function, error):
    arguments = np.linspace(-3.1, 3.0, 62).reshape(1, -1)
    before = within(arguments, np.full(arguments.shape, error))
    after = FUNCTIONS[function](before)
    (slope,) = gradients(after, np.ones_like(arguments), [before])
    for off in (-0.99 * error, -error / 3, error / 3, 0.99 * error):
        there = exactly(arguments + off)
        output = FUNCTIONS[function](there)
        (slope_there,) = gradients(output, np.ones_like(arguments), [there])
        assert after.admits(output.value), after.excess(output.value)
        assert slope.admits(slope_there.value), slope.excess(slope_there.value)


def test_another_shape_is_refused_even_where_it_broadcasts():
    expected = within(np.zeros((2, 3)), np.ones((2, 3)))
    assert not expected.admits(np.zeros((1, 3)))
    assert "(1, 3)" in expected.excess(np.zeros((1, 3)))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused_and_named(value):
    expected = within(np.zeros((2, 3)), np.ones((2, 3)))
    seen = np.zeros((2, 3))
    seen[1, 2] = value
    assert not expected.admits(seen)
    assert "element [1, 2]" in expected.excess(seen)


@pytest.mark.parametrize("rate", [0.5, 0.01])
def test_a_step_is_admitted_in_float32_and_refused_doubled(rate):
    value, gradient = Drawn(1).array((20, 30)), Drawn(2).array((20, 30))
    expected = stepped(value, gradient, rate)
    assert expected.admits(value - np.float32(rate) * gradient)
    assert not expected.admits(value - np.float32(2 * rate) * gradient)


# Verdicts.

SHARE = 1e-9
LAYER, GIVEN = Dense(2), features(3)
NET = Network(GIVEN, (LAYER,))
WEIGHT, BIAS = Slot(0, "weight"), Slot(0, "bias")
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
    {
        "normal": lambda draw: of.Normal(0.0, 1.0),
        "cut": lambda draw: of.TruncatedNormal(1.0),
        "nearly": lambda draw: of.Normal(0.0, 1.0001),
    },
    "normal",
    (),
    lambda evidence: iter(evidence.trace.records[-1].value),
)


def divergence(answer, law=LAW):
    return Divergence(law.name, answer, "by design", "They chose so.", "https://example.org", "package==1.0")


def evidence(value, number=0):
    """The evidence of a program with this value; ``number`` distinguishes programs."""
    program = Program({"net": NET}, (Seed(number), Build(), CountParameters()))
    return Evidence(program, Trace((Record(Outcome()), Record(Outcome()), Record(Outcome(), value))))


def answers(*given_answers, number=0):
    return evidence([Observation(answer, 2, f"seen {answer}") for answer in given_answers], number)


def draws(*arrays, number=0, slots=(WEIGHT,), seedings=(0,)):
    """A program that drew these arrays, for the given parameters and after the given seeds."""
    made = zip(arrays, itertools.cycle(slots), itertools.cycle(seedings))
    return evidence([drawn(np.asarray(array), slot, seeding) for array, slot, seeding in made], number)


def drawn(array, slot=WEIGHT, seeding=0):
    return Draw(2, array, slot, LAYER, NET.role(slot), GIVEN, None, seeding)


def judged(tally, *pieces, share=SHARE):
    for one in pieces:
        tally.judge(one)
    return tally.close(share)


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
    tally = Tally(LAW, "outside", None if declared is None else divergence(declared))
    cell = judged(tally, *(answers(one, number=number) for number, one in enumerate(seen)))
    assert (cell.verdict, cell.answer) == (verdict, answer)
    assert (cell.law, cell.adapter, cell.programs) == ("chapter.law", "outside", len(seen))


def test_a_law_that_judged_nothing_fails_and_says_so():
    cell = judged(Tally(LAW, "outside"), answers(number=0), answers(number=1))
    assert cell.verdict == "fails"
    assert "2 programs gave no answer: the law judged nothing" in cell.measured


def test_a_finding_names_operation_and_numbers():
    finding = Tally(LAW, "outside").judge(answers("good", "bad", "good"))
    assert (finding.answer, finding.at, finding.detail) == ("bad", 2, "seen bad")


def test_the_last_program_that_breaks_the_law_is_kept():
    """The search for a smaller program ends with it, and reports it."""
    pieces = [answers("bad", number=number) for number in (5, 1_000_000)]
    cell = judged(Tally(LAW, "outside"), *pieces, answers("good"))
    assert cell.program == pieces[-1].program.text


def test_a_difference_carries_reason_and_source():
    cell = judged(Tally(LAW, "outside", divergence("bad")), answers("bad"))
    assert (cell.kind, cell.reason, cell.source) == ("by design", "They chose so.", "https://example.org")


def raising(kind):
    def observe(_):
        raise OperationFailed(2, Outcome(kind, "SomeError", "some message"))
        yield

    return dataclasses.replace(LAW, observe=observe)


def test_an_operation_that_raises_breaks_the_law_that_needs_it():
    tally = Tally(raising("failed"), "outside")
    finding = tally.judge(answers())
    assert (finding.answer, finding.at) == ("failed", 2)
    assert "CountParameters raised: failed (SomeError: some message)" in finding.detail
    assert tally.close(SHARE).verdict == "fails"


def test_an_operation_that_is_unsupported_leaves_the_law_unsupported():
    cell = judged(Tally(raising("unsupported"), "outside"), answers())
    assert (cell.verdict, cell.unsupported_programs, cell.reason) == ("unsupported", 1, "some message")


def test_a_program_without_a_trace_breaks_the_law():
    tally = Tally(LAW, "outside")
    tally.judge(answers("good"))
    tally.lost("the program", "the worker died")
    cell = tally.close(SHARE)
    assert (cell.verdict, cell.answer, cell.program) == ("fails", "no trace", "the program")
    assert "the worker died" in cell.measured


@pytest.mark.parametrize(
    ("answer", "parts"),
    [("worse", ["'worse'", "chapter.law", "outside", "good, bad"]), ("good", ["'good'", "chapter.law", "specified"])],
)
def test_a_divergence_whose_answer_is_unknown_or_no_divergence_is_refused(answer, parts):
    with pytest.raises(SpecError) as caught:
        Tally(LAW, "outside", divergence(answer))
    assert [part for part in parts if part not in str(caught.value)] == []


# Verdicts on random draws.

SHAPE = 50, 100


def normal(seed, shape=SHAPE):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


def cut(seed, shape=SHAPE):
    """A normal distribution truncated at two standard deviations, then scaled to a standard deviation of one."""
    drawn = np.random.RandomState(seed).standard_normal(2 * math.prod(shape))
    return (drawn[np.abs(drawn) <= 2][: math.prod(shape)].reshape(shape) / 0.8796256610342398).astype(np.float32)


def uniform(seed, shape=SHAPE):
    """A uniform distribution with a standard deviation of one, within the support of all others."""
    return np.random.RandomState(seed).uniform(-math.sqrt(3), math.sqrt(3), shape).astype(np.float32)


@pytest.mark.parametrize(
    ("declared", "seen", "verdict", "answer"),
    [
        (None, normal, "holds", "normal"),
        (None, cut, "fails", "another distribution"),
        (None, uniform, "fails", "another distribution"),
        ("cut", cut, "differs", "cut"),
        ("cut", normal, "fails", "another distribution"),
        ("cut", uniform, "fails", "another distribution"),
    ],
)
def test_a_draw_law_has_the_verdict_of_its_draws(declared, seen, verdict, answer):
    tally = Tally(DRAWS, "outside", None if declared is None else divergence(declared, DRAWS))
    cell = judged(tally, *(draws(seen(number), number=number) for number in range(4)))
    assert (cell.verdict, cell.answer) == (verdict, answer)
    assert verdict == "fails" or (cell.observations, cell.programs) == (20_000, 4)


def test_a_declared_distribution_that_the_specified_one_fits_as_well_is_gone():
    pieces = [draws(normal(number), number=number) for number in range(4)]
    cell = judged(Tally(DRAWS, "outside", divergence("nearly", DRAWS)), *pieces)
    assert (cell.verdict, cell.answer) == ("fails", "normal")
    assert "the declared divergence is gone" in cell.measured


def test_few_draws_that_both_answers_fit_leave_a_divergence_as_it_was_declared():
    cell = judged(Tally(DRAWS, "outside", divergence("cut", DRAWS)), draws(cut(0, (5, 10))))
    assert (cell.verdict, cell.answer) == ("differs", "cut")


def test_a_rejected_pool_names_answer_share_and_the_tests_that_failed():
    cell = judged(Tally(DRAWS, "outside"), draws(uniform(0)))
    said = cell.measured.split("; ")
    assert re.match(
        rf"not normal, at p < {SHARE:.1e}, by scores of N\(0, 1\): "
        r"distribution function: chi-squared \d+\.\d, 63 expected, n 5000, p \d",
        said[0],
    )
    assert "; share of an interval: " in cell.measured
    assert "mean: " not in cell.measured
    p_values = [float(p) for p in re.findall(r", p (\S+?)(?:;|$)", cell.measured)]
    assert p_values == sorted(p_values)
    assert p_values[0] == pytest.approx(cell.least_p, rel=0.05)


def test_wrong_values_are_told_of_before_pairs_that_are_dependent():
    array = normal(0)
    array[:, 1::2] = 0.8 * array[:, ::2] + 0.6 * array[:, 1::2]
    tally = Tally(DRAWS, "outside")
    cell = judged(tally, draws(array + np.float32(0.15)))
    assert next(iter(tally.pools["normal"].rejected(SHARE))) == "neighbours in a row"
    assert "N(0, 1): mean: " in cell.measured


def test_of_many_tests_that_failed_the_first_few_are_told_and_how_many_more():
    cell = judged(Tally(DRAWS, "outside"), draws(3 * uniform(0)))
    assert re.search(r"; and \d+ tests more$", cell.measured)
    assert len(re.findall(", p ", cell.measured)) == 3


def test_how_often_the_draws_were_looked_at_and_tested_is_in_the_cell():
    tally = Tally(DRAWS, "outside")
    cell = judged(tally, draws(normal(0)), draws(normal(1), normal(2), number=1))
    alone, together = (comparison_count([Sample(normal(0), of.Normal(0.0, 1.0))] * count) for count in (1, 2))
    assert cell.comparisons == alone + together
    p_values = tally.pools["normal"].p_values()
    assert cell.tests == len(p_values)
    assert cell.least_p == min(p_values.values())
    assert SHARE < cell.least_p < 1


def test_where_nothing_is_random_no_test_is_made():
    law = dataclasses.replace(DRAWS, answers={"normal": lambda draw: of.Point(0.0)})
    cell = judged(Tally(law, "outside"), draws(np.zeros(SHAPE, np.float32)))
    assert (cell.verdict, cell.tests, cell.least_p, cell.observations) == ("holds", 0, 1.0, 5000)
    assert cell.measured == "n 5000"


def test_a_question_has_no_tests_of_draws():
    cell = judged(Tally(LAW, "outside"), answers("good"))
    assert (cell.tests, cell.comparisons, cell.least_p) == (0, 0, 1.0)


def test_the_comparisons_of_draws_behind_an_answer_are_counted():
    tally = Tally(LAW, "outside")
    cell = judged(tally, *(evidence([Observation("good", 2, comparisons=3)], number) for number in range(4)))
    assert (cell.tests, cell.comparisons) == (0, 12)


def test_the_share_decides():
    """The same draws, with shares just above and below the least p-value."""
    pieces = draws(normal(0))
    least = judged(Tally(DRAWS, "outside"), pieces).least_p
    verdicts = [judged(Tally(DRAWS, "outside"), pieces, share=least * times).verdict for times in (0.99, 1.0, 1.01)]
    assert verdicts == ["holds", "fails", "fails"]


def with_element(value):
    """Draws that all lie within both supports, except one."""
    array = cut(0)
    array[3, 4] = value
    return array


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (with_element(math.nan), "1 of 5000 elements lie outside .*: nan"),
        (with_element(math.inf), "1 of 5000 elements lie outside .*: inf"),
        (with_element(-math.inf), "1 of 5000 elements lie outside .*: -inf"),
        (with_element(30.0), r"1 of 5000 elements lie outside .*: 30\.0"),
        (np.full(SHAPE, math.nan, np.float32), "5000 of 5000 elements lie outside"),
        (np.zeros((0, 3), np.float32), "empty"),
    ],
)
@pytest.mark.parametrize("declared", [None, "cut"])
def test_what_no_true_draw_shows_breaks_the_law_at_once(array, said, declared):
    tally = Tally(DRAWS, "outside", None if declared is None else divergence(declared, DRAWS))
    finding = tally.judge(draws(array))
    assert (finding.answer, finding.at) == ("another distribution", 2)
    assert re.search(said, finding.detail), finding.detail
    assert tally.close(SHARE).verdict == "fails"


@pytest.mark.parametrize("value", [0.0, 0.5, -2.0])
def test_a_constant_where_a_random_draw_is_due_breaks_the_law_at_once(value):
    finding = Tally(DRAWS, "outside").judge(draws(np.full((5, 4), value, np.float32)))
    assert (finding.answer, finding.at) == ("not independent", 2)
    assert f"20 of 20 elements have the magnitude {abs(value)}" in finding.detail


@pytest.mark.parametrize(
    "arrays",
    [
        (normal(0), normal(0)),
        (normal(0), -normal(0)),
        (normal(0), normal(0).T),
        (normal(0), normal(0)[10:30, 20:40]),
        (normal(0), normal(1), normal(2), normal(0).reshape(25, 200)),
    ],
)
def test_draws_that_were_not_made_apart_break_the_law_at_once(arrays):
    finding = Tally(DRAWS, "outside").judge(draws(*arrays, slots=(WEIGHT, BIAS)))
    assert (finding.answer, finding.at) == ("not independent", 2)
    assert re.match("0[.](weight|bias) and 0[.]weight: ", finding.detail)


def blended(seed, before):
    """Draws with a standard deviation of one, and a correlation of one half with others."""
    return (math.sqrt(0.75) * normal(seed) + 0.5 * before).astype(np.float32)


@pytest.mark.parametrize(
    ("slots", "seedings", "said"),
    [
        ((WEIGHT, BIAS), (0,), r"one parameter and the next: correlation \+0\.[45]\d+, 2500 pairs"),
        ((WEIGHT,), (0,), r"one call and the next: correlation \+0\.[45]\d+, 5000 pairs"),
        ((WEIGHT,), (0, 1), r"one seed and the next: correlation \+0\.[45]\d+, 5000 pairs"),
    ],
)
def test_draws_that_depend_on_those_before_are_not_independent(slots, seedings, said):
    pieces = draws(normal(0), blended(1, normal(0)), slots=slots, seedings=seedings)
    cell = judged(Tally(DRAWS, "outside"), pieces)
    assert (cell.verdict, cell.answer) == ("fails", "not independent")
    assert re.search(said, cell.measured)


def test_another_distribution_is_told_before_dependence():
    pieces = draws(2 * normal(0), 2 * blended(1, normal(0)))
    assert judged(Tally(DRAWS, "outside"), pieces).answer == "another distribution"


@pytest.mark.parametrize("dtype", ["int64", "bool", "complex64"])
def test_draws_of_a_type_that_is_no_floating_point_number_break_the_law(dtype):
    finding = Tally(DRAWS, "outside").judge(draws(normal(0).astype(dtype)))
    assert finding.answer == "cannot be judged"
    assert dtype in finding.detail
    assert "float32" in finding.detail


@pytest.mark.parametrize("deviation", [0.0, -1.0, math.nan, math.inf])
def test_a_distribution_asked_at_an_impossible_scale_breaks_the_law(deviation):
    law = dataclasses.replace(DRAWS, answers={"normal": lambda draw: of.Normal(0.0, deviation)})
    tally = Tally(law, "outside")
    finding = tally.judge(draws(normal(0)))
    assert finding.answer == "cannot be judged"
    assert f"N(0, {deviation:g}²)" in finding.detail
    assert tally.close(SHARE).verdict == "fails"


def test_a_program_that_is_heard_twice_is_pooled_once():
    cell = judged(Tally(DRAWS, "outside"), draws(normal(0)), draws(normal(0)), draws(normal(1), number=1))
    assert (cell.programs, cell.observations) == (2, 10_000)


def test_a_draw_law_without_draws_fails():
    cell = judged(Tally(DRAWS, "outside"), evidence([]))
    assert (cell.verdict, cell.answer) == ("fails", "none")


# Arrays that are not draws.

NO_DRAWS = {
    "NaN": lambda array: np.full_like(array, np.nan),
    "infinity": lambda array: np.full_like(array, np.inf),
    "nothing": lambda array: array[:0],
    "one number": lambda array: np.full_like(array, 0.3),
}
#: Laws about random values, by chapter and name.
RANDOM = [
    *(law.name for law in DRAW_LAWS),
    *("initialization.same_seed", "initialization.other_seed", "initialization.neighbouring_seeds"),
    *("initialization.deferred_seed", "initialization.distinct_parameters"),
]


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize("wrong", NO_DRAWS)
def test_what_is_no_draw_passes_no_law_of_draws(name, wrong):
    class Wrong(ReferenceAdapter):
        def value(self, handle):
            return NO_DRAWS[wrong](super().value(handle))

        def output(self, passed):
            output = super().output(passed)
            # of the batch's rows, none is all zeros
            return np.zeros_like(output) if wrong == "nothing" else NO_DRAWS[wrong](output)

    tally = Tally(LAWS[name], "outside")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for program in family(strategies()[name]).first(12):
            tally.judge(Evidence(program, engine.run(Wrong(), program)))
        cell = tally.close(SHARE)
    assert cell.verdict == "fails"
    assert cell.answer in ("cannot be judged", "another distribution", "not independent", "none", "equal", "no")
