"""Bugs planted in the installed Keras and TensorFlow."""

from __future__ import annotations

from collections import Counter
from typing import Any, Callable

import keras
import numpy as np
import tensorflow as tf
from keras.src.backend.common import KerasVariable
from keras.src.initializers import random_initializers
from keras.src.utils import summary_utils

from specs.initializers import (
    Bare,
    Constant,
    ConstantArray,
    Default,
    Normal,
    Uniform,
    VarianceScaling,
    XavierNormal,
    XavierUniform,
)
from specs.layers import LSTM, BatchNorm
from specs.programs.networks import PlainList, Reuse, Tie
from specs.programs.operations import (
    Add,
    Backward,
    Clone,
    Copy,
    CountParameters,
    DeepCopy,
    Forward,
    Freeze,
    FreezeLayer,
    Initialize,
    ListMatching,
    ListParameters,
    Load,
    Read,
    ReadGradient,
    Reinitialize,
    Seed,
    Step,
    StepOptimizer,
    Write,
    WriteElement,
)
from tests.mutants.patches import Planted, around, instead, together
from tests.mutants.registry import EQUAL_USES, breaks, quick, raises, reaches, reported

# Access.


def weights(change: Callable[[list], list]) -> Planted:
    """The weights that a model lists, changed on the way out."""
    listed = keras.layers.Layer.weights.fget
    return instead(keras.Sequential, "weights", property(lambda self: change(listed(self))))


@quick
@breaks("access.lists_in_order", "access.pattern")
@reaches(ListParameters, ListMatching)
@reported("https://github.com/tensorflow/tensorflow/issues/57438")
def lists_backwards() -> Planted:
    """A model lists its weights from the last to the first."""
    return weights(lambda found: found[::-1])


@breaks("access.lists_each_once", "access.count")
@reaches(ListParameters, ListMatching, CountParameters, Read)
@raises("no_such_parameter")
def lists_all_but_the_last() -> Planted:
    """A model of several weights does not list its last one."""
    return weights(lambda found: found[:-1] if len(found) > 1 else found)


@breaks("sharing.counted_once", "access.lists_each_once")
@reaches(Tie, Reuse)
@reported("https://github.com/tensorflow/tensorflow/issues/28003")
def lists_every_use() -> Planted:
    """A weight is listed, and counted, once a use."""
    return instead(
        keras.Sequential,
        "weights",
        property(lambda self: [weight for layer in self.layers for weight in layer.weights]),
    )


@breaks("access.names_differ", "access.names_tell_layer_and_role", "access.routes_agree")
@reaches(ListParameters, Read)
@reported("https://github.com/tensorflow/tensorflow/issues/36650")
def paths_are_names() -> Planted:
    """The path of a variable is its name, without the layer that it belongs to."""
    return instead(KerasVariable, "path", property(lambda self: self._name))


@breaks("access.count", "sharing.counted_once")
@reaches(CountParameters)
def vectors_are_not_counted() -> Planted:
    """What is counted is the elements of kernels, and not those of biases."""
    return around(
        summary_utils, "count_params", lambda count, found: count([weight for weight in found if len(weight.shape) > 1])
    )


# Writing.


@quick
@breaks("writing.array", "writing.add", "persistence.round_trip")
@reaches(
    Write, Add, Copy, WriteElement, Initialize, Reinitialize, Load, Clone, DeepCopy, Step, StepOptimizer, BatchNorm
)
def assigning_misses_the_last_row() -> Planted:
    """Assigning to a variable of several rows leaves the last one as it was."""

    def assigned(assign, self, value):
        several = len(value.shape) > 0 and value.shape[0] > 1
        assign(self, tf.concat([value[:-1], self._value[-1:]], 0) if several else value)

    return around(keras.Variable, "_direct_assign", assigned)


@breaks("writing.add")
@reaches(Add, Step, StepOptimizer)
def adds_twice() -> Planted:
    """What is added to a variable is added twice."""

    def added(add, self, value):
        add(self, value)
        return add(self, value)

    return around(KerasVariable, "assign_add", added)


@breaks("writing.broadcastable_shape", answer="ok")
@reaches(Write, Load)
def assigning_broadcasts() -> Planted:
    """A value that can be broadcast to a variable's shape is."""

    def assigned(assign, self, value):
        value = self._convert_to_tensor(value, dtype=self._dtype)
        fits = all(extent in (1, expected) for extent, expected in zip(value.shape, self.shape))
        return assign(self, tf.broadcast_to(value, self.shape) if fits else value)

    return around(KerasVariable, "assign", assigned)


