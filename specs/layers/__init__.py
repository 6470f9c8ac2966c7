"""Layer kinds, one file each, and the arithmetic in which they are written."""

from __future__ import annotations

from typing import Dict, Tuple, Type

from specs.layers.activation import Activation, LeakyReLU, Softmax
from specs.layers.attention import PackedSelfAttention, SelfAttention
from specs.layers.convolution import Convolution
from specs.layers.dense import Dense
from specs.layers.dropout import Dropout
from specs.layers.embedding import Embedding, PaddedEmbedding
from specs.layers.flatten import Flatten
from specs.layers.layer import Axes, Layer
from specs.layers.normalization import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, RMSNorm
from specs.layers.pooling import AveragePooling, GlobalPooling, MaxPooling
from specs.layers.prelu import PReLU
from specs.layers.recurrent import GRU, LSTM, RNN
from specs.layers.separable import DepthwiseConvolution, SeparableConvolution
from specs.layers.transposed import ConvolutionTransposed

#: Every kind.
KINDS: Tuple[Type[Layer], ...] = (
    Dense,
    Activation,
    LeakyReLU,
    PReLU,
    Softmax,
    Flatten,
    Convolution,
    ConvolutionTransposed,
    DepthwiseConvolution,
    SeparableConvolution,
    MaxPooling,
    AveragePooling,
    GlobalPooling,
    Dropout,
    BatchNorm,
    LayerNorm,
    GroupNorm,
    InstanceNorm,
    RMSNorm,
    LSTM,
    GRU,
    RNN,
    Embedding,
    PaddedEmbedding,
    SelfAttention,
    PackedSelfAttention,
)
#: For each kind, an example with all of its roles, and the axes of its input.
EXAMPLES: Dict[str, Tuple[Layer, Axes]] = {kind.kind: kind.example() for kind in KINDS}
#: What each kind is called in sentences.
WORDS: Dict[str, str] = {kind.kind: kind.words for kind in KINDS}


def forms(kind: str) -> Tuple[Layer, ...]:
    """The example of a kind, with all choices of arguments, and without what it may lack, each once."""
    example, axes = EXAMPLES[kind]
    return tuple(dict.fromkeys((example, *type(example).choices(axes), *example.bare())))


__all__ = [
    "EXAMPLES",
    "GRU",
    "KINDS",
    "LSTM",
    "RNN",
    "WORDS",
    "Activation",
    "AveragePooling",
    "BatchNorm",
    "Convolution",
    "ConvolutionTransposed",
    "Dense",
    "DepthwiseConvolution",
    "Dropout",
    "Embedding",
    "Flatten",
    "GlobalPooling",
    "GroupNorm",
    "InstanceNorm",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "MaxPooling",
    "PReLU",
    "PackedSelfAttention",
    "PaddedEmbedding",
    "RMSNorm",
    "SelfAttention",
    "SeparableConvolution",
    "Softmax",
    "forms",
]
