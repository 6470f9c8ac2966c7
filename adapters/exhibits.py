"""``python -m adapters.exhibits``: runs the tasks, and some large draws, on frameworks, and keeps what they showed.

What it writes is what :mod:`specs.guide` makes its pages of.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import os
import re
import sys
from pathlib import Path
from typing import Dict, List, Optional, Tuple

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
            gather(runners, _command(options)).save(options.exhibits)
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


def gather(runners: List[Runner], command: str) -> Exhibits:
    """Everything that the guide shows, from frameworks that have been started."""
    traces = {(task.name, runner.name): _trace(runner, task) for task in TASKS.values() for runner in runners}
    return Exhibits(
        format=Exhibits.FORMAT,
        date=datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        command=command,
        frameworks=tuple(map(framework, runners)),
        performances=tuple(performance(TASKS[task], name, trace) for (task, name), trace in traces.items()),
        draws=tuple(itertools.chain.from_iterable(draws(subject, runners) for subject in SUBJECTS.values())),
        gradients=tuple(itertools.chain.from_iterable(map(gradients, runners))),
        identities=tuple(
            Identities(task, name, labels)
            for (task, name), trace in traces.items()
            for labels in _labels(trace)[:1]
        ),
    )


def _trace(runner: Runner, task: Task) -> "Trace | NoTrace":
    try:
        return runner.run(task.program)
    except NoTrace as error:
        return error


def framework(runner: Runner) -> Framework:
    """What a framework is, and how it holds each role."""
    versions = {package: version for package, version in runner.versions.items() if package != "interpreter"}
    try:
        roles = {role: Held(held.name, held.axes) for role, held in idioms(runner.choice).roles.items()}
    except NoScript:
        roles = {}
    return Framework(runner.name, versions, roles)


# Tasks.


def performance(task: Task, name: str, trace: "Trace | NoTrace") -> Performance:
    """A task's script in a framework's words, operation by operation, with what it printed."""
    if isinstance(trace, NoTrace):
        return Performance(task.name, name, missing=str(trace))
    try:
        script = scripts.write(task.program, name, trace)
        lines = printed(task.program, name, trace)
    except NoScript as error:
        return Performance(task.name, name, missing=str(error))
    steps = tuple(
        _step(script.lines_of(at), lines[at], record.outcome) for at, record in enumerate(trace.records)
    )
    before = script.lines[: script.spans[0].start]
    return Performance(task.name, name, tuple("\n".join(before).strip().splitlines()), steps)


def _step(code: List[str], told: List[str], outcome: Outcome) -> Step:
    message, source = _SOURCE.match(outcome.message).groups() if outcome.kind == "unsupported" else ("", "")  # type: ignore[union-attr]
    return Step(tuple(code), tuple(told), outcome.kind, message, source or "")


#: How a reason and its source are written together (:class:`adapters.interface.Unsupported`).
_SOURCE = re.compile(r"(.*?)(?: \[(\S+)\])?$", re.DOTALL)


def _labels(trace: "Trace | NoTrace") -> List[Dict[str, int]]:
    """What each look at the identity of slots showed."""
    if isinstance(trace, NoTrace):
        return []
    return [record.value for record in trace.records if isinstance(record.value, dict)]


# Figures.


def draws(subject: Subject, runners: List[Runner]) -> List[Draws]:
    """The draws of all frameworks for one subject, over one grid."""
    seen: Dict[str, Tuple[np.ndarray, Tuple[Fit, ...]]] = {}
    missing: Dict[str, str] = {}
    for runner in runners:
        try:
            trace = runner.run(subject.program)
            failed = [record.outcome for record in trace.records if record.outcome.kind != "ok"]
            if failed:
                missing[runner.name] = str(failed[0])
            else:
                values = trace.records[-1].value.array.astype(np.float64)  # type: ignore[union-attr]
                seen[runner.name] = values, _fits(subject, runner, trace)
        except NoTrace as error:
            missing[runner.name] = str(error)
    low = min((float(values.min()) for values, _ in seen.values()), default=0.0)
    high = max((float(values.max()) for values, _ in seen.values()), default=0.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    found = [_histogram(subject, name, values, low, high, fits) for name, (values, fits) in seen.items()]
    return found + [
        Draws(subject.name, name, 0, 0.0, 0.0, 0.0, 0.0, low, high, (), missing=why) for name, why in missing.items()
    ]


def _histogram(
    subject: Subject, name: str, values: np.ndarray, low: float, high: float, fits: Tuple[Fit, ...]
) -> Draws:
    distinct, counts = np.unique(values, return_counts=True)
    often = counts > MANY * values.size
    others = values[~np.isin(values, distinct[often])]
    atoms = tuple((float(value) + 0.0, float(count)) for value, count in zip(distinct[often], counts[often]))
    return Draws(
        subject.name,
        name,
        n=values.size,
        mean=float(values.mean()),
        std=float(values.std()),
        least=float(values.min()),
        most=float(values.max()),
        low=low,
        high=high,
        counts=tuple(map(int, np.histogram(others, BARS, (low, high))[0])),
        atoms=atoms,
        fits=fits,
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
    first, second, shared = (record.value.array if hasattr(record.value, "array") else record.value for record in (*apart.records[-2:], as_one.records[-1]))
    return [Gradients(runner.name, shared.shape[0], (_flat(first), _flat(second)), _flat(shared))]


def _flat(array: np.ndarray) -> Tuple[float, ...]:
    return tuple(map(float, array.ravel()))


if __name__ == "__main__":
    sys.exit(main())
