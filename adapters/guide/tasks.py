"""Tasks: what people do to a network's parameters, each with a statement and a small example program.

Whoever shows code shows it for these: :mod:`adapters.scripts` writes each example out in each framework's words.
"""

from __future__ import annotations

import difflib
import itertools
from dataclasses import dataclass
from typing import Any, Dict, Tuple

from specs.arrays import Listed
from specs.errors import SpecError
from specs.initializers import (
    Constant,
    ConstantArray,
    Custom,
    Default,
    Normal,
    Ones,
    Uniform,
    XavierNormal,
    XavierUniform,
    Zeros,
)
from specs.laws import find
from specs.programs.networks import Dense, Network, Reuse, Slot, Tie
from specs.programs.operations import (
    Add,
    Backward,
    Build,
    Clone,
    Copy,
    CountParameters,
    DeepCopy,
    Everything,
    Forward,
    Freeze,
    Identify,
    Initialize,
    KeepValue,
    ListMatching,
    ListParameters,
    ListTrainable,
    Load,
    Matching,
    OneLayer,
    OneParameter,
    Operation,
    Read,
    ReadGradient,
    ReadKept,
    Reinitialize,
    Save,
    Seed,
    Select,
    Step,
    Target,
    TieAfterBuild,
    Write,
    WriteElement,
)
from specs.programs.program import Program

CHAPTERS = ("access", "writing", "initialization", "training", "sharing", "persistence")


@dataclass(frozen=True)
class Task:
    """``statement`` says what is done, ``program`` does it, ``laws`` are those that it is a case of."""

    name: str
    chapter: str
    statement: str
    program: Program
    laws: Tuple[str, ...]

    def __post_init__(self) -> None:
        find(self.laws)


TASKS: Dict[str, Task] = {}


def find_task(name: str) -> Task:
    """A task by its name. Raises :class:`SpecError` that lists those that are near, or all."""
    if name in TASKS:
        return TASKS[name]
    near = [task for task in TASKS if name and name in task] or difflib.get_close_matches(name, TASKS, n=5, cutoff=0.5)
    raise SpecError(f"task {name!r} is not known; {'near' if near else 'accepted'}: {', '.join(near or TASKS)}")


def _task(name: str, statement: str, operations: Tuple[Operation, ...], *laws: str, **networks: Network) -> None:
    chapter = laws[0].partition(".")[0]
    TASKS[name] = Task(name, chapter, statement, Program(networks or {"net": ONE}, operations), laws)


#: Widths differ, so that a transposed weight shows.
ONE = Network(3, (Dense(2, in_units=3),))
TWO = Network(3, (Dense(2, "relu", in_units=3), Dense(1, in_units=2)))
#: For gradients: tanh has a slope everywhere, where a rectifier may have none for the batch that is fed.
LEARNING = Network(3, (Dense(2, "tanh", in_units=3), Dense(1, in_units=2)))
INFERRED = Network(3, (Dense(2, "relu"), Dense(1)))
SAME = Network(2, (Dense(2, in_units=2), Dense(2, in_units=2)))
REUSED = Network(2, (Dense(2, "tanh", in_units=2), Reuse(0), Dense(1, in_units=2)))
TIED = Network(2, (Dense(2, "tanh", in_units=2), Dense(2, in_units=2, tie=Tie(0))))
TIED_BY_WEIGHT = Network(2, (Dense(2, "tanh", in_units=2), Dense(2, in_units=2, tie=Tie(0, ("weight",)))))
PLAIN_BIAS = Network(3, (Dense(2, bias=False, in_units=3),))
CONSTRUCTED = Network(
    3, (Dense(2, in_units=3, weight_initializer=Normal(0.0, 0.5), bias_initializer=Constant(0.1)), Dense(1, in_units=2))
)

WEIGHT, BIAS = Slot(0, "weight"), Slot(0, "bias")
SECOND = Slot(1, "weight")
SIX = Listed((1.0, 2.0, 3.0, 4.0, 5.0, 6.0))
FOUR = Listed((1.0, 2.0, 3.0, 4.0))
BATCH = Forward(SIX, 2)
SMALL = Forward(Listed((0.1, 0.2, 0.3, 0.4, 0.5, 0.6)), 2)
BATCH_OF_TWO = Forward(Listed((0.1, 0.2, 0.3, 0.4)), 2)
ONES = Listed((1.0, 1.0))
BEGUN: Tuple[Operation, ...] = (Seed(1), Build(), Initialize(Default()))
DRAWN: Tuple[Operation, ...] = (Reinitialize(Normal(), Matching("weight")), Read(WEIGHT))
PASSED: Tuple[Operation, ...] = (*BEGUN, SMALL, Backward(ONES))


