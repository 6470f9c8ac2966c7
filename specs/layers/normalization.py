"""Batch normalization: channels shifted and scaled to mean 0 and variance 1, by those of a batch or by running ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Mapping, Sequence, Tuple

import numpy as np

from specs.errors import SpecError
from specs.initializers import Ones, Zeros
from specs.layers.algebra import (
    UNIT_ROUNDOFF,
    Bounded,
    contract,
    inverse_root,
    scaled,
    shifted,
    spread,
    total,
)
from specs.layers.layer import SPACE, Axes, Axis, Layer, Result, Role, channel, image, require


@dataclass(frozen=True)
class BatchNorm(Layer):
    """ONNX BatchNormalization: ``scale (x - mean) / sqrt(variance + epsilon) + bias`` for each channel.

    In training, mean and variance are the batch's (the variance biased), and the running ones become ``momentum`` times
    the old and ``1 - momentum`` times the new (Ioffe and Szegedy 2015).
    """

    momentum: float = 0.9
    epsilon: float = 1e-5

    kind = "batch_norm"
    has_modes = True

    def __post_init__(self) -> None:
        for name in ("momentum", "epsilon"):
            number = getattr(self, name)
            if not (isinstance(number, float) and 0 < number < 1):
                raise SpecError(f"BatchNorm.{name}: {number!r} must be a number between 0 and 1")

    def check(self, given: Axes) -> None:
        accepted = [("channel", *SPACE[len(SPACE) - n :]) for n in range(len(SPACE) + 1)]
        require(given, accepted, "BatchNorm")

    def roles(self, given: Axes) -> Tuple[Role, ...]:
        into = channel(given)
        axes = (Axis("channel", into.extent, parts=into.parts),)
        starts = (("scale", Ones()), ("bias", Zeros()), ("mean", Zeros()), ("variance", Ones()))
        return tuple(
            Role(
                name,
                axes,
                start,
                state="buffer" if name in ("mean", "variance") else "parameter",
                inferred=("channel",),
            )
            for name, start in starts
        )

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        batch = " ".join(["row", *(axis.name for axis in given)])
        buffers: Dict[str, Bounded] = {}
        mean, variance = values["mean"], values["variance"]
        if training:
            mean, variance = self._moments(inputs, batch)
            for name, new in (("mean", mean), ("variance", variance)):
                buffers[name] = scaled(values[name], self.momentum) + scaled(new, 1 - self.momentum)
        factor = contract("channel, channel -> channel", values["scale"], self._inverse_deviation(variance))
        offset = values["bias"] - contract("channel, channel -> channel", mean, factor)
        outputs = contract(f"{batch}, channel -> {batch}", inputs, factor)
        return Result(outputs + spread(f"channel -> {batch}", offset, outputs.shape), buffers)

    def _inverse_deviation(self, variance: Bounded) -> Bounded:
        """No variance is negative, however it is computed."""
        return inverse_root(shifted(variance, self.epsilon), self.epsilon)

    def _moments(self, inputs: Bounded, batch: str) -> Tuple[Bounded, Bounded]:
        count = inputs.value.size // inputs.shape[1]
        mean = scaled(total(f"{batch} -> channel", inputs), 1 / count)
        centred = inputs - spread(f"channel -> {batch}", mean, inputs.shape)
        variance = scaled(contract(f"{batch}, {batch} -> channel", centred, centred), 1 / count)

        def in_one_pass() -> Any:
            """What is lost where the variance is computed as the mean of squares less the square of the mean."""
            axes = tuple(axis for axis in range(inputs.value.ndim) if axis != 1)
            squares = np.mean(inputs.value**2, axis=axes)
            return 4 * (count + 1) * UNIT_ROUNDOFF * squares

        return mean, variance.loosened(in_one_pass)

    def incoming(self, given: Axes) -> Dict[str, Any]:
        return {"channels": channel(given).extent}

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        if given[0].name != "channel" or len(given) > len(SPACE) + 1:
            return ()
        return [cls(), cls(momentum=0.5), cls(momentum=0.99, epsilon=1e-3), cls(momentum=0.75, epsilon=0.125)]

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(), image(2, 3, 4)
