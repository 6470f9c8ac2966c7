"""``python reaper.py MARK``: kill all processes that carry a mark once its own standard input is closed.

It watches one worker and briefly outlives the worker's host, however that ends. A process started by a worker may have
left its session and lost its parent, but it has inherited the environment with the mark. Linux only, since it reads
/proc. It imports little because one is started for each worker.
"""

import os
import signal
import sys
import time

#: The name of the mark.
NAME = "CONCORDANCE_WORKER"
#: Seconds within which all marked processes must have ended.
PATIENCE = 3.0


def marked(mark: bytes) -> list:
    """The processes that carry a mark."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and mark in _environment(name)]


def _environment(process: str) -> list:
    try:
        with open(f"/proc/{process}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:  # it has ended, or belongs to another user
        return []


def end(mark: bytes) -> None:
    """Kill marked processes until none is left: one may have started another just before it was killed."""
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
    except OSError:  # it has ended, or belongs to another user
        return


if __name__ == "__main__":
    sys.stdin.buffer.read()
    end(f"{NAME}={sys.argv[1]}".encode())