# Training.


def dense(change: Callable[[Any, Any, Any], tuple]) -> Planted:
    """Dense layers are computed from what ``change`` makes of the layer's kernel and bias."""

    def called(call, self, inputs):
        kernel, bias = change(self, tf.convert_to_tensor(self.kernel), self.bias)
        outputs = tf.matmul(inputs, kernel)
        return self.activation(outputs if bias is None else outputs + bias)

    def eagerly(call, self, inputs, training=None):
        symbolic = isinstance(inputs, keras.KerasTensor) or not tf.executing_eagerly()
        return call(self, inputs) if symbolic else called(call, self, inputs)

    return around(keras.layers.Dense, "call", eagerly)


@breaks("training.output_value", "writing.forward_uses_it", "training.gradient_value")
@reaches(Forward)
def square_kernels_are_transposed() -> Planted:
    """A dense layer applies a square kernel transposed."""
    return dense(
        lambda layer, kernel, bias: (tf.transpose(kernel) if kernel.shape[0] == kernel.shape[1] else kernel, bias)
    )


@breaks("training.output_value[lstm]", "training.gradient_value[lstm]")
@reaches(LSTM)
def gates_in_the_order_of_onnx() -> Planted:
    """An LSTM takes its blocks for input, output, forget gate and cell, in this order."""

    def computed(compute, self, blocks, carry):
        i, o, f, c = blocks
        return compute(self, (i, f, c, o), carry)

    return around(keras.layers.LSTMCell, "_compute_carry_and_output_fused", computed)


@breaks("training.statistics_value", answer="other")
@reaches(BatchNorm)
@reported("https://github.com/pytorch/examples/issues/289")
def momentum_is_of_the_new() -> Planted:
    """Momentum is the weight of a batch's statistics, and not that of the running ones."""

    def called(call, self, inputs, training=None, mask=None):
        kept = self.momentum
        self.momentum = 1 - kept
        try:
            return call(self, inputs, training=training, mask=mask)
        finally:
            self.momentum = kept

    return around(keras.layers.BatchNormalization, "call", called)


@breaks("training.gradient_shape", "training.gradient_value")
@reaches(Backward, ReadGradient)
def biases_have_no_gradient() -> Planted:
    """A dense layer passes no gradient to its bias."""
    return dense(lambda layer, kernel, bias: (kernel, None if bias is None else tf.stop_gradient(bias)))


@breaks("training.backward_twice", answer="ok")
@reaches(Backward)
def tapes_persist() -> Planted:
    """What a tape has recorded is kept after it was asked for gradients."""
    return around(tf.GradientTape, "__init__", lambda make, self, *given, **named: make(self, persistent=True))


@quick
@breaks("training.step_value", "sharing.step_is_taken_once")
@reaches(Step, StepOptimizer)
def steps_twice() -> Planted:
    """An optimizer applies its update twice."""

    def twice(update, self, *given):
        update(self, *given)
        update(self, *given)

    return around(keras.optimizers.SGD, "update_step", twice)


@breaks("training.frozen_is_not_listed", "training.frozen_stays")
@breaks("training.frozen_gradient", answer="an array")
@reaches(Freeze, FreezeLayer)
@reported("https://github.com/keras-team/keras/issues/10222")
def freezing_does_nothing() -> Planted:
    """A variable that is told not to be trainable is so still."""
    return instead(KerasVariable, "trainable", KerasVariable.trainable.setter(lambda self, on: None))


@breaks("training.biases_alone[dense]", answer="zeros")
@reaches(Freeze)
def a_frozen_kernel_starves_its_bias() -> Planted:
    """The bias beside a kernel that is not trainable has a gradient of zeros."""

    def call(original, self, inputs, **named):
        if self.kernel.trainable or self.bias is None:
            return original(self, inputs, **named)
        return keras.ops.matmul(inputs, self.kernel) + keras.ops.stop_gradient(self.bias) + 0 * self.bias

    return around(keras.layers.Dense, "call", call)


# Initialization.


@breaks("initialization.default[dense.weight]", "initialization.xavier_uniform")
@reaches(Default, XavierUniform, XavierNormal, VarianceScaling, Bare)
def fans_are_both_fan_in() -> Planted:
    """fan_in is taken for both fans."""
    return around(random_initializers, "compute_fans", lambda fans, *given, **named: fans(*given, **named)[:1] * 2)


