"""Bugs planted in the installed MXNet, in what attention is made of."""

from __future__ import annotations

from mxnet import nd

from adapters.mxnet.layers import AttentionToItself
from specs.layers import SelfAttention, Softmax
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches

VALUES = ("training.output_value[self_attention]", "training.gradient_value[self_attention]")


@breaks(*VALUES)
@reaches(SelfAttention, Softmax)
def sums_go_over_queries() -> Planted:
    """The weights of all times for one key add up to 1, not those of all keys for one time."""
    return around(nd, "softmax", lambda softmax, scores, axis: softmax(scores, axis=-2))


@breaks(*VALUES)
@reaches(SelfAttention)
def heads_are_times() -> Planted:
    """What is projected is cut into heads along the times."""

    def cut(by_head, self, projected):
        return projected.reshape((0, self.heads, -1, projected.shape[2] // self.heads)).reshape((-3, 0, 0))

    return around(AttentionToItself, "by_head", cut)


@breaks("training.causal_mask[self_attention]", answer="itself and later ones")
@breaks(*VALUES)
@reaches(SelfAttention)
def masks_are_turned_round() -> Planted:
    """The mask is taken the other way round: a time sees itself and later ones."""
    return around(nd, "broadcast_lesser_equal", lambda _, left, right: nd.broadcast_greater_equal(left, right))
