"""The layers of a Keras model in terms of the specification: the inverse of :mod:`adapters.keras.layers`."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, Dict, List, Optional, Tuple

import keras

from adapters.keras.adapter import Residual
from specs.errors import SpecError
from specs.layers import (
    GRU,
    LSTM,
    RNN,
    Activation,
    AveragePooling,
    BatchNorm,
    Convolution,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GlobalPooling,
    GroupNorm,
    LayerNorm,
    LeakyReLU,
    MaxPooling,
    Softmax,
)
from specs.layers.layer import Axes, Layer, shape_of
from specs.programs import networks

Layers = List[Layer]

#: Keras' activation functions that are an :class:`Activation` of the same name.
FUNCTIONS = ("relu", "tanh", "sigmoid", "elu", "selu", "softplus", "silu", "gelu")


def children(layer: Any) -> Optional[Tuple[type, List[Any]]]:
    """The type of a sequence and its layers, or None if the layer is not a sequence."""
    if isinstance(layer, Residual):
        return networks.Residual, list(layer.layers)
    return (networks.Block, list(layer.layers)) if type(layer) is keras.Sequential else None


def layers(layer: Any, given: Axes) -> Layers:
    """The layers equivalent to a Keras layer. Raises :class:`SpecError` if there are none."""
    if type(layer) not in KNOWN:
        raise SpecError(f"{type(layer).__name__} is not known")
    return KNOWN[type(layer)](layer, given)


def expect(layer: Any, **values: Any) -> None:
    """Raise :class:`SpecError` if an attribute of a layer has another value."""
    for name, value in values.items():
        if getattr(layer, name) != value:
            raise SpecError(f"{type(layer).__name__} with {name}={getattr(layer, name)!r} is not known")


def function(activation: Any) -> Layers:
    """An activation function as a list of layers, empty for the identity."""
    name = activation.__name__
    if name == "softmax":
        return [Softmax()]
    if name != "linear" and name not in FUNCTIONS:
        raise SpecError(f"the activation {name} is not known")
    return [] if name == "linear" else [Activation(name)]


def dense(layer: Any, given: Axes) -> Layers:
    return [Dense(layer.units, layer.use_bias), *function(layer.activation)]


def pads_of(layer: Any, given: Axes, window: Tuple[int, ...], dilation: Tuple[int, ...]) -> Dict[str, Any]:
    """Pads as numbers; ``same`` pads so that the output has ceil(extent / stride) places, the smaller half first."""
    expect(layer, data_format="channels_last")
    if layer.padding == "valid":
        return {}
    expect(layer, padding="same")
    begin, end = [], []
    for extent, size, step, apart in zip(shape_of(given[1:]), window, layer.strides, dilation):
        reach = (size - 1) * apart + 1
        total = max((-(-extent // step) - 1) * step + reach - extent, 0)
        begin.append(total // 2)
        end.append(total - total // 2)
    return {"pads_begin": tuple(begin), "pads_end": tuple(end)}


def convolution(layer: Any, given: Axes) -> Layers:
    dilation = tuple(layer.dilation_rate)
    sizes = {"strides": tuple(layer.strides), "dilation": dilation, "groups": layer.groups, "bias": layer.use_bias}
    pads = pads_of(layer, given, tuple(layer.kernel_size), dilation)
    return [Convolution(layer.filters, tuple(layer.kernel_size), **sizes, **pads), *function(layer.activation)]


def pooling(kind: Callable[..., Layer], **more: Any) -> Callable[[Any, Axes], Layers]:
    def described(layer: Any, given: Axes) -> Layers:
        window = tuple(layer.pool_size)
        pads = pads_of(layer, given, window, (1,) * len(window))
        return [kind(window, strides=tuple(layer.strides), **pads, **more)]

    return described


def batch_norm(layer: Any, given: Axes) -> Layers:
    expect(layer, scale=True, center=True)
    if layer.axis not in (-1, len(given)):
        raise SpecError(f"BatchNormalization with axis={layer.axis} is not known")
    return [BatchNorm(layer.momentum, layer.epsilon)]


def layer_norm(layer: Any, given: Axes) -> Layers:
    expect(layer, scale=True, center=True)
    return [LayerNorm(layer.epsilon)]


def group_norm(layer: Any, given: Axes) -> Layers:
    expect(layer, scale=True, center=True)
    return [GroupNorm(layer.groups, layer.epsilon)]


def returns(layer: Any) -> str:
    expect(layer, return_state=False, go_backwards=False, stateful=False)
    return "sequence" if layer.return_sequences else "last"


def lstm(layer: Any) -> LSTM:
    """The LSTM of a layer or a cell."""
    expect(layer, activation=keras.activations.tanh, recurrent_activation=keras.activations.sigmoid, dropout=0.0)
    return LSTM(layer.units, biases=int(layer.use_bias))


def gru(layer: Any) -> GRU:
    """The GRU of a layer or a cell."""
    expect(layer, activation=keras.activations.tanh, recurrent_activation=keras.activations.sigmoid, dropout=0.0)
    biases = (2 if layer.reset_after else 1) if layer.use_bias else 0
    return GRU(layer.units, biases=biases, linear_before_reset=layer.reset_after)


def rnn(layer: Any) -> RNN:
    """The RNN of a layer or a cell."""
    expect(layer, dropout=0.0)
    return RNN(layer.units, biases=int(layer.use_bias), function=layer.activation.__name__)


def recurrent(described: Callable[[Any], Any]) -> Callable[[Any, Axes], Layers]:
    return lambda layer, given: [dataclasses.replace(described(layer), returns=returns(layer))]


def of_cell(layer: Any, given: Axes) -> Layers:
    """The layer equivalent to a cell that ``keras.layers.RNN`` calls."""
    if type(layer.cell) not in CELLS:
        raise SpecError(f"RNN of a {type(layer.cell).__name__} is not known")
    return [dataclasses.replace(CELLS[type(layer.cell)](layer.cell), returns=returns(layer), cell=True)]


def embedding(layer: Any, given: Axes) -> Layers:
    expect(layer, mask_zero=False)
    return [Embedding(layer.input_dim, layer.output_dim)]


def global_pooling(statistic: str) -> Callable[[Any, Axes], Layers]:
    def described(layer: Any, given: Axes) -> Layers:
        expect(layer, keepdims=False)
        return [GlobalPooling(statistic)]

    return described


_OF = keras.layers
CELLS: Dict[type, Callable[[Any], Any]] = {_OF.LSTMCell: lstm, _OF.GRUCell: gru, _OF.SimpleRNNCell: rnn}
KNOWN: Dict[type, Callable[[Any, Axes], Layers]] = {
    _OF.Dense: dense,
    **dict.fromkeys((_OF.Conv1D, _OF.Conv2D, _OF.Conv3D), convolution),
    **dict.fromkeys((_OF.MaxPooling1D, _OF.MaxPooling2D, _OF.MaxPooling3D), pooling(MaxPooling)),
    **dict.fromkeys(
        (_OF.AveragePooling1D, _OF.AveragePooling2D, _OF.AveragePooling3D), pooling(AveragePooling, counts_pads=False)
    ),
    **dict.fromkeys(
        (_OF.GlobalAveragePooling1D, _OF.GlobalAveragePooling2D, _OF.GlobalAveragePooling3D), global_pooling("average")
    ),
    **dict.fromkeys((_OF.GlobalMaxPooling1D, _OF.GlobalMaxPooling2D, _OF.GlobalMaxPooling3D), global_pooling("max")),
    _OF.BatchNormalization: batch_norm,
    _OF.LayerNormalization: layer_norm,
    _OF.GroupNormalization: group_norm,
    _OF.LSTM: recurrent(lstm),
    _OF.GRU: recurrent(gru),
    _OF.SimpleRNN: recurrent(rnn),
    _OF.RNN: of_cell,
    _OF.Embedding: embedding,
    _OF.Dropout: lambda layer, given: [Dropout(layer.rate)],
    _OF.Flatten: lambda layer, given: [Flatten()],
    _OF.Activation: lambda layer, given: function(layer.activation),
    _OF.ReLU: lambda layer, given: [Activation("relu")],
    _OF.LeakyReLU: lambda layer, given: [LeakyReLU(layer.negative_slope)],
    _OF.Softmax: lambda layer, given: [Softmax()],
    _OF.InputLayer: lambda layer, given: [],
}
