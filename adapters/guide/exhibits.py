"""Exhibits: the output of frameworks that ran the tasks, and the draws and gradients shown in figures.

They are gathered where the frameworks are installed (:mod:`adapters.guide.gathering`) and stored as one JSON file. They
consist of text and numbers only: nothing that was gathered is ever executed again.
"""

from __future__ import annotations

import collections
import functools
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

#: The test whose p-value is shown: it applies to every random draw.
TEST = "distribution function"
#: The largest number of elements in a draw.
MOST = 10**9


@dataclass(frozen=True)
class Held:
    """A framework's name for a role, and the axes of its array in the notation of :mod:`specs.layers.layout`.

    Packed axes are in parentheses, and gates are listed in order: ``(gate:ifgo out)``.
    """

    name: str
    axes: Tuple[str, ...]


@dataclass(frozen=True)
class Lack:
    """Something a framework does not support, with the source."""

    reason: str
    source: str


@dataclass(frozen=True)
class Constructed:
    """How layers of a kind are constructed: class names as in code, with their arguments; and what is unsupported.

    Arguments are missing if the framework was not run.
    """

    classes: Dict[str, Tuple[str, ...]]
    lacks: Tuple[Lack, ...] = ()


@dataclass(frozen=True)
class Framework:
    """A framework that took part. Keys of ``roles`` are like ``dense.weight``; keys of ``kinds`` are layer kinds.

    Both are empty if its adapter's declarations cannot be read. ``data`` is the layout of a batch without its row axis.
    """

    name: str
    versions: Dict[str, str]
    roles: Dict[str, Held]
    kinds: Dict[str, Constructed] = field(default_factory=dict)
    data: str = "*data"


@dataclass(frozen=True)
class Step:
    """One operation of a task: its lines of the script, what they printed, and how it ended.

    ``idle`` are the positions of lines that were not executed.
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
    """How an operation of a task ended, as an answer to a law that the task illustrates; and its position."""

    law: str
    answer: str
    at: int


@dataclass(frozen=True)
class TaskResult:
    """A task on one framework. ``setup`` is the start of its script; ``missing`` says why there are no steps.

    ``idle`` are the positions of lines of the set-up that were not executed.
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
                raise SpecError(f"TaskResult of {self.task}: seen.at {seen.at} is beyond its {len(self.steps)} steps")
        expected = len(TASKS[self.task].program.operations)
        if not self.missing and len(self.steps) != expected:
            raise SpecError(f"TaskResult of {self.task}: {len(self.steps)} steps for {expected} operations")


@dataclass(frozen=True)
class Fit:
    """How well draws fit one answer of a law: the p-value of each test."""

    answer: str
    p_values: Dict[str, float]

    def __post_init__(self) -> None:
        if TEST not in self.p_values:
            raise SpecError(f"Fit.p_values: the test {TEST!r} is missing")
        for test, p in self.p_values.items():
            if not 0 <= p <= 1:
                raise SpecError(f"Fit.p_values: {p} of the test {test!r} is not between 0 and 1")


@dataclass(frozen=True)
class Draws:
    """One large draw by a framework, as a histogram over the subject's grid from ``low`` to ``high``.

    ``atoms`` are values that many elements share, with their counts, which are not included in ``counts``. ``fits``
    are for the distribution expected of the framework and, if different, for the specified one.
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
            raise SpecError("Draws.atoms: each must be a value and a count")
        for fit in self.fits:
            one_of("Draws.fits: answer", fit.answer, tuple(SUBJECTS[self.subject].answers))
        if self.n and not (self.counts and self.low < self.high):
            raise SpecError(f"Draws of {self.subject}: the histogram is empty, or its low is not below its high")
        counts = (*self.counts, *(count for _, count in self.atoms))
        if self.n and not (min(counts) >= 0 and sum(counts) == self.n <= MOST):
            raise SpecError(f"Draws of {self.subject}: n {self.n} is not the sum of the counts, or is over {MOST}")
        if not all(map(math.isfinite, (self.mean, self.std, self.least, self.most, self.low, self.high))):
            raise SpecError(f"Draws of {self.subject}: contains NaN or an infinite number")


@dataclass(frozen=True)
class Gradients:
    """Gradients of one weight (canonical axes, row-major): of each use alone, and of both uses of one parameter."""

    framework: str
    rows: int
    uses: Tuple[Tuple[float, ...], ...]
    shared: Tuple[float, ...]

    def __post_init__(self) -> None:
        sizes = {len(self.shared), *map(len, self.uses)}
        if len(sizes) > 1 or self.rows < 1 or len(self.shared) % self.rows:
            raise SpecError("Gradients: all must have the same number of elements, in complete rows")
        if any(not abs(value) <= MOST for value in (*self.shared, *itertools.chain.from_iterable(self.uses))):
            raise SpecError(f"Gradients: each element must be a number of at most {MOST:g} in magnitude")


@dataclass(frozen=True)
class Identities:
    """Which slots of a task's network shared an object: slots with the same label are the same framework object.

    ``operation`` is the position of the operation that compared them.
    """

    task: str
    framework: str
    operation: int
    labels: Dict[str, int]

    def __post_init__(self) -> None:
        one_of("Identities.task", self.task, tuple(TASKS))
        known = TASKS[self.task].program.operations
        if not (0 <= self.operation < len(known) and isinstance(known[self.operation], Identify)):
            raise SpecError(f"Identities of {self.task}: operation {self.operation} does not inspect identities")
        network = TASKS[self.task].program.network_at[self.operation]
        slots = () if network is None else network.held
        for path in self.labels:
            one_of(f"Identities of {self.task}: slot", path, tuple(slot.path for slot in slots))


@dataclass(frozen=True)
class Port:
    """A trained layer of a kind, carried from one framework to another: the script that carried it.

    ``printed`` is the layer's output for a batch in the target framework, ``before`` its output in the source
    framework; ``prices`` says what trains differently afterwards; ``missing`` says why there is no script.
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
    """Everything gathered in one run. ``date`` is in UTC; ``command`` is the command that gathered it."""

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
            raise SpecError("Exhibits.frameworks: a name is empty or not unique")
        for kind, found in (
            ("task_results", [(one.task, one.framework) for one in self.task_results]),
            ("draws", [(one.subject, one.framework) for one in self.draws]),
            ("gradients", [one.framework for one in self.gradients]),
            ("ports", [(one.kind, one.source, one.target) for one in self.ports]),
            ("identities", [(one.task, one.framework, one.operation) for one in self.identities]),
        ):
            twice = [what for what, count in collections.Counter(found).items() if count > 1]
            if twice:
                raise SpecError(f"Exhibits.{kind}: {twice[0]} occurs twice")

    def save(self, file: Path) -> None:
        """Write the file, and create its parent folders."""
        codec.save(self, file)

    @staticmethod
    def load(file: Path) -> Exhibits:
        """Read a file of exhibits. Raises :class:`SpecError` if it is invalid or of another format."""
        return codec.load(file, Exhibits)

    def task_result(self, task: str, framework: str) -> Optional[TaskResult]:
        return self._by_task.get((task, framework))

    @functools.cached_property
    def _by_task(self) -> Dict[Tuple[str, str], TaskResult]:
        return {(one.task, one.framework): one for one in self.task_results}