def _set(layer: int) -> Tuple[Operation, ...]:
    """Give a layer of 2 by 2 values that make no two gradients equal."""
    return (
        Write(Slot(layer, "weight"), Listed((0.5, -0.3, 0.2, 0.4))),
        Write(Slot(layer, "bias"), Listed((0.1, -0.2))),
    )


def _initialized(name: str, statement: str, initializer: Any, *laws: str, target: Target = Matching("weight")) -> None:
    _task(name, statement, (*BEGUN, Reinitialize(initializer, target), Read(WEIGHT), Read(BIAS)), *laws)


# Access.

_task(
    "read-weight",
    "Read the weight and the bias of a layer.",
    (*BEGUN, Read(WEIGHT), Read(BIAS)),
    "access.routes_agree",
    "access.shapes",
    "access.dtype",
)
_task(
    "read-from-layer",
    "Find a parameter in its layer's own collection.",
    (*BEGUN, Read(WEIGHT, "layer")),
    "access.routes_agree",
)
_task(
    "read-by-name",
    "Find a parameter by its full name.",
    (*BEGUN, ListParameters(), Read(SECOND, "name")),
    "access.routes_agree",
    "access.names_differ",
    "access.names_tell_layer_and_role",
    net=TWO,
)
_task(
    "read-by-position",
    "Find a parameter by its position in the list of all.",
    (*BEGUN, ListParameters(), Read(SECOND, "order")),
    "access.routes_agree",
    "access.lists_in_order",
    net=TWO,
)
_task(
    "list-parameters",
    "List all parameters: names, shapes and types.",
    (*BEGUN, ListParameters()),
    "access.lists_each_once",
    "access.lists_in_order",
    "access.names_differ",
    "access.names_tell_layer_and_role",
    "access.shapes",
    "access.all_trainable",
    net=TWO,
)
_task(
    "list-by-pattern",
    "List the parameters whose names match a pattern, all weights, and read their values.",
    (*BEGUN, ListMatching("weight"), Read(WEIGHT, "name"), Read(SECOND, "name")),
    "access.pattern",
    "access.routes_agree",
    net=TWO,
)
_task("count-parameters", "Count the elements of all parameters.", (*BEGUN, CountParameters()), "access.count", net=TWO)
_task(
    "missing-bias",
    "Ask a layer that was built without a bias for it.",
    (*BEGUN, Read(BIAS)),
    "access.missing_bias",
    net=PLAIN_BIAS,
)
_task(
    "missing-layer",
    "Ask for a layer past the last one.",
    (*BEGUN, Read(Slot(1, "weight"))),
    "access.missing_layer",
)
_task(
    "read-before-initialization",
    "Read a parameter of a network that was built and not initialized.",
    (Seed(1), Build(), Read(WEIGHT)),
    "access.read_after_build",
)
_task(
    "inferred-width",
    "Leave the input width to be inferred: what there is before and after the first forward pass.",
    (*BEGUN, ListParameters(), Read(WEIGHT), Read(BIAS), BATCH, ListParameters(), Read(WEIGHT)),
    "access.read_before_first_forward",
    "access.bias_before_first_forward",
    "access.listed_before_first_forward",
    "access.listed_after_first_forward",
    net=INFERRED,
)
_task(
    "copy-or-view",
    "Keep a value that was read, write to the parameter, and look at the value again.",
    (*BEGUN, KeepValue(WEIGHT), ReadKept(), Write(WEIGHT, SIX), ReadKept()),
    "access.value_is_a_copy",
)

# Writing.

