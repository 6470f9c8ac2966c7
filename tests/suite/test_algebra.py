"""The arithmetic of layers: gradients are derivatives, and float32 with any summation order is within the bounds."""

import contextlib
import itertools
import math
from typing import Callable, Dict, NamedTuple, Sequence, Tuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specs.layers import KINDS, Activation, BatchNorm, Dense, PaddedEmbedding, algebra, pooling, recurrent
from specs.layers.algebra import ELEMENTARY, UNIT_ROUNDOFF, Bounded, exactly, gradients, within
from specs.layers.layer import features, shape_of
from specs.programs.networks import Network, Reuse, Slot, Tie, Use
from specs.programs.passes import forward
from tests.strategies.networks import GIVEN

SEEDS = st.integers(0, 2**32 - 1)


class Case(NamedTuple):
    """A computation, the shapes of its operands, and the positions of operands that must be positive."""

    name: str
    compute: Callable[..., Bounded]
    shapes: Sequence[Tuple[int, ...]]
    positive: Sequence[int] = ()
    fed: Callable = lambda numbers: numbers

    def inputs(self, seed: int):
        random = np.random.default_rng(seed)
        lows = [0.125 if at in self.positive else -1.0 for at in range(len(self.shapes))]
        first, *others = (random.uniform(low, 1.0, shape).astype(np.float32) for low, shape in zip(lows, self.shapes))
        return [self.fed(first).astype(np.float32), *others]


PRIMITIVES = [
    Case("add", lambda x, y: x + y, [(2, 3), (2, 3)]),
    Case("subtract", lambda x, y: x - y, [(2, 3), (2, 3)]),
    Case("add to itself", lambda x: x + x, [(2, 3)]),
    Case("contract", lambda x, y: algebra.contract("row in, out in -> row out", x, y), [(2, 5), (3, 5)]),
    Case("contract over two axes", lambda x, y: algebra.contract("a b c, b c -> a", x, y), [(2, 3, 4), (3, 4)]),
    Case("contract with itself", lambda x: algebra.contract("row in, row in -> row", x, x), [(3, 5)]),
    Case("elementwise product", lambda x, y: algebra.contract("a b, b -> a b", x, y), [(2, 3), (3,)]),
    Case("outer product", lambda x, y: algebra.contract("a, b -> b a", x, y), [(2,), (3,)]),
    Case(
        "gathered",
        lambda x, y, z: algebra.gathered(
            algebra.contract("row in, out in -> row out", x, y), algebra.spread("out -> row out", z, (2, 3))
        ),
        [(2, 5), (3, 5), (3,)],
    ),
    Case("total", lambda x: algebra.total("row channel width -> channel", x), [(3, 2, 4)]),
    Case("spread", lambda x: algebra.spread("out -> row out time", x, (2, 3, 4)), [(3,)]),
    Case("spread and moved", lambda x: algebra.spread("a b -> b row a", x, (3, 4, 2)), [(2, 3)]),
    Case("scaled", lambda x: algebra.scaled(x, 0.3), [(2, 3)]),
    Case("scaled by a power of two", lambda x: algebra.scaled(x, -0.5), [(2, 3)]),
    Case("shifted", lambda x: algebra.shifted(x, 0.1), [(2, 3)]),
    Case("largest", lambda x: algebra.largest(x, lambda places: places), [(4, 5)]),
    Case("relu", algebra.relu, [(4, 5)]),
    Case("tanh", algebra.tanh, [(4, 5)]),
    Case("sigmoid", algebra.sigmoid, [(4, 5)]),
    Case("elu", algebra.elu, [(4, 5)]),
    Case("selu", algebra.selu, [(4, 5)]),
    Case("softplus", algebra.softplus, [(4, 5)]),
    Case("silu", algebra.silu, [(4, 5)]),
    Case("gelu", algebra.gelu, [(4, 5)]),
    Case("gelu with tanh", algebra.gelu_tanh, [(4, 5)]),
    Case("leaky relu", lambda x: algebra.leaky_relu(x, 0.1), [(4, 5)]),
    Case("inverse root", lambda x: algebra.inverse_root(x, 0.125), [(4, 5)], positive=[0]),
    Case("softmax", algebra.softmax, [(4, 5)]),
    Case("softmax far apart", lambda x: algebra.softmax(algebra.scaled(x, 64.0)), [(2, 3, 4)]),
    Case("masked softmax", lambda x: algebra.softmax(x, np.tri(4, dtype=bool)), [(2, 4, 4)]),
    Case("moved", lambda x: algebra.moved(x, lambda places: places.T[::-1]), [(2, 3)]),
    Case("stacked", lambda x, y: algebra.stacked([x, y, x], axis=1), [(2, 3), (2, 3)]),
    Case(
        "windows",
        lambda x: algebra.moved(
            x, lambda places: algebra.windows(algebra.padded(places, [(0, 0), (1, 2)]), (2,), (2,), (2,))
        ),
        [(2, 5)],
    ),
    Case(
        "windows in two dimensions",
        lambda x: algebra.moved(x, lambda places: algebra.windows(places, (2, 3), (1, 2), (1, 1))),
        [(2, 4, 5)],
    ),
    Case(
        "returned",
        lambda x, y: algebra.returned(
            algebra.contract("row in, in window -> row window", x, y),
            lambda places: algebra.windows(algebra.padded(places, [(1, 0)]), (2,), (1,), (1,)),
            (4,),
        ),
        [(4, 3), (3, 2)],
    ),
]


