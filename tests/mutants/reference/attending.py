"""Bugs planted in the reference's attention."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Mapping, Optional, Tuple
from unittest import mock

import numpy as np

from adapters.reference import ReferenceAdapter
from specs.laws.masks import inverted, where_not_zero
from specs.layers import PackedSelfAttention, SelfAttention, attention
from specs.layers.algebra import Bounded, moved, scaled, softmax
from specs.layers.attention import Averaging, BiasedByTime, Earlier, taken_as
from specs.layers.layer import Axes, Layer, Result, Role
from tests.mutants.reference.general import ChangedLayer, ChangedStart
from tests.mutants.registry import breaks, raises, reaches

KINDS = (SelfAttention, PackedSelfAttention)
VALUES = [f"training.{asked}[{kind.kind}]" for asked in ("output_value", "gradient_value") for kind in KINDS]
PARTS = [f"self_attention.{part}" for part in ("query", "key", "value")]
WEIGHTS = [*(f"{part}_weight" for part in PARTS), "packed_self_attention.input_weight"]
OUTWARDS = [f"{kind.kind}.output_weight" for kind in KINDS]
#: Weights of queries, keys and values, by their names.
INWARDS = [weight.partition(".")[2] for weight in WEIGHTS]
BIASES = [*(f"{part}_bias" for part in PARTS), "packed_self_attention.input_bias"]


class _Attending(ReferenceAdapter):
    """Computes attention with a function replaced."""

    def changed(self) -> AbstractContextManager[Any]:
        """Inside of which the function is another."""
        raise NotImplementedError

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if not isinstance(layer, KINDS):
            return super().apply(layer, held, inputs, given, training)
        with self.changed():
            return super().apply(layer, held, inputs, given, training)


@breaks(*VALUES)
@reaches(*KINDS)
class ScoresAreNotScaled(_Attending):
    """Scores are not divided by the root of the width."""

    def changed(self) -> AbstractContextManager[Any]:
        return mock.patch.object(attention, "scaled", lambda operand, factor: operand)


@breaks(*VALUES)
@reaches(*KINDS)
class ScoresAreScaledByAllHeads(_Attending):
    """Scores are divided by the root of the width of all heads together."""

    def changed(self) -> AbstractContextManager[Any]:
        def by_all(operand: Bounded, factor: float) -> Bounded:
            return scaled(operand, factor / operand.shape[-2] ** 0.5)

        return mock.patch.object(attention, "scaled", by_all)


class _Weighing(_Attending):
    """Weighs in another way."""

    def weighed(self, scores: Bounded, allowed: Optional[np.ndarray]) -> Bounded:
        raise NotImplementedError

    def changed(self) -> AbstractContextManager[Any]:
        return mock.patch.object(attention, "softmax", self.weighed)


@breaks(*(f"training.causal_mask[{kind.kind}]" for kind in KINDS), answer="itself and later ones")
@breaks(*VALUES)
@reaches(*KINDS)
class EarlierTimesAreHidden(_Weighing):
    """The mask is taken the other way round: a time sees itself and later ones."""

    def weighed(self, scores: Bounded, allowed: Optional[np.ndarray]) -> Bounded:
        return softmax(scores, None if allowed is None else allowed.T)


@breaks(*(f"training.causal_mask[{kind.kind}]" for kind in KINDS), answer="all")
@breaks(*VALUES)
@reaches(*KINDS)
class LaterTimesAreSeen(_Weighing):
    """Causal attention sees later times as well."""

    def weighed(self, scores: Bounded, allowed: Optional[np.ndarray]) -> Bounded:
        return softmax(scores, None if allowed is None else np.ones_like(allowed))


@breaks(*VALUES)
@reaches(*KINDS)
class SumsGoOverQueries(_Weighing):
    """The weights of all times for one key add up to 1, not those of all keys for one time."""

    def weighed(self, scores: Bounded, allowed: Optional[np.ndarray]) -> Bounded:
        def swapped(places: Any) -> Any:
            return places.swapaxes(-1, -2)

        return moved(softmax(moved(scores, swapped), None if allowed is None else allowed.T), swapped)


@breaks(*VALUES)
@reaches(*KINDS)
class HeadsChangePlaces(ReferenceAdapter):
    """What heads give goes out by the weight of another head."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if isinstance(layer, KINDS):
            held = {**held, "output_weight": moved(held["output_weight"], lambda places: places[:, ::-1])}
        return super().apply(layer, held, inputs, given, training)


MASKS = {
    law: [f"training.{law}[{kind.kind}]" for kind in KINDS] for law in ("boolean_mask", "float_mask", "causal_mask")
}


class _Read(ChangedLayer):
    """Reads what attention is told in another way."""

    def read(self, layer: Any) -> Any:
        raise NotImplementedError

    def changed(self, layer: Layer) -> Layer:
        return self.read(layer) if isinstance(layer, KINDS) else layer


@breaks(*MASKS["boolean_mask"], answer="left out")
@reaches(*KINDS)
class MasksLeaveOut(_Read):
    """What is true in a mask is left out."""

    def read(self, layer: Any) -> Any:
        return inverted(layer)


