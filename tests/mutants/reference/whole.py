"""Bugs planted in what the reference lists, in what a seed decides, and in what passes do beside."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional, Tuple

import numpy as np

from adapters.interface import Pairs
from adapters.reference import Initializer, Made, Parameter, Passed, ReferenceAdapter, Sequence
from specs.initializers import Default
from specs.laws import LAWS
from specs.laws.holding import WEIGHTS
from specs.layers.algebra import Bounded
from specs.layers.layer import Axes, Layer, Result, Role
from specs.programs.operations import Build, Forward, Freeze, FreezeLayer, ListParameters
from tests.mutants.registry import breaks, reaches

AXES = [f"access.axes[{subject}]" for subject in WEIGHTS]


@breaks(*AXES, answer=("other", *sorted({answer for law in AXES for answer in LAWS[law].answers})))
class ExtentsAreToldInReverse(ReferenceAdapter):
    """The extents of a parameter are listed in reverse order."""

    def shape(self, handle: Parameter) -> Tuple[Optional[int], ...]:
        return super().shape(handle)[::-1]


@breaks("access.names_of_another")
@reaches(ListParameters)
class NamesCountNetworks(ReferenceAdapter):
    """The names that a network lists begin with its number among all that were listed."""

    def parameters(self, net: Sequence) -> Pairs:
        numbers = vars(self).setdefault("numbers", {})
        number = numbers.setdefault(id(net), len(numbers))
        return [(f"{number}.{name}", parameter) for name, parameter in super().parameters(net)]

    def by_name(self, net: Sequence, name: str) -> Parameter:
        return super().by_name(net, name.partition(".")[2])


@breaks("initialization.same_seed_same_network")
@reaches(Build)
class SeedsAreForgottenInBetween(ReferenceAdapter):
    """What a network is drawn from depends on how many networks there were."""

    def network(self, layers: List[Any], shape: Optional[Tuple[int, ...]]) -> Sequence:
        net = super().network(layers, shape)
        self.built = vars(self).get("built", 0) + 1
        for _, parameter in net.named_parameters():
            self.random.random_sample(self.built)
            parameter.fill()
        return net


@breaks("initialization.unused_layer", answer="the same")
@reaches(Default)
class NetworksStartFromTheSeed(ReferenceAdapter):
    """What a network starts as is drawn from the seed that was set last, whatever was drawn since."""

    def seed(self, seed: int) -> None:
        super().seed(seed)
        self.last = seed

    def network(self, layers: List[Any], shape: Optional[Tuple[int, ...]]) -> Sequence:
        net = super().network(layers, shape)
        self.random = np.random.RandomState(vars(self).get("last"))
        for _, parameter in net.named_parameters():
            parameter.fill()
        return net


@breaks("initialization.unused_deferred_layer", answer="others")
@reaches(Build)
class WaitingDraws(ReferenceAdapter):
    """A layer whose input width is not known draws a number when it is constructed."""

    def construct(self, layer: Layer, given: Axes, inferred: bool, initializers: Mapping[str, Any]) -> Made:
        if inferred:
            self.random.random_sample()
        return super().construct(layer, given, inferred, initializers)


@breaks("initialization.parts_of_a_layer", answer="equal")
@reaches(Default)
class GatesAreDrawnOnce(ReferenceAdapter):
    """All gates of a weight start from one draw."""

    def start(self, role: Role) -> Initializer:
        draw, at = super().start(role), [at for at, axis in enumerate(role.axes) if axis.letters]
        return (lambda asked: np.repeat(draw(asked).take([0], at[0]), asked.shape[at[0]], at[0])) if at else draw


@breaks("training.inference_spares_the_generator")
@reaches(Forward)
class InferenceDraws(ReferenceAdapter):
    """A pass for inference draws a number."""

    def infer(self, net: Sequence, batch: np.ndarray) -> Passed:
        self.random.random_sample()
        return super().infer(net, batch)


@breaks("training.dropping_spares_the_generator", answer="yes")
@reaches(Forward)
class DroppingHasItsOwnGenerator(ReferenceAdapter):
    """What is dropped is drawn from a generator of its own."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if layer.is_random and training:
            own = vars(self).setdefault("own", np.random.RandomState(5))
            return layer.drawn(inputs, own)
        return super().apply(layer, held, inputs, given, training)


@breaks("training.statistics_of_frozen_roles", answer="no")
@reaches(Freeze, FreezeLayer)
class FrozenRolesStandStill(ReferenceAdapter):
    """Running statistics stay as they are where nothing else of their layer is trained."""

    def use(self, made: Made, inputs: Bounded, passed: Passed, training: bool) -> Bounded:
        learns = any(parameter.trainable for parameter in made.parameters.values())
        before = {name: parameter.array for name, parameter in made.named_parameters()}
        outputs = super().use(made, inputs, passed, training)
        for name, parameter in made.named_parameters():
            if not learns and parameter.role.state == "buffer" and before[name] is not None:
                parameter.array = before[name]
        return outputs
