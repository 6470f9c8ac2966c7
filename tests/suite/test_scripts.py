"""Scripts are derived from an adapter's source, without its framework; :mod:`tests.scripts` runs them."""

import ast
import dataclasses
import functools
import itertools
import re
import sys
import time
import typing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import __main__ as command
from adapters import scripts
from adapters.guide import showing
from adapters.guide.exhibits import Held
from adapters.guide.library import Library
from adapters.guide.tasks import TASKS
from adapters.interface import Unsupported
from adapters.reference import ReferenceAdapter
from adapters.running import engine
from adapters.scripts import running, sources
from adapters.scripts.layout import relaid
from adapters.scripts.printed import printed
from specs.arrays import Drawn, Filled, Listed
from specs.custom_initializers import ROW_MAJOR_RAMP
from specs.errors import SpecError
from specs.initializers import Constant, Custom, Default, Normal
from specs.layers import EXAMPLES, LSTM, Activation, Convolution, Dense, Flatten
from specs.layers.layer import features, image, sequence
from specs.programs.networks import Block, Given, Network, Residual, Reuse, Slot, Use
from specs.programs.operations import (
    Backward,
    Build,
    Clone,
    Forward,
    Freeze,
    Identify,
    Initialize,
    ListParameters,
    ListTrainable,
    Load,
    Operation,
    Read,
    ReadGradient,
    Reinitialize,
    Save,
    Seed,
    Write,
)
from specs.programs.program import Program
from specs.traces import Outcome, Record, Trace
from tests.strategies.families import family
from tests.suite.exhibited import exhibits
from tests.suite.generated import FAMILIES, PROGRAMS

FRAMEWORKS = showing.frameworks()
EACH = pytest.mark.parametrize("adapter", FRAMEWORKS)
NET = Network(features(3), (Dense(2),))
WEIGHT = Slot(0, "weight")


def test_there_are_frameworks():
    assert len(FRAMEWORKS) >= 3


def test_tasks_have_every_operation():
    used = {type(operation) for task in TASKS.values() for operation in task.program.operations}
    assert set(typing.get_args(Operation)) - used == set()


# Programs of all laws.


@pytest.mark.parametrize("programs", FAMILIES.values(), ids=FAMILIES)
def test_programs_of_every_law_can_be_written(programs):
    for program in family(programs).first(20)[-3:]:
        for adapter in FRAMEWORKS:
            sound(scripts.write(program, adapter), program)


@functools.lru_cache(maxsize=None)
def written(task, adapter):
    """The script of a task."""
    return scripts.write(TASKS[task].program, adapter)


def sound(script, program):
    """Check that Python accepts a script, that it uses nothing of this project, and that its lines are attributed."""
    tree = ast.parse(script.text)
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert not {module.partition(".")[0] for module in modules} & {"adapters", "specs", "tests", "typing"}
    assert "self" not in {node.id for node in tree.body for node in ast.walk(node) if isinstance(node, ast.Name)} or (
        any(isinstance(node, ast.ClassDef) for node in tree.body)
    )
    assert len(script.spans) == len(program.operations)
    edges = [edge for span in script.spans for edge in (span.start, span.stop)]
    assert edges == sorted(edges)
    assert edges[-1] == len(script.lines)


@EACH
@settings(max_examples=30)
@given(program=PROGRAMS)
def test_a_program_gives_the_same_script_each_time(adapter, program):
    assert scripts.write(program, adapter) == scripts.write(Program.parse(program.text), adapter)


@EACH
@pytest.mark.parametrize("task", TASKS)
def test_another_width_is_another_layout_and_nothing_else(adapter, task):
    text = written(task, adapter).text
    for width in (20, 60):
        lines = relaid(text, width)
        assert ast.dump(ast.parse("\n".join(lines))) == ast.dump(ast.parse(text))
    assert relaid(text, 88) == text.rstrip("\n").split("\n")


@EACH
def test_what_raised_is_caught_and_the_rest_goes_on(adapter):
    program = Program({"net": NET}, (Build(), Initialize(Default()), Read(WEIGHT), Read(WEIGHT)))
    done, failed = Record(Outcome()), Record(Outcome("failed", "RuntimeError", "no"))
    script = scripts.write(program, adapter, Trace((done, done, failed, done)))
    assert script.lines_of(2)[0] == "try:"
    assert script.lines_of(2)[1].strip() == script.lines_of(3)[0]


