"""A program: named networks and a sequence of operations on them. It can be printed, stored, replayed and shrunk."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Set, Tuple, Type

from specs import codec
from specs.arrays import Shape, check_fits
from specs.errors import SpecError, one_of
from specs.initializers import ConstantArray
from specs.layers import EXAMPLES
from specs.layers.layer import correspond, named
from specs.older import cached_property
from specs.programs.networks import Network
from specs.programs.operations import (
    Backward,
    Build,
    Clone,
    Copy,
    CopyValues,
    DeepCopy,
    Forward,
    Freeze,
    Initialize,
    KeepValue,
    ListMatching,
    Load,
    LoadOptimizer,
    MakeOptimizer,
    Matching,
    OneLayer,
    OneParameter,
    Operation,
    Read,
    ReadGradient,
    ReadKept,
    Reinitialize,
    Save,
    SaveOptimizer,
    Seed,
    Select,
    SetLearningRate,
    StepOptimizer,
    TieAfterBuild,
    Unfreeze,
    Write,
    WriteElement,
)
from specs.values import Value

#: The roles of all layer kinds, by the names that they have in small layers.
ROLES = tuple(dict.fromkeys(role.name for layer, given in EXAMPLES.values() for role in layer.roles(given)))


@dataclass(frozen=True)
class Program(Value):
    """Networks by name, and the operations on them, in order.

    Raises :class:`SpecError` if an operation refers to a network or a file that does not exist at that point.
    """

    networks: Dict[str, Network]
    operations: Tuple[Operation, ...]

    def __post_init__(self) -> None:
        if not self.operations:
            raise SpecError("Program.operations: a program has at least one operation")
        self.network_at  # noqa: B018  walking the operations is what checks their references

    @cached_property
    def network_at(self) -> Tuple[Optional[Network], ...]:
        """For each operation, the network that is current after it."""
        return tuple(network for _, network in self._current)

    @cached_property
    def name_at(self) -> Tuple[Optional[str], ...]:
        """For each operation, the name of the network that is current after it."""
        return tuple(name for name, _ in self._current)

    @cached_property
    def _current(self) -> Tuple[Tuple[Optional[str], Optional[Network]], ...]:
        state = _State(self.networks)
        found: List[Tuple[Optional[str], Optional[Network]]] = []
        for position, operation in enumerate(self.operations):
            state.enter(operation, f"Program.operations[{position}]")
            found.append((state.current, None if state.current is None else state.made[state.current]))
        return tuple(found)

    @cached_property
    def text(self) -> str:
        """The program as JSON, on one line."""
        return codec.dumps(self)

    def __hash__(self) -> int:
        return hash(self.text)

    @staticmethod
    def parse(text: str) -> Program:
        """Read a program from JSON. Raises :class:`SpecError` that says where the error is."""
        return codec.loads(text, Program)

    def seed(self, salt: int = 0) -> int:
        """A seed that follows from ``salt`` and the whole program.

        Programs that differ in any way have different seeds, so the draws of many programs can be pooled.
        """
        digest = hashlib.blake2b(f"{salt} {self.text}".encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big") & 0x7FFFFFFF

    def seeded(self, salt: int = 0) -> Program:
        """The same program, with a first operation that sets the seed derived from it."""
        return dataclasses.replace(self, operations=(Seed(self.seed(salt)), *self.operations))

    def find(self, *kinds: Type) -> Sequence[int]:
        """Positions of the operations of the given kinds, in order."""
        if kinds not in self._found:  # laws ask again and again
            self._found[kinds] = [i for i, operation in enumerate(self.operations) if isinstance(operation, kinds)]
        return self._found[kinds]

    @cached_property
    def _found(self) -> Dict[Tuple[Type, ...], Sequence[int]]:
        return {}


class _State:
    """What exists at a point of a program, as far as later operations refer to it."""

    def __init__(self, networks: Dict[str, Network]):
        self.networks = networks
        self.made: Dict[str, Network] = {}
        self.fed: Dict[str, Forward] = {}
        self.optimized: Set[str] = set()
        self.files: List[str] = []
        self.states: List[str] = []
        self.kept = False
        self.current: Optional[str] = None

    def enter(self, operation: Operation, where: str) -> None:
        """Apply an operation. Raises :class:`SpecError` if it refers to something missing, or does not fit."""
        if isinstance(operation, Build):
            one_of(f"{where}.network", operation.network, tuple(self.networks))
            self._make(operation.network, self.networks[operation.network])
        elif isinstance(operation, Select):
            self.current = one_of(f"{where}.network", operation.network, tuple(self.made))
        elif not isinstance(operation, Seed):
            if self.current is None:
                raise SpecError(f"{where}: {type(operation).__name__} comes before any Build")
            self._enter_on(self.made[self.current], self.current, operation, where)

    def _make(self, name: str, network: Network) -> None:
        self.current = name
        self.made[name] = network
        self.fed.pop(name, None)
        self.optimized.discard(name)

    def _enter_on(self, network: Network, name: str, operation: Operation, where: str) -> None:
        _check_slots(network, operation, where)
        if isinstance(operation, (Clone, DeepCopy)):
            self._make(operation.name, network)
        elif isinstance(operation, Forward):
            self.fed[name] = operation
        elif isinstance(operation, Backward):
            self._check_backward(name, where)
        elif isinstance(operation, MakeOptimizer):
            self.optimized.add(name)
        elif isinstance(operation, (StepOptimizer, SetLearningRate, SaveOptimizer, LoadOptimizer)):
            self._enter_on_optimizer(name, operation, where)
        elif isinstance(operation, KeepValue):
            self.kept = True
        elif isinstance(operation, ReadKept) and not self.kept:
            raise SpecError(f"{where}: ReadKept comes before any KeepValue")
        elif isinstance(operation, Save):
            self.files.append(operation.file)
        elif isinstance(operation, Load):
            one_of(f"{where}.file", operation.file, tuple(self.files))
        elif isinstance(operation, CopyValues):
            one_of(f"{where}.network", operation.network, tuple(self.made))
        self._check_arrays(network, name, operation, where)

    def _enter_on_optimizer(self, name: str, operation: Operation, where: str) -> None:
        if name not in self.optimized:
            raise SpecError(f"{where}: {type(operation).__name__} comes before any MakeOptimizer of {name!r}")
        if isinstance(operation, SaveOptimizer):
            self.states.append(operation.file)
        elif isinstance(operation, LoadOptimizer):
            one_of(f"{where}.file", operation.file, tuple(self.states))

    def _check_backward(self, name: str, where: str) -> None:
        if name not in self.fed:
            raise SpecError(f"{where}: Backward comes before any Forward of {name!r}")
        if not self.fed[name].training:
            raise SpecError(f"{where}: Backward comes after a Forward for inference")

    def _check_arrays(self, network: Network, name: str, operation: Operation, where: str) -> None:
        if isinstance(operation, Write):
            check_fits(operation.values, operation.array_shape(network), f"{where}.values")
        elif isinstance(operation, WriteElement):
            _check_index(operation.index, network.shape(operation.slot), where)
        elif isinstance(operation, Forward):
            if operation.shape is not None and len(operation.shape) != len(network.given):
                raise SpecError(f"{where}.shape: {operation.shape} needs an extent for each of {named(network.given)}")
            check_fits(operation.batch, operation.batch_shape(network), f"{where}.batch")
        elif isinstance(operation, Backward):
            shape = operation.shape or network.output_shape(self.fed[name].rows)
            check_fits(operation.cotangent, shape, f"{where}.cotangent")
        elif isinstance(operation, (Copy, TieAfterBuild)):
            ours, theirs = network.role(operation.slot).axes, network.role(operation.source).axes
            if not correspond(ours, theirs):
                raise SpecError(
                    f"{where}: {operation.slot.path} of axes {named(ours)} is not like {operation.source.path} of axes "
                    f"{named(theirs)}"
                )
        elif isinstance(operation, (Initialize, Reinitialize)):
            given, target = operation.initializer, operation.target
            if isinstance(given, ConstantArray):
                shapes = {network.shape(slot) for slot in network.held if target.aims_at(slot)}
                if len(shapes) != 1:
                    raise SpecError(
                        f"{where}.initializer: a ConstantArray for {target}, which is of shapes {sorted(shapes)}; "
                        "accepted: parameters of one shape"
                    )
                check_fits(given.values, shapes.pop(), f"{where}.initializer")


def _check_slots(network: Network, operation: Operation, where: str) -> None:
    """Only reads may refer to missing parameters, which some laws ask about."""
    target = getattr(operation, "target", None)
    if isinstance(operation, (Read, ReadGradient)):
        _check_role(network, operation.slot.role, where)
        return
    matching = operation if isinstance(operation, ListMatching) else target
    if isinstance(matching, (ListMatching, Matching)):
        _check_role(network, matching.role, where)
    slots = [getattr(operation, name) for name in ("slot", "source") if hasattr(operation, name)]
    slots += [target.slot] if isinstance(target, OneParameter) else []
    missing = next((slot for slot in slots if not network.has(slot)), None)
    if missing is not None:
        known = ", ".join(slot.path for slot in network.held)
        raise SpecError(f"{where}: there is no {missing.path}; accepted: {known or 'none'}")
    if isinstance(operation, (Freeze, Unfreeze, TieAfterBuild)):
        buffer = next((slot for slot in slots if network.role(slot).state == "buffer"), None)
        if buffer is not None:
            raise SpecError(f"{where}: {buffer.path} is no parameter; {type(operation).__name__} takes parameters")
    layer = target.layer if isinstance(target, OneLayer) else getattr(operation, "layer", 0)
    if not 0 <= layer < len(network.uses):
        raise SpecError(f"{where}: there is no layer {layer}; accepted: 0 to {len(network.uses) - 1}")


def _check_role(network: Network, role: str, where: str) -> None:
    """What a network does not have is asked about by the name of a role that some layer kind has."""
    if role not in ROLES and all(slot.role != role for slot in network.held):
        raise SpecError(f"{where}: no layer has a {role}; accepted: {', '.join(ROLES)}")


def _check_index(index: Tuple[int, ...], shape: Shape, where: str) -> None:
    if len(index) != len(shape) or any(at >= extent for at, extent in zip(index, shape)):
        raise SpecError(f"{where}.index: {index} is no element of a parameter of shape {shape}")
