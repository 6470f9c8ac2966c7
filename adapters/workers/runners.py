"""Runners: an adapter in this process or in a separate interpreter, with the same interface."""

from __future__ import annotations

import abc
import contextlib
import importlib
import os
import re
import shlex
import shutil
import subprocess
import time
from pathlib import Path
from types import MappingProxyType
from typing import Any, Callable, Dict, List, Mapping, NoReturn, Optional, Tuple

from adapters import registry
from adapters.running import engine
from adapters.running.checks import AdapterFault
from adapters.workers import messages, shipping, worker
from specs import codec, versions
from specs.divergences import Divergence
from specs.errors import SpecError, cause, one_of
from specs.laws import LAWS
from specs.programs.fitting import fitting
from specs.programs.program import Program
from specs.texts import readable
from specs.traces import Trace

ROOT = Path(__file__).resolve().parents[2]

#: Divergences are expected for the versions that run.
NO_VERSIONS: Mapping[str, str] = MappingProxyType({})
#: Number of consecutive workers that may end before they are ready; then the adapter is given up for this run.
ATTEMPTS = 3
#: Seconds a worker may take until it is ready, unless the time limit of a program is longer.
STARTING = 120.0
#: Interval, in seconds, between checks that a worker is still alive.
LOOK = 0.5
#: Seconds after the time limit within which a worker should end itself and report where it was.
DELAY = 2.0

#: The maximum length of a reported reason, in characters.
LONGEST_REASON = 8000
#: The maximum length of an adapter's description, in characters.
LONGEST_DESCRIPTION = 100000


class NoTraceError(Exception):
    """A program gave no trace: its worker died, hung or sent an invalid answer, or its adapter is faulty."""

    def __init__(self, reason: str):
        super().__init__(readable(reason, LONGEST_REASON))


class Runner(abc.ABC):
    """Runs programs on one adapter. ``start`` and ``finish`` are separate so that several can work concurrently.

    Once ``over`` is not empty, it says why the adapter is given up for this run.
    """

    over: str = ""

    def __init__(self, name: str, as_of: Mapping[str, str]) -> None:
        self.name = name
        #: Package versions whose divergences are expected, instead of the installed versions.
        self.as_of = as_of
        #: The adapter's own name, which may differ from its name in this run.
        self.own_name = name
        self.label = registry.label(name)
        self.versions: Dict[str, str] = {}
        #: The expected divergences, by law.
        self.divergences: Dict[str, Divergence] = {}
        self.not_measured: List[str] = []
        self.incidents: List[str] = []

    def take_incidents(self) -> List[str]:
        """Problems with its workers since the last call that did not cost a program its trace."""
        taken, self.incidents = self.incidents, []
        return taken

    @abc.abstractmethod
    def connect(self) -> None:
        """Wait until the adapter can run or is given up. Raises :class:`SpecError` if it can never run."""

    @abc.abstractmethod
    def start(self, program: Program) -> None: ...

    @abc.abstractmethod
    def finish(self) -> Trace:
        """The trace of the last program started. Raises :class:`NoTraceError` if it gave none."""

    @abc.abstractmethod
    def close(self) -> None: ...

    def run(self, program: Program) -> Trace:
        self.start(program)
        return self.finish()

    def _describe(self, description: Any) -> None:
        """Store an adapter's description. Raises :class:`SpecError` if it is invalid."""
        described = codec.from_plain(description, worker.Description, "description of an adapter")
        text = codec.dumps(described)
        if readable(text, LONGEST_DESCRIPTION) != text:
            raise SpecError(
                f"description of an adapter: unprintable text, or more than {LONGEST_DESCRIPTION} characters"
            )
        for divergence in described.divergences:
            _check_divergence(described.name, divergence)
        self.own_name, self.versions = described.name, described.versions
        self.name = self.label or self.own_name
        asked_of = {package: self.as_of.get(package, version) for package, version in described.versions.items()}
        self.divergences = versions.in_force(described.divergences, asked_of)
        self.not_measured = versions.not_measured(described.divergences, asked_of)


