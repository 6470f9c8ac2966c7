"""Programs and networks as values: they convert to JSON and back, know their sharing, and reject invalid arguments."""

import copy
import json
from dataclasses import dataclass, fields
from typing import Tuple, get_args

import pytest
from hypothesis import given, settings

from specs import codec
from specs.arrays import ArrayRecipe, Bits, Drawn, Filled, Listed
from specs.custom_initializers import STANDARD_NORMAL
from specs.errors import SpecError
from specs.initializers import (
    Bare,
    Constant,
    ConstantArray,
    Custom,
    Default,
    Initializer,
    Kaiming,
    Normal,
    Orthogonal,
    SeededNormal,
    TruncatedNormal,
    Uniform,
    VarianceScaling,
    XavierNormal,
    XavierUniform,
    Zeros,
)
from specs.layers import (
    EXAMPLES,
    GRU,
    KINDS,
    LSTM,
    RNN,
    Activation,
    AveragePooling,
    BatchNorm,
    Convolution,
    ConvolutionTransposed,
    Dense,
    DepthwiseConvolution,
    Dropout,
    Flatten,
    GlobalPooling,
    GroupNorm,
    Layer,
    LayerNorm,
    LeakyReLU,
    MaxPooling,
    PackedSelfAttention,
    SelfAttention,
    SeparableConvolution,
)
from specs.layers.layer import Axis, features, image, sequence, shape_of
from specs.programs.networks import Block, Given, Network, Residual, Reuse, Slot, Tie, Use
from specs.programs.operations import (
    Add,
    Backward,
    Build,
    CastAndBack,
    Clone,
    Copy,
    CopyValues,
    Forward,
    Freeze,
    FreezeLayer,
    Initialize,
    KeepValue,
    ListMatching,
    Load,
    MakeOptimizer,
    Matching,
    OneLayer,
    OneParameter,
    Operation,
    Read,
    ReadKept,
    Reinitialize,
    Save,
    Seed,
    Select,
    Step,
    StepOptimizer,
    Target,
    TieAfterBuild,
    Unfreeze,
    Write,
    WriteElement,
)
from specs.programs.optimizers import SGD, Adam, Optimizer
from specs.programs.program import Program
from tests.strategies.families import family
from tests.strategies.networks import GIVEN, mixed_networks, networks, sharing_networks
from tests.suite.generated import FAMILIES, LAW_TESTS
from tests.suite.sequences import any_programs

WEIGHT, BIAS = Slot(0, "weight"), Slot(0, "bias")
ANY_NETWORK = networks() | sharing_networks() | mixed_networks()

# Round trips.


@pytest.mark.parametrize("programs", FAMILIES.values(), ids=FAMILIES)
def test_a_program_survives_json(programs):
    for program in family(programs).first(8):
        parsed = Program.parse(program.text)
        assert parsed == program
        assert hash(parsed) == hash(program)
        assert parsed.text == program.text


@given(program=LAW_TESTS[0][1].programs)
def test_indented_json_is_the_same_program(program):
    assert Program.parse(json.dumps(json.loads(program.text), indent=2)) == program


@settings(max_examples=50)
@given(program=any_programs())
def test_a_program_of_any_operations_survives_json(program):
    assert Program.parse(program.text) == program


def test_what_is_left_to_a_default_is_not_written():
    assert codec.to_plain(Read(WEIGHT)) == {"type": "Read", "slot": {"type": "Slot", "layer": 0, "role": "weight"}}


@given(network=networks())
def test_programs_that_differ_have_other_seeds(network):
    first, second = (Program({"net": network}, (Build(), Step(rate))).seeded() for rate in (0.5, 0.25))
    assert first.operations[0] != second.operations[0]


# Networks.

TIED = Network(
    features(4),
    (
        Dense(3),
        Dense(3),
        Block((Reuse(1), Activation("relu"))),
        Use(Dense(3), ties=(Tie("weight", Slot(1, "weight")),)),
        Residual((Use(Dense(3), ties=(Tie("weight", Slot(4, "weight")), Tie("bias", Slot(4, "bias")))), BatchNorm())),
        Use(Dense(2, bias=False), inferred=True),
    ),
)


@pytest.mark.parametrize(
    ("slot", "owner"),
    [
        ("0.weight", "0.weight"),
        ("2.weight", "1.weight"),
        ("2.bias", "1.bias"),
        ("4.weight", "1.weight"),
        ("4.bias", "4.bias"),
        ("5.weight", "1.weight"),
        ("5.bias", "4.bias"),
        ("6.mean", "6.mean"),
    ],
)
def test_the_owner_of_a_slot_is_the_first_slot_that_is_its_parameter(slot, owner):
    layer, role = slot.split(".")
    assert TIED.owner(Slot(int(layer), role)).path == owner


@pytest.mark.parametrize(
    ("slot", "shape"), [("0.weight", (3, 4)), ("0.bias", (3,)), ("5.weight", (3, 3)), ("7.weight", (2, 3))]
)
def test_a_shape_is_that_of_the_canonical_axes(slot, shape):
    layer, role = slot.split(".")
    assert TIED.shape(Slot(int(layer), role)) == shape


def test_uses_are_counted_in_the_order_in_which_data_passes_through_them():
    assert [placed.path for placed in TIED.uses] == [(0,), (1,), (2, 0), (2, 1), (3,), (4, 0), (4, 1), (5,)]
    assert [TIED.layer(at).kind for at in range(8)] == [
        "dense", "dense", "dense", "activation", "dense", "dense", "batch_norm", "dense",
    ]  # fmt: skip
    assert TIED.kinds() == ("dense", "activation", "batch_norm")
    assert TIED.first_use(2) == 1
    assert TIED.output_shape(5) == (5, 2)
    assert TIED.batch_shape(5) == (5, 4)


def test_parameters_and_buffers_are_told_apart():
    assert [slot.path for slot in TIED.buffers] == ["6.mean", "6.variance"]
    assert not set(TIED.buffers) & set(TIED.slots)
    assert set(TIED.held) == {*TIED.slots, *TIED.buffers}
    assert [slot.path for slot in TIED.weights] == [
        "0.weight",
        "1.weight",
        "2.weight",
        "4.weight",
        "5.weight",
        "7.weight",
    ]


def test_what_is_inferred_is_what_follows_from_what_comes_in():
    assert TIED.deferred
    assert [slot.path for slot in TIED.held if TIED.is_inferred(slot)] == ["7.weight"]
    assert TIED.has_modes
    assert not Network(features(2), (Dense(2),)).has_modes


