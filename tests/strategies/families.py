"""Families: the programs of a strategy, generated once for all laws that are asked of them."""

from __future__ import annotations

import functools
from typing import Callable, Dict, List

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from specs.programs.program import Program
from tests.strategies.choices import backend

#: Examples of a round, which is what is run again to shrink a program of it.
ROUND = 20
#: Examples of the last round, which tries to come to all that there is where rounds bring little that is new.
LAST = 500
#: However long an example takes, which hangs on the machine; and nothing is remembered from run to run.
STEADY = settings(database=None, deadline=None, print_blob=False)


#: A function that gives the same strategy where its arguments are the same: so laws come to share a family.
one_family = functools.lru_cache(maxsize=None)


def composite(function: Callable[..., object]) -> Callable[..., st.SearchStrategy]:
    """As Hypothesis' own, for one family."""
    return one_family(st.composite(function))


class Family:
    """The different programs of a strategy, in the order in which Hypothesis comes to them from a seed."""

    def __init__(self, strategy: st.SearchStrategy[Program], start: str):
        self.strategy = strategy
        self.start = start
        self.sizes: List[int] = []
        #: Each program, with the round that brought it.
        self.rounds: Dict[str, int] = {}
        self.programs: List[Program] = []

    def first(self, count: int) -> List[Program]:
        """So many programs, or all that there are."""
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
        """Judge the programs of the round that brought this one again, and where that raises, smaller and smaller ones.

        What is raised at last is of the smallest. Nothing is judged where the program is none of this family's.
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
            suppress_health_check=[HealthCheck.too_slow],  # other work on the machine is no fault of the strategy
        )
        @given(program=self.strategy)
        def each(program: Program) -> None:
            judge(program)

        each()


@functools.lru_cache(maxsize=None)
def family(strategy: st.SearchStrategy[Program], start: str = "0") -> Family:
    """The family of a strategy, one for each seed to start from."""
    return Family(strategy, start)
