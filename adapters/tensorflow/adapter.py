"""tf.keras, from TensorFlow 1.15 with eager execution to today's package tf_keras."""

from __future__ import annotations

import copy
import re
import sys
from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy as np
import tensorflow as tf
from tensorflow import keras

from adapters.interface import Absence, Failure, Pairs, Unsupported, given
from adapters.tensorflow.divergences import TENSORFLOW
from adapters.tensorflow.layers import TensorFlowLayers, registered

# The default in TensorFlow 2.
tf.compat.v1.enable_eager_execution()

#: The normal distribution is truncated by default.
DISTRIBUTIONS = {"uniform": "uniform", "normal": "truncated_normal"}
BARE = {
    "normal": keras.initializers.RandomNormal,
    "uniform": keras.initializers.RandomUniform,
    "truncated_normal": keras.initializers.TruncatedNormal,
    "xavier": keras.initializers.glorot_uniform,
    "he": keras.initializers.he_normal,
    "orthogonal": keras.initializers.Orthogonal,
}


@registered
class Residual(keras.Sequential):
    """Layers applied in sequence, plus the input."""

    def call(self, inputs, training=None, mask=None):
        return inputs + super().call(inputs, training=training, mask=mask)


class InList(keras.layers.Layer):
    """Layers in a plain list, applied in sequence."""

    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        self.inner = list(inner)

    @property
    def layers(self):
        return self.inner

    def call(self, inputs):
        for layer in self.inner:
            inputs = layer(inputs)
        return inputs


def fresh(initializer: Any) -> Any:
    """A copy that draws new values: in tf_keras, an initializer without a seed repeats its values, with a warning."""
    if not hasattr(initializer, "get_config"):
        return initializer
    return type(initializer).from_config(initializer.get_config())


def draw(variable: tf.Variable, initializer: Any) -> None:
    """Assign values from an initializer to a variable."""
    variable.assign(fresh(initializer)(variable.shape.as_list(), dtype=variable.dtype))


def holders(layer: Any) -> List[Any]:
    """The innermost layers, which have the variables and their initializers."""
    if isinstance(layer, keras.Sequential):
        return [holder for inner in layer.layers for holder in holders(inner)]
    if isinstance(layer, keras.layers.Bidirectional):
        return [layer.forward_layer.cell, layer.backward_layer.cell]
    if isinstance(layer, keras.layers.RNN):
        return [layer.cell]
    return [layer]


def initializer_of(role: str) -> str:
    """The attribute that contains the initializer of a variable."""
    return f"{role.replace('_kernel', '')}_initializer"


def initialize(layer: Any, role: str, initializer: Any = None) -> None:
    """Initialize a variable of a layer; for None, with the layer's own initializer."""
    adds_one = role == "bias" and getattr(layer, "unit_forget_bias", False)
    if not layer.built:
        if initializer is not None:
            setattr(layer, initializer_of(role), fresh(initializer))
            if adds_one:
                layer.unit_forget_bias = False  # else the forget gate's bias is ones, whatever the initializer
        return
    variable = getattr(layer, role)
    if variable is None:
        return
    draw(variable, initializer or getattr(layer, initializer_of(role)))
    if adds_one and initializer is None:
        variable[layer.units : 2 * layer.units].assign(tf.ones((layer.units,)))


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
            # A depthwise convolution inherits kernel_initializer from its base class, but has no kernel.
            if hasattr(holder, initializer_of(role)) and (not holder.built or hasattr(holder, role)):
                initialize(holder, role, initializer)


