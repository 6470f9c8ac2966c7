"""The laws, by chapter. Importing this package registers them all."""

from specs.laws import access, initialization, persistence, sharing, training, writing
from specs.laws.model import LAWS, DrawLaw, Evidence, Law, Observation, QuestionLaw, find

__all__ = [
    "LAWS",
    "DrawLaw",
    "Evidence",
    "Law",
    "Observation",
    "QuestionLaw",
    "access",
    "find",
    "initialization",
    "persistence",
    "sharing",
    "training",
    "writing",
]
