"""Bugs planted in the reference's convolutions of each channel by itself."""

from __future__ import annotations

from typing import Any, Mapping, Tuple

from adapters.reference import ReferenceAdapter
from specs.layers import DepthwiseConvolution, SeparableConvolution
from specs.layers.algebra import Bounded, moved
from specs.layers.layer import Axes, Layer, Result, Role
from tests.mutants.registry import breaks, reaches

KINDS = (DepthwiseConvolution, SeparableConvolution)
WEIGHTS = ("depthwise_convolution.weight", "separable_convolution.depthwise_weight")
DRAWN = ("default", "xavier_uniform", "he_uniform")


@breaks(*(f"training.{asked}[{kind.kind}]" for asked in ("output_value", "gradient_value") for kind in KINDS))
@reaches(*KINDS)
class MultiplierComesFirst(ReferenceAdapter):
    """The first filters of all channels come before the second ones, as if channels were the inner axis."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        def swapped(places: Any) -> Any:
            return places.swapaxes(0, 1).reshape(places.shape)

        if isinstance(layer, KINDS):
            name = "weight" if "weight" in held else "depthwise_weight"
            held = {**held, name: moved(held[name], swapped)}
        return super().apply(layer, held, inputs, given, training)


@breaks(*(f"initialization.{law}[{weight}]" for law in DRAWN for weight in WEIGHTS))
@reaches(*KINDS)
class AllChannelsCount(ReferenceAdapter):
    """The fan_in of a filter of one channel counts all channels, and its fan_out the multiplier alone."""

    def fans(self, role: Role) -> Tuple[int, int]:
        of_channels = role.nominal is not None and "multiplier" in role.nominal.out
        return role.nominal_fans if of_channels else super().fans(role)


@breaks(*(f"initialization.{law}[separable_convolution.pointwise_weight]" for law in DRAWN))
@reaches(SeparableConvolution)
class PointwiseFanInIsOne(ReferenceAdapter):
    """The fan_in of a convolution of a single place is 1."""

    def fans(self, role: Role) -> Tuple[int, int]:
        fan_in, fan_out = super().fans(role)
        return (1 if role.name == "pointwise_weight" else fan_in), fan_out
