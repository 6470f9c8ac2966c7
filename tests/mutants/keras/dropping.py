"""Bugs planted in the installed Keras' dropout."""

from __future__ import annotations

from keras.src import backend

from specs.layers import Dropout
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("training.dropout_draws_anew")
@reaches(Dropout)
def one_mask_for_all() -> Planted:
    """A dropout drops the same numbers in each pass."""

    def dropped(dropout, inputs, rate, noise_shape=None, seed=None):
        return dropout(inputs, rate, noise_shape=noise_shape, seed=1)

    return around(backend.random, "dropout", dropped)
