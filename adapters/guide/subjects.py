"""The subjects of figures: one large draw for each initializer and default, and the gradients of a shared weight."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Dict, Iterator, Optional, Tuple

import numpy as np
from scipy import special

from adapters.guide.tasks import TASKS, network
from specs.arrays import Listed
from specs.custom_initializers import THRESHOLDED_UNIFORM, TWO_SIDED_UNIFORM
from specs.initializers import (
    Constant,
    ConstantArray,
    Custom,
    Default,
    Normal,
    Ones,
    Uniform,
    VarianceScaling,
    XavierNormal,
    XavierUniform,
    Zeros,
)
from specs.laws import LAWS, DrawLaw, Evidence, drawings
from specs.laws.model import Draw
from specs.layers import (
    GRU,
    LSTM,
    RNN,
    WORDS,
    Convolution,
    ConvolutionTransposed,
    Dense,
    DepthwiseConvolution,
    Embedding,
    Layer,
    PackedSelfAttention,
    SelfAttention,
    SeparableConvolution,
)
from specs.layers.layer import Axes, Axis, features, image, sequence
from specs.programs.networks import Network, Slot
from specs.programs.operations import Build, Initialize, Matching, Operation, Read, Reinitialize, Seed
from specs.programs.program import Program
from specs.statistics.distributions import Distribution, Point
from specs.traces import Trace

#: Unequal fans, so that each rule for the scale of a weight gives a different scale.
WIDE = network(features(400), Dense(100))
#: A long bias.
LONG = network(features(16), Dense(20_000))
WEIGHT, BIAS = Slot(0, "weight"), Slot(0, "bias")


#: Small enough for an array with explicit elements.
SMALL = network(features(3), Dense(2))
GIVEN = (1.0, -0.5, 0.5, 0.5, 0.5, 1.0)


@dataclass(frozen=True)
class OneOf(Distribution):
    """The elements of a given array, equally often: nothing is random, but elements differ."""

    values: Tuple[float, ...]

    is_random = False

    @property
    def name(self) -> str:
        return f"equally often: {', '.join(f'{value:g}' for value in self.values)}"

    @property
    def mean(self) -> float:
        return float(np.mean(self.values))

    @property
    def std(self) -> float:
        return float(np.std(self.values))

    @property
    def support(self) -> Tuple[float, float]:
        return min(self.values), max(self.values)

    @property
    def atoms(self) -> Tuple[float, ...]:
        return tuple(sorted(set(self.values)))

    def cdf(self, x: np.ndarray) -> np.ndarray:
        up_to: np.ndarray = np.mean(np.asarray(x)[..., None] >= np.array(self.values), axis=-1)
        return up_to

    def quantile(self, u: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.quantile(self.values, u, method="inverted_cdf")
        return found


@dataclass(frozen=True)
class Coordinate(Distribution):
    """A coordinate of a uniformly random direction, as is an element of a random orthogonal matrix.

    Its square follows a beta distribution (Muirhead, "Aspects of Multivariate Statistical Theory", theorem 1.5.7).
    """

    dimensions: int

    @property
    def name(self) -> str:
        return f"a coordinate of a direction in {self.dimensions} dimensions"

    @property
    def mean(self) -> float:
        return 0.0

    @property
    def std(self) -> float:
        return math.sqrt(1 / self.dimensions)

    @property
    def support(self) -> Tuple[float, float]:
        return -1.0, 1.0

    def cdf(self, x: np.ndarray) -> np.ndarray:
        inside = np.clip(x, -1.0, 1.0)
        half: np.ndarray = np.sign(inside) * special.betainc(0.5, (self.dimensions - 1) / 2, inside**2) / 2
        return 0.5 + half

    def quantile(self, u: np.ndarray) -> np.ndarray:
        side = 2 * np.asarray(u) - 1
        found: np.ndarray = np.sign(side) * np.sqrt(special.betaincinv(0.5, (self.dimensions - 1) / 2, np.abs(side)))
        return found


@dataclass(frozen=True)
class Subject:
    """One draw of an initializer: the law about it or, if nothing is random and no law is about it, the given array.

    ``role`` is that of the parameter that is read, in the first layer of ``network``; a framework without such a layer
    draws for one of the ``others``.
    """

    name: str
    law: str
    initializer: Any
    role: str = "weight"
    network: Network = WIDE
    given: Optional[Distribution] = None
    others: Tuple[Network, ...] = ()

    @property
    def kind(self) -> str:
        return self.network.layer(0).kind

    @property
    def slot(self) -> Slot:
        return Slot(0, self.role)

    @property
    def program(self) -> Program:
        begun: Tuple[Operation, ...] = (Seed(1), Build(), Initialize(Default()))
        drawn: Tuple[Operation, ...] = ()
        if not isinstance(self.initializer, Default):
            drawn = (Reinitialize(self.initializer, Matching(self.role)),)
        return Program({"net": self.network}, (*begun, *drawn, Read(self.slot)))

    @property
    def answers(self) -> Tuple[str, ...]:
        """The answers to the law's question."""
        law = LAWS[self.law]
        return (law.specified,) if self.given is not None else tuple(law.answers)

    def distribution(self, answer: str) -> Distribution:
        """The distribution that an answer means for this draw."""
        if self.given is not None:
            return self.given
        placed, layer = self.network.uses[0], self.network.layer(0)
        draw = Draw(0, np.array([]), self.slot, layer, self.network.role(self.slot), placed.given, self.initializer, 0)
        return _of_elements(LAWS[self.law].answers[answer](draw), draw)

    @property
    def specified(self) -> Distribution:
        return self.distribution(LAWS[self.law].specified)

    def draws(self, trace: Trace) -> Tuple[DrawLaw, Tuple[Draw, ...]]:
        """The law, and the draws in a trace of the program."""
        law = LAWS[self.law]
        assert isinstance(law, DrawLaw), "a subject with a distribution has a law of draws"
        return law, tuple(law.observe(Evidence(self.program, trace)))