def _of_kind(layer, axes, rows: int, training: bool) -> Case:
    """A layer as a function of its batch and of its parameters and buffers."""
    roles = layer.roles(axes)

    def compute(inputs: Bounded, *held: Bounded) -> Bounded:
        values = {role.name: value for role, value in zip(roles, held)}
        return layer.apply(values, inputs, axes, training).output

    name = f"{layer} on {' '.join(map(str, shape_of(axes)))}{' in training' if training else ''}"
    positive = [at for at, role in enumerate(roles, 1) if role.name == "variance"]
    return Case(name, compute, [(rows, *shape_of(axes)), *(role.shape for role in roles)], positive, layer.fed)


LAYERS = [
    _of_kind(layer, axes, 4, training)
    for axes in GIVEN
    for kind in KINDS
    for layer in kind.choices(axes)
    for training in ([False, True] if kind.has_modes and not kind.is_random else [False])
]
EACH = pytest.mark.parametrize("case", [*PRIMITIVES, *LAYERS], ids=lambda case: case.name)


def test_every_kind_is_tried():
    assert {kind for kind in KINDS if any(kind.choices(axes) for axes in GIVEN)} == set(KINDS)


# Gradients.


@pytest.mark.parametrize(
    "case",
    # A padding row is looked up but not trained, which has its own laws.
    [case for case in (*PRIMITIVES, *LAYERS) if not case.name.startswith(PaddedEmbedding.__name__)],
    ids=lambda case: case.name,
)
def test_gradients_are_derivatives(case):
    """Along random directions, the slope by central differences is that of the gradients."""
    random = np.random.default_rng(len(case.name))
    inputs = [array.astype(np.float64) for array in case.inputs(7)]
    leaves = [exactly(array) for array in inputs]
    result = case.compute(*leaves)
    cotangent = random.uniform(-1, 1, result.shape)
    found = gradients(result, cotangent, leaves)
    assert [flow.shape for flow in found] == [array.shape for array in inputs]

    def moved(by: float, at: int, direction) -> float:
        shifted = [array + by * direction if at == number else array for number, array in enumerate(inputs)]
        return float(np.sum(cotangent * case.compute(*map(exactly, shifted)).value))

    takes_ids = case.fed(np.zeros(1)).dtype.kind == "i"  # ids have no gradient
    for at, flow in list(enumerate(found))[takes_ids:]:
        for _ in range(2):
            direction = random.uniform(-1, 1, inputs[at].shape)
            step = 1e-5
            slope = (moved(step, at, direction) - moved(-step, at, direction)) / (2 * step)
            expected = float(np.sum(flow.value * direction))
            assert slope == pytest.approx(expected, rel=2e-5, abs=2e-6), f"input {at}"


