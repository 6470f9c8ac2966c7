"""Networks of dense layers or of all kinds, mostly non-square, with and without sharing and blocks."""

from __future__ import annotations

import functools
import itertools
from dataclasses import replace
from typing import Dict, List, Optional, Sequence, Tuple

from hypothesis import strategies as st

from specs.layers import KINDS, Activation, Convolution, ConvolutionTransposed, Dense, Embedding, Layer, SelfAttention
from specs.layers.layer import Axes, Axis, features, image, sequence, shape_of
from specs.programs.networks import Block, Element, Given, Network, PlainList, Residual, Reuse, Slot, Tie, Use
from specs.programs.ported import PORTED
from tests.strategies.families import composite

#: Mostly small; also powers of two and their neighbours, where implementations may switch algorithms.
WIDTHS = st.sampled_from((*range(1, 10), *range(1, 10), *range(1, 10), 15, 16, 17, 32, 33, 64))
#: Mostly shallow: most differences show in the first two layers.
DEPTHS = (1, 2, 1, 2, 3, 1, 2, 1, 2, 3, 4, 1, 2, 5, 6)
#: None means no activation.
ACTIVATIONS = st.sampled_from((None, "relu", "tanh", "sigmoid"))
DECLARED = "declared"
INFERRED = "inferred"
MIXED = "mixed"
REUSED, TIED, TIED_BY_WEIGHT = SHARING = ("reused", "tied", "tied by weight")


def activated(draw, layers: Sequence[Element]) -> List[Element]:
    """Layers, possibly followed by an activation."""
    function = draw(ACTIVATIONS)
    return [*layers, *([] if function is None else [Use(Activation(function))])]


@composite
def networks(draw, max_depth: int = 6, widths=WIDTHS, shapes: str = MIXED, bias=None, min_depth: int = 1) -> Network:
    """Dense layers without sharing. ``shapes`` says whether layers declare their input width or infer it."""
    depth = draw(st.sampled_from([depth for depth in DEPTHS if min_depth <= depth <= max_depth]))
    width = in_units = draw(widths)
    layers: List[Element] = []
    for _ in range(depth):
        units = draw(widths.filter(lambda units, width=width: units != width) | widths)
        layers += activated(draw, [_dense(draw, units, bias, shapes)])
        width = units
    return Network(features(in_units), tuple(layers))


