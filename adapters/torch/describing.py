"""The layers of a PyTorch model in terms of the specification: the inverse of :mod:`adapters.torch.layers`."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Tuple

from torch import nn

from adapters.torch.adapter import Residual
from specs.errors import SpecError
from specs.layers import (
    Activation,
    AveragePooling,
    BatchNorm,
    Convolution,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GroupNorm,
    LayerNorm,
    LeakyReLU,
    MaxPooling,
    PReLU,
    RMSNorm,
    Softmax,
)
from specs.layers.layer import Axes, Layer
from specs.programs import networks

Layers = List[Layer]


def children(module: nn.Module) -> Optional[Tuple[type, List[nn.Module]]]:
    """The type of a sequence and its modules, or None if the module is not a sequence."""
    if isinstance(module, Residual):
        return networks.Residual, list(module)
    return (networks.Block, list(module)) if type(module) is nn.Sequential else None


def layers(module: nn.Module, given: Axes) -> Layers:
    """The layers equivalent to a module. Raises :class:`SpecError` if there are none."""
    if type(module) not in KNOWN:
        raise SpecError(f"{type(module).__name__} is not known")
    return KNOWN[type(module)](module, given)


def expect(module: nn.Module, **values: Any) -> None:
    """Raise :class:`SpecError` if an attribute of a module has another value."""
    for name, value in values.items():
        if getattr(module, name) != value:
            raise SpecError(f"{type(module).__name__} with {name}={getattr(module, name)!r} is not known")


def linear(module: nn.Linear, given: Axes) -> Layers:
    return [Dense(module.out_features, module.bias is not None)]


def convolution(module: Any, given: Axes) -> Layers:
    expect(module, padding_mode="zeros")
    if isinstance(module.padding, str):
        raise SpecError(f"{type(module).__name__} with padding={module.padding!r} is not known; tell its numbers")
    sizes = {"strides": module.stride, "dilation": module.dilation}
    pads = {"pads_begin": module.padding, "pads_end": module.padding}
    bias = module.bias is not None
    return [Convolution(module.out_channels, module.kernel_size, **sizes, **pads, groups=module.groups, bias=bias)]


def batch_norm(module: Any, given: Axes) -> Layers:
    expect(module, affine=True, track_running_stats=True)
    return [BatchNorm(1 - module.momentum, module.eps)]


def layer_norm(module: nn.LayerNorm, given: Axes) -> Layers:
    expect(module, elementwise_affine=True, normalized_shape=(given[-1].extent,))
    return [LayerNorm(module.eps)]


def group_norm(module: nn.GroupNorm, given: Axes) -> Layers:
    expect(module, affine=True)
    return [GroupNorm(module.num_groups, module.eps)]


def rms_norm(module: nn.RMSNorm, given: Axes) -> Layers:
    expect(module, elementwise_affine=True, normalized_shape=(given[-1].extent,))
    return [RMSNorm(module.eps)]


def embedding(module: nn.Embedding, given: Axes) -> Layers:
    expect(module, padding_idx=None, max_norm=None)
    return [Embedding(module.num_embeddings, module.embedding_dim)]


def flatten(module: nn.Flatten, given: Axes) -> Layers:
    expect(module, start_dim=1, end_dim=-1)
    return [Flatten()]


def sizes_of(module: Any, given: Axes) -> Dict[str, Any]:
    """The arguments for window, strides and pads, with a number for each spatial axis."""
    count = len(given) - 1

    def each(number: Any) -> Tuple[int, ...]:
        return (number,) * count if isinstance(number, int) else tuple(number)

    pads = each(module.padding)
    return {
        "window": each(module.kernel_size),
        "strides": each(module.stride),
        "pads_begin": pads,
        "pads_end": pads,
        "ceil": module.ceil_mode,
    }


def max_pooling(module: Any, given: Axes) -> Layers:
    expect(module, dilation=1, return_indices=False)
    return [MaxPooling(**sizes_of(module, given))]


def average_pooling(module: Any, given: Axes) -> Layers:
    return [AveragePooling(**sizes_of(module, given), counts_pads=module.count_include_pad)]


def softmax(module: nn.Softmax, given: Axes) -> Layers:
    if module.dim not in (-1, len(given)):
        raise SpecError(f"Softmax with dim={module.dim} is not known")
    return [Softmax()]


def gelu(module: nn.GELU, given: Axes) -> Layers:
    return [Activation({"none": "gelu", "tanh": "gelu_tanh"}[module.approximate])]


def prelu(module: nn.PReLU, given: Axes) -> Layers:
    return [PReLU("one" if module.num_parameters == 1 else "channel")]


def named(function: str) -> Callable[[nn.Module, Axes], Layers]:
    return lambda module, given: [Activation(function)]


KNOWN: Dict[type, Callable[[Any, Axes], Layers]] = {
    nn.Linear: linear,
    **dict.fromkeys((nn.Conv1d, nn.Conv2d, nn.Conv3d), convolution),
    **dict.fromkeys((nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d), batch_norm),
    nn.LayerNorm: layer_norm,
    nn.GroupNorm: group_norm,
    nn.RMSNorm: rms_norm,
    nn.Embedding: embedding,
    nn.Flatten: flatten,
    nn.Dropout: lambda module, given: [Dropout(module.p)],
    **dict.fromkeys((nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d), max_pooling),
    **dict.fromkeys((nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d), average_pooling),
    nn.Softmax: softmax,
    nn.PReLU: prelu,
    nn.GELU: gelu,
    nn.LeakyReLU: lambda module, given: [LeakyReLU(module.negative_slope)],
    nn.ReLU: named("relu"),
    nn.Tanh: named("tanh"),
    nn.Sigmoid: named("sigmoid"),
    nn.ELU: named("elu"),
    nn.SELU: named("selu"),
    nn.Softplus: named("softplus"),
    nn.SiLU: named("silu"),
}
