"""Bugs planted in what the installed Keras copies between networks in memory."""

from __future__ import annotations

import keras

from specs.programs.operations import CopyValues
from tests.mutants.patches import Planted, around, together
from tests.mutants.registry import breaks, reaches


@breaks("persistence.copied_values")
@breaks("persistence.copy_values_more_layers", "persistence.copy_values_fewer_layers", answer="ok")
@breaks("persistence.copy_values_other_shapes", answer="ok")
@reaches(CopyValues)
def weights_that_fit_are_set() -> Planted:
    """Of a list of weights those that fit are set, but for the last, and nothing is said of the others."""

    def given(_, self, weights):
        for variable, value in list(zip(self.weights, weights))[:-1]:
            if variable.shape == value.shape:
                variable.assign(value)

    return around(keras.Model, "set_weights", given)


@breaks("persistence.copied_values_are_a_copy")
@reaches(CopyValues)
def weights_given_are_followed() -> Planted:
    """What is given a network's weights holds the same numbers: a write to either is seen in both."""
    asked = []

    def taken(get, self):
        asked.append(self)
        return get(self)

    def followed(put, self, weights):
        put(self, weights)
        for ours, theirs in zip(self.weights, asked[-1].weights):
            ours._value = theirs._value

    return together(around(keras.Model, "get_weights", taken), around(keras.Model, "set_weights", followed))