@EACH
def test_what_comes_after_a_build_that_failed_says_so(adapter):
    program = Program({"net": NET}, (Build(), Read(WEIGHT)))
    failed = Record(Outcome("failed", "RuntimeError", "no"))
    script = scripts.write(program, adapter, Trace((failed, failed)))
    assert script.lines_of(1) == ["# no network was built"]


@EACH
def test_slots_have_labels_that_are_nobodys_names(adapter):
    """A network's second layer may be at index 2, and something else at index 1: a label is neither."""
    shared = Network(features(2), (Dense(2), Activation("tanh"), Block((Reuse(0),))))
    program = Program({"net": shared}, (Build(), Initialize(Default()), Identify()))
    known = sources.adapter_source(adapter)
    weight = known.layout_at(shared, WEIGHT).held.name
    trace = engine.run(ReferenceAdapter(), program)
    assert f'"layer 2 {weight}": net' in "\n".join(scripts.write(program, adapter, trace).lines_of(2))
    assert f"layer 2 {weight} is layer 0 {weight}" in printed(program, adapter, trace)[2]


def ran(name):
    """A task's program, and its trace on the reference."""
    program = TASKS[name].program
    return program, engine.run(ReferenceAdapter(), program)


@EACH
def test_what_a_run_showed_to_be_there_is_not_asked_for_again(adapter):
    program, trace = ran("gradients")
    script = scripts.write(program, adapter, trace)
    shown = [script.lines_of(at)[-1] for at, one in enumerate(program.operations) if isinstance(one, ReadGradient)]
    assert shown
    assert [line for line in shown if " is None" in line] == []


def test_shapes_are_asked_whether_they_are_known_only_where_some_are_not():
    program, trace = ran("inferred-width")
    known, _ = ran("list-parameters")
    before, after = (at for at, one in enumerate(program.operations) if isinstance(one, ListParameters))
    written = [scripts.write(program, adapter, trace) for adapter in FRAMEWORKS]
    assert [script for script in written if " None" in "".join(script.lines_of(before))]
    assert not [script for script in written if " None" in "".join(script.lines_of(after))]
    plain = [scripts.write(known, adapter).lines_of(len(known.operations) - 1) for adapter in FRAMEWORKS]
    assert not [lines for lines in plain if " None" in "".join(lines)]


@EACH
def test_what_is_trained_is_told_where_something_is_not(adapter):
    network, listed = {"net": NET}, (ListParameters(), ListTrainable())
    for frozen in ((), (Freeze(WEIGHT),)):
        program = Program(network, (Build(), Initialize(Default()), *frozen, *listed))
        lines = printed(program, adapter, engine.run(ReferenceAdapter(), program))
        assert [line.endswith(("True", "False")) for line in lines[-2]] == [bool(frozen)] * 2
        assert not any(line.endswith(("True", "False")) for line in lines[-1])


# Hostile text.

HOSTILE = ("net; import os", "class", "", "print", "a\nb", "a b", "a_b", "'''", "é", "x" * 500, "np", "error", "self")


@EACH
def test_names_of_networks_become_identifiers_that_differ(adapter):
    networks = dict.fromkeys(HOSTILE, NET)
    built = itertools.chain.from_iterable((Build(name), Initialize(Default()), Read(WEIGHT)) for name in HOSTILE)
    script = scripts.write(Program(networks, tuple(built)), adapter)
    tree = ast.parse(script.text)
    reads = [script.lines_of(at)[0] for at in range(2, 3 * len(HOSTILE), 3)]
    assert len({*reads}) == len(HOSTILE)
    assert not any(isinstance(node, ast.Import) and node.names[0].name == "os" for node in ast.walk(tree))


@EACH
@given(files=st.lists(st.text(), min_size=1, max_size=4, unique=True))
def test_files_lie_where_the_script_runs(adapter, files):
    operations = [operation for file in files for operation in (Save(file), Load(file))]
    script = scripts.write(Program({"net": NET}, (Build(), Initialize(Default()), *operations)), adapter)
    begun = ast.parse("\n".join(line for at in (0, 1) for line in script.lines_of(at)))
    texts = [node.value for node in ast.walk(ast.parse(script.text)) if isinstance(node, ast.Constant)]
    named = {text for text in texts if isinstance(text, str)} - {
        node.value for node in ast.walk(begun) if isinstance(node, ast.Constant)
    }
    assert not any("/" in text or "\\" in text or ".." in text for text in named)
    saved = [script.lines_of(2 + 2 * at) for at in range(len(files))]
    assert len({"\n".join(lines) for lines in saved}) == len(files)


