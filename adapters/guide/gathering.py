"""``python -m adapters.guide.gathering``: run the tasks and some large draws, and store their output.

:mod:`adapters.guide` makes its pages from the result. A task runs twice: its program on an adapter, for the trace, and
its script alone in the framework's interpreter. The script's output is stored after it is checked against the trace.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import sys
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Protocol, Set, Tuple

import numpy as np

from adapters import scripts
from adapters.guide.declared import asked, declared
from adapters.guide.exhibits import (
    Draws,
    Exhibits,
    Fit,
    Framework,
    Gradients,
    Identities,
    Seen,
    Step,
    TaskResult,
)
from adapters.guide.ports import Side, ports
from adapters.guide.subjects import APART, AS_ONE, SUBJECTS, Subject
from adapters.guide.tasks import TASKS, Task
from adapters.scripts import running
from adapters.scripts.printed import printed
from adapters.scripts.running import Ended, Interpreter
from adapters.scripts.sources import NoScriptError, adapter_source
from adapters.workers.runners import NoTraceError, Runner, open_all, python_at
from specs.errors import SpecError
from specs.laws import LAWS, Evidence, QuestionLaw
from specs.laws.model import OperationFailed
from specs.programs.program import Program
from specs.reporting import reports
from specs.statistics.pools import Pool
from specs.traces import OUTCOMES, Outcome, Trace

#: Number of bars of a histogram.
BARS = 60
#: A value shared by more than this fraction of the elements is listed separately, as an atom.
MANY = 0.01
#: Answers that say how an operation failed.
ENDINGS = {*OUTCOMES} - {"ok"}
#: Width of scripts, in characters, equal to the columns of a page: pages show the lines exactly as they ran.
COLUMN = 44


def main(arguments: Optional[List[str]] = None) -> int:
    """Return the exit code: 0, or 2 if the input is invalid or a framework cannot be started."""
    options = _parser().parse_args(arguments)
    try:
        with contextlib.ExitStack() as at_end:
            sessions = _opened(options.adapter, options.time_limit, at_end)
            gather(sessions, _command(options)).save(options.exhibits)
    except SpecError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m adapters.guide.gathering", description=__doc__)
    parser.add_argument("exhibits", type=Path, help="file to write")
    parser.add_argument("--adapter", action="append", required=True, metavar="NAME[=PYTHON]", help="several times")
    parser.add_argument("--time-limit", type=float, default=120.0, metavar="SECONDS")
    return parser


def _command(options: argparse.Namespace) -> str:
    """The command that repeats this run, with paths relative to the current directory."""
    chosen = [choice.partition("=") for choice in options.adapter]
    adapters = [f"--adapter {name}{sign}{os.path.relpath(python) if sign else ''}" for name, sign, python in chosen]
    return " ".join(["python -m adapters.guide.gathering", os.path.relpath(options.exhibits), *adapters])


@dataclass(frozen=True)
class FrameworkSession:
    """Where a framework runs: its programs on a runner, its scripts in an interpreter (None if it has no scripts).

    ``adapter`` is the name by which it was requested.
    """

    adapter: str
    runner: Runner
    interpreter: Optional[Interpreter]


def _opened(choices: List[str], time_limit: float, at_end: contextlib.ExitStack) -> List[FrameworkSession]:
    """Sessions for choices ``NAME`` or ``NAME=PYTHON``. All processes are started concurrently."""
    interpreters = [_interpreter(choice, time_limit, at_end) for choice in choices]
    runners = open_all(choices, time_limit)
    for runner in runners:
        at_end.callback(runner.close)
    return [
        FrameworkSession(choice.partition("=")[0], runner, interpreter)
        for choice, runner, interpreter in zip(choices, runners, interpreters)
    ]


def _interpreter(choice: str, time_limit: float, at_end: contextlib.ExitStack) -> Optional[Interpreter]:
    name, sign, where = choice.partition("=")
    python = python_at(name, where) if sign else sys.executable
    with contextlib.suppress(NoScriptError):
        found = running.interpreter(name, python, time_limit)
        at_end.callback(found.close)
        return found
    return None


def gather(sessions: List[FrameworkSession], command: str) -> Exhibits:
    """Everything that the guide shows. Raises :class:`SpecError` if a script's output contradicts its trace."""
    runners = [session.runner for session in sessions]
    pending = [run for task in TASKS.values() for run in begin(task, sessions)]  # scripts run while programs do
    sides = [Side(one.runner.name, one.adapter, one.interpreter) for one in sessions if one.interpreter is not None]
    performed = [(run.finish(), run.trace) for run in pending]
    return Exhibits(
        format=Exhibits.FORMAT,
        date=reports.now(),
        command=command,
        frameworks=tuple(map(framework, sessions)),
        task_results=tuple(task_result for task_result, _ in performed),
        draws=tuple(itertools.chain.from_iterable(draws(subject, runners) for subject in SUBJECTS.values())),
        gradients=tuple(itertools.chain.from_iterable(gradients(runner.name, performed) for runner in runners)),
        identities=tuple(
            Identities(task_result.task, task_result.framework, at, labels)
            for task_result, trace in performed
            for at, labels in _labels(trace).items()
        ),
        ports=ports(sides, COLUMN),
    )


