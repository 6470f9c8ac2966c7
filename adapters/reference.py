"""The specification, executable: the operations on plain NumPy arrays, with no framework.

What a law specifies, this adapter does. It draws and computes in float64 and rounds to float32 once.
"""

from __future__ import annotations

import copy
import re
from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy as np

from adapters.interface import Adapter, Failure, Pairs, Role


class NotReady(RuntimeError):
    """The parameter has no value yet: its shape is not known before the first forward pass."""


class WrongShape(ValueError):
    """An array does not have the parameter's shape."""


class AlreadyBackpropagated(RuntimeError):
    """A forward pass was backpropagated a second time."""


class Parameter:
    """A value, its gradient, and the initializer that fills it once its shape is known."""

    def __init__(self, shape: Tuple[Optional[int], ...], initializer: Callable):
        self.shape = shape
        self.own = self.initializer = initializer
        self.array: Optional[np.ndarray] = None
        self.gradient: Optional[np.ndarray] = None
        self.trainable = True
        self.fill()

    def fill(self) -> None:
        if None not in self.shape:
            self.array = np.array(self.initializer(self.shape), dtype=np.float32)

    def initialize(self, initializer: Optional[Callable]) -> None:
        """Fill with an initializer, or for None with the one that the parameter was constructed with."""
        self.initializer = initializer or self.own
        self.fill()

    def infer(self, width: int) -> None:
        if None in self.shape:
            self.shape = tuple(width if extent is None else extent for extent in self.shape)
            self.fill()

    @property
    def value(self) -> np.ndarray:
        if self.array is None:
            raise NotReady(f"shape {self.shape} is not known before the first forward pass")
        return self.array

    def write(self, array: np.ndarray) -> None:
        if array.shape != self.value.shape:
            raise WrongShape(f"an array of shape {array.shape} does not fit a parameter of shape {self.value.shape}")
        self.array = array.astype(np.float32)


class Dense:
    """activation(x @ weight.T + bias)."""

    def __init__(self, weight: Parameter, bias: Optional[Parameter], activation: str):
        self.weight = weight
        self.bias = bias
        self.activation = activation

    def parameters(self) -> List[Tuple[str, Parameter]]:
        named = [("weight", self.weight), ("bias", self.bias)]
        return [(name, parameter) for name, parameter in named if parameter is not None]

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        self.weight.infer(inputs.shape[1])
        if inputs.shape[1] != self.weight.value.shape[1]:
            raise WrongShape(f"inputs of width {inputs.shape[1]} do not fit {self.weight.value.shape}")
        before = inputs @ self.weight.value.astype(np.float64).T
        if self.bias is not None:
            before = before + self.bias.value
        return ACTIVATIONS[self.activation](before)

    def backward(
        self, inputs: np.ndarray, outputs: np.ndarray, cotangent: np.ndarray
    ) -> Tuple[Dict[str, np.ndarray], np.ndarray]:
        """Gradients of weight and bias, and the cotangent of the inputs."""
        before = cotangent * SLOPES[self.activation](outputs)
        return {"weight": before.T @ inputs, "bias": before.sum(axis=0)}, before @ self.weight.value


class Network:
    """Layers applied in turn; the same layer may be used more than once."""

    def __init__(self, layers: List[Dense]):
        self.layers = layers

    def parameters(self) -> List[Tuple[str, Parameter]]:
        """Each distinct parameter once, under the first name that reaches it."""
        found: dict = {}
        for position, layer in enumerate(self.layers):
            for role, parameter in layer.parameters():
                found.setdefault(id(parameter), (f"{position}.{role}", parameter))
        return list(found.values())

    def forward(self, batch: np.ndarray) -> List[np.ndarray]:
        """The batch, and the output of every layer."""
        values = [batch.astype(np.float64)]
        for layer in self.layers:
            values.append(layer(values[-1]))
        return values