def _of_elements(law: Any, draw: Draw) -> Distribution:
    """The distribution of single elements, also for a law about whole arrays."""
    if isinstance(law, drawings.Orthogonal):
        return Coordinate(max(draw.role.fan_in_and_out))
    if isinstance(law, drawings.Pieces):
        letters = next(axis.letters for axis in draw.role.axes if axis.name == law.axis)
        return OneOf(tuple(law.letters.get(letter, law.rest).mean for letter in letters))
    found: Distribution = law
    return found


#: For kinds with random defaults: large layers with unequal fans, and the roles worth a figure.
LARGE: Tuple[Tuple[Tuple[str, ...], Axes, Tuple[Layer, ...]], ...] = (
    (("weight", "bias"), image(16, 3, 3), (Convolution(400, (3, 3)),)),
    (("weight", "bias"), image(16, 2, 2), (ConvolutionTransposed(400, (3, 3)),)),
    (("weight", "bias"), image(300, 3, 3), (DepthwiseConvolution((3, 3), 4),)),
    (("depthwise_weight", "pointwise_weight"), image(100, 3, 3), (SeparableConvolution(60, (3, 3), 3),)),
    *(
        (("input_weight", "recurrent_weight", "bias"), sequence(1, 60), layers)
        for layers in (
            (LSTM(100), LSTM(100, biases=1)),
            (GRU(100), GRU(100, biases=1, linear_before_reset=False)),
            (RNN(200), RNN(200, biases=1)),
        )
    ),
    (("weight",), (Axis("time", 1),), (Embedding(300, 60),)),
    (
        ("query_weight", "output_weight", "output_bias"),
        sequence(1, 200),
        (SelfAttention(4, key_width=30, value_width=15),),
    ),
    (("input_weight", "output_weight"), sequence(1, 120), (PackedSelfAttention(4),)),
)


def _defaults() -> Iterator[Subject]:
    for families, given, layers in LARGE:
        first, *others = (network(given, layer) for layer in layers)
        for family in families:
            role = next(role.name for role in layers[0].roles(given) if role.family == family)
            kind = layers[0].kind
            name = f"default {WORDS[kind]} {family.replace('_', ' ')}"
            law = f"initialization.default[{kind}.{family}]"
            yield Subject(name, law, Default(), role, first, others=tuple(others))


SUBJECTS: Dict[str, Subject] = {
    subject.name: subject
    for subject in (
        Subject("default weight", "initialization.default[dense.weight]", Default()),
        Subject("default bias", "initialization.default[dense.bias]", Default(), "bias", LONG),
        Subject("normal", "initialization.normal", Normal(0.0, 0.5)),
        Subject("uniform", "initialization.uniform", Uniform(-0.1, 0.1)),
        Subject("Xavier uniform", "initialization.xavier_uniform", XavierUniform(2.0)),
        Subject("Xavier normal", "initialization.xavier_normal", XavierNormal()),
        Subject("He normal", "initialization.variance_scaling_normal", VarianceScaling(2.0, "fan_in", "normal")),
        Subject("He uniform", "initialization.variance_scaling_uniform", VarianceScaling()),
        Subject("custom: two-sided", "initialization.custom_draws", Custom(TWO_SIDED_UNIFORM, 1)),
        Subject("custom: thresholded", "initialization.thresholded_draws", Custom(THRESHOLDED_UNIFORM, 1)),
        Subject("constant", "initialization.constant", Constant(0.5), given=Point(0.5)),
        Subject("zeros", "initialization.zeros_and_ones", Zeros(), given=Point(0.0)),
        Subject(
            "constant array",
            "initialization.constant_array",
            ConstantArray(Listed(GIVEN)),
            network=SMALL,
            given=OneOf(GIVEN),
        ),
        Subject("ones", "initialization.zeros_and_ones", Ones(), given=Point(1.0)),
        *_defaults(),
    )
}

#: The tasks whose gradients are shown: two uses of one weight, and the same two as separate layers.
AS_ONE, APART = TASKS["shared-gradient"], TASKS["unshared-gradients"]
