"""A Hypothesis backend whose choices depend only on a text.

Hypothesis' own backend takes one choice in twenty from constants in the loaded modules, so that equal seeds give
different programs in another process; and after ten examples, most repeat parts of earlier ones.
Alternative backends: https://hypothesis.readthedocs.io/en/latest/extensions.html#alternative-backends
"""

from __future__ import annotations

import random
from typing import Any, ClassVar, Optional

from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, PrimitiveProvider

#: One integer in this many is an end of its range.
ENDS = 20


class Choices(PrimitiveProvider):
    """Draws integers uniformly, except that ends of ranges are more likely, and independently of earlier examples."""

    start: ClassVar[str]

    def __init__(self, conjecturedata: Any):
        super().__init__(conjecturedata)
        self.random = random.Random(self.start)

    def draw_boolean(self, p: float = 0.5) -> bool:
        return self.random.random() < p

    def draw_integer(
        self,
        min_value: Optional[int] = None,
        max_value: Optional[int] = None,
        **_: Any,
    ) -> int:
        if min_value is None or max_value is None:
            raise NotImplementedError("a strategy of programs draws integers between two bounds")
        if not self.random.randrange(ENDS):
            return self.random.choice((min_value, max_value))
        return self.random.randint(min_value, max_value)

    def draw_float(self, **_: Any) -> float:
        raise NotImplementedError("a strategy of programs draws floats as fractions of integers")

    def draw_string(self, *_: Any, **__: Any) -> str:
        raise NotImplementedError("a strategy of programs samples its texts")

    def draw_bytes(self, *_: Any, **__: Any) -> bytes:
        raise NotImplementedError("a strategy of programs draws no bytes")


def backend(start: str) -> str:
    """The name, for ``settings``, of a backend that makes the same choices whenever it starts from the same text."""
    AVAILABLE_PROVIDERS[start] = type("Started", (Choices,), {"start": start})
    return start
