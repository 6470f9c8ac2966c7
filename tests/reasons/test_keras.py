"""Keras: what the reasons in adapters/keras/divergences.py say, run."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from adapters.keras.tensorflow import TensorFlowBackend
from adapters.running import engine
from specs.initializers import Constant, Default
from specs.layers import GRU, LSTM, Convolution, ConvolutionTransposed
from specs.layers.algebra import exactly
from specs.layers.layer import image, sequence
from specs.layers.layout import layout
from specs.programs.networks import Network, Slot, Tie, Use
from specs.programs.operations import (
    Build,
    Copy,
    Freeze,
    Identify,
    Initialize,
    OneParameter,
    Read,
    Reinitialize,
    Unfreeze,
)
from specs.programs.program import Program

TIED = [
    (LSTM(2, biases=0), sequence(3, 2), "l0_recurrent_weight"),
    (Convolution(2, (2,), pads_end=(1,)), image(2, 4), "weight"),
]


def test_nothing_exists_before_a_layer_is_built():
    layer = keras.layers.Dense(2)
    assert layer.weights == []
    with pytest.raises(AttributeError, match="You must build the layer"):
        _ = layer.kernel


def test_a_variable_keeps_the_dtype_that_it_was_made_with():
    layer, other = keras.layers.Dense(2), keras.layers.Dense(2, dtype="float16")
    layer.build((None, 3))
    layer.dtype_policy = "float16"
    other.build((None, 3))
    assert (layer.kernel.dtype, other.kernel.dtype) == ("float32", "float16")
    with pytest.raises(AttributeError):
        layer.kernel.dtype = "float16"


def test_a_configuration_of_an_identity_has_no_gain():
    layer = keras.layers.Dense(2, use_bias=False, kernel_initializer=keras.initializers.Identity(0.5))
    net = keras.Sequential([keras.Input((2,)), layer])
    assert np.array_equal(layer.kernel, 0.5 * np.eye(2))
    assert keras.initializers.Identity(0.5).get_config() == {}
    assert np.array_equal(keras.models.clone_model(net).weights[0], np.eye(2))


def test_one_initializer_object_draws_the_same_again():
    initializer = keras.initializers.RandomNormal()
    first, second = (keras.ops.convert_to_numpy(initializer((2, 3))) for _ in range(2))
    assert np.array_equal(first, second)


def test_glorot_normal_is_cut_at_two_deviations_and_scaled_to_the_one_expected():
    drawn = keras.ops.convert_to_numpy(keras.initializers.GlorotNormal(seed=1)((400, 600)))
    expected = np.sqrt(2 / 1000)
    assert np.std(drawn) == pytest.approx(expected, rel=0.01)
    assert np.abs(drawn).max() < 2.28 * expected


def test_the_default_of_an_embedding_is_uniform_within_5_hundredths():
    initializer = keras.initializers.get("uniform")
    assert (initializer.minval, initializer.maxval) == (-0.05, 0.05)


def test_an_lstm_starts_with_ones_for_the_forget_gate_and_an_orthogonal_recurrent_kernel():
    layer = keras.layers.LSTM(2)
    layer.build((None, 3, 2))
    assert layer.cell.bias.numpy().tolist() == [0, 0, 1, 1, 0, 0, 0, 0]
    recurrent = layer.cell.recurrent_kernel.numpy()
    assert recurrent @ recurrent.T == pytest.approx(np.eye(2), abs=1e-5)


@pytest.mark.parametrize(("bias", "gradient"), [(True, [[6.0]]), (False, [[2.0, 2.0, 2.0]])])
def test_a_cotangent_of_more_columns_is_summed_by_the_bias_alone(bias, gradient):
    layer = keras.layers.Dense(1, use_bias=bias)
    with tf.GradientTape() as tape:
        outputs = layer(np.ones((2, 1), np.float32))
    assert tape.gradient(outputs, layer.kernel, output_gradients=tf.ones((2, 3))).numpy().tolist() == gradient


def test_a_variable_of_a_built_layer_cannot_be_replaced():
    first, second = keras.layers.Dense(2), keras.layers.Dense(2)
    first.build((None, 2))
    second.build((None, 2))
    with pytest.raises((AttributeError, ValueError), match=r"setter|new elements of state"):
        second.kernel = first.kernel


def test_a_clone_has_initial_values_of_its_own():
    net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    clone = keras.models.clone_model(net)
    assert not np.array_equal(net.layers[0].kernel.numpy(), clone.layers[0].kernel.numpy())


def test_gradients_belong_to_whoever_asks_the_tape():
    net = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    with tf.GradientTape() as tape:
        outputs = net(np.ones((1, 1), "float32"))
    assert tape.gradient(outputs, net.trainable_variables)[0].numpy().tolist() == [[1.0]]
    assert not hasattr(net.trainable_variables[0], "grad")


def test_a_transposed_convolution_has_no_groups():
    with pytest.raises(ValueError, match="groups"):
        keras.layers.Conv2DTranspose(4, 2, groups=2)


def test_the_fan_in_of_a_transposed_convolution_counts_its_outputs():
    layer = keras.layers.Conv2DTranspose(96, 3, kernel_initializer="he_uniform")
    layer.build((None, 5, 5, 40))
    largest = np.abs(layer.kernel.numpy()).max()
    assert 0.95 * np.sqrt(6 / (96 * 9)) < largest <= np.sqrt(6 / (96 * 9)) * 1.000001


@pytest.mark.parametrize(
    ("layer", "role"),
    [
        (keras.layers.DepthwiseConv2D((3, 5), depth_multiplier=2), "kernel"),
        (keras.layers.SeparableConv2D(1, (3, 5), depth_multiplier=2), "depthwise_kernel"),
    ],
)
def test_the_fan_in_of_a_depthwise_kernel_counts_all_channels(layer, role):
    layer.build((None, 9, 9, 40))
    kernel = getattr(layer, role)
    assert tuple(kernel.shape) == (3, 5, 40, 2)
    assert 0.95 * np.sqrt(6 / (15 * 42)) < np.abs(kernel.numpy()).max() <= np.sqrt(6 / (15 * 42)) * 1.000001


def test_output_padding_left_out_is_what_a_window_lacks_of_its_stride():
    batch = np.ones((1, 3, 1), "float32")
    assert keras.layers.Conv1DTranspose(1, 1, strides=3)(batch).shape == (1, 9, 1)
    assert keras.layers.Conv1DTranspose(1, 1, strides=3, output_padding=(0,))(batch).shape == (1, 7, 1)


PADDED_SAME = [
    (8, 3, 2, (0, 1)),
    (9, 3, 2, (1, 1)),
    (8, 4, 2, (1, 1)),
    (8, 5, 3, (1, 2)),
    (9, 2, 1, (0, 1)),
]


@pytest.mark.parametrize(("extent", "size", "stride", "pads"), PADDED_SAME)
def test_a_convolution_with_padding_same_pads_the_end_more(extent, size, stride, pads):
    expected = Convolution(3, (size,), (stride,), pads_begin=pads[:1], pads_end=pads[1:])
    other = Convolution(3, (size,), (stride,), pads_begin=pads[1:], pads_end=pads[:1])
    layer = keras.layers.Conv1D(3, size, strides=stride, padding="same")
    assert computes(layer, "kernel: *window in out", expected, extent)
    assert computes(layer, "kernel: *window in out", other, extent) == (pads[0] == pads[1])


CROPPED_SAME = [
    (4, 3, 2, (0, 1)),
    (4, 4, 2, (1, 1)),
    (4, 5, 2, (1, 2)),
    (4, 4, 3, (0, 1)),
]


@pytest.mark.parametrize(("extent", "size", "stride", "pads"), CROPPED_SAME)
def test_a_transposed_convolution_with_padding_same_crops_the_end_more(extent, size, stride, pads):
    expected = ConvolutionTransposed(3, (size,), (stride,), pads_begin=pads[:1], pads_end=pads[1:])
    other = ConvolutionTransposed(3, (size,), (stride,), pads_begin=pads[1:], pads_end=pads[:1])
    layer = keras.layers.Conv1DTranspose(3, size, strides=stride, padding="same")
    assert computes(layer, "kernel: *window out in", expected, extent)
    assert computes(layer, "kernel: *window out in", other, extent) == (pads[0] == pads[1])


def computes(layer, pattern, specified, extent):
    """Whether a layer gives what the specification does with its kernel and its bias."""
    given, random = image(2, extent), np.random.default_rng(1)
    batch = random.uniform(-1, 1, (4, 2, extent)).astype(np.float32)
    seen = layer(batch.transpose(0, 2, 1)).numpy().transpose(0, 2, 1)
    (weight, _) = specified.roles(given)
    kernel = layout(pattern, weight.axes, "*data").canonical(layer.kernel.numpy())
    held = {"weight": exactly(kernel), "bias": exactly(layer.bias.numpy())}
    return specified.apply(held, exactly(batch), given, training=False).output.admits(seen)


def test_a_gru_with_reset_after_has_both_biases_in_one_variable():
    layers = {after: keras.layers.GRU(2, reset_after=after) for after in (True, False)}
    for layer in layers.values():
        layer.build((None, 3, 4))
    assert {after: tuple(layer.cell.bias.shape) for after, layer in layers.items()} == {True: (2, 6), False: (6,)}


def test_the_last_output_of_both_directions_is_that_of_the_reverse_one_at_the_first_step():
    net = keras.layers.Bidirectional(keras.layers.SimpleRNN(2, return_sequences=True))
    batch = np.random.default_rng(1).normal(size=(3, 4, 5)).astype(np.float32)
    outputs = net(batch).numpy()
    last = keras.layers.Bidirectional(keras.layers.SimpleRNN(2))
    last.build(batch.shape)
    last.set_weights(net.get_weights())
    expected = np.concatenate([outputs[:, -1, :2], outputs[:, 0, 2:]], axis=1)
    assert last(batch).numpy() == pytest.approx(expected, abs=1e-6)
    assert np.abs(last(batch).numpy() - outputs[:, -1]).max() > 0.01


def test_the_rows_of_a_grus_biases_are_for_what_comes_in_and_for_the_state():
    layer, gru, given = keras.layers.GRU(2, return_sequences=True), GRU(2), sequence(3, 4)
    layer.build((None, 3, 4))
    random = np.random.default_rng(1)
    layer.set_weights([random.uniform(-1, 1, variable.shape) for variable in layer.weights])
    patterns = {
        "l0_input_weight": "kernel: in (gate:zrn out)",
        "l0_recurrent_weight": "recurrent_kernel: in (gate:zrn out)",
        "l0_bias": "bias: side=0/2 (gate:zrn out)",
        "l0_recurrent_bias": "bias: side=1/2 (gate:zrn out)",
    }
    held = {}
    for role in gru.roles(given):
        how = layout(patterns[role.name], role.axes, "*data")
        held[role.name] = exactly(how.canonical(getattr(layer.cell, how.held.name).numpy()))
    batch = random.uniform(-1, 1, (5, 3, 4)).astype(np.float32)
    assert gru.apply(held, exactly(batch), given, training=False).output.admits(layer(batch).numpy())
    swapped = {**held, "l0_bias": held["l0_recurrent_bias"], "l0_recurrent_bias": held["l0_bias"]}
    assert not gru.apply(swapped, exactly(batch), given, training=False).output.admits(layer(batch).numpy())


def test_one_of_a_grus_two_biases_is_not_frozen_and_not_initialized_alone():
    slot = Slot(0, "l0_bias")
    alone = (Freeze(slot), Unfreeze(slot), Reinitialize(Constant(1.0), OneParameter(slot)), Copy(slot, slot))
    program = Program({"net": Network(sequence(3, 2), (GRU(2),))}, (Build(), Initialize(Default()), *alone, Read(slot)))
    kinds = [record.outcome.kind for record in engine.run(TensorFlowBackend(), program).records]
    assert kinds == ["ok", "ok", *["unsupported"] * len(alone), "ok"]


@pytest.mark.parametrize(("layer", "given", "role"), TIED)
def test_a_tie_of_another_kind_than_dense_is_not_offered(layer, given, role):
    network = Network(given, (Use(layer), Use(layer, ties=(Tie(role, Slot(0, role)),))))
    trace = engine.run(TensorFlowBackend(), Program({"net": network}, (Build(), Initialize(Default()), Identify())))
    kinds = [record.outcome.kind for record in trace.records]
    assert kinds == ["unsupported"] * len(kinds)


def test_adam_squares_each_use_of_a_row_before_it_adds_them_up():
    table = keras.layers.Embedding(2, 1)
    table.build()
    table.embeddings.assign(np.zeros((2, 1)))
    with tf.GradientTape() as tape:
        outputs = table(np.array([0, 0]))
    gradient = tape.gradient(outputs, table.embeddings, output_gradients=tf.constant([[1.0], [2.0]]))
    keras.optimizers.Adam(1.0, beta_1=0.0, beta_2=0.0, epsilon=0.0).apply_gradients([(gradient, table.embeddings)])
    assert table.embeddings.numpy()[0, 0] == pytest.approx(-3 / np.sqrt(1 + 4))


def test_a_load_that_skips_gives_up_on_a_layer_and_warns(tmp_path):
    saved, net = (keras.Sequential([keras.Input((width,)), keras.layers.Dense(1)]) for width in (3, 2))
    saved.layers[0].bias.assign(np.ones(1, np.float32))
    saved.save_weights(tmp_path / "saved.weights.h5")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        net.load_weights(tmp_path / "saved.weights.h5", skip_mismatch=True)
    assert any("1 objects could not be loaded" in str(one.message) for one in told)
    assert net.layers[0].bias.numpy().tolist() == [0]


def test_layers_are_looked_up_by_name_in_no_file_that_save_weights_writes(tmp_path):
    net = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match=r"must end in `\.weights\.h5`"):
        net.save_weights(tmp_path / "saved.h5")
    net.save_weights(tmp_path / "saved.weights.h5")
    with pytest.raises(ValueError, match="`by_name` only supports loading legacy"):
        net.load_weights(tmp_path / "saved.weights.h5", by_name=True)


def test_the_bias_of_a_head_is_taken_for_one_of_the_times_where_these_are_as_many():
    bias = np.array([[1.0], [2.0]], np.float32)  # of two heads, one number wide
    by_head = keras.ops.add(np.zeros((1, 3, 2, 1), np.float32), bias).numpy()
    by_time = keras.ops.add(np.zeros((1, 2, 2, 1), np.float32), bias).numpy()
    assert by_head[0, :, :, 0].tolist() == [[1, 2]] * 3
    assert by_time[0, :, :, 0].tolist() == [[1, 1], [2, 2]]


def test_a_time_without_keys_has_weights_of_zero_where_they_are_returned_and_equal_ones_where_not():
    inputs = np.eye(2, dtype="float32")[None]
    mask = np.array([[[False, False], [True, False]]])
    attention = keras.layers.MultiHeadAttention(1, 2)
    seen, weights = attention(inputs, inputs, attention_mask=mask, return_attention_scores=True)
    assert weights[0, 0].numpy().tolist() == [[0, 0], [1, 0]]
    assert np.array(seen)[0, 0].tolist() == [0, 0]
    first = np.array(attention(inputs, inputs, attention_mask=np.array([[[True, False], [True, False]]])))
    second = np.array(attention(inputs, inputs, attention_mask=np.array([[[False, True], [True, False]]])))
    hidden = np.array(attention(inputs, inputs, attention_mask=mask))
    assert hidden[0, 0] == pytest.approx((first[0, 0] + second[0, 0]) / 2, abs=1e-6)


def test_numbers_in_a_mask_of_attention_are_taken_for_true_where_they_are_not_zero():
    inputs = np.eye(2, dtype="float32")[None]
    attention = keras.layers.MultiHeadAttention(1, 2)
    numbers = np.array([[[0.0, -9.0], [1.0, 0.0]]], "float32")
    assert np.array_equal(
        attention(inputs, inputs, attention_mask=numbers), attention(inputs, inputs, attention_mask=numbers != 0)
    )


def test_a_prelu_is_two_rectifiers_of_which_neither_has_a_slope_at_zero():
    layer = keras.layers.PReLU(alpha_initializer=keras.initializers.Constant(0.25))
    inputs = tf.constant([[0.0, -1.0]])
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs)
    assert tape.gradient(outputs, inputs).numpy().tolist() == [[0.0, 0.25]]


def test_an_initializer_takes_its_seed_from_pythons_generator_when_it_is_constructed():
    def drawn(beside):
        keras.utils.set_random_seed(1)
        if beside:
            keras.layers.Dense(4)
        layer = keras.layers.Dense(2)
        layer.build((None, 3))
        return layer.kernel.numpy().tolist()

    assert drawn(beside=False) == drawn(beside=False)
    assert drawn(beside=False) != drawn(beside=True)


def test_a_dropout_has_a_generator_of_its_own():
    def drawn(is_fed):
        layer = keras.layers.Dropout(0.5)
        keras.utils.set_random_seed(1)
        if is_fed:
            layer(np.ones((4, 4), np.float32), training=True)
        return keras.ops.convert_to_numpy(keras.initializers.RandomNormal()((2, 3))).tolist()

    assert drawn(is_fed=False) == drawn(is_fed=True)


def test_layers_without_a_name_are_counted_in_the_process():
    assert keras.layers.Dense(1).name != keras.layers.Dense(1).name


def test_take_counts_a_negative_index_from_the_end():
    assert float(keras.ops.take(np.array([1.0, 2.0, 3.0]), np.array(-1), axis=0)) == 3.0


def test_the_state_of_an_optimizer_has_its_rate_and_not_its_momentum():
    state = {}
    optimizer = keras.optimizers.SGD(0.5, momentum=0.25)
    optimizer.build([keras.Variable(1.0)])
    optimizer.save_own_variables(state)
    assert [float(state[name]) for name in sorted(state)] == [0.0, 0.5, 0.0]


def test_a_velocity_holds_gradients_times_the_rates_of_their_steps():
    variable = keras.Variable(1.0)
    optimizer = keras.optimizers.SGD(0.5, momentum=0.5)
    for rate in (0.5, 0.25):
        optimizer.learning_rate = rate
        optimizer.apply([keras.ops.ones(())], [variable])
    assert float(optimizer.momentums[0]) == -(0.5 * 0.5 + 0.25)


def test_the_state_of_adam_has_neither_betas_nor_epsilon():
    state = {}
    optimizer = keras.optimizers.Adam(0.5, beta_1=0.25, beta_2=0.75, epsilon=0.125)
    optimizer.build([keras.Variable(1.0)])
    optimizer.save_own_variables(state)
    assert [float(state[name]) for name in sorted(state)] == [0.0, 0.5, 0.0, 0.0]
