"""Bugs planted in the reference: activations."""

from __future__ import annotations

from typing import Mapping

from adapters.reference import ReferenceAdapter
from specs.layers import Activation
from specs.layers.algebra import Bounded
from specs.layers.layer import Axes, Layer, Result
from tests.mutants.registry import breaks, reaches


@breaks("training.output_value[activation]", "training.gradient_value[activation]")
@reaches(Activation)
class SiluIsTakenForGelu(ReferenceAdapter):
    """GELU is computed by the sigmoid of its argument, without the factor of 1.702 that its approximation has."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        taken = Activation("silu") if layer == Activation("gelu") else layer
        return super().apply(taken, held, inputs, given, training)
