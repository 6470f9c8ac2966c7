"""Runs scripts, each in a new process forked by a framework's interpreter after it has imported the framework.

That interpreter does not need this project. A script's output is compared with its trace.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import subprocess
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, List, Sequence, cast

from adapters.running.engine import without_addresses
from adapters.scripts import Script
from adapters.scripts.sources import PROJECT, adapter_source, module_of
from specs.errors import SpecError

FRESH = Path(__file__).with_name("fresh.py")


@dataclass(frozen=True)
class Ended:
    """How a script ended: exit status, stdout, stderr, and the lines it did not execute.

    Lines are counted from 1, and lines without code are not listed.
    """

    status: int
    out: str
    err: str
    idle: Sequence[int] = ()


class Interpreter:
    """A framework's interpreter. Scripts run one after another, without blocking the caller."""

    def __init__(self, python: str, modules: Sequence[str], time_limit: float):
        self.python = python
        self.time_limit = time_limit
        self.queue = ThreadPoolExecutor(1)
        try:
            self.process = subprocess.Popen(
                [python, "-I", str(FRESH), *modules],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                encoding="utf-8",
                start_new_session=True,
            )
        except OSError as error:
            raise SpecError(f"{python} cannot be started: {error.strerror}") from None

    def start(self, text: str, *arguments: str) -> Future[Ended]:
        """The future result of a script, which runs after those started before it. It raises as :meth:`run` does."""
        return self.queue.submit(self._answer, text, arguments)

    def run(self, text: str) -> Ended:
        """Run a script. Raises :class:`SpecError` if the interpreter ends or gives no answer in time."""
        return self.start(text).result()

    def _answer(self, text: str, arguments: Sequence[str]) -> Ended:
        stdin, stdout = cast(IO[str], self.process.stdin), cast(IO[str], self.process.stdout)
        timer = threading.Timer(self.time_limit, self._kill)
        timer.start()
        with contextlib.suppress(BrokenPipeError):  # reported as a missing answer below
            stdin.write(json.dumps([text, arguments]) + "\n")
            stdin.flush()
        answer = stdout.readline()
        timer.cancel()
        if not answer:
            raise SpecError(f"{self.python} gave no answer to a script, or none within {self.time_limit:g} s")
        return Ended(*json.loads(answer))

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Kill the interpreter and its children: pending scripts get no answer."""
        self._kill()
        self.process.wait()
        self.queue.shutdown()
        with contextlib.suppress(BrokenPipeError):  # unread input
            cast(IO[str], self.process.stdin).close()
        cast(IO[str], self.process.stdout).close()


def interpreter(adapter: str, python: str, time_limit: float) -> Interpreter:
    """An interpreter with an adapter's imports. Raises :class:`NoScriptError` if the adapter cannot be read."""
    imported = (
        module_of(statement) for source in adapter_source(adapter).sources for statement in source.imports.values()
    )
    modules = dict.fromkeys(module for module in imported if module.partition(".")[0] not in {*PROJECT, "__future__"})
    return Interpreter(python, [*modules], time_limit)


def printed(script: Script, ended: Ended, expected: Sequence[Sequence[str]]) -> List[List[str]]:
    """The output of each operation of a script. Raises :class:`SpecError` if it is not as expected."""
    printed = [without_addresses(line) for line in ended.out.splitlines()]
    wanted = [(at, line) for at, lines in enumerate(expected) for line in lines]
    seen = [_cut(line, one) for line, (_, one) in zip([*printed, *itertools.repeat("", len(wanted))], wanted)]
    for (at, line), shown in zip(wanted, seen):
        if shown != line:
            place = script.spans[at].start + 1
            raise SpecError(f"line {place} of its script printed {shown!r}, where the trace has {line!r}{_why(ended)}")
    if ended.status or len(printed) > len(wanted):
        raise SpecError(f"its script printed {printed[len(wanted) :]} beyond what the trace has{_why(ended)}")
    return [[line for (of, _), line in zip(wanted, seen) if of == at] for at in range(len(expected))]


def _cut(seen: str, expected: str) -> str:
    """A line truncated like the expected one: a trace stores only the beginning of a long message."""
    return f"{seen[: len(expected) - 1]}…" if expected.endswith("…") and len(seen) > len(expected) else seen


def _why(ended: Ended) -> str:
    """How a script ended, if it did not finish normally."""
    if not ended.status:
        return ""
    *_, last = ended.err.strip().splitlines() or ["no error output"]
    return f"; it ended with status {ended.status}: {last}"
