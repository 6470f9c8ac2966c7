"""What every parameter must hold, followed through a program.

The ledger walks a program beside its trace and keeps, for each distinct parameter of each network, the value that it
must hold as far as that follows from what was written, copied, saved, loaded and read before. Sharing follows from the
network's own declaration: slots of one parameter have one entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterator, Optional, Tuple

import numpy as np

from specs.initializers import Constant, ConstantArray, Ones, Zeros
from specs.laws.model import Evidence, Observation, OperationFailed
from specs.programs.networks import Network, Slot
from specs.programs.operations import (
    Add,
    Backward,
    Build,
    Clone,
    Copy,
    DeepCopy,
    Everything,
    Forward,
    Freeze,
    Initialize,
    Load,
    Matching,
    OneLayer,
    OneParameter,
    Read,
    Reinitialize,
    Save,
    Step,
    Target,
    TieAfterBuild,
    Write,
    WriteElement,
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """The value a parameter must hold, and the operation that made it so."""

    array: np.ndarray
    since: int
    by: Any


@dataclass(frozen=True)
class Reading:
    """A value that was read, beside the one that was due."""

    at: int
    slot: Slot
    seen: np.ndarray
    due: Entry

    @property
    def as_due(self) -> bool:
        return same(self.seen, self.due.array)


@dataclass(frozen=True)
class Pass:
    """A forward pass, with the values that every parameter must have had."""

    at: int
    network: Network
    values: Dict[Slot, np.ndarray]
    batch: np.ndarray


Entries = Dict[Slot, Entry]


class Ledger:
    """Entries by network and owner, as they stand at a point of a program."""

    def __init__(self, evidence: Evidence):
        self.evidence = evidence
        self.networks: Dict[str, Entries] = {}
        self.frozen: Dict[str, set] = {}
        self.moved: Dict[Tuple[str, Slot], Slot] = {}
        self.files: Dict[str, Entries] = {}
        self.last_pass: Dict[str, Optional[Pass]] = {}
        self.name = ""

    def walk(self) -> Iterator[Tuple[int, Any, "Ledger"]]:
        """Each operation, before it is entered; the ledger shows what was due until then.

        A write of another shape than the parameter's is passed over where it is refused. Raises
        :class:`OperationFailed` where any other operation did not end well: what is due after it is not known.
        """
        for at, operation in enumerate(self.evidence.program.operations):
            if self.evidence.outcome(at).kind != "ok":
                if isinstance(operation, Write) and operation.shape is not None:
                    continue
                raise OperationFailed(at, self.evidence.outcome(at))
            yield at, operation, self
            self._enter(at, operation)

    def owner(self, slot: Slot) -> Slot:
        return self._network.owner(self.moved.get((self.name, slot), slot))

    def due(self, slot: Slot) -> Optional[Entry]:
        return self.entries.get(self.owner(slot))

    def is_frozen(self, slot: Slot) -> bool:
        return self.owner(slot) in self.frozen[self.name]

    @property
    def entries(self) -> Entries:
        return self.networks[self.name]

    def _enter(self, at: int, operation: Any) -> None:
        name = self.evidence.program.name_at[at]
        if name is None:
            return
        previous, self.name = self.name, name
        self._network = self.evidence.network(at)
        self._note(at, operation, previous)

    def _note(self, at: int, operation: Any, previous: str) -> None:
        if isinstance(operation, Build):
            self.networks[self.name], self.frozen[self.name], self.last_pass[self.name] = {}, set(), None
        elif isinstance(operation, (Clone, DeepCopy)):
            self.networks[self.name] = dict(self.networks[previous])
            self.frozen[self.name] = set(self.frozen[previous])
            self.last_pass[self.name] = None
        elif isinstance(operation, Save):
            self.files[operation.file] = dict(self.entries)
        elif isinstance(operation, Load):
            self.networks[self.name] = {
                slot: Entry(entry.array, at, operation) for slot, entry in self.files[operation.file].items()
            }
        elif isinstance(operation, Freeze):
            self.frozen[self.name].add(self.owner(operation.slot))
        elif isinstance(operation, TieAfterBuild):
            self.moved[self.name, operation.slot] = self.owner(operation.source)
        elif isinstance(operation, Forward):
            self.last_pass[self.name] = self.passed(at, operation)
        elif isinstance(operation, Step):
            for slot in [slot for slot in self.entries if slot not in self.frozen[self.name]]:
                del self.entries[slot]
        elif isinstance(operation, (Initialize, Reinitialize)):
            self._note_initialize(at, operation)
        elif isinstance(operation, (Write, Add, WriteElement, Copy, Read)):
            self._note_value(at, operation)

    def _note_value(self, at: int, operation: Any) -> None:
        owner, entry = self.owner(operation.slot), self.due(operation.slot)
        if isinstance(operation, Write):
            shape = operation.shape or self._network.shape(operation.slot)
            self.entries[owner] = Entry(operation.values.array(shape), at, operation)
        elif isinstance(operation, Read):
            seen = self.evidence.value(at).array
            if entry is None and seen.shape == self._network.shape(operation.slot):
                self.entries[owner] = Entry(seen, at, operation)
        elif isinstance(operation, Copy):
            source = self.due(operation.source)
            self.entries.pop(owner, None)
            if source is not None:
                self.entries[owner] = Entry(source.array, at, operation)
        elif entry is not None:
            array = entry.array.copy()
            if isinstance(operation, Add):
                array += np.float32(operation.amount)
            else:
                array[operation.index] = operation.value
            self.entries[owner] = Entry(array, at, operation)

    def _note_initialize(self, at: int, operation: Any) -> None:
        for slot in sorted({self.owner(slot) for slot in reached(self._network, operation.target)}):
            array = filled(operation.initializer, self._network.shape(slot))
            self.entries.pop(slot, None)
            if array is not None:
                self.entries[slot] = Entry(array, at, operation)

    def passed(self, at: int, operation: Forward) -> Optional[Pass]:
        owners = {self.owner(slot) for slot in self._network.slots}
        if not owners <= set(self.entries):
            return None
        values = {slot: self.due(slot).array for slot in self._network.slots}  # type: ignore[union-attr]
        batch = operation.batch.array((operation.rows, operation.width or self._network.in_units))
        return Pass(at, self._network, values, batch)


def reached(network: Network, target: Target) -> Tuple[Slot, ...]:
    """The slots that an initialization with this target reaches."""
    if isinstance(target, OneParameter):
        return (target.slot,)
    if isinstance(target, OneLayer):
        return tuple(slot for slot in network.slots if slot.layer == target.layer)
    if isinstance(target, Matching):
        return tuple(slot for slot in network.parameters if slot.role == target.role)
    assert isinstance(target, Everything)
    return network.parameters


def filled(initializer: Any, shape: Tuple[int, ...]) -> Optional[np.ndarray]:
    """The array that an initializer without randomness gives; None where it draws."""
    if isinstance(initializer, Zeros):
        return np.zeros(shape, np.float32)
    if isinstance(initializer, Ones):
        return np.ones(shape, np.float32)
    if isinstance(initializer, Constant):
        return np.full(shape, initializer.value, np.float32)
    if isinstance(initializer, ConstantArray):
        return initializer.values.array(shape)
    return None


def same(left: np.ndarray, right: np.ndarray) -> bool:
    """Equal shape, dtype and every element; NaN equals nothing."""
    return left.shape == right.shape and left.dtype == right.dtype and bool(np.all(left == right))


def difference(seen: np.ndarray, due: np.ndarray) -> str:
    """In words, how two arrays that should be equal are not."""
    if seen.shape != due.shape or seen.dtype != due.dtype:
        return f"seen {seen.dtype}{seen.shape}, due {due.dtype}{due.shape}"
    wrong = np.argwhere(~(seen == due))
    first = tuple(int(i) for i in wrong[0])
    return f"{len(wrong)} of {seen.size} differ; first at {list(first)}: seen {seen[first]!r}, due {due[first]!r}"


def held(reading: Reading, right: str = "as due", wrong: str = "otherwise") -> Observation:
    """Whether a parameter read as it was due, in a law's own words for right and wrong."""
    if reading.as_due:
        return Observation(right, reading.at, reading.slot.path)
    because = f"{reading.slot.path}, after {type(reading.due.by).__name__} at operation {reading.due.since}"
    return Observation(wrong, reading.at, f"{because}: {difference(reading.seen, reading.due.array)}")


def readings(evidence: Evidence) -> Iterator[Reading]:
    """Every value read where one was due."""
    for at, operation, ledger in Ledger(evidence).walk():
        if isinstance(operation, Read):
            due = ledger.due(operation.slot)
            if due is not None:
                yield Reading(at, operation.slot, evidence.value(at).array, due)


def held_after(evidence: Evidence, *kinds: type) -> Iterator[Observation]:
    """Whether parameters read as they were due, where operations of these kinds last made their values."""
    for reading in readings(evidence):
        if isinstance(reading.due.by, kinds):
            yield held(reading)


def backward_passes(evidence: Evidence) -> Iterator[Tuple[int, Pass, np.ndarray]]:
    """Every backward pass whose values are all determined: its position, its forward pass, its cotangent."""
    for at, operation, ledger in Ledger(evidence).walk():
        if isinstance(operation, Backward):
            passed = ledger.last_pass[ledger.name]
            if passed is not None:
                shape = operation.shape or (passed.batch.shape[0], passed.network.out_width)
                yield at, passed, operation.cotangent.array(shape)
