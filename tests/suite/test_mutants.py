"""Every law can fail: for each there is a bug, planted in the reference, that it notices."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any, Dict, Optional, Type

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import tests.laws
from adapters import engine
from adapters.reference import ReferenceAdapter
from specs.judging.verdicts import Docket, Finding
from specs.laws import LAWS, DrawLaw, Evidence
from specs.programs import Program
from tests.suite.mutants import MUTANTS

#: As many programs as a law's own test generates.
PROGRAMS = 100
#: The false-alarm share of one law in a run of four adapters with the usual budget.
ALPHA = 1e-6 / (4 * sum(isinstance(law, DrawLaw) for law in LAWS.values()))


class Broken(BaseException):
    """Ends the search for programs: Hypothesis lets pass what is no ``Exception``, and does not run it again."""


def _strategies() -> Dict[str, st.SearchStrategy[Program]]:
    """For each law, the programs that its own test generates."""
    found = {}
    for module in pkgutil.iter_modules(tests.laws.__path__, "tests.laws."):
        for name, test in vars(importlib.import_module(module.name)).items():
            if name.startswith("test_"):
                found[test.law.name] = test.programs
    return found


STRATEGIES = _strategies()


def hear(law: str, mutant: Type[ReferenceAdapter]) -> Optional[Finding]:
    """What breaks a law on a mutant, found as the law's own test would find it."""
    adapter, docket = mutant(), Docket(LAWS[law], mutant.__name__)

    @settings(
        max_examples=PROGRAMS,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(program=STRATEGIES[law])
    def search(program: Any) -> None:
        if docket.hear(Evidence(program, engine.run(adapter, program))) is not None:
            raise Broken

    try:
        search()
    except Broken:
        return docket.finding
    docket.close(ALPHA)
    return docket.finding


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_is_noticed(mutant: Type[ReferenceAdapter]) -> None:
    seen = {}
    for law, answers in MUTANTS[mutant].items():
        finding = hear(law, mutant)
        if finding is None or finding.answer not in answers:
            seen[law] = finding
    assert not seen, f"{mutant.__doc__} Not noticed as it should be: {seen}"


def test_every_law_is_broken_by_a_mutant() -> None:
    assert set(LAWS) == {law for laws in MUTANTS.values() for law in laws}
