"""Flax NNX: parameters are variables that modules hold, and gradients are those of a function of them."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any, Callable, List, Optional, Tuple

import jax
import numpy as np
import optax
from flax import nnx, serialization
from jax import numpy as jnp

from adapters.flax.divergences import FLAX
from adapters.flax.layers import FlaxLayers
from adapters.interface import Absence, Failure, Pairs, Unsupported, given

DOCS = "https://flax.readthedocs.io/en/v0.12.8"
SOURCE = "https://github.com/google/flax/blob/v0.12.8/flax"
#: What is trained, and what is saved: a frozen parameter has this tag; keys of random streams are not saved.
TRAINED = nnx.All(nnx.Param, nnx.Not(nnx.WithTag("frozen")))
SAVED = nnx.Any(nnx.Param, nnx.BatchStat)
BARE = {
    "normal": nnx.initializers.normal,
    "uniform": nnx.initializers.uniform,
    "truncated_normal": nnx.initializers.truncated_normal,
    "xavier": nnx.initializers.xavier_uniform,
    "he": nnx.initializers.he_normal,
    "orthogonal": nnx.initializers.orthogonal,
}

#: A network's parameters are arguments of an optimizer's steps, so one goes with the other.
Optimized = Tuple[nnx.Module, nnx.Optimizer]
#: Gradients are found by the paths of a network's parameters.
Gradients = Tuple[nnx.Module, nnx.State]


class Residual(nnx.Sequential):
    """Modules and functions applied in sequence, plus the input."""

    def __call__(self, inputs):
        return inputs + super().__call__(inputs)


class InList(nnx.Module):
    """Modules in a plain list, applied in sequence."""

    def __init__(self, layers):
        self.layers = list(layers)

    def __call__(self, inputs):
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs


def named(net: nnx.Module, kind: Any) -> Pairs:
    """The variables of a module that a filter selects, with their full names."""
    found = nnx.to_flat_state(nnx.variables(net, kind))
    return [(".".join(map(str, path)), variable) for path, variable in found]


class FlaxAdapter(FlaxLayers):
    """Flax NNX, with optimizers of Optax."""

    name = "flax"
    packages = ("flax", "jax", "optax")
    divergences = FLAX
    file_suffix = ".msgpack"
    data = "*data channel"
    implied_arguments = {
        "Linear": {"use_bias": True},
        "TransposedLinear": {"use_bias": True},
        "Conv": {"feature_group_count": 1, "use_bias": True},
        "ConvTranspose": {"use_bias": True},
        "BatchNorm": {"use_scale": True, "use_bias": True},
        "LayerNorm": {"use_scale": True, "use_bias": True},
        "GroupNorm": {"use_scale": True, "use_bias": True},
        "InstanceNorm": {"use_scale": True, "use_bias": True},
        "RMSNorm": {"use_scale": True},
        "MultiHeadAttention": {"use_bias": True},
        "AttentionToItself": {"causal": False, "mask": None},
    }
    absences = {
        "inferred": Absence(
            "a module makes its parameters when it is constructed, and is told how many features come in",
            f"{DOCS}/migrating/linen_to_nnx.html",
        ),
        "build_max_pooling": Absence("nnx.max_pool rounds the number of places down", f"{SOURCE}/linen/pooling.py"),
        "build_average_pooling": Absence("nnx.avg_pool rounds the number of places down", f"{SOURCE}/linen/pooling.py"),
        "build_transposed_convolution": Absence("nnx.ConvTranspose has no groups", f"{SOURCE}/nnx/nn/linear.py"),
        "build_prelu": Absence("nnx.PReLU has one slope", f"{SOURCE}/nnx/nn/activations.py"),
        "prelu_initializers": Absence(
            "nnx.PReLU takes the slope that it starts with as a number", f"{SOURCE}/nnx/nn/activations.py"
        ),
        "build_lstm": Absence("nnx.OptimizedLSTMCell has one bias", f"{SOURCE}/nnx/nn/recurrent.py"),
        "build_gru": Absence(
            "nnx.GRUCell has one bias, and its reset gate comes behind the product with the state",
            f"{SOURCE}/nnx/nn/recurrent.py",
        ),
        "build_rnn": Absence("nnx.SimpleCell has one bias", f"{SOURCE}/nnx/nn/recurrent.py"),
        "build_padded_embedding": Absence("no row of an nnx.Embed is padding", f"{SOURCE}/nnx/nn/linear.py"),
        "build_packed_self_attention": Absence(
            "nnx.MultiHeadAttention makes queries, keys and values by three kernels",
            f"{SOURCE}/nnx/nn/attention.py",
        ),
        "value_width": Absence(
            "nnx.MultiHeadAttention makes values of the width of queries and keys: qkv_features is that of all heads",
            f"{SOURCE}/nnx/nn/attention.py",
        ),
        "self_attention_initializers": Absence(
            "nnx.MultiHeadAttention takes one kernel_init for queries, keys and values",
            f"{SOURCE}/nnx/nn/attention.py",
        ),
        "initializers_at_construction": Absence(
            "recurrent layers in both directions are not told an initializer each",
            "adapters/flax/layers.py",
            who="here",
        ),
        "plain_list": Absence(
            "a module takes no list of modules as an attribute: assigning one raises, and tells of nnx.List",
            f"{SOURCE}/nnx/pytreelib.py",
        ),
        "transposed_tie": Absence(
            "a layer on another's kernel with its axes in another order is written for dense layers alone",
            "adapters/flax/layers.py",
            who="here",
        ),
        "gain": Absence(
            "he_normal() is told no nonlinearity, slope or mode: it is scaled for a rectifier, by fan_in; "
            "variance_scaling() takes the square of any gain as its scale",
            f"{DOCS}/api_reference/flax.nnx/nn/initializers.html",
        ),
        "dirac": Absence(
            "nnx.initializers has no identity of a convolution",
            f"{DOCS}/api_reference/flax.nnx/nn/initializers.html",
        ),
        "bilinear": Absence(
            "nnx.initializers has no weights of an interpolation",
            f"{DOCS}/api_reference/flax.nnx/nn/initializers.html",
        ),
        "default_again": Absence(
            "a module calls its initializers when it is constructed, and does not keep them: a copy has none",
            f"{SOURCE}/nnx/nn/linear.py",
        ),
        "default_of_one_parameter": Absence(
            "a module does not keep its initializers: another one that is constructed has all parameters anew",
            f"{SOURCE}/nnx/nn/linear.py",
        ),
        "identity": Absence(
            "nnx.initializers has no identity of a matrix",
            f"{DOCS}/api_reference/flax.nnx/nn/initializers.html",
        ),
        "gradient_before_backward": Absence(
            "a variable holds no gradient: what jax.vjp() returned gives gradients to whoever asks for them",
            "https://docs.jax.dev/en/latest/_autosummary/jax.vjp.html",
        ),
        "step_before_backward": Absence(
            "a step takes gradients as an argument, and before a backward pass there are none to give",
            f"{DOCS}/api_reference/flax.nnx/training/optimizer.html",
        ),
        "load_despite": Absence(
            "from_bytes() ignores what a file has besides, replace_by_pure_dict() what it lacks: neither ignores both, "
            "nor looks at shapes",
            f"{SOURCE}/nnx/statelib.py",
        ),
    }
    failures = (
        Failure(ValueError, "assigned to static attribute 'layers'", "unsupported", "plain_list"),
        Failure(ValueError, "flax.nnx.statelib.State'>' assigned to static attribute", "no_such_parameter"),
        Failure(IndexError, "Index out of bounds", "no_such_parameter"),
        Failure(ValueError, "are not present in state dict", "no_such_parameter"),
        Failure(ValueError, "key in pure_dict not available in state", "no_such_parameter"),
        Failure(ValueError, "for broadcasting", "wrong_shape"),
        Failure(ValueError, "Cannot broadcast to shape with fewer dimensions", "wrong_shape"),
        Failure(TypeError, "dot_general requires contracting dimensions to have the same shape", "wrong_shape"),
        Failure(ValueError, "unexpected JAX type", "wrong_shape"),
        Failure(ValueError, "pytree structure error", "refused"),
        Failure(ValueError, "Can't compute input and output sizes", "invalid_argument"),
    )

    # Initializers are functions of a key, a shape and a dtype.

    def default(self) -> None:
        return None

    def normal(self, mean: float, std: float) -> Any:
        return lambda key, shape, dtype: mean + std * jax.random.normal(key, shape, dtype)

    def truncated_normal(self, mean: float, std: float, low: Optional[float], high: Optional[float]) -> Any:
        # Bounds are in standard deviations.
        ends = {} if low is None or high is None else {"lower": (low - mean) / std, "upper": (high - mean) / std}
        draw = nnx.initializers.truncated_normal(std, **ends)
        return lambda key, shape, dtype: mean + draw(key, shape, dtype)

    def seeded_normal(self, mean: float, std: float, seed: int) -> Any:
        return lambda key, shape, dtype: mean + std * jax.random.normal(jax.random.key(seed), shape, dtype)

    def uniform(self, low: float, high: float) -> Any:
        return lambda key, shape, dtype: jax.random.uniform(key, shape, dtype, low, high)

    def constant(self, value: float) -> Any:
        return nnx.initializers.constant(value)

    # JAX may read a given array later than it returns, and would see changes to it until then.

    def constant_array(self, array: np.ndarray) -> Any:
        return nnx.initializers.constant(jnp.array(array.copy()))

    def zeros(self) -> Any:
        return nnx.initializers.zeros

    def ones(self) -> Any:
        return nnx.initializers.ones

    def xavier_uniform(self, gain: float) -> Any:
        if gain == 1.0:
            return nnx.initializers.glorot_uniform()
        return nnx.initializers.variance_scaling(gain**2, "fan_avg", "uniform")

    def xavier_normal(self, gain: float) -> Any:
        if gain == 1.0:
            return nnx.initializers.glorot_normal()
        return nnx.initializers.variance_scaling(gain**2, "fan_avg", "truncated_normal")

    def variance_scaling(self, scale: float, mode: str, distribution: str) -> Any:
        return nnx.initializers.variance_scaling(scale, mode, distribution)

    def kaiming(self, nonlinearity: str, slope: Optional[float], mode: str) -> Any:
        if nonlinearity != "relu" or mode != "fan_in":
            raise Unsupported("gain")
        return nnx.initializers.he_normal()

    def bare(self, name: str) -> Any:
        return BARE[name]()

    def orthogonal(self, gain: float) -> Any:
        return nnx.initializers.orthogonal(gain)

    def identity(self, gain: float) -> Any:
        raise Unsupported("identity")

    def dirac(self, groups: int) -> Any:
        raise Unsupported("dirac")

    def bilinear(self) -> Any:
        raise Unsupported("bilinear")

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda key, shape, dtype: jnp.array(function(shape, np.dtype(dtype)))

    # Building: containers.

    def tie(self, layer: nnx.Module, role: str, source: nnx.Module, shared: str, order: Tuple[int, ...]) -> None:
        if not order or list(order) != sorted(order):
            raise Unsupported("transposed_tie")
        setattr(layer, role, getattr(source, shared))

    def block(self, layers: List[Any]) -> nnx.Sequential:
        return nnx.Sequential(*layers)

    def plain_list(self, layers: List[Any]) -> InList:
        return InList(layers)

    def residual(self, layers: List[Any]) -> Residual:
        return Residual(*layers)

    def network(self, layers: List[Any], shape: Optional[Tuple[int, ...]]) -> nnx.Sequential:
        return nnx.Sequential(*layers)

    def child(self, net: nnx.Sequential, position: int) -> Any:
        return net.layers[position]

    # Access.

    def by_attribute(self, layer: nnx.Module, role: str) -> Optional[nnx.Param]:
        return getattr(layer, role)

    def by_layer(self, layer: nnx.Module, role: str) -> nnx.Param:
        return nnx.variables(layer)[role]

    def by_name(self, net: nnx.Module, name: str) -> nnx.Param:
        return dict(named(net, nnx.Param))[name]

    def by_order(self, net: nnx.Module, position: int) -> nnx.Param:
        _, variable = named(net, nnx.Param)[position]
        return variable

    def parameters(self, net: nnx.Module) -> Pairs:
        return named(net, nnx.Param)

    def trainable(self, net: nnx.Module) -> Pairs:
        return named(net, TRAINED)

    def matching(self, net: nnx.Module, pattern: str) -> Pairs:
        return [(name, variable) for name, variable in named(net, nnx.Param) if re.match(pattern, name)]

    def count(self, net: nnx.Module) -> int:
        return sum(array.size for array in jax.tree.leaves(nnx.state(net, nnx.Param)))

    def value(self, handle: nnx.Variable) -> np.ndarray:
        return np.asarray(handle[...])

    def tensor(self, handle: nnx.Variable) -> jax.Array:
        return handle[...]

    def as_numpy(self, tensor: jax.Array) -> np.ndarray:
        return np.asarray(tensor)

    def shape(self, handle: nnx.Variable) -> Tuple[int, ...]:
        return handle.shape

    def dtype(self, handle: nnx.Variable) -> str:
        return str(handle.dtype)

    def is_trainable(self, handle: nnx.Variable) -> bool:
        return TRAINED((), handle)

    # Initialization: modules are constructed with initializers; afterwards, values are assigned.

    def initialize_network(self, net: nnx.Module, initializer: Any, again: bool) -> None:
        if initializer is not None:
            for _, variable in named(net, nnx.Param):
                self.draw(variable, initializer)
        elif again:
            self.initialize_again(net)

    def initialize_layer(self, layer: nnx.Module, initializer: Any, again: bool) -> None:
        if initializer is not None:
            for _, variable in named(layer, nnx.Param):
                self.draw(variable, initializer)
        elif again:
            self.initialize_again(layer)

    def initialize_parameter(self, layer: nnx.Module, role: str, initializer: Any, again: bool) -> None:
        if initializer is not None:
            self.draw(getattr(layer, role), initializer)
        elif again:
            raise Unsupported("default_of_one_parameter")

    def initialize_matching(self, net: nnx.Module, pattern: str, initializer: Any, again: bool) -> None:
        for name, variable in named(net, nnx.Param):
            if re.match(pattern, name):
                self.draw(variable, initializer)

    # Writing.

    def write(self, handle: nnx.Variable, array: np.ndarray) -> None:
        handle[...] = jnp.array(array.copy())

    def add(self, handle: nnx.Variable, amount: float) -> None:
        handle[...] += amount

    def write_element(self, handle: nnx.Variable, index: Tuple[int, ...], value: float) -> None:
        handle[index] = value

    def copy(self, handle: nnx.Variable, source: nnx.Variable) -> None:
        handle[...] = source[...]

    # Training: the network is called as a function of what is trained, and what it updates is put back.

    def forward(self, net: nnx.Module, batch: np.ndarray) -> Tuple[jax.Array, Callable]:
        net.train()
        design, trained, others = nnx.split(net, TRAINED, ...)

        def call(trained):
            called = nnx.merge(design, trained, others, copy=True)
            outputs = called(jnp.array(batch))
            return outputs, nnx.state(called, nnx.Not(nnx.Param))

        outputs, pull_back, updated = jax.vjp(call, trained, has_aux=True)
        nnx.update(net, updated)
        return outputs, pull_back

    def infer(self, net: nnx.Module, batch: np.ndarray) -> Tuple[jax.Array, None]:
        net.eval()
        outputs = net(jnp.array(batch))
        return outputs, None

    def output(self, passed: Tuple[jax.Array, Optional[Callable]]) -> np.ndarray:
        outputs, _ = passed
        return np.asarray(outputs)

    def backward(self, net: nnx.Module, passed: Tuple[jax.Array, Callable], cotangent: np.ndarray) -> Gradients:
        _, pull_back = passed
        (gradients,) = pull_back(jnp.array(cotangent))
        return net, gradients

    def gradient(self, handle: nnx.Param, gradients: Optional[Gradients]) -> Optional[np.ndarray]:
        if gradients is None:
            raise Unsupported("gradient_before_backward")
        net, found = gradients
        paths = [path for path, variable in nnx.to_flat_state(nnx.variables(net, nnx.Param)) if variable is handle]
        return next((np.asarray(value[...]) for path, value in nnx.to_flat_state(found) if path in paths), None)

    def step(self, net: nnx.Module, gradients: Optional[Gradients], learning_rate: float) -> None:
        if gradients is None:
            raise Unsupported("step_before_backward")
        _, found = gradients
        # By their paths, since gradients have the tags that parameters had in the forward pass.
        paths = [path for path, _ in nnx.to_flat_state(nnx.variables(net, TRAINED))]
        nnx.Optimizer(net, optax.sgd(learning_rate), wrt=lambda path, _: path in paths).update(net, found)

    def sgd(self, net: nnx.Module, learning_rate: float, momentum: float) -> Optimized:
        rule = optax.inject_hyperparams(optax.sgd)(learning_rate, momentum)
        moves = nnx.Optimizer(net, rule, wrt=TRAINED)
        return net, moves

    def adam(
        self, net: nnx.Module, learning_rate: float, beta1: float, beta2: float, epsilon: Optional[float]
    ) -> Optimized:
        rule = optax.inject_hyperparams(optax.adam)(learning_rate, beta1, beta2, **given(eps=epsilon))
        moves = nnx.Optimizer(net, rule, wrt=TRAINED)
        return net, moves

    def step_optimizer(self, optimizer: Optimized, gradients: Optional[Gradients]) -> None:
        if gradients is None:
            raise Unsupported("step_before_backward")
        net, moves = optimizer
        _, found = gradients
        moves.update(net, found)

    def set_learning_rate(self, optimizer: Optimized, learning_rate: float) -> None:
        _, moves = optimizer
        moves.opt_state.hyperparams["learning_rate"][...] = jnp.array(learning_rate)

    def save_optimizer(self, optimizer: Optimized, file: str) -> None:
        _, moves = optimizer
        Path(file).write_bytes(serialization.to_bytes(nnx.to_pure_dict(nnx.state(moves))))

    def load_optimizer(self, net: nnx.Module, optimizer: Optimized, file: str) -> None:
        _, moves = optimizer
        state = nnx.state(moves)
        saved = serialization.from_bytes(nnx.to_pure_dict(state), Path(file).read_bytes())
        nnx.replace_by_pure_dict(state, jax.tree.map(jnp.array, saved))
        nnx.update(moves, state)

    def reset_gradients(self, net: nnx.Module) -> None:
        return None

    def freeze(self, handle: nnx.Param) -> None:
        handle.set_metadata(tag="frozen")

    def unfreeze(self, handle: nnx.Param) -> None:
        handle.del_metadata("tag")

    def freeze_layer(self, layer: nnx.Module) -> None:
        for _, variable in named(layer, nnx.Param):
            variable.set_metadata(tag="frozen")

    # Tying after building, files, clones.

    def share(self, layer: nnx.Module, role: str, handle: nnx.Param) -> None:
        setattr(layer, role, handle)

    def save(self, net: nnx.Module, file: str) -> None:
        Path(file).write_bytes(serialization.to_bytes(nnx.to_pure_dict(nnx.state(net, SAVED))))

    def load(self, net: nnx.Module, file: str) -> None:
        state = nnx.state(net, SAVED)
        saved = serialization.from_bytes(nnx.to_pure_dict(state), Path(file).read_bytes())
        nnx.replace_by_pure_dict(state, jax.tree.map(jnp.array, saved))
        nnx.update(net, state)

    def load_despite(self, net: nnx.Module, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        if shapes or (missing and extra):
            raise Unsupported("load_despite")
        if missing:
            state = nnx.state(net, SAVED)
            saved = serialization.msgpack_restore(Path(file).read_bytes())
            nnx.replace_by_pure_dict(state, jax.tree.map(jnp.array, saved))
            nnx.update(net, state)
        else:
            self.load(net, file)  # extra entries of a file are ignored

    def copy_values(self, net: nnx.Module, source: nnx.Module) -> None:
        nnx.update(net, nnx.state(source, SAVED))

    def cast(self, net: nnx.Module, dtype: str) -> None:
        nnx.update(net, jax.tree.map(lambda array: array.astype(dtype), nnx.state(net, SAVED)))

    def clone(self, net: nnx.Module) -> nnx.Module:
        return nnx.clone(net)

    def deepcopy(self, net: nnx.Module) -> nnx.Module:
        return copy.deepcopy(net)

    def release(self) -> None:
        self.constructed.clear()
        self.seed(0)
        # What JAX has compiled, for every shape, would fill the memory.
        self.released += 1
        if self.released % 100 == 0:
            jax.clear_caches()
