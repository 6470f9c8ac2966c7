"""Keras 3: the part of the adapter that is common to all backends."""

from __future__ import annotations

import copy
import re
from typing import Any, Callable, Dict, List, Optional, Tuple

import keras
import numpy as np

from adapters.interface import Failure, Pairs, Unsupported, given
from adapters.keras.layers import KerasLayers

#: The normal distribution is truncated by default.
DISTRIBUTIONS = {"uniform": "uniform", "normal": "truncated_normal"}
BARE = {
    "normal": keras.initializers.RandomNormal,
    "uniform": keras.initializers.RandomUniform,
    "truncated_normal": keras.initializers.TruncatedNormal,
    "xavier": keras.initializers.GlorotUniform,
    "he": keras.initializers.HeNormal,
    "orthogonal": keras.initializers.Orthogonal,
}


@keras.saving.register_keras_serializable()
class Residual(keras.Sequential):
    """Layers applied in sequence, plus the input."""

    def call(self, inputs, training=None, mask=None):
        return inputs + super().call(inputs, training=training, mask=mask)


class InList(keras.layers.Layer):
    """Layers in a plain list, applied in sequence."""

    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        self.inner = list(inner)

    def get_layer(self, index):
        return self.inner[index]

    def call(self, inputs):
        for layer in self.inner:
            inputs = layer(inputs)
        return inputs


def fresh(initializer: Any) -> Any:
    """A copy of a random initializer with a new seed; without one, it returns the same values on every call."""
    return initializer.clone() if hasattr(initializer, "seed") else initializer


def draw(variable: keras.Variable, initializer: Any) -> None:
    """Assign values from an initializer to a variable."""
    variable.assign(fresh(initializer)(variable.shape, dtype=variable.dtype))


def holders(layer: Any) -> List[Any]:
    """The innermost layers, which have the variables and their initializers."""
    if isinstance(layer, keras.Sequential):
        return [holder for inner in layer.layers for holder in holders(inner)]
    if isinstance(layer, keras.layers.Bidirectional):
        return [layer.forward_layer.cell, layer.backward_layer.cell]
    if isinstance(layer, keras.layers.RNN):
        return [layer.cell]
    attention = getattr(layer, "attention", None)
    if isinstance(attention, keras.layers.MultiHeadAttention):
        if not layer.built:
            raise ValueError("a MultiHeadAttention makes what it holds when it is built: nothing to initialize yet")
        return [attention.query_dense, attention.key_dense, attention.value_dense, attention.output_dense]
    return [layer]


def initializer_of(layer: Any, role: str) -> str:
    """The attribute that contains the initializer of a variable."""
    if isinstance(layer, (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D)):
        return "depthwise_initializer" if role == "kernel" else f"{role}_initializer"
    return f"{role.replace('_kernel', '')}_initializer"


def initialize(layer: Any, role: str, initializer: Any = None) -> None:
    """Initialize a variable of a layer; for None, with the layer's own initializer."""
    adds_one = role == "bias" and getattr(layer, "unit_forget_bias", False)
    if not layer.built:
        if initializer is not None:
            setattr(layer, initializer_of(layer, role), fresh(initializer))
            if adds_one:
                layer.unit_forget_bias = False  # else the forget gate's bias is ones, whatever the initializer
        return
    variable = getattr(layer, role)
    if variable is None:
        return
    if isinstance(layer, keras.layers.EinsumDense):
        # build() tells a copy of the initializer which axes are inputs, and does not store it.
        another = type(layer).from_config(layer.get_config())
        if initializer is not None:
            setattr(another, f"{role}_initializer", fresh(initializer))
        another.build_from_config(layer.get_build_config())
        variable.assign(getattr(another, role))
        return
    draw(variable, initializer or getattr(layer, initializer_of(layer, role)))
    if adds_one and initializer is None:
        forget = keras.ops.ones((layer.units,))
        variable.assign(keras.ops.slice_update(variable.value, (layer.units,), forget))


def initialize_all(layer: Any, initializer: Any = None) -> None:
    """Initialize all trainable variables of a layer, including those of nested layers."""
    for holder in holders(layer):
        for role in (
            "kernel",
            "recurrent_kernel",
            "depthwise_kernel",
            "pointwise_kernel",
            "embeddings",
            "alpha",
            "bias",
            "gamma",
            "beta",
        ):
            if hasattr(holder, initializer_of(holder, role)):
                initialize(holder, role, initializer)