def _check_divergence(name: str, divergence: Divergence) -> None:
    """Raise :class:`SpecError` if the law is not known, or has no such answer other than the specified one."""
    law = LAWS[one_of(f"adapter {name}: divergences: law", divergence.law, tuple(LAWS))]
    others = tuple(answer for answer in law.answers if answer != law.specified)
    one_of(f"adapter {name}: divergences: {law.name}: answer", divergence.answer, others)


class LocalRunner(Runner):
    """An adapter in this process."""

    def __init__(self, name: str, time_limit: float = float("inf"), as_of: Mapping[str, str] = NO_VERSIONS):
        super().__init__(name, as_of)
        self.adapter, description = worker.make(name)
        self._describe(codec.to_plain(description))
        self.time_limit = time_limit
        self.program: Optional[Program] = None

    def connect(self) -> None:
        return None

    def start(self, program: Program) -> None:
        self.program = program

    def finish(self) -> Trace:
        assert self.program is not None, "finish() comes after start()"
        began = time.monotonic()
        try:
            trace = fitting(self.program, engine.run(self.adapter, self.program))
        except AdapterFault as fault:
            raise NoTraceError(f"the adapter {self.name} is at fault: {fault}") from fault
        except (Exception, SystemExit) as error:
            raise NoTraceError(f"the adapter {self.name} broke down: {cause(error)}") from error
        if time.monotonic() - began > self.time_limit:
            raise NoTraceError(f"the adapter {self.name} {_TOO_SLOW.format(self.time_limit)}")
        return trace

    def close(self) -> None:
        return None


