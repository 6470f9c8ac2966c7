"""Flax NNX."""

from __future__ import annotations

from typing import Any, Callable, List, Optional, Tuple

import jax
import numpy as np
import optax
from flax import nnx
from jax import numpy as jnp

from adapters.basic import BasicAdapter
from adapters.interface import Failure, Pairs, Role, Unsupported
from tests.examples.flax_divergences import FLAX

DOCS = "https://flax.readthedocs.io/en/v0.12.8"
ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid}
INITIALIZERS = {2: nnx.initializers.lecun_normal(), 1: nnx.initializers.zeros_init()}  # the defaults, by rank


class Positions(nnx.Sequential):
    """An ``nnx.Sequential`` of layers and activations that remembers at which index each layer stands."""

    def __init__(self, modules: List[Any], positions: Tuple[int, ...]):
        super().__init__(*modules)
        self.positions = positions


class FlaxAdapter(BasicAdapter):
    """Flax NNX: parameters are variables that a module holds; gradients come from a function of them."""

    name = "flax"
    packages = ("flax", "jax")
    roles = {"weight": Role("kernel", ("in", "out")), "bias": Role("bias", ("out",))}
    divergences = FLAX
    file_suffix = ".npz"
    failures = (
        Failure(ValueError, "for broadcasting", "wrong_shape"),
        Failure(TypeError, "dot_general requires contracting dimensions to have the same shape", "wrong_shape"),
        Failure(ValueError, "unexpected JAX type", "wrong_shape"),
        Failure(ValueError, "pytree structure error", "refused"),
        Failure(ValueError, "Can't compute input and output sizes", "invalid_argument"),
        Failure(IndexError, "", "no_such_parameter"),
        Failure(KeyError, "", "no_such_parameter"),
    )
    rngs = nnx.Rngs(0)

    def seed(self, seed: int) -> None:
        self.rngs = nnx.Rngs(seed)

    # Initializers are functions of a key, a shape and a dtype.

    def normal(self, mean: float, std: float) -> Any:
        return lambda key, shape, dtype: mean + std * jax.random.normal(key, shape, dtype)

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

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda key, shape, dtype: jnp.array(function(tuple(shape), np.dtype(dtype)))

    def dense(self, units, activation, bias, in_units, weight_initializer, bias_initializer) -> nnx.Linear:
        if in_units is None:
            raise Unsupported("nnx.Linear is given its input width", f"{DOCS}/api_reference/flax.nnx/nn/linear.html")
        given = {"kernel_init": weight_initializer, "bias_init": bias_initializer}
        given = {name: initializer for name, initializer in given.items() if initializer is not None}
        return nnx.Linear(in_units, units, use_bias=bias, rngs=self.rngs, **given)

    def network(self, layers: List[Any], activations: List[str], in_units: Optional[int]) -> Positions:
        modules, positions = [], []
        for layer, activation in zip(layers, activations):
            positions.append(len(modules))
            modules += [layer] if activation == "none" else [layer, ACTIVATIONS[activation]]
        return Positions(modules, tuple(positions))

    def layer(self, net: Positions, position: int) -> nnx.Linear:
        return net.layers[net.positions[position]]

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

    def freeze(self, handle: nnx.Param) -> None:
        raise Unsupported(
            "what is trained is chosen by filters, not by parameters", f"{DOCS}/guides/filters_guide.html"
        )

    def save(self, net: nnx.Module, file: str) -> None:
        np.savez(file, *(self.value(handle) for _, handle in self.parameters(net)))

    def load(self, net: nnx.Module, file: str) -> None:
        with np.load(file) as saved:
            for name, (_, handle) in zip(saved.files, self.parameters(net)):
                handle.set_value(jnp.array(saved[name]))

    def clone(self, net: nnx.Module) -> nnx.Module:
        return nnx.clone(net)
