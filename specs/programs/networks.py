"""Networks: sequences of layers, possibly in nested blocks, and the parameters that layers share.

A network is a sequence of *uses*: a new layer (:class:`Use`), or another use of an earlier layer object
(:class:`Reuse`); blocks hold sequences in turn. Uses are counted from 0 in the order in which data passes through them,
regardless of blocks. A *slot* is a place through which a parameter is accessed, written ``1.weight``: use 1, role
weight. Several slots may refer to one parameter; its *owner* is the first of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from specs.arrays import Shape, check_fits
from specs.errors import SpecError, one_of
from specs.initializers import ConstantArray, Default, Initializer
from specs.layers.layer import Axes, Layer, Role, correspond, named, shape_of
from specs.older import cached_property
from specs.values import Value, check_type


@dataclass(frozen=True, order=True)
class Slot(Value):
    """A place through which a parameter is accessed: the position of a use, and a role."""

    layer: int
    role: str

    def __post_init__(self) -> None:
        if self.layer < 0:
            raise SpecError(f"Slot.layer: {self.layer} must be 0 or more")

    @property
    def path(self) -> str:
        return f"{self.layer}.{self.role}"


@dataclass(frozen=True)
class Given(Value):
    """An initializer that a layer is constructed with. Those with the same non-empty ``name`` are one object."""

    role: str
    initializer: Initializer
    name: str = ""


@dataclass(frozen=True)
class Tie(Value):
    """A role of a layer shares an earlier parameter or buffer with the same axes, or a vector of the same length.

    If the axes of the shared parameter have other names, or another order, ``axes`` lists their names in the order of
    the role's own axes: ``in out`` for a dense layer on the (transposed) weight of an encoder.
    """

    role: str
    to: Slot
    axes: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Use(Value):
    """A new layer. If it is ``inferred``, its input size is not declared: the first batch determines it."""

    layer: Layer
    inferred: bool = False
    initializers: Tuple[Given, ...] = ()
    ties: Tuple[Tie, ...] = ()

    def moved_ties(self, positions: Mapping[int, int]) -> Tuple[Tie, ...]:
        """Its ties where layers are at other positions."""
        return tuple(replace(tie, to=replace(tie.to, layer=positions[tie.to.layer])) for tie in self.ties)


@dataclass(frozen=True)
class Reuse(Value):
    """Another use of the layer object at position ``of``."""

    of: int


@dataclass(frozen=True)
class Block:
    """A nested sequence: a network in the network."""

    layers: Tuple[Element, ...]


@dataclass(frozen=True)
class PlainList(Block):
    """A nested sequence that keeps its layers in a plain Python list instead of a container of the framework."""


@dataclass(frozen=True)
class Residual:
    """A sequence whose input is added to its output (He et al. 2016)."""

    layers: Tuple[Element, ...]


Element = Union[Use, Reuse, Block, PlainList, Residual]


@dataclass(frozen=True)
class Placed:
    """A use and its place: ``path`` leads to it through the blocks, ``given`` are the axes of one row of its input."""

    element: Union[Use, Reuse]
    path: Tuple[int, ...]
    given: Axes


@dataclass(frozen=True)
class Network:
    """A sequence of layers whose input rows have the axes ``given``.

    Raises :class:`SpecError` if axes do not fit, a reference does not point to an earlier layer, or a tie joins
    parameters of different shapes. A bare layer in ``layers`` is short for a :class:`Use` of it with the defaults.
    """

    given: Axes
    layers: Tuple[Element, ...]

    def __post_init__(self) -> None:
        check_type("Network.given", self.given, Axes)
        object.__setattr__(self, "layers", _elements(self.layers))
        if not self.given:
            raise SpecError("Network.given: a row has at least one axis")
        if not self.layers:
            raise SpecError("Network.layers: a network has at least one layer")
        self.output  # noqa: B018  walking the layers is what checks them

    # The sequence of uses.

    @cached_property
    def _walked(self) -> Tuple[Tuple[Placed, ...], Axes]:
        uses: List[Placed] = []
        output = self._walk(self.layers, (), self.given, uses)
        return tuple(uses), output

    def _walk(self, layers: Sequence[Element], path: Tuple[int, ...], given: Axes, uses: List[Placed]) -> Axes:
        for at, element in enumerate(layers):
            here = (*path, at)
            where = f"Network.layers[{']['.join(map(str, here))}]"
            if isinstance(element, (Block, Residual)):
                if not element.layers:
                    raise SpecError(f"{where}: a block has at least one layer")
                output = self._walk(element.layers, here, given, uses)
                if isinstance(element, Residual) and output != given:
                    raise SpecError(f"{where}: {named(output)} comes out, and cannot be added to {named(given)}")
                given = output
            else:
                given = self._enter(element, here, given, uses, where)
        return given

    def _enter(
        self, element: Union[Use, Reuse], path: Tuple[int, ...], given: Axes, uses: List[Placed], where: str
    ) -> Axes:
        placed = Placed(element, path, given)
        if isinstance(element, Reuse):
            own = [at for at, earlier in enumerate(uses) if isinstance(earlier.element, Use)]
            if element.of not in own:
                raise SpecError(f"{where}.of: {element.of} is not an earlier layer of its own; accepted: {own}")
            first = uses[element.of]
            if first.given != given:
                raise SpecError(
                    f"{where}: layer {element.of} takes {named(first.given)} but is reused on {named(given)}"
                )
            uses.append(placed)
            return first.element.layer.output(given)  # type: ignore[union-attr]
        try:
            element.layer.check(given)
            output = element.layer.output(given)
        except SpecError as error:
            raise SpecError(f"{where}: {error}") from None
        roles = {role.name: role for role in element.layer.roles(given)}
        for initializer in element.initializers:
            _check_initializer(initializer, roles, element, where)
        _check_once(f"{where}.initializers", [one.role for one in element.initializers])
        _check_once(f"{where}.ties", [tie.role for tie in element.ties])
        for tie in element.ties:
            _check_tie(tie, roles, uses, where)
        uses.append(placed)
        return output

    @property
    def uses(self) -> Tuple[Placed, ...]:
        """Every use, in order."""
        return self._walked[0]

    @property
    def output(self) -> Axes:
        """The axes of one row that comes out."""
        return self._walked[1]

    def output_shape(self, rows: int) -> Shape:
        return (rows, *shape_of(self.output))

    def fed(self, numbers: np.ndarray) -> np.ndarray:
        """A batch of numbers as the first layer takes it."""
        return self.layer(0).fed(numbers)

    def batch_shape(self, rows: int) -> Shape:
        return (rows, *shape_of(self.given))

    # Layers by position.

    def use(self, position: int) -> Use:
        """The use that made the layer object at ``position``."""
        element = self.uses[position].element
        return self.use(element.of) if isinstance(element, Reuse) else element

    def layer(self, position: int) -> Layer:
        return self.use(position).layer

    def first_use(self, position: int) -> int:
        """The position at which the layer object used at ``position`` was first used."""
        element = self.uses[position].element
        return element.of if isinstance(element, Reuse) else position

    def path_without_repeats(self, position: int) -> Tuple[int, ...]:
        """The path to a use in containers that list each layer object once."""
        whole = self.uses[position].path
        return tuple(self._place_without_repeats(whole[: depth + 1]) for depth in range(len(whole)))

    def _place_without_repeats(self, path: Tuple[int, ...]) -> int:
        objects = {placed.path: self.first_use(at) for at, placed in enumerate(self.uses)}
        siblings = [(*path[:-1], at) for at in range(path[-1] + 1)]
        listed = list(dict.fromkeys(objects.get(sibling, sibling) for sibling in siblings))
        return listed.index(objects.get(path, path))

    @cached_property
    def _own_roles(self) -> Tuple[Dict[str, Role], ...]:
        return tuple(
            {role.name: role for role in self.layer(at).roles(placed.given)} for at, placed in enumerate(self.uses)
        )

    @cached_property
    def _roles(self) -> Tuple[Dict[str, Role], ...]:
        return tuple({name: self._held(Slot(at, name)) for name in own} for at, own in enumerate(self._own_roles))

    def _held(self, slot: Slot) -> Role:
        owner, own = self.owner(slot), self.own_role(slot)
        return replace(self.own_role(owner), name=own.name, family=own.family, number=own.number)

    def roles(self, position: int) -> Tuple[Role, ...]:
        """The roles of the layer at a position."""
        return tuple(self._roles[position].values())

    def role(self, slot: Slot) -> Role:
        """The role at a slot. Raises :class:`SpecError` if there is none."""
        if not self.has(slot):
            known = [found.path for found in self.held]
            raise SpecError(f"there is no {slot.path}; accepted: {', '.join(known) or 'none'}")
        return self._roles[slot.layer][slot.role]

    def own_role(self, slot: Slot) -> Role:
        """The role that the layer at a slot would have there without ties."""
        return self._own_roles[slot.layer][slot.role]

    def order(self, slot: Slot) -> Tuple[int, ...]:
        """The permutation from the axes of the parameter at a slot to those of its layer's role."""
        tie = self._tie(slot)
        if tie is None:
            return tuple(range(len(self.own_role(slot).axes)))
        before, names = self.order(tie.to), [axis.name for axis in self.own_role(tie.to).axes]
        return tuple(before[names.index(name)] for name in tie.axes or names)

    def _tie(self, slot: Slot) -> Optional[Tie]:
        return next((tie for tie in self.use(slot.layer).ties if tie.role == slot.role), None)

    def has(self, slot: Slot) -> bool:
        return slot.layer < len(self.uses) and slot.role in self._roles[slot.layer]

    def shape(self, slot: Slot) -> Shape:
        """The canonical shape of the parameter or buffer at ``slot``."""
        return self.role(slot).shape

    def is_inferred(self, slot: Slot) -> bool:
        """Whether the first batch determines some extent."""
        return self.use(slot.layer).inferred and bool(self.role(slot).inferred)

    def kinds(self) -> Tuple[str, ...]:
        """The kinds of layers, each once."""
        return tuple(dict.fromkeys(self.layer(at).kind for at in range(len(self.uses))))

    # Slots and their parameters.

    @cached_property
    def held(self) -> Tuple[Slot, ...]:
        """Every slot, parameters and buffers, layer by layer in the order of roles."""
        return tuple(Slot(at, name) for at, roles in enumerate(self._roles) for name in roles)

    @cached_property
    def slots(self) -> Tuple[Slot, ...]:
        """Every slot of a parameter."""
        return tuple(slot for slot in self.held if self.role(slot).state == "parameter")

    @cached_property
    def buffers(self) -> Tuple[Slot, ...]:
        """The distinct buffers, by their owners."""
        return tuple(slot for slot in self.held if self.role(slot).state == "buffer" and self.owner(slot) == slot)

    def owner(self, slot: Slot) -> Slot:
        """The first slot of the same parameter as ``slot``."""
        if slot not in self._owners:
            tie = self._tie(slot)
            self._owners[slot] = Slot(self.first_use(slot.layer), slot.role) if tie is None else self.owner(tie.to)
        return self._owners[slot]

    @cached_property
    def _owners(self) -> Dict[Slot, Slot]:
        return {}

    @cached_property
    def parameters(self) -> Tuple[Slot, ...]:
        """The distinct parameters, by their owners, in order."""
        return tuple(slot for slot in self.slots if self.owner(slot) == slot)

    @cached_property
    def groups(self) -> Dict[Slot, Tuple[Slot, ...]]:
        """For each distinct parameter, all of its slots."""
        found: Dict[Slot, List[Slot]] = {owner: [] for owner in self.parameters}
        for slot in self.slots:
            found[self.owner(slot)].append(slot)
        return {owner: tuple(slots) for owner, slots in found.items()}

    @cached_property
    def in_plain_lists(self) -> Tuple[Slot, ...]:
        """The distinct parameters whose first layer is in a plain list."""
        return tuple(slot for slot in self.parameters if self._is_in_plain_list(self.uses[slot.layer].path))

    def _is_in_plain_list(self, path: Tuple[int, ...]) -> bool:
        layers = self.layers
        for at in path[:-1]:
            block = layers[at]
            if isinstance(block, PlainList):
                return True
            layers = block.layers  # type: ignore[union-attr]  # only blocks hold what a path leads on to
        return False

    @property
    def weights(self) -> Tuple[Slot, ...]:
        """Slots of parameters that have fan_in and fan_out: the targets of initializers."""
        return tuple(slot for slot in self.slots if self.role(slot).fans is not None)

    @cached_property
    def deferred(self) -> bool:
        """Whether the input size of some layer is inferred."""
        return any(self.is_inferred(slot) for slot in self.held)

    @cached_property
    def has_modes(self) -> bool:
        """Whether forward passes for training and for inference differ."""
        return any(self.layer(at).has_modes for at in range(len(self.uses)))

    def untied(self) -> Network:
        """The same computation with a separate, declared layer for every use, and nothing shared."""
        positions = iter(range(len(self.uses)))
        return Network(self.given, _untied(self, self.layers, positions))

    def constructed_with(self, *initializers: Tuple[Slot, Given]) -> Network:
        """The same network, its layers constructed with the given initializers for the owners of slots."""
        given: Dict[int, List[Given]] = {}
        for slot, initializer in initializers:
            given.setdefault(slot.layer, []).append(initializer)
        return Network(self.given, _constructed(self.layers, iter(range(len(self.uses))), given))


