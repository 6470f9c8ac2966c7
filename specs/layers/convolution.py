"""Convolution: a window that slides over 1 to 3 dimensions (cross-correlation, as every framework here has it)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from specs.errors import SpecError
from specs.initializers import XavierUniform, Zeros
from specs.layers.algebra import Bounded, contract, gathered, moved, padded, spread, windows
from specs.layers.layer import SPACE, Axes, Axis, Fans, Layer, Result, Role, channel, image, named, positive, require

Extents = Tuple[int, ...]


@dataclass(frozen=True)
class Convolution(Layer):
    """ONNX Conv: ``weight`` is ``out in *window``, where ``in`` counts the channels of one of ``groups`` groups.

    ``strides``, ``dilation`` and ``pads_begin`` and ``pads_end`` have an extent for each axis of the window; left
    empty, they are 1, 1 and 0.
    """

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
        for name in ("window", "strides", "dilation", "pads_begin", "pads_end"):
            if not isinstance(getattr(self, name), tuple):
                raise SpecError(f"Convolution.{name}: {getattr(self, name)!r} is no tuple with an extent for each axis")
        positive("Convolution.window", *self.window)
        if not 1 <= len(self.window) <= len(SPACE):
            raise SpecError(f"Convolution.window: {self.window} has {len(self.window)} axes; accepted: 1 to 3")
        for name, usual in (("strides", 1), ("dilation", 1), ("pads_begin", 0), ("pads_end", 0)):
            given = getattr(self, name) or (usual,) * len(self.window)
            object.__setattr__(self, name, given)
            if len(given) != len(self.window):
                raise SpecError(f"Convolution.{name}: {given} is due an extent for each axis of {self.window}")
            positive(f"Convolution.{name}", *given, least=usual)
        if self.filters % self.groups:
            raise SpecError(f"Convolution.groups: {self.groups} does not divide {self.filters} filters")

    @property
    def dimensions(self) -> int:
        return len(self.window)

    @property
    def is_padded(self) -> bool:
        return any((*self.pads_begin, *self.pads_end))

    @property
    def is_padded_evenly(self) -> bool:
        return self.pads_begin == self.pads_end

    def check(self, given: Axes) -> None:
        require(given, [("channel", *SPACE[-self.dimensions :])], f"Convolution of {self.dimensions} dimensions")
        if channel(given).extent % self.groups:
            raise SpecError(f"Convolution.groups: {self.groups} does not divide {channel(given).extent} channels")
        for axis, extent in zip(given[1:], self._extents(given)):
            if extent < 1:
                raise SpecError(f"Convolution.window: {self.window} is larger than the padded input, {named((axis,))}")

    def _extents(self, given: Axes) -> List[int]:
        reached = [(size - 1) * step + 1 for size, step in zip(self.window, self.dilation)]
        padding = zip(self.pads_begin, self.pads_end)
        free = [axis.extent + sum(pads) - reach for axis, pads, reach in zip(given[1:], padding, reached)]
        return [room // stride + 1 if room >= 0 else 0 for room, stride in zip(free, self.strides)]

    def roles(self, given: Axes) -> Tuple[Role, ...]:
        out = Axis("out", self.filters)
        into = Axis("in", channel(given).extent // self.groups)
        names = SPACE[-self.dimensions :]
        weight = Role(
            "weight",
            (out, into, *map(Axis, names, self.window)),
            XavierUniform(),
            Fans(("in", *names), ("out", *names)),
            inferred=("in",),
        )
        return (weight, Role("bias", (out,), Zeros())) if self.bias else (weight,)

    def output(self, given: Axes) -> Axes:
        return (Axis("channel", self.filters), *map(Axis, SPACE[-self.dimensions :], self._extents(given)))

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        space = " ".join(SPACE[-self.dimensions :])
        window = " ".join(f"window_{name}" for name in SPACE[-self.dimensions :])
        pads = [(0, 0), (0, 0), *zip(self.pads_begin, self.pads_end)]
        seen = moved(
            inputs,
            lambda places: self._grouped(
                windows(padded(places, pads), self.window, self.strides, self.dilation), axis=1
            ),
        )
        weight = moved(values["weight"], lambda places: self._grouped(places, axis=0))
        spec = f"row group in {space} {window}, group out in {window} -> row group out {space}"
        outputs = contract(spec, seen, weight)
        if self.bias:
            bias = moved(values["bias"], lambda places: self._grouped(places, axis=0))
            outputs = gathered(outputs, spread(f"group out -> row group out {space}", bias, outputs.shape))
        return Result(moved(outputs, lambda places: places.reshape(len(places), self.filters, *places.shape[3:])))

    def _grouped(self, places: Any, axis: int) -> Any:
        """An axis of channels as two: groups, and channels of one of them."""
        shape = places.shape
        return places.reshape(*shape[:axis], self.groups, shape[axis] // self.groups, *shape[axis + 1 :])

    def incoming(self, given: Axes) -> Dict[str, Any]:
        return {"in_channels": channel(given).extent}

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        if given[0].name != "channel" or not 2 <= len(given) <= len(SPACE) + 1:
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
        if all(extent >= 3 for extent in extents):
            found.append(cls(2, (2,) * len(extents), dilation=(2,) * len(extents)))
        for groups in range(2, into + 1):
            if into % groups == 0:
                found += [cls(2 * groups, uneven, groups=groups), cls(groups, uneven, groups=groups, bias=False)]
        return found

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(2, (2, 3)), image(2, 4, 5)
