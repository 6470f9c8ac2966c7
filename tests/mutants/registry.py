"""What a mutant is: a planted bug, the laws that must notice it, and the programs in which it can show.

A bug is a function without arguments that returns a context manager, inside of which the bug is there, or a class
derived from the reference's adapter. Its docstring says in one sentence what is wrong. Decorators say the rest::

    @breaks("training.step_value")
    @reaches(Step)
    def steps_twice(): ...
"""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import inspect
import pkgutil
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, TypeVar

from adapters.registry import KNOWN
from specs import arrays, initializers, layers
from specs.errors import SpecError
from specs.programs import networks, operations, optimizers
from specs.programs.program import Program
from specs.traces import OUTCOMES
from tests.mutants import exchange

#: Answers that say no more than that a law is broken.
PLAIN = ("no", "otherwise", "bias first", "another distribution", "not independent")
#: The gradient of one use and the mean over all, told of where these are the same.
EQUAL_USES = "one use, or the mean"
#: Answers that tell of something raised, or of a program that could not be run to its end.
RAISED = frozenset(OUTCOMES) - {"ok"} | {"no trace"}
#: The types that a program may hold, by the names under which its text tells of them.
VOCABULARY = frozenset(
    name
    for module in (arrays, initializers, layers, networks, operations, optimizers)
    for name, value in vars(module).items()
    if dataclasses.is_dataclass(value)
)

Bug = TypeVar("Bug", bound=Callable[..., Any])
Plant = Callable[[], "AbstractContextManager[Any]"]


@dataclass(frozen=True)
class Mutant:
    """What is told of a planted bug where its framework is not installed.

    ``laws`` must notice it, each by one of the answers given. Other laws may fail in consequence, though only in
    programs that hold one of the types in ``reach``, and by something raised only where its kind is in ``raises`` or
    among those answers. ``source`` is a thread in which users met such a bug. Those of the ``quick`` subset run with
    the laws' own tests.
    """

    name: str
    sentence: str
    laws: Dict[str, Tuple[str, ...]]
    reach: Tuple[str, ...]
    raises: Tuple[str, ...] = ()
    source: str = ""
    quick: bool = False

    def __post_init__(self) -> None:
        strange = [name for name in self.reach if name not in VOCABULARY]
        if strange:
            raise SpecError(f"mutant {self.name}: there is no type {strange[0]!r} in programs")
        missing = [what for what, found in (("law", self.laws), ("reach", self.reach)) if not found]
        if missing or not self.sentence.endswith("."):
            raise SpecError(f"mutant {self.name}: it has no {(*missing, 'sentence')[0]}")

    def may_answer(self, answer: str) -> bool:
        """Whether this answer of another law follows from the bug, and does not tell of something unforeseen."""
        foreseen = self.raises + tuple(answer for answers in self.laws.values() for answer in answers)
        return answer not in RAISED or answer in foreseen

    def reaches(self, program: Program) -> bool:
        """Whether the bug can show in this program."""
        return any(f'"type": "{name}"' in program.text for name in self.reach)


@dataclass
class Marks:
    """What the decorators of one bug say."""

    laws: Dict[str, Tuple[str, ...]] = field(default_factory=dict)
    reach: Optional[Tuple[type, ...]] = None
    raises: Tuple[str, ...] = ()
    source: str = ""
    quick: bool = False


def marks(bug: Any) -> Marks:
    """The marks of a bug itself, and not of a class that it derives from."""
    if "marks" not in vars(bug):
        bug.marks = Marks()
    found: Marks = vars(bug)["marks"]
    return found


def breaks(*laws: str, answer: Any = PLAIN) -> Callable[[Bug], Bug]:
    """The laws that must notice the bug, by this answer or one of these. Stacks where answers differ."""
    answers = (answer,) if isinstance(answer, str) else tuple(answer)

    def mark(bug: Bug) -> Bug:
        marks(bug).laws.update(dict.fromkeys(laws, answers))
        return bug

    return mark


def reaches(*types: type) -> Callable[[Bug], Bug]:
    """The operations, initializers, targets and kinds of layer without which the bug cannot show in a program."""

    def mark(bug: Bug) -> Bug:
        marks(bug).reach = types
        return bug

    return mark


def raises(*kinds: str) -> Callable[[Bug], Bug]:
    """The kinds of outcome by which other laws may fail, where what the bug leads to is raised."""

    def mark(bug: Bug) -> Bug:
        marks(bug).raises = kinds
        return bug

    return mark


def reported(source: str) -> Callable[[Bug], Bug]:
    """The thread in which users met this bug, or one that shows in the same way."""

    def mark(bug: Bug) -> Bug:
        marks(bug).source = source
        return bug

    return mark


def quick(bug: Bug) -> Bug:
    """Among those that run with the laws' own tests."""
    marks(bug).quick = True
    return bug


@dataclass(frozen=True)
class Planted:
    """A mutant, and how to plant it."""

    mutant: Mutant
    plant: Plant


def load(name: str) -> Dict[str, Planted]:
    """The mutants of an adapter by their names, in the order in which they are written."""
    if name not in KNOWN:
        raise SpecError(f"adapter {name}: there are mutants of {', '.join(KNOWN)}")
    package = importlib.import_module(f"tests.mutants.{name}")
    found: Dict[str, Planted] = {}
    for part in sorted(each.name for each in pkgutil.iter_modules(package.__path__)):
        new = collect(importlib.import_module(f"{package.__name__}.{part}"))
        twice = sorted(found.keys() & new.keys())
        if twice:
            raise SpecError(f"mutant {twice[0]}: there are two of {name}")
        found.update(new)
    return found


def collect(module: ModuleType) -> Dict[str, Planted]:
    """The mutants that a module defines."""
    bugs = [bug for bug in vars(module).values() if "marks" in getattr(bug, "__dict__", ()) and marks(bug).laws]
    return {bug.__name__: _planted(bug) for bug in bugs}


def _planted(bug: Any) -> Planted:
    said = marks(bug)
    exchanged = inspect.isclass(bug)
    reach = exchange.reach(bug, declared) if exchanged else said.reach or ()
    mutant = Mutant(
        name=bug.__name__,
        sentence=inspect.getdoc(bug) or "",
        laws=said.laws,
        reach=tuple(sorted({kind.__name__ for kind in reach})),
        raises=said.raises,
        source=said.source,
        quick=said.quick,
    )
    return Planted(mutant, exchange.plant(bug) if exchanged else bug)


def declared(bug: Any) -> Optional[Tuple[type, ...]]:
    """The reach that was declared for a bug itself, None where none was."""
    return marks(bug).reach


def chosen(mutants: Sequence[Mutant], names: Sequence[str]) -> List[Mutant]:
    """Mutants by name. Raises :class:`SpecError` that lists those with a name near one that there is not."""
    known = {mutant.name for mutant in mutants}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, cutoff=0.4) or sorted(known)
            raise SpecError(f"mutant {name!r} is not known; near it: {', '.join(near)}")
    return [mutant for mutant in mutants if mutant.name in names]
