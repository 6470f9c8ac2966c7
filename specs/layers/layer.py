"""What a layer kind is: what it holds, what comes out of it, and how; said once, and of no framework.

A kind is a frozen dataclass derived from :class:`Layer`; its fields are its own sizes. Of what comes in it is told the
axes of one row: ``channel`` for features, ``channel height width`` for images, ``time channel`` for sequences.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, ClassVar, Dict, Mapping, Optional, Sequence, Tuple

import numpy as np

from specs.errors import SpecError
from specs.initializers import Initializer
from specs.layers.algebra import Bounded
from specs.older import prod
from specs.values import Value

#: Axes of windows and of images, the last ones first where there are fewer than three.
SPACE = ("depth", "height", "width")
#: Names of the axes of one row: of a vector, of a sequence of vectors, of images of 1 to 3 dimensions.
Names = Tuple[str, ...]
FEATURES: Names = ("channel",)
SEQUENCES: Names = ("time", "channel")
IMAGES: Tuple[Names, ...] = tuple(("channel", *SPACE[-dimensions:]) for dimensions in (1, 2, 3))


@dataclass(frozen=True)
class Axis(Value):
    """A named axis. ``letters`` name its places where these have names; ``parts`` are axes packed in it, row-major."""

    name: str
    extent: int
    letters: str = ""
    parts: Tuple[Axis, ...] = ()

    def __post_init__(self) -> None:
        if self.extent < 1:
            raise SpecError(f"axis {self.name}: extent {self.extent} must be 1 or more")


Axes = Tuple[Axis, ...]


def features(width: int) -> Axes:
    """One row is a vector."""
    return (Axis("channel", width),)


def image(channels: int, *extents: int) -> Axes:
    """One row is an image of 1 to 3 dimensions: canonical order channel, then space."""
    return (Axis("channel", channels), *map(Axis, SPACE[-len(extents) :], extents))


def sequence(time: int, channels: int) -> Axes:
    """One row is a sequence of vectors."""
    return (Axis("time", time), Axis("channel", channels))


def shape_of(axes: Axes) -> Tuple[int, ...]:
    return tuple(axis.extent for axis in axes)


def correspond(ours: Axes, theirs: Axes) -> bool:
    """Whether an array of the one may stand for one of the other: the same axes, or vectors of one length."""
    if len(ours) == len(theirs) == 1:
        return (ours[0].extent, ours[0].parts) == (theirs[0].extent, theirs[0].parts)
    return ours == theirs


def named(axes: Axes) -> str:
    """Axes and extents in words."""
    return " ".join(f"{axis.name}={axis.extent}" for axis in axes)


@dataclass(frozen=True)
class Fans:
    """Which axes of a role count as inputs, and which as outputs; a window's count as both (Glorot and Bengio 2010)."""

    into: Tuple[str, ...]
    out: Tuple[str, ...]


@dataclass(frozen=True)
class Role:
    """What a layer holds under one name.

    ``state`` is ``parameter``, or ``buffer``: not trained, without a gradient, moved by forward passes. ``start`` is
    what the specification draws by default. Axes named in ``inferred`` have extents that follow from what comes in.
    ``nominal`` are the fans by what its axes are called, where others of them are what an output is a sum over.
    Of one ``by_row``, a pass uses some rows alone, and a framework may take each use's gradient by itself. The row
    ``blank`` starts as zeros, whatever the others are.
    Where a layer holds the same thing several times, ``family`` is the name without the number, and ``number`` counts.
    """

    name: str
    axes: Axes
    start: Initializer
    fans: Optional[Fans] = None
    state: str = "parameter"
    inferred: Tuple[str, ...] = ()
    family: str = ""
    number: int = 0
    nominal: Optional[Fans] = None
    by_row: bool = False
    blank: Optional[int] = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "family", self.family or self.name)

    @property
    def shape(self) -> Tuple[int, ...]:
        return shape_of(self.axes)

    @property
    def window(self) -> Tuple[str, ...]:
        """Axes that count as inputs and as outputs."""
        return () if self.fans is None else tuple(name for name in self.fans.into if name in self.fans.out)

    @property
    def fan_in_and_out(self) -> Tuple[int, int]:
        """Products of the extents of input axes and of output axes. Raises :class:`SpecError` where there are none."""
        return self._counted(self.fans)

    @property
    def nominal_fans(self) -> Tuple[int, int]:
        """The same by what its axes are called."""
        return self._counted(self.nominal)

    def _counted(self, fans: Optional[Fans]) -> Tuple[int, int]:
        if fans is None:
            raise SpecError(f"{self.name} has no fan_in and fan_out")
        extents = {axis.name: axis.extent for axis in self.axes}
        return prod(extents[name] for name in fans.into), prod(extents[name] for name in fans.out)


