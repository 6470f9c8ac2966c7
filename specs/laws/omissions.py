"""Defaults of a constructor's arguments, judged by what the network computes."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, Iterator, Mapping, Tuple

from specs.laws.ledger import Pass, forward_passes
from specs.laws.model import Evidence, Observation, question
from specs.laws.training import statistics, told_apart
from specs.layers import KINDS
from specs.programs.networks import Network, Use
from specs.texts import a


def having(argument: str) -> Tuple[Any, ...]:
    """The layer kinds with an optional argument."""
    return tuple(kind for kind in KINDS if argument in [field.name for field in fields(kind)])  # type: ignore[arg-type]


def with_argument(network: Network, argument: str, number: float) -> Network:
    """The same network, with an explicit value for the arguments that layers leave to the framework."""

    def layer(use: Any) -> Any:
        left_out = isinstance(use, Use) and getattr(use.layer, argument, 0) is None
        return replace(use, layer=replace(use.layer, **{argument: number})) if left_out else use

    return replace(network, layers=tuple(map(layer, network.layers)))


def _as_if(passed: Pass, argument: str, number: float) -> Pass:
    return replace(passed, objects=replace(passed.objects, network=with_argument(passed.network, argument, number)))


#: Candidates for the default epsilon. The last is float32's machine epsilon.
EPSILONS = {"1e-5": 1e-5, "1e-3": 1e-3, "1e-6": 1e-6, "1.19e-7": 2.0**-23}
MOMENTA = {"0.9": 0.9, "0.99": 0.99}


#: Candidates for the default slope of a leaky rectifier below zero.
SLOPES = {"0.01": 0.01, "0.3": 0.3, "0.2": 0.2}


def _default(evidence: Evidence, argument: str, candidates: Mapping[str, float]) -> Iterator[Observation]:
    """Which of the candidates the output was computed with when an argument is left out."""
    for at, passed in forward_passes(evidence):
        if with_argument(passed.network, argument, 0.5) != passed.network:
            expected = {shown: [_as_if(passed, argument, given).passed.output] for shown, given in candidates.items()}
            yield from told_apart(at, evidence.value(at), expected)


for _kind in having("epsilon"):
    question(
        f"training.default_epsilon[{_kind.kind}]",
        f"What does {a(_kind.words)} layer add to the variance when no epsilon is given?",
        specified="1e-5",
        answers={shown: f"{number:.3g}" for shown, number in EPSILONS.items()},
    )(lambda evidence: _default(evidence, "epsilon", EPSILONS))

for _kind in having("slope"):
    question(
        f"training.default_slope[{_kind.kind}]",
        f"What is the slope of {a(_kind.words)} layer below zero when none is given?",
        specified="0.01",
        answers={shown: f"{number:g}" for shown, number in SLOPES.items()},
    )(lambda evidence: _default(evidence, "slope", SLOPES))


@question(
    "training.default_momentum",
    "What share of a running mean is kept in a training pass when no momentum is given?",
    specified="0.9",
    answers={shown: f"{number:g} of the old, {1 - number:.2g} of the new" for shown, number in MOMENTA.items()},
)
def default_momentum(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, seen, passed, last in statistics(evidence):
        if last == "backward" and with_argument(passed.network, "momentum", 0.9) != passed.network:
            expected = {
                shown: [_as_if(passed, "momentum", given).passed.buffers[slot]] for shown, given in MOMENTA.items()
            }
            yield from told_apart(at, seen, expected)
