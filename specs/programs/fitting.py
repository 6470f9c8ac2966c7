"""Whether a trace is one of a program: a record for each operation, of the kind that the operation yields.

What a value shows is for the laws to judge. That it is a value of that kind is what they rely on.
"""

from __future__ import annotations

from typing import Dict, Optional, Tuple, Type

import numpy as np

from specs.errors import SpecError
from specs.programs import operations
from specs.programs.networks import Network
from specs.programs.program import Program
from specs.traces import ParameterSeen, Record, Trace, ValueSeen

#: What each operation yields that yields something, and in words; there may be no gradient.
_YIELDED: Dict[type, Tuple[Tuple[Type, ...], str]] = {
    operations.Read: ((ValueSeen,), "a value with its label"),
    operations.ReadKept: ((np.ndarray,), "an array"),
    operations.Forward: ((np.ndarray,), "an array"),
    operations.ReadGradient: ((np.ndarray, type(None)), "an array or nothing"),
    operations.CountParameters: ((int,), "a number"),
    operations.Identify: ((dict,), "a label for every slot"),
    operations.ListParameters: ((tuple,), "parameters"),
    operations.ListTrainable: ((tuple,), "parameters"),
    operations.ListMatching: ((tuple,), "parameters"),
}
_NOTHING: Tuple[Tuple[Type, ...], str] = ((type(None),), "nothing")


def fitting(program: Program, trace: Trace) -> Trace:
    """The trace, if it is one of this program. Raises :class:`SpecError` otherwise."""
    if len(trace.records) != len(program.operations):
        raise SpecError(f"{len(trace.records)} records for {len(program.operations)} operations")
    for at, record in enumerate(trace.records):
        due = _due(program.operations[at], program.network_at[at], record)
        if due is not None:
            raise SpecError(f"operation {at}, {type(program.operations[at]).__name__}: {due} is due")
    return trace


def _due(operation: operations.Operation, network: Optional[Network], record: Record) -> Optional[str]:
    """What a record should hold, in words, where it does not."""
    kinds, due = _YIELDED.get(type(operation), _NOTHING) if record.outcome.kind == "ok" else _NOTHING
    value = record.value
    if type(value) not in kinds:
        return due
    if network is None:
        return None
    if isinstance(value, dict):
        return None if set(value) == {slot.path for slot in network.held} else due
    if isinstance(value, tuple):
        known = {"?", *(slot.path for slot in network.held)}
        return None if all(type(seen) is ParameterSeen and seen.path in known for seen in value) else due
    return None
