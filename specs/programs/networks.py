"""Networks of dense layers, with sharing.

A network is a sequence of *uses*. A use is a layer of its own (:class:`Dense`) or one more use of an earlier layer
object (:class:`Reuse`). A Dense may be built on parameters of an earlier one (:class:`Tie`). A *slot* is a place where
a parameter is reached, written ``1.weight``: use 1, role weight. Several slots may be one parameter; its *owner* is
the first of them.

Canonical axes: ``weight`` is ``out in``, ``bias`` is ``out``. A use computes ``activation(x @ weight.T + bias)``.
"""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple, Union

from specs.arrays import Shape, check_fits
from specs.errors import SpecError, one_of
from specs.initializers import ConstantArray, Initializer

ACTIVATIONS = ("none", "relu", "tanh", "sigmoid")
ROLES: Dict[str, Tuple[str, ...]] = {"weight": ("out", "in"), "bias": ("out",)}


def fans(shape: Tuple[int, ...]) -> Tuple[int, int]:
    """fan_in and fan_out of a weight: the extents of its axes ``in`` and ``out``."""
    extents = dict(zip(ROLES["weight"], shape))
    return extents["in"], extents["out"]


@dataclass(frozen=True, order=True)
class Slot:
    """A place where a parameter is reached: the position of a use, and a role."""

    layer: int
    role: str

    def __post_init__(self) -> None:
        one_of("Slot.role", self.role, tuple(ROLES))
        if self.layer < 0:
            raise SpecError(f"Slot.layer: {self.layer} must be 0 or more")

    @property
    def path(self) -> str:
        return f"{self.layer}.{self.role}"


@dataclass(frozen=True)
class Tie:
    """Build a layer on the parameters of the layer at position ``to``: the weight alone, or weight and bias."""

    to: int
    roles: Tuple[str, ...] = ("weight", "bias")

    def __post_init__(self) -> None:
        one_of("Tie.roles", self.roles, (("weight",), ("weight", "bias")))


@dataclass(frozen=True)
class Dense:
    """A dense layer. ``in_units`` None leaves the input width to be inferred at the first forward pass."""

    units: int
    activation: str = "none"
    bias: bool = True
    in_units: Optional[int] = None
    weight_initializer: Optional[Initializer] = None
    bias_initializer: Optional[Initializer] = None
    tie: Optional[Tie] = None

    def __post_init__(self) -> None:
        one_of("Dense.activation", self.activation, ACTIVATIONS)
        if self.units < 1:
            raise SpecError(f"Dense.units: {self.units} must be 1 or more")
        if self.in_units is not None and self.in_units < 1:
            raise SpecError(f"Dense.in_units: {self.in_units} must be 1 or more, or null to infer it")
        if self.bias_initializer is not None and not self.bias:
            raise SpecError("Dense.bias_initializer: the layer has no bias")

    @property
    def roles(self) -> Tuple[str, ...]:
        return ("weight", "bias") if self.bias else ("weight",)


@dataclass(frozen=True)
class Reuse:
    """One more use of the layer object at position ``of``."""

    of: int


Layer = Union[Dense, Reuse]


