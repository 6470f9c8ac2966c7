"""Programs; each strategy is named after what its programs test."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
from typing import Callable, List, Sequence, Tuple, TypeVar

import numpy as np
from hypothesis import strategies as st

from specs.arrays import Bits, Drawn, Filled, Listed
from specs.custom_initializers import ROW_MAJOR_RAMP, THRESHOLDED_UNIFORM, TWO_SIDED_UNIFORM
from specs.initializers import (
    BARE,
    MODES,
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
from specs.layers import (
    GRU,
    LSTM,
    AveragePooling,
    Convolution,
    ConvolutionTransposed,
    Dense,
    MaxPooling,
    PaddedEmbedding,
    SeparableConvolution,
)
from specs.layers.layer import Axis, correspond, features, image, sequence, shape_of
from specs.programs.networks import Network, Slot, Use
from specs.programs.operations import (
    DTYPES,
    FORMS,
    ROUTES,
    Add,
    Backward,
    Build,
    CastAndBack,
    Clone,
    Copy,
    CopyValues,
    CountParameters,
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
from specs.programs.optimizers import SGD, Adam
from specs.programs.program import Program
from tests.strategies.families import composite, one_family
from tests.strategies.functions import functions
from tests.strategies.networks import (
    DECLARED,
    DRAWING,
    GIVEN,
    HOLDING,
    INFERRED,
    NORMALIZING,
    REUSABLE,
    TIED,
    TIED_BY_WEIGHT,
    all_networks,
    any_networks,
    biased_networks,
    choices_behind,
    drawn_networks,
    huge_layers,
    joined_networks,
    mixed_networks,
    nested_networks,
    networks,
    networks_of,
    networks_with_plain_lists,
    normalizing_networks,
    pairs,
    reused_layers,
    sharing_networks,
    tied_by_weight,
    unshared_networks,
    with_initializers,
)

T = TypeVar("T")

RECIPE_SEEDS = st.integers(0, 2**16)
SEEDS = st.integers(0, 2**31 - 1)
ROWS = st.sampled_from((1, 2, 3, 4, 1, 2, 3, 4, 8, 17))
#: Exactly representable in float32.
AMOUNTS = st.integers(-64, 64).filter(bool).map(lambda n: n / 8)
RATES = st.sampled_from((0.5, 0.125, 0.01))


def program(draw, operations: Sequence[Operation], **built: Network) -> Program:
    """A program whose seed depends on its content and on a drawn number, so that examples do not repeat."""
    return Program(built, tuple(operations)).seeded(draw(RECIPE_SEEDS))


def mostly(draw, operations: Sequence[Operation]) -> Sequence[Operation]:
    """These operations, or none one time in ten, which is where shrinking leads."""
    return operations if draw(st.sampled_from((False, *(True,) * 9))) else ()


def reads(network: Network, slots=None) -> List[Operation]:
    return [Read(slot) for slot in (network.slots if slots is None else slots)]


def gradient_reads(network: Network) -> List[Operation]:
    return [ReadGradient(slot) for slot in network.slots]


@composite
def forwards(draw, network=None, mode: str = "training") -> Forward:
    """A forward pass; at least four rows if training and inference differ, since batch statistics may be computed."""
    rows = draw(ROWS)
    return Forward(
        Drawn(draw(RECIPE_SEEDS)), max(rows, 4) if network is not None and network.has_modes else rows, None, mode
    )


def settled(
    network: Network, name: str = "net", initializer: Initializer = Default(), target: Target = Everything()
) -> List[Operation]:
    """Build and initialize a network; feed a first batch if shapes are inferred."""
    begun: List[Operation] = [Build(name), Initialize(initializer, target)]
    return [*begun, Forward(Drawn(0), 4 if network.has_modes else 1)] if network.deferred else begun


def written(network: Network, seed: int) -> List[Operation]:
    """Write every parameter and buffer, so that all values are known. Variances are positive."""
    parameters = [Write(slot, Drawn(seed + at)) for at, slot in enumerate(network.parameters)]
    start = seed + len(parameters)
    return [*parameters, *(_buffer(network, slot, start + at) for at, slot in enumerate(network.buffers))]


def _buffer(network: Network, slot: Slot, seed: int) -> Write:
    """A value like that of a trained network's buffer: near the initial value, but different."""
    starts_at_one = isinstance(network.role(slot).start, Ones)
    return Write(slot, Filled(0.6 + (seed % 8) / 4) if starts_at_one else Drawn(seed))


def known(network: Network, seed: int, name: str = "net") -> List[Operation]:
    return settled(network, name) + written(network, seed)


# Access.


@composite
def inspections(draw) -> Program:
    """All listings of a new network and all its values, some through every route; mostly also another's listing."""
    network = draw(any_networks())
    slots = draw(st.lists(st.sampled_from(network.parameters), min_size=1, max_size=3, unique=True))
    routed = [Read(slot, route) for slot in slots for route in ROUTES]
    listed = [ListParameters(), ListTrainable(), CountParameters()]
    beside = mostly(draw, [*settled(network, "other"), ListParameters()])
    return program(draw, [*settled(network), *listed, *reads(network), *routed, *beside], net=network, other=network)


@composite
def inspections_of_dense_layers(draw) -> Program:
    """Every query of untrained dense layers, including a bias that does not exist and a layer that is out of range."""
    network = draw(networks())
    listed = [ListParameters(), ListMatching("weight"), ListMatching("bias"), CountParameters()]
    missing = [Slot(slot.layer, "bias") for slot in network.weights if not network.has(Slot(slot.layer, "bias"))]
    past = Slot(len(network.uses) + draw(st.integers(0, 3)), "weight")
    operations = [*settled(network), *listed, *gradient_reads(network), *reads(network, [*missing, past])]
    return program(draw, operations, net=network)


@composite
def reads_after_build(draw) -> Program:
    network = draw(networks(shapes=DECLARED))
    return program(draw, [Build(), *reads(network)], net=network)


@composite
def inspections_around_first_forward(draw) -> Program:
    """Values and listings of layers with inferred shapes, before and after the first forward pass."""
    network = draw(networks(shapes=INFERRED))
    before = [Build(), Initialize(Default()), *reads(network), ListParameters()]
    return program(draw, [*before, draw(forwards()), ListParameters()], net=network)


@composite
def kept_values(draw) -> Program:
    """A value is kept, in each form; its parameter is written to or trained; both are read."""
    network = draw(networks(max_depth=3))
    slot = draw(st.sampled_from(network.parameters))
    operations = settled(network)
    for form in FORMS:
        step = [draw(forwards()), Backward(Drawn(draw(RECIPE_SEEDS))), Step(draw(RATES))]
        change = draw(st.sampled_from([[Write(slot, Drawn(draw(RECIPE_SEEDS)))], [Add(slot, draw(AMOUNTS))], step]))
        operations += [KeepValue(slot, form), ReadKept(), *change, ReadKept(), Read(slot)]
    return program(draw, operations, net=network)


# Writing.


