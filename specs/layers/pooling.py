"""Pooling: the largest number, or the average, of what a window sees at each of its places, channel by channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from specs.errors import SpecError, one_of
from specs.layers.algebra import UNIT_ROUNDOFF, Bounded, contract, exactly, largest, moved, taken, total
from specs.layers.convolution import Extents, Windowed
from specs.layers.layer import IMAGES, Axes, Axis, Layer, Result, channel, fits, image, require


class Pooling(Windowed):
    """What both kinds share. ``strides`` left empty are the window itself: its places lie side by side."""

    usual: ClassVar[Mapping[str, int]] = {"strides": 1, "pads_begin": 0, "pads_end": 0}

    def __post_init__(self) -> None:
        object.__setattr__(self, "strides", self.strides or self.window)
        super().__post_init__()
        for pad, size in zip(map(max, self.pads_begin, self.pads_end), self.window):
            if 2 * pad > size:
                name = type(self).__name__
                raise SpecError(f"{name}: a pad of {pad} is more than half of the window, {self.window}")

    @property
    def dilation(self) -> Extents:  # type: ignore[override]
        return (1,) * len(self.window)

    @property
    def margin(self) -> str:
        """Which padding it has of those with a name: ``none``, or ``same``, of as many places as numbers come in."""
        if not self.is_padded:
            return "none"
        is_same = max(self.strides) == 1 and (self.pads_begin, self.pads_end) == _same(self.window)
        return "same" if is_same else "other"

    def check(self, given: Axes) -> None:
        super().check(given)
        self.check_extents(given)

    def output(self, given: Axes) -> Axes:
        return (channel(given), *map(Axis, self.space, self.extents(given)))

    def flat(self, places: Any) -> Any:
        """A movement: what the window sees at each of its places, along one last axis; -1 for what is padded."""
        seen = self.seen(places)
        return seen.reshape(*seen.shape[: -self.dimensions], -1)

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        return [cls(**sizes) for sizes in _sizes(given)]

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(window=(2, 2)), image(2, 4, 4)  # type: ignore[call-arg]


def _same(window: Extents) -> Tuple[Extents, Extents]:
    """The pads, begin and end, with which a window that moves by one has as many places as numbers come in."""
    return tuple((size - 1) // 2 for size in window), tuple(size // 2 for size in window)


def _sizes(given: Axes) -> List[Dict[str, Extents]]:
    """Windows worth asking about: side by side, overlapping, padded, padded at one end, and to the same extent."""
    if not fits(given, IMAGES):
        return []
    extents = [axis.extent for axis in given[1:]]
    ones = (1,) * len(extents)
    window = tuple(min(2 + at % 2, extent) for at, extent in enumerate(extents))
    found: List[Dict[str, Extents]] = [{"window": window}, {"window": window, "strides": ones}]
    if min(window) > 1:
        found.append({"window": window, "pads_begin": ones, "pads_end": ones})
        found.append({"window": window, "strides": ones, "pads_begin": ones, "pads_end": ones})
        found.append({"window": window, "strides": (*ones[:-1], 2), "pads_end": ones})
        begin, end = _same(window)
        found.append({"window": window, "strides": ones, "pads_begin": begin, "pads_end": end})
    return found


@dataclass(frozen=True)
class MaxPooling(Pooling):
    """ONNX MaxPool: what is padded is smaller than every number."""

    window: Extents
    strides: Extents = ()
    pads_begin: Extents = ()
    pads_end: Extents = ()

    kind = "max_pooling"

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        return Result(largest(inputs, self.flat))


@dataclass(frozen=True)
class AveragePooling(Pooling):
    """ONNX AveragePool: zeros that are padded count where ``counts_pads``, which is ONNX' count_include_pad."""

    window: Extents
    strides: Extents = ()
    pads_begin: Extents = ()
    pads_end: Extents = ()
    counts_pads: bool = True

    kind = "average_pooling"

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        places = self.flat(np.arange(inputs.value.size).reshape(inputs.shape))
        count = np.sum((places >= 0) | self.counts_pads, axis=-1)
        return Result(_averaged(taken(inputs, places), count, " ".join(("row channel", *self.space))))

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        padded = [sizes for sizes in _sizes(given) if "pads_begin" in sizes]
        return [*super().choices(given), *(cls(**sizes, counts_pads=False) for sizes in padded)]


@dataclass(frozen=True)
class GlobalPooling(Layer):
    """ONNX GlobalMaxPool and GlobalAveragePool, without the axes of extent 1 that these leave: one number a channel."""

    statistic: str = "average"

    kind = "global_pooling"

    def __post_init__(self) -> None:
        one_of("GlobalPooling.statistic", self.statistic, ("average", "max"))

    def check(self, given: Axes) -> None:
        require(given, IMAGES, "GlobalPooling")

    def output(self, given: Axes) -> Axes:
        return (channel(given),)

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if self.statistic == "max":
            return Result(largest(inputs, _whole))
        seen = moved(inputs, _whole)
        return Result(_averaged(seen, np.full(seen.shape[:2], seen.shape[2]), "row channel"))

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        return [cls(), cls("max")] if fits(given, IMAGES) else ()

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(), image(2, 3, 4)


def _averaged(seen: Bounded, count: Any, axes: str) -> Bounded:
    """The sum along the last axis, which is not one of those named, over a count, whose inverse is rounded."""
    share = exactly(1 / count).loosened(lambda: UNIT_ROUNDOFF / count)
    return contract(f"{axes}, {axes} -> {axes}", total(f"{axes} seen -> {axes}", seen), share)


def _whole(places: Any) -> Any:
    """A movement: all places of a channel along one axis."""
    return places.reshape(*places.shape[:2], -1)
