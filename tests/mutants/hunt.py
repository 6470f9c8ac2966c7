"""The hunt: each mutant of an adapter is held to the laws, and each law that fails is asked whether it may.

First come the laws that must notice the mutant, each with the programs of its own test until it fails. Then all others
take a few programs each: none may fail in a program in which the bug cannot show, nor merely because something was
raised. At last the adapter without a mutant, the control, is held to the laws with the programs that killed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Callable, Dict, Iterable, Iterator, List, Optional, Set, Tuple

from adapters.workers.runners import NoTraceError, Runner
from specs.errors import SpecError
from specs.laws import DRAW_LAWS, LAWS, DrawLaw, Evidence
from specs.laws.budget import Budget
from specs.laws.verdicts import Tally
from specs.programs.program import Program
from specs.traces import Trace
from tests.harness.lockstep import judged
from tests.mutants.planting import CannotPlantError, Gardener
from tests.mutants.programs import Programs
from tests.mutants.registry import Mutant

#: The probability with which true draws may fail one test, in a run of four adapters with the usual budget.
SHARE = Budget(1e-6, adapters=4, laws=len(DRAW_LAWS)).share
#: Programs that do for most mutants: so many are generated before the clock runs.
FEW = 5


@dataclass(frozen=True)
class Failure:
    """A law that failed: by which answer, after how many programs, how many seconds after the bug was planted."""

    law: str
    answer: str
    programs: int
    seconds: float
    detail: str


@dataclass(frozen=True)
class Hunted:
    """What came of one mutant. ``faults`` says in words what should not be; without any, the mutant is killed.

    ``absent`` are laws that should notice it, and ask for what this version does not offer.
    """

    adapter: str
    mutant: Mutant
    kills: Tuple[Failure, ...]
    consequences: Tuple[Failure, ...]
    faults: Tuple[str, ...]
    absent: Tuple[str, ...] = ()

    @property
    def killed(self) -> bool:
        noticed = {kill.law for kill in self.kills} | set(self.absent)
        return noticed == set(self.mutant.laws) and bool(self.kills) and not self.faults

    @property
    def concerns(self) -> bool:
        """Whether some law that should notice it asks for something that this version offers."""
        return set(self.absent) != set(self.mutant.laws)

    @property
    def seconds(self) -> Optional[float]:
        """Until the first law failed that had to."""
        return min((kill.seconds for kill in self.kills), default=None)


class Hunt:
    """The hunt for the mutants of one adapter."""

    def __init__(self, runner: Runner, gardener: Gardener, programs: Programs, others: int):
        unknown = [law for mutant in gardener.mutants for law in mutant.laws if law not in LAWS]
        if unknown:
            raise SpecError(f"mutants of {runner.name}: there is no law {unknown[0]!r}")
        self.runner = runner
        self.gardener = gardener
        self.programs = programs
        self.others = others
        self.needed: Dict[str, int] = {}
        self.absent: Set[str] = set()

    def pursue(self, mutant: Mutant) -> Hunted:
        """Plant a mutant, hold it to the laws, and uproot it."""
        self._warm_up(mutant)
        try:
            with self.gardener.planted(mutant):
                return self._hold_to_laws(mutant)
        except CannotPlantError as error:
            return Hunted(self.runner.name, mutant, (), (), (str(error),))

    def _warm_up(self, mutant: Mutant) -> None:
        """Generate programs before the clock runs, and run one, which replaces a worker that was lost."""
        for law in mutant.laws:
            first, *_ = self.programs.of(law, self.programs.count if isinstance(LAWS[law], DrawLaw) else FEW)
        try:
            self.runner.run(first)
        except NoTraceError as lost:
            raise SpecError(str(lost)) from None

    def _hold_to_laws(self, mutant: Mutant) -> Hunted:
        hearing = Hearing(self.runner, self.programs)
        kills: List[Failure] = []
        consequences: List[Failure] = []
        faults: List[str] = []
        absent: List[str] = []
        try:
            for law in mutant.laws:
                failure = hearing.judge(law, self.programs.count)
                if hearing.not_offered:
                    absent.append(law)
                    continue
                kills += [failure] if failure is not None else []
                faults += _faults_of_kill(mutant, law, failure)
            for law in LAWS:
                if law not in mutant.laws:
                    failure = hearing.sample(law, self.others)
                    consequences += [failure] if failure is not None else []
                    faults += _faults_of_consequence(mutant, failure, hearing.suspects)
        except NoTraceError as lost:
            faults.append(str(lost))
        for failure in kills:
            self.needed[failure.law] = max(self.needed.get(failure.law, 0), failure.programs)
        self.absent.update(absent)
        return Hunted(self.runner.name, mutant, tuple(kills), tuple(consequences), tuple(faults), absent=tuple(absent))

    def control(self) -> Iterator[str]:
        """What breaks a law without any mutant, in the programs that have killed one."""
        hearing = Hearing(self.runner, self.programs)
        for law in LAWS:
            failure = hearing.judge(law, self.needed[law]) if law in self.needed else hearing.sample(law, self.others)
            if failure is not None:
                yield f"{self.runner.name}: {law} fails by {failure.answer!r} without a mutant: {failure.detail}"
        for law in sorted(self.absent):
            hearing.judge(law, self.programs.count)
            if not hearing.not_offered:
                yield f"{self.runner.name}: {law} asks for what is offered only without a mutant"


class Hearing:
    """Holds whatever the runner runs to one law after another. Laws that ask for one program share its trace."""

    def __init__(self, runner: Runner, programs: Programs, clock: Callable[[], float] = time.perf_counter):
        self.runner = runner
        self.programs = programs
        self.clock = clock
        self.began = clock()
        self.traces: Dict[str, Trace] = {}
        #: Of the law that was judged last: whether it told of more than too little evidence, for any answer or for one
        #: distribution against another, and the programs by which it may have failed.
        self.judged = False
        self.suspects: List[Program] = []
        #: Whether it asked for nothing that is offered.
        self.not_offered = False

    def judge(self, law: str, count: int) -> Optional[Failure]:
        """How the law fails in this many programs, at once or over all of them; None where it does not."""
        tally = Tally(LAWS[law], self.runner.name, self.runner.divergences.get(law))
        self.not_offered = False
        programs: List[Program] = []
        for program in self._first(law, count):
            programs.append(program)
            finding = judged(tally, Evidence(program, self._trace(program)))
            if finding is not None:
                self.judged, self.suspects = True, [program]
                return self._failure(law, finding.answer, len(programs), finding.detail)
        cell = tally.close(SHARE)
        self.not_offered = cell.verdict == "unsupported"
        self.judged = cell.observations > 0 and cell.answer != LAWS[law].specified
        self.suspects = programs
        return self._failure(law, cell.answer, len(programs), cell.measured) if cell.verdict == "fails" else None

    def sample(self, law: str, count: int) -> Optional[Failure]:
        """The same in few programs, or none. That they are too little evidence means nothing."""
        failure = self.judge(law, count)
        return failure if self.judged else None

    def _first(self, law: str, count: int) -> Iterator[Program]:
        """The first programs for a law. Mostly a few will do, and no more are generated."""
        few = self.programs.of(law, min(FEW, count))
        yield from few
        yield from self.programs.of(law, count)[len(few) :]

    def _trace(self, program: Program) -> Trace:
        if program.text not in self.traces:
            self.traces[program.text] = self.runner.run(program)
        return self.traces[program.text]

    def _failure(self, law: str, answer: str, programs: int, detail: str) -> Failure:
        return Failure(law, answer, programs, round(self.clock() - self.began, 4), detail)


def _faults_of_kill(mutant: Mutant, law: str, failure: Optional[Failure]) -> Iterator[str]:
    if failure is None:
        yield f"{law} does not notice it"
    elif failure.answer not in mutant.laws[law]:
        expected = " or ".join(map(repr, mutant.laws[law]))
        yield f"{law} fails by {failure.answer!r}, not by {expected}: {failure.detail}"


def _faults_of_consequence(mutant: Mutant, failure: Optional[Failure], suspects: Iterable[Program]) -> Iterator[str]:
    """What is wrong with the failure of a law that need not notice the mutant."""
    if failure is None:
        return
    if not any(map(mutant.reaches, suspects)):
        yield f"{failure.law} fails by {failure.answer!r} where it cannot show: {failure.detail}"
    elif not mutant.may_answer(failure.answer):
        yield f"{failure.law} fails merely by {failure.answer!r}: {failure.detail}"
