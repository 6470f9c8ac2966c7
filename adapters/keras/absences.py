"""What Keras does not support on any backend."""

from __future__ import annotations

from typing import Dict

from adapters.interface import Absence

ABSENCES: Dict[str, Absence] = {
    "build_max_pooling": Absence(
        "padding is 'valid', which rounds the number of places down, or 'same': as much as makes "
        "ceil(extent / stride) places, and no other",
        "https://keras.io/api/layers/pooling_layers/max_pooling2d/",
    ),
    "build_average_pooling": Absence(
        "padding is 'valid', or 'same', which is not counted; what ZeroPadding2D adds is counted; "
        "the number of places is rounded down",
        "https://keras.io/api/layers/pooling_layers/average_pooling2d/",
    ),
    "build_transposed_convolution": Absence(
        "a transposed convolution has no groups",
        "https://github.com/keras-team/keras/blob/v3.15.1/keras/src/layers/convolutional/base_conv_transpose.py",
    ),
    "build_depthwise_convolution": Absence(
        "there are DepthwiseConv1D and DepthwiseConv2D, and none of 3 dimensions",
        "https://github.com/keras-team/keras/tree/v3.15.1/keras/src/layers/convolutional",
    ),
    "build_separable_convolution": Absence(
        "there are SeparableConv1D and SeparableConv2D, and none of 3 dimensions",
        "https://github.com/keras-team/keras/tree/v3.15.1/keras/src/layers/convolutional",
    ),
    "build_rms_norm": Absence(
        "RMSNormalization has a scale",
        "https://github.com/keras-team/keras/blob/v3.15.1/keras/src/layers/normalization/rms_normalization.py",
    ),
    "build_lstm": Absence(
        "an LSTM has one bias or none",
        "https://keras.io/api/layers/recurrent_layers/lstm/",
    ),
    "build_gru": Absence(
        "a GRU with reset_after has two biases or none; one without it has one bias or none",
        "https://github.com/keras-team/keras/blob/v3.15.1/keras/src/layers/rnn/gru.py",
    ),
    "build_rnn": Absence(
        "a SimpleRNN has one bias or none",
        "https://keras.io/api/layers/recurrent_layers/simple_rnn/",
    ),
    "build_padded_embedding": Absence(
        "no row of an Embedding is padding: mask_zero=True is for layers that follow, which skip what it masks",
        "https://keras.io/api/layers/core_layers/embedding/",
    ),
    "build_packed_self_attention": Absence(
        "MultiHeadAttention makes queries, keys and values by three kernels",
        "https://keras.io/api/layers/attention_layers/multi_head_attention/",
    ),
    "cast": Absence(
        "a variable keeps the dtype that it was made with: a policy, set before, decides it for new layers",
        "https://keras.io/api/mixed_precision/policy/",
    ),
    "strided_dilation": Absence(
        "a convolution has strides or dilation, not both: strides > 1 with dilation_rate > 1 raises",
        "https://keras.io/api/layers/convolution_layers/convolution2d/",
    ),
    "truncated_elsewhere": Absence(
        "TruncatedNormal has a mean and a deviation, and is cut at two deviations from its mean: there is no other",
        "https://keras.io/api/layers/initializers/#truncatednormal-class",
    ),
    "gain": Absence(
        "HeNormal is told no nonlinearity, slope or mode: it is scaled for a rectifier, by fan_in; VarianceScaling "
        "takes the square of any gain as its scale",
        "https://keras.io/api/layers/initializers/#henormal-class",
    ),
    "initializers_at_construction": Absence(
        "recurrent layers that are several, or in both directions, are not told an initializer each",
        "adapters/keras/layers.py",
        who="here",
    ),
    "self_attention_initializers": Absence(
        "MultiHeadAttention takes one kernel_initializer and one bias_initializer for all that it holds",
        "https://github.com/keras-team/keras/blob/v3.15.1/keras/src/layers/attention/multi_head_attention.py",
    ),
    "unbuilt_attention": Absence(
        "MultiHeadAttention makes the layers that hold its kernels and biases when it is built: until then there "
        "is nothing to give another initializer to",
        "https://github.com/keras-team/keras/blob/v3.15.1/keras/src/layers/attention/multi_head_attention.py",
    ),
    "dirac": Absence(
        "keras.initializers has Identity, of matrices, and no identity of a convolution",
        "https://keras.io/api/layers/initializers/",
    ),
    "bilinear": Absence(
        "keras.initializers has no weights of an interpolation",
        "https://keras.io/api/layers/initializers/",
    ),
    "part_alone": Absence(
        "both biases of a GRU are rows of one variable, which is initialized, copied and frozen as a whole",
        "https://github.com/keras-team/keras/blob/v3.15.1/keras/src/layers/rnn/gru.py",
    ),
    "ties": Absence(
        "a layer makes its own variables when it is built, and takes none of another's; a layer that does is "
        "written for dense layers alone",
        "https://github.com/keras-team/keras/issues/18821",
    ),
    "step_before_backward": Absence(
        "a step takes gradients as an argument, and before a backward pass there are none to give",
        "https://keras.io/api/optimizers/#applygradients-method",
    ),
}
