"""The chapters' own code, where a program cannot say it: run beside the framework, it answers in plain values.

Python 3.7, NumPy and the framework do for it, and its adapter has been imported before.
"""

from __future__ import annotations

import importlib
from typing import Any, Dict

from specs.errors import cause


def told(chapter: str, function: str) -> Dict[str, Any]:
    """What a function of a chapter's code returns, or what it raises."""
    module = importlib.import_module(f"{__name__}.{chapter}")
    try:
        return {"returned": getattr(module, function)()}
    except Exception as error:
        return {"raised": cause(error)}
