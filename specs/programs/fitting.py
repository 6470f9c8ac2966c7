"""Whether a trace fits a program: one record for each operation, of the type that the operation yields.

The laws judge the values, and rely on their types.
"""

from __future__ import annotations

from typing import Optional

from specs.errors import SpecError
from specs.programs.described import NOTHING
from specs.programs.networks import Network
from specs.programs.operations import Operation
from specs.programs.program import Program
from specs.traces import ParameterSeen, Record, Trace


def fitting(program: Program, trace: Trace) -> Trace:
    """The trace, if it fits this program. Raises :class:`SpecError` otherwise."""
    if len(trace.records) != len(program.operations):
        raise SpecError(f"{len(trace.records)} records for {len(program.operations)} operations")
    for at, record in enumerate(trace.records):
        expected = _expected(program.operations[at], program.network_at[at], record)
        if expected is not None:
            raise SpecError(f"operation {at}, {type(program.operations[at]).__name__}: {expected} is expected")
    return trace


def _expected(operation: Operation, network: Optional[Network], record: Record) -> Optional[str]:
    """What the record should hold, in words; nothing if it does."""
    expected = operation.yields if record.outcome.kind == "ok" else NOTHING
    value = record.value
    if type(value) not in expected.types:
        return expected.words
    if network is None:
        return None
    if isinstance(value, dict):
        return None if set(value) == {slot.path for slot in network.held} else expected.words
    if isinstance(value, tuple):
        known = {"?", *(slot.path for slot in network.held)}
        return None if all(type(seen) is ParameterSeen and seen.path in known for seen in value) else expected.words
    return None