@composite
def writes(draw) -> Program:
    """Everything is read; some parameters or elements are changed; everything is read again, then mostly used."""
    network = draw(any_networks())
    slots = st.sampled_from(network.parameters)
    operations = settled(network) + reads(network)
    for _ in range(draw(st.integers(1, 5))):
        slot = draw(slots)
        index = tuple(draw(st.integers(0, extent - 1)) for extent in network.shape(slot))
        recipe, amount = Drawn(draw(RECIPE_SEEDS)), draw(AMOUNTS)
        change = draw(st.sampled_from((Write(slot, recipe), WriteElement(slot, index, amount), Add(slot, amount))))
        operations += [change, Read(slot)]
    used = [*written(network, draw(RECIPE_SEEDS)), draw(forwards(network))]
    used += [Write(draw(slots), Drawn(draw(RECIPE_SEEDS))), draw(forwards(network))]
    return program(draw, [*operations, *reads(network), *mostly(draw, used)], net=network)


@composite
def copies(draw) -> Program:
    """A parameter gets a copy of another's value; then the other is written to."""
    width, in_units = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    network = Network(features(in_units), (Dense(width), Dense(width), Use(Dense(width), inferred=True)))
    role, from_layer, to_layer = draw(
        st.sampled_from([("weight", 1, 2), ("weight", 2, 1), ("bias", 0, 1), ("bias", 2, 0)])
    )
    ours, theirs = Slot(to_layer, role), Slot(from_layer, role)
    write = draw(st.sampled_from([Write(theirs, Drawn(draw(RECIPE_SEEDS))), Add(theirs, draw(AMOUNTS))]))
    return program(
        draw,
        [
            *settled(network),
            Write(theirs, Drawn(draw(RECIPE_SEEDS))),
            Copy(ours, theirs),
            Read(ours),
            write,
            Read(ours),
        ],
        net=network,
    )


def _other_shapes(shape) -> List[tuple]:
    """Shapes that differ from a parameter's: larger, smaller, with as many elements, transposed, with one more axis."""
    size = 1
    for extent in shape:
        size *= extent
    larger = tuple(extent + 1 for extent in shape)
    found = [larger, (*shape[:-1], shape[-1] + 2), tuple(reversed(shape)), (size,), (*shape, 2), (2, *shape)]
    found += [(*shape[:-1], shape[-1] - 1)] if shape[-1] > 2 else []
    return [other for other in found if other != tuple(shape) and not _broadcasts(other, shape)]


def _broadcasts(other, shape) -> bool:
    try:
        return np.broadcast_shapes(other, shape) == tuple(shape)
    except ValueError:
        return False


@composite
def refused_writes(draw) -> Program:
    """Arrays of wrong shapes are written: first one that cannot be broadcast, then one that can."""
    network = draw(networks(max_depth=3))
    slot = draw(st.sampled_from(network.parameters))
    shape = network.shape(slot)
    wrong = Write(slot, Drawn(0), draw(st.sampled_from(_other_shapes(shape))))
    smaller = [tuple(1 for _ in shape), *([shape[1:], (shape[0], 1), (1, shape[1])] if len(shape) > 1 else [])]
    broadcast = [Write(slot, Drawn(0), draw(st.sampled_from(smaller)))] if max(shape) > 1 else []
    operations = [*settled(network), Write(slot, Drawn(1)), wrong, *reads(network), *broadcast]
    return program(draw, operations, net=network)


#: -0.0, infinities, a NaN, the least subnormal, another subnormal, the least normal, the largest, and 1.5.
ODD = (0x80000000, 0x7F800000, 0xFF800000, 0x7FC00000, 0x00000001, 0x807FFFFF, 0x00800000, 0x7F7FFFFF, 0x3FC00000)


@composite
def writes_of_odd_numbers(draw) -> Program:
    network = draw(networks(max_depth=2) | mixed_networks(max_depth=1))
    words = draw(st.lists(st.sampled_from(ODD), min_size=1, max_size=6))
    operations: List[Operation] = settled(network)
    operations += [Write(slot, Bits(tuple(words))) for slot in network.parameters]
    operations += reads(network, network.parameters)
    then = draw(st.sampled_from(("nothing", "saved", "added to")))
    if then == "saved":
        operations += [Save(), *settled(network, "fresh"), Load(), *reads(network, network.parameters)]
    elif then == "added to":
        operations += [Add(slot, draw(AMOUNTS)) for slot in network.parameters]
        operations += reads(network, network.parameters)
    return program(draw, operations, net=network, fresh=network)


# Training.


@composite
def windows_behind(draw) -> Program:
    """Pooling with ``ceil=True``, where one window would lie entirely behind the input."""
    kind, dimensions = draw(st.sampled_from((MaxPooling, AveragePooling))), draw(st.integers(1, 3))
    layer = kind((draw(st.integers(1, 2)),) * dimensions, strides=(3,) * dimensions, ceil=True)
    rest = draw(st.lists(st.integers(2, 6), min_size=dimensions - 1, max_size=dimensions - 1))
    network = Network(image(draw(st.integers(1, 2)), 3 * draw(st.integers(1, 2)), *rest), (Use(layer),))
    return program(draw, [*settled(network), draw(forwards())], net=network)


@composite
def backward_passes(draw, drawn_networks) -> Program:
    network = draw(drawn_networks)
    operations = known(network, draw(RECIPE_SEEDS))
    operations += [draw(forwards(network)), Backward(Drawn(draw(RECIPE_SEEDS))), *gradient_reads(network)]
    return program(draw, operations, net=network)


@composite
def wrong_passes(draw) -> Program:
    """A batch of the wrong width, a cotangent of the wrong shape, and the same pass backpropagated twice."""
    network = draw(networks(max_depth=3))
    (width,) = (axis.extent + draw(st.integers(1, 3)) for axis in network.given)
    # At least two rows, since one element could be broadcast to any shape, and its gradient summed back.
    forward = Forward(Drawn(draw(RECIPE_SEEDS)), draw(st.integers(2, 5)))
    rows, units = network.output_shape(forward.rows)
    shape = (rows + draw(st.integers(1, 2)), units + draw(st.integers(1, 3)))
    operations = [*settled(network), *mostly(draw, [Forward(Drawn(0), draw(ROWS), (width,))])]
    operations += mostly(draw, [forward, Backward(Drawn(0), shape)])
    backward = Backward(Drawn(draw(RECIPE_SEEDS)))
    return program(draw, [*operations, *mostly(draw, [draw(forwards()), backward, backward])], net=network)


@composite
def backward_with_larger_cotangent(draw) -> Program:
    """Backpropagate a cotangent of a shape to which the output could be broadcast: the output has an extent of 1."""
    network = draw(networks(max_depth=2))
    rows = draw(st.sampled_from((1, 1, 2, 3)))
    layers = (*network.layers, Use(Dense(1)))
    single = Network(network.given, layers)
    operations = [*settled(single), Forward(Drawn(draw(RECIPE_SEEDS)), rows)]
    shape = (draw(st.integers(2, 4)) if rows == 1 else rows, draw(st.integers(2, 4)))
    return program(draw, [*operations, Backward(Drawn(0), shape)], net=single)


