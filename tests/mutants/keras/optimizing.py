"""Bugs planted in the installed Keras: its optimizers, and what it freezes."""

from __future__ import annotations

import keras

from specs.programs.operations import FreezeLayer
from specs.programs.optimizers import SGD, Adam
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("training.momentum", answer="otherwise")
@reaches(SGD)
def momentum_is_nesterov() -> Planted:
    """SGD with momentum moves as Nesterov's does."""

    def made(init, self, *given, **named):
        init(self, *given, **named, nesterov=True)

    return around(keras.optimizers.SGD, "__init__", made)


@breaks("training.momentum_over_a_pause", answer="it is lost")
@reaches(SGD)
def velocities_of_the_frozen_are_lost() -> Planted:
    """A step sets the velocities of all variables to zero that it is given no gradient for."""

    def stepped(step, self, gradients):
        given = [variable for _, variable in gradients]
        for variable, velocity in zip(self._trainable_variables, getattr(self, "momentums", ())):
            if velocity is not None and not any(variable is one for one in given):
                velocity.assign(keras.ops.zeros_like(velocity))
        return step(self, gradients)

    return around(keras.optimizers.SGD, "apply_gradients", stepped)


@breaks("training.adam", answer="other")
@reaches(Adam)
def betas_swapped() -> Planted:
    """Adam takes the decay of one moment for that of the other."""

    def made(init, self, *given, **named):
        init(self, *given, **{**named, "beta_1": named["beta_2"], "beta_2": named["beta_1"]})

    return around(keras.optimizers.Adam, "__init__", made)


@breaks("training.adam_epsilon", answer="1e-8")
@reaches(Adam)
def epsilon_of_another() -> Planted:
    """Adam's epsilon is 1e-8 where none is given."""

    def made(init, self, *given, **named):
        init(self, *given, **{"epsilon": 1e-8, **named})

    return around(keras.optimizers.Adam, "__init__", made)


@breaks("training.frozen_layer_statistics", answer="yes")
@reaches(FreezeLayer)
def frozen_norm_learns() -> Planted:
    """A frozen BatchNormalization is not in inference mode: its statistics move."""

    def called(call, self, inputs, training=None, mask=None):
        was, self._trainable = self._trainable, True
        outputs = call(self, inputs, training=training, mask=mask)
        self._trainable = was
        return outputs

    return around(keras.layers.BatchNormalization, "call", called)