# Arrays.


@EACH
@given(values=st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=6, max_size=6))
def test_listed_values_are_written_so_that_they_are_read_back(adapter, values):
    program = Program({"net": NET}, (Build(), Initialize(Default()), Write(WEIGHT, Listed(tuple(values)))))
    written = made(scripts.write(program, adapter).lines_of(2))
    expected = np.array(values, np.float32).reshape(2, 3)
    assert any(np.array_equal(written, native) and written.dtype == expected.dtype for native in (expected, expected.T))


@EACH
@pytest.mark.parametrize("recipe", [Drawn(5), Filled(0.1)])
def test_a_large_array_is_written_as_its_recipe(adapter, recipe):
    wide = Network(features(40), (Dense(50),))
    program = Program({"net": wide}, (Build(), Initialize(Default()), Write(WEIGHT, recipe)))
    lines = scripts.write(program, adapter).lines_of(2)
    assert sum(map(len, lines)) < 300
    expected = recipe.array((50, 40))
    assert any(np.array_equal(made(lines), native) for native in (expected, expected.T))


def made(lines):
    """The array made by the first of these lines."""
    statement = ast.parse("\n".join(lines)).body[0]
    namespace = {"np": np}
    exec(compile(ast.Module([statement], []), "made", "exec"), namespace)
    return namespace["values"]


@settings(max_examples=30)
@given(program=PROGRAMS)
def test_what_is_printed_is_all_of_each_array(program):
    trace = engine.run(ReferenceAdapter(), program)
    try:
        told = printed(program, FRAMEWORKS[0], trace)
    except Unsupported:  # the framework does not build it
        return
    for record, lines in zip(trace.records, told):
        array = getattr(record.value, "array", record.value)
        if isinstance(array, np.ndarray) and not record.calls:
            numbers = "\n".join(lines).replace("[", " ").replace("]", " ").split()
            seen = np.array(numbers, np.float32)
            assert np.array_equal(np.sort(seen), np.sort(array, axis=None), equal_nan=True)


# A script that runs.


@pytest.fixture
def interpreter():
    made = running.Interpreter(sys.executable, ["json"], 60.0)
    yield made
    made.close()


def test_scripts_run_one_after_the_other_each_in_a_process_and_a_folder_of_its_own(interpreter):
    for _ in range(2):
        ended = interpreter.run("import os, sys\nprint('json' in sys.modules, os.listdir(), 'x' in globals())\nx = 1")
        assert ended == running.Ended(0, "True [] False\n", "", [])


REACHED = """
class Used:
    \"\"\"Explained.\"\"\"

    def called(self):
        return 1

    def not_called(self):
        x = 2
        return [
            x,
            3,
        ]


def either(a):
    if a:
        return "first"
    else:
        return "second"


Used().called()
either(True)
try:
    raise ValueError
    print("after")
except ValueError:
    pass
for _ in ():
    print("never")
"""


def test_the_lines_of_a_script_that_were_not_reached_are_told(interpreter):
    idle = interpreter.run(REACHED).idle
    told = [REACHED.splitlines()[line - 1].strip() for line in idle]
    assert told[0] == "x = 2"
    assert told[-2:] == ['return "second"', 'print("never")']
    assert not {"return 1", 'return "first"', "pass", "def not_called(self):"} & {*told}


def test_what_a_script_had_to_import_the_next_one_finds_imported_and_nothing_else(interpreter):
    told = "import sys\nprint('colorsys' in sys.modules, hasattr(sys, 'left'))"
    assert interpreter.run(told).out == "False False\n"
    interpreter.run("import colorsys, sys\nsys.left = 1\nsys.modules['no.such'] = colorsys")
    assert interpreter.run(told).out == "True False\n"


def test_a_script_that_fails_says_how_and_the_next_one_runs(interpreter):
    failed = interpreter.run("print('before')\nraise ValueError('no')")
    assert (failed.status != 0, failed.out, "ValueError: no" in failed.err) == (True, "before\n", True)
    assert interpreter.run("print(1)").out == "1\n"


def test_scripts_that_were_started_run_while_nobody_waits_in_their_order(interpreter):
    started = [interpreter.start(f"print({at}, {'x' * 50_000!r})") for at in range(8)]
    assert [one.result().out for one in started] == [f"{at} {'x' * 50_000}\n" for at in range(8)]