@composite
def drops(draw) -> Program:
    """Forward passes, one for inference and two for training, through a dense layer and one that draws numbers.

    The last pass is backpropagated.
    """
    width, units = draw(st.integers(1, 9)), draw(st.integers(64, 96))
    layer = draw(st.sampled_from(choices_behind(features(units), DRAWING)))
    network = Network(features(width), (Use(Dense(units), draw(st.booleans())), Use(layer)))
    batch, rows = Drawn(draw(RECIPE_SEEDS)), draw(st.sampled_from((16, 64)))
    fed = [Forward(batch, rows, mode=mode) for mode in ("inference", "training", "training")]
    back = [Backward(Drawn(draw(RECIPE_SEEDS))), *gradient_reads(network)]
    return program(draw, [*known(network, draw(RECIPE_SEEDS)), *fed, *back], net=network)


DROPS = drops()


@composite
def zeros_rectified(draw, layers) -> Program:
    """A dense layer outputs only zeros, which a rectifier receives."""
    width, units = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    network = Network(features(width), (Use(Dense(units)), Use(draw(st.sampled_from(layers)))))
    dense = [slot for slot in network.slots if slot.layer == 0]
    operations = [*known(network, draw(RECIPE_SEEDS)), *(Write(slot, Filled(0.0)) for slot in dense)]
    operations += [draw(forwards()), Backward(Drawn(draw(RECIPE_SEEDS))), ReadGradient(Slot(0, "bias"))]
    return program(draw, operations, net=network)


@composite
def trainings(draw, drawn_networks=None) -> Program:
    """A pass for inference, then one or two rounds of training; everything is read in between."""
    anything = normalizing_networks() | mixed_networks(DRAWING) | all_networks()
    network = draw(anything if drawn_networks is None else drawn_networks)
    read = reads(network, network.held)
    operations = known(network, draw(RECIPE_SEEDS))
    operations += mostly(draw, [draw(forwards(network, "inference")), *read])
    for _ in range(draw(st.sampled_from((1, 2, 2)))):
        operations += [draw(forwards(network)), *mostly(draw, read)]
        operations += [Backward(Drawn(draw(RECIPE_SEEDS))), *mostly(draw, read), *gradient_reads(network)]
        operations += mostly(draw, [Step(draw(RATES)), *read])
    operations += mostly(draw, [ResetGradients(), *gradient_reads(network)])
    return program(draw, operations, net=network)


@composite
def steps_before_backward(draw) -> Program:
    network = draw(networks(shapes=DECLARED))
    return program(draw, [*settled(network), *reads(network), Step(0.5), *reads(network)], net=network)


#: Decay rates that, like their differences from 1, are exactly representable in float32.
MOMENTA = st.sampled_from((0.0, 0.5, 0.875))
BETAS = ((0.75, 0.9375), (0.875, 0.984375), (0.5, 0.875))
SGDS = st.builds(SGD, RATES, MOMENTA)
WITH_MOMENTUM = st.builds(SGD, RATES, MOMENTA.filter(bool))
#: Large enough to be noticeable in the sum to which they are added.
EPSILONS = (0.125, 2.0**-7, 2.0**-10)


@composite
def adams(draw, epsilons=st.sampled_from(EPSILONS)) -> Adam:
    return Adam(draw(RATES), *draw(st.sampled_from(BETAS)), epsilon=draw(epsilons))


def learned(network: Network, forward: Forward, cotangent, frozen: Sequence[Slot] = ()) -> List[Operation]:
    """One round of training with the current optimizer, and all values after it."""
    return [*_differentiated(network, forward, cotangent, frozen), StepOptimizer(), *reads(network)]


def _differentiated(network: Network, forward: Forward, cotangent, frozen: Sequence[Slot] = ()) -> List[Operation]:
    """The forward and backward pass of a round, after gradients are reset, and the gradients."""
    gradients = [ReadGradient(slot) for slot in network.parameters if slot not in frozen]
    return [ResetGradients(), forward, Backward(cotangent), *gradients]


@composite
def optimized(draw, optimizers, trained=None, cotangents=RECIPE_SEEDS.map(Drawn), between=None) -> Program:
    """Rounds of training with one optimizer. ``between`` gives operations that may run between two of them."""
    network = draw(any_networks() if trained is None else trained)
    operations = [*known(network, draw(RECIPE_SEEDS)), MakeOptimizer(draw(optimizers))]
    for number in range(draw(st.integers(2, 3))):
        if between is not None and number and draw(st.booleans()):
            operations += draw(between(network))
        operations += learned(network, draw(forwards(network)), draw(cotangents))
    return program(draw, operations, net=network)


def dense_networks():
    """Networks of dense layers, with and without sharing and blocks."""
    return networks() | sharing_networks() | nested_networks()


@composite
def optimized_tables(draw, optimizers) -> Program:
    """An optimizer step where rows of a batch may use the same elements, for example the same row of an embedding."""
    given = (Axis("time", 1),)
    network = Network(given, (Use(draw(st.sampled_from(choices_behind(given, HOLDING)))),))
    rows = Forward(Drawn(draw(RECIPE_SEEDS)), draw(st.integers(4, 8)))
    operations = [*known(network, draw(RECIPE_SEEDS)), MakeOptimizer(draw(optimizers))]
    return program(draw, [*operations, *learned(network, rows, Drawn(draw(RECIPE_SEEDS)))], net=network)


@composite
def left_out(draw, kind: type, argument: str) -> Program:
    """A layer built without an argument, fed numbers so small that an epsilon matters next to their variance."""
    given, layer = draw(st.sampled_from(pairs(kind, GIVEN)))
    network = Network(given, (Use(dataclasses.replace(layer, **{argument: None})),))
    size = 4 * math.prod(shape_of(given))
    numbers = np.random.RandomState(draw(RECIPE_SEEDS)).uniform(-1, 1, size).astype(np.float32)
    batch = Listed(tuple(float(number) for number in numbers * np.float32(2.0**-9)))
    back = [Backward(Drawn(0))] if network.slots else []  # a layer without parameters has no gradients
    operations = [*known(network, draw(RECIPE_SEEDS)), Forward(batch, 4), *back]
    return program(draw, [*operations, *reads(network, network.buffers[:1])], net=network)


def small_gradients():
    """Gradients so small that an epsilon below a millionth is noticeable."""
    return optimized(adams(st.none()), dense_networks(), st.sampled_from((2.0**-20, 2.0**-22, -(2.0**-21))).map(Filled))


def changes(network: Network) -> st.SearchStrategy[List[Operation]]:
    """Ways to change parameters other than training, each followed by reads."""
    slot = st.sampled_from(network.parameters)
    written = st.builds(lambda slot, seed: [Write(slot, Drawn(seed))], slot, RECIPE_SEEDS)
    again = st.builds(lambda slot, value: [Reinitialize(Constant(value), OneParameter(slot))], slot, AMOUNTS)
    stored = st.just([Save(), Load()])
    return (written | again | stored).map(lambda operations: [*operations, *reads(network)])


@composite
def frozen_in_one_round(draw, optimizers) -> Program:
    """Three rounds with one optimizer; a parameter is frozen in the second."""
    network = draw(networks(min_depth=2, max_depth=3))
    frozen = draw(st.sampled_from(network.parameters))
    cotangents = [Drawn(draw(RECIPE_SEEDS)) for _ in range(3)]
    first, second, third = (draw(forwards()) for _ in range(3))
    operations = [*known(network, draw(RECIPE_SEEDS)), MakeOptimizer(draw(optimizers))]
    operations += learned(network, first, cotangents[0])
    operations += [ResetGradients(), Freeze(frozen), *learned(network, second, cotangents[1], (frozen,))]
    operations += [Unfreeze(frozen), *learned(network, third, cotangents[2])]
    return program(draw, operations, net=network)


