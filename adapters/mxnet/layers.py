"""Constructors of Gluon layers, one method per kind or variant, with the layouts of their parameters."""

from __future__ import annotations

from typing import Any

import mxnet as mx
from mxnet import nd
from mxnet.gluon import nn, rnn

from adapters.interface import CELL, Adapter, Unsupported, builds, given, ties, within
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
    InstanceNorm,
    LayerNorm,
    LeakyReLU,
    MaxPooling,
    PReLU,
    SelfAttention,
    SeparableConvolution,
    Softmax,
)
from specs.layers.convolution import Windowed
from specs.layers.layer import Layer

ACTIVATIONS = {"elu": nn.ELU, "selu": nn.SELU, "silu": nn.Swish}
CONVOLUTIONS = {1: nn.Conv1D, 2: nn.Conv2D, 3: nn.Conv3D}
TRANSPOSED = {1: nn.Conv1DTranspose, 2: nn.Conv2DTranspose, 3: nn.Conv3DTranspose}
MAX_POOLINGS = {1: nn.MaxPool1D, 2: nn.MaxPool2D, 3: nn.MaxPool3D}
AVERAGE_POOLINGS = {1: nn.AvgPool1D, 2: nn.AvgPool2D, 3: nn.AvgPool3D}
GLOBAL_POOLINGS = {
    "average": {1: nn.GlobalAvgPool1D, 2: nn.GlobalAvgPool2D, 3: nn.GlobalAvgPool3D},
    "max": {1: nn.GlobalMaxPool1D, 2: nn.GlobalMaxPool2D, 3: nn.GlobalMaxPool3D},
}
VERSION = tuple(map(int, mx.__version__.split(".")[:2]))
#: What earlier versions lack: the name of the absence, the first version without it, and the layers concerned.
LATER = (
    ("gelu", (1, 6), lambda layer: layer == Activation("gelu")),
    ("exact_gelu", (1, 8), lambda layer: VERSION == (1, 7) and layer == Activation("gelu")),
    ("slopes_by_channel", (1, 7), lambda layer: isinstance(layer, PReLU) and layer.slopes == "channel"),
    ("reverse_gradients", (1, 5), lambda layer: isinstance(layer, (GRU, RNN)) and layer.directions == 2),
    ("stacked_gradients", (1, 8), lambda layer: isinstance(layer, (GRU, LSTM, RNN)) and layer.layers > 1),
    ("dilated_volumes", (1, 7), lambda layer: isinstance(layer, Windowed) and is_dilated_volume(layer)),
    ("transposed_volumes", (1, 9), lambda layer: isinstance(layer, ConvolutionTransposed) and len(layer.window) == 3),
)
#: Layouts of the roles of recurrent layers, with and without gates.
GATED = {
    "input_weight": "l{n}_i2h_weight: (gate out) in",
    "recurrent_weight": "l{n}_h2h_weight: (gate out) in",
    "bias": "l{n}_i2h_bias: (gate out)",
    "recurrent_bias": "l{n}_h2h_bias: (gate out)",
    "reverse_input_weight": "r{n}_i2h_weight: (gate out) in",
    "reverse_recurrent_weight": "r{n}_h2h_weight: (gate out) in",
    "reverse_bias": "r{n}_i2h_bias: (gate out)",
    "reverse_recurrent_bias": "r{n}_h2h_bias: (gate out)",
}
PLAIN = {
    "input_weight": "l{n}_i2h_weight: out in",
    "recurrent_weight": "l{n}_h2h_weight: out in",
    "bias": "l{n}_i2h_bias: out",
    "recurrent_bias": "l{n}_h2h_bias: out",
    "reverse_input_weight": "r{n}_i2h_weight: out in",
    "reverse_recurrent_weight": "r{n}_h2h_weight: out in",
    "reverse_bias": "r{n}_i2h_bias: out",
    "reverse_recurrent_bias": "r{n}_h2h_bias: out",
}
#: The same for the cells that they consist of.
GATED_CELL = {
    "input_weight": "cell.i2h_weight: (gate out) in",
    "recurrent_weight": "cell.h2h_weight: (gate out) in",
    "bias": "cell.i2h_bias: (gate out)",
    "recurrent_bias": "cell.h2h_bias: (gate out)",
}
PLAIN_CELL = {
    "input_weight": "cell.i2h_weight: out in",
    "recurrent_weight": "cell.h2h_weight: out in",
    "bias": "cell.i2h_bias: out",
    "recurrent_bias": "cell.h2h_bias: out",
}


