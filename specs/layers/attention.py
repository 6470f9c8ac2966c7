"""Attention: at each time, a mean of the values of all times, weighted by how well their keys match a query."""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from specs.errors import SpecError, finite
from specs.initializers import XavierUniform, Zeros
from specs.layers.algebra import UNIT_ROUNDOFF, Bounded, contract, entry, exactly, scaled, softmax, spread, within
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

#: The projections of each time step, in the order of a packed weight.
PARTS = ("query", "key", "value")


@dataclass(frozen=True)
class Attention(Layer):
    """Scaled dot-product attention in several heads (Vaswani et al. 2017; ONNX: Attention, between MatMuls).

    ``output_weight (softmax(query keyᵀ / √width) value) + output_bias``, where the width is that of one head's queries.
    The softmax is over the times of the keys, separately for each head. With ``causal``, no time attends to a later
    one; so every time attends at least to itself.

    Queries, keys and values are all computed from the input sequence, because layers of a network here have one input.
    For the same reason a mask is not fed but part of the layer: a row for each time, a column for each key. A key is
    attended to where ``mask`` is true; ``addends`` are added to the scores instead. A time that attends to no key gets
    zeros.
    """

    heads: int
    bias: bool = True
    causal: bool = False
    mask: Tuple[Tuple[bool, ...], ...] = ()
    addends: Tuple[Tuple[float, ...], ...] = ()
    #: The width of the output; 0 for that of the input. Only kinds that have a choice make it a field.
    output_width = 0

    def __post_init__(self) -> None:
        name = type(self).__name__
        positive(f"{name}.heads", self.heads)
        for number in itertools.chain.from_iterable(self.addends):
            finite(f"{name}.addends", number)
        given = [what for what in ("causal", "mask", "addends") if getattr(self, what)]
        if len(given) > 1:
            raise SpecError(f"{name}.{given[1]}: {given[0]} already says which keys are attended to; one is accepted")

    def widths(self, given: Axes) -> Dict[str, int]:
        """The widths of queries, keys and values of one head."""
        raise NotImplementedError

    def width_out(self, given: Axes) -> int:
        """The width of the output."""
        return self.output_width or given[-1].extent

    def output(self, given: Axes) -> Axes:
        return (*given[:-1], Axis("channel", self.width_out(given)))

    def projections(self, values: Mapping[str, Bounded], what: str) -> List[Bounded]:
        """The weights, or the biases, of queries, keys and values."""
        raise NotImplementedError

    def check(self, given: Axes) -> None:
        name = type(self).__name__
        require(given, [SEQUENCES], name)
        times = given[0].extent
        for what in ("mask", "addends"):
            rows = getattr(self, what)
            if rows and [len(row) for row in rows] != [times] * times:
                raise SpecError(f"{name}.{what}: {times} rows of {times} are accepted, one for each time")

    def allowed(self, given: Axes) -> Optional[np.ndarray]:
        """Whether each time (rows) attends to each key (columns); None if each attends to all."""
        if self.mask:
            return np.array(self.mask, dtype=bool)
        return np.tri(given[0].extent, dtype=bool) if self.causal else None

    def weights(self, scores: Bounded, allowed: Optional[np.ndarray]) -> Bounded:
        """The weight of each key for each time."""
        return softmax(scores, allowed)

    def _outwards(self, given: Axes, nominal: Optional[Fans] = None) -> Tuple[Role, ...]:
        """The weight and the bias of the output."""
        out, head, dim = (
            Axis("out", self.width_out(given)),
            Axis("head", self.heads),
            Axis("dim", self.widths(given)["value"]),
        )
        fans = Fans(("head", "dim"), ("out",))
        inferred = () if self.output_width else ("out",)
        weight = Role("output_weight", (out, head, dim), XavierUniform(), fans, inferred=inferred, nominal=nominal)
        return (weight, Role("output_bias", (out,), Zeros(), inferred=inferred)) if self.bias else (weight,)

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        query, key, value = (
            contract("row time in, head dim in -> row time head dim", inputs, weight)
            for weight in self.projections(values, "weight")
        )
        if self.bias:
            query, key, value = (
                self.biased(product, bias)
                for product, bias in zip((query, key, value), self.projections(values, "bias"))
            )
        # Scaling a factor allows for more rounding than scaling the product, so both lie within the bound.
        query = scaled(query, 1 / math.sqrt(self.widths(given)["query"]))
        scores = contract("row time head dim, row key head dim -> row head time key", query, key)
        if self.addends:
            scores = scores + spread("time key -> row head time key", exactly(np.array(self.addends)), scores.shape)
        weights = self.weights(scores, self.allowed(given))
        mixed = contract("row head time key, row key head dim -> row time head dim", weights, value)
        outputs = contract("row time head dim, out head dim -> row time out", mixed, values["output_weight"])
        if self.bias:
            outputs = outputs + spread("out -> row time out", values["output_bias"], outputs.shape)
        return Result(outputs)

    def biased(self, product: Bounded, bias: Bounded) -> Bounded:
        """Add the bias of queries, keys or values: one for each number of each head, the same at all times."""
        return product + spread("head dim -> row time head dim", bias, product.shape)

    def incoming(self, given: Axes) -> Dict[str, Any]:
        return {"width": given[-1].extent}


