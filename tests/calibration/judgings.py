"""One judging of draws: what the judge says of all programs of a law."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Dict, List

import numpy as np

from specs.judging.budget import Budget
from specs.judging.flaws import examine
from specs.judging.pools import Pool
from specs.laws import DRAW_LAWS
from tests.calibration.plans import PROGRAMS, Drawn, Subject, plan, true_draws

#: The share of a test in the comparison of three frameworks and the reference, with the default budget.
ADAPTERS, TOTAL = 4, 1e-6
SHARE = Budget(TOTAL, ADAPTERS, len(DRAW_LAWS)).share

Change = Callable[[List[Drawn], np.random.Generator], List[Drawn]]


@dataclass(frozen=True)
class Judging:
    """What was found: the flaw of a single program, or else the p-values of the pool of all."""

    flaw: str = ""
    p_values: Dict[str, float] = field(default_factory=dict)

    @property
    def least(self) -> str:
        """The test with the least p-value."""
        return min(self.p_values, key=lambda name: self.p_values[name])

    def rejects(self, share: float = SHARE) -> bool:
        return bool(self.flaw) or self.p_values[self.least] <= share

    @property
    def by(self) -> str:
        """What decided it."""
        return "a single program" if self.flaw else self.least


def judge(
    subject: Subject, random: np.random.Generator, change: Change = lambda draws, _: draws, programs: int = PROGRAMS
) -> Judging:
    """Judge fresh true draws that a mistake was planted in, program by program, as a law's test does."""
    pool = Pool()
    for planned in plan(subject, programs):
        samples = [drawn.sample for drawn in change(true_draws(planned, random), random)]
        found = examine(samples)
        if found is not None:
            return Judging(flaw=found[2])
        pool.add(samples)
    return Judging(p_values=pool.p_values())
