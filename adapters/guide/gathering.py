"""``python -m adapters.guide.gathering``: runs the tasks, and some large draws, and keeps what they showed.

What it writes is what :mod:`adapters.guide` makes its pages of. A task runs twice: its program on an adapter, for the
trace, and its script alone in the framework's interpreter. What the script printed is kept, and held to the trace.
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

#: Bars of a histogram.
BARS = 60
#: A value that so large a share of the elements has is told of by itself.
MANY = 0.01
#: Answers that say how an operation ended, where it did not end well.
ENDINGS = {*OUTCOMES} - {"ok"}
#: Scripts are as wide as the columns of a page, in characters: what is shown is, line by line, what ran.
COLUMN = 44


def main(arguments: Optional[List[str]] = None) -> int:
    """Exit code 0, or 2 where the input is not acceptable or a framework cannot be started."""
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
    """The command that gathers the same again, with paths as seen from here."""
    chosen = [choice.partition("=") for choice in options.adapter]
    adapters = [f"--adapter {name}{sign}{os.path.relpath(python) if sign else ''}" for name, sign, python in chosen]
    return " ".join(["python -m adapters.guide.gathering", os.path.relpath(options.exhibits), *adapters])


@dataclass(frozen=True)
class FrameworkSession:
    """Where a framework runs: its programs on a runner, its scripts in an interpreter, if it has words for any.

    ``adapter`` is the name by which it was asked for.
    """

    adapter: str
    runner: Runner
    interpreter: Optional[Interpreter]


def _opened(choices: List[str], time_limit: float, at_end: contextlib.ExitStack) -> List[FrameworkSession]:
    """Stages for choices ``NAME`` or ``NAME=PYTHON``. All that has to be started starts at once."""
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
    """Everything that the guide shows. Raises :class:`SpecError` where a script printed what its trace has not."""
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
    """What a program shows on all runners, which work at once."""
    for runner in runners:
        runner.start(program)
    return [_finished(runner) for runner in runners]


def _finished(runner: Runner) -> Trace | NoTraceError:
    try:
        return runner.finish()
    except NoTraceError as error:
        return error


def framework(session: FrameworkSession) -> Framework:
    """What a framework is, and what its layers are made of. Raises :class:`SpecError` where it does not tell."""
    runner = session.runner
    versions = reports.packages(runner.versions)
    if session.interpreter is None:
        return Framework(runner.name, versions, {})
    source = adapter_source(session.adapter)
    return asked(declared(source, versions), source, session.interpreter)


# Tasks.


class PendingRun(Protocol):
    """A task begun in a session: its trace, and what is shown of it in the end."""

    @property
    def trace(self) -> Trace | NoTraceError: ...

    def finish(self) -> TaskResult: ...


@dataclass(frozen=True)
class Scripted:
    """A task whose script was started; ``expected`` is what its trace says that each operation prints."""

    task: Task
    framework: str
    trace: Trace
    script: scripts.Script
    expected: List[List[str]]
    ended: Future[Ended]

    def finish(self) -> TaskResult:
        """What the script printed, operation by operation. Raises :class:`SpecError` where its trace has it not."""
        try:
            ended = self.ended.result()
            printed = running.told(self.script, ended, self.expected)
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
    """A task of which there is no script, and why."""

    task: Task
    framework: str
    trace: Trace | NoTraceError
    missing: str

    def finish(self) -> TaskResult:
        return TaskResult(self.task.name, self.framework, missing=self.missing)


def begin(task: Task, sessions: List[FrameworkSession]) -> List[PendingRun]:
    """A task in all sessions: its program is run, its script started."""
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
    assert session.interpreter is not None, "there is a script, and so there is where to run it"
    return Scripted(task, session.runner.name, trace, script, expected, session.interpreter.start(script.text))


def _within(span: range, lines: Set[int]) -> Tuple[int, ...]:
    """Which lines of a span are among these, by their positions in it."""
    return tuple(at for at, line in enumerate(span) if line in lines)


def answered(task: Task, trace: Trace) -> Iterator[Seen]:
    """Which operations ended otherwise than well, for the laws of the task that ask how something ends."""
    evidence = Evidence(task.program, trace)
    for law in (LAWS[name] for name in task.laws):
        if not (isinstance(law, QuestionLaw) and ENDINGS & {*law.answers}):
            continue
        found: Dict[str, int] = {}
        # A law looks for what its own programs have; a task that is a case of it may have it in another way.
        with contextlib.suppress(SpecError, LookupError, ValueError):
            try:
                for one in law.observe(evidence):
                    found.setdefault(one.answer, one.at)
            except OperationFailed as raised:
                found.setdefault(raised.outcome.kind, raised.at)
        yield from (Seen(law.name, answer, at) for answer, at in found.items() if answer in ENDINGS)


def _step(code: List[str], told: List[str], outcome: Outcome, idle: Tuple[int, ...]) -> Step:
    reason, _, source = outcome.message.rpartition(" [")  # as adapters.interface.Unsupported joins them
    known = (reason, source.rstrip("]")) if outcome.kind == "unsupported" else ("", "")
    return Step(tuple(code), tuple(told), outcome.kind, *known, idle)


def _labels(trace: Trace | NoTraceError) -> Dict[int, Dict[str, int]]:
    """What each look at the identity of slots showed, by the position of its operation."""
    if isinstance(trace, NoTraceError):
        return {}
    return {at: record.value for at, record in enumerate(trace.records) if isinstance(record.value, dict)}


# Figures.


@dataclass(frozen=True)
class Drawn:
    """What a framework drew for a subject, and how it fits; or why there is nothing."""

    framework: str
    values: np.ndarray
    fits: Tuple[Fit, ...] = ()
    missing: str = ""


def draws(subject: Subject, runners: List[Runner]) -> List[Draws]:
    """The draws of all frameworks for one subject, over one grid."""
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
        # -0.0 is told as 0.0
        atoms=tuple((float(value) + 0.0, float(count)) for value, count in zip(distinct[often], counts[often])),
        fits=drawn.fits,
    )


def _fits(subject: Subject, runner: Runner, trace: Trace) -> Tuple[Fit, ...]:
    """How draws fit what is expected of the framework, and then, where it is something else, what is specified."""
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
    """The gradients of two uses of a weight, each alone and both as one; nothing where the framework has no such."""
    traces = {one.task: trace for one, trace in performed if one.framework == framework}
    apart, as_one = (_values(traces[task.name]) for task in (APART, AS_ONE))
    if apart and as_one:
        yield Gradients(framework, as_one[-1].shape[0], (_flat(apart[-2]), _flat(apart[-1])), _flat(as_one[-1]))


def _values(trace: Trace | NoTraceError) -> List[Any]:
    """What the operations yielded; nothing where one did not end well."""
    if isinstance(trace, NoTraceError) or any(record.outcome.kind != "ok" for record in trace.records):
        return []
    return [record.value for record in trace.records]


def _flat(array: Any) -> Tuple[float, ...]:
    return tuple(map(float, array.ravel()))


if __name__ == "__main__":
    sys.exit(main())
