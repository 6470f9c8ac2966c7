"""A network's arrays as a framework holds them, from those of the specification, and back. It takes NumPy alone.

>>> network = Network(sequence(3, 2), (LSTM(4), Dense(1)))
>>> held = native("keras", network, values)          # by names: held["0.cell.kernel"]
>>> values = canonical("torch", network, arrays)      # by slots: values[Slot(0, "l0_input_weight")]

Names are the way from the network to the array in the framework's own words, with dots: places in sequences, then
attributes. Those of a PyTorch ``state_dict`` are the same.
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
    """What an adapter declares of layers, of which ``builder``, ``layout_at``, ``data`` and ``absences`` are asked.

    That is read of its source, so that no framework is needed. One without a framework says so itself.
    """
    try:
        return adapter_source(adapter)
    except NoFrameworkError:
        return registry.load(adapter)()


def layout_at(adapter: str, network: Network, slot: Slot, data: str = "") -> Layout:
    """How a framework holds what is at a slot. ``data`` is the order of what is flattened, where it is another's.

    Raises :class:`SpecError` where the framework has no such layer: which, and why.
    """
    declared = declarations(adapter)
    try:
        found: Layout = declared.layout_at(network, slot, data)
    except Unsupported as absence:
        raise SpecError(refusal(adapter, network, slot.layer, absence)) from None
    return found


def refusal(adapter: str, network: Network, position: int, absence: Unsupported) -> str:
    """Why a framework cannot have what stands at a position of a network."""
    reason = declarations(adapter).absences.get(absence.name, absence.name)
    return f"layer {position}, {network.layer(position)}: {adapter} has none: {reason}"


def name_at(network: Network, slot: Slot, held: Layout) -> str:
    """The name of the array that holds what is at a slot."""
    inside = re.sub(r"\[(\d+)\]", r".\1", held.held.name).strip(".")
    path = network.uses[network.first_use(slot.layer)].path
    return ".".join([*map(str, path), inside])


def places(adapter: str, network: Network, data: str = "") -> Dict[str, List[Tuple[Slot, Layout]]]:
    """What each array of a framework's holds, by the array's name: the owners of its roles, with their layouts."""
    found: Dict[str, List[Tuple[Slot, Layout]]] = {}
    for slot in network.held:
        if network.owner(slot) == slot:
            held = layout_at(adapter, network, slot, data)
            found.setdefault(name_at(network, slot, held), []).append((slot, held))
    return found


def native(adapter: str, network: Network, values: Mapping[Slot, np.ndarray], data: str = "") -> Dict[str, np.ndarray]:
    """Arrays as a framework holds them, by name, from values in canonical axes.

    ``values`` has an array for the owner of each parameter and buffer. Raises :class:`SpecError` for one that is
    missing, left over or of another shape, and for a layer that the framework does not have.
    """
    _check(network, values)
    return {name: assembled(parts, values) for name, parts in places(adapter, network, data).items()}


def assembled(parts: List[Tuple[Slot, Layout]], values: Mapping[Slot, np.ndarray]) -> np.ndarray:
    """One array from the values of all that it holds."""
    (slot, first), *_ = parts
    if first.is_whole:
        return first.native(values[slot])
    array = np.empty(first.shape, values[slot].dtype)
    for slot, held in parts:
        index = tuple(slice(start, start + extent) for start, extent in zip(held.start, held.block))
        array[index] = held.native(values[slot])
    return array


def canonical(adapter: str, network: Network, arrays: Mapping[str, np.ndarray], data: str = "") -> Values:
    """Values in canonical axes, by the owners of slots, from arrays as a framework holds them.

    Raises :class:`SpecError` for an array that is missing, left over or of another shape.
    """
    known = places(adapter, network, data)
    check_names(arrays, known)
    return {slot: taken(name, arrays[name], held) for name, parts in known.items() for slot, held in parts}


def taken(name: str, array: np.ndarray, held: Layout) -> np.ndarray:
    """A role from an array. Raises :class:`SpecError` where its shape is not the layout's."""
    if array.shape != held.shape:
        raise SpecError(f"{name}: {misfit(array.shape, held.shape)}")
    return held.canonical(array)


def misfit(seen: Tuple[int, ...], expected: Tuple[int, ...]) -> str:
    """How a shape is not the one that is expected."""
    said = f"shape {tuple(expected)} is expected; it has {tuple(seen)}"
    if sorted(seen) == sorted(expected):
        return f"{said}: it fits only transposed, as another framework holds it"
    return said


def check_names(arrays: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Raise :class:`SpecError` that names what is missing, and what is left over."""
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
