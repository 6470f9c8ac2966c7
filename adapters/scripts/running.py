"""Scripts, run: each in a process of its own, which a framework's interpreter forks once it has imported the framework.

That interpreter knows nothing of this project. What a script printed is held to what its trace holds.
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
    """How a script ended, what it printed, what it wrote to its standard error, and which lines it did not reach.

    Lines are counted from 1; those without code are not among them.
    """

    status: int
    out: str
    err: str
    idle: Sequence[int] = ()


class Interpreter:
    """A framework's interpreter. Scripts run one after the other; whoever starts one need not wait for it."""

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
        """How a script will have ended, once those that were started before it have. Raises as :meth:`run` does."""
        return self.queue.submit(self._answer, text, arguments)

    def run(self, text: str) -> Ended:
        """How a script ended. Raises :class:`SpecError` where the interpreter did."""
        return self.start(text).result()

    def _answer(self, text: str, arguments: Sequence[str]) -> Ended:
        stdin, stdout = cast(IO[str], self.process.stdin), cast(IO[str], self.process.stdout)
        timer = threading.Timer(self.time_limit, self._kill)
        timer.start()
        with contextlib.suppress(BrokenPipeError):  # then there is no answer
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
        """End it, and what it started: what it was still to run gets no answer."""
        self._kill()
        self.process.wait()
        self.queue.shutdown()
        with contextlib.suppress(BrokenPipeError):  # what was not read any more
            cast(IO[str], self.process.stdin).close()
        cast(IO[str], self.process.stdout).close()


def interpreter(adapter: str, python: str, time_limit: float) -> Interpreter:
    """An interpreter that imports what an adapter does. Raises :class:`NoScriptError` where it cannot be read."""
    imported = (
        module_of(statement) for source in adapter_source(adapter).sources for statement in source.imports.values()
    )
    modules = dict.fromkeys(module for module in imported if module.partition(".")[0] not in {*PROJECT, "__future__"})
    return Interpreter(python, [*modules], time_limit)


def told(script: Script, ended: Ended, expected: Sequence[Sequence[str]]) -> List[List[str]]:
    """What each operation's lines of a script printed. Raises :class:`SpecError` where that is not what is expected."""
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
    """A line, cut where the one that is expected was: of a long message a trace keeps the beginning."""
    return f"{seen[: len(expected) - 1]}…" if expected.endswith("…") and len(seen) > len(expected) else seen


def _why(ended: Ended) -> str:
    """How a script that did not come to its end ended."""
    if not ended.status:
        return ""
    *_, last = ended.err.strip().splitlines() or ["without a word"]
    return f"; it ended with status {ended.status}: {last}"