@composite
def unfreezes(draw) -> Program:
    """A parameter is frozen, unfrozen and trained; then mostly one is frozen between its gradient and the step."""
    network = draw(networks(min_depth=2, max_depth=3))
    frozen, late = (draw(st.sampled_from(network.parameters)) for _ in range(2))
    operations = [*known(network, draw(RECIPE_SEEDS)), Freeze(frozen), draw(forwards()), Backward(Drawn(0))]
    operations += [Unfreeze(frozen), *_round(draw, network), *mostly(draw, _round(draw, network, Freeze(late)))]
    return program(draw, operations, net=network)


def _round(draw, network: Network, *before_step: Operation) -> List[Operation]:
    """A round of training with a plain step instead of an optimizer, and all values after it."""
    passes = _differentiated(network, draw(forwards()), Drawn(draw(RECIPE_SEEDS)))
    return [*passes, *before_step, Step(draw(RATES)), *reads(network)]


@composite
def frozen_layers(draw) -> Program:
    """A whole layer is frozen, and the others are trained."""
    learning = (networks(min_depth=2) | mixed_networks()).filter(_has_two_layers)
    network = draw(learning)
    position = draw(st.sampled_from([slot.layer for slot in network.parameters]))
    operations = [*known(network, draw(RECIPE_SEEDS)), FreezeLayer(position), draw(forwards(network))]
    operations += [Backward(Drawn(draw(RECIPE_SEEDS))), Step(draw(RATES)), *reads(network)]
    return program(draw, operations, net=network)


def _has_two_layers(network: Network) -> bool:
    """Whether more than one layer has parameters."""
    return len({slot.layer for slot in network.parameters}) > 1


@composite
def frozen_norms(draw) -> Program:
    """A whole layer with running statistics is frozen, between layers that are trained."""
    norm = draw(st.sampled_from(choices_behind(features(3), NORMALIZING)))
    network = Network(features(4), (Use(Dense(3)), Use(norm), Use(Dense(2))))
    operations = [*known(network, draw(RECIPE_SEEDS)), FreezeLayer(1), draw(forwards(network))]
    operations += [Backward(Drawn(draw(RECIPE_SEEDS))), *reads(network, network.buffers)]
    return program(draw, operations, net=network)


@composite
def freezes(draw) -> Program:
    """Some parameters are frozen; everything is listed and trained; then mostly a frozen one is changed."""
    network = draw(any_networks().filter(lambda network: len(network.parameters) > 1))
    several = min(2, len(network.parameters) - 1)
    slots = draw(st.lists(st.sampled_from(network.parameters), min_size=1, max_size=several, unique=True))
    frozen, listed = [Freeze(slot) for slot in slots], [ListTrainable(), ListParameters(), CountParameters()]
    passed = [draw(forwards(network)), Backward(Drawn(draw(RECIPE_SEEDS)))]
    passed += [ReadGradient(slot) for slot in network.parameters if slot not in slots]
    again = Reinitialize(Constant(draw(AMOUNTS)), OneParameter(slots[0]))
    changes = [[again], [Write(slots[0], Drawn(draw(RECIPE_SEEDS)))], [Add(slots[0], draw(AMOUNTS))]]
    changes += [[Copy(slots[0], slot)] for slot in _alike(network, slots[0])]
    changes += [[*known(network, draw(RECIPE_SEEDS), "other"), Select("net"), CopyValues("other")]]
    operations = [*known(network, draw(RECIPE_SEEDS)), *frozen, *mostly(draw, listed), *passed]
    operations += mostly(draw, [Step(draw(RATES)), *reads(network)])
    operations += mostly(draw, [*draw(st.sampled_from(changes)), *reads(network)])
    operations += mostly(draw, [ReadGradient(slot) for slot in slots])
    return program(draw, operations, net=network, other=network)


def _alike(network: Network, slot: Slot) -> List[Slot]:
    """The other parameters that can be copied into a parameter."""
    axes = network.role(slot).axes
    return [other for other in network.parameters if other != slot and correspond(axes, network.role(other).axes)]


@composite
def statistics(draw, drawn_networks=None) -> Program:
    """Networks with running statistics: mostly listed, then trained; the statistics are read between and after."""
    network = draw(normalizing_networks() if drawn_networks is None else drawn_networks)
    listed, buffers = [ListParameters(), ListTrainable(), CountParameters()], reads(network, network.buffers)
    operations = [*settled(network), *mostly(draw, listed), *written(network, draw(RECIPE_SEEDS))]
    operations += [draw(forwards(network)), *(buffers if draw(st.booleans()) else [])]
    return program(draw, [*operations, Backward(Drawn(draw(RECIPE_SEEDS))), *buffers], net=network)


# Initialization.

NORMALS = st.builds(Normal, st.sampled_from((0.0, 1.0, -0.5)), st.sampled_from((0.01, 0.5, 1.0, 3.0)))
OWN_SEEDS = st.builds(SeededNormal, st.just(0.0), st.sampled_from((0.01, 1.0)), st.integers(0, 99))
UNIFORMS = st.sampled_from((Uniform(-0.07, 0.07), Uniform(0.0, 1.0), Uniform(-3.0, -1.0), Uniform(-1.0, 5.0)))
GAINS = st.sampled_from((1.0, 0.5, 2.0, 5 / 3))
WEIGHTS = Matching("weight")


#: Makes an initializer from a seed, which matters only if it has its own generator.
Made = Callable[[int], Initializer]


def drawn_thrice(draw, network: Network, made: Sequence[Made], target: Target, slots) -> Program:
    """The draws of each initializer: in a first call, in a second, and in a call after a neighbouring seed.

    The last calls are on another network, in the same order. All seeds depend on the program's content.
    """

    def calls(name: str, seed: int) -> List[Operation]:
        first = [*first_initialized(network, name, made[0](seed), target), *reads(network, slots)]
        return [*first, *itertools.chain(*(again(one, seed) for one in made[1:]))]

    def again(one: Made, seed: int) -> List[Operation]:
        return [Reinitialize(one(seed), target), *reads(network, slots)]

    def of_seed(seed: int) -> Program:
        second = itertools.chain(*(again(one, seed + 1) for one in made))
        operations = [Seed(seed), *calls("net", seed), *second, Seed(seed ^ 1), *calls("other", seed + 2)]
        return Program({"net": network, "other": network}, tuple(operations))

    return of_seed(of_seed(0).seed(draw(RECIPE_SEEDS)))


def first_initialized(network: Network, name: str, initializer: Initializer, target: Target) -> List[Operation]:
    """Build a network, and initialize it for the first time.

    If shapes are inferred, a non-default initializer is applied after the first batch: whether it would be deferred
    until then is tested separately.
    """
    if network.deferred and initializer != Default():
        return [*settled(network, name), Reinitialize(initializer, target)]
    return settled(network, name, initializer, target)


def always(initializer: Initializer) -> Made:
    """The same initializer for every seed, since it uses the framework's generator."""
    return lambda _: initializer


