"""Which slots are the same object, and which are frozen, in every network and at every point of a program.

This follows from what was built, tied, copied and frozen, and from which of these operations succeeded: an operation
that the framework refused has changed nothing.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Dict, FrozenSet, Iterator, List, Mapping, Optional, Sequence, Tuple

from specs.programs.networks import Network, Slot
from specs.programs.operations import Build, Clone, DeepCopy, Freeze, FreezeLayer, Select, TieAfterBuild, Unfreeze
from specs.programs.program import Program


@dataclass(frozen=True)
class Objects:
    """The objects of one network: for each slot the number of its object, unique within the program."""

    name: str
    network: Network
    numbers: Mapping[Slot, int]
    frozen: FrozenSet[int] = frozenset()

    def owner(self, slot: Slot) -> Slot:
        """The first slot of the same object."""
        number = self.numbers[slot]
        return next(first for first in self.network.held if self.numbers[first] == number)

    def group(self, slot: Slot) -> Tuple[Slot, ...]:
        """All slots of the same object."""
        return tuple(other for other in self.network.held if self.numbers[other] == self.numbers[slot])

    @property
    def parameters(self) -> Tuple[Slot, ...]:
        """The distinct parameters, by their owners."""
        return tuple(slot for slot in self.network.slots if self.owner(slot) == slot)

    @property
    def groups(self) -> Dict[Slot, Tuple[Slot, ...]]:
        """For each distinct parameter, all of its slots."""
        return {owner: self.group(owner) for owner in self.parameters}

    def is_frozen(self, slot: Slot) -> bool:
        return self.numbers[slot] in self.frozen

    def froze(self, *slots: Slot) -> Objects:
        return Objects(self.name, self.network, self.numbers, self.frozen | {self.numbers[slot] for slot in slots})

    def of_layer(self, position: int) -> FrozenSet[int]:
        """The objects of the layer that is used at a position."""
        first = self.network.first_use(position)
        return frozenset(
            self.numbers[slot] for slot in self.network.held if self.network.first_use(slot.layer) == first
        )

    def froze_layer(self, position: int) -> Objects:
        """The parameters of the layer that is used at a position."""
        of_layer = self.of_layer(position)
        return self.froze(*(slot for slot in self.network.slots if self.numbers[slot] in of_layer))

    def unfroze(self, slot: Slot) -> Objects:
        return Objects(self.name, self.network, self.numbers, self.frozen - {self.numbers[slot]})

    def tied(self, slot: Slot, source: Slot) -> Objects:
        """Replace a parameter of the layer object used at a slot by another one, at all uses of that layer."""
        first = self.network.first_use(slot.layer)
        moved = {
            other: self.numbers[source]
            for other in self.network.held
            if other.role == slot.role and self.network.first_use(other.layer) == first
        }
        return Objects(self.name, self.network, {**self.numbers, **moved}, self.frozen)

    def copied(self, name: str, count: Iterator[int]) -> Objects:
        """Objects of a copy: new ones, shared and frozen as here."""
        new: Dict[int, int] = {}
        for number in self.numbers.values():
            if number not in new:
                new[number] = next(count)
        numbers = {slot: new[number] for slot, number in self.numbers.items()}
        return Objects(name, self.network, numbers, frozenset(new[number] for number in self.frozen if number in new))


def built(name: str, network: Network, count: Iterator[int]) -> Objects:
    """Objects of a new network, as declared."""
    numbers: Dict[Slot, int] = {}
    for slot in network.held:
        owner = network.owner(slot)
        numbers[slot] = numbers[owner] if owner in numbers else next(count)
    return Objects(name, network, numbers)


def objects(program: Program, ended_well: Sequence[bool]) -> Tuple[Optional[Objects], ...]:
    """The objects of the network that is current after each operation; None before there is one."""
    count = itertools.count()
    made: Dict[str, Objects] = {}
    found: List[Optional[Objects]] = []
    previous = ""
    for at, operation in enumerate(program.operations):
        name = program.name_at[at] or ""
        network = program.network_at[at]
        if network is not None and (name not in made or isinstance(operation, Build)):
            made[name] = built(name, network, count)
        if ended_well[at] or isinstance(operation, Select):
            if isinstance(operation, (Clone, DeepCopy)):
                made[name] = made[previous].copied(name, count)
            elif isinstance(operation, Freeze):
                made[name] = made[name].froze(operation.slot)
            elif isinstance(operation, FreezeLayer):
                made[name] = made[name].froze_layer(operation.layer)
            elif isinstance(operation, Unfreeze):
                made[name] = made[name].unfroze(operation.slot)
            elif isinstance(operation, TieAfterBuild):
                made[name] = made[name].tied(operation.slot, operation.source)
        found.append(made.get(name))
        previous = name
    return tuple(found)
