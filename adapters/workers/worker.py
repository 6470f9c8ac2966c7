"""The worker of a remote adapter: receives programs as text over a channel, and answers each with one message.

Messages (:mod:`adapters.workers.messages`) are objects. The first has one entry: ``ready`` (a description) or
``error`` (a text). Later ones have ``program``, the number that preceded the program's text, and one of ``trace``
(encoded), ``fault`` (a text: the adapter broke a rule for adapters) or ``broken`` (a text: the adapter crashed).
"""

from __future__ import annotations

import gc
import os
import queue
import sys
import warnings
from dataclasses import dataclass
from typing import Any, Dict, Tuple

from adapters import registry
from adapters.interface import Adapter
from adapters.running import engine
from adapters.running.checks import AdapterFault, check_declarations, checked
from adapters.workers import messages, reaper, watchdogs
from specs import codec
from specs.divergences import Divergence
from specs.errors import SpecError, cause
from specs.programs.program import Program


def serve(channel: Any, name: str, starting: float, time_limit: float) -> None:
    """Answer until the host is done. The first message describes the adapter, or says why it is not available.

    ``starting`` and ``time_limit`` are the seconds allowed until it is ready, and then for each program.
    """
    watchdogs.end_with_parent()
    if reaper.NAME not in os.environ:  # no reaper watches this worker: it was started remotely
        watchdogs.end_with_connection(channel.gateway._io.infile.fileno())
    watchdogs.show_where_it_ends()
    programs = _programs(channel)
    warnings.simplefilter("ignore")  # traces show what a framework does despite its warnings
    with watchdogs.limited(starting):
        try:
            adapter, description = make(name)
        except SpecError as error:
            channel.send(messages.pack({"error": str(error)}))
            return
    watchdogs.show_where_it_ends()
    channel.send(messages.pack({"ready": codec.to_plain(description)}))
    while True:
        program = programs.get()
        with watchdogs.limited(time_limit):
            answer = _answer(adapter, program)
        channel.send(answer)


def _programs(channel: Any) -> queue.Queue[str]:
    """The programs that arrive. When the channel is closed, for whatever reason, this process ends."""
    arrived: queue.Queue[str] = queue.Queue()

    def take(text: str) -> None:
        if not text:
            os._exit(0)
        arrived.put(text)

    channel.setcallback(take, endmarker="")
    return arrived


def _answer(adapter: Adapter, asked: str) -> bytes:
    number, _, text = asked.partition(" ")

    def message(kind: str, what: Any) -> bytes:
        return messages.pack({"program": int(number), kind: what})

    try:
        answer = message("trace", engine.run(adapter, Program.parse(text)).to_wire())
    except AdapterFault as fault:
        return message("fault", str(fault))
    except (Exception, SystemExit) as error:
        return message("broken", cause(error))
    if len(answer) > messages.LONGEST:
        return message("fault", f"its trace has {len(answer)} bytes; accepted: up to {messages.LONGEST}")
    return answer


@dataclass(frozen=True)
class Description:
    """What the host needs to know about an adapter."""

    name: str
    versions: Dict[str, str]
    divergences: Tuple[Divergence, ...]


def make(name: str) -> Tuple[Adapter, Description]:
    """An adapter ready to run, with checks, and its description.

    Raises :class:`SpecError` if it cannot be loaded or started.
    """
    kind = registry.load(name)
    try:
        check_declarations(kind)
        adapter = checked(kind)()
        versions = {**adapter.versions(), "interpreter": sys.executable}
    except (Exception, SystemExit) as error:
        raise SpecError(f"adapter {name}: it cannot be started: {cause(error)}") from error
    # Objects from imports are not garbage: freezing them makes a full collection ten times as fast.
    gc.collect()
    gc.freeze()
    return adapter, Description(adapter.name, versions, tuple(adapter.divergences))
