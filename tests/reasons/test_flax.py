"""Flax NNX: what the reasons in adapters/flax/divergences.py, and those of its absences, say, run."""

import inspect
import math

import jax
import numpy as np
import optax
import pytest
from flax import nnx, serialization
from flax.errors import FlaxError
from jax import numpy as jnp

from adapters.flax.adapter import FlaxAdapter

INITIALIZERS = nnx.initializers


@pytest.fixture
def rngs():
    return nnx.Rngs(0)


def paths(module, kind=nnx.Param):
    return [path for path, _ in nnx.to_flat_state(nnx.variables(module, kind))]


def default(function, argument):
    return inspect.signature(function).parameters[argument].default


def test_attributes_are_walked_through_in_the_order_of_their_names(rngs):
    assert paths(nnx.Linear(3, 2, rngs=rngs)) == [("bias",), ("kernel",)]
    assert paths(nnx.BatchNorm(2, rngs=rngs), ...) == [("bias",), ("mean",), ("scale",), ("var",)]


def test_an_array_never_changes_and_a_variable_holds_another_one(rngs):
    kernel = nnx.Linear(3, 2, rngs=rngs).kernel
    before = kernel[...]
    kernel[...] += 1
    assert kernel[...] is not before
    with pytest.raises(TypeError, match="immutable"):
        before[0, 0] = 0.0


def test_kernels_have_their_window_first_then_inputs_then_outputs(rngs):
    assert nnx.Linear(3, 2, rngs=rngs).kernel.shape == (3, 2)
    assert nnx.Conv(3, 2, (4, 5), rngs=rngs).kernel.shape == (4, 5, 3, 2)
    assert nnx.Conv(3, 6, (4, 5), feature_group_count=3, rngs=rngs).kernel.shape == (4, 5, 1, 6)
    assert nnx.ConvTranspose(3, 2, (4, 5), transpose_kernel=True, rngs=rngs).kernel.shape == (4, 5, 2, 3)


def test_a_transposed_kernel_is_flipped_and_another_one_is_not(rngs):
    kernel = jnp.array([1.0, 2.0, 3.0]).reshape(3, 1, 1)
    outputs = {}
    for transposed in (True, False):
        layer = nnx.ConvTranspose(1, 1, 3, padding="VALID", transpose_kernel=transposed, rngs=rngs)
        layer.kernel[...] = kernel
        outputs[transposed] = layer(jnp.ones((1, 1, 1))).ravel().tolist()
    assert outputs == {True: [1.0, 2.0, 3.0], False: [3.0, 2.0, 1.0]}


def test_the_kernels_of_all_gates_are_one_matrix_gate_by_gate(rngs):
    packed, apart = nnx.OptimizedLSTMCell(3, 2, rngs=rngs), nnx.LSTMCell(3, 2, rngs=rngs)
    for at, gate in enumerate((apart.ii, apart.if_, apart.ig, apart.io)):
        gate.kernel[...] = packed.dense_i.kernel[:, 2 * at : 2 * at + 2]
    for at, gate in enumerate((apart.hi, apart.hf, apart.hg, apart.ho)):
        gate.kernel[...] = packed.dense_h.kernel[:, 2 * at : 2 * at + 2]
    states, inputs = (jnp.ones((1, 2)), jnp.ones((1, 2))), jnp.ones((1, 3))
    np.testing.assert_allclose(packed(states, inputs)[1], apart(states, inputs)[1], rtol=1e-6)


@pytest.mark.parametrize(
    ("cell", "biased", "unbiased"),
    [
        (nnx.OptimizedLSTMCell, "dense_h", "dense_i"),
        (nnx.GRUCell, "dense_i", "dense_h"),
        (nnx.SimpleCell, "dense_i", "dense_h"),
    ],
)
def test_a_cell_has_one_bias(rngs, cell, biased, unbiased):
    made = cell(3, 2, rngs=rngs)
    assert getattr(made, biased).bias is not None
    assert getattr(made, unbiased).bias is None


def test_attention_has_three_kernels_with_an_axis_for_the_heads_and_values_as_wide_as_keys(rngs):
    layer = nnx.MultiHeadAttention(2, 4, 6, decode=False, rngs=rngs)
    assert [getattr(layer, part).kernel.shape for part in ("query", "key", "value", "out")] == [
        (4, 2, 3), (4, 2, 3), (4, 2, 3), (2, 3, 4)
    ]  # fmt: skip


def test_kernels_are_drawn_by_a_truncated_normal_that_is_scaled(rngs):
    kernel = nnx.Linear(400, 300, rngs=rngs).kernel[...]
    std = 1 / math.sqrt(400)
    assert float(kernel.std()) == pytest.approx(std, rel=0.02)
    assert 2.2 * std < float(abs(kernel).max()) < 2.28 * std


