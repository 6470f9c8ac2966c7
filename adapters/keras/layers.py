"""Constructors of Keras layers, one method per kind or variant, with the layouts of their parameters."""

from __future__ import annotations

import keras

from adapters.interface import CELL, Adapter, Unsupported, both_ways, builds, given, ties, within
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

CONVOLUTIONS = {1: keras.layers.Conv1D, 2: keras.layers.Conv2D, 3: keras.layers.Conv3D}
TRANSPOSED = {
    1: keras.layers.Conv1DTranspose,
    2: keras.layers.Conv2DTranspose,
    3: keras.layers.Conv3DTranspose,
}
DEPTHWISE = {1: keras.layers.DepthwiseConv1D, 2: keras.layers.DepthwiseConv2D}
SEPARABLE = {1: keras.layers.SeparableConv1D, 2: keras.layers.SeparableConv2D}
MAX_POOLINGS = {1: keras.layers.MaxPooling1D, 2: keras.layers.MaxPooling2D, 3: keras.layers.MaxPooling3D}
AVERAGE_POOLINGS = {
    1: keras.layers.AveragePooling1D,
    2: keras.layers.AveragePooling2D,
    3: keras.layers.AveragePooling3D,
}
GLOBAL_POOLINGS = {
    "average": {
        1: keras.layers.GlobalAveragePooling1D,
        2: keras.layers.GlobalAveragePooling2D,
        3: keras.layers.GlobalAveragePooling3D,
    },
    "max": {1: keras.layers.GlobalMaxPooling1D, 2: keras.layers.GlobalMaxPooling2D, 3: keras.layers.GlobalMaxPooling3D},
}
CROPPINGS = {1: keras.layers.Cropping1D, 2: keras.layers.Cropping2D, 3: keras.layers.Cropping3D}
PADDINGS = {1: keras.layers.ZeroPadding1D, 2: keras.layers.ZeroPadding2D, 3: keras.layers.ZeroPadding3D}


@keras.saving.register_keras_serializable()
def gelu_tanh(inputs):
    """GELU with the tanh approximation."""
    return keras.activations.gelu(inputs, approximate=True)


@keras.saving.register_keras_serializable()
class TiedDense(keras.layers.Layer):
    """A dense layer that uses another layer's kernel, and its bias, a bias of its own, or none."""

    shared = "kernel"

    def __init__(self, source, units, use_bias=True, tie_bias=False, bias_initializer="zeros", **kwargs):
        super().__init__(**kwargs)
        self.source = source
        self.units = units
        self.use_bias = use_bias
        self.tie_bias = tie_bias
        self.kernel_initializer = getattr(source, f"{self.shared}_initializer")
        self.bias_initializer = keras.initializers.get(bias_initializer)

    def build(self, input_shape):
        self.kernel = getattr(self.source, self.shared)
        if self.tie_bias:
            self.bias = self.source.bias
        elif self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), initializer=self.bias_initializer, name="bias")
        else:
            self.bias = None

    def call(self, inputs):
        outputs = keras.ops.matmul(inputs, self.kernel)
        return outputs if self.bias is None else keras.ops.add(outputs, self.bias)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "source": keras.saving.serialize_keras_object(self.source),
            "units": self.units,
            "use_bias": self.use_bias,
            "tie_bias": self.tie_bias,
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }

    @classmethod
    def from_config(cls, config):
        config["source"] = keras.saving.deserialize_keras_object(config["source"])
        return cls(**config)


@keras.saving.register_keras_serializable()
class TransposedDense(TiedDense):
    """A dense layer that uses another layer's kernel transposed, and its bias, a bias of its own, or none."""

    def call(self, inputs):
        outputs = keras.ops.matmul(inputs, keras.ops.transpose(self.kernel))
        return outputs if self.bias is None else keras.ops.add(outputs, self.bias)


@keras.saving.register_keras_serializable()
class Head(TransposedDense):
    """A dense layer that uses an embedding's table as its kernel, with a bias of its own or none."""

    shared = "embeddings"


