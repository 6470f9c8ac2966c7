"""MXNet Gluon."""

from __future__ import annotations

import copy
from typing import Any, Callable, List, Optional, Tuple

import mxnet as mx
import numpy as np
from mxnet import MXNetError, autograd, gluon, init, nd
from mxnet.gluon import nn
from mxnet.gluon.parameter import DeferredInitializationError, Parameter
from mxnet.name import NameManager

from adapters.interface import Adapter, Failure, Pairs, Role, given
from adapters.mxnet.divergences import GLUON


class Custom(init.Initializer):
    """A function of shape and dtype as an initializer. Gluon calls ``_init_weight``."""

    def __init__(self, function: Callable[[tuple, np.dtype], Any]):
        super().__init__()
        self.function = function

    def _init_weight(self, name: str, arr: nd.NDArray) -> None:
        arr[:] = self.function(arr.shape, np.dtype(arr.dtype))


class GluonAdapter(Adapter):
    """MXNet Gluon: a ``Parameter`` holds data and gradient, and is initialized when asked, or at the first forward."""

    name = "gluon"
    packages = ("mxnet",)
    roles = {"weight": Role("weight", ("out", "in")), "bias": Role("bias", ("out",))}
    divergences = GLUON
    file_suffix = ".params"
    implied_arguments = {
        "Dense": {
            "activation": None,
            "use_bias": True,
            "in_units": 0,
        },
        "initialize": {"force_reinit": False},
    }
    failures = (
        Failure(DeferredInitializationError, "", "not_ready"),
        Failure(RuntimeError, "has not been initialized", "not_ready"),
        Failure(RuntimeError, "because grad_req='null'", "refused"),
        Failure(UserWarning, "has not been updated by backward", "refused"),
        Failure(MXNetError, "Cannot differentiate node", "refused"),
        Failure(AssertionError, "Overriding Parameter attribute", "refused"),
        Failure(AssertionError, "incompatible", "wrong_shape"),
        Failure(MXNetError, "Shape inconsistent", "wrong_shape"),
        Failure(MXNetError, "could not create a descriptor", "wrong_shape"),
        Failure(MXNetError, "doesn't match the requested MKLDNN memory desc", "wrong_shape"),
        Failure(ValueError, "cannot be applied to vector", "invalid_argument"),
        Failure(LookupError, "", "no_such_parameter"),
        Failure(StopIteration, "", "no_such_parameter"),
    )

    def __init__(self) -> None:
        self.names = NameManager().__enter__()

    def seed(self, seed: int) -> None:
        mx.random.seed(seed)

    # Initializers.

    def default(self) -> None:
        return None

    def normal(self, mean: float, std: float) -> Any:
        if mean == 0.0:
            return init.Normal(std)
        return Custom(lambda shape, dtype: nd.random.normal(mean, std, shape))

    def uniform(self, low: float, high: float) -> Any:
        if low == -high:
            return init.Uniform(high)
        return Custom(lambda shape, dtype: nd.random.uniform(low, high, shape))

    def constant(self, value: float) -> init.Initializer:
        return init.Constant(value)

    def constant_array(self, array: np.ndarray) -> init.Initializer:
        return init.Constant(nd.array(array))

    def zeros(self) -> init.Initializer:
        return init.Zero()

    def ones(self) -> init.Initializer:
        return init.One()

    def xavier_uniform(self, gain: float) -> init.Initializer:
        if gain == 1.0:
            return init.Xavier()
        return init.Xavier(rnd_type="uniform", factor_type="avg", magnitude=3 * gain**2)

    def xavier_normal(self, gain: float) -> init.Initializer:
        return init.Xavier(rnd_type="gaussian", factor_type="avg", magnitude=gain**2)

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> init.Initializer:
        return Custom(function)

    # Building.

    def dense(self, units, activation, bias, in_units, weight_initializer, bias_initializer) -> nn.Dense:
        return nn.Dense(
            units,
            activation=None if activation == "none" else activation,
            use_bias=bias,
            in_units=in_units or 0,
            **given(weight_initializer=weight_initializer, bias_initializer=bias_initializer),
        )

    def tied_dense(self, source, roles, units, activation, bias, in_units) -> nn.Dense:
        layer = nn.Dense(
            units,
            activation=None if activation == "none" else activation,
            use_bias="bias" in roles,
            in_units=in_units or 0,
            params=source.params,
        )
        if bias and "bias" not in roles:
            layer.bias = layer.params.get(f"{layer.name}_bias", shape=(units,), init="zeros")
        return layer

    def network(self, layers: List[nn.Dense], activations: List[str], in_units: Optional[int]) -> nn.Sequential:
        net = nn.Sequential()
        net.add(*layers)
        return net

    def layer(self, net: nn.Sequential, position: int) -> nn.Dense:
        return net[position]

    # Access.

    def by_attribute(self, layer: nn.Dense, role: str) -> Optional[Parameter]:
        return getattr(layer, role)

    def by_layer(self, layer: nn.Dense, role: str) -> Parameter:
        return next(parameter for name, parameter in layer.params.items() if name.endswith(f"_{role}"))

    def by_name(self, net: nn.Sequential, name: str) -> Parameter:
        return net.collect_params()[name]

    def by_order(self, net: nn.Sequential, position: int) -> Parameter:
        return list(net.collect_params().values())[position]

    def parameters(self, net: nn.Sequential) -> Pairs:
        return list(net.collect_params().items())

    def trainable(self, net: nn.Sequential) -> Pairs:
        return [(name, parameter) for name, parameter in net.collect_params().items() if parameter.grad_req != "null"]

    def matching(self, net: nn.Sequential, pattern: str) -> Pairs:
        return list(net.collect_params(pattern).items())

    def count(self, net: nn.Sequential) -> int:
        return sum(parameter.data().size for parameter in net.collect_params().values())

    def value(self, handle: Parameter) -> np.ndarray:
        return handle.data().asnumpy()

    def shape(self, handle: Parameter) -> Tuple[Optional[int], ...]:
        return tuple(extent or None for extent in handle.shape)

    def dtype(self, handle: Parameter) -> str:
        return np.dtype(handle.dtype).name

    def is_trainable(self, handle: Parameter) -> bool:
        return handle.grad_req != "null"

    # Initialization.

    def initialize_network(self, net: nn.Sequential, initializer: Any, again: bool) -> None:
        net.initialize(**given(init=initializer), force_reinit=again)

    def initialize_layer(self, layer: nn.Dense, initializer: Any, again: bool) -> None:
        layer.initialize(**given(init=initializer), force_reinit=again)

    def initialize_parameter(self, layer: nn.Dense, role: str, initializer: Any, again: bool) -> None:
        getattr(layer, role).initialize(**given(init=initializer), force_reinit=again)

    def initialize_matching(self, net: nn.Sequential, pattern: str, initializer: Any, again: bool) -> None:
        net.collect_params(pattern).initialize(**given(init=initializer), force_reinit=again)

    # Writing.

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        handle.set_data(nd.array(array))

    def add(self, handle: Parameter, amount: float) -> None:
        handle.set_data(handle.data() + amount)

    def write_element(self, handle: Parameter, index: Tuple[int, ...], value: float) -> None:
        handle.data()[index] = value

    def copy(self, handle: Parameter, source: Parameter) -> None:
        handle.set_data(source.data())

    # Training. MXNet computes behind the caller's back: waiting makes an error appear where it was made.

    def forward(self, net: nn.Sequential, batch: np.ndarray) -> nd.NDArray:
        with autograd.record():
            return net(nd.array(batch))

    def output(self, passed: nd.NDArray) -> np.ndarray:
        return passed.asnumpy()

    def backward(self, net: nn.Sequential, passed: nd.NDArray, cotangent: np.ndarray) -> None:
        passed.backward(nd.array(cotangent))
        nd.waitall()

    def gradient(self, handle: Parameter, gradients: None) -> np.ndarray:
        return handle.grad().asnumpy()

    def step(self, net: nn.Sequential, gradients: None, learning_rate: float) -> None:
        gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": learning_rate}).step(1)

    def freeze(self, handle: Parameter) -> None:
        handle.grad_req = "null"

    # Sharing after building, files, clones.

    def share(self, layer: nn.Dense, role: str, handle: Parameter) -> None:
        setattr(layer, role, handle)

    def save(self, net: nn.Sequential, file: str) -> None:
        net.save_parameters(file)

    def load(self, net: nn.Sequential, file: str) -> None:
        net.load_parameters(file)

    def clone(self, net: nn.Sequential) -> nn.Sequential:
        return copy.deepcopy(net)

    def deepcopy(self, net: nn.Sequential) -> nn.Sequential:
        return copy.deepcopy(net)

    def release(self) -> None:
        # Names count from zero for each program, as in a process of its own.
        self.names.__exit__(None, None, None)
        self.names = NameManager().__enter__()
