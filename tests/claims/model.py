"""A claim, what is run for it, what judges that, and the verdicts that are declared for versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

import numpy as np
from scipy import stats

from specs.errors import SpecError
from specs.laws.model import Evidence, OperationFailed
from specs.programs.operations import Forward, Read, ReadGradient
from specs.programs.program import Program
from specs.reporting.claims import HOLDS, NOT_OFFERED, REFUTED, WITH_A_DIFFERENCE
from specs.statistics.distributions import Distribution, Uniform
from specs.traces import Trace
from specs.versions import counts, parsed

#: Draws whose distribution is the claimed one are taken for others once in so many judgings.
SIGNIFICANCE = 1e-6
#: What float32 may round away of a few sums of values around 1.
ROUNDING = 1e-5


@dataclass(frozen=True)
class Finding:
    """A verdict, and the values that it rests on."""

    verdict: str
    seen: str


@dataclass(frozen=True)
class Own:
    """A function of a chapter's own code, and what judges what it returns."""

    function: str
    judge: Callable[[Any], Finding]

    def judged(self, told: Dict[str, Any]) -> Finding:
        """One that raises refutes the claim."""
        return Finding(REFUTED, told["raised"]) if "raised" in told else self.judge(told["returned"])


@dataclass(frozen=True)
class Claim:
    """What a chapter states, in our words. ``chapter`` is the framework with the versions of those that state it.

    A program shows it, and where that cannot say all that the chapter does, its ``own`` code as well.
    ``otherwise`` has the verdicts other than "holds", by requirements as in ``pip install``: ``keras>=3``.
    """

    name: str
    chapter: str
    text: str
    program: Program
    judge: Callable[[Evidence], Finding]
    own: Optional[Own] = None
    otherwise: Mapping[str, str] = field(default_factory=dict)

    def expected(self, versions: Mapping[str, str]) -> str:
        """The verdict that is declared. Raises :class:`SpecError` where two are."""
        where = f"claim {self.name}, otherwise"
        found = [verdict for text, verdict in self.otherwise.items() if counts(parsed(text, where), versions)]
        if len(found) > 1:
            raise SpecError(f"{where}: {' and '.join(found)} are both declared for {dict(versions)}; expected: one")
        return found[0] if found else HOLDS

    def judged(self, trace: Trace) -> Finding:
        """What a trace shows of the claim: nothing, where the adapter has no way to ask.

        An operation that the judge needs, and that failed, refutes it.
        """
        lacking = [record.outcome.message for record in trace.records if record.outcome.kind == "unsupported"]
        if lacking:
            return Finding(NOT_OFFERED, lacking[0])
        try:
            return self.judge(Evidence(self.program, trace))
        except OperationFailed as failed:
            first = next(record.outcome for record in trace.records if record.outcome.kind == failed.outcome.kind)
            return Finding(REFUTED, f"{self.program.operations[failed.at]}: {first}")


#: From the best to the worst.
VERDICTS = (HOLDS, WITH_A_DIFFERENCE, REFUTED, NOT_OFFERED)


def together(*findings: Finding) -> Finding:
    """The worst of several verdicts, with all that was seen."""
    worst = max((finding.verdict for finding in findings), key=VERDICTS.index)
    return Finding(worst, "; ".join(finding.seen for finding in findings))


def found(holds: Any, seen: str) -> Finding:
    return Finding(HOLDS if holds else REFUTED, seen)


# What a trace shows.


def values(evidence: Evidence, kind: type) -> List[Any]:
    """What the operations of a kind yielded, in order."""
    return [evidence.value(at) for at, _ in evidence.find(kind)]


def reads(evidence: Evidence) -> List[np.ndarray]:
    return [value.array for value in values(evidence, Read)]


def gradients(evidence: Evidence) -> List[np.ndarray]:
    return values(evidence, ReadGradient)


def fit(drawn: np.ndarray, distribution: Distribution) -> Tuple[bool, str]:
    """Whether draws are of a distribution, by a Kolmogorov-Smirnov test, and their extremes."""
    p_value = float(stats.kstest(drawn.ravel().astype(np.float64), distribution.cdf).pvalue)
    return p_value > SIGNIFICANCE, f"{drawn.min():.3g} to {drawn.max():.3g}, p = {p_value:.2g}"


def extremes(array: np.ndarray) -> str:
    return f"{array.shape} from {array.min():.3g} to {array.max():.3g}"


def yes(answer: Any) -> str:
    return "yes" if answer else "no"


# Judges of what several chapters claim.


def output_shape(evidence: Evidence) -> Finding:
    (output,) = values(evidence, Forward)
    return found(output.shape == (2, 10) and output.dtype == np.float32, f"{output.shape} {output.dtype}")


def all_zero(evidence: Evidence) -> Finding:
    return found(not any(array.any() for array in reads(evidence)), "; ".join(map(extremes, reads(evidence))))


def narrowly_uniform(evidence: Evidence) -> Finding:
    """Weights on [-0.07, 0.07], and nothing else in them."""
    drawn = np.concatenate([array.ravel() for array in reads(evidence)])
    fits, seen = fit(drawn, Uniform(-0.07, 0.07))
    return found(fits, f"weights {seen}; {(np.abs(drawn) > 0.07).mean():.0%} outside")
