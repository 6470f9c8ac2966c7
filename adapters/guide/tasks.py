"""Tasks: what people do to a network's parameters, each with a statement and a small example program.

Whoever shows code shows it for these: :mod:`adapters.scripts` writes each example out in each framework's words.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, replace
from typing import Any, Dict, Iterator, List, Tuple, cast

from specs.arrays import Bits, Drawn, Filled, Listed
from specs.custom_initializers import THRESHOLDED_UNIFORM
from specs.initializers import (
    BARE,
    NONLINEARITIES,
    Bare,
    Bilinear,
    Constant,
    ConstantArray,
    Custom,
    Default,
    Dirac,
    Identity,
    Initializer,
    Kaiming,
    Normal,
    Ones,
    Orthogonal,
    SeededNormal,
    TruncatedNormal,
    Uniform,
    VarianceScaling,
    XavierNormal,
    XavierUniform,
    Zeros,
)
from specs.laws import LAWS, find, limits, recipes
from specs.laws.omissions import having
from specs.laws.rectifiers import RECTIFIERS
from specs.laws.training import BESIDE_WEIGHTS
from specs.layers import (
    EXAMPLES,
    GRU,
    LSTM,
    RNN,
    WORDS,
    Activation,
    BatchNorm,
    Convolution,
    ConvolutionTransposed,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    LayerNorm,
    MaxPooling,
    PackedSelfAttention,
    PaddedEmbedding,
    SelfAttention,
)
from specs.layers.layer import Axes, Axis, features, image, sequence
from specs.programs.networks import Block, Given, Network, PlainList, Residual, Reuse, Slot, Tie, Use
from specs.programs.operations import (
    Add,
    Backward,
    Build,
    CastAndBack,
    Clone,
    Copy,
    CopyValues,
    CountParameters,
    DeepCopy,
    Everything,
    Forward,
    Freeze,
    FreezeLayer,
    Identify,
    Initialize,
    KeepValue,
    ListMatching,
    ListParameters,
    ListTrainable,
    Load,
    LoadOptimizer,
    MakeOptimizer,
    Matching,
    OneLayer,
    OneParameter,
    Operation,
    Read,
    ReadGradient,
    ReadKept,
    Reinitialize,
    ResetGradients,
    Save,
    SaveOptimizer,
    Seed,
    Select,
    SetLearningRate,
    Step,
    StepOptimizer,
    Target,
    TieAfterBuild,
    Unfreeze,
    Write,
    WriteElement,
)
from specs.programs.optimizers import SGD, Adam
from specs.programs.ported import DECODER, ENCODER_NORM_FIRST, ENCODER_NORM_LAST, LENET, PERCEPTRON, POLICY
from specs.programs.program import Program
from specs.texts import a

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

    @functools.cached_property
    def kinds(self) -> Tuple[str, ...]:
        """The kinds of layers in its networks, each once."""
        return tuple(dict.fromkeys(kind for network in self.program.networks.values() for kind in network.kinds()))

    def is_about(self, role: str) -> bool:
        """Whether a network has a layer that may hold a role: ``dense.weight``."""
        return role.partition(".")[0] in self.kinds


TASKS: Dict[str, Task] = {}


def network(given: Axes, *layers: Any) -> Network:
    """Layers one after the other."""
    return Network(given, layers)


def _task(name: str, statement: str, operations: Tuple[Operation, ...], *laws: str, **networks: Network) -> None:
    chapter = laws[0].partition(".")[0]
    TASKS[name] = Task(name, chapter, statement, Program({"net": ONE, **networks}, operations), laws)


WEIGHT, BIAS = Slot(0, "weight"), Slot(0, "bias")
#: The second layer that has a weight: next to the first, or behind an activation.
NEXT, SECOND = Slot(1, "weight"), Slot(2, "weight")
RELU, TANH = Activation("relu"), Activation("tanh")
#: Widths differ, so that a transposed weight shows.
ONE = network(features(3), Dense(2))
TWO = network(features(3), Dense(2), RELU, Dense(1))
#: For gradients: tanh has a slope everywhere, where a rectifier may have none for the batch that is fed.
LEARNING = network(features(3), Dense(2), TANH, Dense(1))
INFERRED = network(features(3), Use(Dense(2), inferred=True), RELU, Use(Dense(1), inferred=True))
IN_LIST = network(features(3), Dense(2), PlainList((Use(Dense(1)),)))
SAME = network(features(2), Dense(2), Dense(2))
REUSED = network(features(2), Dense(2), TANH, Reuse(0), Dense(1))
TIES = Tie("weight", WEIGHT), Tie("bias", BIAS)
TIED = network(features(2), Dense(2), TANH, Use(Dense(2), ties=TIES))
#: An encoder and a decoder on its weight; an embedding, and a score for each of its ids.
DECODING = network(features(3), Dense(2), TANH, Use(Dense(3), ties=(Tie("weight", WEIGHT, ("in", "out")),)))
HEAD = Use(Dense(4, bias=False), ties=(Tie("weight", WEIGHT, ("number", "width")),))
SCORING = network((Axis("time", 2),), Embedding(4, 3), TANH, HEAD)
TIED_BY_WEIGHT = network(features(2), Dense(2), TANH, Use(Dense(2), ties=TIES[:1]))
PLAIN_BIAS = network(features(3), Dense(2, bias=False))
CONSTRUCTED = network(
    features(3),
    Use(Dense(2), initializers=(Given("weight", Normal(0.0, 0.5)), Given("bias", Constant(0.1)))),
    Dense(1),
)
#: Recurrent layers hold two biases in some frameworks, and one in others.
BIASED: Dict[str, Dict[str, Network]] = {
    two.kind: {"net": network(sequence(3, 2), two), "one_bias": network(sequence(3, 2), one)}
    for two, one in (
        (LSTM(2), LSTM(2, biases=1)),
        (GRU(2), GRU(2, biases=1, linear_before_reset=False)),
        (RNN(2), RNN(2, biases=1)),
    )
}
#: Extents of images and windows differ as well.
CONVOLUTION = network(image(1, 2, 3), Convolution(2, (1, 2)))
#: What Keras calls padding="same": with these strides it pads, and crops, the end alone.
PADDED_END = network(image(1, 2, 4), Convolution(1, (1, 3), strides=(1, 2), pads_begin=(0, 0), pads_end=(0, 1)))
CROPPED_END = network(
    image(1, 2, 4), ConvolutionTransposed(1, (1, 3), strides=(1, 2), pads_begin=(0, 0), pads_end=(0, 1))
)
NORM = network(features(2), BatchNorm())
NORM_TIES = tuple(Tie(slot.role, slot) for slot in NORM.held)
GATES = tuple(Slot(0, f"l0_{role}") for role in ("input_weight", "recurrent_weight", "bias"))

SIX = Listed((1.0, 2.0, 3.0, 4.0, 5.0, 6.0))
FOUR = Listed((1.0, 2.0, 3.0, 4.0))
BATCH = Forward(SIX, 2)
SMALL = Forward(Listed((0.1, 0.2, 0.3, 0.4, 0.5, 0.6)), 2)
BATCH_OF_TWO = Forward(Listed((0.1, 0.2, 0.3, 0.4)), 2)
ONES = Listed((1.0, 1.0))
EIGHT = Listed((1.0, 0.5, -1.0, 2.0, 0.0, 1.5, 2.0, -0.5))
DIFFERENTIATED = Forward(Drawn(1), 2), Backward(Drawn(2))
ROWS, FOR_INFERENCE = Forward(EIGHT, 4), Forward(EIGHT, 4, mode="inference")
MEAN, VARIANCE = Slot(0, "mean"), Slot(0, "variance")
STATISTICS: Tuple[Operation, ...] = (Read(MEAN), Read(VARIANCE))
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


def _drawn(slots: Tuple[Slot, ...], initializer: Initializer) -> Iterator[Operation]:
    """Draw for each slot, and read it."""
    for slot in slots:
        yield Reinitialize(initializer, OneParameter(slot))
        yield Read(slot)


def _laws(family: str, kind: str) -> List[str]:
    """The laws of a family that are asked for a kind, or for the roles of it."""
    return [law.name for law in LAWS.values() if law.family == family and law.subject.partition(".")[0] == kind]


def _example(kind: str) -> Network:
    layer, given = EXAMPLES[kind]
    return network(given, layer)


def _passed_through(kind: str) -> Dict[str, Network]:
    """The simplest layer of a kind, and a dense one where it has nothing to train."""
    if kind in BIASED:
        return BIASED[kind]
    example, given = EXAMPLES[kind]
    layer = type(example).choices(given)[0]
    if layer.roles(given):
        return {"net": network(given, layer)}
    flat = (Flatten(),) if len(layer.output(given)) > 1 else ()
    return {"net": network(given, layer, *flat, Dense(1))}


def _begun(network: str) -> Tuple[Operation, ...]:
    return Seed(1), Build(network), Initialize(Default())


# Access.

_task(
    "read-weight",
    "Read the weight and the bias of a layer.",
    (*BEGUN, Read(WEIGHT), Read(BIAS)),
    "access.routes_agree",
    "access.shapes",
    "access.dtype",
)
for _kind in EXAMPLES:
    if _laws("access.axes", _kind):
        _task(
            f"list-{_kind.replace('_', '-')}",
            f"List what a {_kind.replace('_', ' ')} layer holds, and its shapes.",
            (*BEGUN, ListParameters()),
            *_laws("access.axes", _kind),
            net=_example(_kind),
        )
_task(
    "list-a-second-network",
    "Build a second network of the same design, and list both: whether names count networks.",
    (*BEGUN, ListParameters(), *_begun("other"), ListParameters()),
    "access.names_of_another",
    other=ONE,
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
    (*BEGUN, KeepValue(WEIGHT), ReadKept(), Write(WEIGHT, SIX), ReadKept(), Read(WEIGHT)),
    "access.value_is_a_copy",
)
_task(
    "tensor-or-copy",
    "Keep a value as a tensor, take a step, and look at the tensor again.",
    (*BEGUN, *DIFFERENTIATED, KeepValue(WEIGHT, "own"), ReadKept(), Step(0.5), ReadKept(), Read(WEIGHT)),
    "access.tensor_is_a_view",
)

_task(
    "block",
    "Put a network into a network, and find what it holds.",
    (*BEGUN, ListParameters(), Read(SECOND), Read(SECOND, "name"), BATCH),
    "access.lists_in_order",
    "access.names_tell_layer_and_role",
    "access.routes_agree",
    net=network(features(3), Dense(2), Block((Use(TANH), Use(Dense(1))))),
)
_task(
    "list-buffers",
    "See whether running statistics are among the parameters: listed, trained, counted.",
    (*BEGUN, ListParameters(), ListTrainable(), CountParameters()),
    "access.buffers_listed",
    "access.buffers_are_not_trainable",
    "access.count_of_buffers",
    net=NORM,
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
    "write-any-number",
    "Write numbers that are none, or out of the ordinary: NaN, infinity, -0.0, the largest and the smallest.",
    (*BEGUN, Write(WEIGHT, Bits((0x7FC00000, 0x7F800000, 0x80000000, 0x7F7FFFFF, 0x00000001))), Read(WEIGHT)),
    "writing.any_number",
)
_task(
    "write-window",
    "Write the weight of a convolution, and slide its windows over an image.",
    (*BEGUN, Write(WEIGHT, FOUR), Write(BIAS, Listed((0.5, -0.5))), Read(WEIGHT), Forward(SIX, 1)),
    "writing.array",
    "writing.forward_uses_it",
    "access.shapes",
    "training.output_value",
    net=CONVOLUTION,
)
_task(
    "write-behind-flatten",
    "Flatten an image of two channels, and write the weight of the layer behind it.",
    (*BEGUN, Write(NEXT, SIX), Write(Slot(1, "bias"), Listed((0.5,))), Read(NEXT), Forward(SIX, 1)),
    "writing.array",
    "writing.forward_uses_it",
    "access.shapes",
    "training.output_value",
    net=network(image(2, 1, 3), Flatten(), Dense(1)),
)
_task(
    "write-gates",
    "Write the weights of an LSTM, gate by gate, and feed it a sequence.",
    (
        *BEGUN,
        Write(GATES[0], Listed(tuple(at / 8 for at in range(8)))),
        Write(GATES[1], FOUR),
        Read(GATES[0]),
        Forward(SIX, 1),
    ),
    "writing.array",
    "writing.forward_uses_it",
    "access.shapes",
    "training.output_value",
    net=network(sequence(3, 2), LSTM(1, biases=0)),
)
_task(
    "write-one-of-two-biases",
    "Write one of the two biases of a GRU, which some frameworks hold as one, add to it, and read both.",
    (
        *BEGUN,
        Write(Slot(0, "l0_recurrent_bias"), SIX),
        Add(Slot(0, "l0_recurrent_bias"), 0.5),
        Read(GATES[2]),
        Read(Slot(0, "l0_recurrent_bias")),
        Read(Slot(0, "l0_recurrent_bias"), "name"),
        ListParameters(),
        Identify(),
        Read(Slot(0, "l0_recurrent_bias"), "order"),
    ),
    "writing.array",
    "writing.add",
    "access.lists_each_once",
    "access.distinct_objects",
    net=network(sequence(3, 2), GRU(2)),
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
    (*BEGUN, Write(WEIGHT, FOUR), Copy(NEXT, WEIGHT), Write(WEIGHT, Listed((0.0, 0.0, 0.0, 0.0))), Read(NEXT)),
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
    "initialization.default[dense.weight]",
    "initialization.default[dense.bias]",
)
for _kind, _nets in BIASED.items():
    _task(
        f"default-{_kind}",
        f"Construct a layer of kind {_kind}, of two biases and of one, and read what its weights and bias start as.",
        tuple(operation for name in _nets for operation in (*_begun(name), *map(Read, GATES))),
        *_laws("initialization.default", _kind),
        **_nets,
    )
for _kind in EXAMPLES:
    if _kind not in ("dense", *BIASED) and _laws("initialization.default", _kind):
        _task(
            f"default-{_kind.replace('_', '-')}",
            f"Construct {a(WORDS[_kind])} layer, and read what it starts as.",
            (*BEGUN, *map(Read, _example(_kind).held)),
            *_laws("initialization.default", _kind),
            net=_example(_kind),
        )
#: Networks whose roles are made to start as they do elsewhere.
STARTED = (
    ONE,
    CONVOLUTION,
    network(image(1, 2, 2), ConvolutionTransposed(2, (1, 3))),
    *itertools.chain(*(nets.values() for nets in BIASED.values())),
    _example("embedding"),
)


def _started(recipe: str) -> None:
    """A task: all roles that start so somewhere are made to."""
    operations: List[Operation] = []
    nets: Dict[str, Network] = {}
    families = set()
    for net in STARTED:
        given = [(slot, found[recipe]) for slot, found in recipes.by_slot(net, seed=1) if recipe in found]
        if given:
            name = f"net_{len(nets)}" if nets else "net"
            nets[name] = net
            operations += _begun(name)
            for slot, initializer in given:
                operations += [Reinitialize(initializer, OneParameter(slot)), Read(slot)]
                families.add(net.role(slot).family)
    start = recipes.RECIPES[recipe].start
    _task(
        f"start-{recipe.replace('_', '-')}",
        f"Give a {'bias' if families == {'bias'} else 'layer'} another framework's default start: {start}.",
        tuple(operations),
        f"initialization.recipe[{recipe}]",
        **nets,
    )


for _name in recipes.RECIPES:
    _started(_name)
_task(
    "construct-with-initializers",
    "Construct a layer with initializers for its weight and its bias.",
    (*BEGUN, Read(WEIGHT), Read(BIAS)),
    "initialization.at_construction",
    "initialization.given_after_construction",
    net=CONSTRUCTED,
)
_task(
    "construct-with-custom-initializer",
    "Construct a layer with a function of your own as the initializer of its weight.",
    (*BEGUN, Read(WEIGHT)),
    "initialization.custom_at_construction",
    "initialization.custom_called_once_at_construction",
    net=network(features(3), Use(Dense(2), initializers=(Given("weight", Custom(THRESHOLDED_UNIFORM, 1)),))),
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
for _kind in EXAMPLES:
    if _laws("initialization.xavier_uniform", _kind):
        for _short, _long, _drawing in (
            ("xavier", "Xavier", XavierUniform()),
            ("he", "He (Kaiming)", VarianceScaling()),
        ):
            _task(
                f"initialize-{_short}-{_kind.replace('_', '-')}",
                f"Draw the weights of {a(WORDS[_kind])} layer from the {_long} uniform distribution.",
                (*BEGUN, *_drawn(_example(_kind).weights, _drawing)),
                *_laws(f"initialization.{_short}_uniform", _kind),
                net=_example(_kind),
            )
_initialized(
    "initialize-xavier-normal",
    "Draw all weights from the Xavier (Glorot) normal distribution.",
    XavierNormal(),
    "initialization.xavier_normal",
)
_initialized(
    "initialize-he-uniform",
    "Draw all weights from the He (Kaiming) uniform distribution, as before a rectifier.",
    VarianceScaling(),
    "initialization.variance_scaling_uniform",
)
_initialized(
    "initialize-he-normal",
    "Draw all weights from the He (Kaiming) normal distribution, by fan_out.",
    VarianceScaling(2.0, "fan_out", "normal"),
    "initialization.variance_scaling_normal",
)
_initialized(
    "initialize-lecun-normal",
    "Draw all weights from the LeCun normal distribution.",
    VarianceScaling(1.0, "fan_in", "normal"),
    "initialization.variance_scaling_normal",
)
_initialized(
    "initialize-truncated-normal",
    "Draw all weights from a normal distribution that is cut at two deviations.",
    TruncatedNormal(0.25, 1.0, 0.5, 1.5),
    "initialization.truncated_normal",
)
_initialized(
    "initialize-truncated-normal-without-ends",
    "Draw all weights from a truncated normal distribution, without saying where it is cut.",
    TruncatedNormal(0.25, 1.0),
    "initialization.truncated_normal_ends",
)
for _name in NONLINEARITIES:
    _initialized(
        f"initialize-he-{_name.replace('_', '-')}",
        f"Draw all weights from the He (Kaiming) normal distribution, as before {_name.replace('_', ' ')}.",
        Kaiming(_name, 0.25 if _name == "leaky_relu" else None),
        f"initialization.gain[{_name}]",
    )
_initialized(
    "initialize-he-without-slope",
    "Draw all weights from the He (Kaiming) normal distribution, as before a leaky rectifier, without its slope.",
    Kaiming("leaky_relu"),
    "initialization.gain_without_slope",
)
_initialized(
    "initialize-orthogonal",
    "Make all weights orthogonal, with a gain.",
    Orthogonal(2.0),
    "initialization.orthogonal",
)
_initialized(
    "initialize-identity",
    "Make a weight the identity.",
    Identity(),
    "initialization.identity",
    target=OneParameter(WEIGHT),
)
_task(
    "initialize-identity-of-gates",
    "Make the recurrent weights of an LSTM, and of a GRU, the identity.",
    tuple(
        operation
        for name in ("net", "gru")
        for operation in (*_begun(name), Reinitialize(Identity(), OneParameter(GATES[1])), Read(GATES[1]))
    ),
    "initialization.identity_of_gates[lstm.recurrent_weight]",
    "initialization.identity_of_gates[gru.recurrent_weight]",
    net=network(sequence(3, 2), LSTM(2, biases=0)),
    gru=network(sequence(3, 2), GRU(2, biases=0)),
)
_task(
    "initialize-dirac",
    "Make a convolution of two groups the identity.",
    (*BEGUN, Reinitialize(Dirac(2), OneParameter(WEIGHT)), Read(WEIGHT)),
    "initialization.dirac",
    net=network(image(4, 1, 3), Convolution(2, (1, 3), groups=2)),
)
_task(
    "initialize-bilinear",
    "Give a transposed convolution the weights of an interpolation: of a square window, and of one that is not.",
    tuple(
        operation
        for name in ("net", "oblong")
        for operation in (*_begun(name), Reinitialize(Bilinear(), OneParameter(WEIGHT)), Read(WEIGHT))
    ),
    "initialization.bilinear",
    "initialization.bilinear_of_oblong_windows",
    net=network(image(1, 2, 2), ConvolutionTransposed(1, (4, 4), strides=(2, 2), bias=False)),
    oblong=network(image(1, 2, 2), ConvolutionTransposed(1, (2, 4), strides=(1, 2), bias=False)),
)
_task(
    "initialize-of-another-shape",
    "Give a bias the identity, that of a convolution, and an interpolation; the last also to a window of three axes.",
    (
        *BEGUN,
        *(Reinitialize(initializer, OneParameter(BIAS)) for initializer in (Identity(), Dirac(), Bilinear())),
        *_begun("volume"),
        Reinitialize(Bilinear(), OneParameter(WEIGHT)),
        Read(WEIGHT),
    ),
    "initialization.identity_elsewhere",
    "initialization.dirac_elsewhere",
    "initialization.bilinear_elsewhere",
    "initialization.bilinear_of_volumes",
    volume=network(image(1, 2, 2, 4), Convolution(1, (1, 2, 4))),
)
for _name in BARE:
    _initialized(
        f"initialize-bare-{_name.replace('_', '-')}",
        f"Draw all weights from the initializer named “{_name.replace('_', ' ')}”, without an argument.",
        Bare(_name),
        f"initialization.bare[{_name}]",
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
    Custom(THRESHOLDED_UNIFORM, 1),
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
for _kind in EXAMPLES:
    if _laws("initialization.everything_reaches", _kind):
        _nets = BIASED.get(_kind, {"net": _example(_kind)})
        _task(
            f"initialize-all-of-{_kind.replace('_', '-')}",
            f"Give all of a network with {a(WORDS[_kind])} layer one initializer; then Xavier's to what has no fans.",
            tuple(
                operation
                for name, net in _nets.items()
                for operation in (
                    *_begun(name),
                    *map(Read, net.slots),
                    Reinitialize(Constant(0.5)),
                    *map(Read, net.slots),
                    *(Reinitialize(XavierUniform(), OneParameter(at)) for at in net.slots if at not in net.weights),
                )
            ),
            *_laws("initialization.everything_reaches", _kind),
            *_laws("initialization.xavier_on", _kind),
            **_nets,
        )
_task(
    "initialize-padding",
    "Initialize an embedding that has a row of padding, and train it.",
    (
        *BEGUN,
        Read(WEIGHT),
        Reinitialize(Constant(0.5), OneParameter(WEIGHT)),
        Read(WEIGHT),
        Forward(Listed((-0.9, 0.5)), 2),
        Backward(Listed((1.0, 2.0))),
        Step(0.5),
        Read(WEIGHT),
    ),
    "initialization.padding_is_refilled",
    "training.step_value",
    net=network((Axis("time", 1),), PaddedEmbedding(2, 1)),
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
    "initialization.default[dense.weight]",
    "initialization.default[dense.bias]",
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
_OWN_SEED = SeededNormal(0.0, 1.0, 3)
_DRAWN_BY_IT: Tuple[Operation, ...] = (Reinitialize(_OWN_SEED, Matching("weight")), Read(WEIGHT))
_task(
    "seed-an-initializer",
    "Give an initializer a seed of its own.",
    (*BEGUN, Seed(7), *_DRAWN_BY_IT, *DRAWN, Seed(8), *_DRAWN_BY_IT, Seed(7), *DRAWN),
    "initialization.own_seed",
    "initialization.own_seed_spares_the_other",
)
_task(
    "seed-an-initializer-of-two-layers",
    "Construct two layers with one initializer that has a seed of its own.",
    (Seed(1), Build(), Initialize(Default()), Read(WEIGHT), Read(NEXT)),
    "initialization.own_seed_for_two_layers",
    net=network(features(2), *[Use(Dense(2), initializers=(Given("weight", _OWN_SEED, "shared"),))] * 2),
)
_task(
    "seed-a-network",
    "Build a network after a seed, and one like it after the same seed.",
    (*BEGUN, Read(WEIGHT), *_begun("other"), Read(WEIGHT)),
    "initialization.same_seed_same_network",
    other=ONE,
)
_task(
    "construct-an-unused-layer",
    "Build a network after a seed; after the same seed, construct two layers first, and use neither.",
    (*BEGUN, Read(WEIGHT), Seed(1), Build("beside"), Build("waiting"), *_begun("other")[1:], Read(WEIGHT)),
    "initialization.unused_layer",
    "initialization.unused_deferred_layer",
    beside=ONE,
    waiting=network(features(3), Use(Dense(2), inferred=True)),
    other=ONE,
)
_task(
    "parts-of-an-lstm",
    "Read what the weights of an LSTM start as, whose gates are drawn each by itself.",
    (*BEGUN, *map(Read, GATES[:2])),
    "initialization.parts_of_a_layer",
    net=_example("lstm"),
)
_task(
    "one-initializer-for-two-layers",
    "Construct two layers with one initializer.",
    (Seed(1), Build(), Initialize(Default()), Read(WEIGHT), Read(NEXT)),
    "initialization.one_initializer_for_two_layers",
    "initialization.distinct_parameters",
    net=network(features(2), *[Use(Dense(2), initializers=(Given("weight", Normal(), "shared"),))] * 2),
)

# Training.

_task(
    "pad-the-end",
    "Slide a window in steps of two over an image of even width, with zeros at its end alone (“same” padding).",
    (*BEGUN, Write(WEIGHT, Listed((1.0, 2.0, 4.0))), Write(BIAS, Listed((0.5,))), Forward(EIGHT, 1)),
    "training.output_value[convolution]",
    net=PADDED_END,
)
_task(
    "crop-the-end",
    "Double an image's width by a transposed convolution, whose output is cropped at its end alone.",
    (*BEGUN, Write(WEIGHT, Listed((1.0, 2.0, 4.0))), Write(BIAS, Listed((0.5,))), Forward(EIGHT, 1)),
    "training.output_value[transposed_convolution]",
    net=CROPPED_END,
)
_task(
    "pool-rounded-up",
    "Pool with a number of places that is rounded up: the last window sees less, and behind the input there is none.",
    (*BEGUN, Forward(Drawn(1), 1), Build("behind"), Initialize(Default()), Forward(Drawn(1), 1)),
    "training.output_value[max_pooling]",
    "training.windows_behind_the_input",
    net=network(image(1, 5), MaxPooling((2,), ceil=True)),
    behind=network(image(1, 3), MaxPooling((1,), strides=(3,), ceil=True)),
)
_task(
    "attention-of-narrow-heads",
    "Let a sequence of three times attend to itself, by three heads whose values are one number each.",
    (
        *BEGUN,
        *(
            Write(Slot(0, f"{part}_{what}"), Drawn(seed))
            for seed, part in enumerate(("query", "key", "value", "output"))
            for what in ("weight", "bias")
        ),
        Forward(SIX, 1),
    ),
    "training.as_many_heads_as_times",
    net=network(sequence(3, 2), SelfAttention(3)),
)
for _name, _statement, _law, _mask in (
    (
        "mask-of-truths",
        "Attend to the keys that a mask names.",
        "boolean_mask",
        {"mask": ((True, False), (True, True))},
    ),
    (
        "mask-of-numbers",
        "Add numbers to the scores of attention.",
        "float_mask",
        {"addends": ((0.0, -1.0), (0.5, 0.0))},
    ),
    ("causal-mask", "Attend to no later time.", "causal_mask", {"causal": True}),
    ("masked-row", "Leave out every key.", "masked_row", {"mask": ((False, False), (True, True))}),
):
    for _attention, _where in ((SelfAttention, ""), (PackedSelfAttention, "-packed")):
        _masked = network(sequence(2, 2), _attention(1, **_mask))
        _task(
            f"{_name}{_where}",
            f"{_statement[:-1]}{', of one weight for queries, keys and values' if _where else ''}.",
            (
                *BEGUN,
                *(Write(slot, Drawn(seed)) for seed, slot in enumerate(_masked.slots)),
                Forward(Drawn(1), 1),
                *(() if _law == "masked_row" else (Backward(Drawn(2)), ReadGradient(_masked.slots[0]))),
            ),
            f"training.{_law}[{_attention.kind}]",
            net=_masked,
        )
for _name, _statement, _network in (
    ("encoder-block", "Feed a batch through a block of a Transformer's encoder, norms first.", ENCODER_NORM_FIRST),
    (
        "encoder-block-norm-last",
        "Feed a batch through a block of a Transformer's encoder, norms last.",
        ENCODER_NORM_LAST,
    ),
    ("decoder-block", "Feed a batch through a block of a Transformer's decoder: no time sees a later one.", DECODER),
):
    _task(
        _name,
        _statement,
        (
            *BEGUN,
            *(Write(slot, Drawn(seed)) for seed, slot in enumerate(_network.slots)),
            Forward(Drawn(1), 2),
        ),
        "training.output_value",
        "training.output_value[self_attention]",
        net=_network,
    )
for _name, _statement, _network in (
    ("lenet", "Build a LeNet, and feed it an image for inference.", LENET),
    ("mlp-with-dropout", "Build a perceptron of an image, with a dropout, and feed it for inference.", PERCEPTRON),
    ("policy", "Build a policy: a share for each action.", POLICY),
):
    _task(
        _name,
        _statement,
        (
            *BEGUN,
            *(Write(slot, Drawn(seed)) for seed, slot in enumerate(_network.slots)),
            Forward(Drawn(1), 2, mode="inference"),
        ),
        "training.output_value",
        net=_network,
    )
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
    "second-backward-of-shared",
    "Feed and backpropagate twice through a network that uses a layer twice.",
    (
        *BEGUN,
        *_set(0),
        BATCH_OF_TWO,
        Backward(ONES),
        ReadGradient(WEIGHT),
        BATCH_OF_TWO,
        Backward(ONES),
        ReadGradient(WEIGHT),
    ),
    "sharing.second_backward",
    net=REUSED,
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
ROUND: Tuple[Operation, ...] = (ResetGradients(), SMALL, Backward(ONES))
LOOKED: Tuple[Operation, ...] = (ReadGradient(WEIGHT), StepOptimizer(), Read(WEIGHT))
_task(
    "train",
    "Train for some steps with one optimizer: SGD with momentum.",
    (*BEGUN, Read(WEIGHT), MakeOptimizer(SGD(0.5, 0.875)), *ROUND, *LOOKED, *ROUND, *LOOKED),
    "training.momentum",
    net=LEARNING,
)
_task(
    "train-after-loading",
    "Load weights into a network whose optimizer was made before, and go on training.",
    (*BEGUN, Save(), MakeOptimizer(SGD(0.5, 0.875)), *ROUND, *LOOKED, Load(), Read(WEIGHT), *ROUND, *LOOKED),
    "training.optimizer_after_writes",
    "training.momentum_after_load",
    "persistence.load_keeps_objects",
    net=LEARNING,
)
_task(
    "train-after-copying-values",
    "Give a network in training another one's values, copy it, and go on training.",
    (
        *(*_begun("other"), *BEGUN, MakeOptimizer(SGD(0.5, 0.875)), *ROUND, *LOOKED, CopyValues("other"), Read(WEIGHT)),
        *(*ROUND, *LOOKED, Clone(), Select("net"), DeepCopy(), Select("net"), *ROUND, *LOOKED),
    ),
    "training.momentum_after_copied_values",
    "training.momentum_after_copying",
    net=LEARNING,
    other=LEARNING,
)
ADAM, OTHER_ADAM = Adam(0.125, 0.875, 0.984375, 2.0**-7), Adam(0.0625, 0.5, 0.875, 0.125)
_task(
    "train-after-copying-values-with-adam",
    "Give a network that Adam trains another one's values, copy it, and go on training: the copy stays.",
    (
        *(*_begun("other"), *BEGUN, MakeOptimizer(ADAM), *ROUND, *LOOKED, CopyValues("other"), Read(WEIGHT)),
        *(*ROUND, *LOOKED, Clone(), Read(WEIGHT), Select("net"), *ROUND, *LOOKED, Select("clone"), Read(WEIGHT)),
    ),
    "training.adam_after_copied_values",
    "training.adam_after_copying",
    "training.optimizer_leaves_copies",
    net=LEARNING,
    other=LEARNING,
)
_task(
    "train-after-loading-with-adam",
    "Load weights into a network that Adam trains, and go on training.",
    (*BEGUN, Save(), MakeOptimizer(ADAM), *ROUND, *LOOKED, Load(), Read(WEIGHT), *ROUND, *LOOKED),
    "training.adam_after_load",
    net=LEARNING,
)
for _name, _rule, _words in (("momentum", SGD(0.5, 0.875), "SGD and its momentum"), ("adam", ADAM, "Adam")):
    _task(
        f"another-learning-rate-with-{_name}",
        f"Train with {_words}, and set another learning rate between two steps.",
        (*BEGUN, MakeOptimizer(_rule), *ROUND, *LOOKED, SetLearningRate(_rule.learning_rate / 4), *ROUND, *LOOKED),
        f"training.{_name}_at_another_rate",
        net=LEARNING,
    )
_task(
    "resume-training",
    "Save what an optimizer keeps, load it into another that was made with other numbers, and go on training.",
    (
        *(*BEGUN, MakeOptimizer(SGD(0.5, 0.875)), *ROUND, *LOOKED, SaveOptimizer()),
        *(MakeOptimizer(SGD(0.125, 0.5)), LoadOptimizer(), *ROUND, *LOOKED),
    ),
    "persistence.optimizer_velocity",
    "persistence.optimizer_rate",
    "persistence.optimizer_momentum",
    net=LEARNING,
)
_task(
    "resume-training-with-adam",
    "Save what Adam keeps, load it into another that was made with other numbers, and go on training.",
    (
        *(*BEGUN, MakeOptimizer(ADAM), *ROUND, *LOOKED, SaveOptimizer()),
        *(MakeOptimizer(OTHER_ADAM), LoadOptimizer(), *ROUND, *LOOKED),
    ),
    "persistence.adam_moments",
    "persistence.adam_count",
    "persistence.adam_rate",
    "persistence.adam_betas",
    net=LEARNING,
)
_task(
    "train-with-adam",
    "Train for some steps with Adam.",
    (*BEGUN, Read(WEIGHT), MakeOptimizer(Adam(0.125, 0.875, 0.984375, 2.0**-7)), *ROUND, *LOOKED, *ROUND, *LOOKED),
    "training.adam",
    net=LEARNING,
)
_task(
    "adam-by-default",
    "Train with Adam as it is by default, where gradients are small.",
    (
        *BEGUN,
        Read(WEIGHT),
        MakeOptimizer(Adam(0.5, 0.875, 0.984375, None)),
        ResetGradients(),
        SMALL,
        Backward(Filled(2.0**-20)),
        *LOOKED,
    ),
    "training.adam_epsilon",
    net=LEARNING,
)
_task(
    "adam-on-a-table",
    "Train an embedding with Adam, on a batch in which an id comes more than once.",
    (
        *BEGUN,
        Read(WEIGHT),
        MakeOptimizer(Adam(0.125, 0.875, 0.984375, 2.0**-7)),
        Forward(Listed((-0.9, -0.8, 0.5, -0.9)), 4),
        Backward(Listed((1.0, 2.0, 1.0, 3.0))),
        *LOOKED,
    ),
    "training.adam_of_rows",
    net=network((Axis("time", 1),), Embedding(3, 1)),
)
#: Two rounds in which a weight learns, and one between them in which it is frozen.
PAUSED: Tuple[Operation, ...] = (
    *(*ROUND, *LOOKED, ResetGradients(), Freeze(WEIGHT), SMALL, Backward(ONES), StepOptimizer(), Read(WEIGHT)),
    *(Unfreeze(WEIGHT), *ROUND, *LOOKED),
)
_task(
    "adam-with-a-pause",
    "Train with Adam, and leave a parameter out of one step.",
    (*BEGUN, MakeOptimizer(Adam(0.125, 0.875, 0.984375, 2.0**-7)), *PAUSED),
    "training.adam_counts",
    net=LEARNING,
)
_task(
    "momentum-with-a-pause",
    "Train with SGD and its momentum, and leave a parameter out of one step.",
    (*BEGUN, MakeOptimizer(SGD(0.5, 0.875)), *PAUSED),
    "training.momentum_over_a_pause",
    net=LEARNING,
)
for _kind in having("epsilon"):
    _layer, _given = cast(Tuple[Any, Axes], EXAMPLES[_kind.kind])
    _task(
        f"default-epsilon-{_kind.kind.replace('_', '-')}",
        f"Feed small numbers through {a(_kind.words)} layer whose epsilon is not given.",
        (*BEGUN, Forward(Filled(2.0**-9), 2)),
        f"training.default_epsilon[{_kind.kind}]",
        net=network(_given, replace(_layer, epsilon=None)),
    )
for _norm in limits.NORMS:
    _layer, _given = cast(Tuple[Any, Axes], EXAMPLES[_norm.kind])
    _roles = [role.name for role in _layer.roles(_given) if role.name in ("scale", "bias")]
    _task(
        f"default-scale-and-bias-{_norm.kind.replace('_', '-')}",
        f"List what {a(_norm.words)} layer trains that is not told whether it has a scale or a bias.",
        (*BEGUN, ListTrainable(), *(Read(Slot(0, role)) for role in _roles)),
        f"access.default_affine[{_norm.kind}]",
        net=network(_given, replace(_layer, **dict.fromkeys(_roles))),
    )
_task(
    "norm-without-scale-and-bias",
    "Build a norm without scale and bias behind one that has both, list both, and read a gradient.",
    (*BEGUN, ListParameters(), Forward(SIX, 2), Backward(Drawn(2)), ReadGradient(Slot(0, "scale"))),
    "access.bare_norm_lists",
    "training.bare_norm_value",
    net=network(features(3), LayerNorm(), TANH, LayerNorm(scale=False, bias=False)),
)
_task(
    "ids-that-no-row-has",
    "Look up an id below the first row of an embedding, and one past its last.",
    (*BEGUN, Write(WEIGHT, FOUR), Forward(Listed((-1.25,)), 1), Forward(Listed((1.25,)), 1)),
    "training.negative_id",
    "training.id_past_the_table",
    net=network((Axis("time", 1),), Embedding(4, 1)),
)
for _kind in having("slope"):
    _layer, _given = cast(Tuple[Any, Axes], EXAMPLES[_kind.kind])
    _task(
        f"default-slope-{_kind.kind.replace('_', '-')}",
        f"Feed negative numbers through {a(_kind.words)} layer whose slope is not given.",
        (*BEGUN, Forward(Filled(-1.0), 2)),
        f"training.default_slope[{_kind.kind}]",
        net=network(_given, replace(_layer, slope=None)),
    )
_task(
    "default-momentum",
    "See how far a running mean moves where no momentum is given.",
    (*BEGUN, Forward(FOUR, 2), Backward(FOUR), Read(Slot(0, "mean"))),
    "training.default_momentum",
    net=network(features(2), BatchNorm(momentum=None)),
)
_task(
    "reset-gradients",
    "Reset the gradients before the next backward pass.",
    (*PASSED, ReadGradient(WEIGHT), ResetGradients(), ReadGradient(WEIGHT)),
    "training.gradient_after_reset",
    net=LEARNING,
)
_task(
    "unfreeze",
    "Take a frozen parameter back into training.",
    (*BEGUN, Freeze(WEIGHT), SMALL, Backward(ONES), Unfreeze(WEIGHT), *ROUND, Read(WEIGHT), Step(0.5), Read(WEIGHT)),
    "training.unfrozen_learns",
    net=LEARNING,
)
_task(
    "freeze-a-layer",
    "Exclude a layer from training, and with it a norm's running statistics or not.",
    (
        *BEGUN,
        FreezeLayer(0),
        FreezeLayer(1),
        ListTrainable(),
        SMALL,
        Backward(FOUR),
        Read(Slot(1, "mean")),
        Step(0.5),
        Read(WEIGHT),
    ),
    "training.frozen_layer_stays",
    "training.frozen_layer_statistics",
    net=network(features(3), Dense(2), BatchNorm(), Dense(2)),
)
_task(
    "freeze-a-norm-by-its-roles",
    "Freeze the scale and the bias of a first norm, and pass for training: what becomes of its running statistics.",
    (*BEGUN, Freeze(Slot(0, "scale")), Freeze(Slot(0, "bias")), SMALL, Backward(ONES), Read(Slot(0, "mean"))),
    "training.statistics_of_frozen_roles",
    net=network(features(3), BatchNorm(), Dense(1)),
)
_task(
    "draw-after-a-pass",
    "Draw a weight after a seed; after the same seed and a pass for inference; after it and a pass for training.",
    (
        *BEGUN,
        Seed(7),
        Reinitialize(Normal(), OneParameter(WEIGHT)),
        Read(WEIGHT),
        Seed(7),
        Forward(SIX, 2, mode="inference"),
        Reinitialize(Normal(), OneParameter(WEIGHT)),
        Read(WEIGHT),
        Seed(7),
        BATCH,
        Reinitialize(Normal(), OneParameter(WEIGHT)),
        Read(WEIGHT),
    ),
    "training.inference_spares_the_generator",
    "training.dropping_spares_the_generator",
    net=network(features(3), Dense(2), Dropout(0.5)),
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
    (*BEGUN, Forward(Listed((1.0,) * 8), 2, (4,))),
    "training.wrong_width",
)
_task(
    "wrong-cotangent",
    "Backpropagate an array of another shape than the output's.",
    (*BEGUN, BATCH, Backward(Listed((1.0,) * 9), (3, 3))),
    "training.wrong_cotangent",
)
_task(
    "wrong-cotangent-of-activation",
    "Backpropagate an array of another shape than the output's through a sigmoid.",
    (*BEGUN, BATCH, Backward(Listed((1.0,) * 9), (3, 3))),
    "training.wrong_cotangent_of_activation",
    net=network(features(3), Dense(2), Activation("sigmoid")),
)
_task(
    "larger-cotangent",
    "Backpropagate a matrix from an output that is one column.",
    (*BEGUN, Forward(ONES, 2), Backward(Filled(1.0), (2, 3))),
    "training.larger_cotangent",
    net=network(features(1), Dense(1)),
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
for _kind in BESIDE_WEIGHTS:
    _nets = BIASED.get(_kind, {"net": _example(_kind)})
    _task(
        f"train-biases-of-{_kind.replace('_', '-')}",
        f"Train the biases of {a(WORDS[_kind])} layer alone.",
        tuple(
            operation
            for name, net in _nets.items()
            for operation in (
                *_begun(name),
                *map(Freeze, net.weights),
                Forward(Drawn(0), 2),
                Backward(Drawn(1)),
                *(ReadGradient(at) for at in net.slots if at not in net.weights),
                Step(0.5),
            )
        ),
        *_laws("training.biases_alone", _kind),
        **_nets,
    )

_task(
    "selu-gradient",
    "Backpropagate through SELU, below zero, and read a gradient.",
    (*BEGUN, *_set(0), BATCH_OF_TWO, Backward(FOUR), ReadGradient(WEIGHT)),
    "training.selu_gradient",
    net=network(features(2), Dense(2), Activation("selu")),
)
_task(
    "freeze-after-backward",
    "Exclude a parameter from training when its gradient is there already.",
    (*PASSED, Read(WEIGHT), Freeze(WEIGHT), Step(0.5), Read(WEIGHT)),
    "training.frozen_after_backward",
    net=LEARNING,
)
_task(
    "write-frozen",
    "Write to a parameter that is excluded from training, and list and count it.",
    (
        *BEGUN,
        Freeze(WEIGHT),
        Write(WEIGHT, SIX),
        Read(WEIGHT),
        Reinitialize(Constant(0.5), OneParameter(WEIGHT)),
        Read(WEIGHT),
        ListParameters(),
        CountParameters(),
    ),
    "training.frozen_is_written",
    "training.frozen_is_listed",
)
for _name, _layers in RECTIFIERS.items():
    _task(
        f"slope-at-zero-{_name.replace('_', '-')}",
        f"Backpropagate through a rectifier ({_name.replace('_', ' ')}) that is fed zeros, and read a gradient.",
        (
            *BEGUN,
            Write(WEIGHT, Filled(0.0)),
            Write(BIAS, Filled(0.0)),
            *(Write(replace(slot, layer=1), Filled(0.25)) for slot in network(features(2), _layers[0]).slots),
            BATCH_OF_TWO,
            Backward(FOUR),
            ReadGradient(BIAS),
        ),
        f"training.slope_at_zero[{_name}]",
        net=network(features(2), Dense(2), _layers[0]),
    )
for _kind in EXAMPLES:
    if _laws("training.output_value", _kind):
        _nets = _passed_through(_kind)
        _task(
            f"train-{_kind.replace('_', '-')}",
            f"Feed a batch through a network with {WORDS[_kind]}, and read the gradients.",
            tuple(
                operation
                for name, net in _nets.items()
                for operation in (*_begun(name), *DIFFERENTIATED, *map(ReadGradient, net.slots))
            ),
            *_laws("training.output_value", _kind),
            *_laws("training.gradient_value", _kind),
            **_nets,
        )
_task(
    "last-states",
    "Return the last state of each direction: in a sequence, that of the reverse one stands at the first step.",
    (*BEGUN, Forward(SIX, 1), *_begun("one_bias"), Forward(SIX, 1)),
    "training.output_value[rnn]",
    net=network(sequence(3, 2), RNN(2, directions=2, returns="last")),
    one_bias=network(sequence(3, 2), RNN(2, directions=2, biases=1, returns="last")),
)
_task(
    "running-statistics",
    "Normalize a batch: the running mean and variance before and after a pass for training, and after one backward.",
    (*BEGUN, *STATISTICS, ROWS, *STATISTICS, Backward(EIGHT), *STATISTICS),
    "training.statistics_move",
    "training.statistics_value",
    "training.passes_change_no_parameter",
    net=NORM,
)
_task(
    "reused-statistics",
    "Use one normalizing layer twice: the running mean after a pass for training, which both uses have moved.",
    (*BEGUN, *STATISTICS, ROWS, Backward(EIGHT), *STATISTICS),
    "training.statistics_of_reuse",
    net=network(NORM.given, NORM.layer(0), TANH, Reuse(0)),
)
_task(
    "dropout",
    "Feed a batch for inference, and twice for training, through a dropout; then backpropagate.",
    (*BEGUN, FOR_INFERENCE, ROWS, ROWS, Backward(Drawn(2)), ReadGradient(WEIGHT), ReadGradient(BIAS)),
    "training.dropout_scale",
    "training.dropout_rate",
    "training.dropout_mask",
    "training.dropout_gradient",
    "training.dropout_draws_anew",
    net=network(features(2), Dense(3), Dropout(0.25)),
)
_task(
    "inference",
    "Feed a batch for inference: it is normalized by the running mean and variance, which stay.",
    (*BEGUN, Write(MEAN, Listed((1.0, 2.0))), Write(VARIANCE, Listed((4.0, 9.0))), FOR_INFERENCE, *STATISTICS),
    "training.inference_output",
    "training.inference_changes_nothing",
    net=NORM,
)
_task(
    "residual",
    "Add what comes into some layers to what comes out of them, and read a gradient.",
    (*BEGUN, *_set(0), BATCH_OF_TWO, Backward(FOUR), ReadGradient(WEIGHT)),
    "training.output_value",
    "training.gradient_value",
    net=network(features(2), Residual((Use(Dense(2)), Use(TANH)))),
)

_task(
    "plain-list",
    "Keep layers in a plain Python list: what is listed, what learns, and what is saved.",
    (
        *(*BEGUN, ListParameters(), Write(NEXT, ONES), SMALL, Backward(ONES), Step(0.5), Read(NEXT)),
        *(Save(), *_begun("other"), Load(), Read(NEXT)),
    ),
    "access.plain_list_listed",
    "training.plain_list_learns",
    "persistence.plain_list_saved",
    net=IN_LIST,
    other=IN_LIST,
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
    "share-transposed",
    "Build a decoder on the weight of its encoder, transposed, and backpropagate through both.",
    (*BEGUN, Identify(), Write(WEIGHT, SIX), Read(SECOND), SMALL, Backward(SIX), ReadGradient(WEIGHT)),
    "sharing.gradient_across_kinds",
    "sharing.write_across_kinds",
    net=DECODING,
)
_task(
    "share-across-kinds",
    "Score the ids of an embedding by its own table; then save it, load it into another network, and copy it.",
    (
        *BEGUN,
        Save(),
        *_begun("other"),
        Load(),
        Identify(),
        Clone(),
        Identify(),
        Select("other"),
        DeepCopy(),
        Identify(),
    ),
    "sharing.across_kinds_survives_load",
    "sharing.across_kinds_survives_clone",
    "sharing.across_kinds_survives_deepcopy",
    net=SCORING,
    other=SCORING,
)
_task(
    "share-statistics",
    "Build a normalizing layer on all that another one holds: the running mean after a pass, which both have moved.",
    (*BEGUN, *STATISTICS, ROWS, Backward(EIGHT), *STATISTICS),
    "sharing.statistics_of_tied",
    net=network(NORM.given, NORM.layer(0), TANH, Use(NORM.layer(0), ties=NORM_TIES)),
)
_task(
    "share-after-building",
    "Tie two layers that are built already.",
    (*BEGUN, TieAfterBuild(NEXT, WEIGHT), Identify()),
    "sharing.tie_after_build",
    net=SAME,
)
for _name, _words, _rule in (("momentum", "", SGD(0.5, 0.875)), ("adam", " with Adam", ADAM)):
    _task(
        f"train-after-tying{_words.lower().replace(' ', '-')}",
        f"Tie two layers whose optimizer was made before, and go on training{_words}.",
        (
            *(*BEGUN, MakeOptimizer(_rule), ResetGradients(), BATCH_OF_TWO, Backward(FOUR), *LOOKED),
            *(TieAfterBuild(NEXT, WEIGHT), ResetGradients(), BATCH_OF_TWO, Backward(FOUR), *LOOKED),
        ),
        f"training.{_name}_after_tie",
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
    (*BEGUN, *_set(0), *_set(2), BATCH_OF_TWO, Backward(FOUR), ReadGradient(WEIGHT), ReadGradient(SECOND)),
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

#: The weights of two layers; and the first layer's bias as well, which is written, so that it shows where it came from.
BOTH = (Read(WEIGHT), Read(SECOND))
ALL = (Read(WEIGHT), Read(BIAS), Read(SECOND))
KNOWN = (*BEGUN, Write(BIAS, Listed((0.1, -0.2))))

_task(
    "save-and-load",
    "Save a network's parameters, and load them into a new network.",
    (*BEGUN, Read(WEIGHT), Save(), *_begun("other"), Load(), Read(WEIGHT)),
    "persistence.round_trip",
    "persistence.load_is_a_copy",
    net=TWO,
    other=TWO,
)
_task(
    "save-and-load-shared",
    "Save a network that shares parameters, and load it into a new one of the same design.",
    (*BEGUN, Read(WEIGHT), Save(), *_begun("other"), Load(), Identify(), Read(SECOND)),
    "sharing.survives_save_and_load",
    net=TIED,
    other=TIED,
)
_task(
    "load-other-shapes",
    "Load a file into a network of other shapes.",
    (*BEGUN, Save(), *_begun("other"), Read(WEIGHT), Load(), Read(WEIGHT)),
    "persistence.load_other_shapes",
    "persistence.refused_load_changes_nothing",
    net=TWO,
    other=network(features(3), Dense(4), RELU, Dense(1)),
)
_task(
    "load-more-layers",
    "Load a file that lacks a layer of the network, and one that has a layer more than the network.",
    (*BEGUN, Save(), *_begun("deeper"), Load(), Save("deep"), *_begun("net"), Load("deep")),
    "persistence.load_more_layers",
    "persistence.load_fewer_layers",
    deeper=TWO,
)
_task(
    "load-despite-missing",
    "Load a file that lacks a layer: told to ignore extra entries, then told to ignore missing ones.",
    (*BEGUN, Save(), *_begun("deeper"), *BOTH, Load(despite=("extra",)), Load(despite=("missing",)), *BOTH),
    "persistence.load_despite_missing",
    "persistence.despite_extra_refuses_missing",
    deeper=TWO,
)
_task(
    "load-despite-extra",
    "Load a file that has a layer more: told to ignore missing entries, then told to ignore extra ones.",
    (
        *BEGUN,
        Save(),
        *_begun("other"),
        Read(WEIGHT),
        Load(despite=("missing",)),
        Load(despite=("extra",)),
        Read(WEIGHT),
    ),
    "persistence.load_despite_extra",
    "persistence.despite_missing_refuses_extra",
    net=TWO,
    other=ONE,
)
_task(
    "load-despite-shapes",
    "Load what fits of a file of which the first weight has another shape, in a layer whose bias fits.",
    (*KNOWN, Save(), *_begun("other"), *BOTH, Load(despite=("missing", "extra")), Load(despite=("shapes",)), *ALL),
    "persistence.load_despite_shapes",
    "persistence.despite_names_refuses_shapes",
    net=TWO,
    other=network(features(4), Dense(2), RELU, Dense(1)),
)
_task(
    "copy-values",
    "Give a network the values of another one in memory; then write to the first.",
    (*BEGUN, Read(WEIGHT), *_begun("other"), CopyValues("net"), Write(WEIGHT, SIX), Select("net"), Read(WEIGHT)),
    "persistence.copied_values",
    "persistence.copied_values_are_a_copy",
    other=ONE,
)
_task(
    "copy-values-that-do-not-fit",
    "Give a network the values of one that has a layer less, of one that has a layer more, and of one of other shapes.",
    (
        *BEGUN,
        *_begun("deeper"),
        Read(WEIGHT),
        CopyValues("net"),
        Read(WEIGHT),
        Select("net"),
        CopyValues("deeper"),
        *_begun("wider"),
        CopyValues("net"),
    ),
    "persistence.copy_values_more_layers",
    "persistence.copy_values_fewer_layers",
    "persistence.copy_values_other_shapes",
    deeper=TWO,
    wider=network(features(4), Dense(2)),
)
_task(
    "convert",
    "Convert a network to half precision and back: what is left of its values, and of its batch normalization.",
    (
        *BEGUN,
        Write(WEIGHT, Filled(0.1)),
        Write(Slot(1, "mean"), Filled(0.1)),
        Identify(),
        CastAndBack("float16"),
        Identify(),
        Read(WEIGHT),
        Read(Slot(1, "mean")),
    ),
    "persistence.cast_values",
    "persistence.cast_norms",
    "persistence.cast_keeps_parameters",
    "persistence.cast_keeps_buffers",
    net=network(features(3), Dense(2), BatchNorm()),
)
_task(
    "convert-shared",
    "Convert a network that has a frozen and a shared parameter to double precision and back.",
    (*BEGUN, Freeze(BIAS), CastAndBack("float64"), Identify(), ListTrainable()),
    "sharing.tie_survives_cast",
    "persistence.frozen_survives_cast",
    net=TIED_BY_WEIGHT,
)
_task(
    "copy-frozen",
    "Copy a network that has a frozen parameter, in the framework's own way and with Python's copy.deepcopy.",
    (*BEGUN, Freeze(WEIGHT), Clone(), ListTrainable(), Select("net"), DeepCopy(), ListTrainable()),
    "persistence.frozen_survives_clone",
    "persistence.frozen_survives_deepcopy",
)
_task(
    "clone-an-identity",
    "Copy, in the framework's own way, a network whose weight was constructed as half the identity.",
    (*BEGUN, Read(WEIGHT), Clone(), Read(WEIGHT)),
    "persistence.clone_has_its_gain",
    net=network(features(3), Use(Dense(2, bias=False), initializers=(Given("weight", Identity(0.5)),))),
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
        Write(WEIGHT, FOUR),
        Select("tied"),
        Read(WEIGHT),
    ),
    "persistence.deepcopy_values",
    "persistence.deepcopy_is_independent",
    "sharing.reuse_survives_deepcopy",
    "sharing.tie_survives_deepcopy",
    "persistence.clone_learns",
    net=network(features(2), Dense(2), TANH, Reuse(0)),
    tied=TIED,
)
