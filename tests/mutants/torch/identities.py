"""Bugs planted in the installed PyTorch's initializers that look at a shape."""

from __future__ import annotations

import torch
from torch import nn

from specs.initializers import Dirac, Identity
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("initialization.identity")
@reaches(Identity)
def identities_end_below() -> Planted:
    """The identity ends in the last corner of a matrix, where it should begin in the first."""

    def filled(fill, tensor):
        with torch.no_grad():
            return tensor.copy_(fill(tensor).flip(0, 1).clone())

    return around(nn.init, "eye_", filled)


@breaks("initialization.dirac")
@reaches(Dirac)
def groups_are_ignored() -> Planted:
    """The identity of a convolution is that of one group."""
    return around(nn.init, "dirac_", lambda fill, tensor, groups=1: fill(tensor))


@breaks("initialization.identity_elsewhere", answer="ok")
@reaches(Identity)
def identities_of_anything() -> Planted:
    """What is no matrix is left as it was."""
    return around(nn.init, "eye_", lambda fill, tensor: fill(tensor) if tensor.ndim == 2 else tensor)
