"""Traces are transmitted unchanged, and a worker cannot return an invalid one."""

import contextlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.reference import ReferenceAdapter
from adapters.running import engine
from specs.arrays import Drawn
from specs.errors import SpecError
from specs.layers import Dense
from specs.layers.layer import features
from specs.programs.fitting import fitting
from specs.programs.networks import Network, Slot, Use
from specs.programs.operations import (
    Backward,
    Build,
    CountParameters,
    Forward,
    Identify,
    ListParameters,
    Read,
    ReadGradient,
)
from specs.programs.program import Program
from specs.traces import CustomCall, Outcome, ParameterSeen, Record, Trace, ValueSeen
from tests.suite.generated import PROGRAMS

MATRIX = np.arange(6, dtype=np.float32).reshape(2, 3)
DATA = MATRIX.tobytes()
PARAMETER = ParameterSeen("0.weight", "dense.kernel", (2, 3), (3, 2), "float32", True, 7)


def shown(wire):
    """Wire data as the name of a test, shortened."""
    return repr(wire)[:70]


WIRE_PARAMETER = ["0.weight", "dense.kernel", [2, 3], [3, 2], "float32", True, 7]

RECORDS = {
    "nothing": Record(Outcome()),
    "failure": Record(Outcome("wrong_shape", "ValueError", "(2,) is not (3,)")),
    "failure without a message": Record(Outcome("unsupported")),
    "array": Record(Outcome(), MATRIX),
    "transposed array": Record(Outcome(), MATRIX.T),
    "no elements": Record(Outcome(), np.zeros((0, 3), np.float32)),
    "no axes": Record(Outcome(), np.array(2.5, np.float32)),
    "float64": Record(Outcome(), MATRIX.astype(np.float64)),
    "big-endian": Record(Outcome(), MATRIX.astype(">f4")),
    "integers": Record(Outcome(), MATRIX.astype(np.int64)),
    "booleans": Record(Outcome(), MATRIX > 2),
    "not finite": Record(Outcome(), np.array([math.nan, math.inf, -0.0], np.float32)),
    "value": Record(Outcome(), ValueSeen(MATRIX, 3)),
    "count": Record(Outcome(), 42),
    "labels": Record(Outcome(), {"0.weight": 0, "1.weight": 0}),
    "no labels": Record(Outcome(), {}),
    "parameters": Record(Outcome(), (PARAMETER,)),
    "no parameters": Record(Outcome(), ()),
    "unknown width": Record(Outcome(), (ParameterSeen("0.weight", "w", (2, None), None, "float32", False, 0),)),
    "calls": Record(Outcome(), None, (CustomCall((2, 3), MATRIX), CustomCall((), MATRIX))),
}


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_a_record_of_every_kind_survives_the_wire(record):
    assert_equal(Trace.from_wire(Trace((record,)).to_wire()), Trace((record,)))


@given(program=PROGRAMS)
def test_the_trace_of_a_program_survives_the_wire(program):
    trace = engine.run(ReferenceAdapter(), program)
    assert_equal(Trace.from_wire(trace.to_wire()), trace)


@pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)
def test_the_wire_holds_plain_values_only(record):
    assert_plain(Trace((record,)).to_wire())


@pytest.mark.parametrize(
    "record",
    [
        *[None, 3, "ok", [], [["outcome", ["ok"]]]],
        *[{"outcome": outcome} for outcome in (None, "ok", [], [1], ["ok", 2], ["OK"], ["ok", "", "", ""], [["ok"]])],
        *[{"calls": calls} for calls in (None, {}, [3], [[]], [[[2]]], [[[2], ["<f4", [1], b"1234"], 0]])],
        *[{"calls": [[shape, ["<f4", [1], b"1234"]]]} for shape in (None, 2, (2,), [2.0], [None], [True], [-2])],
        *[{"value": value} for value in (None, 3, "array", [], [3], ["matrix"], [["array"]], {})],
        *[{"value": ["count", *parts]} for parts in ((), (2.0,), (True,), ("2",), (None,), (2, 3))],
        *[{"value": ["labels", *parts]} for parts in ((), ([],), ({"a": 1.0},), ({0: 1},), ({"a": 1}, 2))],
        *[{"value": ["value", *parts]} for parts in ((), (["<f4", [2, 3], DATA],), (["<f4", [2, 3], DATA], "0"))],
        {"value": ["value", ["<f4", [2, 3], DATA], 0, 0]},
        *[{"value": ["parameters", *parts]} for parts in ((), ({},), (["w"],), ([WIRE_PARAMETER], []))],
        *[{"value": ["parameters", [WIRE_PARAMETER[:at]]]} for at in range(7)],
        {"value": ["parameters", [[*WIRE_PARAMETER, 0]]]},
        *[
            {"value": ["parameters", [[*WIRE_PARAMETER[:at], wrong, *WIRE_PARAMETER[at + 1 :]]]]}
            for at, wrong in [
                (0, 0),
                (1, None),
                (2, 3),
                (2, ["2"]),
                (2, [-2, 3]),
                (3, (3, 2)),
                (4, 4),
                (5, 1),
                (6, "7"),
            ]
        ],
        {"surprise": 1},
        {"value": ["count", 1], "values": ["count", 1]},
    ],
    ids=shown,
)
def test_what_is_no_record_is_refused(record):
    refused([record])


