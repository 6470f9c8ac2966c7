"""Bugs planted in what the reference copies between networks in memory."""

from __future__ import annotations

import numpy as np

from adapters.reference import ReferenceAdapter, Sequence
from tests.mutants.registry import breaks


@breaks("persistence.copied_values")
class BuffersAreNotCopied(ReferenceAdapter):
    """A network keeps its own buffers where it is given another's values."""

    def copy_values(self, net: Sequence, source: Sequence) -> None:
        kept = [
            (parameter, parameter.array) for _, parameter in net.named_parameters() if parameter.role.state == "buffer"
        ]
        super().copy_values(net, source)
        for parameter, array in kept:
            parameter.array = array


@breaks("persistence.copied_values_are_a_copy")
class CopiedValuesAreShared(ReferenceAdapter):
    """A network that is given another's values holds its parameters."""

    def copy_values(self, net: Sequence, source: Sequence) -> None:
        super().copy_values(net, source)
        for (_, ours), (_, theirs) in zip(net.made(), source.made()):
            ours.parameters = theirs.parameters


@breaks("persistence.copy_values_more_layers", "persistence.copy_values_fewer_layers", answer="ok")
class OtherNamesAreLeftOut(ReferenceAdapter):
    """What one of two networks has alone is left out where values are copied."""

    def copy_values(self, net: Sequence, source: Sequence) -> None:
        arrays = {name: parameter.value for name, parameter in source.named_parameters()}
        self._take(net, arrays, missing=True, extra=True, shapes=False)


@breaks("persistence.copy_values_other_shapes", answer="ok")
class OtherShapesAreMadeToFit(ReferenceAdapter):
    """What has another shape is cut or repeated until it fits."""

    def copy_values(self, net: Sequence, source: Sequence) -> None:
        ours = dict(net.named_parameters())
        arrays = {name: parameter.value for name, parameter in source.named_parameters()}
        fitted = {name: np.resize(array, ours[name].shape) for name, array in arrays.items() if name in ours}
        self._take(net, {**arrays, **fitted}, missing=False, extra=False, shapes=False)
