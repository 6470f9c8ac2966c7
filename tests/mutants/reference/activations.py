"""Bugs planted in the reference: activations."""

from __future__ import annotations

import dataclasses
from typing import Mapping

from adapters.reference import Initializer, ReferenceAdapter
from specs import initializers
from specs.layers import Activation, LeakyReLU, PReLU, Softmax
from specs.layers.activation import Mistaken
from specs.layers.algebra import Bounded, exactly, moved, relu, scaled, shifted
from specs.layers.layer import Axes, Layer, Result, Role
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


@breaks("training.output_value[prelu]", "training.gradient_value[prelu]")
@reaches(PReLU)
class SlopesAreTurnedRound(ReferenceAdapter):
    """The slopes of a parametric rectifier are taken in the opposite order."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if isinstance(layer, PReLU):
            held = {name: moved(value, lambda places: places[::-1]) for name, value in held.items()}
        return super().apply(layer, held, inputs, given, training)


@breaks("training.gradient_value[prelu]")
@reaches(PReLU)
class SlopesAreNotTrained(ReferenceAdapter):
    """A parametric rectifier's slope has no part in the gradient."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if isinstance(layer, PReLU):
            held = {name: exactly(value.value) for name, value in held.items()}
        return super().apply(layer, held, inputs, given, training)


@breaks("initialization.default[prelu.slope]")
@reaches(PReLU)
class SlopesStartSteeper(ReferenceAdapter):
    """The slope of a parametric rectifier starts at 0.3."""

    def start(self, role: Role) -> Initializer:
        return self.constant(0.3) if isinstance(role.start, initializers.Constant) else super().start(role)


@breaks("training.slope_at_zero[leaky_relu]", answer="none")
@reaches(LeakyReLU)
class LeakyAreFlatAtZero(ReferenceAdapter):
    """A leaky rectifier has no slope at zero."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if isinstance(layer, LeakyReLU) and layer.slope is not None:
            return Result(relu(inputs) - scaled(relu(scaled(inputs, -1.0)), layer.slope))
        return super().apply(layer, held, inputs, given, training)


class FromZeroOn(Layer):
    """x from zero on, and a slope times x below, of a slope that is 1 at zero."""

    def __init__(self, layer: Layer):
        self.layer = layer

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        # What comes in is moved upwards by less than any number that it has.
        output = self.layer.apply(values, shifted(inputs, 1e-300), given, training).output
        return Result(output)


@breaks("training.slope_at_zero[relu]", "training.slope_at_zero[prelu]", answer="that above")
@reaches(Activation, PReLU)
class ZeroCountsAsPositive(ReferenceAdapter):
    """A rectifier's slope at zero is that above."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        bent = layer == Activation("relu") or isinstance(layer, PReLU)
        return super().apply(FromZeroOn(layer) if bent else layer, held, inputs, given, training)