def _traces(program: Program, runners: List[Runner]) -> List[Trace | NoTraceError]:
    """The traces of a program on all runners, which work concurrently."""
    for runner in runners:
        runner.start(program)
    return [_finished(runner) for runner in runners]


def _finished(runner: Runner) -> Trace | NoTraceError:
    try:
        return runner.finish()
    except NoTraceError as error:
        return error


def framework(session: FrameworkSession) -> Framework:
    """A framework and its layers' constructors. Raises :class:`SpecError` if it cannot list them."""
    runner = session.runner
    versions = reports.packages(runner.versions)
    if session.interpreter is None:
        return Framework(runner.name, versions, {})
    source = adapter_source(session.adapter)
    return asked(declared(source, versions), source, session.interpreter)


# Tasks.


class PendingRun(Protocol):
    """A task started in a session: its trace and, when finished, its result."""

    @property
    def trace(self) -> Trace | NoTraceError: ...

    def finish(self) -> TaskResult: ...


@dataclass(frozen=True)
class Scripted:
    """A task whose script was started; ``expected`` is the output of each operation according to the trace."""

    task: Task
    framework: str
    trace: Trace
    script: scripts.Script
    expected: List[List[str]]
    ended: Future[Ended]

    def finish(self) -> TaskResult:
        """The script's output by operation. Raises :class:`SpecError` if it contradicts the trace."""
        try:
            ended = self.ended.result()
            printed = running.printed(self.script, ended, self.expected)
        except SpecError as error:
            raise SpecError(f"task {self.task.name} on {self.framework}: {error}") from None
        script, records = self.script, self.trace.records
        idle = {line - 1 for line in ended.idle}
        steps = tuple(
            _step(script.lines_of(at), printed[at], one.outcome, _within(script.spans[at], idle))
            for at, one in enumerate(records)
        )
        setup = tuple(script.setup)
        seen = tuple(answered(self.task, self.trace))
        return TaskResult(
            self.task.name, self.framework, setup, steps, idle=_within(range(len(setup)), idle), seen=seen
        )


@dataclass(frozen=True)
class Unscripted:
    """A task without a script, and the reason."""

    task: Task
    framework: str
    trace: Trace | NoTraceError
    missing: str

    def finish(self) -> TaskResult:
        return TaskResult(self.task.name, self.framework, missing=self.missing)


def begin(task: Task, sessions: List[FrameworkSession]) -> List[PendingRun]:
    """Run a task's program in all sessions, and start its scripts."""
    traces = _traces(task.program, [session.runner for session in sessions])
    return [_begun(task, session, trace) for session, trace in zip(sessions, traces)]


def _begun(task: Task, session: FrameworkSession, trace: Trace | NoTraceError) -> PendingRun:
    try:
        if isinstance(trace, NoTraceError):
            raise trace
        script = scripts.write(task.program, session.adapter, trace, COLUMN)
        expected = printed(task.program, session.adapter, trace)
    except (NoTraceError, NoScriptError) as error:
        return Unscripted(task, session.runner.name, trace, str(error))
    assert session.interpreter is not None, "a script was written, so there is an interpreter"
    return Scripted(task, session.runner.name, trace, script, expected, session.interpreter.start(script.text))


def _within(span: range, lines: Set[int]) -> Tuple[int, ...]:
    """Positions, relative to a span, of the given lines inside it."""
    return tuple(at for at, line in enumerate(span) if line in lines)


def answered(task: Task, trace: Trace) -> Iterator[Seen]:
    """The operations that failed, for those laws of the task that ask how something ends."""
    evidence = Evidence(task.program, trace)
    for law in (LAWS[name] for name in task.laws):
        if not (isinstance(law, QuestionLaw) and ENDINGS & {*law.answers}):
            continue
        found: Dict[str, int] = {}
        # A law inspects its own programs; a task that illustrates it may have a different form.
        with contextlib.suppress(SpecError, LookupError, ValueError):
            try:
                for one in law.observe(evidence):
                    found.setdefault(one.answer, one.at)
            except OperationFailed as raised:
                found.setdefault(raised.outcome.kind, raised.at)
        yield from (Seen(law.name, answer, at) for answer, at in found.items() if answer in ENDINGS)


