"""The false-alarm budget of a run, and how it is split."""

from __future__ import annotations

from dataclasses import dataclass

from specs.errors import SpecError
from specs.statistics.pools import TESTS


@dataclass(frozen=True)
class Budget:
    """The probability that a run fails although all draws are correct, over all laws of draws, adapters and tests.

    Every test has an equal share, whether or not it is made: by Bonferroni's inequality the bound holds however the
    tests depend on each other.
    """

    total: float
    adapters: int
    laws: int

    def __post_init__(self) -> None:
        if not 0 < self.total < 1:
            raise SpecError(f"budget: {self.total} is not a probability between 0 and 1, both excluded")

    @property
    def share(self) -> float:
        """The probability that true draws fail one test."""
        return self.total / (self.adapters * self.laws * len(TESTS))
