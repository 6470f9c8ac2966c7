"""Reports and exhibits without frameworks: the reference's results under any names."""

from __future__ import annotations

import dataclasses
import functools
import itertools

from adapters.guide.exhibits import Exhibits, Port, Step, TaskResult
from adapters.guide.gathering import FrameworkSession, gather
from adapters.guide.tasks import TASKS
from adapters.workers.runners import LocalRunner
from specs.laws import LAWS
from specs.laws.verdicts import Cell
from specs.reporting.reports import Report, Run, Spending

#: Text that must be escaped on a page, wherever it comes from.
HOSTILE = (
    "\"'><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"
    "{{ 9876 * 4321 }}</style>&amp;$\\frac$"
)
HOSTILE_LINK = "javascript:window.hacked=1"


@functools.lru_cache(maxsize=None)
def gathered() -> Exhibits:
    return gather([FrameworkSession("reference", LocalRunner("reference"), None)], "a command")


@functools.lru_cache(maxsize=None)
def exhibits(*names: str) -> Exhibits:
    """The reference's exhibits, attributed to frameworks with these names."""
    found = gathered()
    (shown,) = found.frameworks
    parts = ("task_results", "draws", "gradients", "identities")
    again = {
        part: tuple(dataclasses.replace(one, framework=name) for name in names for one in getattr(found, part))
        for part in parts
    }
    again["ports"] = tuple(
        Port("dense", *pair, ("weight = kernel.T",), ("[[5.25]]",), ("[[5.5]]",), ("it trains otherwise",))
        for pair in itertools.permutations(names, 2)
    )
    again["task_results"] = tuple(_performed(one) for one in again["task_results"])
    return dataclasses.replace(
        found, frameworks=tuple(dataclasses.replace(shown, name=name) for name in names), **again
    )


def _performed(missing: TaskResult) -> TaskResult:
    """The reference has no code of its own, so a line of code stands in for each operation."""
    operations = TASKS[missing.task].program.operations
    steps = tuple(Step((f"{type(one).__name__.lower()}(net[0].weight)",), ("[[7.25]]",)) for one in operations)
    return dataclasses.replace(missing, setup=("import numpy as np",), steps=steps, missing="")


RUN = Run("2026-01-02 03:04 UTC", "python -m pytest tests/laws", 1.0)


def report(*names: str, **changes: object) -> Report:
    """A report in which every law holds for the reference and these adapters, with changes to the latter's cells."""
    cells = tuple(
        dataclasses.replace(Cell(law.name, name, "holds", law.specified, 3, 3), **(changes if name in names else {}))
        for law in LAWS.values()
        for name in ("reference", *names)
    )
    versions = {"package": "1.0", "interpreter": "/somewhere/python"}
    adapters = dict.fromkeys(("reference", *names), versions)
    return Report(Report.FORMAT, "compare", "0", 3, Spending(1e-6, 1e-9, 10, 5, 1e-8), adapters, cells, RUN)


def hostile_exhibits() -> Exhibits:
    """Exhibits of two frameworks, where all of the first one's texts are hostile."""
    found = exhibits(HOSTILE, "other")
    step = {"code": (HOSTILE,), "printed": (HOSTILE,), "outcome": "unsupported"}
    task_results = tuple(
        dataclasses.replace(
            one,
            setup=(HOSTILE,),
            steps=tuple(dataclasses.replace(each, message=HOSTILE, source=HOSTILE_LINK, **step) for each in one.steps),
        )
        for one in found.task_results
    )
    frameworks = tuple(dataclasses.replace(one, versions={HOSTILE: HOSTILE}) for one in found.frameworks)
    ports = tuple(
        dataclasses.replace(one, code=(HOSTILE,), printed=(HOSTILE,), before=(HOSTILE,), prices=(HOSTILE,))
        for one in found.ports
    )
    missing = tuple(dataclasses.replace(one, n=0, missing=HOSTILE) for one in found.draws)
    return dataclasses.replace(
        found,
        command=HOSTILE,
        date=HOSTILE,
        frameworks=frameworks,
        task_results=task_results,
        draws=missing,
        ports=ports,
    )


def hostile_report() -> Report:
    texts = dict.fromkeys(("answer", "reason", "kind", "measured", "program"), HOSTILE)
    return report(HOSTILE, "other", verdict="fails", source=HOSTILE_LINK, **texts)
