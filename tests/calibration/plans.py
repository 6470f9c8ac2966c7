"""What the judge sees in a run: for each law of draws, the arrays that its test's programs draw, in their order."""

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

#: Different programs of a law in a run, unless a user asks for another number.
PROGRAMS = 100
#: Programs that tell from which distributions the draws of a law may be.
SOME = 10


@dataclass(frozen=True)
class Drawn:
    """An array as it is expected: what was asked for, and the sample that the judge is shown."""

    initializer: Any
    sample: Sample

    def with_array(self, array: np.ndarray) -> Drawn:
        return dataclasses.replace(self, sample=dataclasses.replace(self.sample, array=array))


@dataclass(frozen=True)
class Subject:
    """A law of draws, and which of its answers the draws are from."""

    law: str
    answer: str

    def __str__(self) -> str:
        return f"{self.law.partition('.')[2]}: {self.answer}"


def subjects() -> List[Subject]:
    """Every law of draws, with an answer of each kind of distribution that it lists.

    Of the laws that ask the same of many roles, those of dense layers are taken with all answers, the others with what
    is specified: from which distribution is no question of the role.
    """
    found: Dict[Tuple[str, type], Subject] = {}
    for law in DRAW_LAWS:
        for answer in law.answers if law.subject in ("", "dense.weight", "dense.bias") else (law.specified,):
            if not _may_be_had(law, answer):
                continue
            subject = Subject(law.name, answer)
            counts = (SOME, PROGRAMS)  # some laws are of what few programs hold
            expected = next(drawn.sample.law for count in counts for draws in plan(subject, count) for drawn in draws)
            if expected.is_random:
                found.setdefault((law.name, type(expected)), subject)
    return list(found.values())


def _may_be_had(law: DrawLaw, answer: str) -> bool:
    """Whether the draws of a law's programs may be from the distribution of an answer, as it is."""
    draws = [draw for evidence in _evidence(law.name, SOME) for draw in law.observe(evidence)]
    try:
        expected = [law.answers[answer](draw) for draw in draws]
    except (SpecError, AttributeError):  # what has no fans, or nothing hidden, or too few numbers in float32
        return False
    return answer == law.specified or all(isinstance(one, Distribution) for one in expected)


@functools.lru_cache(maxsize=None)
def plan(subject: Subject, programs: int = PROGRAMS) -> Sequence[Sequence[Drawn]]:
    """The draws of each program, one after another; the arrays are those of one run of the reference."""
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
    """Of the laws that ask for a program, the first has it run."""
    return Evidence(program, engine.run(ReferenceAdapter(), program))


def true_draws(planned: Sequence[Drawn], random: np.random.Generator) -> List[Drawn]:
    """Fresh draws from the laws expected, rounded to float32 once."""
    return [
        drawn.with_array(drawn.sample.law.quantile(random.random(drawn.sample.array.shape)).astype(np.float32))
        for drawn in planned
    ]
