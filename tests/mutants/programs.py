"""The programs that a law's own test generates, the same for every mutant."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any, Dict, List, Set

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import tests.laws
from specs.programs.program import Program


def strategies() -> Dict[str, st.SearchStrategy[Program]]:
    """For each law, the programs that its own test draws from."""
    found = {}
    for module in pkgutil.iter_modules(tests.laws.__path__, f"{tests.laws.__name__}."):
        for name, test in vars(importlib.import_module(module.name)).items():
            if name.startswith("test_"):
                found[test.law.name] = test.programs
    return found


class Enough(BaseException):
    """Ends the generation: Hypothesis lets pass what is no ``Exception``, and does not run it again."""


class Programs:
    """So many different programs for each law, generated as far as they are asked for."""

    def __init__(self, count: int):
        self.count = count
        self.strategies = strategies()
        self.generated: Dict[str, List[Program]] = {}
        self.complete: Set[str] = set()

    def of(self, law: str, count: int) -> List[Program]:
        """The first ``count`` programs for a law, or all that there are."""
        if law not in self.complete and len(self.generated.get(law, ())) < count:
            self.generated[law] = self._generate(law, count)
        return self.generated.get(law, [])[:count]

    def _generate(self, law: str, count: int) -> List[Program]:
        found: Dict[str, Program] = {}

        @seed(0)
        @settings(
            max_examples=self.count + self.count // 4 + 1,  # some repeat
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(program=self.strategies[law])
        def collect(program: Any) -> None:
            found.setdefault(program.text, program)
            if len(found) == count:
                raise Enough

        try:
            collect()
        except Enough:
            pass
        else:
            self.complete.add(law)
        return list(found.values())
