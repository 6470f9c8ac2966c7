"""Bugs planted in the installed PyTorch's dropout."""

from __future__ import annotations

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
