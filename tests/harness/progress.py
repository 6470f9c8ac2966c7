"""Progress of a run: an occasional line with the laws being judged, the number done, and the time left."""

from __future__ import annotations

import time
from typing import Any, List, Optional, Set

import pytest

from tests.harness.laws import by_node

#: Seconds between two lines.
PAUSE = 20.0


class Progress:
    """Follows the tests of laws through pytest's reports, in this process or in xdist's workers."""

    def __init__(self, config: pytest.Config):
        self.config = config
        self.began = self.told = time.monotonic()
        self.left: Set[str] = set()
        self.laws = self.programs = 0
        self.running: List[str] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._expect([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: List[str]) -> None:
        if not self.laws:  # all workers collect the same tests
            self._expect(ids)

    def _expect(self, tests: List[str]) -> None:
        self.left = {test for test in tests if test in by_node()}
        self.laws = len(self.left)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if nodeid in self.left:
            self.running.append(by_node()[nodeid].law.name)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.programs += max((cell["programs"] for cell in getattr(report, "cells", ())), default=0)
        if report.when == "teardown" and report.nodeid in self.left:
            self.left.remove(report.nodeid)
            self.running.remove(by_node()[report.nodeid].law.name)
            self._tell()

    def _tell(self) -> None:
        reporter: Optional[Any] = self.config.pluginmanager.get_plugin("terminalreporter")
        now = time.monotonic()
        done = self.laws - len(self.left)
        if reporter is None or not self.left or now - self.told < PAUSE:
            return
        self.told = now
        seconds = (now - self.began) / done * len(self.left)
        left = f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
        judged = f"{done} of {self.laws} laws, {self.programs} programs"
        reporter.write_line(f"\n{judged}; about {left} left; now {', '.join(self.running) or 'the next'}")