def _elements(layers: Sequence[Union[Element, Layer]]) -> Tuple[Element, ...]:
    """The elements with bare layers wrapped in :class:`Use`, in blocks as well."""
    if not isinstance(layers, (tuple, list)):
        raise SpecError(f"Network.layers: expected a tuple of layers; got {layers!r}")
    found: List[Element] = []
    for element in layers:
        if isinstance(element, (Block, Residual)):
            found.append(type(element)(_elements(element.layers)))
        elif isinstance(element, Layer):
            found.append(Use(element))
        elif isinstance(element, (Use, Reuse)):
            found.append(element)
        else:
            raise SpecError(
                f"Network.layers: {element!r} is no layer; accepted: a layer, Use, Reuse, Block, PlainList, Residual"
            )
    return tuple(found)


def _check_once(where: str, roles: Sequence[str]) -> None:
    for role in roles:
        if roles.count(role) > 1:
            raise SpecError(f"{where}: {role} is there twice")


def _check_initializer(given: Given, roles: Dict[str, Role], use: Use, where: str) -> None:
    one_of(f"{where}.initializers.role", given.role, tuple(roles))
    if any(tie.role == given.role for tie in use.ties):
        raise SpecError(f"{where}.initializers: {given.role} is tied, and has the values of what it is tied to")
    if isinstance(given.initializer, ConstantArray):
        check_fits(given.initializer.values, roles[given.role].shape, f"{where}.initializers.{given.role}")
    if isinstance(given.initializer, Default):
        raise SpecError(f"{where}.initializers: leave {given.role} out for its default")


