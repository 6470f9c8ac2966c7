"""Failing programs, kept as files: judged first by the next run, dropped once they pass, and written out as scripts."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from adapters import scripts
from adapters.workers.runners import NoTraceError
from specs.errors import SpecError
from specs.programs.program import Program
from specs.traces import Trace
from tests.harness.replays import Replay


@dataclass(frozen=True)
class Failed:
    """A program in which an adapter broke a law at an operation, and what it showed on all that took part.

    ``choices`` says by which name each adapter was asked for.
    """

    law: str
    program: Program
    adapter: str
    at: int
    choices: Mapping[str, str]
    traces: Mapping[str, Union[Trace, NoTraceError]]

    def trace(self, adapter: str) -> Optional[Trace]:
        found = self.traces.get(adapter)
        return found if isinstance(found, Trace) else None


@dataclass(frozen=True)
class Stored:
    """A failure of an earlier run, as it was read from its file. ``written`` tells one writing of it from another."""

    file: Path
    written: Tuple[int, int]
    replay: Replay

    @property
    def program(self) -> Program:
        return self.replay.program


class Failures:
    """The folder in which failures are kept. It may be missing, or not be there to write to."""

    def __init__(self, folder: Path):
        self.folder = folder

    # What failed before.

    def of(self, law: str, adapters: Sequence[str]) -> Iterator[Stored]:
        """Programs in which the law was broken before, on some of these adapters."""
        for file in sorted(self.folder.glob(f"{law}-*.json")):
            with contextlib.suppress(SpecError, OSError):  # told by unreadable(), or gone
                written, replay = _written(file), Replay.load(file)
                if replay.law == law and (not replay.adapters or {*replay.adapters} & {*adapters}):
                    yield Stored(file, written, replay)

    def unreadable(self) -> List[str]:
        """A line for each file that looks like a stored failure and is none."""
        errors = [_error(file) for file in sorted(self.folder.glob("*.json"))]
        return [f"  not judged again: {error}" for error in errors if error is not None]

    def passed(self, stored: Stored, adapters: Sequence[str]) -> None:
        """Take in that a stored program passes on these adapters. Once it does on all, it is dropped.

        Not where another run has stored it anew, or dropped it, since it was read: then that run's word stands.
        """
        replay, file = stored.replay, stored.file
        left = tuple(name for name in replay.adapters if name not in adapters)
        with contextlib.suppress(OSError):  # then it is judged again next time
            if _written(file) != stored.written or (left and left == replay.adapters):
                return
            if left:
                Replay(replay.law, replay.program, left).save(self.folder)
            else:
                for gone in [*self.folder.glob(f"{file.stem}.*.py"), file]:
                    gone.unlink()

    # What fails now.

    def keep(self, failed: Failed) -> List[str]:
        """Store a failing program, and its script for each adapter that can have one; the scripts, to be told.

        That of the adapter on which it failed comes first, its failing lines marked. Raises :class:`OSError` where the
        program cannot be stored.
        """
        file = self._store(failed)
        told: List[str] = []
        for name in sorted(failed.choices, key=lambda name: name != failed.adapter):
            told += self._script(failed, name, file)
        return told

    def _script(self, failed: Failed, name: str, file: Path) -> List[str]:
        """Store the program as a script for an adapter, beside its file; what to tell of it."""
        try:
            script = scripts.write(failed.program, failed.choices[name], failed.trace(name))
        except scripts.NoFrameworkError:
            return []
        except scripts.NoScriptError as reason:
            return ["", f"  as a script for {name}: none, as {reason}"]
        beside = file.with_suffix(f".{re.sub('[^0-9A-Za-z_-]+', '_', name)}.py")
        beside.write_text(script.text, encoding="utf-8")
        at = script.spans[failed.at] if name == failed.adapter else range(0)
        return ["", f"  as a script for {name}: {beside}", "", *_marked(script, at)]

    def file(self, failed: Failed) -> Path:
        return Replay(failed.law, failed.program).file(self.folder)

    def _store(self, failed: Failed) -> Path:
        before: Tuple[str, ...] = ()
        with contextlib.suppress(SpecError):
            before = Replay.load(self.file(failed)).adapters
        return Replay(failed.law, failed.program, tuple(sorted({failed.adapter, *before}))).save(self.folder)


def _written(file: Path) -> Tuple[int, int]:
    """Each writing makes a new file in the old one's place."""
    found = file.stat()
    return found.st_ino, found.st_mtime_ns


def _error(file: Path) -> Optional[SpecError]:
    try:
        Replay.load(file)
    except SpecError as error:
        return error
    return None


def _marked(script: scripts.Script, span: range) -> List[str]:
    """A script's lines, some of them pointed at."""
    return [f"  {'>' if at in span else ' '} {line}".rstrip() for at, line in enumerate(script.lines)]
