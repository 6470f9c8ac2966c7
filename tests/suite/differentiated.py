"""Tasks that backpropagate, and where they read gradients that ought to be there."""

from __future__ import annotations

from typing import Iterator, Set

from adapters.guide.tasks import TASKS, Task
from specs.programs.networks import Slot
from specs.programs.operations import Backward, Freeze, ReadGradient, ResetGradients, Unfreeze

#: But for those that ask what stands for a slope where there is none.
DIFFERENTIATED = [
    name for name, task in TASKS.items() if any(task.program.find(Backward)) and not name.startswith("slope-at-zero")
]


def gradients(task: Task) -> Iterator[int]:
    """Positions at which a task reads a gradient that a backward pass gave, of a parameter that is not frozen."""
    begun = False
    frozen: Set[Slot] = set()
    for at, operation in enumerate(task.program.operations):
        begun = (begun or isinstance(operation, Backward)) and not isinstance(operation, ResetGradients)
        frozen |= {operation.slot} if isinstance(operation, Freeze) else set()
        frozen -= {operation.slot} if isinstance(operation, Unfreeze) else set()
        if isinstance(operation, ReadGradient) and begun and operation.slot not in frozen:
            yield at