@breaks("initialization.default[dense.weight]")
@reaches(Default)
def kernels_are_born_wide() -> Planted:
    """A layer that is built draws its default kernel three times too wide; the initializer, called again, does not."""

    def added(add, self, *given, initializer=None, **named):
        variable = add(self, *given, initializer=initializer, **named)
        if isinstance(initializer, keras.initializers.GlorotUniform):
            variable.assign(3 * variable.value)
        return variable

    return around(keras.layers.Layer, "add_weight", added)


@breaks("initialization.xavier_normal")
@reaches(XavierNormal, VarianceScaling, Bare)
@reported("https://github.com/keras-team/keras/issues/8048")
def truncation_is_not_corrected() -> Planted:
    """A normal distribution that is cut at two deviations is not scaled to have the deviation that is expected."""

    def drawn(draw, shape, mean, stddev, dtype, seed):
        return draw(shape, mean, stddev * 0.87962566103423978, dtype, seed)

    return around(random_initializers.random, "truncated_normal", drawn)


@breaks("initialization.xavier_uniform", "initialization.xavier_normal")
@reaches(XavierUniform, XavierNormal, VarianceScaling, Bare)
def scales_are_dropped() -> Planted:
    """Variance scaling draws with a scale of one, whatever was given."""

    def made(make, self, scale=1.0, *given, **named):
        make(self, 1.0, *given, **named)

    return around(keras.initializers.VarianceScaling, "__init__", made)


@breaks("initialization.one_initializer_for_two_layers", answer="differ")
@reaches(Normal, Uniform, Bare)
@reported("https://github.com/keras-team/tf-keras/issues/432")
def initializers_draw_on() -> Planted:
    """An initializer without a seed draws other values at every call."""

    def made(make, self, seed=None):
        make(self, seed)
        if seed is None:
            self.seed = keras.random.SeedGenerator(self.seed)

    return around(random_initializers.RandomInitializer, "__init__", made)


@quick
@breaks("initialization.same_seed", "initialization.same_seed_same_network")
@reaches(Seed)
@reported("https://github.com/keras-team/keras/issues/17007")
def seeds_one_generator() -> Planted:
    """Of all generators that there are, only TensorFlow's own is seeded."""
    return instead(keras.utils, "set_random_seed", tf.random.set_seed)


