"""The exception for invalid input, and checks that raise it."""

from __future__ import annotations

import math
from typing import Sequence, TypeVar

T = TypeVar("T")


class SpecError(ValueError):
    """Invalid input. The message says what is wrong, where, and what is accepted."""


def cause(error: BaseException) -> str:
    """An exception's type and message on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def one_of(what: str, value: T, accepted: Sequence[T]) -> T:
    """Return ``value`` if it is among ``accepted``, else raise :class:`SpecError` naming the accepted ones."""
    if value not in accepted:
        listed = ", ".join(str(item) for item in accepted)
        raise SpecError(f"{what}: {value!r} is not known; accepted: {listed}")
    return value


def finite(what: str, value: float) -> None:
    """Raise :class:`SpecError` if a number is infinite or NaN."""
    if not math.isfinite(value):
        raise SpecError(f"{what}: {value} is not a finite number")


def above_zero(what: str, value: float) -> None:
    """Raise :class:`SpecError` if a number is not finite, or not greater than 0."""
    finite(what, value)
    if value <= 0:
        raise SpecError(f"{what}: {value} must be greater than 0")
