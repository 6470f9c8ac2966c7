"""What does not come over as it is, by kind of layer and pair of frameworks.

Each comparison sees it anew: one that is no longer seen fails there, and so does what is seen and not declared. Why a
layer is refused the target's absences say, why one trains on otherwise the layer that stands for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import FrozenSet, Tuple

#: Layers of which the other framework has none. Other answers are the names of what has to be accepted.
REFUSED = "refused"
#: Running variances are averages of unbiased variances on one side alone.
AVERAGED = "averaged otherwise"


@dataclass(frozen=True)
class Divergence:
    """Layers of these kinds are not all carried as they are from any of some frameworks to any of others."""

    answer: str
    sources: Tuple[str, ...]
    targets: Tuple[str, ...]
    kinds: Tuple[str, ...]


DIVERGENCES = (
    Divergence(REFUSED, ("keras", "torch"), ("gluon",), ("group_norm", "rms_norm")),
    Divergence(REFUSED, ("keras",), ("gluon", "torch"), ("prelu", "gru")),
    Divergence(REFUSED, ("gluon", "torch"), ("keras",), ("transposed_convolution",)),
    Divergence("merged_biases", ("gluon", "torch"), ("keras",), ("lstm", "rnn")),
    Divergence("split_bias", ("keras",), ("gluon", "torch"), ("lstm", "rnn")),
    Divergence("added_biases", ("keras", "torch"), ("gluon",), ("lstm", "gru", "rnn")),
    Divergence("trained_padding", ("torch",), ("gluon", "keras"), ("padded_embedding",)),
    Divergence(AVERAGED, ("gluon", "keras"), ("torch",), ("batch_norm",)),
    Divergence(AVERAGED, ("torch",), ("gluon", "keras"), ("batch_norm",)),
)


def declared(source: str, target: str, kind: str) -> FrozenSet[str]:
    """What is declared of layers of a kind, from one framework to another."""
    return frozenset(
        one.answer for one in DIVERGENCES if source in one.sources and target in one.targets and kind in one.kinds
    )
