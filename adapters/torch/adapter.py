"""PyTorch."""

from __future__ import annotations

import copy
import functools
import re
from typing import Any, Callable, List, Optional, Tuple

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from adapters.interface import Absence, Failure, Pairs, Unsupported, given
from adapters.torch.divergences import TORCH
from adapters.torch.layers import TorchLayers

DTYPES = {"float16": torch.float16, "float32": torch.float32, "float64": torch.float64}
XAVIER = {"uniform": nn.init.xavier_uniform_, "normal": nn.init.xavier_normal_}
KAIMING = {"uniform": nn.init.kaiming_uniform_, "normal": nn.init.kaiming_normal_}
BARE = {
    "normal": nn.init.normal_,
    "uniform": nn.init.uniform_,
    "truncated_normal": nn.init.trunc_normal_,
    "xavier": nn.init.xavier_uniform_,
    "he": nn.init.kaiming_normal_,
    "orthogonal": nn.init.orthogonal_,
}


class Residual(nn.Sequential):
    """Modules applied in sequence, plus the input."""

    def forward(self, inputs):
        return inputs + super().forward(inputs)


class InList(nn.Module):
    """Modules in a plain list, applied in sequence."""

    def __init__(self, layers):
        super().__init__()
        self.layers = list(layers)

    def __getitem__(self, position):
        return self.layers[position]

    def forward(self, inputs):
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs


def reset(module: nn.Module) -> None:
    """Initialize the parameters of a module and its submodules again, by their defaults.

    Submodules come first, since a module may override the defaults of its submodules.
    """
    for inner in reversed(list(module.modules())):
        if hasattr(inner, "reset_parameters"):
            inner.reset_parameters()


