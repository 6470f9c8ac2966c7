"""Bugs planted in the installed PyTorch's dropout."""

from __future__ import annotations

import torch
from torch.nn import functional

from specs.layers import Dropout
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("training.dropout_scale", answer="as they are")
@reaches(Dropout)
def what_stays_is_not_scaled() -> Planted:
    """What a dropout keeps stays as it is."""

    def dropped(dropout, inputs, rate, training, inplace):
        return dropout(inputs, rate, training, inplace) * ((1 - rate) if training else 1)

    return around(functional, "dropout", dropped)


@breaks("training.dropout_rate", answer="kept")
@breaks("training.dropout_scale", answer="other")
@reaches(Dropout)
def rates_are_kept() -> Planted:
    """The rate of a dropout is the share that it keeps."""
    return around(functional, "dropout", lambda dropout, inputs, rate, *given: dropout(inputs, 1 - rate, *given))


@breaks("training.dropout_mask")
@reaches(Dropout)
def rates_are_a_little_more() -> Planted:
    """A dropout drops one number in a hundred more than its rate says, and scales by its rate."""

    def dropped(dropout, inputs, rate, training, inplace):
        outputs = dropout(inputs, rate + 0.01, training, inplace)
        return outputs * ((1 - rate - 0.01) / (1 - rate)) if training else outputs

    return around(functional, "dropout", dropped)


@breaks("training.dropout_mask")
@reaches(Dropout)
def rows_are_dropped_whole() -> Planted:
    """All numbers of a row are dropped, or none."""

    def dropped(dropout, inputs, rate, training, inplace):
        return inputs * dropout(torch.ones_like(inputs[:, :1]), rate, training, inplace)

    return around(functional, "dropout", dropped)


@breaks("training.dropout_gradient", answer="all")
@reaches(Dropout)
def gradients_are_not_dropped() -> Planted:
    """The gradient comes back through all numbers, dropped ones too."""

    def dropped(dropout, inputs, *given):
        return dropout(inputs.detach(), *given) + (inputs - inputs.detach())

    return around(functional, "dropout", dropped)
