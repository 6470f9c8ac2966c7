"""Where PyTorch answers otherwise than the specification: the answer, who chose it, why, and where that is said."""

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
