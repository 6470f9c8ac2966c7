"""Bugs planted in the installed Gluon's pooling."""

from __future__ import annotations

from mxnet import nd

from specs.layers import AveragePooling, GlobalPooling, MaxPooling
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, raises, reaches

KINDS = (MaxPooling, AveragePooling, GlobalPooling)


@breaks(*(f"training.{asked}[{kind.kind}]" for asked in ("output_value", "gradient_value") for kind in KINDS))
@reaches(*KINDS)
def statistics_are_swapped() -> Planted:
    """A pooling averages where it should take the largest number, and the other way round."""
    swapped = {"avg": "max", "max": "avg"}

    def pooled(pool, inputs, **named):
        return pool(inputs, **{**named, "pool_type": swapped[named["pool_type"]]})

    return around(nd, "Pooling", pooled)


@breaks("training.windows_behind_the_input", answer="no")
@reaches(MaxPooling, AveragePooling)
@raises("wrong_shape")
def places_are_rounded_down() -> Planted:
    """The number of places of a pooling is rounded down, whatever it is told."""
    return around(nd, "Pooling", lambda pool, inputs, **named: pool(inputs, **{**named, "pooling_convention": "valid"}))