@composite
def default_draws(draw) -> Program:
    network = draw(drawn_networks(bias=True))
    return drawn_thrice(draw, network, [always(Default())], Everything(), network.slots)


@composite
def default_biases(draw) -> Program:
    """Biases have far fewer elements than weights, so layers are wide."""
    network = draw(biased_networks())
    biases = [slot for slot in network.slots if slot.role == "bias"]
    return drawn_thrice(draw, network, [always(Default())], Everything(), biases)


@composite
def draws_of(draw, kind: str) -> Program:
    """A layer of one kind, large enough to test draws: its defaults, then each role with fans drawn separately."""
    network = draw(networks_of(kind))
    by_default = drawn_thrice(draw, network, [always(Default())], Everything(), list(network.held))
    slots = [slot for slot in network.held if network.role(slot).fans is not None]
    again: List[Operation] = []
    for initializer in (XavierUniform(draw(GAINS)), VarianceScaling()):
        again += [Reinitialize(initializer, OneParameter(slot)) for slot in slots] + reads(network, slots)
    return Program(by_default.networks, (*by_default.operations, *again))


@composite
def weight_draws(draw, *initializers) -> Program:
    """All weights are drawn by several initializers in rotating order, or by a single one."""
    network = draw(drawn_networks())
    made = [draw(one) for one in initializers]
    first = draw(st.integers(0, len(made) - 1))
    number = draw(st.sampled_from((1, *(len(made),) * 4)))
    return drawn_thrice(draw, network, [*made[first:], *made[:first]][:number], WEIGHTS, list(network.weights))


#: He's, LeCun's, that for a leaky rectifier, and a third of LeCun's, which is some layers' default.
SCALES = st.sampled_from((2.0, 1.0, 2 / 1.25, 1 / 3))


def scaled(distribution: str):
    return st.builds(VarianceScaling, SCALES, st.sampled_from(MODES), st.just(distribution))


@one_family
def bare_draws():
    return weight_draws(*(st.just(always(Bare(name))) for name in BARE))


@one_family
def plain_draws():
    xaviers = (st.builds(XavierUniform, GAINS), st.builds(XavierNormal, GAINS))
    return weight_draws(*(one.map(always) for one in (NORMALS, UNIFORMS, *xaviers)))


#: Standard deviation and mean of a truncated normal.
CENTERS = st.tuples(st.sampled_from((0.02, 0.5, 1.0, 3.0)), st.sampled_from((0.0, 0.5, -1.0)))


#: Truncation bounds in standard deviations: mostly -2 and 2, since not all frameworks support others.
CUTS = st.sampled_from(((-2.0, 2.0), (-2.0, 2.0), (-1.0, 3.0), (0.5, 1.0), (-0.25, 12.0)))


def _cut_at(center: Tuple[float, float], deviations: Tuple[float, float]) -> TruncatedNormal:
    std, mean = center
    return TruncatedNormal(std, mean, mean + deviations[0] * std, mean + deviations[1] * std)


#: Modes of He's initializers.
FANS = st.sampled_from(("fan_in", "fan_in", "fan_out"))


@one_family
def gained_draws():
    """He's initializers for each nonlinearity, and for a leaky rectifier without a given slope."""
    slopes = {"leaky_relu": st.sampled_from((0.0, 0.25, 1.0))}
    told = [st.builds(Kaiming, st.just(name), slopes.get(name, st.none()), FANS) for name in NONLINEARITIES]
    without = st.builds(Kaiming, st.just("leaky_relu"), st.none(), FANS)
    return weight_draws(*(one.map(always) for one in (*told, without)))


@one_family
def scaled_draws():
    truncated = (st.builds(_cut_at, CENTERS, CUTS), CENTERS.map(lambda center: TruncatedNormal(*center)))
    others = (*truncated, st.builds(Orthogonal, GAINS))
    return weight_draws(*(one.map(always) for one in (scaled("uniform"), scaled("normal"), *others)))


@one_family
def custom_draws():
    return weight_draws(*(st.just(functools.partial(Custom, one)) for one in (TWO_SIDED_UNIFORM, THRESHOLDED_UNIFORM)))


#: Frameworks whose identity initializer has no gain use 1.
IDENTITIES = st.sampled_from((1.0, 1.0, 0.5, 3.0)).map(Identity)


@composite
def matrices_initialized(draw) -> Program:
    network = draw(networks(max_depth=3))
    again = Reinitialize(draw(IDENTITIES), WEIGHTS)
    return program(draw, [*settled(network), again, *reads(network, network.weights)], net=network)


@composite
def gates_initialized(draw) -> Program:
    """The recurrent weight of a layer with gates is initialized as an identity."""
    layer = draw(st.sampled_from((LSTM, GRU)))(draw(st.integers(2, 4)), biases=0)
    network = Network(sequence(2, draw(st.integers(1, 4))), (Use(layer),))
    slot = Slot(0, "l0_recurrent_weight")
    again = Reinitialize(draw(IDENTITIES), OneParameter(slot))
    return program(draw, [*settled(network), again, Read(slot)], net=network)


@composite
def kernels_initialized(draw) -> Program:
    """The weight of a convolution is initialized as Dirac, or that of a transposed convolution as bilinear."""
    groups, into, out = draw(st.sampled_from((1, 1, 2))), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    if draw(st.booleans()):
        extents = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
        layer = Convolution(groups * out, tuple(extents), groups=groups, bias=False)
        initializer: Initializer = Dirac(groups)
    else:
        extents = draw(st.lists(st.integers(2, 6), min_size=2, max_size=2))
        extents = extents if draw(st.booleans()) else extents[:1] * 2
        layer = ConvolutionTransposed(out, tuple(extents), bias=False)
        initializer = Bilinear()
    network = Network(image(groups * into, *(extent + 1 for extent in extents)), (Use(layer),))
    slot = Slot(0, "weight")
    return program(draw, [*settled(network), Reinitialize(initializer, OneParameter(slot)), Read(slot)], net=network)


@composite
def misfitting_initializers(draw) -> Program:
    """Initializers that require certain shapes, applied to parameters of other shapes."""
    dense = features(3), Dense(draw(st.integers(1, 4)))
    line, volume = [(image(2, *[3] * axes), Convolution(draw(st.integers(1, 3)), (2,) * axes)) for axes in (1, 3)]
    given, layer = draw(st.sampled_from((dense, line, volume, volume)))
    network = Network(given, (Use(layer),))
    slot = draw(st.sampled_from(network.parameters))
    misfits = [one for one in (Identity(), Dirac(), Bilinear()) if one.array(network.shape(slot)) is None]
    again = [Reinitialize(one, OneParameter(slot)) for one in misfits]
    return program(draw, [*settled(network), *again], net=network)


def _listed(network: Network, slot: Slot):
    size = 1
    for extent in network.shape(slot):
        size *= extent
    return st.lists(AMOUNTS, min_size=size, max_size=size).map(lambda values: Listed(tuple(values)))


@composite
def padded_tables_initialized(draw) -> Program:
    """An embedding with a padding row is initialized again as a whole."""
    given = (Axis("time", 2),)
    network = Network(given, (Use(draw(st.sampled_from(choices_behind(given, [PaddedEmbedding])))),))
    slot = Slot(0, "weight")
    again = Reinitialize(draw(st.builds(Constant, AMOUNTS) | st.just(Ones())), OneParameter(slot))
    return program(draw, [*settled(network), again, Read(slot)], net=network)


