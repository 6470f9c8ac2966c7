# ruff: noqa: ARG002  the interface gives every mutant the same arguments
"""Bugs planted in the reference: recurrent layers.

Where no reach is declared, it is what the methods serve that a mutant overrides.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Mapping, Tuple
from unittest import mock

import numpy as np

from adapters.reference import ReferenceAdapter
from specs import initializers
from specs.layers import GRU, LSTM, RNN
from specs.layers.algebra import Bounded, moved, scaled, stacked
from specs.layers.layer import Axes, Layer, Result, Role
from specs.layers.recurrent import Recurrent
from tests.mutants.reference.general import ChangedStart
from tests.mutants.registry import breaks, reaches

KINDS = (LSTM, GRU, RNN)
VALUES = tuple(f"training.{what}_value[{kind.kind}]" for what in ("output", "gradient") for kind in KINDS)
OUTPUTS = tuple(f"training.output_value[{kind.kind}]" for kind in KINDS)


def starts(role: str, *kinds: type) -> Tuple[str, ...]:
    """The laws of what a role starts as, in these kinds or in all of them."""
    return tuple(f"initialization.default[{kind.kind}.{role}]" for kind in kinds or KINDS)


class ChangedHeld(ReferenceAdapter):
    """A recurrent layer computes with something else than it holds."""

    def change(self, layer: Recurrent, name: str, value: Bounded) -> Bounded:
        raise NotImplementedError

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if isinstance(layer, Recurrent):
            held = {name: self.change(layer, name, value) for name, value in held.items()}
        return super().apply(layer, held, inputs, given, training)


class ChangedLayer(ReferenceAdapter):
    """A recurrent layer computes as another one does that holds the same."""

    def change(self, layer: Any) -> Layer:
        raise NotImplementedError

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if isinstance(layer, Recurrent):
            layer = self.change(layer)
        return super().apply(layer, held, inputs, given, training)


@breaks(*(f"training.{what}_value[{kind}]" for what in ("output", "gradient") for kind in ("lstm", "gru")))
@reaches(LSTM, GRU)
class TheLastTwoGatesAreSwapped(ChangedHeld):
    """Gates are held in another order than the specification's: i f o g, and r n z."""

    def change(self, layer: Recurrent, name: str, value: Bounded) -> Bounded:
        order = [*range(len(layer.gates) - 2), len(layer.gates) - 1, len(layer.gates) - 2]
        return moved(value, lambda places: places[order]) if layer.gates else value


@breaks("training.output_value[gru]", "training.gradient_value[gru]")
@reaches(GRU)
class TheUpdateGateComesFirst(ChangedHeld):
    """A GRU's gates are held in ONNX' order, z r h."""

    def change(self, layer: Recurrent, name: str, value: Bounded) -> Bounded:
        return moved(value, lambda places: places[[1, 0, 2]]) if isinstance(layer, GRU) else value


@breaks("training.output_value[gru]", "training.gradient_value[gru]")
@reaches(GRU)
class TheResetGateIsAtTheOtherPlace(ChangedLayer):
    """The reset gate comes before the product with the state where it is to come behind it, and the other way round."""

    def change(self, layer: Any) -> Layer:
        if not isinstance(layer, GRU):
            return layer
        return dataclasses.replace(layer, linear_before_reset=not layer.linear_before_reset)


@breaks("training.output_value[rnn]", "training.gradient_value[rnn]")
@reaches(RNN)
class FunctionIsAlwaysTanh(ChangedLayer):
    """A plain recurrent layer that is to rectify takes the tanh."""

    def change(self, layer: Any) -> Layer:
        return dataclasses.replace(layer, function="tanh") if isinstance(layer, RNN) else layer


@breaks(*VALUES)
@reaches(*KINDS)
class RecurrentBiasIsMissing(ChangedHeld):
    """The second bias is left out of the sum."""

    def change(self, layer: Recurrent, name: str, value: Bounded) -> Bounded:
        return scaled(value, 0.0) if name.endswith("recurrent_bias") else value


@breaks(*VALUES)
@reaches(*KINDS)
class DirectionsShareAWeight(ReferenceAdapter):
    """The reverse direction computes with the weights of the other one."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        held = {name: held[name.replace("_reverse_", "_")] for name in held}
        return super().apply(layer, held, inputs, given, training)


@breaks(*VALUES)
@reaches(*KINDS)
class ReverseRunsForwards(ReferenceAdapter):
    """The reverse direction of a recurrent layer runs forwards."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if not isinstance(layer, Recurrent):
            return super().apply(layer, held, inputs, given, training)
        one = dataclasses.replace(layer, layers=1, directions=1, returns="sequence")
        for number in range(layer.layers):
            ways = []
            for end in layer.ends():
                prefix = f"l{number}_{end}"
                own = {f"l0_{name[len(prefix) :]}": value for name, value in held.items() if name.startswith(prefix)}
                ways.append(super().apply(one, own, inputs, given, training).output)
            inputs = moved(stacked(ways, axis=2), lambda places: places.reshape(*places.shape[:2], -1))
        return Result(moved(inputs, lambda places: places[:, -1]) if layer.returns == "last" else inputs)


