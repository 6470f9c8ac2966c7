"""``python -m tests.faults.soak --adapter NAME=PYTHON ...``: run many programs in a row on one worker per adapter.

Exits with 1 if memory or time per program grows, or if files stay open. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import List, Sequence

from adapters.workers.runners import RemoteRunner
from specs.programs.program import Program
from tests.bench import near

#: The number of distinct programs, which are repeated; and of programs in blocks whose times are compared.
DIFFERENT, BLOCK = 2000, 1000
#: Programs between two readings of the worker's process.
EVERY = 100


@dataclass(frozen=True)
class Reading:
    """The resources of a process at one moment."""

    memory: int
    files: int
    cpu_seconds: float
    wall_seconds: float

    @staticmethod
    def of(process: int) -> Reading:
        folder = Path("/proc") / str(process)
        pages = int((folder / "statm").read_text(encoding="ascii").split()[1])
        used = (folder / "stat").read_text(encoding="ascii").rpartition(")")[2].split()[11:13]
        return Reading(
            memory=pages * os.sysconf("SC_PAGE_SIZE"),
            files=len(list((folder / "fd").iterdir())),
            cpu_seconds=sum(map(int, used)) / os.sysconf("SC_CLK_TCK"),
            wall_seconds=time.monotonic(),
        )


@dataclass(frozen=True)
class Soaked:
    """Measurements that should not change over time."""

    adapter: str
    programs: int
    memory_ratio: float
    cpu_ratio: float
    wall_ratio: float
    files: List[int]
    losses: List[str]

    @property
    def misses(self) -> List[str]:
        found = []
        if self.memory_ratio > 1.05:
            found.append(f"{self.adapter}: memory of the last quarter is {self.memory_ratio:.3f} of the second's")
        if self.cpu_ratio > 1.10:
            found.append(f"{self.adapter}: the last thousand took {self.cpu_ratio:.3f} of the second thousand's time")
        if len(self.files) > 1:
            found.append(f"{self.adapter}: open files were {self.files} in turn")
        return found + self.losses


def soak(runner: RemoteRunner, programs: Sequence[Program], count: int) -> Soaked:
    """Run ``count`` programs on one worker, and compare its process's resources over time."""
    process = runner.process.popen.pid
    readings: List[Reading] = []
    for at, program in enumerate(itertools.islice(itertools.cycle(programs), count)):
        if at % EVERY == 0:
            readings.append(Reading.of(process))
        runner.run(program)
    readings.append(Reading.of(process))
    quarter, block = len(readings) // 4, BLOCK // EVERY
    memory = [reading.memory for reading in readings]
    files = [reading.files for reading in readings[block:]]

    def ratio(name: str) -> float:
        used = [getattr(reading, name) for reading in readings]
        return float((used[-1] - used[-1 - block]) / (used[2 * block] - used[block]))

    return Soaked(
        adapter=runner.name,
        programs=count,
        memory_ratio=statistics.mean(memory[-quarter:]) / statistics.mean(memory[quarter : 2 * quarter]),
        cpu_ratio=ratio("cpu_seconds"),
        wall_ratio=ratio("wall_seconds"),
        files=[number for number, _ in itertools.groupby(files)],
        losses=runner.take_incidents(),
    )


def parse(arguments: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--adapter", action="append", required=True, metavar="NAME=PYTHON", help="several times")
    parser.add_argument("--programs", type=int, default=20000, metavar="N", help="in a row (default 20000)")
    parser.add_argument("--time-limit", type=float, default=120.0, help="longest wait for a worker (default 120)")
    parser.add_argument("--report-dir", type=Path, default=Path("reports"), help="for faults/ (default reports)")
    options = parser.parse_args(arguments)
    if options.programs < 2 * DIFFERENT or options.programs % DIFFERENT:
        parser.error(f"--programs {options.programs}: {2 * DIFFERENT} or more are needed, by the {DIFFERENT}")
    return options


def main(arguments: List[str]) -> int:
    options = parse(arguments)
    programs = near.generate(DIFFERENT)
    found = []
    for choice in options.adapter:
        name, _, where = choice.partition("=")
        runner = RemoteRunner(name, where, options.time_limit)
        try:
            runner.connect()
            soaked = soak(runner, programs, options.programs)
        finally:
            runner.close()
        print(soaked, flush=True)
        found.append(soaked)
    folder = options.report_dir / "faults"
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps([asdict(soaked) for soaked in found], indent=1)
    (folder / "soak.json").write_text(text + "\n", encoding="utf-8")
    misses = [miss for soaked in found for miss in soaked.misses]
    print("\n".join([*misses, f"{len(found)} adapters, {len(misses)} misses"]))
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
