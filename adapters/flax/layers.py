"""Constructors of Flax NNX modules, one method per kind or variant, with the layouts of their parameters."""

from __future__ import annotations

import functools
from typing import Any, Callable, List, Mapping, Tuple

from flax import nnx
from jax import numpy as jnp

from adapters.interface import Adapter, Unsupported, both_ways, builds, given, ties, within
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
    PReLU,
    RMSNorm,
    SelfAttention,
    SeparableConvolution,
    Softmax,
)
from specs.layers.layer import Axes, Layer

#: The keys with which parameters are drawn.
rngs = nnx.Rngs(0)
ACTIVATIONS = {
    "relu": nnx.relu,
    "tanh": nnx.tanh,
    "sigmoid": nnx.sigmoid,
    "elu": nnx.elu,
    "selu": nnx.selu,
    "softplus": nnx.softplus,
    "silu": nnx.silu,
    "gelu_tanh": nnx.gelu,
}
#: Layouts of the roles of recurrent layers, in one direction and in both.
LSTM_ROLES = {
    "input_weight": "cell.dense_i.kernel: in (gate out)",
    "recurrent_weight": "cell.dense_h.kernel: in (gate out)",
    "bias": "cell.dense_h.bias: (gate out)",
}
LSTM_ROLES_BOTH_WAYS = both_ways(within("forward_rnn.", LSTM_ROLES), within("backward_rnn.", LSTM_ROLES))
GRU_ROLES = {
    "input_weight": "cell.dense_i.kernel: in (gate out)",
    "recurrent_weight": "cell.dense_h.kernel: in (gate out)",
    "bias": "cell.dense_i.bias: (gate out)",
}
GRU_ROLES_BOTH_WAYS = both_ways(within("forward_rnn.", GRU_ROLES), within("backward_rnn.", GRU_ROLES))
RNN_ROLES = {
    "input_weight": "cell.dense_i.kernel: in out",
    "recurrent_weight": "cell.dense_h.kernel: in out",
    "bias": "cell.dense_i.bias: out",
}
RNN_ROLES_BOTH_WAYS = both_ways(within("forward_rnn.", RNN_ROLES), within("backward_rnn.", RNN_ROLES))


def flat(inputs):
    """All axes but the first as one."""
    return inputs.reshape(len(inputs), -1)


def global_average(inputs):
    """The average over all axes but those of rows and channels."""
    return inputs.mean(axis=tuple(range(1, inputs.ndim - 1)))


def global_max(inputs):
    """The maximum over all axes but those of rows and channels."""
    return inputs.max(axis=tuple(range(1, inputs.ndim - 1)))


def last_output(outputs):
    """The output at the last step of a sequence."""
    return outputs[:, -1]


def last_outputs(outputs):
    """The last output of each of two directions: the reverse one ends at the first step of the sequence."""
    ahead, reverse = jnp.split(outputs, 2, axis=-1)
    return jnp.concatenate((ahead[:, -1], reverse[:, 0]), axis=-1)


#: A recurrent layer is a cell that ``nnx.RNN`` calls step by step.
OF_CELLS = {"cell": {False, True}}
#: What follows a recurrent layer that hands on all outputs, or the last one of each direction.
HANDED_ON = {("sequence", 1): (), ("sequence", 2): (), ("last", 1): (last_output,), ("last", 2): (last_outputs,)}


class TransposedLinear(nnx.Module):
    """A linear layer that uses a kernel of another layer transposed, with a bias of its own or none."""

    def __init__(self, kernel, units, use_bias=True, bias_init=nnx.initializers.zeros, *, rngs):
        self.kernel = kernel
        self.bias = nnx.Param(bias_init(rngs.params(), (units,), jnp.float32)) if use_bias else nnx.data(None)

    def __call__(self, inputs):
        outputs = inputs @ self.kernel[...].T
        return outputs if self.bias is None else outputs + self.bias[...]


class AttentionToItself(nnx.Module):
    """Self-attention by ``nnx.MultiHeadAttention``, with its mask."""

    def __init__(self, attention, causal=False, mask=None):
        self.attention = attention
        self.causal = causal
        self.mask = mask

    def __call__(self, inputs):
        mask = None if self.mask is None else jnp.array(self.mask)[None, None]
        return self.attention(inputs, mask=mask, is_causal=self.causal)


