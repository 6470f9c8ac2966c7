"""Bugs planted in how the installed PyTorch converts a module to another floating-point type."""

from __future__ import annotations

from torch import nn

from specs.programs.operations import CastAndBack
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("persistence.cast_values", "persistence.cast_norms", answer="unchanged")
@reaches(CastAndBack)
def conversions_do_nothing() -> Planted:
    """A module is not converted."""
    return around(nn.Module, "to", lambda to, self, dtype: self)


@breaks("persistence.cast_keeps_parameters", answer="no")
@breaks("sharing.tie_survives_cast", answer="no")
@reaches(CastAndBack)
def conversions_replace_parameters() -> Planted:
    """Each layer of a converted module takes parameters of its own."""

    def converted(to, self, dtype):
        for module in to(self, dtype).modules():
            for name, parameter in list(module._parameters.items()):
                if parameter is not None:
                    setattr(module, name, nn.Parameter(parameter.detach(), parameter.requires_grad))
        return self

    return around(nn.Module, "to", converted)


@breaks("persistence.cast_keeps_buffers", answer="yes")
@reaches(CastAndBack)
def conversions_keep_buffers() -> Planted:
    """The buffers of a converted module are the objects that they were."""

    def converted(to, self, dtype):
        held = [(module, name, buffer) for module in self.modules() for name, buffer in module._buffers.items()]
        to(self, dtype)
        for module, name, buffer in held:
            if buffer is not None:
                buffer.data = module._buffers[name].data
                module._buffers[name] = buffer
        return self

    return around(nn.Module, "to", converted)


@breaks("persistence.frozen_survives_cast", answer="no")
@reaches(CastAndBack)
def conversions_unfreeze() -> Planted:
    """All parameters of a converted module are trained."""
    return around(nn.Module, "to", lambda to, self, dtype: to(self, dtype).requires_grad_())