class RemoteRunner(Runner):
    """An adapter in a separate interpreter, over execnet. A lost worker is replaced by a new one."""

    def __init__(
        self,
        name: str,
        where: str,
        time_limit: float,
        starting: float = STARTING,
        as_of: Mapping[str, str] = NO_VERSIONS,
    ):
        super().__init__(name, as_of)
        registry.location(name)
        self.choice = name
        self.where = where
        self.time_limit = time_limit
        self.starting = max(starting, time_limit)
        self.program: Optional[Program] = None
        self.process: Any = None
        self.channel: Any = None
        self.description: Any = None
        self.ready = self.sent = False
        self.number = 0
        self.failures: List[str] = []
        with contextlib.suppress(NoTraceError):  # connect() tries again
            self._open()

    def _open(self) -> None:
        """Start a worker. Raises :class:`SpecError` if the interpreter cannot be started."""
        processes = _processes(self.choice)
        specification, prelude = _reached(self.choice, self.where)
        self.ready = self.sent = False
        self.began = time.monotonic()
        try:
            self.process = processes.Process(specification, self.starting)
        except SpecError as error:
            raise SpecError(f"adapter {self.choice}: {error}") from None
        except OSError as error:  # the operating system cannot start it
            raise SpecError(f"adapter {self.choice}: {self.where}: {error.strerror}") from None
        except processes.NoPython as error:
            if self.description is not None:
                self._lose(str(error))
            raise SpecError(f"adapter {self.choice}: {_no_python(self.where, str(error))}") from None
        served = f"{self.choice!r}, {self.starting!r}, {self.time_limit!r}"
        source = f"from adapters.workers import entrance\nentrance.serve(channel, {served})"
        try:
            self.channel = self.process.serve(prelude, source, self.starting)
        except OSError:
            self._lose(self._told())

    def connect(self) -> None:
        while not (self.ready or self.over):
            self._attempt()

    def _attempt(self) -> None:
        """Wait for the worker to be ready, starting one if necessary. After too many failures the adapter is given up.

        Raises :class:`SpecError` if no worker was ever ready: then the request itself is wrong.
        """
        try:
            if self.process is None:
                self._open()
            self._greet()
        except NoTraceError as lost:
            self._count(str(lost))
        except SpecError as error:
            self.close()
            if self.description is None:
                raise
            self._count(str(error))

    def _count(self, failure: str) -> None:
        """Count a worker that failed before it was ready."""
        self.failures.append(failure)
        self.incidents.append(f"{failure} (before it was ready, {len(self.failures)} of {ATTEMPTS})")
        if len(self.failures) == ATTEMPTS:
            self.over = f"{failure}\nthat is {ATTEMPTS} times in a row before it was ready: its part ends here"

    def _greet(self) -> None:
        kind, what = self._only(self._receive(), ready=dict, error=str)
        if kind == "error":
            self.close()
            raise SpecError(readable(f"{what} (interpreter {self.where})", LONGEST_REASON))
        if self.description not in (None, what):
            self._lose("describes itself as another adapter than before")
        self._describe(what)
        self.description, self.ready = what, True
        self.failures.clear()

    @property
    def gateway(self) -> Any:
        """execnet's gateway to the worker, for code to run beside it; None while there is no worker."""
        return None if self.process is None else self.process.gateway

    def start(self, program: Program) -> None:
        self.program = program
        self._look_between_programs()
        if self.over:
            return
        try:
            if self.process is None:
                self._open()
        except (SpecError, NoTraceError):
            return  # finish() tries again, and reports failure
        self._send()

    def _look_between_programs(self) -> None:
        """Notice that the worker was lost while idle."""
        self.sent = False
        if self.process is not None and self.ready:
            try:
                self._be_silent()
            except NoTraceError as lost:
                self.incidents.append(f"{lost} (between programs)")

    def take_incidents(self) -> List[str]:
        self._look_between_programs()  # no further program may follow to notice it
        return super().take_incidents()

    def _send(self) -> None:
        """Send the program if the worker is ready; otherwise finish() sends it later."""
        assert self.program is not None, "finish() comes after start()"
        self.sent = self.ready
        if self.ready:
            self.began = time.monotonic()
            self.number += 1
            self.process.send(self.channel, f"{self.number} {self.program.text}", self.time_limit)

    def finish(self) -> Trace:
        assert self.program is not None, "finish() comes after start()"
        self.connect()
        if self.over:
            raise NoTraceError(self.over)
        if not self.sent:
            self._send()
        kind, what = self._answered()
        if kind == "fault":
            raise NoTraceError(f"the adapter {self.name} is at fault: {what}")
        if kind == "broken":
            self.process.end()
            self._lose(f"broke down: {what}", *self.process.last_words())
        try:
            return fitting(self.program, Trace.from_wire(what))
        except SpecError as error:
            self._lose(f"sent what is not a trace: {error}")

    def _answered(self) -> Tuple[str, Any]:
        """The kind and content of the worker's answer to its program."""
        answer = self._receive()
        if answer.pop("program", None) != self.number:
            self._lose("answered what was not asked")
        return self._only(answer, trace=list, fault=str, broken=str)

    def _only(self, message: Dict[str, Any], **accepted: type) -> Tuple[str, Any]:
        """The only entry of a message, which must have one of these names and its type."""
        kind, what = next(iter(message.items()), ("", None))
        if len(message) != 1 or type(what) is not accepted.get(kind):
            self._lose("sent something that is not a message of a worker")
        return kind, what

    def _receive(self) -> Dict[str, Any]:
        """The worker's next message. Raises :class:`NoTraceError` if there is none; the worker is then gone."""
        try:
            answer = messages.unpack(self._arrived(self._message))
        except self.channel.TimeoutError:
            self.process.end()
            self._lose(_TOO_SLOW.format(self._limit), *self.process.last_words())
        except SpecError as error:
            self._lose(f"sent what is not a trace: {error}")
        if not isinstance(answer, dict):
            self._lose("sent something that is not a message of a worker")
        return answer

    def _be_silent(self) -> None:
        """Check that an idle worker is alive and silent. Raises :class:`NoTraceError` if not."""
        with contextlib.suppress(self.channel.TimeoutError):
            self._arrived(lambda: self.channel.receive(timeout=0.0))
            self._lose("sent what nobody had asked for")
        if self.process.ended:
            self._lose(self._told())

    def _arrived(self, receive: Callable[[], Any]) -> Any:
        """The result of ``receive``. Raises :class:`NoTraceError` if the worker or its connection has ended."""
        try:
            return receive()
        except EOFError as error:
            self._lose(str(error) if isinstance(error, _processes(self.choice).Refused) else self._told())
        except self.channel.RemoteError as error:
            *_, what = str(error).strip().splitlines() or ["without a word"]
            self.process.end()
            self._lose(f"broke down: {what}", *self.process.last_words())

    def _message(self) -> Any:
        """The next message. Raises ``EOFError`` once the worker is dead, even if others keep its connection open."""
        ends = self.began + self._limit + DELAY
        while True:
            dead = self.process.ended
            try:
                return self.channel.receive(timeout=max(0.0, min(LOOK, ends - time.monotonic())))
            except self.channel.TimeoutError:
                if dead:
                    raise EOFError from None
                if time.monotonic() > ends:
                    raise

    @property
    def _limit(self) -> float:
        return self.time_limit if self.ready else self.starting

    def _told(self) -> str:
        """How the worker ended; if it ended at the time limit during a wait, the limit is the reason."""
        now, ending = time.monotonic(), self.process.ending()
        awaited = self.sent or not self.ready
        if not awaited or (self.process.ended_at or now) - self.began < self._limit:
            return str(ending)
        return "\n".join([_TOO_SLOW.format(self._limit), *ending.splitlines()[1:]])

    def _lose(self, *lines: str) -> NoReturn:
        self.close()
        raise NoTraceError("\n".join([f"the worker of {self.name} ({self.where}) {lines[0]}", *lines[1:]]))

    def close(self) -> None:
        if self.process is not None:
            process, self.process, self.ready = self.process, None, False
            process.end()


