"""MLX."""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict, Iterable, List, Optional, Tuple

import mlx.core as mx
import numpy as np
from mlx import nn, optimizers
from mlx.utils import tree_flatten, tree_unflatten

from adapters.basic import BasicAdapter
from adapters.interface import Failure, Pairs, Unsupported, builds, given
from concordance_mlx.absences import ABSENCES
from concordance_mlx.divergences import MLX
from specs.layers import RNN, Activation, Dense, Flatten, LayerNorm, LeakyReLU, Softmax

ACTIVATIONS = {
    "relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "elu": nn.ELU, "softplus": nn.Softplus, "silu": nn.SiLU,
    "gelu": nn.GELU, "gelu_tanh": functools.partial(nn.GELU, approx="tanh"),
}  # fmt: skip
AVERAGING = {"uniform": nn.init.glorot_uniform, "normal": nn.init.glorot_normal}
ONE_SIDED = {"uniform": nn.init.he_uniform, "normal": nn.init.he_normal}
BARE = {"normal": nn.init.normal, "uniform": nn.init.uniform, "xavier": nn.init.glorot_uniform}
ONE_LAYER = {"cell": False, "layers": 1, "directions": 1, "biases": {0, 1}, "returns": "sequence"}
Passed = Tuple[mx.array, mx.array]
Training = Tuple[nn.Module, optimizers.Optimizer]


def distinct(tree: dict) -> Pairs:
    """Names and arrays: those of a module that occurs twice, which a tree has at each place, once."""
    return list({id(array): (name, array) for name, array in tree_flatten(tree)}.values())


class Residual(nn.Sequential):
    """Modules applied in turn, and what came in added."""

    def __call__(self, inputs):
        return inputs + super().__call__(inputs)


