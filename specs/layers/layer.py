"""What a layer kind is: its parameters and buffers, its output and its forward pass, without naming a framework.

A kind is a frozen dataclass derived from :class:`Layer`; its fields are its own sizes. It is given the axes of one
input row: ``channel`` for vectors, ``channel height width`` for images, ``time channel`` for sequences.
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

#: Axes of windows and of images; with fewer than three, the last ones.
SPACE = ("depth", "height", "width")
#: Names of the axes of one row: of a vector, of a sequence of vectors, of images of 1 to 3 dimensions.
Names = Tuple[str, ...]
FEATURES: Names = ("channel",)
SEQUENCES: Names = ("time", "channel")
IMAGES: Tuple[Names, ...] = tuple(("channel", *SPACE[-dimensions:]) for dimensions in (1, 2, 3))


@dataclass(frozen=True)
class Axis(Value):
    """A named axis. ``letters`` name its places, if they have names; ``parts`` are axes packed in it, row-major."""

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
    """Whether an array with either axes can take the other's place: equal axes, or vectors of equal length."""
    if len(ours) == len(theirs) == 1:
        return (ours[0].extent, ours[0].parts) == (theirs[0].extent, theirs[0].parts)
    return ours == theirs


def named(axes: Axes) -> str:
    """Axes and extents in words."""
    return " ".join(f"{axis.name}={axis.extent}" for axis in axes)


@dataclass(frozen=True)
class Fans:
    """Which axes of a role are inputs and which are outputs; a window's are both (Glorot and Bengio 2010)."""

    into: Tuple[str, ...]
    out: Tuple[str, ...]


@dataclass(frozen=True)
class Role:
    """A parameter or buffer of a layer.

    ``state`` is ``parameter``, or ``buffer``: not trained, without a gradient, updated by forward passes. ``start`` is
    the specified default initial value. The extents of the axes named in ``inferred`` follow from the input.
    ``nominal`` are the fans by the names of the axes, if an output is a sum over different axes.
    If ``by_row``, a pass uses only some rows, and a framework may treat the gradient of each use separately. The row
    ``blank`` starts as zeros, whatever the others are.
    If a layer has several roles of one sort, ``family`` is the name without the number, and ``number`` counts them.
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
        """The axes that are inputs and those that are outputs."""
        return () if self.fans is None else tuple(name for name in self.fans.into if name in self.fans.out)

    @property
    def fan_in_and_out(self) -> Tuple[int, int]:
        """fan_in and fan_out: products of input and output extents. Raises :class:`SpecError` if there are none."""
        return self._counted(self.fans)

    @property
    def nominal_fans(self) -> Tuple[int, int]:
        """The same for nominal fans."""
        return self._counted(self.nominal)

    def _counted(self, fans: Optional[Fans]) -> Tuple[int, int]:
        if fans is None:
            raise SpecError(f"{self.name} has no fan_in and fan_out")
        extents = {axis.name: axis.extent for axis in self.axes}
        return prod(extents[name] for name in fans.into), prod(extents[name] for name in fans.out)


@dataclass(frozen=True)
class Result:
    """The result of a forward pass: the output, and the values of buffers after it."""

    output: Bounded
    buffers: Mapping[str, Bounded] = field(default_factory=dict)


@dataclass(frozen=True)
class Instead:
    """A layer that computes the same as another one, from ``values`` that are derived from that one's.

    ``words`` describe the derivation. If it trains differently from then on, ``price`` says how, and it replaces the
    other one only if the user accepts it by its ``name``.
    """

    name: str
    layer: Layer
    values: Callable[[Mapping[str, np.ndarray]], Dict[str, np.ndarray]]
    words: str
    price: str = ""


class Layer(Value):
    """A layer kind."""

    #: Its name in laws and reports.
    kind: ClassVar[str]
    #: Its name in sentences: by default ``kind`` with spaces.
    words: ClassVar[str]
    #: Whether forward passes for training and for inference differ.
    has_modes: ClassVar[bool] = False
    #: Whether most networks consist of it: what is asked of each other kind by itself is asked of all networks for it.
    is_common: ClassVar[bool] = False
    #: Whether each number of the output is a function of one number of the input, and of nothing else.
    is_elementwise: ClassVar[bool] = False
    #: Whether a pass for training draws random numbers. Then :meth:`apply` gives the range of its outputs.
    is_random: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "kind" in vars(cls):
            cls.words = vars(cls).get("words", cls.kind.replace("_", " "))

    def check(self, given: Axes) -> None:
        """Raise :class:`SpecError` if the input does not fit."""

    def roles(self, given: Axes) -> Tuple[Role, ...]:
        """The parameters and buffers of the layer, in the order of the specification."""
        return ()

    def output(self, given: Axes) -> Axes:
        """The axes of one output row."""
        return given

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        """The forward pass over a batch, whose axes are ``row`` and those of ``given``."""
        raise NotImplementedError

    def drawn(self, inputs: Bounded, random: np.random.RandomState) -> Result:
        """One forward pass for training of a layer that draws numbers."""
        raise NotImplementedError

    def fed(self, numbers: np.ndarray) -> np.ndarray:
        """A batch of numbers from [-1, 1), transformed to be fed to a network that begins with this layer."""
        return numbers

    def instead(self, given: Axes) -> Sequence[Instead]:
        """Layers that compute the same, for a framework without this layer; those that change least come first."""
        return ()

    @property
    def is_called_step_by_step(self) -> bool:
        """Whether it consists of a smaller layer that one pass calls several times."""
        return False

    def bare(self) -> Sequence[Layer]:
        """The same without what may be left out of it."""
        return ()

    def incoming(self, given: Axes) -> Dict[str, Any]:
        """Facts about the input that a framework's constructor may need, by argument name of the adapter's method."""
        return {}

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        """Layers of this kind to test with inputs of these axes, simple ones first. None if none fits."""
        return ()

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        """A layer of this kind with all of its roles, and the axes of its input."""
        raise NotImplementedError

    def lead(self, given: Axes) -> str:
        """All axes of a batch but the channel, in words."""
        return " ".join(["row", *(axis.name for axis in given if axis.name != "channel")])


def channel(given: Axes) -> Axis:
    """The channel axis. Raises :class:`SpecError` if there is none."""
    found = next((axis for axis in given if axis.name == "channel"), None)
    if found is None:
        raise SpecError(f"{named(given)} has no axis channel")
    return found


def fits(given: Axes, names: Sequence[Names]) -> bool:
    """Whether the input axes have one of the accepted lists of names, in order."""
    return tuple(axis.name for axis in given) in names


def require(given: Axes, names: Sequence[Names], what: str) -> None:
    """Raise :class:`SpecError` unless the input axes are among those accepted."""
    if not fits(given, names):
        accepted = " or ".join(" ".join(each) for each in names)
        raise SpecError(f"{what} takes {accepted}; {named(given)} comes in")


def positive(what: str, *numbers: int, least: int = 1) -> None:
    """Raise :class:`SpecError` for a number that is less than the least that is accepted."""
    for number in numbers:
        if number < least:
            raise SpecError(f"{what}: {number} must be {least} or more")
