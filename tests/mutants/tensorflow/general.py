"""Bugs planted in tf.keras, whichever version is installed."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np
import tensorflow as tf
from tensorflow import keras

from specs.layers import BatchNorm, Dropout
from specs.programs.operations import (
    Add,
    Backward,
    CopyValues,
    Forward,
    ListMatching,
    ListParameters,
    Load,
    Seed,
    Step,
    StepOptimizer,
)
from tests.mutants.patches import Planted, around, instead
from tests.mutants.registry import breaks, quick, reaches, reported

#: What a layer's variables are, which is no public name on any version.
VARIABLE = type(tf.Variable(0.0))


def dense(change: Callable[[Any, Any], tuple]) -> Planted:
    """Dense layers are computed from what ``change`` makes of a kernel and a bias."""

    def called(call, self, inputs, **_):  # tf_keras hands over a mode where all names are taken
        if not tf.executing_eagerly():
            return call(self, inputs)
        kernel, bias = change(tf.convert_to_tensor(self.kernel), self.bias)
        outputs = tf.matmul(inputs, kernel)
        return self.activation(outputs if bias is None else outputs + bias)

    return around(keras.layers.Dense, "call", called)


@quick
@breaks("access.lists_in_order", "access.pattern")
@reaches(ListParameters, ListMatching)
@reported("https://github.com/tensorflow/tensorflow/issues/57438")
def lists_backwards() -> Planted:
    """A model lists its weights from the last to the first."""
    listed = keras.Sequential.weights.fget
    return instead(keras.Sequential, "weights", property(lambda self: listed(self)[::-1]))


@quick
@breaks("writing.add")
@reaches(Add, Step, StepOptimizer, Backward, Forward)
def adds_twice() -> Planted:
    """What is added to a variable is added twice."""
    return around(VARIABLE, "assign_add", lambda add, self, value, *given, **named: add(self, 2 * value))


@breaks("training.output_value", "writing.forward_uses_it", "training.gradient_value")
@reaches(Forward)
def square_kernels_are_transposed() -> Planted:
    """A dense layer applies a square kernel transposed."""
    return dense(lambda kernel, bias: (tf.transpose(kernel) if kernel.shape[0] == kernel.shape[1] else kernel, bias))


@breaks("training.gradient_value")
@reaches(Backward)
def biases_have_no_gradient() -> Planted:
    """A dense layer passes no gradient to its bias."""
    return dense(lambda kernel, bias: (kernel, None if bias is None else tf.stop_gradient(bias)))


@breaks("training.statistics_value", answer="other")
@reaches(BatchNorm)
@reported("https://github.com/pytorch/examples/issues/289")
def momentum_is_of_the_new() -> Planted:
    """Momentum is the weight of a batch's statistics, and not that of the running ones."""

    def called(call, self, inputs, training=None):
        kept = self.momentum
        self.momentum = 1 - kept
        try:
            return call(self, inputs, training=training)
        finally:
            self.momentum = kept

    return around(keras.layers.BatchNormalization, "call", called)


@breaks("training.backward_twice", answer="ok")
@reaches(Backward)
def tapes_persist() -> Planted:
    """What a tape has recorded is kept after it was asked for gradients."""
    return around(tf.GradientTape, "__init__", lambda make, self, *given, **named: make(self, persistent=True))


@breaks("persistence.round_trip", "sharing.survives_save_and_load")
@reaches(Load)
def loads_round_to_half() -> Planted:
    """What is loaded is rounded to half precision."""

    def loaded(load, self, *given, **named):
        load(self, *given, **named)
        self.set_weights([array.astype(np.float16) for array in self.get_weights()])

    return around(keras.Model, "load_weights", loaded)


@breaks("training.inference_output")
@reaches(Dropout)
def dropout_in_inference() -> Planted:
    """A dropout drops in passes for inference, too."""
    return around(
        keras.layers.Dropout, "call", lambda call, self, inputs, training=None: call(self, inputs, training=True)
    )


@quick
@breaks("initialization.same_seed")
@reaches(Seed)
@reported("https://github.com/keras-team/keras/issues/17007")
def seeds_are_not_taken() -> Planted:
    """Seeding does nothing."""
    owner = keras.utils if hasattr(keras.utils, "set_random_seed") else tf.compat.v1
    return instead(owner, "set_random_seed", lambda seed: None)


@breaks("persistence.copied_values")
@reaches(CopyValues)
@reported("https://github.com/google-parfait/tensorflow-federated/issues/258")
def values_are_taken_in_another_order() -> Planted:
    """A model that takes a list of arrays takes those of two variables of one shape in each other's place."""

    def swapped(take, self, arrays):
        arrays = list(arrays)
        same = [(i, j) for i in range(len(arrays)) for j in range(i) if arrays[i].shape == arrays[j].shape]
        for i, j in same[:1]:
            arrays[i], arrays[j] = arrays[j], arrays[i]
        take(self, arrays)

    return around(keras.Model, "set_weights", swapped)
