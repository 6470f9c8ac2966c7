"""Bugs planted in the installed Keras' initializer of an identity."""

from __future__ import annotations

import keras

from specs.initializers import Identity
from tests.mutants.patches import Planted, around, instead
from tests.mutants.registry import breaks, reaches


@breaks("initialization.identity")
@reaches(Identity)
def gain_is_forgotten() -> Planted:
    """An identity has no gain."""

    def called(call, self, shape, dtype=None):
        with instead(self, "gain", 1.0):
            return call(self, shape, dtype)

    return around(keras.initializers.Identity, "__call__", called)


@breaks("initialization.identity_of_gates[lstm.recurrent_weight]", answer="the output gate")
@breaks("initialization.identity_of_gates[gru.recurrent_weight]", answer="the candidate")
@reaches(Identity)
def identities_end_below() -> Planted:
    """The identity ends in the last corner of a matrix, where it should begin in the first."""
    return around(
        keras.initializers.Identity, "__call__", lambda call, *given, **named: keras.ops.flip(call(*given, **named))
    )


@breaks("persistence.clone_has_its_gain", answer="yes")
@reaches(Identity)
def gain_is_kept() -> Planted:
    """The configuration of an identity has its gain."""
    return instead(keras.initializers.Identity, "get_config", lambda self: {"gain": self.gain})
