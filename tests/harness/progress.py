"""What a run waits for: a line now and then, with the laws that are being judged, what is done, and the time left."""

from __future__ import annotations

import time
from typing import Any, Dict, List, Optional, Set

import pytest

from tests.harness.laws import by_node, group

#: Seconds from one line to the next.
PAUSE = 20.0


class Progress:
    """Follows the tests of laws, wherever xdist has them run, by what pytest tells of each."""

    def __init__(self, config: pytest.Config):
        self.config = config
        self.began = self.told = time.monotonic()
        #: The tests that are left, each with its group.
        self.left: Dict[str, str] = {}
        #: Groups of which no law is judged: the first costs the programs, the others hardly more.
        self.unjudged: Set[str] = set()
        self.laws = self.groups = self.programs = 0
        self.running: List[str] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._expect([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: List[str]) -> None:
        if not self.laws:  # every process finds the same
            self._expect(ids)

    def _expect(self, tests: List[str]) -> None:
        self.left = {test: group(by_node()[test]) for test in tests if test in by_node()}
        self.unjudged = {*self.left.values()}
        self.laws, self.groups = len(self.left), len(self.unjudged)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if nodeid in self.left:
            self.running.append(by_node()[nodeid].law.name)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.programs += max((cell["programs"] for cell in getattr(report, "cells", ())), default=0)
        if report.when == "teardown" and report.nodeid in self.left:
            self.unjudged.discard(self.left.pop(report.nodeid))
            self.running.remove(by_node()[report.nodeid].law.name)
            self._tell()

    def _tell(self) -> None:
        reporter: Optional[Any] = self.config.pluginmanager.get_plugin("terminalreporter")
        now = time.monotonic()
        done = self.groups - len(self.unjudged)
        if reporter is None or not self.unjudged or now - self.told < PAUSE:
            return
        self.told = now
        seconds = (now - self.began) / done * len(self.unjudged)
        left = f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
        judged = f"{self.laws - len(self.left)} of {self.laws} laws, {self.programs} programs"
        reporter.write_line(f"\n{judged}; about {left} left; now {', '.join(self.running) or 'the next'}")
