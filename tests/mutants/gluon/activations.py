"""Bugs planted in the installed MXNet: activations."""

from __future__ import annotations

from mxnet import nd
from mxnet.gluon import nn

from specs.layers import Activation, LeakyReLU, PReLU, SelfAttention, Softmax
from tests.mutants.patches import Planted, around, instead
from tests.mutants.registry import breaks, reaches


@breaks("training.output_value[activation]", "training.gradient_value[activation]")
@reaches(Activation)
def swish_is_steep() -> Planted:
    """Swish takes the sigmoid of twice its argument."""
    return around(
        nn.Swish, "__init__", lambda start, self, *given, **named: start(self, *given, **{**named, "beta": 2.0})
    )


@breaks("training.output_value[activation]", "training.gradient_value[activation]")
@reaches(Activation)
def elu_falls_twice_as_deep() -> Planted:
    """ELU has an alpha of 2 where none is given: it falls to -2."""
    return around(nn.ELU, "__init__", lambda start, self, alpha=2.0, **named: start(self, alpha, **named))


@breaks("training.output_value[leaky_relu]", "training.gradient_value[leaky_relu]")
@reaches(LeakyReLU)
def leaks_twice() -> Planted:
    """A leaky rectifier has twice the slope below zero that it is given."""
    return around(nn.LeakyReLU, "__init__", lambda start, self, alpha: start(self, 2 * alpha))


@breaks("training.output_value[softmax]", "training.gradient_value[softmax]")
@reaches(Softmax, SelfAttention)
def softmax_is_cold() -> Planted:
    """A softmax takes twice its arguments."""
    return around(nd, "softmax", lambda softmax, x, axis: softmax(2 * x, axis=axis))


@breaks("training.output_value[prelu]", "training.gradient_value[prelu]")
@reaches(PReLU)
def slopes_are_squared() -> Planted:
    """A parametric rectifier takes the squares of its slopes."""

    def forward(self, F, x, alpha):  # noqa: N803  Gluon hands it over by this name
        return F.LeakyReLU(x, gamma=alpha * alpha, act_type="prelu")

    return instead(nn.PReLU, "hybrid_forward", forward)


@breaks("initialization.default[prelu.slope]")
@reaches(PReLU)
def slopes_start_at_zero() -> Planted:
    """The slopes of a parametric rectifier start at 0."""

    def started(start, self, *given, **named):
        start(self, *given, **{"alpha_initializer": "zeros", **named})

    return around(nn.PReLU, "__init__", started)
