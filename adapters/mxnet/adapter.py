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

from adapters.interface import Absence, Failure, Pairs, Unsupported, given
from adapters.mxnet.divergences import GLUON
from adapters.mxnet.layers import GluonLayers, transposes_again


class Custom(init.Initializer):
    """An initializer that calls a function of shape and dtype. Gluon calls ``_init_weight``."""

    def __init__(self, function: Callable[[tuple, np.dtype], Any]):
        super().__init__()
        self.function = function

    def _init_weight(self, name: str, arr: nd.NDArray) -> None:
        arr[:] = self.function(arr.shape, np.dtype(arr.dtype))


FACTORS = {"fan_in": "in", "fan_out": "out", "fan_avg": "avg"}
BARE = {
    "normal": init.Normal,
    "uniform": init.Uniform,
    "xavier": init.Xavier,
    "he": init.MSRAPrelu,
    "orthogonal": init.Orthogonal,
}


class Residual(nn.Sequential):
    """Blocks applied in sequence, plus the input."""

    def forward(self, inputs):
        return inputs + super().forward(inputs)


class InList(gluon.Block):
    """Blocks in a plain list, applied in sequence."""

    def __init__(self, layers):
        super().__init__()
        self.layers = list(layers)

    def __getitem__(self, position):
        return self.layers[position]

    def forward(self, inputs):
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs


