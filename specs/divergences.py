"""Divergences: where a framework gives another answer to a law's question than the specification does.

A divergence is positive: it names the answer that is seen instead. Every run checks that this answer, and no other,
is what is seen; a divergence that is gone fails as loudly as a law that is broken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

from specs.errors import one_of

KINDS = {
    "by design": "the framework's authors chose it and document or defend it",
    "upstream bug": "the framework's authors call it a bug",
    "unsupported": "the framework has no public way to do what the law asks about",
}


@dataclass(frozen=True)
class Divergence:
    """``law`` is answered ``answer``, because of ``reason``, as ``source`` shows, on ``versions``."""

    law: str
    answer: str
    kind: str
    reason: str
    source: str
    versions: Tuple[str, ...]

    def __post_init__(self) -> None:
        one_of(f"divergence from {self.law}, kind", self.kind, tuple(KINDS))
