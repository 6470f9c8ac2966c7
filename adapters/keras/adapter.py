"""Keras 3, on TensorFlow."""

from __future__ import annotations

import copy
import re
from typing import Any, Callable, Dict, List, Optional, Tuple

import keras
import numpy as np
import tensorflow as tf

from adapters.interface import Adapter, Failure, Pairs, Role, Unsupported, given
from adapters.keras.divergences import KERAS


@keras.saving.register_keras_serializable()
class TiedDense(keras.layers.Layer):
    """A dense layer on another's kernel, and on its bias, one of its own, or none."""

    def __init__(self, source, units, activation=None, use_bias=True, tie_bias=False, **kwargs):
        super().__init__(**kwargs)
        self.source = source
        self.units = units
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.tie_bias = tie_bias
        self.kernel_initializer = source.kernel_initializer
        self.bias_initializer = keras.initializers.Zeros()

    def build(self, input_shape):
        self.kernel = self.source.kernel
        if self.tie_bias:
            self.bias = self.source.bias
        elif self.use_bias:
            self.bias = self.add_weight(shape=(self.units,), initializer=self.bias_initializer, name="bias")
        else:
            self.bias = None

    def call(self, inputs):
        outputs = keras.ops.matmul(inputs, self.kernel)
        if self.bias is not None:
            outputs = keras.ops.add(outputs, self.bias)
        return self.activation(outputs)

    def get_config(self):
        return {
            **super().get_config(),
            "source": keras.saving.serialize_keras_object(self.source),
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "tie_bias": self.tie_bias,
        }

    @classmethod
    def from_config(cls, config):
        config["source"] = keras.saving.deserialize_keras_object(config["source"])
        return cls(**config)


def fresh(initializer: Any) -> Any:
    """A copy with a seed of its own: without, it draws the same at every call."""
    if isinstance(initializer, keras.initializers.Initializer):
        return initializer.clone()
    return initializer


def draw(variable: keras.Variable, initializer: Any) -> None:
    """Give a variable values from an initializer."""
    variable.assign(fresh(initializer)(variable.shape, dtype=variable.dtype))


def initialize(layer: Any, role: str, initializer: Any = None) -> None:
    """Initialize a layer's kernel or bias; by the layer's own initializer for None."""
    initializer = initializer or getattr(layer, f"{role}_initializer")
    if not layer.built:
        setattr(layer, f"{role}_initializer", fresh(initializer))
    elif getattr(layer, role) is not None:
        draw(getattr(layer, role), initializer)


