"""The search for the smallest program for which an adapter gives no trace."""

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

#: The maximum time of a search, in seconds, not counting the last program. Replacing a lost worker is slow.
SECONDS = 30.0


class Lost(Exception):
    """The adapter gave no trace."""


class TimeIsUp(BaseException):
    """Ends the search: Hypothesis only handles ``Exception``. The last lost program is the smallest one found."""


class Search:
    """Takes the lockstep's place in a law's test. A program passes if the adapter gives a trace."""

    def __init__(self, lockstep: Lockstep, loss: Loss):
        self.lockstep = lockstep
        self.loss = loss
        self.runner = loss.runner
        self.reasons: Dict[str, str] = {}
        self.ends = float("inf")

    def is_lost_again(self) -> bool:
        """Run the program again. If it gives a trace this time, searching for a smaller one is pointless.

        The time limit of the search starts afterwards, so that a program that hangs does not use it up.
        """
        self._try(self.loss.program)
        self.ends = time.monotonic() + SECONDS
        again = self.loss.program.text in self.reasons
        if not again:
            once = f"{self.loss.reason}\n  run once more, the program gave a trace"
            self.lockstep.lose(replace(self.loss, reason=once))
        return again

    def hold(self, programs: st.SearchStrategy[Program]) -> None:
        """Judge smaller and smaller programs, starting from the lost one."""
        family(programs, self.lockstep.seed).shrink(self.loss.program, self.judge)

    def judge(self, program: Program) -> None:
        """Run a program. Raises :class:`Lost` if it has no trace, :class:`TimeIsUp` once the time is over."""
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
    """Run a law's test again under Hypothesis, to shrink the lost program as far as time allows."""
    search = Search(lockstep, loss)
    if not loss.runner.over and search.is_lost_again():
        with contextlib.suppress(Lost, TimeIsUp):
            test(lockstep=search)
