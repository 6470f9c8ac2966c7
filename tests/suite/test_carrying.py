"""Carrying weights as arrays alone, without frameworks: what is converted, how, and what is refused."""

import ast
import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from adapters.carrying import overview
from adapters.carrying.arrays import canonical, declarations, name_at, native, places
from adapters.carrying.code import made
from adapters.carrying.divergences import AVERAGED, DIVERGENCES, REFUSED, SHARED, declared, reasons
from adapters.carrying.plans import planned, with_layers
from adapters.interface import Unsupported
from specs.errors import SpecError
from specs.layers import (
    EXAMPLES,
    GRU,
    LSTM,
    RNN,
    BatchNorm,
    Convolution,
    Dense,
    Flatten,
    GroupNorm,
    LeakyReLU,
    PackedSelfAttention,
    PaddedEmbedding,
    SelfAttention,
)
from specs.layers.layer import Axis, features, image, sequence
from specs.programs.networks import Block, Network, Residual, Reuse, Slot, Tie, Use
from specs.programs.passes import forward
from specs.programs.ported import PORTED
from specs.reporting import readme
from tests.strategies.networks import all_networks

ROOT = Path(__file__).resolve().parents[2]
ADAPTERS = ("reference", "gluon", "keras", "torch")
PAIRS = tuple(itertools.permutations(ADAPTERS, 2))


def values_of(network, seed=0):
    """An array with distinct numbers for each owner; variances are positive."""
    random = np.random.RandomState(seed)
    return {
        slot: random.uniform(0.5, 1.5, network.shape(slot)).astype(np.float32)
        for slot in network.held
        if network.owner(slot) == slot
    }


def has(adapter, layer):
    declared = declarations(adapter)
    try:
        return not declared.builders() or bool(declared.builder(layer))
    except Unsupported:
        return False


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("kind", EXAMPLES)
def test_there_and_back_is_the_same(kind, adapter):
    example, axes = EXAMPLES[kind]
    for layer in {example, *type(example).choices(axes)}:
        if has(adapter, layer):
            network = Network(axes, (layer,))
            values = values_of(network)
            back = canonical(adapter, network, native(adapter, network, values))
            assert back.keys() == values.keys()
            assert all(np.array_equal(back[slot], values[slot]) for slot in values)


@settings(suppress_health_check=list(HealthCheck))
@given(network=all_networks())
def test_whole_networks_there_and_back(network):
    values = values_of(network)
    for adapter in ADAPTERS:
        try:
            arrays = native(adapter, network, values)
        except SpecError:
            continue
        back = canonical(adapter, network, arrays)
        assert all(np.array_equal(back[slot], values[slot]) for slot in values)


@pytest.mark.parametrize("network", PORTED)
@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_networks_that_people_port(network, source, target):
    plan = planned(network, source, target)
    values = values_of(network)
    arrays = native(target, plan.carried, plan.values(values))
    assert len(plan.rows()) == len(values)
    assert [row.target for row in plan.rows()] == list(arrays)


def check_code(network, source, target, accepted=()):
    """Check that a script's code makes the target's arrays from the source's."""
    plan = planned(with_layers(network, {}), source, target, accepted)
    values = values_of(plan.network)
    names = {
        slot.path: name_at(plan.network, slot, held) + held.part
        for parts in places(source, plan.network).values()
        for slot, held in parts
    }
    given_names = {"np": np, "arrays": native(source, plan.network, values)}
    found = {slot: eval(ast.unparse(node), given_names) for slot, node in made(plan, names).items()}
    expected = native(target, plan.carried, plan.values(values))
    for name, parts in places(target, plan.carried).items():
        for slot, held in parts:
            assert np.array_equal(held.native(held.canonical(expected[name])), found.pop(slot)), slot.path
    assert found == {}


