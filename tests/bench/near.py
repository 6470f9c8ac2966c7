"""The host's side: generated programs, and what is measured of the workers while they run them."""

from __future__ import annotations

import random
import statistics
import time
from typing import Any, Dict, List, Sequence

from adapters.workers.runners import ROOT, RemoteRunner
from specs.laws import LAWS
from specs.programs.program import Program
from tests.harness.laws import law_tests
from tests.strategies.families import family

#: Memory is read after every so many programs.
READ_EVERY = 10
#: Programs in a block of the lockstep's timings, and pairs of blocks.
BLOCK, PAIRS = 20, 14

_CALL = """
import sys
sys.path.insert(0, {root!r})
from tests.bench import far
far.{function}(channel, *{arguments!r})
"""


def call(runner: RemoteRunner, function: str, *arguments: Any) -> Any:
    """A channel to a function of :mod:`tests.bench.far`, running in the worker's process beside its service."""
    return runner.gateway.remote_exec(_CALL.format(root=str(ROOT), function=function, arguments=arguments))


def generate(count: int) -> List[Program]:
    """The programs that the laws' tests generate, in a mixed order, the same on every run with one hash seed."""
    each = -(-count // len(LAWS)) + 1  # some strategies have fewer
    programs = [program for test in law_tests() for program in family(test.programs).first(each)]
    random.Random(0).shuffle(programs)
    return programs[:count]


def run_lockstep(runners: Sequence[RemoteRunner], programs: Sequence[Program]) -> float:
    """Seconds to run each program on all, started on all before any is waited for."""
    began = time.perf_counter()
    for program in programs:
        for runner in runners:
            runner.start(program)
        for runner in runners:
            runner.finish()
    return time.perf_counter() - began


def overhead(runner: RemoteRunner, seconds: float) -> float:
    """Median ratio of a program's time with the engine to its time written by hand."""
    channel = call(runner, "time_pairs", runner.name, seconds)
    return statistics.median(ours / theirs for ours, theirs in iter(channel.receive, None))


def growth(runners: Sequence[RemoteRunner], programs: Sequence[Program]) -> Dict[str, float]:
    """For each worker, mean memory over the last quarter of the programs to that over the second."""
    channels = {runner.name: call(runner, "tell_memory") for runner in runners}
    held: Dict[str, List[int]] = {name: [] for name in channels}
    for at in range(0, len(programs), READ_EVERY):
        run_lockstep(runners, programs[at : at + READ_EVERY])
        for name, channel in channels.items():
            channel.send(None)
            held[name].append(channel.receive())
    for channel in channels.values():
        channel.close()
    return {name: _last_to_second_quarter(readings) for name, readings in held.items()}


def _last_to_second_quarter(readings: List[int]) -> float:
    quarter = len(readings) // 4
    return statistics.mean(readings[-quarter:]) / statistics.mean(readings[quarter : 2 * quarter])


def lockstep_cost(runners: Sequence[RemoteRunner], programs: Sequence[Program]) -> float:
    """Median ratio of the time of programs run on all at once to their time on the slowest alone."""
    slowest = max(runners, key=lambda runner: run_lockstep([runner], programs[:BLOCK]))
    blocks = [[programs[(pair * BLOCK + at) % len(programs)] for at in range(BLOCK)] for pair in range(PAIRS)]
    return statistics.median(_paired_ratio(runners, slowest, block, pair) for pair, block in enumerate(blocks))


def _paired_ratio(runners: Sequence[RemoteRunner], slowest: RemoteRunner, block: Sequence[Program], pair: int) -> float:
    """Seconds on all at once to seconds on the slowest; which of the two goes first changes from pair to pair."""
    if pair % 2:
        alone = run_lockstep([slowest], block)
        return run_lockstep(runners, block) / alone
    return run_lockstep(runners, block) / run_lockstep([slowest], block)
