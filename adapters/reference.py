"""The specification as executable code: a framework on NumPy arrays, with the layers as the specification defines them.

This adapter gives the specified answer to every law. It draws and computes in float64 and rounds to float32 once.
"""

from __future__ import annotations

import abc
import copy
import dataclasses
import math
import pickle
import re
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

import numpy as np

from adapters.interface import Adapter, Failure, Pairs
from specs import initializers
from specs.errors import SpecError
from specs.layers.algebra import Bounded, exactly, gradients, reordered
from specs.layers.embedding import NoSuchRow
from specs.layers.layer import Axes, Layer, Result, Role, named, shape_of
from specs.older import prod

Initializer = Callable[[Role], np.ndarray]


class NotReady(RuntimeError):
    """The parameter has no value yet: its shape is not known before the first forward pass."""


class WrongShape(ValueError):
    """An array does not have the parameter's shape."""


class NoSuchName(LookupError):
    """There is no parameter of that name."""


class AlreadyBackpropagated(RuntimeError):
    """A forward pass was backpropagated a second time."""


def rounded(array: np.ndarray) -> np.ndarray:
    """Round to float32; values beyond its range become infinite."""
    with np.errstate(over="ignore"):
        return array.astype(np.float32)


class Parameter:
    """A value, its gradient, and the initializer that fills it once its shape is known. A buffer is not trained."""

    def __init__(self, role: Role, initializer: Initializer, is_known: bool):
        self.role = role
        self.own = self.initializer = initializer
        self.is_known = is_known
        self.array: Optional[np.ndarray] = None
        self.gradient: Optional[np.ndarray] = None
        self.trainable = role.state == "parameter"
        self.fill()

    @property
    def shape(self) -> Tuple[Optional[int], ...]:
        """Extents; None for those inferred from the first batch."""
        unknown = () if self.is_known else self.role.inferred
        return tuple(None if axis.name in unknown else axis.extent for axis in self.role.axes)

    def fill(self) -> None:
        if None not in self.shape:
            self.array = np.array(self.initializer(self.role), dtype=np.float32)

    def initialize(self, initializer: Optional[Initializer]) -> None:
        """Fill with an initializer; None selects the one that the parameter was constructed with."""
        self.initializer = initializer or self.own
        self.fill()

    def infer(self, role: Role) -> None:
        """Set the extents inferred from a batch. Raises :class:`WrongShape` if they contradict known ones."""
        if None in self.shape:
            self.role, self.is_known = role, True
            if self.array is None:
                self.fill()
        if self.value.shape != role.shape:
            raise WrongShape(f"the input requires a {role.name} of shape {role.shape}, not {self.value.shape}")

    @property
    def value(self) -> np.ndarray:
        if self.array is None:
            raise NotReady(f"shape {self.shape} is not known before the first forward pass")
        return self.array

    def write(self, array: np.ndarray) -> None:
        if array.shape != self.value.shape:
            raise WrongShape(f"an array of shape {array.shape} does not fit a parameter of shape {self.value.shape}")
        self.array = rounded(array)

    def convert(self, dtype: np.dtype) -> None:
        """Round the value and the gradient to another type. They are held as float32, which float16 fits into."""
        with np.errstate(over="ignore"):
            self.array = rounded(self.value.astype(dtype))
            self.gradient = None if self.gradient is None else rounded(self.gradient.astype(dtype))


class Made:
    """A layer object: a layer of the specification with its parameters."""

    def __init__(self, layer: Layer, given: Axes, parameters: Dict[str, Parameter]):
        self.layer = layer
        self.given = given
        self.parameters = parameters
        #: For each parameter shared from another layer, the order in which this layer takes its axes.
        self.orders: Dict[str, Tuple[int, ...]] = {}

    def named_parameters(self) -> Pairs:
        return list(self.parameters.items())

    def held(self, role: Role) -> Role:
        """A role with the axes of the parameter that implements it."""
        order = self.orders.get(role.name, ())
        return dataclasses.replace(role, axes=tuple(role.axes[at] for at in np.argsort(order))) if order else role

    def taken(self, name: str, leaf: Bounded) -> Bounded:
        """A parameter's value, with the axes of its role."""
        return reordered(leaf, self.orders[name]) if name in self.orders else leaf

    def entering(self, inputs: np.ndarray) -> Axes:
        """The axes of one input row. Raises :class:`WrongShape` if they do not fit."""
        shape = inputs.shape[1:]
        if len(shape) != len(self.given):
            raise WrongShape(f"inputs of shape {inputs.shape} do not fit {self.layer}")
        if shape == shape_of(self.given):
            return self.given
        given = tuple(dataclasses.replace(axis, extent=n, parts=()) for axis, n in zip(self.given, shape))
        try:
            self.layer.check(given)
        except SpecError as error:
            raise WrongShape(f"inputs of shape {inputs.shape}: {error}") from None
        return given


