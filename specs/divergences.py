"""Divergences: where a framework gives another answer to a law's question than the specification does.

A divergence is positive: it names the answer that is seen instead. Every run checks that this answer, and no other,
is what is seen; a divergence that is gone fails as loudly as a law that is broken. It is demanded of the versions that
it was measured on, and of no others (:mod:`specs.versions`).
"""

from __future__ import annotations

from dataclasses import dataclass

from specs.errors import one_of

#: What a divergence is, which says who would have to act.
KINDS = {
    "by design": "the framework's authors chose it and document or defend it: whoever ports has to act",
    "upstream bug": "the framework's authors call it a bug: they have to act",
    "not offered upstream": "the framework has no public way to do what the law asks about",
    "not written here": "the framework has a way, and our adapter does not say it yet: we have to act",
}


@dataclass(frozen=True)
class Divergence:
    """``law`` is answered ``answer``, because of ``reason``, as ``source`` shows.

    ``versions`` is a requirement as in ``pip install``: the package and the versions of it on which that was measured.
    """

    law: str
    answer: str
    kind: str
    reason: str
    source: str
    versions: str

    def __post_init__(self) -> None:
        one_of(f"divergence from {self.law}, kind", self.kind, tuple(KINDS))
