"""What runs in a worker's process: pairs of timings, and the memory that the process holds."""

from __future__ import annotations

import gc
import os
import time
from typing import Any, Callable, List

import numpy as np

from adapters import scripts
from adapters.running import engine
from adapters.workers import worker
from tests.bench import by_hand, example

#: A block is as many runs as take this long, so that one reading of the clock weighs nothing.
BLOCK_SECONDS = 0.1


def time_pairs(channel: Any, name: str, seconds: float) -> None:
    """Send ``[engine, by hand]`` in seconds, pair by pair, for about ``seconds``; then None."""
    adapter, _ = worker.make(name)
    script = by_hand.function(scripts.write(example.PROGRAM, name))

    def once_by_hand() -> list:
        try:
            return script()
        finally:
            adapter.release()  # names count from zero again, as in a process of its own

    def by_script(runs: int) -> float:
        return _time(once_by_hand, [()] * runs)

    def by_engine(runs: int) -> float:
        return _time(engine.run, [(adapter, example.PROGRAM)] * runs)

    _check(example.shown(engine.run(adapter, example.PROGRAM), adapter), once_by_hand())
    gc.collect()
    gc.freeze()  # what the framework imported on first use is no garbage either
    runs = max(1, int(BLOCK_SECONDS / (by_engine(10) / 10)))
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        first, second = by_engine(runs), by_script(runs)
        channel.send([first, second])
        second, first = by_script(runs), by_engine(runs)
        channel.send([first, second])
    channel.send(None)


def _time(function: Callable, arguments: List[tuple]) -> float:
    """Seconds for one call after the other, garbage collected before and not meanwhile."""
    gc.collect()
    gc.disable()
    try:
        began = time.perf_counter()
        for given in arguments:
            function(*given)
        return time.perf_counter() - began
    finally:
        gc.enable()


def _check(shown: List[np.ndarray], by_hand: List[np.ndarray]) -> None:
    """Both must have done the same work, or their times compare nothing."""
    assert len(shown) == len(by_hand), f"{len(shown)} arrays by the engine, {len(by_hand)} by hand"
    for ours, theirs in zip(shown, by_hand):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def tell_memory(channel: Any) -> None:
    """Answer each message with the bytes of memory resident."""
    page = os.sysconf("SC_PAGE_SIZE")
    for _ in channel:
        with open("/proc/self/statm", encoding="ascii") as statm:
            channel.send(int(statm.read().split()[1]) * page)
