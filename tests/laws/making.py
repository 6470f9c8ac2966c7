"""Makes the test of a law."""

from __future__ import annotations

import re
from typing import Any, Dict

import pytest
from hypothesis import strategies as st

from specs.laws import Law
from specs.programs.program import Program

#: For each strategy, the first law that uses it. Its name is the xdist group of all laws that use the strategy.
FIRST: Dict[st.SearchStrategy[Program], str] = {}


def holds(law: Law, programs: st.SearchStrategy[Program]) -> Any:
    """A test that runs generated programs on every adapter of the run and judges each trace by ``law``.

    Its attributes ``law`` and ``programs`` are the two arguments.
    """

    def test(lockstep: Any) -> None:
        lockstep.hold(programs)

    test.__name__ = test.__qualname__ = re.sub(r"\W+", "_", law.name).strip("_")
    test.__doc__ = law.question
    FIRST.setdefault(programs, law.name)
    made: Any = pytest.mark.law(law.name)(test)
    made.law, made.programs = law, programs
    return made
