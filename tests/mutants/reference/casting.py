"""Bugs planted in how the reference converts a network to another floating-point type."""

from __future__ import annotations

import copy

import numpy as np

from adapters.reference import ReferenceAdapter, Sequence
from tests.mutants.registry import breaks


@breaks("persistence.cast_values", "persistence.cast_norms", answer="unchanged")
class ConversionsDoNothing(ReferenceAdapter):
    """A network is not converted."""

    def cast(self, net: Sequence, dtype: str) -> None:
        pass


@breaks("persistence.cast_values", "persistence.cast_norms", answer="otherwise")
class ConversionsCutOff(ReferenceAdapter):
    """Values are rounded towards zero."""

    def cast(self, net: Sequence, dtype: str) -> None:
        before = {id(one): one.value for _, one in net.named_parameters()}
        super().cast(net, dtype)
        for _, parameter in net.named_parameters():
            old, new = before[id(parameter)], parameter.value
            nearer = np.nextafter(new.astype(dtype), np.zeros(1, dtype)).astype(np.float32)
            parameter.array = np.where(np.abs(new) > np.abs(old), nearer, new)


@breaks("persistence.cast_keeps_parameters", "persistence.cast_keeps_buffers", answer="no")
class ConversionsReplace(ReferenceAdapter):
    """A converted network takes new parameters and buffers, tied as before."""

    def cast(self, net: Sequence, dtype: str) -> None:
        super().cast(net, dtype)
        new = {id(one): copy.copy(one) for _, one in net.named_parameters()}
        for _, made in net.made():
            made.parameters = {name: new.get(id(one), one) for name, one in made.parameters.items()}


@breaks("sharing.tie_survives_cast", answer="no")
class ConversionsUntie(ReferenceAdapter):
    """Each layer of a converted network takes parameters of its own."""

    def cast(self, net: Sequence, dtype: str) -> None:
        super().cast(net, dtype)
        for _, made in net.made():
            made.parameters = {name: copy.copy(one) for name, one in made.parameters.items()}


@breaks("persistence.frozen_survives_cast", answer="no")
class ConversionsUnfreeze(ReferenceAdapter):
    """All parameters of a converted network are trained."""

    def cast(self, net: Sequence, dtype: str) -> None:
        super().cast(net, dtype)
        for _, parameter in net.named_parameters():
            parameter.trainable = parameter.role.state == "parameter"
