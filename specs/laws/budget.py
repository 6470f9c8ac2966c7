"""The false-alarm budget of a run, and how it is split."""

from __future__ import annotations

from dataclasses import dataclass

from specs.errors import SpecError
from specs.statistics.pools import TESTS


@dataclass(frozen=True)
class Budget:
    """The probability with which a run of true draws may fail, over all laws of draws, all adapters and all tests.

    Every test has an equal share, whether or not it comes to be made: by Bonferroni's inequality the bound holds
    whatever the tests have to do with each other.
    """

    total: float
    adapters: int
    laws: int

    def __post_init__(self) -> None:
        if not 0 < self.total < 1:
            raise SpecError(f"budget: {self.total} is not a probability between 0 and 1, both excluded")

    @property
    def share(self) -> float:
        """The probability with which true draws may fail one test."""
        return self.total / (self.adapters * self.laws * len(TESTS))
