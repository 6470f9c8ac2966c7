"""Dense: every output is a weighted sum over the input channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Mapping, Sequence, Tuple

from specs.initializers import XavierUniform, Zeros
from specs.layers.algebra import Bounded, contract, spread
from specs.layers.layer import (
    FEATURES,
    SEQUENCES,
    Axes,
    Axis,
    Fans,
    Layer,
    Result,
    Role,
    channel,
    features,
    fits,
    positive,
    require,
)


@dataclass(frozen=True)
class Dense(Layer):
    """``x @ weight.T + bias`` over the last axis, of vectors or at each time of a sequence (ONNX: Gemm)."""

    units: int
    bias: bool = True

    kind = "dense"
    is_common = True

    def __post_init__(self) -> None:
        positive("Dense.units", self.units)

    def check(self, given: Axes) -> None:
        require(given, [FEATURES, SEQUENCES], "Dense")

    def roles(self, given: Axes) -> Tuple[Role, ...]:
        into = channel(given)
        out = Axis("out", self.units)
        weight = Role(
            "weight",
            (out, Axis("in", into.extent, parts=into.parts)),
            XavierUniform(),
            Fans(("in",), ("out",)),
            inferred=("in",),
        )
        return (weight, Role("bias", (out,), Zeros())) if self.bias else (weight,)

    def output(self, given: Axes) -> Axes:
        return (*given[:-1], Axis("channel", self.units))

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        lead = self.lead(given)
        outputs = contract(f"{lead} in, out in -> {lead} out", inputs, values["weight"])
        if self.bias:
            outputs = outputs + spread(f"out -> {lead} out", values["bias"], outputs.shape)
        return Result(outputs)

    def incoming(self, given: Axes) -> Dict[str, Any]:
        return {"in_units": channel(given).extent}

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        if not fits(given, [FEATURES, SEQUENCES]):
            return ()
        return [cls(units, bias) for units in (3, 1, 2, 7) for bias in (True, False)]

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(2), features(3)