@composite
def everything_initialized(draw) -> Program:
    network = draw(networks(bias=True, shapes=DECLARED))
    initializer = draw(st.builds(Constant, AMOUNTS) | st.just(Ones()))
    kind = draw(st.sampled_from((Initialize, Reinitialize)))
    begun: List[Operation] = [Build()] if kind is Initialize else [Build(), Initialize(Default())]
    return program(draw, [*begun, kind(initializer, Everything()), *reads(network)], net=network)


@composite
def initialized_again(draw) -> Program:
    """A parameter, all weights, a layer, and more, each initialized by a deterministic initializer: one call or all.

    After the call for a layer, its bias is not read: which calls affect biases is tested separately.
    """
    network = draw(networks())
    weights, at = list(network.weights), draw(st.sampled_from(network.weights)).layer
    one, bias = draw(st.sampled_from(network.parameters)), Slot(at, "bias")
    array = draw(st.builds(Drawn, RECIPE_SEEDS) | _listed(network, Slot(at, "weight")))
    calls = [(Constant(draw(AMOUNTS)), part, network.slots) for part in (OneParameter(one), WEIGHTS)]
    calls += [(Constant(draw(AMOUNTS)), OneLayer(at), [slot for slot in network.slots if slot != bias])]
    calls += [(initializer, WEIGHTS, weights) for initializer in (Constant(draw(AMOUNTS)), Zeros(), Ones())]
    calls += [(ConstantArray(array), OneParameter(Slot(at, "weight")), weights)]
    if network.has(bias):
        calls += [(draw(st.builds(Constant, AMOUNTS) | st.just(Ones())), OneParameter(bias), [bias])]
    operations = settled(network) + reads(network)
    for initializer, part, slots in draw(one_or_all(calls)):
        operations += [Reinitialize(initializer, part), *reads(network, slots)]
    return program(draw, operations, net=network)


def one_or_all(choices: Sequence[T]) -> st.SearchStrategy[List[T]]:
    """One of several, which is where shrinking leads, or mostly all of them."""
    return st.sampled_from([[one] for one in choices] + [list(choices)] * (9 * len(choices)))


@composite
def draws_again(draw) -> Program:
    """Weights are drawn twice in each way, then after a seed, after the same seed and after another one."""
    network = draw(networks(max_depth=3, widths=st.integers(2, 9)))  # so that a new draw has new values
    read, initializer = reads(network, network.weights), draw(NORMALS | UNIFORMS)
    seed, other = draw(st.lists(SEEDS, min_size=2, max_size=2, unique=True))
    again: List[Operation] = []
    for _ in range(draw(st.integers(1, 2))):
        again += [Reinitialize(draw(NORMALS), WEIGHTS), *read]
    twice = [*[Initialize(initializer), *read] * 2, *[Reinitialize(initializer), *read] * 2]
    seeded = [Seed(seed), *again, Seed(seed), *again, Seed(other), *again]
    operations = [*settled(network), *read, *mostly(draw, twice), *mostly(draw, seeded)]
    return program(draw, operations, net=network)


@composite
def neighbouring_seeds(draw) -> Program:
    network = draw(huge_layers())
    initializer = draw(st.builds(Normal, st.just(0.0), st.sampled_from((0.01, 0.5, 1.0, 3.0))))
    again = [Reinitialize(initializer, WEIGHTS), *reads(network)]
    seed = draw(SEEDS)
    return program(draw, [*settled(network), Seed(seed), *again, Seed(seed ^ 1), *again], net=network)


@composite
def distinct_draws(draw) -> Program:
    """Weights drawn by an initializer, or default weights and biases."""
    if draw(st.booleans()):
        network = draw(networks(bias=True, max_depth=3, widths=st.integers(8, 20)))
        return program(draw, [*settled(network), *reads(network)], net=network)
    network = draw(networks(min_depth=2, widths=st.integers(2, 9)))
    weights = list(network.weights)
    again = Reinitialize(draw(NORMALS | UNIFORMS), WEIGHTS)
    return program(draw, [*settled(network), again, *reads(network, weights)], net=network)


@composite
def draws_of_own_seeds(draw) -> Program:
    """Draws by initializers with their own seeds, before and after draws by the framework's generator."""
    network = draw(networks(max_depth=3, widths=st.integers(2, 9)))
    weights = list(network.weights)
    first, other = Seed(draw(SEEDS)), Seed(draw(SEEDS))
    own = [Reinitialize(draw(OWN_SEEDS), WEIGHTS), *reads(network, weights)]
    plain = [Reinitialize(draw(NORMALS), WEIGHTS), *reads(network, weights)]
    return program(draw, [*settled(network), first, *own, *plain, first, *plain, other, *own], net=network)


@composite
def draws_of_one_initializer(draw, initializers) -> Program:
    """Layers of one size constructed with one initializer object; some generators depend on the size."""
    width = draw(st.integers(2, 9))
    plain = draw(networks(min_depth=2, max_depth=3, widths=st.just(width), shapes=DECLARED))
    network = with_initializers(plain, draw(initializers), None, "one")
    weights = list(network.weights)
    return program(draw, [Build(), Initialize(Default()), *reads(network, weights)], net=network)


@composite
def deferred_initializations(draw) -> Program:
    network = draw(networks(shapes=INFERRED))
    weights = list(network.weights)
    operations = [Build(), Initialize(Constant(draw(AMOUNTS))), draw(forwards()), *reads(network, weights)]
    return program(draw, operations, net=network)


@composite
def deferred_draws(draw) -> Program:
    """Two networks are initialized after different seeds, and first fed after equal seeds."""
    network = draw(networks(shapes=INFERRED, max_depth=3, widths=st.integers(2, 9)))
    weights = list(network.weights)
    first, second = draw(st.lists(SEEDS, min_size=2, max_size=2, unique=True))
    then = [Initialize(draw(NORMALS)), Seed(draw(SEEDS)), draw(forwards()), *reads(network, weights)]
    operations = [Seed(first), Build("net"), *then, Seed(second), Build("other"), *then]
    return program(draw, operations, net=network, other=network)


@composite
def constructed_with_initializers(draw) -> Program:
    plain = draw(networks(shapes=DECLARED) | tied_by_weight())
    given = st.builds(Constant, AMOUNTS) | st.sampled_from((Zeros(), Ones()))
    network = with_initializers(plain, draw(given), draw(given))
    return program(draw, [Build(), Initialize(Default()), draw(forwards()), *reads(network)], net=network)


@composite
def constructed_then_initialized(draw) -> Program:
    """Layers are constructed with one constant; the network is then initialized with another."""
    plain = draw(networks(shapes=DECLARED))
    network = with_initializers(plain, Constant(draw(AMOUNTS)), None)
    weights = list(network.weights)
    given = Constant(draw(AMOUNTS) + 20.0)
    return program(draw, [Build(), Initialize(given), *reads(network, weights)], net=network)


@composite
def xavier_on_biases(draw) -> Program:
    network = draw(networks(bias=True, max_depth=3))
    slot = Slot(draw(st.sampled_from(network.weights)).layer, "bias")
    initializer = draw(st.builds(XavierUniform, GAINS) | st.builds(XavierNormal, GAINS))
    return program(draw, [*settled(network), Reinitialize(initializer, OneParameter(slot))], net=network)