def test_the_fan_in_of_a_transposed_kernel_is_its_outputs(rngs):
    kernel = nnx.ConvTranspose(400, 100, (3,), transpose_kernel=True, rngs=rngs).kernel[...]
    assert float(kernel.std()) == pytest.approx(1 / math.sqrt(300), rel=0.02)


def test_axes_before_the_last_two_are_a_window_but_for_what_constructs_them(rngs):
    shape = (64, 8, 16)
    drawn = INITIALIZERS.glorot_uniform()(jax.random.key(0), shape, jnp.float32)
    assert float(abs(drawn).max()) == pytest.approx(math.sqrt(6 / (64 * (8 + 16))), rel=0.01)
    layer = nnx.LinearGeneral(64, (8, 16), kernel_init=INITIALIZERS.glorot_uniform(), rngs=rngs)
    assert float(abs(layer.kernel[...]).max()) == pytest.approx(math.sqrt(6 / (64 + 8 * 16)), rel=0.01)


def test_an_embedding_draws_by_the_width_of_its_rows(rngs):
    assert float(nnx.Embed(2000, 50, rngs=rngs).embedding[...].std()) == pytest.approx(1 / math.sqrt(50), rel=0.02)


@pytest.mark.parametrize("of", [INITIALIZERS.glorot_normal, INITIALIZERS.he_normal])
def test_normals_by_fans_are_truncated(of):
    drawn = of()(jax.random.key(0), (400, 400), jnp.float32)
    assert 2.2 < float(abs(drawn).max() / drawn.std()) < 2.3


def test_defaults_of_initializers_and_of_layers(rngs):
    assert default(INITIALIZERS.normal, "stddev") == 0.01
    assert default(INITIALIZERS.truncated_normal, "stddev") == 0.01
    assert default(INITIALIZERS.uniform, "scale") == 0.01
    assert float(nnx.PReLU().negative_slope[...]) == pytest.approx(0.01)
    batch_norm = nnx.BatchNorm(32, rngs=rngs)
    assert (batch_norm.momentum, batch_norm.epsilon) == (0.99, 1e-5)
    for norm in (nnx.LayerNorm, nnx.GroupNorm, nnx.InstanceNorm, nnx.RMSNorm):
        assert norm(32, rngs=rngs).epsilon == 1e-6


def test_an_initializer_is_handed_a_key_that_is_counted_whether_or_not_it_is_used(rngs):
    before = int(rngs.default.count[...])
    nnx.Linear(3, 2, use_bias=False, kernel_init=INITIALIZERS.zeros, rngs=rngs)
    assert int(rngs.default.count[...]) == before + 1


def test_dropout_forks_the_stream_of_keys(rngs):
    layer = nnx.Dropout(0.5, rngs=rngs)
    before = int(rngs.default.count[...])
    layer(jnp.ones(3))
    assert int(rngs.default.count[...]) == before
    assert int(layer.rngs.count[...]) == 1


def test_biases_of_heads_are_taken_for_matrices_and_that_of_the_output_is_a_vector(rngs):
    layer = nnx.MultiHeadAttention(2, 4, 6, decode=False, rngs=rngs)
    assert INITIALIZERS.glorot_uniform()(rngs(), layer.query.bias.shape, jnp.float32).shape == (2, 3)
    with pytest.raises(ValueError, match="Can't compute input and output sizes"):
        INITIALIZERS.glorot_uniform()(rngs(), layer.out.bias.shape, jnp.float32)


def test_an_initializer_cannot_tell_the_rows_of_a_table_from_inputs():
    drawn = INITIALIZERS.glorot_uniform()(jax.random.key(0), (400, 50), jnp.float32)
    assert float(abs(drawn).max()) == pytest.approx(math.sqrt(6 / 450), rel=0.01)


def test_an_assignment_to_all_of_a_variable_broadcasts(rngs):
    kernel = nnx.Linear(3, 2, rngs=rngs).kernel
    kernel[...] = jnp.ones((1, 2))
    assert kernel[...].tolist() == [[1.0] * 2] * 3


def test_what_vjp_returns_may_be_called_twice():
    _, pull_back = jax.vjp(jnp.square, 3.0)
    assert pull_back(1.0) == pull_back(1.0) == (6.0,)


