"""Assigns tests to xdist workers: laws that use the same programs, and other tests of these, run in the same worker.

``--dist loadgroup`` should do this with marks but does not: pytest-xdist 3.8 writes a group into ``Item._nodeid``,
which pytest 9.2 no longer reads (``_pytest/nodes.py``, ``Node.nodeid``).
"""

from __future__ import annotations

from typing import Any, Optional

from xdist.scheduler import LoadScopeScheduling

from tests.harness.laws import by_node, group
from tests.laws.making import FIRST

#: Modules whose fixtures, or the programs that they generate, take longer than their tests: each runs in one worker.
WHOLE = [f"tests/suite/test_{name}.py" for name in ("command_line", "guide", "index", "kinds", "mutants")]


class ByPrograms(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Schedules the tests of a group together, and all other tests one by one."""

    def _split_scope(self, nodeid: str) -> str:
        """The group of a test. Overriding this method is xdist's documented way to define groups."""
        if nodeid in by_node():
            return group(by_node()[nodeid])
        module = nodeid.partition("::")[0]
        if module in WHOLE:
            return module
        family = nodeid[nodeid.find("[") + 1 : -1]
        return family if family in FIRST.values() else nodeid

    def remove_node(self, node: Any) -> Optional[str]:
        """The test that crashed a worker, if any. It is not rescheduled, since it would crash the next one too."""
        work = self.assigned_work[node]
        crashed = next((test for unit in work.values() for test, done in unit.items() if not done), None)
        for name, unit in list(work.items()):
            if crashed in unit:
                unit[crashed] = True
            if all(unit.values()):
                del work[name]  # otherwise rescheduled, empty
        super().remove_node(node)
        return crashed

    def _reschedule(self, node: Any) -> None:
        """Give a worker more tests; a replacement for a crashed worker, only once it has reported its collection.

        Twice, because a worker starts a test only when it knows the next one, or that there is none.
        """
        for _ in range(2 if node in self.registered_collections else 0):
            super()._reschedule(node)
