"""Constructors of PyTorch modules, one method per kind or variant, with the layouts of their parameters."""

from __future__ import annotations

import torch
from torch import nn

from adapters.interface import CELL, Adapter, Unsupported, builds, given, ties
from specs.layers import (
    GRU,
    LSTM,
    RNN,
    Activation,
    AveragePooling,
    BatchNorm,
    Convolution,
    ConvolutionTransposed,
    Dense,
    DepthwiseConvolution,
    Dropout,
    Embedding,
    Flatten,
    GlobalPooling,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    LeakyReLU,
    MaxPooling,
    PackedSelfAttention,
    PaddedEmbedding,
    PReLU,
    RMSNorm,
    SelfAttention,
    SeparableConvolution,
    Softmax,
)

ACTIVATIONS = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "softplus": nn.Softplus,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
}
CONVOLUTIONS = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
LAZY_CONVOLUTIONS = {1: nn.LazyConv1d, 2: nn.LazyConv2d, 3: nn.LazyConv3d}
TRANSPOSED = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
LAZY_TRANSPOSED = {1: nn.LazyConvTranspose1d, 2: nn.LazyConvTranspose2d, 3: nn.LazyConvTranspose3d}
PADDINGS = {1: nn.ConstantPad1d, 2: nn.ConstantPad2d, 3: nn.ConstantPad3d}
MAX_POOLINGS = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}
AVERAGE_POOLINGS = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}
GLOBAL_POOLINGS = {
    "average": {1: nn.AdaptiveAvgPool1d, 2: nn.AdaptiveAvgPool2d, 3: nn.AdaptiveAvgPool3d},
    "max": {1: nn.AdaptiveMaxPool1d, 2: nn.AdaptiveMaxPool2d, 3: nn.AdaptiveMaxPool3d},
}
#: Norms where one argument turns both scale and bias on or off.
AFFINE = {"is_affine": True, "bias": {None, False, True}}
NORMS = {0: nn.BatchNorm1d, 1: nn.BatchNorm1d, 2: nn.BatchNorm2d, 3: nn.BatchNorm3d}
LAZY_NORMS = {0: nn.LazyBatchNorm1d, 1: nn.LazyBatchNorm1d, 2: nn.LazyBatchNorm2d, 3: nn.LazyBatchNorm3d}
INSTANCE_NORMS = {1: nn.InstanceNorm1d, 2: nn.InstanceNorm2d, 3: nn.InstanceNorm3d}
LAZY_INSTANCE_NORMS = {1: nn.LazyInstanceNorm1d, 2: nn.LazyInstanceNorm2d, 3: nn.LazyInstanceNorm3d}
#: Layouts of the roles of recurrent layers, with and without gates.
GATED = {
    "input_weight": "[0].weight_ih_l{n}: (gate out) in",
    "recurrent_weight": "[0].weight_hh_l{n}: (gate out) in",
    "bias": "[0].bias_ih_l{n}: (gate out)",
    "recurrent_bias": "[0].bias_hh_l{n}: (gate out)",
    "reverse_input_weight": "[0].weight_ih_l{n}_reverse: (gate out) in",
    "reverse_recurrent_weight": "[0].weight_hh_l{n}_reverse: (gate out) in",
    "reverse_bias": "[0].bias_ih_l{n}_reverse: (gate out)",
    "reverse_recurrent_bias": "[0].bias_hh_l{n}_reverse: (gate out)",
}
PLAIN = {
    "input_weight": "[0].weight_ih_l{n}: out in",
    "recurrent_weight": "[0].weight_hh_l{n}: out in",
    "bias": "[0].bias_ih_l{n}: out",
    "recurrent_bias": "[0].bias_hh_l{n}: out",
    "reverse_input_weight": "[0].weight_ih_l{n}_reverse: out in",
    "reverse_recurrent_weight": "[0].weight_hh_l{n}_reverse: out in",
    "reverse_bias": "[0].bias_ih_l{n}_reverse: out",
    "reverse_recurrent_bias": "[0].bias_hh_l{n}_reverse: out",
}
#: The same for the cells that they consist of.
GATED_CELL = {
    "input_weight": "cell.weight_ih: (gate out) in",
    "recurrent_weight": "cell.weight_hh: (gate out) in",
    "bias": "cell.bias_ih: (gate out)",
    "recurrent_bias": "cell.bias_hh: (gate out)",
}
PLAIN_CELL = {
    "input_weight": "cell.weight_ih: out in",
    "recurrent_weight": "cell.weight_hh: out in",
    "bias": "cell.bias_ih: out",
    "recurrent_bias": "cell.bias_hh: out",
}