def test_what_is_still_to_run_ends_with_its_interpreter():
    closed = running.Interpreter(sys.executable, [], 60.0)
    hanging, waiting = (closed.start("import time\ntime.sleep(60)") for _ in range(2))
    while not hanging.running():
        time.sleep(0.01)
    closed.close()
    for ended in (hanging, waiting):
        with pytest.raises(SpecError, match="gave no answer"):
            ended.result()


def test_a_script_that_comes_to_no_end_is_ended():
    hanging = running.Interpreter(sys.executable, [], 1.0)
    with pytest.raises(SpecError, match="within 1 s"):
        hanging.run("import time\ntime.sleep(60)")
    hanging.close()


def test_an_interpreter_that_cannot_import_is_one_line():
    without = running.Interpreter(sys.executable, ["no_such_module"], 60.0)
    with pytest.raises(SpecError, match="gave no answer"):
        without.run("print(1)")
    without.close()


SCRIPT = scripts.Script("import this\n\none()\ntwo()\n", (range(2, 3), range(3, 4)))
DUE = [["1"], ["2", "3"]]


@pytest.mark.parametrize(
    ("status", "out", "said"),
    [
        (0, "1\n2\n4\n", "line 4 of its script printed '4', where the trace has '3'"),
        (0, "0\n2\n3\n", "line 3 of its script printed '0', where the trace has '1'"),
        (0, "1\n2\n", "line 4 of its script printed '', where the trace has '3'"),
        (0, "1\n2\n3\n4\n", "printed ['4'] beyond what the trace has"),
        (1, "1\n", "line 4 of its script printed '', where the trace has '2'; it ended with status 1: Error: no"),
        (11, "1\n2\n3\n", "it ended with status 11: Error: no"),
    ],
)
def test_what_a_script_printed_and_its_trace_has_not_is_refused(status, out, said):
    with pytest.raises(SpecError) as caught:
        running.printed(SCRIPT, running.Ended(status, out, "Trace\nError: no\n"), DUE)
    assert said in str(caught.value)


def test_what_a_script_printed_is_told_by_operation():
    assert running.printed(SCRIPT, running.Ended(0, "1\n2\n3\n", "a warning"), DUE) == DUE
    long = f"E: {'x' * engine.LONGEST} at 0x1f"
    expected = [[], [f"E: {engine.message_of(long[3:])}"]]
    assert running.printed(SCRIPT, running.Ended(0, f"{long}\n", ""), expected) == expected
    with pytest.raises(SpecError):
        running.printed(SCRIPT, running.Ended(0, f"{long.replace('E: x', 'E: y')}\n", ""), expected)


def test_a_message_is_kept_whole_on_one_line():
    """Details may follow the first line, for example the shapes that load_state_dict cannot load."""
    assert engine.message_of("Error(s):\n\tsize mismatch at 0xff\n  for b ") == "Error(s): size mismatch at 0x… for b"
    cut = engine.message_of("word " * 1000)
    assert (len(cut), cut[-1]) == (engine.LONGEST, "…")


# The source of a script.