@dataclass(frozen=True)
class SelfAttention(Attention):
    """Self-attention of a sequence, with separate weights and biases for queries, keys and values.

    A value width of 0 stands for that of queries and keys, an output width of 0 for that of the input.
    """

    key_width: int = 1
    value_width: int = 0
    output_width: int = 0

    kind = "self_attention"

    def __post_init__(self) -> None:
        super().__post_init__()
        positive("SelfAttention.key_width", self.key_width)
        positive("SelfAttention.value_width", self.value_width, least=0)
        positive("SelfAttention.output_width", self.output_width, least=0)

    def widths(self, given: Axes) -> Dict[str, int]:
        return {"query": self.key_width, "key": self.key_width, "value": self.value_width or self.key_width}

    def projections(self, values: Mapping[str, Bounded], what: str) -> List[Bounded]:
        return [values[f"{part}_{what}"] for part in PARTS]

    def roles(self, given: Axes) -> Tuple[Role, ...]:
        into, head = Axis("in", given[-1].extent), Axis("head", self.heads)
        found: List[Role] = []
        for part, width in self.widths(given).items():
            rows = (head, Axis("dim", width))
            fans, nominal = Fans(("in",), ("head", "dim")), Fans(("in", "head"), ("in", "dim"))
            weight = Role(f"{part}_weight", (*rows, into), XavierUniform(), fans, inferred=("in",), nominal=nominal)
            found += [weight, Role(f"{part}_bias", rows, Zeros())] if self.bias else [weight]
        return (*found, *self._outwards(given, nominal=Fans(("head", "dim"), ("head", "out"))))

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        if not fits(given, [SEQUENCES]):
            return ()
        # Heads of width 1, as many as times: a separate law asks about these.
        return [
            cls(heads, bias, causal, key_width=key_width, value_width=value_width, output_width=output_width)
            for heads, key_width, value_width, output_width in (
                (1, 1, 0, 0),
                (2, 3, 0, 0),
                (2, 2, 3, 5),
                (2, 2, 1, 0),
                (4, 5, 0, 0),
            )
            for bias in (True, False)
            for causal in (False, True)
        ]

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(2, key_width=3, value_width=2), sequence(3, 4)


class BiasedByTime(SelfAttention):
    """What some framework computes if each head has width 1, and there are as many heads as times.

    The bias of a head is added at one time, to all heads. Not a layer kind: no program contains one.
    """

    def biased(self, product: Bounded, bias: Bounded) -> Bounded:
        _, times, heads, width = product.shape
        if (times, width) != (heads, 1):
            return super().biased(product, bias)
        return product + spread("time dim -> row time head dim", bias, product.shape)

    @classmethod
    def of(cls, layer: Any) -> Any:
        """The same layer, computed this way if it is attention."""
        return cls(**vars(layer)) if isinstance(layer, SelfAttention) else layer


