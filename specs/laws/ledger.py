"""The value that every parameter must have at each point of a program.

The ledger walks through a program and its trace and keeps, for each object of each network, the value that it must
have, as far as this follows from what was written, copied, saved, loaded and read before.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, Dict, Iterator, Optional, Tuple

import numpy as np

from specs.initializers import Bilinear, Constant, ConstantArray, Dirac, Identity, Ones, Zeros
from specs.laws.model import Evidence, Observation, OperationFailed
from specs.layers.algebra import Bounded
from specs.programs.networks import Network, Slot
from specs.programs.objects import Objects
from specs.programs.operations import (
    Add,
    Backward,
    Build,
    CastAndBack,
    Clone,
    Copy,
    CopyValues,
    DeepCopy,
    Everything,
    Forward,
    Initialize,
    Load,
    Matching,
    OneLayer,
    OneParameter,
    Read,
    ReadGradient,
    Reinitialize,
    Save,
    Step,
    StepOptimizer,
    Target,
    Write,
    WriteElement,
)
from specs.programs.passes import Passed, remembered, summed


@dataclass(frozen=True)
class Entry:
    """The value that a parameter must have, and the operation that set it."""

    array: np.ndarray
    since: int
    by: Any


@dataclass(frozen=True)
class Reading:
    """A value that was read, and the one that was expected."""

    at: int
    slot: Slot
    seen: np.ndarray
    expected: Entry

    @property
    def as_expected(self) -> bool:
        return same(self.seen, self.expected.array)


@dataclass(frozen=True)
class Pass:
    """A forward pass, with the values that all parameters and buffers must have had."""

    at: int
    objects: Objects
    values: Dict[Slot, np.ndarray]
    batch: np.ndarray
    training: bool

    @property
    def network(self) -> Network:
        return self.objects.network

    @functools.cached_property
    def passed(self) -> Passed:
        return remembered(self.network, self.values, self.batch, self.training)

    def gradients(self, cotangent: np.ndarray) -> Dict[Slot, Bounded]:
        """The gradient of each distinct parameter, by its owner: the sum over its uses."""
        return summed(self.passed.gradients_by_use(cotangent), self.objects.owner)


#: By object number.
Entries = Dict[int, Entry]


class Ledger:
    """Entries by object at a point of a program. ``objects`` are those of the current network."""

    objects: Objects

    def __init__(self, evidence: Evidence):
        self.evidence = evidence
        self.entries: Entries = {}
        #: The content of each file, by slot; None if unknown.
        self.files: Dict[str, Dict[Slot, Optional[Entry]]] = {}
        self.last_pass: Dict[str, Optional[Pass]] = {}
        #: The objects of each network, as they were when it was last current.
        self.made: Dict[str, Objects] = {}

    def walk(self) -> Iterator[Tuple[int, Any, "Ledger"]]:
        """Yield each operation before it is entered, while the ledger shows the values expected until then.

        Refused writes of another shape than the parameter's, loads and copies that do not fit, and reads of gradients
        are skipped. Raises :class:`OperationFailed` if any other operation fails: the values after it are unknown.
        """
        for at, operation in enumerate(self.evidence.program.operations):
            outcome = self.evidence.outcome(at)
            if outcome.kind != "ok":
                if outcome.kind != "unsupported" and _may_be_refused(operation):
                    continue
                raise OperationFailed(at, outcome)
            yield at, operation, self
            self._enter(at, operation)

    def owner(self, slot: Slot) -> Slot:
        return self.objects.owner(slot)

    def expected(self, slot: Slot) -> Optional[Entry]:
        return self.entries.get(self.objects.numbers[slot])

    def is_frozen(self, slot: Slot) -> bool:
        return self.objects.is_frozen(slot)

    def _enter(self, at: int, operation: Any) -> None:
        objects = self.evidence.objects[at]
        if objects is None:
            return
        before = getattr(self, "objects", objects)
        self.objects = self.made[objects.name] = objects
        self._note(at, operation, before)

    def _note(self, at: int, operation: Any, before: Objects) -> None:
        name = self.objects.name
        if isinstance(operation, Build):
            self.last_pass[name] = None
        elif isinstance(operation, (Clone, DeepCopy)):
            self.last_pass[name] = None
            self._note_copy(before)
        elif isinstance(operation, Save):
            self.files[operation.file] = {slot: self.expected(slot) for slot in self.objects.network.held}
        elif isinstance(operation, Load):
            self._note_load(at, operation)
        elif isinstance(operation, CopyValues):
            self._note_copied_values(at, operation)
        elif isinstance(operation, CastAndBack):
            self._note_conversion(at, operation)
        elif isinstance(operation, (Forward, Backward, Step, StepOptimizer)):
            self._note_training(at, operation)
        elif isinstance(operation, (Initialize, Reinitialize)):
            self._note_initialize(at, operation)
        elif isinstance(operation, (Write, Add, WriteElement, Copy, Read)):
            self._note_value(at, operation)

    def _note_copy(self, before: Objects) -> None:
        for slot, number in self.objects.numbers.items():
            if before.numbers[slot] in self.entries:
                self.entries[number] = self.entries[before.numbers[slot]]

    def _note_load(self, at: int, operation: Load) -> None:
        """Entries that do not fit stay as they were if the load ignores misfits; otherwise they are unknown."""
        network, numbers = self.objects.network, self.objects.numbers
        if not operation.despite:
            self._forget(*network.held)
        for slot, entry in self.files[operation.file].items():
            if slot not in numbers:
                continue
            if entry is None:
                self._forget(slot)
            elif not operation.despite or entry.array.shape == network.shape(slot):
                self.entries[numbers[slot]] = Entry(entry.array, at, operation)

    def _note_copied_values(self, at: int, operation: CopyValues) -> None:
        """If the source has another design, parameters that do not fit are unknown."""
        source, network = self.made[operation.network], self.objects.network
        known = {slot: self.entries.get(source.numbers[slot]) for slot in source.network.held}
        self._forget(*network.held)
        for slot in network.held:
            entry = known.get(slot)
            if entry is not None and entry.array.shape == network.shape(slot):
                self.entries[self.objects.numbers[slot]] = Entry(entry.array, at, operation)

    def _note_conversion(self, at: int, operation: CastAndBack) -> None:
        for number in {self.objects.numbers[slot] for slot in self.objects.network.held} & self.entries.keys():
            self.entries[number] = Entry(converted(self.entries[number].array, operation.dtype), at, operation)

    def _note_training(self, at: int, operation: Any) -> None:
        """A pass for training updates buffers, with rounding; a step updates parameters that are not frozen."""
        network = self.objects.network
        if isinstance(operation, (Step, StepOptimizer)):
            self._forget(*(slot for slot in network.slots if not self.is_frozen(slot)))
            return
        if isinstance(operation, Forward):
            self.last_pass[self.objects.name] = self.passed(at, operation)
        if isinstance(operation, Backward) or operation.training:
            self._forget(*network.buffers)

    def _forget(self, *slots: Slot) -> None:
        for slot in slots:
            self.entries.pop(self.objects.numbers[slot], None)

    def _note_value(self, at: int, operation: Any) -> None:
        number, entry = self.objects.numbers[operation.slot], self.expected(operation.slot)
        shape = self.objects.network.shape(operation.slot)
        if isinstance(operation, Write):
            self.entries[number] = Entry(operation.values.array(operation.shape or shape), at, operation)
        elif isinstance(operation, Read):
            seen = self.evidence.value(at).array
            if entry is None and seen.shape == shape:
                self.entries[number] = Entry(seen, at, operation)
        elif isinstance(operation, Copy):
            source = self.expected(operation.source)
            self.entries.pop(number, None)
            if source is not None:
                self.entries[number] = Entry(source.array, at, operation)
        elif entry is not None:
            array = entry.array.copy()
            if isinstance(operation, Add):
                array += np.float32(operation.amount)
            else:
                array[operation.index] = operation.value
            self.entries[number] = Entry(array, at, operation)

    def _note_initialize(self, at: int, operation: Any) -> None:
        for slot in reached(self.objects, operation.target):
            number = self.objects.numbers[slot]
            array = filled(operation.initializer, self.objects.network.shape(slot))
            self.entries.pop(number, None)
            if array is not None:
                self.entries[number] = Entry(array, at, operation)

    def passed(self, at: int, operation: Forward) -> Optional[Pass]:
        """The forward pass, if everything that it depends on is known."""
        network = self.objects.network
        entries = {slot: self.expected(slot) for slot in network.held}
        values = {slot: entry.array for slot, entry in entries.items() if entry is not None}
        if len(values) < len(entries):
            return None
        batch = network.fed(operation.batch.array(operation.batch_shape(network)))
        return Pass(at, self.objects, values, batch, operation.training)


def _may_be_refused(operation: Any) -> bool:
    if isinstance(operation, Write):
        return operation.shape is not None
    return isinstance(operation, (Load, CopyValues, ReadGradient))


def reached(objects: Objects, target: Target) -> Tuple[Slot, ...]:
    """The distinct parameters that an initialization with this target affects, by their owners."""
    if isinstance(target, OneParameter):
        return (objects.owner(target.slot),)
    if isinstance(target, OneLayer):
        return tuple(dict.fromkeys(objects.owner(slot) for slot in objects.network.slots if slot.layer == target.layer))
    if isinstance(target, Matching):
        return tuple(slot for slot in objects.parameters if slot.role == target.role)
    assert isinstance(target, Everything)
    return objects.parameters


def filled(initializer: Any, shape: Tuple[int, ...]) -> Optional[np.ndarray]:
    """The array that an initializer without randomness gives; None if it draws."""
    if isinstance(initializer, Zeros):
        return np.zeros(shape, np.float32)
    if isinstance(initializer, Ones):
        return np.ones(shape, np.float32)
    if isinstance(initializer, Constant):
        return np.full(shape, initializer.value, np.float32)
    if isinstance(initializer, ConstantArray):
        return initializer.values.array(shape)
    if isinstance(initializer, (Identity, Dirac, Bilinear)):
        return initializer.array(shape)
    return None


def converted(array: np.ndarray, dtype: str) -> np.ndarray:
    """What is left of values that were rounded to another type; those beyond its range are infinite."""
    with np.errstate(over="ignore"):
        return array.astype(dtype).astype(array.dtype)


def same(left: np.ndarray, right: np.ndarray) -> bool:
    """Equal in shape, dtype and every bit, except that any NaN equals any other: their bits depend on the processor."""
    if left.shape != right.shape or left.dtype != right.dtype:
        return False
    equal = (left == right) & (np.signbit(left) == np.signbit(right))
    return bool(np.all(equal | (np.isnan(left) & np.isnan(right))))


def difference(seen: np.ndarray, expected: np.ndarray) -> str:
    """In words, how two arrays that should be equal differ; empty if they do not."""
    if seen.shape != expected.shape or seen.dtype != expected.dtype:
        return f"seen {seen.dtype}{seen.shape}, expected {expected.dtype}{expected.shape}"
    wrong = np.argwhere(
        ~((seen == expected) & (np.signbit(seen) == np.signbit(expected)) | (np.isnan(seen) & np.isnan(expected)))
    )
    first = tuple(int(i) for i in wrong[0])
    where = f"{len(wrong)} of {seen.size} differ; first at {list(first)}"
    return f"{where}: seen {seen[first]!r}, expected {expected[first]!r}"


def held(reading: Reading, right: str = "as expected", wrong: str = "otherwise") -> Observation:
    """Whether a parameter had its expected value, with a law's own answers for right and wrong."""
    if reading.as_expected:
        return Observation(right, reading.at, reading.slot.path)
    because = f"{reading.slot.path}, after {type(reading.expected.by).__name__} at operation {reading.expected.since}"
    return Observation(wrong, reading.at, f"{because}: {difference(reading.seen, reading.expected.array)}")


