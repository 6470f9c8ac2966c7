"""Initialization: distributions, targets, repeated initialization, seeds, deferral, custom functions."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, Callable, Dict, Iterator, List, Set, Tuple

import numpy as np

from specs.custom_initializers import THRESHOLDED_UNIFORM, TWO_SIDED_UNIFORM
from specs.errors import SpecError
from specs.initializers import (
    Bare,
    Constant,
    Custom,
    Default,
    Kaiming,
    Normal,
    Ones,
    Orthogonal,
    SeededNormal,
    TruncatedNormal,
    Uniform,
    VarianceScaling,
    XavierNormal,
    XavierUniform,
    Zeros,
)
from specs.laws import drawings
from specs.laws.answers import AS_EXPECTED, RAISES, YES_NO, yes
from specs.laws.ledger import difference, filled, filled_by, held, held_after, reached, readings, same
from specs.laws.model import Draw, Evidence, Observation, OperationFailed, drawn, ending, question
from specs.layers import EXAMPLES, WORDS, Layer
from specs.layers.layer import Role
from specs.programs.networks import Network, Slot
from specs.programs.operations import Build, Initialize, Matching, OneLayer, OneParameter, Read, Reinitialize, Seed
from specs.statistics import distributions as of
from specs.statistics.distributions import Distribution
from specs.statistics.flaws import surely_more_than
from specs.texts import a

Shape = Tuple[int, ...]


def _symmetric(bound: float) -> Distribution:
    return of.Uniform(-bound, bound)


#: fan_in, fan_out or their average, by their names in initializers.
_BY: Dict[str, Callable[[int, int], float]] = {
    "fan_in": lambda into, out: into,
    "fan_out": lambda into, out: out,
    "fan_avg": lambda into, out: (into + out) / 2,
}


def _std(draw: Draw, scale: float, mode: str) -> float:
    """The standard deviation of draws whose variance is a scale divided by a fan."""
    return math.sqrt(scale / _BY[mode](*_fans(draw)))


def _scaled_std(draw: Draw) -> float:
    return _std(draw, draw.initializer.scale, draw.initializer.mode)


def _glorot_uniform(draw: Draw, gain: float = 1.0) -> Distribution:
    return _symmetric(gain * math.sqrt(6 / sum(_fans(draw))))


def _nominal_glorot_uniform(draw: Draw, gain: float = 1.0) -> Distribution:
    return _symmetric(gain * math.sqrt(6 / sum(draw.role.nominal_fans)))


def _glorot_std(draw: Draw) -> float:
    gain: float = draw.initializer.gain
    return gain * math.sqrt(2 / sum(_fans(draw)))


def _fans(draw: Draw) -> Tuple[int, int]:
    """fan_in and fan_out of the layer. Raises :class:`SpecError` if it has none."""
    if draw.fans is None:
        raise SpecError(f"a {draw.layer.kind} has no fan_in and fan_out")
    return draw.fans


def _inverse_root(fan: int) -> Distribution:
    return _symmetric(1 / math.sqrt(fan))


# Distributions. A test reads parameters after an initialization that drew them; the last initialization counts.


def draws_by(evidence: Evidence, kind: type, **having: Any) -> Iterator[Draw]:
    """Draws by initializers of a kind with certain arguments. Raises :class:`SpecError` if one of them did not draw."""
    for at, read in evidence.find(Read):
        last, operation = evidence.last(at, Initialize, Reinitialize)
        initializer, network = operation.initializer, evidence.network(at)
        if isinstance(initializer, kind) and all(getattr(initializer, name) == having[name] for name in having):
            if evidence.outcome(last).kind != "ok":
                raise OperationFailed(last, evidence.outcome(last))
            seeding, _ = evidence.last(at, Seed)
            layer, given = network.layer(read.slot.layer), network.uses[read.slot.layer].given
            array = evidence.value(at).array
            yield Draw(at, array, read.slot, layer, network.role(read.slot), given, initializer, seeding)


def _weights(evidence: Evidence, kind: type, **having: Any) -> Iterator[Draw]:
    return (draw for draw in draws_by(evidence, kind, **having) if draw.role.fans is not None)


def _of(subject: str, draws: Iterator[Draw]) -> Iterator[Draw]:
    """The draws for one role of one kind."""
    return (draw for draw in draws if subject_of(draw.layer, draw.role) == subject)


def subject_of(layer: Layer, role: Role) -> str:
    """The subject of laws that are asked for each role."""
    return f"{layer.kind}.{role.family.replace('reverse_', '')}"


#: The roles of every kind, by subject, with their specified initial values.
ROLES: Dict[str, Role] = {
    subject_of(layer, role): role for layer, given in EXAMPLES.values() for role in layer.roles(given)
}


def _layer_of(subject: str) -> str:
    return a(WORDS[subject.partition(".")[0]])


#: The standard deviation of a standard normal number cut at 2.
CUT = of.TruncatedNormal(1.0).deviation / (of.TruncatedNormal(1.0).support[1] / 2)
#: The distribution of normals that are cut with a limited number of tries.
SCALED_BY_TRIES = "that normal cut at ±2σ but for 4 in a million, then scaled to that deviation"


def _by_tries(std: float) -> Distribution:
    """A normal cut with a limited number of tries, then scaled."""
    return drawings.FewTries(0.0, std / CUT)


#: The specified initial values of roles, in words.
_STARTS: Dict[Any, str] = {
    XavierUniform(): "Glorot uniform",
    Orthogonal(): "orthogonal",
    Zeros(): "zeros",
    Ones(): "ones",
    Normal(): "N(0, 1)",
    Constant(0.25): "0.25",
}
#: Default distributions in frameworks.
DEFAULTS: Dict[str, Callable[[Draw], Any]] = {
    "Glorot uniform": _glorot_uniform,
    "Glorot uniform, fan_in over all channels, fan_out of one": _nominal_glorot_uniform,
    "orthogonal": lambda draw: drawings.Orthogonal(),
    "zeros": lambda draw: of.Point(0.0),
    "ones": lambda draw: of.Point(1.0),
    "0.25": lambda draw: of.Point(0.25),
    "0.01": lambda draw: of.Point(0.01),
    "zeros, and ones for the forget gate": lambda draw: drawings.Pieces("gate", {"f": of.Point(1.0)}, of.Point(0.0)),
    "U(-0.07, 0.07)": lambda draw: of.Uniform(-0.07, 0.07),
    "U(-0.05, 0.05)": lambda draw: of.Uniform(-0.05, 0.05),
    "N(0, 1)": lambda draw: of.Normal(0.0, 1.0),
    "N(0, 1), and zeros for the padding": lambda draw: drawings.BlankRow(of.Normal(0.0, 1.0)),
    "N(0, 1 / width)": lambda draw: of.Normal(0.0, 1 / math.sqrt(draw.role.shape[-1])),
    "U(±1/√fan_in)": lambda draw: _inverse_root(_fans(draw)[0]),
    "U(±1/√fan_out)": lambda draw: _inverse_root(_fans(draw)[1]),
    "U(±1/√hidden)": lambda draw: _inverse_root(_hidden(draw)),
    "N(0, 1 / fan_in) cut at ±2σ, then scaled to that deviation": lambda draw: of.TruncatedNormal(
        1 / math.sqrt(_fans(draw)[0])
    ),
    "N(0, 1 / fan_out) cut at ±2σ, then scaled to that deviation": lambda draw: of.TruncatedNormal(
        1 / math.sqrt(_fans(draw)[1])
    ),
}


def _hidden(draw: Draw) -> int:
    hidden: int = draw.layer.hidden  # type: ignore[attr-defined]  # only a recurrent layer is asked
    return hidden


for _subject, _role in ROLES.items():
    drawn(
        f"initialization.default[{_subject}]",
        f"From which distribution does the default initializer draw the {_role.family.replace('_', ' ')} "
        f"of {_layer_of(_subject)} layer?",
        specified=_STARTS[_role.start] + (", and zeros for the padding" if _role.blank is not None else ""),
        answers=DEFAULTS,
        claims={"dense.weight": ("G07", "K03"), "dense.bias": ("G05", "G07", "K04")}.get(_subject, ()),
    )(lambda evidence, subject=_subject: _of(subject, draws_by(evidence, Default)))  # type: ignore[misc]


@drawn(
    "initialization.normal",
    "From which distribution does the normal initializer draw?",
    specified="N(mean, std²)",
    answers={"N(mean, std²)": lambda draw: of.Normal(draw.initializer.mean, draw.initializer.std)},
    claims=("G08", "K05"),
)
def normal(evidence: Evidence) -> Iterator[Draw]:
    yield from _weights(evidence, Normal)


@drawn(
    "initialization.uniform",
    "From which distribution does the uniform initializer draw?",
    specified="U(low, high)",
    answers={"U(low, high)": lambda draw: of.Uniform(draw.initializer.low, draw.initializer.high)},
)
def uniform(evidence: Evidence) -> Iterator[Draw]:
    yield from _weights(evidence, Uniform)


@drawn(
    "initialization.xavier_uniform",
    "From which distribution does the Xavier (Glorot) uniform initializer draw, with its gain?",
    specified="U(±gain √(6 / (fan_in + fan_out)))",
    answers={
        "U(±gain √(6 / (fan_in + fan_out)))": lambda draw: _glorot_uniform(draw, draw.initializer.gain),
    },
    claims=("G09",),
)
def xavier_uniform(evidence: Evidence) -> Iterator[Draw]:
    yield from _weights(evidence, XavierUniform)


@drawn(
    "initialization.xavier_normal",
    "From which distribution does the Xavier (Glorot) normal initializer draw, with its gain?",
    specified="N(0, gain² · 2 / (fan_in + fan_out))",
    answers={
        "N(0, gain² · 2 / (fan_in + fan_out))": lambda draw: of.Normal(0.0, _glorot_std(draw)),
        "that normal cut at ±2σ, then scaled to that deviation": lambda draw: of.TruncatedNormal(_glorot_std(draw)),
        SCALED_BY_TRIES: lambda draw: _by_tries(_glorot_std(draw)),
    },
)
def xavier_normal(evidence: Evidence) -> Iterator[Draw]:
    yield from _weights(evidence, XavierNormal)


#: Weights whose fans are not those of a matrix: with windows and groups, or packed gates.
WINDOWED = tuple(subject for subject, role in ROLES.items() if role.fans is not None and len(role.axes) > 2)


def _nominal_xavier(draw: Draw) -> Distribution:
    return _nominal_glorot_uniform(draw, draw.initializer.gain)


def _over(role: Role) -> str:
    """In words, what nominal fan_in counts."""
    return "over all heads" if "head" in [axis.name for axis in role.axes] else "over all channels"


def _nominal(role: Role) -> str:
    """In words, which nominal fans a role has."""
    return (
        "over all heads" if "head" in [axis.name for axis in role.axes] else "fan_in over all channels, fan_out of one"
    )


def _nominal_he(draw: Draw) -> Distribution:
    return _symmetric(math.sqrt(3 * draw.initializer.scale / draw.role.nominal_fans[0]))


for _subject in WINDOWED:
    drawn(
        f"initialization.xavier_uniform[{_subject}]",
        f"From which distribution does the Xavier (Glorot) uniform initializer draw the "
        f"{_subject.partition('.')[2].replace('_', ' ')} of {_layer_of(_subject)} layer: "
        "by which fans?",
        specified="by those of its axes",
        answers={
            "by those of its axes": lambda draw: _glorot_uniform(draw, draw.initializer.gain),
            **({_nominal(ROLES[_subject]): _nominal_xavier} if ROLES[_subject].nominal else {}),
        },
    )(lambda evidence, subject=_subject: _of(subject, draws_by(evidence, XavierUniform)))  # type: ignore[misc]


def _has_nominal_inputs(role: Role) -> bool:
    """Whether nominal inputs differ from those that an output is a sum over."""
    return role.nominal is not None and role.fans is not None and role.nominal.into != role.fans.into


@drawn(
    "initialization.variance_scaling_uniform",
    "From which uniform distribution does an initializer draw that scales by a factor and by fan_in, fan_out or "
    "their average (He's and LeCun's)?",
    specified="U(±√(3 scale / n))",
    answers={"U(±√(3 scale / n))": lambda draw: _symmetric(math.sqrt(3) * _scaled_std(draw))},
)
def variance_scaling_uniform(evidence: Evidence) -> Iterator[Draw]:
    yield from _weights(evidence, VarianceScaling, distribution="uniform")


@drawn(
    "initialization.variance_scaling_normal",
    "From which normal distribution does an initializer draw that scales by a factor and by fan_in, fan_out or their "
    "average (He's and LeCun's)?",
    specified="N(0, scale / n)",
    answers={
        "N(0, scale / n)": lambda draw: of.Normal(0.0, _scaled_std(draw)),
        "that normal cut at ±2σ, then scaled to that deviation": lambda draw: of.TruncatedNormal(_scaled_std(draw)),
        SCALED_BY_TRIES: lambda draw: _by_tries(_scaled_std(draw)),
    },
)
def variance_scaling_normal(evidence: Evidence) -> Iterator[Draw]:
    yield from _weights(evidence, VarianceScaling, distribution="normal")


for _subject in WINDOWED:
    drawn(
        f"initialization.he_uniform[{_subject}]",
        f"From which distribution does the He (Kaiming) uniform initializer draw the "
        f"{_subject.partition('.')[2].replace('_', ' ')} of {_layer_of(_subject)} layer, "
        "by fan_in?",
        specified="by fan_in",
        answers={
            "by fan_in": lambda draw: _symmetric(math.sqrt(3) * _std(draw, draw.initializer.scale, "fan_in")),
            "by fan_out": lambda draw: _symmetric(math.sqrt(3) * _std(draw, draw.initializer.scale, "fan_out")),
            **({f"by fan_in {_over(ROLES[_subject])}": _nominal_he} if _has_nominal_inputs(ROLES[_subject]) else {}),
        },
    )(lambda evidence, subject=_subject: _of(subject, draws_by(evidence, VarianceScaling)))  # type: ignore[misc]


@drawn(
    "initialization.orthogonal",
    "From which distribution does the orthogonal initializer draw, with its gain?",
    specified="gain times an orthogonal matrix",
    answers={
        "gain times an orthogonal matrix": lambda draw: drawings.Orthogonal(draw.initializer.gain),
        "gain times singular vectors of a uniform matrix": lambda draw: drawings.SingularVectors(draw.initializer.gain),
    },
)
def orthogonal(evidence: Evidence) -> Iterator[Draw]:
    yield from _weights(evidence, Orthogonal)


def _cut(draw: Draw, low: float, high: float) -> Distribution:
    """The normal distribution of an initializer, cut at both ends."""
    return drawings.CutNormal(draw.initializer.mean, draw.initializer.std, low, high)


def _cut_at_deviations(draw: Draw, low: float, high: float) -> Distribution:
    """The same, cut at so many standard deviations from its mean."""
    mean, std = draw.initializer.mean, draw.initializer.std
    return _cut(draw, mean + low * std, mean + high * std)


@drawn(
    "initialization.truncated_normal",
    "From which distribution does the truncated normal initializer draw when its bounds are given?",
    specified="N(mean, std²) cut at low and high",
    answers={
        "N(mean, std²) cut at low and high": lambda draw: _cut(draw, draw.initializer.low, draw.initializer.high),
        "cut at so many deviations from its mean": lambda draw: _cut_at_deviations(
            draw, draw.initializer.low, draw.initializer.high
        ),
    },
)
def truncated_normal(evidence: Evidence) -> Iterator[Draw]:
    yield from _weights(evidence, TruncatedNormal, has_ends=True)


@drawn(
    "initialization.truncated_normal_ends",
    "Where is a truncated normal cut off when its mean and standard deviation are given, but no bounds?",
    specified="at two deviations from its mean",
    answers={
        "at two deviations from its mean": lambda draw: _cut_at_deviations(draw, -2.0, 2.0),
        "at two deviations from its mean but for 4 in a million": lambda draw: drawings.FewTries(
            draw.initializer.mean, draw.initializer.std
        ),
        "at -2 and 2": lambda draw: _cut(draw, -2.0, 2.0),
    },
)
def truncated_normal_ends(evidence: Evidence) -> Iterator[Draw]:
    yield from _weights(evidence, TruncatedNormal, has_ends=False)


# He's initializers, given the nonlinearity after the layer.


#: The gain of each nonlinearity, in words and as a function.
_GAINS: Dict[str, Tuple[str, Callable[[float], float]]] = {
    "linear": ("1", lambda slope: 1.0),
    "relu": ("√2", lambda slope: math.sqrt(2)),
    "leaky_relu": ("√(2 / (1 + slope²))", lambda slope: math.sqrt(2 / (1 + slope**2))),
    "tanh": ("5/3", lambda slope: 5 / 3),
    "sigmoid": ("1", lambda slope: 1.0),
    "selu": ("3/4", lambda slope: 3 / 4),
}


def _gained_std(draw: Draw, slope: float = 0.0) -> float:
    """The standard deviation of draws scaled for a nonlinearity; ``slope`` is the default slope."""
    given: Kaiming = draw.initializer
    gain = _GAINS[given.nonlinearity][1](slope if given.slope is None else given.slope)
    return _std(draw, gain**2, given.mode)


def _gained(evidence: Evidence, nonlinearity: str) -> Iterator[Draw]:
    """Draws scaled for a nonlinearity, with an explicit slope if it has one."""
    has_slope = nonlinearity == "leaky_relu"
    return _weights(evidence, Kaiming, nonlinearity=nonlinearity, has_slope=has_slope)


for _name, (_gain, _) in _GAINS.items():
    drawn(
        f"initialization.gain[{_name}]",
        f"By which gain does He's (Kaiming's) normal initializer scale when {_name.replace('_', ' ')} is given as the "
        "nonlinearity after the layer?",
        specified=_gain,
        answers={
            _gain: lambda draw: of.Normal(0.0, _gained_std(draw)),
            f"{_gain}, and the normal is cut at ±2σ, then scaled": lambda draw: of.TruncatedNormal(_gained_std(draw)),
            f"{_gain}, and the normal is cut at ±2σ but for 4 in a million, then scaled": lambda draw: _by_tries(
                _gained_std(draw)
            ),
        },
    )(lambda evidence, name=_name: _gained(evidence, name))  # type: ignore[misc]


@drawn(
    "initialization.gain_without_slope",
    "Which slope does He's (Kaiming's) initializer assume for a leaky rectifier when none is given?",
    specified="0: as for a rectifier",
    answers={
        "0: as for a rectifier": lambda draw: of.Normal(0.0, _gained_std(draw, 0.0)),
        "0.01": lambda draw: of.Normal(0.0, _gained_std(draw, 0.01)),
        "0.25": lambda draw: of.Normal(0.0, _gained_std(draw, 0.25)),
    },
)
def gain_without_slope(evidence: Evidence) -> Iterator[Draw]:
    yield from _weights(evidence, Kaiming, nonlinearity="leaky_relu", has_slope=False)


# What a name means without arguments.

_BARE: Dict[str, Dict[str, Callable[[Draw], Any]]] = {
    "normal": {
        "N(0, 1)": lambda draw: of.Normal(0.0, 1.0),
        "N(0, 0.05²)": lambda draw: of.Normal(0.0, 0.05),
        "N(0, 0.01²)": lambda draw: of.Normal(0.0, 0.01),
    },
    "uniform": {
        "U(0, 1)": lambda draw: of.Uniform(0.0, 1.0),
        "U(0, 0.01)": lambda draw: of.Uniform(0.0, 0.01),
        "U(±0.05)": lambda draw: _symmetric(0.05),
        "U(±0.07)": lambda draw: _symmetric(0.07),
    },
    "truncated_normal": {
        "N(0, 1) cut at ±2": lambda draw: of.TruncatedNormal(CUT),
        "N(0, 0.05²) cut at ±2σ": lambda draw: of.TruncatedNormal(0.05 * CUT),
        "N(0, 0.01²) cut at ±2σ": lambda draw: of.TruncatedNormal(0.01 * CUT),
        "N(0, 0.05²) cut at ±2σ but for 4 in a million": lambda draw: _by_tries(0.05 * CUT),
    },
    "xavier": {"U(±√(6 / (fan_in + fan_out)))": _glorot_uniform},
    "he": {
        "N(0, 2 / fan_in)": lambda draw: of.Normal(0.0, _std(draw, 2.0, "fan_in")),
        "that normal cut at ±2σ, then scaled to that deviation": lambda draw: of.TruncatedNormal(
            _std(draw, 2.0, "fan_in")
        ),
        SCALED_BY_TRIES: lambda draw: _by_tries(_std(draw, 2.0, "fan_in")),
        "N(0, (2 / 1.0625) / average of the fans)": lambda draw: of.Normal(0.0, _std(draw, 2 / 1.0625, "fan_avg")),
    },
    "orthogonal": {
        "an orthogonal matrix": lambda draw: drawings.Orthogonal(),
        "1.414 times singular vectors of a uniform matrix": lambda draw: drawings.SingularVectors(1.414),
    },
}

for _name, _answers in _BARE.items():
    drawn(
        f"initialization.bare[{_name}]",
        f"What does the initializer of the name “{_name.replace('_', ' ')}” draw where it is given no argument?",
        specified=next(iter(_answers)),
        answers=_answers,
    )(lambda evidence, name=_name: _weights(evidence, Bare, name=name))  # type: ignore[misc]


@drawn(
    "initialization.custom_draws",
    "From which distribution are the elements when a custom initializer draws on [-10, -5] and [5, 10]?",
    specified="what its function draws",
    answers={"what its function draws": lambda draw: of.TwoSidedUniform(5.0, 10.0)},
    claims=("G12", "K07"),
)
def custom_draws(evidence: Evidence) -> Iterator[Draw]:
    yield from _weights(evidence, Custom, source=TWO_SIDED_UNIFORM)


@drawn(
    "initialization.thresholded_draws",
    "Does zeroing the draws of U(-10, 10) that are nearer to zero than 5 give draws on [-10, -5] and [5, 10]?",
    specified="no: half are zero",
    answers={
        "no: half are zero": lambda draw: of.TwoSidedUniform(5.0, 10.0, zero=0.5),
        "yes": lambda draw: of.TwoSidedUniform(5.0, 10.0),
    },
    claims=("G12",),
)
def thresholded_draws(evidence: Evidence) -> Iterator[Draw]:
    yield from _weights(evidence, Custom, source=THRESHOLDED_UNIFORM)


# Given values.


@question(
    "initialization.constant",
    "What does a constant initializer write to the weights?",
    specified="as expected",
    answers=AS_EXPECTED,
    claims=("G10",),
)
def constant(evidence: Evidence) -> Iterator[Observation]:
    yield from map(held, filled_by(evidence, Constant))


@question(
    "initialization.zeros_and_ones",
    "What do the initializers of zeros and ones write to the weights?",
    specified="as expected",
    answers=AS_EXPECTED,
    claims=("K05", "K06"),
)
def zeros_and_ones(evidence: Evidence) -> Iterator[Observation]:
    yield from map(held, filled_by(evidence, Zeros, Ones))


@question(
    "initialization.constant_array",
    "Does a given array become the parameter's value, as a copy?",
    specified="as expected",
    answers=AS_EXPECTED,
    claims=("G10",),
)
def constant_array(evidence: Evidence) -> Iterator[Observation]:
    yield from held_after(evidence, Initialize, Reinitialize)


@question(
    "initialization.bias_alone",
    "Does an initializer given to a single bias reach it?",
    specified="as expected",
    answers=AS_EXPECTED,
    claims=("G09",),
)
def bias_alone(evidence: Evidence) -> Iterator[Observation]:
    yield from held_after(evidence, Initialize, Reinitialize)


@question(
    "initialization.everything_reaches_biases",
    "Does an initializer given to the entire network reach its biases?",
    specified="reached",
    answers={"reached": "they hold its value", "left at zero": "they stay at zero"},
    claims=("G10",),
)
def everything_reaches_biases(evidence: Evidence) -> Iterator[Observation]:
    for reading in readings(evidence):
        if reading.slot.role == "bias":
            zero = not reading.seen.any()
            answer = "reached" if reading.as_expected else "left at zero" if zero else "other"
            yield Observation(answer, reading.at, f"{reading.slot.path}: {reading.seen!r}")


@question(
    "initialization.padding_is_refilled",
    "Does an initializer given to an embedding overwrite the padding row, which started as zeros?",
    specified="refilled",
    answers={"refilled": "it holds what the others do, and no gradient moves it", "kept": "it stays as it was"},
)
def padding_is_refilled(evidence: Evidence) -> Iterator[Observation]:
    for reading in readings(evidence):
        blank = evidence.network(reading.at).role(reading.slot).blank
        if blank is not None and isinstance(reading.expected.by, Reinitialize):
            row = reading.seen[blank : blank + 1]
            refilled = same(row, reading.expected.array[blank : blank + 1])
            answer = "refilled" if refilled else "kept" if row.size and not row.any() else "other"
            yield Observation(answer, reading.at, f"{reading.slot.path}: row {blank} is {row!r}")


# What an initialization leaves unchanged.


def _target_alone(evidence: Evidence, kind: type) -> Iterator[Observation]:
    """After initializing a kind of target, parameters outside keep their values, those inside have new ones."""
    for reading in readings(evidence):
        earlier = [operation for at, operation in evidence.find(Initialize, Reinitialize) if at < reading.at]
        if earlier and isinstance(earlier[-1].target, kind):
            yield held(reading)


@question(
    "initialization.one_layer",
    "Does re-initializing one layer change that layer's weight and nothing else?",
    specified="as expected",
    answers=AS_EXPECTED,
    claims=("G11",),
)
def one_layer(evidence: Evidence) -> Iterator[Observation]:
    yield from _target_alone(evidence, OneLayer)


@question(
    "initialization.one_parameter",
    "Does re-initializing one parameter change it and nothing else?",
    specified="as expected",
    answers=AS_EXPECTED,
    claims=("G09",),
)
def one_parameter(evidence: Evidence) -> Iterator[Observation]:
    yield from _target_alone(evidence, OneParameter)


@question(
    "initialization.by_pattern",
    "Does re-initializing all weights by a name pattern change every weight and no bias?",
    specified="as expected",
    answers=AS_EXPECTED,
    claims=("G06", "G11"),
)
def by_pattern(evidence: Evidence) -> Iterator[Observation]:
    yield from _target_alone(evidence, Matching)


# Repeated initialization.


def _finite(evidence: Evidence, at: int) -> np.ndarray:
    """The array that was read. Raises :class:`SpecError` if it is empty, NaN or infinite, so not drawn."""
    array: np.ndarray = evidence.value(at).array
    if not array.size:
        raise SpecError(f"operation {at} read an empty array, where draws are expected")
    if not np.isfinite(array).all():
        raise SpecError(f"operation {at} read NaN, or an infinite number, where draws are expected")
    return array


#: So many float32 draws are practically never all equal, nor all contained in a small array.
ENOUGH = 8


def _random(evidence: Evidence, at: int) -> np.ndarray:
    """The array that was read after drawing. Raises :class:`SpecError` also if all elements are equal."""
    array = _finite(evidence, at)
    if array.size >= ENOUGH and array.min() == array.max():
        raise SpecError(f"operation {at} read {array.flat[0]!r} everywhere, where draws are expected")
    return array


def _between(evidence: Evidence, kind: type) -> Iterator[Tuple[int, Slot, bool]]:
    """For each read without a seed before it, whether the value equals the one before the last operation of a kind."""
    earlier: Dict[Tuple[str, Slot], Tuple[int, np.ndarray]] = {}
    marks = [at for at, _ in evidence.find(kind)]
    seeds = [at for at, _ in evidence.find(Seed)]
    for at, read in evidence.find(Read):
        key = (evidence.program.name_at[at] or "", read.slot)
        between = [mark for mark in marks if key in earlier and earlier[key][0] < mark < at]
        if between and evidence.outcome(between[-1]).kind != "ok":
            raise OperationFailed(between[-1], evidence.outcome(between[-1]))
        seen = _finite(evidence, at)
        if between and not any(earlier[key][0] < seed < at for seed in seeds):
            yield at, read.slot, same(earlier[key][1], seen)
        earlier[key] = at, seen


@question(
    "initialization.plain_again",
    "What does a second initialization do when it is called exactly like the first?",
    specified="drawn again",
    answers={"drawn again": "it draws new values", "ignored": "the first values stay"},
    claims=("G08",),
)
def plain_again(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, unchanged in _between(evidence, Initialize):
        yield Observation("ignored" if unchanged else "drawn again", at, slot.path, comparisons=1)


@question(
    "initialization.forced_again",
    "What does a second initialization do when it is called in the way the framework provides for re-initializing?",
    specified="drawn again",
    answers={"drawn again": "it draws new values", "ignored": "the first values stay"},
    claims=("G08",),
)
def forced_again(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, unchanged in _between(evidence, Reinitialize):
        yield Observation("ignored" if unchanged else "drawn again", at, slot.path, comparisons=1)


# Seeds and independence.


def _values_by_seed(evidence: Evidence) -> Dict[int, List[Tuple[int, Slot, np.ndarray]]]:
    """For each position at which a seed was set, the reads until the next seed."""
    found: Dict[int, List[Tuple[int, Slot, np.ndarray]]] = {}
    current = -1
    for at, operation in evidence.find(Seed, Reinitialize, Read):
        evidence.value(at)
        if isinstance(operation, Seed):
            current = at
        elif isinstance(operation, Read):
            found.setdefault(current, []).append((at, operation.slot, _random(evidence, at)))
    return found


def _pairs_of_seeds(evidence: Evidence, equal: bool) -> Iterator[Tuple[int, Slot, bool]]:
    """Values drawn after two seeds that are equal (or not): position, slot, and whether the values are the same."""
    by_seed = _values_by_seed(evidence)
    positions = sorted(by_seed)
    for first, second in zip(positions, positions[1:]):
        seeds = [seed.seed for at, seed in evidence.find(Seed) if at in (first, second)]
        if (seeds[0] == seeds[1]) == equal:
            for (_, slot, left), (at, _, right) in zip(by_seed[first], by_seed[second]):
                yield at, slot, same(left, right)


@question(
    "initialization.same_seed",
    "Does the same seed give the same draws?",
    specified="yes",
    answers=YES_NO,
)
def same_seed(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, equal in _pairs_of_seeds(evidence, equal=True):
        yield Observation(yes(equal), at, slot.path)


@question(
    "initialization.other_seed",
    "Does another seed give other draws?",
    specified="yes",
    answers=YES_NO,
)
def other_seed(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, equal in _pairs_of_seeds(evidence, equal=False):
        yield Observation(yes(not equal), at, slot.path, comparisons=1)


@question(
    "initialization.neighbouring_seeds",
    "Do the draws for a large weight share elements with the draws from the adjacent seed?",
    specified="none",
    answers={"none": "the draws are independent", "many": "elements of one draw recur in the other, elsewhere"},
)
def neighbouring_seeds(evidence: Evidence) -> Iterator[Observation]:
    drawn_for = [
        (draw.at, sample) for draw in _weights(evidence, Normal) for sample in normal.samples(normal.specified, draw)
    ]
    for at, _ in drawn_for:
        _random(evidence, at)
    for (_, left), (at, right) in zip(drawn_for, drawn_for[1:]):
        recurring = int(np.isin(right.array, left.array).sum())
        by_chance = right.array.size * left.array.size * left.coincidence
        answer = "many" if recurring >= surely_more_than(by_chance) else "none"
        yield Observation(answer, at, f"{recurring} of {right.array.size}", comparisons=1)


def _equal_beginnings(left: np.ndarray, right: np.ndarray) -> bool:
    """Whether one array, flattened, begins with the other, as when a generator starts twice from the same state."""
    shortest = min(left.size, right.size)
    return bool(np.array_equal(left.ravel()[:shortest], right.ravel()[:shortest]))


def _contained(left: np.ndarray, right: np.ndarray) -> bool:
    """Whether all elements of the smaller array are in the larger one, up to signs: a slice, or its negative."""
    small, large = sorted((np.abs(left.ravel()), np.abs(right.ravel())), key=len)
    return small.size >= ENOUGH and bool(np.isin(small, large).all())


#: The ways in which one array may be a copy of another.
COPIES = (_equal_beginnings, lambda left, right: _equal_beginnings(left.T, right.T), _contained)


def _independent(evidence: Evidence) -> Iterator[Observation]:
    """Whether arrays read one after another are copies of each other, in either axis order. Constants are skipped."""
    seen: List[Tuple[Slot, np.ndarray]] = []
    for at, read in evidence.find(Read):
        array = _finite(evidence, at)
        if array.min() == array.max():
            continue
        for slot, other in seen:
            answer = "equal" if any(copied(array, other) for copied in COPIES) else "differ"
            yield Observation(answer, at, f"{read.slot.path} and {slot.path}", comparisons=len(COPIES))
        seen.append((read.slot, array))


@question(
    "initialization.distinct_parameters",
    "Do distinct parameters of one network get different draws?",
    specified="differ",
    answers={
        "differ": "they are drawn one after the other",
        "equal": "they begin with the same draws, or one is a part of the other",
    },
)
def distinct_parameters(evidence: Evidence) -> Iterator[Observation]:
    yield from _independent(evidence)


@question(
    "initialization.one_initializer_for_two_layers",
    "Do two layers constructed with the same initializer object draw different weights?",
    specified="differ",
    answers={"differ": "they are drawn one after the other", "equal": "they begin with the same draws"},
)
def one_initializer_for_two_layers(evidence: Evidence) -> Iterator[Observation]:
    yield from _independent(evidence)


def _drawn_last(evidence: Evidence, kind: type) -> Iterator[Tuple[int, Slot, np.ndarray, np.ndarray]]:
    """Reads after an initialization of a kind, each with the first read of its parameter."""
    first: Dict[Slot, np.ndarray] = {}
    last: Any = None
    for at, operation in evidence.find(Reinitialize, Read):
        if isinstance(operation, Reinitialize):
            evidence.value(at)
            last = operation.initializer
        elif isinstance(last, kind):
            read, seen = operation, _random(evidence, at)
            if read.slot in first:
                yield at, read.slot, first[read.slot], seen
            first.setdefault(read.slot, seen)


@question(
    "initialization.own_seed",
    "Does an initializer with its own seed draw the same values again, whatever the global seed is?",
    specified="yes",
    answers=YES_NO,
)
def own_seed(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, before, after in _drawn_last(evidence, SeededNormal):
        yield Observation(yes(same(before, after)), at, slot.path)


@question(
    "initialization.own_seed_spares_the_other",
    "Does an initializer with its own seed leave the global generator unchanged?",
    specified="yes",
    answers=YES_NO,
)
def own_seed_spares_the_other(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, before, after in _drawn_last(evidence, Normal):
        yield Observation(yes(same(before, after)), at, slot.path)


@question(
    "initialization.own_seed_for_two_layers",
    "Do two layers constructed with the same initializer object, which has its own seed, draw different weights?",
    specified="differ",
    answers={"differ": "its generator goes on from layer to layer", "equal": "it starts from its seed for each"},
)
def own_seed_for_two_layers(evidence: Evidence) -> Iterator[Observation]:
    yield from _independent(evidence)


# Deferral, construction, refusals, custom functions.


@question(
    "initialization.deferred",
    "Is an initializer given before the shapes are known applied at the first forward pass?",
    specified="as expected",
    answers={**AS_EXPECTED, **RAISES},
    claims=("G18",),
)
def deferred(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(Initialize):
        if evidence.outcome(at).kind != "ok":
            yield ending(evidence, at)
            return
    yield from held_after(evidence, Initialize, Reinitialize)


@question(
    "initialization.deferred_seed",
    "Which seed determines the values of a weight whose shape becomes known after initialization?",
    specified="the one at the first forward pass",
    answers={
        "the one at the first forward pass": "values are drawn when the shape is known",
        "the one at initialization": "the generator's state was taken when the initializer was made",
        **RAISES,
    },
)
def deferred_seed(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(Initialize):
        if evidence.outcome(at).kind != "ok":
            yield ending(evidence, at)
            return
    earlier: Dict[Slot, np.ndarray] = {}
    for at, read in evidence.find(Read):
        seen = _random(evidence, at)
        if read.slot in earlier:
            equal = same(earlier[read.slot], seen)
            answer = "the one at the first forward pass" if equal else "the one at initialization"
            yield Observation(answer, at, read.slot.path)
        earlier[read.slot] = seen


def _given(network: Network, slot: Slot) -> Any:
    """The initializer for this slot that its layer was constructed with, or None."""
    given = network.use(slot.layer).initializers
    return next((each.initializer for each in given if each.role == slot.role), None)


@question(
    "initialization.at_construction",
    "Does a layer constructed with initializers start with their values?",
    specified="as expected",
    answers=AS_EXPECTED,
    claims=("K05", "K06"),
)
def at_construction(evidence: Evidence) -> Iterator[Observation]:
    for at, read in evidence.find(Read):
        network = evidence.network(at)
        expected = filled(_given(network, read.slot), network.shape(read.slot))
        if expected is not None:
            seen = evidence.value(at).array
            detail = "" if same(seen, expected) else difference(seen, expected)
            yield Observation("otherwise" if detail else "as expected", at, f"{read.slot.path}: {detail}")


@question(
    "initialization.given_after_construction",
    "Which initializer applies: the one a layer was constructed with, or the one its network is given later?",
    specified="the later one",
    answers={
        "the later one": "the network's initializer replaces the layer's own",
        "the layer's own": "a layer keeps to the initializer that it was constructed with",
    },
    claims=("G11",),
)
def given_after_construction(evidence: Evidence) -> Iterator[Observation]:
    for at, operation in evidence.find(Initialize):
        if evidence.outcome(at).kind != "ok":
            raise OperationFailed(at, evidence.outcome(at))
        for when, read in evidence.find(Read):
            shape, seen = evidence.network(when).shape(read.slot), evidence.value(when).array
            own = filled(_given(evidence.network(when), read.slot), shape)
            later = filled(operation.initializer, shape)
            if own is None or later is None:
                continue
            answer = "the later one" if same(seen, later) else "the layer's own" if same(seen, own) else "other"
            yield Observation(answer, when, f"{read.slot.path}: {seen!r}")


@question(
    "initialization.xavier_on_bias",
    "What happens when a Xavier initializer, which needs fan_in and fan_out, is given to a bias?",
    specified="invalid_argument",
    answers={**RAISES, "ok": "it is initialized all the same"},
)
def xavier_on_bias(evidence: Evidence) -> Iterator[Observation]:
    for at, operation in evidence.find(Reinitialize):
        needs_fans = isinstance(operation.initializer, (XavierUniform, XavierNormal, VarianceScaling))
        if needs_fans and isinstance(operation.target, OneParameter) and operation.target.slot.role == "bias":
            yield ending(evidence, at)


@question(
    "initialization.custom_called_once",
    "Is a custom initializer called once for each parameter it is given to?",
    specified="yes",
    answers=YES_NO,
    claims=("G12", "K07"),
)
def custom_called_once(evidence: Evidence) -> Iterator[Observation]:
    expected: Set[Slot] = set()
    for at, operation in evidence.find(Reinitialize):
        if evidence.outcome(at).kind != "ok":
            raise OperationFailed(at, evidence.outcome(at))
        if not isinstance(operation.initializer, Custom):
            continue
        expected = set(reached(evidence.now(at), operation.target))
        calls = [call for when, call in evidence.calls() if when == at]
        yield Observation(yes(len(calls) == len(expected)), at, f"{len(calls)} calls for {len(expected)} parameters")


@question(
    "initialization.custom_called_once_at_construction",
    "Is a custom initializer that layers were constructed with called once for each parameter when it is applied?",
    specified="yes",
    answers=YES_NO,
    claims=("K07",),
)
def custom_called_once_at_construction(evidence: Evidence) -> Iterator[Observation]:
    made = Counter(at for at, _ in evidence.calls())
    for at, operation in evidence.find(Build, Initialize):
        evidence.value(at)
        network, objects = evidence.network(at), evidence.now(at)
        is_default = isinstance(operation, Build) or operation == Initialize(Default())
        expected = len([slot for slot in objects.parameters if isinstance(_given(network, slot), Custom)])
        is_late = isinstance(operation, Initialize) and not made
        if expected and is_default and not network.deferred and (made[at] or is_late):
            yield Observation(yes(made[at] == expected), at, f"{made[at]} calls for {expected} parameters")


@question(
    "initialization.custom_holds",
    "Does a parameter contain exactly what the custom initializer returned for its extents?",
    specified="yes",
    answers=YES_NO,
    claims=("G12", "K07"),
)
def custom_holds(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(Reinitialize):
        evidence.value(at)
    yield from _holds_what_was_returned(evidence)


def _holds_what_was_returned(evidence: Evidence) -> Iterator[Observation]:
    returned = [call.returned for _, call in evidence.calls()]
    for at, read in evidence.find(Read):
        seen = evidence.value(at).array
        held = any(same(seen, array) or same(seen.T, array) for array in returned)
        yield Observation(yes(held), at, f"{read.slot.path} {seen.shape}; returned {[a.shape for a in returned]}")


@question(
    "initialization.custom_at_construction",
    "Do weights of layers constructed with a custom initializer contain what it returned?",
    specified="yes",
    answers=YES_NO,
    claims=("K07",),
)
def custom_at_construction(evidence: Evidence) -> Iterator[Observation]:
    yield from _holds_what_was_returned(evidence)


@question(
    "initialization.custom_axes",
    "In which axis order does a custom initializer receive the shape of a weight?",
    specified="out in",
    answers={"out in": "units first", "in out": "input width first"},
    claims=("K07",),
)
def custom_axes(evidence: Evidence) -> Iterator[Observation]:
    for at, read in evidence.find(Read):
        out, into = evidence.network(at).shape(read.slot)
        for _, call in evidence.calls():
            answer = "out in" if call.shape == (out, into) else "in out" if call.shape == (into, out) else "other"
            expected = call.returned if answer == "out in" else call.returned.T
            held = same(evidence.value(at).array, np.ascontiguousarray(expected))
            yield Observation(answer if held else "other", at, f"handed {call.shape} for {read.slot.path}")