_task(
    "write-weight",
    "Write a whole array into a weight.",
    (*BEGUN, Write(WEIGHT, SIX), Read(WEIGHT), BATCH),
    "writing.array",
    "writing.forward_uses_it",
)
_task(
    "write-element",
    "Write one element of a weight: that from input 2 to unit 0.",
    (*BEGUN, Write(WEIGHT, SIX), WriteElement(WEIGHT, (0, 2), 42.0), Read(WEIGHT)),
    "writing.element",
)
_task(
    "add-to-weight",
    "Add a number to every element of a weight.",
    (*BEGUN, Write(WEIGHT, SIX), Add(WEIGHT, 1.5), Read(WEIGHT)),
    "writing.add",
)
_task(
    "copy-weight",
    "Copy one layer's weight into another, by value.",
    (*BEGUN, Write(WEIGHT, FOUR), Copy(SECOND, WEIGHT), Write(WEIGHT, Listed((0.0, 0.0, 0.0, 0.0))), Read(SECOND)),
    "writing.copied_value",
    "writing.others_stay",
    net=SAME,
)
_task(
    "write-wrong-shape",
    "Write an array of a wrong shape, and one that could be broadcast.",
    (*BEGUN, Write(WEIGHT, Listed((1.0,) * 12), (3, 4)), Write(WEIGHT, Listed((7.0,)), (1, 1)), Read(WEIGHT)),
    "writing.wrong_shape",
    "writing.broadcastable_shape",
    "writing.refused_changes_nothing",
)

# Initialization.

_task(
    "default-initialization",
    "Initialize a network with the framework's defaults.",
    (*BEGUN, Read(WEIGHT), Read(BIAS)),
    "initialization.default_weight",
    "initialization.default_bias",
)
_task(
    "construct-with-initializers",
    "Construct a layer with initializers for its weight and its bias.",
    (*BEGUN, Read(WEIGHT), Read(BIAS)),
    "initialization.at_construction",
    "initialization.given_after_construction",
    net=CONSTRUCTED,
)
_initialized(
    "initialize-normal", "Draw all weights from a normal distribution.", Normal(0.0, 0.5), "initialization.normal"
)
_initialized(
    "initialize-uniform", "Draw all weights from a uniform distribution.", Uniform(-0.1, 0.1), "initialization.uniform"
)
_initialized(
    "initialize-xavier-uniform",
    "Draw all weights from the Xavier (Glorot) uniform distribution, with a gain.",
    XavierUniform(2.0),
    "initialization.xavier_uniform",
)
_initialized(
    "initialize-xavier-normal",
    "Draw all weights from the Xavier (Glorot) normal distribution.",
    XavierNormal(),
    "initialization.xavier_normal",
)
_initialized(
    "initialize-constant",
    "Fill all weights with a number.",
    Constant(0.5),
    "initialization.constant",
    "initialization.by_pattern",
)
_initialized("initialize-zeros", "Fill all weights with zeros.", Zeros(), "initialization.zeros_and_ones")
_initialized("initialize-ones", "Fill all weights with ones.", Ones(), "initialization.zeros_and_ones")
_initialized(
    "initialize-array",
    "Initialize a weight with a given array.",
    ConstantArray(SIX),
    "initialization.constant_array",
    target=OneParameter(WEIGHT),
)
_initialized(
    "initialize-custom",
    "Initialize all weights with a function of your own.",
    Custom("thresholded_uniform", 1),
    "initialization.custom_called_once",
    "initialization.custom_holds",
    "initialization.custom_axes",
    "initialization.custom_draws",
    "initialization.thresholded_draws",
)
_initialized(
    "initialize-everything",
    "Initialize a whole network, biases included, with one initializer.",
    Constant(0.5),
    "initialization.everything_reaches_biases",
    target=Everything(),
)
_task(
    "initialize-bias",
    "Initialize one bias.",
    (*BEGUN, Reinitialize(Constant(0.5), OneParameter(BIAS)), Read(BIAS)),
    "initialization.bias_alone",
    "initialization.one_parameter",
)
_task(
    "xavier-bias",
    "Give a bias a Xavier initializer, which asks for both fans.",
    (*BEGUN, Reinitialize(XavierUniform(), OneParameter(BIAS)), Read(BIAS)),
    "initialization.xavier_on_bias",
)
_task(
    "initialize-layer-again",
    "Initialize one layer again.",
    (*BEGUN, Reinitialize(Constant(0.5), OneLayer(0)), Read(WEIGHT), Read(SECOND)),
    "initialization.one_layer",
    net=TWO,
)
_task(
    "initialize-again",
    "Initialize a network a second time: in the plain way, and in the way that is meant for it.",
    (
        *BEGUN,
        Read(WEIGHT),
        Initialize(Normal(0.0, 0.5)),
        Read(WEIGHT),
        Reinitialize(Normal(0.0, 0.5)),
        Read(WEIGHT),
    ),
    "initialization.plain_again",
    "initialization.forced_again",
)
_task(
    "reset-to-defaults",
    "Go back to the framework's default initialization.",
    (*BEGUN, Write(WEIGHT, SIX), Reinitialize(Default()), Read(WEIGHT), Read(BIAS)),
    "initialization.forced_again",
    "initialization.default_weight",
    "initialization.default_bias",
)
_task(
    "initialize-inferred",
    "Initialize before the input width is known.",
    (Seed(1), Build(), Initialize(Constant(0.5)), BATCH, Read(WEIGHT)),
    "initialization.deferred",
    "initialization.deferred_seed",
    net=INFERRED,
)
_task(
    "seed",
    "Seed the generator, so that the same values are drawn again, and others from another seed.",
    (*BEGUN, *itertools.chain.from_iterable((Seed(seed), *DRAWN) for seed in (7, 7, 8))),
    "initialization.same_seed",
    "initialization.other_seed",
    "initialization.neighbouring_seeds",
)
_task(
    "one-initializer-for-two-layers",
    "Construct two layers with one initializer.",
    (Seed(1), Build(), Initialize(Default()), Read(WEIGHT), Read(SECOND)),
    "initialization.one_initializer_for_two_layers",
    "initialization.distinct_parameters",
    net=Network(2, (Dense(2, in_units=2, weight_initializer=Normal()),) * 2),
)

