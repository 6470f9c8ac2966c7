"""``python reaper.py MARK``: ends all processes that carry a mark, once its own standard input comes to its end.

It stands by one worker, and outlives the worker's host by a moment, however that ends. What a worker started may have
left its session, and be nobody's child any more; but it has inherited an environment, and the mark in it. Linux only:
there, one process may read of another in /proc. It imports little, for it is started with each worker.
"""

import os
import signal
import sys
import time

#: The name of the mark.
NAME = "CONCORDANCE_WORKER"
#: Seconds in which what carries the mark has to be gone.
PATIENCE = 3.0


def marked(mark: bytes) -> list:
    """The processes that carry a mark."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and mark in _environment(name)]


def _environment(process: str) -> list:
    try:
        with open(f"/proc/{process}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:  # it ended meanwhile, or is another user's
        return []


def end(mark: bytes) -> None:
    """Kill what carries a mark until nothing does: one that is killed may just have started another."""
    ends = time.monotonic() + PATIENCE
    left = marked(mark)
    while left and time.monotonic() < ends:
        for process in left:
            _kill(process)
        time.sleep(0.01)
        left = marked(mark)


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except OSError:  # it ended meanwhile, or is another user's
        return


if __name__ == "__main__":
    sys.stdin.buffer.read()
    end(f"{NAME}={sys.argv[1]}".encode())
