"""Exhibits: what frameworks showed when they ran the tasks, and drew and summed what figures are made of.

They are gathered where the frameworks are (:mod:`adapters.guide.gathering`) and kept as one JSON file. Everything here
is text and numbers: nothing that was gathered is ever run again.
"""

from __future__ import annotations

import collections
import itertools
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Dict, Optional, Tuple

from adapters.guide.subjects import SUBJECTS
from adapters.guide.tasks import TASKS
from specs import codec
from specs.errors import SpecError, one_of
from specs.layers import EXAMPLES
from specs.programs.operations import Identify
from specs.traces import OUTCOMES

#: The test whose p-value is shown: every draw of something random is put to it.
TEST = "distribution function"
#: No draw has more elements.
MOST = 10**9


@dataclass(frozen=True)
class Held:
    """What a framework calls a role, and the axes of the array that holds it, as :mod:`specs.layers.layout` has them.

    Those that it packs are in brackets, and gates have their order: ``(gate:ifgo out)``.
    """

    name: str
    axes: Tuple[str, ...]


@dataclass(frozen=True)
class Lack:
    """What a framework has no way to do, and where that is written."""

    reason: str
    source: str


@dataclass(frozen=True)
class Constructed:
    """What layers of a kind are made of: classes by their names in code, with their arguments; and what is lacking.

    Classes have no arguments where their framework was not asked.
    """

    classes: Dict[str, Tuple[str, ...]]
    lacks: Tuple[Lack, ...] = ()


@dataclass(frozen=True)
class Framework:
    """A framework that took part. ``roles`` are by kind of layer and role: ``dense.weight``; ``kinds`` are by kind.

    Both are empty where its adapter's declarations cannot be read. ``data`` is the layout of a batch without its rows.
    """

    name: str
    versions: Dict[str, str]
    roles: Dict[str, Held]
    kinds: Dict[str, Constructed] = field(default_factory=dict)
    data: str = "*data"


@dataclass(frozen=True)
class Step:
    """One operation of a task: the lines of the script that it came to, what they printed, and how it ended.

    ``idle`` are the positions of lines that were not reached.
    """

    code: Tuple[str, ...]
    printed: Tuple[str, ...] = ()
    outcome: str = "ok"
    message: str = ""
    source: str = ""
    idle: Tuple[int, ...] = ()

    def __post_init__(self) -> None:
        one_of("Step.outcome", self.outcome, tuple(OUTCOMES))


@dataclass(frozen=True)
class Seen:
    """How an operation of a task ended, as an answer to a law that the task is a case of; and its position."""

    law: str
    answer: str
    at: int


@dataclass(frozen=True)
class TaskResult:
    """A task on one framework. ``setup`` is what its script begins with; ``missing`` says why there are no steps.

    ``idle`` are the positions of lines of the set-up that were not reached.
    """

    task: str
    framework: str
    setup: Tuple[str, ...] = ()
    steps: Tuple[Step, ...] = ()
    missing: str = ""
    idle: Tuple[int, ...] = ()
    seen: Tuple[Seen, ...] = ()

    def __post_init__(self) -> None:
        one_of("TaskResult.task", self.task, tuple(TASKS))
        for seen in self.seen:
            one_of(f"TaskResult of {self.task}: seen.law", seen.law, TASKS[self.task].laws)
            if not 0 <= seen.at < len(self.steps):
                raise SpecError(f"TaskResult of {self.task}: seen.at {seen.at} is none of its {len(self.steps)} steps")
        expected = len(TASKS[self.task].program.operations)
        if not self.missing and len(self.steps) != expected:
            raise SpecError(f"TaskResult of {self.task}: {len(self.steps)} steps for {expected} operations")


@dataclass(frozen=True)
class Fit:
    """How draws fit one of the answers of a law: the p-value of each test."""

    answer: str
    p_values: Dict[str, float]

    def __post_init__(self) -> None:
        if TEST not in self.p_values:
            raise SpecError(f"Fit.p_values: there is none of the test {TEST!r}")
        for test, p in self.p_values.items():
            if not 0 <= p <= 1:
                raise SpecError(f"Fit.p_values: {p} of the test {test!r} is no probability")


