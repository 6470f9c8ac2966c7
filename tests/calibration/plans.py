"""The judge's input in a run: for each law of draws, the arrays that its programs draw, in order."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from adapters.reference import ReferenceAdapter
from adapters.running import engine
from specs.errors import SpecError
from specs.laws import DRAW_LAWS, LAWS, DrawLaw, Evidence
from specs.programs.program import Program
from specs.statistics.distributions import Distribution
from specs.statistics.flaws import Sample
from tests.harness.laws import strategies
from tests.strategies.families import family

#: The default number of programs per law in a run.
PROGRAMS = 100
#: The number of programs from which the possible distributions of a law are determined.
SOME = 10


@dataclass(frozen=True)
class Drawn:
    """An expected array: the initializer, and the sample for the judge."""

    initializer: Any
    sample: Sample

    def with_array(self, array: np.ndarray) -> Drawn:
        return dataclasses.replace(self, sample=dataclasses.replace(self.sample, array=array))


@dataclass(frozen=True)
class Subject:
    """A law of draws, with one of its possible answers as the distribution."""

    law: str
    answer: str

    def __str__(self) -> str:
        return f"{self.law.partition('.')[2]}: {self.answer}"


def subjects() -> List[Subject]:
    """Every law of draws, with one answer for each type of distribution.

    For laws that ask the same about many roles, only those about dense layers get all answers; the others get the
    specified one, since judging a distribution does not depend on the role.
    """
    found: Dict[Tuple[str, type], Subject] = {}
    for law in DRAW_LAWS:
        for answer in law.answers if law.subject in ("", "dense.weight", "dense.bias") else (law.specified,):
            if not _may_be_had(law, answer):
                continue
            subject = Subject(law.name, answer)
            counts = (SOME, PROGRAMS)  # for some laws, few programs are not enough
            expected = next(drawn.sample.law for count in counts for draws in plan(subject, count) for drawn in draws)
            if expected.is_random:
                found.setdefault((law.name, type(expected)), subject)
    return list(found.values())


def _may_be_had(law: DrawLaw, answer: str) -> bool:
    """Whether the draws of a law's programs can follow the distribution of an answer without changes."""
    draws = [draw for evidence in _evidence(law.name, SOME) for draw in law.observe(evidence)]
    try:
        expected = [law.answers[answer](draw) for draw in draws]
    except (SpecError, AttributeError):  # no fans, no hidden size, or too few float32 numbers
        return False
    return answer == law.specified or all(isinstance(one, Distribution) for one in expected)


@functools.lru_cache(maxsize=None)
def plan(subject: Subject, programs: int = PROGRAMS) -> Sequence[Sequence[Drawn]]:
    """The draws of each program, in order; the arrays come from a run of the reference."""
    law = LAWS[subject.law]
    assert isinstance(law, DrawLaw)
    return [
        [
            Drawn(draw.initializer, sample)
            for draw in law.observe(evidence)
            for sample in law.samples(subject.answer, draw)
        ]
        for evidence in _evidence(subject.law, programs)
    ]


def _evidence(law: str, programs: int) -> Sequence[Evidence]:
    return [_of(program) for program in family(strategies()[law]).first(programs)]


@functools.lru_cache(maxsize=None)
def _of(program: Program) -> Evidence:
    """The evidence of a program, run only once for all laws that use it."""
    return Evidence(program, engine.run(ReferenceAdapter(), program))


def true_draws(planned: Sequence[Drawn], random: np.random.Generator) -> List[Drawn]:
    """New draws from the expected laws, rounded to float32 once."""
    return [
        drawn.with_array(drawn.sample.law.quantile(random.random(drawn.sample.array.shape)).astype(np.float32))
        for drawn in planned
    ]
