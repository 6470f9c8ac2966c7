"""Where bugs are planted: in this process, a worker's as well, which needs the framework and NumPy alone for it."""

from __future__ import annotations

import contextlib
from typing import Any, Dict, Optional

from specs import codec
from specs.errors import SpecError, cause
from tests.mutants import registry
from tests.mutants.registry import Planted


class Bed:
    """Holds at most one bug at a time, planted in this process."""

    def __init__(self, mutants: Dict[str, Planted]):
        self.mutants = mutants
        self.planted = contextlib.ExitStack()

    def plant(self, name: str) -> None:
        self.uproot()
        self.planted.enter_context(self.mutants[name].plant())

    def uproot(self) -> None:
        self.planted.close()

    def tended(self, wanted: str) -> Optional[str]:
        """Plant what is wanted, or uproot what is planted where that is nothing; what went wrong, in words."""
        try:
            self.plant(wanted) if wanted else self.uproot()
        except Exception as error:
            return f"mutant {wanted}: it cannot be planted: {cause(error)}"
        return None


def tend(channel: Any, name: str) -> None:
    """The worker's side: tell what mutants there are, then plant what is named, and for an empty name uproot it.

    An answer that is text says what went wrong.
    """
    try:
        mutants = registry.load(name)
    except SpecError as error:
        channel.send(str(error))
        return
    channel.send([codec.to_plain(planted.mutant) for planted in mutants.values()])
    bed = Bed(mutants)
    for wanted in channel:
        channel.send(bed.tended(wanted))
    bed.uproot()
