"""The verdict on one law for one adapter, from the traces of all programs run for it."""

from __future__ import annotations

import collections
from dataclasses import dataclass
from typing import Counter, Dict, List, Optional, Sequence, Set

from specs.divergences import Divergence
from specs.errors import SpecError, one_of
from specs.laws.drawings import rarity
from specs.laws.model import Draw, DrawLaw, Evidence, Law, OperationFailed, QuestionLaw
from specs.statistics.flaws import comparison_count, examine
from specs.statistics.pools import PAIRS, Pool

#: So many draws distinguish any two distributions that a law lists. With fewer, it is not checked whether both fit.
TELLING = 20_000
#: How many failed tests of draws are reported.
SHOWN = 3

VERDICTS = {
    "holds": "the specification's answer is what was seen",
    "differs": "the declared divergence's answer is what was seen",
    "unsupported": "the framework has no public way to do what the law asks about",
    "fails": "another answer was seen, or none",
}


@dataclass(frozen=True)
class Finding:
    """How a law is broken in one program: the answer seen, the operation that gave it, and the numbers."""

    answer: str
    at: int
    detail: str


@dataclass(frozen=True)
class Cell:
    """A cell of the matrix. ``programs`` were run; ``observations`` counts answers given (for draws, elements).

    ``kinds`` gives the number of programs with each layer kind, not counting unsupported programs.
    For random draws, ``tests`` is the number of tests at the end, and ``least_p`` the smallest p-value. ``comparisons``
    counts checks of single arrays and pairs, each of which finds a flaw in true draws with probability at most 2**-80.
    """

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
    kinds: Optional[Dict[str, int]] = None
    tests: int = 0
    comparisons: int = 0
    least_p: float = 1.0

    def __post_init__(self) -> None:
        one_of("Cell.verdict", self.verdict, tuple(VERDICTS))


