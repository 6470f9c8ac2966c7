"""Bugs planted in the reference's convolutions of several groups, and in its transposed ones."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, Mapping, Tuple

import numpy as np

from adapters.reference import Made, ReferenceAdapter
from specs.layers import Convolution, ConvolutionTransposed
from specs.layers.algebra import Bounded, moved
from specs.layers.layer import Axes, Layer, Result, Role
from tests.mutants.reference.general import ChangedLayer
from tests.mutants.registry import PLAIN, breaks, raises, reaches

VALUES = [f"training.{asked}[{ConvolutionTransposed.kind}]" for asked in ("output_value", "gradient_value")]


@breaks("initialization.default[convolution.weight]", "initialization.xavier_uniform[convolution.weight]")
@reaches(Convolution)
class FanInOfAllGroups(ReferenceAdapter):
    """The fan_in of a convolution counts the channels of all groups."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: Dict[Role, int] = {}

    def construct(self, layer: Layer, given: Axes, inferred: bool, initializers: Mapping[str, Any]) -> Made:
        if isinstance(layer, Convolution):
            self.groups.update(dict.fromkeys(layer.roles(given), layer.groups))
        return super().construct(layer, given, inferred, initializers)

    def fans(self, role: Role) -> Tuple[int, int]:
        fan_in, fan_out = super().fans(role)
        return fan_in * self.groups.get(role, 1), fan_out


@breaks(*VALUES)
@reaches(ConvolutionTransposed)
class CropsAtTheOtherEnd(ChangedLayer):
    """What is expected to be taken off the beginning of an axis is taken off its end, and the other way round."""

    def changed(self, layer: Layer) -> Layer:
        if isinstance(layer, ConvolutionTransposed):
            return dataclasses.replace(layer, pads_begin=layer.pads_end, pads_end=layer.pads_begin)
        return layer


@breaks("training.output_value[transposed_convolution]", answer=(*PLAIN, "wrong_shape"))
@reaches(ConvolutionTransposed)
@raises("wrong_shape")
class OutputPaddingIsForgotten(ChangedLayer):
    """What comes out is as long as without output padding."""

    def changed(self, layer: Layer) -> Layer:
        return dataclasses.replace(layer, output_padding=()) if isinstance(layer, ConvolutionTransposed) else layer


class ChangedTransposedWeight(ReferenceAdapter):
    """A transposed convolution moves its weight before it applies it."""

    def change(self, layer: ConvolutionTransposed, places: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if isinstance(layer, ConvolutionTransposed):
            held = {**held, "weight": moved(held["weight"], lambda places: self.change(layer, places))}
        return super().apply(layer, held, inputs, given, training)


@breaks(*VALUES)
@reaches(ConvolutionTransposed)
class TransposedWindowIsFlipped(ChangedTransposedWeight):
    """A transposed convolution turns its window round."""

    def change(self, layer: ConvolutionTransposed, places: np.ndarray) -> np.ndarray:
        return np.flip(places, tuple(range(-layer.dimensions, 0)))


@breaks(*VALUES)
@reaches(ConvolutionTransposed)
class GroupsChangePlaces(ChangedTransposedWeight):
    """Each group of a transposed convolution has the weight of the next one."""

    def change(self, layer: ConvolutionTransposed, places: np.ndarray) -> np.ndarray:
        return np.roll(places, len(places) // layer.groups, axis=0)
