# ruff: noqa: ARG002  the interface gives every layer the same arguments
"""Bugs planted in the reference's pooling."""

from __future__ import annotations

import dataclasses
from typing import Any, List, Mapping, Tuple

import numpy as np

from specs.layers import AveragePooling, GlobalPooling, MaxPooling
from specs.layers.algebra import Bounded, largest, moved, total
from specs.layers.convolution import Extents
from specs.layers.layer import Axes, Layer, Result
from specs.layers.pooling import Pooling
from tests.mutants.reference.general import ChangedLayer
from tests.mutants.registry import PLAIN, breaks, raises, reaches


def values_of(*kinds: str) -> List[str]:
    return [f"training.{asked}[{kind}]" for kind in kinds for asked in ("output_value", "gradient_value")]


@breaks("training.output_value[max_pooling]", "training.output_value[average_pooling]", answer=(*PLAIN, "wrong_shape"))
@reaches(MaxPooling, AveragePooling)
@raises("wrong_shape")
class StridesAreOne(ChangedLayer):
    """Windows of a pooling overlap as far as they can, whatever its strides."""

    def changed(self, layer: Layer) -> Layer:
        return dataclasses.replace(layer, strides=(1,) * len(layer.window)) if isinstance(layer, Pooling) else layer


@breaks(*values_of("average_pooling"))
@reaches(AveragePooling)
class PadsCountWhereTheyShouldNot(ChangedLayer):
    """Pads are counted by averages that should skip them, and skipped by those that should count them."""

    def changed(self, layer: Layer) -> Layer:
        return (
            dataclasses.replace(layer, counts_pads=not layer.counts_pads)
            if isinstance(layer, AveragePooling)
            else layer
        )


class ZerosAreSeen(MaxPooling):
    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        return Result(largest(moved(inputs, self.flat), lambda places: places))


@breaks(*values_of("max_pooling"))
@reaches(MaxPooling)
class PadsAreZeros(ChangedLayer):
    """What is padded around the input of a max pooling is zero, and so larger than a negative number."""

    def changed(self, layer: Layer) -> Layer:
        return ZerosAreSeen(**vars(layer)) if isinstance(layer, MaxPooling) else layer


class Shared(MaxPooling):
    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        best = largest(inputs, self.flat)
        axes = " ".join(("row channel", *self.space))
        sums = total(f"{axes} window -> {axes}", moved(inputs, self.flat))
        return Result(Bounded(best.value, lambda: best.error, (sums,), lambda flow: (flow,)))


@breaks("training.gradient_value[max_pooling]")
@reaches(MaxPooling)
class GradientsReachAll(ChangedLayer):
    """The gradient of a largest number goes to all that the window sees."""

    def changed(self, layer: Layer) -> Layer:
        return Shared(**vars(layer)) if isinstance(layer, MaxPooling) else layer


@breaks(*values_of("global_pooling"))
@reaches(GlobalPooling)
class StatisticsAreSwapped(ChangedLayer):
    """A global average is the largest number, and the other way round."""

    def changed(self, layer: Layer) -> Layer:
        swapped = {"average": "max", "max": "average"}
        return GlobalPooling(swapped[layer.statistic]) if isinstance(layer, GlobalPooling) else layer


class Kept(MaxPooling):
    """Rounded up, places are kept whose windows begin behind the input."""

    def _counted(self, extents: Extents) -> List[Tuple[int, bool]]:
        return [(count + behind, behind) for count, behind in super()._counted(extents)]


@breaks("training.windows_behind_the_input", answer="yes")
@reaches(MaxPooling)
class PlacesBehindAreKept(ChangedLayer):
    """A pooling that rounds up has a place for a window that sees nothing."""

    def changed(self, layer: Layer) -> Layer:
        return Kept(**vars(layer)) if isinstance(layer, MaxPooling) else layer


class Full(AveragePooling):
    def counted(self, shape: Extents, pads: bool) -> Any:
        return np.full_like(super().counted(shape, pads), np.prod(self.window))


@breaks(*values_of("average_pooling"))
@reaches(AveragePooling)
class WhatIsBeyondCounts(ChangedLayer):
    """An average counts all places of a window that reaches beyond the padded input."""

    def changed(self, layer: Layer) -> Layer:
        return Full(**vars(layer)) if isinstance(layer, AveragePooling) and layer.ceil else layer