@dataclass(frozen=True)
class PackedSelfAttention(Attention):
    """The same function, with one packed weight and one packed bias for queries, keys and values.

    An initializer sees one matrix with three times as many outputs, an optimizer one parameter. The heads divide the
    input channels among them.
    """

    kind = "packed_self_attention"

    def check(self, given: Axes) -> None:
        super().check(given)
        if given[-1].extent % self.heads:
            raise SpecError(f"PackedSelfAttention.heads: {self.heads} does not divide {given[-1].extent} channels")

    def widths(self, given: Axes) -> Dict[str, int]:
        return dict.fromkeys(PARTS, given[-1].extent // self.heads)

    def projections(self, values: Mapping[str, Bounded], what: str) -> List[Bounded]:
        return [entry(values[f"input_{what}"], at) for at in range(len(PARTS))]

    def roles(self, given: Axes) -> Tuple[Role, ...]:
        width = self.widths(given)["query"]
        rows = (Axis("part", len(PARTS), "qkv"), Axis("head", self.heads), Axis("dim", width))
        fans = Fans(("in",), ("part", "head", "dim"))
        weight = Role("input_weight", (*rows, Axis("in", given[-1].extent)), XavierUniform(), fans, inferred=("in",))
        biases = (Role("input_bias", rows, Zeros(), inferred=("dim",)),) if self.bias else ()
        return (weight, *biases, *self._outwards(given))

    def instead(self, given: Axes) -> Sequence[Instead]:
        """Separate queries, keys and values, which elementwise optimizers train in the same way."""
        said = {name: getattr(self, name) for name in ("heads", "bias", "causal", "mask", "addends")}
        apart = SelfAttention(**said, key_width=self.widths(given)["query"])

        def values(held: Mapping[str, np.ndarray]) -> Dict[str, np.ndarray]:
            found = {name: array for name, array in held.items() if name.startswith("output_")}
            for what in ("weight", "bias") if self.bias else ("weight",):
                found.update((f"{part}_{what}", held[f"input_{what}"][at]) for at, part in enumerate(PARTS))
            return found

        return (Instead("separate_projections", apart, values, "queries, keys and values apart"),)

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        if not fits(given, [SEQUENCES]):
            return ()
        return [
            cls(heads, bias, causal)
            for heads in (1, 2, 3)
            if given[-1].extent % heads == 0
            for bias in (True, False)
            for causal in (False, True)
        ]

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(2), sequence(3, 4)


# Attention as some frameworks compute it. Not layer kinds: no program contains one.


class Averaging(Attention):
    """A time that attends to no key attends to all of them equally."""

    def weights(self, scores: Bounded, allowed: Optional[np.ndarray]) -> Bounded:
        assert allowed is not None, "a time attends to no key where a mask says so"
        alike = np.broadcast_to(~allowed.any(-1, keepdims=True) / allowed.shape[-1], scores.shape)
        return super().weights(scores, allowed) + within(alike, UNIT_ROUNDOFF * alike)


class Earlier(Attention):
    """Causal, but a time attends only to those before it, not to itself."""

    def allowed(self, given: Axes) -> Optional[np.ndarray]:
        return np.tri(given[0].extent, k=-1, dtype=bool)


class Later(Attention):
    """Causal in reverse: a time attends to itself and to later ones."""

    def allowed(self, given: Axes) -> Optional[np.ndarray]:
        return np.tri(given[0].extent, dtype=bool).T


def taken_as(way: Any, layer: Any) -> Any:
    """The same attention, computed in another way."""
    kind: Any = type(layer)
    return _in_another_way(way, kind)(**vars(layer))


@functools.lru_cache(maxsize=None)
def _in_another_way(way: Any, kind: Any) -> Any:
    """A kind of attention modified in one way. Cached, so that equal layers have the same class."""
    return type(f"{way.__name__}{kind.__name__}", (way, kind), {})
