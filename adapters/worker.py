"""The far side of a remote adapter: receives programs as text over a channel, answers with traces in wire form."""

from __future__ import annotations

import gc
import sys
import warnings
from typing import Any, Dict, Tuple

from adapters import engine, registry
from adapters.interface import Adapter
from specs import codec
from specs.errors import SpecError, cause
from specs.programs import Program


def serve(channel: Any, name: str) -> None:
    """Answer until the host closes the channel. The first message says what this adapter is, or why it is not."""
    warnings.simplefilter("ignore")  # what a framework warns of, and does all the same, is in the traces
    try:
        adapter, description = make(name)
    except SpecError as error:
        channel.send({"error": str(error)})
        return
    channel.send({"ready": description})
    for text in channel:
        channel.send(engine.run(adapter, Program.parse(text)).to_wire())


def make(name: str) -> Tuple[Adapter, Dict[str, Any]]:
    """An adapter ready to run, and what it is. Raises :class:`SpecError` where it cannot be had."""
    kind = registry.load(name)
    try:
        adapter = kind()
        description = describe(adapter)
    except Exception as error:
        raise SpecError(f"adapter {name}: it cannot be started: {cause(error)}") from error
    # What importing a framework left is no garbage: without it, a full collection takes a tenth of the time.
    gc.collect()
    gc.freeze()
    return adapter, description


def describe(adapter: Adapter) -> Dict[str, Any]:
    """What the host needs to know of an adapter, in plain values."""
    return {
        "name": adapter.name,
        "versions": {**adapter.versions(), "interpreter": sys.executable},
        "divergences": [codec.to_plain(divergence) for divergence in adapter.divergences],
    }
