"""Runs of pytest in new processes, whose descendants are found by a mark in their environment."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
#: The environment variable with the mark.
MARK = "CONCORDANCE_TEST_RUN"


@contextlib.contextmanager
def interruptible():
    """Let processes started inside be interrupted, even from a background shell, which ignores SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Run:
    """A run in its own process group, as a terminal would start it. Its processes are ended after the test."""

    def __init__(self, *arguments, cwd=ROOT, **environment):
        self.mark = uuid.uuid4().hex
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TOX_"))}
        with interruptible():
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *map(str, arguments)],
                cwd=cwd,
                env={**inherited, **environment, MARK: self.mark},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                start_new_session=True,
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.popen.wait()
        self.popen.stdout.close()

    def processes(self):
        """The ids of all processes of this run that exist."""
        mark = f"{MARK}={self.mark}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                marked = mark in (folder / "environ").read_bytes().split(b"\0")
            except OSError:  # it has ended, or belongs to another user
                continue
            if marked:
                found.append(int(folder.name))
        return found

    def seconds_until_none(self, seconds):
        """The seconds until no process was left, or at least ``seconds`` if some remain."""
        began = time.monotonic()
        while self.processes() and time.monotonic() - began < seconds:
            time.sleep(0.05)
        return time.monotonic() - began

    def read_until(self, text, seconds=60.0):
        """Read the output up to a line that contains ``text``. After ``seconds``, the run is killed."""
        limit = threading.Timer(seconds, os.killpg, (self.popen.pid, signal.SIGKILL))
        limit.start()
        try:
            if not any(text in line for line in self.popen.stdout):
                raise AssertionError(f"the run ended and never printed {text!r}")
        finally:
            limit.cancel()

    def output(self, seconds):
        """The rest of the output, once the run has ended."""
        return self.popen.communicate(timeout=seconds)[0]

    def interrupt(self):
        """Do what Ctrl-C does: send SIGINT to all processes in the foreground."""
        os.killpg(self.popen.pid, signal.SIGINT)

    def kill(self):
        self.popen.kill()
