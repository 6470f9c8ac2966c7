"""Runs a program with an adapter and records the results in canonical form."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

import numpy as np

from adapters.interface import Adapter, Pairs, Unsupported
from adapters.running.checks import AdapterFault, check_axes, check_lookup, check_raised
from adapters.running.interpreter import Interpreter, Model, NoNetwork, NoSuchParameter
from specs import custom_initializers, initializers
from specs.arrays import IN_FULL, ArrayRecipe, Shape
from specs.errors import SpecError
from specs.layers.layer import Axes
from specs.layers.layout import Layout, batches
from specs.older import cached_property
from specs.programs import operations
from specs.programs.networks import Network, Slot
from specs.programs.program import Program
from specs.traces import CustomCall, Outcome, ParameterSeen, Record, Trace, ValueSeen

#: The maximum length, in characters, of a message in a trace.
LONGEST = 600


def run(adapter: Adapter, program: Program) -> Trace:
    """Run all operations in order. If one raises, its outcome is recorded, and the next one runs."""
    with contextlib.ExitStack() as at_end:
        at_end.callback(adapter.release)
        at_end.enter_context(np.printoptions(**IN_FULL))  # messages may contain arrays, formatted as in scripts
        engine = Engine(adapter, program, at_end)
        return Trace(tuple(map(engine.record, program.operations)))


class Engine(Interpreter):
    """One run of one program."""

    def __init__(self, adapter: Adapter, program: Program, at_end: contextlib.ExitStack):
        super().__init__(adapter, program)
        self.at_end = at_end
        self.calls: List[CustomCall] = []
        self.given: List[np.ndarray] = []
        self.labels: Dict[Tuple[int, str], int] = {}
        self.labelled: List[Any] = []
        self.absence: Exception = NoNetwork("no network was built")
        self.saved: Set[str] = set()
        #: An error in a function that the program defines.
        self.fault: Optional[SpecError] = None

    def record(self, operation: Any) -> Record:
        """Execute one operation and return the record of its result."""
        self.calls = []
        try:
            value = self.execute(operation)
        except Unsupported as absence:
            return Record(self._unsupported(absence), None, tuple(self.calls))
        except Exception as error:  # any exception of a framework belongs in the trace
            if self.fault is not None:
                raise SpecError(f"{operation}: {self.fault}") from None
            if isinstance(error, (SpecError, AdapterFault)):  # an invalid program, or a faulty adapter
                raise
            check_raised(self.adapter, error)
            return Record(self._outcome(error), None, tuple(self.calls))
        if self.given:
            self._spoil(operation)
        return Record(_OK, value, tuple(self.calls))

    def _outcome(self, error: Exception) -> Outcome:
        message = message_of(self._without_folder(str(error)))
        native = f"{type(error).__module__}.{type(error).__qualname__}".replace("builtins.", "")
        if isinstance(error, NoNetwork):
            return Outcome("not_run", "", message)
        if isinstance(error, NoSuchParameter):
            return Outcome("no_such_parameter", "None", message)
        for failure in self.adapter.failures:
            if isinstance(error, failure.exception) and failure.message in str(error):
                if failure.kind == "unsupported":
                    return self._unsupported(Unsupported(failure.absence))
                return Outcome(failure.kind, native, message)
        check_lookup(self.adapter, error)
        return Outcome("failed", native, message)

    def _unsupported(self, absence: Unsupported) -> Outcome:
        if self.current is None:  # later operations on it report the same cause
            self.absence = absence
        return Outcome("unsupported", "", self._reason(absence))

    def _without_folder(self, text: str) -> str:
        """Remove the path of this run's folder, which differs from run to run."""
        return text.replace(self.folder + os.sep, "") if "folder" in vars(self) else text

    def _reason(self, absence: Unsupported) -> str:
        """The reason why something is unsupported. Raises :class:`AdapterFault` if the adapter does not declare it."""
        declared = self.adapter.absence(absence.name)
        if declared is None:
            raise AdapterFault(f"Unsupported({absence.name!r}) was raised, but is not a declared absence")
        return str(declared)

    def _spoil(self, operation: Any) -> None:
        """Overwrite arrays that were passed in: if a framework kept one instead of copying it, NaN appears.

        Arrays that initialize parameters of unknown shape are needed until the first forward pass.
        """
        if self.current is None or (
            self.current.network.deferred and not isinstance(operation, (operations.Write, operations.Forward))
        ):
            return
        for array in self.given:
            array.fill(np.nan)
        self.given.clear()

    @property
    def model(self) -> Model:
        if self.current is None:
            raise self.absence
        return self.current

    def save(self, operation: operations.Save) -> None:
        super().save(operation)
        self.saved.add(operation.file)

    def load(self, operation: operations.Load) -> None:
        if self.model and operation.file not in self.saved and isinstance(self.absence, Unsupported):
            raise self.absence  # there was no network to save
        super().load(operation)

    def copy_values(self, operation: operations.CopyValues) -> None:
        if self.model and operation.network not in self.models and isinstance(self.absence, Unsupported):
            raise self.absence  # there is no network to copy from
        super().copy_values(operation)

    # Arguments for the adapter.

    def batch(self, recipe: ArrayRecipe, shape: Shape, network: Network) -> np.ndarray:
        return self._rows(network.fed(recipe.array(shape)), network.given)

    def cotangent(self, recipe: ArrayRecipe, shape: Shape, network: Network) -> np.ndarray:
        return self._rows(recipe.array(shape), network.output)

    def _rows(self, array: np.ndarray, axes: Axes) -> np.ndarray:
        """An array of rows in the framework's axis order. One with unexpected extents is transposed in the same way."""
        held = batches(axes, self.adapter.data, len(array)).fitted(array.shape)
        return array if held is None else held.native(array)

    def native_array(self, layout: Layout, recipe: ArrayRecipe, shape: Shape) -> np.ndarray:
        array, held = recipe.array(shape), layout.fitted(shape)
        self.given.append(array if held is None else held.native(array))
        return self.given[-1]

    def function(self, spec: initializers.Custom) -> Callable[[tuple, np.dtype], np.ndarray]:
        random_state = np.random.RandomState(spec.seed)

        def initializer(shape: Tuple[int, ...], dtype: np.dtype) -> np.ndarray:
            asked = tuple(int(extent) for extent in shape)
            try:
                returned = custom_initializers.returned(spec.source, asked, np.dtype(dtype), random_state)
            except SpecError as error:  # leave it to the framework
                self.fault = error
                raise
            self.calls.append(CustomCall(asked, returned.copy()))
            return returned

        return initializer

    def output_shape(self, model: Model) -> Shape:
        rows = self.adapter.output(model.passed).shape[0]
        return model.network.output_shape(rows)

    def part(self, layer: Any, path: str) -> Any:
        return eval(f"layer.{path}" if path[:1] != "[" else f"layer{path}", {"layer": layer})  # as declared

    def full_name(self, slot: Slot) -> str:
        return self._listed(slot)[0]

    def position(self, slot: Slot) -> int:
        return self._listed(slot)[1]

    def _listed(self, slot: Slot) -> Tuple[str, int]:
        """Full name and position of a slot's parameter in the network's list."""
        wanted = self.handle(slot)
        for position, (name, handle) in enumerate(self.adapter.parameters(self.model.net)):
            if handle is wanted:
                return name, position
        raise NoSuchParameter(f"the network does not list {slot.path}")

    def file(self, name: str) -> str:
        return os.path.join(self.folder, name + self.adapter.file_suffix)

    @cached_property
    def folder(self) -> str:
        """A temporary folder for the files of this run, created on first use and deleted after the run."""
        return self.at_end.enter_context(tempfile.TemporaryDirectory(prefix="concordance-"))

    # Results from the adapter.

    def see_value(self, layout: Layout, handle: Any, value: np.ndarray) -> ValueSeen:
        return ValueSeen(_canonical(layout, value), self._label(handle, layout.part))

    def see_array(self, layout: Layout, array: Optional[np.ndarray]) -> Optional[np.ndarray]:
        return None if array is None else _canonical(layout, array)

    def see_output(self, network: Network, output: np.ndarray) -> np.ndarray:
        return _canonical(batches(network.output, self.adapter.data, len(output)), output)

    def see_count(self, count: int) -> int:
        return int(count)

    def see_identities(self, handles: Dict[Slot, Any]) -> Dict[str, int]:
        return {slot.path: self._label(handle, self.layout(slot).part) for slot, handle in handles.items()}

    def see_parameters(self, pairs: Pairs) -> Tuple[ParameterSeen, ...]:
        if not pairs:
            return ()
        # A parameter that packs several roles is identified by part, so that each role gets its own label.
        slots: Dict[int, Dict[int, Slot]] = {}
        for slot, handle in self.handles().items():
            label = self._label(handle, self.layout(slot).part)
            slots.setdefault(id(handle), {}).setdefault(label, slot)
        return tuple(
            self._parameter(name, handle, slot)
            for name, handle in pairs
            for slot in slots.get(id(handle), {-1: None}).values()
        )

    def _parameter(self, name: str, handle: Any, slot: Optional[Slot]) -> ParameterSeen:
        part = "" if slot is None else self.layout(slot).part
        label = self._label(handle, part)
        native = self.adapter.shape(handle)
        shape = native
        if slot is not None and native is not None:
            held = self.layout(slot)
            check_axes(native, held)
            shape = held.seen(native)
        path = "?" if slot is None else slot.path
        trainable = bool(self.adapter.is_trainable(handle))
        return ParameterSeen(path, name + part, shape, native, self.adapter.dtype(handle), trainable, label)

    def _label(self, handle: Any, part: str) -> int:
        """A number that identifies an object, or a part of it."""
        key = (id(handle), part)
        if key not in self.labels:
            self.labels[key] = len(self.labels)
            self.labelled.append(handle)  # keeps the object alive, so that its id is not reused
        return self.labels[key]


def message_of(text: str) -> str:
    """An exception's message as a trace stores it: on one line, without text that differs from run to run."""
    line = without_addresses(" ".join(text.split()))
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def without_addresses(text: str) -> str:
    """Remove memory addresses, which differ from run to run."""
    return re.sub(r"0x[0-9a-f]+", "0x…", text)


def _canonical(layout: Layout, array: np.ndarray) -> np.ndarray:
    """A canonical copy of a stored array; one that does not fit the layout is left as it is, for laws to judge."""
    return layout.canonical(array) if array.shape == layout.shape else np.array(array)


_OK = Outcome()