class Tally:
    """Judges the evidence for one law on one adapter, program by program, and produces a cell."""

    def __init__(self, law: Law, adapter: str, divergence: Optional[Divergence] = None):
        if divergence is not None:
            one_of(f"divergence of {adapter} from {law.name}, answer", divergence.answer, tuple(law.answers))
            if divergence.answer == law.specified:
                raise SpecError(f"divergence of {adapter} from {law.name}: {divergence.answer!r} is what is specified")
        self.law = law
        self.adapter = adapter
        self.divergence = divergence
        self.expected = law.specified if divergence is None else divergence.answer
        self.judged: Set[int] = set()
        self.answers: Counter[str] = collections.Counter()
        self.kinds: Counter[str] = collections.Counter()
        self.unsupported: List[str] = []
        self.pools: Dict[str, Pool] = {self.expected: Pool(), law.specified: Pool()}
        #: Expected number of draws that distinguish the expected distribution from a similar one.
        self.rarity = 1.0
        self.comparisons = 0
        self.finding: Optional[Finding] = None
        self.program = ""

    def judge(self, evidence: Evidence) -> Optional[Finding]:
        """Add one program's trace; return how the law is broken in it, if it is."""
        first_time = hash(evidence.program) not in self.judged
        self.judged.add(hash(evidence.program))
        unsupported = len(self.unsupported)
        try:
            finding = self._judge(evidence, first_time)
        except OperationFailed as raised:
            finding = self._judge_raised(evidence, raised)
        except SpecError as error:
            finding = Finding("cannot be judged", 0, str(error))
        if first_time and len(self.unsupported) == unsupported:
            networks = evidence.program.networks.values()
            self.kinds.update({kind for network in networks for kind in network.kinds()})
        if finding is not None:
            self.keep(finding, evidence.program.text)
        return finding

    def lost(self, program: str, detail: str) -> Finding:
        """Record that a program gave no trace."""
        finding = Finding("no trace", 0, detail)
        self.keep(finding, program)
        return finding

    def keep(self, finding: Finding, program: str) -> None:
        """Keep the finding and its program. The last one counts: the search for a small program ends there."""
        self.finding, self.program = finding, program

    def _judge(self, evidence: Evidence, first_time: bool) -> Optional[Finding]:
        if isinstance(self.law, DrawLaw):
            return self._judge_draws(self.law, evidence, first_time)
        assert isinstance(self.law, QuestionLaw)
        for observation in self.law.observe(evidence):
            if observation.answer == "unsupported" and self.expected != "unsupported":
                self.unsupported.append(observation.detail)
                return None
            self.answers[observation.answer] += 1
            self.comparisons += observation.comparisons
            if observation.answer != self.expected:
                return Finding(observation.answer, observation.at, observation.detail)
        return None

    def _judge_draws(self, law: DrawLaw, evidence: Evidence, first_time: bool) -> Optional[Finding]:
        draws = list(law.observe(evidence))
        owned = [(draw, sample) for draw in draws for sample in law.samples(self.expected, draw)]
        samples = [sample for _, sample in owned]
        self.comparisons += comparison_count(samples)
        found = examine(samples)
        if found is not None:
            at, answer, detail = found
            return Finding(answer, owned[at][0].at, detail)
        if first_time:
            self.rarity = min([self.rarity, *(rarity(sample.law) for sample in samples)])
            self._pool(law, draws)
        return None

    def _pool(self, law: DrawLaw, draws: Sequence[Draw]) -> None:
        for answer, pool in self.pools.items():
            pool.add([sample for draw in draws for sample in law.samples(answer, draw)])

    def _judge_raised(self, evidence: Evidence, raised: OperationFailed) -> Optional[Finding]:
        if raised.outcome.kind == "unsupported":
            self.unsupported.append(raised.outcome.message)
            return None
        operation = type(evidence.program.operations[raised.at]).__name__
        return Finding(raised.outcome.kind, raised.at, f"{operation} raised: {raised.outcome}")

    def close(self, share: float) -> Cell:
        """The cell. ``share`` is the probability that true draws fail each test."""
        if self.finding is None:
            self.finding = self._final_finding(share)
        p_values = self.pools[self.expected].p_values()
        return Cell(
            law=self.law.name,
            adapter=self.adapter,
            verdict=self._verdict(),
            answer=self._answer(),
            programs=len(self.judged),
            observations=self._observations(),
            unsupported_programs=len(self.unsupported),
            kinds=dict(sorted(self.kinds.items())),
            measured=self._measured(),
            program=self.program,
            tests=len(p_values),
            comparisons=self.comparisons,
            least_p=min(p_values.values(), default=1.0),
            **self._reasons(),
        )

    @property
    def asked(self) -> bool:
        """Whether there was an answer, an unsupported operation, or no trace."""
        return self._observations() > 0 or bool(self.unsupported) or self.finding is not None

    def _observations(self) -> int:
        return self.pools[self.expected].n if isinstance(self.law, DrawLaw) else sum(self.answers.values())

    def _final_finding(self, share: float) -> Optional[Finding]:
        if self._observations() == 0:
            if self.unsupported:
                return None
            return Finding("none", 0, f"{len(self.judged)} programs gave no answer: the law judged nothing")
        if isinstance(self.law, DrawLaw):
            if self._is_gone(share):
                detail = "the declared divergence is gone: the specification's answer fits"
                return Finding(self.law.specified, 0, detail)
            rejected = self.pools[self.expected].rejected(share)
            if rejected:
                answer = "not independent" if set(rejected) <= set(PAIRS) else "another distribution"
                # Wrong values make pairs look dependent as well, so tests of values are reported first.
                telling = sorted(rejected, key=lambda test: test in PAIRS)
                shown = "; ".join(f"{test}: {rejected[test]}" for test in telling[:SHOWN])
                shown += f"; and {len(rejected) - SHOWN} tests more" if len(rejected) > SHOWN else ""
                return Finding(answer, 0, f"not {self.expected}, at p < {share:.1e}, by scores of N(0, 1): {shown}")
        return None

    def _is_gone(self, share: float) -> bool:
        """Whether draws that can distinguish both answers fit the specified one, alone or with the divergence."""
        specified = self.pools[self.law.specified]
        if self.divergence is None or specified.n < TELLING / self.rarity or specified.stray:
            return False
        return not specified.rejected(share)

    def _verdict(self) -> str:
        if self.finding is not None:
            return "fails"
        if self._observations() == 0:
            return "unsupported"
        return "holds" if self.divergence is None else "differs"

    def _answer(self) -> str:
        if self.finding is not None:
            return self.finding.answer
        return "unsupported" if self._observations() == 0 else self.expected

    def _measured(self) -> str:
        if self.finding is not None:
            return f"operation {self.finding.at}: {self.finding.detail}" if self.program else self.finding.detail
        if isinstance(self.law, DrawLaw) and self.pools[self.expected].n:
            return self.pools[self.expected].summary()
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