class TorchAdapter(TorchLayers):
    """PyTorch: parameters require gradients, and are initialized in place by functions of ``nn.init``."""

    name = "torch"
    packages = ("torch",)
    divergences = TORCH
    file_suffix = ".pt"
    implied_arguments = {
        "Linear": {"bias": True},
        "LazyLinear": {"bias": True},
        "MaxPool1d": {"padding": (0,), "ceil_mode": False},
        "MaxPool2d": {"padding": (0, 0), "ceil_mode": False},
        "MaxPool3d": {"padding": (0, 0, 0), "ceil_mode": False},
        "AvgPool1d": {"padding": (0,), "count_include_pad": True, "ceil_mode": False},
        "AvgPool2d": {"padding": (0, 0), "count_include_pad": True, "ceil_mode": False},
        "AvgPool3d": {"padding": (0, 0, 0), "count_include_pad": True, "ceil_mode": False},
        "ConvTranspose1d": {
            "stride": (1,), "padding": (0,), "output_padding": (0,), "dilation": (1,), "groups": 1, "bias": True
        },
        "ConvTranspose2d": {
            "stride": (1, 1), "padding": (0, 0), "output_padding": (0, 0), "dilation": (1, 1), "groups": 1, "bias": True
        },
        "ConvTranspose3d": {
            "stride": (1, 1, 1), "padding": (0, 0, 0), "output_padding": (0, 0, 0),
            "dilation": (1, 1, 1), "groups": 1, "bias": True,
        },
        "LazyConvTranspose1d": {
            "stride": (1,), "padding": (0,), "output_padding": (0,), "dilation": (1,), "groups": 1, "bias": True
        },
        "LazyConvTranspose2d": {
            "stride": (1, 1), "padding": (0, 0), "output_padding": (0, 0), "dilation": (1, 1), "groups": 1, "bias": True
        },
        "LazyConvTranspose3d": {
            "stride": (1, 1, 1), "padding": (0, 0, 0), "output_padding": (0, 0, 0),
            "dilation": (1, 1, 1), "groups": 1, "bias": True,
        },
        "BatchNorm1d": {"affine": True},
        "BatchNorm2d": {"affine": True},
        "BatchNorm3d": {"affine": True},
        "LazyBatchNorm1d": {"affine": True},
        "LazyBatchNorm2d": {"affine": True},
        "LazyBatchNorm3d": {"affine": True},
        "LazyInstanceNorm1d": {"affine": True},
        "LazyInstanceNorm2d": {"affine": True},
        "LazyInstanceNorm3d": {"affine": True},
        "LayerNorm": {"elementwise_affine": True, "bias": True},
        "GroupNorm": {"affine": True},
        "RMSNorm": {"elementwise_affine": True},
        "LSTM": {"num_layers": 1, "bias": True, "bidirectional": False},
        "GRU": {"num_layers": 1, "bias": True, "bidirectional": False},
        "RNN": {"num_layers": 1, "nonlinearity": "tanh", "bias": True, "bidirectional": False},
        "AttentionToItself": {"bias": True, "causal": False, "mask": None},
        "MultiheadAttentionToItself": {"bias": True, "causal": False, "mask": None},
    }  # fmt: skip
    absences = {
        "build_max_pooling": Absence(
            "nn.MaxPool2d pads both ends alike; to ceil_mode, what is padded before it is input as any other",
            "https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html",
        ),
        "build_average_pooling": Absence(
            "nn.AvgPool2d pads both ends alike, and what is padded before it is counted",
            "https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html",
        ),
        "scale_above_two": Absence(
            "nn.init.kaiming_uniform_ and kaiming_normal_ take their gain from a nonlinearity: no rectifier's is more",
            "https://docs.pytorch.org/docs/stable/nn.init.html",
        ),
        "identity_gain": Absence(
            "nn.init.eye_ takes no gain",
            "https://docs.pytorch.org/docs/stable/nn.init.html",
        ),
        "bilinear": Absence(
            "nn.init has no weights of an interpolation",
            "https://docs.pytorch.org/docs/stable/nn.init.html",
        ),
        "default_of_one_parameter": Absence(
            "the default is a layer's, not a parameter's: reset_parameters() redraws weight and bias together",
            "https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/modules/linear.py",
        ),
        "inferred_recurrent": Absence(
            "torch.nn has lazy linear, convolutional and norm layers, and no lazy recurrent ones",
            "https://docs.pytorch.org/docs/stable/nn.html#lazy-modules-initialization",
        ),
        "inferred_attention": Absence(
            "torch.nn has no lazy attention layer: its width is an argument",
            "https://docs.pytorch.org/docs/stable/nn.html#lazy-modules-initialization",
        ),
        "build_lstm": Absence(
            "nn.LSTM has two biases or none",
            "https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html",
        ),
        "build_gru": Absence(
            "nn.GRU has two biases or none, and its reset gate comes behind the product with the state",
            "https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html",
        ),
        "build_rnn": Absence(
            "nn.RNN has two biases or none",
            "https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html",
        ),
        "inferred_depthwise": Absence(
            "a lazy convolution is told its groups and its filters, which here follow from the channels that come in",
            "https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/modules/conv.py",
        ),
        "build_prelu": Absence(
            "nn.PReLU has one slope, or one for each channel, which is the second axis",
            "https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html",
        ),
        "inferred_slopes": Absence(
            "nn.PReLU is told the number of its slopes",
            "https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html",
        ),
        "build_batch_norm": Absence(
            "affine is for scale and bias together",
            "https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html",
        ),
        "build_group_norm": Absence(
            "affine is for scale and bias together",
            "https://docs.pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html",
        ),
        "build_instance_norm": Absence(
            "affine is for scale and bias together",
            "https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html",
        ),
        "build_layer_norm": Absence(
            "nn.LayerNorm has no bias where it has no scale",
            "https://docs.pytorch.org/docs/stable/generated/torch.nn.LayerNorm.html",
        ),
        "inferred_norm": Absence(
            "torch.nn has lazy batch and instance norms, and no other lazy norm",
            "https://docs.pytorch.org/docs/stable/nn.html#lazy-modules-initialization",
        ),
        "load_other_shapes": Absence(
            "load_state_dict() raises for another shape, strict or not, once it has copied what fits",
            "https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/modules/module.py",
        ),
        "transposed_tie": Absence(
            "a layer on another's weight with its axes in another order is written for dense layers alone",
            "adapters/torch/layers.py",
            who="here",
        ),
        "initializers_at_construction": Absence(
            "a module takes no initializers: functions of nn.init are called on its parameters once it is built",
            "https://docs.pytorch.org/docs/stable/nn.init.html",
        ),
    }
    failures = (
        Failure(ValueError, "uninitialized parameter", "not_ready"),
        Failure(RuntimeError, "uninitialized parameter", "not_ready"),
        Failure(AttributeError, "'NoneType' object has no attribute 'detach'", "not_ready"),
        Failure(ValueError, "Fan in and fan out can not be computed", "invalid_argument"),
        Failure(ValueError, "Only tensors with", "invalid_argument"),
        Failure(IndexError, "index out of range in self", "invalid_argument"),
        Failure(IndexError, "is out of range", "no_such_parameter"),
        Failure(AttributeError, "has no attribute", "no_such_parameter"),
        Failure(RuntimeError, "backward through the graph a second time", "refused"),
        Failure(RuntimeError, "match the broadcast shape", "wrong_shape"),
        Failure(RuntimeError, "must match the size", "wrong_shape"),
        Failure(RuntimeError, "size mismatch", "wrong_shape"),
        Failure(RuntimeError, "Missing key(s) in state_dict", "no_such_parameter"),
        Failure(RuntimeError, "Unexpected key(s) in state_dict", "no_such_parameter"),
        Failure(RuntimeError, "shapes cannot be multiplied", "wrong_shape"),
        Failure(RuntimeError, "Mismatch in shape", "wrong_shape"),
    )

    def seed(self, seed: int) -> None:
        torch.manual_seed(seed)

    # Initializers are functions that fill a tensor in place.

    def default(self) -> None:
        return None

    def normal(self, mean: float, std: float) -> Any:
        return functools.partial(nn.init.normal_, mean=mean, std=std)

    def truncated_normal(self, mean: float, std: float, low: Optional[float], high: Optional[float]) -> Any:
        # trunc_normal_ takes bounds as values, not in standard deviations.
        return functools.partial(nn.init.trunc_normal_, mean=mean, std=std, **given(a=low, b=high))

    def seeded_normal(self, mean: float, std: float, seed: int) -> Any:
        return functools.partial(nn.init.normal_, mean=mean, std=std, generator=torch.Generator().manual_seed(seed))

    def uniform(self, low: float, high: float) -> Any:
        return functools.partial(nn.init.uniform_, a=low, b=high)

    def constant(self, value: float) -> Any:
        return functools.partial(nn.init.constant_, val=value)

    def constant_array(self, array: np.ndarray) -> Any:
        @torch.no_grad()
        def fill(parameter):
            parameter.copy_(torch.from_numpy(array))

        return fill

    def zeros(self) -> Any:
        return nn.init.zeros_

    def ones(self) -> Any:
        return nn.init.ones_

    def xavier_uniform(self, gain: float) -> Any:
        return functools.partial(nn.init.xavier_uniform_, gain=gain)

    def xavier_normal(self, gain: float) -> Any:
        return functools.partial(nn.init.xavier_normal_, gain=gain)

    def variance_scaling(self, scale: float, mode: str, distribution: str) -> Any:
        if mode == "fan_avg":
            return functools.partial(XAVIER[distribution], gain=scale**0.5)
        if scale > 2:
            raise Unsupported("scale_above_two")
        # The gain of a leaky rectifier is sqrt(2 / (1 + a**2)).
        return functools.partial(KAIMING[distribution], a=(2 / scale - 1) ** 0.5, mode=mode)

    def kaiming(self, nonlinearity: str, slope: Optional[float], mode: str) -> Any:
        return functools.partial(nn.init.kaiming_normal_, mode=mode, nonlinearity=nonlinearity, **given(a=slope))

    def bare(self, name: str) -> Any:
        return BARE[name]

    def orthogonal(self, gain: float) -> Any:
        return functools.partial(nn.init.orthogonal_, gain=gain)

    def identity(self, gain: float) -> Any:
        if gain != 1.0:
            raise Unsupported("identity_gain")
        return nn.init.eye_

    def dirac(self, groups: int) -> Any:
        return functools.partial(nn.init.dirac_, groups=groups)

    def bilinear(self) -> Any:
        raise Unsupported("bilinear")

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        @torch.no_grad()
        def fill(parameter):
            parameter.copy_(torch.from_numpy(function(tuple(parameter.shape), np.dtype("float32"))))

        return fill

    # Building: containers.

    def tie(self, layer: nn.Module, role: str, source: nn.Module, shared: str, order: Tuple[int, ...]) -> None:
        if not order or list(order) != sorted(order):
            raise Unsupported("transposed_tie")
        setattr(layer, role, getattr(source, shared))

    def block(self, layers: List[nn.Module]) -> nn.Sequential:
        return nn.Sequential(*layers)

    def plain_list(self, layers: List[nn.Module]) -> InList:
        return InList(layers)

    def residual(self, layers: List[nn.Module]) -> Residual:
        return Residual(*layers)

    def network(self, layers: List[nn.Module], shape: Optional[Tuple[int, ...]]) -> nn.Sequential:
        return nn.Sequential(*layers)

    def child(self, net: nn.Sequential, position: int) -> nn.Module:
        return net[position]

    # Access.

    def by_attribute(self, layer: nn.Module, role: str) -> Optional[nn.Parameter]:
        return getattr(layer, role)

    def by_layer(self, layer: nn.Module, role: str) -> Optional[nn.Parameter]:
        return dict(layer.named_parameters()).get(role)

    def by_name(self, net: nn.Module, name: str) -> nn.Parameter:
        return net.get_parameter(name)

    def by_order(self, net: nn.Module, position: int) -> nn.Parameter:
        return list(net.parameters())[position]

    def parameters(self, net: nn.Module) -> Pairs:
        return list(net.named_parameters())

    def trainable(self, net: nn.Module) -> Pairs:
        return [(name, parameter) for name, parameter in net.named_parameters() if parameter.requires_grad]

    def matching(self, net: nn.Module, pattern: str) -> Pairs:
        return [(name, parameter) for name, parameter in net.named_parameters() if re.match(pattern, name)]

    def count(self, net: nn.Module) -> int:
        return sum(parameter.numel() for parameter in net.parameters())

    def value(self, handle: nn.Parameter) -> np.ndarray:
        return handle.detach().numpy()

    def tensor(self, handle: nn.Parameter) -> torch.Tensor:
        return handle.data

    def as_numpy(self, tensor: torch.Tensor) -> np.ndarray:
        return tensor.numpy()

    def shape(self, handle: nn.Parameter) -> Optional[Tuple[int, ...]]:
        return None if is_lazy(handle) else tuple(handle.shape)

    def dtype(self, handle: nn.Parameter) -> str:
        return str(handle.dtype).replace("torch.", "")

    def is_trainable(self, handle: nn.Parameter) -> bool:
        return handle.requires_grad

    # Initialization. Layers are constructed with their defaults; everything else happens in place.

    def initialize_network(self, net: nn.Module, initializer: Any, again: bool) -> None:
        if initializer is not None:
            for parameter in net.parameters():
                initializer(parameter)
        elif again:
            reset(net)

    def initialize_layer(self, layer: nn.Module, initializer: Any, again: bool) -> None:
        if initializer is not None:
            for parameter in layer.parameters():
                initializer(parameter)
        elif again:
            reset(layer)

    def initialize_parameter(self, layer: nn.Module, role: str, initializer: Any, again: bool) -> None:
        if initializer is None:
            raise Unsupported("default_of_one_parameter")
        initializer(getattr(layer, role))

    def initialize_matching(self, net: nn.Module, pattern: str, initializer: Any, again: bool) -> None:
        for name, parameter in net.named_parameters():
            if re.match(pattern, name):
                initializer(parameter)

    # Writing.

    def write(self, handle: nn.Parameter, array: np.ndarray) -> None:
        with torch.no_grad():
            handle.copy_(torch.from_numpy(array))

    def add(self, handle: nn.Parameter, amount: float) -> None:
        with torch.no_grad():
            handle.add_(amount)

    def write_element(self, handle: nn.Parameter, index: Tuple[int, ...], value: float) -> None:
        with torch.no_grad():
            handle[index] = value

    def copy(self, handle: nn.Parameter, source: nn.Parameter) -> None:
        with torch.no_grad():
            handle.copy_(source)

    # Training. Gradients accumulate in the parameters' ``grad``.

    def forward(self, net: nn.Module, batch: np.ndarray) -> torch.Tensor:
        return net(torch.from_numpy(batch))

    def infer(self, net: nn.Module, batch: np.ndarray) -> torch.Tensor:
        net.eval()
        with torch.no_grad():
            outputs = net(torch.from_numpy(batch))
        net.train()
        return outputs

    def output(self, passed: torch.Tensor) -> np.ndarray:
        return passed.detach().numpy()

    def backward(self, net: nn.Module, passed: torch.Tensor, cotangent: np.ndarray) -> None:
        passed.backward(torch.from_numpy(cotangent))

    def gradient(self, handle: nn.Parameter, gradients: None) -> Optional[np.ndarray]:
        return None if handle.grad is None else handle.grad.numpy()

    def step(self, net: nn.Module, gradients: None, learning_rate: float) -> None:
        torch.optim.SGD(net.parameters(), lr=learning_rate).step()

    def sgd(self, net: nn.Module, learning_rate: float, momentum: float) -> torch.optim.Optimizer:
        return torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=momentum)

    def adam(
        self, net: nn.Module, learning_rate: float, beta1: float, beta2: float, epsilon: Optional[float]
    ) -> torch.optim.Optimizer:
        return torch.optim.Adam(net.parameters(), lr=learning_rate, betas=(beta1, beta2), **given(eps=epsilon))

    def step_optimizer(self, optimizer: torch.optim.Optimizer, gradients: None) -> None:
        optimizer.step()

    def set_learning_rate(self, optimizer: torch.optim.Optimizer, learning_rate: float) -> None:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate

    def save_optimizer(self, optimizer: torch.optim.Optimizer, file: str) -> None:
        torch.save(optimizer.state_dict(), file)

    def load_optimizer(self, net: nn.Module, optimizer: torch.optim.Optimizer, file: str) -> None:
        optimizer.load_state_dict(torch.load(file))

    def reset_gradients(self, net: nn.Module) -> None:
        net.zero_grad()

    def freeze(self, handle: nn.Parameter) -> None:
        handle.requires_grad_(False)

    def unfreeze(self, handle: nn.Parameter) -> None:
        handle.requires_grad_(True)

    def freeze_layer(self, layer: nn.Module) -> None:
        layer.requires_grad_(False)

    # Tying after building, files, clones.

    def share(self, layer: nn.Module, role: str, handle: nn.Parameter) -> None:
        setattr(layer, role, handle)

    def save(self, net: nn.Module, file: str) -> None:
        torch.save(net.state_dict(), file)

    def load(self, net: nn.Module, file: str) -> None:
        net.load_state_dict(torch.load(file))

    def load_despite(self, net: nn.Module, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        if shapes:
            raise Unsupported("load_other_shapes")
        net.load_state_dict(torch.load(file), strict=False)

    def copy_values(self, net: nn.Module, source: nn.Module) -> None:
        net.load_state_dict(source.state_dict())

    def cast(self, net: nn.Module, dtype: str) -> None:
        net.to(DTYPES[dtype])

    def clone(self, net: nn.Module) -> nn.Module:
        return copy.deepcopy(net)

    def deepcopy(self, net: nn.Module) -> nn.Module:
        return copy.deepcopy(net)