def test_an_optimizer_refuses_other_variables_than_those_that_it_was_made_for(rngs):
    net = nnx.Linear(3, 2, rngs=rngs)
    optimizer = nnx.Optimizer(net, optax.sgd(0.1, momentum=0.9), wrt=nnx.All(nnx.Param, nnx.Not(nnx.WithTag("frozen"))))
    gradients = nnx.grad(lambda net: net(jnp.ones((1, 3))).sum())(net)
    net.bias.set_metadata(tag="frozen")
    with pytest.raises(ValueError, match="pytree"):
        optimizer.update(net, gradients)


def test_a_rectifier_has_the_slope_above_at_zero():
    assert jax.grad(nnx.leaky_relu)(0.0) == 1.0
    assert jax.grad(nnx.PReLU())(0.0) == 1.0


def test_rows_are_taken_as_jax_takes_them(rngs):
    table = nnx.Embed(3, 1, rngs=rngs)
    assert np.isnan(table(jnp.array([3]))).all()
    assert table(jnp.array([-1])).tolist() == table(jnp.array([2])).tolist()


def test_a_mask_is_converted_to_bool_and_a_bias_is_added():
    ones = jnp.arange(4.0).reshape(1, 2, 1, 2)
    mask = jnp.array([[[[0.0, 3.0], [2.0, 0.0]]]])
    masked = nnx.dot_product_attention(ones, ones, ones, mask=mask)
    np.testing.assert_allclose(masked, nnx.dot_product_attention(ones, ones, ones, mask=mask != 0))
    assert not np.allclose(masked, nnx.dot_product_attention(ones, ones, ones, bias=mask))
    assert "bias" not in inspect.signature(nnx.MultiHeadAttention.__call__).parameters


def test_a_time_without_keys_gets_the_mean():
    values = jnp.arange(4.0).reshape(1, 2, 1, 2)
    outputs = nnx.dot_product_attention(values, values, values, mask=jnp.zeros((1, 1, 2, 2), bool))
    np.testing.assert_allclose(outputs, jnp.broadcast_to(values.mean(1, keepdims=True), outputs.shape))


def test_a_file_must_have_all_that_its_target_has_and_may_have_more():
    file = serialization.to_bytes({"a": np.zeros(2), "b": np.ones(2)})
    assert serialization.from_bytes({"a": np.ones(3)}, file)["a"].tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match="are not present in state dict"):
        serialization.from_bytes({"c": np.ones(2)}, file)


def test_a_state_takes_a_part_of_a_dictionary_and_refuses_what_it_lacks(rngs):
    state = nnx.state(nnx.Linear(3, 2, rngs=rngs))
    nnx.replace_by_pure_dict(state, {"bias": jnp.ones(5)})
    assert state["bias"].shape == (5,)
    with pytest.raises(ValueError, match="not available in state"):
        nnx.replace_by_pure_dict(state, {"scale": jnp.ones(2)})


def test_an_update_takes_a_part_of_a_state_and_does_not_look_at_shapes(rngs):
    net, other = nnx.Linear(3, 2, rngs=rngs), nnx.Linear(4, 2, use_bias=False, rngs=rngs)
    bias = net.bias[...]
    nnx.update(net, nnx.state(other))
    assert net.kernel.shape == (4, 2)
    assert net.bias[...] is bias


def test_a_module_takes_no_plain_list_of_modules(rngs):
    module = nnx.Module()
    with pytest.raises(ValueError, match=r"nnx\.List"):
        module.layers = [nnx.Linear(3, 2, rngs=rngs)]
    module.layers = nnx.List([nnx.Linear(3, 2, rngs=rngs)])
    assert paths(module) == [("layers", 0, "bias"), ("layers", 0, "kernel")]


def test_initializers_have_no_identity_and_no_interpolation():
    names = [name for name in dir(INITIALIZERS) if "eye" in name or "identity" in name or "dirac" in name]
    assert names == [name for name in dir(INITIALIZERS) if "bilinear" in name] == []


def test_a_module_keeps_no_initializer(rngs):
    assert [name for name in vars(nnx.Linear(3, 2, rngs=rngs)) if "init" in name] == []


def test_a_frozen_parameter_is_told_by_a_tag(rngs):
    adapter, net = FlaxAdapter(), nnx.Sequential(nnx.Linear(3, 2, rngs=rngs))
    adapter.freeze(net.layers[0].kernel)
    assert [name for name, _ in adapter.trainable(net)] == ["layers.0.bias"]
    adapter.unfreeze(net.layers[0].kernel)
    assert len(adapter.trainable(net)) == 2


def test_a_statistic_of_another_trace_cannot_be_changed(rngs):
    norm = nnx.BatchNorm(2, rngs=rngs)
    with pytest.raises(FlaxError, match="different trace level"):
        jax.vjp(norm, jnp.ones((3, 2)))
