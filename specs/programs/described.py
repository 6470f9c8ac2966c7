"""What all operations have in common: a declaration of what each yields, and a description in a few words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Tuple

import numpy as np

from specs.traces import ValueSeen
from specs.values import Value


@dataclass(frozen=True)
class Yield:
    """What a trace holds for an operation that succeeded: a value of one of these types, ``words`` for a reader."""

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
    """An operation. ``words`` describes it, and may contain its fields in braces."""

    words: ClassVar[str] = ""
    yields: ClassVar[Yield] = NOTHING

    def __str__(self) -> str:
        return self.words.format_map(vars(self))