def save_state(optimizer: keras.optimizers.Optimizer, file: str) -> None:
    """Save the variables of an optimizer."""
    state: Dict[str, Any] = {}
    optimizer.save_own_variables(state)
    np.savez(file, **state)


class KerasAdapter(KerasLayers):
    """Keras: layers create their variables when built, with initializers given at construction.

    Subclasses for each backend implement backward passes and steps.
    """

    backend: str
    packages: Tuple[str, ...] = ("keras",)
    file_suffix = ".weights.h5"
    data = "*data channel"
    implied_arguments = {
        "Dense": {"use_bias": True},
        "TiedDense": {"use_bias": True, "tie_bias": False},
        "Conv1D": {"strides": (1,), "dilation_rate": (1,), "groups": 1, "use_bias": True},
        "Conv2D": {"strides": (1, 1), "dilation_rate": (1, 1), "groups": 1, "use_bias": True},
        "Conv3D": {"strides": (1, 1, 1), "dilation_rate": (1, 1, 1), "groups": 1, "use_bias": True},
        "Conv1DTranspose": {"strides": (1,), "dilation_rate": (1,), "use_bias": True},
        "Conv2DTranspose": {"strides": (1, 1), "dilation_rate": (1, 1), "use_bias": True},
        "Conv3DTranspose": {"strides": (1, 1, 1), "dilation_rate": (1, 1, 1), "use_bias": True},
        "DepthwiseConv1D": {"strides": (1,), "depth_multiplier": 1, "dilation_rate": (1,), "use_bias": True},
        "DepthwiseConv2D": {"strides": (1, 1), "depth_multiplier": 1, "dilation_rate": (1, 1), "use_bias": True},
        "SeparableConv1D": {"strides": (1,), "depth_multiplier": 1, "dilation_rate": (1,), "use_bias": True},
        "SeparableConv2D": {"strides": (1, 1), "depth_multiplier": 1, "dilation_rate": (1, 1), "use_bias": True},
        "LSTM": {"use_bias": True, "return_sequences": False},
        "GRU": {"use_bias": True, "reset_after": True, "return_sequences": False},
        "SimpleRNN": {"activation": "tanh", "use_bias": True, "return_sequences": False},
        "BatchNormalization": {"scale": True, "center": True},
        "LayerNormalization": {"scale": True, "center": True},
        "GroupNormalization": {"scale": True, "center": True},
        "AttentionToItself": {"value_dim": None, "use_bias": True, "output_shape": None, "causal": False, "mask": None},
        "load_weights": {"skip_mismatch": False},
    }
    failures = (
        Failure(ValueError, "makes what it holds when it is built", "unsupported", "unbuilt_attention"),
        Failure(AttributeError, "You must build the layer before accessing `kernel`", "not_ready"),
        *(
            Failure(AttributeError, f"'{layer}' object has no attribute", "not_ready")
            for layer in (
                "Dense",
                "TiedDense",
                "Conv1D",
                "Conv2D",
                "Conv3D",
                "Conv1DTranspose",
                "Conv2DTranspose",
                "Conv3DTranspose",
                "DepthwiseConv1D",
                "DepthwiseConv2D",
                "SeparableConv1D",
                "SeparableConv2D",
                "LSTMCell",
                "GRUCell",
                "SimpleRNNCell",
                "PReLU",
                "MultiHeadAttention",
            )
        ),
        Failure(ValueError, "that has not yet been built", "not_ready"),
        Failure(ValueError, "but the layer isn't built", "not_ready"),
        Failure(AttributeError, "has no setter", "refused"),
        Failure(ValueError, "You cannot add new elements of state", "refused"),
        Failure(ValueError, "in `variable.assign(value)` must match", "wrong_shape"),
        Failure(ValueError, "is incompatible with the layer", "wrong_shape"),
        Failure(ValueError, "variables during loading", "no_such_parameter"),
        Failure(ValueError, "with a weight list of length", "no_such_parameter"),
        Failure(ValueError, "is not compatible with provided weight shape", "wrong_shape"),
        Failure(ValueError, "Was asked to retrieve layer at index", "no_such_parameter"),
        Failure(ValueError, "must be at least two-dimensional", "invalid_argument"),
        Failure(ValueError, "can only be used for 2D matrices", "invalid_argument"),
    )

    def __init_subclass__(cls) -> None:
        if keras.backend.backend() != cls.backend:
            raise ImportError(f"Keras runs on {keras.backend.backend()} in this process, which is chosen once")

    def seed(self, seed: int) -> None:
        keras.utils.set_random_seed(seed)

    # Initializers.

    def default(self) -> None:
        return None

    def normal(self, mean: float, std: float) -> Any:
        return keras.initializers.RandomNormal(mean=mean, stddev=std)

    def truncated_normal(self, mean: float, std: float, low: Optional[float], high: Optional[float]) -> Any:
        # The bounds are fixed at two deviations from the mean.
        if low is not None and (low != mean - 2 * std or high != mean + 2 * std):
            raise Unsupported("truncated_elsewhere")
        return keras.initializers.TruncatedNormal(mean=mean, stddev=std)

    def seeded_normal(self, mean: float, std: float, seed: int) -> Any:
        return keras.initializers.RandomNormal(mean, std, seed)

    def uniform(self, low: float, high: float) -> Any:
        return keras.initializers.RandomUniform(minval=low, maxval=high)

    def constant(self, value: float) -> Any:
        return keras.initializers.Constant(value)

    def constant_array(self, array: np.ndarray) -> Any:
        return keras.initializers.Constant(array)

    def zeros(self) -> Any:
        return keras.initializers.Zeros()

    def ones(self) -> Any:
        return keras.initializers.Ones()

    def xavier_uniform(self, gain: float) -> Any:
        if gain == 1.0:
            return keras.initializers.GlorotUniform()
        return keras.initializers.VarianceScaling(scale=gain**2, mode="fan_avg", distribution="uniform")

    def xavier_normal(self, gain: float) -> Any:
        if gain == 1.0:
            return keras.initializers.GlorotNormal()
        return keras.initializers.VarianceScaling(scale=gain**2, mode="fan_avg", distribution="truncated_normal")

    def variance_scaling(self, scale: float, mode: str, distribution: str) -> Any:
        return keras.initializers.VarianceScaling(scale, mode, DISTRIBUTIONS[distribution])

    def kaiming(self, nonlinearity: str, slope: Optional[float], mode: str) -> Any:
        if nonlinearity != "relu" or mode != "fan_in":
            raise Unsupported("gain")
        return keras.initializers.HeNormal()

    def bare(self, name: str) -> Any:
        return BARE[name]()

    def orthogonal(self, gain: float) -> Any:
        return keras.initializers.Orthogonal(gain)

    def identity(self, gain: float) -> Any:
        return keras.initializers.Identity(gain)

    def dirac(self, groups: int) -> Any:
        raise Unsupported("dirac")

    def bilinear(self) -> Any:
        raise Unsupported("bilinear")

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        def initializer(shape, dtype=None):
            return function(shape, np.dtype(dtype or "float32"))

        return initializer

    # Building: containers.

    def tie(self, layer: Any, role: str, source: Any, shared: str, order: Tuple[int, ...]) -> None:
        raise Unsupported("ties")

    def block(self, layers: List[Any]) -> keras.Sequential:
        return keras.Sequential(layers)

    def plain_list(self, layers: List[Any]) -> InList:
        return InList(layers)

    def residual(self, layers: List[Any]) -> Residual:
        return Residual(layers)

    def network(self, layers: List[Any], shape: Optional[Tuple[int, ...]]) -> keras.Sequential:
        declared = [] if shape is None else [keras.Input(shape)]
        return keras.Sequential([*declared, *layers])

    def child(self, net: keras.Sequential, position: int) -> Any:
        return net.get_layer(index=position)

    # Access.

    def by_attribute(self, layer: Any, role: str) -> Optional[keras.Variable]:
        return getattr(layer, role)

    def by_layer(self, layer: Any, role: str) -> Optional[keras.Variable]:
        return next((variable for variable in layer.weights if variable.name == role), None)

    def by_name(self, net: keras.Sequential, name: str) -> keras.Variable:
        return {variable.path: variable for variable in net.weights}[name]

    def by_order(self, net: keras.Sequential, position: int) -> keras.Variable:
        return net.weights[position]

    def parameters(self, net: keras.Sequential) -> Pairs:
        return [(variable.path, variable) for variable in net.weights]

    def trainable(self, net: keras.Sequential) -> Pairs:
        return [(variable.path, variable) for variable in net.trainable_variables]

    def matching(self, net: keras.Sequential, pattern: str) -> Pairs:
        return [(variable.path, variable) for variable in net.weights if re.match(pattern, variable.path)]

    def count(self, net: keras.Sequential) -> int:
        return net.count_params()

    def value(self, handle: keras.Variable) -> np.ndarray:
        return handle.numpy()

    def tensor(self, handle: keras.Variable) -> Any:
        return handle.value

    def as_numpy(self, tensor: Any) -> np.ndarray:
        return keras.ops.convert_to_numpy(tensor)

    def shape(self, handle: keras.Variable) -> Tuple[int, ...]:
        return tuple(handle.shape)

    def dtype(self, handle: keras.Variable) -> str:
        return handle.dtype

    def is_trainable(self, handle: keras.Variable) -> bool:
        return handle.trainable

    # Initialization: before a layer is built, through its initializers; afterwards, by assignment.

    def initialize_network(self, net: keras.Sequential, initializer: Any, again: bool) -> None:
        if initializer is not None or again:
            for layer in net.layers:
                initialize_all(layer, **given(initializer=initializer))

    def initialize_layer(self, layer: Any, initializer: Any, again: bool) -> None:
        if initializer is not None or again:
            initialize_all(layer, **given(initializer=initializer))

    def initialize_parameter(self, layer: Any, role: str, initializer: Any, again: bool) -> None:
        if initializer is not None or again:
            initialize(layer, role, **given(initializer=initializer))

    def initialize_matching(self, net: keras.Sequential, pattern: str, initializer: Any, again: bool) -> None:
        for variable in net.weights:
            if re.match(pattern, variable.path):
                draw(variable, initializer)

    # Writing.

    def write(self, handle: keras.Variable, array: np.ndarray) -> None:
        handle.assign(array)

    def write_part(self, handle: keras.Variable, start: Tuple[int, ...], array: np.ndarray) -> None:
        handle.assign(keras.ops.slice_update(handle.value, start, array))

    def add_part(self, handle: keras.Variable, start: Tuple[int, ...], extents: Tuple[int, ...], amount: float) -> None:
        part = keras.ops.slice(handle.value, start, extents)
        handle.assign(keras.ops.slice_update(handle.value, start, part + amount))

    def add(self, handle: keras.Variable, amount: float) -> None:
        handle.assign_add(amount)

    def write_element(self, handle: keras.Variable, index: Tuple[int, ...], value: float) -> None:
        handle.assign(keras.ops.scatter_update(handle.value, [index], [value]))

    def copy(self, handle: keras.Variable, source: keras.Variable) -> None:
        handle.assign(source)

    # Training: backward passes depend on the backend, optimizers do not.

    def sgd(self, net: keras.Sequential, learning_rate: float, momentum: float) -> keras.optimizers.Optimizer:
        return keras.optimizers.SGD(learning_rate, momentum=momentum)

    def adam(
        self, net: keras.Sequential, learning_rate: float, beta1: float, beta2: float, epsilon: Optional[float]
    ) -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(learning_rate, beta_1=beta1, beta_2=beta2, **given(epsilon=epsilon))

    def set_learning_rate(self, optimizer: keras.optimizers.Optimizer, learning_rate: float) -> None:
        optimizer.learning_rate = learning_rate

    def save_optimizer(self, optimizer: keras.optimizers.Optimizer, file: str) -> None:
        save_state(optimizer, file)

    def load_optimizer(self, net: keras.Sequential, optimizer: keras.optimizers.Optimizer, file: str) -> None:
        # An optimizer has no variables before it is built, and would only warn that it loads none.
        optimizer.build(net.trainable_variables)
        optimizer.load_own_variables(np.load(f"{file}.npz"))

    def freeze(self, handle: keras.Variable) -> None:
        handle.trainable = False

    def unfreeze(self, handle: keras.Variable) -> None:
        handle.trainable = True

    def freeze_layer(self, layer: Any) -> None:
        layer.trainable = False

    # Tying after building, files, clones.

    def share(self, layer: Any, role: str, handle: keras.Variable) -> None:
        setattr(layer, role, handle)

    def save(self, net: keras.Sequential, file: str) -> None:
        net.save_weights(file)

    def load(self, net: keras.Sequential, file: str) -> None:
        net.load_weights(file)

    def load_despite(self, net: keras.Sequential, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        net.load_weights(file, skip_mismatch=missing or shapes)  # extra entries of a file are ignored

    def copy_values(self, net: keras.Sequential, source: keras.Sequential) -> None:
        net.set_weights(source.get_weights())

    def clone(self, net: keras.Sequential) -> keras.Sequential:
        return keras.models.clone_model(net)

    def deepcopy(self, net: keras.Sequential) -> keras.Sequential:
        return copy.deepcopy(net)

    def release(self) -> None:
        # TensorFlow caches a kernel for each variable name, so names are numbered from zero again.
        keras.utils.clear_session(free_memory=False)
