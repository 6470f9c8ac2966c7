"""Many judgings of new draws, on all processors."""

from __future__ import annotations

import collections
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Callable, Counter, Dict, Iterable, Iterator, List, Sequence, Tuple

import numpy as np
from scipy import stats

from specs.laws import DRAW_LAWS
from specs.laws.budget import Budget
from specs.statistics.pools import TESTS
from tests.calibration.defects import DEFECTS, NORMAL, UNIFORM, Defect, pairs, scaled, shifted
from tests.calibration.judgings import SHARE, TOTAL, Judging, judge
from tests.calibration.plans import Subject, plan, subjects
from tests.calibration.results import Alarms, Curve, Point, Power, Uniformity

#: Budgets for counting false alarms: none are expected at the default, so larger ones show that the bound holds.
TOTALS = (TOTAL, 0.01, 0.1, 0.5)
LEVELS = (0.001, 0.01, 0.1)
#: The minimum number of judgings per defect and law.
FEWEST = 20
#: Judgings per task of a process.
BATCH = 10

#: Sizes of a defect for which power is plotted.
SIZES = (0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008, 0.01)
CURVES: Dict[str, Tuple[Callable[[float], Defect], Sequence[float]]] = {
    "standard deviation too large by": (
        lambda size: Defect("", scaled(lambda _: 1 + size), (NORMAL,)),
        SIZES,
    ),
    "mean off, in standard deviations, by": (
        lambda size: Defect("", shifted(size), (NORMAL,)),
        SIZES,
    ),
    "standard deviation too small by": (
        lambda size: Defect("", scaled(lambda _: 1 - size), (NORMAL, UNIFORM)),
        SIZES,
    ),
}


@dataclass(frozen=True)
class Task:
    """A number of judgings of one subject, with a defect, or without one if ``defect`` is empty."""

    subject: Subject
    seeds: Tuple[np.random.SeedSequence, ...]
    defect: str = ""
    size: float = 0.0


def carry_out(task: Task) -> List[Judging]:
    """Do a task's judgings. Runs in a worker process."""
    change = _mistake(task)
    return [judge(task.subject, np.random.default_rng(seed), change) for seed in task.seeds]


def _mistake(task: Task):
    if not task.defect:
        return lambda draws, _: draws
    if task.defect in CURVES:
        return CURVES[task.defect][0](task.size).mistake
    return DEFECTS[task.defect].mistake


class Laboratory:
    """Makes tasks with distinct seeds, and runs them in parallel."""

    def __init__(self, entropy: int, tell: Callable[[str], None]):
        self.root = np.random.SeedSequence(entropy)
        self.tell = tell

    def tasks(self, subject: Subject, count: int, defect: str = "", size: float = 0.0) -> Iterator[Task]:
        seeds = self.root.spawn(count)
        for start in range(0, count, BATCH):
            yield Task(subject, tuple(seeds[start : start + BATCH]), defect, size)

    def run(self, what: str, tasks: Iterable[Task]) -> Iterator[Tuple[Task, List[Judging]]]:
        given = list(tasks)
        for subject in dict.fromkeys(task.subject for task in given):
            plan(subject)  # cached before forking, so that processes share it
        with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("fork")) as executor:
            for done, (task, judgings) in enumerate(zip(given, executor.map(carry_out, given)), 1):
                yield task, judgings
                if done % max(1, len(given) // 20) == 0 or done == len(given):
                    self.tell(f"{what}: {done * 100 // len(given)}%")

    def alarms(self, count: int) -> Tuple[Tuple[Alarms, ...], Tuple[Uniformity, ...]]:
        """Complete judgings of true draws: every law of draws, for each distribution that it may have."""
        found: Dict[Subject, List[Judging]] = collections.defaultdict(list)
        # Alternate between subjects, so that an interrupted run has covered all of them.
        batches = zip(*(list(self.tasks(subject, count)) for subject in subjects()))
        for task, judgings in self.run("false alarms", (task for batch in batches for task in batch)):
            found[task.subject] += judgings
        complete = list(zip(*found.values()))
        alarms = tuple(
            Alarms(total, len(complete), sum(_alarm(judgings, total) for judgings in complete)) for total in TOTALS
        )
        pooled = [judging.p_values for judgings in found.values() for judging in judgings]
        return alarms, tuple(
            uniformity(test, [p_values[test] for p_values in pooled if test in p_values]) for test in TESTS
        )

    def powers(self, count: int) -> Tuple[Power, ...]:
        """At least ``count`` judgings of each defect, over the laws in which it is planted."""
        found: Dict[Tuple[str, Subject], List[Judging]] = collections.defaultdict(list)
        tasks = (
            task
            for defect, subject in pairs()
            for task in self.tasks(subject, max(FEWEST, -(-count // len(defect.subjects))), defect.name)
        )
        for task, judgings in self.run("power", tasks):
            found[task.defect, task.subject] += judgings
        return tuple(
            Power(defect, subject.law, subject.answer, len(judgings), *_caught(judgings))
            for (defect, subject), judgings in found.items()
        )

    def curves(self, count: int) -> Tuple[Curve, ...]:
        found: Dict[Tuple[str, Subject], List[Point]] = collections.defaultdict(list)
        tasks = (
            task
            for defect, (make, sizes) in CURVES.items()
            for subject in make(0.0).subjects
            for size in sizes
            for task in self.tasks(subject, count, defect, size)
        )
        points: Counter[Tuple[str, Subject, float]] = collections.Counter()
        for task, judgings in self.run("power curves", tasks):
            points[task.defect, task.subject, task.size] += _caught(judgings)[0]
        for (defect, subject, size), caught in points.items():
            found[defect, subject].append(Point(size, count, caught))
        return tuple(
            Curve(defect, subject.law, subject.answer, tuple(drawn)) for (defect, subject), drawn in found.items()
        )


def elements() -> Dict[str, int]:
    """The number of elements that the programs of each law draw."""
    return {
        str(subject): sum(drawn.sample.array.size for draws in plan(subject) for drawn in draws)
        for subject in subjects()
    }


def _alarm(judgings: Sequence[Judging], total: float) -> bool:
    # As in a run with one adapter, where each law of draws has its share.
    share = Budget(total, 1, max(len(judgings), len(DRAW_LAWS))).share
    return any(judging.rejects(share) for judging in judgings)


def _caught(judgings: Sequence[Judging]) -> Tuple[int, str]:
    """How many judgings rejected, and the most frequent reason."""
    rejected = [judging.by for judging in judgings if judging.rejects(SHARE)]
    return len(rejected), (collections.Counter(rejected).most_common(1) or [("nothing", 0)])[0][0]


def uniformity(test: str, p_values: Sequence[float]) -> Uniformity:
    """The distribution of a test's p-values under true draws."""
    below = {level: sum(p <= level for p in p_values) for level in LEVELS}
    return Uniformity(
        test,
        len(p_values),
        {str(level): count / len(p_values) for level, count in below.items()},
        min(float(stats.binom.sf(count - 1, len(p_values), level)) for level, count in below.items()),
        float(stats.kstest(p_values, "uniform").pvalue),
    )