@pytest.mark.parametrize("wire", [None, 3, "trace", b"", {}, ({},), [[]]], ids=shown)
def test_what_is_no_list_of_records_is_refused(wire):
    refused(wire)


@pytest.mark.parametrize(
    "array",
    [
        None,
        [],
        ["<f4", [2, 3]],
        ["<f4", [2, 3], DATA, 0],
        [None, [2, 3], DATA],
        ["float thirty-two", [2, 3], DATA],
        ["|O", [6], bytes(48)],
        ["<U1", [6], DATA],
        ["|S4", [6], DATA],
        ["<M8[s]", [3], DATA],
        ["<c8", [3], DATA],
        ["<f4,<f4", [3], DATA],
        ["(3,)<f4", [2], DATA],
        ["<f4", [2, 4], DATA],
        ["<f4", [2, 2], DATA],
        ["<f8", [2, 3], DATA],
        ["<f4", [2, 3], DATA[:-1]],
        ["<f4", [2, 3], b""],
        ["<f4", [2, 3], bytearray(DATA)],
        ["<f4", [2, 3], "000000000000000000000000"],
        ["<f4", [2, -1], DATA],
        ["<f4", [-1], DATA],
        ["<f4", [0, -1], b""],
        ["<f4", [2, None], DATA],
        ["<f4", [2.0, 3], DATA],
        ["<f4", 6, DATA],
        ["<f4", (2, 3), DATA],
    ],
    ids=shown,
)
def test_what_is_no_array_is_refused(array):
    refused([{"value": ["array", array]}])
    refused([{"value": ["value", array, 0]}])
    refused([{"calls": [[[2, 3], array]]}])


#: Arbitrary wire data, which is hardly ever a trace.
WORDS = st.sampled_from(("array", "value", "labels", "parameters", "count", "ok", "<f4", "outcome", "calls"))
PLAIN = st.deferred(
    lambda: st.none() | st.booleans() | st.integers(-2, 9) | st.floats() | WORDS | st.binary(max_size=8)
    | st.lists(PLAIN, max_size=4) | st.dictionaries(WORDS, PLAIN, max_size=3)
)  # fmt: skip


@given(wire=st.lists(st.dictionaries(st.sampled_from(("outcome", "value", "calls")), PLAIN), max_size=3) | PLAIN)
def test_nothing_but_a_spec_error_is_raised(wire):
    try:
        trace = Trace.from_wire(wire)
    except SpecError:
        return
    assert_equal(Trace.from_wire(trace.to_wire()), trace)


@given(program=PROGRAMS, data=st.data())
def test_a_trace_cut_anywhere_is_refused_or_still_a_trace(program, data):
    wire = engine.run(ReferenceAdapter(), program).to_wire()
    for place in lists_within(wire):
        if place and data.draw(st.booleans()):
            del place[data.draw(st.integers(0, len(place) - 1))]
            break
    with contextlib.suppress(SpecError):
        Trace.from_wire(wire)


@pytest.mark.parametrize("kind", ["", "OK", "lost", "ok "])
def test_an_unknown_outcome_is_refused_and_the_known_ones_are_named(kind):
    message = refused([{"outcome": [kind, "", ""]}])
    assert repr(kind) in message
    assert "ok, not_ready, wrong_shape" in message


@pytest.mark.parametrize(
    ("wire", "parts"),
    [
        ({}, ["trace", "list", "dict"]),
        ([3], ["trace", "dict", "int"]),
        ([{"value": ["count", "3"]}], ["trace", "int", "str"]),
        ([{"value": ["array", ["|O", [1], bytes(8)]]}], ["trace", "|O", "floats, integers, booleans"]),
        ([{"value": ["matrix", 1]}], ["'matrix'", "array, value, labels, parameters, count"]),
        ([{"surprise": 1}], ["trace", "'surprise'", "outcome, value, calls"]),
    ],
)
def test_a_refusal_says_what_was_expected(wire, parts):
    message = refused(wire)
    assert [part for part in parts if part not in message] == [], message