TOY = '''
"""An adapter of a framework that is nowhere."""

from __future__ import annotations

import os
from typing import Any

os.environ["TOOLBOX"] = "quiet"

import toolbox
from toolbox import layers as tl

from adapters.interface import Absence, Adapter, Unsupported, builds
from specs.layers import Activation, Convolution, Dense

KINDS = {"tanh": tl.Flat, "relu": tl.Bent}
WHERE = "https://example.org/toolbox"


def settle(thing: Any, how: Any = None) -> Any:
    """A helper."""
    return thing.settle(how or tl.Plain())


class Toy(Adapter):
    name = "toy"
    packages = ("toolbox",)
    data = "*data channel"
    failures = ()
    absences = {
        "way_back": Absence("there is no way back", WHERE),
        "gradients": Absence("there are none", WHERE),
        "build_lstm": Absence("nothing remembers", WHERE),
    }
    implied_arguments = {"Layer": {"shift": True}}

    def seed(self, seed: int) -> None:
        toolbox.seed(seed)

    def default(self) -> None:
        return None

    def constant(self, value):
        return tl.Same(value)

    def normal(self, mean, std):
        return tl.Bell(mean, std)

    def custom(self, function):
        class_free = function

        def call(shape, kind):
            return class_free(shape, kind)

        return call

    @builds(Activation)
    def activation(self, function):
        return KINDS[function]()

    @builds(Convolution, when={"dimensions": {1, 2}}, weight="table: *window in out", bias="shift: out")
    def convolution(self, filters, window, strides, dilation, pads_begin, pads_end, groups, bias):
        return tl.Window(filters, window, shift=bias)

    @builds(Convolution, weight="inner[1].table: (out in) *window", bias="inner[1].shift: out")
    def deep_convolution(self, filters, window, strides, dilation, pads_begin, pads_end, groups, bias):
        return tl.Deep(filters, *window, **{"shift": bias})

    @builds(Dense, weight="table: in out", bias="shift: out")
    def dense(self, units, bias, weight_initializer):
        layer = tl.Layer(units, shift=bias)
        if weight_initializer is not None:
            settle(layer, weight_initializer)
        return layer

    def block(self, layers):
        return toolbox.Inner(layers)

    def network(self, layers, shape):
        net = toolbox.Net()
        for layer in layers:
            net.put(layer)
        return net

    def child(self, net, position):
        return net.at(position + 1)

    def by_attribute(self, layer, role):
        return getattr(layer, role)

    def value(self, handle):
        return handle.get()

    def initialize_network(self, net, initializer, again):
        if again:
            net.reset()
        for part in net.parts():
            settle(part, initializer)

    def write(self, handle, array):
        handle.put(array)

    def forward(self, net, batch):
        with toolbox.tape() as tape:
            return tape.follow(net(batch))

    def output(self, passed):
        return passed.out

    def backward(self, net, passed, cotangent):
        raise Unsupported("way_back")

    def gradient(self, handle, gradients):
        if gradients is None:
            raise Unsupported("gradients")
        return gradients[handle]

    def clone(self, net):
        return self._twin(net)

    def _twin(self, net):
        twin = toolbox.twin(net)
        twin.rest()
        return twin
'''

PROGRAM = Program(
    {"net": Network(features(3), (Dense(2), Activation("relu"), Block((Dense(1),))))},
    (
        Seed(5),
        Build(),
        Initialize(Constant(0.5)),
        Read(WEIGHT),
        Forward(Drawn(1), 2),
        Backward(Drawn(2)),
        ReadGradient(WEIGHT),
        Clone("it"),
        Read(Slot(2, "bias")),
    ),
)

WRITTEN = '''
import os
import sys

os.environ["TOOLBOX"] = "quiet"

import numpy as np
import toolbox
from toolbox import layers as tl


def settle(thing, how=None):
    """A helper."""
    return thing.settle(how or tl.Plain())


np.set_printoptions(floatmode="unique", threshold=sys.maxsize)

toolbox.seed(5)
net = toolbox.Net()
net.put(tl.Layer(2))
net.put(tl.Bent())
net.put(toolbox.Inner([tl.Layer(1)]))
initializer = tl.Same(0.5)
for part in net.parts():
    settle(part, initializer)
print(net.at(1).table.get())
batch = np.array(
    [[-0.16595599, 0.44064897, -0.99977124], [-0.39533487, -0.7064882, -0.8153228]],
    dtype=np.float32,
)
with toolbox.tape() as tape:
    outputs = tape.follow(net(batch))
print(outputs.out)
# There is no public way to do this: there is no way back
# https://example.org/toolbox
# There is no public way to do this: there are none
# https://example.org/toolbox
it = toolbox.twin(net)
it.rest()
print(it.at(3).at(1).shift.get())
'''


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """A function that makes an adapter from source text, and returns its name."""
    monkeypatch.syspath_prepend(tmp_path)
    count = itertools.count()

    def make(text):
        module = f"{tmp_path.name.replace('-', '_')}_{next(count)}"
        (tmp_path / f"{module}.py").write_text(text, encoding="utf-8")
        return f"{module}:Toy"

    return make


def test_a_script_is_the_source_with_the_values_filled_in(toy):
    assert scripts.write(PROGRAM, toy(TOY)).text == WRITTEN.lstrip("\n")


