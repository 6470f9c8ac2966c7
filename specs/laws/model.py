"""What a law is: a question that every framework answers, with the answer that the specification gives.

A :class:`QuestionLaw` examines one trace and gives an answer for each place where its question arises; all of them must
be the expected answer. A :class:`DrawLaw` collects random draws; its answer is the distribution they come from. A
declared divergence of an adapter makes another of the law's listed answers the expected one.
"""

from __future__ import annotations

import bisect
import difflib
import functools
import math
import zlib
from dataclasses import dataclass
from typing import (
    Any,
    Callable,
    ClassVar,
    Dict,
    Iterable,
    Iterator,
    Mapping,
    Optional,
    Protocol,
    Sequence,
    Tuple,
    Union,
)

import numpy as np

from specs.errors import SpecError, one_of
from specs.layers.layer import Axes, Layer, Role
from specs.programs.networks import Network, Slot
from specs.programs.objects import Objects, objects
from specs.programs.program import Program
from specs.statistics.distributions import Distribution
from specs.statistics.flaws import Sample
from specs.traces import CustomCall, Outcome, Trace


class OperationFailed(Exception):
    """A law needed the value of an operation that failed."""

    def __init__(self, at: int, outcome: Outcome):
        super().__init__(str(outcome))
        self.at = at
        self.outcome = outcome


@dataclass(frozen=True)
class Evidence:
    """A program and its trace on one adapter."""

    program: Program
    trace: Trace

    def outcome(self, at: int) -> Outcome:
        return self.trace.records[at].outcome

    def value(self, at: int) -> Any:
        """The value that operation ``at`` yielded. Raises :class:`OperationFailed` if it failed."""
        record = self.trace.records[at]
        if record.outcome.kind != "ok":
            raise OperationFailed(at, record.outcome)
        return record.value

    def calls(self) -> Iterator[Tuple[int, CustomCall]]:
        """Every call of a custom initializer, and the operation that made it."""
        for at, record in enumerate(self.trace.records):
            for call in record.calls:
                yield at, call

    @functools.cached_property
    def objects(self) -> Tuple[Optional[Objects], ...]:
        """Which slots are the same object, and which are frozen, after each operation."""
        return objects(self.program, [record.outcome.kind == "ok" for record in self.trace.records])

    def now(self, at: int) -> Objects:
        """The objects of the current network after operation ``at``."""
        found = self.objects[at]
        assert found is not None, "the program's own check lets no operation but Seed come before Build"
        return found

    def network(self, at: int) -> Network:
        network = self.program.network_at[at]
        assert network is not None, "the program's own check lets no operation but Seed come before Build"
        return network

    def find(self, *kinds: type) -> Iterable[Tuple[int, Any]]:
        return ((at, self.program.operations[at]) for at in self.program.find(*kinds))

    def last(self, before: int, *kinds: type) -> Tuple[int, Any]:
        """The last operation of the given kinds before an operation, with its position."""
        found = self.program.find(*kinds)
        at = found[: bisect.bisect_left(found, before)][-1]
        return at, self.program.operations[at]


@dataclass(frozen=True)
class Observation:
    """An answer to a law's question, given by operation ``at``; ``detail`` holds the numbers.

    If the answer depends on chance, ``comparisons`` counts the comparisons of draws behind it; see
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

    It is the ``role`` of ``layer``, whose input rows have the axes ``given``; ``seeding`` is the position of the last
    operation that set the seed.
    """

    at: int
    array: np.ndarray
    slot: Slot
    layer: Layer
    role: Role
    given: Axes
    initializer: Any
    seeding: int

    @functools.cached_property
    def fans(self) -> Optional[Tuple[int, int]]:
        """fan_in and fan_out: of this role, else of the first with one of its axes as output, else of the first.

        None if no role of the layer has any.
        """
        names, held = {axis.name for axis in self.role.axes}, self.layer.roles(self.given)
        beside = [role for role in held if role.fans is not None and names & set(role.fans.out)]
        return next((role.fan_in_and_out for role in (self.role, *beside, *held) if role.fans is not None), None)

    @property
    def seed(self) -> int:
        """A seed derived from the draws."""
        return zlib.crc32(np.ascontiguousarray(self.array).tobytes())

    def sample_of(self, array: np.ndarray, distribution: Distribution) -> Sample:
        """Draws in the form in which they are judged: with at most two axes, the first, and all others merged."""
        return Sample(
            array if array.ndim <= 2 else array.reshape(len(array), math.prod(array.shape[1:])),
            distribution,
            parameter=self.slot.path,
            seeding=self.seeding,
            fans=self.fans,
            dtype=array.dtype.name,
        )


@dataclass(frozen=True, eq=False)
class Law:
    """A named question. ``answers`` explains each known answer; ``claims`` are those of the source chapters.

    ``programs`` is the number of programs that it is asked of, unless a run says otherwise.
    """

    programs: ClassVar[int]

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

    @property
    def family(self) -> str:
        """The name without the subject: ``initialization.default`` of ``initialization.default[dense.weight]``."""
        return self.name.partition("[")[0]

    @property
    def subject(self) -> str:
        """The kind and role that the law is asked for, as in ``dense.weight``; empty if it is asked for all."""
        return self.name.partition("[")[2].rstrip("]")


@dataclass(frozen=True, eq=False)
class QuestionLaw(Law):
    """A law that is answered by each single trace.

    A single program refutes it, so it needs fewer than a law that pools draws: docs/planted-bugs.md shows how many.
    """

    programs = 50

    observe: Callable[[Evidence], Iterator[Observation]]


@dataclass(frozen=True, eq=False)
class DrawLaw(Law):
    """A law that is answered by the pooled draws of many traces. ``answers`` maps names to distributions.

    For every answer, elements are independent of each other and of those of other parameters, calls and seeds.
    """

    programs = 100

    observe: Callable[[Evidence], Iterator[Draw]]

    def samples(self, answer: str, draw: Draw) -> Sequence[Sample]:
        """The draw with the distribution that an answer gives it, or each of its pieces with its own."""
        expected = self.answers[answer](draw)
        return [draw.sample_of(draw.array, expected)] if isinstance(expected, Distribution) else expected.samples(draw)


class Drawing(Protocol):
    """A way of drawing a parameter other than independently from one distribution."""

    def samples(self, draw: Draw) -> Sequence[Sample]:
        """Arrays of independent draws, each array from one distribution."""


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
    answers: Mapping[str, Callable[[Draw], Union[Distribution, Drawing]]],
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
    """Laws by name or by chapter, or all laws for None. Raises :class:`SpecError` that lists the accepted names."""
    if names is None:
        return tuple(LAWS.values())
    chosen = []
    for name in names:
        matching = [law for law in LAWS.values() if name in (law.name, law.family, law.chapter)]
        if not matching:
            raise SpecError(f"law {name!r} is not known; accepted: {_accepted(name)}")
        chosen.extend(matching)
    return tuple(dict.fromkeys(chosen))


def _accepted(name: str) -> str:
    """What an unknown name may mean: laws with similar names, and the chapters."""
    chapters = list(dict.fromkeys(law.chapter for law in LAWS.values()))
    chapter = name.partition(".")[0]
    near = [law for law in LAWS if law.startswith(f"{chapter}.")] or difflib.get_close_matches(name, LAWS)
    return "; ".join(filter(None, [", ".join(near), f"chapters {', '.join(chapters)}"]))
