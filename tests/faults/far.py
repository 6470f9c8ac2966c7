"""Faults planted in a worker's process, each of which affects only the next program."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import time
from typing import Any, Callable

from adapters.running import engine
from adapters.running.checks import AdapterFault
from adapters.workers import messages

GARBAGE = b"what is no message " * 100


def plant(channel: Any, fault: str, moment: float) -> None:
    """Plant a fault in the next program, after about the share ``moment`` of its operations. Confirm on the channel."""
    act: Callable[[Any], Any] = globals()[fault]
    run = engine.run

    def run_once(adapter: Any, program: Any) -> Any:
        engine.run = run
        return _run(adapter, program, int(moment * len(program.operations)), lambda: act(channel))

    engine.run = run_once
    channel.send(None)


def _run(adapter: Any, program: Any, at: int, act: Callable[[], Any]) -> Any:
    """Run a program, and act before operation ``at``. If the act returns a function, it makes the answer's bytes."""
    record, answers = engine.Engine.record, []

    def recorded(self: Any, operation: Any) -> Any:
        if operation is program.operations[at] and not answers:
            answers.append(act())
        return record(self, operation)

    engine.Engine.record = recorded
    try:
        trace = engine.run(adapter, program)
    finally:
        engine.Engine.record = record
    if answers[0] is not None:
        _answer_once(answers[0])
    return trace


def _answer_once(made: Callable[[Any], bytes]) -> None:
    """Make the next packed answer with ``made``, and let it be sent whatever its size."""
    pack, longest = messages.pack, messages.LONGEST

    def packed(plain: Any) -> bytes:
        messages.pack = pack
        message = made(plain)
        messages.LONGEST = max(longest, len(message))
        return message

    messages.pack = packed


# The faults. A returned function makes the answer's bytes from the intended answer.


def leave(channel: Any) -> None:
    os._exit(7)


def crash(channel: Any) -> None:
    ctypes.string_at(0)


def hang(channel: Any) -> None:
    while True:
        time.sleep(1.0)


def hang_natively(channel: Any) -> None:
    ctypes.PyDLL(None).sleep(100000)


def break_down(channel: Any) -> Callable[[Any], bytes]:
    def answer(plain: Any) -> bytes:
        raise RuntimeError("a planted fault")

    return answer


def be_at_fault(channel: Any) -> None:
    raise AdapterFault("a planted fault")


def answer_malformed(channel: Any) -> Callable[[Any], bytes]:
    return lambda plain: messages.pack({**plain, "trace": [["value"], *plain["trace"][1:]]})


def answer_nan(channel: Any) -> Callable[[Any], bytes]:
    def answer(plain: Any) -> bytes:
        text = json.dumps(
            {**plain, "trace": [{"value": ["parameters", [[float("nan"), "w", [1], [1], "float32", True, 0]]]}]}
        )
        return len(text).to_bytes(4, "big") + text.encode()

    return answer


def answer_too_much(channel: Any) -> Callable[[Any], bytes]:
    return lambda plain: bytes(messages.LONGEST + 1)


def write_to_connection(channel: Any) -> None:
    os.write(channel.gateway._io.outfile.fileno(), GARBAGE)


def close_files(channel: Any) -> None:
    os.closerange(0, 4096)
    time.sleep(100000)


def write_to_streams(channel: Any) -> None:
    for number in range(3):
        with contextlib.suppress(OSError):
            os.write(number, GARBAGE)


def take_time(channel: Any) -> None:
    time.sleep(0.5)
