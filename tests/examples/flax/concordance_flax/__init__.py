"""Flax NNX."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, Callable, Iterable, List, Optional, Tuple

import jax
import numpy as np
import optax
from flax import nnx, serialization
from jax import numpy as jnp

from adapters.basic import BasicAdapter
from adapters.interface import Absence, Failure, Pairs, Unsupported, builds, given
from concordance_flax.divergences import FLAX
from specs.layers import Activation, Dense, Flatten, LeakyReLU, Softmax

DOCS = "https://flax.readthedocs.io/en/v0.12.8"
ACTIVATIONS = {
    "relu": jax.nn.relu,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "softplus": jax.nn.softplus,
    "silu": jax.nn.silu,
    "gelu": functools.partial(jax.nn.gelu, approximate=False),
    "gelu_tanh": functools.partial(jax.nn.gelu, approximate=True),
}
INITIALIZERS = {2: nnx.initializers.lecun_normal(), 1: nnx.initializers.zeros_init()}  # the defaults, by rank


DISTRIBUTIONS = {"uniform": "uniform", "normal": "truncated_normal"}
BARE = {
    "normal": nnx.initializers.normal,
    "uniform": nnx.initializers.uniform,
    "truncated_normal": nnx.initializers.truncated_normal,
    "xavier": nnx.initializers.xavier_uniform,
    "he": nnx.initializers.he_normal,
    "orthogonal": nnx.initializers.orthogonal,
}


def flat(inputs: jax.Array) -> jax.Array:
    """All axes but the first as one."""
    return inputs.reshape(len(inputs), -1)


class Residual(nnx.Sequential):
    """Modules and functions applied in turn, and what came in added."""

    def __call__(self, inputs):
        return inputs + super().__call__(inputs)


class FlaxAdapter(BasicAdapter):
    """Flax NNX: parameters are variables that a module holds; gradients come from a function of them."""

    name = "flax"
    packages = ("flax", "jax")
    divergences = FLAX
    file_suffix = ".msgpack"
    failures = (
        Failure(ValueError, "for broadcasting", "wrong_shape"),
        Failure(TypeError, "dot_general requires contracting dimensions to have the same shape", "wrong_shape"),
        Failure(ValueError, "unexpected JAX type", "wrong_shape"),
        Failure(ValueError, "pytree structure error", "refused"),
        Failure(ValueError, "Can't compute input and output sizes", "invalid_argument"),
        Failure(IndexError, "Index out of bounds", "no_such_parameter"),
        Failure(ValueError, "are not present in state dict", "no_such_parameter"),
    )
    absences = {
        "inferred": Absence("nnx.Linear is given its input width", f"{DOCS}/api_reference/flax.nnx/nn/linear.html"),
        "freeze": Absence(
            "what is trained is chosen by filters, not by parameters", f"{DOCS}/guides/filters_guide.html"
        ),
        "plain_list": Absence("a module of one's own", f"{DOCS}/guides/nnx_basics.html", who="here"),
        "dirac": Absence("no initializer of that", f"{DOCS}/api_reference/flax.nnx/nn/initializers.html"),
        "bilinear": Absence("no initializer of that", f"{DOCS}/api_reference/flax.nnx/nn/initializers.html"),
        "transposed_tie": Absence("a module of one's own", f"{DOCS}/api_reference/flax.nnx/nn/linear.html", who="here"),
        "load_despite": Absence("no flags", "https://github.com/google/flax/blob/v0.12.8/flax/serialization.py"),
        "optimizer_state": Absence("an nnx.Optimizer is a module as others", DOCS, who="here"),
        "gain": Absence(
            "he_normal is told no nonlinearity", f"{DOCS}/api_reference/flax.nnx/nn/initializers.html", who="here"
        ),
    }

    def __init__(self) -> None:
        self.rngs = nnx.Rngs(0)

    def seed(self, seed: int) -> None:
        self.rngs = nnx.Rngs(seed)

    # Initializers are functions of a key, a shape and a dtype.

    def normal(self, mean: float, std: float) -> Any:
        return lambda key, shape, dtype: mean + std * jax.random.normal(key, shape, dtype)

    def truncated_normal(self, mean: float, std: float, low: Optional[float], high: Optional[float]) -> Any:
        ends = {} if low is None else {"lower": (low - mean) / std, "upper": (high - mean) / std}
        draw = nnx.initializers.truncated_normal(std, **ends)
        return lambda key, shape, dtype: mean + draw(key, shape, dtype)

    def seeded_normal(self, mean: float, std: float, seed: int) -> Any:
        return lambda key, shape, dtype: mean + std * jax.random.normal(jax.random.key(seed), shape, dtype)

    def uniform(self, low: float, high: float) -> Any:
        return lambda key, shape, dtype: jax.random.uniform(key, shape, dtype, low, high)

    def constant(self, value: float) -> Any:
        return nnx.initializers.constant(value)

    def constant_array(self, array: np.ndarray) -> Any:
        return nnx.initializers.constant(jnp.array(array.copy()))

    def xavier_uniform(self, gain: float) -> Any:
        return nnx.initializers.variance_scaling(gain**2, "fan_avg", "uniform")

    def xavier_normal(self, gain: float) -> Any:
        return nnx.initializers.variance_scaling(gain**2, "fan_avg", "truncated_normal")

    def variance_scaling(self, scale: float, mode: str, distribution: str) -> Any:
        return nnx.initializers.variance_scaling(scale, mode, DISTRIBUTIONS[distribution])

    def kaiming(self, nonlinearity: str, slope: Optional[float], mode: str) -> Any:
        raise Unsupported("gain")

    def bare(self, name: str) -> Any:
        return BARE[name]()

    def orthogonal(self, gain: float) -> Any:
        return nnx.initializers.orthogonal(gain)

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda key, shape, dtype: jnp.array(function(tuple(shape), np.dtype(dtype)))

    @builds(Dense, weight="kernel: in out", bias="bias: out")
    def dense(self, units, bias, in_units, weight_initializer, bias_initializer) -> nnx.Linear:
        if in_units is None:
            raise Unsupported("inferred")
        initializers = given(kernel_init=weight_initializer, bias_init=bias_initializer)
        return nnx.Linear(in_units, units, use_bias=bias, rngs=self.rngs, **initializers)

    @builds(Activation)
    def activation(self, function) -> Callable:
        return ACTIVATIONS[function]

    @builds(LeakyReLU)
    def leaky_relu(self, slope) -> Callable:
        return functools.partial(jax.nn.leaky_relu, **given(negative_slope=slope))

    @builds(Softmax)
    def softmax(self) -> Callable:
        return jax.nn.softmax

    @builds(Flatten)
    def flatten(self) -> Callable:
        return flat

    def block(self, layers: List[Any]) -> nnx.Sequential:
        return nnx.Sequential(*layers)

    def residual(self, layers: List[Any]) -> Residual:
        return Residual(*layers)

    def network(self, layers: List[Any], shape: Optional[Tuple[int, ...]]) -> nnx.Sequential:
        return nnx.Sequential(*layers)

    def child(self, net: nnx.Sequential, position: int) -> Any:
        return net.layers[position]

    def held_by(self, layer: Any) -> Iterable[nnx.Param]:
        return [handle for _, handle in self.parameters(layer)]

    def parameters(self, net: nnx.Module) -> Pairs:
        found = [(path, node) for path, node in nnx.iter_graph(net) if isinstance(node, nnx.Param)]
        return [(".".join(map(str, path)), node) for path, node in found]

    def value(self, handle: nnx.Param) -> np.ndarray:
        return np.asarray(handle[...])

    def shape(self, handle: nnx.Param) -> Tuple[int, ...]:
        return handle.shape

    def dtype(self, handle: nnx.Param) -> str:
        return str(handle.dtype)

    def initialize_network(self, net: nnx.Module, initializer: Any, again: bool) -> None:
        if initializer is not None or again:  # a layer takes its defaults when it is constructed
            super().initialize_network(net, initializer, again)

    def initialize(self, handle: nnx.Param, initializer: Any) -> None:
        handle[...] = (initializer or INITIALIZERS[handle.ndim])(self.rngs.params(), handle.shape, handle.dtype)

    def write(self, handle: nnx.Param, array: np.ndarray) -> None:
        handle[...] = jnp.array(array.copy())

    def forward(self, net: nnx.Module, batch: np.ndarray) -> Tuple[jax.Array, Callable]:
        design, parameters, rest = nnx.split(net, nnx.Param, ...)
        return jax.vjp(lambda given: nnx.merge(design, given, rest)(jnp.array(batch.copy())), parameters)

    def infer(self, net: nnx.Module, batch: np.ndarray) -> Tuple[jax.Array, None]:
        return net(jnp.array(batch.copy())), None

    def output(self, passed: Tuple[jax.Array, Callable]) -> np.ndarray:
        return np.asarray(passed[0])

    def backward(self, net: nnx.Module, passed: Tuple[jax.Array, Callable], cotangent: np.ndarray) -> nnx.State:
        (gradients,) = passed[1](jnp.array(cotangent.copy()))
        self.names = {id(handle): name for name, handle in self.parameters(net)}
        return gradients

    def gradient(self, handle: nnx.Param, gradients: Optional[nnx.State]) -> Optional[np.ndarray]:
        if gradients is None:
            return None
        named = {".".join(map(str, path)): leaf for path, leaf in nnx.to_flat_state(gradients)}
        return np.asarray(named[self.names[id(handle)]][...])

    def step(self, net: nnx.Module, gradients: nnx.State, learning_rate: float) -> None:
        nnx.Optimizer(net, optax.sgd(learning_rate), wrt=nnx.Param).update(net, gradients)

    def sgd(self, net: nnx.Module, learning_rate: float, momentum: float) -> Tuple[nnx.Module, nnx.Optimizer]:
        return net, nnx.Optimizer(net, optax.sgd(learning_rate, momentum), wrt=nnx.Param)

    def adam(
        self, net: nnx.Module, learning_rate: float, beta1: float, beta2: float, epsilon: Optional[float]
    ) -> Tuple[nnx.Module, nnx.Optimizer]:
        rule = optax.adam(learning_rate, beta1, beta2, **given(eps=epsilon))
        return net, nnx.Optimizer(net, rule, wrt=nnx.Param)

    def step_optimizer(self, optimizer: Tuple[nnx.Module, nnx.Optimizer], gradients: nnx.State) -> None:
        net, moves = optimizer
        moves.update(net, gradients)

    def set_learning_rate(self, optimizer: Tuple[nnx.Module, nnx.Optimizer], learning_rate: float) -> None:
        raise Unsupported("optimizer_state")

    def save_optimizer(self, optimizer: Tuple[nnx.Module, nnx.Optimizer], file: str) -> None:
        raise Unsupported("optimizer_state")

    def load_optimizer(self, net: nnx.Module, optimizer: Tuple[nnx.Module, nnx.Optimizer], file: str) -> None:
        raise Unsupported("optimizer_state")

    def reset_gradients(self, net: nnx.Module) -> None:
        return None  # a gradient is a value, which the caller holds

    def unfreeze(self, handle: nnx.Param) -> None:
        raise Unsupported("freeze")

    def freeze_layer(self, layer: nnx.Module) -> None:
        raise Unsupported("freeze")

    def freeze(self, handle: nnx.Param) -> None:
        raise Unsupported("freeze")

    def save(self, net: nnx.Module, file: str) -> None:
        state = nnx.state(net, nnx.Param)
        Path(file).write_bytes(serialization.to_bytes(nnx.to_pure_dict(state)))

    def load(self, net: nnx.Module, file: str) -> None:
        state = nnx.state(net, nnx.Param)
        saved = serialization.from_bytes(nnx.to_pure_dict(state), Path(file).read_bytes())  # arrays of NumPy
        nnx.replace_by_pure_dict(state, jax.tree.map(jnp.array, saved))
        nnx.update(net, state)

    def load_despite(self, net: nnx.Module, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        raise Unsupported("load_despite")

    def copy_values(self, net: nnx.Module, source: nnx.Module) -> None:
        nnx.update(net, nnx.state(source))

    def clone(self, net: nnx.Module) -> nnx.Module:
        return nnx.clone(net)