ACTIVATIONS: Dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "none": lambda x: x,
    "relu": lambda x: np.maximum(x, 0.0),
    "tanh": np.tanh,
    "sigmoid": lambda x: 0.5 + 0.5 * np.tanh(0.5 * x),
}
#: Derivative of each activation, as a function of its output.
SLOPES: Dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "none": np.ones_like,
    "relu": lambda y: (y > 0.0).astype(y.dtype),
    "tanh": lambda y: 1.0 - y**2,
    "sigmoid": lambda y: y * (1.0 - y),
}


def fans(shape: Tuple[int, ...]) -> Tuple[int, int]:
    """fan_in and fan_out of a weight with axes ``out in``."""
    if len(shape) != 2:
        raise ValueError(f"fan_in and fan_out are those of a weight with two axes, not of shape {shape}")
    return shape[1], shape[0]


class ReferenceAdapter(Adapter):
    """The NumPy reference."""

    name = "reference"
    packages = ()
    roles = {"weight": Role("weight", ("out", "in")), "bias": Role("bias", ("out",))}
    failures = (
        Failure(NotReady, "", "not_ready"),
        Failure(AlreadyBackpropagated, "", "refused"),
        Failure(WrongShape, "", "wrong_shape"),
        Failure(LookupError, "", "no_such_parameter"),
        Failure(ValueError, "", "invalid_argument"),
    )

    def __init__(self) -> None:
        self.random = np.random.RandomState()

    def seed(self, seed: int) -> None:
        self.random = np.random.RandomState(seed)

    # Initializers are functions of a shape.

    def default(self) -> None:
        return None

    def normal(self, mean: float, std: float) -> Any:
        return lambda shape: self.random.normal(mean, std, shape)

    def uniform(self, low: float, high: float) -> Any:
        return lambda shape: self.random.uniform(low, high, shape)

    def constant(self, value: float) -> Any:
        return lambda shape: np.full(shape, value)

    def constant_array(self, array: np.ndarray) -> Any:
        return lambda shape: array

    def zeros(self) -> Any:
        return np.zeros

    def ones(self) -> Any:
        return np.ones

    def xavier_uniform(self, gain: float) -> Any:
        def draw(shape: Tuple[int, ...]) -> np.ndarray:
            bound = gain * np.sqrt(6.0 / sum(fans(shape)))
            return self.random.uniform(-bound, bound, shape)

        return draw

    def xavier_normal(self, gain: float) -> Any:
        return lambda shape: self.random.normal(0.0, gain * np.sqrt(2.0 / sum(fans(shape))), shape)

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda shape: function(shape, np.dtype("float32"))

    # Building.

    def dense(
        self,
        units: int,
        activation: str,
        bias: bool,
        in_units: Optional[int],
        weight_initializer: Any,
        bias_initializer: Any,
    ) -> Dense:
        weight = Parameter((units, in_units), weight_initializer or self.xavier_uniform(1.0))
        return Dense(weight, self._bias(units, bias_initializer) if bias else None, activation)

    def tied_dense(
        self,
        source: Dense,
        roles: Tuple[str, ...],
        units: int,
        activation: str,
        bias: bool,
        in_units: Optional[int],
    ) -> Dense:
        own = source.bias if "bias" in roles else (self._bias(units, None) if bias else None)
        return Dense(source.weight, own, activation)

    def _bias(self, units: int, initializer: Any) -> Parameter:
        return Parameter((units,), initializer or np.zeros)

    def network(self, layers: List[Dense], activations: List[str], in_units: Optional[int]) -> Network:
        return Network(layers)

    def layer(self, net: Network, position: int) -> Dense:
        return net.layers[position]

    # Access.

    def by_attribute(self, layer: Dense, role: str) -> Optional[Parameter]:
        found: Optional[Parameter] = getattr(layer, role)
        return found

    def by_layer(self, layer: Dense, role: str) -> Parameter:
        return dict(layer.parameters())[role]

    def by_name(self, net: Network, name: str) -> Parameter:
        return dict(net.parameters())[name]

    def by_order(self, net: Network, position: int) -> Parameter:
        return net.parameters()[position][1]

    def parameters(self, net: Network) -> Pairs:
        return net.parameters()

    def trainable(self, net: Network) -> Pairs:
        return [(name, parameter) for name, parameter in net.parameters() if parameter.trainable]

    def matching(self, net: Network, pattern: str) -> Pairs:
        return [(name, parameter) for name, parameter in net.parameters() if re.match(pattern, name)]

    def count(self, net: Network) -> int:
        return sum(parameter.value.size for _, parameter in net.parameters())

    def value(self, handle: Parameter) -> np.ndarray:
        return handle.value

    def shape(self, handle: Parameter) -> Tuple[Optional[int], ...]:
        return handle.shape

    def dtype(self, handle: Parameter) -> str:
        return "float32"

    def is_trainable(self, handle: Parameter) -> bool:
        return handle.trainable

    # Initialization.

    def initialize_network(self, net: Network, initializer: Any, again: bool) -> None:
        for _, parameter in net.parameters():
            parameter.initialize(initializer)

    def initialize_layer(self, layer: Dense, initializer: Any, again: bool) -> None:
        for _, parameter in layer.parameters():
            parameter.initialize(initializer)

    def initialize_parameter(self, layer: Dense, role: str, initializer: Any, again: bool) -> None:
        getattr(layer, role).initialize(initializer)

    def initialize_matching(self, net: Network, pattern: str, initializer: Any, again: bool) -> None:
        for _, parameter in self.matching(net, pattern):
            parameter.initialize(initializer)

    # Writing.

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        handle.write(array)

    def add(self, handle: Parameter, amount: float) -> None:
        handle.write(handle.value + np.float32(amount))

    def write_element(self, handle: Parameter, index: Tuple[int, ...], value: float) -> None:
        handle.value[index] = value

    def copy(self, handle: Parameter, source: Parameter) -> None:
        handle.write(source.value)

    # Training.

    def forward(self, net: Network, batch: np.ndarray) -> List[np.ndarray]:
        return net.forward(batch)

    def output(self, passed: List[np.ndarray]) -> np.ndarray:
        return passed[-1].astype(np.float32)

    def backward(self, net: Network, passed: List[np.ndarray], cotangent: np.ndarray) -> None:
        if cotangent.shape != passed[-1].shape:
            raise WrongShape(f"a cotangent of shape {cotangent.shape} does not fit an output of {passed[-1].shape}")
        if not passed[:-1]:
            raise AlreadyBackpropagated("what the forward pass kept is gone after its backward pass")
        sums: dict = {}
        for layer, inputs, outputs in reversed(list(zip(net.layers, passed, passed[1:]))):
            gradients, cotangent = layer.backward(inputs, outputs, cotangent)
            for role, parameter in layer.parameters():
                sums[parameter] = sums.get(parameter, 0.0) + gradients[role]
        for parameter, total in sums.items():
            parameter.gradient = total.astype(np.float32) if parameter.trainable else None
        del passed[:-1]

    def gradient(self, handle: Parameter, gradients: Any) -> Optional[np.ndarray]:
        return handle.gradient

    def step(self, net: Network, gradients: Any, learning_rate: float) -> None:
        for _, parameter in self.trainable(net):
            if parameter.gradient is not None:
                parameter.write(parameter.value - learning_rate * parameter.gradient)

    def freeze(self, handle: Parameter) -> None:
        handle.trainable = False

    # Sharing after building, files, clones.

    def share(self, layer: Dense, role: str, handle: Parameter) -> None:
        setattr(layer, role, handle)

    def save(self, net: Network, file: str) -> None:
        with open(file, "wb") as stream:
            arrays: Dict[str, Any] = {name: parameter.value for name, parameter in net.parameters()}
            np.savez(stream, **arrays)

    def load(self, net: Network, file: str) -> None:
        with np.load(file) as saved:
            ours = dict(net.parameters())
            if set(saved) != set(ours):
                raise KeyError(f"the file holds {sorted(saved)}, the network {sorted(ours)}")
            for name, array in saved.items():
                if ours[name].array is None:
                    ours[name].shape = array.shape
                    ours[name].array = np.zeros(array.shape, np.float32)
                ours[name].write(array)

    def clone(self, net: Network) -> Network:
        return copy.deepcopy(net)

    def deepcopy(self, net: Network) -> Network:
        return copy.deepcopy(net)