def is_dilated_volume(layer):
    """Whether a layer has three-dimensional windows with dilation."""
    return len(layer.window) == 3 and max(layer.dilation) > 1


def transposes_again(block):
    """Whether a network uses a transposed convolution more than once."""
    used = [layer for layer in layers_of(block) if isinstance(layer, tuple(TRANSPOSED.values()))]
    return len(used) > len(set(used))


def layers_of(block):
    """The layers of a network, repeated if used more than once."""
    if isinstance(block, nn.Sequential):
        return [layer for child in block for layer in layers_of(child)]
    return [block]


def last_output(outputs):
    """The output at the last step of a sequence."""
    return outputs[:, -1]


def last_outputs(outputs):
    """The last output of each of two directions: the reverse one ends at the first step of the sequence."""
    ahead, reverse = nd.split(outputs, num_outputs=2, axis=2)
    return nd.concat(ahead[:, -1], reverse[:, 0], dim=1)


LAST = {1: last_output, 2: last_outputs}


class TransposedDense(nn.Block):
    """A dense layer that uses another layer's weight transposed, with a bias of its own or none."""

    def __init__(self, source, units, use_bias=True, bias_initializer="zeros"):
        super().__init__(params=source.params)
        self.weight = self.params.get("weight")
        self.bias = self.params.get(f"{self.name}_bias", shape=(units,), init=bias_initializer) if use_bias else None

    def forward(self, inputs):
        outputs = nd.dot(inputs, self.weight.data())
        return outputs if self.bias is None else nd.broadcast_add(outputs, self.bias.data())


class Unrolled(nn.Block):
    """A recurrent cell, called at each step of a sequence."""

    def __init__(self, cell, returns):
        super().__init__()
        self.cell = cell
        self.returns = returns

    def forward(self, inputs):
        outputs, _ = self.cell.unroll(inputs.shape[1], inputs, layout="NTC", merge_outputs=True)
        return outputs if self.returns == "sequence" else outputs[:, -1]


class AttentionToItself(nn.Block):
    """Self-attention with dense layers for queries, keys, values and outputs."""

    def __init__(self, width, heads, key_width, value_width, output_width, use_bias=True, causal=False):
        super().__init__()
        self.heads = heads
        self.scale = key_width**-0.5
        self.causal = causal
        self.query = nn.Dense(heads * key_width, use_bias=use_bias, flatten=False, in_units=width)
        self.key = nn.Dense(heads * key_width, use_bias=use_bias, flatten=False, in_units=width)
        self.value = nn.Dense(heads * value_width, use_bias=use_bias, flatten=False, in_units=width)
        self.out = nn.Dense(output_width, use_bias=use_bias, flatten=False, in_units=heads * value_width)

    def by_head(self, projected):
        # Merge rows and heads into one axis, as batch_dot expects.
        heads = projected.reshape((0, 0, self.heads, -1)).transpose((0, 2, 1, 3))
        return heads.reshape((-1, 0, 0), reverse=True)

    def forward(self, inputs):
        query = self.by_head(self.query(inputs)) * self.scale
        scores = nd.batch_dot(query, self.by_head(self.key(inputs)), transpose_b=True)
        if self.causal:
            time = nd.arange(inputs.shape[1])
            seen = nd.broadcast_lesser_equal(time.expand_dims(0), time.expand_dims(1)).expand_dims(0)
            scores = nd.where(nd.broadcast_like(seen, scores), scores, nd.ones_like(scores) * -1e18)
        mixed = nd.batch_dot(nd.softmax(scores, axis=-1), self.by_head(self.value(inputs)))
        rows = mixed.reshape((-1, self.heads, 0, 0), reverse=True).transpose((0, 2, 1, 3))
        return self.out(rows.reshape((0, 0, -1)))


