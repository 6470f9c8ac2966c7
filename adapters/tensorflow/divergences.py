"""Where tf.keras differs from the specification: its answer, who chose it, why, and the source of that."""

from __future__ import annotations

from typing import Tuple

from specs.divergences import Divergence

#: All measured versions: 1.15.5, 2.0.4, 2.3.4 and 2.21.0.
_ALL = "tensorflow>=1.15.5,<=2.21.0"
_OLD = "tensorflow>=1.15.5,<=2.3.4"
_TODAY = "tensorflow==2.21.0"

TENSORFLOW: Tuple[Divergence, ...] = (
    Divergence(
        law="access.bias_before_first_forward",
        answer="not_ready",
        kind="by design",
        reason="A layer creates all of its variables in build(), which waits for an input shape: no bias before.",
        source="https://keras.io/guides/making_new_layers_and_models_via_subclassing/",
        versions=_ALL,
    ),
    Divergence(
        law="access.listed_before_first_forward",
        answer="raises",
        kind="by design",
        reason="weights of a Sequential that is not built raises a ValueError: no weights have been created yet.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/engine/sequential.py",
        versions=_ALL,
    ),
    Divergence(
        law="initialization.custom_axes",
        answer="in out",
        kind="by design",
        reason="A Dense kernel is (input width, units): the layer computes inputs @ kernel.",
        source="https://www.tensorflow.org/api_docs/python/tf/keras/layers/Dense",
        versions=_ALL,
    ),
    Divergence(
        law="initialization.one_initializer_for_two_layers",
        answer="equal",
        kind="by design",
        reason="An initializer without a seed takes one at its first call, keeps it, and warns at the next. "
        "Give each layer its own. Until 2.9 it drew anew at every call.",
        source="https://github.com/keras-team/tf-keras/issues/432",
        versions=_TODAY,
    ),
    Divergence(
        law="initialization.own_seed_for_two_layers",
        answer="equal",
        kind="by design",
        reason="An initializer with an integer seed gives the same values at every call, for every layer.",
        source="https://www.tensorflow.org/api_docs/python/tf/keras/initializers/RandomNormal",
        versions="tensorflow>=2.0.4,<=2.21.0",
    ),
    Divergence(
        law="initialization.xavier_normal",
        answer="that normal cut at ±2σ, then scaled to that deviation",
        kind="by design",
        reason="GlorotNormal is VarianceScaling with distribution='truncated_normal'; 'untruncated_normal' exists.",
        source="https://www.tensorflow.org/api_docs/python/tf/keras/initializers/GlorotNormal",
        versions=_ALL,
    ),
    Divergence(
        law="initialization.xavier_on_bias",
        answer="ok",
        kind="by design",
        reason="For a shape (n,) VarianceScaling takes fan_in = fan_out = n.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/initializers/initializers.py",
        versions=_ALL,
    ),
    Divergence(
        law="persistence.clone_values",
        answer="initialized anew",
        kind="by design",
        reason="clone_model() makes new layers with newly initialized weights; set_weights() brings the values over.",
        source="https://www.tensorflow.org/api_docs/python/tf/keras/models/clone_model",
        versions=_ALL,
    ),
    Divergence(
        law="sharing.tie_survives_clone",
        answer="no",
        kind="by design",
        reason="clone_model() does not preserve the uniqueness of objects that layers share.",
        source="https://www.tensorflow.org/api_docs/python/tf/keras/models/clone_model",
        versions=_ALL,
    ),
    Divergence(
        law="access.buffers_listed",
        answer="yes",
        kind="by design",
        reason="weights has all variables but metrics and random seeds, those that are not trained among them.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/engine/base_layer.py",
        versions=_ALL,
    ),
    Divergence(
        law="access.count_of_buffers",
        answer="counted",
        kind="by design",
        reason="count_params() counts all weights, running statistics among them; summary() tells the trainable ones.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/engine/base_layer.py",
        versions=_ALL,
    ),
    Divergence(
        law="initialization.default[embedding.weight]",
        answer="U(-0.05, 0.05)",
        kind="by design",
        reason='Embedding draws with "uniform", which is RandomUniform() with its own bounds, ±0.05.',
        source="https://www.tensorflow.org/api_docs/python/tf/keras/layers/Embedding",
        versions=_ALL,
    ),
    Divergence(
        law="initialization.default[lstm.bias]",
        answer="zeros, and ones for the forget gate",
        kind="by design",
        reason="unit_forget_bias=True, the default, starts the forget gate's bias at 1 (Jozefowicz et al. 2015).",
        source="https://www.tensorflow.org/api_docs/python/tf/keras/layers/LSTMCell",
        versions=_ALL,
    ),
    Divergence(
        law="persistence.refused_load_changes_nothing",
        answer="no",
        kind="by design",
        reason="load_weights() assigns layer by layer, notes those that fail, and raises at the end.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/saving/legacy/hdf5_format.py",
        versions=_ALL,
    ),
    Divergence(
        law="training.adam",
        answer="to the root before its correction",
        kind="by design",
        reason="The correction goes into the learning rate: epsilon is what Kingma and Ba call epsilon hat.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/optimizers/adam.py",
        versions=_ALL,
    ),
    Divergence(
        law="training.momentum_at_another_rate",
        answer="that of their time",
        kind="by design",
        reason="ResourceApplyKerasMomentum multiplies a velocity by the momentum, gives it the gradient times the "
        "learning rate, and adds it to the variable; so does the SGD of tf_keras.",
        source="https://github.com/tensorflow/tensorflow/blob/v2.3.4/tensorflow/core/kernels/training_ops.cc",
        versions=_ALL,
    ),
    Divergence(
        law="training.adam_epsilon",
        answer="1e-7",
        kind="by design",
        reason="Adam() has epsilon=1e-7, and adds it before the correction.",
        source="https://www.tensorflow.org/api_docs/python/tf/keras/optimizers/Adam",
        versions=_ALL,
    ),
    Divergence(
        law="access.names_of_another",
        answer="no",
        kind="by design",
        reason="A layer without a name of its own is named by its class and a count of the process: dense, dense_1.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/backend.py",
        versions=_ALL,
    ),
    *(
        Divergence(
            law=f"access.axes[{weight}]",
            answer=answer,
            kind="by design",
            reason=reason,
            source=f"https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/layers/{module}.py",
            versions=_ALL,
        )
        for weights, answer, module, reason in (
            (["dense.weight"], "in out", "layers/core/dense", "A layer computes inputs @ kernel."),
            (
                ["convolution.weight"],
                "window in out",
                "layers/convolutional/base_conv",
                "A kernel is kernel_size + (channels of a group, filters), whatever data_format is.",
            ),
            (
                ["transposed_convolution.weight"],
                "window out in",
                "layers/convolutional/conv2d_transpose",
                "A kernel is kernel_size + (filters, channels): that of the convolution whose gradient it is.",
            ),
            (
                ["depthwise_convolution.weight"],
                "window in multiplier",
                "layers/convolutional/base_depthwise_conv",
                "A kernel is kernel_size + (channels, depth_multiplier).",
            ),
            (
                ["separable_convolution.depthwise_weight"],
                "window in multiplier",
                "layers/convolutional/base_separable_conv",
                "A depthwise kernel is kernel_size + (channels, depth_multiplier).",
            ),
            (
                ["separable_convolution.pointwise_weight"],
                "window in out",
                "layers/convolutional/base_separable_conv",
                "A pointwise kernel is ones + (channels times depth_multiplier, filters).",
            ),
            (
                ["lstm.input_weight", "lstm.recurrent_weight"],
                "in (gate out)",
                "layers/rnn/lstm",
                "A cell computes inputs @ kernel, whose columns are those of one gate after the other.",
            ),
            (
                ["gru.input_weight", "gru.recurrent_weight"],
                "in (gate out)",
                "layers/rnn/gru",
                "A cell computes inputs @ kernel, whose columns are those of one gate after the other.",
            ),
            (["rnn.input_weight"], "in out", "layers/rnn/simple_rnn", "A cell computes inputs @ kernel."),
        )
        for weight in weights
    ),
    Divergence(
        law="training.gradient_after_reset",
        answer="as it was",
        kind="by design",
        reason="No variable holds a gradient: what a tape returned is the caller's, and there is nothing to reset.",
        source="https://www.tensorflow.org/api_docs/python/tf/GradientTape",
        versions=_ALL,
    ),
    Divergence(
        law="training.frozen_layer_statistics",
        answer="no",
        kind="by design",
        reason="BatchNormalization with trainable=False runs in inference mode, whatever training=True says.",
        source="https://www.tensorflow.org/api_docs/python/tf/keras/layers/BatchNormalization",
        versions=_ALL,
    ),
    Divergence(
        law="initialization.variance_scaling_normal",
        answer="that normal cut at ±2σ, then scaled to that deviation",
        kind="by design",
        reason="VarianceScaling, HeNormal and LecunNormal have distribution='truncated_normal'; "
        "'untruncated_normal' exists.",
        source="https://www.tensorflow.org/api_docs/python/tf/keras/initializers/VarianceScaling",
        versions=_ALL,
    ),
    *(
        Divergence(
            law=f"initialization.{law}[{role}]",
            answer=answer,
            kind="by design",
            reason="compute_fans() takes the last two axes for inputs and outputs, here the channels and the "
            "multiplier, although an output is a sum over one channel.",
            source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/initializers/initializers.py",
            versions=_ALL,
        )
        for law, answer in (
            ("default", "Glorot uniform, fan_in over all channels, fan_out of one"),
            ("xavier_uniform", "fan_in over all channels, fan_out of one"),
            ("he_uniform", "by fan_in over all channels"),
        )
        for role in ("depthwise_convolution.weight", "separable_convolution.depthwise_weight")
    ),
    Divergence(
        law="initialization.he_uniform[transposed_convolution.weight]",
        answer="by fan_out",
        kind="by design",
        reason="compute_fans() takes the last but one axis for the inputs: here it is the outputs.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/initializers/initializers.py",
        versions=_ALL,
    ),
    Divergence(
        law="initialization.identity_of_gates[gru.recurrent_weight]",
        answer="the update gate",
        kind="by design",
        reason="A GRU's kernels hold the update gate first, and an identity is that of the first columns.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/layers/rnn/gru.py",
        versions=_ALL,
    ),
    Divergence(
        law="initialization.bare[normal]",
        answer="N(0, 0.05²)",
        kind="by design",
        reason="RandomNormal() has stddev=0.05.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/initializers/initializers.py",
        versions=_ALL,
    ),
    Divergence(
        law="initialization.bare[uniform]",
        answer="U(±0.05)",
        kind="by design",
        reason="RandomUniform() has minval=-0.05 and maxval=0.05.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/initializers/initializers.py",
        versions=_ALL,
    ),
    Divergence(
        law="initialization.bare[truncated_normal]",
        answer="N(0, 0.05²) cut at ±2σ",
        kind="by design",
        reason="TruncatedNormal() has stddev=0.05, cuts at twice that, and does not scale what is left.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/initializers/initializers.py",
        versions=_ALL,
    ),
    Divergence(
        law="initialization.bare[he]",
        answer="that normal cut at ±2σ, then scaled to that deviation",
        kind="by design",
        reason="HeNormal is VarianceScaling with distribution='truncated_normal'.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/initializers/initializers.py",
        versions=_ALL,
    ),
    Divergence(
        law="initialization.gain[relu]",
        answer="√2, and the normal is cut at ±2σ, then scaled",
        kind="by design",
        reason="HeNormal is VarianceScaling(2, 'fan_in', 'truncated_normal').",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/initializers/initializers.py",
        versions=_ALL,
    ),
    Divergence(
        law="training.default_epsilon[batch_norm]",
        answer="1e-3",
        kind="by design",
        reason="BatchNormalization() has epsilon=0.001.",
        source="https://www.tensorflow.org/api_docs/python/tf/keras/layers/BatchNormalization",
        versions=_ALL,
    ),
    Divergence(
        law="training.default_epsilon[layer_norm]",
        answer="1e-3",
        kind="by design",
        reason="LayerNormalization() has epsilon=0.001.",
        source="https://www.tensorflow.org/api_docs/python/tf/keras/layers/LayerNormalization",
        versions=_ALL,
    ),
    Divergence(
        law="training.default_epsilon[group_norm]",
        answer="1e-3",
        kind="by design",
        reason="GroupNormalization() has epsilon=0.001.",
        source="https://www.tensorflow.org/api_docs/python/tf/keras/layers/GroupNormalization",
        versions=_TODAY,
    ),
    Divergence(
        law="training.default_epsilon[instance_norm]",
        answer="1e-3",
        kind="by design",
        reason="GroupNormalization(-1) has epsilon=0.001.",
        source="https://www.tensorflow.org/api_docs/python/tf/keras/layers/GroupNormalization",
        versions=_TODAY,
    ),
    Divergence(
        law="training.default_slope[leaky_relu]",
        answer="0.3",
        kind="by design",
        reason="LeakyReLU() has negative_slope=0.3.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/layers/activation/leaky_relu.py",
        versions=_ALL,
    ),
    Divergence(
        law="initialization.default[prelu.slope]",
        answer="zeros",
        kind="by design",
        reason="PReLU() has alpha_initializer='Zeros': it starts as a plain rectifier.",
        source="https://www.tensorflow.org/api_docs/python/tf/keras/layers/PReLU",
        versions=_ALL,
    ),
    Divergence(
        law="training.slope_at_zero[prelu]",
        answer="none",
        kind="by design",
        reason="PReLU is relu(x) - alpha * relu(-x), and each of these rectifiers has the slope 0 at zero.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/layers/activation/prelu.py",
        versions=_ALL,
    ),
    Divergence(
        law="training.default_momentum",
        answer="0.99",
        kind="by design",
        reason="BatchNormalization() has momentum=0.99.",
        source="https://www.tensorflow.org/api_docs/python/tf/keras/layers/BatchNormalization",
        versions=_ALL,
    ),
    Divergence(
        law="access.tensor_is_a_view",
        answer="a copy",
        kind="by design",
        reason="read_value() and convert_to_tensor() read a variable as it is: what is assigned later does not show.",
        source="https://www.tensorflow.org/api_docs/python/tf/Variable#read_value",
        versions=_ALL,
    ),
    Divergence(
        law="sharing.reuse_survives_clone",
        answer="lost",
        kind="upstream bug",
        reason="A clone is made of the layers that a Sequential lists, each of them once: it applies a layer once that "
        "the original applies twice, without a word.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/models/cloning.py",
        versions=_ALL,
    ),
    Divergence(
        law="training.dropping_spares_the_generator",
        answer="yes",
        kind="by design",
        reason="A Dropout of tf_keras has a generator of its own.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/engine/base_layer.py",
        versions=_TODAY,
    ),
    Divergence(
        law="sharing.tie_survives_deepcopy",
        answer="no",
        kind="by design",
        reason="A deep copy is a save and a load: each layer comes back from its configuration, and one that is built "
        "on another's kernel with a copy of that layer.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/saving/pickle_utils.py",
        versions=_TODAY,
    ),
    Divergence(
        law="initialization.own_seed",
        answer="no",
        kind="by design",
        reason="An operation that draws combines its own seed with the global one, and draws on at each call.",
        source="https://www.tensorflow.org/api_docs/python/tf/random/set_seed",
        versions="tensorflow==1.15.5",
    ),
    *(
        Divergence(
            law=f"training.{rule}_after_tie",
            answer="moved twice",
            kind="upstream bug",
            reason="A model lists the trainable variables of its layers in a row, a variable of two layers twice, and "
            "apply_gradients() moves each entry. Since 2.0 each variable is listed once.",
            source="https://github.com/tensorflow/tensorflow/blob/v1.15.5/tensorflow/python/keras/engine/network.py",
            versions="tensorflow==1.15.5",
        )
        for rule in ("momentum", "adam")
    ),
    Divergence(
        law="sharing.reuse_survives_deepcopy",
        answer="lost",
        kind="upstream bug",
        reason="A deep copy goes by the model's configuration, which names each layer object of a Sequential once. "
        "Further uses are dropped, without a word: the copy computes something else.",
        source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/engine/sequential.py",
        versions=_TODAY,
    ),
    *(
        Divergence(
            law=f"initialization.xavier_on[{kind}]",
            answer="ok",
            kind="by design",
            reason="VarianceScaling takes fan_in = fan_out = n for a shape (n,), and the last two extents for others.",
            source="https://github.com/keras-team/tf-keras/blob/v2.21.0/tf_keras/src/initializers/initializers.py",
            versions=versions,
        )
        for kinds, versions in (
            (("prelu", "convolution", "transposed_convolution", "depthwise_convolution"), _ALL),
            (("separable_convolution", "batch_norm", "layer_norm", "lstm", "gru", "rnn", "embedding"), _ALL),
            (("group_norm", "instance_norm"), _TODAY),
        )
        for kind in kinds
    ),
)
