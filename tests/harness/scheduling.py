"""Which process of xdist's judges which law: laws that ask for the same programs come into the same one.

``--dist loadgroup`` is to do that by marks, and does not: pytest-xdist 3.8 writes a group into ``Item._nodeid``, which
pytest 9.2 no longer reads (``_pytest/nodes.py``, ``Node.nodeid``).
"""

from __future__ import annotations

from typing import Dict

from xdist.scheduler import LoadScopeScheduling

from tests.harness.laws import groups


class ByPrograms(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Hands out together what is of one group, and all else by itself."""

    groups: Dict[str, str] = {}

    def _split_scope(self, nodeid: str) -> str:
        """The group of a test: what xdist documents as the way to have groups of one's own."""
        self.groups = self.groups or groups()
        return self.groups.get(nodeid, nodeid)
