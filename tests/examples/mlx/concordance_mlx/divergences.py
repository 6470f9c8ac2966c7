"""What MLX answers otherwise than specified, with reason and source."""

from __future__ import annotations

from typing import Tuple

from specs.divergences import Divergence

_DOCS = "https://ml-explore.github.io/mlx/build/html"
_SOURCE = "https://github.com/ml-explore/mlx/blob/v0.32.4/python/mlx"
_MODULE = f"{_SOURCE}/nn/layers/base.py"
_OPTIMIZERS = f"{_SOURCE}/optimizers/optimizers.py"
_STRICT = "load_weights() has one flag for all: with strict=False, it asks neither for names nor for shapes."
_ASSIGNED = "A parameter is an attribute of a module: another array is assigned to it, of whatever shape."
_REPLACED = "Arrays are values: a module is given other ones, and those that were read before stay as they were."
_RATES = "An optimizer's state has its learning rate and moments; momentum and betas are attributes of its own."


def _differs(law: str, answer: str, reason: str, source: str) -> Divergence:
    return Divergence(law, answer, "by design", reason, source, "mlx==0.32.4")


MLX: Tuple[Divergence, ...] = (
    _differs("access.tensor_is_a_view", "a copy", _REPLACED, _MODULE),
    _differs("writing.wrong_shape", "ok", _ASSIGNED, _MODULE),
    _differs("writing.broadcastable_shape", "ok", _ASSIGNED, _MODULE),
    _differs(
        "training.backward_twice",
        "ok",
        "Functions are differentiated, not passes: nn.value_and_grad() runs one anew whenever it is called.",
        f"{_DOCS}/usage/function_transforms.html",
    ),
    _differs(
        "training.step_before_backward",
        "refused",
        "An optimizer is handed gradients as a tree; there is none before a backward pass.",
        _OPTIMIZERS,
    ),
    _differs(
        "training.frozen_after_backward",
        "moves it",
        "freeze() says of which parameters gradients are taken; an optimizer moves those that it has a gradient of.",
        _MODULE,
    ),
    _differs(
        "training.adam_counts",
        "the optimizer's",
        "An optimizer has one count of its steps.",
        _OPTIMIZERS,
    ),
    _differs(
        "training.gradient_after_reset",
        "as it was",
        "A gradient is a value that the caller holds: there is nothing to reset.",
        f"{_DOCS}/usage/function_transforms.html",
    ),
    _differs(
        "training.slope_at_zero[leaky_relu]",
        "that above",
        "nn.leaky_relu is the maximum of its argument and slope times that; where both are equal, the slope is 1.",
        f"{_SOURCE}/nn/layers/activations.py",
    ),
    _differs("persistence.despite_extra_refuses_missing", "ok", _STRICT, _MODULE),
    _differs("persistence.despite_missing_refuses_extra", "ok", _STRICT, _MODULE),
    _differs("persistence.despite_names_refuses_shapes", "ok", _STRICT, _MODULE),
    _differs("persistence.load_keeps_objects", "no", _REPLACED, _MODULE),
    _differs("persistence.cast_keeps_parameters", "no", _REPLACED, _MODULE),
    _differs("persistence.optimizer_momentum", "its own", _RATES, _OPTIMIZERS),
    _differs("persistence.adam_betas", "its own", _RATES, _OPTIMIZERS),
)
