"""Bugs planted in the installed PyTorch's attention."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from specs.layers import PackedSelfAttention, SelfAttention
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches

KINDS = (SelfAttention, PackedSelfAttention)
VALUES = [f"training.{asked}[{kind.kind}]" for asked in ("output_value", "gradient_value") for kind in KINDS]


def attending(changed) -> Planted:
    """Attention with its arguments changed."""

    def attended(attend, query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, **named):
        return attend(*changed(query, key, value, attn_mask, is_causal), **named)

    return around(functional, "scaled_dot_product_attention", attended)


@breaks(*VALUES)
@reaches(*KINDS)
def scores_are_not_scaled() -> Planted:
    """Scores are not divided by the root of the width."""
    return attending(
        lambda query, key, value, mask, causal: (query * query.shape[-1] ** 0.5, key, value, mask, 0.0, causal)
    )


@breaks(*(f"training.causal_mask[{kind.kind}]" for kind in KINDS), answer="itself and later ones")
@breaks(*VALUES)
@reaches(*KINDS)
def earlier_times_are_hidden() -> Planted:
    """The mask is taken the other way round: a time sees itself and later ones."""

    def turned(query, key, value, mask, causal):
        if causal:
            times = query.shape[-2]
            mask, causal = torch.ones(times, times, dtype=torch.bool).triu(), False
        return query, key, value, mask, 0.0, causal

    return attending(turned)


@breaks("training.boolean_mask[self_attention]", answer="left out")
@reaches(SelfAttention)
def masks_leave_out() -> Planted:
    """What is true in a mask is left out."""

    def inverted(query, key, value, mask, causal):
        is_boolean = mask is not None and mask.dtype == torch.bool
        return query, key, value, ~mask if is_boolean else mask, 0.0, causal

    return attending(inverted)


@breaks(*(f"training.float_mask[{kind.kind}]" for kind in KINDS), answer="other")
@reaches(*KINDS)
def numbers_are_added_twice() -> Planted:
    """Numbers of a mask are added to the scores twice."""

    def twice(query, key, value, mask, causal):
        is_float = mask is not None and mask.dtype == torch.float32
        return query, key, value, 2 * mask if is_float else mask, 0.0, causal

    return attending(twice)


@breaks("training.masked_row[self_attention]", answer="NaN")
@reaches(SelfAttention)
def no_key_is_no_number() -> Planted:
    """A time that attends to no key gets zero over zero."""

    def attended(attend, query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, **named):
        outputs = attend(query, key, value, attn_mask, dropout_p, is_causal, **named)
        if attn_mask is not None and attn_mask.dtype == torch.bool:
            outputs = outputs / attn_mask.any(-1, keepdim=True) * attn_mask.any(-1, keepdim=True)
        return outputs

    return around(functional, "scaled_dot_product_attention", attended)


@breaks(*VALUES)
@reaches(*KINDS)
def keys_are_those_of_the_next_head() -> Planted:
    """The queries of each head are asked of the keys of the next one."""
    return attending(lambda query, key, value, mask, causal: (query, key.roll(1, 1), value, mask, 0.0, causal))


@breaks("initialization.default[packed_self_attention.input_weight]")
@reaches(PackedSelfAttention)
def packed_weights_are_drawn_as_three() -> Planted:
    """The packed weight is drawn as three matrices, each with fans of its own."""

    def reset(reset_parameters, self):
        reset_parameters(self)
        for part in self.in_proj_weight.chunk(3):
            nn.init.xavier_uniform_(part)

    return around(nn.MultiheadAttention, "_reset_parameters", reset)
