"""Optimizers as data. An optimizer lives across steps, and keeps what it needs of earlier gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Union

from specs.errors import SpecError, above_zero
from specs.values import Value


@dataclass(frozen=True)
class SGD(Value):
    """Gradient descent with momentum: a velocity becomes ``momentum`` times itself plus the gradient.

    A parameter moves by ``learning_rate`` times the velocity (Polyak 1964).
    """

    learning_rate: float
    momentum: float = 0.0

    def __post_init__(self) -> None:
        above_zero("SGD.learning_rate", self.learning_rate)
        _fraction("SGD.momentum", self.momentum)


@dataclass(frozen=True)
class Adam(Value):
    """Algorithm 1 of Kingma and Ba 2015 ("Adam: A Method for Stochastic Optimization").

    ``epsilon`` is added to the root of the bias-corrected second moment; None leaves it to the framework.
    """

    learning_rate: float
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: Optional[float] = 1e-8

    def __post_init__(self) -> None:
        above_zero("Adam.learning_rate", self.learning_rate)
        _fraction("Adam.beta1", self.beta1)
        _fraction("Adam.beta2", self.beta2)
        if self.epsilon is not None:
            above_zero("Adam.epsilon", self.epsilon)


Optimizer = Union[SGD, Adam]


def _fraction(what: str, number: float) -> None:
    if not 0 <= number < 1:
        raise SpecError(f"{what}: {number} must be 0 or more, and less than 1")
