"""Bugs planted in what the installed PyTorch copies between networks in memory."""

from __future__ import annotations

from torch import nn

from specs.programs.networks import Reuse, Tie
from specs.programs.operations import CopyValues, Load
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("persistence.copied_values_are_a_copy")
@reaches(CopyValues, Tie, Reuse)
def a_state_is_assigned() -> Planted:
    """A network takes the tensors that it is given, and does not copy their values."""
    return around(
        nn.Module, "load_state_dict", lambda load, self, state, strict=True: load(self, state, strict, assign=True)
    )


@breaks("persistence.copied_values")
@breaks("persistence.copy_values_more_layers", "persistence.copy_values_fewer_layers", answer="ok")
@reaches(CopyValues, Load)
def the_last_of_a_state_is_left_out() -> Planted:
    """The last tensor of a state is not loaded, and no name is missed."""

    def loaded(load, self, state, strict=True):
        load(self, dict(list(state.items())[:-1]), strict=False)

    return around(nn.Module, "load_state_dict", loaded)


@breaks("persistence.copy_values_other_shapes", answer="ok")
@reaches(CopyValues, Load)
def other_shapes_are_left_out() -> Planted:
    """What has another shape is left out of a state that is loaded."""

    def loaded(load, self, state, strict=True):
        ours = self.state_dict()
        fits = {name: value for name, value in state.items() if value.shape == ours.get(name, value).shape}
        rest = {name: ours[name] for name in state.keys() & ours.keys() - fits.keys()}
        return load(self, {**rest, **fits}, strict)

    return around(nn.Module, "load_state_dict", loaded)
