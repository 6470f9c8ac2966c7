"""Arrays as recipes, so that a program stays short however large its arrays are.

A recipe has no shape. ``recipe.array(shape)`` makes the float32 array; the same recipe and shape give the same array
on every platform and NumPy version (the stream of ``numpy.random.RandomState`` is frozen, NEP 19).
"""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from typing import Any, Dict, Tuple, Union

import numpy as np

from specs.errors import SpecError, finite
from specs.values import Value

Shape = Tuple[int, ...]

#: NumPy's printing options under which a printed array is exact: every element, with all of its digits.
IN_FULL: Dict[str, Any] = {"floatmode": "unique", "threshold": sys.maxsize}


@dataclass(frozen=True)
class Filled(Value):
    """Every element is ``value``."""

    value: float

    def __post_init__(self) -> None:
        finite("Filled.value", self.value)

    def array(self, shape: Shape) -> np.ndarray:
        return np.full(shape, self.value, dtype=np.float32)


@dataclass(frozen=True)
class Drawn(Value):
    """Uniform draws from [-1, 1), reproducible from ``seed``."""

    seed: int

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**32:
            raise SpecError(f"Drawn.seed: {self.seed} is outside 0 .. 2**32 - 1")

    def array(self, shape: Shape) -> np.ndarray:
        return _drawn(self.seed, tuple(shape)).copy()


@dataclass(frozen=True)
class Listed(Value):
    """The elements one by one, in row-major order."""

    values: Tuple[float, ...]

    def __post_init__(self) -> None:
        for value in self.values:
            finite("Listed.values", value)

    def array(self, shape: Shape) -> np.ndarray:
        check_fits(self, shape, "Listed.values")
        return np.array(self.values, dtype=np.float32).reshape(shape)


@dataclass(frozen=True)
class Bits(Value):
    """Elements given by their float32 bits, repeated until the array is full; may be NaN, infinite or -0.0."""

    words: Tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.words:
            raise SpecError("Bits.words: one word or more is expected")
        for word in self.words:
            if not 0 <= word < 2**32:
                raise SpecError(f"Bits.words: {word} is outside 0 .. 2**32 - 1")

    def array(self, shape: Shape) -> np.ndarray:
        return np.resize(np.array(self.words, dtype=np.uint32).view(np.float32), shape)


ArrayRecipe = Union[Filled, Drawn, Listed, Bits]


def check_fits(recipe: ArrayRecipe, shape: Shape, where: str) -> None:
    """Raise :class:`SpecError` if a recipe cannot make an array of this shape."""
    if isinstance(recipe, Listed) and len(recipe.values) != int(np.prod(shape)):
        raise SpecError(f"{where}: {len(recipe.values)} values do not fill shape {tuple(shape)}")


@functools.lru_cache(maxsize=1024)
def _drawn(seed: int, shape: Shape) -> np.ndarray:
    return np.random.RandomState(seed).uniform(-1.0, 1.0, shape).astype(np.float32)