# Training.

_task("forward", "Feed a batch forward.", (*BEGUN, BATCH), "training.output_shape", "training.output_value")
_task(
    "gradients",
    "Read the gradients after a backward pass.",
    (*BEGUN, BATCH, Backward(Listed((1.0, 1.0, 1.0, 1.0))), ReadGradient(WEIGHT), ReadGradient(BIAS)),
    "training.gradient_value",
    "training.gradient_shape",
    "access.gradient_before_backward",
)
_task(
    "gradient-before-backward",
    "Ask for a gradient before any backward pass.",
    (*BEGUN, ReadGradient(WEIGHT)),
    "access.gradient_before_backward",
)
_task(
    "second-backward",
    "Feed and backpropagate twice: what becomes of the first gradient.",
    (*PASSED, ReadGradient(WEIGHT), SMALL, Backward(ONES), ReadGradient(WEIGHT)),
    "training.second_backward",
    net=LEARNING,
)
_task(
    "backward-twice",
    "Backpropagate twice through one forward pass.",
    (*PASSED, Backward(ONES)),
    "training.backward_twice",
    net=LEARNING,
)
_task(
    "step",
    "Take one step of plain gradient descent.",
    (*PASSED, Read(WEIGHT), ReadGradient(WEIGHT), Step(0.5), Read(WEIGHT)),
    "training.step_value",
    net=LEARNING,
)
_task(
    "step-before-backward",
    "Ask for a step before any backward pass.",
    (*BEGUN, Read(WEIGHT), Step(0.5), Read(WEIGHT)),
    "training.step_before_backward",
    "training.step_value",
)
_task(
    "wrong-width",
    "Feed a batch of another width than the network was built for.",
    (*BEGUN, Forward(Listed((1.0,) * 8), 2, 4)),
    "training.wrong_width",
)
_task(
    "wrong-cotangent",
    "Backpropagate an array of another shape than the output's.",
    (*BEGUN, BATCH, Backward(Listed((1.0,) * 9), (3, 3))),
    "training.wrong_cotangent",
)
_task(
    "freeze",
    "Exclude a parameter from training.",
    (
        *BEGUN,
        Read(WEIGHT),
        Freeze(WEIGHT),
        ListTrainable(),
        SMALL,
        Backward(ONES),
        ReadGradient(WEIGHT),
        ReadGradient(SECOND),
        Step(0.5),
        Read(WEIGHT),
    ),
    "training.frozen_is_not_listed",
    "training.frozen_stays",
    "training.others_still_learn",
    "training.frozen_gradient",
    net=LEARNING,
)

# Sharing.