@breaks(*MASKS["float_mask"], answer="true where it is not zero")
@reaches(*KINDS)
class NumbersAreTruths(_Read):
    """Numbers of a mask are taken for truths, and not added."""

    def read(self, layer: Any) -> Any:
        return where_not_zero(layer) if layer.addends else layer


@breaks(*MASKS["float_mask"], answer="other")
@reaches(*KINDS)
class NumbersAreSubtracted(_Read):
    """Numbers of a mask are subtracted from the scores."""

    def read(self, layer: Any) -> Any:
        return replace(layer, addends=tuple(tuple(-number for number in numbers) for numbers in layer.addends))


@breaks(*MASKS["causal_mask"], answer="earlier ones")
@breaks(*VALUES)
@reaches(*KINDS)
class NoTimeSeesItself(_Read):
    """In causal attention a time sees earlier ones alone."""

    def read(self, layer: Any) -> Any:
        return taken_as(Earlier, layer) if layer.causal else layer


@breaks(*(f"training.masked_row[{kind.kind}]" for kind in KINDS), answer="the mean")
@reaches(*KINDS)
class NoKeyIsAllKeys(_Read):
    """A time that attends to no key gets the mean of all values."""

    def read(self, layer: Any) -> Any:
        return taken_as(Averaging, layer) if layer.mask else layer


@breaks(*(f"training.masked_row[{kind.kind}]" for kind in KINDS), answer="NaN")
@reaches(*KINDS)
class NoKeyIsNoNumber(ReferenceAdapter):
    """A time that attends to no key gets zero over zero."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        result = super().apply(layer, held, inputs, given, training)
        if isinstance(layer, KINDS) and layer.mask:
            result.output.value[:, ~np.array(layer.mask).any(-1)] = np.nan
        return result


@breaks("training.as_many_heads_as_times", answer="biases by time")
@reaches(*KINDS)
@raises("failed")
class BiasesOfHeadsAreAddedByTime(_Attending):
    """Where heads are as many as times and one number wide, the bias of each is added at one time, to all heads."""

    def changed(self) -> AbstractContextManager[Any]:
        return mock.patch.object(SelfAttention, "biased", BiasedByTime.biased)


@breaks(*(law for law in VALUES if "packed" in law))
@reaches(PackedSelfAttention)
class ValuesComeBeforeKeys(ReferenceAdapter):
    """A packed weight is taken for that of queries, values and keys, in this order."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if isinstance(layer, PackedSelfAttention):
            packed = {name: moved(held[name], lambda places: places[[0, 2, 1]]) for name in held if "input" in name}
            held = {**held, **packed}
        return super().apply(layer, held, inputs, given, training)


# What it starts as.


@breaks(*(f"initialization.default[{role}]" for role in (*WEIGHTS, *OUTWARDS)))
class AttentionStartsWider(ChangedStart):
    """Weights of attention are drawn with a gain of 2."""

    def drawn(self, role: Role) -> Any:
        is_weight = role.fans is not None and "head" in [axis.name for axis in role.axes]
        return self.xavier_uniform(2.0) if is_weight else None


@breaks(*(f"initialization.default[{bias}]" for bias in (*BIASES, *(f"{kind.kind}.output_bias" for kind in KINDS))))
class AttentionBiasesStartAtOne(ChangedStart):
    """Biases of attention are one to begin with."""

    def drawn(self, role: Role) -> Any:
        is_bias = role.name == "output_bias" or (role.fans is None and "head" in [axis.name for axis in role.axes])
        return self.ones() if is_bias else None


@breaks(*(f"initialization.{law}[{role}]" for law in ("default", "xavier_uniform") for role in (*WEIGHTS, *OUTWARDS)))
@breaks(*(f"initialization.he_uniform[{role}]" for role in OUTWARDS))
class HeadsAreNotCounted(ReferenceAdapter):
    """The fans of a weight of several heads are those of one head."""

    def fans(self, role: Role) -> Tuple[int, int]:
        fan_in, fan_out = super().fans(role)
        heads = next((axis.extent for axis in role.axes if axis.name == "head"), 1)
        return (fan_in // heads, fan_out) if role.name == "output_weight" else (fan_in, fan_out // heads)


@breaks(*(f"initialization.he_uniform[{role}]" for role in WEIGHTS))
class InputsCountTwice(ReferenceAdapter):
    """The fan_in of a weight of queries, keys or values is twice what it is."""

    def fans(self, role: Role) -> Tuple[int, int]:
        fan_in, fan_out = super().fans(role)
        return (2 * fan_in, fan_out) if role.name in INWARDS else (fan_in, fan_out)


@breaks(
    *(f"initialization.{law}[{role}]" for law in ("default", "xavier_uniform") for role in (*WEIGHTS[:3], OUTWARDS[0]))
)
@breaks(*(f"initialization.he_uniform[{role}]" for role in WEIGHTS[:3]))
class AllHeadsCount(ReferenceAdapter):
    """The fan_in and the fan_out of a weight of several heads count what they do not go over as well."""

    def fans(self, role: Role) -> Tuple[int, int]:
        of_heads = role.nominal is not None and "head" in role.nominal.into + role.nominal.out
        return role.nominal_fans if of_heads else super().fans(role)
