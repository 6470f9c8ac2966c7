"""A pytest plugin that injects planned faults into a run's workers, and writes a journal.

The plan and the journal are files in a folder named by an environment variable. An empty plan only counts programs.
"""

from __future__ import annotations

import collections
import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any, Counter, Dict, Generator, List, Tuple

import pytest

from adapters.workers.runners import ROOT, RemoteRunner
from tests.faults.kinds import KINDS
from tests.harness import plugin

#: The environment variable with the folder of ``plan.json`` and ``journal.json``.
FOLDER = "CONCORDANCE_FAULTS"
#: The maximum delay of a signal after a program is sent, in seconds.
SPREAD = 0.02

_CALL = """
import sys
sys.path.insert(0, {root!r})
from tests.faults import far
far.plant(channel, {fault!r}, {moment!r})
"""

Place = Tuple[str, str, int]


class Injector:
    """Wraps the runners of a session."""

    def __init__(self, folder: Path):
        self.folder = folder
        plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        self.planned: Dict[Place, Dict[str, Any]] = {
            (fault["law"], fault["adapter"], fault["run"]): fault for fault in plan
        }
        self.injected: List[int] = []
        self.programs: Dict[str, Counter[str]] = {}
        self.law = ""

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        for runner in session.config.stash[plugin.SESSION].runners:
            if isinstance(runner, RemoteRunner):
                self._stand_before(runner)

    def _stand_before(self, runner: RemoteRunner) -> None:
        start, finish, begun = runner.start, runner.finish, []

        def started(program: Any) -> None:
            fault = self._expected(runner)
            if fault is not None and (runner.process is None or runner.process.ended):
                start(program)  # the worker has ended, but a fault needs one
                finish()
            thread = None if fault is None else self._inject(runner, fault, lambda: start(program))
            if fault is None:
                start(program)
            begun[:] = [] if thread is None else [thread]

        def finished() -> Any:
            try:
                return finish()
            finally:
                for thread in begun:
                    thread.join()

        runner.start, runner.finish = started, finished  # type: ignore[method-assign]

    def _expected(self, runner: RemoteRunner) -> Any:
        """The fault planned for the next program, if any."""
        counted = self.programs.setdefault(self.law, collections.Counter())
        counted[runner.name] += 1
        fault = self.planned.get((self.law, runner.name, counted[runner.name] - 1))
        if fault is not None:
            self.injected.append(fault["number"])
        return fault

    def _inject(self, runner: RemoteRunner, fault: Dict[str, Any], start: Any) -> Any:
        """Start the program, with a fault before, during or after it. Return the thread that injects it, if any."""
        kind, moment = KINDS[fault["kind"]], fault["moment"]
        process = runner.process
        if kind.by == "planted":
            source = _CALL.format(root=str(ROOT), fault=kind.what, moment=moment)
            process.gateway.remote_exec(source).receive(timeout=10.0)
        elif kind.by == "idle":
            _strike(process, kind.what, 0.0)
        elif kind.by in ("stop", "start"):
            os.kill(process.popen.pid, signal.SIGSTOP)  # so that it cannot answer
        start()
        if kind.by == "start":
            _started(_strike_twice, runner, kind.what, moment)  # not joined: the successor starts after this program
        elif kind.by == "signal":
            return _started(_strike, process, kind.what, moment)
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.law = plugin.law_of(item) or ""

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        result = yield
        journal = {
            "programs": self.programs,
            "injected": self.injected,
            "incidents": session.config.stash[plugin.SESSION].incidents,
        }
        (self.folder / "journal.json").write_text(json.dumps(journal), encoding="utf-8")
        return result


def _started(function: Any, *arguments: Any) -> threading.Thread:
    thread = threading.Thread(target=function, args=arguments)
    thread.start()
    return thread


def _strike(process: Any, name: str, moment: float) -> None:
    """Send a signal at a moment, and wait for the process to end, so that the loss is attributed correctly."""
    time.sleep(moment * SPREAD)
    os.kill(process.popen.pid, signal.Signals[name])
    while not process.ended:
        time.sleep(0.001)


def _strike_twice(runner: RemoteRunner, name: str, moment: float) -> None:
    """Kill the worker that has a program, then its successor before it is ready."""
    first = runner.process
    _strike(first, name, 0.0)
    ends = time.monotonic() + 30.0
    while (runner.process in (None, first) or runner.process.gateway is None) and time.monotonic() < ends:
        time.sleep(0.001)
    _strike(runner.process, name, moment)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Injector(Path(os.environ[FOLDER])), "faults")
