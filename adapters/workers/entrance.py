"""The entry point of a worker: checks that a suitable NumPy is installed before importing anything that needs it."""

from __future__ import annotations

import importlib
import re
from typing import Any, Optional

from adapters.workers import messages
from specs.errors import cause

#: The oldest supported NumPy: the first with ``numpy.printoptions``.
OLDEST = (1, 15)


def serve(channel: Any, name: str, starting: float, time_limit: float) -> None:
    """:func:`adapters.workers.worker.serve`; or one message with the reason if that cannot be imported."""
    lacking = _lacking()
    if lacking is None:
        importlib.import_module("adapters.workers.worker").serve(channel, name, starting, time_limit)
    else:
        accepted = ".".join(map(str, OLDEST))
        channel.send(messages.pack({"error": f"adapter {name}: {lacking}; accepted: NumPy {accepted} or newer"}))


def _lacking() -> Optional[str]:
    try:
        found = importlib.import_module("numpy").__version__
    except Exception as error:
        return f"NumPy cannot be imported: {cause(error)}"
    return None if tuple(map(int, re.findall(r"\d+", found)[:2])) >= OLDEST else f"NumPy is {found}"
