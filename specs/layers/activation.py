"""Activations: layers without parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Tuple

from specs.errors import above_zero, one_of
from specs.layers.algebra import (
    Bounded,
    elu,
    gelu,
    gelu_tanh,
    leaky_relu,
    relu,
    selu,
    selu_of_its_output,
    sigmoid,
    silu,
    softmax,
    softplus,
    tanh,
)
from specs.layers.layer import FEATURES, SEQUENCES, Axes, Layer, Result, features, fits, require

FUNCTIONS: Dict[str, Callable[[Bounded], Bounded]] = {
    "tanh": tanh,
    "relu": relu,
    "sigmoid": sigmoid,
    "elu": elu,
    "selu": selu,
    "softplus": softplus,
    "silu": silu,
    "gelu": gelu,
    "gelu_tanh": gelu_tanh,
}
#: Functions that some framework differentiates incorrectly, and how: a separate law asks about this.
MISTAKEN: Dict[str, Callable[[Bounded], Bounded]] = {"selu": selu_of_its_output}


@dataclass(frozen=True)
class Activation(Layer):
    """A function of each element (ONNX: Relu, Tanh, Sigmoid, Elu, Selu, Softplus, Swish, Gelu).

    ELU's alpha is 1. GELU is exact, with the normal distribution function, or approximated with tanh.
    """

    function: str

    kind = "activation"
    is_elementwise = True

    def __post_init__(self) -> None:
        one_of("Activation.function", self.function, tuple(FUNCTIONS))

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        return Result(FUNCTIONS[self.function](inputs))

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        if not any(axis.name == "channel" for axis in given):
            return []
        return [cls(function) for function in FUNCTIONS if function not in MISTAKEN]

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls("tanh"), features(3)


class Mistaken(Activation):
    """An activation with the gradient that is somewhere taken for its own. No program holds one."""

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        return Result(MISTAKEN[self.function](inputs))

    @classmethod
    def of(cls, layer: Any) -> Any:
        """The same layer, with the incorrect gradient if there is one."""
        return cls(layer.function) if isinstance(layer, Activation) and layer.function in MISTAKEN else layer


#: The default slope of a leaky rectifier below zero.
SLOPE = 0.01


@dataclass(frozen=True)
class LeakyReLU(Layer):
    """x from zero on, ``slope`` times x below (ONNX: LeakyRelu). None leaves the slope to the framework."""

    slope: Optional[float] = None

    kind = "leaky_relu"
    is_elementwise = True
    words = "leaky ReLU"

    def __post_init__(self) -> None:
        if self.slope is not None:
            above_zero("LeakyReLU.slope", self.slope)

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        return Result(leaky_relu(inputs, SLOPE if self.slope is None else self.slope))

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        return [cls(slope) for slope in (0.25, 0.1) if any(axis.name == "channel" for axis in given)]

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(0.1), features(3)


@dataclass(frozen=True)
class Softmax(Layer):
    """exp(x) over its sum over the channels, which are the last axis (ONNX: Softmax)."""

    kind = "softmax"

    def check(self, given: Axes) -> None:
        require(given, [FEATURES, SEQUENCES], "Softmax")

    def apply(self, values: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        return Result(softmax(inputs))

    @classmethod
    def choices(cls, given: Axes) -> Sequence[Layer]:
        return [cls()] if fits(given, [FEATURES, SEQUENCES]) else []

    @classmethod
    def example(cls) -> Tuple[Layer, Axes]:
        return cls(), features(3)
