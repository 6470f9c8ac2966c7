"""The verdict on one law for one adapter, from the traces of all programs that were run for it."""

from __future__ import annotations

import collections
from dataclasses import dataclass
from typing import Counter, Dict, List, Optional, Set

from specs.divergences import Divergence
from specs.errors import SpecError, one_of
from specs.judging.pools import Pool
from specs.laws.model import Draw, DrawLaw, Evidence, Law, QuestionLaw, Raised

VERDICTS = {
    "holds": "the specification's answer is what was seen",
    "differs": "the declared divergence's answer is what was seen",
    "unsupported": "the framework has no public way to do what the law asks about",
    "fails": "another answer was seen, or none",
}


@dataclass(frozen=True)
class Finding:
    """What breaks a law in one program: the answer seen, the operation that gave it, and the numbers."""

    answer: str
    at: int
    detail: str


@dataclass(frozen=True)
class Cell:
    """A cell of the matrix. ``programs`` were run; ``observations`` counts answers given (elements, for draws)."""

    law: str
    adapter: str
    verdict: str
    answer: str
    programs: int
    observations: int
    unsupported_programs: int = 0
    reason: str = ""
    source: str = ""
    kind: str = ""
    measured: str = ""
    program: str = ""

    def __post_init__(self) -> None:
        one_of("Cell.verdict", self.verdict, tuple(VERDICTS))


class Docket:
    """Hears the evidence for one law on one adapter, program by program, and closes with a cell."""

    def __init__(self, law: Law, adapter: str, divergence: Optional[Divergence] = None):
        if divergence is not None:
            one_of(f"divergence of {adapter} from {law.name}, answer", divergence.answer, tuple(law.answers))
            if divergence.answer == law.specified:
                raise SpecError(f"divergence of {adapter} from {law.name}: {divergence.answer!r} is what is specified")
        self.law = law
        self.adapter = adapter
        self.divergence = divergence
        self.due = law.specified if divergence is None else divergence.answer
        self.heard: Set[int] = set()
        self.answers: Counter[str] = collections.Counter()
        self.unsupported: List[str] = []
        self.pools: Dict[str, Pool] = {self.due: Pool(), law.specified: Pool()}
        self.finding: Optional[Finding] = None
        self.program = ""

    def hear(self, evidence: Evidence) -> Optional[Finding]:
        """Take in one program's trace; return what breaks the law in it, if anything does."""
        first_time = hash(evidence.program) not in self.heard
        self.heard.add(hash(evidence.program))
        try:
            finding = self._judge(evidence, first_time)
        except Raised as raised:
            finding = self._judge_raised(evidence, raised)
        if finding is not None:
            self.keep(finding, evidence.program.text)
        return finding

    def lost(self, program: str, detail: str) -> Finding:
        """Take in that a program gave no trace."""
        finding = Finding("no trace", 0, detail)
        self.keep(finding, program)
        return finding

    def keep(self, finding: Finding, program: str) -> None:
        """Remember what breaks the law, and the program in which it did last: the search for a small one ends there."""
        self.finding, self.program = finding, program

    def _judge(self, evidence: Evidence, first_time: bool) -> Optional[Finding]:
        if isinstance(self.law, DrawLaw):
            return self._judge_draws(self.law, evidence, first_time)
        assert isinstance(self.law, QuestionLaw)
        for observation in self.law.observe(evidence):
            if observation.answer == "unsupported" and self.due != "unsupported":
                self.unsupported.append(observation.detail)
                return None
            self.answers[observation.answer] += 1
            if observation.answer != self.due:
                return Finding(observation.answer, observation.at, observation.detail)
        return None

    def _judge_draws(self, law: DrawLaw, evidence: Evidence, first_time: bool) -> Optional[Finding]:
        for draw in law.observe(evidence):
            distribution = law.distribution(self.due, draw)
            stray = distribution.outside(draw.array)
            if stray.size:
                detail = f"{stray.size} of {draw.array.size} elements lie outside {distribution}: {stray[0]!r} is one"
                return Finding("another distribution", draw.at, detail)
            if first_time:
                self._pool(law, draw)
        return None

    def _pool(self, law: DrawLaw, draw: Draw) -> None:
        for answer, pool in self.pools.items():
            pool.add(draw.array, law.distribution(answer, draw))

    def _judge_raised(self, evidence: Evidence, raised: Raised) -> Optional[Finding]:
        if raised.outcome.kind == "unsupported":
            self.unsupported.append(raised.outcome.message)
            return None
        operation = type(evidence.program.operations[raised.at]).__name__
        return Finding(raised.outcome.kind, raised.at, f"{operation} raised: {raised.outcome}")

    def close(self, alpha: float) -> Cell:
        """The cell. ``alpha`` is the probability with which true draws may be rejected."""
        if self.finding is None:
            self.finding = self._final_finding(alpha)
        return Cell(
            law=self.law.name,
            adapter=self.adapter,
            verdict=self._verdict(),
            answer=self._answer(),
            programs=len(self.heard),
            observations=self._observations(),
            unsupported_programs=len(self.unsupported),
            measured=self._measured(),
            program=self.program,
            **self._reasons(),
        )

    def _observations(self) -> int:
        return self.pools[self.due].n if isinstance(self.law, DrawLaw) else sum(self.answers.values())

    def _final_finding(self, alpha: float) -> Optional[Finding]:
        if self._observations() == 0:
            if self.unsupported:
                return None
            return Finding("none", 0, f"{len(self.heard)} programs gave no answer: the law judged nothing")
        if isinstance(self.law, DrawLaw):
            rejected = self.pools[self.due].rejected(alpha)
            if rejected:
                return Finding("another distribution", 0, f"not from {self.due}: {rejected}")
            if self.divergence is not None and not self.pools[self.law.specified].rejected(alpha):
                return Finding(
                    self.law.specified, 0, "the declared divergence is gone: the specification's answer fits"
                )
        return None

    def _verdict(self) -> str:
        if self.finding is not None:
            return "fails"
        if self._observations() == 0:
            return "unsupported"
        return "holds" if self.divergence is None else "differs"

    def _answer(self) -> str:
        if self.finding is not None:
            return self.finding.answer
        return "unsupported" if self._observations() == 0 else self.due

    def _measured(self) -> str:
        if self.finding is not None:
            return f"operation {self.finding.at}: {self.finding.detail}"
        if isinstance(self.law, DrawLaw) and self.pools[self.due].n:
            pool = self.pools[self.due]
            spread = f", standard deviation {pool.mean_square**0.5:.5f} of it" if pool.reach else ""
            return f"n {pool.n}, mean {pool.mean:+.5f} deviations{spread}"
        return ""

    def _reasons(self) -> Dict[str, str]:
        if self._verdict() == "unsupported":
            return {"reason": self.unsupported[0], "kind": "unsupported"}
        if self.divergence is not None:
            return {
                "reason": self.divergence.reason,
                "source": self.divergence.source,
                "kind": self.divergence.kind,
            }
        return {}
