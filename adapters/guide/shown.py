"""The data for templates about tasks, laws, answers and steps: texts and links, the same on every page."""

from __future__ import annotations

from typing import Any, Collection, Dict, Sequence

from adapters.guide import code
from adapters.guide.exhibits import Framework, Step
from adapters.guide.library import Answer, Link, law_url, task_url
from adapters.guide.tasks import Task
from specs.laws import Law
from specs.traces import OUTCOMES

#: What an access that finds nothing may print, instead of raising.
NOTHING = ("None",)


def task(one: Task) -> Dict[str, str]:
    return {"statement": one.statement, "url": task_url(one), "name": one.name}


def law(one: Law) -> Dict[str, str]:
    return {
        "name": one.name,
        "question": one.question,
        "chapter": one.chapter,
        "specified": one.specified,
        "url": law_url(one),
    }


def answer(one: Answer) -> Dict[str, Any]:
    parts = ("framework", "anchor", "verdict", "glyph", "detail", "answer", "short", "reason", "kind", "source")
    return {**{name: getattr(one, name) for name in parts}, "law": law(one.law)}


def step(framework: str, one: Step, marked: Collection[str], nearest: Sequence[Task] = ()) -> Dict[str, Any]:
    """A step's code, its output and, if it failed, how it ended.

    ``nearest`` are the tasks closest to an unsupported one.
    """
    unsupported = one.outcome == "unsupported"
    return {
        "framework": framework,
        "missing": False,
        "code": code.highlighted(one.code, marked, one.idle) if one.code and not unsupported else "",
        "printed": "\n".join(one.printed),
        "ended": "" if one.outcome in ("ok", "unsupported") else OUTCOMES[one.outcome],
        "raised": one.outcome not in ("ok", "unsupported") and one.printed != NOTHING,
        "unsupported": one.message if unsupported else "",
        "nearest": [task(other) for other in nearest] if unsupported else [],
        "source": Link(one.source) if one.source else None,
    }


def version(framework: Framework) -> str:
    """A framework's own version: that of the first declared package."""
    return next((f"{package} {found}" for package, found in framework.versions.items()), "")