@pytest.mark.parametrize(("source", "target"), PAIRS)
@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_code_of_each_kind_makes_the_same(kind, source, target):
    example, axes = EXAMPLES[kind]
    for layer in dict.fromkeys((example, *type(example).choices(axes))):
        if None in vars(layer).values() or not layer.roles(axes) or not has(source, layer):
            continue
        instead = [one for one in layer.instead(axes) if has(target, one.layer)]
        if has(target, layer) or instead:
            accepted = [] if has(target, layer) else [one.name for one in instead[:1] if one.price]
            check_code(Network(axes, (layer,)), source, target, accepted)


@pytest.mark.parametrize(("source", "target"), PAIRS)
@pytest.mark.parametrize("network", PORTED)
def test_the_code_of_networks_that_people_port_makes_the_same(network, source, target):
    check_code(network, source, target)


def test_names_lead_through_blocks_and_around_them():
    network = Network(features(2), (Dense(2), Block((Dense(3), Residual((Dense(3), Reuse(2)))))))
    names = ["0.weight", "0.bias", "1.0.weight", "1.0.bias", "1.1.0.weight", "1.1.0.bias"]
    assert list(places("torch", network)) == names
    assert list(places("keras", network))[:2] == ["0.kernel", "0.bias"]


# Layouts of frameworks, written by hand.


def test_a_dense_layer():
    network = Network(features(3), (Dense(2),))
    weight, bias = np.arange(6, dtype=np.float32).reshape(2, 3), np.array([7, 8], np.float32)
    values = {Slot(0, "weight"): weight, Slot(0, "bias"): bias}
    assert np.array_equal(native("keras", network, values)["0.kernel"], weight.T)
    assert np.array_equal(native("torch", network, values)["0.weight"], weight)


def test_a_flattened_image_before_a_dense_layer():
    network = Network(image(2, 3, 4), (Flatten(), Dense(1, bias=False)))
    weight = np.arange(24, dtype=np.float32).reshape(1, 24)
    kernel = native("keras", network, {Slot(1, "weight"): weight})["1.kernel"]
    assert np.array_equal(kernel, weight.reshape(2, 3, 4).transpose(1, 2, 0).reshape(24, 1))


def test_the_order_of_what_a_source_flattens_can_be_told():
    network = Network(image(2, 3, 1), (Flatten(), Dense(1, bias=False)))
    weight = np.arange(6, dtype=np.float32).reshape(1, 6)
    arrays = {"1.weight": weight.reshape(1, 2, 3).transpose(0, 2, 1).reshape(1, 6)}
    assert np.array_equal(canonical("torch", network, arrays, "*data channel")[Slot(1, "weight")], weight)


def test_the_gates_of_a_gru():
    network = Network(sequence(3, 1), (GRU(1),))
    values = values_of(network)
    held = native("keras", network, values)
    r, z, n = values[Slot(0, "l0_bias")].ravel()
    assert np.array_equal(held["0.cell.bias"][0], [z, r, n])
    r, z, n = values[Slot(0, "l0_recurrent_bias")].ravel()
    assert np.array_equal(held["0.cell.bias"][1], [z, r, n])


def test_what_is_tied_is_held_once():
    network = Network(features(3), (Dense(3), Use(Dense(3), ties=(Tie("weight", Slot(0, "weight")),))))
    values = values_of(network)
    assert set(native("torch", network, values)) == {"0.weight", "0.bias", "1.bias"}


# Conversions that are not bijective must be accepted, and are reported.

LSTMS = Network(sequence(3, 2), (LSTM(2, layers=2, directions=2), Dense(1)))


def test_two_biases_into_one_have_to_be_accepted():
    with pytest.raises(SpecError, match=r"keras has none: an LSTM has one bias.*--accept merged_biases: .*but a step"):
        planned(LSTMS, "torch", "keras")


def test_two_biases_into_one_are_their_sum():
    plan = planned(LSTMS, "torch", "keras", ("merged_biases",))
    values = values_of(LSTMS)
    after = plan.values(values)
    for end in ("l0_", "l1_", "l0_reverse_", "l1_reverse_"):
        total = values[Slot(0, f"{end}bias")] + values[Slot(0, f"{end}recurrent_bias")]
        assert np.array_equal(after[Slot(0, f"{end}bias")], total)
    assert plan.prices == ["layer 0: bias + recurrent_bias: a step moves one bias by half as much as two together"]
    done = {row.slot: (row.target, row.done) for row in plan.rows()}
    assert done["0.l0_recurrent_bias"] == ("", "bias + recurrent_bias")
    assert done["0.l0_bias"][1] == "as it is; bias + recurrent_bias"
    assert done["0.l0_input_weight"][1] == "transposed"


