"""Bugs planted in the installed MXNet's dropout."""

from __future__ import annotations

from mxnet import autograd, nd

from specs.layers import Dropout
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("training.dropout_mask")
@reaches(Dropout)
def rows_share_one_mask() -> Planted:
    """The same numbers of each row are dropped."""
    return around(nd, "Dropout", lambda dropout, inputs, axes, **named: dropout(inputs, axes=(0,), **named))


@breaks("training.dropout_mask")
@reaches(Dropout)
def rates_are_a_little_more() -> Planted:
    """A dropout drops one number in a hundred more than its rate says, and scales by its rate."""

    def dropped(dropout, inputs, p, **named):
        ones = dropout(nd.ones_like(inputs), p=p + 0.01, **named)
        return inputs * (ones > 0) / (1 - p) if autograd.is_training() else inputs

    return around(nd, "Dropout", dropped)


@breaks("training.dropout_gradient", answer="all")
@reaches(Dropout)
def gradients_are_not_dropped() -> Planted:
    """The gradient comes back through all numbers, dropped ones too."""

    def dropped(dropout, inputs, **named):
        still = nd.BlockGrad(inputs)
        return dropout(still, **named) + (inputs - still)

    return around(nd, "Dropout", dropped)