@keras.saving.register_keras_serializable()
class AttentionToItself(keras.layers.Layer):
    """Self-attention by ``MultiHeadAttention``, with a single input."""

    def __init__(
        self, heads, key_dim, value_dim=None, use_bias=True, output_shape=None, causal=False, mask=None, **kwargs
    ):
        super().__init__(**kwargs)
        self.attention = keras.layers.MultiHeadAttention(
            heads, key_dim, value_dim=value_dim, use_bias=use_bias, output_shape=output_shape
        )
        self.units = output_shape
        self.causal = causal
        self.mask = mask

    def build(self, input_shape):
        self.attention.build(input_shape, input_shape)

    def call(self, inputs):
        mask = None if self.mask is None else keras.ops.convert_to_tensor([self.mask])
        return self.attention(inputs, inputs, attention_mask=mask, use_causal_mask=self.causal)

    def compute_output_shape(self, input_shape):
        return self.attention.compute_output_shape(input_shape, input_shape)

    def get_config(self):
        return {
            **super().get_config(),
            "heads": self.attention.num_heads,
            "key_dim": self.attention.key_dim,
            "value_dim": self.attention.value_dim,
            "use_bias": self.attention.use_bias,
            "output_shape": self.units,
            "causal": self.causal,
            "mask": self.mask,
        }


#: Layouts of the roles of recurrent layers, unidirectional and bidirectional.
LSTM_ROLES = {
    "input_weight": "cell.kernel: in (gate out)",
    "recurrent_weight": "cell.recurrent_kernel: in (gate out)",
    "bias": "cell.bias: (gate out)",
}
LSTM_ROLES_BOTH_WAYS = both_ways(within("forward_layer.", LSTM_ROLES), within("backward_layer.", LSTM_ROLES))
GRU_ROLES = {
    "input_weight": "cell.kernel: in (gate:zrn out)",
    "recurrent_weight": "cell.recurrent_kernel: in (gate:zrn out)",
    "bias": "cell.bias: (gate:zrn out)",
}
#: With reset_after, both biases are rows of one variable.
GRU_OF_TWO_BIASES = {
    **GRU_ROLES,
    "bias": "cell.bias: side=0/2 (gate:zrn out)",
    "recurrent_bias": "cell.bias: side=1/2 (gate:zrn out)",
}
GRU_OF_TWO_BIASES_BOTH_WAYS = both_ways(
    within("forward_layer.", GRU_OF_TWO_BIASES), within("backward_layer.", GRU_OF_TWO_BIASES)
)
GRU_ROLES_BOTH_WAYS = both_ways(within("forward_layer.", GRU_ROLES), within("backward_layer.", GRU_ROLES))
RNN_ROLES = {
    "input_weight": "cell.kernel: in out",
    "recurrent_weight": "cell.recurrent_kernel: in out",
    "bias": "cell.bias: out",
}
RNN_ROLES_BOTH_WAYS = both_ways(within("forward_layer.", RNN_ROLES), within("backward_layer.", RNN_ROLES))
#: Pairs of ``linear_before_reset`` and the number of biases, for GRUs without two biases.
GRU_FORMS = {(True, 0), (False, 0), (False, 1)}


