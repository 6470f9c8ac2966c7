"""PyTorch."""

from __future__ import annotations

import copy
import functools
import re
from typing import Any, Callable, List, Optional, Sequence, Tuple

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from adapters.interface import Adapter, Failure, Pairs, Role, Unsupported
from adapters.torch.divergences import TORCH

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


class TorchAdapter(Adapter):
    """PyTorch: parameters are tensors that require a gradient, initialized in place by functions of ``nn.init``."""

    name = "torch"
    packages = ("torch",)
    roles = {"weight": Role("weight", ("out", "in")), "bias": Role("bias", ("out",))}
    divergences = TORCH
    file_suffix = ".pt"
    implied_arguments = {"Linear": {"bias": True}, "LazyLinear": {"bias": True}}
    failures = (
        Failure(ValueError, "uninitialized parameter", "not_ready"),
        Failure(RuntimeError, "uninitialized parameter", "not_ready"),
        Failure(AttributeError, "'NoneType' object has no attribute 'detach'", "not_ready"),
        Failure(ValueError, "Fan in and fan out can not be computed", "invalid_argument"),
        Failure(IndexError, "", "no_such_parameter"),
        Failure(KeyError, "", "no_such_parameter"),
        Failure(RuntimeError, "backward through the graph a second time", "refused"),
        Failure(RuntimeError, "match the broadcast shape", "wrong_shape"),
        Failure(RuntimeError, "must match the size", "wrong_shape"),
        Failure(RuntimeError, "size mismatch", "wrong_shape"),
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

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        @torch.no_grad()
        def fill(parameter):
            parameter.copy_(torch.from_numpy(function(tuple(parameter.shape), np.dtype("float32"))))

        return fill

    # Building.

    def dense(self, units, activation, bias, in_units, weight_initializer, bias_initializer) -> nn.Linear:
        layer = nn.LazyLinear(units, bias=bias) if in_units is None else nn.Linear(in_units, units, bias=bias)
        if weight_initializer is not None:
            weight_initializer(layer.weight)
        if bias_initializer is not None:
            bias_initializer(layer.bias)
        return layer

    def tied_dense(self, source, roles, units, activation, bias, in_units) -> nn.Linear:
        layer = self.dense(units, activation, bias, in_units, None, None)
        for role in roles:
            setattr(layer, role, getattr(source, role))
        return layer

    def network(self, layers: List[nn.Module], activations: List[str], in_units: Optional[int]) -> nn.Sequential:
        modules = [
            module
            for layer, activation in zip(layers, activations)
            for module in ([layer] if activation == "none" else [layer, ACTIVATIONS[activation]()])
        ]
        return nn.Sequential(*modules)

    def index(self, position: int, activations: Sequence[str]) -> int:
        return position + sum(activation != "none" for activation in activations[:position])

    def layer(self, net: nn.Sequential, position: int) -> nn.Linear:
        return net[position]

    # Access.

    def by_attribute(self, layer: nn.Linear, role: str) -> Optional[nn.Parameter]:
        return getattr(layer, role)

    def by_layer(self, layer: nn.Linear, role: str) -> nn.Parameter:
        return dict(layer.named_parameters())[role]

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

    def shape(self, handle: nn.Parameter) -> Optional[Tuple[int, ...]]:
        return None if is_lazy(handle) else tuple(handle.shape)

    def dtype(self, handle: nn.Parameter) -> str:
        return str(handle.dtype).replace("torch.", "")

    def is_trainable(self, handle: nn.Parameter) -> bool:
        return handle.requires_grad

    # Initialization. A layer takes its defaults when it is constructed; everything else is done in place.

    def initialize_network(self, net: nn.Module, initializer: Any, again: bool) -> None:
        if initializer is not None:
            for parameter in net.parameters():
                initializer(parameter)
        elif again:
            for module in net.children():
                if isinstance(module, nn.Linear):
                    module.reset_parameters()

    def initialize_layer(self, layer: nn.Linear, initializer: Any, again: bool) -> None:
        if initializer is not None:
            for parameter in layer.parameters():
                initializer(parameter)
        elif again:
            layer.reset_parameters()

    def initialize_parameter(self, layer: nn.Linear, role: str, initializer: Any, again: bool) -> None:
        if initializer is None:
            raise Unsupported(
                "the default is a layer's, not a parameter's: reset_parameters() redraws weight and bias together",
                "https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/modules/linear.py",
            )
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

    # Training. Gradients gather in the parameters' ``grad``.

    def forward(self, net: nn.Module, batch: np.ndarray) -> torch.Tensor:
        return net(torch.from_numpy(batch))

    def output(self, passed: torch.Tensor) -> np.ndarray:
        return passed.detach().numpy()

    def backward(self, net: nn.Module, passed: torch.Tensor, cotangent: np.ndarray) -> None:
        passed.backward(torch.from_numpy(cotangent))

    def gradient(self, handle: nn.Parameter, gradients: None) -> Optional[np.ndarray]:
        return None if handle.grad is None else handle.grad.numpy()

    def step(self, net: nn.Module, gradients: None, learning_rate: float) -> None:
        torch.optim.SGD(net.parameters(), lr=learning_rate).step()

    def freeze(self, handle: nn.Parameter) -> None:
        handle.requires_grad_(False)

    # Sharing after building, files, clones.

    def share(self, layer: nn.Linear, role: str, handle: nn.Parameter) -> None:
        setattr(layer, role, handle)

    def save(self, net: nn.Module, file: str) -> None:
        torch.save(net.state_dict(), file)

    def load(self, net: nn.Module, file: str) -> None:
        net.load_state_dict(torch.load(file))

    def clone(self, net: nn.Module) -> nn.Module:
        return copy.deepcopy(net)

    def deepcopy(self, net: nn.Module) -> nn.Module:
        return copy.deepcopy(net)
