"""Bugs planted in the reference's norms, and in what they do where an argument is left out."""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping
from unittest import mock

from adapters.reference import ReferenceAdapter
from specs.layers import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RMSNorm, normalization
from specs.layers.algebra import Bounded, scaled
from specs.layers.layer import Axes, Layer, Result, Role
from tests.mutants.registry import breaks, reaches

NORMS = (LayerNorm, GroupNorm, InstanceNorm, RMSNorm)
VALUES = [f"training.{asked}[{kind.kind}]" for asked in ("output_value", "gradient_value") for kind in NORMS]


class _Normalizing(ReferenceAdapter):
    """Computes norms with something else than they hold."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if isinstance(layer, normalization.Normalization):
            return self.normalize(layer, held, inputs, given, training)
        return super().apply(layer, held, inputs, given, training)

    def normalize(self, layer: Any, held: Any, inputs: Bounded, given: Axes, training: bool) -> Result:
        result: Result = layer.apply(held, inputs, given, training)
        return result


@breaks(*VALUES)
@reaches(*NORMS, BatchNorm)
class EpsilonIsDoubled(_Normalizing):
    """A norm adds twice its epsilon."""

    def normalize(self, layer: Any, held: Any, inputs: Bounded, given: Axes, training: bool) -> Result:
        doubled = dataclasses.replace(layer, epsilon=min(2 * layer.added, 0.99))
        return super().normalize(doubled, held, inputs, given, training)


@breaks(*(law for law in VALUES if "rms" not in law))
@reaches(LayerNorm, GroupNorm, InstanceNorm, BatchNorm)
class VarianceIsUnbiased(_Normalizing):
    """A norm divides by the unbiased deviation."""

    def normalize(self, layer: Any, held: Any, inputs: Bounded, given: Axes, training: bool) -> Result:
        plain = normalization.moments

        def unbiased(numbers: Bounded, axes: str, kept: str) -> Any:
            mean, variance = plain(numbers, axes, kept)
            count = numbers.value.size // mean.value.size
            return mean, scaled(variance, count / max(count - 1, 1))

        with mock.patch.object(normalization, "moments", unbiased):
            return super().normalize(layer, held, inputs, given, training)


@breaks("training.output_value[group_norm]", "training.gradient_value[group_norm]")
@reaches(GroupNorm)
class OneGroup(_Normalizing):
    """A group norm takes all channels for one group."""

    def normalize(self, layer: Any, held: Any, inputs: Bounded, given: Axes, training: bool) -> Result:
        one = dataclasses.replace(layer, groups=1) if isinstance(layer, GroupNorm) else layer
        return super().normalize(one, held, inputs, given, training)


@breaks(*(f"training.default_epsilon[{kind.kind}]" for kind in (*NORMS, BatchNorm)), answer=("1e-3",))
@reaches(*NORMS, BatchNorm)
class AnotherEpsilon(_Normalizing):
    """A norm's epsilon is 0.001 where none is given."""

    def normalize(self, layer: Any, held: Any, inputs: Bounded, given: Axes, training: bool) -> Result:
        told = dataclasses.replace(layer, epsilon=1e-3) if layer.epsilon is None else layer
        return super().normalize(told, held, inputs, given, training)


@breaks("training.default_momentum", answer="0.99")
@reaches(BatchNorm)
class AnotherMomentum(_Normalizing):
    """The momentum of running statistics is 0.99 where none is given."""

    def normalize(self, layer: Any, held: Any, inputs: Bounded, given: Axes, training: bool) -> Result:
        left_out = isinstance(layer, BatchNorm) and layer.momentum is None
        told = dataclasses.replace(layer, momentum=0.99) if left_out else layer
        return super().normalize(told, held, inputs, given, training)


@breaks(*(f"initialization.default[{kind.kind}.scale]" for kind in NORMS))
@reaches(*NORMS, BatchNorm)
class ScalesStartAtHalf(ReferenceAdapter):
    """The scale of a norm starts at a half."""

    def start(self, role: Role) -> Any:
        half = role.family == "scale" and role.axes[0].name == "channel"
        return self.constant(0.5) if half else super().start(role)


@breaks(*(f"initialization.default[{kind.kind}.bias]" for kind in NORMS if kind is not RMSNorm))
@reaches(*NORMS, BatchNorm)
class NormBiasesStartAtOne(ReferenceAdapter):
    """The bias of a norm starts at one."""

    def start(self, role: Role) -> Any:
        of_norm = role.family == "bias" and role.axes[0].name == "channel"
        return self.ones() if of_norm else super().start(role)
