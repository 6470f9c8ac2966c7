"""Bugs planted in the reference: initializers of all that miss something, and Xavier's of what has no fans."""

from __future__ import annotations

from typing import Any

from adapters.reference import ReferenceAdapter, Sequence
from specs.laws.reaching import ASKED
from specs.layers import EXAMPLES
from specs.programs.operations import Initialize, Reinitialize
from tests.mutants.registry import breaks, reaches

#: Kinds that have weights.
MIXED = tuple(kind for kind in ASKED if any(role.fans for role in EXAMPLES[kind][0].roles(EXAMPLES[kind][1])))


@reaches(Initialize, Reinitialize)
class ReachesSome(ReferenceAdapter):
    """Initializes what has fans, or what has none, of a network that is initialized again."""

    has_fans: bool

    def initialize_network(self, net: Sequence, initializer: Any, again: bool) -> None:
        for _, parameter in self.parameters(net):
            if not again or (parameter.role.fans is not None) == self.has_fans:
                parameter.initialize(initializer)


@breaks(*(f"initialization.everything_reaches[{kind}]" for kind in MIXED), answer="its weights alone")
@breaks(*(f"initialization.everything_reaches[{kind}]" for kind in ASKED if kind not in MIXED), answer="nothing of it")
class ReachesWeightsAlone(ReachesSome):
    """An initializer given to a network again is for its weights."""

    has_fans = True


@breaks(*(f"initialization.everything_reaches[{kind}]" for kind in MIXED), answer="other")
class ReachesAllButWeights(ReachesSome):
    """An initializer given to a network again is for all but its weights."""

    has_fans = False
