"""What does not come over as it is, by kind of layer and pair of frameworks.

Each comparison sees it anew: one that is no longer seen fails there, and so does what is seen and not declared. Why a
layer is refused the target's absences say, why one trains on otherwise the layer that stands for it, and why statistics
are averaged otherwise what both declare of a law.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import FrozenSet, Iterator, Tuple

from adapters.carrying.arrays import declarations

#: Layers of which the other framework has none. Other answers are the names of what has to be accepted.
REFUSED = "refused"
#: Running statistics move otherwise: by another variance of a batch, or by uses in another order.
AVERAGED = "averaged otherwise"
#: Networks in which two uses move the same statistics, carried beside single layers.
SHARED = TWICE, TIED = "batch_norm_used_twice", "tied_batch_norms"


@dataclass(frozen=True)
class Divergence:
    """Layers of these kinds are not all carried as they are from any of some frameworks to any of others.

    ``law`` is the one that both answer differently, where that is why.
    """

    answer: str
    sources: Tuple[str, ...]
    targets: Tuple[str, ...]
    kinds: Tuple[str, ...]
    law: str = ""

    def concerns(self, source: str, target: str, kind: str) -> bool:
        return source in self.sources and target in self.targets and kind in self.kinds


#: By which variance of a batch, and in which order of uses.
_VALUE = "training.statistics_value"
_ORDER, _ORDER_OF_TIED = "training.statistics_of_reuse", "sharing.statistics_of_tied"

DIVERGENCES = (
    Divergence(REFUSED, ("keras", "torch"), ("gluon",), ("group_norm", "rms_norm")),
    Divergence(REFUSED, ("keras",), ("gluon", "torch"), ("prelu", "gru")),
    Divergence(REFUSED, ("gluon", "torch"), ("keras",), ("transposed_convolution",)),
    Divergence("merged_biases", ("gluon", "torch"), ("keras",), ("lstm", "rnn")),
    Divergence("split_bias", ("keras",), ("gluon", "torch"), ("lstm", "rnn")),
    Divergence("added_biases", ("keras", "torch"), ("gluon",), ("lstm", "gru", "rnn")),
    Divergence("trained_padding", ("torch",), ("gluon", "keras"), ("padded_embedding",)),
    Divergence(REFUSED, ("gluon", "torch"), ("keras",), (TIED,)),
    Divergence(AVERAGED, ("gluon", "keras"), ("torch",), ("batch_norm", TWICE), _VALUE),
    Divergence(AVERAGED, ("torch",), ("gluon", "keras"), ("batch_norm", TWICE), _VALUE),
    Divergence(AVERAGED, ("gluon",), ("keras", "torch"), (TWICE,), _ORDER),
    Divergence(AVERAGED, ("keras", "torch"), ("gluon",), (TWICE,), _ORDER),
    Divergence(AVERAGED, ("gluon",), ("torch",), (TIED,), _ORDER_OF_TIED),
    Divergence(AVERAGED, ("torch",), ("gluon",), (TIED,), _ORDER_OF_TIED),
)


def declared(source: str, target: str, kind: str) -> FrozenSet[str]:
    """What is declared of layers of a kind, from one framework to another."""
    return frozenset(one.answer for one in DIVERGENCES if one.concerns(source, target, kind))


def reasons(source: str, target: str, kind: str, answer: str) -> Iterator[str]:
    """What the two frameworks declare of laws that they answer differently, with its source."""
    for law in (
        one.law for one in DIVERGENCES if one.law and one.answer == answer and one.concerns(source, target, kind)
    ):
        for adapter in (source, target):
            found = (one for one in declarations(adapter).divergences if one.law == law)
            yield from (f"{adapter}: {one.reason} [{one.source}]" for one in found)
