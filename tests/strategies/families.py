"""Families: the programs of a strategy, generated once for all laws that use them."""

from __future__ import annotations

import functools
from typing import Callable, Dict, List

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from specs.programs.program import Program
from tests.strategies.choices import backend

#: Examples per round. To shrink a program, its round is run again.
ROUND = 20
#: Examples of the last round, which tries to exhaust a strategy once rounds yield few new programs.
LAST = 500
#: No deadline, since speed depends on the machine, and no memory of earlier runs.
STEADY = settings(database=None, deadline=None, print_blob=False)


#: Caches a strategy function: equal arguments give the same strategy, so that laws share a family.
one_family = functools.lru_cache(maxsize=None)


def composite(function: Callable[..., object]) -> Callable[..., st.SearchStrategy]:
    """Like ``st.composite``, cached so that equal arguments share a family."""
    return one_family(st.composite(function))


class Family:
    """The distinct programs of a strategy, in the order in which Hypothesis generates them from a seed."""

    def __init__(self, strategy: st.SearchStrategy[Program], start: str):
        self.strategy = strategy
        self.start = start
        self.sizes: List[int] = []
        #: For each program, the round that generated it.
        self.rounds: Dict[str, int] = {}
        self.programs: List[Program] = []

    def first(self, count: int) -> List[Program]:
        """The first ``count`` programs, or fewer if the strategy is exhausted."""
        while len(self.programs) < count and LAST not in self.sizes:
            self._go_on()
        return self.programs[:count]

    def _go_on(self) -> None:
        at = len(self.sizes)
        brings_little = at > 0 and list(self.rounds.values()).count(at - 1) < ROUND // 2
        self.sizes.append(LAST if brings_little else ROUND)
        self._run(at, functools.partial(self._take, at), [Phase.generate])

    def _take(self, at: int, program: Program) -> None:
        if program.text not in self.rounds:
            self.rounds[program.text] = at
            self.programs.append(program)

    def shrink(self, program: Program, judge: Callable[[Program], None]) -> None:
        """Judge the programs of this one's round again, and if judging raises, shrink the failing program.

        The exception raised belongs to the smallest program. If the program is not in this family, nothing is judged.
        """
        if program.text in self.rounds:
            self._run(self.rounds[program.text], judge, [Phase.generate, Phase.shrink])

    def _run(self, at: int, judge: Callable[[Program], None], phases: List[Phase]) -> None:
        start = f"{self.start}, round {at}"

        @seed(start)
        @settings(
            STEADY,
            backend=backend(start),
            max_examples=self.sizes[at],
            phases=phases,
            suppress_health_check=[HealthCheck.too_slow],  # slow because of other load, not of the strategy
        )
        @given(program=self.strategy)
        def each(program: Program) -> None:
            judge(program)

        each()


@functools.lru_cache(maxsize=None)
def family(strategy: st.SearchStrategy[Program], start: str = "0") -> Family:
    """The family of a strategy and a seed."""
    return Family(strategy, start)
