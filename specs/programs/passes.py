"""What the values of a network determine: outputs, running statistics and gradients, each with its rounding bound."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass, field
from typing import Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Sequence, Tuple, Union

import numpy as np

from specs.layers.algebra import Bounded, added_up, each_gradient, exactly, gradients, reordered, scaled
from specs.layers.layer import Axes, Layer, Result
from specs.programs.networks import Block, Element, Network, Residual, Slot

#: What slots hold: arrays, or values with an error bound.
Values = Mapping[Slot, Union[np.ndarray, Bounded]]


@dataclass(frozen=True)
class Passed:
    """A forward pass: its output, the value of every slot in it, and the buffers after it, by their owners."""

    network: Network
    output: Bounded
    leaves: Dict[Slot, Bounded]
    buffers: Dict[Slot, Bounded]
    found: Dict[bytes, Dict[Slot, Bounded]] = field(default_factory=dict, compare=False, repr=False)

    def gradients_by_use(self, cotangent: np.ndarray) -> Dict[Slot, Bounded]:
        """The contribution of each single slot to the gradient of its parameter. Cached by cotangent."""
        key = cotangent.tobytes()
        if key not in self.found:
            slots = self.network.slots
            parts = gradients(self.output, cotangent, [self.leaves[slot] for slot in slots])
            self.found[key] = dict(zip(slots, parts))
        return self.found[key]

    def gradients(self, cotangent: np.ndarray) -> Dict[Slot, Bounded]:
        """The gradient of each distinct parameter, by its owner: the sum over its uses."""
        return summed(self.gradients_by_use(cotangent), self.network.owner)

    def each_gradient(self, cotangent: np.ndarray) -> Iterator[Tuple[Slot, Bounded]]:
        """The same one by one, each with its bound once it is complete: together they may need much memory."""
        by_leaf = {id(self.leaves[slot]): self.network.owner(slot) for slot in self.network.slots}
        awaited = Counter(by_leaf.values())
        totals: Dict[Slot, Bounded] = {}
        leaves = [self.leaves[slot] for slot in self.network.slots]
        for leaf, part in each_gradient(self.output, cotangent, leaves, added_up):
            owner = by_leaf[id(leaf)]
            totals[owner] = added_up(totals[owner], part) if owner in totals else part
            awaited[owner] -= 1
            if not awaited[owner]:
                yield owner, totals.pop(owner)


def summed(by_use: Mapping[Slot, Bounded], owner: Callable[[Slot], Slot]) -> Dict[Slot, Bounded]:
    """The contributions of all uses, added up by the owner of their parameter."""
    totals: Dict[Slot, Bounded] = {}
    for slot, part in by_use.items():
        totals[owner(slot)] = totals[owner(slot)] + part if owner(slot) in totals else part
    return totals


class Forward:
    """One pass through a network. ``values`` holds the array of each slot, or of each owner."""

    def __init__(self, network: Network, values: Values, training: bool):
        self.network = network
        self.values = values
        self.training = training
        self.leaves: Dict[Slot, Bounded] = {}
        self.buffers: Dict[Slot, Bounded] = {}

    def run(self, batch: np.ndarray) -> Passed:
        inputs = exactly(batch)
        output = self._through(self.network.layers, iter(range(len(self.network.uses))), inputs)
        return Passed(self.network, output, self.leaves, self.buffers)

    def _through(self, layers: Sequence[Element], positions: Iterator[int], inputs: Bounded) -> Bounded:
        for element in layers:
            if isinstance(element, Block):
                inputs = self._through(element.layers, positions, inputs)
            elif isinstance(element, Residual):
                inputs = inputs + self._through(element.layers, positions, inputs)
            else:
                inputs = self._use(next(positions), inputs)
        return inputs

    def _use(self, position: int, inputs: Bounded) -> Bounded:
        held = {role.name: self._taken(Slot(position, role.name)) for role in self.network.roles(position)}
        given = self.network.uses[position].given
        result = self.apply(self.network.layer(position), held, inputs, given)
        for name, after in result.buffers.items():
            self.buffers[self.network.owner(Slot(position, name))] = after
        return result.output

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes) -> Result:
        """Apply one layer."""
        return layer.apply(held, inputs, given, self.training)

    def _taken(self, slot: Slot) -> Bounded:
        """The value at a slot, on the axes of its layer's role."""
        return reordered(self._leaf(slot), self.network.order(slot))

    def _leaf(self, slot: Slot) -> Bounded:
        owner = self.network.owner(slot)
        if owner in self.buffers:  # an earlier use in this pass has updated it
            moved = self.buffers[owner]
            self.leaves[slot] = Bounded(moved.value, lambda: moved.error)
        else:
            held = self.values[slot] if slot in self.values else self.values[owner]
            self.leaves[slot] = held if isinstance(held, Bounded) else exactly(held)
        return self.leaves[slot]