@composite
def custom_initializations(draw) -> Program:
    """A custom function initializes one weight, or all weights, some of which may have the same shape."""
    network = draw(networks() | networks(min_depth=2, widths=st.integers(2, 3)))
    weights = list(network.weights)
    target = draw(st.sampled_from([WEIGHTS, OneParameter(weights[0]), OneParameter(weights[-1])]))
    reached = weights if target == WEIGHTS else [target.slot]
    again = Reinitialize(draw(functions(SEEDS)), target)
    return program(draw, [*settled(network), again, *reads(network, reached)], net=network)


@composite
def constructed_with_custom(draw) -> Program:
    network = with_initializers(draw(networks(shapes=DECLARED)), draw(functions(SEEDS)), None)
    return program(draw, [Build(), Initialize(Default()), *reads(network, network.weights)], net=network)


@composite
def custom_ramps(draw) -> Program:
    """A non-square weight is initialized by a function that reveals the axis order it was called with."""
    in_units = draw(st.integers(1, 9))
    units = draw(st.integers(1, 9).filter(lambda units: units != in_units))
    network = Network(features(in_units), (Use(Dense(units), draw(st.booleans())),))
    slot = Slot(0, "weight")
    again = Reinitialize(Custom(ROW_MAJOR_RAMP), OneParameter(slot))
    return program(draw, [*settled(network), again, Read(slot)], net=network)


# Layers in plain lists.


@composite
def plain_lists(draw) -> Program:
    """A network with layers in a plain list is listed, and mostly trained, saved, and loaded into another."""
    network = draw(networks_with_plain_lists())
    learned = [*written(network, draw(RECIPE_SEEDS)), draw(forwards()), Backward(Drawn(draw(RECIPE_SEEDS)))]
    learned += [*gradient_reads(network), Step(draw(RATES)), *reads(network)]
    saved = [*written(network, draw(RECIPE_SEEDS)), Save(), *settled(network, "fresh"), Load(), *reads(network)]
    operations = [*settled(network), ListParameters(), *mostly(draw, learned), *mostly(draw, saved)]
    return program(draw, operations, net=network, fresh=network)


# Conversions to another floating-point type.


@composite
def conversions(draw) -> Program:
    """A network of which a parameter is mostly frozen is converted to another type and back."""
    network = draw(normalizing_networks() | sharing_networks() | unshared_networks() | joined_networks())
    frozen: List[Operation] = [Freeze(draw(st.sampled_from(network.parameters)))] if network.parameters else []
    converted = [Identify(), CastAndBack(draw(st.sampled_from(DTYPES))), Identify(), ListTrainable()]
    operations = [*known(network, draw(RECIPE_SEEDS)), *mostly(draw, frozen), *converted]
    return program(draw, [*operations, *reads(network, network.held)], net=network)


# Sharing.


@composite
def shared(draw) -> Program:
    """All listings of a network with sharing."""
    network = draw(sharing_networks() | nested_networks() | reused_layers(REUSABLE))
    listed = [Identify(), ListParameters(), ListTrainable(), CountParameters()]
    return program(draw, [*known(network, draw(RECIPE_SEEDS)), *listed], net=network)


def _shared_slots(network: Network) -> List[Slot]:
    return [slot for slots in network.groups.values() if len(slots) > 1 for slot in slots]


def _group(network: Network, slot: Slot) -> Sequence[Slot]:
    return network.groups[network.owner(slot)]


@composite
def shared_changes(draw) -> Program:
    network = draw(sharing_networks())
    return program(draw, [*settled(network), *_changes_through(draw, network)], net=network)


def _changes_through(draw, network: Network) -> List[Operation]:
    """A shared parameter is changed through some of its slots, and read through all of them after each change."""
    operations = reads(network)
    for _ in range(draw(st.integers(1, 4))):
        slot = draw(st.sampled_from(_shared_slots(network)))
        index = tuple(draw(st.integers(0, extent - 1)) for extent in network.shape(slot))
        written = (Write(slot, Drawn(draw(RECIPE_SEEDS))), Add(slot, 1.5), WriteElement(slot, index, 42.0))
        again = Reinitialize(Constant(draw(AMOUNTS)), OneParameter(slot))
        operations += [draw(st.sampled_from((*written, again, again))), *reads(network, _group(network, slot))]
    return operations


@composite
def joined_lives(draw) -> Program:
    """Layers of different kinds share a parameter: it is changed through one, trained, saved and loaded."""
    network = draw(joined_networks())
    passed = [draw(forwards(network)), Backward(Drawn(draw(RECIPE_SEEDS))), *gradient_reads(network)]
    operations = [*settled(network), *mostly(draw, _changes_through(draw, network))]
    operations += [*written(network, draw(RECIPE_SEEDS)), *mostly(draw, passed)]
    return program(draw, [*operations, *mostly(draw, _saved_and_loaded(draw, network))], net=network, fresh=network)


@composite
def shared_and_untied(draw) -> Program:
    """Equal values, batch and cotangent in a network with sharing and in the same network untied."""
    network = draw(sharing_networks())
    untied = network.untied()
    seed, forward, cotangent = draw(RECIPE_SEEDS), draw(forwards()), Backward(Drawn(draw(RECIPE_SEEDS)))
    recipes = {slot: Drawn(seed + at) for at, slot in enumerate(network.parameters)}
    same_values = [Write(slot, recipes[network.owner(slot)]) for slot in untied.slots]
    return program(
        draw,
        [
            *known(network, seed), forward, cotangent, *gradient_reads(network),
            *settled(untied, "untied"), *same_values, forward, cotangent, *gradient_reads(untied),
        ],
        net=network,
        untied=untied,
    )  # fmt: skip


@composite
def shared_trainings(draw) -> Program:
    """A network with a parameter used more than once is trained, then mostly read."""
    learned = draw(trainings(sharing_networks() | reused_layers(REUSABLE)))
    seen = mostly(draw, [Identify(), *reads(learned.networks["net"])])
    return Program(learned.networks, (*learned.operations, *seen))


@composite
def shared_round_trips(draw) -> Program:
    network = draw(sharing_networks())
    operations = [*known(network, draw(RECIPE_SEEDS)), *_saved_and_loaded(draw, network)]
    return program(draw, operations, net=network, fresh=network)


def _saved_and_loaded(draw, network: Network) -> List[Operation]:
    """A network is saved and loaded into another, which is read, and written to through a shared slot."""
    slot = draw(st.sampled_from(_shared_slots(network)))
    loaded = [Save(), *settled(network, "fresh"), Load(), Identify(), *reads(network)]
    return [*loaded, Write(slot, Drawn(draw(RECIPE_SEEDS))), *reads(network, _group(network, slot))]


@composite
def shared_clones(draw, copy, drawn_networks) -> Program:
    network = draw(drawn_networks)
    slot = draw(st.sampled_from(_shared_slots(network)))
    after = [Identify(), Write(slot, Drawn(draw(RECIPE_SEEDS))), *reads(network, _group(network, slot))]
    after += [*written(network, draw(RECIPE_SEEDS)), draw(forwards())]
    return program(draw, [*known(network, draw(RECIPE_SEEDS)), copy, *after], net=network)


