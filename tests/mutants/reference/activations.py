"""Bugs planted in the reference: activations."""

from __future__ import annotations

import dataclasses
from typing import Mapping

from adapters.reference import ReferenceAdapter
from specs.layers import Activation, LeakyReLU, Softmax
from specs.layers.activation import Mistaken
from specs.layers.algebra import Bounded, scaled
from specs.layers.layer import Axes, Layer, Result
from tests.mutants.registry import breaks, reaches


@breaks("training.output_value[activation]", "training.gradient_value[activation]")
@reaches(Activation)
class SiluIsTakenForGelu(ReferenceAdapter):
    """GELU is computed by the sigmoid of its argument, without the factor of 1.702 that its approximation has."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        taken = Activation("silu") if layer == Activation("gelu") else layer
        return super().apply(taken, held, inputs, given, training)


@breaks("training.output_value[activation]", "training.gradient_value[activation]")
@reaches(Activation)
class GeluIsTakenForItsApproximation(ReferenceAdapter):
    """The approximation of GELU with tanh is taken for the function itself."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        taken = Activation("gelu") if layer == Activation("gelu_tanh") else layer
        return super().apply(taken, held, inputs, given, training)


@breaks("training.selu_gradient", answer="scale (alpha + y)")
@reaches(Activation)
class SeluIsScaledAgain(ReferenceAdapter):
    """SELU's slope below zero is computed as if its output had not been scaled."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        return super().apply(Mistaken.of(layer), held, inputs, given, training)


@breaks("training.output_value[leaky_relu]", "training.gradient_value[leaky_relu]")
@reaches(LeakyReLU)
class LeaksTwice(ReferenceAdapter):
    """A leaky rectifier has twice the slope below zero that it is given."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if isinstance(layer, LeakyReLU) and layer.slope is not None:
            layer = dataclasses.replace(layer, slope=2 * layer.slope)
        return super().apply(layer, held, inputs, given, training)


@breaks("training.default_slope[leaky_relu]", answer="0.3")
@reaches(LeakyReLU)
class AnotherSlope(ReferenceAdapter):
    """A leaky rectifier's slope is 0.3 where none is given."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        told = LeakyReLU(0.3) if layer == LeakyReLU() else layer
        return super().apply(told, held, inputs, given, training)


@breaks("training.output_value[softmax]", "training.gradient_value[softmax]")
@reaches(Softmax)
class SoftmaxIsCold(ReferenceAdapter):
    """A softmax takes twice its arguments."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        taken = scaled(inputs, 2.0) if isinstance(layer, Softmax) else inputs
        return super().apply(layer, held, taken, given, training)