@dataclass(frozen=True)
class Network:
    """A sequence of layers fed batches of width ``in_units``.

    Raises :class:`SpecError` where widths do not fit, a reference does not point to an earlier layer, or a tie joins
    parameters of different shapes.
    """

    in_units: int
    layers: Tuple[Layer, ...]

    def __post_init__(self) -> None:
        if self.in_units < 1:
            raise SpecError(f"Network.in_units: {self.in_units} must be 1 or more")
        if not self.layers:
            raise SpecError("Network.layers: a network has at least one layer")
        for position in range(len(self.layers)):
            self._check_layer(position)

    def _check_layer(self, position: int) -> None:
        layer, width = self.layers[position], self.in_width(position)
        where = f"Network.layers[{position}]"
        if isinstance(layer, Reuse):
            self._check_reference(where + ".of", position, layer.of)
            fixed = self.in_width(layer.of)
            if fixed != width:
                raise SpecError(f"{where}: layer {layer.of} takes width {fixed} but is reused on width {width}")
            return
        if layer.in_units not in (None, width):
            raise SpecError(f"{where}.in_units: {layer.in_units} declared, but {width} comes in")
        for role, given in (("weight", layer.weight_initializer), ("bias", layer.bias_initializer)):
            if isinstance(given, ConstantArray):
                check_fits(given.values, self.shape(Slot(position, role)), f"{where}.{role}_initializer")
        if layer.tie is not None:
            self._check_tie(where + ".tie", position, layer, layer.tie)

    def _check_reference(self, where: str, position: int, target: int) -> None:
        if not 0 <= target < position or not isinstance(self.layers[target], Dense):
            dense = [i for i in range(position) if isinstance(self.layers[i], Dense)]
            raise SpecError(f"{where}: {target} is not an earlier Dense layer; accepted: {dense}")

    def _check_tie(self, where: str, position: int, layer: Dense, tie: Tie) -> None:
        self._check_reference(where + ".to", position, tie.to)
        for role in tie.roles:
            if role not in self.dense(tie.to).roles or role not in layer.roles:
                raise SpecError(f"{where}: layers {tie.to} and {position} do not both have a {role} to tie")
            ours, theirs = self.shape(Slot(position, role)), self.shape(Slot(tie.to, role))
            if ours != theirs:
                raise SpecError(
                    f"{where}: {position}.{role} of shape {ours} cannot be tied to {tie.to}.{role} of shape {theirs}"
                )

    def dense(self, position: int) -> Dense:
        """The layer object used at ``position``."""
        layer = self.layers[position]
        return self.dense(layer.of) if isinstance(layer, Reuse) else layer

    def layer_position(self, position: int) -> int:
        """The position at which the layer object used at ``position`` was first used."""
        layer = self.layers[position]
        return layer.of if isinstance(layer, Reuse) else position

    def in_width(self, position: int) -> int:
        return self.in_units if position == 0 else self.dense(position - 1).units

    @property
    def out_width(self) -> int:
        return self.dense(len(self.layers) - 1).units

    def shape(self, slot: Slot) -> Shape:
        """Canonical shape of the parameter at ``slot``."""
        units = self.dense(slot.layer).units
        return (units, self.in_width(slot.layer)) if slot.role == "weight" else (units,)

    @functools.cached_property
    def slots(self) -> Tuple[Slot, ...]:
        """Every slot, layer by layer, weight before bias."""
        return tuple(Slot(i, role) for i in range(len(self.layers)) for role in self.dense(i).roles)

    def owner(self, slot: Slot) -> Slot:
        """The first slot that is the same parameter as ``slot``."""
        position = self.layer_position(slot.layer)
        tie = self.dense(position).tie
        if tie is not None and slot.role in tie.roles:
            return self.owner(Slot(tie.to, slot.role))
        return Slot(position, slot.role)

    @functools.cached_property
    def parameters(self) -> Tuple[Slot, ...]:
        """The distinct parameters, by their owners, in order."""
        return tuple(slot for slot in self.slots if self.owner(slot) == slot)

    @functools.cached_property
    def groups(self) -> Dict[Slot, Tuple[Slot, ...]]:
        """For each distinct parameter, all slots that are it."""
        found: Dict[Slot, List[Slot]] = {owner: [] for owner in self.parameters}
        for slot in self.slots:
            found[self.owner(slot)].append(slot)
        return {owner: tuple(slots) for owner, slots in found.items()}

    @functools.cached_property
    def activations(self) -> Tuple[str, ...]:
        """The activation of every use."""
        return tuple(self.dense(position).activation for position in range(len(self.layers)))

    @functools.cached_property
    def deferred(self) -> bool:
        """Whether some layer leaves its input width to be inferred."""
        return any(isinstance(layer, Dense) and layer.in_units is None for layer in self.layers)

    def untied(self) -> Network:
        """The same computation with every use a layer of its own and nothing shared."""
        return Network(
            self.in_units,
            tuple(
                dataclasses.replace(self.dense(i), tie=None, in_units=self.in_width(i)) for i in range(len(self.layers))
            ),
        )
