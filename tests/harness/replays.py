"""Failing programs as files that a later run can take up: one law and one program each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from specs import codec
from specs.laws import find
from specs.programs import Program


@dataclass(frozen=True)
class Replay:
    """A program, and the law to hold it to."""

    law: str
    program: Program

    def __post_init__(self) -> None:
        find([self.law])

    def save(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.blake2b(self.program.text.encode(), digest_size=4).hexdigest()
        file = folder / f"{self.law}-{digest}.json"
        file.write_text(codec.dumps(self, indent=1) + "\n", encoding="utf-8")
        return file

    @staticmethod
    def load(file: Path) -> Replay:
        """Read a stored failure. Raises :class:`SpecError` where the file is not one."""
        return codec.load(file, Replay)