@composite
def ties_after_build(draw) -> Program:
    """Two layers of one shape; the second gets the first's parameter; then one of them is written to."""
    width = draw(st.integers(1, 9))
    network = Network(features(width), (Dense(width), Dense(width)))
    role = draw(st.sampled_from(("weight", "bias")))
    first, second = Slot(0, role), Slot(1, role)
    written_to = draw(st.sampled_from((first, second)))
    operations = [
        *known(network, draw(RECIPE_SEEDS)),
        TieAfterBuild(second, first),
        Write(written_to, Drawn(draw(RECIPE_SEEDS))),
    ]
    return program(draw, [*operations, Read(first), Read(second)], net=network)


# Persistence.


@composite
def round_trips(draw) -> Program:
    """A network is saved and loaded into another, either of them partly frozen; then each is written to and read."""
    network = draw(all_networks())
    slot = draw(st.sampled_from(network.parameters))
    ours, theirs = ([Freeze(slot)] if draw(st.booleans()) else [] for _ in range(2))
    saved = [*known(network, draw(RECIPE_SEEDS)), *ours, Save(), *settled(network, "fresh"), *theirs, Load()]
    write = Write(slot, Drawn(draw(RECIPE_SEEDS)))
    then = [write, Select("net"), *reads(network), Add(slot, 1.5), Select("fresh"), *reads(network)]
    return program(draw, [*saved, *reads(network, network.held), *then], net=network, fresh=network)


@composite
def copied_values(draw) -> Program:
    """A network's values are copied to another in memory; then each is written to, and both are read."""
    network = draw(all_networks() | normalizing_networks())
    slot = draw(st.sampled_from(network.parameters))
    copied = [*known(network, draw(RECIPE_SEEDS)), *settled(network, "other"), CopyValues("net")]
    write = Write(slot, Drawn(draw(RECIPE_SEEDS)))
    then = [write, Select("net"), *reads(network), Add(slot, 1.5), Select("other"), *reads(network)]
    return program(draw, [*copied, *reads(network, network.held), *then], net=network, other=network)


@composite
def copied_values_that_do_not_fit(draw) -> Program:
    """Values are copied to networks with one layer more, with one layer less, and with other shapes."""
    shorter, network = _of_other_lengths(draw, more=False)[::-1]
    (axis,) = network.output
    longer = Network(network.given, (*network.layers, Use(Dense(axis.extent))))
    wider = Network(features(network.given[0].extent + 1), network.layers)
    others = {"longer": longer, "shorter": shorter, "wider": wider}
    names = draw(st.permutations(sorted(others)))
    copied = [operation for name in names for operation in (*settled(others[name], name), CopyValues("net"))]
    return program(draw, [*settled(network), *copied], net=network, **others)


@composite
def clones_of_identities(draw) -> Program:
    """A network with weights constructed as identities with a gain is cloned."""
    plain = draw(networks(shapes=DECLARED, max_depth=2, bias=False))
    network = with_initializers(plain, Identity(draw(st.sampled_from((0.5, 3.0)))), None)
    return program(draw, [Build(), Initialize(Default()), Clone(), *reads(network)], net=network)


@composite
def copies_then_writes(draw, copy) -> Program:
    """A copy is read and written to; then the original is read."""
    network = draw(unshared_networks())
    slot = draw(st.sampled_from(network.parameters))
    operations = [*known(network, draw(RECIPE_SEEDS)), copy, *reads(network, network.held)]
    operations += [Write(slot, Drawn(draw(RECIPE_SEEDS))), Read(slot)]
    return program(draw, [*operations, Select("net"), *reads(network, network.held)], net=network)


@composite
def clones_that_learn(draw) -> Program:
    network = draw(networks(max_depth=3))
    operations = [*known(network, draw(RECIPE_SEEDS)), Clone(), *written(network, draw(RECIPE_SEEDS)), draw(forwards())]
    return program(draw, [*operations, Backward(Drawn(draw(RECIPE_SEEDS))), *gradient_reads(network)], net=network)


@composite
def loads_of_other_lengths(draw, more: bool) -> Program:
    """A file is loaded into a network with a layer more or less than the saved one, with useless and useful flags."""
    saved, loading = _of_other_lengths(draw, more)
    return _loads(draw, saved, loading, *((), ("extra",), ("missing",)) if more else ((), ("missing",), ("extra",)))


def _of_other_lengths(draw, more: bool) -> Tuple[Network, Network]:
    """A network to save, and one to load that has a layer more, or a layer less."""
    network = draw(networks(max_depth=3, min_depth=2, shapes=DECLARED))
    last = network.layer(network.slots[-1].layer)
    (axis,) = network.output
    longer = Network(network.given, (*network.layers, Use(Dense(axis.extent, last.bias))))
    return (network, longer) if more else (longer, network)


def _loads(draw, saved: Network, loading: Network, *despite: Tuple[str, ...]) -> Program:
    """Both the file's values and the loading network's are known; the latter are read before and after all loads."""
    seed = draw(RECIPE_SEEDS)
    before = [*known(saved, seed), Save(), *known(loading, seed + 1000, "other"), *reads(loading)]
    loads: List[Operation] = []
    for flags in despite:  # overwrite what a refused load may have loaded
        loads += [*written(loading, seed + 1000), Load(despite=flags)]
    return program(draw, [*before, *loads, *reads(loading)], net=saved, other=loading)


@composite
def loads_of_other_shapes(draw) -> Program:
    """Files in which some shapes differ from the loading network's, and others match."""
    saved, loading = draw(st.sampled_from((_of_other_inputs, _of_other_filters)))(draw)
    return _loads(draw, saved, loading, (), ("missing", "extra"), ("shapes",))


def _of_other_inputs(draw) -> Tuple[Network, Network]:
    network = draw(networks(max_depth=3, shapes=DECLARED, bias=True))
    return network, Network(features(network.given[0].extent + 1), network.layers)


def _of_other_filters(draw) -> Tuple[Network, Network]:
    filters, channels = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    return tuple(
        Network(
            image(channels + more, 3, 3),
            (Use(Convolution(2, (1, 1))), Use(SeparableConvolution(filters + more, (2, 2)))),
        )
        for more in (0, 1)
    )


@composite
def refused_loads(draw) -> Program:
    """A file whose last layer has another shape, while all earlier ones match."""
    network = draw(networks(min_depth=2, max_depth=3, shapes=DECLARED))
    at = network.weights[-1].layer
    wider = Dense(network.layer(at).units + 1, network.layer(at).bias)
    other = Network(network.given, tuple(Use(wider) if i == at else layer for i, layer in enumerate(network.layers)))
    seed = draw(RECIPE_SEEDS)
    operations = [*known(network, seed), Save(), *known(other, seed + 1000, "other"), Load()]
    return program(draw, [*operations, *reads(other)], net=network, other=other)


@composite
def frozen_copies(draw, copy) -> Program:
    network = draw(networks() | mixed_networks() | sharing_networks((TIED, TIED_BY_WEIGHT)))
    frozen = Freeze(draw(st.sampled_from(network.parameters)))
    return program(draw, [*settled(network), frozen, copy, ListTrainable()], net=network)
