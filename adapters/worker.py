"""The far side of a remote adapter: receives programs as text over a channel, answers with traces in wire form."""

from __future__ import annotations

import gc
import sys
import warnings
from typing import Any, Dict

from adapters import engine, registry
from adapters.interface import Adapter
from specs import codec
from specs.programs import Program


def serve(channel: Any, name: str) -> None:
    """Answer until the host closes the channel. The first message says what this adapter is, or why it is not."""
    warnings.simplefilter("ignore")  # what a framework warns of, and does all the same, is in the traces
    try:
        adapter = make(name)
    except Exception as error:
        channel.send({"error": f"{error}"})
        return
    channel.send({"ready": describe(adapter)})
    for text in channel:
        channel.send(engine.run(adapter, Program.parse(text)).to_wire())


def make(name: str) -> Adapter:
    """An adapter ready to run. Raises :class:`SpecError` where it, or its framework, cannot be imported."""
    adapter = registry.load(name)()
    # What importing a framework left is no garbage: without it, a full collection takes a tenth of the time.
    gc.collect()
    gc.freeze()
    return adapter


def describe(adapter: Adapter) -> Dict[str, Any]:
    """What the host needs to know of an adapter, in plain values."""
    return {
        "name": adapter.name,
        "versions": {**adapter.versions(), "interpreter": sys.executable},
        "divergences": [codec.to_plain(divergence) for divergence in adapter.divergences],
    }