class Sequence:
    """Layers and sequences applied in order; the same one may occur more than once."""

    def __init__(self, children: List[Any]):
        self.children = children

    def made(self, prefix: str = "") -> List[Tuple[str, Made]]:
        """Every use of a layer, with its path."""
        found: List[Tuple[str, Made]] = []
        for at, child in enumerate(self.children):
            path = f"{prefix}{at}"
            found += [(path, child)] if isinstance(child, Made) else child.made(f"{path}.")
        return found

    def named_parameters(self) -> Pairs:
        """Each distinct parameter once, under the first name that reaches it."""
        found: Dict[int, Tuple[str, Parameter]] = {}
        for path, made in self.made():
            for role, parameter in made.named_parameters():
                found.setdefault(id(parameter), (f"{path}.{role}", parameter))
        return list(found.values())


class Residual(Sequence):
    """A sequence whose input is added to its output."""


class Passed:
    """A forward pass: its output, and the parameter values at each use."""

    def __init__(self) -> None:
        self.output: Any = None
        self.leaves: List[Tuple[Parameter, Bounded]] = []
        self.is_spent = False


class Optimizer(abc.ABC):
    """Updates parameters and keeps state for each. Parameters that are frozen or have no gradient do not change."""

    def __init__(self, pairs: Pairs, learning_rate: float):
        self.parameters: List[Parameter] = [parameter for _, parameter in pairs]
        self.learning_rate = learning_rate
        self.kept: Dict[int, Tuple[Any, ...]] = {}

    def step(self) -> None:
        for parameter in self.parameters:
            if parameter.trainable and parameter.gradient is not None:
                parameter.write(parameter.value - self.learning_rate * self.direction(parameter, parameter.gradient))

    def state(self) -> Dict[str, Any]:
        """Its settings, and its state for each parameter, in order."""
        kept = [self.kept.get(id(parameter)) for parameter in self.parameters]
        return {**vars(self), "parameters": None, "kept": kept}

    def take(self, state: Dict[str, Any]) -> None:
        """Continue from the state of another optimizer."""
        kept = {id(parameter): one for parameter, one in zip(self.parameters, state["kept"]) if one is not None}
        vars(self).update(state, parameters=self.parameters, kept=kept)

    @abc.abstractmethod
    def direction(self, parameter: Parameter, gradient: np.ndarray) -> Any:
        """The direction to subtract from a parameter."""


class Momentum(Optimizer):
    """Gradient descent with momentum."""

    def __init__(self, pairs: Pairs, learning_rate: float, momentum: float):
        super().__init__(pairs, learning_rate)
        self.momentum = momentum

    def direction(self, parameter: Parameter, gradient: np.ndarray) -> Any:
        (velocity,) = self.kept.get(id(parameter), (0.0,))
        self.kept[id(parameter)] = (self.momentum * velocity + gradient.astype(np.float64),)
        return self.kept[id(parameter)][0]


class Adam(Optimizer):
    """Adam (Kingma and Ba, 2015): moments of the gradient, each with bias correction."""

    def __init__(self, pairs: Pairs, learning_rate: float, beta1: float, beta2: float, epsilon: float):
        super().__init__(pairs, learning_rate)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon

    def direction(self, parameter: Parameter, gradient: np.ndarray) -> Any:
        first, second, steps = self.kept.get(id(parameter), (0.0, 0.0, 0))
        first = self.beta1 * first + (1 - self.beta1) * gradient.astype(np.float64)
        second = self.beta2 * second + (1 - self.beta2) * gradient.astype(np.float64) ** 2
        self.kept[id(parameter)] = first, second, steps + 1
        first, second = first / (1 - self.beta1 ** (steps + 1)), second / (1 - self.beta2 ** (steps + 1))
        return first / (np.sqrt(second) + self.epsilon)


