"""The registry of divergences: each framework's answers that are not the specification's, with reason and source."""

from __future__ import annotations

from typing import Tuple

from specs.divergences import Divergence

_TORCH = ("torch 2.13.0",)

TORCH: Tuple[Divergence, ...] = (
    Divergence(
        law="access.bias_before_first_forward",
        answer="not_ready",
        kind="by design",
        reason="A lazy layer keeps weight and bias uninitialized together, although the bias's shape is known.",
        source="https://github.com/pytorch/pytorch/pull/52212",
        versions=_TORCH,
    ),
    Divergence(
        law="access.listed_before_first_forward",
        answer="shape unknown",
        kind="by design",
        reason="An UninitializedParameter has no shape at all, not a shape with one unknown dimension; asking raises.",
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.UninitializedParameter.html",
        versions=_TORCH,
    ),
    Divergence(
        law="initialization.deferred",
        answer="not_ready",
        kind="by design",
        reason="nn.init works in place on values, and a lazy parameter has none: initialize after the first forward.",
        source="https://github.com/pytorch/pytorch/issues/65051",
        versions=_TORCH,
    ),
    Divergence(
        law="initialization.default_weight",
        answer="U(±1/√fan_in)",
        kind="by design",
        reason="nn.Linear draws with kaiming_uniform_(a=√5), whose bound works out as 1/√fan_in: kept from Lua Torch.",
        source="https://github.com/pytorch/pytorch/issues/57109",
        versions=_TORCH,
    ),
    Divergence(
        law="initialization.default_bias",
        answer="U(±1/√fan_in)",
        kind="by design",
        reason="nn.Linear draws the bias from the same bound as the weight, the weight's fan_in.",
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html",
        versions=_TORCH,
    ),
    Divergence(
        law="access.value_is_a_copy",
        answer="a view",
        kind="by design",
        reason="detach() and numpy() share the parameter's memory; clone() makes a copy.",
        source="https://docs.pytorch.org/docs/stable/generated/torch.Tensor.numpy.html",
        versions=_TORCH,
    ),
    Divergence(
        law="initialization.deferred_seed",
        answer="not_ready",
        kind="by design",
        reason="A lazy parameter cannot be initialized before the first forward pass at all.",
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.modules.lazy.LazyModuleMixin.html",
        versions=_TORCH,
    ),
    Divergence(
        law="training.second_backward",
        answer="added to",
        kind="by design",
        reason="backward() accumulates into .grad until zero_grad() is called.",
        source="https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html",
        versions=_TORCH,
    ),
    Divergence(
        law="writing.broadcastable_shape",
        answer="ok",
        kind="by design",
        reason="copy_() broadcasts its source to the parameter's shape, without a word.",
        source="https://docs.pytorch.org/docs/stable/generated/torch.Tensor.copy_.html",
        versions=_TORCH,
    ),
)

_GLUON = ("mxnet 1.9.1",)

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
        law="access.gradient_before_backward",
        answer="zeros",
        kind="by design",
        reason="initialize() allocates a gradient buffer of zeros beside each parameter's data.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/gluon/parameter.py",
        versions=_GLUON,
    ),
    Divergence(
        law="initialization.default_weight",
        answer="U(-0.07, 0.07)",
        kind="by design",
        reason="Block.initialize() uses init.Uniform(), whose scale is 0.07, whatever the layer's fans.",
        source="https://github.com/apache/mxnet/blob/1.9.1/python/mxnet/initializer.py",
        versions=_GLUON,
    ),
    Divergence(
        law="initialization.everything_reaches_biases",
        answer="left at zero",
        kind="by design",
        reason="A layer's own bias_initializer, 'zeros' unless told otherwise, goes before the network's initializer.",
        source="https://github.com/apache/mxnet/issues/14490",
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
    Divergence(
        law="sharing.tie_after_build",
        answer="refused",
        kind="by design",
        reason="Assigning to a parameter attribute is refused: parameters are shared by params= at construction.",
        source="https://github.com/apache/mxnet/issues/8943",
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
)

_KERAS = ("keras 3.15.1", "tensorflow 2.21.0")

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
        law="initialization.xavier_normal",
        answer="that normal cut at ±2σ, then scaled to that deviation",
        kind="by design",
        reason="GlorotNormal is VarianceScaling with distribution='truncated_normal'; 'untruncated_normal' exists.",
        source="https://keras.io/api/layers/initializers/#glorotnormal-class",
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
        law="sharing.tie_after_build",
        answer="refused",
        kind="by design",
        reason="A built layer takes no new state: share the layer, or write one that uses another's variable.",
        source="https://github.com/keras-team/keras/issues/18821",
        versions=_KERAS,
    ),
)
