"""``python -m tests.bench --adapter NAME=PYTHON ...``: ratios and their goals; exits with 1 where one is missed."""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass
from typing import Dict, List

from adapters.workers.runners import RemoteRunner, close_all, open_all
from specs.errors import SpecError
from tests.bench import guide, judge, near


@dataclass(frozen=True)
class Goal:
    """A ratio, or a number of seconds, and what it may be at most."""

    what: str
    measured: float
    limit: float

    @property
    def met(self) -> bool:
        return self.measured <= self.limit

    def __str__(self) -> str:
        return f"{'met   ' if self.met else 'MISSED'}  {self.measured:6.3f}  (goal {self.limit:.2f})  {self.what}"


def measure(runners: List[RemoteRunner], programs: int, seconds: float) -> List[Goal]:
    """Memory first, in processes that have run nothing; the goals in the order in which they are stated."""
    generated = near.generate(programs)
    growths = near.growth(runners, generated)
    together = near.lockstep_cost(runners, generated)
    overheads = {runner.name: near.overhead(runner, seconds) for runner in runners}
    memory, power = judge.memory_ratios(), judge.power()
    return [
        *(Goal(f"{name}: program run by the engine / by hand", ratio, 1.25) for name, ratio in overheads.items()),
        Goal("lockstep of all / slowest alone", together, 1.3),
        *(Goal(f"{name}: memory, last / second quarter", ratio, 1.05) for name, ratio in growths.items()),
        Goal(f"judge / kstest, seconds for {judge.ELEMENTS:,} normals", judge.time_ratio(), 0.1),
        Goal("judge: peak memory / array", memory["judged"], 1.5),
        Goal("kstest: peak memory / array, for comparison", memory["kolmogorov_smirnov"], math.inf),
        Goal(f"kstest / judge, arrays noticed of {judge.SEEDS} with a scale error of 0.5%", _ratio(power), 1.0),
    ]


def _ratio(power: Dict[str, int]) -> float:
    return power["kolmogorov_smirnov"] / power["judged"] if power["judged"] else math.inf


def parse(arguments: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--adapter", action="append", required=True, metavar="NAME=PYTHON", help="several times")
    parser.add_argument("--programs", type=int, default=2000, metavar="N", help="programs for memory (default 2000)")
    parser.add_argument("--seconds", type=float, default=20.0, help="for each adapter's overhead (default 20)")
    parser.add_argument("--time-limit", type=float, default=120.0, help="longest wait for a worker (default 120)")
    options = parser.parse_args(arguments)
    for choice in options.adapter:
        if not all(choice.partition("=")):
            parser.error(f"--adapter {choice}: NAME=PYTHON is expected")
    if options.programs < 8 * near.READ_EVERY:
        parser.error(f"--programs {options.programs}: {8 * near.READ_EVERY} or more are needed")
    return options


def main(arguments: List[str]) -> int:
    options = parse(arguments)
    try:
        runners = open_all(options.adapter, options.time_limit)
    except SpecError as error:
        sys.exit(f"tests.bench: {error}")
    try:
        goals = measure(runners, options.programs, options.seconds)
    finally:
        close_all(runners)
    goals.append(Goal("porting reference, seconds for exhibits and pages", guide.seconds(options.adapter), 20.0))
    for goal in goals:
        print(goal)
    return 0 if all(goal.met for goal in goals) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