def _check_tie(tie: Tie, roles: Dict[str, Role], uses: Sequence[Placed], where: str) -> None:
    one_of(f"{where}.ties.role", tie.role, tuple(roles))
    if tie.to.layer >= len(uses) or not isinstance(uses[tie.to.layer].element, Use):
        own = [at for at, earlier in enumerate(uses) if isinstance(earlier.element, Use)]
        raise SpecError(f"{where}.ties.to: {tie.to.layer} is not an earlier layer of its own; accepted: {own}")
    source = uses[tie.to.layer]
    theirs = {role.name: role for role in source.element.layer.roles(source.given)}  # type: ignore[union-attr]
    one_of(f"{where}.ties.to.role", tie.to.role, tuple(theirs))
    ours, source_role = roles[tie.role], theirs[tie.to.role]
    if not correspond(ours.axes, _taken(source_role.axes, tie, ours.axes, where)):
        raise SpecError(
            f"{where}.ties: {tie.role} of axes {named(ours.axes)} cannot be tied to "
            f"{tie.to.path} of axes {named(source_role.axes)}"
        )
    if ours.state != source_role.state:
        raise SpecError(
            f"{where}.ties: {tie.role}, a {ours.state}, cannot be tied to {tie.to.path}, a {source_role.state}"
        )


