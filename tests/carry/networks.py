"""Networks that are carried between all pairs, and those whose trained weights come with packages."""

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

#: Convolutions, each followed by a batch norm, with a residual connection (He et al. 2016).
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
    """Next-word prediction by an LSTM with this many biases."""
    return Network((Axis("time", 6),), (Embedding(20, 8), LSTM(10, biases=biases), Dense(20)))


def tied_language(biases: int) -> Network:
    """``language`` with an output layer that is tied to the embedding's weight (Press and Wolf 2017)."""
    head = Use(Dense(20), ties=(Tie("weight", Slot(0, "weight"), ("number", "width")),))
    return Network((Axis("time", 6),), (Embedding(20, 8), LSTM(8, biases=biases), head))


#: Networks by name; and the number of biases of each framework's LSTM.
PORTED = {"lenet": LENET, "residual": RESIDUAL, "encoder": ENCODER_NORM_LAST}
BIASES = {"gluon": 2, "keras": 1, "torch": 2}

#: Resemblyzer's voice encoder without its final normalization (resemblyzer/voice_encoder.py): 40 mel channels.
VOICE = Network(sequence(160, 40), (LSTM(256, layers=3, returns="last"), Dense(256), Activation("relu")))


def _heard(filters: int, window: int, stride: int, begin: int, end: int) -> tuple:
    padded = {"pads_begin": (begin, 0), "pads_end": (end, 0)}
    return (
        Convolution(filters, (window, 1), strides=(stride, 1), **padded),
        Activation("relu"),
        # Its momentum never updates statistics, which no kind expresses; for inference, 0.99 does the same.
        BatchNorm(momentum=0.99, epsilon=0.0010000000474974513),
        MaxPooling((2, 1), strides=(2, 1)),
    )


#: torchcrepe's small pitch model (torchcrepe/model.py): 1024 samples, 360 pitches.
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
