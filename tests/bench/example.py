"""The program that is timed beside its script, and what it shows as plain arrays."""

from __future__ import annotations

from typing import Dict, List, Tuple

import numpy as np

from specs.arrays import Drawn
from specs.initializers import Default
from specs.programs.networks import ROLES, Dense, Network, Reuse, Slot
from specs.programs.operations import Backward, Build, Forward, Initialize, Read, ReadGradient, Seed, Step, Write
from specs.programs.program import Program
from specs.traces import Trace, ValueSeen

Axes = Dict[str, Tuple[str, ...]]

NETWORK = Network(4, (Dense(8, "relu", in_units=4), Dense(8, "tanh", in_units=8), Reuse(1), Dense(3, in_units=8)))
FORWARD = Forward(Drawn(1), rows=4)
BACKWARD = Backward(Drawn(2))
WRITES = tuple(Write(slot, Drawn(10 + at)) for at, slot in enumerate(NETWORK.parameters))
GRADIENTS = tuple(ReadGradient(slot) for slot in NETWORK.parameters)
READS = tuple(Read(slot) for slot in NETWORK.parameters)
PROGRAM = Program(
    {"net": NETWORK},
    (Seed(7), Build(), Initialize(Default()), FORWARD, *WRITES, FORWARD, BACKWARD, *GRADIENTS, Step(0.5), *READS),
)


def shown(trace: Trace, axes: Axes) -> List[np.ndarray]:
    """Every array of the trace in a framework's axis order. Raises :class:`ValueError` where an operation failed."""
    arrays = []
    for operation, record in zip(PROGRAM.operations, trace.records):
        if record.outcome.kind != "ok":
            raise ValueError(f"{operation}: {record.outcome}")
        if isinstance(operation, Forward):
            arrays.append(record.value)
        elif isinstance(operation, (Read, ReadGradient)):
            array = record.value.array if isinstance(record.value, ValueSeen) else record.value
            arrays.append(_native(operation.slot, array, axes))
    return arrays


def _native(slot: Slot, array: np.ndarray, axes: Axes) -> np.ndarray:
    order = [ROLES[slot.role].index(axis) for axis in axes[slot.role]]
    return np.ascontiguousarray(array.transpose(order))