def last_axis_first(begin, end):
    """Pads in the order that PyTorch expects: last axis first, and for each axis its begin before its end."""
    return [pads for axis in zip(reversed(begin), reversed(end)) for pads in axis]


class Cropped(nn.Module):
    """Crops the given numbers of places from the begin and the end of each spatial axis."""

    def __init__(self, begin, end):
        super().__init__()
        self.begin = begin
        self.end = end

    def forward(self, inputs):
        extents = inputs.shape[2:]
        kept = [slice(begin, extent - end) for begin, extent, end in zip(self.begin, extents, self.end)]
        return inputs[(..., *kept)]


class TransposedLinear(nn.Module):
    """A linear layer that uses another layer's weight transposed, with a bias of its own or none."""

    def __init__(self, source, out_features, bias=True):
        super().__init__()
        self.weight = source.weight
        self.bias = nn.Parameter(torch.zeros(out_features)) if bias else None

    def forward(self, inputs):
        return nn.functional.linear(inputs, self.weight.t(), self.bias)


class Outputs(nn.Module):
    """The outputs of a recurrent layer without its states, as the next module of an ``nn.Sequential`` expects."""

    def forward(self, returned):
        outputs, _ = returned
        return outputs


class LastOutput(nn.Module):
    """The output at the last step of a sequence."""

    def forward(self, returned):
        outputs, _ = returned
        return outputs[:, -1]


class LastOutputs(nn.Module):
    """The last output of each of two directions: the reverse one ends at the first step of the sequence."""

    def forward(self, returned):
        outputs, _ = returned
        ahead, reverse = outputs.chunk(2, dim=-1)
        return torch.cat((ahead[:, -1], reverse[:, 0]), dim=-1)


HANDED_ON = {
    ("sequence", 1): Outputs,
    ("sequence", 2): Outputs,
    ("last", 1): LastOutput,
    ("last", 2): LastOutputs,
}


class Unrolled(nn.Module):
    """A recurrent cell, called at each step of a sequence. That of an LSTM returns its output and a second state."""

    def __init__(self, cell, returns):
        super().__init__()
        self.cell = cell
        self.returns = returns

    def forward(self, inputs):
        state, outputs = None, []
        for step in inputs.unbind(1):
            state = self.cell(step, state)
            outputs.append(state[0] if isinstance(self.cell, nn.LSTMCell) else state)
        return torch.stack(outputs, 1) if self.returns == "sequence" else outputs[-1]


class AttentionToItself(nn.Module):
    """Self-attention with linear layers for queries, keys, values and outputs."""

    def __init__(self, width, heads, key_width, value_width, output_width, bias=True, causal=False, mask=None):
        super().__init__()
        self.heads = heads
        self.causal = causal
        self.mask = mask
        self.query = nn.Linear(width, heads * key_width, bias=bias)
        self.key = nn.Linear(width, heads * key_width, bias=bias)
        self.value = nn.Linear(width, heads * value_width, bias=bias)
        self.out = nn.Linear(heads * value_width, output_width, bias=bias)

    def by_head(self, projected):
        return projected.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, inputs):
        mixed = nn.functional.scaled_dot_product_attention(
            self.by_head(self.query(inputs)),
            self.by_head(self.key(inputs)),
            self.by_head(self.value(inputs)),
            attn_mask=self.mask,
            is_causal=self.causal,
        )
        return self.out(mixed.transpose(1, 2).flatten(2))


class MultiheadAttentionToItself(nn.Module):
    """Self-attention by ``nn.MultiheadAttention`` that returns only the outputs, without the attention weights."""

    def __init__(self, width, heads, bias=True, causal=False, mask=None):
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, bias=bias, batch_first=True)
        self.causal = causal
        self.mask = mask

    def forward(self, inputs):
        mask = nn.Transformer.generate_square_subsequent_mask(inputs.shape[1]) if self.causal else self.mask
        outputs, _ = self.attention(inputs, inputs, inputs, need_weights=False, attn_mask=mask, is_causal=self.causal)
        return outputs

    def reset_parameters(self):
        # out_proj.reset_parameters() also draws the bias; _reset_parameters() sets it to its default, zero.
        self.attention.out_proj.reset_parameters()
        self.attention._reset_parameters()


