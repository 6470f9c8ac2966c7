"""What is the same of all operations: each says what it yields, and what it does in a few words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Tuple

import numpy as np

from specs.traces import ValueSeen
from specs.values import Value


@dataclass(frozen=True)
class Yield:
    """What a trace holds of an operation that ended well: of one of these types, ``words`` for a reader."""

    types: Tuple[type, ...]
    words: str


NOTHING = Yield((type(None),), "nothing")
VALUE = Yield((ValueSeen,), "a value with its label")
ARRAY = Yield((np.ndarray,), "an array")
GRADIENT = Yield((np.ndarray, type(None)), "an array or nothing")
NUMBER = Yield((int,), "a number")
LABELS = Yield((dict,), "a label for every slot")
PARAMETERS = Yield((tuple,), "parameters")


class Described(Value):
    """An operation. ``words`` may name its fields in braces."""

    words: ClassVar[str] = ""
    yields: ClassVar[Yield] = NOTHING

    def __str__(self) -> str:
        return self.words.format_map(vars(self))
