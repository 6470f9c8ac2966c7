"""Networks that are carried over all pairs, and those of trained weights that packages bring along."""

from __future__ import annotations

from specs.layers import (
    LSTM,
    Activation,
    BatchNorm,
    Convolution,
    Dense,
    Embedding,
    Flatten,
    GlobalPooling,
    MaxPooling,
)
from specs.layers.layer import Axis, image, sequence
from specs.programs.networks import Network, Residual, Slot, Tie, Use
from specs.programs.ported import ENCODER_NORM_LAST, LENET

_SAME = {"pads_begin": (1, 1), "pads_end": (1, 1)}

#: Convolutions of which each is normalized, around which what comes in goes by (He et al. 2016).
RESIDUAL = Network(
    image(3, 8, 8),
    (
        Convolution(4, (3, 3), bias=False, **_SAME),
        BatchNorm(),
        Activation("relu"),
        Residual(
            (
                Convolution(4, (3, 3), bias=False, **_SAME),
                BatchNorm(),
                Activation("relu"),
                Convolution(4, (3, 3), bias=False, **_SAME),
                BatchNorm(),
            )
        ),
        Activation("relu"),
        GlobalPooling("average"),
        Dense(5),
    ),
)


def language(biases: int) -> Network:
    """The next word of each, by an LSTM of so many biases."""
    return Network((Axis("time", 6),), (Embedding(20, 8), LSTM(10, biases=biases), Dense(20)))


def tied_language(biases: int) -> Network:
    """The same with a head on the embedding's weight (Press and Wolf 2017)."""
    head = Use(Dense(20), ties=(Tie("weight", Slot(0, "weight"), ("number", "width")),))
    return Network((Axis("time", 6),), (Embedding(20, 8), LSTM(8, biases=biases), head))


#: By name, and how many biases LSTMs of frameworks have.
PORTED = {"lenet": LENET, "residual": RESIDUAL, "encoder": ENCODER_NORM_LAST}
BIASES = {"gluon": 2, "keras": 1, "torch": 2}

#: Resemblyzer's encoder of voices, up to the norm of what comes out (resemblyzer/voice_encoder.py): 40 mel channels.
VOICE = Network(sequence(160, 40), (LSTM(256, layers=3, returns="last"), Dense(256), Activation("relu")))


def _heard(filters: int, window: int, stride: int, begin: int, end: int) -> tuple:
    padded = {"pads_begin": (begin, 0), "pads_end": (end, 0)}
    return (
        Convolution(filters, (window, 1), strides=(stride, 1), **padded),
        Activation("relu"),
        # Of running statistics it keeps all, which no kind here says: 0.99 for inference is as good.
        BatchNorm(momentum=0.99, epsilon=0.0010000000474974513),
        MaxPooling((2, 1), strides=(2, 1)),
    )


#: torchcrepe's small model of pitch (torchcrepe/model.py): 1024 samples, 360 pitches.
PITCH = Network(
    image(1, 1024, 1),
    (
        *_heard(128, 512, 4, 254, 254),
        *(layer for filters in (16, 16, 16, 32, 64) for layer in _heard(filters, 64, 1, 31, 32)),
        Flatten(),
        Dense(360),
        Activation("sigmoid"),
    ),
)
