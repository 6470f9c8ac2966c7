"""Runners: an adapter in this process, or in an interpreter of its own. Whoever uses one cannot tell which."""

from __future__ import annotations

import abc
import contextlib
import importlib
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from adapters import engine, registry, worker
from specs import codec
from specs.divergences import Divergence
from specs.errors import SpecError, cause
from specs.programs import Program
from specs.traces import Trace

ROOT = Path(__file__).resolve().parent.parent


class NoTrace(Exception):
    """A program gave no trace: its worker died, hung, or answered nonsense."""


class Runner(abc.ABC):
    """Runs programs on one adapter. ``start`` and ``finish`` are apart so that several can work at once."""

    name: str
    versions: Dict[str, str]
    divergences: Dict[str, Divergence]

    @abc.abstractmethod
    def connect(self) -> None:
        """Wait until the adapter can run. Raises :class:`SpecError` where it cannot."""

    @abc.abstractmethod
    def start(self, program: Program) -> None: ...

    @abc.abstractmethod
    def finish(self) -> Trace:
        """The trace of the program started last. Raises :class:`NoTrace` where there is none."""

    @abc.abstractmethod
    def close(self) -> None: ...

    def run(self, program: Program) -> Trace:
        self.start(program)
        return self.finish()

    def _describe(self, description: Dict[str, Any]) -> None:
        self.name = description["name"]
        self.versions = description["versions"]
        declared = codec.from_plain(description["divergences"], Tuple[Divergence, ...], f"divergences of {self.name}")
        self.divergences = {divergence.law: divergence for divergence in declared}


class LocalRunner(Runner):
    """An adapter in this process."""

    def __init__(self, name: str):
        self.adapter, description = worker.make(name)
        self._describe(description)
        self.program: Optional[Program] = None

    def connect(self) -> None:
        return None

    def start(self, program: Program) -> None:
        self.program = program

    def finish(self) -> Trace:
        assert self.program is not None, "finish() comes after start()"
        try:
            return fitting(self.program, engine.run(self.adapter, self.program))
        except Exception as error:
            raise NoTrace(f"the adapter {self.name} broke down: {cause(error)}") from error

    def close(self) -> None:
        return None


class RemoteRunner(Runner):
    """An adapter in an interpreter of its own, over execnet. A worker that is lost is replaced at the next start."""

    def __init__(self, name: str, python: str, time_limit: float):
        registry.location(name)
        self.name = self.choice = name
        self.lost = ""
        self.gateway: Any = None
        self.python = python
        self.time_limit = time_limit
        self.program: Optional[Program] = None
        self._open()

    def _open(self) -> None:
        found = shutil.which(self.python)
        if found is None:
            raise SpecError(f"adapter {self.choice}: there is no interpreter at {self.python}")
        spec = f"popen//python={shlex.quote(os.path.abspath(found))}//chdir={ROOT}"
        self.group = _execnet(self.choice).Group()
        try:
            self.gateway = self.group.makegateway(spec)
            self.channel = self.gateway.remote_exec(_SERVE.format(root=str(ROOT), name=self.choice))
        except (OSError, EOFError):
            self.group.terminate(timeout=1.0)
            version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
            shown = (version.stdout or version.stderr or "no Python").splitlines()[0]
            raise SpecError(f"adapter {self.choice}: {self.python} is {shown}; accepted: Python 3.8 or newer") from None
        self.connected = False

    def connect(self) -> None:
        if self.connected:
            return
        hello = self._receive("answered nothing")
        if "error" in hello:
            self.close()
            raise SpecError(f"{hello['error']} (interpreter {self.python})")
        self._describe(hello["ready"])
        self.connected = True

    def _receive(self, otherwise: str) -> Any:
        try:
            return self.channel.receive(timeout=self.time_limit)
        except self.channel.TimeoutError:
            reason = f"gave no answer within {self.time_limit:g} s"
        except EOFError:
            reason = "died"
        except self.channel.RemoteError as error:
            reason = f"{otherwise}: {str(error).strip().splitlines()[-1]}"
        self.close()
        raise NoTrace(f"the worker of {self.name} ({self.python}) {reason}")

    def start(self, program: Program) -> None:
        self.program = program
        self.lost = ""
        try:
            if self.gateway is None:
                self._open()
                self.connect()
        except (SpecError, NoTrace) as error:
            self.lost = str(error)
            return
        with contextlib.suppress(OSError):  # finish() reports the worker's death
            self.channel.send(program.text)

    def finish(self) -> Trace:
        assert self.program is not None, "finish() comes after start()"
        if self.lost:
            raise NoTrace(f"the worker of {self.name} cannot be replaced: {self.lost}")
        wire = self._receive("broke down")
        try:
            return fitting(self.program, Trace.from_wire(wire))
        except SpecError as error:
            raise NoTrace(f"the worker of {self.name} sent what is not a trace: {error}") from None

    def close(self) -> None:
        if self.gateway is not None:
            self.group.terminate(timeout=2.0)
            self.gateway = None


_SERVE = """
import sys
sys.path.insert(0, {root!r})
from adapters import worker
worker.serve(channel, {name!r})
"""


def _execnet(choice: str) -> Any:
    """The library that talks to other interpreters: needed only where there is one to talk to."""
    try:
        return importlib.import_module("execnet")
    except ImportError:
        raise SpecError(f"adapter {choice}: execnet, which reaches other interpreters, is not installed") from None


def fitting(program: Program, trace: Trace) -> Trace:
    """The trace, if it has one record for each operation. Raises :class:`SpecError` otherwise."""
    if len(trace.records) != len(program.operations):
        raise SpecError(f"{len(trace.records)} records for {len(program.operations)} operations")
    return trace


def open_all(choices: List[str], time_limit: float) -> List[Runner]:
    """Runners for choices of the form ``NAME`` or ``NAME=PYTHON``, all started, then each waited for."""
    runners: List[Runner] = []
    try:
        for choice in choices:
            name, separator, python = choice.partition("=")
            runners.append(RemoteRunner(name, python, time_limit) if separator else LocalRunner(name))
        for runner in runners:
            runner.connect()
    except BaseException as error:
        for runner in runners:
            runner.close()
        if isinstance(error, NoTrace):
            raise SpecError(str(error)) from None
        raise
    return runners