class TorchLayers(Adapter):
    """The methods that construct layers."""

    @builds(Dense, weight="weight: out in", bias="bias: out")
    def dense(self, units, bias, in_units, weight_initializer, bias_initializer) -> nn.Linear:
        layer = nn.LazyLinear(units, bias=bias) if in_units is None else nn.Linear(in_units, units, bias=bias)
        if weight_initializer is not None:
            weight_initializer(layer.weight)
        if bias_initializer is not None:
            bias_initializer(layer.bias)
        return layer

    @ties(Dense, Dense, transposed=True)
    def transposed_linear(self, source, units, bias, bias_initializer) -> TransposedLinear:
        layer = TransposedLinear(source, units, bias=bias)
        if bias_initializer is not None:
            bias_initializer(layer.bias)
        return layer

    @builds(Activation, when={"function": "gelu_tanh"})
    def gelu_tanh(self) -> nn.GELU:
        return nn.GELU(approximate="tanh")

    @builds(Activation)
    def activation(self, function) -> nn.Module:
        return ACTIVATIONS[function]()

    @builds(LeakyReLU)
    def leaky_relu(self, slope) -> nn.LeakyReLU:
        return nn.LeakyReLU(**given(negative_slope=slope))

    @builds(PReLU, when={"slopes": "one"}, slope="weight: (channel *space)")
    def prelu(self, slope_initializer) -> nn.PReLU:
        layer = nn.PReLU()
        if slope_initializer is not None:
            slope_initializer(layer.weight)
        return layer

    @builds(PReLU, when={"slopes": "channel"}, slope="weight: (channel *space)")
    def prelu_by_channel(self, channels, slope_initializer) -> nn.PReLU:
        if channels is None:
            raise Unsupported("inferred_slopes")
        layer = nn.PReLU(channels)
        if slope_initializer is not None:
            slope_initializer(layer.weight)
        return layer

    @builds(Softmax)
    def softmax(self) -> nn.Softmax:
        return nn.Softmax(dim=-1)

    @builds(Dropout)
    def dropout(self, rate) -> nn.Dropout:
        return nn.Dropout(rate)

    @builds(Flatten)
    def flatten(self) -> nn.Flatten:
        return nn.Flatten()

    @builds(MaxPooling, when={"is_padded_evenly": True})
    def max_pooling(self, window, strides, pads_begin, pads_end, ceil) -> nn.Module:
        return MAX_POOLINGS[len(window)](window, stride=strides, padding=pads_begin, ceil_mode=ceil)

    @builds(MaxPooling, when={"is_padded_evenly": False, "ceil": False})
    def padded_max_pooling(self, window, strides, pads_begin, pads_end) -> nn.Sequential:
        padding = last_axis_first(pads_begin, pads_end)
        return nn.Sequential(
            PADDINGS[len(window)](padding, float("-inf")), MAX_POOLINGS[len(window)](window, stride=strides)
        )

    @builds(AveragePooling, when={"is_padded_evenly": True})
    def average_pooling(self, window, strides, pads_begin, pads_end, counts_pads, ceil) -> nn.Module:
        return AVERAGE_POOLINGS[len(window)](
            window, stride=strides, padding=pads_begin, count_include_pad=counts_pads, ceil_mode=ceil
        )

    @builds(AveragePooling, when={"is_padded_evenly": False, "counts_pads": True, "ceil": False})
    def padded_average_pooling(self, window, strides, pads_begin, pads_end) -> nn.Sequential:
        padding = last_axis_first(pads_begin, pads_end)
        return nn.Sequential(PADDINGS[len(window)](padding, 0.0), AVERAGE_POOLINGS[len(window)](window, stride=strides))

    @builds(GlobalPooling)
    def global_pooling(self, statistic, dimensions) -> nn.Sequential:
        return nn.Sequential(GLOBAL_POOLINGS[statistic][dimensions](1), nn.Flatten())

    @builds(Convolution, when={"is_padded_evenly": True}, weight="weight: out in *window", bias="bias: out")
    def convolution(
        self, filters, window, strides, dilation, pads_begin, pads_end, groups, bias, in_channels, weight_initializer,
        bias_initializer,
    ) -> nn.Module:  # fmt: skip
        sizes = {"stride": strides, "padding": pads_begin, "dilation": dilation, "groups": groups, "bias": bias}
        if in_channels is None:
            layer = LAZY_CONVOLUTIONS[len(window)](filters, window, **sizes)
        else:
            layer = CONVOLUTIONS[len(window)](in_channels, filters, window, **sizes)
        if weight_initializer is not None:
            weight_initializer(layer.weight)
        if bias_initializer is not None:
            bias_initializer(layer.bias)
        return layer

    @builds(Convolution, when={"is_padded_evenly": False}, weight="[1].weight: out in *window", bias="[1].bias: out")
    def padded_convolution(
        self, filters, window, strides, dilation, pads_begin, pads_end, groups, bias, in_channels
    ) -> nn.Sequential:
        padding = last_axis_first(pads_begin, pads_end)
        sizes = {"stride": strides, "dilation": dilation, "groups": groups, "bias": bias}
        if in_channels is None:
            layer = LAZY_CONVOLUTIONS[len(window)](filters, window, **sizes)
        else:
            layer = CONVOLUTIONS[len(window)](in_channels, filters, window, **sizes)
        return nn.Sequential(PADDINGS[len(window)](padding, 0.0), layer)

    @builds(ConvolutionTransposed, when={"is_padded_evenly": True}, weight="weight: in out *window", bias="bias: out")
    def transposed_convolution(
        self, filters, window, strides, dilation, pads_begin, pads_end, output_padding, groups, bias, in_channels,
        weight_initializer, bias_initializer,
    ) -> nn.Module:  # fmt: skip
        sizes = {
            "stride": strides,
            "padding": pads_begin,
            "output_padding": output_padding,
            "dilation": dilation,
            "groups": groups,
            "bias": bias,
        }
        if in_channels is None:
            layer = LAZY_TRANSPOSED[len(window)](filters, window, **sizes)
        else:
            layer = TRANSPOSED[len(window)](in_channels, filters, window, **sizes)
        if weight_initializer is not None:
            weight_initializer(layer.weight)
        if bias_initializer is not None:
            bias_initializer(layer.bias)
        return layer

    @builds(
        ConvolutionTransposed,
        when={"is_padded_evenly": False},
        weight="[0].weight: in out *window",
        bias="[0].bias: out",
    )
    def cropped_transposed_convolution(
        self, filters, window, strides, dilation, pads_begin, pads_end, output_padding, groups, bias, in_channels
    ) -> nn.Sequential:
        sizes = {
            "stride": strides,
            "output_padding": output_padding,
            "dilation": dilation,
            "groups": groups,
            "bias": bias,
        }
        if in_channels is None:
            layer = LAZY_TRANSPOSED[len(window)](filters, window, **sizes)
        else:
            layer = TRANSPOSED[len(window)](in_channels, filters, window, **sizes)
        return nn.Sequential(layer, Cropped(pads_begin, pads_end))

    @builds(
        DepthwiseConvolution,
        when={"is_padded_evenly": True},
        weight="weight: (in multiplier) 1 *window",
        bias="bias: out",
    )
    def depthwise_convolution(
        self, window, multiplier, strides, dilation, pads_begin, pads_end, bias, in_channels, weight_initializer,
        bias_initializer,
    ) -> nn.Module:  # fmt: skip
        if in_channels is None:
            raise Unsupported("inferred_depthwise")
        layer = CONVOLUTIONS[len(window)](
            in_channels,
            in_channels * multiplier,
            window,
            stride=strides,
            padding=pads_begin,
            dilation=dilation,
            groups=in_channels,
            bias=bias,
        )
        if weight_initializer is not None:
            weight_initializer(layer.weight)
        if bias_initializer is not None:
            bias_initializer(layer.bias)
        return layer

    @builds(
        DepthwiseConvolution,
        when={"is_padded_evenly": False},
        weight="[1].weight: (in multiplier) 1 *window",
        bias="[1].bias: out",
    )
    def padded_depthwise_convolution(
        self, window, multiplier, strides, dilation, pads_begin, pads_end, bias, in_channels
    ) -> nn.Sequential:
        if in_channels is None:
            raise Unsupported("inferred_depthwise")
        padding = last_axis_first(pads_begin, pads_end)
        layer = CONVOLUTIONS[len(window)](
            in_channels,
            in_channels * multiplier,
            window,
            stride=strides,
            dilation=dilation,
            groups=in_channels,
            bias=bias,
        )
        return nn.Sequential(PADDINGS[len(window)](padding, 0.0), layer)

    @builds(
        SeparableConvolution,
        when={"is_padded_evenly": True},
        depthwise_weight="[0].weight: (in multiplier) 1 *window",
        pointwise_weight="[1].weight: out in *window",
        bias="[1].bias: out",
    )
    def separable_convolution(
        self, filters, window, multiplier, strides, dilation, pads_begin, pads_end, bias, in_channels
    ) -> nn.Sequential:
        if in_channels is None:
            raise Unsupported("inferred_depthwise")
        depthwise = CONVOLUTIONS[len(window)](
            in_channels,
            in_channels * multiplier,
            window,
            stride=strides,
            padding=pads_begin,
            dilation=dilation,
            groups=in_channels,
            bias=False,
        )
        pointwise = CONVOLUTIONS[len(window)](in_channels * multiplier, filters, 1, bias=bias)
        return nn.Sequential(depthwise, pointwise)

    @builds(
        SeparableConvolution,
        when={"is_padded_evenly": False},
        depthwise_weight="[1].weight: (in multiplier) 1 *window",
        pointwise_weight="[2].weight: out in *window",
        bias="[2].bias: out",
    )
    def padded_separable_convolution(
        self, filters, window, multiplier, strides, dilation, pads_begin, pads_end, bias, in_channels
    ) -> nn.Sequential:
        if in_channels is None:
            raise Unsupported("inferred_depthwise")
        padding = last_axis_first(pads_begin, pads_end)
        depthwise = CONVOLUTIONS[len(window)](
            in_channels,
            in_channels * multiplier,
            window,
            stride=strides,
            dilation=dilation,
            groups=in_channels,
            bias=False,
        )
        pointwise = CONVOLUTIONS[len(window)](in_channels * multiplier, filters, 1, bias=bias)
        return nn.Sequential(PADDINGS[len(window)](padding, 0.0), depthwise, pointwise)

    @builds(
        BatchNorm,
        when=AFFINE,
        scale="weight: channel",
        bias="bias: channel",
        mean="running_mean: channel",
        variance="running_var: channel",
    )
    def batch_norm(self, momentum, epsilon, scale, channels, dimensions) -> nn.Module:
        # PyTorch's momentum is the weight of the new statistics.
        weight = None if momentum is None else 1 - momentum
        if channels is None:
            return LAZY_NORMS[dimensions](**given(eps=epsilon, momentum=weight, affine=scale))
        return NORMS[dimensions](channels, **given(eps=epsilon, momentum=weight, affine=scale))

    @builds(LayerNorm, when={"is_bias_alone": False}, scale="weight: channel", bias="bias: channel")
    def layer_norm(self, epsilon, scale, bias, channels) -> nn.LayerNorm:
        if channels is None:
            raise Unsupported("inferred_norm")
        return nn.LayerNorm(channels, **given(eps=epsilon, elementwise_affine=scale, bias=bias))

    @builds(GroupNorm, when=AFFINE, scale="weight: channel", bias="bias: channel")
    def group_norm(self, groups, epsilon, scale, channels) -> nn.GroupNorm:
        if channels is None:
            raise Unsupported("inferred_norm")
        return nn.GroupNorm(groups, channels, **given(eps=epsilon, affine=scale))

    @builds(InstanceNorm, when=AFFINE, scale="weight: channel", bias="bias: channel")
    def instance_norm(self, epsilon, scale, channels, dimensions) -> nn.Module:
        if channels is None:
            # Unlike the other instance norms, the lazy ones track running statistics by default.
            return LAZY_INSTANCE_NORMS[dimensions](track_running_stats=False, **given(eps=epsilon, affine=scale))
        return INSTANCE_NORMS[dimensions](channels, **given(eps=epsilon, affine=scale))

    @builds(RMSNorm, scale="weight: channel")
    def rms_norm(self, epsilon, scale, channels) -> nn.RMSNorm:
        if channels is None:
            raise Unsupported("inferred_norm")
        return nn.RMSNorm(channels, **given(eps=epsilon, elementwise_affine=scale))

    @builds(LSTM, when={"cell": False, "biases": {0, 2}}, **GATED)
    def lstm(self, hidden, layers, directions, biases, returns, in_units) -> nn.Sequential:
        if in_units is None:
            raise Unsupported("inferred_recurrent")
        layer = nn.LSTM(
            in_units,
            hidden,
            num_layers=layers,
            bias=biases == 2,
            batch_first=True,
            bidirectional=directions == 2,
        )
        return nn.Sequential(layer, HANDED_ON[returns, directions]())

    @builds(GRU, when={"cell": False, "biases": {0, 2}, "linear_before_reset": True}, **GATED)
    def gru(self, hidden, layers, directions, biases, returns, in_units) -> nn.Sequential:
        if in_units is None:
            raise Unsupported("inferred_recurrent")
        layer = nn.GRU(
            in_units,
            hidden,
            num_layers=layers,
            bias=biases == 2,
            batch_first=True,
            bidirectional=directions == 2,
        )
        return nn.Sequential(layer, HANDED_ON[returns, directions]())

    @builds(RNN, when={"cell": False, "biases": {0, 2}}, **PLAIN)
    def rnn(self, hidden, layers, directions, biases, returns, function, in_units) -> nn.Sequential:
        if in_units is None:
            raise Unsupported("inferred_recurrent")
        layer = nn.RNN(
            in_units,
            hidden,
            num_layers=layers,
            nonlinearity=function,
            bias=biases == 2,
            batch_first=True,
            bidirectional=directions == 2,
        )
        return nn.Sequential(layer, HANDED_ON[returns, directions]())

    @builds(LSTM, when={**CELL, "biases": {0, 2}}, **GATED_CELL)
    def lstm_cell(self, hidden, biases, returns, in_units) -> Unrolled:
        if in_units is None:
            raise Unsupported("inferred_recurrent")
        return Unrolled(nn.LSTMCell(in_units, hidden, bias=biases == 2), returns)

    @builds(GRU, when={**CELL, "biases": {0, 2}, "linear_before_reset": True}, **GATED_CELL)
    def gru_cell(self, hidden, biases, returns, in_units) -> Unrolled:
        if in_units is None:
            raise Unsupported("inferred_recurrent")
        return Unrolled(nn.GRUCell(in_units, hidden, bias=biases == 2), returns)

    @builds(RNN, when={**CELL, "biases": {0, 2}}, **PLAIN_CELL)
    def rnn_cell(self, hidden, biases, returns, function, in_units) -> Unrolled:
        if in_units is None:
            raise Unsupported("inferred_recurrent")
        return Unrolled(nn.RNNCell(in_units, hidden, bias=biases == 2, nonlinearity=function), returns)

    @builds(Embedding, weight="weight: number width")
    def embedding(self, number, width, weight_initializer) -> nn.Embedding:
        layer = nn.Embedding(number, width)
        if weight_initializer is not None:
            weight_initializer(layer.weight)
        return layer

    @builds(PaddedEmbedding, weight="weight: number width")
    def padded_embedding(self, number, width, padding, weight_initializer) -> nn.Embedding:
        layer = nn.Embedding(number, width, padding_idx=padding)
        if weight_initializer is not None:
            weight_initializer(layer.weight)
        return layer

    @builds(
        SelfAttention,
        query_weight="query.weight: (head dim) in",
        query_bias="query.bias: (head dim)",
        key_weight="key.weight: (head dim) in",
        key_bias="key.bias: (head dim)",
        value_weight="value.weight: (head dim) in",
        value_bias="value.bias: (head dim)",
        output_weight="out.weight: out (head dim)",
        output_bias="out.bias: out",
    )
    def self_attention(
        self, heads, bias, causal, mask, addends, key_width, value_width, output_width, width
    ) -> AttentionToItself:
        if width is None:
            raise Unsupported("inferred_attention")
        return AttentionToItself(
            width,
            heads,
            key_width,
            value_width or key_width,
            output_width or width,
            bias=bias,
            causal=causal,
            mask=torch.tensor(mask or addends) if mask or addends else None,
        )

    @builds(
        PackedSelfAttention,
        input_weight="attention.in_proj_weight: (part head dim) in",
        input_bias="attention.in_proj_bias: (part head dim)",
        output_weight="attention.out_proj.weight: out (head dim)",
        output_bias="attention.out_proj.bias: out",
    )
    def packed_self_attention(self, heads, bias, causal, mask, addends, width) -> MultiheadAttentionToItself:
        if width is None:
            raise Unsupported("inferred_attention")
        return MultiheadAttentionToItself(
            width,
            heads,
            bias=bias,
            causal=causal,
            mask=torch.tensor(mask or addends) if mask or addends else None,
        )
