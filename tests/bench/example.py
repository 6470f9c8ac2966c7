"""The program that is timed beside its script, and what it shows as plain arrays."""

from __future__ import annotations

from typing import List

import numpy as np

from adapters.interface import Adapter
from specs.arrays import Drawn
from specs.initializers import Default
from specs.layers import Activation, Dense
from specs.layers.layer import features
from specs.layers.layout import layout
from specs.programs.networks import Network, Reuse, Slot
from specs.programs.operations import Backward, Build, Forward, Initialize, Read, ReadGradient, Seed, Step, Write
from specs.programs.program import Program
from specs.traces import Trace, ValueSeen

NETWORK = Network(
    features(4),
    (Dense(8), Activation("relu"), Dense(8), Activation("tanh"), Reuse(2), Activation("tanh"), Dense(3)),
)
FORWARD = Forward(Drawn(1), rows=4)
BACKWARD = Backward(Drawn(2))
WRITES = tuple(Write(slot, Drawn(10 + at)) for at, slot in enumerate(NETWORK.parameters))
GRADIENTS = tuple(ReadGradient(slot) for slot in NETWORK.parameters)
READS = tuple(Read(slot) for slot in NETWORK.parameters)
PROGRAM = Program(
    {"net": NETWORK},
    (Seed(7), Build(), Initialize(Default()), FORWARD, *WRITES, FORWARD, BACKWARD, *GRADIENTS, Step(0.5), *READS),
)


def shown(trace: Trace, adapter: Adapter) -> List[np.ndarray]:
    """Every array of the trace as a framework holds it. Raises :class:`ValueError` where an operation failed."""
    arrays = []
    for operation, record in zip(PROGRAM.operations, trace.records):
        if record.outcome.kind != "ok":
            raise ValueError(f"{operation}: {record.outcome}")
        if isinstance(operation, Forward):
            arrays.append(record.value)
        elif isinstance(operation, (Read, ReadGradient)):
            array = record.value.array if isinstance(record.value, ValueSeen) else record.value
            arrays.append(_native(operation.slot, array, adapter))
    return arrays


def _native(slot: Slot, array: np.ndarray, adapter: Adapter) -> np.ndarray:
    role = NETWORK.role(slot)
    return layout(adapter.held(NETWORK.layer(slot.layer), role), role.axes, adapter.data).native(array)
