"""Bugs planted in the installed PyTorch: activations."""

from __future__ import annotations

from torch import nn
from torch.nn import functional

from specs.layers import Activation
from tests.mutants.patches import Planted, instead
from tests.mutants.registry import breaks, reaches


@breaks("training.output_value[activation]", "training.gradient_value[activation]")
@reaches(Activation)
def gelu_is_approximate() -> Planted:
    """GELU is computed by its approximation with tanh."""
    return instead(nn.GELU, "forward", lambda _, inputs: functional.gelu(inputs, approximate="tanh"))


@breaks("training.output_value[activation]", "training.gradient_value[activation]")
@reaches(Activation)
def softplus_turns_linear_early() -> Planted:
    """Softplus is the identity from 0.5 on."""
    return instead(nn.Softplus, "forward", lambda _, inputs: functional.softplus(inputs, threshold=0.5))
