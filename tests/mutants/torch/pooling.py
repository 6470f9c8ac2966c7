"""Bugs planted in the installed PyTorch's pooling."""

from __future__ import annotations

from typing import Any, Callable

from torch.nn import functional

from specs.layers import AveragePooling, GlobalPooling, MaxPooling
from tests.mutants.patches import Planted, around, together
from tests.mutants.registry import PLAIN, breaks, raises, reaches


def pooled(name: str, changed: Callable[..., Any]) -> Planted:
    """Pooling of 1 to 3 dimensions, changed."""
    return together(*(around(functional, f"{name}_pool{dimensions}d", changed) for dimensions in (1, 2, 3)))


@breaks("training.output_value[max_pooling]", "training.gradient_value[max_pooling]")
@reaches(MaxPooling)
def magnitudes_are_pooled() -> Planted:
    """The largest magnitude is taken for the largest number."""
    return pooled("max", lambda pool, inputs, *given, **named: pool(inputs.abs(), *given, **named))


@breaks("training.output_value[average_pooling]", "training.gradient_value[average_pooling]")
@reaches(AveragePooling)
def pads_always_count() -> Planted:
    """What is padded is counted by every average."""

    def counted(pool, inputs, window, strides, pads, ceil, counts, *more):
        return pool(inputs, window, strides, pads, ceil, True, *more)

    return pooled("avg", counted)


@breaks("training.output_value[global_pooling]", "training.gradient_value[global_pooling]")
@reaches(GlobalPooling)
def averages_are_large() -> Planted:
    """A global average is a thousandth too large."""
    return pooled("adaptive_avg", lambda pool, inputs, size: 1.001 * pool(inputs, size))


@breaks("training.output_value[average_pooling]", answer=(*PLAIN, "wrong_shape"))
@reaches(AveragePooling)
@raises("wrong_shape")
def places_are_rounded_down() -> Planted:
    """The number of places of a pooling is rounded down, whatever it is told."""

    def down(pool, inputs, window, strides, pads, ceil, *more):
        return pool(inputs, window, strides, pads, False, *more)

    return pooled("avg", down)
