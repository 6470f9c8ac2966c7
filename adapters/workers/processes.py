"""A worker's process: starts it from an execnet specification, limits what it may send, and reports how it ended.

execnet frames the messages and sends them over duplicates of the worker's standard input and output, which it makes
before redirecting the originals to the null device: output of a framework does not interfere.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from typing import IO, Any, Callable, Dict, Iterable, Iterator, List, Optional

import execnet
from execnet import gateway_base, gateway_bootstrap, gateway_io

from adapters.workers import messages, reaper
from specs.errors import SpecError

#: Seconds within which a process that closed its connection should end and its last output should be read.
GRACE = 2.0
#: Bytes of a worker's standard error that are kept, and lines and columns of it that are quoted.
KEPT, LINES, COLUMNS = 16384, 12, 200
#: Bytes that a pipe buffers without a reader: 65536 on Linux, 16384 on macOS.
PIPED = 16384


class Refused(EOFError):
    """Received data was rejected. The message continues "the worker of ..."."""


class Process:
    """A Python interpreter that runs a worker."""

    def __init__(self, specification: str, patience: float):
        self.spec = execnet.XSpec(specification)
        self.spec.id, self.spec.execmodel = "worker", "thread"
        with contextlib.ExitStack() as until_started:
            # The files of a killed worker are deleted with its folder.
            self.folder = tempfile.TemporaryDirectory(prefix="concordance-")
            until_started.callback(self.folder.cleanup)
            self.reaper = _Reaper()
            until_started.callback(self.reaper.end)
            self.popen = _started(_arguments(self.spec), {"TMPDIR": self.folder.name, **self.reaper.environment})
            until_started.pop_all()
        self.ended_at: Optional[float] = None
        threading.Thread(target=self._watch, daemon=True).start()
        self.errors = _Tail(self.popen.stderr)
        self.line = _Line(self.popen)
        self.gateway: Any = None
        try:
            self.gateway = self._greeted(patience)
        except BaseException:
            self.end()
            raise

    def _greeted(self, patience: float) -> Any:
        """The gateway to an interpreter that answered. Raises :class:`NoPython` if none does in time."""
        began = time.monotonic()
        with self._limited(patience), contextlib.suppress(OSError, EOFError, AssertionError):
            gateway = _bootstrapped(self.line, self.spec)
            self.line.open = lambda: [channel.id for channel in gateway._channelfactory.channels()]
            if self.line.greeted:
                return gateway
        if time.monotonic() - began < patience:
            raise NoPython(self.ending())
        raise NoPython("\n".join([f"gave no answer within {patience:g} s", *self.last_words()]))

    def serve(self, prelude: str, source: str, patience: float) -> Any:
        """Run ``source`` there, after ``prelude`` and the specification's settings, and return a channel to it.

        It may send one message. Raises ``OSError`` if the worker has ended or does not read its input.
        """
        self.line.awaited = 1
        with self._limited(patience):
            return self.gateway.remote_exec("\n".join([prelude, *_settings(self.spec), source]))

    def send(self, channel: Any, text: str, patience: float) -> None:
        """Send a request. A dead worker is ignored here: waiting for its answer will report it."""
        self.line.awaited = 1
        with contextlib.suppress(OSError), self._limited(patience) if len(text) > PIPED else contextlib.nullcontext():
            channel.send(text)

    @contextlib.contextmanager
    def _limited(self, seconds: float) -> Iterator[None]:
        """Kill the process if the block takes longer: some waits in it have no timeout of their own."""
        timer = threading.Timer(seconds, self._kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _watch(self) -> None:
        """Record when the process ends, for callers that are waiting for another one meanwhile."""
        self.popen.wait()
        self.ended_at = time.monotonic()

    @property
    def ended(self) -> bool:
        return self.ended_at is not None

    def ending(self) -> str:
        """How the process ended, as text that continues "the worker of ...", and its last output."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(GRACE)
        return "\n".join([_ending(self.popen.returncode), *self.last_words()])

    def last_words(self) -> List[str]:
        """The last lines of the worker's standard error, below a heading."""
        lines = self.errors.lines()
        return ["  its standard error ends:", *(f"    {line}" for line in lines)] if lines else []

    def end(self) -> None:
        """Kill the process and its descendants. Nothing is lost: all its answers have arrived or have been given up."""
        self._kill()
        self.reaper.end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(GRACE)
        self.errors.close()
        self.gateway.join(GRACE) if self.gateway else self.line.close()
        self.folder.cleanup()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.popen.pid, signal.SIGKILL)


