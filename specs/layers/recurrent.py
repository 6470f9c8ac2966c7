"""Recurrent layers: LSTM, GRU and plain RNN, with one or more layers, in one or both directions."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Callable, ClassVar, Dict, Iterator, List, Mapping, Sequence, Tuple

import numpy as np

from specs.errors import SpecError, one_of
from specs.initializers import Initializer, Orthogonal, XavierUniform, Zeros
from specs.layers.algebra import (
    Bounded,
    contract,
    entry,
    exactly,
    gathered,
    moved,
    relu,
    sigmoid,
    spread,
    stacked,
    tanh,
)
from specs.layers.layer import (
    SEQUENCES,
    Axes,
    Axis,
    Fans,
    Instead,
    Layer,
    Result,
    Role,
    fits,
    positive,
    require,
    sequence,
)

#: From a layer with so many biases to one with another number: the name, how values change, how training changes.
_OTHER_BIASES = {
    (2, 1): ("merged_biases", "bias + recurrent_bias", "a step moves one bias by half as much as two together"),
    (1, 2): ("split_bias", "a recurrent_bias of zeros", "a step moves two biases together by twice as much as one"),
    (0, 1): ("added_biases", "a bias of zeros", "the bias is trained"),
    (0, 2): ("added_biases", "biases of zeros", "the biases are trained"),
}
#: The values of one direction of one layer, by role, separate for each gate.
Held = Mapping[str, Sequence[Bounded]]


@dataclass(frozen=True)
class Recurrent(Layer):
    """A state that is updated at each step of a sequence, in the same way at every step.

    ``biases`` is the number of biases: 0, 1 (``bias``, for the input), or 2 (``recurrent_bias``, for the state, too).
    The outputs of both directions are concatenated along ``channel``. A role of layer n is called ``l{n}_...``, that
    of the reverse direction ``l{n}_reverse_...``.

    It ``returns`` the last layer's states for the whole ``sequence``, or the ``last`` state of each direction, as
    ONNX' Y_h: for the reverse direction the one at time 0, when it has seen everything. A trap: at the last time, the
    sequence has the first state of the reverse direction, which has seen one step only.

    With ``cell``, it is constructed as a cell that is called at each step. A cell is one layer in one direction.
    """

    hidden: int
    layers: int = 1
    directions: int = 1
    biases: int = 2
    returns: str = "sequence"
    cell: bool = False

    #: Its gates by letter, in the order of the axis ``gate``; without gates, there is no such axis.
    gates: ClassVar[Mapping[str, str]] = MappingProxyType({})
    #: How many states are passed from step to step. The first of them is the output.
    states: ClassVar[int] = 1
    #: Whether both biases of a gate are added in one sum, so that they can be merged.
    biases_meet: ClassVar[bool] = True

    def __post_init__(self) -> None:
        name = type(self).__name__
        positive(f"{name}.hidden", self.hidden)
        positive(f"{name}.layers", self.layers)
        one_of(f"{name}.directions", self.directions, (1, 2))
        one_of(f"{name}.biases", self.biases, (0, 1, 2))
        one_of(f"{name}.returns", self.returns, ("sequence", "last"))
        if self.cell and (self.layers, self.directions) != (1, 1):
            raise SpecError(f"{name}: a cell is one layer in one direction, not {self.layers} in {self.directions}")

    def check(self, given: Axes) -> None:
        require(given, [SEQUENCES], type(self).__name__)

    @property
    def is_called_step_by_step(self) -> bool:
        return self.cell

    def ends(self) -> Tuple[str, ...]:
        """The prefixes that distinguish the directions of a layer."""
        return ("", "reverse_")[: self.directions]

    def roles(self, given: Axes) -> Tuple[Role, ...]:
        widths = [given[-1].extent, *[self.hidden * self.directions] * (self.layers - 1)]
        return tuple(
            role
            for number, width in enumerate(widths)
            for end in self.ends()
            for role in self._direction(number, end, width)
        )

    def _direction(self, number: int, end: str, width: int) -> Iterator[Role]:
        gate = (Axis("gate", len(self.gates), "".join(self.gates)),) if self.gates else ()
        rows = (*gate, Axis("out", self.hidden))
        fans = Fans(("in",), tuple(axis.name for axis in rows))

        def role(name: str, axes: Axes, start: Initializer, **rest: Any) -> Role:
            return Role(f"l{number}_{end}{name}", axes, start, family=end + name, number=number, **rest)

        inferred = () if number else ("in",)
        yield role("input_weight", (*rows, Axis("in", width)), XavierUniform(), fans=fans, inferred=inferred)
        yield role("recurrent_weight", (*rows, Axis("in", self.hidden)), Orthogonal(), fans=fans)
        for name in ("bias", "recurrent_bias")[: self.biases]:
            yield role(name, rows, Zeros())

    def output(self, given: Axes) -> Axes:
        states = Axis("channel", self.hidden * self.directions)
        return (states,) if self.returns == "last" else (given[0], states)

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        for number in range(self.layers):
            ways = [self._run(values, f"l{number}_{end}", inputs, bool(end)) for end in self.ends()]
            if self.returns == "last" and number == self.layers - 1:
                return Result(_beside([states[-1] for states in ways]))
            # The reverse direction starts at the last time.
            inputs = _beside([stacked(states[:: -1 if end else 1], axis=1) for end, states in zip(self.ends(), ways)])
        return Result(inputs)

    def _run(self, values: Mapping[str, Bounded], prefix: str, inputs: Bounded, reverse: bool) -> List[Bounded]:
        """The outputs of one direction of one layer, step by step."""
        rows, times, _ = inputs.shape
        names = ("input_weight", "recurrent_weight", *("bias", "recurrent_bias")[: self.biases])
        held = {name: self._by_gate(values[prefix + name]) for name in names}
        states = (exactly(np.zeros((rows, self.hidden))),) * self.states
        seen: List[Bounded] = []
        for time in reversed(range(times)) if reverse else range(times):
            now = moved(inputs, lambda places, at=time: places[:, at])  # type: ignore[misc]
            states = self.step(held, now, states)
            seen.append(states[0])
        return seen

    def _by_gate(self, value: Bounded) -> List[Bounded]:
        if not self.gates:
            return [value]
        return [entry(value, gate) for gate in range(len(self.gates))]

    def step(self, held: Held, inputs: Bounded, states: Tuple[Bounded, ...]) -> Tuple[Bounded, ...]:
        """The states after a step, given those before it."""
        raise NotImplementedError

    def instead(self, given: Axes) -> Sequence[Instead]:
        """The same layer with another number of biases: merged if both are in one sum, or more of them, of zeros."""
        counts = [count for before, count in _OTHER_BIASES if before == self.biases]
        return [self._with_biases(count, given) for count in counts if count > self.biases or self.biases_meet]

    def _with_biases(self, count: int, given: Axes) -> Instead:
        other = dataclasses.replace(self, biases=count)

        def values(held: Mapping[str, np.ndarray]) -> Dict[str, np.ndarray]:
            found = {role.name: held.get(role.name, np.zeros(role.shape, np.float32)) for role in other.roles(given)}
            if count < self.biases:
                for name in (name for name in found if name.endswith("_bias")):
                    found[name] = found[name] + held[f"{name[: -len('bias')]}recurrent_bias"]
            return found

        name, words, price = _OTHER_BIASES[self.biases, count]
        return Instead(name, other, values, words, price)

    def incoming(self, given: Axes) -> Dict[str, Any]:
        return {"in_units": given[-1].extent}

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        if not fits(given, [SEQUENCES]):
            return ()
        sizes = [(2, 1, 1), (3, 1, 1), (2, 1, 2), (2, 2, 1), (3, 2, 2)]
        return [
            cls(*size, **variant, returns=returns, cell=cell)
            for size, cell in (*((size, False) for size in sizes), ((2, 1, 1), True), ((3, 1, 1), True))
            for returns in ("sequence", "last")
            for variant in cls.variants()
        ]

    @classmethod
    def variants(cls) -> Sequence[Dict[str, Any]]:
        """The arguments of a layer other than sizes."""
        return [{"biases": biases} for biases in (0, 2, 1)]

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(2), sequence(3, 2)


@dataclass(frozen=True)
class LSTM(Recurrent):
    """Long short-term memory (Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000).

    ``c = f c + i g``, ``h = o tanh(c)``; ``i``, ``f``, ``o`` are sigmoids and ``g`` a tanh of
    ``input_weight x + bias + recurrent_weight h + recurrent_bias`` (ONNX: LSTM, whose gates are in the order i o f c).
    """

    kind = "lstm"
    words = "LSTM"
    gates = MappingProxyType(
        {"i": "the input gate", "f": "the forget gate", "g": "the candidate", "o": "the output gate"}
    )
    states = 2

    def step(self, held: Held, inputs: Bounded, states: Tuple[Bounded, ...]) -> Tuple[Bounded, ...]:
        hidden, cell = states
        i, f, g, o = (gathered(*_both(held, at, inputs, hidden)) for at in range(len(self.gates)))
        cell = _product(sigmoid(f), cell) + _product(sigmoid(i), tanh(g))
        return _product(sigmoid(o), tanh(cell)), cell


@dataclass(frozen=True)
class GRU(Recurrent):
    """A gated recurrent unit (Cho et al. 2014).

    ``h = (1 - z) n + z h``; ``r`` and ``z`` are sigmoids of
    ``input_weight x + bias + recurrent_weight h + recurrent_bias``. With ``linear_before_reset``,
    ``n = tanh(input_weight x + bias + r (recurrent_weight h + recurrent_bias))``: the reset gate is applied after the
    product. Without, as in the paper, it is applied before: ``n = tanh(input_weight x + bias + recurrent_weight (r h) +
    recurrent_bias)``, which is a different function (ONNX: GRU, whose gates are in the order z r h).
    """

    linear_before_reset: bool = True

    kind = "gru"
    words = "GRU"
    gates = MappingProxyType({"r": "the reset gate", "z": "the update gate", "n": "the candidate"})

    @property
    def biases_meet(self) -> bool:  # type: ignore[override]
        """Not with ``linear_before_reset``: the reset gate then multiplies one of the biases of n."""
        return not self.linear_before_reset

    @property
    def form(self) -> Tuple[bool, int]:
        """Where the reset gate acts, and the number of biases: no framework has all combinations."""
        return self.linear_before_reset, self.biases

    def step(self, held: Held, inputs: Bounded, states: Tuple[Bounded, ...]) -> Tuple[Bounded, ...]:
        (hidden,) = states
        r, z = (sigmoid(gathered(*_both(held, at, inputs, hidden))) for at in range(2))
        if self.linear_before_reset:
            of_state = gathered(*_addends(held, "recurrent_", 2, hidden))
            n = tanh(gathered(*_addends(held, "", 2, inputs)) + _product(r, of_state))
        else:
            n = tanh(gathered(*_both(held, 2, inputs, _product(r, hidden))))
        # Some compute n + z (h - n). The error of z dominates the rounding of either order.
        return (_product(_rest(z), n) + _product(z, hidden),)

    @classmethod
    def variants(cls) -> Sequence[Dict[str, Any]]:
        return [{"biases": 0}, {"biases": 2}, {"biases": 1, "linear_before_reset": False}, {"biases": 1}]


@dataclass(frozen=True)
class RNN(Recurrent):
    """A plain recurrent network (Elman 1990).

    ``h`` is a function, ``tanh`` or ``relu``, of ``input_weight x + bias + recurrent_weight h + recurrent_bias``
    (ONNX: RNN).
    """

    function: str = "tanh"

    kind = "rnn"
    words = "RNN"

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("RNN.function", self.function, tuple(_FUNCTIONS))

    def step(self, held: Held, inputs: Bounded, states: Tuple[Bounded, ...]) -> Tuple[Bounded, ...]:
        return (_FUNCTIONS[self.function](gathered(*_both(held, 0, inputs, *states))),)

    @classmethod
    def variants(cls) -> Sequence[Dict[str, Any]]:
        return [{"biases": biases, "function": function} for function in _FUNCTIONS for biases in (0, 2, 1)]


_FUNCTIONS: Dict[str, Callable[[Bounded], Bounded]] = {"tanh": tanh, "relu": relu}


def _both(held: Held, gate: int, inputs: Bounded, hidden: Bounded) -> List[Bounded]:
    """The sum of a gate's terms for the input and for a state."""
    return [*_addends(held, "", gate, inputs), *_addends(held, "recurrent_", gate, hidden)]


def _addends(held: Held, side: str, gate: int, seen: Bounded) -> List[Bounded]:
    """A gate's terms for the input, or for a state: a product, and a bias if there is one."""
    weight = held["recurrent_weight" if side else "input_weight"][gate]
    product = contract("row in, out in -> row out", seen, weight)
    bias = held.get(f"{side}bias")
    return [product] if bias is None else [product, spread("out -> row out", bias[gate], product.shape)]


def _beside(ways: Sequence[Bounded]) -> Bounded:
    """The outputs of the directions, concatenated along one axis."""
    joined = stacked(ways, axis=ways[0].value.ndim - 1)
    return moved(joined, lambda places: places.reshape(*places.shape[:-2], -1))


def _product(left: Bounded, right: Bounded) -> Bounded:
    return contract("row out, row out -> row out", left, right)


def _rest(part: Bounded) -> Bounded:
    """1 - part."""
    return exactly(np.ones(part.shape)) - part
