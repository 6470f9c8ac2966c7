"""What is not carried unchanged, by kind of layer and pair of frameworks.

Each comparison measures it again, and fails if a declared one is not seen or an undeclared one is. The reasons are
stated elsewhere: for refused layers, by the target's absences; for changed training, by the layer that is
substituted; for statistics, by the divergences of both frameworks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import FrozenSet, Iterator, Tuple

from adapters.carrying.arrays import declarations

#: Layers that the target framework does not have. Other answers are the names of changes to accept.
REFUSED = "refused"
#: Running statistics are updated differently: with another variance, or with reused layers in another order.
AVERAGED = "averaged otherwise"
#: Networks in which two uses update the same statistics, carried in addition to single layers.
SHARED = TWICE, TIED = "batch_norm_used_twice", "tied_batch_norms"


@dataclass(frozen=True)
class Divergence:
    """Some or all layers of these kinds are not carried unchanged from any of the sources to any of the targets.

    ``law`` is the law that both frameworks answer differently, if that is the reason.
    """

    answer: str
    sources: Tuple[str, ...]
    targets: Tuple[str, ...]
    kinds: Tuple[str, ...]
    law: str = ""

    def concerns(self, source: str, target: str, kind: str) -> bool:
        return source in self.sources and target in self.targets and kind in self.kinds


#: Laws about the variance that is averaged, and about the order of uses.
_VALUE = "training.statistics_value"
_ORDER, _ORDER_OF_TIED = "training.statistics_of_reuse", "sharing.statistics_of_tied"

DIVERGENCES = (
    Divergence(REFUSED, ("keras", "torch", "reference"), ("gluon",), ("group_norm", "rms_norm")),
    Divergence(REFUSED, ("keras", "reference"), ("gluon", "torch"), ("prelu", "gru")),
    Divergence(REFUSED, ("gluon", "torch", "reference"), ("keras",), ("transposed_convolution", TIED)),
    Divergence("merged_biases", ("gluon", "torch", "reference"), ("keras",), ("lstm", "rnn")),
    Divergence("split_bias", ("keras", "reference"), ("gluon", "torch"), ("lstm", "rnn")),
    Divergence("split_bias", ("reference",), ("gluon", "keras", "torch"), ("gru",)),
    Divergence("added_biases", ("keras", "torch", "reference"), ("gluon",), ("lstm", "gru", "rnn")),
    Divergence(
        "added_affine", ("gluon", "keras", "reference"), ("torch",), ("batch_norm", "layer_norm", "instance_norm")
    ),
    Divergence("added_affine", ("keras", "reference"), ("torch",), ("group_norm",)),
    Divergence("trained_padding", ("torch", "reference"), ("gluon", "keras"), ("padded_embedding",)),
    Divergence(AVERAGED, ("gluon", "keras", "reference"), ("torch",), ("batch_norm", TWICE), _VALUE),
    Divergence(AVERAGED, ("gluon", "reference"), ("torch",), (TIED,), _VALUE),
    Divergence(AVERAGED, ("torch",), ("gluon", "keras", "reference"), ("batch_norm", TWICE), _VALUE),
    Divergence(AVERAGED, ("torch",), ("gluon", "reference"), (TIED,), _VALUE),
    Divergence(AVERAGED, ("gluon",), ("keras", "torch", "reference"), (TWICE,), _ORDER),
    Divergence(AVERAGED, ("keras", "torch", "reference"), ("gluon",), (TWICE,), _ORDER),
    Divergence(AVERAGED, ("gluon",), ("torch", "reference"), (TIED,), _ORDER_OF_TIED),
    Divergence(AVERAGED, ("torch", "reference"), ("gluon",), (TIED,), _ORDER_OF_TIED),
)


def declared(source: str, target: str, kind: str) -> FrozenSet[str]:
    """The declared answers for a kind of layer and a pair of frameworks."""
    return frozenset(one.answer for one in DIVERGENCES if one.concerns(source, target, kind))


def reasons(source: str, target: str, kind: str, answer: str) -> Iterator[str]:
    """The reasons and sources that the two frameworks declare for a law that they answer differently."""
    for law in (
        one.law for one in DIVERGENCES if one.law and one.answer == answer and one.concerns(source, target, kind)
    ):
        for adapter in (source, target):
            found = (one for one in declarations(adapter).divergences if one.law == law)
            yield from (f"{adapter}: {one.reason} [{one.source}]" for one in found)
