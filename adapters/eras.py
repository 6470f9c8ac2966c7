"""The environments of tox that hold one version of a framework each, earlier ones and today's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict


@dataclass(frozen=True)
class Era:
    """An environment: the adapter that runs there, and what a program takes.

    ``milliseconds`` of one core, in the median of all laws' programs. ``python`` is named where it is not that of the
    others. An adapter is called by its own name in the environment of ``today``, and by the environment's in others.
    """

    adapter: str
    milliseconds: float
    python: str = ""
    today: bool = False


#: Oldest first within a framework.
ERAS: Dict[str, Era] = {
    "mxnet131": Era("gluon", 16),
    "mxnet151": Era("gluon", 18),
    "mxnet": Era("gluon", 18, today=True),
    "tf115": Era("tensorflow", 115, python="3.7"),
    "tf20": Era("tensorflow", 103, python="3.7"),
    "tf23": Era("tensorflow", 168, python="3.8"),
    "tf_keras": Era("tensorflow", 213),
    "keras": Era("keras", 60, today=True),
    "torch": Era("torch", 2, today=True),
}
