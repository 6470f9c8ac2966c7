"""A worker's process: started from an execnet specification, listened to within bounds, and told how it ended.

execnet frames the messages; they travel over duplicates of the worker's standard input and output, which execnet makes
before it points the two themselves at the null device: what a framework prints disturbs nothing.
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

#: Seconds in which a process that closed its connection is expected to have ended, and its last words to be read.
GRACE = 2.0
#: Bytes kept of what a worker writes to its standard error, and lines and columns of it that are quoted.
KEPT, LINES, COLUMNS = 16384, 12, 200
#: Bytes that a pipe takes in without anybody reading: 65536 on Linux, 16384 on macOS.
PIPED = 16384


class Refused(EOFError):
    """What arrived was not accepted. The message goes on where "the worker of ..." begins."""


class Process:
    """A Python interpreter in which a worker runs."""

    def __init__(self, specification: str, patience: float):
        self.spec = execnet.XSpec(specification)
        self.spec.id, self.spec.execmodel = "worker", "thread"
        with contextlib.ExitStack() as until_started:
            # What a worker that is killed leaves goes with its folder.
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
        """The gateway to an interpreter that answered as one. Raises :class:`NoPython` where none does in time."""
        began = time.monotonic()
        with self._limited(patience), contextlib.suppress(OSError, EOFError, AssertionError):
            gateway = _bootstrapped(self.line, self.spec)
            self.line.open = lambda: [channel.id for channel in gateway._channelfactory.channels()]
            if self.line.greeted:
                return gateway
        if time.monotonic() - began < patience:
            raise NoPython(self.told())
        raise NoPython("\n".join([f"gave no answer within {patience:g} s", *self.last_words()]))

    def serve(self, prelude: str, source: str, patience: float) -> Any:
        """A channel to ``source``, which runs there from now on, after ``prelude`` and the specification's settings.

        It is to send one message. Raises ``OSError`` where the worker is gone, or takes nothing in.
        """
        self.line.awaited = 1
        with self._limited(patience):
            return self.gateway.remote_exec("\n".join([prelude, *_settings(self.spec), source]))

    def send(self, channel: Any, text: str, patience: float) -> None:
        """Send what is to be answered, unless the worker is gone: who waits for its answer will notice."""
        self.line.awaited = 1
        with contextlib.suppress(OSError), self._limited(patience) if len(text) > PIPED else contextlib.nullcontext():
            channel.send(text)

    @contextlib.contextmanager
    def _limited(self, seconds: float) -> Iterator[None]:
        """End the process where what follows takes longer: there are waits that have no limit of their own."""
        timer = threading.Timer(seconds, self._kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _watch(self) -> None:
        """Take down when the process ends: who waits for another one meanwhile asks for that later."""
        self.popen.wait()
        self.ended_at = time.monotonic()

    @property
    def ended(self) -> bool:
        return self.ended_at is not None

    def told(self) -> str:
        """How the process ended, in words that go on where "the worker of ..." begins, and what it wrote last."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(GRACE)
        return "\n".join([_ending(self.popen.returncode), *self.last_words()])

    def last_words(self) -> List[str]:
        """The end of the worker's standard error, in lines below a line that says so."""
        lines = self.errors.lines()
        return ["  its standard error ends:", *(f"    {line}" for line in lines)] if lines else []

    def end(self) -> None:
        """End the process and those that it started. It has nothing to lose: all it was asked for is here, or lost."""
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
    """What was started is no Python interpreter that execnet can drive. The message says how it ended."""


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
        start_new_session=True,  # an interrupt from the terminal is for the host, which then ends its workers
    )


def _bootstrapped(line: _Line, spec: Any) -> Any:
    """A gateway to the interpreter at the other end: execnet's own part there is sent as text, and nothing imported."""
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


#: What execnet's part has that Python 3.7 has not, all of it for type checkers; and what runs the same without.
_OLDER = (
    ("from typing import Literal\n", ""),
    ("from typing import Protocol\n", "Protocol = object\n"),
    (", /)", ")"),
)


