"""PyTorch: what the reasons in adapters/torch/divergences.py say, run."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from adapters.running import engine
from adapters.torch.adapter import TorchAdapter
from specs.initializers import Default
from specs.layers import LSTM, Convolution
from specs.layers.layer import image, sequence
from specs.programs.networks import Network, Slot, Tie, Use
from specs.programs.operations import Build, Identify, Initialize
from specs.programs.program import Program

TIED = [
    (LSTM(2, biases=0), sequence(3, 2), "l0_recurrent_weight"),
    (Convolution(2, (2,), pads_end=(1,)), image(2, 4), "weight"),
]


def test_a_lazy_layer_keeps_weight_and_bias_uninitialized_together():
    layer = nn.LazyLinear(2)
    assert isinstance(layer.weight, nn.UninitializedParameter)
    assert isinstance(layer.bias, nn.UninitializedParameter)


def test_an_uninitialized_parameter_has_no_shape():
    with pytest.raises(RuntimeError, match="Can't access the shape of an uninitialized parameter"):
        _ = nn.LazyLinear(2).weight.shape


def test_a_conversion_gives_a_parameter_new_data_and_puts_a_new_tensor_in_place_of_a_buffer():
    norm = nn.BatchNorm1d(2)
    weight, mean = norm.weight, norm.running_mean
    norm.half()
    assert norm.weight is weight
    assert weight.dtype == norm.running_mean.dtype == torch.float16
    assert norm.running_mean is not mean
    assert mean.dtype == torch.float32


def test_init_has_nothing_to_fill_until_a_lazy_parameter_has_a_shape():
    layer = nn.LazyLinear(2)
    with pytest.raises(ValueError, match="uninitialized parameter"):
        nn.init.ones_(layer.weight)
    layer.weight.materialize((2, 3))
    nn.init.ones_(layer.weight)
    assert layer.weight.detach().numpy().tolist() == [[1.0] * 3] * 2


def test_loading_a_state_gives_a_lazy_layer_its_shapes():
    lazy, known = nn.LazyLinear(2), nn.Linear(3, 2)
    lazy.load_state_dict(known.state_dict())
    assert torch.equal(lazy.weight, known.weight)


def test_the_fan_in_of_a_transposed_convolution_counts_its_outputs():
    layer = nn.ConvTranspose2d(40, 96, (3, 5))
    assert tuple(layer.weight.shape) == (40, 96, 3, 5)
    assert nn.init._calculate_fan_in_and_fan_out(layer.weight) == (96 * 15, 40 * 15)
    for parameter in layer.parameters():
        assert 0.95 / math.sqrt(96 * 15) < parameter.abs().max() <= 1 / math.sqrt(96 * 15)


def test_a_convolution_of_as_many_groups_as_channels_has_its_window_for_its_fan_in():
    layer = nn.Conv2d(40, 120, (3, 5), groups=40)
    assert nn.init._calculate_fan_in_and_fan_out(layer.weight) == (15, 120 * 15)
    for parameter in layer.parameters():
        assert 0.9 / math.sqrt(15) < parameter.abs().max() <= 1 / math.sqrt(15)


@pytest.mark.parametrize("fan_in", [1, 7, 100])
def test_the_bound_of_kaiming_uniform_with_this_slope_is_one_over_the_root_of_fan_in(fan_in):
    bound = nn.init.calculate_gain("leaky_relu", math.sqrt(5)) * math.sqrt(3 / fan_in)
    assert bound == pytest.approx(1 / math.sqrt(fan_in))


def test_numpy_shares_memory_and_clone_does_not():
    weight = nn.Linear(1, 1).weight
    view, copy = weight.detach().numpy(), weight.detach().clone().numpy()
    before = copy.copy()
    with torch.no_grad():
        weight.add_(1.0)
    assert view[0, 0] == before[0, 0] + 1.0
    assert np.array_equal(copy, before)


def test_backward_accumulates_until_gradients_are_zeroed():
    layer, batch = nn.Linear(1, 1, bias=False), torch.ones(1, 1)
    layer(batch).backward()
    layer(batch).backward()
    assert layer.weight.grad.item() == 2.0
    layer.zero_grad()
    layer(batch).backward()
    assert layer.weight.grad.item() == 1.0


def test_copy_broadcasts():
    assert torch.zeros(2, 3).copy_(torch.ones(1, 3)).tolist() == [[1.0] * 3] * 2


def test_an_optimizer_steps_what_has_a_gradient_whether_or_not_it_requires_one():
    layer = nn.Linear(1, 1, bias=False)
    layer(torch.ones(1, 1)).backward()
    before = layer.weight.item()
    layer.weight.requires_grad_(False)
    torch.optim.SGD([layer.weight], lr=0.5).step()
    assert layer.weight.item() == pytest.approx(before - 0.5)
    layer.weight.grad = None
    before = layer.weight.item()
    torch.optim.SGD([layer.weight], lr=0.5).step()
    assert layer.weight.item() == before


def test_a_running_variance_is_unbiased_and_a_batch_is_normalized_by_the_biased_one():
    norm, batch = nn.BatchNorm1d(1, momentum=1.0, eps=1e-12), torch.tensor([[0.0], [1.0], [5.0]])
    outputs = norm(batch)
    assert norm.running_var.item() == pytest.approx(np.var([0, 1, 5], ddof=1))
    assert outputs.std(unbiased=False).item() == pytest.approx(1.0)


def test_load_state_dict_copies_what_fits_and_then_raises():
    saved, net = (nn.Sequential(nn.Linear(1, 1), nn.Linear(1, units)) for units in (2, 3))
    with pytest.raises(RuntimeError, match="size mismatch"):
        net.load_state_dict(saved.state_dict())
    assert torch.equal(net[0].weight, saved[0].weight)


@pytest.mark.parametrize("kind", [nn.GRU, nn.RNN])
def test_recurrent_layers_draw_everything_from_one_bound(kind):
    drawn = torch.cat([parameter.flatten() for parameter in kind(1, 400).parameters()]).abs()
    assert 0.999 / math.sqrt(400) < drawn.max().item() <= 1 / math.sqrt(400)


def test_the_last_state_of_the_reverse_direction_stands_at_the_first_step():
    layer = nn.RNN(2, 3, batch_first=True, bidirectional=True)
    outputs, states = layer(torch.randn(4, 5, 2))
    assert torch.equal(states[0], outputs[:, -1, :3])
    assert torch.equal(states[1], outputs[:, 0, 3:])
    assert not torch.allclose(states[1], outputs[:, -1, 3:])


@pytest.mark.parametrize(("layer", "given", "role"), TIED)
def test_a_tie_of_another_kind_than_dense_is_one_parameter(layer, given, role):
    network = Network(given, (Use(layer), Use(layer, ties=(Tie(role, Slot(0, role)),))))
    trace = engine.run(TorchAdapter(), Program({"net": network}, (Build(), Initialize(Default()), Identify())))
    labels = trace.records[-1].value
    assert labels[f"0.{role}"] == labels[f"1.{role}"]
    assert len(set(labels.values())) == len(labels) - 1


def test_a_load_that_is_not_strict_returns_the_names_that_it_ignored():
    net, saved = nn.Sequential(nn.Linear(1, 1)), nn.Sequential(nn.Identity(), nn.Linear(1, 1)).state_dict()
    ignored = net.load_state_dict(saved, strict=False)
    assert ignored.missing_keys == ["0.weight", "0.bias"]
    assert ignored.unexpected_keys == ["1.weight", "1.bias"]


def test_a_load_that_is_not_strict_raises_for_another_shape_once_it_has_copied_what_fits():
    net, saved = nn.Linear(2, 1), nn.Linear(3, 1)
    with pytest.raises(RuntimeError, match="size mismatch"):
        net.load_state_dict(saved.state_dict(), strict=False)
    assert torch.equal(net.bias, saved.bias)


MASK = torch.tensor([[False, False], [True, False]])


def test_true_in_a_mask_is_left_out_by_the_layer_and_attended_to_by_the_function():
    inputs = torch.eye(2)[None]
    attention = nn.MultiheadAttention(2, 1, batch_first=True)
    _, weights = attention(inputs, inputs, inputs, attn_mask=MASK)
    assert weights[0, 1].tolist() == [0, 1]
    mixed = nn.functional.scaled_dot_product_attention(inputs, inputs, inputs, attn_mask=MASK)
    assert mixed[0, 1].tolist() == [1, 0]


@pytest.mark.parametrize(("need_weights", "is_nan"), [(True, True), (False, False)])
def test_a_time_without_keys_gets_nan_where_weights_are_asked_for(need_weights, is_nan):
    inputs = torch.eye(2)[None]
    attention = nn.MultiheadAttention(2, 1, batch_first=True)
    outputs, _ = attention(inputs, inputs, inputs, attn_mask=~MASK, need_weights=need_weights)
    assert bool(outputs[0, 0].isnan().all()) == is_nan
    assert not outputs[0, 1].isnan().any()


def test_an_instance_norm_is_affine_where_it_is_lazy():
    assert nn.InstanceNorm2d(2).weight is None
    assert nn.LazyInstanceNorm2d().affine
