"""Programs and networks as values: they survive JSON, know their sharing, and refuse what cannot be meant."""

import copy
import json

import pytest
from hypothesis import given, settings

from specs import codec
from specs.arrays import Drawn, Filled, Listed
from specs.errors import SpecError
from specs.initializers import ConstantArray, Custom, Normal, Uniform, XavierNormal, XavierUniform
from specs.programs.networks import Dense, Network, Reuse, Slot, Tie
from specs.programs.operations import (
    Add,
    Backward,
    Build,
    Clone,
    Forward,
    Initialize,
    KeepValue,
    Load,
    OneParameter,
    Read,
    ReadKept,
    Save,
    Select,
    Step,
    Write,
    WriteElement,
)
from specs.programs.program import Program
from tests.strategies.networks import networks, sharing_networks
from tests.suite.generated import LAW_TESTS

WEIGHT, BIAS = Slot(0, "weight"), Slot(0, "bias")

# Round trips.


@pytest.mark.parametrize(("law", "test"), LAW_TESTS, ids=[law for law, _ in LAW_TESTS])
def test_a_program_survives_json(law, test):
    @settings(max_examples=8)
    @given(program=test.programs)
    def survives(program):
        parsed = Program.parse(program.text)
        assert parsed == program
        assert hash(parsed) == hash(program)
        assert parsed.text == program.text

    survives()


@given(program=LAW_TESTS[0][1].programs)
def test_indented_json_is_the_same_program(program):
    assert Program.parse(json.dumps(json.loads(program.text), indent=2)) == program


def test_what_is_left_to_a_default_is_not_written():
    assert codec.to_plain(Read(WEIGHT)) == {"type": "Read", "slot": {"type": "Slot", "layer": 0, "role": "weight"}}


@given(network=networks())
def test_programs_that_differ_have_other_seeds(network):
    first, second = (Program({"net": network}, (Build(), Step(rate))).seeded() for rate in (0.5, 0.25))
    assert first.operations[0] != second.operations[0]


# Networks.

TIED = Network(
    4,
    (
        Dense(3),
        Dense(3, tie=None),
        Reuse(1),
        Dense(3, bias=True, tie=Tie(1, ("weight",))),
        Dense(3, tie=Tie(3)),
        Dense(2, bias=False),
    ),
)


@pytest.mark.parametrize(
    ("slot", "owner"),
    [
        ("0.weight", "0.weight"),
        ("2.weight", "1.weight"),
        ("2.bias", "1.bias"),
        ("3.weight", "1.weight"),
        ("3.bias", "3.bias"),
        ("4.weight", "1.weight"),
        ("4.bias", "3.bias"),
    ],
)
def test_the_owner_of_a_slot_is_the_first_slot_that_is_its_parameter(slot, owner):
    layer, role = slot.split(".")
    assert TIED.owner(Slot(int(layer), role)).path == owner


@pytest.mark.parametrize(
    ("slot", "shape"), [("0.weight", (3, 4)), ("0.bias", (3,)), ("4.weight", (3, 3)), ("5.weight", (2, 3))]
)
def test_a_shape_is_that_of_the_canonical_axes(slot, shape):
    layer, role = slot.split(".")
    assert TIED.shape(Slot(int(layer), role)) == shape


@given(network=networks() | sharing_networks())
def test_every_slot_is_in_exactly_one_group_that_of_its_owner(network):
    grouped = [slot for slots in network.groups.values() for slot in slots]
    assert sorted(grouped) == sorted(network.slots)
    for owner, slots in network.groups.items():
        assert slots[0] == owner == min(slots)
        assert {network.owner(slot) for slot in slots} == {owner}


@given(network=networks() | sharing_networks())
def test_slots_of_one_parameter_have_one_shape(network):
    for slots in network.groups.values():
        assert len({network.shape(slot) for slot in slots}) == 1


@given(network=sharing_networks())
def test_a_network_that_shares_has_fewer_parameters_than_slots(network):
    assert len(network.parameters) < len(network.slots)


@given(network=networks() | sharing_networks())
def test_an_untied_network_is_the_same_computation_without_sharing(network):
    untied = network.untied()
    assert untied.parameters == untied.slots == network.slots
    assert [untied.shape(slot) for slot in untied.slots] == [network.shape(slot) for slot in network.slots]
    assert [layer.activation for layer in untied.layers] == [
        network.dense(at).activation for at in range(len(network.layers))
    ]
    assert not untied.deferred


