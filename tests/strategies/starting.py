"""Programs about initial values, and about which parameters an initializer affects."""

from __future__ import annotations

import functools
import itertools
import zlib
from typing import Dict, List, Tuple

from hypothesis import strategies as st

from specs.initializers import Constant, XavierUniform
from specs.laws import recipes
from specs.layers import Embedding
from specs.layers.layer import Axis
from specs.programs.networks import Network, Use
from specs.programs.operations import Everything, OneParameter, Operation, Read, Reinitialize
from specs.programs.program import Program
from tests.strategies.families import composite
from tests.strategies.networks import GIVEN, HOLDING, biased_networks, networks_of, pairs
from tests.strategies.programs import AMOUNTS, RECIPE_SEEDS, program, reads, settled


@composite
def tables(draw) -> Network:
    """An embedding with enough rows to test draws."""
    return Network((Axis("time", 2),), (Use(Embedding(draw(st.integers(20, 60)), draw(st.integers(5, 40)))),))


#: The most commonly ported kinds, with double weight for those with few draws; and layers with many biases.
STARTED = (
    *(networks_of(kind) for kind in ("convolution", "transposed_convolution") * 2),
    *(networks_of(kind) for kind in ("dense", "lstm", "gru", "rnn")),
    biased_networks(),
    tables(),
)


@composite
def recipes_followed(draw) -> Program:
    """A layer, each of whose roles is initialized in turn as other frameworks initialize it."""
    network = draw(st.sampled_from(STARTED).flatmap(lambda networks: networks))
    number = draw(RECIPE_SEEDS)
    operations: List[Operation] = settled(network)
    # Hypothesis tends to repeat numbers; a seed that also depends on the network does not repeat.
    seed = zlib.crc32(f"{network} {number}".encode()) >> 2
    for slot, given in recipes.by_slot(network, seed):
        for initializer in given.values():
            operations += [Reinitialize(initializer, OneParameter(slot)), Read(slot)]
    return Program({"net": network}, tuple(operations)).seeded(number)


def _by_roles(kind: type) -> List[st.SearchStrategy[Network]]:
    """Small networks with one layer of a kind and at least one role without fans, grouped by their roles."""
    found: Dict[Tuple[str, ...], List[Network]] = {}
    for given, layer in pairs(kind, GIVEN):
        network = Network(given, (Use(layer),))
        families = dict.fromkeys(network.role(slot).family.replace("reverse_", "") for slot in network.slots)
        if any(network.role(slot).fans is None for slot in network.slots):
            found.setdefault(tuple(families), []).append(network)
    return [st.sampled_from(networks) for networks in found.values()]


@functools.lru_cache(maxsize=None)
def _small() -> Tuple[st.SearchStrategy[Network], ...]:
    return tuple(itertools.chain(*map(_by_roles, HOLDING)))


#: Each program uses one in this many of the networks, so that none is used too rarely.
PARTS = 3


@composite
def all_initialized(draw) -> Program:
    """One-layer networks of a third of all kinds: everything set to a constant; then Xavier for roles without fans."""
    some = _small()[draw(st.integers(0, PARTS - 1)) :: PARTS]
    built = {f"net_{at}": draw(of_kind) for at, of_kind in enumerate(some)}
    operations: List[Operation] = []
    for name, network in built.items():
        read, again = reads(network), Reinitialize(Constant(draw(AMOUNTS)), Everything())
        operations += [*settled(network, name), *read, again, *read]
        vectors = [slot for slot in network.slots if network.role(slot).fans is None]
        operations += [Reinitialize(XavierUniform(), OneParameter(slot)) for slot in vectors]
    return program(draw, operations, **built)
