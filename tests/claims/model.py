"""Claims: what is run for each, how it is judged, and the verdicts declared for versions."""

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

#: The probability of mistaking draws from the claimed distribution for others, per judging.
SIGNIFICANCE = 1e-6
#: A tolerance for float32 rounding in a few sums of values around 1.
ROUNDING = 1e-5


@dataclass(frozen=True)
class Finding:
    """A verdict, and the values it is based on."""

    verdict: str
    seen: str


@dataclass(frozen=True)
class Own:
    """A function of a chapter's own code, and the judge of its return value."""

    function: str
    judge: Callable[[Any], Finding]

    def judged(self, told: Dict[str, Any]) -> Finding:
        """Judge the function's result. An exception refutes the claim."""
        return Finding(REFUTED, told["raised"]) if "raised" in told else self.judge(told["returned"])


@dataclass(frozen=True)
class Claim:
    """A chapter's statement, in our words. ``chapter`` is the framework with the versions of the chapters.

    It is judged by a program, and by the chapter's ``own`` code where a program cannot express everything.
    ``otherwise`` has verdicts other than "holds", with version requirements as in ``pip install``: ``keras>=3``.
    """

    name: str
    chapter: str
    text: str
    program: Program
    judge: Callable[[Evidence], Finding]
    own: Optional[Own] = None
    otherwise: Mapping[str, str] = field(default_factory=dict)

    def expected(self, versions: Mapping[str, str]) -> str:
        """The declared verdict. Raises :class:`SpecError` if there are two."""
        where = f"claim {self.name}, otherwise"
        found = [verdict for text, verdict in self.otherwise.items() if counts(parsed(text, where), versions)]
        if len(found) > 1:
            raise SpecError(f"{where}: {' and '.join(found)} are both declared for {dict(versions)}; expected: one")
        return found[0] if found else HOLDS

    def judged(self, trace: Trace) -> Finding:
        """Judge a trace: not offered if the adapter does not support an operation.

        If an operation that the judge needs failed, the claim is refuted.
        """
        lacking = [record.outcome.message for record in trace.records if record.outcome.kind == "unsupported"]
        if lacking:
            return Finding(NOT_OFFERED, lacking[0])
        try:
            return self.judge(Evidence(self.program, trace))
        except OperationFailed as failed:
            first = next(record.outcome for record in trace.records if record.outcome.kind == failed.outcome.kind)
            return Finding(REFUTED, f"{self.program.operations[failed.at]}: {first}")


#: From best to worst.
VERDICTS = (HOLDS, WITH_A_DIFFERENCE, REFUTED, NOT_OFFERED)


def together(*findings: Finding) -> Finding:
    """The worst of several verdicts, with everything that was seen."""
    worst = max((finding.verdict for finding in findings), key=VERDICTS.index)
    return Finding(worst, "; ".join(finding.seen for finding in findings))


def found(holds: Any, seen: str) -> Finding:
    return Finding(HOLDS if holds else REFUTED, seen)


# Values in a trace.


def values(evidence: Evidence, kind: type) -> List[Any]:
    """The values of all operations of a kind, in order."""
    return [evidence.value(at) for at, _ in evidence.find(kind)]


def reads(evidence: Evidence) -> List[np.ndarray]:
    return [value.array for value in values(evidence, Read)]


def gradients(evidence: Evidence) -> List[np.ndarray]:
    return values(evidence, ReadGradient)


def fit(drawn: np.ndarray, distribution: Distribution) -> Tuple[bool, str]:
    """Whether draws have a distribution, by a Kolmogorov-Smirnov test, with their extremes and p-value as text."""
    p_value = float(stats.kstest(drawn.ravel().astype(np.float64), distribution.cdf).pvalue)
    return p_value > SIGNIFICANCE, f"{drawn.min():.3g} to {drawn.max():.3g}, p = {p_value:.2g}"


def extremes(array: np.ndarray) -> str:
    return f"{array.shape} from {array.min():.3g} to {array.max():.3g}"


def yes(answer: Any) -> str:
    return "yes" if answer else "no"


# Judges for claims of several chapters.


def output_shape(evidence: Evidence) -> Finding:
    (output,) = values(evidence, Forward)
    return found(output.shape == (2, 10) and output.dtype == np.float32, f"{output.shape} {output.dtype}")


def all_zero(evidence: Evidence) -> Finding:
    return found(not any(array.any() for array in reads(evidence)), "; ".join(map(extremes, reads(evidence))))


def narrowly_uniform(evidence: Evidence) -> Finding:
    """All weights are uniform on [-0.07, 0.07]."""
    drawn = np.concatenate([array.ravel() for array in reads(evidence)])
    fits, seen = fit(drawn, Uniform(-0.07, 0.07))
    return found(fits, f"weights {seen}; {(np.abs(drawn) > 0.07).mean():.0%} outside")