class NoPython(Exception):
    """The process is not a Python interpreter that execnet can use. The message says how it ended."""


def _arguments(spec: Any) -> List[str]:
    """The command that starts the interpreter of a specification."""
    made: List[str]
    if spec.popen:
        made = gateway_io.popen_args(spec)
    elif spec.ssh:
        made = gateway_io.ssh_args(spec)
    elif spec.vagrant_ssh:
        made = gateway_io.vagrant_ssh_args(spec)
    else:
        raise SpecError(
            f"execnet specification {spec}: accepted: popen, ssh=HOST or vagrant_ssh=MACHINE, then //python=..."
        )
    return made


def _started(arguments: List[str], environment: Dict[str, str]) -> Any:
    return subprocess.Popen(
        arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
        start_new_session=True,  # a terminal interrupt goes to the host only, which then ends its workers
    )


def _bootstrapped(line: _Line, spec: Any) -> Any:
    """A gateway to the interpreter: execnet's remote part is sent as text, so nothing needs to be installed there."""
    source = inspect.getsource(gateway_base)
    for newer, older in _OLDER:
        source = source.replace(newer, older)
    gateway_bootstrap.sendexec(
        line,
        source,
        f"execmodel = get_execmodel({spec.execmodel!r})",
        "io = init_popen_io(execmodel)",
        "io.write(b'1')",
        f"serve(io, id='{spec.id}-worker')",
    )
    line.read(1)
    return execnet.Gateway(line, spec)


#: Lines in execnet's remote part that need a Python newer than 3.7, only for type checkers, and equivalents without.
_OLDER = (
    ("from typing import Literal\n", ""),
    ("from typing import Protocol\n", "Protocol = object\n"),
    (", /)", ")"),
)


def _settings(spec: Any) -> List[str]:
    """Python code that applies a specification's settings."""
    lines = ["import os", f"os.environ.update({spec.env!r})"]
    lines += [f"os.chdir({spec.chdir!r})"] if spec.chdir else []
    return lines + ([f"os.nice({int(spec.nice)})"] if spec.nice else [])


def _ending(code: Optional[int]) -> str:
    if code is None:
        return "closed its connection"
    if code >= 0:
        return f"died with exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    return f"died of {name}{_SIGNALS.get(name, '')}"


#: The usual cause of a signal.
_SIGNALS = {
    "SIGKILL": ", as the system does when memory runs out",
    "SIGILL": ": it has instructions that this processor lacks",
}


class _Reaper:
    """Watches a worker, and kills its remaining processes when the host says so, or when the host has ended."""

    def __init__(self) -> None:
        self.mark = uuid.uuid4().hex
        self.popen: Any = None
        if sys.platform == "linux":
            self.popen = subprocess.Popen(
                [sys.executable, "-I", "-S", reaper.__file__, self.mark], stdin=subprocess.PIPE, start_new_session=True
            )

    @property
    def environment(self) -> Dict[str, str]:
        """The environment of a worker, with the mark by which it and its descendants are found."""
        return {} if self.popen is None else {reaper.NAME: self.mark}

    def end(self) -> None:
        if self.popen is not None:
            with contextlib.suppress(OSError):
                self.popen.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(reaper.PATIENCE + GRACE)


class _Tail:
    """The end of a process's standard error."""

    def __init__(self, stream: Optional[IO[bytes]]):
        assert stream is not None
        self.stream = stream
        self.kept = b""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            for chunk in iter(lambda: os.read(self.stream.fileno(), 65536), b""):
                self.kept = (self.kept + chunk)[-KEPT:]

    def lines(self) -> List[str]:
        """Its last lines; of a crash reported by Python, the innermost calls, which are printed first."""
        self.reader.join(GRACE)
        lines = [line[:COLUMNS].rstrip() for line in self.kept.decode(errors="replace").splitlines() if line.strip()]
        crashes = [at for at, line in enumerate(lines) if line.startswith(("Fatal Python error", "Current thread"))]
        return lines[crashes[0] :][:LINES] if crashes else lines[-LINES:]

    def close(self) -> None:
        self.reader.join(GRACE)
        self.stream.close()


