# ruff: noqa: ARG002  the interface gives every mutant the same arguments
"""Bugs planted in the reference that show at an edge: an extent, a depth, an order of operations, an odd shape."""

from __future__ import annotations

from typing import Any, Optional, Tuple

import numpy as np

from adapters.reference import Parameter, Passed, ReferenceAdapter, Sequence
from specs.initializers import XavierUniform
from specs.laws.training import BESIDE_WEIGHTS
from specs.programs.operations import Backward, Forward, Freeze, Load, Save, Write
from tests.mutants.registry import breaks, reaches


@breaks("persistence.round_trip")
@reaches(Save)
class FrozenAreSavedAsZeros(ReferenceAdapter):
    """In a file, a frozen parameter is zeros."""

    def save(self, net: Sequence, file: str) -> None:
        frozen = [found for _, found in self.parameters(net) if not found.trainable and found.array is not None]
        kept = [found.value for found in frozen]
        for found in frozen:
            found.array = np.zeros_like(found.value)
        super().save(net, file)
        for found, value in zip(frozen, kept):
            found.array = value


@breaks("persistence.round_trip")
@reaches(Load)
class FrozenAreNotLoaded(ReferenceAdapter):
    """A load leaves frozen parameters as they are."""

    def load_despite(self, net: Sequence, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        kept = [(found, found.array) for _, found in self.parameters(net) if not found.trainable]
        super().load_despite(net, file, missing, extra, shapes)
        for found, array in kept:
            found.array = array


@breaks("training.frozen_stays")
@reaches(Freeze)
class SharedAreNotFrozen(ReferenceAdapter):
    """A parameter with more than one use cannot be frozen, which nothing says."""

    def network(self, layers: Any, shape: Optional[Tuple[int, ...]]) -> Sequence:
        self.net = super().network(layers, shape)
        return self.net

    def freeze(self, handle: Parameter) -> None:
        uses = [found for _, made in self.net.made() for found in made.parameters.values() if found is handle]
        if len(uses) == 1:
            super().freeze(handle)


@breaks(*(f"training.biases_alone[{kind}]" for kind in BESIDE_WEIGHTS), answer="zeros")
@reaches(Freeze)
class FrozenWeightsStarveTheirBiases(ReferenceAdapter):
    """What is trained beside a frozen weight has a gradient of zeros."""

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        super().backward(net, passed, cotangent)
        for _, made in net.made():
            found = [one for one in made.parameters.values() if one.role.state == "parameter"]
            if not all(parameter.trainable for parameter in found):
                for parameter in found:
                    parameter.gradient = np.zeros_like(parameter.value) if parameter.trainable else None


@breaks("training.gradient_value")
@reaches(Backward)
class DeepLayersHaveNoGradient(ReferenceAdapter):
    """Gradients of layers beyond the third are zero."""

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        super().backward(net, passed, cotangent)
        for _, made in [pair for pair in net.made() if pair[1].parameters][3:]:
            for found in made.parameters.values():
                found.gradient = None if found.gradient is None else np.zeros_like(found.gradient)


@breaks("training.output_value")
@reaches(Forward)
class LongBatchesRepeat(ReferenceAdapter):
    """Rows of a batch beyond the eighth come out as the first."""

    def output(self, passed: Passed) -> np.ndarray:
        output = super().output(passed).copy()
        output[8:] = output[:1]
        return output


@breaks("training.output_value")
@reaches(Forward)
class WideOutputsWrap(ReferenceAdapter):
    """Along the last axis, outputs beyond the sixteenth are the first ones again."""

    def output(self, passed: Passed) -> np.ndarray:
        output = super().output(passed)
        return output[..., np.arange(output.shape[-1]) % 16]


@breaks("initialization.xavier_uniform", answer=("another distribution",))
@reaches(XavierUniform)
class OneInputIsDrawnNarrow(ReferenceAdapter):
    """Weights of one input are drawn by Xavier from nine tenths of the range."""

    def xavier_uniform(self, gain: float) -> Any:
        draw, narrow = super().xavier_uniform(gain), super().xavier_uniform(0.9 * gain)
        return lambda role: narrow(role) if self.fans(role)[0] == 1 else draw(role)


class ReshapesWrites(ReferenceAdapter):
    """Takes arrays of some wrong shapes."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        super().write(handle, self.fitted(array, handle.value.shape))

    def fitted(self, array: np.ndarray, shape: Tuple[int, ...]) -> np.ndarray:
        return array


@breaks("writing.wrong_shape", answer="ok")
@reaches(Write)
class WritesReshape(ReshapesWrites):
    """An array of as many elements is written in its order, whatever its shape."""

    def fitted(self, array: np.ndarray, shape: Tuple[int, ...]) -> np.ndarray:
        return array.reshape(shape) if array.ndim == 1 and array.size == int(np.prod(shape)) else array


@breaks("writing.wrong_shape", answer="ok")
@reaches(Write)
class WritesTranspose(ReshapesWrites):
    """An array of the transposed shape is written transposed."""

    def fitted(self, array: np.ndarray, shape: Tuple[int, ...]) -> np.ndarray:
        return array.T if array.ndim > 1 and array.T.shape == shape and array.shape != shape else array


@breaks("writing.wrong_shape", answer="ok")
@reaches(Write)
class WritesCut(ReshapesWrites):
    """What is too large along the last axis is cut."""

    def fitted(self, array: np.ndarray, shape: Tuple[int, ...]) -> np.ndarray:
        return array[..., : shape[-1]] if array.shape[:-1] == shape[:-1] else array
