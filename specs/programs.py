"""A program: named networks and a sequence of operations on them. It can be printed, stored, replayed and shrunk."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, List, Set, Tuple, Type, Union

from specs import codec
from specs.errors import SpecError, one_of
from specs.networks import Network
from specs.operations import (
    Backward,
    Build,
    Clone,
    DeepCopy,
    Forward,
    Hold,
    Load,
    Look,
    Operation,
    Save,
    Seed,
    Select,
)


@dataclass(frozen=True)
class Program:
    """Networks by name, and what is done with them, in order.

    Raises :class:`SpecError` where an operation names a network or a file that is not there at that point.
    """

    networks: Dict[str, Network]
    operations: Tuple[Operation, ...]

    def __post_init__(self) -> None:
        if not self.operations:
            raise SpecError("Program.operations: a program has at least one operation")
        self.network_at  # noqa: B018  walking the operations is what checks their references

    @functools.cached_property
    def network_at(self) -> Tuple[Union[Network, None], ...]:
        """For each operation, the network that is current once it has run."""
        return tuple(None if name is None else network for name, network in self._walk())

    @functools.cached_property
    def name_at(self) -> Tuple[Union[str, None], ...]:
        """For each operation, the name of the network that is current once it has run."""
        return tuple(name for name, _ in self._walk())

    def _walk(self) -> Iterator[Tuple[Union[str, None], Union[Network, None]]]:
        made: Dict[str, Network] = {}
        files: List[str] = []
        fed: Set[str] = set()
        held = False
        current = None
        for position, operation in enumerate(self.operations):
            where = f"Program.operations[{position}]"
            if isinstance(operation, Build):
                current = one_of(f"{where}.network", operation.network, tuple(self.networks))
                made[current] = self.networks[current]
            elif isinstance(operation, Select):
                current = one_of(f"{where}.network", operation.network, tuple(made))
            elif isinstance(operation, Seed):
                pass
            elif current is None:
                raise SpecError(f"{where}: {type(operation).__name__} comes before any Build")
            elif isinstance(operation, (Clone, DeepCopy)):
                made[operation.name] = made[current]
                current = operation.name
            elif isinstance(operation, Forward):
                fed.add(current)
            elif isinstance(operation, Backward) and current not in fed:
                raise SpecError(f"{where}: Backward comes before any Forward of {current!r}")
            elif isinstance(operation, Hold):
                held = True
            elif isinstance(operation, Look) and not held:
                raise SpecError(f"{where}: Look comes before any Hold")
            elif isinstance(operation, Save):
                files.append(operation.file)
            elif isinstance(operation, Load):
                one_of(f"{where}.file", operation.file, tuple(files))
            yield current, None if current is None else made[current]

    @functools.cached_property
    def text(self) -> str:
        """The program as JSON, on one line."""
        return codec.dumps(self)

    def __hash__(self) -> int:
        return hash(self.text)

    @staticmethod
    def parse(text: str) -> Program:
        """Read a program from JSON. Raises :class:`SpecError` that names the place at fault."""
        return codec.loads(text, Program)

    def seeded(self, salt: int = 0) -> Program:
        """The same program, its first operation a seed that follows from ``salt`` and all the rest.

        Programs that differ anywhere draw from different seeds, so the draws of many examples can be pooled.
        """
        digest = hashlib.blake2b(f"{salt} {self.text}".encode(), digest_size=4).digest()
        seed = Seed(int.from_bytes(digest, "big") & 0x7FFFFFFF)
        return dataclasses.replace(self, operations=(seed, *self.operations))

    def find(self, *kinds: Type) -> Iterable[int]:
        """Positions of the operations of the given kinds, in order."""
        return (i for i, operation in enumerate(self.operations) if isinstance(operation, kinds))
