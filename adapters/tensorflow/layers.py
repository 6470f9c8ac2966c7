"""Constructors of tf.keras layers, one method per kind or variant, with the layouts of their parameters."""

from __future__ import annotations

import math

import tensorflow as tf
from tensorflow import keras

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
    SeparableConvolution,
    Softmax,
)


def registered(kind):
    """Register a class or function by name, so that layers can be created from their configs."""
    keras.utils.get_custom_objects()[kind.__name__] = kind
    return kind


@registered
def gelu_tanh(inputs):
    """GELU with the tanh approximation, which TensorFlow 2.3 does not provide."""
    return 0.5 * inputs * (1.0 + tf.tanh(math.sqrt(2.0 / math.pi) * (inputs + 0.044715 * inputs**3)))


@registered
class TiedDense(keras.layers.Layer):
    """A dense layer that uses another layer's kernel, and its bias, a bias of its own, or none."""

    def __init__(self, source, units, use_bias=True, tie_bias=False, bias_initializer="zeros", **kwargs):
        super().__init__(**kwargs)
        self.source = lambda: source  # a plain attribute would make it a sublayer
        self.units = units
        self.use_bias = use_bias
        self.tie_bias = tie_bias
        self.kernel_initializer = source.kernel_initializer
        self.bias_initializer = keras.initializers.get(bias_initializer)

    @property
    def kernel(self):
        return self.source().kernel

    @property
    def bias(self):
        return self.source().bias if self.tie_bias else self.own_bias

    def build(self, input_shape):
        if not self.source().built:
            self.source().build(input_shape)
        if self.use_bias and not self.tie_bias:
            self.own_bias = self.add_weight("bias", shape=(self.units,), initializer=self.bias_initializer)
        else:
            self.own_bias = None
        super().build(input_shape)

    def call(self, inputs):
        outputs = tf.matmul(inputs, self.kernel)
        return outputs if self.bias is None else outputs + self.bias

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "source": keras.layers.serialize(self.source()),
            "units": self.units,
            "use_bias": self.use_bias,
            "tie_bias": self.tie_bias,
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }

    @classmethod
    def from_config(cls, config):
        source = keras.layers.deserialize(config["source"])
        return cls(**{**config, "source": source})


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


