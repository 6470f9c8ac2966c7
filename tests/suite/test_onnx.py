"""Layers compute what ONNX, an independent specification, defines, according to its reference evaluator.

ONNX has the same equations (https://onnx.ai/onnx/operators), partly with other axis orders.
"""

import dataclasses
from typing import Any, Dict, List, Optional

import numpy as np
import onnx
import pytest
from onnx import helper
from onnx.reference import ReferenceEvaluator
from onnx.reference.ops.op_rnn import RNN_14

from specs.laws.limits import NORMS
from specs.layers import (
    EXAMPLES,
    GRU,
    KINDS,
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
from specs.layers.algebra import exactly
from specs.layers.attention import PARTS, Attention
from specs.layers.layer import Axes, Layer, channel, sequence, shape_of
from specs.layers.layout import layout
from specs.layers.pooling import Pooling
from specs.layers.recurrent import Recurrent
from specs.layers.separable import Depthwise
from tests.strategies.networks import GIVEN

ROWS = 4
LEAST = np.array(-np.inf)


class RNNWithRelu(RNN_14):
    """The operator also allows Relu, but its evaluator only implements Tanh and Affine."""

    def choose_act(self, name, alpha, beta):
        return (lambda x: np.maximum(x, 0)) if name == "Relu" else super().choose_act(name, alpha, beta)


RNNWithRelu.__name__ = "RNN"  # the evaluator looks it up by this name

Values = Dict[str, np.ndarray]


def run(operator: str, *inputs, outputs: int = 1, opset: int = 21, **attributes) -> List[np.ndarray]:
    """The results of one ONNX operator in float64, or with integer or boolean inputs where it requires them."""
    names = [f"input{at}" for at in range(len(inputs))]
    results = [f"output{at}" for at in range(outputs)]
    node = helper.make_node(operator, names, results, **attributes)
    types = {
        np.dtype(np.float64): onnx.TensorProto.DOUBLE,
        np.dtype(np.int64): onnx.TensorProto.INT64,
        np.dtype(np.bool_): onnx.TensorProto.BOOL,
    }
    graph = helper.make_graph(
        [node],
        "one operator",
        [helper.make_tensor_value_info(name, types[array.dtype], array.shape) for name, array in zip(names, inputs)],
        [helper.make_tensor_value_info(name, onnx.TensorProto.DOUBLE, None) for name in results],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    found: List[np.ndarray] = ReferenceEvaluator(model, new_ops=[RNNWithRelu]).run(None, dict(zip(names, inputs)))
    return found


def dense(layer: Dense, values: Values, batch: np.ndarray, given: Axes, training: bool) -> List[np.ndarray]:
    if batch.ndim == 2:
        return run("Gemm", batch, values["weight"], *([values["bias"]] if layer.bias else []), transB=1)
    (product,) = run("MatMul", batch, values["weight"].T.copy())
    return run("Add", product, values["bias"]) if layer.bias else [product]


def convolution(layer: Convolution, values: Values, batch: np.ndarray, given: Axes, training: bool):
    return run(
        "Conv",
        batch,
        values["weight"],
        *([values["bias"]] if layer.bias else []),
        kernel_shape=layer.window,
        strides=layer.strides,
        dilations=layer.dilation,
        pads=(*layer.pads_begin, *layer.pads_end),
        group=layer.groups,
    )


def transposed_convolution(
    layer: ConvolutionTransposed, values: Values, batch: np.ndarray, given: Axes, training: bool
):
    """Groups are computed one by one: the evaluator splits the weight along filters instead of channels."""
    biases = np.split(values["bias"], layer.groups) if layer.bias else [None] * layer.groups
    groups = zip(np.split(batch, layer.groups, axis=1), np.split(values["weight"], layer.groups), biases)
    found = [
        run(
            "ConvTranspose",
            *(array for array in group if array is not None),
            kernel_shape=layer.window,
            strides=layer.strides,
            dilations=layer.dilation,
            pads=(*layer.pads_begin, *layer.pads_end),
            output_padding=layer.output_padding,
        )[0]
        for group in groups
    ]
    return [np.concatenate(found, axis=1)]


def depthwise_convolution(
    layer: DepthwiseConvolution, values: Values, batch: np.ndarray, given: Axes, training: bool
) -> List[np.ndarray]:
    return filtered(layer, values["weight"], [values["bias"]] if layer.bias else [], batch)


def separable_convolution(
    layer: SeparableConvolution, values: Values, batch: np.ndarray, given: Axes, training: bool
) -> List[np.ndarray]:
    (outputs,) = filtered(layer, values["depthwise_weight"], [], batch)
    return run("Conv", outputs, values["pointwise_weight"], *([values["bias"]] if layer.bias else []))


def filtered(layer: Depthwise, weight: np.ndarray, bias: List[np.ndarray], batch: np.ndarray) -> List[np.ndarray]:
    """A convolution with as many groups as channels."""
    return run(
        "Conv",
        batch,
        weight.reshape(-1, 1, *layer.window),
        *bias,
        kernel_shape=layer.window,
        strides=layer.strides,
        dilations=layer.dilation,
        pads=(*layer.pads_begin, *layer.pads_end),
        group=len(weight),
    )


def dropout(layer: Dropout, values: Values, batch: np.ndarray, given: Axes, training: bool) -> List[np.ndarray]:
    return run("Dropout", batch, np.array(layer.rate))


def max_pooling(layer: MaxPooling, values: Values, batch: np.ndarray, given: Axes, training: bool) -> List[np.ndarray]:
    # Padded first, since the evaluator's MaxPool does not support some pads in three dimensions.
    pads = np.array([0, 0, *layer.pads_begin, 0, 0, *layer.pads_end])
    return pooled("MaxPool", dataclasses.replace(layer, pads_begin=(), pads_end=()), *run("Pad", batch, pads, LEAST))


def average_pooling(layer: AveragePooling, values: Values, batch: np.ndarray, given: Axes, training: bool):
    return pooled("AveragePool", layer, batch, count_include_pad=int(layer.counts_pads))


def pooled(operator: str, layer: Pooling, batch: np.ndarray, **attributes) -> List[np.ndarray]:
    pads = (*layer.pads_begin, *layer.pads_end)
    sizes = {"kernel_shape": layer.window, "strides": layer.strides, "ceil_mode": int(layer.ceil)}
    return run(operator, batch, pads=pads, **sizes, **attributes)


def global_pooling(layer: GlobalPooling, values: Values, batch: np.ndarray, given: Axes, training: bool):
    # The evaluator's GlobalMaxPool returns a single channel.
    operator = {"average": "ReduceMean", "max": "ReduceMax"}[layer.statistic]
    return run(operator, batch, np.arange(2, batch.ndim), keepdims=0)


def scale_and_bias(values: Values, given: Axes) -> List[np.ndarray]:
    """Scale and bias, which normalization operators require: ones and zeros if a layer has none."""
    channels = channel(given).extent
    return [values.get("scale", np.ones(channels)), values.get("bias", np.zeros(channels))]


def batch_norm(layer: BatchNorm, values: Values, batch: np.ndarray, given: Axes, training: bool):
    return run(
        "BatchNormalization",
        batch,
        *scale_and_bias(values, given),
        values["mean"],
        values["variance"],
        outputs=3 if training else 1,
        epsilon=layer.epsilon,
        momentum=layer.momentum,
        training_mode=int(training),
    )


#: The order of gates in ONNX, by kind.
GATES = {"lstm": "iofg", "gru": "zrn", "rnn": ""}


def recurrent(layer: Recurrent, values: Values, batch: np.ndarray, given: Axes, training: bool) -> List[np.ndarray]:
    roles = {role.name: role for role in layer.roles(given)}
    rows = f"(gate:{GATES[layer.kind]} out)" if GATES[layer.kind] else "out"
    attributes: Dict[str, Any] = {}
    if isinstance(layer, GRU):
        attributes["linear_before_reset"] = int(layer.linear_before_reset)
    if isinstance(layer, RNN):
        attributes["activations"] = [layer.function.title()] * layer.directions

    def held(name: str, pattern: str) -> np.ndarray:
        """A role in ONNX's layout, or zeros for a missing bias."""
        if name not in roles:
            return np.zeros(max(len(GATES[layer.kind]), 1) * layer.hidden)
        return layout(f"array: {pattern}", roles[name].axes, "*data").native(values[name])

    for number in range(layer.layers):
        starts = [f"l{number}_{end}" for end in layer.ends()]
        weights = [
            np.stack([held(f"{start}{word}_weight", f"{rows} in") for start in starts])
            for word in ("input", "recurrent")
        ]
        biases = [
            np.concatenate([held(f"{start}{name}", rows) for name in ("bias", "recurrent_bias")]) for start in starts
        ]
        states, last = run(
            type(layer).__name__,
            batch.transpose(1, 0, 2),
            *weights,
            np.stack(biases),
            outputs=2,
            hidden_size=layer.hidden,
            direction="bidirectional" if layer.directions == 2 else "forward",
            **attributes,
        )
        batch = states.transpose(2, 0, 1, 3).reshape(len(batch), states.shape[0], -1)  # time direction row hidden
    return [last.transpose(1, 0, 2).reshape(len(batch), -1)] if layer.returns == "last" else [batch]


def activation(layer: Activation, values: Values, batch: np.ndarray, given: Axes, training: bool) -> List[np.ndarray]:
    if layer.function == "silu":  # the Swish operator exists only from opset 24 on
        return [batch * run("Sigmoid", batch)[0]]
    if layer.function == "gelu_tanh":
        return run("Gelu", batch, approximate="tanh")
    return run(layer.function.title(), batch)


def leaky_relu(layer: LeakyReLU, values: Values, batch: np.ndarray, given: Axes, training: bool) -> List[np.ndarray]:
    return run("LeakyRelu", batch, alpha=layer.slope)


def prelu(layer: PReLU, values: Values, batch: np.ndarray, given: Axes, training: bool) -> List[np.ndarray]:
    return run("PRelu", batch, values["slope"])


def softmax(layer: Softmax, values: Values, batch: np.ndarray, given: Axes, training: bool) -> List[np.ndarray]:
    return run("Softmax", batch, axis=-1)


def flatten(layer: Flatten, values: Values, batch: np.ndarray, given: Axes, training: bool) -> List[np.ndarray]:
    return run("Flatten", batch)


def embedding(layer: Embedding, values: Values, batch: np.ndarray, given: Axes, training: bool) -> List[np.ndarray]:
    return run("Gather", values["weight"], batch)


def product(batch: np.ndarray, weight: np.ndarray, bias: Optional[np.ndarray]) -> np.ndarray:
    """The product with a weight, whose first axis is outputs, plus the bias if there is one."""
    (products,) = run("MatMul", batch, weight.reshape(-1, batch.shape[-1]).T.copy())
    return products if bias is None else run("Add", products, bias.ravel())[0]


def attention(layer: Attention, values: Values, batch: np.ndarray, given: Axes, training: bool) -> List[np.ndarray]:
    """The operator, between the products with weights."""
    if isinstance(layer, PackedSelfAttention):
        weights = list(values["input_weight"])
        biases = list(values["input_bias"]) if layer.bias else [None] * 3
    else:
        weights = [values[f"{part}_weight"] for part in PARTS]
        biases = [values.get(f"{part}_bias") for part in PARTS]
    parts = [product(batch, weight, bias) for weight, bias in zip(weights, biases)]
    heads = {"q_num_heads": layer.heads, "kv_num_heads": layer.heads}
    masks = [np.array(mask) for mask in (layer.mask, layer.addends) if mask]
    (mixed,) = run("Attention", *parts, *masks, opset=23, is_causal=int(layer.causal), **heads)
    return [product(mixed, values["output_weight"], values.get("output_bias"))]


def layer_norm(layer: LayerNorm, values: Values, batch: np.ndarray, given: Axes, training: bool):
    return run("LayerNormalization", batch, *scale_and_bias(values, given), epsilon=layer.epsilon)


def rms_norm(layer: RMSNorm, values: Values, batch: np.ndarray, given: Axes, training: bool):
    return run("RMSNormalization", batch, scale_and_bias(values, given)[0], opset=23, epsilon=layer.epsilon)


def group_norm(layer: GroupNorm, values: Values, batch: np.ndarray, given: Axes, training: bool):
    sizes = {"epsilon": layer.epsilon, "num_groups": layer.groups}
    return run("GroupNormalization", batch, *scale_and_bias(values, given), **sizes)


def instance_norm(layer: InstanceNorm, values: Values, batch: np.ndarray, given: Axes, training: bool):
    return run("InstanceNormalization", batch, *scale_and_bias(values, given), epsilon=layer.epsilon)


OPERATORS = {
    LayerNorm: layer_norm,
    RMSNorm: rms_norm,
    GroupNorm: group_norm,
    InstanceNorm: instance_norm,
    Embedding: embedding,
    PaddedEmbedding: embedding,
    SelfAttention: attention,
    PackedSelfAttention: attention,
    Dense: dense,
    Convolution: convolution,
    ConvolutionTransposed: transposed_convolution,
    DepthwiseConvolution: depthwise_convolution,
    SeparableConvolution: separable_convolution,
    Dropout: dropout,
    MaxPooling: max_pooling,
    AveragePooling: average_pooling,
    GlobalPooling: global_pooling,
    BatchNorm: batch_norm,
    LSTM: recurrent,
    GRU: recurrent,
    RNN: recurrent,
    Activation: activation,
    LeakyReLU: leaky_relu,
    PReLU: prelu,
    Softmax: softmax,
    Flatten: flatten,
}
#: The layers that laws ask about, and a GRU that no framework here builds.
CHOICES = [(layer, given) for given in GIVEN for kind in KINDS for layer in kind.choices(given)]
CHOICES += [(Activation("selu"), sequence(4, 3))]
CHOICES += [
    (kind(2, **mask), sequence(2, 4))
    for kind in (SelfAttention, PackedSelfAttention)
    for mask in ({"mask": ((True, False), (True, True))}, {"addends": ((0.5, -1.0), (0.0, 2.0))})
]
CHOICES += [
    (dataclasses.replace(layer, **dict.fromkeys(without, False)), given)
    for layer, given in (EXAMPLES[kind.kind] for kind in NORMS)
    for without in (["scale"], *([["bias"], ["scale", "bias"]] if "bias" in layer.holds else []))
]
CHOICES += [(GRU(2, 2, 2, 2, linear_before_reset=False), sequence(4, 3))]
CASES = [
    pytest.param(layer, given, training, id=f"{layer} on {shape_of(given)}{' in training' if training else ''}")
    for layer, given in CHOICES
    for training in ([False, True] if layer.has_modes and not layer.is_random else [False])
]


def test_every_kind_has_an_operator():
    assert set(OPERATORS) == set(KINDS)


@pytest.mark.parametrize(("layer", "given", "training"), CASES)
def test_a_layer_computes_what_its_operator_does(layer: Layer, given: Axes, training: bool):
    random = np.random.default_rng(len(repr(layer)))
    batch = layer.fed(random.uniform(-1, 1, (ROWS, *shape_of(given))))
    values = {
        role.name: random.uniform(0.25 if role.name == "variance" else -1, 1, role.shape) for role in layer.roles(given)
    }
    result = layer.apply({name: exactly(array) for name, array in values.items()}, exactly(batch), given, training)
    output, *buffers = OPERATORS[type(layer)](layer, values, batch, given, training)
    assert output.shape == (ROWS, *shape_of(layer.output(given)))
    # ONNX stores attributes such as epsilon in float32.
    assert result.output.value == pytest.approx(output, rel=1e-6, abs=1e-6)
    for name, after in zip(("mean", "variance"), buffers):
        assert result.buffers[name].value == pytest.approx(after, rel=1e-6, abs=1e-6)
    assert set(result.buffers) == ({"mean", "variance"} if training else set())