def _step(code: List[str], printed: List[str], outcome: Outcome, idle: Tuple[int, ...]) -> Step:
    reason, _, source = outcome.message.rpartition(" [")  # the format of adapters.interface.Unsupported
    known = (reason, source.rstrip("]")) if outcome.kind == "unsupported" else ("", "")
    return Step(tuple(code), tuple(printed), outcome.kind, *known, idle)


def _labels(trace: Trace | NoTraceError) -> Dict[int, Dict[str, int]]:
    """The labels of slots, by the position of the operation that inspected their identities."""
    if isinstance(trace, NoTraceError):
        return {}
    return {at: record.value for at, record in enumerate(trace.records) if isinstance(record.value, dict)}


# Figures.


@dataclass(frozen=True)
class Drawn:
    """What a framework drew for a subject, and how well it fits; or why it drew nothing."""

    framework: str
    values: np.ndarray
    fits: Tuple[Fit, ...] = ()
    missing: str = ""


def draws(subject: Subject, runners: List[Runner]) -> List[Draws]:
    """The draws of all frameworks for one subject, on a common grid."""
    traces = _traces(subject.program, runners)
    drawn = [_drawn(subject, runner, trace) for runner, trace in zip(runners, traces)]
    for other in (replace(subject, network=network) for network in subject.others):
        drawn = [
            one if one.values.size else _drawn(other, runner, *_traces(other.program, [runner]))
            for one, runner in zip(drawn, runners)
        ]
    low = min((float(one.values.min()) for one in drawn if one.values.size), default=0.0)
    high = max((float(one.values.max()) for one in drawn if one.values.size), default=0.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return [_histogram(subject, one, low, high) for one in drawn]


def _drawn(subject: Subject, runner: Runner, trace: Trace | NoTraceError) -> Drawn:
    if isinstance(trace, NoTraceError):
        return Drawn(runner.name, np.array([]), missing=str(trace))
    failed = [record.outcome for record in trace.records if record.outcome.kind != "ok"]
    if failed:
        return Drawn(runner.name, np.array([]), missing=str(failed[0]))
    read: Any = trace.records[-1].value
    return Drawn(runner.name, read.array.astype(np.float64), _fits(subject, runner, trace))


def _histogram(subject: Subject, drawn: Drawn, low: float, high: float) -> Draws:
    values = drawn.values
    if not values.size:
        return Draws(subject.name, drawn.framework, 0, 0.0, 0.0, 0.0, 0.0, low, high, (), missing=drawn.missing)
    distinct, counts = np.unique(values, return_counts=True)
    often = counts > MANY * values.size
    others = values[~np.isin(values, distinct[often])]
    return Draws(
        subject.name,
        drawn.framework,
        n=values.size,
        mean=float(values.mean()),
        std=float(values.std()),
        least=float(values.min()),
        most=float(values.max()),
        low=low,
        high=high,
        counts=tuple(map(int, np.histogram(others, BARS, (low, high))[0])),
        # turns -0.0 into 0.0
        atoms=tuple((float(value) + 0.0, float(count)) for value, count in zip(distinct[often], counts[often])),
        fits=drawn.fits,
    )


def _fits(subject: Subject, runner: Runner, trace: Trace) -> Tuple[Fit, ...]:
    """How well draws fit the distribution expected of the framework and, if different, the specified one."""
    if subject.given is not None:
        return ()
    law, drawn = subject.draws(trace)
    divergence = runner.divergences.get(law.name)
    expected = LAWS[law.name].specified if divergence is None else divergence.answer
    fits = []
    for answer in dict.fromkeys((expected, law.specified)):
        samples = [sample for draw in drawn for sample in law.samples(answer, draw)]
        if all(sample.law.is_random for sample in samples):
            pool = Pool()
            pool.add(samples)
            fits.append(Fit(answer, {test: float(p) for test, p in pool.p_values().items()}))
    return tuple(fits)


def gradients(framework: str, performed: List[Tuple[TaskResult, Trace | NoTraceError]]) -> Iterator[Gradients]:
    """The gradients of two uses of a weight, separate and shared; nothing if the framework did not compute them."""
    traces = {one.task: trace for one, trace in performed if one.framework == framework}
    apart, as_one = (_values(traces[task.name]) for task in (APART, AS_ONE))
    if apart and as_one:
        yield Gradients(framework, as_one[-1].shape[0], (_flat(apart[-2]), _flat(apart[-1])), _flat(as_one[-1]))


def _values(trace: Trace | NoTraceError) -> List[Any]:
    """The results of the operations; empty if one failed."""
    if isinstance(trace, NoTraceError) or any(record.outcome.kind != "ok" for record in trace.records):
        return []
    return [record.value for record in trace.records]


def _flat(array: Any) -> Tuple[float, ...]:
    return tuple(map(float, array.ravel()))


if __name__ == "__main__":
    sys.exit(main())
