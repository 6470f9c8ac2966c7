"""Bugs planted in the reference's attention."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Mapping, Optional, Tuple
from unittest import mock

import numpy as np

from adapters.reference import ReferenceAdapter
from specs.layers import PackedSelfAttention, SelfAttention, attention
from specs.layers.algebra import Bounded, moved, scaled, softmax
from specs.layers.attention import BiasedByTime
from specs.layers.layer import Axes, Layer, Result, Role
from tests.mutants.reference.general import ChangedStart
from tests.mutants.registry import breaks, reaches

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


@breaks(*VALUES)
@reaches(*KINDS)
class EarlierTimesAreHidden(_Weighing):
    """The mask is taken the other way round: a time sees itself and later ones."""

    def weighed(self, scores: Bounded, allowed: Optional[np.ndarray]) -> Bounded:
        return softmax(scores, None if allowed is None else allowed.T)


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


@breaks("training.as_many_heads_as_times", answer="biases by time")
@reaches(*KINDS)
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