_TOO_SLOW = "gave no answer within {:g} s"


def _reached(choice: str, where: str) -> Tuple[str, str]:
    """The execnet specification of an interpreter, and code that makes the project importable there."""
    if _SPECIFICATION.match(where):
        return where, shipping.prelude(registry.location(choice))
    here = f"import os, sys\nos.chdir({str(ROOT)!r})\nsys.path.insert(0, {str(ROOT)!r})"
    return f"popen//python={shlex.quote(python_at(choice, where))}", here


def python_at(choice: str, where: str) -> str:
    """The path of an interpreter on this machine. Raises :class:`SpecError` if there is none."""
    if _SPECIFICATION.match(where):
        raise SpecError(f"adapter {choice}: {where}: scripts run on this machine only; accepted: path/to/python")
    found = shutil.which(where)
    if found is None:
        raise SpecError(f"adapter {choice}: there is no interpreter at {where}")
    return os.path.abspath(found)


#: The start of an execnet specification; anything else is a path or a command.
_SPECIFICATION = re.compile(r"(popen|ssh=[^/]+|vagrant_ssh=[^/]+|socket=[^/]+)(//|$)")


def _no_python(where: str, ending: str) -> str:
    """A message about what was found instead of an interpreter."""
    if _SPECIFICATION.match(where) or not ending.startswith("died"):
        how, *words = ending.splitlines()
        return "\n".join([f"{where} {how}; accepted: Python 3.7 or newer", *words])
    version = subprocess.run([where, "--version"], capture_output=True, text=True, check=False)
    shown = (version.stdout or version.stderr or "no Python").splitlines()[0]
    return f"{where} is {shown}; accepted: Python 3.7 or newer"


def _processes(choice: str) -> Any:
    """The module that starts other interpreters, imported late because it needs execnet."""
    try:
        return importlib.import_module("adapters.workers.processes")
    except ImportError:
        raise SpecError(f"adapter {choice}: execnet, which reaches other interpreters, is not installed") from None


def open_all(choices: List[str], time_limit: float) -> List[Runner]:
    """Runners for choices ``NAME`` or ``NAME=WHERE``. Raises :class:`SpecError` if one cannot run or is given up."""
    runners = start_all(choices, time_limit)
    for over in [runner.over for runner in runners if runner.over]:
        close_all(runners)
        raise SpecError(over)
    return runners


def start_all(choices: List[str], time_limit: float, as_of: Mapping[str, str] = NO_VERSIONS) -> List[Runner]:
    """Runners for choices ``NAME`` or ``NAME=WHERE``, started concurrently. One may already be given up (``over``).

    With ``as_of``, package versions, the divergences measured on these are expected instead of those on the installed
    ones. Raises :class:`SpecError` if one can never run.
    """
    runners: List[Runner] = []
    try:
        for choice in choices:
            name, separator, where = choice.partition("=")
            if separator:
                runners.append(RemoteRunner(name, where, time_limit, as_of=as_of))
            else:
                runners.append(LocalRunner(name, time_limit, as_of))
        for runner in runners:
            runner.connect()
    except BaseException:
        close_all(runners)
        raise
    return runners


def close_all(runners: List[Runner]) -> None:
    for runner in runners:
        runner.close()
