"""Activations: layers that hold nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Mapping, Sequence, Tuple

from specs.errors import one_of
from specs.layers.algebra import Bounded, elu, gelu, relu, sigmoid, silu, softplus, tanh
from specs.layers.layer import Axes, Layer, Result, features

FUNCTIONS: Dict[str, Callable[[Bounded], Bounded]] = {
    "tanh": tanh,
    "relu": relu,
    "sigmoid": sigmoid,
    "elu": elu,
    "softplus": softplus,
    "silu": silu,
    "gelu": gelu,
}


@dataclass(frozen=True)
class Activation(Layer):
    """A function of each element (ONNX: Relu, Tanh, Sigmoid, Elu, Softplus, Swish, Gelu).

    ELU's alpha is 1, and GELU is the exact one, of the normal distribution function.
    """

    function: str

    kind = "activation"

    def __post_init__(self) -> None:
        one_of("Activation.function", self.function, tuple(FUNCTIONS))

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        return Result(FUNCTIONS[self.function](inputs))

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        return [cls(function) for function in FUNCTIONS if any(axis.name == "channel" for axis in given)]

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls("tanh"), features(3)
