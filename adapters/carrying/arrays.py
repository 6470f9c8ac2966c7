"""Converts arrays between the layouts of a framework and of the specification, with NumPy alone.

>>> network = Network(sequence(3, 2), (LSTM(4), Dense(1)))
>>> held = native("keras", network, values)          # by names: held["0.cell.kernel"]
>>> values = canonical("torch", network, arrays)      # by slots: values[Slot(0, "l0_input_weight")]

A name is the path from the network to the array with dots: positions in sequences, then attributes of the framework.
A PyTorch ``state_dict`` has the same names.
"""

from __future__ import annotations

import functools
import re
from typing import Any, Dict, List, Mapping, Tuple

import numpy as np

from adapters import registry
from adapters.interface import Unsupported
from adapters.scripts.sources import NoFrameworkError, adapter_source
from specs.errors import SpecError
from specs.layers.layout import Layout
from specs.programs.networks import Network, Slot

Values = Dict[Slot, np.ndarray]


@functools.lru_cache(maxsize=None)
def declarations(adapter: str) -> Any:
    """An adapter's declarations: ``builder``, ``layout_at``, ``data``, ``absence`` and more.

    They are parsed from its source, so that no framework is needed; an adapter without a framework is imported.
    """
    try:
        return adapter_source(adapter)
    except NoFrameworkError:
        return registry.load(adapter)()


def layout_at(adapter: str, network: Network, slot: Slot, data: str = "") -> Layout:
    """The layout of a slot in a framework. ``data`` is the axis order before flattening, if not the framework's own.

    Raises :class:`SpecError`, with the layer and the reason, if the framework has no such layer.
    """
    declared = declarations(adapter)
    try:
        found: Layout = declared.layout_at(network, slot, data)
    except Unsupported as absence:
        raise SpecError(refusal(adapter, network, slot.layer, absence)) from None
    return found


def refusal(adapter: str, network: Network, position: int, absence: Unsupported) -> str:
    """The reason why a framework does not have the layer at a position of a network."""
    reason = declarations(adapter).absence(absence.name) or absence.name
    return f"layer {position}, {network.layer(position)}: {adapter} has none: {reason}"


def name_at(network: Network, slot: Slot, held: Layout) -> str:
    """The name of the array that contains a slot's parameter or buffer."""
    inside = re.sub(r"\[(\d+)\]", r".\1", held.held.name).strip(".")
    path = network.uses[network.first_use(slot.layer)].path
    return ".".join([*map(str, path), inside])


def places(adapter: str, network: Network, data: str = "") -> Dict[str, List[Tuple[Slot, Layout]]]:
    """For each array of a framework, by name, the slots that it contains, with their layouts. Owners only."""
    found: Dict[str, List[Tuple[Slot, Layout]]] = {}
    for slot in network.held:
        if network.owner(slot) == slot:
            held = layout_at(adapter, network, slot, data)
            found.setdefault(name_at(network, slot, held), []).append((slot, held))
    return found


def native(adapter: str, network: Network, values: Mapping[Slot, np.ndarray], data: str = "") -> Dict[str, np.ndarray]:
    """Arrays in a framework's layout, by name, from values in canonical axes.

    ``values`` has an array for the owner of each parameter and buffer. Raises :class:`SpecError` for missing, extra or
    misshaped arrays, and for layers that the framework does not have.
    """
    _check(network, values)
    return {name: assembled(parts, values) for name, parts in places(adapter, network, data).items()}


def assembled(parts: List[Tuple[Slot, Layout]], values: Mapping[Slot, np.ndarray]) -> np.ndarray:
    """An array assembled from the values of the slots that it contains."""
    (slot, first), *_ = parts
    if first.is_whole:
        return first.native(values[slot])
    array = np.empty(first.shape, values[slot].dtype)
    for slot, held in parts:
        index = tuple(slice(start, start + extent) for start, extent in zip(held.start, held.block))
        array[index] = held.native(values[slot])
    return array


def canonical(adapter: str, network: Network, arrays: Mapping[str, np.ndarray], data: str = "") -> Values:
    """Values in canonical axes, by owner slot, from arrays in a framework's layout.

    Raises :class:`SpecError` for missing, extra or misshaped arrays.
    """
    known = places(adapter, network, data)
    check_names(arrays, known)
    return {slot: taken(name, arrays[name], held) for name, parts in known.items() for slot, held in parts}


def taken(name: str, array: np.ndarray, held: Layout) -> np.ndarray:
    """A role's value, extracted from an array. Raises :class:`SpecError` if the array's shape is not the layout's."""
    if array.shape != held.shape:
        raise SpecError(f"{name}: {misfit(array.shape, held.shape)}")
    return held.canonical(array)


def misfit(seen: Tuple[int, ...], expected: Tuple[int, ...]) -> str:
    """A message about an unexpected shape."""
    said = f"shape {tuple(expected)} is expected; it has {tuple(seen)}"
    if sorted(seen) == sorted(expected):
        return f"{said}: it fits only transposed, as another framework holds it"
    return said


def check_names(arrays: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Raise :class:`SpecError` with the names of missing and extra arrays, if any."""
    missing = [name for name in known if name not in arrays]
    left = [name for name in arrays if name not in known]
    said = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"left over: {', '.join(left)}"] * bool(left)
    if said:
        raise SpecError("; ".join(said))


def _check(network: Network, values: Mapping[Slot, np.ndarray]) -> None:
    owners = {slot.path: slot for slot in network.held if network.owner(slot) == slot}
    check_names({slot.path: array for slot, array in values.items()}, owners)
    for path, slot in owners.items():
        if values[slot].shape != network.shape(slot):
            raise SpecError(f"{path}: {misfit(values[slot].shape, network.shape(slot))}")