@pytest.mark.parametrize(
    ("idiom", "other", "gone", "there"),
    [
        ("return handle.get()", "return toolbox.fetch(handle)", ".table.get()", "toolbox.fetch(net.at(1).table)"),
        ("net.put(layer)", "net.push(layer, last=True)", "net.put(", "net.push(tl.Layer(2), last=True)"),
        ('weight="table: in out"', 'weight="grid: in out"', "table", "net.at(1).grid.get()"),
        ('weight="table: in out"', 'weight="parts[0].grid: in out"', "table", "net.at(1).parts[0].grid.get()"),
        ("return thing.settle(how or tl.Plain())", "return tl.fix(thing, how)", "tl.Plain", "tl.fix(thing, how)"),
        ('"relu": tl.Bent', '"relu": tl.Kinked', "Bent", "tl.Kinked()"),
        ('{"shift": True}', "{}", "tl.Layer(1)", "tl.Layer(1, shift=True)"),
        ("import toolbox\n", "import workshop as toolbox\n", "import toolbox\n", "import workshop as toolbox"),
    ],
)
def test_another_idiom_is_another_script(toy, idiom, other, gone, there):
    assert TOY.count(idiom) == 1
    text = scripts.write(PROGRAM, toy(TOY.replace(idiom, other))).text
    assert gone in WRITTEN
    assert gone not in text
    assert there in text


@pytest.mark.parametrize(
    ("spec", "written"),
    [(Default(), "net.settle(again=False)"), (Constant(0.5), "net.settle(how=tl.Same(0.5), again=False)")],
)
def test_an_argument_that_is_not_given_is_not_written(toy, spec, written):
    """Nor is it passed when the adapter runs, so that the framework's own default applies."""
    settled = "net.settle(**given(how=initializer), again=again)"
    text = TOY.replace("for part in net.parts():\n            settle(part, initializer)", settled)
    program = Program({"net": NET}, (Build(), Initialize(spec)))
    assert scripts.write(program, toy(text)).lines_of(1) == [written]


@EACH
def test_initializers_of_frameworks_defaults_are_not_named(adapter):
    program = Program({"net": NET}, (Build(), Initialize(Default())))
    text = scripts.write(program, adapter).text.lower()
    assert [name for name in ("uniform", "glorot", "xavier", "kaiming", "zero") if name in text] == []
    assert "initializer" not in str(sources.adapter_source(adapter).implied_arguments)


@pytest.mark.parametrize(("std", "written"), [(1.0, "1.0"), (2.0, "4.0"), (0.1, "0.1**2"), (1e300, "1e+300 ** 2")])
def test_numbers_are_worked_out_where_that_is_possible_and_shorter(toy, std, written):
    text = TOY.replace("tl.Bell(mean, std)", "tl.Bell(mean, std**2)")
    program = Program({"net": NET}, (Build(), Initialize(Normal(0.0, std))))
    assert f"tl.Bell(0.0, {written})" in scripts.write(program, toy(text)).text


@pytest.mark.parametrize(
    ("value", "written"), [(None, "print(parameter.slope)"), (1.0, "print(parameter.slope.get())")]
)
def test_what_a_run_showed_to_be_there_or_not_is_written_so(toy, value, written):
    asked = "return None if handle.slope is None else handle.slope.get()"
    refusal = 'if gradients is None:\n            raise Unsupported("gradients")\n'
    text = TOY.replace(refusal + "        return gradients[handle]", asked)
    program = Program({"net": NET}, (Build(), Initialize(Default()), ReadGradient(WEIGHT)))
    seen = None if value is None else np.full((2, 3), value, np.float32)
    trace = Trace((Record(Outcome()), Record(Outcome()), Record(Outcome(), seen)))
    assert scripts.write(program, toy(text), trace).lines_of(2)[-1] == written
    assert " is None else " in scripts.write(program, toy(text)).lines_of(2)[-1]


def test_what_is_made_once_is_made_once(toy):
    use = Use(Dense(2), initializers=(Given("weight", Normal(), "shared"),))
    shared = Network(features(3), (use, use))
    text = scripts.write(Program({"net": shared}, (Build(),)), toy(TOY)).text
    assert text.count("tl.Bell(0.0, 1.0)") == 1
    assert "settle(layer, initializer)" in text
    assert "settle(layer_2, initializer)" in text


def test_functions_keep_what_they_close_over(toy):
    program = Program({"net": NET}, (Build(), *(Reinitialize(Custom(ROW_MAJOR_RAMP)),) * 2))
    text = scripts.write(program, toy(TOY)).text
    assert text.count("def row_major_ramp(") == 1
    assert text.count("class_free = function\n") == 1
    assert text.count("class_free_2 = function_2\n") == 1


