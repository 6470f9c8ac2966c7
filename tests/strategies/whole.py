"""Programs about whole networks: what they list, and what depends on a seed."""

from __future__ import annotations

import functools
from typing import Dict, List, Sequence, Tuple

from hypothesis import strategies as st

from specs.arrays import Drawn
from specs.initializers import Default, Normal
from specs.laws.holding import WEIGHTS, tells
from specs.laws.training import BESIDE_WEIGHTS
from specs.layers import EXAMPLES, Activation
from specs.programs.networks import Network, Use
from specs.programs.operations import (
    Backward,
    Build,
    Freeze,
    Initialize,
    ListParameters,
    OneParameter,
    Operation,
    Read,
    ReadGradient,
    Reinitialize,
    Seed,
)
from specs.programs.program import Program
from tests.strategies.families import composite
from tests.strategies.networks import (
    DECLARED,
    DRAWING,
    GIVEN,
    HOLDING,
    LARGE_GIVEN,
    NORMALIZING,
    all_networks,
    any_networks,
    choices_behind,
    mixed_networks,
    networks,
    normalizing_networks,
    pairs,
)
from tests.strategies.programs import RECIPE_SEEDS, SEEDS, forwards, known, program, reads, settled


def networks_of_one(kind: str) -> List[Network]:
    """All networks with one layer of a kind."""
    layer, _ = EXAMPLES[kind]
    return [Network(given, (Use(one),)) for given, one in pairs(type(layer), (*GIVEN, *LARGE_GIVEN))]


def _telling(kind: str) -> st.SearchStrategy[Network]:
    """Networks with one layer of a kind whose weights have distinct extents."""
    return st.sampled_from([network for network in networks_of_one(kind) if tells(network)])


@functools.lru_cache(maxsize=None)
def _weighing() -> Tuple[st.SearchStrategy[Network], ...]:
    """Such networks for each kind that has weights. Not made on import, as it takes as long as all other imports."""
    return tuple(_telling(kind) for kind in dict.fromkeys(subject.partition(".")[0] for subject in WEIGHTS))


def _three(draw, kinds: Sequence[st.SearchStrategy[Network]]) -> Dict[str, Network]:
    """Networks of three different kinds, by name."""
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=3, max_size=3, unique=True))
    return {name: draw(of_kind) for name, of_kind in zip(("net", "second", "third"), chosen)}


@composite
def listed_weights(draw) -> Program:
    """Three networks with one layer each, of kinds with weights, listed and read."""
    built = _three(draw, _weighing())
    operations: List[Operation] = []
    for name, network in built.items():
        operations += [*settled(network, name), ListParameters(), *reads(network, network.held)]
    return program(draw, operations, **built)


@composite
def built_twice(draw) -> Program:
    """Two equal networks, each built and initialized after the same seed."""
    network, seed = draw(all_networks()), Seed(draw(SEEDS))
    read = reads(network, network.held)
    operations = [seed, *settled(network), *read, seed, *settled(network, "other"), *read]
    return Program({"net": network, "other": network}, tuple(operations))


@composite
def built_beside(draw, shapes: str) -> Program:
    """A network is built after a seed, then an equal one after the same seed and an unused layer."""
    network = draw(networks(max_depth=2, shapes=DECLARED, widths=st.integers(3, 9)))
    beside, seed = draw(networks(max_depth=1, shapes=shapes)), Seed(draw(SEEDS))
    then = [Initialize(Default()), *reads(network, network.weights)]
    operations = [seed, Build(), *then, seed, Build("beside"), Build("other"), *then]
    return Program({"net": network, "beside": beside, "other": network}, tuple(operations))


@composite
def draws_after_passes(draw, mode: str) -> Program:
    """A weight is drawn after a seed, then after the same seed and a forward pass."""
    drawing = mixed_networks(DRAWING)
    network = draw(drawing if mode == "training" else drawing | normalizing_networks() | any_networks())
    largest = max(network.parameters, key=lambda slot: _size(network, slot))
    seed = Seed(draw(SEEDS))
    again: List[Operation] = [Reinitialize(Normal(), OneParameter(largest)), Read(largest)]
    operations = [*settled(network), seed, *again, seed, draw(forwards(network, mode)), *again]
    return Program({"net": network}, (Seed(draw(RECIPE_SEEDS)), *operations))


@functools.lru_cache(maxsize=None)
def _biased() -> Tuple[st.SearchStrategy[Network], ...]:
    """For each kind that trains other parameters besides weights, networks with one such layer that is called once.

    Where biases are used several times, a framework may add up whatever was in memory, which is no answer.
    """
    return tuple(
        st.sampled_from(
            [
                network
                for network in networks_of_one(kind)
                if network.weights != network.slots and not network.layer(0).is_called_step_by_step
            ]
        )
        for kind in BESIDE_WEIGHTS
    )


@composite
def biases_alone(draw) -> Program:
    """Three networks with one layer each, with weights frozen so that only biases are trained."""
    built = _three(draw, _biased())
    operations: List[Operation] = []
    for name, network in built.items():
        operations += [*known(network, draw(RECIPE_SEEDS), name), *map(Freeze, network.weights), draw(forwards())]
        biases = [slot for slot in network.slots if slot not in network.weights]
        operations += [Backward(Drawn(draw(RECIPE_SEEDS))), *map(ReadGradient, biases)]
    return program(draw, operations, **built)


@composite
def frozen_roles(draw) -> Program:
    """All trainable parameters of a layer with running statistics are frozen one by one; a layer behind it trains."""
    given, norm = draw(st.sampled_from(pairs(draw(st.sampled_from(NORMALIZING)), GIVEN)))
    network = Network(given, (Use(norm), Use(Activation("tanh"))))
    frozen = [Freeze(slot) for slot in network.parameters]
    behind = draw(st.sampled_from(choices_behind(network.output, HOLDING)))
    network = Network(given, (*network.layers, Use(behind)))
    operations = [*known(network, draw(RECIPE_SEEDS)), *frozen, draw(forwards(network))]
    read = reads(network, [slot for slot in network.buffers if slot.layer == 0])
    return program(draw, [*operations, Backward(Drawn(draw(RECIPE_SEEDS))), *read], net=network)


def _size(network, slot) -> int:
    size = 1
    for extent in network.shape(slot):
        size *= extent
    return size
