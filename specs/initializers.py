"""Initializers as data. Each defines the exact distribution of a parameter's elements, given its fans.

Fans follow Glorot & Bengio 2010 ("Understanding the difficulty of training deep feedforward neural networks"): for a
dense weight with named axes ``out in``, ``fan_in`` is the extent of ``in`` and ``fan_out`` that of ``out``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple, Union

import numpy as np

from specs.arrays import ArrayRecipe
from specs.codec import shown
from specs.custom_initializers import definition
from specs.errors import SpecError, above_zero, finite, one_of
from specs.values import Value


@dataclass(frozen=True)
class Default(Value):
    """Whatever the framework does when the user gives no initializer."""


@dataclass(frozen=True)
class Normal(Value):
    """Independent draws from N(``mean``, ``std`` squared)."""

    mean: float = 0.0
    std: float = 1.0

    def __post_init__(self) -> None:
        finite("Normal.mean", self.mean)
        above_zero("Normal.std", self.std)


@dataclass(frozen=True)
class TruncatedNormal(Value):
    """Independent draws from N(``mean``, ``std`` squared); draws outside ``low`` .. ``high`` are drawn again.

    Without bounds, the framework's default bounds apply. The mean must be within two standard deviations of the
    interval, and the interval at least std / 8 wide: otherwise frameworks draw inaccurately, and take long.
    """

    std: float = 1.0
    mean: float = 0.0
    low: Optional[float] = None
    high: Optional[float] = None

    def __post_init__(self) -> None:
        above_zero("TruncatedNormal.std", self.std)
        finite("TruncatedNormal.mean", self.mean)
        if self.low is None and self.high is None:
            return
        if self.low is None or self.high is None:
            raise SpecError(f"TruncatedNormal: low {self.low} and high {self.high} must both be given, or neither")
        finite("TruncatedNormal.low", self.low)
        finite("TruncatedNormal.high", self.high)
        if self.high - self.low < self.std / 8:
            raise SpecError(f"TruncatedNormal: high {self.high} must be above low {self.low} by std / 8 or more")
        if not self.low - 2 * self.std <= self.mean <= self.high + 2 * self.std:
            raise SpecError(f"TruncatedNormal: mean {self.mean} must be within two std of {self.low} .. {self.high}")

    @property
    def has_ends(self) -> bool:
        return self.low is not None


@dataclass(frozen=True)
class SeededNormal(Value):
    """Independent draws from N(``mean``, ``std`` squared) by the initializer's own generator, seeded with ``seed``."""

    mean: float = 0.0
    std: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        finite("SeededNormal.mean", self.mean)
        above_zero("SeededNormal.std", self.std)
        _seed("SeededNormal.seed", self.seed)


@dataclass(frozen=True)
class Uniform(Value):
    """Independent draws from [``low``, ``high``)."""

    low: float
    high: float

    def __post_init__(self) -> None:
        finite("Uniform.low", self.low)
        finite("Uniform.high", self.high)
        if not self.low < self.high:
            raise SpecError(f"Uniform: low {self.low} must be less than high {self.high}")


@dataclass(frozen=True)
class Constant(Value):
    """Every element is ``value``."""

    value: float

    def __post_init__(self) -> None:
        finite("Constant.value", self.value)


@dataclass(frozen=True)
class ConstantArray(Value):
    """A copy of a given array (canonical axis order)."""

    values: ArrayRecipe


@dataclass(frozen=True)
class Zeros(Value):
    """Every element is 0."""


@dataclass(frozen=True)
class Ones(Value):
    """Every element is 1."""


@dataclass(frozen=True)
class XavierUniform(Value):
    """U(-a, a) with a = ``gain`` * sqrt(6 / (fan_in + fan_out))."""

    gain: float = 1.0

    def __post_init__(self) -> None:
        above_zero("XavierUniform.gain", self.gain)


@dataclass(frozen=True)
class XavierNormal(Value):
    """N(0, s squared) with s = ``gain`` * sqrt(2 / (fan_in + fan_out))."""

    gain: float = 1.0

    def __post_init__(self) -> None:
        above_zero("XavierNormal.gain", self.gain)


MODES = ("fan_in", "fan_out", "fan_avg")


@dataclass(frozen=True)
class VarianceScaling(Value):
    """Uniform or normal draws of variance ``scale / n``, where n is fan_in, fan_out or their average.

    He's (Kaiming's) initializers have scale 2 and LeCun's 1, both with fan_in (He et al. 2015, LeCun et al. 1998). For
    a leaky rectifier of slope a, the scale is ``2 / (1 + a**2)``.
    """

    scale: float = 2.0
    mode: str = "fan_in"
    distribution: str = "uniform"

    def __post_init__(self) -> None:
        above_zero("VarianceScaling.scale", self.scale)
        one_of("VarianceScaling.mode", self.mode, MODES)
        one_of("VarianceScaling.distribution", self.distribution, ("uniform", "normal"))


#: Nonlinearities after the layer that He's (Kaiming's) initializer accepts.
NONLINEARITIES = ("linear", "relu", "leaky_relu", "tanh", "sigmoid", "selu")


