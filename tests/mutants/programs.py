"""The programs that a law's own test generates, the same for every mutant."""

from __future__ import annotations

from typing import List

from specs.laws import LAWS
from specs.programs.program import Program
from tests.harness.laws import strategies
from tests.strategies.families import family


class Programs:
    """So many different programs for each law, generated as far as they are asked for."""

    def __init__(self, count: int):
        self.count = count
        self.strategies = strategies()

    def of(self, law: str, count: int) -> List[Program]:
        """The first ``count`` programs for a law, at most as many as its test runs."""
        return family(self.strategies[law]).first(min(count, self.count, LAWS[law].programs))
