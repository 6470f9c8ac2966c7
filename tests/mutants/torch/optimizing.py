"""Bugs planted in the installed PyTorch: its optimizers, and what it freezes."""

from __future__ import annotations

import torch
from torch import nn

from specs.programs.operations import FreezeLayer, ResetGradients, StepOptimizer, Unfreeze
from specs.programs.optimizers import SGD, Adam
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("training.momentum", answer="otherwise")
@reaches(SGD)
def momentum_is_nesterov() -> Planted:
    """SGD with momentum moves as Nesterov's does."""

    def made(init, self, params, **named):
        init(self, params, **named, nesterov=named.get("momentum", 0) > 0)

    return around(torch.optim.SGD, "__init__", made)


@breaks("training.adam", answer="other")
@breaks("training.adam_counts", answer="other")
@reaches(Adam)
def adam_keeps_the_largest() -> Planted:
    """Adam divides by the root of the largest second moment so far, as AMSGrad does, and decays weights."""

    def made(init, self, params, **named):
        init(self, params, **named, amsgrad=True, weight_decay=0.125)

    return around(torch.optim.Adam, "__init__", made)


@breaks("training.adam_epsilon", answer="1e-7")
@reaches(Adam)
def adam_epsilon_of_another() -> Planted:
    """Adam's epsilon is 1e-7 where none is given."""

    def made(init, self, params, **named):
        init(self, params, **{"eps": 1e-7, **named})

    return around(torch.optim.Adam, "__init__", made)


@breaks("training.optimizer_after_writes", "training.momentum", answer="otherwise")
@reaches(StepOptimizer)
def state_is_forgotten() -> Planted:
    """An optimizer starts anew at each step."""

    def stepped(step, self):
        self.state.clear()
        return step(self)

    return around(torch.optim.SGD, "step", stepped)


@breaks("training.momentum_over_a_pause", answer="it is lost")
@reaches(SGD)
def velocities_of_the_frozen_are_lost() -> Planted:
    """An optimizer forgets what it kept of a parameter that has no gradient at a step."""

    def stepped(step, self):
        for parameter in [one for one in self.state if one.grad is None]:
            del self.state[parameter]
        return step(self)

    return around(torch.optim.SGD, "step", stepped)


@breaks("training.gradient_after_reset", answer="zeros")
@reaches(ResetGradients)
def reset_to_zeros() -> Planted:
    """Gradients are zeros once they are reset, as they were before version 2.0."""
    return around(nn.Module, "zero_grad", lambda reset, self: reset(self, set_to_none=False))


@breaks("training.unfrozen_learns", answer="otherwise")
@reaches(Unfreeze)
def never_required_again() -> Planted:
    """A tensor that requires no gradient never does again."""

    def required(require, self, requires_grad=True):
        return self if requires_grad else require(self, False)

    return around(torch.Tensor, "requires_grad_", required)


@breaks("training.frozen_layer_stays", answer="no")
@reaches(FreezeLayer)
def freezes_the_first() -> Planted:
    """A module that is frozen freezes its first parameter alone."""

    def frozen(require, self, requires_grad=True):
        for parameter in list(self.parameters())[:1]:
            parameter.requires_grad_(requires_grad)
        return self

    return around(nn.Module, "requires_grad_", frozen)