class FlaxLayers(Adapter):
    """The methods that construct layers. A layer without parameters is a function."""

    def __init__(self) -> None:
        #: The modules of this program, each with a function that constructs another one.
        self.constructed: List[Tuple[nnx.Module, Callable]] = []
        self.released = 0

    def construct(self, layer: Layer, given: Axes, inferred: bool, initializers: Mapping[str, Any]) -> Any:
        construct = functools.partial(super().construct, layer, given, inferred, initializers)
        made = construct()
        if isinstance(made, nnx.Module):
            self.constructed.append((made, construct))
        return made

    def initialize_again(self, net: nnx.Module) -> None:
        """Give the modules of a network the values of newly constructed ones."""
        inner = [id(module) for _, module in nnx.iter_modules(net)]
        constructed = [(module, construct) for module, construct in self.constructed if id(module) in inner]
        if not constructed:
            raise Unsupported("default_again")
        for module, construct in constructed:
            nnx.update(module, nnx.state(construct(), nnx.Not(nnx.RngState)))

    def seed(self, seed: int) -> None:
        nnx.reseed(rngs, default=seed)

    def draw(self, handle: nnx.Variable, initializer: Any) -> None:
        """Assign a value from an initializer."""
        handle[...] = initializer(rngs.params(), handle.shape, handle.dtype)

    @builds(Dense, weight="kernel: in out", bias="bias: out")
    def dense(self, units, bias, in_units, weight_initializer, bias_initializer) -> nnx.Linear:
        if in_units is None:
            raise Unsupported("inferred")
        return nnx.Linear(
            in_units,
            units,
            use_bias=bias,
            **given(kernel_init=weight_initializer, bias_init=bias_initializer),
            rngs=rngs,
        )

    @ties(Dense, Dense, transposed=True)
    def transposed_linear(self, source, units, bias, bias_initializer) -> TransposedLinear:
        return TransposedLinear(source.kernel, units, use_bias=bias, **given(bias_init=bias_initializer), rngs=rngs)

    @ties(Dense, Embedding, transposed=True)
    def head(self, source, units, bias, bias_initializer) -> TransposedLinear:
        return TransposedLinear(source.embedding, units, use_bias=bias, **given(bias_init=bias_initializer), rngs=rngs)

    @builds(Activation, when={"function": "gelu"})
    def gelu(self) -> Callable:
        return functools.partial(nnx.gelu, approximate=False)

    @builds(Activation)
    def activation(self, function) -> Callable:
        return ACTIVATIONS[function]

    @builds(LeakyReLU)
    def leaky_relu(self, slope) -> Callable:
        return functools.partial(nnx.leaky_relu, **given(negative_slope=slope))

    @builds(PReLU, when={"slopes": "one"}, slope="negative_slope: ")
    def prelu(self) -> nnx.PReLU:
        return nnx.PReLU()

    @builds(Softmax)
    def softmax(self) -> Callable:
        return nnx.softmax

    @builds(Dropout)
    def dropout(self, rate) -> nnx.Dropout:
        return nnx.Dropout(rate, rngs=rngs)

    @builds(Flatten)
    def flatten(self) -> Callable:
        return flat

    @builds(MaxPooling, when={"ceil": False})
    def max_pooling(self, window, strides, pads_begin, pads_end) -> Callable:
        padding = tuple(zip(pads_begin, pads_end))
        return functools.partial(nnx.max_pool, window_shape=window, strides=strides, padding=padding)

    @builds(AveragePooling, when={"ceil": False})
    def average_pooling(self, window, strides, pads_begin, pads_end, counts_pads) -> Callable:
        padding = tuple(zip(pads_begin, pads_end))
        return functools.partial(
            nnx.avg_pool, window_shape=window, strides=strides, padding=padding, count_include_pad=counts_pads
        )

    @builds(GlobalPooling, when={"statistic": "average"})
    def global_average_pooling(self) -> Callable:
        return global_average

    @builds(GlobalPooling, when={"statistic": "max"})
    def global_max_pooling(self) -> Callable:
        return global_max

    @builds(Convolution, weight="kernel: *window in out", bias="bias: out")
    def convolution(
        self, filters, window, strides, dilation, pads_begin, pads_end, groups, bias, in_channels, weight_initializer,
        bias_initializer,
    ) -> nnx.Conv:  # fmt: skip
        if in_channels is None:
            raise Unsupported("inferred")
        return nnx.Conv(
            in_channels,
            filters,
            window,
            strides=strides,
            padding=tuple(zip(pads_begin, pads_end)),
            kernel_dilation=dilation,
            feature_group_count=groups,
            use_bias=bias,
            **given(kernel_init=weight_initializer, bias_init=bias_initializer),
            rngs=rngs,
        )

    @builds(ConvolutionTransposed, when={"groups": 1}, weight="kernel: *window out in", bias="bias: out")
    def transposed_convolution(
        self, filters, window, strides, dilation, pads_begin, pads_end, output_padding, bias, in_channels,
        weight_initializer, bias_initializer,
    ) -> nnx.ConvTranspose:  # fmt: skip
        if in_channels is None:
            raise Unsupported("inferred")
        # Pads of the input, with zeros between its elements, so that the window reaches over it by what is not cropped.
        reach = [(size - 1) * step for size, step in zip(window, dilation)]
        padding = tuple(
            (room - begin, room - end + more)
            for room, begin, end, more in zip(reach, pads_begin, pads_end, output_padding)
        )
        return nnx.ConvTranspose(
            in_channels,
            filters,
            window,
            strides=strides,
            padding=padding,
            kernel_dilation=dilation,
            use_bias=bias,
            transpose_kernel=True,
            **given(kernel_init=weight_initializer, bias_init=bias_initializer),
            rngs=rngs,
        )

    @builds(DepthwiseConvolution, weight="kernel: *window 1 (in multiplier)", bias="bias: out")
    def depthwise_convolution(
        self, window, multiplier, strides, dilation, pads_begin, pads_end, bias, in_channels, weight_initializer,
        bias_initializer,
    ) -> nnx.Conv:  # fmt: skip
        if in_channels is None:
            raise Unsupported("inferred")
        return nnx.Conv(
            in_channels,
            in_channels * multiplier,
            window,
            strides=strides,
            padding=tuple(zip(pads_begin, pads_end)),
            kernel_dilation=dilation,
            feature_group_count=in_channels,
            use_bias=bias,
            **given(kernel_init=weight_initializer, bias_init=bias_initializer),
            rngs=rngs,
        )

    @builds(
        SeparableConvolution,
        depthwise_weight="layers[0].kernel: *window 1 (in multiplier)",
        pointwise_weight="layers[1].kernel: *window in out",
        bias="layers[1].bias: out",
    )
    def separable_convolution(
        self, filters, window, multiplier, strides, dilation, pads_begin, pads_end, bias, in_channels,
        depthwise_weight_initializer, pointwise_weight_initializer, bias_initializer,
    ) -> nnx.Sequential:  # fmt: skip
        if in_channels is None:
            raise Unsupported("inferred")
        depthwise = nnx.Conv(
            in_channels,
            in_channels * multiplier,
            window,
            strides=strides,
            padding=tuple(zip(pads_begin, pads_end)),
            kernel_dilation=dilation,
            feature_group_count=in_channels,
            use_bias=False,
            **given(kernel_init=depthwise_weight_initializer),
            rngs=rngs,
        )
        pointwise = nnx.Conv(
            in_channels * multiplier,
            filters,
            (1,) * len(window),
            use_bias=bias,
            **given(kernel_init=pointwise_weight_initializer, bias_init=bias_initializer),
            rngs=rngs,
        )
        return nnx.Sequential(depthwise, pointwise)

    @builds(BatchNorm, scale="scale: channel", bias="bias: channel", mean="mean: channel", variance="var: channel")
    def batch_norm(
        self, momentum, epsilon, scale, bias, channels, scale_initializer, bias_initializer
    ) -> nnx.BatchNorm:
        if channels is None:
            raise Unsupported("inferred")
        return nnx.BatchNorm(
            channels,
            **given(
                momentum=momentum,
                epsilon=epsilon,
                use_scale=scale,
                use_bias=bias,
                scale_init=scale_initializer,
                bias_init=bias_initializer,
            ),
            rngs=rngs,
        )

    @builds(LayerNorm, scale="scale: channel", bias="bias: channel")
    def layer_norm(self, epsilon, scale, bias, channels, scale_initializer, bias_initializer) -> nnx.LayerNorm:
        if channels is None:
            raise Unsupported("inferred")
        return nnx.LayerNorm(
            channels,
            **given(
                epsilon=epsilon,
                use_scale=scale,
                use_bias=bias,
                scale_init=scale_initializer,
                bias_init=bias_initializer,
            ),
            rngs=rngs,
        )

    @builds(GroupNorm, scale="scale: channel", bias="bias: channel")
    def group_norm(self, groups, epsilon, scale, bias, channels, scale_initializer, bias_initializer) -> nnx.GroupNorm:
        if channels is None:
            raise Unsupported("inferred")
        return nnx.GroupNorm(
            channels,
            groups,
            **given(
                epsilon=epsilon,
                use_scale=scale,
                use_bias=bias,
                scale_init=scale_initializer,
                bias_init=bias_initializer,
            ),
            rngs=rngs,
        )

    @builds(InstanceNorm, scale="scale: channel", bias="bias: channel")
    def instance_norm(self, epsilon, scale, bias, channels, scale_initializer, bias_initializer) -> nnx.InstanceNorm:
        if channels is None:
            raise Unsupported("inferred")
        return nnx.InstanceNorm(
            channels,
            **given(
                epsilon=epsilon,
                use_scale=scale,
                use_bias=bias,
                scale_init=scale_initializer,
                bias_init=bias_initializer,
            ),
            rngs=rngs,
        )

    @builds(RMSNorm, scale="scale: channel")
    def rms_norm(self, epsilon, scale, channels, scale_initializer) -> nnx.RMSNorm:
        if channels is None:
            raise Unsupported("inferred")
        return nnx.RMSNorm(channels, **given(epsilon=epsilon, use_scale=scale, scale_init=scale_initializer), rngs=rngs)

    @builds(LSTM, when={**OF_CELLS, "directions": 1, "biases": 1}, **within("layers[{n}].", LSTM_ROLES))
    def lstm(
        self,
        hidden,
        layers,
        returns,
        in_units,
        input_weight_initializer,
        recurrent_weight_initializer,
        bias_initializer,
    ) -> nnx.Sequential:
        if in_units is None:
            raise Unsupported("inferred")
        initializers = given(
            kernel_init=input_weight_initializer,
            recurrent_kernel_init=recurrent_weight_initializer,
            bias_init=bias_initializer,
        )
        cells = [
            nnx.OptimizedLSTMCell(width, hidden, **initializers, rngs=rngs)
            for width in (in_units, *[hidden] * (layers - 1))
        ]
        return nnx.Sequential(*map(nnx.RNN, cells), *HANDED_ON[returns, 1])

    @builds(LSTM, when={"cell": False, "directions": 2, "biases": 1}, **within("layers[{n}].", LSTM_ROLES_BOTH_WAYS))
    def bidirectional_lstm(self, hidden, layers, returns, in_units) -> nnx.Sequential:
        if in_units is None:
            raise Unsupported("inferred")
        both = [
            nnx.Bidirectional(
                nnx.RNN(nnx.OptimizedLSTMCell(width, hidden, rngs=rngs)),
                nnx.RNN(nnx.OptimizedLSTMCell(width, hidden, rngs=rngs)),
            )
            for width in (in_units, *[2 * hidden] * (layers - 1))
        ]
        return nnx.Sequential(*both, *HANDED_ON[returns, 2])

    @builds(GRU, when={**OF_CELLS, "directions": 1, "form": {(True, 1)}}, **within("layers[{n}].", GRU_ROLES))
    def gru(
        self, hidden, layers, biases, linear_before_reset, returns, in_units, input_weight_initializer,
        recurrent_weight_initializer, bias_initializer,
    ) -> nnx.Sequential:  # fmt: skip
        if in_units is None:
            raise Unsupported("inferred")
        initializers = given(
            kernel_init=input_weight_initializer,
            recurrent_kernel_init=recurrent_weight_initializer,
            bias_init=bias_initializer,
        )
        cells = [
            nnx.GRUCell(width, hidden, **initializers, rngs=rngs) for width in (in_units, *[hidden] * (layers - 1))
        ]
        return nnx.Sequential(*map(nnx.RNN, cells), *HANDED_ON[returns, 1])

    @builds(
        GRU, when={"cell": False, "directions": 2, "form": {(True, 1)}}, **within("layers[{n}].", GRU_ROLES_BOTH_WAYS)
    )
    def bidirectional_gru(self, hidden, layers, biases, linear_before_reset, returns, in_units) -> nnx.Sequential:
        if in_units is None:
            raise Unsupported("inferred")
        both = [
            nnx.Bidirectional(
                nnx.RNN(nnx.GRUCell(width, hidden, rngs=rngs)),
                nnx.RNN(nnx.GRUCell(width, hidden, rngs=rngs)),
            )
            for width in (in_units, *[2 * hidden] * (layers - 1))
        ]
        return nnx.Sequential(*both, *HANDED_ON[returns, 2])

    @builds(RNN, when={**OF_CELLS, "directions": 1, "biases": 1}, **within("layers[{n}].", RNN_ROLES))
    def rnn(
        self, hidden, layers, function, returns, in_units, input_weight_initializer, recurrent_weight_initializer,
        bias_initializer,
    ) -> nnx.Sequential:  # fmt: skip
        if in_units is None:
            raise Unsupported("inferred")
        initializers = given(
            kernel_init=input_weight_initializer,
            recurrent_kernel_init=recurrent_weight_initializer,
            bias_init=bias_initializer,
        )
        cells = [
            nnx.SimpleCell(width, hidden, activation_fn=ACTIVATIONS[function], **initializers, rngs=rngs)
            for width in (in_units, *[hidden] * (layers - 1))
        ]
        return nnx.Sequential(*map(nnx.RNN, cells), *HANDED_ON[returns, 1])

    @builds(RNN, when={"cell": False, "directions": 2, "biases": 1}, **within("layers[{n}].", RNN_ROLES_BOTH_WAYS))
    def bidirectional_rnn(self, hidden, layers, function, returns, in_units) -> nnx.Sequential:
        if in_units is None:
            raise Unsupported("inferred")
        both = [
            nnx.Bidirectional(
                nnx.RNN(nnx.SimpleCell(width, hidden, activation_fn=ACTIVATIONS[function], rngs=rngs)),
                nnx.RNN(nnx.SimpleCell(width, hidden, activation_fn=ACTIVATIONS[function], rngs=rngs)),
            )
            for width in (in_units, *[2 * hidden] * (layers - 1))
        ]
        return nnx.Sequential(*both, *HANDED_ON[returns, 2])

    @builds(Embedding, weight="embedding: number width")
    def embedding(self, number, width, weight_initializer) -> nnx.Embed:
        return nnx.Embed(number, width, **given(embedding_init=weight_initializer), rngs=rngs)

    @builds(
        SelfAttention,
        query_weight="attention.query.kernel: in head dim",
        query_bias="attention.query.bias: head dim",
        key_weight="attention.key.kernel: in head dim",
        key_bias="attention.key.bias: head dim",
        value_weight="attention.value.kernel: in head dim",
        value_bias="attention.value.bias: head dim",
        output_weight="attention.out.kernel: head dim out",
        output_bias="attention.out.bias: out",
    )
    def self_attention(
        self, heads, bias, causal, mask, addends, key_width, value_width, output_width, width
    ) -> AttentionToItself:
        if width is None:
            raise Unsupported("inferred")
        if value_width not in (0, key_width):
            raise Unsupported("value_width")
        attention = nnx.MultiHeadAttention(
            heads,
            width,
            heads * key_width,
            **given(out_features=output_width or None),
            use_bias=bias,
            decode=False,
            rngs=rngs,
        )
        return AttentionToItself(attention, causal=causal, mask=mask or addends or None)
