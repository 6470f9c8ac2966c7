"""Bugs planted in how the installed PyTorch's optimizers go on."""

from __future__ import annotations

import copy

from torch import nn, optim

from specs.programs.operations import (
    Add,
    Clone,
    Copy,
    CopyValues,
    DeepCopy,
    Load,
    LoadOptimizer,
    Reinitialize,
    SetLearningRate,
    Write,
)
from specs.programs.optimizers import SGD, Adam
from tests.mutants.patches import Planted, around, together
from tests.mutants.registry import breaks, reaches

KINDS = (optim.SGD, optim.Adam)


@breaks("training.momentum_after_copied_values", "training.adam_after_copied_values", answer="it is lost")
@breaks("training.momentum_after_load", "training.adam_after_load", answer="it is lost")
@reaches(CopyValues, Load, Write, Add, Copy, Reinitialize)
def written_values_stop() -> Planted:
    """A step forgets what was kept of each parameter that something else has written to since the last one."""

    def stepped(step, self):
        for group in self.param_groups:
            for parameter in group["params"]:
                if self.state[parameter].get("version", parameter._version) != parameter._version:
                    self.state.pop(parameter)
        step(self)
        for group in self.param_groups:
            for parameter in group["params"]:
                self.state[parameter]["version"] = parameter._version

    return together(*(around(kind, "step", stepped) for kind in KINDS))


@breaks("persistence.load_keeps_objects")
@reaches(Load)
def loads_assign() -> Planted:
    """A module that loads a state takes its tensors for parameters, as with assign=True."""
    return around(
        nn.Module, "load_state_dict", lambda load, self, state, **flags: load(self, state, assign=True, **flags)
    )


@breaks("training.momentum_after_copying", "training.adam_after_copying", answer="it is lost")
@reaches(Clone, DeepCopy)
def copying_stops() -> Planted:
    """A module that is copied loses all velocities and moments."""
    made = []

    def copied(deepcopy, value, *given):
        if isinstance(value, nn.Module) and not given:
            for optimizer in made:
                optimizer.state.clear()
        return deepcopy(value, *given)

    def make(init, self, *given, **named):
        init(self, *given, **named)
        made.append(self)

    return together(around(copy, "deepcopy", copied), *(around(kind, "__init__", make) for kind in KINDS))


def loading(keep) -> Planted:
    """What an optimizer loads, changed by ``keep``, which is given the optimizer and a state."""
    return around(
        optim.Optimizer, "load_state_dict", lambda load, self, state: load(self, keep(self, copy.deepcopy(state)))
    )


@breaks("persistence.optimizer_velocity", "persistence.adam_moments", "persistence.adam_count", answer="it is lost")
@reaches(LoadOptimizer)
def states_without_velocity() -> Planted:
    """An optimizer loads its numbers, and nothing that it kept of gradients."""
    return loading(lambda optimizer, state: {**state, "state": {}})


def _with_own(*names: str) -> Planted:
    def kept(optimizer, state):
        for own, group in zip(optimizer.param_groups, state["param_groups"]):
            group.update({name: own[name] for name in names})
        return state

    return loading(kept)


@breaks("persistence.optimizer_rate", "persistence.adam_rate", answer="its own")
@reaches(LoadOptimizer)
def states_without_rate() -> Planted:
    """An optimizer loads all but the learning rate."""
    return _with_own("lr")


@breaks("persistence.optimizer_momentum", answer="its own")
@reaches(LoadOptimizer)
def states_without_momentum() -> Planted:
    """An optimizer loads all but the momentum."""
    return _with_own("momentum")


@breaks("persistence.adam_betas", answer="its own")
@reaches(LoadOptimizer)
def states_without_betas() -> Planted:
    """Adam loads all but its decay rates and its epsilon."""
    return _with_own("betas", "eps")


@breaks("training.momentum_at_another_rate", answer="that of their time")
@reaches(SetLearningRate, SGD)
def velocities_are_moves() -> Planted:
    """A new learning rate of SGD does not reach what velocities hold."""

    def stepped(step, self):
        for group in self.param_groups:
            scale = group.get("last", group["lr"]) / group["lr"]
            for parameter in group["params"]:
                if "momentum_buffer" in self.state[parameter]:
                    self.state[parameter]["momentum_buffer"].mul_(scale)
            group["last"] = group["lr"]
        step(self)

    return around(optim.SGD, "step", stepped)


@breaks("training.adam_at_another_rate", answer="the first one")
@reaches(SetLearningRate, Adam)
def rates_stay() -> Planted:
    """Adam keeps the learning rate of its first step."""

    def stepped(step, self):
        for group in self.param_groups:
            group["lr"] = group.setdefault("first", group["lr"])
        step(self)

    return around(optim.Adam, "step", stepped)
