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
        reason="nn.init works in place on values, and a lazy parameter has none: initialize after the first forward pass.",
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
        reason="A layer's own bias_initializer, 'zeros' unless it is told otherwise, goes before the network's initializer.",
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

KERAS: Tuple[Divergence, ...] = ()