@breaks("initialization.neighbouring_seeds", answer="many")
@reaches(Seed)
def odd_seeds_are_even() -> Planted:
    """An odd seed is the same as the even one before it."""
    return around(keras.utils, "set_random_seed", lambda seed, number: seed(number // 2 * 2))


def drawn(name: str, change: Callable[[tf.Tensor], tf.Tensor]) -> Planted:
    """What initializers draw with this function, changed after the draw."""
    return around(random_initializers.random, name, lambda draw, *given, **named: change(draw(*given, **named)))


@breaks("initialization.uniform", "initialization.xavier_uniform", answer="not independent")
@reaches(Uniform, XavierUniform, Default, VarianceScaling, Bare)
def draws_are_sorted() -> Planted:
    """The elements of a uniform draw come in ascending order."""
    return drawn("uniform", lambda values: tf.reshape(tf.sort(tf.reshape(values, [-1])), values.shape))


@breaks("initialization.uniform", "initialization.xavier_uniform", answer="not independent")
@reaches(Uniform, XavierUniform, Default, VarianceScaling, Bare)
def a_bit_is_stuck() -> Planted:
    """One bit in the middle of a uniform draw's significand is always zero."""

    def cleared(values):
        return tf.bitcast(tf.bitwise.bitwise_and(tf.bitcast(values, tf.int32), ~(1 << 9)), values.dtype)

    return drawn("uniform", cleared)


@breaks("initialization.xavier_normal")
@reaches(XavierNormal, VarianceScaling, Bare)
def the_last_row_is_left_out() -> Planted:
    """A normal draw that is cut at two deviations leaves the last of several rows at zero."""

    def left_out(values):
        return tf.concat([values[:-1], tf.zeros_like(values[-1:])], 0) if values.shape[0] > 1 else values

    return drawn("truncated_normal", left_out)


@breaks("initialization.normal")
@reaches(Normal, Bare)
def draws_are_on_a_grid() -> Planted:
    """Normal draws are rounded to half precision."""
    return drawn("normal", lambda values: tf.cast(tf.cast(values, tf.float16), values.dtype))


@breaks("initialization.constant_array")
@reaches(ConstantArray)
def first_row_for_all() -> Planted:
    """A constant array is broadcast from its first row."""

    def filled(fill, self, shape, dtype=None):
        whole = np.ndim(self.value) == 0
        return tf.broadcast_to(tf.cast(self.value if whole else self.value[:1], dtype or "float32"), shape)

    return around(keras.initializers.Constant, "__call__", filled)


@breaks("initialization.at_construction")
@reaches(Constant, Initialize)
def biases_are_born_zero() -> Planted:
    """A layer builds its bias of zeros, whatever initializer it was given for it."""

    def added(add, self, *given, **named):
        return add(self, *given, **{**named, "initializer": "zeros"} if named.get("name") == "bias" else named)

    return around(keras.layers.Layer, "add_weight", added)


# Persistence.


@breaks("persistence.round_trip")
@breaks("sharing.survives_save_and_load", "sharing.across_kinds_survives_load")
@reaches(Load, DeepCopy)
def biases_are_not_loaded() -> Planted:
    """Loading leaves biases as they are."""

    def loaded(load, self, store):
        kept = None if self.bias is None else self.bias.numpy()
        load(self, store)
        if kept is not None:
            self.bias.assign(kept)

    return around(keras.layers.Dense, "load_own_variables", loaded)


@breaks("persistence.load_other_shapes", answer="ok")
@reaches(Load)
def loading_skips_other_shapes() -> Planted:
    """What does not fit is left out when a file is loaded."""
    return around(keras.Model, "load_weights", lambda load, self, file, **_: load(self, file, skip_mismatch=True))


@breaks("persistence.clone_values", answer="equal")
@reaches(Clone)
@reported("https://github.com/keras-team/keras/issues/16668")
def clones_are_given_values() -> Planted:
    """A clone takes over the original's values."""

    def cloned(clone, model):
        made = clone(model)
        if len(made.weights) == len(model.weights):
            made.set_weights(model.get_weights())
        return made

    return around(keras.models, "clone_model", cloned)


@breaks("persistence.clone_is_independent", "training.optimizer_leaves_copies")
@breaks("sharing.across_kinds_survives_clone", answer="yes")
@reaches(Clone)
def clones_share_layers() -> Planted:
    """A clone is a model of the original's layers."""
    return around(keras.models, "clone_model", lambda clone, model: clone(model, clone_function=lambda layer: layer))


@breaks("persistence.deepcopy_values", answer="initialized anew")
@breaks("sharing.across_kinds_survives_deepcopy")
@reaches(DeepCopy)
def deep_copies_are_new() -> Planted:
    """A deep copy is made from the model's configuration alone."""
    return instead(keras.Model, "__deepcopy__", lambda self, memo: keras.models.clone_model(self))


@breaks("access.plain_list_listed")
@reaches(PlainList)
def lists_are_not_tracked() -> Planted:
    """A layer does not see the layers in a list that is assigned to it."""

    def assigned(assign, self, name, value):
        layers = isinstance(value, list) and value and all(isinstance(one, keras.layers.Layer) for one in value)
        (object.__setattr__ if layers and name == "inner" else assign)(self, name, value)

    return around(keras.layers.Layer, "__setattr__", assigned)


# Sharing.


@breaks("sharing.identity", "sharing.write_through", "sharing.one_gradient", "sharing.write_across_kinds")
@reaches(Tie)
def assigning_copies() -> Planted:
    """A layer that is given another's kernel takes a copy of it."""

    def assigned(assign, self, name, value):
        foreign = name == "kernel" and isinstance(value, keras.Variable)
        assign(self, name, keras.Variable(value.numpy(), name=value.name) if foreign else value)

    return around(keras.layers.Layer, "__setattr__", assigned)


@breaks("sharing.gradient_across_kinds", answer=("one use only", EQUAL_USES))
@reaches(Tie)
def transposes_stop_gradients() -> Planted:
    """No gradient goes back through the transpose of a matrix."""
    return around(keras.ops, "transpose", lambda transpose, x: tf.stop_gradient(transpose(x)))


@quick
@breaks("sharing.gradient_is_sum", answer=("one use only", EQUAL_USES))
@breaks("sharing.gradient_equals_untied")
@reaches(Reuse)
def gradient_of_the_first_use() -> Planted:
    """A kernel of a layer that is used several times gets the gradient of its first use."""
    uses: Counter[int] = Counter()

    def begun(call, self, *given, **named):
        uses.clear()
        return call(self, *given, **named)

    def counted(layer, kernel, bias):
        uses[id(layer)] += 1
        return kernel if uses[id(layer)] == 1 else tf.stop_gradient(kernel), bias

    return together(around(keras.Sequential, "call", begun), dense(counted))