class KerasLayers(Adapter):
    """The methods that construct layers."""

    @builds(Dense, weight="kernel: in out", bias="bias: out")
    def dense(self, units, bias, weight_initializer, bias_initializer) -> keras.layers.Dense:
        return keras.layers.Dense(
            units,
            use_bias=bias,
            **given(kernel_initializer=weight_initializer, bias_initializer=bias_initializer),
        )

    @ties(Dense, Dense)
    def tied_dense(self, source, roles, units, bias, bias_initializer) -> TiedDense:
        return TiedDense(
            source, units, use_bias=bias, tie_bias="bias" in roles, **given(bias_initializer=bias_initializer)
        )

    @ties(Dense, Dense, transposed=True)
    def transposed_dense(self, source, roles, units, bias, bias_initializer) -> TransposedDense:
        return TransposedDense(
            source, units, use_bias=bias, tie_bias="bias" in roles, **given(bias_initializer=bias_initializer)
        )

    @ties(Dense, Embedding, transposed=True)
    def head(self, source, units, bias, bias_initializer) -> Head:
        return Head(source, units, use_bias=bias, **given(bias_initializer=bias_initializer))

    @builds(Activation, when={"function": "gelu_tanh"})
    def gelu_tanh(self) -> keras.layers.Activation:
        return keras.layers.Activation(gelu_tanh)

    @builds(Activation)
    def activation(self, function) -> keras.layers.Activation:
        return keras.layers.Activation(function)

    @builds(LeakyReLU)
    def leaky_relu(self, slope) -> keras.layers.LeakyReLU:
        return keras.layers.LeakyReLU(**given(negative_slope=slope))

    @builds(PReLU, when={"slopes": "one"}, slope="alpha: *space channel")
    def prelu(self, dimensions, slope_initializer) -> keras.layers.PReLU:
        axes = list(range(1, dimensions + 2))
        return keras.layers.PReLU(shared_axes=axes, **given(alpha_initializer=slope_initializer))

    @builds(PReLU, when={"slopes": "channel"}, slope="alpha: *space channel")
    def prelu_by_channel(self, dimensions, slope_initializer) -> keras.layers.PReLU:
        axes = list(range(1, dimensions + 1))
        return keras.layers.PReLU(shared_axes=axes, **given(alpha_initializer=slope_initializer))

    @builds(PReLU, when={"slopes": "element"}, slope="alpha: *space channel")
    def prelu_by_element(self, slope_initializer) -> keras.layers.PReLU:
        return keras.layers.PReLU(**given(alpha_initializer=slope_initializer))

    @builds(Softmax)
    def softmax(self) -> keras.layers.Softmax:
        return keras.layers.Softmax()

    @builds(Dropout)
    def dropout(self, rate) -> keras.layers.Dropout:
        return keras.layers.Dropout(rate)

    @builds(Flatten)
    def flatten(self) -> keras.layers.Flatten:
        return keras.layers.Flatten()

    @builds(MaxPooling, when={"margin": "none", "ceil": False})
    def max_pooling(self, window, strides, pads_begin, pads_end) -> keras.layers.Layer:
        return MAX_POOLINGS[len(window)](window, strides=strides)

    @builds(MaxPooling, when={"margin": "same", "ceil": False})
    def same_max_pooling(self, window, strides, pads_begin, pads_end) -> keras.layers.Layer:
        return MAX_POOLINGS[len(window)](window, strides=strides, padding="same")

    @builds(AveragePooling, when={"is_padded": False, "ceil": False})
    def average_pooling(self, window, strides, pads_begin, pads_end, counts_pads) -> keras.layers.Layer:
        return AVERAGE_POOLINGS[len(window)](window, strides=strides)

    @builds(AveragePooling, when={"margin": "same", "counts_pads": False, "ceil": False})
    def same_average_pooling(self, window, strides, pads_begin, pads_end) -> keras.layers.Layer:
        return AVERAGE_POOLINGS[len(window)](window, strides=strides, padding="same")

    @builds(AveragePooling, when={"is_padded": True, "counts_pads": True, "ceil": False})
    def padded_average_pooling(self, window, strides, pads_begin, pads_end) -> keras.Sequential:
        padding = tuple(zip(pads_begin, pads_end))
        layer = AVERAGE_POOLINGS[len(window)](window, strides=strides)
        return keras.Sequential([PADDINGS[len(window)](padding[0] if len(padding) == 1 else padding), layer])

    @builds(GlobalPooling)
    def global_pooling(self, statistic, dimensions) -> keras.layers.Layer:
        return GLOBAL_POOLINGS[statistic][dimensions]()

    @builds(Convolution, when={"is_padded": False}, weight="kernel: *window in out", bias="bias: out")
    def convolution(
        self, filters, window, strides, dilation, pads_begin, pads_end, groups, bias, weight_initializer,
        bias_initializer,
    ) -> keras.layers.Layer:  # fmt: skip
        if max(strides) > 1 and max(dilation) > 1:
            raise Unsupported("strided_dilation")
        return CONVOLUTIONS[len(window)](
            filters,
            window,
            strides=strides,
            dilation_rate=dilation,
            groups=groups,
            use_bias=bias,
            **given(kernel_initializer=weight_initializer, bias_initializer=bias_initializer),
        )

    @builds(
        Convolution,
        when={"is_padded": True},
        weight="layers[1].kernel: *window in out",
        bias="layers[1].bias: out",
    )
    def padded_convolution(
        self, filters, window, strides, dilation, pads_begin, pads_end, groups, bias, weight_initializer,
        bias_initializer,
    ) -> keras.Sequential:  # fmt: skip
        if max(strides) > 1 and max(dilation) > 1:
            raise Unsupported("strided_dilation")
        padding = tuple(zip(pads_begin, pads_end))
        layer = CONVOLUTIONS[len(window)](
            filters,
            window,
            strides=strides,
            dilation_rate=dilation,
            groups=groups,
            use_bias=bias,
            **given(kernel_initializer=weight_initializer, bias_initializer=bias_initializer),
        )
        return keras.Sequential([PADDINGS[len(window)](padding[0] if len(padding) == 1 else padding), layer])

    @builds(
        ConvolutionTransposed,
        when={"is_padded": False, "groups": 1},
        weight="kernel: *window out in",
        bias="bias: out",
    )
    def transposed_convolution(
        self, filters, window, strides, dilation, pads_begin, pads_end, output_padding, bias, weight_initializer,
        bias_initializer,
    ) -> keras.layers.Layer:  # fmt: skip
        if max(strides) > 1 and max(dilation) > 1:
            raise Unsupported("strided_dilation")
        # Without output_padding, Keras extends the output if the window is smaller than the stride.
        return TRANSPOSED[len(window)](
            filters,
            window,
            strides=strides,
            output_padding=output_padding,
            dilation_rate=dilation,
            use_bias=bias,
            **given(kernel_initializer=weight_initializer, bias_initializer=bias_initializer),
        )

    @builds(
        ConvolutionTransposed,
        when={"is_padded": True, "groups": 1},
        weight="layers[0].kernel: *window out in",
        bias="layers[0].bias: out",
    )
    def cropped_transposed_convolution(
        self, filters, window, strides, dilation, pads_begin, pads_end, output_padding, bias, weight_initializer,
        bias_initializer,
    ) -> keras.Sequential:  # fmt: skip
        if max(strides) > 1 and max(dilation) > 1:
            raise Unsupported("strided_dilation")
        cropping = tuple(zip(pads_begin, pads_end))
        layer = TRANSPOSED[len(window)](
            filters,
            window,
            strides=strides,
            output_padding=output_padding,
            dilation_rate=dilation,
            use_bias=bias,
            **given(kernel_initializer=weight_initializer, bias_initializer=bias_initializer),
        )
        return keras.Sequential([layer, CROPPINGS[len(window)](cropping[0] if len(cropping) == 1 else cropping)])

    @builds(
        DepthwiseConvolution,
        when={"is_padded": False, "dimensions": {1, 2}},
        weight="kernel: *window in multiplier",
        bias="bias: out",
    )
    def depthwise_convolution(
        self, window, multiplier, strides, dilation, pads_begin, pads_end, bias, weight_initializer, bias_initializer
    ) -> keras.layers.Layer:
        return DEPTHWISE[len(window)](
            window,
            strides=strides,
            depth_multiplier=multiplier,
            dilation_rate=dilation,
            use_bias=bias,
            **given(depthwise_initializer=weight_initializer, bias_initializer=bias_initializer),
        )

    @builds(
        DepthwiseConvolution,
        when={"is_padded": True, "dimensions": {1, 2}},
        weight="layers[1].kernel: *window in multiplier",
        bias="layers[1].bias: out",
    )
    def padded_depthwise_convolution(
        self, window, multiplier, strides, dilation, pads_begin, pads_end, bias, weight_initializer, bias_initializer
    ) -> keras.Sequential:
        padding = tuple(zip(pads_begin, pads_end))
        layer = DEPTHWISE[len(window)](
            window,
            strides=strides,
            depth_multiplier=multiplier,
            dilation_rate=dilation,
            use_bias=bias,
            **given(depthwise_initializer=weight_initializer, bias_initializer=bias_initializer),
        )
        return keras.Sequential([PADDINGS[len(window)](padding[0] if len(padding) == 1 else padding), layer])

    @builds(
        SeparableConvolution,
        when={"is_padded": False, "dimensions": {1, 2}},
        depthwise_weight="depthwise_kernel: *window in multiplier",
        pointwise_weight="pointwise_kernel: *window in out",
        bias="bias: out",
    )
    def separable_convolution(
        self, filters, window, multiplier, strides, dilation, pads_begin, pads_end, bias,
        depthwise_weight_initializer, pointwise_weight_initializer, bias_initializer,
    ) -> keras.layers.Layer:  # fmt: skip
        return SEPARABLE[len(window)](
            filters,
            window,
            strides=strides,
            depth_multiplier=multiplier,
            dilation_rate=dilation,
            use_bias=bias,
            **given(
                depthwise_initializer=depthwise_weight_initializer,
                pointwise_initializer=pointwise_weight_initializer,
                bias_initializer=bias_initializer,
            ),
        )

    @builds(
        SeparableConvolution,
        when={"is_padded": True, "dimensions": {1, 2}},
        depthwise_weight="layers[1].depthwise_kernel: *window in multiplier",
        pointwise_weight="layers[1].pointwise_kernel: *window in out",
        bias="layers[1].bias: out",
    )
    def padded_separable_convolution(
        self, filters, window, multiplier, strides, dilation, pads_begin, pads_end, bias,
        depthwise_weight_initializer, pointwise_weight_initializer, bias_initializer,
    ) -> keras.Sequential:  # fmt: skip
        padding = tuple(zip(pads_begin, pads_end))
        layer = SEPARABLE[len(window)](
            filters,
            window,
            strides=strides,
            depth_multiplier=multiplier,
            dilation_rate=dilation,
            use_bias=bias,
            **given(
                depthwise_initializer=depthwise_weight_initializer,
                pointwise_initializer=pointwise_weight_initializer,
                bias_initializer=bias_initializer,
            ),
        )
        return keras.Sequential([PADDINGS[len(window)](padding[0] if len(padding) == 1 else padding), layer])

    @builds(
        BatchNorm,
        scale="gamma: channel",
        bias="beta: channel",
        mean="moving_mean: channel",
        variance="moving_variance: channel",
    )
    def batch_norm(
        self, momentum, epsilon, scale, bias,
        scale_initializer, bias_initializer, mean_initializer, variance_initializer,
    ) -> keras.layers.BatchNormalization:  # fmt: skip
        return keras.layers.BatchNormalization(
            **given(
                epsilon=epsilon,
                momentum=momentum,
                scale=scale,
                center=bias,
                gamma_initializer=scale_initializer,
                beta_initializer=bias_initializer,
                moving_mean_initializer=mean_initializer,
                moving_variance_initializer=variance_initializer,
            ),
        )

    @builds(LayerNorm, scale="gamma: channel", bias="beta: channel")
    def layer_norm(self, epsilon, scale, bias, scale_initializer, bias_initializer) -> keras.layers.LayerNormalization:
        return keras.layers.LayerNormalization(
            **given(
                epsilon=epsilon,
                scale=scale,
                center=bias,
                gamma_initializer=scale_initializer,
                beta_initializer=bias_initializer,
            )
        )

    @builds(GroupNorm, scale="gamma: channel", bias="beta: channel")
    def group_norm(
        self, groups, epsilon, scale, bias, scale_initializer, bias_initializer
    ) -> keras.layers.GroupNormalization:
        return keras.layers.GroupNormalization(
            groups,
            **given(
                epsilon=epsilon,
                scale=scale,
                center=bias,
                gamma_initializer=scale_initializer,
                beta_initializer=bias_initializer,
            ),
        )

    @builds(InstanceNorm, scale="gamma: channel", bias="beta: channel")
    def instance_norm(
        self, epsilon, scale, bias, scale_initializer, bias_initializer
    ) -> keras.layers.GroupNormalization:
        # As many groups as channels.
        return keras.layers.GroupNormalization(
            -1,
            **given(
                epsilon=epsilon,
                scale=scale,
                center=bias,
                gamma_initializer=scale_initializer,
                beta_initializer=bias_initializer,
            ),
        )

    @builds(RMSNorm, when={"scale": {True, None}}, scale="scale: channel")
    def rms_norm(self, epsilon) -> keras.layers.RMSNormalization:
        return keras.layers.RMSNormalization(**given(epsilon=epsilon))

    @builds(LSTM, when={"cell": False, "layers": 1, "directions": 1, "biases": {0, 1}}, **LSTM_ROLES)
    def lstm(
        self, hidden, biases, returns, input_weight_initializer, recurrent_weight_initializer, bias_initializer
    ) -> keras.layers.LSTM:
        # unit_forget_bias would take precedence over the bias initializer.
        return keras.layers.LSTM(
            hidden,
            use_bias=biases == 1,
            return_sequences=returns == "sequence",
            **given(
                kernel_initializer=input_weight_initializer,
                recurrent_initializer=recurrent_weight_initializer,
                bias_initializer=bias_initializer,
                unit_forget_bias=None if bias_initializer is None else False,
            ),
        )

    @builds(LSTM, when={"cell": False, "layers": 1, "directions": 2, "biases": {0, 1}}, **LSTM_ROLES_BOTH_WAYS)
    def bidirectional_lstm(self, hidden, biases, returns) -> keras.layers.Bidirectional:
        layer = keras.layers.LSTM(
            hidden,
            use_bias=biases == 1,
            return_sequences=returns == "sequence",
        )
        return keras.layers.Bidirectional(layer)

    @builds(LSTM, when={"cell": False, "directions": 1, "biases": {0, 1}}, **within("layers[{n}].", LSTM_ROLES))
    def stacked_lstm(self, hidden, layers, biases, returns) -> keras.Sequential:
        return keras.Sequential(
            [
                keras.layers.LSTM(
                    hidden,
                    use_bias=biases == 1,
                    return_sequences=returns == "sequence" or number < layers - 1,
                )
                for number in range(layers)
            ]
        )

    @builds(
        LSTM, when={"cell": False, "directions": 2, "biases": {0, 1}}, **within("layers[{n}].", LSTM_ROLES_BOTH_WAYS)
    )
    def stacked_bidirectional_lstm(self, hidden, layers, biases, returns) -> keras.Sequential:
        return keras.Sequential(
            [
                keras.layers.Bidirectional(
                    keras.layers.LSTM(
                        hidden,
                        use_bias=biases == 1,
                        return_sequences=returns == "sequence" or number < layers - 1,
                    )
                )
                for number in range(layers)
            ]
        )

    @builds(
        GRU,
        when={"cell": False, "layers": 1, "directions": 1, "biases": 2, "linear_before_reset": True},
        **GRU_OF_TWO_BIASES,
    )
    def gru_of_two_biases(
        self, hidden, returns, input_weight_initializer, recurrent_weight_initializer
    ) -> keras.layers.GRU:
        return keras.layers.GRU(
            hidden,
            return_sequences=returns == "sequence",
            **given(kernel_initializer=input_weight_initializer, recurrent_initializer=recurrent_weight_initializer),
        )

    @builds(
        GRU,
        when={"cell": False, "layers": 1, "directions": 2, "biases": 2, "linear_before_reset": True},
        **GRU_OF_TWO_BIASES_BOTH_WAYS,
    )
    def bidirectional_gru_of_two_biases(self, hidden, returns) -> keras.layers.Bidirectional:
        return keras.layers.Bidirectional(keras.layers.GRU(hidden, return_sequences=returns == "sequence"))

    @builds(
        GRU,
        when={"cell": False, "directions": 1, "biases": 2, "linear_before_reset": True},
        **within("layers[{n}].", GRU_OF_TWO_BIASES),
    )
    def stacked_gru_of_two_biases(self, hidden, layers, returns) -> keras.Sequential:
        return keras.Sequential(
            [
                keras.layers.GRU(hidden, return_sequences=returns == "sequence" or number < layers - 1)
                for number in range(layers)
            ]
        )

    @builds(
        GRU,
        when={"cell": False, "directions": 2, "biases": 2, "linear_before_reset": True},
        **within("layers[{n}].", GRU_OF_TWO_BIASES_BOTH_WAYS),
    )
    def stacked_bidirectional_gru_of_two_biases(self, hidden, layers, returns) -> keras.Sequential:
        return keras.Sequential(
            [
                keras.layers.Bidirectional(
                    keras.layers.GRU(hidden, return_sequences=returns == "sequence" or number < layers - 1)
                )
                for number in range(layers)
            ]
        )

    @builds(GRU, when={"cell": False, "layers": 1, "directions": 1, "form": GRU_FORMS}, **GRU_ROLES)
    def gru(
        self, hidden, biases, linear_before_reset, returns, input_weight_initializer, recurrent_weight_initializer,
        bias_initializer,
    ) -> keras.layers.GRU:  # fmt: skip
        return keras.layers.GRU(
            hidden,
            reset_after=linear_before_reset,
            use_bias=biases == 1,
            return_sequences=returns == "sequence",
            **given(
                kernel_initializer=input_weight_initializer,
                recurrent_initializer=recurrent_weight_initializer,
                bias_initializer=bias_initializer,
            ),
        )

    @builds(GRU, when={"cell": False, "layers": 1, "directions": 2, "form": GRU_FORMS}, **GRU_ROLES_BOTH_WAYS)
    def bidirectional_gru(self, hidden, biases, linear_before_reset, returns) -> keras.layers.Bidirectional:
        layer = keras.layers.GRU(
            hidden,
            reset_after=linear_before_reset,
            use_bias=biases == 1,
            return_sequences=returns == "sequence",
        )
        return keras.layers.Bidirectional(layer)

    @builds(GRU, when={"cell": False, "directions": 1, "form": GRU_FORMS}, **within("layers[{n}].", GRU_ROLES))
    def stacked_gru(self, hidden, layers, biases, linear_before_reset, returns) -> keras.Sequential:
        return keras.Sequential(
            [
                keras.layers.GRU(
                    hidden,
                    reset_after=linear_before_reset,
                    use_bias=biases == 1,
                    return_sequences=returns == "sequence" or number < layers - 1,
                )
                for number in range(layers)
            ]
        )

    @builds(
        GRU, when={"cell": False, "directions": 2, "form": GRU_FORMS}, **within("layers[{n}].", GRU_ROLES_BOTH_WAYS)
    )
    def stacked_bidirectional_gru(self, hidden, layers, biases, linear_before_reset, returns) -> keras.Sequential:
        return keras.Sequential(
            [
                keras.layers.Bidirectional(
                    keras.layers.GRU(
                        hidden,
                        reset_after=linear_before_reset,
                        use_bias=biases == 1,
                        return_sequences=returns == "sequence" or number < layers - 1,
                    )
                )
                for number in range(layers)
            ]
        )

    @builds(RNN, when={"cell": False, "layers": 1, "directions": 1, "biases": {0, 1}}, **RNN_ROLES)
    def rnn(
        self, hidden, biases, function, returns, input_weight_initializer, recurrent_weight_initializer,
        bias_initializer,
    ) -> keras.layers.SimpleRNN:  # fmt: skip
        return keras.layers.SimpleRNN(
            hidden,
            activation=function,
            use_bias=biases == 1,
            return_sequences=returns == "sequence",
            **given(
                kernel_initializer=input_weight_initializer,
                recurrent_initializer=recurrent_weight_initializer,
                bias_initializer=bias_initializer,
            ),
        )

    @builds(RNN, when={"cell": False, "layers": 1, "directions": 2, "biases": {0, 1}}, **RNN_ROLES_BOTH_WAYS)
    def bidirectional_rnn(self, hidden, biases, function, returns) -> keras.layers.Bidirectional:
        layer = keras.layers.SimpleRNN(
            hidden,
            activation=function,
            use_bias=biases == 1,
            return_sequences=returns == "sequence",
        )
        return keras.layers.Bidirectional(layer)

    @builds(RNN, when={"cell": False, "directions": 1, "biases": {0, 1}}, **within("layers[{n}].", RNN_ROLES))
    def stacked_rnn(self, hidden, layers, biases, function, returns) -> keras.Sequential:
        return keras.Sequential(
            [
                keras.layers.SimpleRNN(
                    hidden,
                    activation=function,
                    use_bias=biases == 1,
                    return_sequences=returns == "sequence" or number < layers - 1,
                )
                for number in range(layers)
            ]
        )

    @builds(RNN, when={"cell": False, "directions": 2, "biases": {0, 1}}, **within("layers[{n}].", RNN_ROLES_BOTH_WAYS))
    def stacked_bidirectional_rnn(self, hidden, layers, biases, function, returns) -> keras.Sequential:
        return keras.Sequential(
            [
                keras.layers.Bidirectional(
                    keras.layers.SimpleRNN(
                        hidden,
                        activation=function,
                        use_bias=biases == 1,
                        return_sequences=returns == "sequence" or number < layers - 1,
                    )
                )
                for number in range(layers)
            ]
        )

    @builds(LSTM, when={**CELL, "biases": {0, 1}}, **LSTM_ROLES)
    def lstm_cell(
        self, hidden, biases, returns, input_weight_initializer, recurrent_weight_initializer, bias_initializer
    ) -> keras.layers.RNN:
        # unit_forget_bias would take precedence over the bias initializer.
        cell = keras.layers.LSTMCell(
            hidden,
            use_bias=biases == 1,
            **given(
                kernel_initializer=input_weight_initializer,
                recurrent_initializer=recurrent_weight_initializer,
                bias_initializer=bias_initializer,
                unit_forget_bias=None if bias_initializer is None else False,
            ),
        )
        return keras.layers.RNN(cell, return_sequences=returns == "sequence")

    @builds(GRU, when={**CELL, "biases": 2, "linear_before_reset": True}, **GRU_OF_TWO_BIASES)
    def gru_cell_of_two_biases(
        self, hidden, returns, input_weight_initializer, recurrent_weight_initializer
    ) -> keras.layers.RNN:
        cell = keras.layers.GRUCell(
            hidden,
            **given(kernel_initializer=input_weight_initializer, recurrent_initializer=recurrent_weight_initializer),
        )
        return keras.layers.RNN(cell, return_sequences=returns == "sequence")

    @builds(GRU, when={**CELL, "form": GRU_FORMS}, **GRU_ROLES)
    def gru_cell(
        self, hidden, biases, linear_before_reset, returns, input_weight_initializer, recurrent_weight_initializer,
        bias_initializer,
    ) -> keras.layers.RNN:  # fmt: skip
        cell = keras.layers.GRUCell(
            hidden,
            reset_after=linear_before_reset,
            use_bias=biases == 1,
            **given(
                kernel_initializer=input_weight_initializer,
                recurrent_initializer=recurrent_weight_initializer,
                bias_initializer=bias_initializer,
            ),
        )
        return keras.layers.RNN(cell, return_sequences=returns == "sequence")

    @builds(RNN, when={**CELL, "biases": {0, 1}}, **RNN_ROLES)
    def rnn_cell(
        self, hidden, biases, function, returns, input_weight_initializer, recurrent_weight_initializer,
        bias_initializer,
    ) -> keras.layers.RNN:  # fmt: skip
        cell = keras.layers.SimpleRNNCell(
            hidden,
            activation=function,
            use_bias=biases == 1,
            **given(
                kernel_initializer=input_weight_initializer,
                recurrent_initializer=recurrent_weight_initializer,
                bias_initializer=bias_initializer,
            ),
        )
        return keras.layers.RNN(cell, return_sequences=returns == "sequence")

    @builds(Embedding, weight="embeddings: number width")
    def embedding(self, number, width, weight_initializer) -> keras.layers.Embedding:
        return keras.layers.Embedding(number, width, **given(embeddings_initializer=weight_initializer))

    @builds(
        SelfAttention,
        query_weight="attention.query_dense.kernel: in head dim",
        query_bias="attention.query_dense.bias: head dim",
        key_weight="attention.key_dense.kernel: in head dim",
        key_bias="attention.key_dense.bias: head dim",
        value_weight="attention.value_dense.kernel: in head dim",
        value_bias="attention.value_dense.bias: head dim",
        output_weight="attention.output_dense.kernel: head dim out",
        output_bias="attention.output_dense.bias: out",
    )
    def self_attention(
        self, heads, bias, causal, mask, addends, key_width, value_width, output_width
    ) -> AttentionToItself:
        return AttentionToItself(
            heads,
            key_width,
            value_dim=value_width or None,
            use_bias=bias,
            output_shape=output_width or None,
            causal=causal,
            mask=mask or addends or None,
        )