def readings(evidence: Evidence) -> Iterator[Reading]:
    """Every value read for which there is an expected one."""
    for at, operation, ledger in Ledger(evidence).walk():
        if isinstance(operation, Read):
            expected = ledger.expected(operation.slot)
            if expected is not None:
                yield Reading(at, operation.slot, evidence.value(at).array, expected)


def held_after(evidence: Evidence, *kinds: type) -> Iterator[Observation]:
    """Whether parameters last set by operations of these kinds had their expected values."""
    for reading in readings(evidence):
        if isinstance(reading.expected.by, kinds):
            yield held(reading)


def filled_by(evidence: Evidence, *kinds: type) -> Iterator[Reading]:
    """Reads of parameters last set by an initializer of these kinds, without randomness."""
    for reading in readings(evidence):
        by = reading.expected.by
        if isinstance(by, (Initialize, Reinitialize)) and isinstance(by.initializer, kinds):
            yield reading


def forward_passes(evidence: Evidence) -> Iterator[Tuple[int, Pass]]:
    """Every forward pass whose values are all known, and its position."""
    for at, operation, ledger in Ledger(evidence).walk():
        passed = ledger.passed(at, operation) if isinstance(operation, Forward) else None
        if passed is not None:
            yield at, passed


def backward_passes(evidence: Evidence) -> Iterator[Tuple[int, Pass, np.ndarray]]:
    """Every backward pass whose values are all known: its position, its forward pass and its cotangent."""
    for at, operation, ledger in Ledger(evidence).walk():
        if isinstance(operation, Backward):
            passed = ledger.last_pass[ledger.objects.name]
            if passed is not None:
                shape = operation.shape or passed.network.output_shape(len(passed.batch))
                yield at, passed, operation.cotangent.array(shape)
