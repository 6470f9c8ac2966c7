"""Bugs planted in how the installed Gluon's optimizers go on."""

from __future__ import annotations

from mxnet import gluon, nd

from specs.programs.operations import LoadOptimizer, SetLearningRate
from specs.programs.optimizers import SGD
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


def multiply(trainer, scale: float) -> None:
    """Scale all velocities and moments of a trainer."""
    for updater in trainer._updaters:
        for state in updater.states.values():
            for kept in [state] if isinstance(state, nd.NDArray) else state or ():
                kept[:] = kept * scale


@breaks("persistence.optimizer_velocity", "persistence.adam_moments", answer="it is lost")
@reaches(LoadOptimizer)
def states_without_velocity() -> Planted:
    """A trainer loads its numbers, and no velocity or moment."""

    def loaded(load, self, file):
        load(self, file)
        multiply(self, 0.0)

    return around(gluon.Trainer, "load_states", loaded)


@breaks("training.momentum_at_another_rate", answer="the new one")
@reaches(SetLearningRate, SGD)
def velocities_follow_the_rate() -> Planted:
    """A new learning rate reaches what velocities hold."""

    def changed(change, self, rate):
        multiply(self, rate / self.learning_rate)
        change(self, rate)

    return around(gluon.Trainer, "set_learning_rate", changed)


@breaks("training.adam_at_another_rate", answer="the first one")
@reaches(SetLearningRate)
def rates_stay() -> Planted:
    """A trainer keeps the learning rate that it was made with."""
    return around(gluon.Trainer, "set_learning_rate", lambda change, self, rate: None)
