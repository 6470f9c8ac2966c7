"""Networks of dense layers: non-square by preference, widths from 1 up, depth 1 to 6, with and without sharing."""

from __future__ import annotations

import dataclasses
import itertools
from typing import List, Optional

from hypothesis import strategies as st

from specs.programs.networks import ACTIVATIONS, Dense, Layer, Network, Reuse, Tie

WIDTHS = st.integers(1, 9)
#: Shallow networks more often than deep ones: what differs mostly shows in the first two layers.
DEPTHS = (1, 2, 1, 2, 3, 1, 2, 1, 2, 3, 4, 1, 2, 5, 6)
ACTIVATION = st.sampled_from(ACTIVATIONS)
DECLARED = "declared"
INFERRED = "inferred"
MIXED = "mixed"
REUSED, TIED, TIED_BY_WEIGHT = SHARING = ("reused", "tied", "tied by weight")


@st.composite
def networks(draw, max_depth: int = 6, widths=WIDTHS, shapes: str = MIXED, bias=None, min_depth: int = 1) -> Network:
    """A network without sharing. ``shapes`` says whether layers declare their input width or leave it inferred."""
    depth = draw(st.sampled_from([depth for depth in DEPTHS if min_depth <= depth <= max_depth]))
    width = in_units = draw(widths)
    layers = []
    for _ in range(depth):
        units = draw(widths.filter(lambda units, width=width: units != width) | widths)
        layers.append(_dense(draw, width, units, bias, shapes))
        width = units
    return Network(in_units, tuple(layers))


#: No weight that is drawn for has more elements, and large ones have almost as many.
ELEMENTS = 6000
#: Input width and units of layers large enough that 100 programs settle a statistic, most of them far from square.
LARGE = tuple(
    (extent, ELEMENTS // extent) for extent in (2, 3, 5, 8, 13, 24, 40, 60, 75, 100, 150, 250, 461, 750, 1200, 2000)
)


#: Sizes to choose from: simple ones first, where a search for a small program ends, and large ones two times in three.
SMALL = tuple(sorted(itertools.product(range(1, 10), repeat=2), key=lambda size: (size[0] * size[1], max(size))))
SIZES = (*SMALL, *LARGE * (2 * len(SMALL) // len(LARGE)))


@st.composite
def drawn_networks(draw, bias=None) -> Network:
    """One to three layers to draw weights for: a large one mostly, so that draws are many, small ones behind it."""
    in_units, units = draw(st.sampled_from(SIZES))
    layers = [_dense(draw, in_units, units, bias)]
    for _ in range(draw(st.sampled_from((0, 1, 1, 2)))):
        width = units
        units = draw(st.integers(1, min(9, ELEMENTS // width)))
        layers.append(_dense(draw, width, units, bias))
    return Network(in_units, tuple(layers))


@st.composite
def biased_networks(draw) -> Network:
    """One or two layers: few biases, or mostly as many as a large weight has elements; or enough of both to compare."""
    in_units = draw(st.integers(1, 9))
    some, many = range(120, 128), range(ELEMENTS - 29, ELEMENTS + 1)
    units = draw(st.sampled_from((*range(1, 10), *some, *many)))
    layers = [_dense(draw, in_units, units, True)]
    if draw(st.booleans()):
        layers.append(_dense(draw, units, draw(st.sampled_from(some if units in some else range(1, 4))), True))
    return Network(in_units, tuple(layers))


@st.composite
def huge_layers(draw) -> Network:
    """One layer with as many elements as a generator may spread over parallel streams."""
    in_units = draw(st.sampled_from((8, 32, 128, 512, 2048)))
    return Network(in_units, (_dense(draw, in_units, 2**15 // in_units + draw(WIDTHS), False),))


def _dense(draw, width: int, units: int, bias: Optional[bool], shapes: str = MIXED) -> Dense:
    activation = draw(ACTIVATION)
    biased = draw(st.booleans()) if bias is None else bias
    return Dense(units, activation, bias=biased, in_units=draw(_declaration(shapes, width)))


def _declaration(shapes: str, width: int) -> st.SearchStrategy[Optional[int]]:
    choices: dict = {DECLARED: [width], INFERRED: [None], MIXED: [width, None]}
    return st.sampled_from(choices[shapes])


@st.composite
def sharing_networks(draw, kinds=SHARING) -> Network:
    """A network in which a parameter has 2 to 4 uses: one layer object used again, layers built on its parameters."""
    width = draw(WIDTHS)
    in_units = draw(st.just(width) | WIDTHS)
    layers: List[Layer] = []
    if in_units != width:
        layers.append(Dense(width, draw(ACTIVATION), draw(st.booleans()), draw(_declaration(MIXED, in_units))))
    first = len(layers)
    shared = Dense(width, draw(ACTIVATION), draw(st.booleans()), draw(_declaration(MIXED, width)))
    layers.append(shared)
    for _ in range(draw(st.sampled_from((1, 1, 1, 2, 3)))):
        if len(layers) < 5 and draw(st.integers(0, 3)) == 0:
            layers.append(Dense(width, draw(ACTIVATION), draw(st.booleans()), draw(_declaration(MIXED, width))))
        layers.append(draw(_use(kinds, shared, first, width)))
    if len(layers) < 6 and draw(st.integers(0, 2)) == 0:
        layers.append(Dense(draw(WIDTHS), draw(ACTIVATION), draw(st.booleans()), draw(_declaration(MIXED, width))))
    return Network(in_units, tuple(layers))


@st.composite
def _use(draw, kinds, shared: Dense, first: int, width: int) -> Layer:
    kind = draw(st.sampled_from(kinds))
    if kind == REUSED:
        return Reuse(first)
    roles = shared.roles if kind == TIED else ("weight",)
    bias = shared.bias if kind == TIED else draw(st.booleans())
    return Dense(width, draw(ACTIVATION), bias, width, tie=Tie(first, roles))


def with_initializers(network: Network, weight, bias) -> Network:
    """The same network, its layers constructed with initializers."""
    return Network(
        network.in_units,
        tuple(
            dataclasses.replace(layer, weight_initializer=weight, bias_initializer=bias if layer.bias else None)
            for layer in (network.dense(position) for position in range(len(network.layers)))
        ),
    )
