"""The benchmark's program as a user writes it: its script, as a function that can be called again and again."""

from __future__ import annotations

import functools
import textwrap
from types import SimpleNamespace
from typing import Any, Callable, Dict, List

import numpy as np

from adapters.scripts import Script


def function(script: Script) -> Callable[[], List[Any]]:
    """A function that does what a script does, and returns what the script prints.

    Nothing is printed, and arrays are drawn once, not once a call: neither is what is to be timed.
    """
    start = script.spans[0].start
    shown: List[Any] = []
    namespace: Dict[str, Any] = {"print": shown.append}
    exec("\n".join(script.lines[:start]), namespace)
    namespace["np"] = SimpleNamespace(**{**vars(np), "random": SimpleNamespace(RandomState=_drawn)})
    exec("def by_hand():\n" + textwrap.indent("\n".join(script.lines[start:]), "    "), namespace)

    def by_hand() -> List[Any]:
        shown.clear()
        namespace["by_hand"]()
        return list(shown)

    return by_hand


@functools.lru_cache(maxsize=None)
def _drawn(seed: int) -> SimpleNamespace:
    """What is drawn first after a seed."""
    return SimpleNamespace(uniform=functools.lru_cache(np.random.RandomState(seed).uniform))
