"""Bugs planted in what the reference loads of a file that does not fit."""

from __future__ import annotations

import numpy as np

from adapters.reference import ReferenceAdapter, Sequence
from tests.mutants.registry import breaks


@breaks("persistence.despite_extra_refuses_missing", "persistence.despite_missing_refuses_extra", answer="ok")
@breaks("persistence.despite_names_refuses_shapes", answer="ok")
class DespiteOneIsDespiteAll(ReferenceAdapter):
    """A load that ignores one misfit ignores all."""

    def load_despite(self, net: Sequence, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        every = missing or extra or shapes
        super().load_despite(net, file, every, every, every)


@breaks("persistence.load_despite_missing")
class MissingAreZeros(ReferenceAdapter):
    """What a file lacks is zeros once it is loaded."""

    def load_despite(self, net: Sequence, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        super().load_despite(net, file, missing, extra, shapes)
        with np.load(file) as saved:
            for name, parameter in net.named_parameters():
                if name not in saved:
                    parameter.write(np.zeros(parameter.shape, np.float32))


@breaks("persistence.load_despite_extra")
class ExtraEndsTheLoad(ReferenceAdapter):
    """A load that ignores what a file has besides loads nothing of it."""

    def load_despite(self, net: Sequence, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        if not extra:
            super().load_despite(net, file, missing, extra, shapes)


@breaks("persistence.load_despite_shapes", answer="by layer")
class ShapesAreSkippedByLayer(ReferenceAdapter):
    """Of a layer, none is loaded from the first parameter on that has another shape."""

    def load_despite(self, net: Sequence, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        before = {name: (parameter, parameter.array) for name, parameter in net.named_parameters()}
        super().load_despite(net, file, missing, extra, shapes)
        spoilt = set()
        with np.load(file) as saved:
            for name, (parameter, array) in before.items():
                layer = name.rpartition(".")[0]
                if name in saved and saved[name].shape != parameter.shape:
                    spoilt.add(layer)
                if layer in spoilt:
                    parameter.array = array


@breaks("persistence.load_despite_shapes", answer=("by layer", "otherwise"))
class LayersAreSkippedWhole(ReferenceAdapter):
    """Of a layer of which one parameter has another shape, none is loaded, whatever comes before it."""

    def load_despite(self, net: Sequence, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        before = {name: (parameter, parameter.array) for name, parameter in net.named_parameters()}
        super().load_despite(net, file, missing, extra, shapes)
        with np.load(file) as saved:
            wrong = [name for name in saved if name in before and saved[name].shape != before[name][0].shape]
        spoilt = {name.rpartition(".")[0] for name in wrong}
        for name, (parameter, array) in before.items():
            if name.rpartition(".")[0] in spoilt:
                parameter.array = array


@breaks("persistence.load_despite_shapes")
class ShapesAreMadeToFit(ReferenceAdapter):
    """What has another shape is cut or repeated until it fits."""

    def load_despite(self, net: Sequence, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        super().load_despite(net, file, missing, extra, shapes)
        with np.load(file) as saved:
            for name, parameter in net.named_parameters() if shapes else ():
                parameter.write(np.resize(saved[name], parameter.shape))
