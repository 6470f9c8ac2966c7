"""Convolution: a window that slides over 1 to 3 dimensions (cross-correlation, as in every framework here)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Dict, List, Mapping, Sequence, Tuple

from specs.errors import SpecError
from specs.initializers import XavierUniform, Zeros
from specs.layers.algebra import Bounded, contract, gathered, moved, padded, spread, windows
from specs.layers.layer import (
    IMAGES,
    SPACE,
    Axes,
    Axis,
    Fans,
    Layer,
    Result,
    Role,
    channel,
    fits,
    image,
    named,
    positive,
    require,
)

Extents = Tuple[int, ...]


class Windowed(Layer):
    """The common part of layers whose window slides over 1 to 3 dimensions, zero-padded as given.

    ``strides``, ``dilation``, ``pads_begin`` and ``pads_end`` have one number for each axis of the window; if empty,
    strides and dilation are 1, and pads 0.
    """

    window: Extents
    strides: Extents
    dilation: Extents
    pads_begin: Extents
    pads_end: Extents

    #: Fields with one number for each axis of the window, and their defaults.
    usual: ClassVar[Mapping[str, int]] = {"strides": 1, "dilation": 1, "pads_begin": 0, "pads_end": 0}

    def __post_init__(self) -> None:
        name = type(self).__name__
        positive(f"{name}.window", *self.window)
        if not 1 <= len(self.window) <= len(SPACE):
            raise SpecError(f"{name}.window: {self.window} has {len(self.window)} axes; accepted: 1 to 3")
        for field, usual in self.usual.items():
            given = getattr(self, field) or (usual,) * len(self.window)
            object.__setattr__(self, field, given)
            if len(given) != len(self.window):
                raise SpecError(f"{name}.{field}: {given} needs an extent for each axis of {self.window}")
            positive(f"{name}.{field}", *given, least=usual)

    @property
    def dimensions(self) -> int:
        return len(self.window)

    @property
    def is_padded(self) -> bool:
        return any((*self.pads_begin, *self.pads_end))

    @property
    def is_padded_evenly(self) -> bool:
        return self.pads_begin == self.pads_end

    @property
    def space(self) -> Tuple[str, ...]:
        """The names of the axes that the window slides over."""
        return SPACE[-self.dimensions :]

    @property
    def within(self) -> Tuple[str, ...]:
        """The names of the axes within a window."""
        return tuple(f"window_{name}" for name in self.space)

    def reach(self) -> List[int]:
        """The extent of the window along each axis, including its gaps."""
        return [(size - 1) * step + 1 for size, step in zip(self.window, self.dilation)]

    def check(self, given: Axes) -> None:
        name = type(self).__name__
        require(given, [("channel", *self.space)], f"{name} of {self.dimensions} dimensions")

    def extents(self, given: Axes) -> List[int]:
        """The number of places of the window along each axis."""
        padding = zip(self.pads_begin, self.pads_end)
        free = [axis.extent + sum(pads) - reach for axis, pads, reach in zip(given[1:], padding, self.reach())]
        return [room // stride + 1 if room >= 0 else 0 for room, stride in zip(free, self.strides)]

    def check_extents(self, given: Axes) -> None:
        """Raise :class:`SpecError` if the window does not fit in the padded input."""
        for axis, extent in zip(given[1:], self.extents(given)):
            if extent < 1:
                name = type(self).__name__
                raise SpecError(f"{name}.window: {self.window} is larger than the padded input, {named((axis,))}")

    def seen(self, places: Any) -> Any:
        """A movement: the elements in the window at each of its places, with the axes of the window last."""
        pads = [(0, 0), (0, 0), *zip(self.pads_begin, self.pads_end)]
        return windows(padded(places, pads), self.window, self.strides, self.dilation)

    def incoming(self, given: Axes) -> Dict[str, Any]:
        return {"in_channels": channel(given).extent}


def grouped(places: Any, groups: int, axis: int) -> Any:
    """A movement: splits the channel axis into groups and channels of a group."""
    shape = places.shape
    return places.reshape(*shape[:axis], groups, shape[axis] // groups, *shape[axis + 1 :])


def check_groups(name: str, groups: int, count: int, what: str) -> None:
    """Raise :class:`SpecError` if the number of groups does not divide that of channels or filters."""
    if count % groups:
        raise SpecError(f"{name}.groups: {groups} does not divide {count} {what}")


@dataclass(frozen=True)
class Convolution(Windowed):
    """ONNX Conv: ``weight`` is ``out in *window``, where ``in`` are the channels of one of ``groups`` groups."""

    filters: int
    window: Extents
    strides: Extents = ()
    dilation: Extents = ()
    pads_begin: Extents = ()
    pads_end: Extents = ()
    groups: int = 1
    bias: bool = True

    kind = "convolution"

    def __post_init__(self) -> None:
        positive("Convolution.filters", self.filters)
        positive("Convolution.groups", self.groups)
        super().__post_init__()
        check_groups("Convolution", self.groups, self.filters, "filters")

    def check(self, given: Axes) -> None:
        super().check(given)
        check_groups("Convolution", self.groups, channel(given).extent, "channels")
        self.check_extents(given)

    def roles(self, given: Axes) -> Tuple[Role, ...]:
        out = Axis("out", self.filters)
        into = Axis("in", channel(given).extent // self.groups)
        weight = Role(
            "weight",
            (out, into, *map(Axis, self.space, self.window)),
            XavierUniform(),
            Fans(("in", *self.space), ("out", *self.space)),
            inferred=("in",),
        )
        return (weight, Role("bias", (out,), Zeros())) if self.bias else (weight,)

    def output(self, given: Axes) -> Axes:
        return (Axis("channel", self.filters), *map(Axis, self.space, self.extents(given)))

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        space, window = " ".join(self.space), " ".join(self.within)
        seen = moved(inputs, lambda places: grouped(self.seen(places), self.groups, axis=1))
        weight = moved(values["weight"], lambda places: grouped(places, self.groups, axis=0))
        spec = f"row group in {space} {window}, group out in {window} -> row group out {space}"
        outputs = contract(spec, seen, weight)
        if self.bias:
            bias = moved(values["bias"], lambda places: grouped(places, self.groups, axis=0))
            outputs = gathered(outputs, spread(f"group out -> row group out {space}", bias, outputs.shape))
        return Result(moved(outputs, lambda places: places.reshape(len(places), self.filters, *places.shape[3:])))

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        if not fits(given, IMAGES):
            return ()
        extents = [axis.extent for axis in given[1:]]
        into = given[0].extent
        ones, none = (1,) * len(extents), (0,) * len(extents)
        uneven = tuple(min(2 + at % 2, extent) for at, extent in enumerate(extents))
        found: List[Layer] = [cls(3, ones), cls(2, uneven), cls(4, uneven, bias=False)]
        found.append(cls(3, uneven, pads_begin=ones, pads_end=ones))
        found.append(cls(2, uneven, pads_begin=none, pads_end=ones))
        found.append(cls(2, uneven, strides=tuple(2 if at == 0 else 1 for at in range(len(extents)))))
        found.append(cls(3, uneven, strides=(*ones[:-1], 2), pads_begin=ones, pads_end=none))
        found.append(cls(2, ones, strides=(*ones[:-1], 2)))
        if all(extent >= 3 for extent in extents):
            twos = (2,) * len(extents)
            found += [cls(2, twos, dilation=twos), cls(3, twos, dilation=twos, pads_begin=ones, pads_end=ones)]
        for groups in range(2, into + 1):
            if into % groups == 0:
                found += [cls(2 * groups, uneven, groups=groups), cls(groups, uneven, groups=groups, bias=False)]
                found.append(cls(3 * groups, ones, groups=groups))
        return found

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(2, (2, 3)), image(2, 4, 5)
