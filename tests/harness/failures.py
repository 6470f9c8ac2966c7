"""Failing programs stored as files: rerun first by the next run, deleted once they pass, and written as scripts."""

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
    """A program in which an adapter broke a law at an operation, with the traces of all adapters.

    ``choices`` maps each adapter's name to the ``--adapter`` value that selected it.
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
    """A failure of an earlier run, read from its file. ``written`` changes whenever the file is written again."""

    file: Path
    written: Tuple[int, int]
    replay: Replay

    @property
    def program(self) -> Program:
        return self.replay.program


class Failures:
    """The folder of stored failures. It may be missing or read-only."""

    def __init__(self, folder: Path):
        self.folder = folder

    # Earlier failures.

    def of(self, law: str, adapters: Sequence[str]) -> Iterator[Stored]:
        """Programs that broke the law before on at least one of these adapters."""
        for file in sorted(self.folder.glob(f"{law}-*.json")):
            with contextlib.suppress(SpecError, OSError):  # unreadable() reports it, or it was deleted
                written, replay = _written(file), Replay.load(file)
                if replay.law == law and (not replay.adapters or {*replay.adapters} & {*adapters}):
                    yield Stored(file, written, replay)

    def unreadable(self) -> List[str]:
        """A line for each JSON file in the folder that is not a valid stored failure."""
        errors = [_error(file) for file in sorted(self.folder.glob("*.json"))]
        return [f"  not judged again: {error}" for error in errors if error is not None]

    def passed(self, stored: Stored, adapters: Sequence[str]) -> None:
        """Record that a stored program passes on these adapters. Once it passes on all, delete it.

        Do nothing if another run has rewritten or deleted the file since it was read.
        """
        replay, file = stored.replay, stored.file
        left = tuple(name for name in replay.adapters if name not in adapters)
        with contextlib.suppress(OSError):  # the next run judges it again
            if _written(file) != stored.written or (left and left == replay.adapters):
                return
            if left:
                Replay(replay.law, replay.program, left).save(self.folder)
            else:
                for gone in [*self.folder.glob(f"{file.stem}.*.py"), file]:
                    gone.unlink()

    # New failures.

    def keep(self, failed: Failed) -> List[str]:
        """Store a failing program, and its script for each adapter that can have one. Return the lines to report.

        The script for the adapter on which it failed comes first, with the failing lines marked. Raises
        :class:`OSError` if the program cannot be stored.
        """
        file = self._store(failed)
        told: List[str] = []
        for name in sorted(failed.choices, key=lambda name: name != failed.adapter):
            told += self._script(failed, name, file)
        return told

    def _script(self, failed: Failed, name: str, file: Path) -> List[str]:
        """Store the program as a script for an adapter, next to its file. Return the lines to report."""
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
    """Identify a version of a file: each write replaces the file, so that its inode or time changes."""
    found = file.stat()
    return found.st_ino, found.st_mtime_ns


def _error(file: Path) -> Optional[SpecError]:
    try:
        Replay.load(file)
    except SpecError as error:
        return error
    return None


def _marked(script: scripts.Script, span: range) -> List[str]:
    """A script's lines, with those in the span marked."""
    return [f"  {'>' if at in span else ' '} {line}".rstrip() for at, line in enumerate(script.lines)]
