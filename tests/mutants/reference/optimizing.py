# ruff: noqa: ARG002  the interface gives every mutant the same arguments
"""Bugs planted in the reference's optimizers, in freezing of layers and in taking parameters back into training."""

from __future__ import annotations

import copy
from typing import Any, Optional

import numpy as np

from adapters.reference import Adam, Made, Momentum, Optimizer, Parameter, Passed, ReferenceAdapter, Sequence
from tests.mutants.registry import breaks


class _NewAtEachStep(ReferenceAdapter):
    def step_optimizer(self, optimizer: Optimizer, gradients: Any) -> None:
        optimizer.kept.clear()
        super().step_optimizer(optimizer, gradients)


@breaks("training.momentum", answer="otherwise")
@breaks("training.adam", answer="other")
class OptimizerForgets(_NewAtEachStep):
    """An optimizer starts anew at each step."""


@breaks("training.momentum", "training.optimizer_after_writes", answer="otherwise")
class MomentumIsDampened(ReferenceAdapter):
    """A velocity takes in the gradient times one less the momentum."""

    def sgd(self, net: Sequence, learning_rate: float, momentum: float) -> Optimizer:
        class Dampened(Momentum):
            def direction(self, parameter: Parameter, gradient: np.ndarray) -> Any:
                return super().direction(parameter, gradient * np.float32(1 - self.momentum))

        return Dampened(self.parameters(net), learning_rate, momentum)


@breaks("training.momentum", answer="otherwise")
class MomentumLooksAhead(ReferenceAdapter):
    """SGD with momentum moves as Nesterov's does."""

    def sgd(self, net: Sequence, learning_rate: float, momentum: float) -> Optimizer:
        class Nesterov(Momentum):
            def direction(self, parameter: Parameter, gradient: np.ndarray) -> Any:
                return gradient + self.momentum * super().direction(parameter, gradient)

        return Nesterov(self.parameters(net), learning_rate, momentum)


@breaks("training.momentum_over_a_pause", answer="it decays")
class FrozenVelocityDecays(ReferenceAdapter):
    """The velocity of a frozen parameter is multiplied by the momentum at each step."""

    def step_optimizer(self, optimizer: Optimizer, gradients: Any) -> None:
        for parameter in optimizer.parameters:
            if not parameter.trainable and isinstance(optimizer, Momentum) and id(parameter) in optimizer.kept:
                optimizer.kept[id(parameter)] = (optimizer.momentum * optimizer.kept[id(parameter)][0],)
        super().step_optimizer(optimizer, gradients)


@breaks("training.optimizer_after_writes", answer="otherwise")
class OptimizerHoldsValues(ReferenceAdapter):
    """An optimizer moves values of its own, and forgets what was written in between."""

    def sgd(self, net: Sequence, learning_rate: float, momentum: float) -> Optimizer:
        class Holding(Momentum):
            def step(self) -> None:
                for parameter in self.parameters:
                    parameter.write(self.kept.get(-id(parameter), (parameter.value,))[0])
                super().step()
                self.kept.update({-id(parameter): (parameter.value.copy(),) for parameter in self.parameters})

        return Holding(self.parameters(net), learning_rate, momentum)


@breaks("training.adam", answer="other")
class AdamSwapsBetas(ReferenceAdapter):
    """Adam takes the decay of one moment for that of the other."""

    def adam(self, net: Sequence, learning_rate: float, beta1: float, beta2: float, epsilon: Optional[float]) -> Any:
        return super().adam(net, learning_rate, beta2, beta1, epsilon)


@breaks("training.adam", answer="to the root before its correction")
class AdamEpsilonHat(ReferenceAdapter):
    """Adam adds its epsilon before the second moment is corrected."""

    def adam(self, net: Sequence, learning_rate: float, beta1: float, beta2: float, epsilon: Optional[float]) -> Any:
        class Hat(Adam):
            def direction(self, parameter: Parameter, gradient: np.ndarray) -> Any:
                _, _, steps = self.kept.get(id(parameter), (0.0, 0.0, 0))
                plain = self.epsilon
                self.epsilon = plain / np.sqrt(1 - self.beta2 ** (steps + 1))
                moved = super().direction(parameter, gradient)
                self.epsilon = plain
                return moved

        given = 1e-8 if epsilon is None else epsilon
        return Hat(self.parameters(net), learning_rate, beta1, beta2, given)


