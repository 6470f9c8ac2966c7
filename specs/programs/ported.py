"""Small versions of networks that people port: LeNet, a perceptron on images, a policy, Transformer blocks."""

from __future__ import annotations

from typing import Tuple

from specs.layers import (
    Activation,
    AveragePooling,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    LayerNorm,
    SelfAttention,
    Softmax,
)
from specs.layers.layer import Axes, Layer, features, image, sequence
from specs.programs.networks import Element, Network, Residual, Use


def _network(given: Axes, *layers: Layer) -> Network:
    return Network(given, tuple(map(Use, layers)))


#: Epsilon of the norms below, given because the frameworks' defaults differ.
EPSILON = 2.0**-10


def _norm_first(*layers: Layer) -> Element:
    """A Transformer sublayer with its norm inside the residual branch, first (pre-norm; Xiong et al. 2020)."""
    return Residual(tuple(map(Use, (LayerNorm(EPSILON), *layers))))


def _norm_last(*layers: Layer) -> Tuple[Element, ...]:
    """The same with its norm after the sum (post-norm; Vaswani et al. 2017)."""
    return Residual(tuple(map(Use, layers))), Use(LayerNorm(EPSILON))


#: LeCun et al. 1998, as in textbooks: sigmoids, average pooling, equal padding on all sides.
LENET = _network(
    image(1, 8, 8),
    Convolution(2, (3, 3), pads_begin=(1, 1), pads_end=(1, 1)),
    Activation("sigmoid"),
    AveragePooling((2, 2)),
    Convolution(3, (3, 3)),
    Activation("sigmoid"),
    AveragePooling((2, 2)),
    Flatten(),
    Dense(5),
    Activation("sigmoid"),
    Dense(4),
    Activation("sigmoid"),
    Dense(2),
)
PERCEPTRON = _network(image(1, 3, 4), Flatten(), Dense(6), Activation("relu"), Dropout(0.5), Dense(3))
POLICY = _network(features(4), Dense(6), Activation("relu"), Dense(2), Softmax())
#: Transformer blocks without dropout, so that their output is determined in training as well.
_FED_FORWARD = Dense(6), Activation("relu"), Dense(4)
ENCODER_NORM_FIRST = Network(sequence(3, 4), (_norm_first(SelfAttention(2, key_width=2)), _norm_first(*_FED_FORWARD)))
ENCODER_NORM_LAST = Network(sequence(3, 4), (*_norm_last(SelfAttention(2, key_width=2)), *_norm_last(*_FED_FORWARD)))
#: A decoder-only block: no time attends to a later one (Radford et al. 2019).
DECODER = Network(
    sequence(4, 4),
    (
        _norm_first(SelfAttention(2, causal=True, key_width=2)),
        _norm_first(Dense(6), Activation("gelu_tanh"), Dense(4)),
        Use(LayerNorm(EPSILON)),
    ),
)
PORTED = (LENET, PERCEPTRON, POLICY, ENCODER_NORM_FIRST, ENCODER_NORM_LAST, DECODER)
