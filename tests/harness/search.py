"""The search for the smallest program of which an adapter gives no trace."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from typing import Any, Callable, Dict

from hypothesis import strategies as st

from adapters.workers.runners import NoTraceError
from specs.programs.program import Program
from tests.harness.lockstep import Lockstep, Loss
from tests.strategies.families import family

#: Longest that a search goes on, in seconds, beyond the program that runs then. A lost worker is dear to replace.
SECONDS = 30.0


class Lost(Exception):
    """The adapter gave no trace."""


class TimeIsUp(BaseException):
    """Ends the search: Hypothesis lets pass what is no ``Exception``. What was lost last is the smallest it found."""


class Search:
    """Stands where a law's test expects the lockstep: passes programs of which one adapter gives a trace."""

    def __init__(self, lockstep: Lockstep, loss: Loss):
        self.lockstep = lockstep
        self.loss = loss
        self.runner = loss.runner
        self.reasons: Dict[str, str] = {}
        self.ends = float("inf")

    def is_lost_again(self) -> bool:
        """Run the program once more. Where it gives a trace this time, no smaller one would tell more.

        The time for the search begins after it, lest a program that hangs takes it all.
        """
        self._try(self.loss.program)
        self.ends = time.monotonic() + SECONDS
        again = self.loss.program.text in self.reasons
        if not again:
            once = f"{self.loss.reason}\n  run once more, the program gave a trace"
            self.lockstep.lose(replace(self.loss, reason=once))
        return again

    def hold(self, programs: st.SearchStrategy[Program]) -> None:
        """Judge smaller and smaller programs, from the one that was lost on."""
        family(programs, self.lockstep.seed).shrink(self.loss.program, self.judge)

    def judge(self, program: Program) -> None:
        """Raises :class:`Lost` where there is no trace, as soon as that is known."""
        if self.runner.over or time.monotonic() > self.ends:
            raise TimeIsUp
        if program.text not in self.reasons and not self.lockstep.has(self.runner, program):
            self._try(program)
        if program.text in self.reasons:
            self.lockstep.lose(Loss(self.runner, program, self.reasons[program.text]))
            raise Lost

    def _try(self, program: Program) -> None:
        try:
            self.runner.run(program)
        except NoTraceError as reason:
            self.reasons[program.text] = str(reason)


def shrink(lockstep: Lockstep, loss: Loss, test: Callable[..., Any]) -> None:
    """Let Hypothesis run a law's test again: it finds the same program, and then as small a one as it can in time."""
    search = Search(lockstep, loss)
    if not loss.runner.over and search.is_lost_again():
        with contextlib.suppress(Lost, TimeIsUp):
            test(lockstep=search)
