"""Bugs planted in what the installed Keras loads of a file that does not fit."""

from __future__ import annotations

import keras

from specs.programs.operations import DeepCopy, Load
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("persistence.load_despite_missing", answer="no_such_parameter")
@breaks("persistence.load_despite_shapes", "persistence.despite_names_refuses_shapes", answer="wrong_shape")
@reaches(Load)
def nothing_is_skipped() -> Planted:
    """A load raises for what does not fit, whatever is asked for."""
    return around(keras.Model, "load_weights", lambda load, self, file, skip_mismatch=False: load(self, file))


@breaks("persistence.load_despite_missing")
@reaches(Load)
def skipping_skips_all() -> Planted:
    """A load that skips what does not fit loads nothing."""

    def loaded(load, self, file, skip_mismatch=False):
        if not skip_mismatch:
            load(self, file)

    return around(keras.Model, "load_weights", loaded)


@breaks("persistence.load_despite_extra")
@reaches(Load)
def what_is_besides_ends_the_load() -> Planted:
    """A load without a flag leaves the last layer as it was."""

    def loaded(load, self, file, skip_mismatch=False):
        kept = self.weights[-1].numpy()
        load(self, file, skip_mismatch)
        self.weights[-1].assign(kept)

    return around(keras.Model, "load_weights", loaded)


@breaks("persistence.load_despite_shapes", answer="as expected")
@reaches(Load, DeepCopy)
def variables_are_skipped_one_by_one() -> Planted:
    """Of a layer that does not fit, those variables that fit are loaded."""

    def loaded(load, self, store):
        for name, variable in enumerate((self._kernel, self.bias)):
            if str(name) in store and variable is not None and store[str(name)].shape == variable.shape:
                variable.assign(store[str(name)])
        load(self, store)

    return around(keras.layers.Dense, "load_own_variables", loaded)
