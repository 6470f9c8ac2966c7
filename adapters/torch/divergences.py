"""Where PyTorch differs from the specification: its answer, who chose it, why, and the source of that."""

from __future__ import annotations

from typing import Tuple

from specs.divergences import Divergence

_TORCH = "torch==2.13.0"

#: Reasons for the convolutions that make up a separable convolution.
_DEPTHWISE = (
    "A depthwise convolution is a Conv of as many groups as channels, which draws weight and bias from U(±1/√fan_in) "
    "as any Conv does. A filter sees one channel, so fan_in is the number of places in its window."
)
_POINTWISE = (
    "The second half of a separable convolution is a Conv with a window of one place, which draws weight and bias from "
    "U(±1/√fan_in) as any Conv does; fan_in is the number of channels that the first half gives."
)

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
        law="persistence.cast_keeps_buffers",
        answer="no",
        kind="by design",
        reason="to(), half() and float() give a parameter new data, and put a new tensor in place of each buffer: a "
        "running mean that was looked up before is no longer the module's.",
        source="https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/modules/module.py",
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
        law="initialization.default[dense.weight]",
        answer="U(±1/√fan_in)",
        kind="by design",
        reason="nn.Linear draws with kaiming_uniform_(a=√5), whose bound works out as 1/√fan_in: kept from Lua Torch.",
        source="https://github.com/pytorch/pytorch/issues/57109",
        versions=_TORCH,
    ),
    Divergence(
        law="initialization.default[dense.bias]",
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
        reason="nn.init fills values, and a lazy parameter has none until it has a shape: by the first forward pass, "
        "by materialize() or by load_state_dict().",
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
    Divergence(
        law="initialization.default[convolution.weight]",
        answer="U(±1/√fan_in)",
        kind="by design",
        reason="Convolutions draw with kaiming_uniform_(a=√5) as nn.Linear does; fan_in counts one group's channels.",
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html",
        versions=_TORCH,
    ),
    Divergence(
        law="initialization.default[convolution.bias]",
        answer="U(±1/√fan_in)",
        kind="by design",
        reason="Convolutions draw the bias from the same bound as the weight.",
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html",
        versions=_TORCH,
    ),
    *(
        Divergence(
            law=f"initialization.default[transposed_convolution.{role}]",
            answer="U(±1/√fan_out)",
            kind="by design",
            reason="kaiming_uniform_ and the bias's bound take the second axis for the inputs: here it is the outputs.",
            source="https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/modules/conv.py",
            versions=_TORCH,
        )
        for role in ("weight", "bias")
    ),
    *(
        Divergence(
            law=f"initialization.default[{role}]",
            answer="U(±1/√fan_in)",
            kind="by design",
            reason=reason,
            source="https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/modules/conv.py",
            versions=_TORCH,
        )
        for role, reason in (
            ("depthwise_convolution.weight", _DEPTHWISE),
            ("depthwise_convolution.bias", _DEPTHWISE),
            ("separable_convolution.depthwise_weight", _DEPTHWISE),
            ("separable_convolution.pointwise_weight", _POINTWISE),
            ("separable_convolution.bias", _POINTWISE),
        )
    ),
    Divergence(
        law="initialization.he_uniform[transposed_convolution.weight]",
        answer="by fan_out",
        kind="by design",
        reason="fan_in is by the second axis of any weight, and that of a transposed convolution is its outputs.",
        source="https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/init.py",
        versions=_TORCH,
    ),
    *(
        Divergence(
            law=f"initialization.default[{name.lower()}.{role}]",
            answer="U(±1/√hidden)",
            kind="by design",
            reason=f"nn.{name} draws everything that it holds from one bound, by its hidden size, whatever comes in.",
            source=f"https://docs.pytorch.org/docs/stable/generated/torch.nn.{name}.html",
            versions=_TORCH,
        )
        for name in ("LSTM", "GRU", "RNN")
        for role in ("input_weight", "recurrent_weight", "bias", "recurrent_bias")
    ),
    *(
        Divergence(
            law=f"initialization.default[self_attention.{part}_{what}]",
            answer="U(±1/√fan_in)",
            kind="by design",
            reason="Attention of heads as wide as one likes is written with nn.Linear, whose defaults it has.",
            source="https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/modules/linear.py",
            versions=_TORCH,
        )
        for part in ("query", "key", "value", "output")
        for what in ("weight", "bias")
    ),
    Divergence(
        law="initialization.default[packed_self_attention.output_weight]",
        answer="U(±1/√fan_in)",
        kind="by design",
        reason="nn.MultiheadAttention draws in_proj_weight by Glorot, and leaves out_proj.weight as nn.Linear drew it.",
        source="https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/modules/activation.py",
        versions=_TORCH,
    ),
    *(
        Divergence(
            law=f"access.axes[{weight}]",
            answer=answer,
            kind="by design",
            reason=reason,
            source=f"https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/modules/{module}.py",
            versions=_TORCH,
        )
        for weights, answer, module, reason in (
            (
                ("depthwise_convolution.weight", "separable_convolution.depthwise_weight"),
                "(in multiplier) window",
                "conv",
                "A depthwise convolution is one of as many groups as channels: its filters stand behind each other.",
            ),
            (
                [f"{kind}.{side}_weight" for kind in ("lstm", "gru") for side in ("input", "recurrent")],
                "(gate out) in",
                "rnn",
                "The weights of all gates are one matrix, gate by gate: chunk() takes them apart.",
            ),
            (
                [f"self_attention.{part}_weight" for part in ("query", "key", "value")],
                "(head dim) in",
                "linear",
                "Attention of heads as wide as one likes is written with nn.Linear: the heads stand behind each other.",
            ),
            (
                ["self_attention.output_weight"],
                "out (head dim)",
                "linear",
                "Attention of heads as wide as one likes is written with nn.Linear: the heads stand behind each other.",
            ),
            (
                ["packed_self_attention.input_weight"],
                "(part head dim) in",
                "activation",
                "in_proj_weight has queries, keys and values behind each other, each of them head by head.",
            ),
        )
        for weight in weights
    ),
    *(
        Divergence(
            law=law,
            answer="no",
            kind="by design",
            reason="A Module registers modules that are assigned to it, and none within a list: nn.ModuleList is one.",
            source="https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/modules/module.py",
            versions=_TORCH,
        )
        for law in ("access.plain_list_listed", "training.plain_list_learns", "persistence.plain_list_saved")
    ),
    Divergence(
        law="sharing.second_backward",
        answer="added to",
        kind="by design",
        reason="backward() adds to .grad, of a shared parameter too: zero_grad() comes before each pass.",
        source="https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html",
        versions=_TORCH,
    ),
    Divergence(
        law="training.boolean_mask[packed_self_attention]",
        answer="left out",
        kind="by design",
        reason="In the attn_mask of nn.MultiheadAttention, True is a place that may not be attended to: the opposite "
        "of what it is in F.scaled_dot_product_attention.",
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html",
        versions=_TORCH,
    ),
    Divergence(
        law="initialization.truncated_normal_ends",
        answer="at -2 and 2",
        kind="by design",
        reason="trunc_normal_ has a=-2 and b=2, which are numbers, not deviations: with a small std nothing is cut. "
        "Give a=mean - 2 * std and b=mean + 2 * std for a normal that is cut at two deviations.",
        source="https://docs.pytorch.org/docs/stable/nn.init.html#torch.nn.init.trunc_normal_",
        versions=_TORCH,
    ),
    Divergence(
        law="training.frozen_after_backward",
        answer="moves it",
        kind="by design",
        reason="An optimizer steps every parameter whose .grad is not None, and requires_grad_(False) leaves .grad as "
        "it is: set it to None as well.",
        source="https://github.com/pytorch/pytorch/blob/v2.13.0/torch/optim/sgd.py",
        versions=_TORCH,
    ),
    Divergence(
        law="training.statistics_value",
        answer="the unbiased one",
        kind="by design",
        reason="The running variance is averaged over unbiased estimates, though the biased one normalizes the batch.",
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html",
        versions=_TORCH,
    ),
    Divergence(
        law="persistence.refused_load_changes_nothing",
        answer="no",
        kind="by design",
        reason="load_state_dict() copies what fits, module by module, and raises once it has gone through all of them.",
        source="https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/modules/module.py",
        versions=_TORCH,
    ),
    *(
        Divergence(
            law=f"persistence.{law}",
            answer="ok",
            kind="by design",
            reason="strict=False ignores missing and extra entries alike: which, load_state_dict() returns.",
            source="https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/modules/module.py",
            versions=_TORCH,
        )
        for law in ("despite_extra_refuses_missing", "despite_missing_refuses_extra")
    ),
    Divergence(
        law="training.default_epsilon[rms_norm]",
        answer="1.19e-7",
        kind="by design",
        reason="RMSNorm has eps=None, which is the epsilon of the inputs' dtype.",
        source="https://docs.pytorch.org/docs/stable/generated/torch.nn.RMSNorm.html",
        versions=_TORCH,
    ),
    *(
        Divergence(
            law=f"initialization.xavier_on[{kind}]",
            answer="ok",
            kind="by design",
            reason="Of any tensor with two axes, the second is taken for the inputs and the first for the outputs.",
            source="https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/init.py",
            versions=_TORCH,
        )
        for kind in ("embedding", "padded_embedding")
    ),
    Divergence(
        law="access.default_affine[instance_norm]",
        answer="none",
        kind="by design",
        reason="InstanceNorm2d() has affine=False; LazyInstanceNorm2d() has affine=True.",
        source="https://github.com/pytorch/pytorch/blob/v2.13.0/torch/nn/modules/instancenorm.py",
        versions=_TORCH,
    ),
)
