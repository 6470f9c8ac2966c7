"""``python -m adapters.exhibits``: runs the tasks, and some large draws, on frameworks, and keeps what they showed.

What it writes is what :mod:`specs.guide` makes its pages of.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from adapters import scripts
from adapters.runners import NoTrace, Runner, open_all
from adapters.scripts.printed import printed
from adapters.scripts.sources import NoScript, idioms
from specs.errors import SpecError
from specs.guide.exhibits import Draws, Exhibits, Fit, Framework, Gradients, Held, Identities, Performance, Step
from specs.guide.subjects import APART, AS_ONE, SUBJECTS, Subject
from specs.judging.pools import Pool
from specs.laws import LAWS
from specs.tasks import TASKS, Task
from specs.traces import Outcome, Trace

#: Bars of a histogram.
BARS = 60
#: A value that so large a share of the elements has is told of by itself.
MANY = 0.01


def main(arguments: Optional[List[str]] = None) -> int:
    """Exit code 0, or 2 where the input is not acceptable or a framework cannot be started."""
    options = _parser().parse_args(arguments)
    try:
        runners = open_all(options.adapter, options.time_limit)
        try:
            gather(options.adapter, runners, _command(options)).save(options.exhibits)
        finally:
            for runner in runners:
                runner.close()
    except SpecError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m adapters.exhibits", description=__doc__)
    parser.add_argument("exhibits", type=Path, help="file to write")
    parser.add_argument("--adapter", action="append", required=True, metavar="NAME[=PYTHON]")
    parser.add_argument("--time-limit", type=float, default=120.0, metavar="SECONDS")
    return parser


def _command(options: argparse.Namespace) -> str:
    """The command that gathers the same again, with paths as seen from here."""
    chosen = [choice.partition("=") for choice in options.adapter]
    adapters = [f"--adapter {name}{sign}{os.path.relpath(python) if sign else ''}" for name, sign, python in chosen]
    return " ".join(["python -m adapters.exhibits", os.path.relpath(options.exhibits), *adapters])


def gather(choices: List[str], runners: List[Runner], command: str) -> Exhibits:
    """Everything that the guide shows, from frameworks that have been started, each chosen as ``NAME[=PYTHON]``."""
    adapters = {runner.name: choice.partition("=")[0] for choice, runner in zip(choices, runners)}
    traces = {(task.name, runner.name): _trace(runner, task) for task in TASKS.values() for runner in runners}
    return Exhibits(
        format=Exhibits.FORMAT,
        date=datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        command=command,
        frameworks=tuple(framework(runner, adapters[runner.name]) for runner in runners),
        performances=tuple(
            performance(TASKS[task], name, adapters[name], trace) for (task, name), trace in traces.items()
        ),
        draws=tuple(itertools.chain.from_iterable(draws(subject, runners) for subject in SUBJECTS.values())),
        gradients=tuple(itertools.chain.from_iterable(map(gradients, runners))),
        identities=tuple(
            Identities(task, name, labels) for (task, name), trace in traces.items() for labels in _labels(trace)[:1]
        ),
    )


def _trace(runner: Runner, task: Task) -> "Trace | NoTrace":
    try:
        return runner.run(task.program)
    except NoTrace as error:
        return error


def framework(runner: Runner, adapter: str) -> Framework:
    """What a framework is, and how it holds each role."""
    versions = {package: version for package, version in runner.versions.items() if package != "interpreter"}
    try:
        roles = {role: Held(held.name, held.axes) for role, held in idioms(adapter).roles.items()}
    except NoScript:
        roles = {}
    return Framework(runner.name, versions, roles)


# Tasks.


def performance(task: Task, name: str, adapter: str, trace: "Trace | NoTrace") -> Performance:
    """A task's script in a framework's words, operation by operation, with what it printed."""
    if isinstance(trace, NoTrace):
        return Performance(task.name, name, missing=str(trace))
    try:
        script = scripts.write(task.program, adapter, trace)
        lines = printed(task.program, adapter, trace)
    except NoScript as error:
        return Performance(task.name, name, missing=str(error))
    steps = tuple(_step(script.lines_of(at), lines[at], record.outcome) for at, record in enumerate(trace.records))
    before = script.lines[: script.spans[0].start]
    return Performance(task.name, name, tuple("\n".join(before).strip().splitlines()), steps)


def _step(code: List[str], told: List[str], outcome: Outcome) -> Step:
    reason, _, source = outcome.message.rpartition(" [")  # as adapters.interface.Unsupported joins them
    known = (reason, source.rstrip("]")) if outcome.kind == "unsupported" else ("", "")
    return Step(tuple(code), tuple(told), outcome.kind, *known)


def _labels(trace: "Trace | NoTrace") -> List[Dict[str, int]]:
    """What each look at the identity of slots showed."""
    if isinstance(trace, NoTrace):
        return []
    return [record.value for record in trace.records if isinstance(record.value, dict)]


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
    drawn = [_drawn(subject, runner) for runner in runners]
    low = min((float(one.values.min()) for one in drawn if one.values.size), default=0.0)
    high = max((float(one.values.max()) for one in drawn if one.values.size), default=0.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return [_histogram(subject, one, low, high) for one in drawn]


def _drawn(subject: Subject, runner: Runner) -> Drawn:
    try:
        trace = runner.run(subject.program)
    except NoTrace as error:
        return Drawn(runner.name, np.array([]), missing=str(error))
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
    """How draws fit what is due of the framework, and then, where it is something else, what is specified."""
    if subject.value is not None:
        return ()
    law, drawn = subject.draws(trace)
    divergence = runner.divergences.get(law.name)
    due = LAWS[law.name].specified if divergence is None else divergence.answer
    fits = []
    for answer in dict.fromkeys((due, law.specified)):
        samples = [law.sample(answer, draw) for draw in drawn]
        if all(sample.law.is_random for sample in samples):
            pool = Pool()
            pool.add(samples)
            fits.append(Fit(answer, {test: float(p) for test, p in pool.p_values().items()}))
    return tuple(fits)


def gradients(runner: Runner) -> List[Gradients]:
    """The gradients of two uses of a weight, each alone and both as one; nothing where the framework has no such."""
    try:
        apart, as_one = runner.run(APART), runner.run(AS_ONE)
    except NoTrace:
        return []
    if any(record.outcome.kind != "ok" for record in (*apart.records, *as_one.records)):
        return []
    uses = tuple(_flat(record.value) for record in apart.records[-2:])
    shared: Any = as_one.records[-1].value
    return [Gradients(runner.name, shared.shape[0], uses, _flat(shared))]


def _flat(array: Any) -> Tuple[float, ...]:
    return tuple(map(float, array.ravel()))


if __name__ == "__main__":
    sys.exit(main())