@pytest.mark.parametrize(
    ("idiom", "other", "reason"),
    [
        ("toolbox.seed(seed)", "self.seeds = seed", "stores state on the adapter"),
        ("toolbox.seed(seed)", "self.elsewhere(seed)", "calls something that is not a method"),
        ("return handle.get()", "if handle.ready:\n            return handle.get()", "only a run can decide"),
        ("toolbox.seed(seed)", "while seed:\n            seed -= 1", "an unsupported statement"),
        ("return handle.get()", "return Absence(handle, '')", "belongs to this project"),
        ('name = "toy"', "title = name = toolbox.name", "name cannot be read"),
        ("class Toy(", "class Other(", "defines no class Toy"),
        ("class Toy(", "class Toy((", "SyntaxError"),
    ],
)
def test_what_cannot_be_written_says_why(toy, idiom, other, reason):
    with pytest.raises(scripts.NoScriptError, match=reason):
        scripts.write(PROGRAM, toy(TOY.replace(idiom, other)))


def test_an_adapter_that_is_nowhere_has_no_script():
    with pytest.raises(scripts.NoScriptError, match="no_such_module"):
        scripts.write(PROGRAM, "no_such_module:Toy")


def test_an_adapter_without_a_framework_has_no_script():
    with pytest.raises(scripts.NoFrameworkError):
        scripts.write(PROGRAM, "reference")


# Layers of every kind.


def program_of(network, *operations):
    return Program({"net": network}, (Build(), Initialize(Default()), *operations))


@EACH
@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_layer_of_every_kind_is_written_or_said_to_be_without_a_way(adapter, kind):
    layer, given = EXAMPLES[kind]
    network = Network(given, (Residual((Use(layer),)) if layer.output(given) == given else Use(layer),))
    program = program_of(
        network, *map(Read, network.held), Forward(Drawn(1), 2), Forward(Drawn(1), 2, mode="inference")
    )
    script = scripts.write(program, adapter)
    sound(script, program)
    refused = script.lines_of(0)[0].startswith("# There is no public way to do this: ")
    assert refused == (script.lines_of(1) == ["# no network was built"])


def test_arrays_are_moved_into_the_order_of_axes_in_which_they_are_held(toy):
    def written(network, *operations):
        return scripts.write(program_of(network, *operations), toy(TOY))

    plane = Network(image(2, 3, 4), (Convolution(2, (2, 3)),))
    script = written(plane, Write(WEIGHT, Drawn(1)), Forward(Drawn(2), 5))
    drawn = "np.random.RandomState({}).uniform(-1, 1, {}).astype(np.float32)"
    assert script.lines_of(2)[-1] == "net.at(1).table.put(values)"
    namespace = {"np": np}
    exec(
        "\n".join([*script.lines_of(2)[:-1], *itertools.takewhile(lambda x: "with" not in x, script.lines_of(3))]),
        namespace,
    )
    assert np.array_equal(namespace["values"], Drawn(1).array((2, 2, 2, 3)).transpose(2, 3, 1, 0))
    assert np.array_equal(namespace["batch"], Drawn(2).array((5, 2, 3, 4)).transpose(0, 2, 3, 1))
    deep = written(Network(image(1, 2, 2, 2), (Convolution(4, (1, 1, 2)),)), Write(WEIGHT, Drawn(1)), Read(WEIGHT))
    assert "tl.Deep(4, 1, 1, 2, shift=True)" in deep.text
    assert solid(f"{drawn.format(1, (4, 1, 1, 1, 2))}.reshape(4, 1, 1, 2)") in solid(deep.text)
    assert deep.lines_of(3) == ["print(net.at(1).inner[1].table.get())"]


def test_what_comes_behind_a_flatten_follows_the_order_of_the_data(toy):
    network = Network(image(2, 1, 2), (Flatten(), Dense(1)))
    text = TOY.replace(
        "    @builds(Activation)",
        "    @builds(Flatten)\n    def flat(self):\n        return tl.Flat()\n\n    @builds(Activation)",
    )
    text = text.replace("import Activation,", "import Flatten, Activation,")
    program = program_of(network, Write(Slot(1, "weight"), Listed((1.0, 2.0, 3.0, 4.0))))
    assert made(scripts.write(program, toy(text)).lines_of(2)).tolist() == [[1.0], [3.0], [2.0], [4.0]]


