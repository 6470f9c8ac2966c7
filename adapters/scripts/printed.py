"""What a script prints, told from a trace of its program."""

from __future__ import annotations

import itertools
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from adapters.interface import Role
from adapters.scripts.sources import adapter_source
from specs.arrays import IN_FULL
from specs.programs import operations
from specs.programs.networks import ROLES
from specs.programs.program import Program
from specs.traces import CustomCall, ParameterSeen, Record, Trace, ValueSeen


def printed(program: Program, adapter: str, trace: Trace) -> List[List[str]]:
    """For each operation, the lines that its part of the script prints."""
    teller = _Teller(adapter_source(adapter).roles, program)
    with np.printoptions(**IN_FULL):
        return [teller.told(operation, record) for operation, record in zip(program.operations, trace.records)]


class _Teller:
    """Values in a framework's own axis order. ``kept`` is the role of what was last kept."""

    def __init__(self, roles: Dict[str, Role], program: Program):
        self.roles = roles
        self.program = program
        self.kept = ""

    def told(self, operation: Any, record: Record) -> List[str]:
        if isinstance(operation, operations.KeepValue) and record.outcome.kind == "ok":
            self.kept = operation.slot.role
        lines = list(itertools.chain.from_iterable(map(_call, record.calls)))
        if record.outcome.kind == "ok":
            return [*lines, *self._value(operation, record)]
        if record.outcome.native == "None":
            return [*lines, "None"]
        if not record.outcome.native or record.outcome.native.endswith(".NoNetwork"):
            return lines
        return [*lines, f"{record.outcome.native.rpartition('.')[2]}: {record.outcome.message}"]

    def _value(self, operation: Any, record: Record) -> List[str]:
        value: Any = record.value
        if isinstance(value, dict):
            return self._identities(value)
        if isinstance(value, tuple):
            trainable = tells_trainable(self.program, operation, record)
            return [_parameter(seen, trainable) for seen in value]
        if isinstance(value, ValueSeen):
            value = value.array
        if isinstance(value, np.ndarray):
            return str(self._native(operation, value)).splitlines()
        return [str(value)] if value is not None or isinstance(operation, operations.ReadGradient) else []

    def _native(self, operation: Any, array: np.ndarray) -> np.ndarray:
        role = self.kept if isinstance(operation, operations.ReadKept) else getattr(operation, "slot", None)
        if role is None:
            return array
        role = role if isinstance(role, str) else role.role
        axes = self.roles[role].axes
        if len(axes) != array.ndim:
            return array
        return array.transpose([ROLES[role].index(axis) for axis in axes])

    def _identities(self, labels: Dict[str, int]) -> List[str]:
        first: Dict[int, str] = {}
        named = {self._own_name(path): label for path, label in labels.items()}
        return [f"{name} is {first.setdefault(label, name)}" for name, label in named.items()]

    def _own_name(self, path: str) -> str:
        layer, _, role = path.partition(".")
        return f"layer {layer} {self.roles[role].name}"


def _call(call: CustomCall) -> Sequence[str]:
    return [str(call.shape), *str(call.returned).splitlines()]


def _parameter(seen: ParameterSeen, trainable: bool) -> str:
    shape = None if seen.native_shape is None else tuple(seen.native_shape)
    return " ".join(map(str, [seen.native_name, shape, seen.dtype, *([seen.trainable] if trainable else [])]))


def tells_trainable(program: Program, operation: Any, record: Optional[Record]) -> bool:
    """Whether a list says of each parameter if it is trainable: where all of them are, that says nothing."""
    if isinstance(operation, operations.ListTrainable):
        return False
    listed: Any = record.value if record is not None and isinstance(record.value, tuple) else ()
    frozen = any(isinstance(one, operations.Freeze) for one in program.operations)
    return frozen or not all(seen.trainable for seen in listed)