class _Line:
    """The connection as execnet uses it. Received data is checked before it is decoded."""

    def __init__(self, popen: Any):
        self.execmodel = gateway_base.get_execmodel("thread")
        self.popen = popen
        self.greeted = False
        self.header: Optional[tuple] = None
        #: How many messages the worker may send: each is requested, so at most one is unread.
        self.awaited = 0
        #: The open channels. Data for others is rejected: execnet would report their errors at length.
        self.open: Callable[[], Iterable[int]] = tuple

    def read(self, count: int) -> bytes:
        """The bytes execnet reads: one byte as a greeting; then alternately a message's header and its payload."""
        if not self.greeted:
            greeting = self._exactly(1)
            self.greeted = greeting == b"1"
            return greeting
        if self.header is None:
            data = self._exactly(_HEADER.size)
            self.header = _HEADER.unpack(data)
            return data
        code, channel, size = self.header
        self.header = None
        _check_header(code, size)
        payload = self._exactly(size)
        _check_payload(code, channel, payload)
        if code == _ERROR and channel not in self.open():
            raise Refused("reported an error on a channel that does not exist")
        if code == _DATA and channel == _SERVICE:
            self.awaited -= 1
            if self.awaited < 0:
                raise Refused("sent what nobody had asked for")
        return payload

    def _exactly(self, count: int) -> bytes:
        data: bytes = self.popen.stdout.read(count)
        if len(data) < count:
            raise EOFError(f"expected {count} bytes, got {len(data)}")
        return data

    def write(self, data: bytes) -> None:
        self.popen.stdin.write(data)
        self.popen.stdin.flush()

    def close(self) -> None:
        self.close_read()
        self.close_write()

    def close_read(self) -> None:
        self.popen.stdout.close()

    def close_write(self) -> None:
        with contextlib.suppress(OSError):
            self.popen.stdin.close()

    def wait(self) -> Optional[int]:
        code: int = self.popen.wait()
        return code

    def kill(self) -> None:
        self.popen.kill()


#: The header of an execnet message: its code, its channel, the size of its payload.
_HEADER = struct.Struct("!bii")
_DATA, _CLOSE, _ERROR, _LAST = (
    gateway_base.Message.CHANNEL_DATA,
    gateway_base.Message.CHANNEL_CLOSE,
    gateway_base.Message.CHANNEL_CLOSE_ERROR,
    gateway_base.Message.CHANNEL_LAST_MESSAGE,
)
#: The channel on which a worker answers: the first that execnet assigns to a host.
_SERVICE = 1


def _check_header(code: int, size: int) -> None:
    if code not in (_DATA, _CLOSE, _ERROR, _LAST):
        raise Refused("wrote something other than a message to its connection")
    if not 0 <= size <= messages.LONGEST + _WRAPPING:
        raise Refused(f"began to send a message of {size} bytes; accepted: up to {messages.LONGEST}")


def _check_payload(code: int, channel: int, payload: bytes) -> None:
    """Accept only text as an error and bytes as an answer: a few bytes of other types could decode to large objects."""
    if code == _ERROR:
        _check_kind(gateway_base.opcode.PY3STRING, payload)
    elif code == _DATA and channel == _SERVICE:
        _check_kind(gateway_base.opcode.BYTES, payload)


def _check_kind(kind: bytes, payload: bytes) -> None:
    """Accept one object of a type: its letter, its length, its bytes, and the letter for the end."""
    length = len(payload) - _WRAPPING
    if length < 0 or payload[:5] != kind + length.to_bytes(4, "big") or payload[-1:] != gateway_base.opcode.STOP:
        raise Refused("sent something that is not a message of a worker")


#: What execnet's encoding adds around the bytes of one object.
_WRAPPING = 6