def _settings(spec: Any) -> List[str]:
    """The lines of Python that carry out a specification's settings."""
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


#: Where a signal mostly comes from.
_SIGNALS = {
    "SIGKILL": ", as the system does when memory runs out",
    "SIGILL": ": it has instructions that this processor lacks",
}


class _Reaper:
    """Stands by a worker, and ends what is left of it: at the host's word, or once there is no host any more."""

    def __init__(self) -> None:
        self.mark = uuid.uuid4().hex
        self.popen: Any = None
        if sys.platform == "linux":
            self.popen = subprocess.Popen(
                [sys.executable, "-I", "-S", reaper.__file__, self.mark], stdin=subprocess.PIPE, start_new_session=True
            )

    @property
    def environment(self) -> Dict[str, str]:
        """What a worker inherits, by which it and what it starts are known."""
        return {} if self.popen is None else {reaper.NAME: self.mark}

    def end(self) -> None:
        if self.popen is not None:
            with contextlib.suppress(OSError):
                self.popen.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(reaper.PATIENCE + GRACE)


class _Tail:
    """The last of what a process writes to its standard error."""

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
        """Its last lines; of a crash that Python tells of, the innermost calls, which it tells first."""
        self.reader.join(GRACE)
        lines = [line[:COLUMNS].rstrip() for line in self.kept.decode(errors="replace").splitlines() if line.strip()]
        crashes = [at for at, line in enumerate(lines) if line.startswith(("Fatal Python error", "Current thread"))]
        return lines[crashes[0] :][:LINES] if crashes else lines[-LINES:]

    def close(self) -> None:
        self.reader.join(GRACE)
        self.stream.close()


class _Line:
    """The connection as execnet uses it. What arrives is looked at before any value is built of it."""

    def __init__(self, popen: Any):
        self.execmodel = gateway_base.get_execmodel("thread")
        self.popen = popen
        self.greeted = False
        self.header: Optional[tuple] = None
        #: How many messages the worker may send: it is asked for each, so that no more than one waits to be read.
        self.awaited = 0
        #: The channels that there are. Of others nothing is taken in: execnet would tell of their errors at length.
        self.open: Callable[[], Iterable[int]] = tuple

    def read(self, count: int) -> bytes:
        """What execnet asks for: one byte as a greeting; then, in turn, a message's header and its payload."""
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
            raise Refused("told of an error on a channel that there is not")
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


#: Of an execnet message: what it is, its channel, the size of its payload.
_HEADER = struct.Struct("!bii")
_DATA, _CLOSE, _ERROR, _LAST = (
    gateway_base.Message.CHANNEL_DATA,
    gateway_base.Message.CHANNEL_CLOSE,
    gateway_base.Message.CHANNEL_CLOSE_ERROR,
    gateway_base.Message.CHANNEL_LAST_MESSAGE,
)
#: The channel that a worker answers on: the first that execnet gives to a host.
_SERVICE = 1


def _check_header(code: int, size: int) -> None:
    if code not in (_DATA, _CLOSE, _ERROR, _LAST):
        raise Refused("wrote into its connection what is no message")
    if not 0 <= size <= messages.LONGEST + _WRAPPING:
        raise Refused(f"began to send a message of {size} bytes; accepted: up to {messages.LONGEST}")


def _check_payload(code: int, channel: int, payload: bytes) -> None:
    """Accept text as an error, and bytes as an answer: a few bytes of others could make execnet build large ones."""
    if code == _ERROR:
        _check_kind(gateway_base.opcode.PY3STRING, payload)
    elif code == _DATA and channel == _SERVICE:
        _check_kind(gateway_base.opcode.BYTES, payload)


def _check_kind(kind: bytes, payload: bytes) -> None:
    """Accept one object of a kind: its letter, its length, its bytes, and the letter for the end."""
    length = len(payload) - _WRAPPING
    if length < 0 or payload[:5] != kind + length.to_bytes(4, "big") or payload[-1:] != gateway_base.opcode.STOP:
        raise Refused("sent what is no message of a worker")


#: What execnet puts around the bytes of one object.
_WRAPPING = 6
