"""Bugs planted in the installed Keras: in what is listed, in what a seed decides, and in what passes do beside."""

from __future__ import annotations

import collections
import random

import keras
from keras.src.backend.common import global_state
from keras.src.initializers import random_initializers

from specs.initializers import Default, Normal
from specs.layers import BatchNorm, Dense, Dropout
from specs.programs.operations import Build, Forward
from tests.mutants.patches import Planted, around, instead, together
from tests.mutants.registry import breaks, raises, reaches


@breaks("access.axes[dense.weight]", answer="out in")
@reaches(Dense)
@raises("wrong_shape", "failed", "no trace")
def dense_holds_units_first() -> Planted:
    """A dense layer holds its kernel with units first."""

    def added(add, self, *given, **named):
        return add(self, *given, **{**named, "shape": named["shape"][::-1]})

    def call(self, inputs, training=None):
        outputs = keras.ops.matmul(inputs, keras.ops.transpose(self.kernel))
        return outputs if self.bias is None else keras.ops.add(outputs, self.bias)

    return together(around(keras.layers.Dense, "add_weight", added), instead(keras.layers.Dense, "call", call))


@breaks("access.names_of_another", answer="yes")
@reaches(Build)
def names_start_again() -> Planted:
    """Names count from zero again once a network is built."""

    def built(build, self, input_shape=None):
        build(self, input_shape)
        global_state.set_global_attribute("object_name_uids", collections.defaultdict(int))

    return around(keras.Sequential, "build", built)


@breaks("initialization.unused_layer", "initialization.unused_deferred_layer", answer="the same")
@breaks("initialization.parts_of_a_layer", answer="equal")
@reaches(Default, Normal)
def initializers_have_one_seed() -> Planted:
    """Every initializer without a seed of its own has the same one."""
    return instead(random_initializers.random, "make_default_seed", lambda: 1)


@breaks("training.inference_spares_the_generator")
@reaches(Forward)
def inference_draws() -> Planted:
    """A pass for inference draws a number from Python's generator."""

    def called(call, self, inputs, training=None, mask=None):
        if training is False:
            random.random()
        return call(self, inputs, training=training, mask=mask)

    return around(keras.Sequential, "call", called)


@breaks("training.dropping_spares_the_generator", answer="no")
@reaches(Dropout)
def dropouts_draw_from_the_common_generator() -> Planted:
    """A dropout draws from Python's generator, from which initializers take their seeds."""

    def called(call, self, inputs, training=False):
        if training:
            random.random()
        return call(self, inputs, training=training)

    return around(keras.layers.Dropout, "call", called)


@breaks("training.statistics_of_frozen_roles", answer="no")
@reaches(BatchNorm)
def frozen_norms_stand_still() -> Planted:
    """A norm of which nothing is trained is in inference mode."""

    def called(call, self, inputs, training=None, mask=None):
        learns = any(variable.trainable for variable in self.trainable_weights)
        return call(self, inputs, training=training and learns, mask=mask)

    return around(keras.layers.BatchNormalization, "call", called)
