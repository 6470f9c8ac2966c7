"""Bugs planted in the reference's norms without scale or bias, and in its embeddings at ids that no row has."""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping
from unittest import mock

import numpy as np

from adapters.reference import Made, ReferenceAdapter
from specs.laws.limits import NORMS
from specs.layers import Embedding
from specs.layers.algebra import Bounded, exactly
from specs.layers.embedding import Table
from specs.layers.layer import Axes, Layer, Result
from tests.mutants.registry import breaks, reaches


@breaks("access.bare_norm_lists", answer="trained")
@reaches(*NORMS)
class NormsHoldAll(ReferenceAdapter):
    """A norm has a scale and a bias, whatever it is told."""

    def construct(self, layer: Any, given: Axes, inferred: bool, initializers: Mapping[str, Any]) -> Made:
        roles = [name for name in ("scale", "bias") if getattr(layer, name, None) is False and isinstance(layer, NORMS)]
        return super().construct(
            dataclasses.replace(layer, **dict.fromkeys(roles, True)), given, inferred, initializers
        )


@breaks(
    *(f"access.default_affine[{kind.kind}]" for kind in NORMS if "bias" in kind.holds),
    answer="bias",
)
@breaks("access.default_affine[rms_norm]", answer="none")
@reaches(*NORMS)
class NormsHaveNoScaleByDefault(ReferenceAdapter):
    """A norm that is not told of a scale has none."""

    def construct(self, layer: Any, given: Axes, inferred: bool, initializers: Mapping[str, Any]) -> Made:
        left_out = isinstance(layer, NORMS) and layer.scale is None
        told = dataclasses.replace(layer, scale=False) if left_out else layer
        return super().construct(told, given, inferred, initializers)


@breaks("training.bare_norm_value", answer="otherwise")
@reaches(*NORMS)
class BareNormsDoNothing(ReferenceAdapter):
    """A norm without a scale gives what comes in."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        result = super().apply(layer, held, inputs, given, training)
        is_bare = isinstance(layer, NORMS) and layer.scale is False
        return dataclasses.replace(result, output=inputs) if is_bare else result


@breaks("training.id_past_the_table", "training.negative_id", answer="the nearest row")
@reaches(Embedding)
class IdsAreClipped(ReferenceAdapter):
    """An id that no row has is taken for the nearest that some row has."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        places = Table.places

        def clipped(table: Table, ids: Bounded) -> np.ndarray:
            return places(table, exactly(ids.value.clip(0, table.number - 1)))

        with mock.patch.object(Table, "places", clipped):
            return super().apply(layer, held, inputs, given, training)
