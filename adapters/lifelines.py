"""What ends a process that nobody waits for any more: with its parent, and at its time limit."""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import signal
import sys
from typing import Iterator, Optional

#: ``PR_SET_PDEATHSIG`` of Linux's ``prctl``.
_SET_PARENT_DEATH_SIGNAL = 1


def end_with_parent(parent: Optional[int] = None) -> None:
    """Have this process killed once the thread that started it ends, whatever it is doing then. Linux only.

    Where its parent is given and has ended before, that is now. Elsewhere a worker ends when its connection does, or,
    where native code keeps Python from noticing, at its limit.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if parent not in (None, os.getppid()):
            os.kill(os.getpid(), signal.SIGKILL)


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
