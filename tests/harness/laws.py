"""The shape of a law's test."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specs.laws import Law
from specs.programs import Program


def holds(law: Law, programs: st.SearchStrategy[Program]):
    """A test that runs generated programs on every adapter of the run and holds each trace to ``law``."""

    def test(lockstep, program):
        lockstep.hear(program)

    test.__name__ = test.__qualname__ = law.name.replace(".", "_")
    test.__doc__ = law.question
    return pytest.mark.law(law.name)(given(program=programs)(test))