class TensorFlowLayers(Adapter):
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

    @builds(Activation, when={"function": "gelu_tanh"})
    def gelu_tanh(self) -> keras.layers.Activation:
        return keras.layers.Activation(gelu_tanh)

    @builds(Activation, when={"function": "silu"})
    def silu(self) -> keras.layers.Activation:
        return keras.layers.Activation("swish")

    @builds(Activation)
    def activation(self, function) -> keras.layers.Activation:
        return keras.layers.Activation(function)

    @builds(LeakyReLU)
    def leaky_relu(self, slope) -> keras.layers.LeakyReLU:
        return keras.layers.LeakyReLU(**given(alpha=slope))

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
        return getattr(keras.layers, f"MaxPooling{len(window)}D")(window, strides=strides)

    @builds(MaxPooling, when={"margin": "same", "ceil": False})
    def same_max_pooling(self, window, strides, pads_begin, pads_end) -> keras.layers.Layer:
        return getattr(keras.layers, f"MaxPooling{len(window)}D")(window, strides=strides, padding="same")

    @builds(AveragePooling, when={"is_padded": False, "ceil": False})
    def average_pooling(self, window, strides, pads_begin, pads_end, counts_pads) -> keras.layers.Layer:
        return getattr(keras.layers, f"AveragePooling{len(window)}D")(window, strides=strides)

    @builds(AveragePooling, when={"margin": "same", "counts_pads": False, "ceil": False})
    def same_average_pooling(self, window, strides, pads_begin, pads_end) -> keras.layers.Layer:
        return getattr(keras.layers, f"AveragePooling{len(window)}D")(window, strides=strides, padding="same")

    @builds(AveragePooling, when={"is_padded": True, "counts_pads": True, "ceil": False})
    def padded_average_pooling(self, window, strides, pads_begin, pads_end) -> keras.Sequential:
        padding = tuple(zip(pads_begin, pads_end))
        layer = getattr(keras.layers, f"AveragePooling{len(window)}D")(window, strides=strides)
        return keras.Sequential(
            [getattr(keras.layers, f"ZeroPadding{len(window)}D")(padding[0] if len(padding) == 1 else padding), layer]
        )

    @builds(GlobalPooling, when={"statistic": "average"})
    def global_average_pooling(self, dimensions) -> keras.layers.Layer:
        return getattr(keras.layers, f"GlobalAveragePooling{dimensions}D")()

    @builds(GlobalPooling, when={"statistic": "max"})
    def global_max_pooling(self, dimensions) -> keras.layers.Layer:
        return getattr(keras.layers, f"GlobalMaxPooling{dimensions}D")()

    @builds(Convolution, when={"is_padded": False}, weight="kernel: *window in out", bias="bias: out")
    def convolution(
        self, filters, window, strides, dilation, pads_begin, pads_end, groups, bias, weight_initializer,
        bias_initializer,
    ) -> keras.layers.Layer:  # fmt: skip
        if max(strides) > 1 and max(dilation) > 1:
            raise Unsupported("strided_dilation")
        return getattr(keras.layers, f"Conv{len(window)}D")(
            filters,
            window,
            strides=strides,
            dilation_rate=dilation,
            use_bias=bias,
            **given(
                groups=None if groups == 1 else groups,
                kernel_initializer=weight_initializer,
                bias_initializer=bias_initializer,
            ),
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
        layer = getattr(keras.layers, f"Conv{len(window)}D")(
            filters,
            window,
            strides=strides,
            dilation_rate=dilation,
            use_bias=bias,
            **given(
                groups=None if groups == 1 else groups,
                kernel_initializer=weight_initializer,
                bias_initializer=bias_initializer,
            ),
        )
        return keras.Sequential(
            [getattr(keras.layers, f"ZeroPadding{len(window)}D")(padding[0] if len(padding) == 1 else padding), layer]
        )

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
        if len(window) == 3 and max(dilation) > 1:
            raise Unsupported("dilated_transposed_volumes")
        # Without output_padding, Keras extends the output if the window is smaller than the stride.
        return getattr(keras.layers, f"Conv{len(window)}DTranspose")(
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
        if len(window) == 3 and max(dilation) > 1:
            raise Unsupported("dilated_transposed_volumes")
        cropping = tuple(zip(pads_begin, pads_end))
        layer = getattr(keras.layers, f"Conv{len(window)}DTranspose")(
            filters,
            window,
            strides=strides,
            output_padding=output_padding,
            dilation_rate=dilation,
            use_bias=bias,
            **given(kernel_initializer=weight_initializer, bias_initializer=bias_initializer),
        )
        return keras.Sequential(
            [layer, getattr(keras.layers, f"Cropping{len(window)}D")(cropping[0] if len(cropping) == 1 else cropping)]
        )

    @builds(
        DepthwiseConvolution,
        when={"is_padded": False, "dimensions": {1, 2}},
        weight="depthwise_kernel: *window in multiplier",
        bias="bias: out",
    )
    def depthwise_convolution(
        self, window, multiplier, strides, dilation, pads_begin, pads_end, bias, weight_initializer, bias_initializer
    ) -> keras.layers.Layer:
        return getattr(keras.layers, f"DepthwiseConv{len(window)}D")(
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
        weight="layers[1].depthwise_kernel: *window in multiplier",
        bias="layers[1].bias: out",
    )
    def padded_depthwise_convolution(
        self, window, multiplier, strides, dilation, pads_begin, pads_end, bias, weight_initializer, bias_initializer
    ) -> keras.Sequential:
        padding = tuple(zip(pads_begin, pads_end))
        layer = getattr(keras.layers, f"DepthwiseConv{len(window)}D")(
            window,
            strides=strides,
            depth_multiplier=multiplier,
            dilation_rate=dilation,
            use_bias=bias,
            **given(depthwise_initializer=weight_initializer, bias_initializer=bias_initializer),
        )
        return keras.Sequential(
            [getattr(keras.layers, f"ZeroPadding{len(window)}D")(padding[0] if len(padding) == 1 else padding), layer]
        )

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
        return getattr(keras.layers, f"SeparableConv{len(window)}D")(
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
        layer = getattr(keras.layers, f"SeparableConv{len(window)}D")(
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
        return keras.Sequential(
            [getattr(keras.layers, f"ZeroPadding{len(window)}D")(padding[0] if len(padding) == 1 else padding), layer]
        )

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
        # The fused version, the default for images, stores unbiased variances.
        return keras.layers.BatchNormalization(
            fused=False,
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

    @builds(LSTM, when={"cell": False, "layers": 1, "directions": 1, "biases": {0, 1}}, **LSTM_ROLES)
    def lstm(
        self, hidden, biases, returns, input_weight_initializer, recurrent_weight_initializer, bias_initializer
    ) -> keras.layers.LSTM:
        # unit_forget_bias would take precedence over the bias initializer.
        return keras.layers.LSTM(
            hidden,
            recurrent_activation="sigmoid",
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
            recurrent_activation="sigmoid",
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
                    recurrent_activation="sigmoid",
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
                        recurrent_activation="sigmoid",
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
            recurrent_activation="sigmoid",
            reset_after=True,
            return_sequences=returns == "sequence",
            **given(kernel_initializer=input_weight_initializer, recurrent_initializer=recurrent_weight_initializer),
        )

    @builds(
        GRU,
        when={"cell": False, "layers": 1, "directions": 2, "biases": 2, "linear_before_reset": True},
        **GRU_OF_TWO_BIASES_BOTH_WAYS,
    )
    def bidirectional_gru_of_two_biases(self, hidden, returns) -> keras.layers.Bidirectional:
        return keras.layers.Bidirectional(
            keras.layers.GRU(
                hidden, recurrent_activation="sigmoid", reset_after=True, return_sequences=returns == "sequence"
            )
        )

    @builds(
        GRU,
        when={"cell": False, "directions": 1, "biases": 2, "linear_before_reset": True},
        **within("layers[{n}].", GRU_OF_TWO_BIASES),
    )
    def stacked_gru_of_two_biases(self, hidden, layers, returns) -> keras.Sequential:
        return keras.Sequential(
            [
                keras.layers.GRU(
                    hidden,
                    recurrent_activation="sigmoid",
                    reset_after=True,
                    return_sequences=returns == "sequence" or number < layers - 1,
                )
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
                    keras.layers.GRU(
                        hidden,
                        recurrent_activation="sigmoid",
                        reset_after=True,
                        return_sequences=returns == "sequence" or number < layers - 1,
                    )
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
            recurrent_activation="sigmoid",
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
            recurrent_activation="sigmoid",
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
                    recurrent_activation="sigmoid",
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
                        recurrent_activation="sigmoid",
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
            recurrent_activation="sigmoid",
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
            recurrent_activation="sigmoid",
            reset_after=True,
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
            recurrent_activation="sigmoid",
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
