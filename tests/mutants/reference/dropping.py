# ruff: noqa: ARG002  the interface gives every layer the same arguments
"""Bugs planted in the reference's dropout."""

from __future__ import annotations

from typing import Tuple

import numpy as np

from specs.layers import Dropout
from specs.layers.algebra import Bounded, scaled
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
