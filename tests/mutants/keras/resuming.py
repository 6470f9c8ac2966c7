"""Bugs planted in how the installed Keras' optimizers go on."""

from __future__ import annotations

import keras

from specs.programs.operations import Clone, CopyValues, Load, LoadOptimizer, SetLearningRate
from specs.programs.optimizers import SGD, Adam
from tests.mutants.patches import Planted, around, instead, together
from tests.mutants.registry import breaks, reaches

KINDS = (keras.optimizers.SGD, keras.optimizers.Adam)


def sums(optimizer):
    """What an optimizer keeps of gradients: velocities, or moments. Before them come its count and its rate."""
    return optimizer.variables[2:]


def multiply(variables, scale: float) -> None:
    for variable in variables:
        variable.assign(variable * scale)


def forgetting(owner, name: str) -> Planted:
    """All velocities and moments become zero when a function is called."""
    made = []

    def called(call, *given, **named):
        for optimizer in made:
            multiply(sums(optimizer), 0.0)
        return call(*given, **named)

    def built(build, self, variables):
        build(self, variables)
        made.append(self)

    return together(around(owner, name, called), *(around(kind, "build", built) for kind in KINDS))


@breaks("training.momentum_after_copied_values", "training.adam_after_copied_values", answer="it is lost")
@reaches(CopyValues)
def copied_values_stop() -> Planted:
    """Values that are copied into a model set all velocities and moments to zero."""
    return forgetting(keras.Model, "set_weights")


@breaks("training.momentum_after_load", "training.adam_after_load", answer="it is lost")
@reaches(Load)
def loads_stop() -> Planted:
    """A file that a model loads sets all velocities and moments to zero."""
    return forgetting(keras.Model, "load_weights")


@breaks("persistence.load_keeps_objects")
@reaches(Load)
def loads_replace() -> Planted:
    """A Dense layer takes a new variable for its kernel when it loads a file."""

    def loaded(load, self, store):
        load(self, store)
        object.__setattr__(self, "_kernel", keras.Variable(self._kernel))

    return around(keras.layers.Dense, "load_own_variables", loaded)


@breaks("training.momentum_after_copying", "training.adam_after_copying", answer="it is lost")
@reaches(Clone)
def cloning_stops() -> Planted:
    """A model that is cloned loses all velocities and moments."""
    return forgetting(keras.models, "clone_model")


@breaks("persistence.optimizer_velocity", "persistence.adam_moments", answer="it is lost")
@reaches(LoadOptimizer)
def states_without_velocity() -> Planted:
    """An optimizer loads its numbers, and no velocity or moment."""

    def loaded(load, self, store):
        load(self, store)
        multiply(sums(self), 0.0)

    return around(keras.optimizers.Optimizer, "load_own_variables", loaded)


@breaks("persistence.adam_count", answer="it is lost")
@reaches(LoadOptimizer, Adam)
def states_without_count() -> Planted:
    """An optimizer counts its steps from zero once it has loaded a state."""

    def loaded(load, self, store):
        load(self, store)
        self.iterations.assign(0)

    return around(keras.optimizers.Optimizer, "load_own_variables", loaded)


@breaks("persistence.optimizer_rate", "persistence.adam_rate", answer="its own")
@reaches(LoadOptimizer)
def states_without_rate() -> Planted:
    """An optimizer loads all but the learning rate, and scales its velocities to its own."""

    def loaded(load, self, store):
        rate = float(self.learning_rate)
        load(self, store)
        if isinstance(self, keras.optimizers.SGD):
            multiply(sums(self), rate / float(self.learning_rate))
        self.learning_rate = rate

    return around(keras.optimizers.Optimizer, "load_own_variables", loaded)


@breaks("persistence.optimizer_momentum", answer="that of the state")
@reaches(LoadOptimizer)
def momentum_is_a_variable() -> Planted:
    """An optimizer saves its momentum among its variables, and loads it from there."""
    return _saving(keras.optimizers.SGD, "momentum")


@breaks("persistence.adam_betas", answer="that of the state")
@reaches(LoadOptimizer)
def betas_are_variables() -> Planted:
    """Adam saves its decay rates and its epsilon among its variables, and loads them from there."""
    return _saving(keras.optimizers.Adam, "beta_1", "beta_2", "epsilon")


def _saving(kind, *names: str) -> Planted:
    def saved(save, self, store):
        save(self, store)
        store.update({name: getattr(self, name) for name in names})

    def loaded(load, self, store):
        for name in names:
            setattr(self, name, float(store[name]))
        load(self, {name: store[name] for name in store if name not in names})

    return together(around(kind, "save_own_variables", saved), around(kind, "load_own_variables", loaded))


@breaks("training.momentum_at_another_rate", answer="the new one")
@reaches(SetLearningRate, SGD)
def velocities_follow_the_rate() -> Planted:
    """A new learning rate of SGD reaches what velocities hold."""
    plain = keras.optimizers.Optimizer.learning_rate

    def follow(self, rate):
        multiply(sums(self), rate / float(self.learning_rate))
        plain.fset(self, rate)

    return instead(keras.optimizers.SGD, "learning_rate", property(plain.fget, follow))


@breaks("training.adam_at_another_rate", answer="the first one")
@reaches(SetLearningRate, Adam)
def rates_stay() -> Planted:
    """Adam keeps the learning rate that it was made with."""
    plain = keras.optimizers.Optimizer.learning_rate
    return instead(keras.optimizers.Adam, "learning_rate", property(plain.fget, lambda self, rate: None))