class GluonLayers(Adapter):
    """The methods that construct layers."""

    def construct(self, layer: Layer, *arguments: Any) -> Any:
        for absence, first, concerns in LATER:
            if first > VERSION and concerns(layer):
                raise Unsupported(absence)
        return super().construct(layer, *arguments)

    @builds(Dense, weight="weight: out in", bias="bias: out")
    def dense(self, units, bias, in_units, dimensions, weight_initializer, bias_initializer) -> nn.Dense:
        return nn.Dense(
            units,
            use_bias=bias,
            flatten=dimensions == 0,
            in_units=in_units or 0,
            **given(weight_initializer=weight_initializer, bias_initializer=bias_initializer),
        )

    @ties(Dense, Dense, Embedding)
    def tied_dense(self, source, roles, units, bias, in_units, dimensions, bias_initializer) -> nn.Dense:
        layer = nn.Dense(
            units,
            use_bias="bias" in roles,
            flatten=dimensions == 0,
            in_units=in_units or 0,
            params=source.params,
        )
        if bias and "bias" not in roles:
            layer.bias = layer.params.get(f"{layer.name}_bias", shape=(units,), init=bias_initializer or "zeros")
        return layer

    @builds(Activation, when={"function": {"relu", "tanh", "sigmoid"}})
    def activation(self, function) -> nn.Activation:
        return nn.Activation(function)

    @builds(Activation, when={"function": "softplus"})
    def softplus(self) -> nn.Activation:
        return nn.Activation("softrelu")

    @builds(Activation, when={"function": "gelu_tanh"})
    def gelu_tanh(self) -> nn.Lambda:
        # nn.GELU is the exact function. The factor is sqrt(2 / pi).
        return nn.Lambda(lambda x: 0.5 * x * (1 + nd.tanh(0.7978845608028654 * (x + 0.044715 * x**3))))

    @builds(Activation, when={"function": "gelu"})
    def gelu(self) -> nn.HybridBlock:
        return nn.GELU()

    @builds(Activation)
    def activation_block(self, function) -> nn.HybridBlock:
        return ACTIVATIONS[function]()

    @builds(LeakyReLU)
    def leaky_relu(self, slope) -> nn.LeakyReLU:
        if slope is None:
            raise Unsupported("default_slope")
        return nn.LeakyReLU(slope)

    @builds(PReLU, when={"slopes": "one"}, slope="alpha: (channel *space)")
    def prelu(self, slope_initializer) -> nn.PReLU:
        return nn.PReLU(**given(alpha_initializer=slope_initializer))

    @builds(PReLU, when={"slopes": "channel"}, slope="alpha: (channel *space)")
    def prelu_by_channel(self, channels, slope_initializer) -> nn.PReLU:
        if channels is None:
            raise Unsupported("inferred_slopes")
        return nn.PReLU(in_channels=channels, **given(alpha_initializer=slope_initializer))

    @builds(Softmax)
    def softmax(self) -> nn.Lambda:
        return nn.Lambda(lambda x: nd.softmax(x, axis=-1))

    @builds(Dropout)
    def dropout(self, rate) -> nn.Dropout:
        return nn.Dropout(rate)

    @builds(Flatten)
    def flatten(self) -> nn.Flatten:
        return nn.Flatten()

    @builds(MaxPooling, when={"is_padded_evenly": True})
    def max_pooling(self, window, strides, pads_begin, pads_end, ceil) -> nn.HybridBlock:
        return MAX_POOLINGS[len(window)](window, strides=strides, padding=pads_begin, ceil_mode=ceil)

    @builds(MaxPooling, when={"is_padded_evenly": False, "dimensions": {2, 3}, "ceil": False})
    def padded_max_pooling(self, window, strides, pads_begin, pads_end) -> nn.Sequential:
        # Rows and channels are not padded. For each axis, the begin comes before the end.
        pad_width = (0, 0, 0, 0, *[pads for axis in zip(pads_begin, pads_end) for pads in axis])
        layer = nn.Sequential()
        layer.add(
            nn.Lambda(lambda x: nd.pad(x, mode="constant", pad_width=pad_width, constant_value=float("-inf"))),
            MAX_POOLINGS[len(window)](window, strides=strides),
        )
        return layer

    @builds(AveragePooling, when={"is_padded_evenly": True, "ceil": False})
    def average_pooling(self, window, strides, pads_begin, pads_end, counts_pads) -> nn.HybridBlock:
        return AVERAGE_POOLINGS[len(window)](window, strides=strides, padding=pads_begin, count_include_pad=counts_pads)

    @builds(AveragePooling, when={"is_padded_evenly": True, "ceil": True, "counts_pads": False})
    def average_pooling_rounded_up(self, window, strides, pads_begin, pads_end) -> nn.HybridBlock:
        return AVERAGE_POOLINGS[len(window)](
            window, strides=strides, padding=pads_begin, count_include_pad=False, ceil_mode=True
        )

    @builds(AveragePooling, when={"is_padded_evenly": False, "counts_pads": True, "dimensions": {2, 3}, "ceil": False})
    def padded_average_pooling(self, window, strides, pads_begin, pads_end) -> nn.Sequential:
        # Rows and channels are not padded. For each axis, the begin comes before the end.
        pad_width = (0, 0, 0, 0, *[pads for axis in zip(pads_begin, pads_end) for pads in axis])
        layer = nn.Sequential()
        layer.add(
            nn.Lambda(lambda x: nd.pad(x, mode="constant", pad_width=pad_width, constant_value=0)),
            AVERAGE_POOLINGS[len(window)](window, strides=strides),
        )
        return layer

    @builds(GlobalPooling)
    def global_pooling(self, statistic, dimensions) -> nn.Sequential:
        layer = nn.Sequential()
        layer.add(GLOBAL_POOLINGS[statistic][dimensions](), nn.Flatten())
        return layer

    @builds(Convolution, when={"is_padded_evenly": True}, weight="weight: out in *window", bias="bias: out")
    def convolution(
        self, filters, window, strides, dilation, pads_begin, pads_end, groups, bias, in_channels, weight_initializer,
        bias_initializer,
    ) -> nn.HybridBlock:  # fmt: skip
        return CONVOLUTIONS[len(window)](
            filters,
            window,
            strides=strides,
            padding=pads_begin,
            dilation=dilation,
            groups=groups,
            use_bias=bias,
            in_channels=in_channels or 0,
            **given(weight_initializer=weight_initializer, bias_initializer=bias_initializer),
        )

    @ties(Dense, Dense, transposed=True)
    def transposed_dense(self, source, units, bias, bias_initializer) -> TransposedDense:
        return TransposedDense(source, units, use_bias=bias, **given(bias_initializer=bias_initializer))

    @ties(Convolution, Convolution)
    def tied_convolution(
        self, source, roles, filters, window, strides, dilation, pads_begin, pads_end, groups, bias, in_channels
    ) -> nn.HybridBlock:
        if pads_begin != pads_end or (bias and "bias" not in roles):
            raise Unsupported("tie")
        return CONVOLUTIONS[len(window)](
            filters,
            window,
            strides=strides,
            padding=pads_begin,
            dilation=dilation,
            groups=groups,
            use_bias=bias,
            in_channels=in_channels or 0,
            params=source.params,
        )

    @builds(
        Convolution,
        when={"is_padded_evenly": False, "dimensions": {2, 3}},
        weight="[1].weight: out in *window",
        bias="[1].bias: out",
    )
    def padded_convolution(
        self, filters, window, strides, dilation, pads_begin, pads_end, groups, bias, in_channels, weight_initializer,
        bias_initializer,
    ) -> nn.Sequential:  # fmt: skip
        # Rows and channels are not padded. For each axis, the begin comes before the end.
        pad_width = (0, 0, 0, 0, *[pads for axis in zip(pads_begin, pads_end) for pads in axis])
        layer = nn.Sequential()
        layer.add(
            nn.Lambda(lambda x: nd.pad(x, mode="constant", pad_width=pad_width, constant_value=0)),
            CONVOLUTIONS[len(window)](
                filters,
                window,
                strides=strides,
                dilation=dilation,
                groups=groups,
                use_bias=bias,
                in_channels=in_channels or 0,
                **given(weight_initializer=weight_initializer, bias_initializer=bias_initializer),
            ),
        )
        return layer

    @builds(
        Convolution,
        when={"is_padded_evenly": False, "dimensions": 1},
        weight="[1].weight: out in *window",
        bias="[1].bias: out",
    )
    def padded_convolution_1d(
        self, filters, window, strides, dilation, pads_begin, pads_end, groups, bias, in_channels, weight_initializer,
        bias_initializer,
    ) -> nn.Sequential:  # fmt: skip
        # nd.pad requires four or five axes: add one for a height of 1.
        pad_width = (0, 0, 0, 0, 0, 0, *pads_begin, *pads_end)
        layer = nn.Sequential()
        layer.add(
            nn.Lambda(
                lambda x: nd.pad(x.expand_dims(axis=2), mode="constant", pad_width=pad_width, constant_value=0).squeeze(
                    axis=2
                )
            ),
            nn.Conv1D(
                filters,
                window,
                strides=strides,
                dilation=dilation,
                groups=groups,
                use_bias=bias,
                in_channels=in_channels or 0,
                **given(weight_initializer=weight_initializer, bias_initializer=bias_initializer),
            ),
        )
        return layer

    @ties(ConvolutionTransposed, Convolution)
    def tied_transposed_convolution(self) -> nn.HybridBlock:
        raise Unsupported("transposed_again")

    @builds(ConvolutionTransposed, when={"is_padded_evenly": True}, weight="weight: in out *window", bias="bias: out")
    def transposed_convolution(
        self, filters, window, strides, dilation, pads_begin, pads_end, output_padding, groups, bias, in_channels,
        weight_initializer, bias_initializer,
    ) -> nn.HybridBlock:  # fmt: skip
        if len(window) == 3 and max(dilation) > 1:
            raise Unsupported("dilated_transposed")
        if groups > 1 and in_channels is None:
            raise Unsupported("inferred_groups")
        return TRANSPOSED[len(window)](
            filters,
            window,
            strides=strides,
            padding=pads_begin,
            output_padding=output_padding,
            dilation=dilation,
            groups=groups,
            use_bias=bias,
            in_channels=in_channels or 0,
            **given(weight_initializer=weight_initializer, bias_initializer=bias_initializer),
        )

    @builds(
        ConvolutionTransposed,
        when={"is_padded_evenly": False},
        weight="[0].weight: in out *window",
        bias="[0].bias: out",
    )
    def cropped_transposed_convolution(
        self, filters, window, strides, dilation, pads_begin, pads_end, output_padding, groups, bias, in_channels,
        weight_initializer, bias_initializer,
    ) -> nn.Sequential:  # fmt: skip
        if len(window) == 3 and max(dilation) > 1:
            raise Unsupported("dilated_transposed")
        if groups > 1 and in_channels is None:
            raise Unsupported("inferred_groups")
        # None means no cropping at the end.
        begin = (None, None, *pads_begin)
        end = (None, None, *[-pads or None for pads in pads_end])
        layer = nn.Sequential()
        layer.add(
            TRANSPOSED[len(window)](
                filters,
                window,
                strides=strides,
                output_padding=output_padding,
                dilation=dilation,
                groups=groups,
                use_bias=bias,
                in_channels=in_channels or 0,
                **given(weight_initializer=weight_initializer, bias_initializer=bias_initializer),
            ),
            nn.Lambda(lambda x: nd.slice(x, begin=begin, end=end)),
        )
        return layer

    @builds(
        DepthwiseConvolution,
        when={"is_padded_evenly": True},
        weight="weight: (in multiplier) 1 *window",
        bias="bias: out",
    )
    def depthwise_convolution(
        self, window, multiplier, strides, dilation, pads_begin, pads_end, bias, in_channels, weight_initializer,
        bias_initializer,
    ) -> nn.HybridBlock:  # fmt: skip
        if in_channels is None:
            raise Unsupported("inferred_depthwise")
        return CONVOLUTIONS[len(window)](
            in_channels * multiplier,
            window,
            strides=strides,
            padding=pads_begin,
            dilation=dilation,
            groups=in_channels,
            use_bias=bias,
            in_channels=in_channels,
            **given(weight_initializer=weight_initializer, bias_initializer=bias_initializer),
        )

    @builds(
        DepthwiseConvolution,
        when={"is_padded_evenly": False, "dimensions": {2, 3}},
        weight="[1].weight: (in multiplier) 1 *window",
        bias="[1].bias: out",
    )
    def padded_depthwise_convolution(
        self, window, multiplier, strides, dilation, pads_begin, pads_end, bias, in_channels, weight_initializer,
        bias_initializer,
    ) -> nn.Sequential:  # fmt: skip
        if in_channels is None:
            raise Unsupported("inferred_depthwise")
        # Rows and channels are not padded. For each axis, the begin comes before the end.
        pad_width = (0, 0, 0, 0, *[pads for axis in zip(pads_begin, pads_end) for pads in axis])
        layer = nn.Sequential()
        layer.add(
            nn.Lambda(lambda x: nd.pad(x, mode="constant", pad_width=pad_width, constant_value=0)),
            CONVOLUTIONS[len(window)](
                in_channels * multiplier,
                window,
                strides=strides,
                dilation=dilation,
                groups=in_channels,
                use_bias=bias,
                in_channels=in_channels,
                **given(weight_initializer=weight_initializer, bias_initializer=bias_initializer),
            ),
        )
        return layer

    @builds(
        SeparableConvolution,
        when={"is_padded_evenly": True},
        depthwise_weight="[0].weight: (in multiplier) 1 *window",
        pointwise_weight="[1].weight: out in *window",
        bias="[1].bias: out",
    )
    def separable_convolution(
        self, filters, window, multiplier, strides, dilation, pads_begin, pads_end, bias, in_channels,
        depthwise_weight_initializer, pointwise_weight_initializer, bias_initializer,
    ) -> nn.Sequential:  # fmt: skip
        if in_channels is None:
            raise Unsupported("inferred_depthwise")
        layer = nn.Sequential()
        layer.add(
            CONVOLUTIONS[len(window)](
                in_channels * multiplier,
                window,
                strides=strides,
                padding=pads_begin,
                dilation=dilation,
                groups=in_channels,
                use_bias=False,
                in_channels=in_channels,
                **given(weight_initializer=depthwise_weight_initializer),
            ),
            CONVOLUTIONS[len(window)](
                filters,
                1,
                use_bias=bias,
                in_channels=in_channels * multiplier,
                **given(weight_initializer=pointwise_weight_initializer, bias_initializer=bias_initializer),
            ),
        )
        return layer

    @builds(
        SeparableConvolution,
        when={"is_padded_evenly": False, "dimensions": {2, 3}},
        depthwise_weight="[1].weight: (in multiplier) 1 *window",
        pointwise_weight="[2].weight: out in *window",
        bias="[2].bias: out",
    )
    def padded_separable_convolution(
        self, filters, window, multiplier, strides, dilation, pads_begin, pads_end, bias, in_channels,
        depthwise_weight_initializer, pointwise_weight_initializer, bias_initializer,
    ) -> nn.Sequential:  # fmt: skip
        if in_channels is None:
            raise Unsupported("inferred_depthwise")
        # Rows and channels are not padded. For each axis, the begin comes before the end.
        pad_width = (0, 0, 0, 0, *[pads for axis in zip(pads_begin, pads_end) for pads in axis])
        layer = nn.Sequential()
        layer.add(
            nn.Lambda(lambda x: nd.pad(x, mode="constant", pad_width=pad_width, constant_value=0)),
            CONVOLUTIONS[len(window)](
                in_channels * multiplier,
                window,
                strides=strides,
                dilation=dilation,
                groups=in_channels,
                use_bias=False,
                in_channels=in_channels,
                **given(weight_initializer=depthwise_weight_initializer),
            ),
            CONVOLUTIONS[len(window)](
                filters,
                1,
                use_bias=bias,
                in_channels=in_channels * multiplier,
                **given(weight_initializer=pointwise_weight_initializer, bias_initializer=bias_initializer),
            ),
        )
        return layer

    @builds(
        BatchNorm,
        scale="gamma: channel",
        bias="beta: channel",
        mean="running_mean: channel",
        variance="running_var: channel",
    )
    def batch_norm(
        self, momentum, epsilon, scale, bias, channels,
        scale_initializer, bias_initializer, mean_initializer, variance_initializer,
    ) -> nn.BatchNorm:  # fmt: skip
        return nn.BatchNorm(
            in_channels=channels or 0,
            **given(
                epsilon=epsilon,
                momentum=momentum,
                scale=scale,
                center=bias,
                gamma_initializer=scale_initializer,
                beta_initializer=bias_initializer,
                running_mean_initializer=mean_initializer,
                running_variance_initializer=variance_initializer,
            ),
        )

    @ties(BatchNorm, BatchNorm)
    def tied_batch_norm(self, source, roles, momentum, epsilon, channels) -> nn.BatchNorm:
        if len(roles) < 4:
            raise Unsupported("tie")
        return nn.BatchNorm(
            in_channels=channels or 0, params=source.params, **given(epsilon=epsilon, momentum=momentum)
        )

    @builds(LayerNorm, scale="gamma: channel", bias="beta: channel")
    def layer_norm(self, epsilon, scale, bias, channels, scale_initializer, bias_initializer) -> nn.LayerNorm:
        return nn.LayerNorm(
            in_channels=channels or 0,
            **given(
                epsilon=epsilon,
                scale=scale,
                center=bias,
                gamma_initializer=scale_initializer,
                beta_initializer=bias_initializer,
            ),
        )

    @builds(InstanceNorm, scale="gamma: channel", bias="beta: channel")
    def instance_norm(self, epsilon, scale, bias, channels, scale_initializer, bias_initializer) -> nn.InstanceNorm:
        return nn.InstanceNorm(
            in_channels=channels or 0,
            **given(
                epsilon=epsilon,
                scale=scale,
                center=bias,
                gamma_initializer=scale_initializer,
                beta_initializer=bias_initializer,
            ),
        )

    @builds(LSTM, when={"cell": False, "returns": "sequence", "biases": 2}, **GATED)
    def lstm(self, hidden, layers, directions, in_units) -> rnn.LSTM:
        return rnn.LSTM(
            hidden,
            num_layers=layers,
            layout="NTC",
            bidirectional=directions == 2,
            input_size=in_units or 0,
        )

    @builds(LSTM, when={"cell": False, "returns": "last", "biases": 2}, **within("[0].", GATED))
    def last_lstm(self, hidden, layers, directions, in_units) -> nn.Sequential:
        layer = nn.Sequential()
        layer.add(
            rnn.LSTM(
                hidden,
                num_layers=layers,
                layout="NTC",
                bidirectional=directions == 2,
                input_size=in_units or 0,
            ),
            nn.Lambda(LAST[directions]),
        )
        return layer

    @builds(GRU, when={"cell": False, "returns": "sequence", "biases": 2, "linear_before_reset": True}, **GATED)
    def gru(self, hidden, layers, directions, in_units) -> rnn.GRU:
        return rnn.GRU(
            hidden,
            num_layers=layers,
            layout="NTC",
            bidirectional=directions == 2,
            input_size=in_units or 0,
        )

    @builds(
        GRU, when={"cell": False, "returns": "last", "biases": 2, "linear_before_reset": True}, **within("[0].", GATED)
    )
    def last_gru(self, hidden, layers, directions, in_units) -> nn.Sequential:
        layer = nn.Sequential()
        layer.add(
            rnn.GRU(
                hidden,
                num_layers=layers,
                layout="NTC",
                bidirectional=directions == 2,
                input_size=in_units or 0,
            ),
            nn.Lambda(LAST[directions]),
        )
        return layer

    @builds(RNN, when={"cell": False, "returns": "sequence", "biases": 2}, **PLAIN)
    def rnn(self, hidden, layers, directions, function, in_units) -> rnn.RNN:
        return rnn.RNN(
            hidden,
            num_layers=layers,
            activation=function,
            layout="NTC",
            bidirectional=directions == 2,
            input_size=in_units or 0,
        )

    @builds(RNN, when={"cell": False, "returns": "last", "biases": 2}, **within("[0].", PLAIN))
    def last_rnn(self, hidden, layers, directions, function, in_units) -> nn.Sequential:
        layer = nn.Sequential()
        layer.add(
            rnn.RNN(
                hidden,
                num_layers=layers,
                activation=function,
                layout="NTC",
                bidirectional=directions == 2,
                input_size=in_units or 0,
            ),
            nn.Lambda(LAST[directions]),
        )
        return layer

    @builds(LSTM, when={**CELL, "biases": 2}, **GATED_CELL)
    def lstm_cell(self, hidden, returns, in_units) -> Unrolled:
        return Unrolled(rnn.LSTMCell(hidden, input_size=in_units or 0), returns)

    @builds(GRU, when={**CELL, "biases": 2, "linear_before_reset": True}, **GATED_CELL)
    def gru_cell(self, hidden, returns, in_units) -> Unrolled:
        return Unrolled(rnn.GRUCell(hidden, input_size=in_units or 0), returns)

    @builds(RNN, when={**CELL, "biases": 2}, **PLAIN_CELL)
    def rnn_cell(self, hidden, function, returns, in_units) -> Unrolled:
        return Unrolled(rnn.RNNCell(hidden, activation=function, input_size=in_units or 0), returns)

    @builds(Embedding, weight="weight: number width")
    def embedding(self, number, width, weight_initializer) -> nn.Embedding:
        return nn.Embedding(number, width, **given(weight_initializer=weight_initializer))

    @builds(
        SelfAttention,
        when={"mask": (), "addends": ()},
        query_weight="query.weight: (head dim) in",
        query_bias="query.bias: (head dim)",
        key_weight="key.weight: (head dim) in",
        key_bias="key.bias: (head dim)",
        value_weight="value.weight: (head dim) in",
        value_bias="value.bias: (head dim)",
        output_weight="out.weight: out (head dim)",
        output_bias="out.bias: out",
    )
    def self_attention(self, heads, bias, causal, key_width, value_width, output_width, width) -> AttentionToItself:
        if width is None:
            raise Unsupported("inferred_attention")
        return AttentionToItself(
            width, heads, key_width, value_width or key_width, output_width or width, use_bias=bias, causal=causal
        )
