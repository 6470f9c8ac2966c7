"""Ends a process that nobody waits for any more: when its parent or its connection is gone, or at its time limit."""

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
#: Seconds a process has to end itself once its connection is gone, and the interval between checks by its watcher.
GRACE, LOOK = 1.0, 0.2


def end_with_parent(parent: Optional[int] = None) -> None:
    """Kill this process, whatever it is doing, when the thread that started it ends. Linux only.

    If ``parent``, a process id, is given and that process has already ended, it is killed now.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if parent not in (None, os.getppid()):
            os.kill(os.getpid(), signal.SIGKILL)


def end_with_connection(connection: int) -> None:
    """Kill this process, whatever it is doing, when the other end of a connection is closed.

    A separate process watches, since a process that is stopped or hangs in native code would not notice. POSIX only;
    elsewhere a busy worker ends at its time limit.
    """
    if hasattr(os, "fork"):
        watched = os.getpid()
        if os.fork() == 0:
            try:
                _watch(watched, connection)
            finally:
                os._exit(0)


def _watch(watched: int, connection: int) -> None:
    # The watcher closes the other direction: a copy open here would hide its end from the reader.
    os.closerange(0, connection)
    os.closerange(connection + 1, os.sysconf("SC_OPEN_MAX"))
    poll = select.poll()
    poll.register(connection, 0)  # hang-ups are always reported; no other event is requested
    while os.getppid() == watched:
        if poll.poll(LOOK * 1000):
            time.sleep(GRACE)
            if os.getppid() == watched:
                os.kill(watched, signal.SIGKILL)


def show_where_it_ends() -> None:
    """Write a traceback to standard error on a crash and at the time limit.

    Call again after importing a framework, which may have installed its own handlers.
    """
    faulthandler.disable()
    faulthandler.enable()
    if hasattr(signal, "SIGALRM"):
        faulthandler.register(signal.SIGALRM, chain=True)


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """End this process if the block takes longer, by a system timer, which native code cannot block."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