def test_a_bare_layer_is_a_use_of_it():
    assert Network(features(2), (Dense(3), Block((Dense(1),)))) == Network(
        features(2), (Use(Dense(3)), Block((Use(Dense(1)),)))
    )


@given(network=ANY_NETWORK)
def test_every_slot_is_in_exactly_one_group_that_of_its_owner(network):
    grouped = [slot for slots in network.groups.values() for slot in slots]
    assert sorted(grouped) == sorted(network.slots)
    for owner, slots in network.groups.items():
        assert slots[0] == owner == min(slots, key=lambda slot: slot.layer)
        assert {network.owner(slot) for slot in slots} == {owner}


@given(network=ANY_NETWORK)
def test_slots_of_one_parameter_have_one_shape(network):
    for slots in network.groups.values():
        assert len({network.shape(slot) for slot in slots}) == 1


@given(network=sharing_networks())
def test_a_network_that_shares_has_fewer_parameters_than_slots(network):
    assert len(network.parameters) < len(network.slots)


@given(network=ANY_NETWORK)
def test_an_untied_network_is_the_same_computation_without_sharing(network):
    untied = network.untied()
    assert untied.parameters == untied.slots == network.slots
    assert [untied.shape(slot) for slot in untied.held] == [network.shape(slot) for slot in network.held]
    assert [untied.layer(at) for at in range(len(untied.uses))] == [
        network.layer(at) for at in range(len(network.uses))
    ]
    assert [placed.path for placed in untied.uses] == [placed.path for placed in network.uses]
    assert not untied.deferred


def test_initializers_reach_the_layers_that_own_their_slots():
    network = Network(features(2), (Dense(2), Block((Dense(2), Reuse(1)))))
    given_there = network.constructed_with((Slot(1, "weight"), Given("weight", Constant(2.0))))
    assert [given_there.use(at).initializers for at in range(3)] == [
        (),
        (Given("weight", Constant(2.0)),),
        (Given("weight", Constant(2.0)),),
    ]


# Layer kinds.


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_a_kind_offers_layers_that_fit_and_an_example_that_holds_all_of_its_roles(kind):
    layer, axes = kind.example()
    layer.check(axes)
    offered = [(choice, axes) for axes in GIVEN for choice in kind.choices(axes)]
    assert offered
    for choice, choice_axes in offered:
        choice.check(choice_axes)
        assert choice.output(choice_axes)
    families = {role.family for choice, choice_axes in offered for role in choice.roles(choice_axes)}
    ours = {role.family for role in layer.roles(axes)}
    assert {family.replace("reverse_", "") for family in families} == ours


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_the_roles_of_a_kind_are_consistent(kind):
    for axes in GIVEN:
        for layer in kind.choices(axes):
            roles = layer.roles(axes)
            assert len({role.name for role in roles}) == len(roles)
            for role in roles:
                names = {axis.name for axis in role.axes}
                assert len(names) == len(role.axes)
                assert set(role.inferred) <= names
                assert role.fans is None or {*role.fans.into, *role.fans.out} == names


def test_fans_count_windows_on_both_sides():
    (weight, _) = Convolution(4, (2, 3), groups=2).roles(image(6, 5, 5))
    assert weight.shape == (4, 3, 2, 3)
    assert weight.fan_in_and_out == (3 * 6, 4 * 6)
    (weight, _) = ConvolutionTransposed(4, (2, 3), groups=2).roles(image(6, 5, 5))
    assert weight.shape == (6, 2, 2, 3)
    assert weight.fan_in_and_out == (6 * 6, 2 * 6)
    (weight, _) = DepthwiseConvolution((2, 3), 2).roles(image(4, 5, 5))
    assert weight.shape == (4, 2, 2, 3)
    assert weight.fan_in_and_out == (6, 4 * 2 * 6)
    assert weight.nominal_fans == (4 * 6, 2 * 6)
    with pytest.raises(SpecError, match="bias has no fan_in and fan_out"):
        Dense(2).roles(features(3))[1].fan_in_and_out  # noqa: B018


@pytest.mark.parametrize(
    ("layer", "given_axes", "shape"),
    [
        (Convolution(3, (2,)), image(2, 5), (3, 4)),
        (Convolution(3, (2,), strides=(2,)), image(2, 5), (3, 2)),
        (Convolution(3, (2,), dilation=(3,)), image(2, 5), (3, 2)),
        (Convolution(3, (2,), pads_begin=(1,), pads_end=(2,)), image(2, 5), (3, 7)),
        (Convolution(3, (2, 3)), image(2, 5, 4), (3, 4, 2)),
        (Convolution(3, (5,)), image(2, 5), (3, 1)),
        (DepthwiseConvolution((2,), 3), image(2, 5), (6, 4)),
        (SeparableConvolution(4, (2,), 3, strides=(2,), pads_end=(1,)), image(2, 5), (4, 3)),
        (ConvolutionTransposed(3, (2,)), image(2, 5), (3, 6)),
        (ConvolutionTransposed(3, (2,), strides=(3,)), image(2, 5), (3, 14)),
        (ConvolutionTransposed(3, (2,), strides=(3,), output_padding=(2,)), image(2, 5), (3, 16)),
        (ConvolutionTransposed(3, (2,), dilation=(3,)), image(2, 5), (3, 8)),
        (ConvolutionTransposed(3, (2,), pads_begin=(1,), pads_end=(2,)), image(2, 5), (3, 3)),
        (MaxPooling((2,)), image(2, 5), (2, 2)),
        (MaxPooling((2,), (1,), (1,), (0,)), image(2, 5), (2, 5)),
        (AveragePooling((2, 3)), image(2, 4, 7), (2, 2, 2)),
        (GlobalPooling("max"), image(2, 4, 7), (2,)),
        (LSTM(3, directions=2), sequence(4, 2), (4, 6)),
        (LSTM(3, layers=2), sequence(4, 2), (4, 3)),
        (LSTM(3, directions=2, returns="last"), sequence(4, 2), (6,)),
        (GRU(3, directions=2), sequence(4, 2), (4, 6)),
        (RNN(3, layers=2, returns="last"), sequence(4, 2), (3,)),
        (Dense(3), sequence(4, 2), (4, 3)),
        (Flatten(), image(2, 3, 4), (24,)),
        (Flatten(), features(3), (3,)),
        (BatchNorm(), image(2, 3), (2, 3)),
        (SelfAttention(2, key_width=5, value_width=7), sequence(4, 3), (4, 3)),
        (SelfAttention(2, key_width=5, output_width=7), sequence(4, 3), (4, 7)),
        (PackedSelfAttention(2), sequence(4, 6), (4, 6)),
    ],
)
def test_the_axes_of_what_comes_out(layer, given_axes, shape):
    assert shape_of(layer.output(given_axes)) == shape


