"""LSTM: a recurrent layer with a cell and three gates, of several layers and in one or both directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterator, Mapping, Sequence, Tuple

import numpy as np

from specs.errors import one_of
from specs.initializers import Initializer, Orthogonal, XavierUniform, Zeros
from specs.layers.algebra import Bounded, contract, exactly, gathered, moved, sigmoid, spread, stacked, tanh
from specs.layers.layer import Axes, Axis, Fans, Layer, Result, Role, positive, require, sequence

#: Input, forget, cell (g) and output gate, in the order of most papers and pages (ONNX has i o f c).
GATES = "ifgo"
_WEIGHTED = "row in, gate out in -> gate row out"


@dataclass(frozen=True)
class LSTM(Layer):
    """The sequence of hidden states (Hochreiter and Schmidhuber 1997; Gers, Schmidhuber and Cummins 2000).

    ``c = f c + i g``, ``h = o tanh(c)``; ``i``, ``f``, ``o`` are sigmoids and ``g`` a tanh of
    ``input_weight x + bias + recurrent_weight h + recurrent_bias``. ``biases`` says how many of the two there are.
    Outputs of both directions stand behind each other in ``channel``. A role of layer n is called ``l{n}_...``, that of
    the reverse direction ``l{n}_reverse_...`` (ONNX: LSTM, whose gates are in another order).
    """

    hidden: int
    layers: int = 1
    directions: int = 1
    biases: int = 2

    kind = "lstm"

    def __post_init__(self) -> None:
        positive("LSTM.hidden", self.hidden)
        positive("LSTM.layers", self.layers)
        one_of("LSTM.directions", self.directions, (1, 2))
        one_of("LSTM.biases", self.biases, (0, 1, 2))

    def check(self, given: Axes) -> None:
        require(given, [("time", "channel")], "LSTM")

    def ends(self) -> Tuple[str, ...]:
        """What tells the directions of a layer apart."""
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
        gate, out = Axis("gate", len(GATES), GATES), Axis("out", self.hidden)
        fans = Fans(("in",), ("gate", "out"))

        def role(name: str, axes: Axes, start: Initializer, **rest: Any) -> Role:
            return Role(f"l{number}_{end}{name}", axes, start, family=end + name, number=number, **rest)

        inferred = () if number else ("in",)
        yield role("input_weight", (gate, out, Axis("in", width)), XavierUniform(), fans=fans, inferred=inferred)
        yield role("recurrent_weight", (gate, out, Axis("in", self.hidden)), Orthogonal(), fans=fans)
        for name in ("bias", "recurrent_bias")[: self.biases]:
            yield role(name, (gate, out), Zeros())

    def output(self, given: Axes) -> Axes:
        return (given[0], Axis("channel", self.hidden * self.directions))

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        for number in range(self.layers):
            ways = [self._run(values, f"l{number}_{end}", inputs, bool(end)) for end in self.ends()]
            # row time direction hidden, the last two as one
            inputs = moved(stacked(ways, axis=2), lambda places: places.reshape(*places.shape[:2], -1))
        return Result(inputs)

    def _run(self, values: Mapping[str, Bounded], prefix: str, inputs: Bounded, reverse: bool) -> Bounded:
        rows, times, _ = inputs.shape
        hidden = cell = exactly(np.zeros((rows, self.hidden)))
        steps: Dict[int, Bounded] = {}
        for time in reversed(range(times)) if reverse else range(times):
            now = moved(inputs, lambda places, at=time: places[:, at])  # type: ignore[misc]
            before = gathered(
                contract(_WEIGHTED, now, values[f"{prefix}input_weight"]),
                contract(_WEIGHTED, hidden, values[f"{prefix}recurrent_weight"]),
                *(
                    spread("gate out -> gate row out", values[f"{prefix}{name}"], (len(GATES), rows, self.hidden))
                    for name in ("bias", "recurrent_bias")[: self.biases]
                ),
            )
            i, f, g, o = (moved(before, lambda places, at=gate: places[at]) for gate in range(len(GATES)))  # type: ignore[misc]
            cell = _product(sigmoid(f), cell) + _product(sigmoid(i), tanh(g))
            hidden = steps[time] = _product(sigmoid(o), tanh(cell))
        return stacked([steps[time] for time in range(times)], axis=1)

    def incoming(self, given: Axes) -> Dict[str, Any]:
        return {"in_units": given[-1].extent}

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        if [axis.name for axis in given] != ["time", "channel"]:
            return ()
        sizes = [(2, 1, 1), (3, 1, 1), (2, 1, 2), (2, 2, 1), (3, 2, 2)]
        return [cls(*size, biases) for size in sizes for biases in (0, 2, 1)]

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(2), sequence(3, 2)


def _product(left: Bounded, right: Bounded) -> Bounded:
    return contract("row out, row out -> row out", left, right)
