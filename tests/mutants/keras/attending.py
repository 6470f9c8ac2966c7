"""Bugs planted in the installed Keras' attention."""

from __future__ import annotations

import keras
from keras.src import ops

from specs.layers import SelfAttention
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches

VALUES = ("training.output_value[self_attention]", "training.gradient_value[self_attention]")


def attending(changed) -> Planted:
    """Attention with its arguments changed."""
    return around(ops, "dot_product_attention", lambda attend, **named: attend(**{**named, **changed(**named)}))


@breaks(*VALUES)
@reaches(SelfAttention)
def scores_are_scaled_by_the_width() -> Planted:
    """Scores are divided by the width, not by its root."""
    return attending(lambda scale, **named: {"scale": scale**2})


@breaks("training.causal_mask[self_attention]", answer="itself and later ones")
@breaks(*VALUES)
@reaches(SelfAttention)
def masks_are_turned_round() -> Planted:
    """The mask is taken the other way round: a time sees itself and later ones."""

    def turned(query, is_causal, **named):
        times = query.shape[1]
        later = ops.triu(ops.ones((1, 1, times, times), dtype="bool"))
        return {"is_causal": False, "mask": later} if is_causal else {}

    return attending(turned)


@breaks("training.boolean_mask[self_attention]", answer="left out")
@breaks("training.float_mask[self_attention]", answer="other")
@reaches(SelfAttention)
def masks_leave_out() -> Planted:
    """What is true in a mask is left out."""
    return attending(lambda mask, **named: {} if mask is None else {"mask": ops.logical_not(mask)})


@breaks("training.masked_row[self_attention]", answer="zeros")
@reaches(SelfAttention)
def no_key_is_nothing() -> Planted:
    """A time that attends to no key gets zeros."""

    def attended(attend, mask=None, **named):
        outputs = attend(mask=mask, **named)
        return outputs if mask is None else ops.where(ops.any(mask, -1)[:, 0, :, None, None], outputs, 0.0)

    return around(ops, "dot_product_attention", attended)


@breaks(*VALUES)
@reaches(SelfAttention)
def values_are_those_of_the_next_head() -> Planted:
    """Each head takes the values of the next one."""
    return attending(lambda value, **named: {"value": ops.roll(value, 1, axis=2)})


@breaks(*(f"initialization.default[self_attention.{part}_weight]" for part in ("query", "key", "value", "output")))
@reaches(SelfAttention)
def fans_are_those_of_a_window() -> Planted:
    """Initializers of attention are not told which axes are inputs: they take the first one for a window."""
    return around(
        keras.layers.EinsumDense, "_update_kernel_initializer", lambda _, self, *axes: self.kernel_initializer
    )
