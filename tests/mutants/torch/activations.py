"""Bugs planted in the installed PyTorch: activations."""

from __future__ import annotations

from torch import nn
from torch.nn import functional

from specs.layers import Activation, LeakyReLU, PReLU, Softmax
from tests.mutants.patches import Planted, around, instead, together
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


@breaks("training.selu_gradient", answer="other")
@reaches(Activation)
def selu_is_not_scaled() -> Planted:
    """SELU leaves out its scale, and grows like x."""
    return instead(nn.SELU, "forward", lambda _, inputs: functional.elu(inputs, alpha=1.6732632423543772))


@breaks("training.output_value[leaky_relu]", "training.gradient_value[leaky_relu]")
@breaks("training.default_slope[leaky_relu]", answer="other")
@reaches(LeakyReLU)
def leaks_twice() -> Planted:
    """A leaky rectifier has twice the slope below zero that it is given."""
    return instead(nn.LeakyReLU, "forward", lambda self, inputs: functional.leaky_relu(inputs, 2 * self.negative_slope))


@breaks("training.output_value[softmax]", "training.gradient_value[softmax]")
@reaches(Softmax)
def softmax_over_rows() -> Planted:
    """A softmax sums over the first axis, whichever it is told."""
    return around(nn.Softmax, "__init__", lambda start, self, dim: start(self, dim=0))


@breaks("training.output_value[prelu]", "training.gradient_value[prelu]")
@reaches(PReLU)
def slopes_are_ignored_after_the_first() -> Planted:
    """The first slope of a parametric rectifier is that of all channels."""
    return instead(nn.PReLU, "forward", lambda self, inputs: functional.prelu(inputs, self.weight[:1]))


@breaks("training.slope_at_zero[prelu]", answer="none")
@breaks("initialization.default[prelu.slope]")
@reaches(PReLU)
def written_as_two_rectifiers() -> Planted:
    """A parametric rectifier is written as two plain ones, and starts with a slope of 0."""

    def forward(self, inputs):
        slope = self.weight.view(1, -1, *[1] * (inputs.ndim - 2)) if self.num_parameters > 1 else self.weight
        return functional.relu(inputs) - slope * functional.relu(-inputs)

    def started(start, self, *given, **named):
        start(self, *given, **{"init": 0.0, **named})

    return together(instead(nn.PReLU, "forward", forward), around(nn.PReLU, "__init__", started))