@dataclass(frozen=True)
class Kaiming(Value):
    """Draws from N(0, gain squared / n), where n is fan_in or fan_out, and the nonlinearity determines the gain.

    The gain is 1 for linear and sigmoid, sqrt(2) for relu, sqrt(2 / (1 + slope**2)) for leaky relu, 5/3 for tanh, and
    3/4 for selu. If leaky relu's ``slope`` is not given, the framework's default applies.
    """

    nonlinearity: str = "relu"
    slope: Optional[float] = None
    mode: str = "fan_in"

    def __post_init__(self) -> None:
        one_of("Kaiming.nonlinearity", self.nonlinearity, NONLINEARITIES)
        one_of("Kaiming.mode", self.mode, ("fan_in", "fan_out"))
        if self.slope is not None:
            finite("Kaiming.slope", self.slope)
            if self.nonlinearity != "leaky_relu":
                raise SpecError(
                    f"Kaiming.slope: {self.slope} is given for {self.nonlinearity}; leaky_relu alone has one"
                )

    @property
    def has_slope(self) -> bool:
        return self.slope is not None


#: Names of initializers that the frameworks have in common.
BARE = ("normal", "uniform", "truncated_normal", "xavier", "he", "orthogonal")


@dataclass(frozen=True)
class Bare(Value):
    """What the framework's initializer of this name draws when called without arguments."""

    name: str

    def __post_init__(self) -> None:
        one_of("Bare.name", self.name, BARE)


@dataclass(frozen=True)
class Orthogonal(Value):
    """``gain`` times a matrix with orthonormal rows or columns, uniform among all of its shape (Haar measure).

    Output axes form the rows, input axes the columns (Saxe, McClelland and Ganguli 2014).
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        above_zero("Orthogonal.gain", self.gain)


Shape = Tuple[int, ...]


@dataclass(frozen=True)
class Identity(Value):
    """``gain`` on the diagonal of a matrix, and zeros elsewhere."""

    gain: float = 1.0

    def __post_init__(self) -> None:
        above_zero("Identity.gain", self.gain)

    def array(self, shape: Shape) -> Optional[np.ndarray]:
        """The array of this shape; None unless it has two axes."""
        return (self.gain * np.eye(shape[0], shape[1])).astype(np.float32) if len(shape) == 2 else None


@dataclass(frozen=True)
class Dirac(Value):
    """The identity of a convolution, in each of its groups: 1 at the center of the window, from a channel to itself.

    If an extent is even, the center is the place just after the middle.
    """

    groups: int = 1

    def __post_init__(self) -> None:
        if self.groups < 1:
            raise SpecError(f"Dirac.groups: {self.groups} must be 1 or more")

    def array(self, shape: Shape) -> Optional[np.ndarray]:
        """The array of this shape, outputs before inputs; None unless it has a window of 1 to 3 axes."""
        if not 3 <= len(shape) <= 5 or shape[0] % self.groups:
            return None
        array = np.zeros((self.groups, shape[0] // self.groups, *shape[1:]), np.float32)
        middle = tuple(extent // 2 for extent in shape[2:])
        for group in array:
            for channel in range(min(group.shape[:2])):
                group[(channel, channel, *middle)] = 1
        return array.reshape(shape)


@dataclass(frozen=True)
class Bilinear(Value):
    """Weights with which a transposed convolution interpolates an image: the same between any two channels.

    Along an axis of extent n they are ``1 - abs(place / f - c)``, where ``f`` is half of n, rounded up, and ``c`` is
    ``(2 f - 1 - f mod 2) / 2 f``; for two axes, their product (Shelhamer, Long and Darrell 2017, as Caffe has it).
    """

    def array(self, shape: Shape) -> Optional[np.ndarray]:
        """The array of this shape; None unless it has a window of two axes."""
        if len(shape) != 4:
            return None
        column, row = (interpolating(np.arange(extent), extent) for extent in shape[2:])
        return np.broadcast_to(np.outer(column, row), shape).astype(np.float32)


def interpolating(places: np.ndarray, extent: int) -> np.ndarray:
    """The weights at places along an axis of an extent."""
    half = np.ceil(extent / 2)
    centre = (2 * half - 1 - half % 2) / (2 * half)
    weights: np.ndarray = 1 - np.abs(places / half - centre)
    return weights


@dataclass(frozen=True)
class Custom(Value):
    """A user-defined function, given as source: see :mod:`specs.custom_initializers`.

    An adapter passes it to its framework as a custom initializer in the framework's own form; the random state is
    seeded with ``seed``.
    """

    source: str
    seed: int = 0

    def __post_init__(self) -> None:
        definition(self.source)
        _seed("Custom.seed", self.seed)


Initializer = Union[
    Default, Normal, TruncatedNormal, SeededNormal, Uniform, Constant, ConstantArray, Zeros, Ones, XavierUniform,
    XavierNormal, VarianceScaling, Kaiming, Bare, Orthogonal, Identity, Dirac, Bilinear, Custom,
]  # fmt: skip


def described(given: Initializer) -> str:
    """An initializer in a few words."""
    if isinstance(given, Default):
        return "its defaults"
    return f"a function of one's own, {definition(given.source).name}" if isinstance(given, Custom) else shown(given)


def _seed(what: str, seed: int) -> None:
    """Raise :class:`SpecError` for a seed that some framework's generator does not accept."""
    if not 0 <= seed < 2**31:
        raise SpecError(f"{what}: {seed} is outside 0 .. 2**31 - 1")
