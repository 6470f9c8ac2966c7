"""Bugs planted in how the installed Keras' optimizers go on."""

from __future__ import annotations

import keras

from specs.programs.operations import Clone, CopyValues, LoadOptimizer
from tests.mutants.patches import Planted, around, together
from tests.mutants.registry import breaks, reaches


def forgetting(owner, name: str) -> Planted:
    """All velocities become zero when a function is called."""
    made = []

    def called(call, *given, **named):
        for optimizer in made:
            for velocity in optimizer.momentums:
                velocity.assign(keras.ops.zeros_like(velocity))
        return call(*given, **named)

    def built(build, self, variables):
        build(self, variables)
        made.append(self)

    return together(around(owner, name, called), around(keras.optimizers.SGD, "build", built))


@breaks("training.momentum_after_copied_values", answer="it is lost")
@reaches(CopyValues)
def copied_values_stop() -> Planted:
    """Values that are copied into a model set all velocities to zero."""
    return forgetting(keras.Model, "set_weights")


@breaks("training.momentum_after_copying", answer="it is lost")
@reaches(Clone)
def cloning_stops() -> Planted:
    """A model that is cloned loses all velocities."""
    return forgetting(keras.models, "clone_model")


@breaks("persistence.optimizer_velocity", answer="it is lost")
@reaches(LoadOptimizer)
def states_without_velocity() -> Planted:
    """An optimizer loads its numbers, and no velocity."""

    def loaded(load, self, store):
        load(self, store)
        for velocity in self.momentums:
            velocity.assign(keras.ops.zeros_like(velocity))

    return around(keras.optimizers.SGD, "load_own_variables", loaded)


@breaks("persistence.optimizer_rate", answer="its own")
@reaches(LoadOptimizer)
def states_without_rate() -> Planted:
    """An optimizer loads all but the learning rate, and scales its velocities to its own."""

    def loaded(load, self, store):
        rate = float(self.learning_rate)
        load(self, store)
        for velocity in self.momentums:
            velocity.assign(velocity * (rate / float(self.learning_rate)))
        self.learning_rate = rate

    return around(keras.optimizers.SGD, "load_own_variables", loaded)


@breaks("persistence.optimizer_momentum", answer="that of the state")
@reaches(LoadOptimizer)
def momentum_is_a_variable() -> Planted:
    """An optimizer saves its momentum among its variables, and loads it from there."""

    def saved(save, self, store):
        save(self, store)
        store["momentum"] = self.momentum

    def loaded(load, self, store):
        self.momentum = float(store["momentum"])
        load(self, {name: store[name] for name in store if name != "momentum"})

    kind = keras.optimizers.SGD
    return together(around(kind, "save_own_variables", saved), around(kind, "load_own_variables", loaded))
