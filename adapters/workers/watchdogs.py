"""What ends a process that nobody waits for any more: with its parent, its connection, and at its time limit."""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import select
import signal
import sys
import time
from typing import Iterator, Optional

#: ``PR_SET_PDEATHSIG`` of Linux's ``prctl``.
_SET_PARENT_DEATH_SIGNAL = 1
#: Seconds in which a process may end by itself once its connection is gone, and how often its watcher looks after it.
GRACE, LOOK = 1.0, 0.2


def end_with_parent(parent: Optional[int] = None) -> None:
    """Have this process killed once the thread that started it ends, whatever it is doing then. Linux only.

    Where its parent is given and has ended before, that is now.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if parent not in (None, os.getppid()):
            os.kill(os.getpid(), signal.SIGKILL)


def end_with_connection(connection: int) -> None:
    """Have this process killed once whoever is at the other end of a connection is gone, whatever it is doing then.

    Another process watches: one that hangs in native code, or is stopped, would not notice. POSIX only; elsewhere a
    worker that is busy ends at its time limit.
    """
    if hasattr(os, "fork"):
        watched = os.getpid()
        if os.fork() == 0:
            try:
                _watch(watched, connection)
            finally:
                os._exit(0)


def _watch(watched: int, connection: int) -> None:
    # The connection's other direction, left open here, would keep its end from showing to whoever reads there.
    os.closerange(0, connection)
    os.closerange(connection + 1, os.sysconf("SC_OPEN_MAX"))
    poll = select.poll()
    poll.register(connection, 0)  # that the other end is gone is told without being asked for, and nothing is read
    while os.getppid() == watched:
        if poll.poll(LOOK * 1000):
            time.sleep(GRACE)
            if os.getppid() == watched:
                os.kill(watched, signal.SIGKILL)


def show_where_it_ends() -> None:
    """Have a crash, and the time limit, write to standard error what was running.

    Once more after a framework was imported, which may have put handlers of its own in the place of these.
    """
    faulthandler.disable()
    faulthandler.enable()
    if hasattr(signal, "SIGALRM"):
        faulthandler.register(signal.SIGALRM, chain=True)


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """End this process where what follows takes longer: by the system's own timer, which native code cannot hold up."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