# Invalid values. Each message says where, what, and what is accepted.

PLAIN = Network(features(3), (Dense(2), Activation("relu"), Dense(4)))
NORMED = Network(features(3), (Dense(3), BatchNorm(), Dense(2)))


def net(axes, *layers):
    return lambda: Network(axes, layers)


def tied(layer, role, at, to, order="", axes=features(3), before=(Dense(3),)):
    return net(axes, *before, Use(layer, ties=(Tie(role, Slot(at, to), tuple(order.split())),)))


def initialized(layer, *given_there, ties=()):
    return net(features(3), Dense(3), Use(layer, initializers=given_there, ties=ties))


@pytest.mark.parametrize(
    ("make", "parts"),
    [
        (lambda: Slot(-1, "bias"), ["Slot.layer", "-1", "0 or more"]),
        (lambda: Axis("channel", 0), ["axis channel", "0", "1 or more"]),
        (lambda: Activation("swish"), ["Activation.function", "'swish'", "accepted: ", "relu", "sigmoid"]),
        (lambda: LeakyReLU(-0.1), ["LeakyReLU.slope", "-0.1", "greater than 0"]),
        (lambda: Dense(0), ["Dense.units", "0", "1 or more"]),
        (lambda: Dense(2.5), ["Dense.units", "expected a whole number", "2.5"]),
        (lambda: Dense("2"), ["Dense.units", "'2'", "whole number"]),
        (lambda: Dense(True), ["Dense.units", "True", "whole number"]),
        (lambda: Convolution(0, (2,)), ["Convolution.filters", "0", "1 or more"]),
        (lambda: Convolution(2, 3), ["Convolution.window", "expected a tuple, each of it a whole number", "got 3"]),
        (lambda: Convolution(2, (2,), strides=2), ["Convolution.strides", "expected a tuple", "got 2"]),
        (lambda: Convolution(2, ()), ["Convolution.window", "()", "1 to 3"]),
        (lambda: Convolution(2, (1, 1, 1, 1)), ["Convolution.window", "4 axes", "1 to 3"]),
        (lambda: Convolution(2, (0,)), ["Convolution.window", "0", "1 or more"]),
        (lambda: Convolution(2, (2,), strides=(1, 1)), ["Convolution.strides", "(1, 1)", "(2,)"]),
        (lambda: Convolution(2, (2,), strides=(0,)), ["Convolution.strides", "0", "1 or more"]),
        (lambda: Convolution(2, (2,), dilation=(0,)), ["Convolution.dilation", "0", "1 or more"]),
        (lambda: Convolution(2, (2,), pads_end=(-1,)), ["Convolution.pads_end", "-1", "0 or more"]),
        (lambda: Convolution(2, (2,), pads_begin=(0.5,)), ["Convolution.pads_begin", "0.5", "whole number"]),
        (lambda: Convolution(3, (2,), groups=2), ["Convolution.groups", "2 does not divide 3 filters"]),
        (lambda: DepthwiseConvolution((2,), 0), ["DepthwiseConvolution.multiplier", "0", "1 or more"]),
        (lambda: DepthwiseConvolution(2), ["DepthwiseConvolution.window", "expected a tuple", "got 2"]),
        (lambda: SeparableConvolution(0, (2,)), ["SeparableConvolution.filters", "0", "1 or more"]),
        (lambda: SeparableConvolution(2, (2,), 1.5), ["SeparableConvolution.multiplier", "1.5", "whole number"]),
        (lambda: ConvolutionTransposed(0, (2,)), ["ConvolutionTransposed.filters", "0", "1 or more"]),
        (lambda: ConvolutionTransposed(2, (2,), pads_end=(0, 1)), ["ConvolutionTransposed.pads_end", "(0, 1)", "(2,)"]),
        (lambda: ConvolutionTransposed(3, (2,), groups=2), ["ConvolutionTransposed.groups", "2 does not divide 3"]),
        (
            lambda: ConvolutionTransposed(2, (2, 2), strides=(1, 2), output_padding=(0, 2)),
            ["ConvolutionTransposed.output_padding", "(0, 2)", "less than strides (1, 2)"],
        ),
        (lambda: MaxPooling((2,), pads_end=(2,)), ["MaxPooling", "a pad of 2", "half of the window, (2,)"]),
        (lambda: AveragePooling((2,), (1, 1)), ["AveragePooling.strides", "(1, 1)", "(2,)"]),
        (lambda: GlobalPooling("median"), ["GlobalPooling.statistic", "'median'", "average, max"]),
        (lambda: Dropout(1.0), ["Dropout.rate", "1.0", "less than 1"]),
        (lambda: Dropout("0.5"), ["Dropout.rate", "'0.5'", "expected a number"]),
        (lambda: GroupNorm(0), ["GroupNorm.groups", "0", "1 or more"]),
        (lambda: LayerNorm(epsilon=2.0), ["LayerNorm.epsilon", "2.0", "between 0 and 1"]),
        (lambda: BatchNorm(momentum=1.0), ["BatchNorm.momentum", "1.0", "between 0 and 1"]),
        (lambda: BatchNorm(epsilon=0.0), ["BatchNorm.epsilon", "0.0", "between 0 and 1"]),
        (lambda: BatchNorm(momentum="0.9"), ["BatchNorm.momentum", "'0.9'", "expected a number or None"]),
        (lambda: LSTM(0), ["LSTM.hidden", "0", "1 or more"]),
        (lambda: LSTM(2, layers=0), ["LSTM.layers", "0", "1 or more"]),
        (lambda: LSTM(2, directions=3), ["LSTM.directions", "3", "1, 2"]),
        (lambda: LSTM(2, biases=3), ["LSTM.biases", "3", "0, 1, 2"]),
        (lambda: LSTM(2, returns="first"), ["LSTM.returns", "'first'", "sequence, last"]),
        (lambda: LSTM(2, layers=3, cell=True), ["LSTM", "a cell is one layer in one direction", "3 in 1"]),
        (lambda: GRU(0), ["GRU.hidden", "0", "1 or more"]),
        (lambda: GRU(2, linear_before_reset=2), ["GRU.linear_before_reset", "2", "True or False"]),
        (lambda: RNN(2, directions=0), ["RNN.directions", "0", "1, 2"]),
        (lambda: RNN(2, function="sigmoid"), ["RNN.function", "'sigmoid'", "tanh, relu"]),
        (lambda: SelfAttention(0), ["SelfAttention.heads", "0", "1 or more"]),
        (lambda: SelfAttention(2, key_width=0), ["SelfAttention.key_width", "0", "1 or more"]),
        (lambda: SelfAttention(2, value_width=-1), ["SelfAttention.value_width", "-1", "0 or more"]),
        (lambda: SelfAttention(2, output_width=-1), ["SelfAttention.output_width", "-1", "0 or more"]),
        (lambda: SelfAttention(2, causal=2), ["SelfAttention.causal", "2", "True or False"]),
        (lambda: SelfAttention(2, mask=((2,),)), ["SelfAttention.mask", "2", "each of it True or False"]),
        (lambda: SelfAttention(2, addends=((float("inf"),),)), ["SelfAttention.addends", "inf", "finite"]),
        (lambda: SelfAttention(2, causal=True, mask=((True,),)), ["SelfAttention.mask", "causal", "one is accepted"]),
        (lambda: PackedSelfAttention(1.5), ["PackedSelfAttention.heads", "1.5", "whole number"]),
        (lambda: PackedSelfAttention(2, bias="no"), ["PackedSelfAttention.bias", "'no'", "True or False"]),
        # Layers that do not accept the preceding output.
        (net(()), ["Network.given", "at least one axis"]),
        (net(features(3)), ["Network.layers", "at least one"]),
        (net(features(3), "Dense"), ["Network.layers", "'Dense'", "Use, Reuse, Block, PlainList, Residual"]),
        (net(features(3), Block(())), ["Network.layers[0]", "a block has at least one"]),
        (net(features(3), Block((Dense(3), Residual(())))), ["Network.layers[0][1]", "a block has at least one"]),
        (net(features(3), Residual((Dense(2),))), ["Network.layers[0]", "channel=2", "added to channel=3"]),
        (net(image(2, 3), Dense(2)), ["Network.layers[0]", "Dense takes channel or time channel", "channel=2 width=3"]),
        (net(features(3), Block((Convolution(2, (2,)),))), ["Network.layers[0][0]", "channel width", "channel=3"]),
        (net(image(2, 3, 3), Convolution(2, (2,))), ["1 dimensions takes channel width", "channel=2 height=3 width=3"]),
        (net(image(3, 4), Convolution(2, (2,), groups=2)), ["Convolution.groups", "2 does not divide 3 channels"]),
        (net(image(3, 4), ConvolutionTransposed(2, (2,), groups=2)), ["groups", "2 does not divide 3 channels"]),
        (
            net(image(2, 1), ConvolutionTransposed(2, (2,), pads_begin=(1,), pads_end=(1,))),
            ["leave nothing", "width=1"],
        ),
        (net(image(2, 3), MaxPooling((4,))), ["MaxPooling.window", "(4,)", "width=3"]),
        (net(features(3), GlobalPooling()), ["GlobalPooling takes channel width", "channel=3"]),
        (net(image(2, 3), DepthwiseConvolution((4,))), ["DepthwiseConvolution.window", "(4,)", "width=3"]),
        (net(features(3), SeparableConvolution(2, (2,))), ["SeparableConvolution of 1", "channel width", "channel=3"]),
        (net(image(2, 3), Convolution(2, (4,))), ["Convolution.window", "(4,)", "padded input", "width=3"]),
        (net(image(2, 3), Convolution(2, (2,), dilation=(3,))), ["Convolution.window", "padded input", "width=3"]),
        (net(image(2, 4, 3), Convolution(2, (2, 3), dilation=(1, 2))), ["Convolution.window", "width=3"]),
        (net(image(3, 4), GroupNorm(2)), ["GroupNorm.groups", "2 does not divide 3 channels"]),
        (net(image(2, 3), Flatten(), GroupNorm(2)), ["GroupNorm", "channel=6", "flattened"]),
        (net(image(2, 3), LayerNorm()), ["LayerNorm takes channel", "channel=2 width=3"]),
        (net(sequence(3, 2), BatchNorm()), ["BatchNorm takes channel", "time=3 channel=2"]),
        (net(features(3), LSTM(2)), ["LSTM takes time channel", "channel=3"]),
        (net(features(3), SelfAttention(1)), ["SelfAttention takes time channel", "channel=3"]),
        (
            net(sequence(3, 4), SelfAttention(1, mask=((True,) * 3,) * 2)),
            ["SelfAttention.mask", "3 rows of 3 are accepted"],
        ),
        (net(sequence(3, 4), PackedSelfAttention(3)), ["PackedSelfAttention.heads", "3 does not divide 4 channels"]),
        (net(sequence(3, 2), GRU(2, returns="last"), RNN(2)), ["RNN takes time channel", "channel=2"]),
        (net(image(2, 3), Flatten(), Flatten()), ["Network.layers[1]", "another Flatten", "channel=6"]),
        # Reused layers.
        (net(features(3), Dense(2), Reuse(0)), ["Network.layers[1]", "layer 0 takes channel=3", "on channel=2"]),
        (net(features(3), Dense(3), Reuse(2), Dense(3)), ["Network.layers[1].of", "2", "accepted: [0]"]),
        (net(features(3), Dense(3), Reuse(1)), ["Network.layers[1].of", "1", "accepted: [0]"]),
        (net(features(3), Dense(3), Reuse(-1)), ["Network.layers[1].of", "-1", "accepted: [0]"]),
        (net(features(3), Dense(3), Reuse(0), Reuse(1)), ["Network.layers[2].of", "1", "accepted: [0]"]),
        (net(features(3), Reuse(0)), ["Network.layers[0].of", "0", "accepted: []"]),
        (net(features(3), Block((Dense(3), Reuse(1)))), ["Network.layers[0][1].of", "1", "accepted: [0]"]),
        # Ties.
        (tied(Dense(3), "weight", 1, "weight"), ["Network.layers[1].ties.to", "1", "accepted: [0]"]),
        (tied(Dense(3), "wieght", 0, "weight"), ["Network.layers[1].ties.role", "'wieght'", "weight, bias"]),
        (tied(Dense(3), "weight", 0, "kernel"), ["Network.layers[1].ties.to.role", "'kernel'", "weight, bias"]),
        (tied(Dense(3, bias=False), "bias", 0, "bias"), ["Network.layers[1].ties.role", "'bias'", "accepted: weight"]),
        (tied(Dense(4), "weight", 0, "weight"), ["Network.layers[1].ties", "out=4 in=3", "0.weight", "out=3 in=3"]),
        (tied(Dense(3), "bias", 0, "weight"), ["Network.layers[1].ties", "bias of axes out=3", "0.weight"]),
        (
            tied(BatchNorm(), "mean", 0, "bias"),
            ["Network.layers[1].ties", "mean, a buffer", "cannot be tied to 0.bias, a parameter"],
        ),
        (
            tied(Dense(3), "weight", 0, "weight", "in width"),
            ["Network.layers[1].ties.axes", "in width are not the axes of 0.weight", "out=3 in=3"],
        ),
        (
            tied(Dense(4), "weight", 0, "weight", "in out"),
            ["Network.layers[1].ties", "weight of axes out=4 in=3", "0.weight of axes out=3 in=3"],
        ),
        (
            # As many elements and axes, but different ones.
            tied(LSTM(2), "l0_input_weight", 0, "l0_recurrent_weight", axes=sequence(3, 2), before=(LSTM(2), Dense(3))),
            ["Network.layers[2].ties", "gate=4 out=2 in=3", "gate=4 out=2 in=2"],
        ),
        (
            # Behind a Flatten, the weight's inputs are in a particular order.
            tied(Dense(6), "weight", 2, "weight", axes=image(2, 3), before=(Flatten(), Activation("relu"), Dense(6))),
            ["Network.layers[3].ties", "weight of axes out=6 in=6", "cannot be tied to 2.weight"],
        ),
        # Initializers at construction.
        (initialized(Dense(2), Given("wieght", Normal())), ["Network.layers[1].initializers.role", "'wieght'"]),
        (initialized(Dense(2, bias=False), Given("bias", Normal())), ["initializers.role", "'bias'", "weight"]),
        (lambda: Given("weight", "normal"), ["Given.initializer", "expected Default, Normal", "got 'normal'"]),
        (lambda: Given("weight", Dense(2)), ["Given.initializer", "expected Default, Normal", "got Dense("]),
        (initialized(Dense(2), Given("weight", Default())), ["initializers", "leave weight out for its default"]),
        (
            initialized(Dense(3), Given("weight", Normal()), ties=(Tie("weight", Slot(0, "weight")),)),
            ["Network.layers[1].initializers", "weight is tied"],
        ),
        (
            initialized(Dense(2), Given("weight", ConstantArray(Listed((1.0, 2.0))))),
            ["Network.layers[1].initializers.weight", "2 values", "(2, 3)"],
        ),
        (
            tied(Dense(3), "weight", 0, "weight", before=(Dense(3), Use(Dense(3), ties=(Tie("bias", BIAS),) * 2))),
            ["Network.layers[1].ties: bias is there twice"],
        ),
        (
            initialized(Dense(2), Given("weight", Normal()), Given("weight", Normal(1.0))),
            ["Network.layers[1].initializers: weight is there twice"],
        ),
        # Values of other types.
        (lambda: Network([Axis("channel", 3)], (Dense(2),)), ["Network.given", "expected a tuple, each of it Axis"]),
        (net(features(3), Block(2)), ["Network.layers", "expected a tuple of layers; got 2"]),
        (lambda: Program({"net": PLAIN}, [Build()]), ["Program.operations", "expected a tuple", "got [Build("]),
        (lambda: Program({"net": Dense(2)}, (Build(),)), ["Program.networks", "expected a dict, each of it Network"]),
        (lambda: Seed(True), ["Seed.seed", "expected a whole number; got True"]),
        (lambda: Normal(None), ["Normal.mean", "expected a number; got None"]),
        (lambda: Use(Dense), ["Use.layer", "expected Layer", "dense.Dense"]),
        (lambda: Load(despite=("mising",)), ["Load.despite", "'mising'", "accepted: missing, extra, shapes"]),
        (lambda: Load(despite=("extra", "extra")), ["Load.despite", "extra, extra", "twice"]),
        # Initializers and arrays.
        (lambda: Normal(0.0, -0.5), ["Normal.std", "-0.5", "greater than 0"]),
        (lambda: Normal(0.0, 0.0), ["Normal.std", "0.0", "greater than 0"]),
        (lambda: Normal(0.0, float("nan")), ["Normal.std", "nan", "finite"]),
        (lambda: Normal(float("inf")), ["Normal.mean", "inf", "finite"]),
        (lambda: Uniform(1.0, 1.0), ["Uniform", "low 1.0", "less than high 1.0"]),
        (lambda: Uniform(2.0, 1.0), ["Uniform", "low 2.0", "less than high 1.0"]),
        (lambda: Uniform(float("-inf"), 1.0), ["Uniform.low", "-inf", "finite"]),
        (lambda: XavierUniform(0.0), ["XavierUniform.gain", "0.0", "greater than 0"]),
        (lambda: XavierNormal(-1.0), ["XavierNormal.gain", "-1.0", "greater than 0"]),
        (lambda: SeededNormal(seed=-1), ["SeededNormal.seed", "-1", "2**31 - 1"]),
        (lambda: TruncatedNormal(0.0), ["TruncatedNormal.std", "0.0", "greater than 0"]),
        (lambda: TruncatedNormal(1.0, float("nan")), ["TruncatedNormal.mean", "nan", "finite"]),
        (lambda: TruncatedNormal(1.0, low=-1.0), ["TruncatedNormal", "low -1.0 and high None", "both be given"]),
        (lambda: TruncatedNormal(1.0, 0.0, 1.0, 1.0625), ["TruncatedNormal", "high 1.0625", "std / 8 or more"]),
        (lambda: TruncatedNormal(1.0, 0.0, 3.0, 4.0), ["TruncatedNormal", "mean 0.0", "within two std of 3.0 .. 4.0"]),
        (lambda: Kaiming("gelu"), ["Kaiming.nonlinearity", "'gelu'", "accepted: linear, relu"]),
        (lambda: Kaiming("relu", mode="fan_avg"), ["Kaiming.mode", "'fan_avg'", "accepted: fan_in, fan_out"]),
        (lambda: Kaiming("tanh", 0.1), ["Kaiming.slope", "0.1 is given for tanh", "leaky_relu alone"]),
        (lambda: Orthogonal(0.0), ["Orthogonal.gain", "0.0", "greater than 0"]),
        (lambda: Custom("gaussian"), ["Custom.source", "Expr is found", "def name(shape, dtype, random_state)"]),
        (lambda: Custom(""), ["Custom.source", "nothing is found", "one function"]),
        (lambda: Custom(STANDARD_NORMAL * 2), ["Custom.source", "FunctionDef, FunctionDef is found", "one function"]),
        (lambda: Custom("\ndef f(shape):\n    return shape[\n"), ["Custom.source, line 3", "'[' was never closed"]),
        (lambda: Custom("def f(shape): pass"), ["Custom.source, line 1", "def f(shape) is found", "random_state"]),
        (
            lambda: Custom("def f(shape, dtype, random_state=1): pass"),
            ["Custom.source, line 1", "accepted: one function"],
        ),
        (lambda: Custom("\0"), ["Custom.source", "null bytes"]),
        (lambda: Custom(STANDARD_NORMAL, -1), ["Custom.seed", "-1", "2**31 - 1"]),
        (lambda: Filled(float("nan")), ["Filled.value", "nan", "finite"]),
        (lambda: Listed((1.0, float("nan"))), ["Listed.values", "nan", "finite"]),
        (lambda: Listed((1.0, 2.0)).array((3,)), ["Listed.values", "2 values", "(3,)"]),
        (lambda: Drawn(2**32), ["Drawn.seed", str(2**32), "0 .. 2**32 - 1"]),
        (lambda: Bits(()), ["Bits.words", "one word or more"]),
        (lambda: Bits((2**32,)), ["Bits.words", str(2**32), "0 .. 2**32 - 1"]),
        # Operations.
        (lambda: Seed(-1), ["Seed.seed", "-1", "0 .. 2**31 - 1"]),
        (lambda: Initialize("normal"), ["Initialize.initializer", "expected Default, Normal", "got 'normal'"]),
        (lambda: Reinitialize(None), ["Reinitialize.initializer", "or Custom", "got None"]),
        (lambda: Add(WEIGHT, float("nan")), ["Add.amount", "nan", "finite"]),
        (lambda: WriteElement(WEIGHT, (0, 0), float("inf")), ["WriteElement.value", "inf", "finite"]),
        (lambda: WriteElement(BIAS, (-1,), 1.0), ["WriteElement.index", "-1", "0 or more"]),
        (lambda: Step(0.0), ["Step.learning_rate", "0.0", "greater than 0"]),
        (lambda: SGD(-0.5), ["SGD.learning_rate", "-0.5", "greater than 0"]),
        (lambda: SGD(0.5, 1.0), ["SGD.momentum", "1.0", "less than 1"]),
        (lambda: Adam(0.5, beta2=1.5), ["Adam.beta2", "1.5", "less than 1"]),
        (lambda: Adam(0.5, epsilon=float("inf")), ["Adam.epsilon", "inf", "finite"]),
        (lambda: MakeOptimizer("sgd"), ["MakeOptimizer.optimizer", "'sgd'", "SGD or Adam"]),
        (lambda: VarianceScaling(0.0), ["VarianceScaling.scale", "0.0", "greater than 0"]),
        (lambda: VarianceScaling(mode="fan"), ["VarianceScaling.mode", "'fan'", "fan_in, fan_out, fan_avg"]),
        (lambda: Bare("glorot"), ["Bare.name", "'glorot'", "normal, uniform"]),
        (lambda: Forward(Drawn(0), rows=0), ["Forward.rows", "0", "1 or more"]),
        (lambda: Forward(Drawn(0), shape=()), ["Forward.shape", "()", "one extent or more"]),
        (lambda: Forward(Drawn(0), shape=(3, 0)), ["Forward.shape", "(3, 0)", "1 or more"]),
        (lambda: Forward(Drawn(0), mode="training mode"), ["Forward.mode", "'training mode'", "training, inference"]),
        (lambda: CastAndBack("int8"), ["CastAndBack.dtype", "'int8'", "float16, float64"]),
        (lambda: Read(WEIGHT, "path"), ["Read.route", "'path'", "attribute, layer, name, order"]),
        (lambda: Write(WEIGHT, Drawn(0), (2, -3)), ["Write.shape", "-3", "0 or more"]),
        (lambda: Backward(Drawn(0), (-1, 2)), ["Backward.shape", "-1", "0 or more"]),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(make, parts):
    refused(make, parts)


VALUES = [
    *KINDS,
    *(member for union in (Operation, Target, Initializer, Optimizer, ArrayRecipe) for member in get_args(union)),
    *(Axis, Slot, Given, Tie, Use, Reuse, Program),
]


@pytest.mark.parametrize("kind", [kind for kind in VALUES if fields(kind)], ids=lambda kind: kind.__name__)
def test_a_field_of_another_type_than_it_is_declared_is_refused(kind):
    first, *others = fields(kind)
    refused(lambda: kind(*[object()] * (1 + len(others))), [f"{kind.__name__}.{first.name}: expected", "got <object"])


FED = (Build(), Forward(Drawn(0)))


@pytest.mark.parametrize(
    ("operations", "parts"),
    [
        ((), ["Program.operations", "at least one"]),
        ((Read(WEIGHT), Build()), ["Program.operations[0]", "Read comes before any Build"]),
        ((Clone(),), ["Program.operations[0]", "Clone comes before any Build"]),
        ((Build("ent"),), ["Program.operations[0].network", "'ent'", "accepted: net, other, normed"]),
        ((Build(), Select("other")), ["Program.operations[1].network", "'other'", "accepted: net"]),
        ((Build(), Save("a"), Load("b")), ["Program.operations[2].file", "'b'", "accepted: a"]),
        ((Build(), Load()), ["Program.operations[1].file", "'parameters'", "accepted"]),
        ((Build(), Backward(Drawn(0))), ["Program.operations[1]", "Backward comes before any Forward", "'net'"]),
        ((*FED, Clone(), Backward(Drawn(0))), ["Program.operations[3]", "before any Forward", "'clone'"]),
        ((Build(), StepOptimizer()), ["Program.operations[1]", "before any MakeOptimizer", "'net'"]),
        ((Build(), MakeOptimizer(SGD(0.5)), Clone(), StepOptimizer()), ["Program.operations[3]", "'clone'"]),
        ((Build(), FreezeLayer(9)), ["Program.operations[1]", "no layer 9", "accepted: 0 to"]),
        ((Build("normed"), Unfreeze(Slot(1, "mean"))), ["Program.operations[1]", "1.mean is no parameter", "Unfreeze"]),
        ((*FED, Build(), Backward(Drawn(0))), ["Program.operations[3]", "before any Forward", "'net'"]),
        (
            (Build(), Clone(), Forward(Drawn(0)), Select("net"), Clone(), Backward(Drawn(0))),
            ["Program.operations[5]", "before any Forward", "'clone'"],
        ),
        (
            (*FED, Forward(Drawn(0), mode="inference"), Backward(Drawn(0))),
            ["Program.operations[3]", "Backward comes after a Forward for inference"],
        ),
        ((Build(), CopyValues("other")), ["Program.operations[1].network", "other", "net"]),
        ((Build(), ReadKept()), ["Program.operations[1]", "ReadKept comes before any KeepValue"]),
        # Missing places.
        ((Build(), Write(Slot(0, "kernel"), Drawn(0))), ["Program.operations[1]", "no 0.kernel", "0.weight, 0.bias"]),
        ((Build(), Add(Slot(9, "weight"), 1.0)), ["Program.operations[1]", "no 9.weight", "2.weight"]),
        ((Build(), Freeze(Slot(1, "bias"))), ["Program.operations[1]", "no 1.bias", "2.weight"]),
        ((Build(), Copy(BIAS, Slot(1, "bias"))), ["Program.operations[1]", "no 1.bias", "2.weight"]),
        (
            (Build(), Initialize(Normal(), OneParameter(Slot(3, "bias")))),
            ["Program.operations[1]", "no 3.bias", "2.weight"],
        ),
        ((Build(), Initialize(Normal(), OneLayer(3))), ["Program.operations[1]", "no layer 3", "accepted: 0 to 2"]),
        ((Build(), Reinitialize(Normal(), OneLayer(-1))), ["Program.operations[1]", "no layer -1", "0 to 2"]),
        ((Build("normed"), Freeze(Slot(1, "mean"))), ["Program.operations[1]", "1.mean is no parameter", "Freeze"]),
        (
            (Build("normed"), TieAfterBuild(Slot(1, "mean"), Slot(1, "variance"))),
            ["Program.operations[1]", "1.mean is no parameter", "TieAfterBuild"],
        ),
        # Arrays and indices that do not fit.
        ((Build(), WriteElement(WEIGHT, (2, 0), 1.0)), ["Program.operations[1].index", "(2, 0)", "(2, 3)"]),
        ((Build(), ListMatching("wombat")), ["Program.operations[1]", "no layer has a wombat", "weight"]),
        ((Build(), Initialize(Zeros(), Matching("wombat"))), ["Program.operations[1]", "no layer has a wombat"]),
        ((Build(), Read(Slot(0, "wombat"))), ["Program.operations[1]", "no layer has a wombat"]),
        (
            (Build(), Initialize(ConstantArray(Drawn(0)), OneLayer(0))),
            ["Program.operations[1].initializer", "layer 0", "(2,)", "(2, 3)", "parameters of one shape"],
        ),
        (
            (Build(), Initialize(ConstantArray(Drawn(0)), OneLayer(1))),
            ["Program.operations[1].initializer", "layer 1", "[]", "parameters of one shape"],
        ),
        ((Build(), WriteElement(WEIGHT, (0, 3), 1.0)), ["Program.operations[1].index", "(0, 3)", "(2, 3)"]),
        ((Build(), WriteElement(WEIGHT, (0,), 1.0)), ["Program.operations[1].index", "(0,)", "(2, 3)"]),
        ((Build(), WriteElement(BIAS, (), 1.0)), ["Program.operations[1].index", "()", "(2,)"]),
        ((Build(), Copy(WEIGHT, Slot(2, "weight"))), ["Program.operations[1]", "out=2 in=3", "2.weight", "out=4 in=2"]),
        ((Build(), TieAfterBuild(BIAS, Slot(2, "bias"))), ["Program.operations[1]", "0.bias", "out=2", "out=4"]),
        ((Build(), Write(WEIGHT, Listed((1.0,)))), ["Program.operations[1].values", "1 values", "(2, 3)"]),
        ((Build(), Write(WEIGHT, Listed((1.0,)), (1, 2))), ["Program.operations[1].values", "1 values", "(1, 2)"]),
        ((Build(), Forward(Listed((1.0,)))), ["Program.operations[1].batch", "1 values", "(2, 3)"]),
        ((Build(), Forward(Drawn(0), shape=(3, 4))), ["Program.operations[1].shape", "(3, 4)", "each of channel=3"]),
        ((*FED, Backward(Listed((1.0,)))), ["Program.operations[2].cotangent", "1 values", "(2, 4)"]),
        (
            (Build(), Initialize(ConstantArray(Listed((1.0,))), OneParameter(BIAS))),
            ["Program.operations[1].initializer", "1 values", "(2,)"],
        ),
    ],
)
def test_operations_that_do_not_fit_together_are_refused(operations, parts):
    refused(lambda: Program({"net": PLAIN, "other": PLAIN, "normed": NORMED}, operations), parts)


@pytest.mark.parametrize(
    "operations",
    [
        (Build(), KeepValue(WEIGHT), ReadKept()),
        (Build(), Read(Slot(9, "weight"))),
        (Build(), Write(WEIGHT, Listed(tuple(range(6))))),
        (Build(), WriteElement(WEIGHT, (1, 2), 1.0)),
        (Build(), Forward(Drawn(0)), Clone(), Select("net"), Backward(Drawn(0))),
        (Build(), Save("a"), Build("other"), Load("a")),
        (Build("normed"), Copy(Slot(1, "scale"), Slot(0, "bias")), TieAfterBuild(Slot(1, "scale"), Slot(0, "bias"))),
    ],
)
def test_operations_that_fit_together_are_accepted(operations):
    assert Program({"net": PLAIN, "other": PLAIN, "normed": NORMED}, operations).operations == operations


# JSON that is not a program. The message begins with the place in the text.

DOCUMENT = codec.to_plain(
    Program(
        {"net": PLAIN},
        (
            Build(),
            Initialize(Normal(0.0, 2.0)),
            Read(WEIGHT, "name"),
            Write(WEIGHT, Filled(1.0)),
            Add(WEIGHT, 1.0),
            Initialize(Custom(STANDARD_NORMAL)),
        ),
    )
)
ABSENT = object()


@pytest.mark.parametrize(
    ("path", "value", "parts"),
    [
        ("type", "Programme", ["program.type", "'Programme'", "accepted: Program"]),
        ("type", ABSENT, ["program:", '"type"', "Program"]),
        ("networks", ABSENT, ["program:", "Program needs the field 'networks'"]),
        ("networks", [], ["program.networks:", "expected an object", "[]"]),
        ("networks.net", None, ["program.networks.net:", "expected an object", "Network", "null"]),
        ("networks.net.given", [], ["program.networks.net:", "Network.given", "at least one axis"]),
        ("networks.net.given.0.extent", 3.5, ["program.networks.net.given[0].extent:", "expected int", "3.5"]),
        ("networks.net.given.0.extent", True, ["program.networks.net.given[0].extent:", "expected int", "true"]),
        ("networks.net.given.0.extent", 0, ["program.networks.net.given[0]:", "axis channel", "1 or more"]),
        ("networks.net.given.0.type", "Axes", ["program.networks.net.given[0].type:", "'Axes'", "accepted: Axis"]),
        ("networks.net.given.0.name", "time", ["program.networks.net:", "Network.layers[0]", "Dense takes channel"]),
        ("networks.net.layers", {}, ["program.networks.net.layers:", "expected a list", "{}"]),
        ("networks.net.layers.2.layer.units", "4", ["program.networks.net.layers[2].layer.units:", "int", '"4"']),
        ("networks.net.layers.2.layer.units", 0, ["program.networks.net.layers[2].layer:", "Dense.units", "1 or more"]),
        ("networks.net.layers.1.layer.function", "rleu", ["program.networks.net.layers[1].layer:", "'rleu'", "tanh"]),
        ("networks.net.layers.0.layer.untis", 3, ["program.networks.net.layers[0].layer:", "'untis'", "units, bias"]),
        ("networks.net.layers.1.type", "Using", ["program.networks.net.layers[1].type:", "'Using'", "Use, Reuse"]),
        (
            "networks.net.layers.1.layer.type",
            "Conv",
            ["program.networks.net.layers[1].layer.type:", "'Conv'", "Dense", "Convolution"],
        ),
        ("networks.net.layers.1.layer", ABSENT, ["program.networks.net.layers[1]:", "Use needs the field 'layer'"]),
        (
            "networks.net.layers.0.ties",
            [{"type": "Tie"}],
            ["program.networks.net.layers[0].ties[0]:", "Tie needs the field 'role'"],
        ),
        (
            "networks.net.layers.0.initializers",
            [{"type": "Given", "role": "weight", "initializer": "normal"}],
            ["program.networks.net.layers[0].initializers[0].initializer:", '"normal"', "Normal"],
        ),
        ("operations", "Build", ["program.operations:", "expected a list", '"Build"']),
        ("operations.2", "Read", ["program.operations[2]:", '"type"', "Build, Seed", '"Read"']),
        ("operations.2.type", "Raed", ["program.operations[2].type:", "'Raed'", "Read, KeepValue"]),
        ("operations.2.type", ["Read"], ["program.operations[2].type:", "Read", "accepted: Build"]),
        ("operations.2.slot", ABSENT, ["program.operations[2]:", "Read needs the field 'slot'"]),
        ("operations.2.slot", None, ["program.operations[2].slot:", "expected an object", "Slot", "null"]),
        ("operations.3.slot.role", "kernel", ["program:", "Program.operations[3]", "0.kernel", "0.weight, 0.bias"]),
        ("operations.2.slot.layer", "0", ["program.operations[2].slot.layer:", "expected int", '"0"']),
        ("operations.2.route", "path", ["program.operations[2]:", "'path'", "attribute, layer, name, order"]),
        ("operations.3.slot.rôle", 1, ["program.operations[3].slot:", "'rôle'", "layer, role"]),
        ("operations.3.values.value", float("nan"), ["program.operations[3].values:", "nan", "finite"]),
        ("operations.3.values.value", 10**400, ["program.operations[3].values.value:", "float"]),
        ("operations.3.shape", [2, "3"], ["program.operations[3].shape[1]:", "expected int", '"3"']),
        ("operations.4.amount", "1", ["program.operations[4].amount:", "expected float", '"1"']),
        ("operations.4.amount", True, ["program.operations[4].amount:", "expected float", "true"]),
        ("operations.1.initializer.std", -1, ["program.operations[1].initializer:", "Normal.std", "greater than 0"]),
        (
            "operations.5.initializer.source",
            "f",
            ["program.operations[5].initializer:", "Expr is found", "one function"],
        ),
        (
            "operations.1.initializer",
            "normal",
            ["program.operations[1].initializer:", "expected an object", '"normal"'],
        ),
        ("operations.0.network", "ent", ["program:", "Program.operations[0].network", "'ent'", "accepted: net"]),
    ],
)
def test_json_that_is_not_a_program_is_refused(path, value, parts):
    text = json.dumps(changed(DOCUMENT, path, value))
    assert str(refused(lambda: Program.parse(text), parts)).startswith(parts[0])


@dataclass(frozen=True)
class Pair:
    """A class that the codec does not know."""

    both: Tuple[int, str]


def test_a_tuple_of_a_fixed_number_of_items_is_not_known():
    with pytest.raises(TypeError, match=r"both: a tuple of a fixed number of items, .*int.*str.*, is not known here"):
        codec.loads('{"type": "Pair", "both": [1, "a"]}', Pair)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_every_kind_is_read_where_a_layer_is_expected(kind):
    layer, _ = EXAMPLES[kind.kind]
    assert codec.from_plain(codec.to_plain(layer), Layer) == layer


@pytest.mark.parametrize("text", ["", "{", '{"type": "Program",}', "\x00", "[" * 100_000])
def test_text_that_is_not_json_is_refused(text):
    refused(lambda: Program.parse(text), ["program: not valid JSON"])


@pytest.mark.parametrize("text", ["null", "3", "[]", '"Program"', "{}"])
def test_json_that_is_no_object_with_a_type_is_refused(text):
    refused(lambda: Program.parse(text), ["program:", '"type"', "Program", text])


def test_whole_numbers_are_accepted_where_a_float_is_expected():
    assert Program.parse(json.dumps(changed(DOCUMENT, "operations.4.amount", 2))).operations[4] == Add(WEIGHT, 2.0)


def refused(make, parts):
    """The error with which ``make`` refuses: a single line that contains every part."""
    with pytest.raises(SpecError) as caught:
        make()
    message = str(caught.value)
    assert [part for part in parts if part not in message] == [], message
    assert "\n" not in message
    return caught.value


def changed(document, path, value):
    """A copy of a JSON document with the value at a dotted path replaced or removed."""
    changed_document = copy.deepcopy(document)
    place = changed_document
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        place = place[step]
    if value is ABSENT:
        del place[last]
    else:
        place[last] = value
    return changed_document