@pytest.mark.parametrize(
    ("layer", "target", "accepted"),
    [
        (LSTM(2, biases=1), "torch", "split_bias"),
        (LSTM(2, biases=0), "gluon", "added_biases"),
        (RNN(2, biases=2), "keras", "merged_biases"),
        (GRU(2, biases=0), "gluon", "added_biases"),
    ],
)
def test_another_number_of_biases_computes_the_same(layer, target, accepted):
    network = Network(sequence(3, 2), (layer,))
    plan = planned(network, "reference", target, (accepted,))
    values = values_of(network)
    batch = np.random.RandomState(0).uniform(-1, 1, (2, 3, 2))
    before = forward(network, values, batch).output.value
    after = forward(plan.carried, plan.values(values), batch).output.value
    assert np.allclose(before, after, rtol=0, atol=1e-6)


def test_packed_attention_is_taken_apart():
    network = Network(sequence(3, 4), (PackedSelfAttention(2),))
    plan = planned(network, "torch", "keras")
    values = values_of(network)
    batch = np.random.RandomState(0).uniform(-1, 1, (2, 3, 4))
    after = forward(plan.carried, plan.values(values), batch).output.value
    assert plan.carried.layer(0) == SelfAttention(2, key_width=2)
    assert np.array_equal(forward(network, values, batch).output.value, after)
    assert not plan.prices


def test_a_row_of_padding_is_trained_elsewhere():
    network = Network((Axis("time", 3),), (PaddedEmbedding(5, 2),))
    with pytest.raises(SpecError, match="--accept trained_padding"):
        planned(network, "torch", "gluon")
    assert planned(network, "torch", "gluon", ("trained_padding",)).prices


@pytest.mark.parametrize(
    ("network", "target", "reason"),
    [
        (Network(sequence(3, 2), (GRU(2, biases=1, linear_before_reset=False),)), "torch", "reset gate comes behind"),
        (Network(image(4, 2, 3), (GroupNorm(2),)), "gluon", "a scale and a bias for each group"),
        (Network(image(2, 3, 4), (BatchNorm(momentum=None),)), "keras", "momentum is left to the framework"),
        (Network(features(2), (Dense(1), LeakyReLU())), "torch", "slope is left to the framework"),
    ],
)
def test_what_cannot_be_carried_is_refused_with_the_reason(network, target, reason):
    with pytest.raises(SpecError, match=rf"layer \d, .*{reason}"):
        planned(network, "reference", target)


def test_what_the_source_does_not_have_is_refused():
    with pytest.raises(SpecError, match=r"layer 0, .*torch has none: nn\.LSTM has two biases"):
        planned(Network(sequence(3, 2), (LSTM(2, biases=1),)), "torch", "keras")


def test_nothing_to_carry_is_said():
    with pytest.raises(SpecError, match="the network holds nothing that could be carried"):
        planned(Network(image(2, 3, 4), (Flatten(),)), "torch", "keras")


def test_what_there_is_not_cannot_be_accepted():
    with pytest.raises(SpecError, match="accept: 'merged_biases' is not known"):
        planned(Network(features(2), (Dense(1),)), "torch", "keras", ("merged_biases",))


def test_what_is_inferred_is_declared_on_the_other_side():
    network = Network(features(2), (Use(Dense(1), inferred=True),))
    assert planned(network, "torch", "keras").carried == Network(features(2), (Dense(1),))


# Arrays that do not fit.

SMALL = Network(image(2, 3, 4), (Convolution(3, (2, 2)),))


