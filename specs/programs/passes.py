"""What arithmetic determines of a network: outputs, running statistics and gradients, each with its rounding bound."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Callable, Dict, Iterator, Mapping, NamedTuple, Sequence, Tuple

import numpy as np

from specs.layers.algebra import Bounded, exactly, gradients, reordered
from specs.layers.layer import Axes, Layer, Result
from specs.programs.networks import Block, Element, Network, Residual, Slot

Values = Mapping[Slot, np.ndarray]


@dataclass(frozen=True)
class Passed:
    """A forward pass: its output, what every slot held in it, and what buffers hold after it, by their owners."""

    network: Network
    output: Bounded
    leaves: Dict[Slot, Bounded]
    buffers: Dict[Slot, Bounded]
    found: Dict[bytes, Dict[Slot, Bounded]] = field(default_factory=dict, compare=False, repr=False)

    def gradients_by_use(self, cotangent: np.ndarray) -> Dict[Slot, Bounded]:
        """What each slot, by itself, contributes to the gradient of its parameter. What was asked is remembered."""
        key = cotangent.tobytes()
        if key not in self.found:
            slots = self.network.slots
            parts = gradients(self.output, cotangent, [self.leaves[slot] for slot in slots])
            self.found[key] = dict(zip(slots, parts))
        return self.found[key]

    def gradients(self, cotangent: np.ndarray) -> Dict[Slot, Bounded]:
        """The gradient of each distinct parameter, by its owner: the sum over its uses."""
        return summed(self.gradients_by_use(cotangent), self.network.owner)


def summed(by_use: Mapping[Slot, Bounded], owner: Callable[[Slot], Slot]) -> Dict[Slot, Bounded]:
    """What uses contribute, added up by who owns their parameter."""
    totals: Dict[Slot, Bounded] = {}
    for slot, part in by_use.items():
        totals[owner(slot)] = totals[owner(slot)] + part if owner(slot) in totals else part
    return totals


class Forward:
    """One way through a network. ``values`` holds the array of each slot, or of each owner."""

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
        """What one layer does."""
        return layer.apply(held, inputs, given, self.training)

    def _taken(self, slot: Slot) -> Bounded:
        """What is held at a slot, as its layer takes it."""
        return reordered(self._leaf(slot), self.network.order(slot))

    def _leaf(self, slot: Slot) -> Bounded:
        owner = self.network.owner(slot)
        if owner in self.buffers:  # an earlier use of this pass has moved it
            moved = self.buffers[owner]
            self.leaves[slot] = Bounded(moved.value, lambda: moved.error)
        else:
            self.leaves[slot] = exactly(self.values[slot] if slot in self.values else self.values[owner])
        return self.leaves[slot]


def forward(network: Network, values: Values, batch: np.ndarray, training: bool = True) -> Passed:
    """A forward pass over a batch."""
    return Forward(network, values, training).run(batch)


class Frozen(NamedTuple):
    """An array that can be looked up."""

    shape: Tuple[int, ...]
    dtype: str
    content: bytes

    @classmethod
    def of(cls, array: np.ndarray) -> Frozen:
        return cls(array.shape, array.dtype.str, array.tobytes())

    def array(self) -> np.ndarray:
        return np.frombuffer(self.content, self.dtype).reshape(self.shape)


def remembered(network: Network, values: Values, batch: np.ndarray, training: bool) -> Passed:
    """A forward pass, computed once for all adapters that hold the same values."""
    held = tuple((slot, Frozen.of(array)) for slot, array in values.items())
    return _remembered(network, held, Frozen.of(batch), training)


#: Adapters are judged one after another on the few passes of a program.
@functools.lru_cache(maxsize=8)
def _remembered(network: Network, held: Tuple[Tuple[Slot, Frozen], ...], batch: Frozen, training: bool) -> Passed:
    return forward(network, {slot: array.array() for slot, array in held}, batch.array(), training)
