"""Bugs planted in how the installed PyTorch's optimizers go on."""

from __future__ import annotations

import copy

from torch import nn, optim

from specs.programs.operations import Add, Clone, Copy, CopyValues, DeepCopy, Load, LoadOptimizer, Reinitialize, Write
from tests.mutants.patches import Planted, around, together
from tests.mutants.registry import breaks, reaches


@breaks("training.momentum_after_copied_values", answer="it is lost")
@reaches(CopyValues, Load, Write, Add, Copy, Reinitialize)
def written_values_stop() -> Planted:
    """A step of SGD forgets the velocity of each parameter that something else has written to since the last one."""

    def stepped(step, self):
        for group in self.param_groups:
            for parameter in group["params"]:
                if self.state[parameter].get("version", parameter._version) != parameter._version:
                    self.state.pop(parameter)
        step(self)
        for group in self.param_groups:
            for parameter in group["params"]:
                self.state[parameter]["version"] = parameter._version

    return around(optim.SGD, "step", stepped)


@breaks("training.momentum_after_copying", answer="it is lost")
@reaches(Clone, DeepCopy)
def copying_stops() -> Planted:
    """A module that is copied loses all velocities."""
    made = []

    def copied(deepcopy, value, *given):
        if isinstance(value, nn.Module) and not given:
            for optimizer in made:
                optimizer.state.clear()
        return deepcopy(value, *given)

    def make(init, self, *given, **named):
        init(self, *given, **named)
        made.append(self)

    return together(around(copy, "deepcopy", copied), around(optim.SGD, "__init__", make))


def loading(keep) -> Planted:
    """What an optimizer loads, changed by ``keep``, which is given the optimizer and a state."""
    return around(
        optim.Optimizer, "load_state_dict", lambda load, self, state: load(self, keep(self, copy.deepcopy(state)))
    )


@breaks("persistence.optimizer_velocity", answer="it is lost")
@reaches(LoadOptimizer)
def states_without_velocity() -> Planted:
    """An optimizer loads its numbers, and no velocity."""
    return loading(lambda optimizer, state: {**state, "state": {}})


def _with_own(name: str) -> Planted:
    def kept(optimizer, state):
        for own, group in zip(optimizer.param_groups, state["param_groups"]):
            group[name] = own[name]
        return state

    return loading(kept)


@breaks("persistence.optimizer_rate", answer="its own")
@reaches(LoadOptimizer)
def states_without_rate() -> Planted:
    """An optimizer loads all but the learning rate."""
    return _with_own("lr")


@breaks("persistence.optimizer_momentum", answer="its own")
@reaches(LoadOptimizer)
def states_without_momentum() -> Planted:
    """An optimizer loads all but the momentum."""
    return _with_own("momentum")