class GluonAdapter(GluonLayers):
    """MXNet Gluon: a ``Parameter`` has data and gradient; it is initialized on request or by the first forward pass."""

    name = "gluon"
    packages = ("mxnet",)
    divergences = GLUON
    file_suffix = ".params"
    implied_arguments = {
        "Dense": {"use_bias": True, "in_units": 0, "flatten": True},
        "Conv1D": {
            "strides": (1,), "padding": (0,), "dilation": (1,), "groups": 1, "use_bias": True, "in_channels": 0
        },
        "Conv2D": {
            "strides": (1, 1), "padding": (0, 0), "dilation": (1, 1), "groups": 1, "use_bias": True, "in_channels": 0
        },
        "Conv3D": {
            "strides": (1, 1, 1), "padding": (0, 0, 0), "dilation": (1, 1, 1), "groups": 1, "use_bias": True,
            "in_channels": 0,
        },
        "MaxPool1D": {"padding": (0,), "ceil_mode": False},
        "MaxPool2D": {"padding": (0, 0), "ceil_mode": False},
        "MaxPool3D": {"padding": (0, 0, 0), "ceil_mode": False},
        "AvgPool1D": {"padding": (0,), "count_include_pad": True, "ceil_mode": False},
        "AvgPool2D": {"padding": (0, 0), "count_include_pad": True, "ceil_mode": False},
        "AvgPool3D": {"padding": (0, 0, 0), "count_include_pad": True, "ceil_mode": False},
        "Conv1DTranspose": {
            "strides": (1,), "padding": (0,), "output_padding": (0,), "dilation": (1,), "groups": 1,
            "use_bias": True, "in_channels": 0,
        },
        "Conv2DTranspose": {
            "strides": (1, 1), "padding": (0, 0), "output_padding": (0, 0), "dilation": (1, 1), "groups": 1,
            "use_bias": True, "in_channels": 0,
        },
        "Conv3DTranspose": {
            "strides": (1, 1, 1), "padding": (0, 0, 0), "output_padding": (0, 0, 0), "dilation": (1, 1, 1), "groups": 1,
            "use_bias": True, "in_channels": 0,
        },
        "BatchNorm": {"momentum": 0.9, "epsilon": 1e-5, "scale": True, "center": True, "in_channels": 0},
        "LayerNorm": {"epsilon": 1e-5, "scale": True, "center": True, "in_channels": 0},
        "InstanceNorm": {"epsilon": 1e-5, "scale": False, "center": True, "in_channels": 0},
        "LSTM": {"num_layers": 1, "bidirectional": False, "input_size": 0},
        "GRU": {"num_layers": 1, "bidirectional": False, "input_size": 0},
        "RNN": {"num_layers": 1, "activation": "relu", "bidirectional": False, "input_size": 0},
        "AttentionToItself": {"use_bias": True, "causal": False},
        "initialize": {"force_reinit": False},
        "load_parameters": {"allow_missing": False, "ignore_extra": False},
    }  # fmt: skip
    absences = {
        "build_max_pooling": Absence(
            "nn.MaxPool1D pads both ends alike; a pad of its own before it is written for 2 and 3 dimensions and "
            "places rounded down",
            "adapters/mxnet/layers.py",
            who="here",
        ),
        "build_average_pooling": Absence(
            "nn.AvgPool1D pads both ends alike; a pad of its own before it, which always counts, is written for 2 "
            "and 3 dimensions and places rounded down; rounded up, where pads count, its gradient is divided by the "
            "entire window and its output by what the window sees",
            "adapters/mxnet/layers.py",
            who="here",
        ),
        "build_group_norm": Absence(
            "nn.GroupNorm has a scale and a bias for each group, where others have them for each channel",
            "https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/nn/basic_layers.py",
        ),
        "default_slope": Absence(
            "nn.LeakyReLU has to be told its slope, alpha",
            "https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/nn/activations.py",
        ),
        "build_prelu": Absence(
            "nn.PReLU has one slope, or one for each channel, which is the second axis",
            "https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/nn/activations.py",
        ),
        "slopes_by_channel": Absence(
            "before MXNet 1.7, nn.PReLU has one slope for all channels",
            "mxnet 1.5.1, mxnet/gluon/nn/activations.py, line 106",
        ),
        "gelu": Absence(
            "before MXNet 1.5, gluon.nn has no GELU; that of 1.5 takes its gradient at an input that may have been "
            "overwritten",
            "mxnet 1.3.1, mxnet/gluon/nn/activations.py, line 21",
        ),
        "exact_gelu": Absence(
            "nn.GELU of MXNet 1.7 is the approximation with tanh, on a CPU",
            "https://github.com/apache/mxnet/issues/18826",
        ),
        "inferred_slopes": Absence(
            "nn.PReLU is told the number of its slopes",
            "https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/nn/activations.py",
        ),
        "build_rms_norm": Absence(
            "gluon.nn has no RMS normalization",
            "https://mxnet.apache.org/versions/1.9.1/api/python/docs/api/gluon/nn/index.html",
        ),
        "build_depthwise_convolution": Absence(
            "uneven pads of one dimension are written for a convolution alone so far",
            "adapters/mxnet/layers.py",
            who="here",
        ),
        "build_separable_convolution": Absence(
            "uneven pads of one dimension are written for a convolution alone so far",
            "adapters/mxnet/layers.py",
            who="here",
        ),
        "inferred_depthwise": Absence(
            "a convolution is told its groups and its filters, which here follow from the channels that come in",
            "https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/nn/conv_layers.py",
        ),
        "transposed_volumes": Absence(
            "before MXNet 1.9 and on a CPU, a transposed convolution has 1 or 2 dimensions",
            "https://github.com/apache/mxnet/blob/1.5.1/src/operator/nn/deconvolution.cc",
        ),
        "dilated_volumes": Absence(
            "before MXNet 1.7 and on a CPU, a convolution of 3 dimensions takes no dilation",
            "https://github.com/apache/mxnet/blob/1.5.1/src/operator/nn/convolution.cc",
        ),
        "transposed_again": Absence(
            "with oneDNN, the backward pass of a network that uses a transposed convolution twice, or on a "
            "convolution's weight, raises, or ends the process; with MXNET_MKLDNN_ENABLED=0 it does not",
            "https://github.com/apache/mxnet/blob/1.9.1/src/operator/nn/mkldnn/mkldnn_deconvolution.cc",
        ),
        "dilated_transposed": Absence(
            "a transposed convolution of 3 dimensions takes no dilation",
            "https://github.com/apache/mxnet/blob/1.9.1/src/operator/nn/deconvolution.cc",
        ),
        "inferred_groups": Absence(
            "the constructor of a transposed convolution divides its channels by its groups, and raises for channels "
            "that are not known",
            "https://github.com/apache/mxnet/blob/1.9.1/src/operator/nn/deconvolution.cc",
        ),
        "truncated_normal": Absence(
            "mx.init has no truncated normal",
            "https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        ),
        "identity": Absence(
            "mx.init has no identity, neither of matrices nor of convolutions",
            "https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        ),
        "gain": Absence(
            "init.MSRAPrelu is told the slope of a leaky rectifier (0 is that of one that is not), and no nonlinearity",
            "https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        ),
        "seeded": Absence(
            "no initializer takes a seed or a generator: all draw from the global one",
            "https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        ),
        "normal_with_mean": Absence(
            "init.Normal has a deviation, and its mean is 0",
            "https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        ),
        "uniform_asymmetric": Absence(
            "init.Uniform has one bound, and draws from its negative to it",
            "https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        ),
        "build_lstm": Absence(
            "rnn.LSTM has two biases always",
            "https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/rnn/rnn_layer.py",
        ),
        "build_gru": Absence(
            "rnn.GRU has two biases always, and its reset gate comes behind the product with the state",
            "https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/rnn/rnn_layer.py",
        ),
        "build_rnn": Absence(
            "rnn.RNN has two biases always",
            "https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/rnn/rnn_layer.py",
        ),
        "reverse_gradients": Absence(
            "before MXNet 1.5 and on a CPU, the gradients of the recurrent weights of a GRU's or RNN's reverse "
            "direction are memory that nobody wrote to: they differ from run to run",
            "https://github.com/apache/mxnet/blob/1.4.1/src/operator/rnn_impl.h",
        ),
        "stacked_gradients": Absence(
            "before MXNet 1.8 and on a CPU, a recurrent layer of several layers hands no gradient from one down to the "
            "next, unless a gradient is attached to its data: those below take memory that nobody wrote to for one",
            "https://github.com/apache/mxnet/blob/1.6.0/src/operator/rnn_impl.h",
        ),
        "build_self_attention": Absence(
            "gluon.nn has no attention layer, and no operator that takes a mask for one: what is written for it "
            "by hand means by a mask what its author likes",
            "https://mxnet.apache.org/versions/1.9.1/api/python/docs/api/gluon/nn/index.html",
        ),
        "build_padded_embedding": Absence(
            "nn.Embedding has no row of padding",
            "https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/nn/basic_layers.py",
        ),
        "build_packed_self_attention": Absence(
            "gluon.nn has no attention layer; the one that is written here for it is of one dense layer each for "
            "queries, keys and values, as GluonNLP's MultiHeadAttentionCell is",
            "https://github.com/dmlc/gluon-nlp/blob/v0.9.2/src/gluonnlp/model/attention_cell.py",
            who="here",
        ),
        "inferred_attention": Absence(
            "a dense layer takes the number of its outputs as an argument: that of what comes out of attention is the "
            "width of what comes in",
            "https://mxnet.apache.org/versions/1.9.1/api/python/docs/api/gluon/nn/index.html#mxnet.gluon.nn.Dense",
        ),
        "load_other_shapes": Absence(
            "load_parameters() has allow_missing and ignore_extra for names, and nothing for shapes",
            "https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/block.py",
        ),
        "initializers_at_construction": Absence(
            "a recurrent layer takes one initializer for a parameter of all its layers and directions",
            "https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/rnn/rnn_layer.py",
        ),
        "self_attention_initializers": Absence(
            "the attention that is written here of dense layers takes no initializers for them",
            "adapters/mxnet/layers.py",
            who="here",
        ),
        "blocked_batch_norm": Absence(
            "MKL-DNN takes the gradient of a batch norm of 1 or 3 dimensions as one of 2, by a view, and raises where "
            "a convolution or a pooling beside it holds the array in blocks of channels",
            "https://github.com/apache/mxnet/issues/20858",
        ),
        "tie": Absence(
            "a layer takes params= of another: all parameters of these names, or none",
            "https://github.com/apache/mxnet/issues/8943",
            who="here",
        ),
    }
    failures = (
        Failure(DeferredInitializationError, "has not been initialized yet", "not_ready"),
        Failure(RuntimeError, "has not been initialized", "not_ready"),
        Failure(AssertionError, "has not been initialized", "not_ready"),
        Failure(RuntimeError, "because grad_req='null'", "refused"),
        Failure(UserWarning, "has not been updated by backward", "refused"),
        Failure(MXNetError, "Cannot differentiate node", "refused"),
        Failure(AssertionError, "Overriding Parameter attribute", "refused"),
        Failure(AssertionError, "incompatible", "wrong_shape"),
        Failure(MXNetError, "Shape inconsistent", "wrong_shape"),
        Failure(MXNetError, "could not create a descriptor", "wrong_shape"),
        Failure(MXNetError, "doesn't match the requested MKLDNN memory desc", "wrong_shape"),
        Failure(MXNetError, "kernel size exceed input", "wrong_shape"),
        Failure(MXNetError, "Non compatible matrix dimensions", "wrong_shape"),
        Failure(MXNetError, "Input data should be", "wrong_shape"),
        Failure(MXNetError, "Channel axis out of range", "wrong_shape"),
        Failure(ValueError, "cannot be applied to vector", "invalid_argument"),
        Failure(IndexError, "tuple index out of range", "invalid_argument"),
        Failure(MXNetError, "Check failed: !is_view", "unsupported", "blocked_batch_norm"),
        Failure(IndexError, "list index out of range", "no_such_parameter"),
        Failure(AssertionError, "is missing in file", "no_such_parameter"),
        Failure(ValueError, "is not present in ParameterDict", "no_such_parameter"),
    )

    def __init__(self) -> None:
        self.names = NameManager().__enter__()

    def seed(self, seed: int) -> None:
        mx.random.seed(seed)

    # Initializers.

    def default(self) -> None:
        return None

    def normal(self, mean: float, std: float) -> Any:
        if mean != 0.0:
            raise Unsupported("normal_with_mean")
        return init.Normal(std)

    def truncated_normal(
        self, mean: float, std: float, low: Optional[float], high: Optional[float]
    ) -> init.Initializer:
        raise Unsupported("truncated_normal")

    def seeded_normal(self, mean: float, std: float, seed: int) -> init.Initializer:
        raise Unsupported("seeded")

    def uniform(self, low: float, high: float) -> Any:
        if low != -high:
            raise Unsupported("uniform_asymmetric")
        return init.Uniform(high)

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

    def variance_scaling(self, scale: float, mode: str, distribution: str) -> init.Initializer:
        if distribution == "uniform":
            return init.Xavier(rnd_type="uniform", factor_type=FACTORS[mode], magnitude=3 * scale)
        return init.Xavier(rnd_type="gaussian", factor_type=FACTORS[mode], magnitude=scale)

    def kaiming(self, nonlinearity: str, slope: Optional[float], mode: str) -> init.Initializer:
        if nonlinearity != "leaky_relu":
            raise Unsupported("gain")
        return init.MSRAPrelu(FACTORS[mode], **given(slope=slope))

    def bare(self, name: str) -> init.Initializer:
        if name == "truncated_normal":
            raise Unsupported("truncated_normal")
        return BARE[name]()

    def orthogonal(self, gain: float) -> init.Initializer:
        return init.Orthogonal(gain)

    def identity(self, gain: float) -> init.Initializer:
        raise Unsupported("identity")

    def dirac(self, groups: int) -> init.Initializer:
        raise Unsupported("identity")

    def bilinear(self) -> init.Initializer:
        return init.Bilinear()

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> init.Initializer:
        return Custom(function)

    # Building: containers.

    def tie(self, layer: gluon.Block, role: str, source: gluon.Block, shared: str, order: Tuple[int, ...]) -> None:
        raise Unsupported("tie")

    def block(self, layers: List[gluon.Block]) -> nn.Sequential:
        block = nn.Sequential()
        block.add(*layers)
        return block

    def plain_list(self, layers: List[gluon.Block]) -> InList:
        return InList(layers)

    def residual(self, layers: List[gluon.Block]) -> Residual:
        block = Residual()
        block.add(*layers)
        return block

    def network(self, layers: List[gluon.Block], shape: Optional[Tuple[int, ...]]) -> nn.Sequential:
        net = nn.Sequential()
        net.add(*layers)
        return net

    def child(self, net: nn.Sequential, position: int) -> gluon.Block:
        return net[position]

    # Access.

    def by_attribute(self, layer: gluon.Block, role: str) -> Optional[Parameter]:
        return getattr(layer, role)

    def by_layer(self, layer: gluon.Block, role: str) -> Optional[Parameter]:
        return next((parameter for name, parameter in layer.params.items() if name.endswith(f"_{role}")), None)

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

    def tensor(self, handle: Parameter) -> nd.NDArray:
        return handle.data()

    def as_numpy(self, tensor: nd.NDArray) -> np.ndarray:
        return tensor.asnumpy()

    def shape(self, handle: Parameter) -> Tuple[Optional[int], ...]:
        return tuple(extent or None for extent in handle.shape)

    def dtype(self, handle: Parameter) -> str:
        return np.dtype(handle.dtype).name

    def is_trainable(self, handle: Parameter) -> bool:
        return handle.grad_req != "null"

    # Initialization.

    def initialize_network(self, net: nn.Sequential, initializer: Any, again: bool) -> None:
        net.initialize(**given(init=initializer), force_reinit=again)

    def initialize_layer(self, layer: gluon.Block, initializer: Any, again: bool) -> None:
        layer.initialize(**given(init=initializer), force_reinit=again)

    def initialize_parameter(self, layer: gluon.Block, role: str, initializer: Any, again: bool) -> None:
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

    # Training. MXNet computes asynchronously: waiting raises an error where it was caused. A forward pass that is not
    # recorded is one for inference.

    def forward(self, net: nn.Sequential, batch: np.ndarray) -> nd.NDArray:
        with autograd.record():
            return net(nd.array(batch))

    def infer(self, net: nn.Sequential, batch: np.ndarray) -> nd.NDArray:
        return net(nd.array(batch))

    def output(self, passed: nd.NDArray) -> np.ndarray:
        return passed.asnumpy()

    def backward(self, net: nn.Sequential, passed: nd.NDArray, cotangent: np.ndarray) -> None:
        if transposes_again(net):
            raise Unsupported("transposed_again")
        passed.backward(nd.array(cotangent))
        nd.waitall()

    def gradient(self, handle: Parameter, gradients: None) -> np.ndarray:
        return handle.grad().asnumpy()

    def step(self, net: nn.Sequential, gradients: None, learning_rate: float) -> None:
        gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": learning_rate}).step(1)

    def sgd(self, net: nn.Sequential, learning_rate: float, momentum: float) -> gluon.Trainer:
        return gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": learning_rate, "momentum": momentum})

    def adam(
        self, net: nn.Sequential, learning_rate: float, beta1: float, beta2: float, epsilon: Optional[float]
    ) -> gluon.Trainer:
        rates = dict(learning_rate=learning_rate, beta1=beta1, beta2=beta2, **given(epsilon=epsilon))
        return gluon.Trainer(net.collect_params(), "adam", rates)

    def step_optimizer(self, optimizer: gluon.Trainer, gradients: None) -> None:
        optimizer.step(1)

    def set_learning_rate(self, optimizer: gluon.Trainer, learning_rate: float) -> None:
        optimizer.set_learning_rate(learning_rate)

    def save_optimizer(self, optimizer: gluon.Trainer, file: str) -> None:
        optimizer.save_states(file)

    def load_optimizer(self, net: nn.Sequential, optimizer: gluon.Trainer, file: str) -> None:
        optimizer.load_states(file)

    def reset_gradients(self, net: nn.Sequential) -> None:
        net.collect_params().zero_grad()

    def freeze(self, handle: Parameter) -> None:
        handle.grad_req = "null"

    def unfreeze(self, handle: Parameter) -> None:
        handle.grad_req = "write"

    def freeze_layer(self, layer: gluon.Block) -> None:
        layer.collect_params().setattr("grad_req", "null")

    # Tying after building, files, clones.

    def share(self, layer: gluon.Block, role: str, handle: Parameter) -> None:
        setattr(layer, role, handle)

    def save(self, net: nn.Sequential, file: str) -> None:
        net.save_parameters(file)

    def load(self, net: nn.Sequential, file: str) -> None:
        net.load_parameters(file)

    def load_despite(self, net: nn.Sequential, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        if shapes:
            raise Unsupported("load_other_shapes")
        net.load_parameters(file, allow_missing=missing, ignore_extra=extra)

    def copy_values(self, net: nn.Sequential, source: nn.Sequential) -> None:
        # Parameter names are numbered across networks, so parameters correspond by position.
        for ours, theirs in zip(net.collect_params().values(), source.collect_params().values()):
            ours.set_data(theirs.data())

    def cast(self, net: nn.Sequential, dtype: str) -> None:
        net.cast(dtype)

    def clone(self, net: nn.Sequential) -> nn.Sequential:
        return copy.deepcopy(net)

    def deepcopy(self, net: nn.Sequential) -> nn.Sequential:
        return copy.deepcopy(net)

    def release(self) -> None:
        # Names are numbered from zero for each program, as in a new process.
        self.names.__exit__(None, None, None)
        self.names = NameManager().__enter__()
