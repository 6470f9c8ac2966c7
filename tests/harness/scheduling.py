"""Which process of xdist's judges which law: laws that ask for the same programs come into the same one.

``--dist loadgroup`` is to do that by marks, and does not: pytest-xdist 3.8 writes a group into ``Item._nodeid``, which
pytest 9.2 no longer reads (``_pytest/nodes.py``, ``Node.nodeid``).
"""

from __future__ import annotations

from typing import Any, Optional

from xdist.scheduler import LoadScopeScheduling

from tests.harness.laws import by_node, group

#: Modules whose fixtures take longer than their tests: what a second process would only make again.
WHOLE = [f"tests/suite/test_{name}.py" for name in ("command_line", "guide", "index", "kinds")]


class ByPrograms(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Hands out together what is of one group, and all else by itself."""

    def _split_scope(self, nodeid: str) -> str:
        """The group of a test: what xdist documents as the way to have groups of one's own."""
        if nodeid in by_node():
            return group(by_node()[nodeid])
        module = nodeid.partition("::")[0]
        return module if module in WHOLE else nodeid

    def remove_node(self, node: Any) -> Optional[str]:
        """The test that ended a process, if one did: it is not given to the next, which it would end as well."""
        work = self.assigned_work[node]
        crashed = next((test for unit in work.values() for test, done in unit.items() if not done), None)
        for name, unit in list(work.items()):
            if crashed in unit:
                unit[crashed] = True
            if all(unit.values()):
                del work[name]  # which would be handed out again, empty
        super().remove_node(node)
        return crashed

    def _reschedule(self, node: Any) -> None:
        """Give a process more to do: one that has taken another's place once it has told which tests it has.

        Twice, for a process does not begin with a test before it knows which is next, or that there is none.
        """
        for _ in range(2 if node in self.registered_collections else 0):
            super()._reschedule(node)
