"""The shape of a law's test."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specs.laws import Law
from specs.programs.program import Program
from tests.harness.lockstep import Lockstep


def holds(law: Law, programs: st.SearchStrategy[Program]) -> Any:
    """A test that runs generated programs on every adapter of the run and holds each trace to ``law``.

    Its attributes ``law`` and ``programs`` are the two arguments.
    """

    def test(lockstep: Lockstep, program: Program) -> None:
        lockstep.judge(program)

    test.__name__ = test.__qualname__ = re.sub(r"\W+", "_", law.name).strip("_")
    test.__doc__ = law.question
    made = pytest.mark.law(law.name)(given(program=programs)(test))
    made.law, made.programs = law, programs
    return made
