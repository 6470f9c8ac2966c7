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
