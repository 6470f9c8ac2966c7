"""The chapters' networks, with inferred input widths as in the chapters."""

from __future__ import annotations

from specs.arrays import Drawn
from specs.custom_initializers import STANDARD_NORMAL
from specs.initializers import Custom, Default, Normal, Ones, Zeros
from specs.layers import Activation, Dense, Flatten
from specs.layers.layer import features
from specs.programs.networks import Element, Given, Network, Reuse, Slot, Tie, Use
from specs.programs.operations import Build, Forward, Initialize, Operation, Seed
from specs.programs.program import Program

RELU = Activation("relu")


def dense(units: int, **more: tuple) -> Use:
    return Use(Dense(units), inferred=True, **more)


def slots(layer: int) -> tuple[Slot, Slot]:
    return Slot(layer, "weight"), Slot(layer, "bias")


MLP = Network(features(20), (dense(256), RELU, dense(10)))
FLATTENED = Network(features(20), (Use(Flatten(), inferred=True), dense(256), RELU, dense(10)))


def _hidden_twice(second: Element) -> Network:
    """A network whose second and third hidden layers are meant to be shared."""
    return Network(features(20), (dense(8), RELU, dense(8), RELU, second, RELU, dense(10)))


TIED = _hidden_twice(dense(8, ties=(Tie("weight", Slot(2, "weight")), Tie("bias", Slot(2, "bias")))))
REUSED = _hidden_twice(Reuse(2))
#: A layer called twice; and two layers, the second of which gets the values of the first.
CALLED_TWICE = Network(features(2), (Use(Dense(2)), RELU, Reuse(0), RELU, dense(2)))
COPIED = Network(features(2), (dense(2), RELU, dense(2), RELU, dense(2)))
WITH_INITIALIZERS = Network(
    features(20),
    (
        dense(10, initializers=(Given("weight", Normal(0.0, 0.01)), Given("bias", Zeros()))),
        dense(1, initializers=(Given("weight", Ones()), Given("bias", Ones()))),
    ),
)
ALL_ONES = Network(features(20), (dense(64, initializers=(Given("weight", Ones()),)),))
WITH_FUNCTION = Network(
    features(10), (Use(Dense(64), initializers=(Given("weight", Custom(STANDARD_NORMAL, seed=1)),)),)
)


BATCH, ROWS = Drawn(0), 2
FED = Forward(BATCH, ROWS)


def started(network: str = "net") -> tuple[Operation, ...]:
    """Build, initialize by default, and feed once, as the chapters do first."""
    return Seed(1), Build(network), Initialize(Default()), FED


def program(network: Network, *operations: Operation) -> Program:
    return Program({"net": network}, (*started(), *operations))
