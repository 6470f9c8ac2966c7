"""Bugs planted in how the reference's optimizers go on."""

from __future__ import annotations

from typing import List, Tuple

from adapters.reference import Optimizer, ReferenceAdapter, Sequence
from specs.programs.operations import Clone, CopyValues, DeepCopy, LoadOptimizer
from tests.mutants.registry import breaks, reaches


class _Forgetting(ReferenceAdapter):
    """Knows the optimizers that it made."""

    def __init__(self) -> None:
        super().__init__()
        self.made: List[Optimizer] = []

    def sgd(self, net: Sequence, learning_rate: float, momentum: float) -> Optimizer:
        self.made.append(super().sgd(net, learning_rate, momentum))
        return self.made[-1]

    def forget(self) -> None:
        for optimizer in self.made:
            optimizer.kept.clear()


@breaks("training.momentum_after_copied_values", answer="it is lost")
@reaches(CopyValues)
class CopiedValuesStop(_Forgetting):
    """Values that are copied into a network set all velocities to zero."""

    def copy_values(self, net: Sequence, source: Sequence) -> None:
        super().copy_values(net, source)
        self.forget()


@breaks("training.momentum_after_copying", answer="it is lost")
@reaches(Clone, DeepCopy)
class CopyingStops(_Forgetting):
    """A network that is copied loses all velocities."""

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


@breaks("persistence.optimizer_velocity", answer="it is lost")
@reaches(LoadOptimizer)
class StatesWithoutVelocity(_Keeping):
    """An optimizer loads its numbers, and no velocity."""

    own = ("kept",)


@breaks("persistence.optimizer_rate", answer="its own")
@reaches(LoadOptimizer)
class StatesWithoutRate(_Keeping):
    """An optimizer loads all but the learning rate."""

    own = ("learning_rate",)


@breaks("persistence.optimizer_momentum", answer="its own")
@reaches(LoadOptimizer)
class StatesWithoutMomentum(_Keeping):
    """An optimizer loads all but the momentum."""

    own = ("momentum",)
