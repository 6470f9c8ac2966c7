"""Claims that texts make about frameworks, and the verdict of each version: the stored form, and that of pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Dict, List, Optional, Tuple

HOLDS, WITH_A_DIFFERENCE, REFUTED = "holds", "holds with a difference", "refuted"
NOT_OFFERED = "not offered"


@dataclass(frozen=True)
class Stated:
    """A claim in our own words, and the chapter that makes it."""

    name: str
    text: str
    chapter: str


@dataclass(frozen=True)
class Result:
    """A claim's verdict on a version, the verdict declared for it, and the values seen."""

    claim: str
    package: str
    version: str
    verdict: str
    declared: str
    seen: str

    @property
    def as_declared(self) -> bool:
        return self.verdict == self.declared

    @property
    def column(self) -> str:
        return f"{self.package} {self.version}"

    def __str__(self) -> str:
        other = "" if self.as_declared else f" (declared: {self.declared})"
        return f"{self.column}  {self.claim}  {self.verdict}{other}: {self.seen}"


@dataclass(frozen=True)
class Measured:
    """The stored results of all versions, oldest first within a claim."""

    FORMAT: ClassVar[str] = "concordance-claims 2"

    format: str
    claims: Tuple[Stated, ...]
    results: Tuple[Result, ...]

    def tables(self) -> List[Table]:
        """A table for claims that were judged on the same versions."""
        found: Dict[Tuple[str, ...], Table] = {}
        for claim in self.claims:
            judged = {one.column: one for one in self.results if one.claim == claim.name}
            found.setdefault(tuple(judged), Table(tuple(judged), [])).rows.append(Row(claim, judged))
        return list(found.values())


@dataclass(frozen=True)
class Row:
    """A claim, and its results by column."""

    claim: Stated
    judged: Dict[str, Result]

    @property
    def verdict(self) -> Optional[str]:
        """The verdict that all versions share; empty if it changed."""
        verdicts = {one.verdict for one in self.judged.values()}
        return verdicts.pop() if len(verdicts) == 1 else None


@dataclass(frozen=True)
class Table:
    """Versions across, claims down."""

    columns: Tuple[str, ...]
    rows: List[Row]
