"""Bugs planted in the installed Keras' dropout."""

from __future__ import annotations

from keras.src import backend, ops

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


@breaks("training.dropout_mask")
@reaches(Dropout)
def rates_are_a_little_more() -> Planted:
    """A dropout drops one number in a hundred more than its rate says, and scales by its rate."""

    def dropped(dropout, inputs, rate, noise_shape=None, seed=None):
        return dropout(inputs, rate + 0.01, noise_shape=noise_shape, seed=seed) * ((1 - rate - 0.01) / (1 - rate))

    return around(backend.random, "dropout", dropped)


@breaks("training.dropout_mask")
@reaches(Dropout)
def rows_share_one_mask() -> Planted:
    """The same numbers of each row are dropped."""

    def dropped(dropout, inputs, rate, noise_shape=None, seed=None):
        return dropout(inputs, rate, noise_shape=(1, *inputs.shape[1:]), seed=seed)

    return around(backend.random, "dropout", dropped)


@breaks("training.dropout_gradient", answer="all")
@reaches(Dropout)
def gradients_are_not_dropped() -> Planted:
    """The gradient comes back through all numbers, dropped ones too."""

    def dropped(dropout, inputs, rate, noise_shape=None, seed=None):
        still = ops.stop_gradient(inputs)
        return dropout(still, rate, noise_shape=noise_shape, seed=seed) + (inputs - still)

    return around(backend.random, "dropout", dropped)
