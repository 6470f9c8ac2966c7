"""Bugs planted in what the installed PyTorch loads of a file that does not fit."""

from __future__ import annotations

import torch
from torch import nn

from specs.programs.operations import Load
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks(
    "persistence.despite_extra_refuses_missing", "persistence.despite_missing_refuses_extra", answer="no_such_parameter"
)
@reaches(Load)
def loading_is_always_strict() -> Planted:
    """A file must have all of a network's names and no others, whatever is asked for."""
    return around(nn.Module, "load_state_dict", lambda load, self, state, strict=True: load(self, state))


@breaks("persistence.load_despite_missing")
@reaches(Load)
def missing_are_zeros() -> Planted:
    """What a file lacks is zeros once it is loaded."""

    def loaded(load, self, state, strict=True):
        found = load(self, state, strict)
        with torch.no_grad():
            for name in found.missing_keys:
                self.get_parameter(name).zero_()
        return found

    return around(nn.Module, "load_state_dict", loaded)


@breaks("persistence.load_despite_extra", "persistence.load_despite_missing")
@reaches(Load)
def not_strict_loads_nothing() -> Planted:
    """A load that is not strict loads nothing."""
    return around(
        nn.Module, "load_state_dict", lambda load, self, state, strict=True: load(self, state if strict else {}, strict)
    )


@breaks("persistence.despite_names_refuses_shapes", answer="ok")
@reaches(Load)
def not_strict_skips_shapes() -> Planted:
    """A load that is not strict leaves out what has another shape."""

    def loaded(load, self, state, strict=True):
        ours = {name: value.shape for name, value in self.state_dict().items()}
        kept = {name: value for name, value in state.items() if strict or value.shape == ours.get(name)}
        return load(self, kept, strict)

    return around(nn.Module, "load_state_dict", loaded)
