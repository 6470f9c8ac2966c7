"""Pooling: the maximum or the average in a window at each of its places, separately for each channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from specs.errors import SpecError, one_of
from specs.layers.algebra import UNIT_ROUNDOFF, Bounded, contract, exactly, largest, moved, taken, total, windows
from specs.layers.convolution import Extents, Windowed
from specs.layers.layer import IMAGES, Axes, Axis, Layer, Result, channel, fits, image, require, shape_of


class Pooling(Windowed):
    """The common part of both kinds. By default, ``strides`` are the window's extents: windows are adjacent.

    The number of places is rounded down, or up with ``ceil``, which is ONNX' ceil_mode: the last window may then extend
    beyond the padded input, where there is nothing. No window begins after the input and the pads before it.
    """

    ceil: bool

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
        """Its padding: ``none``, ``same``, with as many places as the input has elements, or ``other``."""
        if not self.is_padded:
            return "none"
        is_same = max(self.strides) == 1 and (self.pads_begin, self.pads_end) == _same(self.window)
        return "same" if is_same else "other"

    def check(self, given: Axes) -> None:
        super().check(given)
        self.check_extents(given)

    def output(self, given: Axes) -> Axes:
        return (channel(given), *map(Axis, self.space, self.extents(given)))

    def extents(self, given: Axes) -> List[int]:
        return [count for count, _ in self._counted(shape_of(given[1:]))]

    def begins_behind(self, given: Axes) -> bool:
        """Whether rounding up adds a window that begins after the input, which is then omitted."""
        return any(behind for _, behind in self._counted(shape_of(given[1:])))

    def _counted(self, extents: Extents) -> List[Tuple[int, bool]]:
        """The number of places along each axis, and whether rounding up has added one."""
        found = []
        sizes = zip(extents, self.pads_begin, self.pads_end, self.window, self.strides)
        for extent, begin, end, size, stride in sizes:
            room = extent + begin + end - size
            count = (room + (stride - 1) * self.ceil) // stride + 1 if room >= 0 else 0
            behind = self.ceil and (count - 1) * stride >= extent + begin
            found.append((count - behind, behind))
        return found

    def seen(self, places: Any) -> Any:
        return self._windows(places, -1, -1)

    def _windows(self, array: Any, pad: Any, beyond: Any) -> Any:
        """The contents of windows over an array, its pads and what is beyond, with the axes of the window last."""
        counts = [count for count, _ in self._counted(array.shape[2:])]
        array = np.pad(array, [(0, 0), (0, 0), *zip(self.pads_begin, self.pads_end)], "constant", constant_values=pad)
        reached = [(count - 1) * stride + size for count, stride, size in zip(counts, self.strides, self.window)]
        more = [max(0, reach - extent) for reach, extent in zip(reached, array.shape[2:])]
        array = np.pad(array, [(0, 0), (0, 0), *((0, extent) for extent in more)], "constant", constant_values=beyond)
        return windows(array, self.window, self.strides, self.dilation)

    def flat(self, places: Any) -> Any:
        """A movement: the contents of the window at each of its places, along the last axis; -1 for nothing."""
        return self._flattened(self.seen(places))

    def _flattened(self, seen: Any) -> Any:
        return seen.reshape(*seen.shape[: -self.dimensions], -1)

    def counted(self, shape: Extents, pads: bool) -> Any:
        """How many elements of an array of this shape are in each window, with or without its pads."""
        return self._flattened(self._windows(np.ones(shape, int), int(pads), 0)).sum(-1)

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        made = [cls(**sizes) for sizes in _sizes(given)]
        return [layer for layer in made if not layer.begins_behind(given)]

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(window=(2, 2)), image(2, 4, 4)  # type: ignore[call-arg]


def _same(window: Extents) -> Tuple[Extents, Extents]:
    """The pads, begin and end, with which a window of stride 1 has as many places as the input has elements."""
    return tuple((size - 1) // 2 for size in window), tuple(size // 2 for size in window)


def _sizes(given: Axes) -> List[Dict[str, Any]]:
    """Windows to test: adjacent, overlapping, padded, padded at one end, to the same extent, rounded up."""
    if not fits(given, IMAGES):
        return []
    extents = [axis.extent for axis in given[1:]]
    ones = (1,) * len(extents)
    window = tuple(min(2 + at % 2, extent) for at, extent in enumerate(extents))
    found: List[Dict[str, Any]] = [{"window": window}, {"window": window, "strides": ones}]
    if min(window) > 1:
        found.append({"window": window, "pads_begin": ones, "pads_end": ones})
        found.append({"window": window, "strides": ones, "pads_begin": ones, "pads_end": ones})
        found.append({"window": window, "strides": (*ones[:-1], 2), "pads_end": ones})
        begin, end = _same(window)
        found.append({"window": window, "strides": ones, "pads_begin": begin, "pads_end": end})
        rooms = [extent - size for extent, size in zip(extents, window)]
        found.append({"window": window, "strides": tuple(map(_uneven, rooms)), "ceil": True})
        if any(begin):
            strides = tuple(_uneven(room + 2 * pad) for room, pad in zip(rooms, begin))
            found.append({"window": window, "strides": strides, "pads_begin": begin, "pads_end": begin, "ceil": True})
    return found


def _uneven(room: int) -> int:
    """A stride that does not divide this extent, so that rounding down or up makes a difference."""
    return next((stride for stride in (2, 3, 4) if room % stride), 1)


@dataclass(frozen=True)
class MaxPooling(Pooling):
    """ONNX MaxPool: pads are minus infinity."""

    window: Extents
    strides: Extents = ()
    pads_begin: Extents = ()
    pads_end: Extents = ()
    ceil: bool = False

    kind = "max_pooling"

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        return Result(largest(inputs, self.flat))


@dataclass(frozen=True)
class AveragePooling(Pooling):
    """ONNX AveragePool: padded zeros count if ``counts_pads``, which is ONNX' count_include_pad."""

    window: Extents
    strides: Extents = ()
    pads_begin: Extents = ()
    pads_end: Extents = ()
    counts_pads: bool = True
    ceil: bool = False

    kind = "average_pooling"

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        places = self.flat(np.arange(inputs.value.size).reshape(inputs.shape))
        count = self.counted(inputs.shape, self.counts_pads)
        return Result(_averaged(taken(inputs, places), count, " ".join(("row channel", *self.space))))

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        padded = [sizes for sizes in _sizes(given) if "pads_begin" in sizes]
        skipping = [cls(**sizes, counts_pads=False) for sizes in padded]
        return [*super().choices(given), *(layer for layer in skipping if not layer.begins_behind(given))]


@dataclass(frozen=True)
class GlobalPooling(Layer):
    """ONNX GlobalMaxPool and GlobalAveragePool, without their axes of extent 1: one number per channel."""

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
    """The sum along the last axis, which ``axes`` does not name, divided by a count, whose inverse is rounded."""
    share = exactly(1 / count).loosened(lambda: UNIT_ROUNDOFF / count)
    return contract(f"{axes}, {axes} -> {axes}", total(f"{axes} seen -> {axes}", seen), share)


def _whole(places: Any) -> Any:
    """A movement: all places of a channel along one axis."""
    return places.reshape(*places.shape[:2], -1)