@breaks(*OUTPUTS)
@reaches(*KINDS)
class DirectionsAreSwapped(ReferenceAdapter):
    """What the reverse direction gives comes first."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        result = super().apply(layer, held, inputs, given, training)
        if not isinstance(layer, Recurrent):
            return result
        ways = (*result.output.shape[:-1], layer.directions, layer.hidden)
        return Result(
            moved(result.output, lambda places: places.reshape(ways)[..., ::-1, :].reshape(places.shape)),
        )


@breaks(*VALUES)
@reaches(*KINDS)
class TheLastIsWhatStandsAtTheLastTime(ReferenceAdapter):
    """Of both directions the states at the last time are returned: of the reverse one its first."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if not (isinstance(layer, Recurrent) and layer.returns == "last"):
            return super().apply(layer, held, inputs, given, training)
        whole = dataclasses.replace(layer, returns="sequence")
        outputs = super().apply(whole, held, inputs, given, training).output
        return Result(moved(outputs, lambda places: places[:, -1]))


@breaks(*VALUES)
@reaches(*KINDS)
class CellsForget(ChangedHeld):
    """A cell does not see the state of the step before."""

    def change(self, layer: Recurrent, name: str, value: Bounded) -> Bounded:
        return scaled(value, 0.0) if layer.cell and name.endswith("recurrent_weight") else value


# What they start as.


@breaks(*starts("input_weight", LSTM, GRU))
@breaks(
    *(
        f"initialization.xavier_uniform[{kind.kind}.{word}_weight]"
        for kind in (LSTM, GRU)
        for word in ("input", "recurrent")
    )
)
class GatesHaveFansOfTheirOwn(ReferenceAdapter):
    """The fan_out of a weight of gates counts one gate."""

    def fans(self, role: Role) -> Tuple[int, int]:
        fan_in, fan_out = super().fans(role)
        return (fan_in, fan_out // role.shape[0]) if role.axes[0].name == "gate" else (fan_in, fan_out)


@breaks(*starts("input_weight"))
class InputWeightsAreDrawnByTheState(ChangedStart):
    """Weights of what comes in are drawn by the size of the state, as PyTorch draws them."""

    def drawn(self, role: Role) -> Any:
        if not role.family.endswith("input_weight"):
            return None
        hidden = role.shape[-2]
        return self.uniform(-(hidden**-0.5), hidden**-0.5)


@breaks(*starts("recurrent_weight"))
class RecurrentWeightsAreXavier(ChangedStart):
    """Recurrent weights are drawn as all others are."""

    def drawn(self, role: Role) -> Any:
        return self.xavier_uniform(1.0) if isinstance(role.start, initializers.Orthogonal) else None


@breaks(*starts("recurrent_weight"))
class OrthogonalIsNotUniform(ReferenceAdapter):
    """Signs of an orthogonal matrix are those that a QR decomposition happens to have."""

    def orthogonal(self, gain: float) -> Any:
        def draw(role: Role) -> np.ndarray:
            with mock.patch.object(np, "sign", np.ones_like):
                return orthogonal(role)

        orthogonal = super().orthogonal(gain)
        return draw


@breaks(*starts("recurrent_weight"))
class OrthogonalIsScaled(ReferenceAdapter):
    """An orthogonal matrix is a thousandth too large."""

    def orthogonal(self, gain: float) -> Any:
        return super().orthogonal(1.001 * gain)


@breaks(*starts("bias", LSTM, GRU))
class SecondGatesStartOpen(ChangedStart):
    """The bias of the second gate, the forget gate of an LSTM, is one to begin with."""

    def drawn(self, role: Role) -> Any:
        if role.family not in ("bias", "reverse_bias") or role.axes[0].name != "gate":
            return None
        return lambda role: np.repeat(np.eye(role.shape[0])[1][:, None], role.shape[1], axis=1)


@breaks(*starts("bias", RNN), *starts("recurrent_bias"))
class BiasesAreDrawn(ChangedStart):
    """Biases of recurrent layers without gates, and all second ones, are drawn from U(-0.1, 0.1)."""

    def drawn(self, role: Role) -> Any:
        is_plain = role.name.startswith("l") and role.name.endswith("_bias") and role.axes[0].name != "gate"
        return self.uniform(-0.1, 0.1) if is_plain or role.name.endswith("recurrent_bias") else None
