"""The tasks with backward passes, and their operations that should find a gradient."""

from __future__ import annotations

from typing import Iterator, Set

from adapters.guide.tasks import TASKS, Task
from specs.programs.networks import Slot
from specs.programs.operations import Backward, Freeze, ReadGradient, ResetGradients, Unfreeze

#: Except tasks about slopes at points where a function has none.
DIFFERENTIATED = [
    name for name, task in TASKS.items() if any(task.program.find(Backward)) and not name.startswith("slope-at-zero")
]


def gradients(task: Task) -> Iterator[int]:
    """Positions at which a task reads the gradient of a trainable parameter after a backward pass."""
    begun = False
    frozen: Set[Slot] = set()
    for at, operation in enumerate(task.program.operations):
        begun = (begun or isinstance(operation, Backward)) and not isinstance(operation, ResetGradients)
        frozen |= {operation.slot} if isinstance(operation, Freeze) else set()
        frozen -= {operation.slot} if isinstance(operation, Unfreeze) else set()
        if isinstance(operation, ReadGradient) and begun and operation.slot not in frozen:
            yield at
