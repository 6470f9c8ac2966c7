"""What figures are made of: one large draw for each initializer and default, and the gradients of a shared weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

import numpy as np

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
from specs.laws import LAWS, DrawLaw, Evidence
from specs.laws.model import Draw
from specs.layers import Dense
from specs.layers.layer import features
from specs.programs.networks import Network, Slot
from specs.programs.operations import Build, Initialize, Matching, Operation, Read, Reinitialize, Seed
from specs.programs.program import Program
from specs.statistics.distributions import Distribution, Point
from specs.traces import Trace

#: Fans apart from each other, so that each rule for the scale of a weight gives a scale of its own.
WIDE = network(features(400), Dense(100))
#: A long bias.
LONG = network(features(16), Dense(20_000))
WEIGHT, BIAS = Slot(0, "weight"), Slot(0, "bias")


#: Small enough to give an array for its weight element by element.
SMALL = network(features(3), Dense(2))
GIVEN = (1.0, -0.5, 0.5, 0.5, 0.5, 1.0)


@dataclass(frozen=True)
class OneOf(Distribution):
    """An element of a given array, each as likely as the others: nothing is random, and yet not all are equal."""

    values: Tuple[float, ...]

    is_random = False

    @property
    def name(self) -> str:
        return f"the elements of the array: {', '.join(f'{value:g}' for value in self.values)}"

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
class Subject:
    """One initializer, drawn once: the law that says how, and where nothing is random and no law does, what is given.

    ``role`` is that of the parameter whose values are looked at, in the first layer of ``network``.
    """

    name: str
    law: str
    initializer: Any
    role: str = "weight"
    network: Network = WIDE
    given: Optional[Distribution] = None

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
        """What an answer means for this draw."""
        if self.given is not None:
            return self.given
        placed, layer = self.network.uses[0], self.network.layer(0)
        draw = Draw(0, np.array([]), self.slot, layer, self.network.role(self.slot), placed.given, self.initializer, 0)
        found: Distribution = LAWS[self.law].answers[answer](draw)
        return found

    @property
    def specified(self) -> Distribution:
        return self.distribution(LAWS[self.law].specified)

    def draws(self, trace: Trace) -> Tuple[DrawLaw, Tuple[Draw, ...]]:
        """The law of draws, and those in a trace of the program."""
        law = LAWS[self.law]
        assert isinstance(law, DrawLaw), "only draws are asked for their distribution"
        return law, tuple(law.observe(Evidence(self.program, trace)))


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
    )
}

#: The tasks whose gradients are pictured: of two uses of one weight, and of the same two as layers of their own.
AS_ONE, APART = TASKS["shared-gradient"], TASKS["unshared-gradients"]
