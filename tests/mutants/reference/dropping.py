# ruff: noqa: ARG002  the interface gives every layer the same arguments
"""Bugs planted in the reference's dropout."""

from __future__ import annotations

from typing import Optional, Tuple

import numpy as np

from specs.layers import Dropout
from specs.layers.algebra import Bounded, Transpose, scaled
from specs.layers.layer import Layer, Result
from tests.mutants.reference.general import ChangedLayer
from tests.mutants.registry import breaks, reaches


class Changed(ChangedLayer):
    """A dropout in place of the one that is asked for."""

    kind = Dropout

    def changed(self, layer: Layer) -> Layer:
        return self.kind(**vars(layer)) if isinstance(layer, Dropout) else layer


class Unscaled(Dropout):
    def drawn(self, inputs: Bounded, random: np.random.RandomState) -> Result:
        return Result(scaled(super().drawn(inputs, random).output, 1 - self.rate))


@breaks("training.dropout_scale", answer="as they are")
@reaches(Dropout)
class WhatStaysIsNotScaled(Changed):
    """What a dropout keeps stays as it is, and its mean shrinks."""

    kind = Unscaled


class Keeping(Dropout):
    def stays(self, shape: Tuple[int, ...], random: np.random.RandomState) -> np.ndarray:
        return ~super().stays(shape, random)


@breaks("training.dropout_rate", answer="kept")
@reaches(Dropout)
class RateIsKept(Changed):
    """The rate of a dropout is the share that it keeps."""

    kind = Keeping


class Frozen(Dropout):
    def drawn(self, inputs: Bounded, random: np.random.RandomState) -> Result:
        return super().drawn(inputs, np.random.RandomState(1))


@breaks("training.dropout_draws_anew")
@reaches(Dropout)
class OneMaskForAll(Changed):
    """A dropout drops the same numbers in each pass."""

    kind = Frozen


class Late(Dropout):
    def apply(self, values, inputs: Bounded, given, training: bool) -> Result:
        return Result(scaled(inputs, 1 - self.rate)) if not training else super().apply(values, inputs, given, training)


@breaks("training.inference_output")
@breaks("training.dropout_scale", answer="other")
@reaches(Dropout)
class ScaledForInference(Changed):
    """Numbers are scaled for inference, where nothing is dropped."""

    kind = Late


class Twice(Dropout):
    def drawn(self, inputs: Bounded, random: np.random.RandomState) -> Result:
        return Result(scaled(super().drawn(inputs, random).output, self.scale))


@breaks("training.output_value[dropout]", "training.gradient_value[dropout]")
@breaks("training.dropout_scale", answer="other")
@reaches(Dropout)
class WhatStaysIsScaledTwice(Changed):
    """What a dropout keeps is divided by 1 - rate once more."""

    kind = Twice


class More(Dropout):
    def stays(self, shape: Tuple[int, ...], random: np.random.RandomState) -> np.ndarray:
        return random.uniform(size=shape) >= self.rate + 0.01


@breaks("training.dropout_mask")
@reaches(Dropout)
class RateIsALittleMore(Changed):
    """A dropout drops one number in a hundred more than its rate says."""

    kind = More


class ByRow(Dropout):
    def stays(self, shape: Tuple[int, ...], random: np.random.RandomState) -> np.ndarray:
        return np.broadcast_to(super().stays((shape[0], *(1 for _ in shape[1:])), random), shape)


@breaks("training.dropout_mask")
@reaches(Dropout)
class RowsAreDroppedWhole(Changed):
    """All numbers of a row are dropped, or none."""

    kind = ByRow


class ByColumn(Dropout):
    def stays(self, shape: Tuple[int, ...], random: np.random.RandomState) -> np.ndarray:
        return np.broadcast_to(super().stays((1, *shape[1:]), random), shape)


@breaks("training.dropout_mask")
@reaches(Dropout)
class RowsShareOneMask(Changed):
    """The same numbers of each row are dropped."""

    kind = ByColumn


def with_slope(output: Bounded, transpose: Optional[Transpose]) -> Result:
    """A dropout's output, whose gradient comes back in another way."""
    return Result(Bounded(output.value, lambda: output.error, output.parents, transpose))


class Open(Dropout):
    def drawn(self, inputs: Bounded, random: np.random.RandomState) -> Result:
        return with_slope(super().drawn(inputs, random).output, lambda flow: (flow, None))


@breaks("training.dropout_gradient", answer="all")
@reaches(Dropout)
class GradientsAreNotDropped(Changed):
    """The gradient comes back through all numbers, dropped ones too."""

    kind = Open


class Redrawn(Dropout):
    def drawn(self, inputs: Bounded, random: np.random.RandomState) -> Result:
        other = super().drawn(inputs, random).output
        return with_slope(super().drawn(inputs, random).output, other.transpose)


@breaks("training.dropout_gradient", answer="other")
@reaches(Dropout)
class GradientsAreDroppedAnew(Changed):
    """The gradient comes back through another mask than that of the forward pass."""

    kind = Redrawn


class UnscaledBack(Dropout):
    def drawn(self, inputs: Bounded, random: np.random.RandomState) -> Result:
        output = super().drawn(inputs, random).output
        assert output.transpose is not None
        transpose = output.transpose
        return with_slope(output, lambda flow: transpose(scaled(flow, 1 / self.scale)))


@breaks("training.dropout_gradient", answer="those that stayed, as they are")
@reaches(Dropout)
class GradientsAreNotScaled(Changed):
    """The gradient comes back through what stayed, and is not divided by 1 - rate."""

    kind = UnscaledBack
