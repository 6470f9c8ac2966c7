"""Where Keras answers otherwise than the specification: the answer, who chose it, why, and where that is said."""

from __future__ import annotations

from typing import Tuple

from specs.divergences import Divergence

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