@dataclass(frozen=True)
class Result:
    """What a forward pass gives: an output, and what buffers hold after it."""

    output: Bounded
    buffers: Mapping[str, Bounded] = field(default_factory=dict)


@dataclass(frozen=True)
class Instead:
    """A layer that computes the same as another one, of ``values`` that are made of that one's.

    ``words`` say what becomes of them. Where it trains on otherwise than that one, ``price`` says how: then it stands
    for that one only where somebody accepts it by its ``name``.
    """

    name: str
    layer: Layer
    values: Callable[[Mapping[str, np.ndarray]], Dict[str, np.ndarray]]
    words: str
    price: str = ""


class Layer(Value):
    """A layer kind."""

    #: What laws and reports call it.
    kind: ClassVar[str]
    #: What a sentence calls it: the same in words, where a kind says nothing else.
    words: ClassVar[str]
    #: Whether a forward pass for training does something else than one for inference.
    has_modes: ClassVar[bool] = False
    #: Whether one for training draws numbers. Then :meth:`apply` says between which values its outputs are.
    is_random: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "kind" in vars(cls):
            cls.words = vars(cls).get("words", cls.kind.replace("_", " "))

    def check(self, given: Axes) -> None:
        """Raise :class:`SpecError` where what comes in does not fit."""

    def roles(self, given: Axes) -> Tuple[Role, ...]:
        """What the layer holds, in the order of the specification."""
        return ()

    def output(self, given: Axes) -> Axes:
        """The axes of one row of what comes out."""
        return given

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        """The forward pass over a batch, ``row`` before the axes that are given."""
        raise NotImplementedError

    def drawn(self, inputs: Bounded, random: np.random.RandomState) -> Result:
        """One forward pass for training of a layer that draws numbers."""
        raise NotImplementedError

    def fed(self, numbers: np.ndarray) -> np.ndarray:
        """What a batch of numbers from [-1, 1) becomes before it is fed to a network that begins with this layer."""
        return numbers

    def instead(self, given: Axes) -> Sequence[Instead]:
        """Layers that compute the same, for a framework that has no such layer; those that change least first."""
        return ()

    def bare(self) -> Sequence[Layer]:
        """The same without what may be left out of it."""
        return ()

    def incoming(self, given: Axes) -> Dict[str, Any]:
        """What a framework's constructor may be told of what comes in, by the argument of an adapter's method."""
        return {}

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        """Layers of this kind worth asking about where these axes come in, simple ones first. None where none fits."""
        return ()

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        """One of this kind that holds all of its roles, and the axes that come in."""
        raise NotImplementedError

    def lead(self, given: Axes) -> str:
        """All axes of a batch but the channel, in words."""
        return " ".join(["row", *(axis.name for axis in given if axis.name != "channel")])


def channel(given: Axes) -> Axis:
    """The axis of channels. Raises :class:`SpecError` where there is none."""
    found = next((axis for axis in given if axis.name == "channel"), None)
    if found is None:
        raise SpecError(f"{named(given)} has no axis channel")
    return found


def fits(given: Axes, names: Sequence[Names]) -> bool:
    """Whether the axes that come in have the names accepted, in their order."""
    return tuple(axis.name for axis in given) in names


def require(given: Axes, names: Sequence[Names], what: str) -> None:
    """Raise :class:`SpecError` where the axes that come in are none of those accepted."""
    if not fits(given, names):
        accepted = " or ".join(" ".join(each) for each in names)
        raise SpecError(f"{what} takes {accepted}; {named(given)} comes in")


def positive(what: str, *numbers: int, least: int = 1) -> None:
    """Raise :class:`SpecError` for a number that is less than the least that is accepted."""
    for number in numbers:
        if number < least:
            raise SpecError(f"{what}: {number} must be {least} or more")
