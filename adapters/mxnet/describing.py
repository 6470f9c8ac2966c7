"""The layers of a Gluon model in terms of the specification: the inverse of :mod:`adapters.mxnet.layers`."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Tuple

from mxnet.gluon import nn, rnn

from adapters.mxnet.adapter import Residual
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
    InstanceNorm,
    LayerNorm,
    LeakyReLU,
    MaxPooling,
)
from specs.layers.layer import Axes, Layer
from specs.programs import networks

Layers = List[Layer]

#: For each of Gluon's activation functions, its name in the specification.
FUNCTIONS = {"relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "softrelu": "softplus"}


def children(block: Any) -> Optional[Tuple[type, List[Any]]]:
    """The type of a sequence and its blocks, or None if the block is not a sequence."""
    if isinstance(block, Residual):
        return networks.Residual, list(block)
    return (networks.Block, list(block)) if type(block) in (nn.Sequential, nn.HybridSequential) else None


def layers(block: Any, given: Axes) -> Layers:
    """The layers equivalent to a block. Raises :class:`SpecError` if there are none."""
    if type(block) not in KNOWN:
        raise SpecError(f"{type(block).__name__} is not known")
    return KNOWN[type(block)](block, given)


def expect(block: Any, arguments: Dict[str, Any], **values: Any) -> None:
    """Raise :class:`SpecError` if an argument of a block, as listed in ``arguments``, has another value."""
    for name, value in values.items():
        if arguments[name] != value:
            raise SpecError(f"{type(block).__name__} with {name}={arguments[name]!r} is not known")


def function(block: Any) -> Layers:
    """The activation of a layer as a list of layers, empty if there is none."""
    if block is None:
        return []
    if block._act_type not in FUNCTIONS:
        raise SpecError(f"the activation {block._act_type} is not known")
    return [Activation(FUNCTIONS[block._act_type])]


def dense(block: nn.Dense, given: Axes) -> Layers:
    # It flattens its input unless built with flatten=False.
    flattened: Layers = [Flatten()] if block._flatten and len(given) > 1 else []
    return [*flattened, Dense(block._units, block.bias is not None), *function(block.act)]


def convolution(block: Any, given: Axes) -> Layers:
    arguments = block._kwargs
    sizes = {"strides": arguments["stride"], "dilation": arguments["dilate"], "groups": arguments["num_group"]}
    pads = {"pads_begin": arguments["pad"], "pads_end": arguments["pad"]}
    bias = block.bias is not None
    return [Convolution(arguments["num_filter"], arguments["kernel"], **sizes, **pads, bias=bias), *function(block.act)]


def pooling(kind: Callable[..., Layer]) -> Callable[[Any, Axes], Layers]:
    def described(block: Any, given: Axes) -> Layers:
        arguments = block._kwargs
        counted = {"counts_pads": arguments["count_include_pad"]} if "count_include_pad" in arguments else {}
        ceil = arguments["pooling_convention"] == "full"
        pads = {"pads_begin": arguments["pad"], "pads_end": arguments["pad"]}
        return [kind(arguments["kernel"], strides=arguments["stride"], **pads, ceil=ceil, **counted)]

    return described


def batch_norm(block: nn.BatchNorm, given: Axes) -> Layers:
    arguments = block._kwargs
    expect(block, arguments, axis=1, fix_gamma=False, use_global_stats=False)
    return [BatchNorm(arguments["momentum"], arguments["eps"])]


def layer_norm(block: nn.LayerNorm, given: Axes) -> Layers:
    return [LayerNorm(block._epsilon)]


def group_norm(block: nn.GroupNorm, given: Axes) -> Layers:
    """A group norm with one channel per group, so that scale and bias per group are also per channel."""
    expect(block, block._kwargs, center=True, scale=True)
    if block._num_groups != given[0].extent:
        raise SpecError("GroupNorm has a scale and a bias for each group, where all others have them for each channel")
    return [InstanceNorm(block._epsilon)]


def recurrent(kind: Callable[..., Layer], **more: Any) -> Callable[[Any, Axes], Layers]:
    def described(block: Any, given: Axes) -> Layers:
        expect(block, vars(block), _layout="NTC", _dropout=0, _projection_size=None)
        return [kind(block._hidden_size, layers=block._num_layers, directions=block._dir, **more)]

    return described


def plain(block: Any, given: Axes) -> Layers:
    return recurrent(RNN, function=block._mode.partition("_")[2])(block, given)


KNOWN: Dict[type, Callable[[Any, Axes], Layers]] = {
    nn.Dense: dense,
    **dict.fromkeys((nn.Conv1D, nn.Conv2D, nn.Conv3D), convolution),
    **dict.fromkeys((nn.MaxPool1D, nn.MaxPool2D, nn.MaxPool3D), pooling(MaxPooling)),
    **dict.fromkeys((nn.AvgPool1D, nn.AvgPool2D, nn.AvgPool3D), pooling(AveragePooling)),
    nn.BatchNorm: batch_norm,
    nn.LayerNorm: layer_norm,
    nn.GroupNorm: group_norm,
    rnn.LSTM: recurrent(LSTM),
    rnn.GRU: recurrent(GRU),
    rnn.RNN: plain,
    nn.Embedding: lambda block, given: [Embedding(block._kwargs["input_dim"], block._kwargs["output_dim"])],
    nn.Dropout: lambda block, given: [Dropout(block._rate)],
    nn.Flatten: lambda block, given: [Flatten()],
    nn.Activation: lambda block, given: function(block),
    nn.LeakyReLU: lambda block, given: [LeakyReLU(block._alpha)],
    nn.ELU: lambda block, given: [Activation("elu")],
    nn.SELU: lambda block, given: [Activation("selu")],
    nn.GELU: lambda block, given: [Activation("gelu")],
    nn.Swish: lambda block, given: [Activation("silu")],
}
