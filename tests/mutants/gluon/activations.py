"""Bugs planted in the installed MXNet: activations."""

from __future__ import annotations

from mxnet.gluon import nn

from specs.layers import Activation
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("training.output_value[activation]", "training.gradient_value[activation]")
@reaches(Activation)
def elu_is_shallow() -> Planted:
    """ELU falls to -0.5 far below zero."""
    return around(
        nn.ELU, "__init__", lambda start, self, *given, **named: start(self, *given, **{**named, "alpha": 0.5})
    )


@breaks("training.output_value[activation]", "training.gradient_value[activation]")
@reaches(Activation)
def swish_is_steep() -> Planted:
    """Swish takes the sigmoid of twice its argument."""
    return around(
        nn.Swish, "__init__", lambda start, self, *given, **named: start(self, *given, **{**named, "beta": 2.0})
    )