class KerasAdapter(Adapter):
    """Keras: layers make their variables when built, from initializers given at construction; a tape records."""

    name = "keras"
    packages = ()
    roles = {"weight": Role("kernel", ("in", "out")), "bias": Role("bias", ("out",))}
    divergences = KERAS
    file_suffix = ".weights.h5"
    implied_arguments = {
        "Dense": {"activation": None, "use_bias": True},
        "TiedDense": {"activation": None, "use_bias": True, "tie_bias": False},
    }
    failures = (
        Failure(AttributeError, "You must build the layer before accessing `kernel`", "not_ready"),
        Failure(AttributeError, "object has no attribute 'bias'", "not_ready"),
        Failure(AttributeError, "has no setter", "refused"),
        Failure(ValueError, "You cannot add new elements of state", "refused"),
        Failure(RuntimeError, "A non-persistent GradientTape can only be used", "refused"),
        Failure(ValueError, "in `variable.assign(value)` must match", "wrong_shape"),
        Failure(ValueError, "is incompatible with the layer", "wrong_shape"),
        Failure(ValueError, "could not be loaded", "wrong_shape"),
        Failure(tf.errors.InvalidArgumentError, "", "wrong_shape"),
        Failure(LookupError, "", "no_such_parameter"),
        Failure(StopIteration, "", "no_such_parameter"),
    )

    @classmethod
    def versions(cls) -> Dict[str, str]:
        return {"keras": keras.__version__, "tensorflow": tf.__version__, **super().versions()}

    def seed(self, seed: int) -> None:
        keras.utils.set_random_seed(seed)

    # Initializers.

    def default(self) -> None:
        return None

    def normal(self, mean: float, std: float) -> Any:
        return keras.initializers.RandomNormal(mean=mean, stddev=std)

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

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        def initializer(shape, dtype=None):
            return function(shape, np.dtype(dtype or "float32"))

        return initializer

    # Building.

    def dense(self, units, activation, bias, in_units, weight_initializer, bias_initializer) -> keras.layers.Dense:
        return keras.layers.Dense(
            units,
            activation=None if activation == "none" else activation,
            use_bias=bias,
            **given(kernel_initializer=weight_initializer, bias_initializer=bias_initializer),
        )

    def tied_dense(self, source, roles, units, activation, bias, in_units) -> TiedDense:
        return TiedDense(
            source,
            units,
            activation=None if activation == "none" else activation,
            use_bias=bias,
            tie_bias="bias" in roles,
        )

    def network(self, layers: List[Any], activations: List[str], in_units: Optional[int]) -> keras.Sequential:
        declared = [] if in_units is None else [keras.Input((in_units,))]
        return keras.Sequential([*declared, *layers])

    def layer(self, net: keras.Sequential, position: int) -> Any:
        return net.layers[position]

    # Access.

    def by_attribute(self, layer: Any, role: str) -> Optional[keras.Variable]:
        return getattr(layer, role)

    def by_layer(self, layer: Any, role: str) -> keras.Variable:
        return next(variable for variable in layer.weights if variable.name == role)

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

    def shape(self, handle: keras.Variable) -> Tuple[int, ...]:
        return tuple(handle.shape)

    def dtype(self, handle: keras.Variable) -> str:
        return handle.dtype

    def is_trainable(self, handle: keras.Variable) -> bool:
        return handle.trainable

    # Initialization: given at construction, to the layer until it is built, and by assignment from then on.

    def initialize_network(self, net: keras.Sequential, initializer: Any, again: bool) -> None:
        for layer in net.layers:
            self.initialize_layer(layer, initializer, again)

    def initialize_layer(self, layer: Any, initializer: Any, again: bool) -> None:
        for role in ("kernel", "bias"):
            self.initialize_parameter(layer, role, initializer, again)

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

    def add(self, handle: keras.Variable, amount: float) -> None:
        handle.assign_add(amount)

    def write_element(self, handle: keras.Variable, index: Tuple[int, ...], value: float) -> None:
        handle.assign(keras.ops.scatter_update(handle, [index], [value]))

    def copy(self, handle: keras.Variable, source: keras.Variable) -> None:
        handle.assign(source)

    # Training. A tape records the forward pass; gradients belong to whoever asks the tape for them.

    def forward(self, net: keras.Sequential, batch: np.ndarray) -> Any:
        with tf.GradientTape() as tape:
            outputs = net(batch)
        return outputs, tape

    def output(self, passed: Any) -> np.ndarray:
        outputs, _ = passed
        return outputs.numpy()

    def backward(self, net: keras.Sequential, passed: Any, cotangent: np.ndarray) -> List[Any]:
        outputs, tape = passed
        variables = net.trainable_variables
        gradients = tape.gradient(outputs, variables, output_gradients=tf.constant(cotangent))
        return list(zip(gradients, variables))

    def gradient(self, handle: keras.Variable, gradients: Optional[List[Any]]) -> Optional[np.ndarray]:
        if gradients is None:
            raise Unsupported(
                "a variable holds no gradient: tape.gradient() returns gradients to whoever asks for them",
                "https://www.tensorflow.org/api_docs/python/tf/GradientTape",
            )
        gradient = next((g for g, v in gradients if v is handle), None)
        return None if gradient is None else gradient.numpy()

    def step(self, net: keras.Sequential, gradients: Optional[List[Any]], learning_rate: float) -> None:
        if gradients is None:
            raise Unsupported(
                "a step takes gradients as an argument, and before a backward pass there are none to give",
                "https://keras.io/api/optimizers/#applygradients-method",
            )
        keras.optimizers.SGD(learning_rate).apply_gradients(gradients)

    def freeze(self, handle: keras.Variable) -> None:
        handle.trainable = False

    # Sharing after building, files, clones.

    def share(self, layer: Any, role: str, handle: keras.Variable) -> None:
        setattr(layer, role, handle)

    def save(self, net: keras.Sequential, file: str) -> None:
        net.save_weights(file)

    def load(self, net: keras.Sequential, file: str) -> None:
        net.load_weights(file)

    def clone(self, net: keras.Sequential) -> keras.Sequential:
        return keras.models.clone_model(net)

    def deepcopy(self, net: keras.Sequential) -> keras.Sequential:
        return copy.deepcopy(net)

    def release(self) -> None:
        # TensorFlow keeps a kernel for every variable name it meets: names count from zero again, which keeps them few.
        keras.utils.clear_session(free_memory=False)
