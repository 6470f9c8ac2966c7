"""What a law is: a question that every framework answers, with the answer that the specification gives.

A :class:`QuestionLaw` looks at one trace and gives an answer for each place where its question arises; all of them
must be the one answer that is due. A :class:`DrawLaw` collects random draws, and is answered by the distribution they
come from. An adapter's declared divergence makes another of the law's listed answers the one that is due.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterable, Iterator, Mapping, Optional, Tuple

import numpy as np

from specs.errors import SpecError, one_of
from specs.programs.networks import Network, Slot, fans
from specs.programs.program import Program
from specs.statistics.distributions import Distribution
from specs.statistics.flaws import Sample
from specs.traces import CustomCall, Outcome, Trace


class OperationFailed(Exception):
    """A law needed the value of an operation that did not end well."""

    def __init__(self, at: int, outcome: Outcome):
        super().__init__(str(outcome))
        self.at = at
        self.outcome = outcome


@dataclass(frozen=True)
class Evidence:
    """A program and the trace of it on one adapter."""

    program: Program
    trace: Trace

    def outcome(self, at: int) -> Outcome:
        return self.trace.records[at].outcome

    def value(self, at: int) -> Any:
        """The value that operation ``at`` yielded. Raises :class:`OperationFailed` where it did not end well."""
        record = self.trace.records[at]
        if record.outcome.kind != "ok":
            raise OperationFailed(at, record.outcome)
        return record.value

    def calls(self) -> Iterator[Tuple[int, CustomCall]]:
        """Every call of a custom initializer, and the operation during which it was made."""
        for at, record in enumerate(self.trace.records):
            for call in record.calls:
                yield at, call

    def network(self, at: int) -> Network:
        network = self.program.network_at[at]
        assert network is not None, "the program's own check lets no operation but Seed come before Build"
        return network

    def find(self, *kinds: type) -> Iterable[Tuple[int, Any]]:
        return ((at, self.program.operations[at]) for at in self.program.find(*kinds))


@dataclass(frozen=True)
class Observation:
    """An answer to a law's question, given by operation ``at``; ``detail`` holds the numbers.

    Where it rests on chance, ``comparisons`` counts the comparisons of draws that it took; see
    :data:`specs.statistics.flaws.FALSE_ALARM_BOUND`.
    """

    answer: str
    at: int
    detail: str = ""
    comparisons: int = 0


def ending(evidence: Evidence, at: int) -> Observation:
    """The outcome of operation ``at`` as an answer."""
    outcome = evidence.outcome(at)
    return Observation(outcome.kind, at, str(outcome))


@dataclass(frozen=True)
class Draw:
    """An array drawn for the parameter at ``slot`` with ``initializer``, and read by operation ``at``.

    ``weight_shape`` is that of the layer's weight, whose fans may scale the law; ``seeding`` is the position of the
    last operation that set the seed.
    """

    at: int
    array: np.ndarray
    slot: Slot
    weight_shape: Tuple[int, ...]
    initializer: Any
    seeding: int


@dataclass(frozen=True, eq=False)
class Law:
    """A named question. ``answers`` explains each answer that is known; ``claims`` are those of the source chapters."""

    name: str
    question: str
    answers: Mapping[str, Any]
    specified: str
    claims: Tuple[str, ...]

    def __post_init__(self) -> None:
        one_of(f"law {self.name}, specified", self.specified, tuple(self.answers))

    @property
    def chapter(self) -> str:
        return self.name.split(".")[0]


@dataclass(frozen=True, eq=False)
class QuestionLaw(Law):
    """A law that each single trace answers."""

    observe: Callable[[Evidence], Iterator[Observation]]


@dataclass(frozen=True, eq=False)
class DrawLaw(Law):
    """A law that the pooled draws of many traces answer. ``answers`` maps names to distributions.

    Whichever it is, elements are independent: of each other, and of those of other parameters, calls and seeds.
    """

    observe: Callable[[Evidence], Iterator[Draw]]

    def sample(self, answer: str, draw: Draw) -> Sample:
        """The draw beside the distribution that an answer says it has."""
        law: Distribution = self.answers[answer](draw.initializer, draw.weight_shape)
        return Sample(
            draw.array,
            law,
            parameter=draw.slot.path,
            seeding=draw.seeding,
            fans=fans(draw.weight_shape),
            dtype=draw.array.dtype.name,
        )


LAWS: Dict[str, Law] = {}


def question(
    name: str, asked: str, *, specified: str, answers: Mapping[str, str], claims: Tuple[str, ...] = ()
) -> Callable[[Callable[[Evidence], Iterator[Observation]]], QuestionLaw]:
    """Register the decorated generator of observations as a :class:`QuestionLaw`; its value is the law."""

    def register(observe: Callable[[Evidence], Iterator[Observation]]) -> QuestionLaw:
        law = QuestionLaw(name, asked, answers, specified, claims, observe)
        _register(law)
        return law

    return register


def drawn(
    name: str,
    asked: str,
    *,
    specified: str,
    answers: Mapping[str, Callable[[Any, Tuple[int, ...]], Distribution]],
    claims: Tuple[str, ...] = (),
) -> Callable[[Callable[[Evidence], Iterator[Draw]]], DrawLaw]:
    """Register the decorated generator of draws as a :class:`DrawLaw`; its value is the law."""

    def register(observe: Callable[[Evidence], Iterator[Draw]]) -> DrawLaw:
        law = DrawLaw(name, asked, answers, specified, claims, observe)
        _register(law)
        return law

    return register


def _register(law: Law) -> None:
    if law.name in LAWS:
        raise SpecError(f"law {law.name} is defined twice")
    LAWS[law.name] = law


def find(names: Optional[Iterable[str]]) -> Tuple[Law, ...]:
    """Laws by name or by chapter, all of them for None. Raises :class:`SpecError` that lists what is known."""
    if names is None:
        return tuple(LAWS.values())
    chosen = []
    for name in names:
        matching = [law for law in LAWS.values() if name in (law.name, law.chapter)]
        if not matching:
            raise SpecError(f"law {name!r} is not known; accepted: {_accepted(name)}")
        chosen.extend(matching)
    return tuple(dict.fromkeys(chosen))


def _accepted(name: str) -> str:
    """What may be meant by a name that is not known: laws of its chapter, or near it, or else the chapters."""
    chapters = list(dict.fromkeys(law.chapter for law in LAWS.values()))
    chapter = name.partition(".")[0]
    near = [law for law in LAWS if law.startswith(f"{chapter}.")] or difflib.get_close_matches(name, LAWS)
    return "; ".join(filter(None, [", ".join(near), f"chapters {', '.join(chapters)}"]))