#: The maximum number of elements of a weight used to test draws; large weights have almost as many.
ELEMENTS = 6000
#: Input width and units of layers so large that 100 programs suffice for a statistic; most are far from square.
EXTENTS = (1, 2, 3, 5, 8, 13, 24, 40, 60, 75, 100, 150, 250, 461, 750, 1200, 2000)
LARGE = (*((extent, ELEMENTS // extent) for extent in EXTENTS), (64, 64), (77, 77))
#: Sizes to choose from: simple ones first, since shrinking leads there; two in three choices are large.
SMALL = tuple(sorted(itertools.product(range(1, 10), repeat=2), key=lambda size: (size[0] * size[1], max(size))))
SIZES = (*SMALL, *LARGE * (2 * len(SMALL) // len(LARGE)))


@composite
def drawn_networks(draw, bias=None) -> Network:
    """One to five layers for testing draws of weights: mostly a large one first, for many draws, then small ones."""
    in_units, units = draw(st.sampled_from(SIZES))
    layers = activated(draw, [_dense(draw, units, bias)])
    for _ in range(draw(st.sampled_from((0, 1, 1, 2, 4)))):
        width = units
        units = draw(st.integers(1, min(9, ELEMENTS // width)))
        layers += activated(draw, [_dense(draw, units, bias)])
    return Network(features(in_units), tuple(layers))


@composite
def biased_networks(draw) -> Network:
    """One or two layers with few biases, or with as many as a large weight has elements; or some in both layers."""
    in_units = draw(st.integers(1, 9))
    some, many = range(120, 128), range(ELEMENTS - 29, ELEMENTS + 1)
    units = draw(st.sampled_from((*range(1, 10), *some, *many)))
    layers = activated(draw, [_dense(draw, units, True)])
    if draw(st.booleans()):
        layers += activated(draw, [_dense(draw, draw(st.sampled_from(some if units in some else range(1, 4))), True)])
    return Network(features(in_units), tuple(layers))


@composite
def huge_layers(draw) -> Network:
    """One layer with so many elements that a generator may split them over parallel streams."""
    in_units = draw(st.sampled_from((8, 32, 128, 512, 2048)))
    return Network(features(in_units), (_dense(draw, 2**15 // in_units + draw(WIDTHS), False),))


def _dense(draw, units: int, bias: Optional[bool], shapes: str = MIXED) -> Use:
    return Use(Dense(units, draw(st.booleans()) if bias is None else bias), draw(_inferred(shapes)))


def _inferred(shapes: str) -> st.SearchStrategy[bool]:
    choices: dict = {DECLARED: [False], INFERRED: [True], MIXED: [False, True]}
    return st.sampled_from(choices[shapes])


@composite
def sharing_networks(draw, kinds=SHARING) -> Network:
    """A network in which a parameter has 2 to 4 uses: a reused layer object, or layers tied to its parameters."""
    width = draw(WIDTHS)
    in_units = draw(st.just(width) | WIDTHS)
    layers: List[Element] = []
    if in_units != width:
        layers += activated(draw, [_dense(draw, width, None)])
    first = len(layers)
    shared = _dense(draw, width, None)
    layers += activated(draw, [shared])
    for _ in range(draw(st.sampled_from((1, 1, 1, 2, 3)))):
        if len(layers) < 8 and draw(st.integers(0, 3)) == 0:
            layers += activated(draw, [_dense(draw, width, None)])
        layers += activated(draw, [draw(_use(kinds, shared, first, width))])
    if len(layers) < 10 and draw(st.integers(0, 2)) == 0:
        layers += activated(draw, [_dense(draw, draw(WIDTHS), None)])
    return Network(features(in_units), tuple(layers))


@composite
def _use(draw, kinds, shared: Use, first: int, width: int) -> Element:
    kind = draw(st.sampled_from(kinds))
    if kind == REUSED:
        return Reuse(first)
    has_bias = shared.layer.bias
    roles = ("weight", "bias") if kind == TIED and has_bias else ("weight",)
    bias = has_bias if kind == TIED else draw(st.booleans())
    return Use(Dense(width, bias), ties=tuple(Tie(role, Slot(first, role)) for role in roles))


@composite
def tied_by_weight(draw) -> Network:
    """A layer, and one behind it that shares its weight and has a bias of its own."""
    width = draw(WIDTHS)
    tie = Tie("weight", Slot(0, "weight"))
    return Network(features(width), (_dense(draw, width, None, DECLARED), Use(Dense(width), ties=(tie,))))


@composite
def joined_networks(draw) -> Network:
    """Layers of two kinds that share a weight, possibly transposed: how the two ends of a network are tied."""
    before, given, behind = draw(st.one_of(_tables(), _encoders(), _filters()))
    return Network(given, (*activated(draw, [before]), behind))


@composite
def _tables(draw) -> Tuple[Use, Axes, Use]:
    """An embedding, and a dense layer that gives a score to each of its ids."""
    number, width = draw(WIDTHS), draw(WIDTHS)
    tie = Tie("weight", Slot(0, "weight"), ("number", "width"))
    head = Use(Dense(number, draw(st.booleans())), ties=(tie,))
    return Use(Embedding(number, width)), (Axis("time", draw(st.integers(1, 4))),), head


@composite
def _encoders(draw) -> Tuple[Use, Axes, Use]:
    """An encoder and a decoder."""
    width, units = draw(WIDTHS), draw(WIDTHS)
    decoder = Use(Dense(width, draw(st.booleans())), ties=(Tie("weight", Slot(0, "weight"), ("in", "out")),))
    return _dense(draw, units, None), features(width), decoder


@composite
def _filters(draw) -> Tuple[Use, Axes, Use]:
    """A convolution, and the transposed convolution that reverses it."""
    filters, channels = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    window = draw(st.sampled_from(((1,), (3,), (2, 1), (3, 2))))
    strides = draw(st.sampled_from(((1,) * len(window), (2,) * len(window))))
    given = image(channels, *(extent + 4 for extent in window))
    tie = Tie("weight", Slot(0, "weight"), ("out", "in", *(axis.name for axis in given[1:])))
    back = Use(ConvolutionTransposed(channels, window, strides, bias=draw(st.booleans())), ties=(tie,))
    return Use(Convolution(filters, window, strides, bias=draw(st.booleans()))), given, back


@composite
def networks_with_plain_lists(draw) -> Network:
    """Dense layers, one or two of them in a plain list."""
    width, units = draw(WIDTHS), draw(WIDTHS)
    inner = activated(draw, [_dense(draw, units, None, DECLARED)])
    if draw(st.booleans()):
        inner += [_dense(draw, draw(WIDTHS), None, DECLARED)]
    behind = [_dense(draw, draw(WIDTHS), None, DECLARED)] if draw(st.booleans()) else []
    return Network(features(width), (_dense(draw, draw(WIDTHS), None, DECLARED), PlainList(tuple(inner)), *behind))


@composite
def tied_norms(draw) -> Network:
    """A layer with buffers, and a second one tied to all its parameters and buffers."""
    given, layer = draw(st.sampled_from(pairs(draw(st.sampled_from(NORMALIZING)), GIVEN)))
    ties = tuple(Tie(role.name, Slot(0, role.name)) for role in layer.roles(given))
    return Network(given, (Use(layer), Use(Activation("tanh")), Use(layer, ties=ties)))


def with_initializers(network: Network, weight, bias, name: str = "") -> Network:
    """The network with initializers for its dense layers; with a ``name``, all weights get the same object."""
    given = []
    for slot in network.parameters:
        initializer = weight if slot.role == "weight" else bias
        if initializer is not None:
            given.append((slot, Given(slot.role, initializer, name if slot.role == "weight" else "")))
    return network.constructed_with(*given)


# Networks of all kinds.

#: Input axes for testing draws: more channels, and so more possible groups.
LARGE_GIVEN = (features(40), image(12, 6), image(12, 5, 4), image(6, 3, 3, 4), sequence(3, 24))

#: Input axes, small ones first.
GIVEN = (
    features(3),
    image(2, 5),
    image(2, 4, 3),
    sequence(3, 2),
    features(4),
    image(4, 4),
    image(3, 3, 4),
    image(2, 3, 3, 3),
    sequence(4, 3),
    (Axis("time", 4),),
)


def _infers(layer: Layer, axes: Axes) -> bool:
    """Whether a layer has a parameter or buffer whose shape depends on the input."""
    return any(role.inferred for role in layer.roles(axes))


def _used(draw, layer: Layer, axes: Axes, inferred: st.SearchStrategy[bool]) -> Use:
    """A use of a layer; whether shapes are inferred is drawn, if the layer can infer any."""
    return Use(layer, draw(inferred) if _infers(layer, axes) else False)


def _holds(kind: type) -> bool:
    layer, given = kind.example()
    return bool(layer.roles(given))


def _buffers(kind: type) -> bool:
    layer, given = kind.example()
    return any(role.state == "buffer" for role in layer.roles(given))


#: Kinds that have parameters; that draw random numbers; that have buffers.
HOLDING = tuple(kind for kind in KINDS if _holds(kind))
DRAWING = tuple(kind for kind in KINDS if kind.is_random)
NORMALIZING = tuple(kind for kind in KINDS if _buffers(kind))


@composite
def mixed_networks(draw, first: Sequence[type] = HOLDING, max_depth: int = 3, shapes: str = MIXED) -> Network:
    """A layer of one of the given kinds, then up to two of any kinds that fit; at least one has parameters.

    A layer without parameters comes after one with parameters, whose gradients then show the effect of the other.
    """
    kind = draw(st.sampled_from(first))
    given = draw(st.sampled_from([axes for axes in GIVEN if choices_behind(axes, [kind])]))
    layers: List[Element] = []
    axes: Axes = given
    if kind not in HOLDING:
        before = draw(_behind(given, HOLDING, kind))
        layers.append(_used(draw, before, axes, _inferred(shapes)))
        axes = before.output(axes)
    layer = draw(st.sampled_from(choices_behind(axes, [kind])))
    for _ in range(draw(st.integers(1, max_depth))):
        layers.append(_used(draw, layer, axes, _inferred(shapes)))
        axes = layer.output(axes)
        layer = draw(_behind(axes))
    if not Network(given, tuple(layers)).slots:
        layers.append(Use(draw(_behind(axes, HOLDING)), draw(_inferred(shapes))))
    return Network(given, tuple(layers))


@composite
def accompanied(draw, kind: type) -> Network:
    """A layer of a kind, alone or with another before or behind it; at least one has parameters.

    A layer without parameters comes after one with parameters, whose gradients then show the effect of the other.
    """
    axes = given = draw(st.sampled_from([axes for axes in GIVEN if choices_behind(axes, [kind])]))
    layers: List[Use] = []

    def append(layer: Layer) -> Axes:
        layers.append(_used(draw, layer, axes, st.booleans()))
        return layer.output(axes)

    before = _choices_of_each(axes, HOLDING, kind)
    companies = ["nothing", *(["before"] if before else []), "behind"] if kind in HOLDING else ["before"]
    company = draw(st.sampled_from(companies))
    if company == "before":
        axes = append(draw(_any_of(before)))
    axes = append(draw(st.sampled_from(choices_behind(axes, [kind]))))
    if company == "behind":
        append(draw(_behind(axes)))
    return Network(given, tuple(layers))


def _behind(axes: Axes, kinds: Sequence[type] = KINDS, then: Optional[type] = None) -> st.SearchStrategy[Layer]:
    """Layers that accept these axes, and whose output a layer of the kind ``then`` accepts."""
    return _any_of(_choices_of_each(axes, kinds, then))


def _any_of(choices: Sequence[Sequence[Layer]]) -> st.SearchStrategy[Layer]:
    """A layer, with the same probability for each kind, however many choices it has."""
    return st.sampled_from(choices).flatmap(st.sampled_from)


def _choices_of_each(axes: Axes, kinds: Sequence[type], then: Optional[type] = None) -> List[List[Layer]]:
    """For each kind with any, the layers that accept these axes and whose output the kind ``then`` accepts."""
    able = [
        [layer for layer in choices_behind(axes, [kind]) if then is None or choices_behind(layer.output(axes), [then])]
        for kind in kinds
    ]
    return [choices for choices in able if choices]


@composite
def nested_networks(draw) -> Network:
    """Dense layers and activations in blocks up to three deep, some of them residual."""
    width = draw(st.integers(1, 5))

    def elements(depth: int) -> List[Element]:
        found: List[Element] = []
        for _ in range(draw(st.integers(1, 2))):
            if depth and draw(st.integers(0, 2)) > 0:
                found.append(draw(st.sampled_from((Block, Residual)))(tuple(elements(depth - 1))))
            else:
                found += activated(draw, [Use(Dense(width, draw(st.booleans())))])
        return found

    return Network(features(width), (*activated(draw, [_dense(draw, width, None)]), *elements(3)))


def any_networks(shapes: str = MIXED) -> st.SearchStrategy[Network]:
    """Mostly dense layers, with and without sharing; layers of all kinds; nested blocks."""
    return st.one_of(networks(shapes=shapes), sharing_networks(), mixed_networks(shapes=shapes), nested_networks())


def all_networks() -> st.SearchStrategy[Network]:
    """``any_networks``, and networks that people port."""
    return any_networks() | st.sampled_from(PORTED)


def unshared_networks() -> st.SearchStrategy[Network]:
    """Networks without sharing: how copies treat sharing is tested separately."""
    return st.one_of(networks(), mixed_networks(), nested_networks())


@composite
def narrow_heads(draw) -> Network:
    """Attention with as many heads as time steps, so that the value biases are as many as either."""
    given = draw(st.sampled_from([axes for axes in GIVEN if choices_behind(axes, [SelfAttention])]))
    layer = SelfAttention(given[0].extent, causal=draw(st.booleans()), key_width=draw(st.integers(1, 3)), value_width=1)
    return Network(given, (Use(layer),))


#: Sequences with enough time steps for a mask, and with more steps than heads of width 1.
TIMES = (sequence(3, 2), sequence(4, 4))


@composite
def masked(draw, kind: type, rows) -> Network:
    """Attention of a kind with a mask; ``rows`` draws the mask's arguments for a number of time steps."""
    given = draw(st.sampled_from(TIMES))
    layer = draw(st.sampled_from([layer for layer in kind.choices(given) if not layer.causal]))
    return Network(given, (Use(replace(layer, **draw(rows(given[0].extent)))),))


def some_keys(times: int) -> st.SearchStrategy[Dict[str, tuple]]:
    """A mask in which each time step attends to some keys and not to others."""
    row = st.tuples(*[st.booleans()] * times).filter(lambda row: any(row) and not all(row))
    return st.tuples(*[row] * times).map(lambda mask: {"mask": mask})


def no_key(times: int) -> st.SearchStrategy[Dict[str, tuple]]:
    """A mask with one row that is all false, and one that is all true."""
    others = st.tuples(*[st.tuples(*[st.booleans()] * times)] * (times - 2)).filter(
        lambda rows: all(any(row) and not all(row) for row in rows)
    )
    rows = others.map(lambda rows: [(False,) * times, (True,) * times, *rows])
    return rows.flatmap(st.permutations).map(lambda mask: {"mask": tuple(mask)})


def some_addends(times: int) -> st.SearchStrategy[Dict[str, tuple]]:
    """Numbers to add to scores, zero and nonzero ones in each row."""
    row = st.tuples(*[st.sampled_from((0.0, -2.0, 0.5))] * times).filter(lambda row: any(row) and not all(row))
    return st.tuples(*[row] * times).map(lambda addends: {"addends": addends})


def causal(times: int) -> st.SearchStrategy[Dict[str, bool]]:
    """Only the causal mask, which hides later time steps."""
    return st.just({"causal": True})


@composite
def selus(draw) -> Network:
    """A dense layer and SELU, possibly followed by another dense layer."""
    width, units = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    behind = draw(st.sampled_from([(), (Use(Dense(2)),)]))
    return Network(features(width), (Use(Dense(units)), Use(Activation("selu")), *behind))


@composite
def reused_norms(draw) -> Network:
    """A layer with buffers that is used twice."""
    given, layer = draw(st.sampled_from(pairs(draw(st.sampled_from(NORMALIZING)), GIVEN)))
    return Network(given, (Use(layer), Use(Activation("tanh")), Reuse(0)))


@composite
def reused_layers(draw, kinds) -> Network:
    """A layer of one of ``kinds``, each of which can follow itself, used twice."""
    kind = draw(st.sampled_from(kinds))
    given, layer = draw(st.sampled_from([(axes, one) for axes, one in pairs(kind, GIVEN) if one.output(axes) == axes]))
    return Network(given, (*activated(draw, [Use(layer)]), Reuse(0)))


def normalizing_networks(shapes: str = MIXED) -> st.SearchStrategy[Network]:
    """Networks with buffers."""
    return mixed_networks(NORMALIZING, shapes=shapes)


def choices_behind(axes: Axes, kinds: Sequence[type]) -> List[Layer]:
    """Layers that accept these axes and whose output is not too large."""
    return [layer for kind in kinds for layer in _choices(kind, axes)]


@functools.lru_cache(maxsize=None)
def _choices(kind: type, axes: Axes) -> Tuple[Layer, ...]:
    return tuple(layer for layer in kind.choices(axes) if _size(layer.output(axes)) <= 400)


def _size(axes: Axes) -> int:
    size = 1
    for extent in shape_of(axes):
        size *= extent
    return size


@functools.lru_cache(maxsize=None)
def networks_of(name: str) -> st.SearchStrategy[Network]:
    """Networks with one layer of the named kind, if it has parameters; mostly large enough to test draws."""
    kind = next(kind for kind in KINDS if kind.kind == name)
    found = [*pairs(kind, GIVEN), *pairs(kind, LARGE_GIVEN) * 3]
    holding = [(given, layer) for given, layer in found if layer.roles(given)]
    return st.sampled_from(holding).map(lambda pair: Network(pair[0], (Use(pair[1]),)))


def pairs(kind: type, givens: Sequence[Axes]) -> List[Tuple[Axes, Layer]]:
    """Input axes, each with a layer of the kind that accepts them: ordered by axes, without weighting."""
    return [(given, layer) for given in givens for layer in choices_behind(given, [kind])]


#: Kinds with parameters, some of whose layers have outputs with the same axes as their inputs.
REUSABLE = tuple(kind for kind in HOLDING if any(layer.output(given) == given for given, layer in pairs(kind, GIVEN)))
