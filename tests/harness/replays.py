"""Failing programs as files that a later run can replay: one law and one program each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Tuple

from specs import codec
from specs.laws import find
from specs.programs.program import Program


@dataclass(frozen=True)
class Replay:
    """A program, the law that judges it, and the adapters on which it failed."""

    law: str
    program: Program
    adapters: Tuple[str, ...] = ()

    def __post_init__(self) -> None:
        find([self.law])

    def file(self, folder: Path) -> Path:
        """The path of this failure's file in a folder."""
        digest = hashlib.blake2b(self.program.text.encode(), digest_size=4).hexdigest()
        return folder / f"{self.law}-{digest}.json"

    def save(self, folder: Path) -> Path:
        return codec.save(self, self.file(folder))

    @staticmethod
    def load(file: Path) -> Replay:
        """Read a stored failure. Raises :class:`SpecError` if the file is not a valid one."""
        return codec.load(file, Replay)