def test_what_a_result_does_not_depend_on_has_gradient_zero():
    x, y = exactly(np.ones((2, 3))), exactly(np.ones(4))
    (flow,) = gradients(algebra.tanh(x), np.ones((2, 3)), [y])
    assert flow.shape == (4,)
    assert not flow.value.any()
    assert not flow.error.any()


def test_flows_through_several_uses_add_up():
    x = exactly(np.array([2.0, 3.0]))
    square = algebra.contract("a, a -> a", x, x)
    cube = algebra.contract("a, a -> a", square, x)
    (flow,) = gradients(cube + square, np.ones(2), [x])
    assert flow.value == pytest.approx(np.array([3 * 4 + 4, 3 * 9 + 6]))


# Bounds.


@contextlib.contextmanager
def in_single(seed: int):
    """Compute in float32, with a random summation order for each sum, sequentially or by halves."""
    random = np.random.default_rng(seed)

    def einsum(axes, *operands):
        *into, out = axes
        letters = sorted({letter for operand in into for letter in operand} - set(out))
        order = [*out, *letters]
        product = np.float32(1)
        for operand, array in zip(into, operands):
            present = [letter for letter in order if letter in operand]
            placed = array.transpose([operand.index(letter) for letter in present])
            product = product * placed[tuple(slice(None) if letter in operand else None for letter in order)]
        return summed(product.reshape(*product.shape[: len(out)], -1) if letters else product[..., None])

    def summed(terms):
        assert terms.dtype == np.float32
        terms = terms[..., random.permutation(terms.shape[-1])]
        return np.add.accumulate(terms, -1)[..., -1] if random.integers(2) else terms.sum(-1)

    def single(array):
        value = np.asarray(array, dtype=np.float32)
        return Bounded(value, lambda: np.zeros_like(value))

    def returned(flow, places, shape):
        there = np.flatnonzero(places.ravel() >= 0)
        value = np.zeros(math.prod(shape), np.float32)
        shuffled = random.permutation(there)
        np.add.at(value, places.ravel()[shuffled], flow.value.astype(np.float32).ravel()[shuffled])
        return single(value.reshape(shape))

    def times(flow, slope, uncertainty):
        return single(flow.value * slope.astype(np.float32))

    def taken(array, places):
        return np.where(places < 0, np.float32(0), array.ravel()[places])

    patched = [
        (algebra, "_einsum", einsum),
        (algebra, "_returned", returned),
        (algebra, "_times", times),
        (algebra, "_taken", taken),
        (algebra, "exactly", single),
        (pooling, "exactly", single),
        (recurrent, "exactly", single),
    ]
    with pytest.MonkeyPatch.context() as patch:
        for module, name, replacement in patched:
            patch.setattr(module, name, replacement)
        yield single


@EACH
def test_float32_in_any_order_lies_within_the_bounds_and_other_values_do_not(case):
    inputs = case.inputs(3)
    leaves = [exactly(array) for array in inputs]
    result = case.compute(*leaves)
    cotangent = np.random.default_rng(5).uniform(-1, 1, result.shape).astype(np.float32)
    expected_values = [result, *gradients(result, cotangent, leaves)]
    for seed in range(4):
        with in_single(seed) as single:
            seen_leaves = [single(array) for array in inputs]
            seen = case.compute(*seen_leaves)
            found = [seen.value, *(flow.value for flow in gradients(seen, cotangent, seen_leaves))]
        for expected, array in zip(expected_values, found):
            assert array.dtype == np.float32
            assert expected.admits(array), expected.excess(array)
    for expected, array in zip(expected_values, found):
        assert np.isfinite(expected.error).all()
        worst = np.unravel_index(np.argmin(expected.error), expected.shape)
        off = array.astype(np.float64)
        off[worst] = expected.value[worst] + 3 * max(expected.error[worst], 1e-12)
        assert not expected.admits(off)