@dataclass(frozen=True)
class Draws:
    """One large draw of a framework's, as a histogram over the subject's grid of ``low`` to ``high``.

    ``atoms`` are values that many elements have, with their counts, which ``counts`` do not include. ``fits`` are
    those of what is expected of the framework and of what is specified.
    """

    subject: str
    framework: str
    n: int
    mean: float
    std: float
    least: float
    most: float
    low: float
    high: float
    counts: Tuple[int, ...]
    atoms: Tuple[Tuple[float, ...], ...] = ()
    fits: Tuple[Fit, ...] = ()
    missing: str = ""

    def __post_init__(self) -> None:
        one_of("Draws.subject", self.subject, tuple(SUBJECTS))
        if any(len(atom) != 2 for atom in self.atoms):
            raise SpecError("Draws.atoms: each is a value and a count")
        for fit in self.fits:
            one_of("Draws.fits: answer", fit.answer, tuple(SUBJECTS[self.subject].answers))
        if self.n and not (self.counts and self.low < self.high):
            raise SpecError(f"Draws of {self.subject}: there is no histogram from a lower to a higher value")
        counts = (*self.counts, *(count for _, count in self.atoms))
        if self.n and not (min(counts) >= 0 and sum(counts) == self.n <= MOST):
            raise SpecError(f"Draws of {self.subject}: {self.n} elements are not the sum of the counts, up to {MOST}")
        if not all(map(math.isfinite, (self.mean, self.std, self.least, self.most, self.low, self.high))):
            raise SpecError(f"Draws of {self.subject}: NaN, or an infinite number")


@dataclass(frozen=True)
class Gradients:
    """Gradients of one weight (canonical axes, row by row): of each use alone, and of the two as one parameter."""

    framework: str
    rows: int
    uses: Tuple[Tuple[float, ...], ...]
    shared: Tuple[float, ...]

    def __post_init__(self) -> None:
        sizes = {len(self.shared), *map(len, self.uses)}
        if len(sizes) > 1 or self.rows < 1 or len(self.shared) % self.rows:
            raise SpecError("Gradients: all have as many elements, in whole rows")
        if any(not abs(value) <= MOST for value in (*self.shared, *itertools.chain.from_iterable(self.uses))):
            raise SpecError(f"Gradients: a number of {MOST:g} or less is expected of each element")


@dataclass(frozen=True)
class Identities:
    """Which slots a task's network had as one object: the label that the framework's objects were given.

    ``operation`` is the position of the operation that looked.
    """

    task: str
    framework: str
    operation: int
    labels: Dict[str, int]

    def __post_init__(self) -> None:
        one_of("Identities.task", self.task, tuple(TASKS))
        known = TASKS[self.task].program.operations
        if not (0 <= self.operation < len(known) and isinstance(known[self.operation], Identify)):
            raise SpecError(f"Identities of {self.task}: operation {self.operation} does not look at identities")
        network = TASKS[self.task].program.network_at[self.operation]
        slots = () if network is None else network.held
        for path in self.labels:
            one_of(f"Identities of {self.task}: slot", path, tuple(slot.path for slot in slots))


@dataclass(frozen=True)
class Port:
    """A trained layer of a kind on its way from one framework to another: the script that carried it.

    ``printed`` is what the layer gave for a batch there, ``before`` what it gave where it came from, ``prices`` what
    trains on otherwise; ``missing`` says why there is no script.
    """

    kind: str
    source: str
    target: str
    code: Tuple[str, ...] = ()
    printed: Tuple[str, ...] = ()
    before: Tuple[str, ...] = ()
    prices: Tuple[str, ...] = ()
    missing: str = ""

    def __post_init__(self) -> None:
        one_of("Port.kind", self.kind, tuple(EXAMPLES))


@dataclass(frozen=True)
class Exhibits:
    """Everything that was gathered in one go. ``date`` is in UTC; ``command`` is what gathered it."""

    FORMAT: ClassVar[int] = 5

    format: int
    date: str
    command: str
    frameworks: Tuple[Framework, ...]
    task_results: Tuple[TaskResult, ...]
    draws: Tuple[Draws, ...]
    gradients: Tuple[Gradients, ...]
    identities: Tuple[Identities, ...]
    ports: Tuple[Port, ...] = ()

    def __post_init__(self) -> None:
        names = [one.name for one in self.frameworks]
        if len({*names}) < len(names) or "" in names:
            raise SpecError("Exhibits.frameworks: two have the same name, or one has none")
        for kind, found in (
            ("task_results", [(one.task, one.framework) for one in self.task_results]),
            ("draws", [(one.subject, one.framework) for one in self.draws]),
            ("gradients", [one.framework for one in self.gradients]),
            ("ports", [(one.kind, one.source, one.target) for one in self.ports]),
            ("identities", [(one.task, one.framework, one.operation) for one in self.identities]),
        ):
            twice = [what for what, count in collections.Counter(found).items() if count > 1]
            if twice:
                raise SpecError(f"Exhibits.{kind}: {twice[0]} is there twice")

    def save(self, file: Path) -> None:
        """Write the file, and the folders that it is in."""
        codec.save(self, file)

    @staticmethod
    def load(file: Path) -> Exhibits:
        """Read a file of exhibits. Raises :class:`SpecError` where it is not one, or of another format."""
        return codec.load(file, Exhibits)

    def task_result(self, task: str, framework: str) -> Optional[TaskResult]:
        found = (one for one in self.task_results if (one.task, one.framework) == (task, framework))
        return next(found, None)
