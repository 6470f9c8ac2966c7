"""Bugs planted in the reference: the row of padding of an embedding."""

from __future__ import annotations

from typing import Mapping

import numpy as np

from adapters.reference import Initializer, Parameter, ReferenceAdapter
from specs.layers import Embedding, PaddedEmbedding
from specs.layers.algebra import Bounded, exactly
from specs.layers.layer import Axes, Layer, Result, Role
from tests.mutants.reference.general import ChangedLayer
from tests.mutants.registry import breaks, reaches


@breaks("training.gradient_value[padded_embedding]")
@reaches(PaddedEmbedding)
class PaddingIsTrained(ChangedLayer):
    """The row of padding has a gradient as any other."""

    def changed(self, layer: Layer) -> Layer:
        return Embedding(layer.number, layer.width) if isinstance(layer, PaddedEmbedding) else layer


@breaks("training.output_value[padded_embedding]")
@reaches(PaddedEmbedding)
class PaddingIsZeros(ReferenceAdapter):
    """For padding zeros are looked up, whatever its row holds."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if isinstance(layer, PaddedEmbedding):
            array = held["weight"].value.copy()
            array[layer.padding] = 0
            held = {"weight": exactly(array)}
        return super().apply(layer, held, inputs, given, training)


@breaks("initialization.default[padded_embedding.weight]")
@reaches(PaddedEmbedding)
class PaddingIsDrawn(ReferenceAdapter):
    """The row of padding starts as the others do."""

    def start(self, role: Role) -> Initializer:
        return self._drawn(role)


@breaks("initialization.padding_is_refilled", answer="kept")
@reaches(PaddedEmbedding)
class PaddingIsKept(ReferenceAdapter):
    """An initializer leaves the row of padding as zeros."""

    def initialize_parameter(self, layer, role: str, initializer: Initializer, again: bool) -> None:
        super().initialize_parameter(layer, role, initializer, again)
        parameter: Parameter = layer.parameters[role]
        if parameter.role.blank is not None:
            array = np.array(parameter.value)
            array[parameter.role.blank] = 0
            parameter.write(array)
