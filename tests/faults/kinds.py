"""The kinds of fault: how each is injected, and what a run has to report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Tuple


@dataclass(frozen=True)
class Kind:
    """A kind of fault. If it costs a program, the report must contain one of the texts in ``told``.

    ``by`` is how it is injected: by a signal from outside, by code planted in the worker's process, or by killing a
    worker that is idle or starting. ``weight`` is its relative frequency.
    """

    by: str
    what: str
    told: Tuple[str, ...] = ()
    weight: int = 3


_HANGS = ("gave no answer within",)

KINDS: Dict[str, Kind] = {
    "killed": Kind("signal", "SIGKILL", ("died of SIGKILL",)),
    "segmentation fault": Kind("signal", "SIGSEGV", ("died of SIGSEGV",)),
    "aborted": Kind("signal", "SIGABRT", ("died of SIGABRT",)),
    "stopped": Kind("stop", "SIGSTOP", _HANGS, weight=1),
    "killed while idle": Kind("idle", "SIGKILL"),
    "killed while starting": Kind("start", "SIGKILL", ("died of SIGKILL",), weight=2),
    "exits": Kind("planted", "leave", ("died with exit code 7",)),
    "reads no memory": Kind("planted", "crash", ("died of SIGSEGV",)),
    "hangs": Kind("planted", "hang", _HANGS, weight=1),
    "hangs in native code": Kind("planted", "hang_natively", _HANGS, weight=1),
    "raises": Kind("planted", "break_down", ("broke down: RuntimeError: a planted fault",)),
    "is the adapter's fault": Kind("planted", "be_at_fault", ("is at fault: a planted fault",)),
    "malformed trace": Kind("planted", "answer_malformed", ("sent what is not a trace",)),
    "NaN for a name": Kind("planted", "answer_nan", ("NaN is not accepted",)),
    "oversized trace": Kind("planted", "answer_too_much", ("began to send a message of",)),
    "writes to its connection": Kind("planted", "write_to_connection", ("something other than a message",)),
    "closes all files": Kind("planted", "close_files", ("died with exit code", "closed its connection")),
    "writes to standard streams": Kind("planted", "write_to_streams"),
    "slow, below the limit": Kind("planted", "take_time"),
}