class ReferenceAdapter(Adapter):
    """The NumPy reference."""

    name = "reference"
    packages = ()
    failures = (
        Failure(NotReady, "not known before", "not_ready"),
        Failure(AlreadyBackpropagated, "were freed", "refused"),
        Failure(WrongShape, "of shape", "wrong_shape"),
        Failure(NoSuchName, "there is no", "no_such_parameter"),
        Failure(NoSuchName, "missing from what is given", "no_such_parameter"),
        Failure(NoSuchRow, "there is no row", "invalid_argument"),
        Failure(ValueError, "fan_in and fan_out are those of", "invalid_argument"),
        Failure(ValueError, "is not for a", "invalid_argument"),
    )

    def __init__(self) -> None:
        self.random = np.random.RandomState()

    def seed(self, seed: int) -> None:
        self.random = np.random.RandomState(seed)

    # Initializers are functions of a role.

    def default(self) -> None:
        return None

    def normal(self, mean: float, std: float) -> Initializer:
        return lambda role: self.random.normal(mean, std, role.shape)

    def seeded_normal(self, mean: float, std: float, seed: int) -> Initializer:
        random = np.random.RandomState(seed)
        return lambda role: random.normal(mean, std, role.shape)

    def uniform(self, low: float, high: float) -> Initializer:
        return lambda role: self.random.uniform(low, high, role.shape)

    def constant(self, value: float) -> Initializer:
        return lambda role: np.full(role.shape, value)

    def constant_array(self, array: np.ndarray) -> Initializer:
        return lambda role: array

    def zeros(self) -> Initializer:
        return lambda role: np.zeros(role.shape)

    def ones(self) -> Initializer:
        return lambda role: np.ones(role.shape)

    def xavier_uniform(self, gain: float) -> Initializer:
        def draw(role: Role) -> np.ndarray:
            bound = gain * np.sqrt(6.0 / sum(self.fans(role)))
            return self.random.uniform(-bound, bound, role.shape)

        return draw

    def xavier_normal(self, gain: float) -> Initializer:
        return lambda role: self.random.normal(0.0, gain * np.sqrt(2.0 / sum(self.fans(role))), role.shape)

    def variance_scaling(self, scale: float, mode: str, distribution: str) -> Initializer:
        def draw(role: Role) -> np.ndarray:
            into, out = self.fans(role)
            deviation = math.sqrt(scale / {"fan_in": into, "fan_out": out, "fan_avg": (into + out) / 2}[mode])
            if distribution == "normal":
                return self.random.normal(0.0, deviation, role.shape)
            return self.random.uniform(-math.sqrt(3) * deviation, math.sqrt(3) * deviation, role.shape)

        return draw

    def bare(self, name: str) -> Initializer:
        return {
            "normal": self.normal(0.0, 1.0),
            "uniform": self.uniform(0.0, 1.0),
            "truncated_normal": self.truncated_normal(0.0, 1.0, None, None),
            "xavier": self.xavier_uniform(1.0),
            "he": self.variance_scaling(2.0, "fan_in", "normal"),
            "orthogonal": self.orthogonal(1.0),
        }[name]

    def truncated_normal(self, mean: float, std: float, low: Optional[float], high: Optional[float]) -> Initializer:
        """Normal numbers, redrawn while outside the bounds: by default, two standard deviations."""
        lowest = mean - 2 * std if low is None else low
        highest = mean + 2 * std if high is None else high

        def draw(role: Role) -> np.ndarray:
            array = self.random.normal(mean, std, role.shape)
            while np.any((array < lowest) | (array > highest)):
                outside = (array < lowest) | (array > highest)
                array = np.where(outside, self.random.normal(mean, std, role.shape), array)
            return array

        return draw

    def kaiming(self, nonlinearity: str, slope: Optional[float], mode: str) -> Initializer:
        rectified = 2 / (1 + (slope or 0.0) ** 2)
        scale = {"relu": 2.0, "leaky_relu": rectified, "tanh": (5 / 3) ** 2, "selu": (3 / 4) ** 2}.get(
            nonlinearity, 1.0
        )
        return self.variance_scaling(scale, mode, "normal")

    def orthogonal(self, gain: float) -> Initializer:
        def draw(role: Role) -> np.ndarray:
            rows, columns = self.matrix(role)
            tall = self.random.standard_normal((max(rows, columns), min(rows, columns)))
            q, r = np.linalg.qr(tall)
            q = q * np.sign(np.diag(r))  # makes it uniform (Mezzadri 2007)
            return gain * (q if rows >= columns else q.T).reshape(role.shape)

        return draw

    def identity(self, gain: float) -> Initializer:
        """The identity matrix: for a weight with fans, of its outputs against its inputs."""
        identity = initializers.Identity(gain)
        return lambda role: _fitting(identity, role, () if role.window else self._flat(role)).reshape(role.shape)

    def dirac(self, groups: int) -> Initializer:
        dirac = initializers.Dirac(groups)
        return lambda role: _fitting(dirac, role, role.shape if role.window else ())

    def bilinear(self) -> Initializer:
        return lambda role: _fitting(initializers.Bilinear(), role, role.shape if role.window else ())

    def _flat(self, role: Role) -> Tuple[int, ...]:
        return role.shape if role.fans is None else self.matrix(role)

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Initializer:
        return lambda role: function(role.shape, np.dtype("float32"))

    def fans(self, role: Role) -> Tuple[int, int]:
        """fan_in and fan_out of a weight."""
        if role.fans is None:
            raise ValueError(f"fan_in and fan_out are those of a weight, not of a {role.name} of shape {role.shape}")
        return role.fan_in_and_out

    def matrix(self, role: Role) -> Tuple[int, int]:
        """Rows and columns of a weight as a matrix: its outputs, and what each of them is a sum over."""
        columns = self.fans(role)[0]
        return prod(role.shape) // columns, columns

    def start(self, role: Role) -> Initializer:
        """The specified default initializer of a role."""
        drawn = self._drawn(role)
        return drawn if role.blank is None else lambda role: _blanked(drawn(role), role.blank)

    def _drawn(self, role: Role) -> Initializer:
        if isinstance(role.start, initializers.Constant):
            return self.constant(role.start.value)
        return {
            initializers.XavierUniform: self.xavier_uniform(1.0),
            initializers.Orthogonal: self.orthogonal(1.0),
            initializers.Zeros: self.zeros(),
            initializers.Ones: self.ones(),
            initializers.Normal: lambda role: self.random.standard_normal(role.shape),
        }[type(role.start)]

    # Building.

    def construct(self, layer: Layer, given: Axes, inferred: bool, initializers: Mapping[str, Any]) -> Made:
        """A layer of any kind."""
        return Made(
            layer,
            given,
            {
                role.name: Parameter(role, initializers.get(role.name) or self.start(role), not inferred)
                for role in layer.roles(given)
            },
        )

    def held(self, layer: Layer, role: Role) -> str:
        return f"{role.name}: *axes"

    def tie(self, layer: Made, role: str, source: Made, shared: str, order: Tuple[int, ...]) -> None:
        layer.parameters[role] = source.parameters[shared]
        layer.orders[role] = order

    def block(self, layers: List[Any]) -> Sequence:
        return Sequence(layers)

    def plain_list(self, layers: List[Any]) -> Sequence:
        return Sequence(layers)

    def residual(self, layers: List[Any]) -> Residual:
        return Residual(layers)

    def network(self, layers: List[Any], shape: Optional[Tuple[int, ...]]) -> Sequence:
        return Sequence(layers)

    def child(self, net: Sequence, position: int) -> Any:
        if position >= len(net.children):
            raise NoSuchName(f"there is no layer {position} among {len(net.children)}")
        return net.children[position]

    # Access.

    def by_attribute(self, layer: Made, role: str) -> Optional[Parameter]:
        return layer.parameters.get(role)

    def by_layer(self, layer: Made, role: str) -> Parameter:
        return _named(layer.named_parameters(), role)

    def by_name(self, net: Sequence, name: str) -> Parameter:
        return _named(net.named_parameters(), name)

    def by_order(self, net: Sequence, position: int) -> Parameter:
        parameter: Parameter = self.parameters(net)[position][1]
        return parameter

    def parameters(self, net: Sequence) -> Pairs:
        return [(name, found) for name, found in net.named_parameters() if found.role.state == "parameter"]

    def trainable(self, net: Sequence) -> Pairs:
        return [(name, parameter) for name, parameter in self.parameters(net) if parameter.trainable]

    def matching(self, net: Sequence, pattern: str) -> Pairs:
        return [(name, parameter) for name, parameter in self.parameters(net) if re.match(pattern, name)]

    def count(self, net: Sequence) -> int:
        return sum(parameter.value.size for _, parameter in self.parameters(net))

    def value(self, handle: Parameter) -> np.ndarray:
        return handle.value

    def tensor(self, handle: Parameter) -> Parameter:
        return handle

    def as_numpy(self, tensor: Parameter) -> np.ndarray:
        return tensor.value

    def shape(self, handle: Parameter) -> Tuple[Optional[int], ...]:
        return handle.shape

    def dtype(self, handle: Parameter) -> str:
        return "float32"

    def is_trainable(self, handle: Parameter) -> bool:
        return handle.trainable

    # Initialization.

    def initialize_network(self, net: Sequence, initializer: Any, again: bool) -> None:
        for _, parameter in self.parameters(net):
            parameter.initialize(initializer)

    def initialize_layer(self, layer: Made, initializer: Any, again: bool) -> None:
        for _, parameter in layer.named_parameters():
            if parameter.role.state == "parameter":
                parameter.initialize(initializer)

    def initialize_parameter(self, layer: Made, role: str, initializer: Any, again: bool) -> None:
        layer.parameters[role].initialize(initializer)

    def initialize_matching(self, net: Sequence, pattern: str, initializer: Any, again: bool) -> None:
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

    def forward(self, net: Sequence, batch: np.ndarray) -> Passed:
        return self.run(net, batch, training=True)

    def infer(self, net: Sequence, batch: np.ndarray) -> Passed:
        return self.run(net, batch, training=False)

    def run(self, net: Sequence, batch: np.ndarray, training: bool) -> Passed:
        passed = Passed()
        passed.output = self.through(net, exactly(batch), passed, training)
        return passed

    def through(self, child: Any, inputs: Bounded, passed: Passed, training: bool) -> Bounded:
        """The output of a layer or sequence. Buffers are updated in passing."""
        if isinstance(child, Made):
            return self.use(child, inputs, passed, training)
        outputs = inputs
        for inner in child.children:
            outputs = self.through(inner, outputs, passed, training)
        return inputs + outputs if isinstance(child, Residual) else outputs

    def use(self, made: Made, inputs: Bounded, passed: Passed, training: bool) -> Bounded:
        """One use of a layer."""
        given = made.entering(inputs.value)
        for role in made.layer.roles(given):
            made.parameters[role.name].infer(made.held(role))
        leaves = {name: exactly(parameter.value) for name, parameter in made.named_parameters()}
        passed.leaves += [(made.parameters[name], leaf) for name, leaf in leaves.items()]
        held = {name: made.taken(name, leaf) for name, leaf in leaves.items()}
        result = self.apply(made.layer, held, inputs, given, training)
        for name, after in result.buffers.items():
            made.parameters[name].write(after.value)
        return result.output

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        """The result of applying one layer."""
        if layer.is_random and training:
            return layer.drawn(inputs, self.random)
        return layer.apply(held, inputs, given, training)

    def output(self, passed: Passed) -> np.ndarray:
        output: np.ndarray = rounded(passed.output.value)
        return output

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        if cotangent.shape != passed.output.shape:
            raise WrongShape(f"a cotangent of shape {cotangent.shape} does not fit an output of {passed.output.shape}")
        if passed.is_spent:
            raise AlreadyBackpropagated("the values kept by the forward pass were freed by its backward pass")
        passed.is_spent = True
        sums: Dict[int, Tuple[Parameter, np.ndarray]] = {}
        flows = gradients(passed.output, cotangent, [leaf for _, leaf in passed.leaves])
        for (parameter, _), flow in zip(passed.leaves, flows):
            _, before = sums.get(id(parameter), (parameter, 0.0))
            sums[id(parameter)] = parameter, before + flow.value
        for parameter, total in sums.values():
            parameter.gradient = rounded(total) if parameter.trainable else None

    def gradient(self, handle: Parameter, gradients: Any) -> Optional[np.ndarray]:
        return handle.gradient

    def step(self, net: Sequence, gradients: Any, learning_rate: float) -> None:
        for _, parameter in self.trainable(net):
            if parameter.gradient is not None:
                parameter.write(parameter.value - learning_rate * parameter.gradient)

    def sgd(self, net: Sequence, learning_rate: float, momentum: float) -> Optimizer:
        return Momentum(self.parameters(net), learning_rate, momentum)

    def adam(
        self, net: Sequence, learning_rate: float, beta1: float, beta2: float, epsilon: Optional[float]
    ) -> Optimizer:
        return Adam(self.parameters(net), learning_rate, beta1, beta2, 1e-8 if epsilon is None else epsilon)

    def step_optimizer(self, optimizer: Optimizer, gradients: Any) -> None:
        optimizer.step()

    def set_learning_rate(self, optimizer: Optimizer, learning_rate: float) -> None:
        optimizer.learning_rate = learning_rate

    def save_optimizer(self, optimizer: Optimizer, file: str) -> None:
        with open(file, "wb") as stream:
            pickle.dump(optimizer.state(), stream)

    def load_optimizer(self, net: Sequence, optimizer: Optimizer, file: str) -> None:
        with open(file, "rb") as stream:
            optimizer.take(pickle.load(stream))

    def reset_gradients(self, net: Sequence) -> None:
        for _, parameter in self.parameters(net):
            parameter.gradient = None

    def freeze(self, handle: Parameter) -> None:
        handle.trainable = False

    def unfreeze(self, handle: Parameter) -> None:
        handle.trainable = True

    def freeze_layer(self, layer: Made) -> None:
        for parameter in layer.parameters.values():
            parameter.trainable = False

    # Sharing after building, files, clones.

    def share(self, layer: Made, role: str, handle: Parameter) -> None:
        layer.parameters[role] = handle

    def save(self, net: Sequence, file: str) -> None:
        with open(file, "wb") as stream:
            arrays: Dict[str, Any] = {name: parameter.value for name, parameter in net.named_parameters()}
            np.savez(stream, **arrays)

    def load(self, net: Sequence, file: str) -> None:
        self.load_despite(net, file, missing=False, extra=False, shapes=False)

    def load_despite(self, net: Sequence, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        with np.load(file) as saved:
            self._take(net, dict(saved), missing, extra, shapes)

    def copy_values(self, net: Sequence, source: Sequence) -> None:
        arrays = {name: parameter.value for name, parameter in source.named_parameters()}
        self._take(net, arrays, missing=False, extra=False, shapes=False)

    def _take(self, net: Sequence, arrays: Dict[str, np.ndarray], missing: bool, extra: bool, shapes: bool) -> None:
        """Write arrays to parameters by name. A mismatch raises before any is written, or is skipped if allowed."""
        ours = dict(net.named_parameters())
        if not (missing or ours.keys() <= arrays.keys()) or not (extra or arrays.keys() <= ours.keys()):
            lacking, left = sorted(ours.keys() - arrays.keys()), sorted(arrays.keys() - ours.keys())
            raise NoSuchName(f"missing from what is given: {lacking}; given besides: {left}")
        both = {name: array for name, array in arrays.items() if name in ours}
        fitting = {name: array for name, array in both.items() if _fits(array.shape, ours[name].shape)}
        for name in () if shapes else sorted(both.keys() - fitting.keys()):
            raise WrongShape(f"{name} of shape {ours[name].shape} is given an array of shape {both[name].shape}")
        for name, array in fitting.items():
            parameter = ours[name]
            if parameter.array is None:
                axes = tuple(
                    dataclasses.replace(axis, extent=n, parts=()) for axis, n in zip(parameter.role.axes, array.shape)
                )
                parameter.role, parameter.is_known = dataclasses.replace(parameter.role, axes=axes), True
                parameter.array = np.zeros(array.shape, np.float32)
            parameter.write(array)

    def cast(self, net: Sequence, dtype: str) -> None:
        for _, parameter in net.named_parameters():
            parameter.convert(np.dtype(dtype))

    def clone(self, net: Sequence) -> Sequence:
        return copy.deepcopy(net)

    def deepcopy(self, net: Sequence) -> Sequence:
        return copy.deepcopy(net)


def _fitting(initializer: Any, role: Role, shape: Tuple[int, ...]) -> np.ndarray:
    """The array that an initializer returns for a shape. Raises :class:`ValueError` if it returns none."""
    found: Optional[np.ndarray] = initializer.array(shape)
    if found is None:
        raise ValueError(f"{initializer} is not for a {role.name} of axes {named(role.axes)}")
    return found


def _blanked(array: np.ndarray, row: Optional[int]) -> np.ndarray:
    array[row] = 0.0
    return array


def _named(pairs: Pairs, name: str) -> Parameter:
    found = dict(pairs).get(name)
    if found is None:
        raise NoSuchName(f"there is no {name} among {[name for name, _ in pairs]}")
    parameter: Parameter = found
    return parameter


def _fits(shape: Tuple[int, ...], known: Tuple[Optional[int], ...]) -> bool:
    """Whether a shape agrees with all known extents."""
    return len(shape) == len(known) and all(extent in (None, there) for extent, there in zip(known, shape))
