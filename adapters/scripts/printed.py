"""The output that a script should print, derived from a trace of its program."""

from __future__ import annotations

import itertools
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from adapters.scripts.sources import AdapterSource, adapter_source
from specs.arrays import IN_FULL
from specs.layers.layer import shape_of
from specs.layers.layout import Layout, batches
from specs.programs import operations
from specs.programs.networks import Slot
from specs.programs.program import Program
from specs.traces import CustomCall, ParameterSeen, Record, Trace, ValueSeen


def printed(program: Program, adapter: str, trace: Trace) -> List[List[str]]:
    """For each operation, the lines that its part of the script should print."""
    teller = _Teller(adapter_source(adapter), program)
    with np.printoptions(**IN_FULL):
        return [teller.lines(at, record) for at, record in enumerate(trace.records)]


class _Teller:
    """Formats values in the framework's layout. ``kept`` is the layout of the value last kept."""

    def __init__(self, source: AdapterSource, program: Program):
        self.source = source
        self.program = program
        self.network: Any = None
        self.kept: Optional[Layout] = None

    def lines(self, at: int, record: Record) -> List[str]:
        operation = self.program.operations[at]
        self.network = self.program.network_at[at]
        if isinstance(operation, operations.KeepValue) and record.outcome.kind == "ok":
            self.kept = self._layout(operation.slot)
        lines = list(itertools.chain.from_iterable(map(_call, record.calls)))
        if record.outcome.kind == "ok":
            return [*lines, *self._value(operation, record)]
        if record.outcome.native == "None":
            return [*lines, "None"]
        if not record.outcome.native:
            return lines
        return [*lines, f"{record.outcome.native.rpartition('.')[2]}: {record.outcome.message}"]

    def _value(self, operation: Any, record: Record) -> List[str]:
        value: Any = record.value
        if isinstance(value, dict):
            return self._identities(value)
        if isinstance(value, tuple):
            trainable = tells_trainable(self.program, operation, record)
            listed = variables(value, self._layout)
            return [_parameter(name, seen, trainable) for name, _, seen in listed]
        if isinstance(value, ValueSeen):
            value = value.array
        if isinstance(value, np.ndarray):
            return str(self._native(operation, value)).splitlines()
        return [str(value)] if value is not None or isinstance(operation, operations.ReadGradient) else []

    def _layout(self, slot: Slot) -> Layout:
        return self.source.layout_at(self.network, slot)  # type: ignore[misc]  # it calls only held()

    def _native(self, operation: Any, array: np.ndarray) -> np.ndarray:
        """An array in the framework's layout; an array of unexpected shape is shown unchanged."""
        if isinstance(operation, operations.Forward):
            held = batches(self.network.output, self.source.data, len(array))
        else:
            found = self.kept if isinstance(operation, operations.ReadKept) else self._layout(operation.slot)
            assert found is not None, "the value was kept before"
            held = found
        return held.native(array) if held.is_whole and array.shape == shape_of(held.axes) else array

    def _identities(self, labels: Dict[str, int]) -> List[str]:
        first: Dict[int, str] = {}
        named = {self._own_name(slot): labels[slot.path] for slot in self.network.held if self._layout(slot).is_first}
        return [f"{name} is {first.setdefault(label, name)}" for name, label in named.items()]

    def _own_name(self, slot: Slot) -> str:
        return f"layer {slot.layer} {self._layout(slot).held.name}"


def _call(call: CustomCall) -> Sequence[str]:
    return [str(call.shape), *str(call.returned).splitlines()]


def variables(
    listed: Sequence[ParameterSeen], layout: Callable[[Slot], Layout]
) -> List[Tuple[str, List[str], ParameterSeen]]:
    """A network's listed parameters: name, paths of all roles packed in it, and the first of these."""
    found: List[Tuple[str, List[str], ParameterSeen]] = []
    for seen in listed:
        held = None if seen.path == "?" else layout(_slot(seen.path))
        if held is None or held.is_first:
            part = "" if held is None else held.part
            found.append((seen.native_name[: len(seen.native_name) - len(part)], [seen.path], seen))
        else:
            found[-1][1].append(seen.path)
    return found


def _slot(path: str) -> Slot:
    layer, _, role = path.partition(".")
    return Slot(int(layer), role)


def _parameter(name: str, seen: ParameterSeen, trainable: bool) -> str:
    shape = None if seen.native_shape is None else tuple(seen.native_shape)
    return " ".join(map(str, [name, shape, seen.dtype, *([seen.trainable] if trainable else [])]))


def tells_trainable(program: Program, operation: Any, record: Optional[Record]) -> bool:
    """Whether a list shows if each parameter is trainable: not if all of them are."""
    if isinstance(operation, operations.ListTrainable):
        return False
    listed: Any = record.value if record is not None and isinstance(record.value, tuple) else ()
    frozen = any(isinstance(one, (operations.Freeze, operations.FreezeLayer)) for one in program.operations)
    return frozen or not all(seen.trainable for seen in listed)
