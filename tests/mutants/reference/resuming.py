# ruff: noqa: ARG002  the interface gives every mutant the same arguments
"""Bugs planted in how the reference's optimizers go on."""

from __future__ import annotations

import copy
from typing import List, Optional, Tuple

from adapters.reference import Momentum, Optimizer, ReferenceAdapter, Sequence
from specs.programs.operations import Clone, CopyValues, DeepCopy, Load, LoadOptimizer, SetLearningRate
from tests.mutants.registry import breaks, reaches


class _Forgetting(ReferenceAdapter):
    """Knows the optimizers that it made."""

    def __init__(self) -> None:
        super().__init__()
        self.made: List[Optimizer] = []

    def sgd(self, net: Sequence, learning_rate: float, momentum: float) -> Optimizer:
        self.made.append(super().sgd(net, learning_rate, momentum))
        return self.made[-1]

    def adam(
        self, net: Sequence, learning_rate: float, beta1: float, beta2: float, epsilon: Optional[float]
    ) -> Optimizer:
        self.made.append(super().adam(net, learning_rate, beta1, beta2, epsilon))
        return self.made[-1]

    def forget(self) -> None:
        for optimizer in self.made:
            optimizer.kept.clear()


@breaks("training.momentum_after_copied_values", "training.adam_after_copied_values", answer="it is lost")
@reaches(CopyValues)
class CopiedValuesStop(_Forgetting):
    """Values that are copied into a network set all velocities and moments to zero."""

    def copy_values(self, net: Sequence, source: Sequence) -> None:
        super().copy_values(net, source)
        self.forget()


@breaks("training.momentum_after_load", "training.adam_after_load", answer="it is lost")
@reaches(Load)
class LoadsStop(_Forgetting):
    """A file that is loaded sets all velocities and moments to zero."""

    def load(self, net: Sequence, file: str) -> None:
        super().load(net, file)
        self.forget()


@breaks("persistence.load_keeps_objects")
@reaches(Load)
class LoadsReplace(ReferenceAdapter):
    """A network that loads a file takes new parameters, tied as before."""

    def load(self, net: Sequence, file: str) -> None:
        super().load(net, file)
        new = {id(parameter): copy.copy(parameter) for _, parameter in net.named_parameters()}
        for _, made in net.made():
            made.parameters = {name: new.get(id(one), one) for name, one in made.parameters.items()}


@breaks("training.momentum_after_copying", "training.adam_after_copying", answer="it is lost")
@reaches(Clone, DeepCopy)
class CopyingStops(_Forgetting):
    """A network that is copied loses all velocities and moments."""

    def clone(self, net: Sequence) -> Sequence:
        self.forget()
        return super().clone(net)

    deepcopy = clone


class _Keeping(ReferenceAdapter):
    """Takes some of an optimizer's state, and keeps some as it was."""

    own: Tuple[str, ...] = ()

    def load_optimizer(self, net: Sequence, optimizer: Optimizer, file: str) -> None:
        own = {name: value for name, value in vars(optimizer).items() if name in self.own}
        super().load_optimizer(net, optimizer, file)
        vars(optimizer).update(own)


@breaks("persistence.optimizer_velocity", "persistence.adam_moments", "persistence.adam_count", answer="it is lost")
@reaches(LoadOptimizer)
class StatesWithoutVelocity(_Keeping):
    """An optimizer loads its numbers, and nothing that it kept of gradients."""

    own = ("kept",)


@breaks("persistence.optimizer_rate", "persistence.adam_rate", answer="its own")
@reaches(LoadOptimizer)
class StatesWithoutRate(_Keeping):
    """An optimizer loads all but the learning rate."""

    own = ("learning_rate",)


@breaks("persistence.optimizer_momentum", "persistence.adam_betas", answer="its own")
@reaches(LoadOptimizer)
class StatesWithoutMomentum(_Keeping):
    """An optimizer loads all but the momentum, or the decay rates and epsilon."""

    own = ("momentum", "beta1", "beta2", "epsilon")


@breaks("training.momentum_at_another_rate", answer="that of their time")
@reaches(SetLearningRate)
class VelocitiesAreMoves(ReferenceAdapter):
    """A new learning rate does not reach what velocities hold."""

    def set_learning_rate(self, optimizer: Optimizer, learning_rate: float) -> None:
        scale = optimizer.learning_rate / learning_rate
        super().set_learning_rate(optimizer, learning_rate)
        if isinstance(optimizer, Momentum):
            optimizer.kept = {key: (scale * velocity,) for key, (velocity,) in optimizer.kept.items()}


@breaks("training.momentum_at_another_rate", answer="other")
@breaks("training.adam_at_another_rate", answer="the first one")
@reaches(SetLearningRate)
class RatesStay(ReferenceAdapter):
    """An optimizer keeps the learning rate that it was made with."""

    def set_learning_rate(self, optimizer: Optimizer, learning_rate: float) -> None:
        return None
