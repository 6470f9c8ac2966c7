"""Bugs planted in the installed Keras: norms without scale or bias, and ids that no row has."""

from __future__ import annotations

import keras

from specs.layers import Embedding, LayerNorm
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("access.bare_norm_lists", answer="trained")
@reaches(LayerNorm)
def layer_norms_hold_all() -> Planted:
    """A LayerNormalization has a scale and a bias, whatever it is told."""

    def built(build, self, input_shape):
        self.scale = self.center = True
        build(self, input_shape)

    return around(keras.layers.LayerNormalization, "build", built)


@breaks("training.bare_norm_value", answer="otherwise")
@reaches(LayerNorm)
def bare_layer_norms_do_nothing() -> Planted:
    """A LayerNormalization without a scale gives what comes in."""

    def called(call, self, inputs):
        return call(self, inputs) if self.scale else inputs

    return around(keras.layers.LayerNormalization, "call", called)


@breaks("training.id_past_the_table", "training.negative_id", answer="the nearest row")
@reaches(Embedding)
def ids_are_clipped() -> Planted:
    """An id that no row has is taken for the nearest that some row has."""

    def called(call, self, inputs):
        return call(self, keras.ops.clip(inputs, 0, self.input_dim - 1))

    return around(keras.layers.Embedding, "call", called)