def test_texts_that_cannot_be_written_or_are_too_long_are_kept_readable():
    parameter = ParameterSeen("0.weight", "w\udcff", None, None, "float32", True, 0)
    record = Record(Outcome("failed", "Error\udcff", "x" * 5000), (parameter,))
    assert (parameter.native_name, record.outcome.native) == ("w\\udcff", "Error\\udcff")
    assert record.outcome.message == "x" * 500 + " … " + "x" * 500
    wire = Trace((Record(Outcome()),)).to_wire()
    wire[0] = {"outcome": ["failed", "Error\udcff", "x" * 5000]}
    assert Trace.from_wire(wire).records[0].outcome == record.outcome


# Whether a trace fits its program.

ASKED = Program(
    {"net": Network(features(3), (Dense(2, bias=False),))},
    (
        Build(),
        ListParameters(),
        CountParameters(),
        Identify(),
        Read(Slot(0, "weight")),
        ReadGradient(Slot(0, "weight")),
    ),
)
ANSWERED = engine.run(ReferenceAdapter(), ASKED).records
STRANGE = ParameterSeen("7.weight", "w", (2, 3), (2, 3), "float32", True, 0)


@given(program=PROGRAMS)
def test_what_a_program_showed_fits_it(program):
    trace = engine.run(ReferenceAdapter(), program)
    assert fitting(program, trace) is trace


@pytest.mark.parametrize(
    ("at", "value", "expected"),
    [
        (0, 1, "Build: nothing"),
        (1, None, "ListParameters: parameters"),
        (1, (STRANGE,), "ListParameters: parameters"),
        (1, {}, "ListParameters: parameters"),
        (2, None, "CountParameters: a number"),
        (2, MATRIX, "CountParameters: a number"),
        (3, {}, "Identify: a label for every slot"),
        (3, {"0.weight": 0, "0.bias": 1}, "Identify: a label for every slot"),
        (4, None, "Read: a value with its label"),
        (4, 3, "Read: a value with its label"),
        (4, MATRIX, "Read: a value with its label"),
        (5, ValueSeen(MATRIX, 0), "ReadGradient: an array or nothing"),
    ],
    ids=shown,
)
def test_what_an_operation_does_not_yield_does_not_fit(at, value, expected):
    records = list(ANSWERED)
    records[at] = Record(Outcome(), value)
    with pytest.raises(SpecError, match=f"^operation {at}, {expected} is expected$"):
        fitting(ASKED, Trace(tuple(records)))


def test_what_raised_yields_nothing():
    with pytest.raises(SpecError, match="CountParameters: nothing is expected"):
        fitting(ASKED, Trace((*ANSWERED[:2], Record(Outcome("failed"), 3), *ANSWERED[3:])))


def test_a_record_for_each_operation_is_expected():
    with pytest.raises(SpecError, match="5 records for 6 operations"):
        fitting(ASKED, Trace(ANSWERED[:5]))


def refused(wire):
    with pytest.raises(SpecError) as caught:
        Trace.from_wire(wire)
    return str(caught.value)


def lists_within(wire):
    if isinstance(wire, list):
        yield wire
    children = wire if isinstance(wire, list) else wire.values() if isinstance(wire, dict) else ()
    for child in children:
        yield from lists_within(child)


def assert_plain(wire):
    assert type(wire) in (type(None), bool, int, str, bytes, list, dict), type(wire)
    if isinstance(wire, dict):
        assert all(type(key) is str for key in wire)
    for child in wire if isinstance(wire, list) else wire.values() if isinstance(wire, dict) else ():
        assert_plain(child)


def assert_equal(left, right):
    """Check that traces are equal in every part, arrays in shape, dtype and bits."""
    assert canonical(left) == canonical(right)


def canonical(value):
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, (Trace, Record, Outcome, ParameterSeen, ValueSeen, CustomCall)):
        return type(value), {name: canonical(part) for name, part in vars(value).items()}
    if isinstance(value, tuple):
        return tuple(map(canonical, value))
    return value


def test_what_needs_an_operation_that_did_not_succeed_is_not_run():
    network = Network(features(3), (Use(Dense(2)),))
    program = Program({"net": network}, (Build(), Forward(Drawn(0), shape=(5,)), Backward(Drawn(1))))
    *_, refused, last = engine.run(ReferenceAdapter(), program).records
    assert refused.outcome.kind == "wrong_shape"
    assert str(last.outcome) == "not_run (no forward pass gave an output)"
