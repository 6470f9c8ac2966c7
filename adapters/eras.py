"""The tox environments, each with one version of a framework: earlier versions and the current one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict


@dataclass(frozen=True)
class Era:
    """An environment: the adapter that runs there, and the time a program takes.

    ``milliseconds`` is the time of one core per program, averaged over all programs requested; laws share programs.
    ``python`` is set only if it differs from the default. In an environment marked ``today``, the adapter keeps its own
    name; elsewhere it is named after the environment.
    """

    adapter: str
    milliseconds: float
    python: str = ""
    today: bool = False


#: Oldest first within a framework.
ERAS: Dict[str, Era] = {
    "mxnet131": Era("gluon", 10),
    "mxnet151": Era("gluon", 14),
    "mxnet": Era("gluon", 16, today=True),
    "tf115": Era("tensorflow", 68, python="3.7"),
    "tf20": Era("tensorflow", 76, python="3.7"),
    "tf23": Era("tensorflow", 78, python="3.8"),
    "tf_keras": Era("tensorflow", 146),
    "keras": Era("keras", 116, today=True),
    "keras_torch": Era("keras_torch", 80, today=True),
    "flax": Era("flax", 170, today=True),
    "torch": Era("torch", 42, today=True),
}
