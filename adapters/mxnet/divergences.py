"""Where MXNet Gluon differs from the specification: its answer, who chose it, why, and the source of that."""

from __future__ import annotations

from typing import Tuple

from specs.divergences import Divergence

_GLUON = "mxnet>=1.3.1,<=1.9.1"

GLUON: Tuple[Divergence, ...] = (
    Divergence(
        law="access.read_after_build",
        answer="not_ready",
        kind="by design",
        reason="Construction declares parameters; initialize() is what gives them values.",
        source="https://github.com/apache/mxnet/issues/9226",
        versions=_GLUON,
    ),
    Divergence(
        law="access.buffers_listed",
        answer="yes",
        kind="by design",
        reason="Running statistics are parameters like any other, with grad_req='null'.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/nn/basic_layers.py",
        versions=_GLUON,
    ),
    Divergence(
        law="access.count_of_buffers",
        answer="counted",
        kind="by design",
        reason="collect_params() holds running statistics too; who counts what is trained has to look at grad_req.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/nn/basic_layers.py",
        versions=_GLUON,
    ),
    Divergence(
        law="access.gradient_before_backward",
        answer="zeros",
        kind="by design",
        reason="initialize() allocates a gradient buffer of zeros beside each parameter's data.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/parameter.py",
        versions=_GLUON,
    ),
    Divergence(
        law="persistence.cast_norms",
        answer="unchanged",
        kind="by design",
        reason="BatchNorm.cast() takes float16 for float32: scale, bias and statistics keep their precision, while "
        "net.cast('float16') rounds those of all other layers.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/nn/basic_layers.py",
        versions=_GLUON,
    ),
    Divergence(
        law="initialization.default[dense.weight]",
        answer="U(-0.07, 0.07)",
        kind="by design",
        reason="Block.initialize() uses init.Uniform(), whose scale is 0.07, whatever the layer's fans.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        versions=_GLUON,
    ),
    Divergence(
        law="initialization.default[embedding.weight]",
        answer="U(-0.07, 0.07)",
        kind="by design",
        reason="Block.initialize() uses init.Uniform(), whose scale is 0.07, whatever the layer.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        versions=_GLUON,
    ),
    Divergence(
        law="initialization.default[convolution.weight]",
        answer="U(-0.07, 0.07)",
        kind="by design",
        reason="Block.initialize() uses init.Uniform(), whose scale is 0.07, whatever the layer's fans.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        versions=_GLUON,
    ),
    *(
        Divergence(
            law=f"initialization.default[{role}]",
            answer="U(-0.07, 0.07)",
            kind="by design",
            reason="Block.initialize() uses init.Uniform(), whose scale is 0.07, whatever the layer's fans.",
            source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
            versions=_GLUON,
        )
        for role in (
            "transposed_convolution.weight",
            "depthwise_convolution.weight",
            "separable_convolution.depthwise_weight",
            "separable_convolution.pointwise_weight",
            "self_attention.query_weight",
            "self_attention.key_weight",
            "self_attention.value_weight",
            "self_attention.output_weight",
        )
    ),
    Divergence(
        law="initialization.he_uniform[transposed_convolution.weight]",
        answer="by fan_out",
        kind="by design",
        reason="Xavier takes the second axis of any weight for the inputs: here it is the outputs.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        versions=_GLUON,
    ),
    *(
        Divergence(
            law=f"initialization.default[{kind}.{role}]",
            answer="U(-0.07, 0.07)",
            kind="by design",
            reason="Block.initialize() uses init.Uniform(), whose scale is 0.07, whatever the layer's fans.",
            source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
            versions=_GLUON,
        )
        for kind in ("lstm", "gru", "rnn")
        for role in ("input_weight", "recurrent_weight")
    ),
    Divergence(
        law="initialization.everything_reaches_biases",
        answer="left at zero",
        kind="by design",
        reason="A layer's own bias_initializer, 'zeros' unless told otherwise, goes before the network's initializer.",
        source="https://github.com/apache/mxnet/issues/14490",
        versions=_GLUON,
    ),
    *(
        Divergence(
            law=f"initialization.everything_reaches[{kind}]",
            answer=answer,
            kind="by design",
            reason="A parameter that was made with an initializer of its own, as biases, scales and slopes are, is "
            "filled by that one: the one given to initialize() is for those without.",
            source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/parameter.py",
            versions=_GLUON,
        )
        for answer, kinds in (
            ("nothing of it", ("prelu", "batch_norm", "layer_norm", "instance_norm")),
            ("its weights alone", ("convolution", "transposed_convolution", "depthwise_convolution")),
            ("its weights alone", ("separable_convolution", "lstm", "gru", "rnn", "self_attention")),
        )
        for kind in kinds
    ),
    Divergence(
        law="initialization.xavier_on[embedding]",
        answer="ok",
        kind="by design",
        reason="Of any array with two axes, the second is taken for the inputs and the first for the outputs.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        versions=_GLUON,
    ),
    Divergence(
        law="initialization.given_after_construction",
        answer="the layer's own",
        kind="by design",
        reason="The initializer given to initialize() is a default, for parameters without one of their own.",
        source="https://github.com/apache/mxnet/issues/5677",
        versions=_GLUON,
    ),
    Divergence(
        law="initialization.plain_again",
        answer="ignored",
        kind="by design",
        reason="initialize() leaves initialized parameters as they are, and warns; force_reinit=True draws again.",
        source="https://github.com/apache/mxnet/pull/11434",
        versions=_GLUON,
    ),
    Divergence(
        law="initialization.neighbouring_seeds",
        answer="many",
        kind="upstream bug",
        reason="A seed s starts 1,024 generators with 127 s, 127 s + 1, ..., each of which draws 64 elements at least: "
        "those of the next seed are the same but for 127. Draws from 8,128 elements up share most of them.",
        source="https://github.com/apache/mxnet/issues/10369",
        versions=_GLUON,
    ),
    Divergence(
        law="persistence.clone_learns",
        answer="refused",
        kind="upstream bug",
        reason="A deep copy of an NDArray has no gradient attached, so the clone's graph is not recorded.",
        source="https://github.com/apache/mxnet/issues/14391",
        versions=_GLUON,
    ),
    *(
        Divergence(
            law=f"persistence.{law}",
            answer="ok",
            kind="not offered upstream",
            reason="A Block has no call that takes another's values: one walks through both lists of parameters with "
            "set_data(), and zip() ends where the shorter list does.",
            source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/parameter.py",
            versions=_GLUON,
        )
        for law in ("copy_values_more_layers", "copy_values_fewer_layers")
    ),
    Divergence(
        law="persistence.refused_load_changes_nothing",
        answer="no",
        kind="by design",
        reason="load_parameters() compares names first, and then loads one parameter after the other: "
        "those before the first of another shape have the file's values when that raises.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/block.py",
        versions=_GLUON,
    ),
    *(
        Divergence(
            law=f"training.{law}",
            answer="ok",
            kind="by design",
            reason="The gradient of a dense layer takes a cotangent's memory for that of an array of the due shape.",
            source="https://github.com/apache/mxnet/blob/1.3.1/src/operator/nn/fully_connected-inl.h",
            versions="mxnet>=1.3.1,<=1.4.1",
        )
        for law in ("wrong_cotangent", "larger_cotangent")
    ),
    Divergence(
        law="training.wrong_cotangent_of_activation",
        answer="ok",
        kind="by design",
        reason="Operators that work element by element take as many numbers of a cotangent as there are outputs.",
        source="https://github.com/apache/mxnet/blob/1.5.1/src/imperative/imperative.cc",
        versions="mxnet>=1.3.1,<=1.6.0",
    ),
    Divergence(
        law="sharing.tie_after_build",
        answer="refused",
        kind="by design",
        reason="Assigning to a parameter attribute is refused: parameters are shared by params= at construction.",
        source="https://github.com/apache/mxnet/issues/8943",
        versions=_GLUON,
    ),
    Divergence(
        law="training.statistics_move",
        answer="in the backward pass",
        kind="by design",
        reason="The forward pass keeps the batch's mean and variance, and the backward pass moves the running ones.",
        source="https://github.com/apache/mxnet/blob/1.9.1/src/operator/nn/batch_norm.cc",
        versions=_GLUON,
    ),
    Divergence(
        law="training.statistics_of_frozen_roles",
        answer="no",
        kind="by design",
        reason="The backward pass moves running statistics, and it ends before a layer below which nothing is trained.",
        source="https://github.com/apache/mxnet/issues/18673",
        versions=_GLUON,
    ),
    Divergence(
        law="access.names_of_another",
        answer="no",
        kind="by design",
        reason="A prefix counts the blocks of a kind in the process: dense0_, dense1_. save_parameters() does without.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/block.py",
        versions=_GLUON,
    ),
    Divergence(
        law="initialization.unused_layer",
        answer="the same",
        kind="by design",
        reason="Construction declares parameters; what is never initialized draws nothing.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/block.py",
        versions=_GLUON,
    ),
    *(
        Divergence(
            law=f"access.axes[{weight}]",
            answer=answer,
            kind="by design",
            reason=reason,
            source=f"https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/{module}.py",
            versions=_GLUON,
        )
        for weights, answer, module, reason in (
            (
                ("depthwise_convolution.weight", "separable_convolution.depthwise_weight"),
                "(in multiplier) window",
                "nn/conv_layers",
                "A depthwise convolution is one of as many groups as channels: its filters stand behind each other.",
            ),
            (
                [f"{kind}.{side}_weight" for kind in ("lstm", "gru") for side in ("input", "recurrent")],
                "(gate out) in",
                "rnn/rnn_layer",
                "The weights of all gates are one matrix, gate by gate.",
            ),
            (
                [f"self_attention.{part}_weight" for part in ("query", "key", "value")],
                "(head dim) in",
                "nn/basic_layers",
                "Attention is written with nn.Dense here: the heads stand behind each other.",
            ),
            (
                ["self_attention.output_weight"],
                "out (head dim)",
                "nn/basic_layers",
                "Attention is written with nn.Dense here: the heads stand behind each other.",
            ),
        )
        for weight in weights
    ),
    Divergence(
        law="training.statistics_of_reuse",
        answer="the last one first",
        kind="by design",
        reason="The backward pass moves running statistics, and it goes through the uses from the last to the first.",
        source="https://github.com/apache/mxnet/blob/1.9.1/src/operator/nn/batch_norm.cc",
        versions=_GLUON,
    ),
    *(
        Divergence(
            law=law,
            answer=answer,
            kind="by design",
            reason="A Block registers blocks that are assigned to it, and none in a list: nothing initializes these. "
            "collect_params() warns of them.",
            source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/block.py",
            versions=_GLUON,
        )
        for law, answer in (
            ("access.plain_list_listed", "no"),
            ("training.plain_list_learns", "not_ready"),
            ("persistence.plain_list_saved", "not_ready"),
        )
    ),
    Divergence(
        law="sharing.statistics_of_tied",
        answer="the last one first",
        kind="by design",
        reason="The backward pass moves running statistics, and it goes through the layers from the last to the first.",
        source="https://github.com/apache/mxnet/blob/1.9.1/src/operator/nn/batch_norm.cc",
        versions=_GLUON,
    ),
    Divergence(
        law="training.step_before_backward",
        answer="refused",
        kind="by design",
        reason="Trainer.step() raises its warning about stale gradients, unless told ignore_stale_grad=True.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/trainer.py",
        versions=_GLUON,
    ),
    Divergence(
        law="training.frozen_gradient",
        answer="refused",
        kind="by design",
        reason="With grad_req='null' there is no gradient buffer, and asking for it raises.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/parameter.py",
        versions=_GLUON,
    ),
    *(
        Divergence(
            law=f"training.biases_alone[{kind}]",
            answer="zeros",
            kind="upstream bug",
            reason="With oneDNN, which the package is built with since 1.7, FullyConnected computes a bias' gradient "
            "beside its weight's, and neither if the weight has grad_req='null'. What was in memory stays: zeros, or "
            "anything where the bias is used more than once, as by an LSTMCell.",
            source="https://github.com/apache/mxnet/blob/1.9.1/src/operator/nn/mkldnn/mkldnn_fully_connected.cc",
            versions="mxnet>=1.7.0,<=1.9.1",
        )
        for kind in ("dense", "self_attention")
    ),
    Divergence(
        law="training.selu_gradient",
        answer="scale (alpha + y)",
        kind="upstream bug",
        reason="selu_grad() multiplies the output by the scale once more, and the operator's own test does the same: "
        "gradients through units below zero are too small, and far below of the wrong sign.",
        source="https://github.com/apache/mxnet/blob/1.9.1/src/operator/mshadow_op.h",
        versions=_GLUON,
    ),
    Divergence(
        law="training.windows_behind_the_input",
        answer="yes",
        kind="by design",
        reason="ceil_mode=True rounds the number of places up, whatever the last window then sees: where that is "
        "nothing, MaxPool gives -3.4e38 and AvgPool 0.",
        source="https://github.com/apache/mxnet/blob/1.9.1/src/operator/nn/pooling.cc",
        versions=_GLUON,
    ),
    Divergence(
        law="training.adam",
        answer="to the root before its correction",
        kind="by design",
        reason="The correction goes into the learning rate, and epsilon beside the root as it is.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/optimizer/optimizer.py",
        versions=_GLUON,
    ),
    Divergence(
        law="training.gradient_after_reset",
        answer="zeros",
        kind="by design",
        reason="A gradient is an array beside the parameter's: zero_grad() fills it with zeros.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/parameter.py",
        versions=_GLUON,
    ),
    Divergence(
        law="initialization.bare[normal]",
        answer="N(0, 0.01²)",
        kind="by design",
        reason="Normal() has sigma=0.01.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        versions=_GLUON,
    ),
    Divergence(
        law="initialization.bare[uniform]",
        answer="U(±0.07)",
        kind="by design",
        reason="Uniform() has scale=0.07.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        versions=_GLUON,
    ),
    Divergence(
        law="initialization.bare[he]",
        answer="N(0, (2 / 1.0625) / average of the fans)",
        kind="by design",
        reason="MSRAPrelu() has factor_type='avg' and slope=0.25: the gain of a leaky rectifier, by both fans.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        versions=_GLUON,
    ),
    Divergence(
        law="initialization.gain_without_slope",
        answer="0.25",
        kind="by design",
        reason="MSRAPrelu has slope=0.25, what PReLU starts from: 0 is that of a rectifier.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        versions=_GLUON,
    ),
    Divergence(
        law="initialization.bare[orthogonal]",
        answer="1.414 times singular vectors of a uniform matrix",
        kind="by design",
        reason="Orthogonal() has scale=1.414 and rand_type='uniform': it takes singular vectors of uniform draws.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        versions=_GLUON,
    ),
    Divergence(
        law="initialization.bilinear",
        answer="between the rows",
        kind="upstream bug",
        reason="Bilinear() works out the row of an element with /, which rounds down in Python 2 and not in Python 3.",
        source="https://github.com/apache/mxnet/pull/12983",
        versions="mxnet>=1.3.1,<=1.4.1",
    ),
    Divergence(
        law="initialization.bilinear_of_oblong_windows",
        answer="the width, between the rows",
        kind="upstream bug",
        reason="Bilinear() works out half of the width, and its middle, and takes these for the height as well; the "
        "row of an element it works out with /, which does not round down in Python 3.",
        source="https://github.com/apache/mxnet/pull/12983",
        versions="mxnet>=1.3.1,<=1.4.1",
    ),
    Divergence(
        law="initialization.bilinear_of_oblong_windows",
        answer="the width",
        kind="upstream bug",
        reason="Bilinear() works out half of the width, and its middle, and takes these for the height as well.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        versions="mxnet>=1.5.0,<=1.9.1",
    ),
    Divergence(
        law="initialization.bilinear_of_volumes",
        answer="ok",
        kind="upstream bug",
        reason="Bilinear() looks at the third and the fourth axis of a weight, and raises only where there are none.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        versions=_GLUON,
    ),
    Divergence(
        law="initialization.orthogonal",
        answer="gain times singular vectors of a uniform matrix",
        kind="by design",
        reason="Orthogonal(scale) has rand_type='uniform': singular vectors of uniform draws are not uniform "
        "among orthogonal matrices.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        versions=_GLUON,
    ),
    Divergence(
        law="access.bare_norm_lists",
        answer="not trained",
        kind="by design",
        reason="center and scale set the grad_req of beta and gamma to 'null': both are there, listed, counted and "
        "saved.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/nn/basic_layers.py",
        versions=_GLUON,
    ),
    Divergence(
        law="access.default_affine[instance_norm]",
        answer="bias",
        kind="by design",
        reason="InstanceNorm() has center=True and scale=False: its gamma is there, with grad_req='null'.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/nn/basic_layers.py",
        versions=_GLUON,
    ),
    Divergence(
        law="training.id_past_the_table",
        answer="the nearest row",
        kind="by design",
        reason="Embedding takes an id past the last row for that of the last row, and says so in its documentation.",
        source="https://github.com/apache/mxnet/blob/1.9.1/src/operator/tensor/indexing_op.h",
        versions=_GLUON,
    ),
    Divergence(
        law="training.negative_id",
        answer="the nearest row",
        kind="by design",
        reason="Embedding takes an id below 0 for 0.",
        source="https://github.com/apache/mxnet/blob/1.9.1/src/operator/tensor/indexing_op.h",
        versions=_GLUON,
    ),
    *(
        Divergence(
            law=f"training.{rule}_after_tie",
            answer="refused",
            kind="by design",
            reason="Assigning to a parameter attribute is refused: parameters are shared by params= at construction.",
            source="https://github.com/apache/mxnet/issues/8943",
            versions=_GLUON,
        )
        for rule in ("momentum", "adam")
    ),
    Divergence(
        law="training.momentum_at_another_rate",
        answer="that of their time",
        kind="by design",
        reason="sgd_mom_update multiplies a velocity by the momentum, gives it the gradient times the learning rate, "
        "and adds it to the parameter: a new rate does not reach what is in it.",
        source="https://github.com/apache/mxnet/blob/1.9.1/src/operator/optimizer_op-inl.h",
        versions=_GLUON,
    ),
)