def forward(network: Network, values: Values, batch: np.ndarray, training: bool = True) -> Passed:
    """A forward pass over a batch."""
    return Forward(network, values, training).run(batch)


Moved = Tuple[Slot, float, Bounded]
#: In which order uses update what they share.
Ordered = Callable[[List[Moved]], Iterable[Moved]]


class _Averaging(Forward):
    """A forward pass for training that records, for each use, the share of statistics it keeps and what it adds."""

    def __init__(self, network: Network, values: Values, is_unbiased: bool):
        super().__init__(network, values, training=True)
        self.is_unbiased = is_unbiased
        self.moved: List[Moved] = []
        self.position = -1

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes) -> Result:
        self.position += 1
        result = super().apply(layer, held, inputs, given)
        if result.buffers:
            none = {name: exactly(np.zeros(held[name].shape)) for name in result.buffers}
            for name, added in super().apply(layer, {**held, **none}, inputs, given).buffers.items():
                owner = self.network.owner(Slot(self.position, name))
                number = inputs.value.size // added.value.size
                by = number / (number - 1) if self.is_unbiased and name == "variance" else 1.0
                self.moved.append((owner, layer.stays, scaled(added, by)))  # type: ignore[attr-defined]
        return result


def moved(
    network: Network, values: Values, batch: np.ndarray, is_unbiased: bool, order: Ordered = iter
) -> Dict[Slot, Bounded]:
    """Running statistics after a pass for training, in the ways in which frameworks update them.

    ``is_unbiased`` chooses the variance of the batch, ``order`` the order of several uses.
    """
    passing = _Averaging(network, values, is_unbiased)
    passing.run(batch)
    found: Dict[Slot, Bounded] = {}
    for owner, stays, added in order(passing.moved):
        found[owner] = scaled(found.get(owner) or passing.leaves[owner], stays) + added
    return found


class Frozen(NamedTuple):
    """An array that can be a dictionary key."""

    shape: Tuple[int, ...]
    dtype: str
    content: bytes

    @classmethod
    def of(cls, array: np.ndarray) -> Frozen:
        return cls(array.shape, array.dtype.str, array.tobytes())

    def array(self) -> np.ndarray:
        return np.frombuffer(self.content, self.dtype).reshape(self.shape)


def remembered(network: Network, values: Mapping[Slot, np.ndarray], batch: np.ndarray, training: bool) -> Passed:
    """A forward pass, computed once for all adapters that hold the same values."""
    held = tuple((slot, Frozen.of(array)) for slot, array in values.items())
    return _remembered(network, held, Frozen.of(batch), training)


#: Adapters are judged one after another on the few passes of a program.
@functools.lru_cache(maxsize=8)
def _remembered(network: Network, held: Tuple[Tuple[Slot, Frozen], ...], batch: Frozen, training: bool) -> Passed:
    return forward(network, {slot: array.array() for slot, array in held}, batch.array(), training)
