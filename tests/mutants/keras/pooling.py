"""Bugs planted in the installed Keras' pooling."""

from __future__ import annotations

import keras
from keras.src import ops

from specs.layers import AveragePooling, GlobalPooling, MaxPooling
from tests.mutants.patches import Planted, around, together
from tests.mutants.registry import breaks, reaches


@breaks(
    *(
        f"training.{asked}[{kind.kind}]"
        for asked in ("output_value", "gradient_value")
        for kind in (MaxPooling, AveragePooling)
    )
)
@reaches(MaxPooling, AveragePooling)
def magnitudes_are_pooled() -> Planted:
    """Windows see magnitudes of numbers."""

    def pooled(pool, inputs, *given, **named):
        return pool(ops.abs(inputs), *given, **named)

    return together(around(ops, "max_pool", pooled), around(ops, "average_pool", pooled))


@breaks("training.output_value[global_pooling]", "training.gradient_value[global_pooling]")
@reaches(GlobalPooling)
def averages_are_large() -> Planted:
    """A global average is a thousandth too large."""
    classes = (
        keras.layers.GlobalAveragePooling1D,
        keras.layers.GlobalAveragePooling2D,
        keras.layers.GlobalAveragePooling3D,
    )
    return together(
        *(around(one, "call", lambda call, *given, **named: 1.001 * call(*given, **named)) for one in classes)
    )