_task(
    "share-layer",
    "Use one layer object twice.",
    (*BEGUN, Identify(), ListParameters(), CountParameters()),
    "sharing.identity",
    "sharing.counted_once",
    "access.distinct_objects",
    net=REUSED,
)
_task(
    "share-parameters",
    "Build a layer on another layer's parameters.",
    (*BEGUN, Identify(), Write(WEIGHT, FOUR), Read(SECOND)),
    "sharing.identity",
    "sharing.equal_values",
    "sharing.write_through",
    net=TIED,
)
_task(
    "share-weight",
    "Build a layer on another layer's weight, with a bias of its own.",
    (*BEGUN, Identify(), Write(WEIGHT, FOUR), Read(SECOND)),
    "sharing.identity",
    "sharing.write_through",
    net=TIED_BY_WEIGHT,
)
_task(
    "share-after-building",
    "Tie two layers that are built already.",
    (*BEGUN, TieAfterBuild(SECOND, WEIGHT), Identify()),
    "sharing.tie_after_build",
    net=SAME,
)
_task(
    "initialize-shared",
    "Initialize a shared parameter through one of its layers, and read it through the other.",
    (*BEGUN, Reinitialize(Constant(0.5), OneParameter(WEIGHT)), Read(SECOND)),
    "sharing.initialize_through",
    net=TIED,
)
_task(
    "shared-gradient",
    "Read the gradient of a shared parameter.",
    (*BEGUN, *_set(0), BATCH_OF_TWO, Backward(FOUR), ReadGradient(WEIGHT), ReadGradient(SECOND)),
    "sharing.gradient_is_sum",
    "sharing.one_gradient",
    "sharing.gradient_equals_untied",
    net=TIED,
)
_task(
    "unshared-gradients",
    "Give two layers the same values without sharing them, and read the gradient of each.",
    (*BEGUN, *_set(0), *_set(1), BATCH_OF_TWO, Backward(FOUR), ReadGradient(WEIGHT), ReadGradient(SECOND)),
    "sharing.gradient_equals_untied",
    net=TIED.untied(),
)
_task(
    "shared-step",
    "Take a step with a shared parameter.",
    (*BEGUN, BATCH_OF_TWO, Backward(FOUR), Step(0.5), Identify(), Read(WEIGHT), Read(SECOND)),
    "sharing.step_keeps_tie",
    "sharing.step_is_taken_once",
    net=TIED,
)

# Persistence.

_task(
    "save-and-load",
    "Save a network's parameters, and load them into a new network.",
    (*BEGUN, Read(WEIGHT), Save(), Build("other"), Initialize(Default()), Load(), Read(WEIGHT)),
    "persistence.round_trip",
    "persistence.load_is_a_copy",
    net=TWO,
    other=TWO,
)
_task(
    "save-and-load-shared",
    "Save a network that shares parameters, and load it into a new one of the same design.",
    (*BEGUN, Read(WEIGHT), Save(), Build("other"), Initialize(Default()), Load(), Identify(), Read(SECOND)),
    "sharing.survives_save_and_load",
    net=TIED,
    other=TIED,
)
_task(
    "load-other-shapes",
    "Load a file into a network of other shapes.",
    (*BEGUN, Save(), Build("other"), Initialize(Default()), Load()),
    "persistence.load_other_shapes",
    net=TWO,
    other=Network(3, (Dense(4, "relu", in_units=3), Dense(1, in_units=4))),
)
_task(
    "clone",
    "Copy a network in the framework's own way; then write to the copy.",
    (*BEGUN, Read(WEIGHT), Clone(), Read(WEIGHT), Write(WEIGHT, SIX), Select("net"), Read(WEIGHT)),
    "persistence.clone_values",
    "persistence.clone_is_independent",
    "persistence.clone_learns",
)
_task(
    "train-clone",
    "Copy a network, and train the copy.",
    (*BEGUN, Clone(), Read(WEIGHT), SMALL, Backward(ONES), Step(0.5), Read(WEIGHT), Select("net"), Read(WEIGHT)),
    "persistence.clone_learns",
    "persistence.clone_is_independent",
    net=LEARNING,
)
_task(
    "clone-shared",
    "Copy a network that shares parameters: by a layer used twice, and by layers built on another's.",
    (*BEGUN, Clone(), Identify(), Build("tied"), Initialize(Default()), Clone("copy"), Identify()),
    "sharing.reuse_survives_clone",
    "sharing.tie_survives_clone",
    "persistence.clone_learns",
    net=REUSED,
    tied=TIED,
)
_task(
    "deepcopy",
    "Copy a network with Python's copy.deepcopy: one that uses a layer twice, and one of layers built on another's.",
    (
        *BEGUN,
        BATCH_OF_TWO,
        DeepCopy(),
        Read(WEIGHT),
        BATCH_OF_TWO,
        Identify(),
        Build("tied"),
        Initialize(Default()),
        DeepCopy("second"),
        Identify(),
    ),
    "persistence.deepcopy_values",
    "sharing.reuse_survives_deepcopy",
    "sharing.tie_survives_deepcopy",
    "persistence.clone_learns",
    net=Network(2, (Dense(2, "tanh", in_units=2), Reuse(0))),
    tied=TIED,
)