class TensorFlowAdapter(TensorFlowLayers):
    """tf.keras: layers create their variables when built, with initializers given at construction; tapes record."""

    name = "tensorflow"
    packages = ()
    divergences = TENSORFLOW
    file_suffix = ".h5"
    data = "*data channel"
    keeps_repeated = False
    implied_arguments = {
        "Dense": {"use_bias": True},
        "TiedDense": {"use_bias": True, "tie_bias": False},
        "Conv1D": {"strides": (1,), "dilation_rate": (1,), "use_bias": True},
        "Conv2D": {"strides": (1, 1), "dilation_rate": (1, 1), "use_bias": True},
        "Conv3D": {"strides": (1, 1, 1), "dilation_rate": (1, 1, 1), "use_bias": True},
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
    }
    absences = {
        "repeated_inferred": Absence(
            "a Sequential keeps a layer object once: that is all that it applies as soon as it is built from a first "
            "batch, without a word; one that begins with an InputLayer applies a layer as often as it was added",
            "https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/engine/sequential.py",
        ),
        "cast": Absence(
            "a variable keeps the dtype that it was made with",
            "https://www.tensorflow.org/api_docs/python/tf/Variable",
        ),
        "build_max_pooling": Absence(
            "padding is 'valid', which rounds the number of places down, or 'same': as much as makes "
            "ceil(extent / stride) places, and no other",
            "https://www.tensorflow.org/api_docs/python/tf/keras/layers/MaxPool2D",
        ),
        "build_average_pooling": Absence(
            "padding is 'valid', or 'same', which is not counted; what ZeroPadding2D adds is counted; "
            "the number of places is rounded down",
            "https://www.tensorflow.org/api_docs/python/tf/keras/layers/AveragePooling2D",
        ),
        "build_transposed_convolution": Absence(
            "a transposed convolution has no groups; 2.0 has no Conv1DTranspose",
            "https://github.com/tensorflow/tensorflow/blob/v2.3.4/tensorflow/python/keras/layers/convolutional.py",
        ),
        "build_depthwise_convolution": Absence(
            "there is no DepthwiseConv3D, and up to 2.3 no DepthwiseConv1D",
            "https://github.com/keras-team/tf-keras/tree/v2.21.0/tf_keras/src/layers/convolutional",
        ),
        "build_separable_convolution": Absence(
            "there are SeparableConv1D and SeparableConv2D, and none of 3 dimensions",
            "https://github.com/keras-team/tf-keras/tree/v2.21.0/tf_keras/src/layers/convolutional",
        ),
        "groups": Absence(
            "2.0 has no groups of a convolution, and 2.3 has no kernels for them on a CPU",
            "https://github.com/tensorflow/tensorflow/blob/v2.0.4/tensorflow/python/keras/layers/convolutional.py",
        ),
        "activation_function": Absence(
            "2.0 has no swish, and 2.3 no gelu",
            "https://github.com/tensorflow/tensorflow/blob/v2.3.4/tensorflow/python/keras/activations.py",
        ),
        "build_group_norm": Absence(
            "2.3 has no GroupNormalization",
            "https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/layers/normalization/"
            "group_normalization.py",
        ),
        "optimizer_state": Absence(
            "get_weights() of an optimizer, and variables in later versions, are not said here yet",
            "adapters/tensorflow/adapter.py",
            who="here",
        ),
        "build_rms_norm": Absence(
            "there is no normalization by the root of a mean square; Keras 3 has one",
            "https://github.com/keras-team/tf-keras/tree/v2.21.0/tf_keras/src/layers/normalization",
        ),
        "build_lstm": Absence(
            "an LSTM has one bias or none",
            "https://www.tensorflow.org/api_docs/python/tf/keras/layers/LSTM",
        ),
        "build_gru": Absence(
            "a GRU with reset_after has two biases or none; one without it has one bias or none",
            "https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/layers/rnn/gru.py",
        ),
        "build_rnn": Absence(
            "a SimpleRNN has one bias or none",
            "https://www.tensorflow.org/api_docs/python/tf/keras/layers/SimpleRNN",
        ),
        "build_padded_embedding": Absence(
            "no row of an Embedding is padding: mask_zero=True is for layers that follow, which skip what it masks",
            "https://www.tensorflow.org/api_docs/python/tf/keras/layers/Embedding",
        ),
        "build_packed_self_attention": Absence(
            "MultiHeadAttention, which 2.3 is without, makes queries, keys and values by three kernels",
            "https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/layers/attention/multi_head_attention.py",
        ),
        "build_self_attention": Absence(
            "2.3 has no MultiHeadAttention, and that of tf_keras has its kernels and biases under private names",
            "https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/layers/attention/multi_head_attention.py",
        ),
        "uneven_strides": Absence(
            "a depthwise convolution has the same stride along both axes",
            "https://github.com/tensorflow/tensorflow/blob/v2.3.4/tensorflow/core/kernels/depthwise_conv_op.cc",
        ),
        "strided_dilation": Absence(
            "a convolution has strides or dilation, not both: strides > 1 with dilation_rate > 1 raises",
            "https://www.tensorflow.org/api_docs/python/tf/keras/layers/Conv2D",
        ),
        "dilated_transposed_volumes": Absence(
            "Conv3DTranspose takes a dilation_rate and does not dilate, without a word",
            "https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/layers/convolutional/conv3d_transpose.py",
        ),
        "dilated_transposed_convolution": Absence(
            "2.3 has no kernel for a CPU of a transposed convolution with dilation",
            "https://github.com/tensorflow/tensorflow/issues/41712",
        ),
        "truncated_elsewhere": Absence(
            "TruncatedNormal has a mean and a deviation, and is cut at two deviations from its mean: there is no other",
            "https://www.tensorflow.org/api_docs/python/tf/keras/initializers/TruncatedNormal",
        ),
        "gain": Absence(
            "he_normal is told no nonlinearity, slope or mode: it is scaled for a rectifier, by fan_in; "
            "VarianceScaling takes the square of any gain as its scale",
            "https://www.tensorflow.org/api_docs/python/tf/keras/initializers/HeNormal",
        ),
        "initializers_at_construction": Absence(
            "recurrent layers that are several, or in both directions, are not told an initializer each",
            "adapters/tensorflow/layers.py",
            who="here",
        ),
        "dirac": Absence(
            "keras.initializers has Identity, of matrices, and no identity of a convolution",
            "https://www.tensorflow.org/api_docs/python/tf/keras/initializers",
        ),
        "bilinear": Absence(
            "keras.initializers has no weights of an interpolation",
            "https://www.tensorflow.org/api_docs/python/tf/keras/initializers",
        ),
        "part_alone": Absence(
            "both biases of a GRU are rows of one variable, which is initialized, copied and frozen as a whole",
            "https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/layers/rnn/gru.py",
        ),
        "ties": Absence(
            "a layer makes its own variables when it is built, and takes none of another's; a layer that does is "
            "written for dense layers alone",
            "https://github.com/keras-team/keras/issues/18821",
        ),
        "gradient_before_backward": Absence(
            "a variable holds no gradient: tape.gradient() returns gradients to whoever asks for them",
            "https://www.tensorflow.org/api_docs/python/tf/GradientTape",
        ),
        "step_before_backward": Absence(
            "a step takes gradients as an argument, and before a backward pass there are none to give",
            "https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/optimizers/optimizer.py",
        ),
        "freeze": Absence(
            "whether a variable is trainable is said when it is made, and can only be read from then on: layers are "
            "frozen as a whole",
            "https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/python/ops/variables.py",
        ),
        "clone_inferred": Absence(
            "up to 2.0 a Sequential that a first batch has built does not know what came in: its clone is not built",
            "https://github.com/tensorflow/tensorflow/blob/v2.0.4/tensorflow/python/keras/engine/sequential.py",
        ),
        "deepcopy": Absence(
            "a model holds objects of threads, which copy.deepcopy() cannot copy; one of tf_keras goes by its file",
            "https://github.com/tensorflow/tensorflow/blob/v2.3.4/tensorflow/python/keras/engine/training.py",
        ),
        "load_despite": Absence(
            "load_weights() takes a file that fits, layer by layer; by_name=True takes what fits of one, by the names "
            "of layers, which those of another network share only where its user has named them",
            "https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/saving/legacy/hdf5_format.py",
        ),
    }
    failures = (
        *(
            Failure(AttributeError, f"has no attribute '{layer}'", "unsupported", absence)
            for layer, absence in (
                ("Conv1DTranspose", "build_transposed_convolution"),
                ("DepthwiseConv1D", "build_depthwise_convolution"),
                ("GroupNormalization", "build_group_norm"),
            )
        ),
        Failure(ValueError, "Unknown activation function", "unsupported", "activation_function"),
        Failure(TypeError, "'groups'", "unsupported", "groups"),
        Failure(tf.errors.UnimplementedError, "does not support grouped convolutions", "unsupported", "groups"),
        Failure(tf.errors.InvalidArgumentError, "must match last dimension of input", "unsupported", "groups"),
        Failure(ValueError, "can only be used for 2D matrices", "invalid_argument"),
        Failure(ValueError, "have not yet been created", "not_ready"),
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
                "Embedding",
                "PReLU",
                "BatchNormalization",
                "LayerNormalization",
                "GroupNormalization",
            )
        ),
        Failure(RuntimeError, "A non-persistent GradientTape can only be used", "refused"),
        Failure(RuntimeError, "can only be called once on non-persistent tapes", "refused"),
        Failure(KeyError, "build_input_shape", "unsupported", "clone_inferred"),
        Failure(TypeError, "pickle '_thread.RLock' object", "unsupported", "deepcopy"),
        Failure(TypeError, "pickle _thread._local objects", "unsupported", "deepcopy"),
        Failure(ValueError, "is incompatible with the layer", "wrong_shape"),
        Failure(ValueError, "are incompatible", "wrong_shape"),
        Failure(ValueError, "not compatible with provided weight shape", "wrong_shape"),
        Failure(ValueError, "weight list of length", "no_such_parameter"),
        Failure(ValueError, "into a model with", "no_such_parameter"),
        Failure(ValueError, "Layer count mismatch when loading weights", "no_such_parameter"),
        Failure(IndexError, "list index out of range", "no_such_parameter"),
        Failure(tf.errors.InvalidArgumentError, "only supports equal length strides", "unsupported", "uneven_strides"),
        Failure(
            tf.errors.InvalidArgumentError,
            "do not yet support dilation rates larger than 1",
            "unsupported",
            "dilated_transposed_convolution",
        ),
        Failure(tf.errors.InvalidArgumentError, "is not compatible with expected shape", "wrong_shape"),
        Failure(tf.errors.InvalidArgumentError, "is not in [0, ", "invalid_argument"),
        Failure(tf.errors.InvalidArgumentError, "Matrix size-incompatible", "wrong_shape"),
        Failure(tf.errors.InvalidArgumentError, "Input to reshape is a tensor with", "wrong_shape"),
        Failure(tf.errors.InvalidArgumentError, "must have the same size and shape", "wrong_shape"),
        Failure(tf.errors.InvalidArgumentError, "must have same number of elements", "wrong_shape"),
    )

    @classmethod
    def versions(cls) -> Dict[str, str]:
        own = sys.modules.get("tf_keras")  # before 2.16, it is part of TensorFlow
        found = {} if own is None else {"tf_keras": own.__version__}
        return {"tensorflow": tf.__version__, **found, **super().versions()}

    def seed(self, seed: int) -> None:
        if hasattr(keras.utils, "set_random_seed"):
            keras.utils.set_random_seed(seed)
        else:
            tf.compat.v1.set_random_seed(seed)

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
        return keras.initializers.Constant(array.copy())

    def zeros(self) -> Any:
        return keras.initializers.Zeros()

    def ones(self) -> Any:
        return keras.initializers.Ones()

    def xavier_uniform(self, gain: float) -> Any:
        if gain == 1.0:
            return keras.initializers.glorot_uniform()
        return keras.initializers.VarianceScaling(scale=gain**2, mode="fan_avg", distribution="uniform")

    def xavier_normal(self, gain: float) -> Any:
        if gain == 1.0:
            return keras.initializers.glorot_normal()
        return keras.initializers.VarianceScaling(scale=gain**2, mode="fan_avg", distribution="truncated_normal")

    def variance_scaling(self, scale: float, mode: str, distribution: str) -> Any:
        return keras.initializers.VarianceScaling(scale, mode, DISTRIBUTIONS[distribution])

    def kaiming(self, nonlinearity: str, slope: Optional[float], mode: str) -> Any:
        if nonlinearity != "relu" or mode != "fan_in":
            raise Unsupported("gain")
        return keras.initializers.he_normal()

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
            return function(tuple(shape), tf.as_dtype(dtype or "float32").as_numpy_dtype)

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
        declared = [] if shape is None else [keras.layers.InputLayer(input_shape=shape)]
        return keras.Sequential([*declared, *layers])

    def child(self, net: keras.Sequential, position: int) -> Any:
        return net.layers[position]

    # Access.

    def by_attribute(self, layer: Any, role: str) -> Optional[tf.Variable]:
        return getattr(layer, role)

    def by_layer(self, layer: Any, role: str) -> Optional[tf.Variable]:
        return next((variable for variable in layer.weights if re.match(f".*/{role}:0", variable.name)), None)

    def by_name(self, net: keras.Sequential, name: str) -> tf.Variable:
        return {variable.name: variable for variable in net.weights}[name]

    def by_order(self, net: keras.Sequential, position: int) -> tf.Variable:
        return net.weights[position]

    def parameters(self, net: keras.Sequential) -> Pairs:
        return [(variable.name, variable) for variable in net.weights]

    def trainable(self, net: keras.Sequential) -> Pairs:
        return [(variable.name, variable) for variable in net.trainable_variables]

    def matching(self, net: keras.Sequential, pattern: str) -> Pairs:
        return [(variable.name, variable) for variable in net.weights if re.match(pattern, variable.name)]

    def count(self, net: keras.Sequential) -> int:
        return net.count_params()

    def value(self, handle: tf.Variable) -> np.ndarray:
        return handle.numpy()

    def tensor(self, handle: tf.Variable) -> Any:
        return handle.read_value()

    def as_numpy(self, tensor: Any) -> np.ndarray:
        return tensor.numpy()

    def shape(self, handle: tf.Variable) -> Tuple[int, ...]:
        return tuple(handle.shape.as_list())

    def dtype(self, handle: tf.Variable) -> str:
        return handle.dtype.name

    def is_trainable(self, handle: tf.Variable) -> bool:
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
            if re.match(pattern, variable.name):
                draw(variable, initializer)

    # Writing.

    def write(self, handle: tf.Variable, array: np.ndarray) -> None:
        handle.assign(array.copy())  # up to 2.3, a variable may share the array's memory

    def write_part(self, handle: tf.Variable, start: Tuple[int, ...], array: np.ndarray) -> None:
        part = tuple(slice(begin, begin + extent) for begin, extent in zip(start, array.shape))
        handle[part].assign(array)

    def add_part(self, handle: tf.Variable, start: Tuple[int, ...], extents: Tuple[int, ...], amount: float) -> None:
        part = tuple(slice(begin, begin + extent) for begin, extent in zip(start, extents))
        handle[part].assign(handle[part] + amount)

    def add(self, handle: tf.Variable, amount: float) -> None:
        handle.assign_add(tf.fill(handle.shape, amount))

    def write_element(self, handle: tf.Variable, index: Tuple[int, ...], value: float) -> None:
        handle[index].assign(value)

    def copy(self, handle: tf.Variable, source: tf.Variable) -> None:
        handle.assign(source)

    # Training. A tape records the forward pass and returns gradients to its caller.

    def forward(self, net: keras.Sequential, batch: np.ndarray) -> Any:
        with tf.GradientTape() as tape:
            outputs = net(batch, training=True)
        return outputs, tape

    def infer(self, net: keras.Sequential, batch: np.ndarray) -> Any:
        return net(batch, training=False), None

    def output(self, passed: Any) -> np.ndarray:
        outputs, _ = passed
        return outputs.numpy()

    def backward(self, net: keras.Sequential, passed: Any, cotangent: np.ndarray) -> List[Any]:
        outputs, tape = passed
        variables = net.trainable_variables
        # Before 2.3, the gradients of tanh and sigmoid accept a cotangent of any shape.
        cotangent = tf.ensure_shape(cotangent, outputs.shape)
        gradients = tape.gradient(outputs, variables, output_gradients=cotangent)
        return list(zip(gradients, variables))

    def gradient(self, handle: tf.Variable, gradients: Optional[List[Any]]) -> Optional[np.ndarray]:
        if gradients is None:
            raise Unsupported("gradient_before_backward")
        gradient = next((g for g, v in gradients if v is handle), None)
        # The gradient of an embedding is an IndexedSlices, which converts to a tensor.
        return None if gradient is None else tf.convert_to_tensor(gradient).numpy()

    def step(self, net: keras.Sequential, gradients: Optional[List[Any]], learning_rate: float) -> None:
        if gradients is None:
            raise Unsupported("step_before_backward")
        keras.optimizers.SGD(learning_rate).apply_gradients(gradients)

    def sgd(self, net: keras.Sequential, learning_rate: float, momentum: float) -> keras.optimizers.Optimizer:
        return keras.optimizers.SGD(learning_rate, momentum=momentum)

    def adam(
        self, net: keras.Sequential, learning_rate: float, beta1: float, beta2: float, epsilon: Optional[float]
    ) -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(learning_rate, beta_1=beta1, beta_2=beta2, **given(epsilon=epsilon))

    def step_optimizer(self, optimizer: keras.optimizers.Optimizer, gradients: Optional[List[Any]]) -> None:
        if gradients is None:
            raise Unsupported("step_before_backward")
        optimizer.apply_gradients(gradients)

    def set_learning_rate(self, optimizer: keras.optimizers.Optimizer, learning_rate: float) -> None:
        optimizer.learning_rate = learning_rate

    def save_optimizer(self, optimizer: Any, file: str) -> None:
        raise Unsupported("optimizer_state")

    def load_optimizer(self, net: keras.Sequential, optimizer: Any, file: str) -> None:
        raise Unsupported("optimizer_state")

    def reset_gradients(self, net: keras.Sequential) -> None:
        return None

    def freeze(self, handle: tf.Variable) -> None:
        raise Unsupported("freeze")

    def unfreeze(self, handle: tf.Variable) -> None:
        raise Unsupported("freeze")

    def freeze_layer(self, layer: Any) -> None:
        layer.trainable = False

    # Tying after building, files, clones.

    def share(self, layer: Any, role: str, handle: tf.Variable) -> None:
        setattr(layer, role, handle)

    def save(self, net: keras.Sequential, file: str) -> None:
        net.save_weights(file)

    def load(self, net: keras.Sequential, file: str) -> None:
        net.load_weights(file)

    def load_despite(self, net: keras.Sequential, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        raise Unsupported("load_despite")

    def copy_values(self, net: keras.Sequential, source: keras.Sequential) -> None:
        net.set_weights(source.get_weights())

    def clone(self, net: keras.Sequential) -> keras.Sequential:
        copied = keras.models.clone_model(net)
        if net.built and not copied.built:  # up to 2.0, where no InputLayer defines the input shape
            copied.build(net.get_config()["build_input_shape"])
        return copied

    def deepcopy(self, net: keras.Sequential) -> keras.Sequential:
        return copy.deepcopy(net)

    def release(self) -> None:
        # Names are numbered from zero again.
        keras.backend.clear_session()
