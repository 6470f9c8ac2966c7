"""How a network is carried to another framework: its layers there, and the conversion of each parameter.

Most layers exist in both frameworks, with the same values in another axis order. If the target lacks a layer, another
one that computes the same may replace it (:meth:`specs.layers.layer.Layer.instead`); if that one trains differently,
it is only used if the change is accepted by name.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

import numpy as np

from adapters.carrying.arrays import Values, declarations, layout_at, name_at, refusal
from adapters.carrying.steps import representative
from adapters.interface import Unsupported
from specs.errors import SpecError, one_of
from specs.layers.layer import Instead, Layer
from specs.layers.layout import Layout, Steps
from specs.programs.networks import Block, Element, Network, Residual, Slot, Use


@dataclass(frozen=True)
class Row:
    """The conversion of one parameter: its slot, and its name and axes on both sides."""

    slot: str
    source: str
    target: str
    axes: Tuple[str, str]
    done: str


@dataclass(frozen=True)
class Plan:
    """A network and its counterpart on the target; ``instead`` has the replacements of layers, by position.

    ``flattened`` is the axis order before flattening in the source's arrays, if not that of its framework.
    """

    source: str
    target: str
    network: Network
    carried: Network
    instead: Dict[int, Instead]
    flattened: str = ""

    def values(self, values: Mapping[Slot, np.ndarray]) -> Values:
        """The values of the network on the target, from those of the original network."""
        found: Values = {}
        for position in range(len(self.network.uses)):
            held = {slot.role: values[slot] for slot in self._owned(self.network, position)}
            if position in self.instead and held:
                held = self.instead[position].values(held)
            found.update((slot, held[slot.role]) for slot in self._owned(self.carried, position))
        return found

    @property
    def prices(self) -> List[str]:
        """How training differs on the target."""
        return [f"layer {at}: {one.words}: {one.price}" for at, one in self.instead.items() if one.price]

    def rows(self) -> List[Row]:
        """The conversions of all parameters and buffers."""
        return [row for position in range(len(self.network.uses)) for row in self._rows(position)]

    def _rows(self, position: int) -> Iterator[Row]:
        theirs = {slot.role: slot for slot in self._owned(self.carried, position)}
        words = self.instead[position].words if position in self.instead else ""
        other_values = self._changed(position)
        for slot in self._owned(self.network, position):
            ours = layout_at(self.source, self.network, slot, self.flattened)
            name = name_at(self.network, slot, ours) + ours.part
            if slot.role not in theirs:
                yield Row(slot.path, name, "", (pattern(ours), ""), words)
                continue
            other = layout_at(self.target, self.carried, theirs.pop(slot.role))
            done = [said(representative(ours, other)), *([words] if slot.role in other_values else [])]
            there = name_at(self.carried, slot, other) + other.part
            yield Row(slot.path, name, there, (pattern(ours), pattern(other)), "; ".join(done))
        for slot in theirs.values():
            other = layout_at(self.target, self.carried, slot)
            yield Row(slot.path, "", name_at(self.carried, slot, other) + other.part, ("", pattern(other)), words)

    def _changed(self, position: int) -> Set[str]:
        """The roles of a layer whose values differ in its replacement."""
        if position not in self.instead:
            return set()
        ones = {role.name: np.ones(role.shape, np.float32) for role in self.network.roles(position)}
        after = self.instead[position].values(ones)
        return {name for name in ones if name in after and not np.array_equal(after[name], ones[name])}

    @staticmethod
    def _owned(network: Network, position: int) -> List[Slot]:
        return [
            slot
            for slot in (Slot(position, role.name) for role in network.roles(position))
            if network.owner(slot) == slot
        ]


def pattern(held: Layout) -> str:
    """The axes of an array as text, with packed axes in brackets."""
    letters = {axis.name: axis.letters for axis in held.axes}
    words = []
    for group in held.groups:
        tokens = [
            f"{token.name}:{token.letters or letters[token.name]}" if letters.get(token.name) else token.name
            for token in group
            if token.at is None
        ]
        if tokens:
            words.append(f"({' '.join(tokens)})" if len(tokens) > 1 else tokens[0])
    return " ".join(words)


def said(steps: Steps) -> str:
    """NumPy steps in words."""
    words = {"reshape": "reshaped", "transpose": "transposed", "take": "places reordered"}
    return ", ".join(dict.fromkeys(words[method] for method, _ in steps)) or "as it is"


def planned(network: Network, source: str, target: str, accepted: Sequence[str] = (), flattened: str = "") -> Plan:
    """Plan how to carry a network. ``accepted`` are the names of accepted changes in training.

    Raises :class:`SpecError` if the target has neither a layer nor a replacement, if a replacement is not accepted, if
    an argument is left to the framework's default, and if there is nothing to carry.
    """
    if not network.held:
        raise SpecError("the network holds nothing that could be carried")
    for position, placed in enumerate(network.uses):
        if isinstance(placed.element, Use):
            check_told(network.layer(position), f"layer {position}")
            _builder(source, network, position)
    instead: Dict[int, Instead] = {}
    offered: Dict[str, str] = {}
    for position, placed in enumerate(network.uses):
        found = _instead(network, position, target, accepted, offered) if isinstance(placed.element, Use) else None
        if found is not None:
            instead[position] = found
    for name in accepted:
        one_of("accept", name, tuple(offered) or ("nothing: there is nothing to accept",))
    layers = {position: one.layer for position, one in instead.items()}
    return Plan(source, target, network, with_layers(network, layers), instead, flattened)


def check_told(layer: Layer, where: str) -> None:
    """Raise :class:`SpecError` if an argument of a layer is left to its framework, since defaults differ."""
    for field in dataclasses.fields(layer):  # type: ignore[arg-type]
        if getattr(layer, field.name) is None:
            raise SpecError(
                f"{where}, {layer}: {field.name} is left to the framework, and frameworks' own differ; say it"
            )


def _builder(adapter: str, network: Network, position: int) -> None:
    """Raise :class:`SpecError` if a framework does not have a layer."""
    try:
        _declared(adapter, network.layer(position))
    except Unsupported as absence:
        raise SpecError(refusal(adapter, network, position, absence)) from None


def _declared(adapter: str, layer: Layer) -> None:
    """Raise :class:`Unsupported` if an adapter does not have a layer. An adapter without builders has all layers."""
    declared = declarations(adapter)
    if declared.builders():
        declared.builder(layer)


def _instead(
    network: Network, position: int, target: str, accepted: Sequence[str], offered: Dict[str, str]
) -> Optional[Instead]:
    """The replacement of a layer in the target; None if the target has the layer itself."""
    layer = network.layer(position)
    try:
        _declared(target, layer)
    except Unsupported as absence:
        fitting = _fitting(network, position, target)
        for one in fitting:
            if one.price:
                offered[one.name] = one.price
            if not one.price or one.name in accepted:
                return one
        reason = refusal(target, network, position, absence)
        ways = "; ".join(f"--accept {one.name}: {one.words}, but {one.price}" for one in fitting)
        raise SpecError(f"{reason}; {ways}" if ways else reason) from None
    return None


def _fitting(network: Network, position: int, target: str) -> List[Instead]:
    """The replacements for a layer that the target has."""
    instead = network.layer(position).instead(network.uses[position].given)
    return [one for one in instead if has(target, one.layer)]


def changes(network: Network, target: str) -> List[str]:
    """The names of the changes that must be accepted because the target lacks layers of a network."""
    lacking = [
        position
        for position, placed in enumerate(network.uses)
        if isinstance(placed.element, Use) and not has(target, network.layer(position))
    ]
    priced = [
        fitting[0].name
        for fitting in (_fitting(network, position, target) for position in lacking)
        if fitting and all(one.price for one in fitting)
    ]
    return [*dict.fromkeys(priced)]


def has(adapter: str, layer: Layer) -> bool:
    """Whether a framework has a layer itself, without replacement."""
    try:
        _declared(adapter, layer)
    except Unsupported:
        return False
    return True


def with_layers(network: Network, layers: Mapping[int, Layer]) -> Network:
    """The network with other layers at some positions, and with all input sizes declared."""
    positions = iter(range(len(network.uses)))

    def placed(element: Element) -> Element:
        if isinstance(element, (Block, Residual)):
            return type(element)(tuple(map(placed, element.layers)))
        position = next(positions)
        if isinstance(element, Use):
            return Use(layers.get(position, element.layer), ties=element.ties)
        return element

    return Network(network.given, tuple(map(placed, network.layers)))
