"""The environments of tox that hold one version of a framework each, earlier ones and today's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict


@dataclass(frozen=True)
class Era:
    """An environment: the adapter that runs there, and what a program takes.

    ``milliseconds`` of one core for a program, of all that are asked for; laws share programs. ``python`` is named
    where it is not that of the others. An adapter is called by its own name in the environment of ``today``, and by
    the environment's in others.
    """

    adapter: str
    milliseconds: float
    python: str = ""
    today: bool = False


#: Oldest first within a framework.
ERAS: Dict[str, Era] = {
    "mxnet131": Era("gluon", 5),
    "mxnet151": Era("gluon", 7),
    "mxnet": Era("gluon", 8, today=True),
    "tf115": Era("tensorflow", 34, python="3.7"),
    "tf20": Era("tensorflow", 38, python="3.7"),
    "tf23": Era("tensorflow", 39, python="3.8"),
    "tf_keras": Era("tensorflow", 73),
    "keras": Era("keras", 58, today=True),
    "keras_torch": Era("keras_torch", 40, today=True),
    "torch": Era("torch", 21, today=True),
}