def _taken(theirs: Axes, tie: Tie, ours: Axes, where: str) -> Axes:
    """The axes of the parameter that a role is tied to, in the order and with the names of the role's own axes."""
    if not tie.axes:
        return theirs
    known = {axis.name: axis for axis in theirs}
    if sorted(tie.axes) != sorted(known):
        raise SpecError(f"{where}.ties.axes: {' '.join(tie.axes)} are not the axes of {tie.to.path}: {named(theirs)}")
    return tuple(replace(known[name], name=axis.name) for name, axis in zip(tie.axes, ours))


def _untied(network: Network, layers: Sequence[Element], positions: Iterator[int]) -> Tuple[Element, ...]:
    found: List[Element] = []
    for element in layers:
        if isinstance(element, (Block, Residual)):
            found.append(type(element)(_untied(network, element.layers, positions)))
        else:
            found.append(Use(network.layer(next(positions))))
    return tuple(found)


def _constructed(
    layers: Sequence[Element], positions: Iterator[int], given: Dict[int, List[Given]]
) -> Tuple[Element, ...]:
    found: List[Element] = []
    for element in layers:
        if isinstance(element, (Block, Residual)):
            found.append(type(element)(_constructed(element.layers, positions, given)))
            continue
        initializers = tuple(given.get(next(positions), ()))
        if isinstance(element, Use) and initializers:
            found.append(replace(element, initializers=initializers))
        else:
            found.append(element)
    return tuple(found)
