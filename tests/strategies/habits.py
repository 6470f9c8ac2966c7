"""Programs with norms without scale or bias, out-of-range ids, and optimizers that are resumed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, List, Tuple

from hypothesis import strategies as st

from specs.arrays import Drawn, Listed
from specs.laws.limits import NORMS
from specs.layers import Activation, Dense, Embedding
from specs.layers.layer import Axis, features
from specs.programs.networks import Network, Slot, Use
from specs.programs.operations import (
    Backward,
    Clone,
    CopyValues,
    DeepCopy,
    Forward,
    ListParameters,
    ListTrainable,
    Load,
    LoadOptimizer,
    MakeOptimizer,
    Operation,
    Save,
    SaveOptimizer,
    Select,
    SetLearningRate,
    TieAfterBuild,
    Write,
)
from specs.programs.optimizers import SGD, Adam, Optimizer
from specs.programs.program import Program
from tests.strategies.families import composite
from tests.strategies.networks import GIVEN, pairs
from tests.strategies.programs import (
    BETAS,
    EPSILONS,
    RATES,
    RECIPE_SEEDS,
    forwards,
    gradient_reads,
    known,
    learned,
    program,
    reads,
    settled,
)

# Norms and embeddings.


@composite
def bare_norms(draw) -> Program:
    """A norm without scale or bias behind a full one, fed and listed; or a norm built without these arguments."""
    kind = draw(st.sampled_from(NORMS))
    given, layer = draw(st.sampled_from(pairs(kind, GIVEN)))
    optional = [name for name in ("scale", "bias") if name in kind.holds]
    if draw(st.integers(0, 2)) == 0:
        plain = Network(given, (Use(replace(layer, **dict.fromkeys(optional))),))
        read = reads(plain, [Slot(0, name) for name in optional])
        return program(draw, [*settled(plain), ListTrainable(), *read], net=plain)
    without = draw(st.sampled_from([optional, optional, *([name] for name in optional)]))
    bare: Any = replace(layer, **dict.fromkeys(without, False))
    network = Network(given, (Use(layer), Use(Activation("tanh")), Use(bare)))
    operations = [*known(network, draw(RECIPE_SEEDS)), ListParameters(), draw(forwards(network))]
    operations += [Backward(Drawn(draw(RECIPE_SEEDS))), *gradient_reads(network)]
    return program(draw, operations, net=network)


@composite
def strange_ids(draw) -> Program:
    """Look up valid ids in an embedding, then also negative ones, and then ones that are too large."""
    number, width, times = draw(st.integers(2, 9)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    network = Network((Axis("time", times),), (Use(Embedding(number, width)),))
    operations: List[Operation] = [*settled(network), Write(Slot(0, "weight"), Drawn(draw(RECIPE_SEEDS)))]
    ids = st.integers(0, number - 1)
    for strange in (ids, st.integers(1 - number, -1), st.integers(number, 2 * number)):
        fed = [draw(strange), *(draw(ids | strange) for _ in range(2 * times - 1))]
        # In the middle of the interval that is mapped to an id.
        operations.append(Forward(Listed(tuple((2 * one + 1) / number - 1 for one in draw(st.permutations(fed)))), 2))
    return program(draw, operations, net=network)


# Optimizers.

#: What may happen between two rounds of training.
EVENTS = ("values", "load", "clone", "copy", "tie", "state", "rate")
#: Nonzero, so that the velocity affects the next step.
DECAYS = st.sampled_from((0.5, 0.875))


@composite
def _optimizers(draw) -> Tuple[Optimizer, Optimizer]:
    """Two optimizers of one kind that differ in every number."""
    rate = draw(RATES)
    if draw(st.booleans()):
        decay = draw(DECAYS)
        return SGD(rate, decay), SGD(rate / 2, 1 - decay / 2)
    betas, epsilons = (draw(st.permutations(found)) for found in (BETAS, EPSILONS))
    return Adam(rate, *betas[0], epsilons[0]), Adam(rate / 2, *betas[1], epsilons[1])


@composite
def resumed(draw) -> Program:
    """A round of training, an event that may affect the optimizer's state, and another round.

    Two layers have equal shapes, so that one can be given the other's weight. Saved state is loaded into an optimizer
    with different numbers.
    """
    width = draw(st.integers(1, 5))
    hidden = Use(Activation("tanh"))
    network = Network(features(width), (Use(Dense(width)), hidden, Use(Dense(width)), hidden, Use(Dense(2))))
    one, other = draw(_optimizers())
    operations = known(network, draw(RECIPE_SEEDS), "other") + known(network, draw(RECIPE_SEEDS))
    rounds = [learned(network, draw(forwards()), Drawn(draw(RECIPE_SEEDS))) for _ in range(2)]
    event = draw(st.sampled_from(EVENTS))
    between = {
        "values": [CopyValues("other")],
        "load": [Save(), Load()],
        "clone": [Clone(), *reads(network), Select("net")],
        "copy": [DeepCopy(), *reads(network), Select("net")],
        "tie": [TieAfterBuild(Slot(2, "weight"), Slot(0, "weight"))],
        "state": [SaveOptimizer(), MakeOptimizer(other), LoadOptimizer()],
        "rate": [SetLearningRate(other.learning_rate)],
    }[event]
    after = [Select(event), *reads(network)] if event in ("clone", "copy") else []
    operations += [MakeOptimizer(one), *rounds[0], *between, *reads(network), *rounds[1], *after]
    return program(draw, operations, net=network, other=network)