def test_an_array_that_fits_only_transposed():
    arrays = native("keras", SMALL, values_of(SMALL))
    renamed = {"0.weight": arrays["0.kernel"], "0.bias": arrays["0.bias"]}
    with pytest.raises(SpecError, match=r"0.weight: shape \(3, 2, 2, 2\) is expected; .* it fits only transposed"):
        canonical("torch", SMALL, renamed)


def test_arrays_of_another_network():
    with pytest.raises(SpecError, match=r"missing: 0.weight, 0.bias; left over: 1.weight"):
        canonical("torch", SMALL, {"1.weight": np.zeros(1)})


def test_values_that_do_not_fit():
    with pytest.raises(SpecError, match=r"missing: 0\.bias"):
        native("torch", SMALL, {Slot(0, "weight"): np.zeros((3, 2, 2, 2))})
    with pytest.raises(SpecError, match=r"0.bias: shape \(3,\) is expected; it has \(2,\)"):
        native("torch", SMALL, {Slot(0, "weight"): np.zeros((3, 2, 2, 2)), Slot(0, "bias"): np.zeros(2)})


@pytest.mark.parametrize("block", ["carried", "carried_reference"])
def test_a_page_tells_what_is_declared(block):
    head, _, *rows = (line.strip("| ").split(" | ") for line in readme.block(ROOT, block) if line.startswith("|"))
    kinds = {overview.words(kind): kind for kind in (*EXAMPLES, *SHARED)}
    for kind, *cells in rows:
        for pair, cell in zip(head[1:], cells):
            answers = {answer.strip("`") for answer in cell.split(", ")} - {overview.CARRIED, overview.ABSENT}
            assert answers == declared(*pair.split(" to "), kinds[kind]), f"{kind}, {pair}"


def test_a_page_lists_what_may_be_accepted():
    assert readme.block(ROOT, "carried_if_accepted") == overview.to_accept()
    named = {one.answer for one in DIVERGENCES} - {REFUSED, AVERAGED}
    assert all(any(f"`{name}`" in line for line in overview.to_accept()) for name in named)


def test_the_readme_names_what_is_declared():
    head, _, *rows = (line.strip("| ").split(" | ") for line in readme.block(ROOT, "carried_by_pair"))
    kinds = {overview.words(kind): kind for kind in (*EXAMPLES, *SHARED)}
    for source, target, _, *cells in rows:
        for title, cell in zip(head[3:], cells):
            named = {kinds[words] for words in cell.split(", ") if words != overview.ABSENT}
            assert named == {kind for kind in kinds.values() if _is_told(title, declared(source, target, kind))}, title


def _is_told(title, answers):
    own = {"refused, all or some": {REFUSED}, AVERAGED: {AVERAGED}}
    return bool(answers & own[title] if title in own else answers - {REFUSED, AVERAGED})


@pytest.mark.parametrize("one", [one for one in DIVERGENCES if one.law])
def test_a_law_that_explains_is_answered_differently(one):
    for source, target, kind in itertools.product(one.sources, one.targets, one.kinds):
        assert [*reasons(source, target, kind, one.answer)], f"{source} to {target}: {one.law}"


def test_bits_stay():
    network = Network(features(2), (Dense(1, bias=False),))
    bits = np.array([[0x7FC00001, 0x80000000]], np.uint32)
    held = native("keras", network, {Slot(0, "weight"): bits.view(np.float32)})
    assert np.array_equal(held["0.kernel"].view(np.uint32), bits.T)


def test_no_framework_is_imported():
    program = (
        "import sys, numpy as np\n"
        "from adapters.carrying.arrays import native\n"
        "from specs.layers import Dense\n"
        "from specs.layers.layer import features\n"
        "from specs.programs.networks import Network, Slot\n"
        "net = Network(features(1), (Dense(1, bias=False),))\n"
        "[native(name, net, {Slot(0, 'weight'): np.zeros((1, 1))}) for name in ('gluon', 'keras', 'torch')]\n"
        "outside = {'mxnet', 'keras', 'tensorflow', 'torch', 'scipy', 'hypothesis', 'execnet'}\n"
        "assert not outside & set(sys.modules), outside & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
