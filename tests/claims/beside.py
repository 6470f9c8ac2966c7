"""Runs a chapter's own code in the interpreter of an adapter's framework."""

from __future__ import annotations

from typing import Any, Dict

from adapters.workers.runners import ROOT, RemoteRunner, Runner
from specs.errors import SpecError, cause
from tests.claims import chapters

_ASK = """
import sys
sys.path.insert(0, {root!r})
from tests.claims import chapters
channel.send(chapters.told({chapter!r}, {function!r}))
"""


def told(runner: Runner, chapter: str, function: str) -> Dict[str, Any]:
    """The result of :func:`tests.claims.chapters.told` in the adapter's interpreter."""
    if not isinstance(runner, RemoteRunner):
        return chapters.told(chapter, function)
    channel = runner.gateway.remote_exec(_ASK.format(root=str(ROOT), chapter=chapter, function=function))
    try:
        answer: Dict[str, Any] = channel.receive(timeout=runner.time_limit)
    except (EOFError, channel.RemoteError, channel.TimeoutError) as error:
        raise SpecError(f"the worker of {runner.name} cannot run {chapter}.{function}: {cause(error)}") from None
    return answer
