"""MXNet Gluon: what the reasons in adapters/mxnet/divergences.py say, run."""

import os
import subprocess
import sys

import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd, init, nd
from mxnet.gluon import nn, rnn


def made(layer, *shape):
    layer.initialize()
    layer(nd.ones(shape))
    return layer


def test_construction_declares_and_initialize_gives_values():
    layer = nn.Dense(1, in_units=1)
    with pytest.raises(RuntimeError, match="has not been initialized"):
        layer.weight.data()
    layer.initialize()
    assert layer.weight.data().shape == (1, 1)


def test_initialize_allocates_a_gradient_of_zeros():
    assert not made(nn.Dense(1, in_units=1), 1, 1).weight.grad().asnumpy().any()


def test_the_default_initializer_is_uniform_with_a_scale_of_7_hundredths():
    weight = made(nn.Dense(100, in_units=100), 1, 100).weight.data().asnumpy()
    assert 0.0699 < np.abs(weight).max() <= 0.07
    assert init.Uniform().scale == 0.07


def test_a_batch_norm_takes_float16_for_float32_and_a_dense_layer_does_not():
    net = nn.Sequential()
    net.add(nn.Dense(2, in_units=1), nn.BatchNorm(in_channels=2))
    made(net, 1, 1).cast("float16")
    dense, norm = ({parameter.data().dtype for parameter in layer.collect_params().values()} for layer in net)
    assert (dense, norm) == ({np.float16}, {np.float32})


def test_a_layers_own_bias_initializer_goes_before_the_networks():
    layer = nn.Dense(2, in_units=2)
    layer.initialize(init.Constant(3))
    assert layer.weight.data().asnumpy().tolist() == [[3, 3], [3, 3]]
    assert layer.bias.data().asnumpy().tolist() == [0, 0]


def test_a_pooled_batch_norm_of_three_dimensions_has_no_backward_pass():
    net = nn.Sequential()
    net.add(nn.BatchNorm(in_channels=2), nn.MaxPool3D((2, 3, 2)))
    net.initialize()
    with autograd.record():
        outputs = net(nd.ones((4, 2, 3, 3, 3)))
    outputs.backward()
    with pytest.raises(mx.MXNetError, match="Check failed: !is_view"):
        mx.nd.waitall()


def test_running_statistics_move_in_the_backward_pass():
    norm = made(nn.BatchNorm(in_channels=1), 4, 1)
    with autograd.record():
        outputs = norm(nd.array([[0.0], [1.0], [2.0], [5.0]]))
    mx.nd.waitall()
    assert norm.running_mean.data().asscalar() == 0.0
    outputs.backward()
    assert norm.running_mean.data().asscalar() == pytest.approx(0.2)


def test_a_load_that_is_refused_has_loaded_what_fits(tmp_path):
    saved, net = nn.Sequential(), nn.Sequential()
    saved.add(nn.Dense(1, in_units=1), nn.Dense(2, in_units=1))
    net.add(nn.Dense(1, in_units=1), nn.Dense(3, in_units=1))
    for one in (saved, net):
        one.initialize(init.Uniform(1.0))
    saved.save_parameters(str(tmp_path / "saved"))
    with pytest.raises(AssertionError, match="shape"):
        net.load_parameters(str(tmp_path / "saved"))
    assert net[0].weight.data().asscalar() == saved[0].weight.data().asscalar()


def test_groups_of_a_transposed_convolution_ask_for_its_channels_at_construction():
    with pytest.raises(mx.MXNetError, match="input num_filter must divide group size"):
        nn.Conv2DTranspose(4, 2, groups=2)
    assert made(nn.Conv2DTranspose(4, 2, groups=2, in_channels=2), 1, 2, 3, 3).weight.shape == (2, 2, 2, 2)


def test_a_transposed_convolution_of_three_dimensions_takes_no_dilation():
    with pytest.raises(mx.MXNetError, match=r"param_\.dilate\.Size"):
        nn.Conv3DTranspose(1, 2, dilation=(2, 2, 2), in_channels=1)


#: A transposed convolution behind itself, or behind a convolution on one weight, and back.
TRANSPOSED = """
from mxnet import autograd, nd
from mxnet.gluon import nn
layer = nn.Conv2DTranspose(2, 3, padding=1, in_channels=2, use_bias=False)
{first}
layer.initialize()
with autograd.record():
    output = layer(first(nd.ones((1, 2, 5, 5))))
output.backward()
nd.waitall()
"""
FIRST = ("first = layer", "first = nn.Conv2D(2, 3, padding=1, in_channels=2, use_bias=False, params=layer.params)")


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize(("enabled", "ends_well"), [("1", False), ("0", True)])
def test_one_dnn_does_not_add_up_the_gradients_of_a_transposed_convolution(enabled, ends_well, first):
    environment = {**os.environ, "MXNET_MKLDNN_ENABLED": enabled}
    command = [sys.executable, "-c", TRANSPOSED.format(first=first)]
    ended = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert (ended.returncode == 0) == ends_well


#: A dense layer whose weight is frozen, and back; the gradient of its bias.
FROZEN_WEIGHT = """
from mxnet import autograd, nd
from mxnet.gluon import nn
layer = nn.Dense(2, in_units=3)
layer.initialize()
layer.weight.grad_req = "null"
with autograd.record():
    output = layer(nd.ones((5, 3)))
output.backward()
print(layer.bias.grad().asnumpy().tolist())
"""


