"""Programs about what roles start as, and what initializers reach."""

from __future__ import annotations

import zlib
from typing import List

from hypothesis import strategies as st

from specs.laws import recipes
from specs.layers import Embedding
from specs.layers.layer import Axis
from specs.programs.networks import Network, Use
from specs.programs.operations import OneParameter, Operation, Read, Reinitialize
from specs.programs.program import Program
from tests.strategies.networks import biased_networks, networks_of
from tests.strategies.programs import RECIPE_SEEDS, settled


@st.composite
def tables(draw) -> Network:
    """A table of enough rows to draw for."""
    return Network((Axis("time", 2),), (Use(Embedding(draw(st.integers(20, 60)), draw(st.integers(5, 40)))),))


#: Of kinds that people port most, those twice of which else there would be few draws; and layers with many biases.
STARTED = (
    *(networks_of(kind) for kind in ("convolution", "transposed_convolution") * 2),
    *(networks_of(kind) for kind in ("dense", "lstm", "gru", "rnn")),
    biased_networks(),
    tables(),
)


@st.composite
def recipes_followed(draw) -> Program:
    """A layer, each of whose roles is made to start as it does elsewhere, in each of the ways that there are."""
    network = draw(st.sampled_from(STARTED).flatmap(lambda networks: networks))
    number = draw(RECIPE_SEEDS)
    operations: List[Operation] = settled(network)
    # Hypothesis likes to draw a number again: what follows from all that is drawn does not recur.
    seed = zlib.crc32(f"{network} {number}".encode()) >> 2
    for slot, given in recipes.by_slot(network, seed):
        for initializer in given.values():
            operations += [Reinitialize(initializer, OneParameter(slot)), Read(slot)]
    return Program({"net": network}, tuple(operations)).seeded(number)
