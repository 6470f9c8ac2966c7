"""Normalization: shifts values to mean 0 and scales them to variance 1, over a batch, a row, a group or a channel."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass
from typing import Any, ClassVar, Dict, Mapping, Optional, Sequence, Tuple

import numpy as np

from specs.errors import SpecError
from specs.initializers import Ones, Zeros
from specs.layers.algebra import (
    UNIT_ROUNDOFF,
    Bounded,
    contract,
    gathered,
    inverse_root,
    moved,
    scaled,
    shifted,
    spread,
    total,
)
from specs.layers.layer import (
    FEATURES,
    IMAGES,
    SEQUENCES,
    Axes,
    Axis,
    Instead,
    Layer,
    Names,
    Result,
    Role,
    channel,
    fits,
    image,
    named,
    positive,
    require,
    sequence,
    shape_of,
)

#: The default epsilon.
EPSILON = 1e-5
#: The default momentum: the share of running statistics that is kept.
MOMENTUM = 0.9


class Normalization(Layer):
    """The common part of normalization kinds. ``epsilon`` is added to a variance; None leaves it to the framework.

    ``scale`` and ``bias`` say whether there is one; None leaves this to the framework as well. By default, the
    specification has both.
    """

    epsilon: Optional[float]
    scale: Optional[bool]
    bias: Optional[bool]

    #: Accepted lists of input axes, and the names of the per-channel roles.
    takes: ClassVar[Sequence[Names]]
    holds: ClassVar[Names] = ("scale", "bias")

    def __post_init__(self) -> None:
        self.check_fractions("epsilon")

    def check(self, given: Axes) -> None:
        require(given, self.takes, type(self).__name__)

    def roles(self, given: Axes) -> Tuple[Role, ...]:
        """One element per channel for each role. A scale and a variance start as ones."""
        into = channel(given)
        axes = (Axis("channel", into.extent, parts=into.parts),)
        return tuple(
            Role(
                name,
                axes,
                Ones() if name in ("scale", "variance") else Zeros(),
                state="buffer" if name in ("mean", "variance") else "parameter",
                inferred=("channel",),
            )
            for name in self.holds
            if getattr(self, name, None) is not False
        )

    def bare(self) -> Sequence[Layer]:
        """Without scale, without bias, without either."""
        there = [name for name in ("scale", "bias") if name in self.holds and getattr(self, name) is not False]
        own: Any = self
        return [
            dataclasses.replace(own, **dict.fromkeys(names, False))
            for count in range(1, len(there) + 1)
            for names in itertools.combinations(there, count)
        ]

    def instead(self, given: Axes) -> Sequence[Instead]:
        """With what is left out of it: a scale of ones, a bias of zeros."""
        lacking = [name for name in ("scale", "bias") if name in self.holds and getattr(self, name) is False]
        if not lacking:
            return ()
        own: Any = self
        whole: Layer = dataclasses.replace(own, **dict.fromkeys(lacking, True))

        def values(held: Mapping[str, np.ndarray]) -> Dict[str, np.ndarray]:
            added = {"scale": np.ones, "bias": np.zeros}
            return {
                role.name: held[role.name] if role.name in held else added[role.name](role.shape, np.float32)
                for role in whole.roles(given)
            }

        words = " and ".join({"scale": "a scale of ones", "bias": "a bias of zeros"}[name] for name in lacking)
        return (Instead("added_affine", whole, values, words, "what is added is trained"),)

    @property
    def is_affine(self) -> bool:
        """Whether both scale and bias are present, or neither."""
        return self.scale == self.bias

    @property
    def is_bias_alone(self) -> bool:
        """Whether there is a bias, and no scale."""
        return bool(self.bias) and self.scale is False

    @property
    def added(self) -> float:
        return EPSILON if self.epsilon is None else self.epsilon

    def check_fractions(self, *names: str) -> None:
        """Raise :class:`SpecError` where a field is not between 0 and 1."""
        for name in names:
            number = getattr(self, name)
            if number is not None and not 0 < number < 1:
                raise SpecError(f"{type(self).__name__}.{name}: {number} must be a number between 0 and 1")

    def inverse_deviation(self, variance: Bounded) -> Bounded:
        """1 / sqrt(variance + epsilon). A variance is never negative, however it is computed."""
        return inverse_root(shifted(variance, self.added), self.added)

    def normalized(self, inputs: Bounded, axes: str, kept: str) -> Bounded:
        """Inputs of these axes, minus their mean over the axes not kept, divided by their standard deviation."""
        mean, variance = moments(inputs, axes, kept)
        factor = self.inverse_deviation(variance)
        offset = contract(f"{kept}, {kept} -> {kept}", mean, factor)
        return contract(f"{axes}, {kept} -> {axes}", inputs, factor) - spread(f"{kept} -> {axes}", offset, inputs.shape)

    def incoming(self, given: Axes) -> Dict[str, Any]:
        return {"channels": channel(given).extent}


def moments(inputs: Bounded, axes: str, kept: str) -> Tuple[Bounded, Bounded]:
    """Mean and biased variance over all axes not kept."""
    others = tuple(at for at, name in enumerate(axes.split()) if name not in kept.split())
    count = int(np.prod([inputs.shape[at] for at in others]))
    mean = scaled(total(f"{axes} -> {kept}", inputs), 1 / count)
    centred = inputs - spread(f"{kept} -> {axes}", mean, inputs.shape)
    variance = scaled(contract(f"{axes}, {axes} -> {kept}", centred, centred), 1 / count)

    def in_one_pass() -> Any:
        """The rounding error of a variance computed as the mean of squares minus the square of the mean."""
        return 4 * (count + 1) * UNIT_ROUNDOFF * np.mean(inputs.value**2, axis=others)

    return mean, variance.loosened(in_one_pass)


def scaled_by_channel(values: Mapping[str, Bounded], inputs: Bounded, axes: str) -> Bounded:
    """Inputs times ``scale``, plus ``bias``, if present; a framework may add the bias to the mean first."""
    outputs = contract(f"{axes}, channel -> {axes}", inputs, values["scale"]) if "scale" in values else inputs
    if "bias" not in values:
        return outputs
    return gathered(outputs, spread(f"channel -> {axes}", values["bias"], inputs.shape))


def _batch(given: Axes) -> str:
    return " ".join(["row", *(axis.name for axis in given)])


@dataclass(frozen=True)
class BatchNorm(Normalization):
    """ONNX BatchNormalization: ``scale (x - mean) / sqrt(variance + epsilon) + bias`` for each channel.

    In training, mean and (biased) variance are those of the batch, and the running ones become ``momentum`` times the
    old plus ``1 - momentum`` times the new (Ioffe and Szegedy 2015).
    """

    momentum: Optional[float] = MOMENTUM
    epsilon: Optional[float] = EPSILON
    scale: Optional[bool] = True
    bias: Optional[bool] = True

    kind = "batch_norm"
    has_modes = True
    takes = (FEATURES, *IMAGES)
    holds = ("scale", "bias", "mean", "variance")

    def __post_init__(self) -> None:
        self.check_fractions("momentum", "epsilon")

    @property
    def stays(self) -> float:
        """The share of running statistics that is kept in a pass for training."""
        return MOMENTUM if self.momentum is None else self.momentum

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        batch = _batch(given)
        buffers: Dict[str, Bounded] = {}
        mean, variance = values["mean"], values["variance"]
        if training:
            mean, variance = moments(inputs, batch, "channel")
            for name, new in (("mean", mean), ("variance", variance)):
                buffers[name] = self._moved_on(values[name], new)
        factor = self.inverse_deviation(variance)
        if "scale" in values:
            factor = contract("channel, channel -> channel", values["scale"], factor)
        taken = contract("channel, channel -> channel", mean, factor)
        outputs = contract(f"{batch}, channel -> {batch}", inputs, factor)
        offset = values["bias"] - taken if "bias" in values else scaled(taken, -1.0)
        return Result(outputs + spread(f"channel -> {batch}", offset, outputs.shape), buffers)

    def _moved_on(self, old: Bounded, new: Bounded) -> Bounded:
        """Running statistics after a batch."""

        def in_float32() -> Any:
            # A share held in float32 was rounded before it is subtracted from 1, and the difference is far smaller.
            return UNIT_ROUNDOFF * self.stays * (np.abs(new.value) + new.error)

        return (scaled(old, self.stays) + scaled(new, 1 - self.stays)).loosened(in_float32)

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        layers = [cls(), cls(momentum=0.5), cls(momentum=0.99, epsilon=1e-3), cls(momentum=0.75, epsilon=0.125)]
        return layers if fits(given, cls.takes) else ()

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(), image(2, 3, 4)


@dataclass(frozen=True)
class LayerNorm(Normalization):
    """ONNX LayerNormalization over the last axis: each vector of channels separately (Ba, Kiros and Hinton 2016)."""

    epsilon: Optional[float] = EPSILON
    scale: Optional[bool] = True
    bias: Optional[bool] = True

    kind = "layer_norm"
    takes = (FEATURES, SEQUENCES)

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        axes = _batch(given)
        return Result(scaled_by_channel(values, self.normalized(inputs, axes, self.lead(given)), axes))

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        # Two numbers become 1 and -1, however close they are, so their values test little.
        return [cls(), cls(1e-3), cls(0.125)] if fits(given, cls.takes) and channel(given).extent > 2 else ()

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(), sequence(3, 4)


@dataclass(frozen=True)
class RMSNorm(Normalization):
    """``scale x / sqrt(mean of x squared + epsilon)`` (ONNX RMSNormalization; Zhang and Sennrich 2019)."""

    epsilon: Optional[float] = EPSILON
    scale: Optional[bool] = True

    kind = "rms_norm"
    words = "RMS norm"
    takes = (FEATURES, SEQUENCES)
    holds = ("scale",)

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        axes, kept = _batch(given), self.lead(given)
        squares = contract(f"{axes}, {axes} -> {kept}", inputs, inputs)
        factor = self.inverse_deviation(scaled(squares, 1 / channel(given).extent))
        return Result(scaled_by_channel(values, contract(f"{axes}, {kept} -> {axes}", inputs, factor), axes))

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        return [cls(), cls(1e-3), cls(0.125)] if fits(given, cls.takes) else ()

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(), sequence(3, 4)


@dataclass(frozen=True)
class GroupNorm(Normalization):
    """ONNX GroupNormalization (21): each group of channels of each row separately; scale and bias are per channel.

    Wu and He 2018, "Group Normalization".
    """

    groups: int
    epsilon: Optional[float] = EPSILON
    scale: Optional[bool] = True
    bias: Optional[bool] = True

    kind = "group_norm"
    takes = (FEATURES, *IMAGES)

    def __post_init__(self) -> None:
        positive("GroupNorm.groups", self.groups)
        super().__post_init__()

    def check(self, given: Axes) -> None:
        super().check(given)
        if channel(given).parts:
            raise SpecError(f"GroupNorm: which channels are a group depends on how {named(given)} was flattened")
        if channel(given).extent % self.groups:
            raise SpecError(f"GroupNorm.groups: {self.groups} does not divide {channel(given).extent} channels")

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        space = " ".join(axis.name for axis in given[1:])
        rows, channels, *extents = inputs.shape
        parted = (rows, self.groups, channels // self.groups, *extents)
        grouped = moved(inputs, lambda places: places.reshape(parted))
        normalized = self.normalized(grouped, f"row group member {space}", "row group")
        joined = moved(normalized, lambda places: places.reshape(inputs.shape))
        return Result(scaled_by_channel(values, joined, _batch(given)))

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        if not fits(given, cls.takes) or channel(given).parts:
            return ()
        channels = given[0].extent
        sizes = [n for n in range(1, channels + 1) if channels % n == 0]
        fitting = [n for n in sizes if channels // n * int(np.prod(shape_of(given[1:]))) > 2]
        return [cls(n, epsilon) for n in fitting for epsilon in (1e-5, 0.125)]

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(2), image(4, 2, 3)


@dataclass(frozen=True)
class InstanceNorm(Normalization):
    """ONNX InstanceNormalization: each channel of each row separately (Ulyanov, Vedaldi and Lempitsky 2016)."""

    epsilon: Optional[float] = EPSILON
    scale: Optional[bool] = True
    bias: Optional[bool] = True

    kind = "instance_norm"
    takes = IMAGES

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        axes = _batch(given)
        return Result(scaled_by_channel(values, self.normalized(inputs, axes, "row channel"), axes))

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        return [cls(), cls(1e-3), cls(0.125)] if fits(given, cls.takes) and np.prod(shape_of(given[1:])) > 2 else ()

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(), image(2, 3, 4)
