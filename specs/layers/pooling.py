"""Pooling: the largest number, or the average, of what a window sees at each of its places, channel by channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from specs.errors import SpecError, one_of
from specs.layers.algebra import UNIT_ROUNDOFF, Bounded, contract, exactly, largest, moved, total
from specs.layers.convolution import Extents, Windowed
from specs.layers.layer import SPACE, Axes, Axis, Layer, Result, channel, image, require


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
        begin = tuple((size - 1) // 2 for size in self.window)
        end = tuple(size // 2 for size in self.window)
        return "same" if (max(self.strides), self.pads_begin, self.pads_end) == (1, begin, end) else "other"

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


def _sizes(given: Axes) -> List[Dict[str, Extents]]:
    """Windows worth asking about: side by side, overlapping, padded, padded at one end, and to the same extent."""
    if given[0].name != "channel" or not 2 <= len(given) <= len(SPACE) + 1:
        return []
    extents = [axis.extent for axis in given[1:]]
    ones = (1,) * len(extents)
    window = tuple(min(2 + at % 2, extent) for at, extent in enumerate(extents))
    found: List[Dict[str, Extents]] = [{"window": window}, {"window": window, "strides": ones}]
    if min(window) > 1:
        found.append({"window": window, "pads_begin": ones, "pads_end": ones})
        found.append({"window": window, "strides": ones, "pads_begin": ones, "pads_end": ones})
        found.append({"window": window, "strides": (*ones[:-1], 2), "pads_end": ones})
        begin, end = tuple((size - 1) // 2 for size in window), tuple(size // 2 for size in window)
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

    @property
    def skips_pads(self) -> bool:
        """Whether a window at the border averages fewer numbers than one in the middle."""
        return self.is_padded and not self.counts_pads

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        axes = " ".join(("row channel", *self.space))
        sums = total(f"{axes} window -> {axes}", moved(inputs, self.flat))
        return Result(contract(f"{axes}, {axes} -> {axes}", sums, self._share(inputs.shape)))

    def _share(self, shape: Tuple[int, ...]) -> Bounded:
        """One over how many numbers each window averages, which is rounded."""
        places = self.flat(np.arange(np.prod(shape)).reshape(shape))
        return _rounded(1 / np.sum((places >= 0) | self.counts_pads, axis=-1))

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
        require(given, [("channel", *SPACE[-n:]) for n in (1, 2, 3)], "GlobalPooling")

    def output(self, given: Axes) -> Axes:
        return (channel(given),)

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if self.statistic == "max":
            return Result(largest(inputs, _whole))
        places = moved(inputs, _whole)
        sums = total("row channel place -> row channel", places)
        share = _rounded(np.full(sums.shape, 1 / places.shape[2]))
        return Result(contract("row channel, row channel -> row channel", sums, share))

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        fits = given[0].name == "channel" and 2 <= len(given) <= len(SPACE) + 1
        return [cls(), cls("max")] if fits else ()

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(), image(2, 3, 4)


def _rounded(share: Any) -> Bounded:
    """Numbers as float32 holds them."""
    return exactly(share).loosened(lambda: UNIT_ROUNDOFF * share)


def _whole(places: Any) -> Any:
    """A movement: all places of a channel along one axis."""
    return places.reshape(*places.shape[:2], -1)