def test_a_kind_that_an_adapter_does_not_build_is_said_with_its_reason(toy):
    program = program_of(Network(sequence(2, 3), (LSTM(2),)), Read(Slot(0, "l0_bias")))
    script = scripts.write(program, toy(TOY))
    assert script.lines_of(0) == [
        "# There is no public way to do this: nothing remembers",
        "# https://example.org/toolbox",
    ]
    assert [script.lines_of(1), script.lines_of(2)] == [["# no network was built"], []]


# The command.


@pytest.mark.parametrize("task", TASKS)
def test_a_task_that_was_not_run_is_shown_as_code_alone(capsys, tmp_path, task):
    shown = solid(shown_without_exhibits(capsys, tmp_path, task, width=60))  # too narrow for columns
    for adapter in FRAMEWORKS:
        assert [line for line in written(task, adapter).lines if solid(line) not in shown] == []


@pytest.mark.parametrize("task", list(TASKS)[::20])
def test_a_task_that_was_not_run_is_shown_in_columns(capsys, tmp_path, task):
    shown = shown_without_exhibits(capsys, tmp_path, task, width=250)
    assert any(all(adapter in line for adapter in FRAMEWORKS) for line in shown.splitlines())


def shown_without_exhibits(capsys, tmp_path, task, width):
    assert command.main(["show", task, f"--width={width}", f"--report-dir={tmp_path}"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"{task}: {TASKS[task].statement}\nThis code was not run")
    assert solid("`tox run -e site`") in solid(shown)
    assert [adapter for adapter in FRAMEWORKS if adapter not in shown] == []
    return shown


def solid(text):
    """Text without the characters that change with line breaks."""
    return re.sub(r"[\s,#]", "", text)


@pytest.mark.parametrize("text", ["", "[]", '{"format": 99}', "\x00"])
def test_exhibits_that_are_none_are_refused(capsys, tmp_path, text):
    file = tmp_path / command.EXHIBITS
    file.parent.mkdir()
    file.write_text(text)
    assert command.main(["show", "step", f"--report-dir={tmp_path}"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert str(file) in line


@pytest.fixture
def show(capsys, tmp_path):
    """A function that shows a task as performed by frameworks of these names, with changes to its steps."""

    def shown(task, width, *names, **changes):
        found = exhibits(*names)
        task_results = tuple(
            dataclasses.replace(one, steps=tuple(dataclasses.replace(step, **changes) for step in one.steps))
            if one.task == task
            else one
            for one in found.task_results
        )
        dataclasses.replace(found, task_results=task_results).save(tmp_path / command.EXHIBITS)
        assert command.main(["show", task, f"--width={width}", f"--report-dir={tmp_path}"]) == 0
        return capsys.readouterr().out

    return shown


def test_what_each_operation_printed_stands_below_its_code_side_by_side_where_there_is_room(show):
    wide = show("read-weight", 100, "one", "two")
    assert re.search(r"4\. Read 0\.weight\n  one +two\n  read\S+ +read\S+\n  \| \[\[7.25\]\] +\| \[\[7.25\]\]\n", wide)
    narrow = show("read-weight", 40, "one", "two")
    assert "4. Read 0.weight\n  one\n    read(net[0].weight)\n    | [[7.25]]\n  two\n" in narrow
    assert "run " in narrow
    assert "code alone" not in narrow


def test_an_operation_without_a_way_tells_the_nearest_tasks(show):
    shown = show("gradients", 100, "one", outcome="unsupported", code=("# no way",))
    near, *_ = Library(None, exhibits("one")).nearest(TASKS["gradients"], "one")
    assert f"nearest: {near.name}" in shown


def test_other_names_and_axes_are_told(capsys, tmp_path):
    found = exhibits("one", "two", "three")
    table, grid = (
        {"dense.weight": Held(name, axes)} for name, axes in (("table", ("out", "in")), ("grid", ("in", "out")))
    )
    held = tuple(dataclasses.replace(one, roles=grid if one.name == "two" else table) for one in found.frameworks)
    dataclasses.replace(found, frameworks=held).save(tmp_path / command.EXHIBITS)
    command.main(["show", "read-weight", f"--report-dir={tmp_path}"])
    shown = capsys.readouterr().out
    assert "dense.weight is called table in one, three; grid in two\n" in shown
    assert "dense.weight has axes [out, in] in one, three; [in, out] in two\n" in shown


def test_nothing_that_was_printed_steers_the_terminal(show):
    assert "\x1b" not in show("read-weight", 80, "one", printed=("\x1b[31mred",))
