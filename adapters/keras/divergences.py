"""Where Keras differs from the specification: its answer, who chose it, why, and the source of that."""

from __future__ import annotations

from typing import Tuple

from specs.divergences import Divergence

_KERAS = "keras==3.15.1"

KERAS: Tuple[Divergence, ...] = (
    Divergence(
        law="access.bias_before_first_forward",
        answer="not_ready",
        kind="by design",
        reason="A layer creates all of its variables in build(), which waits for an input shape: no bias before.",
        source="https://keras.io/guides/making_new_layers_and_models_via_subclassing/",
        versions=_KERAS,
    ),
    Divergence(
        law="access.listed_before_first_forward",
        answer="not listed",
        kind="by design",
        reason="Before a model is built its list of weights is empty, and says nothing of what will come.",
        source="https://github.com/keras-team/keras/issues/4910",
        versions=_KERAS,
    ),
    Divergence(
        law="initialization.custom_axes",
        answer="in out",
        kind="by design",
        reason="A Dense kernel is (input width, units): the layer computes inputs @ kernel.",
        source="https://keras.io/api/layers/core_layers/dense/",
        versions=_KERAS,
    ),
    Divergence(
        law="initialization.deferred_seed",
        answer="the one at initialization",
        kind="by design",
        reason="An initializer takes its seed from Python's generator when it is constructed, and keeps it.",
        source="https://keras.io/api/layers/initializers/",
        versions=_KERAS,
    ),
    Divergence(
        law="initialization.one_initializer_for_two_layers",
        answer="equal",
        kind="by design",
        reason="An initializer, even one without a seed, gives the same values at every call: give each layer its own.",
        source="https://github.com/keras-team/tf-keras/issues/432",
        versions=_KERAS,
    ),
    Divergence(
        law="initialization.own_seed_for_two_layers",
        answer="equal",
        kind="by design",
        reason="An initializer with an integer seed gives the same values at every call, for every layer.",
        source="https://keras.io/api/layers/initializers/#randomnormal-class",
        versions=_KERAS,
    ),
    Divergence(
        law="initialization.xavier_on_bias",
        answer="ok",
        kind="by design",
        reason="For a shape (n,) VarianceScaling takes fan_in = fan_out = n.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/initializers/random_initializers.py",
        versions=_KERAS,
    ),
    *(
        Divergence(
            law=f"initialization.xavier_on[{kind}]",
            answer="ok",
            kind="by design",
            reason="VarianceScaling takes fan_in = fan_out = n for a shape (n,), and the last two extents for others.",
            source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/initializers/random_initializers.py",
            versions=_KERAS,
        )
        for kinds in (
            ("prelu", "convolution", "transposed_convolution", "depthwise_convolution", "separable_convolution"),
            ("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm"),
            ("lstm", "gru", "rnn", "embedding", "self_attention"),
        )
        for kind in kinds
    ),
    Divergence(
        law="initialization.everything_reaches[rms_norm]",
        answer="nothing of it",
        kind="by design",
        reason="RMSNormalization takes no initializer: its scale is made with 'ones'.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/layers/normalization/rms_normalization.py",
        versions=_KERAS,
    ),
    Divergence(
        law="persistence.clone_has_its_gain",
        answer="no",
        kind="upstream bug",
        reason="Identity has no get_config(), so whatever goes by a layer's configuration makes one without a gain: "
        "clone_model(), copy.deepcopy() and a saved model.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/initializers/constant_initializers.py",
        versions=_KERAS,
    ),
    Divergence(
        law="persistence.clone_values",
        answer="initialized anew",
        kind="by design",
        reason="clone_model() makes new layers with newly initialized weights; set_weights() brings the values over.",
        source="https://keras.io/api/models/model_saving_apis/model_config_serialization/#clonemodel-function",
        versions=_KERAS,
    ),
    Divergence(
        law="sharing.reuse_survives_deepcopy",
        answer="lost",
        kind="upstream bug",
        reason="A deep copy goes by the model's configuration, which names each layer object of a Sequential once. "
        "Further uses are dropped, mostly without a word: the copy computes something else.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/models/sequential.py",
        versions=_KERAS,
    ),
    Divergence(
        law="sharing.tie_survives_clone",
        answer="no",
        kind="by design",
        reason="clone_model() does not preserve the uniqueness of objects that layers share.",
        source="https://keras.io/api/models/model_saving_apis/model_config_serialization/#clonemodel-function",
        versions=_KERAS,
    ),
    Divergence(
        law="sharing.across_kinds_survives_clone",
        answer="no",
        kind="by design",
        reason="clone_model() makes each layer from its configuration: a layer within another's is made once more.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/models/cloning.py",
        versions=_KERAS,
    ),
    Divergence(
        law="sharing.tie_after_build",
        answer="refused",
        kind="by design",
        reason="A built layer takes no new state: share the layer, or write one that uses another's variable.",
        source="https://github.com/keras-team/keras/issues/18821",
        versions=_KERAS,
    ),
    Divergence(
        law="access.buffers_listed",
        answer="yes",
        kind="by design",
        reason="weights has all variables but metrics and random seeds, those that are not trained among them.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/layers/layer.py",
        versions=_KERAS,
    ),
    Divergence(
        law="access.count_of_buffers",
        answer="counted",
        kind="by design",
        reason="count_params() counts all weights, running statistics among them; summary() tells the trainable ones.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/layers/layer.py",
        versions=_KERAS,
    ),
    Divergence(
        law="initialization.default[embedding.weight]",
        answer="U(-0.05, 0.05)",
        kind="by design",
        reason='Embedding draws with "uniform", which is RandomUniform() with its own bounds, ±0.05.',
        source="https://keras.io/api/layers/core_layers/embedding/",
        versions=_KERAS,
    ),
    Divergence(
        law="initialization.default[lstm.bias]",
        answer="zeros, and ones for the forget gate",
        kind="by design",
        reason="unit_forget_bias=True, the default, starts the forget gate's bias at 1 (Jozefowicz et al. 2015).",
        source="https://keras.io/api/layers/recurrent_layers/lstm_cell",
        versions=_KERAS,
    ),
    Divergence(
        law="persistence.load_fewer_layers",
        answer="ok",
        kind="by design",
        reason="load_weights() looks up each layer of the model in the file: what else the file has is not looked at.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/saving/saving_lib.py",
        versions=_KERAS,
    ),
    Divergence(
        law="persistence.refused_load_changes_nothing",
        answer="no",
        kind="by design",
        reason="load_weights() assigns layer by layer, notes those that fail, and raises at the end.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/saving/saving_lib.py",
        versions=_KERAS,
    ),
    Divergence(
        law="persistence.load_despite_shapes",
        answer="by layer",
        kind="by design",
        reason="skip_mismatch=True gives up on a layer at its first variable that does not fit, and warns of it.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/saving/saving_lib.py",
        versions=_KERAS,
    ),
    Divergence(
        law="persistence.despite_missing_refuses_extra",
        answer="ok",
        kind="by design",
        reason="load_weights() looks up each layer of the model in the file: what else the file has is not looked at.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/saving/saving_lib.py",
        versions=_KERAS,
    ),
    Divergence(
        law="persistence.despite_names_refuses_shapes",
        answer="ok",
        kind="by design",
        reason="skip_mismatch=True, which ignores what a file lacks, ignores every other failure of a layer, too.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/saving/saving_lib.py",
        versions=_KERAS,
    ),
    Divergence(
        law="persistence.frozen_survives_clone",
        answer="no",
        kind="by design",
        reason="A layer's configuration has the layer's trainable, not its variables': freeze layers, or freeze again.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/layers/layer.py",
        versions=_KERAS,
    ),
    Divergence(
        law="persistence.frozen_survives_deepcopy",
        answer="no",
        kind="by design",
        reason="A deep copy is a save and a load, and what is saved has the layers' trainable, not their variables'.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/saving/keras_saveable.py",
        versions=_KERAS,
    ),
    Divergence(
        law="training.frozen_after_backward",
        answer="moves it",
        kind="by design",
        reason="apply_gradients() updates every variable that it is given a gradient for, trainable by then or not.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/base_optimizer.py",
        versions=_KERAS,
    ),
    Divergence(
        law="training.adam",
        answer="to the root before its correction",
        kind="by design",
        reason="The correction goes into the learning rate: epsilon is what Kingma and Ba call epsilon hat.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/adam.py",
        versions=_KERAS,
    ),
    Divergence(
        law="training.adam_epsilon",
        answer="1e-7",
        kind="by design",
        reason="Adam() has epsilon=1e-7, and adds it before the correction.",
        source="https://keras.io/api/optimizers/adam/",
        versions=_KERAS,
    ),
    Divergence(
        law="access.names_of_another",
        answer="no",
        kind="by design",
        reason="A layer without a name of its own is named by its class and a count of the process: dense, dense_1.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/utils/naming.py",
        versions=_KERAS,
    ),
    Divergence(
        law="initialization.unused_deferred_layer",
        answer="others",
        kind="by design",
        reason="An initializer takes its seed from Python's generator when it is constructed, built layer or not.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/initializers/random_initializers.py",
        versions=_KERAS,
    ),
    Divergence(
        law="training.dropping_spares_the_generator",
        answer="yes",
        kind="by design",
        reason="A Dropout has a seed generator of its own, and initializers take seeds from Python's.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/layers/regularization/dropout.py",
        versions=_KERAS,
    ),
    *(
        Divergence(
            law=f"access.axes[{weight}]",
            answer=answer,
            kind="by design",
            reason=reason,
            source=f"https://github.com/keras-team/keras/blob/v3.15.1/keras/src/layers/{module}.py",
            versions=_KERAS,
        )
        for weights, answer, module, reason in (
            (["dense.weight"], "in out", "core/dense", "A layer computes inputs @ kernel."),
            (
                ["convolution.weight"],
                "window in out",
                "convolutional/base_conv",
                "A kernel is kernel_size + (channels of a group, filters), whatever data_format is.",
            ),
            (
                ["transposed_convolution.weight"],
                "window out in",
                "convolutional/base_conv_transpose",
                "A kernel is kernel_size + (filters, channels): that of the convolution whose gradient it is.",
            ),
            (
                ["depthwise_convolution.weight"],
                "window in multiplier",
                "convolutional/base_depthwise_conv",
                "A kernel is kernel_size + (channels, depth_multiplier).",
            ),
            (
                ["separable_convolution.depthwise_weight"],
                "window in multiplier",
                "convolutional/base_separable_conv",
                "A depthwise kernel is kernel_size + (channels, depth_multiplier).",
            ),
            (
                ["separable_convolution.pointwise_weight"],
                "window in out",
                "convolutional/base_separable_conv",
                "A pointwise kernel is ones + (channels times depth_multiplier, filters).",
            ),
            (
                ["lstm.input_weight", "lstm.recurrent_weight"],
                "in (gate out)",
                "rnn/lstm",
                "A cell computes inputs @ kernel, whose columns are those of one gate after the other.",
            ),
            (
                ["gru.input_weight", "gru.recurrent_weight"],
                "in (gate out)",
                "rnn/gru",
                "A cell computes inputs @ kernel, whose columns are those of one gate after the other.",
            ),
            (["rnn.input_weight"], "in out", "rnn/simple_rnn", "A cell computes inputs @ kernel."),
            (
                [f"self_attention.{part}_weight" for part in ("query", "key", "value")],
                "in head dim",
                "attention/multi_head_attention",
                "Queries, keys and values are made by an EinsumDense each, whose kernel keeps the heads apart.",
            ),
            (
                ["self_attention.output_weight"],
                "head dim out",
                "attention/multi_head_attention",
                "What comes out is made by an EinsumDense, whose kernel keeps the heads apart.",
            ),
        )
        for weight in weights
    ),
    Divergence(
        law="training.frozen_layer_statistics",
        answer="no",
        kind="by design",
        reason="BatchNormalization with trainable=False runs in inference mode, whatever training=True says.",
        source="https://keras.io/api/layers/normalization_layers/batch_normalization/",
        versions=_KERAS,
    ),
    *(
        Divergence(
            law=f"initialization.{law}[{role}]",
            answer=answer,
            kind="by design",
            reason="compute_fans() takes the last two axes for inputs and outputs, here the channels and the "
            "multiplier, although an output is a sum over one channel.",
            source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/initializers/random_initializers.py",
            versions=_KERAS,
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
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/initializers/random_initializers.py",
        versions=_KERAS,
    ),
    Divergence(
        law="initialization.identity_of_gates[gru.recurrent_weight]",
        answer="the update gate",
        kind="by design",
        reason="A GRU's kernels hold the update gate first, and an identity is that of the first columns.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/layers/rnn/gru.py",
        versions=_KERAS,
    ),
    Divergence(
        law="initialization.bare[normal]",
        answer="N(0, 0.05²)",
        kind="by design",
        reason="RandomNormal() has stddev=0.05.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/initializers/random_initializers.py",
        versions=_KERAS,
    ),
    Divergence(
        law="initialization.bare[uniform]",
        answer="U(±0.05)",
        kind="by design",
        reason="RandomUniform() has minval=-0.05 and maxval=0.05.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/initializers/random_initializers.py",
        versions=_KERAS,
    ),
    Divergence(
        law="training.default_epsilon[batch_norm]",
        answer="1e-3",
        kind="by design",
        reason="BatchNormalization() has epsilon=0.001.",
        source="https://keras.io/api/layers/normalization_layers/batch_normalization/",
        versions=_KERAS,
    ),
    Divergence(
        law="training.default_epsilon[layer_norm]",
        answer="1e-3",
        kind="by design",
        reason="LayerNormalization() has epsilon=0.001.",
        source="https://keras.io/api/layers/normalization_layers/layer_normalization/",
        versions=_KERAS,
    ),
    Divergence(
        law="training.default_epsilon[group_norm]",
        answer="1e-3",
        kind="by design",
        reason="GroupNormalization() has epsilon=0.001.",
        source="https://keras.io/api/layers/normalization_layers/group_normalization/",
        versions=_KERAS,
    ),
    Divergence(
        law="training.default_epsilon[instance_norm]",
        answer="1e-3",
        kind="by design",
        reason="GroupNormalization(-1) has epsilon=0.001.",
        source="https://keras.io/api/layers/normalization_layers/group_normalization/",
        versions=_KERAS,
    ),
    Divergence(
        law="training.default_epsilon[rms_norm]",
        answer="1e-6",
        kind="by design",
        reason="RMSNormalization() has epsilon=1e-6.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/layers/normalization/rms_normalization.py",
        versions=_KERAS,
    ),
    Divergence(
        law="training.default_slope[leaky_relu]",
        answer="0.3",
        kind="by design",
        reason="LeakyReLU() has negative_slope=0.3.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/layers/activations/leaky_relu.py",
        versions=_KERAS,
    ),
    Divergence(
        law="initialization.default[prelu.slope]",
        answer="zeros",
        kind="by design",
        reason="PReLU() has alpha_initializer='Zeros': it starts as a plain rectifier.",
        source="https://keras.io/api/layers/activation_layers/prelu/",
        versions=_KERAS,
    ),
    Divergence(
        law="training.slope_at_zero[prelu]",
        answer="none",
        kind="by design",
        reason="PReLU is relu(x) - alpha * relu(-x), and each of these rectifiers has the slope 0 at zero.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/layers/activations/prelu.py",
        versions=_KERAS,
    ),
    Divergence(
        law="training.default_momentum",
        answer="0.99",
        kind="by design",
        reason="BatchNormalization() has momentum=0.99.",
        source="https://keras.io/api/layers/normalization_layers/batch_normalization/",
        versions=_KERAS,
    ),
    Divergence(
        law="training.float_mask[self_attention]",
        answer="true where it is not zero",
        kind="by design",
        reason="attention_mask is cast to bool: numbers to add to scores have no argument in MultiHeadAttention.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/layers/attention/multi_head_attention.py",
        versions=_KERAS,
    ),
    Divergence(
        law="training.masked_row[self_attention]",
        answer="the mean",
        kind="by design",
        reason="The scores of keys that are left out become one large negative number: where no other is there, all "
        "weights are equal. With return_attention_scores=True it is another function that computes weights, and they "
        "are zeros.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/backend/tensorflow/nn.py",
        versions=_KERAS,
    ),
    Divergence(
        law="training.negative_id",
        answer="counted from the end",
        kind="by design",
        reason="Embedding calls ops.take, which adds the number of rows to a negative index before it gathers.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/backend/tensorflow/numpy.py",
        versions=_KERAS,
    ),
    *(
        Divergence(
            law=f"training.{rule}_after_tie",
            answer="refused",
            kind="by design",
            reason="A built layer takes no new state: share the layer, or write one that uses another's variable.",
            source="https://github.com/keras-team/keras/issues/18821",
            versions=_KERAS,
        )
        for rule in ("momentum", "adam")
    ),
    Divergence(
        law="training.momentum_at_another_rate",
        answer="that of their time",
        kind="by design",
        reason="A velocity is multiplied by the momentum, then given the gradient times the learning rate, and added "
        "to the variable: a new rate does not reach what is in it.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/sgd.py",
        versions=_KERAS,
    ),
    *(
        Divergence(
            law=f"persistence.{law}",
            answer="its own",
            kind="by design",
            reason="What save_own_variables() saves are variables: iterations, learning rate, velocities and moments. "
            "Momentum, betas and epsilon are attributes, in get_config().",
            source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/base_optimizer.py",
            versions=_KERAS,
        )
        for law in ("optimizer_momentum", "adam_betas")
    ),
)

#: Backends whose truncated normals are exact.
CUT: Tuple[Divergence, ...] = (
    Divergence(
        law="initialization.xavier_normal",
        answer="that normal cut at ±2σ, then scaled to that deviation",
        kind="by design",
        reason="GlorotNormal is VarianceScaling with distribution='truncated_normal'; 'untruncated_normal' exists.",
        source="https://keras.io/api/layers/initializers/#glorotnormal-class",
        versions=_KERAS,
    ),
    Divergence(
        law="initialization.variance_scaling_normal",
        answer="that normal cut at ±2σ, then scaled to that deviation",
        kind="by design",
        reason="VarianceScaling, HeNormal and LecunNormal have distribution='truncated_normal'; "
        "'untruncated_normal' exists.",
        source="https://keras.io/api/layers/initializers/#variancescaling-class",
        versions=_KERAS,
    ),
    Divergence(
        law="initialization.bare[truncated_normal]",
        answer="N(0, 0.05²) cut at ±2σ",
        kind="by design",
        reason="TruncatedNormal() has stddev=0.05, cuts at twice that, and does not scale what is left.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/initializers/random_initializers.py",
        versions=_KERAS,
    ),
    Divergence(
        law="initialization.bare[he]",
        answer="that normal cut at ±2σ, then scaled to that deviation",
        kind="by design",
        reason="HeNormal is VarianceScaling with distribution='truncated_normal'.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/initializers/random_initializers.py",
        versions=_KERAS,
    ),
    Divergence(
        law="initialization.gain[relu]",
        answer="√2, and the normal is cut at ±2σ, then scaled",
        kind="by design",
        reason="HeNormal is VarianceScaling(2, 'fan_in', 'truncated_normal').",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/initializers/random_initializers.py",
        versions=_KERAS,
    ),
)

#: Backends where an optimizer accepts fewer variables than it was built with.
FEWER: Tuple[Divergence, ...] = (
    Divergence(
        law="training.adam_counts",
        answer="the optimizer's",
        kind="by design",
        reason="One counter, iterations, serves all variables, whether or not they were trained in a step.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/adam.py",
        versions=_KERAS,
    ),
)

#: Backends where gradients are values that the caller receives.
HANDED: Tuple[Divergence, ...] = (
    Divergence(
        law="training.gradient_after_reset",
        answer="as it was",
        kind="by design",
        reason="No variable holds a gradient: what a tape returned is the caller's, and there is nothing to reset.",
        source="https://www.tensorflow.org/api_docs/python/tf/GradientTape",
        versions=_KERAS,
    ),
)

ON_TENSORFLOW: Tuple[Divergence, ...] = (
    *CUT,
    *FEWER,
    *HANDED,
    Divergence(
        law="training.larger_cotangent",
        answer="ok",
        kind="by design",
        reason="GradientTape does not hold output_gradients against the outputs' shape, and the gradient of adding a "
        "bias sums them to the shape of what was added. Without a bias, the kernel's gradient has another shape.",
        source="https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/python/eager/backprop.py",
        versions=_KERAS,
    ),
    Divergence(
        law="training.as_many_heads_as_times",
        answer="biases by time",
        kind="upstream bug",
        reason="On TensorFlow ops.add() takes an array with one extent above 1 for a bias of the second axis, where "
        "that is as long, whatever NumPy's rules say: the bias of a head is added at one time, to all heads.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/backend/tensorflow/numpy.py",
        versions=_KERAS,
    ),
    Divergence(
        law="training.adam_of_rows",
        answer="the sum of squares",
        kind="upstream bug",
        reason="The gradient of an Embedding is slices, one for each use of a row; Adam squares them before it adds "
        "up those of one row.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/adam.py",
        versions=_KERAS,
    ),
)

ON_TORCH: Tuple[Divergence, ...] = (
    *FEWER,
    *(
        Divergence(
            law=f"initialization.{law}",
            answer=answer,
            kind="upstream bug",
            reason="truncated_normal() of this backend draws four normal numbers for each element and takes the "
            "first within two deviations. Where none of the four is, for four elements in a million, the first stays.",
            source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/backend/torch/random.py",
            versions=_KERAS,
        )
        for law, answer in (
            ("xavier_normal", "that normal cut at ±2σ but for 4 in a million, then scaled to that deviation"),
            ("variance_scaling_normal", "that normal cut at ±2σ but for 4 in a million, then scaled to that deviation"),
            ("bare[truncated_normal]", "N(0, 0.05²) cut at ±2σ but for 4 in a million"),
            ("bare[he]", "that normal cut at ±2σ but for 4 in a million, then scaled to that deviation"),
            ("gain[relu]", "√2, and the normal is cut at ±2σ but for 4 in a million, then scaled"),
            ("truncated_normal_ends", "at two deviations from its mean but for 4 in a million"),
        )
    ),
    *(
        Divergence(
            law=law,
            answer="added to",
            kind="by design",
            reason="backward() adds to the grad of the parameter within a variable; zero_grad() of the network resets "
            "it.",
            source="https://keras.io/guides/writing_a_custom_training_loop_in_torch/",
            versions=_KERAS,
        )
        for law in ("training.second_backward", "sharing.second_backward")
    ),
)

ON_JAX: Tuple[Divergence, ...] = (
    *CUT,
    *HANDED,
    *(
        Divergence(
            law=law,
            answer="refused",
            kind="by design",
            reason="stateless_apply() is given the values of just those variables that the optimizer was built with: "
            "once one is frozen, trainable_variables are fewer, and another optimizer has to be made.",
            source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/optimizers/base_optimizer.py",
            versions=_KERAS,
        )
        for law in ("training.momentum_over_a_pause", "training.adam_counts")
    ),
    Divergence(
        law="access.tensor_is_a_view",
        answer="a copy",
        kind="by design",
        reason="An array of JAX never changes: a variable that is assigned to holds another array from then on.",
        source="https://github.com/keras-team/keras/blob/v3.15.1/keras/src/backend/jax/core.py",
        versions=_KERAS,
    ),
    Divergence(
        law="training.slope_at_zero[leaky_relu]",
        answer="that above",
        kind="by design",
        reason="LeakyReLU is jax.nn.leaky_relu() on this backend, which is jnp.where(x >= 0, x, negative_slope * x).",
        source="https://github.com/jax-ml/jax/blob/jax-v0.10.2/jax/_src/nn/functions.py",
        versions=_KERAS,
    ),
    Divergence(
        law="training.id_past_the_table",
        answer="NaN",
        kind="by design",
        reason="An Embedding takes rows with jnp.take(), which fills in NaN for an index that is out of bounds.",
        source="https://docs.jax.dev/en/latest/_autosummary/jax.numpy.take.html",
        versions=_KERAS,
    ),
    Divergence(
        law="training.backward_twice",
        answer="ok",
        kind="by design",
        reason="What jax.vjp() returns is a function, which may be called as often as one likes.",
        source="https://docs.jax.dev/en/latest/_autosummary/jax.vjp.html",
        versions=_KERAS,
    ),
)
