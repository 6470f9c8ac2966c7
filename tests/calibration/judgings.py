"""A judging: the judge's verdict on the draws of all programs of a law."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Dict, List, Sequence

import numpy as np

from specs.laws import DRAW_LAWS
from specs.laws.budget import Budget
from specs.statistics.flaws import Sample, examine
from specs.statistics.pools import Pool
from tests.calibration.plans import PROGRAMS, Drawn, Subject, plan, true_draws

#: The budget of one test in the comparison of three frameworks and the reference, at the default total.
ADAPTERS, TOTAL = 4, 1e-6
SHARE = Budget(TOTAL, ADAPTERS, len(DRAW_LAWS)).share

#: The number of programs judged first; they alone reveal most defects.
FEW = 3

Change = Callable[[List[Drawn], np.random.Generator], List[Drawn]]


@dataclass(frozen=True)
class Judging:
    """The result: the flaw found in a single program, or the p-values of the pool if it was tested."""

    flaw: str = ""
    p_values: Dict[str, float] = field(default_factory=dict)

    @property
    def least(self) -> str:
        """The test with the smallest p-value."""
        return min(self.p_values, key=lambda name: self.p_values[name])

    def rejects(self, share: float = SHARE) -> bool:
        return bool(self.flaw) or not self.p_values[self.least] > share

    @property
    def by(self) -> str:
        """What decided the verdict."""
        return "a single program" if self.flaw else self.least


def judge(
    subject: Subject,
    random: np.random.Generator,
    change: Change = lambda draws, _: draws,
    programs: int = PROGRAMS,
) -> Judging:
    """Judge new true draws with a planted defect.

    A law's test judges each program, and finally the pool, and either suffices to reject. To save time, here the first
    programs are judged, then the pool, then the other programs.
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
