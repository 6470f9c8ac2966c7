"""The laws, by chapter. Importing this package registers them all."""

from typing import Optional

from specs.laws import (
    access,
    casting,
    holding,
    identities,
    initialization,
    limits,
    masks,
    omissions,
    optimizing,
    persistence,
    random_layers,
    reaching,
    recipes,
    rectifiers,
    resuming,
    seeding,
    sharing,
    training,
    writing,
)
from specs.laws.model import LAWS, DrawLaw, Evidence, Law, Observation, QuestionLaw, find

#: The laws that are judged by random draws.
DRAW_LAWS = tuple(law for law in LAWS.values() if isinstance(law, DrawLaw))


def requested(programs: Optional[int]) -> str:
    """The number of programs that a run requests per law, in words. None means each law's own number."""
    return f"{DrawLaw.programs} (random draws) or {QuestionLaw.programs}" if programs is None else str(programs)


__all__ = [
    "DRAW_LAWS",
    "LAWS",
    "DrawLaw",
    "Evidence",
    "Law",
    "Observation",
    "QuestionLaw",
    "access",
    "casting",
    "find",
    "holding",
    "identities",
    "initialization",
    "limits",
    "masks",
    "omissions",
    "optimizing",
    "persistence",
    "random_layers",
    "reaching",
    "recipes",
    "rectifiers",
    "requested",
    "resuming",
    "seeding",
    "sharing",
    "training",
    "writing",
]