@pytest.mark.parametrize(("enabled", "gradient"), [("1", b"[0.0, 0.0]"), ("0", b"[5.0, 5.0]")])
def test_one_dnn_gives_the_bias_of_a_frozen_weight_no_gradient(enabled, gradient):
    environment = {**os.environ, "MXNET_MKLDNN_ENABLED": enabled}
    ended = subprocess.run([sys.executable, "-c", FROZEN_WEIGHT], env=environment, capture_output=True, check=True)
    assert ended.stdout.splitlines()[-1] == gradient


def test_a_cell_whose_weights_are_frozen_adds_up_what_was_in_memory():
    gradients = []
    for grad_req in ("write", "null"):
        cell = rnn.LSTMCell(3, input_size=2)
        cell.initialize(init.One())
        cell.i2h_weight.grad_req = cell.h2h_weight.grad_req = grad_req
        with autograd.record():
            outputs, _ = cell.unroll(3, nd.ones((1, 3, 2)), layout="NTC", merge_outputs=True)
        outputs.backward()
        gradients.append(cell.i2h_bias.grad().asnumpy())
    assert not np.allclose(*gradients)


def test_the_fan_in_of_a_transposed_convolution_counts_its_outputs():
    layer = nn.Conv2DTranspose(96, 3, in_channels=40, use_bias=False)
    layer.initialize(init.Xavier(factor_type="in", magnitude=3))
    largest = np.abs(layer.weight.data().asnumpy()).max()
    assert 0.95 * np.sqrt(3 / (96 * 9)) < largest <= np.sqrt(3 / (96 * 9)) * 1.000001


def test_a_recurrent_layer_without_gates_rectifies_unless_told_otherwise():
    layer = rnn.RNN(20, layout="NTC")
    layer.initialize(init.Uniform(1.0))
    outputs = layer(nd.random.uniform(-1, 1, (1, 3, 4))).asnumpy()
    assert (outputs >= 0).all()
    assert (outputs == 0).any()
    assert (outputs > 0).any()


def test_what_ignores_names_does_not_ignore_shapes(tmp_path):
    saved, net = nn.Sequential(), nn.Sequential()
    saved.add(nn.Dense(1, in_units=3))
    net.add(nn.Dense(1, in_units=2))
    saved.initialize()
    net.initialize()
    saved.save_parameters(str(tmp_path / "saved"))
    with pytest.raises(AssertionError, match="shape incompatible"):
        net.load_parameters(str(tmp_path / "saved"), allow_missing=True, ignore_extra=True)


def test_an_interpolation_takes_half_of_the_width_for_the_height_as_well():
    layer = nn.Conv2DTranspose(1, (2, 4), in_channels=1, weight_initializer=mx.init.Bilinear())
    layer.initialize()
    along = np.array([0.25, 0.75, 0.75, 0.25])
    assert layer.weight.data().asnumpy()[0, 0].tolist() == np.outer(along[:2], along).tolist()


def test_a_window_that_sees_nothing_gives_the_least_number_or_zero():
    batch = mx.nd.array([[[1.0, 2.0, 3.0]]])
    largest = nn.MaxPool1D(1, 3, ceil_mode=True)(batch).asnumpy()
    assert largest.ravel().tolist() == [1.0, np.finfo(np.float32).min]
    assert nn.AvgPool1D(1, 3, ceil_mode=True)(batch).asnumpy().ravel().tolist() == [1.0, 0.0]


def test_a_window_that_sticks_out_divides_its_gradient_by_more_than_its_output():
    batch = mx.nd.ones((1, 1, 4))
    batch.attach_grad()
    with mx.autograd.record():
        outputs = nn.AvgPool1D(2, 3, ceil_mode=True)(batch)
    outputs.backward()
    assert outputs.asnumpy().ravel().tolist() == [1.0, 1.0]
    assert batch.grad.asnumpy().ravel().tolist() == [0.5, 0.5, 0.0, 0.5]


def test_names_count_the_blocks_of_a_kind_in_the_process():
    first, second = nn.Dense(1), nn.Dense(1)
    assert first.prefix != second.prefix
    assert first.prefix.startswith("dense")


def test_construction_draws_nothing():
    def drawn(*beside):
        mx.random.seed(1)
        for make in (*beside, lambda: None):
            make()
        net = nn.Dense(2, in_units=3)
        net.initialize()
        return net.weight.data().asnumpy().tolist()

    assert drawn() == drawn(lambda: nn.Dense(4, in_units=5))


def test_the_statistics_of_a_norm_below_which_nothing_is_trained_stay():
    def mean(grad_req):
        norm = nn.BatchNorm(in_channels=1)
        norm.initialize()
        norm.gamma.grad_req = norm.beta.grad_req = grad_req
        head = nn.Dense(1, in_units=1)
        head.initialize()
        with autograd.record():
            outputs = head(norm(nd.array([[1.0], [3.0]])))
        outputs.backward()
        return norm.running_mean.data().asnumpy().tolist()

    assert mean("write") != [0.0]
    assert mean("null") == [0.0]


def test_what_a_norm_is_not_to_have_is_there_and_not_trained():
    layer = nn.LayerNorm(center=False, scale=False, in_channels=2)
    assert [parameter.grad_req for parameter in layer.collect_params().values()] == ["null", "null"]
    assert [nn.InstanceNorm().gamma.grad_req, nn.InstanceNorm().beta.grad_req] == ["null", "write"]


def test_a_velocity_holds_gradients_times_the_rates_of_their_steps():
    weight, velocity, gradient = nd.ones(1), nd.zeros(1), nd.ones(1)
    for rate in (0.5, 0.25):
        nd.sgd_mom_update(weight, gradient, velocity, lr=rate, momentum=0.5, out=weight)
    assert velocity.asscalar() == -(0.5 * 0.5 + 0.25)