@EACH
def test_bounds_are_narrow(case):
    """A thousandth of the largest value is outside the bound, except where a slope is uncertain."""
    leaves = [exactly(array) for array in case.inputs(3)]
    result = case.compute(*leaves)
    assert result.error.max() <= 1e-3 * max(1.0, np.abs(result.value).max())


@given(seed=SEEDS)
@settings(max_examples=20)
def test_a_batch_far_from_zero_has_a_variance_of_some_uncertainty(seed):
    """Computing a variance in one pass, from squares, loses digits: the bound allows for that and is finite."""
    inputs = exactly(np.random.default_rng(seed).uniform(30, 31, (6, 3)).astype(np.float32))
    held = {role.name: exactly(np.full(role.shape, 0.5)) for role in BatchNorm().roles(features(3))}
    result = BatchNorm().apply(held, inputs, features(3), True)
    array = inputs.value.astype(np.float32)
    in_one_pass = np.maximum((array * array).mean(0) - array.mean(0) ** 2, np.float32(0))
    factor = np.float32(0.5) / np.sqrt(in_one_pass + np.float32(1e-5))
    assert result.output.admits((array - array.mean(0)) * factor + np.float32(0.5))
    assert np.isfinite(result.output.error).all()


def test_what_is_lost_below_the_normal_numbers_lies_within_the_bounds():
    tiny = np.array([3e-39, 1e-40, -2e-45], np.float32)
    for factor in (0.3, 0.5, 1e-3):
        expected = algebra.scaled(exactly(tiny), factor)
        for seen in (tiny * np.float32(factor), np.zeros(3, np.float32)):
            assert expected.admits(seen), expected.excess(seen)
    expected = algebra.contract("a, a ->", exactly(tiny), exactly(np.ones(3)))
    assert expected.admits(np.zeros((), np.float32))
    assert algebra.stepped(tiny, tiny, 0.125).admits(tiny - np.float32(0.125) * tiny)


@pytest.mark.parametrize(("function", "width"), [(algebra.tanh, 2.0), (algebra.sigmoid, 1.0)])
def test_no_uncertainty_is_larger_than_what_a_function_can_differ_by(function, width):
    leaf = within(np.zeros(3), np.full(3, 1e30))
    result = function(leaf)
    assert result.error == pytest.approx(np.full(3, width), rel=1e-5)
    (flow,) = gradients(result, np.ones(3), [leaf])
    assert (flow.error < 1.1).all()


# The bounds of dense layers once more, as derived by hand before there was an algebra.


class Old(NamedTuple):
    """A value and its bound."""

    value: np.ndarray
    error: np.ndarray

    @property
    def transposed(self) -> "Old":
        return Old(self.value.T, self.error.T)


def _product(left: Old, right: Old) -> Old:
    n = left.value.shape[1]
    magnitude = np.abs(left.value) @ np.abs(right.value)
    carried = left.error @ (np.abs(right.value) + right.error) + np.abs(left.value) @ right.error
    return Old(left.value @ right.value, carried + 2 * (n + 1) * UNIT_ROUNDOFF * (magnitude + carried))


def _sum(left: Old, right: Old) -> Old:
    value = left.value + right.value
    return Old(value, left.error + right.error + UNIT_ROUNDOFF * np.abs(value))


def _times(left: Old, right: Old) -> Old:
    value = left.value * right.value
    error = left.error * (np.abs(right.value) + right.error) + np.abs(left.value) * right.error
    return Old(value, error + UNIT_ROUNDOFF * np.abs(value))


