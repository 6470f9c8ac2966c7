"""One judging of draws: what the judge says of all programs of a law."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Dict, List, Sequence

import numpy as np

from specs.laws import DRAW_LAWS
from specs.laws.budget import Budget
from specs.statistics.flaws import Sample, examine
from specs.statistics.pools import Pool
from tests.calibration.plans import PROGRAMS, Drawn, Subject, plan, true_draws

#: The share of a test in the comparison of three frameworks and the reference, with the default budget.
ADAPTERS, TOTAL = 4, 1e-6
SHARE = Budget(TOTAL, ADAPTERS, len(DRAW_LAWS)).share

#: Programs that show most mistakes by themselves.
FEW = 3

Change = Callable[[List[Drawn], np.random.Generator], List[Drawn]]


@dataclass(frozen=True)
class Judging:
    """What was found: the flaw of a single program, and the p-values of the pool of all where that was looked at."""

    flaw: str = ""
    p_values: Dict[str, float] = field(default_factory=dict)

    @property
    def least(self) -> str:
        """The test with the least p-value."""
        return min(self.p_values, key=lambda name: self.p_values[name])

    def rejects(self, share: float = SHARE) -> bool:
        return bool(self.flaw) or not self.p_values[self.least] > share

    @property
    def by(self) -> str:
        """What decided it."""
        return "a single program" if self.flaw else self.least


def judge(
    subject: Subject,
    random: np.random.Generator,
    change: Change = lambda draws, _: draws,
    programs: int = PROGRAMS,
) -> Judging:
    """Judge fresh true draws that a mistake was planted in.

    A law's test looks at each program, and at the pool in the end. Where one of both finds something, so does it; the
    few first programs are looked at first here, then the pool, then the others, because that takes less time.
    """
    planned = plan(subject, programs)

    def draws(chosen: Sequence[Sequence[Drawn]]) -> List[List[Sample]]:
        return [[one.sample for one in change(true_draws(expected, random), random)] for expected in chosen]

    first = draws(planned[:FEW])
    seen = _flaw(first)
    if seen:
        return Judging(flaw=seen)
    others = draws(planned[FEW:])
    pool = Pool()
    for samples in (*first, *others):
        pool.add(samples)
    found = Judging(p_values=pool.p_values())
    return found if found.rejects() else Judging(_flaw(others), found.p_values)


def _flaw(drawn: Sequence[Sequence[Sample]]) -> str:
    return next((found[2] for found in map(examine, drawn) if found is not None), "")