class MLXAdapter(BasicAdapter):
    """MLX: parameters are arrays that modules hold, and values: to change one, assign another in its place."""

    name = "mlx"
    packages = ("mlx",)
    divergences = MLX
    absences = ABSENCES
    file_suffix = ".safetensors"
    data = "*data channel"
    failures = (
        Failure(ValueError, "must match second to last dimension", "wrong_shape"),
        Failure(ValueError, "same shape on the contracted axes", "wrong_shape"),
        Failure(ValueError, "but received shape", "wrong_shape"),
        Failure(ValueError, "parameters not in model", "no_such_parameter"),
        Failure(ValueError, "Missing", "no_such_parameter"),
        Failure(AttributeError, "has no attribute 'dtype'", "refused"),
        Failure(AttributeError, "object has no attribute", "no_such_parameter"),
        Failure(IndexError, "list index out of range", "no_such_parameter"),
        Failure(ValueError, "requires at least 2 dimensional input", "invalid_argument"),
    )

    def __init__(self) -> None:
        #: Where each array was found, by its id: an array does not know its module.
        self.places: Dict[int, Tuple[nn.Module, str]] = {}

    def seed(self, seed: int) -> None:
        mx.random.seed(seed)

    # Initializers are functions that are handed an array, and return another of its shape.

    def normal(self, mean: float, std: float) -> Any:
        return nn.init.normal(mean, std)

    def truncated_normal(self, mean: float, std: float, low: Optional[float], high: Optional[float]) -> Any:
        if low is None or high is None:
            raise Unsupported("truncated_normal")
        ends = (low - mean) / std, (high - mean) / std
        return lambda array: mean + std * mx.random.truncated_normal(*ends, array.shape)

    def seeded_normal(self, mean: float, std: float, seed: int) -> Any:
        return lambda array: mx.random.normal(array.shape, loc=mean, scale=std, key=mx.random.key(seed))

    def uniform(self, low: float, high: float) -> Any:
        return nn.init.uniform(low, high)

    def constant(self, value: float) -> Any:
        return nn.init.constant(value)

    def constant_array(self, array: np.ndarray) -> Any:
        return nn.init.constant(mx.array(array))

    def xavier_uniform(self, gain: float) -> Any:
        return functools.partial(nn.init.glorot_uniform(), gain=gain)

    def xavier_normal(self, gain: float) -> Any:
        return functools.partial(nn.init.glorot_normal(), gain=gain)

    def variance_scaling(self, scale: float, mode: str, distribution: str) -> Any:
        if mode == "fan_avg":
            return functools.partial(AVERAGING[distribution](), gain=scale**0.5)
        return functools.partial(ONE_SIDED[distribution](), mode=mode, gain=scale**0.5)

    def kaiming(self, nonlinearity: str, slope: Optional[float], mode: str) -> Any:
        raise Unsupported("he")

    def bare(self, name: str) -> Any:
        if name not in BARE:
            raise Unsupported(name)
        return BARE[name]()

    def orthogonal(self, gain: float) -> Any:
        raise Unsupported("orthogonal")

    def identity(self, gain: float) -> Any:
        raise Unsupported("identity")

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda array: mx.array(function(array.shape, np.dtype("float32")))

    @builds(Dense, weight="weight: out in", bias="bias: out")
    def dense(self, units, bias, in_units) -> nn.Linear:
        if in_units is None:
            raise Unsupported("inferred")
        return nn.Linear(in_units, units, bias)

    @builds(Activation, {"function": {*ACTIVATIONS}})
    def activation(self, function) -> nn.Module:
        return ACTIVATIONS[function]()

    @builds(LeakyReLU)
    def leaky_relu(self, slope) -> nn.LeakyReLU:
        return nn.LeakyReLU(**given(negative_slope=slope))

    @builds(Softmax)
    def softmax(self) -> nn.Softmax:
        return nn.Softmax()

    @builds(Flatten)
    def flatten(self) -> Callable:
        return functools.partial(mx.flatten, start_axis=1)

    @builds(LayerNorm, {"is_bias_alone": False}, scale="weight: channel", bias="bias: channel")
    def layer_norm(self, epsilon, scale, bias, channels) -> nn.LayerNorm:
        if channels is None:
            raise Unsupported("inferred")
        return nn.LayerNorm(channels, **given(eps=epsilon, affine=scale, bias=bias))

    @builds(RNN, ONE_LAYER, input_weight="Wxh: out in", recurrent_weight="Whh: out in", bias="bias: out")
    def rnn(self, hidden, biases, function, in_units) -> nn.RNN:
        if in_units is None:
            raise Unsupported("inferred")
        return nn.RNN(in_units, hidden, biases == 1, ACTIVATIONS[function]().__call__)  # an empty module is false

    def block(self, layers: List[Any]) -> nn.Sequential:
        return nn.Sequential(*layers)

    plain_list = block  # a plain list is what it keeps

    def residual(self, layers: List[Any]) -> Residual:
        return Residual(*layers)

    def network(self, layers: List[Any], shape: Optional[Tuple[int, ...]]) -> nn.Sequential:
        return nn.Sequential(*layers)

    def child(self, net: nn.Sequential, position: int) -> Any:
        return net.layers[position]

    def by_attribute(self, layer: nn.Module, role: str) -> mx.array:
        handle = getattr(layer, role)
        self.places[id(handle)] = layer, role
        return handle

    def release(self) -> None:
        self.places.clear()

    def held_by(self, layer: nn.Module) -> Iterable[mx.array]:
        return [self.by_attribute(layer, role) for role, _ in tree_flatten(layer.parameters())]

    def parameters(self, net: nn.Module) -> Pairs:
        return distinct(net.parameters())

    def trainable(self, net: nn.Module) -> Pairs:
        return distinct(net.trainable_parameters())

    def is_trainable(self, handle: mx.array) -> bool:
        layer, role = self.places[id(handle)]
        return role in layer.trainable_parameters()

    def value(self, handle: mx.array) -> np.ndarray:
        return np.array(handle)

    as_numpy = value

    def tensor(self, handle: mx.array) -> mx.array:
        return handle

    def shape(self, handle: mx.array) -> Tuple[int, ...]:
        return handle.shape

    def dtype(self, handle: mx.array) -> str:
        return str(handle.dtype).removeprefix("mlx.core.")

    def initialize_network(self, net: nn.Module, initializer: Any, again: bool) -> None:
        if initializer is not None:
            net.apply(initializer)
        elif again:
            raise Unsupported("default_again")

    def initialize_matching(self, net: nn.Module, pattern: str, initializer: Any, again: bool) -> None:
        net.update(tree_unflatten([(name, initializer(handle)) for name, handle in self.matching(net, pattern)]))

    def initialize(self, handle: mx.array, initializer: Any) -> None:
        if initializer is None:
            raise Unsupported("default_again")
        setattr(*self.places[id(handle)], initializer(handle))

    def write(self, handle: mx.array, array: np.ndarray) -> None:
        setattr(*self.places[id(handle)], mx.array(array))

    def forward(self, net: nn.Module, batch: np.ndarray) -> Passed:
        inputs = mx.array(batch)
        return net.train()(inputs), inputs  # gradients are taken of a function, which runs this pass again

    def infer(self, net: nn.Module, batch: np.ndarray) -> Passed:
        return net.eval()(mx.array(batch)), mx.array(batch)

    def output(self, passed: Passed) -> np.ndarray:
        return np.array(passed[0])

    def backward(self, net: nn.Module, passed: Passed, cotangent: np.ndarray) -> dict:
        self.net, (outputs, inputs), weights = net, passed, mx.array(cotangent)
        return nn.value_and_grad(net, lambda: mx.tensordot(net(inputs), weights, outputs.ndim))()[1]

    def gradient(self, handle: mx.array, gradients: Optional[dict]) -> Optional[np.ndarray]:
        if gradients is None:
            return None
        names = {id(found): name for name, found in tree_flatten(self.net.parameters())}
        found = tree_flatten(gradients, destination={}).get(names[id(handle)])
        return None if found is None else np.array(found)

    def step(self, net: nn.Module, gradients: dict, learning_rate: float) -> None:
        optimizers.SGD(learning_rate).update(net, gradients)

    def sgd(self, net: nn.Module, learning_rate: float, momentum: float) -> Training:
        return net, optimizers.SGD(learning_rate, momentum)

    def adam(
        self, net: nn.Module, learning_rate: float, beta1: float, beta2: float, epsilon: Optional[float]
    ) -> Training:
        return net, optimizers.Adam(learning_rate, [beta1, beta2], bias_correction=True, **given(eps=epsilon))

    def step_optimizer(self, optimizer: Training, gradients: dict) -> None:
        optimizer[1].update(optimizer[0], gradients)

    def set_learning_rate(self, optimizer: Training, learning_rate: float) -> None:
        optimizer[1].learning_rate = learning_rate

    def save_optimizer(self, optimizer: Training, file: str) -> None:
        mx.save_safetensors(file, tree_flatten(optimizer[1].state, destination={}))

    def load_optimizer(self, net: nn.Module, optimizer: Training, file: str) -> None:
        optimizer[1].state = tree_unflatten(mx.load(file))

    def tie(self, *shared: Any) -> None:
        raise Unsupported("tie")

    share = tie

    def reset_gradients(self, net: nn.Module) -> None:
        return None  # a gradient is a value, which the caller holds

    def freeze(self, handle: mx.array) -> None:
        layer, role = self.places[id(handle)]
        layer.freeze(keys=role, recurse=False)

    def unfreeze(self, handle: mx.array) -> None:
        layer, role = self.places[id(handle)]
        layer.unfreeze(keys=role, recurse=False)

    def freeze_layer(self, layer: nn.Module) -> None:
        layer.freeze()

    def save(self, net: nn.Module, file: str) -> None:
        net.save_weights(file)

    def load(self, net: nn.Module, file: str) -> None:
        net.load_weights(file)

    def load_despite(self, net: nn.Module, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        if shapes:
            raise Unsupported("load_other_shapes")
        net.load_weights(file, strict=False)

    def copy_values(self, net: nn.Module, source: nn.Module) -> None:
        net.load_weights(tree_flatten(source.parameters()))

    def cast(self, net: nn.Module, dtype: str) -> None:
        net.set_dtype(getattr(mx, dtype))