def _old(array) -> Old:
    value = np.asarray(array, np.float64)
    return Old(value, np.zeros_like(value))


def _tanh(before: Old) -> Tuple[Old, Old]:
    after = Old(np.tanh(before.value), before.error + ELEMENTARY * UNIT_ROUNDOFF)
    return after, Old(1 - after.value**2, 2 * after.error + 4 * UNIT_ROUNDOFF)


def _sigmoid(before: Old) -> Tuple[Old, Old]:
    after = Old(0.5 + 0.5 * np.tanh(0.5 * before.value), 0.25 * before.error + ELEMENTARY * UNIT_ROUNDOFF)
    return after, Old(after.value * (1 - after.value), after.error + 4 * UNIT_ROUNDOFF)


def _relu(before: Old) -> Tuple[Old, Old]:
    unsure = (np.abs(before.value) <= before.error).astype(float)
    return Old(np.maximum(before.value, 0), before.error), Old((before.value > 0).astype(float), unsure)


OLD = {"tanh": _tanh, "sigmoid": _sigmoid, "relu": _relu}


def written_out(network: Network, values, batch, cotangent) -> Tuple[Old, Dict[Slot, Old]]:
    """Output and gradients by use, for dense layers and activations."""
    flow = _old(batch)
    kept = []
    for at in range(len(network.uses)):
        layer = network.layer(at)
        if isinstance(layer, Activation):
            after, slope = OLD[layer.function](flow)
        else:
            after = _product(flow, _old(values[network.owner(Slot(at, "weight"))]).transposed)
            if layer.bias:
                bias = _old(values[network.owner(Slot(at, "bias"))])
                after = _sum(after, Old(bias.value[None], bias.error[None]))
            slope = flow
        kept.append(slope)
        flow = after
    output, flow, found = flow, _old(cotangent), {}
    for at in reversed(range(len(network.uses))):
        layer = network.layer(at)
        if isinstance(layer, Activation):
            flow = _times(flow, kept[at])
            continue
        found[Slot(at, "weight")] = _product(flow.transposed, kept[at])
        if layer.bias:
            summed = _product(_old(np.ones((1, len(flow.value)))), flow)
            found[Slot(at, "bias")] = Old(summed.value[0], summed.error[0])
        flow = _product(flow, _old(values[network.owner(Slot(at, "weight"))]))
    return output, found


CHAINS = [
    Network(features(3), (Dense(2),)),
    Network(features(4), (Dense(4, bias=False), Activation("relu"), Reuse(0), Activation("tanh"), Dense(2))),
    Network(
        features(3),
        (
            Dense(3),
            Activation("sigmoid"),
            Use(Dense(3), ties=(Tie("weight", Slot(0, "weight")),)),
            Activation("relu"),
            Dense(5),
            Activation("tanh"),
        ),
    ),
]


@pytest.mark.parametrize(("network", "seed"), list(itertools.product(CHAINS, range(3))))
def test_bounds_of_dense_layers_are_those_that_were_written_out(network, seed):
    random = np.random.default_rng(seed)

    def drawn(shape):
        return random.uniform(-1, 1, shape).astype(np.float32)

    values = {slot: drawn(network.shape(slot)) for slot in network.parameters}
    batch, cotangent = drawn(network.batch_shape(4)), drawn(network.output_shape(4))
    passed = forward(network, values, batch)
    output, by_use = written_out(network, values, batch, cotangent)
    assert_equal(passed.output, output)
    found = passed.gradients_by_use(cotangent)
    assert set(found) == set(by_use)
    for slot, expected in by_use.items():
        assert_equal(found[slot], expected)


def assert_equal(found: Bounded, expected: Old) -> None:
    assert found.value == pytest.approx(expected.value, rel=1e-12, abs=1e-300)
    assert found.error == pytest.approx(
        expected.error, rel=1e-12, abs=1e-30
    )  # float32 loses digits below the normal numbers
