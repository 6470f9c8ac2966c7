"""Divergences: where a framework's answer to a law's question differs from the specified one.

A divergence names the answer that is seen instead. Every run checks that exactly this answer is seen; a divergence that
has disappeared fails just like a broken law. It is required of the versions that it was measured on, and of no others
(:mod:`specs.versions`).
"""

from __future__ import annotations

from dataclasses import dataclass

from specs.errors import one_of

#: Kinds of divergence; each says who would have to act.
KINDS = {
    "by design": "the framework's authors chose it and document or defend it: whoever ports has to act",
    "upstream bug": "the framework's authors call it a bug: they have to act",
    "not offered upstream": "the framework has no public way to do what the law asks about",
    "not written here": "the framework has a way, and our adapter does not say it yet: we have to act",
}


@dataclass(frozen=True)
class Divergence:
    """``law`` is answered ``answer``, because of ``reason``, as ``source`` shows.

    ``versions`` is a requirement as in ``pip install``: the package and the versions on which this was measured.
    """

    law: str
    answer: str
    kind: str
    reason: str
    source: str
    versions: str

    def __post_init__(self) -> None:
        one_of(f"divergence from {self.law}, kind", self.kind, tuple(KINDS))