@breaks("training.adam_epsilon", answer="other")
class AdamEpsilonIsLarge(ReferenceAdapter):
    """Adam's epsilon is 1e-6 where none is given."""

    def adam(self, net: Sequence, learning_rate: float, beta1: float, beta2: float, epsilon: Optional[float]) -> Any:
        return super().adam(net, learning_rate, beta1, beta2, 1e-6 if epsilon is None else epsilon)


@breaks("training.adam_counts", answer="the optimizer's")
class AdamCountsAllSteps(ReferenceAdapter):
    """Adam corrects the moments of every parameter by the number of all steps."""

    def adam(self, net: Sequence, learning_rate: float, beta1: float, beta2: float, epsilon: Optional[float]) -> Any:
        class Counting(Adam):
            def step(self) -> None:
                (steps,) = self.kept.get(-1, (0,))
                for key, (first, second, _) in [(k, v) for k, v in self.kept.items() if k != -1]:
                    self.kept[key] = first, second, steps
                super().step()
                self.kept[-1] = (steps + 1,)

        return Counting(self.parameters(net), learning_rate, beta1, beta2, epsilon or 1e-8)


@breaks("training.gradient_after_reset", answer="as it was")
class ResetDoesNothing(ReferenceAdapter):
    """Gradients are not reset."""

    def reset_gradients(self, net: Sequence) -> None:
        return None


@breaks("training.gradient_after_reset", answer="other")
class ResetHalves(ReferenceAdapter):
    """Gradients are half of what they were, once they are reset."""

    def reset_gradients(self, net: Sequence) -> None:
        for _, parameter in self.parameters(net):
            if parameter.gradient is not None:
                parameter.gradient = copy.copy(parameter.gradient) / np.float32(2)


@breaks("training.unfrozen_learns", answer="otherwise")
class UnfreezeDoesNothing(ReferenceAdapter):
    """A frozen parameter stays frozen."""

    def unfreeze(self, handle: Parameter) -> None:
        return None


@breaks("training.frozen_layer_stays", answer="no")
class FreezeLayerLeavesBiases(ReferenceAdapter):
    """Biases of a frozen layer are trained."""

    def freeze_layer(self, layer: Made) -> None:
        for parameter in layer.parameters.values():
            parameter.trainable = parameter.role.family == "bias"


@breaks("training.frozen_layer_statistics", answer="no")
class FrozenLayerStandsStill(ReferenceAdapter):
    """The buffers of a frozen layer stay as they are."""

    def freeze_layer(self, layer: Made) -> None:
        super().freeze_layer(layer)
        for parameter in layer.parameters.values():
            if parameter.role.state == "buffer":
                parameter.write = lambda array: None  # type: ignore[method-assign, assignment]


@breaks("training.adam_of_rows", answer="the sum of squares")
class AdamSquaresRows(ReferenceAdapter):
    """Adam squares what each row of a batch gives to a gradient, and then adds up."""

    def adam(self, net: Sequence, learning_rate: float, beta1: float, beta2: float, epsilon: Optional[float]) -> Any:
        squares = self.squares = {}

        class Rows(Adam):
            def direction(self, parameter: Parameter, gradient: np.ndarray) -> Any:
                moved = super().direction(parameter, gradient)
                first, _, steps = self.kept[id(parameter)]
                if steps > 1 or id(parameter) not in squares:
                    return moved
                return first / (1 - self.beta1) / (np.sqrt(squares[id(parameter)]) + self.epsilon)

        return Rows(self.parameters(net), learning_rate, beta1, beta2, epsilon or 1e-8)

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        batch = self.batch
        for at in range(len(batch)):
            alone = self.run(net, batch[at : at + 1], training=True)
            super().backward(net, alone, cotangent[at : at + 1])
            for _, parameter in self.trainable(net):
                if hasattr(self, "squares") and parameter.gradient is not None:
                    before = self.squares.get(id(parameter), 0.0) if at else 0.0
                    self.squares[id(parameter)] = before + parameter.gradient.astype(np.float64) ** 2
        super().backward(net, passed, cotangent)

    def forward(self, net: Sequence, batch: np.ndarray) -> Passed:
        self.batch = batch
        return super().forward(net, batch)