# Values that cannot be meant. Each message says where, what, and what is accepted.

PLAIN = Network(3, (Dense(2, "relu", in_units=3), Dense(4)))


@pytest.mark.parametrize(
    ("make", "parts"),
    [
        (lambda: Slot(0, "wieght"), ["Slot.role", "'wieght'", "weight, bias"]),
        (lambda: Slot(-1, "bias"), ["Slot.layer", "-1", "0 or more"]),
        (lambda: Dense(2, "swish"), ["Dense.activation", "'swish'", "none, relu, tanh, sigmoid"]),
        (lambda: Dense(0), ["Dense.units", "0", "1 or more"]),
        (lambda: Dense(2, in_units=-3), ["Dense.in_units", "-3", "1 or more", "null"]),
        (lambda: Dense(2, bias=False, bias_initializer=Normal()), ["Dense.bias_initializer", "no bias"]),
        (lambda: Network(0, (Dense(2),)), ["Network.in_units", "0", "1 or more"]),
        (lambda: Network(3, ()), ["Network.layers", "at least one"]),
        (lambda: Network(3, (Dense(2, in_units=5),)), ["Network.layers[0].in_units", "5", "3"]),
        (lambda: Network(3, (Dense(2), Dense(2, in_units=3))), ["Network.layers[1].in_units", "3", "2"]),
        (lambda: Network(3, (Dense(2), Reuse(0))), ["Network.layers[1]", "width 3", "width 2"]),
        (lambda: Network(3, (Dense(3), Reuse(2), Dense(3))), ["Network.layers[1].of", "2", "accepted: [0]"]),
        (lambda: Network(3, (Dense(3), Reuse(1))), ["Network.layers[1].of", "1", "accepted: [0]"]),
        (lambda: Network(3, (Dense(3), Reuse(-1))), ["Network.layers[1].of", "-1", "accepted: [0]"]),
        (lambda: Network(3, (Dense(3), Reuse(0), Reuse(1))), ["Network.layers[2].of", "1", "accepted: [0]"]),
        (lambda: Network(3, (Reuse(0),)), ["Network.layers[0].of", "0", "accepted: []"]),
        (lambda: Network(3, (Dense(3), Dense(3, tie=Tie(1)))), ["Network.layers[1].tie.to", "1", "accepted: [0]"]),
        (lambda: Network(3, (Dense(3), Dense(4, tie=Tie(0)))), ["Network.layers[1].tie", "(4, 3)", "(3, 3)"]),
        (lambda: Network(3, (Dense(3, bias=False), Dense(3, tie=Tie(0)))), ["Network.layers[1].tie", "bias to tie"]),
        (lambda: Network(3, (Dense(3), Dense(3, bias=False, tie=Tie(0)))), ["Network.layers[1].tie", "bias to tie"]),
        (lambda: Tie(0, ("bias",)), ["Tie.roles", "bias", "weight"]),
        (lambda: Normal(0.0, -0.5), ["Normal.std", "-0.5", "greater than 0"]),
        (lambda: Normal(0.0, 0.0), ["Normal.std", "0.0", "greater than 0"]),
        (lambda: Normal(0.0, float("nan")), ["Normal.std", "nan", "finite"]),
        (lambda: Normal(float("inf")), ["Normal.mean", "inf", "finite"]),
        (lambda: Uniform(1.0, 1.0), ["Uniform", "low 1.0", "less than high 1.0"]),
        (lambda: Uniform(2.0, 1.0), ["Uniform", "low 2.0", "less than high 1.0"]),
        (lambda: Uniform(float("-inf"), 1.0), ["Uniform.low", "-inf", "finite"]),
        (lambda: XavierUniform(0.0), ["XavierUniform.gain", "0.0", "greater than 0"]),
        (lambda: XavierNormal(-1.0), ["XavierNormal.gain", "-1.0", "greater than 0"]),
        (lambda: Custom("gaussian"), ["Custom.function", "'gaussian'", "standard_normal", "two_sided_uniform"]),
        (lambda: Filled(float("nan")), ["Filled.value", "nan", "finite"]),
        (lambda: Listed((1.0, float("nan"))), ["Listed.values", "nan", "finite"]),
        (lambda: Listed((1.0, 2.0)).array((3,)), ["Listed.values", "2 values", "(3,)"]),
        (lambda: Drawn(2**32), ["Drawn.seed", str(2**32), "0 .. 2**32 - 1"]),
        (lambda: Add(WEIGHT, float("nan")), ["Add.amount", "nan", "finite"]),
        (lambda: WriteElement(WEIGHT, (0, 0), float("inf")), ["WriteElement.value", "inf", "finite"]),
        (lambda: WriteElement(WEIGHT, (0,), 1.0), ["WriteElement.index", "(0,)", "out in"]),
        (lambda: WriteElement(BIAS, (-1,), 1.0), ["WriteElement.index", "-1", "0 or more"]),
        (lambda: Step(0.0), ["Step.learning_rate", "0.0", "greater than 0"]),
        (lambda: Forward(Drawn(0), rows=0), ["Forward.rows", "0", "1 or more"]),
        (lambda: Read(WEIGHT, "path"), ["Read.route", "'path'", "attribute, layer, name, order"]),
        (lambda: Write(WEIGHT, Drawn(0), (2, -3)), ["Write.shape", "-3", "0 or more"]),
        (lambda: Backward(Drawn(0), (-1, 2)), ["Backward.shape", "-1", "0 or more"]),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(make, parts):
    refused(make, parts)


@pytest.mark.parametrize(
    ("operations", "parts"),
    [
        ((), ["Program.operations", "at least one"]),
        ((Read(WEIGHT), Build()), ["Program.operations[0]", "Read comes before any Build"]),
        ((Clone(),), ["Program.operations[0]", "Clone comes before any Build"]),
        ((Build("ent"),), ["Program.operations[0].network", "'ent'", "accepted: net, other"]),
        ((Build(), Select("other")), ["Program.operations[1].network", "'other'", "accepted: net"]),
        ((Build(), Save("a"), Load("b")), ["Program.operations[2].file", "'b'", "accepted: a"]),
        ((Build(), Load()), ["Program.operations[1].file", "'parameters'", "accepted"]),
        ((Build(), Backward(Drawn(0))), ["Program.operations[1]", "Backward comes before any Forward", "'net'"]),
        (
            (Build(), Forward(Drawn(0)), Clone(), Backward(Drawn(0))),
            ["Program.operations[3]", "Backward comes before any Forward", "'clone'"],
        ),
        (
            (Build(), Forward(Drawn(0)), Build(), Backward(Drawn(0))),
            ["Program.operations[3]", "Backward comes before any Forward", "'net'"],
        ),
        (
            (Build(), Clone(), Forward(Drawn(0)), Select("net"), Clone(), Backward(Drawn(0))),
            ["Program.operations[5]", "Backward comes before any Forward", "'clone'"],
        ),
        ((Build(), ReadKept()), ["Program.operations[1]", "ReadKept comes before any KeepValue"]),
        ((Build(), Write(WEIGHT, Listed((1.0,)))), ["Program.operations[1].values", "1 values", "(2, 3)"]),
        (
            (Build(), Write(WEIGHT, Listed((1.0,)), (1, 2))),
            ["Program.operations[1].values", "1 values", "(1, 2)"],
        ),
        ((Build(), Forward(Listed((1.0,)))), ["Program.operations[1].batch", "1 values", "(2, 3)"]),
        (
            (Build(), Forward(Drawn(0)), Backward(Listed((1.0,)))),
            ["Program.operations[2].cotangent", "1 values", "(2, 4)"],
        ),
        (
            (Build(), Initialize(ConstantArray(Listed((1.0,))), OneParameter(BIAS))),
            ["Program.operations[1].initializer", "1 values", "(2,)"],
        ),
    ],
)
def test_operations_that_do_not_fit_together_are_refused(operations, parts):
    refused(lambda: Program({"net": PLAIN, "other": PLAIN}, operations), parts)


def test_a_listed_array_that_does_not_fill_the_weight_of_its_layer_is_refused():
    given_array = ConstantArray(Listed((1.0, 2.0)))
    refused(
        lambda: Network(3, (Dense(2, weight_initializer=given_array),)),
        ["Network.layers[0].weight_initializer", "2 values", "(2, 3)"],
    )


@pytest.mark.parametrize(
    "operations",
    [
        (Build(), KeepValue(WEIGHT), ReadKept()),
        (Build(), Read(Slot(9, "weight"))),
        (Build(), Write(WEIGHT, Listed(tuple(range(6))))),
        (Build(), Forward(Drawn(0)), Clone(), Select("net"), Backward(Drawn(0))),
        (Build(), Save("a"), Build("other"), Load("a")),
    ],
)
def test_operations_that_fit_together_are_accepted(operations):
    assert Program({"net": PLAIN, "other": PLAIN}, operations).operations == operations


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
            Initialize(Custom("standard_normal")),
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
        ("networks.net.in_units", 3.5, ["program.networks.net.in_units:", "expected int", "3.5"]),
        ("networks.net.in_units", True, ["program.networks.net.in_units:", "expected int", "true"]),
        ("networks.net.in_units", 4, ["program.networks.net:", "Network.layers[0].in_units", "3", "4"]),
        ("networks.net.layers", {}, ["program.networks.net.layers:", "expected a list", "{}"]),
        ("networks.net.layers.1.units", "4", ["program.networks.net.layers[1].units:", "expected int", '"4"']),
        ("networks.net.layers.1.units", 0, ["program.networks.net.layers[1]:", "Dense.units", "1 or more"]),
        ("networks.net.layers.0.activation", "rleu", ["program.networks.net.layers[0]:", "'rleu'", "relu, tanh"]),
        ("networks.net.layers.0.in_untis", 3, ["program.networks.net.layers[0]:", "'in_untis'", "units, activation"]),
        ("networks.net.layers.1.type", "Conv", ["program.networks.net.layers[1].type:", "'Conv'", "Dense, Reuse"]),
        ("operations", "Build", ["program.operations:", "expected a list", '"Build"']),
        ("operations.2", "Read", ["program.operations[2]:", '"type"', "Build, Seed", '"Read"']),
        ("operations.2.type", "Raed", ["program.operations[2].type:", "'Raed'", "Read, KeepValue"]),
        ("operations.2.type", ["Read"], ["program.operations[2].type:", "Read", "accepted: Build"]),
        ("operations.2.slot", ABSENT, ["program.operations[2]:", "Read needs the field 'slot'"]),
        ("operations.2.slot", None, ["program.operations[2].slot:", "expected an object", "Slot", "null"]),
        ("operations.2.slot.role", "kernel", ["program.operations[2].slot:", "'kernel'", "weight, bias"]),
        ("operations.2.slot.layer", "0", ["program.operations[2].slot.layer:", "expected int", '"0"']),
        ("operations.2.route", "path", ["program.operations[2]:", "'path'", "attribute, layer, name, order"]),
        ("operations.3.slot.rôle", 1, ["program.operations[3].slot:", "'rôle'", "layer, role"]),
        ("operations.3.values.value", float("nan"), ["program.operations[3].values:", "nan", "finite"]),
        ("operations.3.values.value", 10**400, ["program.operations[3].values.value:", "float"]),
        ("operations.3.shape", [2, "3"], ["program.operations[3].shape[1]:", "expected int", '"3"']),
        ("operations.4.amount", "1", ["program.operations[4].amount:", "expected float", '"1"']),
        ("operations.4.amount", True, ["program.operations[4].amount:", "expected float", "true"]),
        ("operations.1.initializer.std", -1, ["program.operations[1].initializer:", "Normal.std", "greater than 0"]),
        ("operations.5.initializer.function", "f", ["program.operations[5].initializer:", "'f'", "standard_normal"]),
        ("operations.0.network", "ent", ["program:", "Program.operations[0].network", "'ent'", "accepted: net"]),
    ],
)
def test_json_that_is_not_a_program_is_refused(path, value, parts):
    text = json.dumps(changed(DOCUMENT, path, value))
    assert str(refused(lambda: Program.parse(text), parts)).startswith(parts[0])


@pytest.mark.parametrize("text", ["", "{", '{"type": "Program",}', "\x00", "[" * 100_000])
def test_text_that_is_not_json_is_refused(text):
    refused(lambda: Program.parse(text), ["program: not valid JSON"])


@pytest.mark.parametrize("text", ["null", "3", "[]", '"Program"', "{}"])
def test_json_that_is_no_object_with_a_type_is_refused(text):
    refused(lambda: Program.parse(text), ["program:", '"type"', "Program", text])


def test_whole_numbers_are_accepted_where_a_float_is_due():
    assert Program.parse(json.dumps(changed(DOCUMENT, "operations.4.amount", 2))).operations[4] == Add(WEIGHT, 2.0)


def refused(make, parts):
    """The error with which ``make`` refuses: one line that holds every part."""
    with pytest.raises(SpecError) as caught:
        make()
    message = str(caught.value)
    assert [part for part in parts if part not in message] == [], message
    assert "\n" not in message
    return caught.value


def changed(document, path, value):
    """A copy of a JSON document with the value at a dotted path set, or taken out."""
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
