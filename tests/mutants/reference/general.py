# ruff: noqa: ARG002  the interface gives every mutant the same arguments
"""Bugs planted in the reference: each mutant is the NumPy reference with one thing wrong.

Where no reach is declared, it is what the methods serve that a mutant overrides.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import re
from collections import Counter
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple
from unittest import mock

import numpy as np

from adapters.interface import Failure, Pairs
from adapters.reference import (
    AlreadyBackpropagated,
    Made,
    NoSuchName,
    NotReady,
    Parameter,
    Passed,
    ReferenceAdapter,
    Residual,
    Sequence,
)
from specs import initializers
from specs.initializers import Default
from specs.laws import LAWS
from specs.layers import (
    Activation,
    BatchNorm,
    Convolution,
    ConvolutionTransposed,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    PaddedEmbedding,
)
from specs.layers.algebra import Bounded, exactly, moved, relu, scaled, spread
from specs.layers.layer import SPACE, Axes, Layer, Result, Role, shape_of
from specs.programs import networks
from specs.programs.networks import Reuse, Tie
from specs.programs.operations import Backward, Forward, Freeze, Write
from tests.mutants.registry import EQUAL_USES, PLAIN, breaks, raises, reaches

Initializers = Mapping[str, Any]


def parameters_of(net: Sequence) -> List[Parameter]:
    return [parameter for _, parameter in net.named_parameters() if parameter.role.state == "parameter"]


def layers_of(net: Sequence) -> List[Made]:
    """Every use of a layer that holds something."""
    return [made for _, made in net.made() if made.parameters]


def is_bias(parameter: Parameter) -> bool:
    return "bias" in parameter.role.family


def elementwise(inputs: Bounded, value: np.ndarray, slope: np.ndarray) -> Bounded:
    """What a function of single elements gives, with this slope."""
    return Bounded(
        value, lambda: inputs.error, (inputs,), lambda flow: (Bounded(flow.value * slope, lambda: flow.error),)
    )


@reaches()
class Remembering(ReferenceAdapter):
    """Knows the network that was built last."""

    net: Sequence

    def network(self, layers: List[Any], shape: Optional[Tuple[int, ...]]) -> Sequence:
        self.net = super().network(layers, shape)
        return self.net


class Invalid(Exception):
    """What was given is called invalid."""


@reaches()
class Invalidating(ReferenceAdapter):
    """Calls invalid what is something else."""

    failures = (*ReferenceAdapter.failures, Failure(Invalid, "", "invalid_argument"))


# Access: what is listed.


@breaks("access.lists_each_once", "access.distinct_objects", "access.names_differ", "sharing.counted_once")
@raises("no_such_parameter")
class ListsTheFirstTwice(ReferenceAdapter):
    """The list of parameters holds the first one twice."""

    def parameters(self, net: Sequence) -> Pairs:
        listed = super().parameters(net)
        return [*listed[:1], *listed]


@breaks("access.lists_each_once", "access.lists_in_order", "sharing.counted_once")
@raises("no_such_parameter")
class ForgetsTheLast(ReferenceAdapter):
    """The list of parameters lacks the last one."""

    def parameters(self, net: Sequence) -> Pairs:
        return super().parameters(net)[:-1]


@breaks("access.lists_each_once", "sharing.counted_once")
class ListsEveryUse(ReferenceAdapter):
    """A parameter that is used several times is listed once a use."""

    def parameters(self, net: Sequence) -> Pairs:
        return [
            (f"{path}.{role}", parameter)
            for path, made in net.made()
            for role, parameter in made.named_parameters()
            if parameter.role.state == "parameter"
        ]


@breaks("access.lists_in_order")
class ListsAlphabetically(ReferenceAdapter):
    """Parameters are listed in the order of their names, bias before weight."""

    def parameters(self, net: Sequence) -> Pairs:
        return sorted(super().parameters(net), key=lambda pair: pair[0])


@breaks("access.lists_in_order")
class ListsWeightsThenBiases(ReferenceAdapter):
    """All weights are listed before all biases."""

    def parameters(self, net: Sequence) -> Pairs:
        return sorted(super().parameters(net), key=lambda pair: not pair[0].endswith("weight"))


@breaks("access.names_tell_layer_and_role")
@raises("no_such_parameter")
class NamesCountParameters(ReferenceAdapter):
    """A full name counts parameters, and tells neither layer nor role."""

    def parameters(self, net: Sequence) -> Pairs:
        return [(f"{at}.parameter", parameter) for at, (_, parameter) in enumerate(super().parameters(net))]


@breaks("access.names_differ")
@raises("no_such_parameter")
class NamesByRole(ReferenceAdapter):
    """A parameter's full name is its role alone."""

    def parameters(self, net: Sequence) -> Pairs:
        return [(name.rpartition(".")[2], parameter) for name, parameter in super().parameters(net)]


@breaks("access.lists_each_once", "sharing.identity")
class OneBiasForAWidth(ReferenceAdapter):
    """Layers of one width are silently given one bias."""

    def network(self, layers: List[Any], shape: Optional[Tuple[int, ...]]) -> Sequence:
        net = super().network(layers, shape)
        biases: Dict[Tuple[Optional[int], ...], Parameter] = {}
        for layer in layers_of(net):
            if "bias" in layer.parameters:
                bias = layer.parameters["bias"]
                layer.parameters["bias"] = biases.setdefault(bias.shape, bias)
        return net


@breaks("access.shapes")
class ListsShapesReversed(ReferenceAdapter):
    """A weight is listed with its input width first."""

    def shape(self, handle: Parameter) -> Tuple[Optional[int], ...]:
        return handle.shape[::-1]


@breaks("access.shapes", "writing.array")
class ReadsTransposed(ReferenceAdapter):
    """A weight reads as its transpose."""

    def value(self, handle: Parameter) -> np.ndarray:
        return handle.value.T


@breaks("access.shapes", "training.output_shape")
@raises("wrong_shape", "failed")
class DropsAxesOfOne(ReferenceAdapter):
    """Axes of extent 1 are dropped from what is read and from what comes out."""

    def value(self, handle: Parameter) -> np.ndarray:
        return handle.value.squeeze()

    def output(self, passed: Passed) -> np.ndarray:
        return super().output(passed).squeeze()


@breaks("access.dtype")
class ListsDoubles(ReferenceAdapter):
    """Parameters are listed as float64."""

    def dtype(self, handle: Parameter) -> str:
        return "float64"


@breaks("access.dtype", "training.output_shape", "training.gradient_shape")
class ReadsDoubles(ReferenceAdapter):
    """Values, outputs and gradients are read in float64."""

    def value(self, handle: Parameter) -> np.ndarray:
        return handle.value.astype(np.float64)

    def output(self, passed: Passed) -> np.ndarray:
        return passed.output.value

    def gradient(self, handle: Parameter, gradients: Any) -> Optional[np.ndarray]:
        return None if handle.gradient is None else handle.gradient.astype(np.float64)


@breaks("access.all_trainable")
class BornFrozen(ReferenceAdapter):
    """Biases of a new network are not trainable."""

    def construct(self, layer: Layer, given: Axes, inferred: bool, initializers: Initializers) -> Made:
        made = super().construct(layer, given, inferred, initializers)
        for parameter in filter(is_bias, made.parameters.values()):
            parameter.trainable = False
        return made


@breaks("access.all_trainable")
class ListedAsFrozen(ReferenceAdapter):
    """Trainable parameters are listed as not trainable."""

    def is_trainable(self, handle: Parameter) -> bool:
        return not handle.trainable


@breaks("access.pattern")
class MatchesOneLayer(ReferenceAdapter):
    """A pattern selects the first parameter that it matches, and no further one."""

    def matching(self, net: Sequence, pattern: str) -> Pairs:
        return super().matching(net, pattern)[:1]


@breaks("access.pattern", "initialization.by_pattern")
@raises("invalid_argument")
class MatchesEverything(ReferenceAdapter):
    """A pattern selects all parameters."""

    def matching(self, net: Sequence, pattern: str) -> Pairs:
        return self.parameters(net)


@breaks("access.pattern")
class MatchesTheRoleAlone(ReferenceAdapter):
    """A pattern's prefix is dropped, so that it matches names that begin with the role."""

    def matching(self, net: Sequence, pattern: str) -> Pairs:
        return [pair for pair in self.parameters(net) if re.match(pattern.replace(".*", ""), pair[0])]


@breaks("access.count")
class CountsWeights(ReferenceAdapter):
    """Biases are left out of the count."""

    def count(self, net: Sequence) -> int:
        return sum(parameter.value.size for parameter in parameters_of(net) if not is_bias(parameter))


@breaks("access.count", "sharing.counted_once")
class CountsParameters(ReferenceAdapter):
    """What is counted is parameters, not their elements."""

    def count(self, net: Sequence) -> int:
        return len(self.parameters(net))


@breaks("sharing.counted_once")
class CountsEveryUse(ReferenceAdapter):
    """A shared parameter's elements are counted once a use."""

    def count(self, net: Sequence) -> int:
        return sum(
            parameter.value.size
            for layer in layers_of(net)
            for parameter in layer.parameters.values()
            if parameter.role.state == "parameter"
        )


# Access: what is reached.


@breaks("access.routes_agree")
class LayersHandOutCopies(ReferenceAdapter):
    """A layer's own collection holds copies of its parameters."""

    def by_layer(self, layer: Made, role: str) -> Parameter:
        return copy.copy(super().by_layer(layer, role))


@breaks("access.routes_agree")
class NamesReachTheFirst(ReferenceAdapter):
    """Every full name reaches the first parameter of its role."""

    def by_name(self, net: Sequence, name: str) -> Parameter:
        role = name.rpartition(".")[2]
        return next(parameter for _, parameter in net.named_parameters() if parameter.role.name == role)


@breaks("access.routes_agree")
class OrderCountsFromOne(ReferenceAdapter):
    """Positions in the list count from 1."""

    def by_order(self, net: Sequence, position: int) -> Parameter:
        return self.parameters(net)[position - 1][1]


@breaks("access.routes_agree")
class ReadsDrift(ReferenceAdapter):
    """Every read adds a little to what is read."""

    def value(self, handle: Parameter) -> np.ndarray:
        handle.write(handle.value + np.float32(0.001))
        return handle.value


@breaks("access.missing_bias", answer="ok")
class InventsBiases(ReferenceAdapter):
    """A layer that has a weight, and no bias, shows one of zeros."""

    def by_attribute(self, layer: Made, role: str) -> Optional[Parameter]:
        found, weight = super().by_attribute(layer, role), layer.parameters.get("weight")
        if found is not None or weight is None:
            return found
        return Parameter(dataclasses.replace(weight.role, axes=weight.role.axes[:1]), self.zeros(), True)


@breaks("access.missing_layer", answer="ok")
class LayersWrapAround(ReferenceAdapter):
    """Positions past the last layer begin again at the first."""

    def child(self, net: Sequence, position: int) -> Any:
        return net.children[position % len(net.children)]


@breaks("access.missing_layer", answer="invalid_argument")
class MissingLayersAreInvalid(Invalidating):
    """A position past the last layer is called an invalid argument."""

    def child(self, net: Sequence, position: int) -> Any:
        if position >= len(net.children):
            raise Invalid(f"there are {len(net.children)} layers")
        return net.children[position]


# Access: what is seen before there are values.


@breaks("access.read_after_build", answer="not_ready")
class EmptyUntilInitialized(ReferenceAdapter):
    """A new network's parameters have no values before it is initialized."""

    def network(self, layers: List[Any], shape: Optional[Tuple[int, ...]]) -> Sequence:
        net = super().network(layers, shape)
        for parameter in parameters_of(net):
            parameter.array = None
        return net


@breaks("access.read_before_first_forward", answer="ok")
class EmptyUntilInferred(ReferenceAdapter):
    """A weight whose input width is not known yet reads as an array without columns."""

    def value(self, handle: Parameter) -> np.ndarray:
        return np.zeros([extent or 0 for extent in handle.shape], np.float32) if handle.array is None else handle.array


@breaks("access.read_before_first_forward", answer="no_such_parameter")
class MissingUntilInferred(ReferenceAdapter):
    """A weight whose input width is not known yet is said not to exist."""

    def value(self, handle: Parameter) -> np.ndarray:
        if handle.array is None:
            raise NoSuchName("there is no such parameter")
        return handle.array


@breaks("access.bias_before_first_forward", answer="not_ready")
class BiasesWaitForWeights(ReferenceAdapter):
    """The bias of a layer cannot be read before the layer's weight can."""

    def construct(self, layer: Layer, given: Axes, inferred: bool, initializers: Initializers) -> Made:
        made = super().construct(layer, given, inferred, initializers)
        for bias in filter(is_bias, made.parameters.values()):
            bias.awaited = made.parameters.get("weight", bias)
        return made

    def value(self, handle: Parameter) -> np.ndarray:
        if is_bias(handle) and handle.awaited.array is None:
            raise NotReady("the bias is not known before the weight")
        return super().value(handle)


@breaks("access.listed_before_first_forward", answer="shape unknown")
class UnknownUntilInferred(ReferenceAdapter):
    """A weight is listed without a shape while its input width is unknown."""

    def shape(self, handle: Parameter) -> Optional[Tuple[Optional[int], ...]]:
        return None if None in handle.shape else handle.shape


@breaks("access.listed_before_first_forward", answer="not listed")
class UnlistedUntilInferred(ReferenceAdapter):
    """A weight is not listed while its input width is unknown."""

    def parameters(self, net: Sequence) -> Pairs:
        return [pair for pair in super().parameters(net) if pair[1].array is not None]


@breaks("access.listed_before_first_forward", answer="known")
class ZeroUntilInferred(ReferenceAdapter):
    """An input width that is not known yet is listed as 0."""

    def shape(self, handle: Parameter) -> Tuple[Optional[int], ...]:
        return tuple(extent or 0 for extent in handle.shape)


@breaks("access.listed_after_first_forward", "access.shapes")
class NeverInferred(ReferenceAdapter):
    """The input width stays unknown in the list, whatever was fed."""

    def shape(self, handle: Parameter) -> Tuple[Optional[int], ...]:
        return (*handle.shape[:1], *(None for _ in handle.shape[1:]))


@breaks("access.gradient_before_backward", answer="zeros")
class GradientsBeginAtZero(ReferenceAdapter):
    """A parameter without a gradient shows one of zeros."""

    def gradient(self, handle: Parameter, gradients: Any) -> Optional[np.ndarray]:
        return np.zeros(handle.value.shape, np.float32) if handle.gradient is None else handle.gradient


@breaks("access.gradient_before_backward", "training.frozen_gradient", answer="not_ready")
class NoGradientRaises(ReferenceAdapter):
    """Asking for a gradient that is not there raises."""

    def gradient(self, handle: Parameter, gradients: Any) -> Optional[np.ndarray]:
        if handle.gradient is None:
            raise NotReady("the gradient is not known before a backward pass")
        return handle.gradient


# Writing.


@breaks("access.value_is_a_copy", answer="a view")
class WritesInPlace(ReferenceAdapter):
    """A write goes into the array that earlier reads handed out."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        kept = handle.value
        super().write(handle, array)
        kept[...] = handle.value
        handle.array = kept


@breaks("access.tensor_is_a_view", answer="a copy")
class TensorsAreCopies(ReferenceAdapter):
    """A tensor that is read has the values of then."""

    def tensor(self, handle: Parameter) -> Any:
        return handle.value

    def as_numpy(self, tensor: Any) -> np.ndarray:
        return tensor


@breaks("writing.array", "training.output_value", "persistence.round_trip")
class WriteKeepsTheArray(ReferenceAdapter):
    """A write keeps the array that it is given, and shows what becomes of it."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        super().write(handle, array)
        handle.array = array


@breaks("writing.array", "training.output_value")
class WriteMissesTheLastRow(ReferenceAdapter):
    """A write leaves the last row as it was."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        last = handle.value[-1].copy()
        super().write(handle, array)
        handle.value[-1] = last


@breaks("writing.array", "training.output_value")
class WriteTransposesSquares(ReferenceAdapter):
    """A square weight is written transposed."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        super().write(handle, array.T if array.shape == array.T.shape else array)


@breaks("writing.array")
class WriteRoundsToHalf(ReferenceAdapter):
    """A write rounds to half precision."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        super().write(handle, array.astype(np.float16))


@breaks("writing.array", "writing.forward_uses_it")
class WriteComesOnce(ReferenceAdapter):
    """A parameter that was written to ignores every further write."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        if not getattr(handle, "written", False):
            super().write(handle, array)
        handle.written = True


@reaches(Write)
@breaks("writing.array", "sharing.write_through")
class ReadsLag(ReferenceAdapter):
    """The first read after a write gives the value from before it."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        stale = handle.value
        super().write(handle, array)
        handle.stale = stale

    def value(self, handle: Parameter) -> np.ndarray:
        return handle.__dict__.pop("stale", handle.value)


@breaks("writing.array", "writing.add", "initialization.one_parameter")
@breaks("initialization.forced_again", answer="ignored")
class ReadsAreRemembered(ReferenceAdapter):
    """A parameter reads for good as it did when it was read first."""

    def value(self, handle: Parameter) -> np.ndarray:
        return handle.__dict__.setdefault("first", handle.value.copy())


@breaks("writing.add")
class AddReachesOneRow(ReferenceAdapter):
    """A number is added to the first row only."""

    def add(self, handle: Parameter, amount: float) -> None:
        handle.value[0] += np.float32(amount)


@breaks("writing.add")
class AddOverwrites(ReferenceAdapter):
    """Adding a number writes the number."""

    def add(self, handle: Parameter, amount: float) -> None:
        handle.write(np.full(handle.value.shape, amount))


@breaks("writing.add", "sharing.write_through")
class AddIsLost(ReferenceAdapter):
    """A number is added to a copy of the value."""

    def add(self, handle: Parameter, amount: float) -> None:
        handle.value.copy().__iadd__(np.float32(amount))


@breaks("writing.element")
class ElementAtTransposedIndex(ReferenceAdapter):
    """A single element is written at the transposed index, where there is such an element."""

    def write_element(self, handle: Parameter, index: Tuple[int, ...], value: float) -> None:
        inside = all(at < extent for at, extent in zip(index[::-1], handle.value.shape))
        super().write_element(handle, index[::-1] if inside else index, value)


@breaks("writing.element")
class ElementFillsItsRow(ReferenceAdapter):
    """Writing a single element fills the whole row."""

    def write_element(self, handle: Parameter, index: Tuple[int, ...], value: float) -> None:
        handle.value[index[0]] = value


@breaks("writing.others_stay")
class WritesReachTwins(Remembering):
    """What is written to one parameter is written to all of its shape."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        super().write(handle, array)
        for parameter in parameters_of(self.net):
            if parameter.shape == handle.shape:
                parameter.write(array)


@breaks("writing.others_stay")
class ElementsReachTheFirst(Remembering):
    """Writing a single element anywhere writes the first element of the first parameter, too."""

    def write_element(self, handle: Parameter, index: Tuple[int, ...], value: float) -> None:
        super().write_element(handle, index, value)
        parameters_of(self.net)[0].value.flat[0] = value


@breaks("writing.copied_value")
class CopyTies(ReferenceAdapter):
    """Copying a value makes the two parameters one."""

    def copy(self, handle: Parameter, source: Parameter) -> None:
        handle.__dict__ = source.__dict__


@breaks("writing.copied_value")
class CopyGoesBackwards(ReferenceAdapter):
    """Copying writes the target's value into the source."""

    def copy(self, handle: Parameter, source: Parameter) -> None:
        source.write(handle.value)


@breaks("writing.wrong_shape", "persistence.load_other_shapes", answer="ok")
class WriteTakesAnyShape(ReferenceAdapter):
    """An array of another shape is cut or repeated until it fits."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        super().write(handle, np.resize(array, handle.value.shape))

    def load(self, net: Sequence, file: str) -> None:
        with np.load(file) as saved:
            for name, parameter in net.named_parameters():
                if name in saved:
                    self.write(parameter, saved[name])


@breaks("writing.wrong_shape", "writing.broadcastable_shape", answer="invalid_argument")
class WrongShapesAreInvalid(Invalidating):
    """An array of another shape is called an invalid argument."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        if array.shape != handle.shape:
            raise Invalid("the array does not fit")
        super().write(handle, array)


@breaks("writing.broadcastable_shape", answer="ok")
class WriteBroadcasts(ReferenceAdapter):
    """An array that can be broadcast is."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        with contextlib.suppress(ValueError):
            array = np.broadcast_to(array, handle.value.shape)
        super().write(handle, array)


@breaks("writing.refused_changes_nothing")
class RefusesTooLate(ReferenceAdapter):
    """A write clears the parameter before it looks at the shape of what it is given."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        handle.array = np.zeros_like(handle.value)
        super().write(handle, array)


@breaks("writing.forward_uses_it", "training.output_value")
class ForwardIsCompiled(ReferenceAdapter):
    """All forward passes use the values of the first."""

    def forward(self, net: Sequence, batch: np.ndarray) -> Passed:
        passed = super().forward(net, batch)
        first = net.__dict__.setdefault("first", copy.deepcopy(net))
        return super().forward(first, batch) if passed else passed


# Training: forward.


@reaches(Forward, Backward)
class ChangedLayer(ReferenceAdapter):
    """Layers do something else than they say."""

    def changed(self, layer: Layer) -> Layer:
        """The layer that is applied in the place of another, with what that holds."""
        return layer

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        return super().apply(self.changed(layer), held, inputs, given, training)


@breaks("training.output_value", "training.gradient_value")
class BiasIsIgnored(ChangedLayer):
    """The bias is not added."""

    def changed(self, layer: Layer) -> Layer:
        return dataclasses.replace(layer, bias=False) if isinstance(layer, (Dense, Convolution)) else layer


@breaks("training.output_value")
@raises("failed")
class BiasComesLast(ChangedLayer):
    """The bias of a dense layer is added after the activation."""

    bias: Optional[Bounded] = None

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        before, self.bias = self.bias, held.get("bias") if isinstance(layer, Dense) else None
        if before is None or not isinstance(layer, Activation):
            return super().apply(layer, held, inputs, given, training)
        added = spread(f"out -> {layer.lead(given)} out", before, inputs.shape)
        return Result(super().apply(layer, held, inputs - added, given, training).output + added)


@breaks("training.output_value")
class ComputesInHalf(ChangedLayer):
    """Layers compute in half precision."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        result = super().apply(layer, held, inputs, given, training)
        halves = result.output.value.astype(np.float16).astype(np.float64)
        return Result(elementwise(result.output, halves, np.ones_like(halves)), result.buffers)


@breaks("training.output_value", "writing.forward_uses_it")
class ReluLeaks(ChangedLayer):
    """The rectifier lets a hundredth of negative values pass."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if layer == Activation("relu"):
            return Result(relu(inputs) - scaled(relu(scaled(inputs, -1.0)), 0.01))
        return super().apply(layer, held, inputs, given, training)


@breaks("training.output_value")
class LastActivationIsMissing(ReferenceAdapter):
    """The last layer's activation is not applied."""

    def run(self, net: Sequence, batch: np.ndarray, training: bool) -> Passed:
        last = net.children[-1]
        ends = isinstance(last, Made) and isinstance(last.layer, Activation)
        return super().run(Sequence(net.children[:-1]) if ends else net, batch, training)


@breaks("training.output_shape")
@raises("wrong_shape")
class OutputIsTransposed(ReferenceAdapter):
    """The output has its rows along the second axis."""

    def output(self, passed: Passed) -> np.ndarray:
        return super().output(passed).T


@breaks("training.output_value")
class FirstRowForAll(ReferenceAdapter):
    """Every row of a batch comes out as the first."""

    def output(self, passed: Passed) -> np.ndarray:
        return np.repeat(super().output(passed)[:1], len(passed.output.value), axis=0)


@breaks("training.wrong_width", answer="ok")
class BatchIsCut(ReferenceAdapter):
    """Columns that the network has no weights for are dropped from the batch."""

    def forward(self, net: Sequence, batch: np.ndarray) -> Passed:
        extents = shape_of(net.made()[0][1].given)
        return super().forward(net, batch[(slice(None), *map(slice, extents))])


# Training: backward.


@breaks("training.gradient_value")
class ReluAlwaysLearns(ChangedLayer):
    """The rectifier's slope is 1 where its argument is negative, too."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        result = super().apply(layer, held, inputs, given, training)
        if layer == Activation("relu"):
            return Result(elementwise(inputs, result.output.value, np.ones(inputs.shape)))
        return result


@breaks("training.gradient_value", "persistence.clone_learns")
class SlopeOfTheInput(ChangedLayer):
    """The sigmoid's slope is taken to be its value."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        result = super().apply(layer, held, inputs, given, training)
        if layer == Activation("sigmoid"):
            return Result(elementwise(inputs, result.output.value, result.output.value))
        return result


@breaks("training.gradient_value")
class GradientIsAMean(ReferenceAdapter):
    """Gradients are means over the rows of a batch."""

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        super().backward(net, passed, cotangent / np.float32(len(cotangent)))


@breaks("training.gradient_value")
class GradientStopsEarly(ReferenceAdapter):
    """Backpropagation ends after the last layer."""

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        super().backward(net, passed, cotangent)
        last = {id(parameter) for parameter in layers_of(net)[-1].parameters.values()}
        for parameter in parameters_of(net):
            if id(parameter) not in last and parameter.gradient is not None:
                parameter.gradient = parameter.gradient * 0


@breaks("training.gradient_value", "training.gradient_shape")
class BiasesHaveNoGradient(ReferenceAdapter):
    """A bias shows no gradient."""

    def gradient(self, handle: Parameter, gradients: Any) -> Optional[np.ndarray]:
        return None if is_bias(handle) else handle.gradient


@breaks("training.gradient_shape", "training.gradient_value", "training.step_value", "sharing.gradient_equals_untied")
class GradientIsTransposed(ReferenceAdapter):
    """The gradient of a weight is transposed."""

    def gradient(self, handle: Parameter, gradients: Any) -> Optional[np.ndarray]:
        return None if handle.gradient is None else handle.gradient.T


@breaks("training.gradient_value")
class GradientOfAnother(ReferenceAdapter):
    """Parameters of one shape show the gradient of the last of them."""

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        super().backward(net, passed, cotangent)
        by_shape = {parameter.shape: parameter.gradient for parameter in parameters_of(net)}
        for parameter in parameters_of(net):
            parameter.gradient = by_shape[parameter.shape]


@breaks("training.second_backward", "sharing.second_backward", answer="added to")
class GradientsAccumulate(ReferenceAdapter):
    """A second backward pass adds to the gradients of the first."""

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        before = {parameter: parameter.gradient for parameter in parameters_of(net)}
        super().backward(net, passed, cotangent)
        for parameter, gradient in before.items():
            if gradient is not None and parameter.gradient is not None:
                parameter.gradient = parameter.gradient + gradient


@breaks("training.second_backward", answer="other")
class FirstGradientStays(ReferenceAdapter):
    """A second backward pass changes no gradient."""

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        before = {parameter: parameter.gradient for parameter in parameters_of(net)}
        super().backward(net, passed, cotangent)
        for parameter, gradient in before.items():
            parameter.gradient = parameter.gradient if gradient is None else gradient


@breaks("training.backward_twice", answer="ok")
class BackwardAnyTimes(ReferenceAdapter):
    """A forward pass can be backpropagated any number of times."""

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        passed.is_spent = False
        super().backward(net, passed, cotangent)


@breaks("training.backward_twice", answer="not_ready")
class BackwardTwiceIsNotReady(ReferenceAdapter):
    """A forward pass that is backpropagated a second time is said not to have been made."""

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        try:
            super().backward(net, passed, cotangent)
        except AlreadyBackpropagated as error:
            raise NotReady("what it was is not known before a forward pass") from error


@breaks(
    "training.wrong_cotangent",
    "training.wrong_cotangent_of_activation",
    "training.larger_cotangent",
    answer="ok",
)
class CotangentIsCut(ReferenceAdapter):
    """A cotangent that is larger than the output is cut to fit."""

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        super().backward(net, passed, cotangent[tuple(map(slice, passed.output.shape))])


# Training: steps, and parameters that are frozen.


@breaks("training.step_value", "training.others_still_learn", "sharing.step_is_taken_once")
class StepGoesUp(ReferenceAdapter):
    """A step adds the gradient."""

    def step(self, net: Sequence, gradients: Any, learning_rate: float) -> None:
        super().step(net, gradients, -learning_rate)


@breaks("training.step_value")
class StepHasMomentum(ReferenceAdapter):
    """A step goes on with nine tenths of the step before."""

    def step(self, net: Sequence, gradients: Any, learning_rate: float) -> None:
        for parameter in parameters_of(net):
            if parameter.gradient is not None:
                moved = 0.9 * getattr(parameter, "moved", 0.0) + parameter.gradient
                parameter.moved = moved
                parameter.write(parameter.value - learning_rate * moved)


@breaks("training.step_value")
class StepDecays(ReferenceAdapter):
    """A step shrinks every weight by a ten-thousandth."""

    def step(self, net: Sequence, gradients: Any, learning_rate: float) -> None:
        super().step(net, gradients, learning_rate)
        for parameter in parameters_of(net):
            parameter.write(parameter.value * 0.9999)


@breaks("training.step_value")
class StepAtOneRate(ReferenceAdapter):
    """The learning rate is that of the first step."""

    def step(self, net: Sequence, gradients: Any, learning_rate: float) -> None:
        super().step(net, gradients, net.__dict__.setdefault("rate", learning_rate))


@breaks("training.step_value", "training.others_still_learn")
class StepsLeaveBiases(ReferenceAdapter):
    """A step moves weights and no biases."""

    def step(self, net: Sequence, gradients: Any, learning_rate: float) -> None:
        with mock.patch.object(self, "trainable", return_value=self.matching(net, ".*weight")):
            super().step(net, gradients, learning_rate)


@breaks("training.step_before_backward", answer="not_ready")
class StepNeedsGradients(ReferenceAdapter):
    """A step raises where there is no gradient."""

    def step(self, net: Sequence, gradients: Any, learning_rate: float) -> None:
        if all(parameter.gradient is None for parameter in parameters_of(net)):
            raise NotReady("the gradient is not known before a backward pass")
        super().step(net, gradients, learning_rate)


@breaks("training.step_before_backward", answer="changed")
class StepWithoutGradientsMoves(ReferenceAdapter):
    """Where there is no gradient, a step takes it to be 1."""

    def step(self, net: Sequence, gradients: Any, learning_rate: float) -> None:
        for parameter in parameters_of(net):
            if parameter.gradient is None:
                parameter.gradient = np.ones(parameter.value.shape, np.float32)
        super().step(net, gradients, learning_rate)


@breaks("training.frozen_is_not_listed")
class FrozenIsListed(ReferenceAdapter):
    """A frozen parameter is listed among the trainable ones."""

    def trainable(self, net: Sequence) -> Pairs:
        return self.parameters(net)


@breaks("training.frozen_is_not_listed", "training.others_still_learn")
class FreezesItsLayer(Remembering):
    """Freezing a parameter freezes its layer."""

    def freeze(self, handle: Parameter) -> None:
        for layer in layers_of(self.net):
            if handle in layer.parameters.values():
                for parameter in layer.parameters.values():
                    parameter.trainable = False


@breaks("training.frozen_stays")
@breaks("training.frozen_gradient", answer="an array")
class FrozenStillLearns(ReferenceAdapter):
    """A frozen parameter is not listed as trainable, but has a gradient and takes its steps."""

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        frozen = [parameter for parameter in parameters_of(net) if not parameter.trainable]
        for parameter in frozen:
            parameter.trainable = True
        super().backward(net, passed, cotangent)
        for parameter in frozen:
            parameter.trainable = False

    def step(self, net: Sequence, gradients: Any, learning_rate: float) -> None:
        with mock.patch.object(self, "trainable", return_value=self.parameters(net)):
            super().step(net, gradients, learning_rate)


@breaks("training.others_still_learn")
class FrozenStopsTheFlow(ReferenceAdapter):
    """Nothing below a frozen parameter's layer takes a step."""

    def step(self, net: Sequence, gradients: Any, learning_rate: float) -> None:
        layers = layers_of(net)
        frozen = [
            position
            for position, layer in enumerate(layers)
            if any(
                parameter.role.state == "parameter" and not parameter.trainable
                for parameter in layer.parameters.values()
            )
        ]
        super().step(Sequence(layers[max(frozen, default=0) :]), gradients, learning_rate)


@breaks("training.frozen_gradient", answer="an array")
class FrozenGradientIsZero(ReferenceAdapter):
    """A frozen parameter shows a gradient of zeros."""

    def gradient(self, handle: Parameter, gradients: Any) -> Optional[np.ndarray]:
        return handle.gradient if handle.trainable else np.zeros(handle.value.shape, np.float32)


# Initialization: distributions.


@breaks("initialization.default[dense.weight]", "initialization.xavier_uniform")
class FanInAlone(ReferenceAdapter):
    """Where the mean of fan_in and fan_out is expected, fan_in is taken."""

    def xavier_uniform(self, gain: float) -> Any:
        return lambda role: self.random.uniform(-1, 1, role.shape) * gain * np.sqrt(3 / self.fans(role)[0])


@breaks("initialization.default[dense.weight]", "initialization.xavier_uniform")
class XavierOfTheLargerFan(ReferenceAdapter):
    """Where the mean of fan_in and fan_out is expected, the larger of them is taken: no draw is ever outside."""

    def xavier_uniform(self, gain: float) -> Any:
        return lambda role: self.random.uniform(-1, 1, role.shape) * gain * np.sqrt(3 / max(self.fans(role)))


@breaks("initialization.default[dense.weight]", "initialization.xavier_uniform", "initialization.xavier_normal")
class FanOutAlone(ReferenceAdapter):
    """Where the mean of fan_in and fan_out is expected, fan_out is taken."""

    def xavier_uniform(self, gain: float) -> Any:
        return lambda role: self.random.uniform(-1, 1, role.shape) * gain * np.sqrt(3 / self.fans(role)[1])

    def xavier_normal(self, gain: float) -> Any:
        return lambda role: self.random.normal(0, gain * np.sqrt(1 / self.fans(role)[1]), role.shape)


def starts_as_xavier(role: Role) -> bool:
    return isinstance(role.start, initializers.XavierUniform)


@breaks("initialization.default[dense.weight]")
class DefaultIsNarrow(ReferenceAdapter):
    """Without an initializer, weights are drawn from U(-0.07, 0.07)."""

    def start(self, role: Role) -> Any:
        return self.uniform(-0.07, 0.07) if starts_as_xavier(role) else super().start(role)


@breaks("initialization.default[dense.weight]")
class DefaultIsNormal(ReferenceAdapter):
    """Without an initializer, weights are drawn from a normal of the deviation expected."""

    def start(self, role: Role) -> Any:
        return self.xavier_normal(1.0) if starts_as_xavier(role) else super().start(role)


@breaks("initialization.default[dense.weight]")
@reaches(Default)
class FirstDefaultIsWide(ReferenceAdapter):
    """The first default initialization draws weights three times too wide, and later ones draw as expected."""

    width = 3.0

    def construct(self, layer: Layer, given: Axes, inferred: bool, initializers: Initializers) -> Made:
        self.width = 3.0
        return super().construct(layer, given, inferred, initializers)

    def start(self, role: Role) -> Any:
        own = super().start(role)
        return (lambda role: self.width * own(role)) if starts_as_xavier(role) else own

    def initialize_network(self, net: Sequence, initializer: Any, again: bool) -> None:
        self.width = 1.0 if again else self.width
        super().initialize_network(net, initializer, again)


@breaks("initialization.default[dense.bias]")
class DefaultBiasIsDrawn(ReferenceAdapter):
    """Without an initializer, biases are drawn from U(-0.1, 0.1)."""

    def start(self, role: Role) -> Any:
        return self.uniform(-0.1, 0.1) if "bias" in role.family else super().start(role)


@breaks("initialization.default[dense.bias]")
@breaks("initialization.distinct_parameters", answer="equal")
@reaches(Default)
class DefaultBiasIsTheWeights(ReferenceAdapter):
    """Without an initializer, a bias begins with the first elements of its own weight."""

    def construct(self, layer: Layer, given: Axes, inferred: bool, initializers: Initializers) -> Made:
        made = super().construct(layer, given, inferred, initializers)
        weight, bias = made.parameters.get("weight"), made.parameters.get("bias")
        if weight and bias and "bias" not in initializers:
            bias.own = lambda role: (
                np.zeros(role.shape) if weight.array is None else np.resize(weight.array, role.shape)
            )
            bias.initialize(None)
        return made


@breaks("initialization.normal")
class VarianceForDeviation(ReferenceAdapter):
    """A normal's deviation is taken to be its variance."""

    def normal(self, mean: float, std: float) -> Any:
        return super().normal(mean, np.sqrt(std))


@breaks("initialization.normal")
class NormalWithoutMean(ReferenceAdapter):
    """A normal's mean is dropped."""

    def normal(self, mean: float, std: float) -> Any:
        return super().normal(0.0, std)


@breaks("initialization.normal")
class NormalIsWide(ReferenceAdapter):
    """A normal's deviation is a tenth too large."""

    def normal(self, mean: float, std: float) -> Any:
        return super().normal(mean, 1.1 * std)


@breaks("initialization.normal", "initialization.xavier_normal")
class NormalIsUniform(ReferenceAdapter):
    """In place of a normal, a uniform distribution of its mean and deviation is drawn from."""

    def normal(self, mean: float, std: float) -> Any:
        return self.uniform(mean - np.sqrt(3) * std, mean + np.sqrt(3) * std)

    def xavier_normal(self, gain: float) -> Any:
        return super().xavier_uniform(gain)


def truncated(random: np.random.RandomState, shape: Tuple[int, ...]) -> np.ndarray:
    """Draws from the standard normal, those past two deviations drawn again."""
    drawn = random.standard_normal(shape)
    while np.any(np.abs(drawn) > 2):
        drawn = np.where(np.abs(drawn) > 2, random.standard_normal(shape), drawn)
    return drawn


@breaks("initialization.normal", "initialization.xavier_normal")
class NormalIsCut(ReferenceAdapter):
    """Draws of a normal past two deviations are drawn again."""

    def normal(self, mean: float, std: float) -> Any:
        return lambda role: mean + std * truncated(self.random, role.shape)

    def xavier_normal(self, gain: float) -> Any:
        return lambda role: gain * np.sqrt(2 / sum(self.fans(role))) * truncated(self.random, role.shape)


@breaks("initialization.normal", "initialization.xavier_normal")
class NormalIsCutAndScaled(ReferenceAdapter):
    """Draws of a normal past two deviations are drawn again, and all are scaled to the deviation expected."""

    def normal(self, mean: float, std: float) -> Any:
        return lambda role: mean + std / 0.8796 * truncated(self.random, role.shape)

    def xavier_normal(self, gain: float) -> Any:
        return lambda role: gain * np.sqrt(2 / sum(self.fans(role))) / 0.8796 * truncated(self.random, role.shape)


@breaks("initialization.uniform")
class UniformIsCentred(ReferenceAdapter):
    """A uniform distribution is centred at 0."""

    def uniform(self, low: float, high: float) -> Any:
        return super().uniform((low - high) / 2, (high - low) / 2)


@breaks("initialization.uniform")
class UniformIsHalved(ReferenceAdapter):
    """A uniform distribution has half its range, about the same middle."""

    def uniform(self, low: float, high: float) -> Any:
        return super().uniform(low + (high - low) / 4, high - (high - low) / 4)


@breaks("initialization.uniform")
class UniformLeans(ReferenceAdapter):
    """The larger of two uniform draws is taken."""

    def uniform(self, low: float, high: float) -> Any:
        return lambda role: self.random.uniform(low, high, (2, *role.shape)).max(axis=0)


@breaks("initialization.uniform")
class UniformIsNormal(ReferenceAdapter):
    """In place of a uniform distribution, a normal of its mean and deviation is drawn from."""

    def uniform(self, low: float, high: float) -> Any:
        return self.normal((low + high) / 2, (high - low) / np.sqrt(12))


@breaks("initialization.xavier_uniform", "initialization.xavier_normal")
class GainIsDropped(ReferenceAdapter):
    """The gain of a Xavier initializer is 1."""

    def xavier_uniform(self, gain: float) -> Any:
        return super().xavier_uniform(1.0)

    def xavier_normal(self, gain: float) -> Any:
        return super().xavier_normal(1.0)


@breaks("initialization.xavier_normal")
class XavierVarianceForDeviation(ReferenceAdapter):
    """A Xavier normal's deviation is its variance."""

    def xavier_normal(self, gain: float) -> Any:
        return lambda role: self.random.normal(0.0, 2 * gain**2 / sum(self.fans(role)), role.shape)


class UniformChanges(ReferenceAdapter):
    """What a uniform initializer draws, between 0 and 1, is changed before it is scaled."""

    def change(self, drawn: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def uniform(self, low: float, high: float) -> Any:
        return lambda role: low + (high - low) * self.change(self.random.uniform(0, 1, role.shape))


@breaks("initialization.uniform")
class UniformIsAtItsBound(UniformChanges):
    """Of uniform draws, one in a thousand is the upper bound."""

    def change(self, drawn: np.ndarray) -> np.ndarray:
        return np.where(self.random.uniform(0, 1, drawn.shape) < 0.001, 1.0, drawn)


@breaks("initialization.uniform")
class UniformLacksABit(UniformChanges):
    """The sixteenth of a uniform number's leading bits is always zero."""

    def change(self, drawn: np.ndarray) -> np.ndarray:
        return drawn - (drawn * 2**16 // 1 % 2) / 2**16


class NormalChanges(ReferenceAdapter):
    """What a normal initializer draws is changed, in float32."""

    def change(self, drawn: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def normal(self, mean: float, std: float) -> Any:
        return lambda role: self.change(self.random.normal(mean, std, role.shape).astype(np.float32))


@breaks("initialization.normal")
class NormalLacksABit(NormalChanges):
    """One bit in the middle of a normal draw's significand is always zero."""

    def change(self, drawn: np.ndarray) -> np.ndarray:
        return (drawn.view(np.uint32) & np.uint32(~(1 << 9) & 0xFFFFFFFF)).view(np.float32)


@breaks("initialization.normal")
class NormalIsNotANumber(NormalChanges):
    """Of normal draws, one in a hundred is NaN."""

    def change(self, drawn: np.ndarray) -> np.ndarray:
        return np.where(self.random.uniform(0, 1, drawn.shape) < 0.01, np.nan, drawn)


class XavierChanges(ReferenceAdapter):
    """What Xavier initializers draw is changed."""

    def change(self, drawn: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def xavier_uniform(self, gain: float) -> Any:
        draw = super().xavier_uniform(gain)
        return lambda role: self.change(draw(role))

    def xavier_normal(self, gain: float) -> Any:
        draw = super().xavier_normal(gain)
        return lambda role: self.change(draw(role))


@breaks("initialization.xavier_uniform", "initialization.xavier_normal", answer="not independent")
class BlocksRepeat(XavierChanges):
    """Draws repeat from the 65th on."""

    def change(self, drawn: np.ndarray) -> np.ndarray:
        return np.resize(drawn.ravel()[:64], drawn.shape)


class LeavesOut(XavierChanges):
    """A part of what is drawn, which is smaller than the whole, is left at zero."""

    part: Tuple[slice, ...]

    def change(self, drawn: np.ndarray) -> np.ndarray:
        if drawn[self.part].size < drawn.size:
            drawn[self.part] = 0
        return drawn


@breaks("initialization.xavier_uniform", "initialization.xavier_normal")
class FirstElementIsLeftOut(LeavesOut):
    """Xavier initializers leave the first element at zero."""

    part = np.s_[:1, :1]


@breaks("initialization.xavier_uniform", "initialization.xavier_normal")
class LastElementIsLeftOut(LeavesOut):
    """Xavier initializers leave the last element at zero."""

    part = np.s_[-1:, -1:]


@breaks("initialization.xavier_uniform", "initialization.xavier_normal")
class FirstRowIsLeftOut(LeavesOut):
    """Xavier initializers leave the first row at zero."""

    part = np.s_[:1, :]


@breaks("initialization.xavier_uniform", "initialization.xavier_normal")
class LastRowIsLeftOut(LeavesOut):
    """Xavier initializers leave the last row at zero."""

    part = np.s_[-1:, :]


class KeepsPart(ReferenceAdapter):
    """Of weights that were drawn and are drawn again, a part that is smaller than the whole stays as it was."""

    part: Tuple[slice, ...]

    def initialize_matching(self, net: Sequence, pattern: str, initializer: Any, again: bool) -> None:
        before = {parameter: parameter.__dict__.get("drawn") for _, parameter in self.matching(net, pattern)}
        super().initialize_matching(net, pattern, initializer, again)
        for parameter, array in before.items():
            if array is not None and array[self.part].size < array.size:
                parameter.value[self.part] = array[self.part]
            parameter.drawn = parameter.array


@breaks("initialization.normal", answer="another distribution")
class FirstElementIsKept(KeepsPart):
    """Weights that are drawn again keep their first element."""

    part = np.s_[:1, :1]


@breaks("initialization.normal", answer="another distribution")
class LastElementIsKept(KeepsPart):
    """Weights that are drawn again keep their last element."""

    part = np.s_[-1:, -1:]


@breaks("initialization.normal", answer="not independent")
class FirstRowIsKept(KeepsPart):
    """Weights that are drawn again keep their first row."""

    part = np.s_[:1, :]


@breaks("initialization.normal", answer=("another distribution", "not independent"))
class LastRowIsKept(KeepsPart):
    """Weights that are drawn again keep their last row."""

    part = np.s_[-1:, :]


@breaks("initialization.xavier_on_bias", answer="ok")
@breaks(*(law for law in LAWS if law.startswith("initialization.xavier_on[")), answer="ok")
class XavierTakesAnyShape(ReferenceAdapter):
    """A bias counts as a weight with one input."""

    def fans(self, role: Role) -> Tuple[int, int]:
        return (1, int(np.prod(role.shape))) if role.fans is None else super().fans(role)


# Initialization: custom functions.


@breaks("initialization.custom_draws", "initialization.custom_holds")
class CustomLosesSigns(ReferenceAdapter):
    """Of what a custom initializer returns, magnitudes are kept."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda role: np.abs(function(role.shape, np.dtype("float32")))


@breaks("initialization.custom_draws", "initialization.thresholded_draws")
class CustomIsScaled(ReferenceAdapter):
    """What a custom initializer returns is shifted by 0.001."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda role: function(role.shape, np.dtype("float32")) + 0.001


@breaks("initialization.thresholded_draws")
class CustomDrawsZerosAgain(ReferenceAdapter):
    """Elements of a custom initializer that are zero are drawn again."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        def draw(role: Role) -> np.ndarray:
            drawn = function(role.shape, np.dtype("float32"))
            for _ in range(64):
                drawn = np.where(drawn, drawn, function(role.shape, np.dtype("float32")))
            return drawn

        return draw


@breaks("initialization.custom_called_once", "initialization.custom_called_once_at_construction")
class CustomIsCalledTwice(ReferenceAdapter):
    """A custom initializer is called once for the shape and once for the value."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda role: function(function(role.shape, np.dtype("float32")).shape, np.dtype("float32"))


@breaks("initialization.custom_called_once")
class CustomIsRemembered(ReferenceAdapter):
    """A custom initializer is called once a shape, and its array given to every parameter of that shape."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        known: Dict[Tuple[int, ...], np.ndarray] = {}

        def draw(role: Role) -> np.ndarray:
            if role.shape not in known:
                known[role.shape] = function(role.shape, np.dtype("float32"))
            return known[role.shape]

        return draw


@breaks("initialization.custom_holds", "initialization.custom_at_construction")
class CustomIsRounded(ReferenceAdapter):
    """What a custom initializer returns is rounded to half precision."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda role: function(role.shape, np.dtype("float32")).astype(np.float16)


@breaks("initialization.custom_axes", answer="in out")
class CustomIsHandedTheTranspose(ReferenceAdapter):
    """A custom initializer is handed the shape of the transpose, and its array transposed."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda role: function(role.shape[::-1], np.dtype("float32")).T


@breaks("initialization.custom_axes", answer="other")
class CustomIsHandedASize(ReferenceAdapter):
    """A custom initializer is handed the number of elements, and its array reshaped."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda role: function((int(np.prod(role.shape)),), np.dtype("float32")).reshape(role.shape)


# Initialization: values that are given, and what they reach.


@breaks("initialization.constant")
class ConstantIsWhole(ReferenceAdapter):
    """A constant is cut to a whole number."""

    def constant(self, value: float) -> Any:
        return super().constant(int(value))


@breaks("initialization.zeros_and_ones")
class OnesOnTheDiagonal(ReferenceAdapter):
    """A weight of ones is the identity."""

    def ones(self) -> Any:
        return lambda role: np.eye(*role.shape) if len(role.shape) == 2 else np.ones(role.shape)


@breaks("initialization.zeros_and_ones")
class ZerosAreSmall(ReferenceAdapter):
    """Zeros are very small numbers."""

    def zeros(self) -> Any:
        return lambda role: np.full(role.shape, 1e-30)


@breaks("initialization.constant_array")
class ConstantArrayIsKept(ReferenceAdapter):
    """A given array becomes the parameter's own, and shows what becomes of it."""

    def initialize_parameter(self, layer: Made, role: str, initializer: Any, again: bool) -> None:
        super().initialize_parameter(layer, role, initializer, again)
        if initializer is not None:
            layer.parameters[role].array = initializer(layer.parameters[role].role)


@breaks("initialization.constant_array")
class ConstantArrayInColumns(ReferenceAdapter):
    """A given array fills the weight column by column."""

    def constant_array(self, array: np.ndarray) -> Any:
        return lambda role: array.ravel().reshape(role.shape, order="F")


@breaks("initialization.bias_alone")
@breaks("initialization.everything_reaches_biases", answer="left at zero")
class BiasesStayZero(ReferenceAdapter):
    """Initializing leaves a bias at zero, whatever it is given."""

    def construct(self, layer: Layer, given: Axes, inferred: bool, initializers: Initializers) -> Made:
        made = super().construct(layer, given, inferred, initializers)
        for bias in filter(is_bias, made.parameters.values()):
            bias.initialize = lambda initializer: None
        return made


@breaks("initialization.everything_reaches_biases", answer="other")
class BiasesAreGivenHalf(ReferenceAdapter):
    """A network's initializer gives its biases half of what it gives its weights."""

    def initialize_network(self, net: Sequence, initializer: Any, again: bool) -> None:
        super().initialize_network(net, initializer, again)
        for _, bias in self.matching(net, ".*bias"):
            if bias.array is not None:
                bias.write(bias.value / 2)


@breaks("initialization.one_layer")
class InitializesTheNextLayer(Remembering):
    """Initializing a layer initializes the layer after it, too."""

    def initialize_layer(self, layer: Made, initializer: Any, again: bool) -> None:
        layers = layers_of(self.net)
        at = layers.index(layer)
        for reached in layers[at : at + 2]:
            super().initialize_layer(reached, initializer, again)


@breaks("initialization.one_layer", "initialization.one_parameter")
class TargetsAreIgnored(ReferenceAdapter):
    """A layer or a parameter that is to be initialized again is not."""

    def initialize_layer(self, layer: Made, initializer: Any, again: bool) -> None:
        pass

    def initialize_parameter(self, layer: Made, role: str, initializer: Any, again: bool) -> None:
        pass


@breaks("initialization.one_parameter", "initialization.bias_alone")
class InitializesTheWeight(ReferenceAdapter):
    """Whichever parameter of a layer is to be initialized, its weight is."""

    def initialize_parameter(self, layer: Made, role: str, initializer: Any, again: bool) -> None:
        next(iter(layer.parameters.values())).initialize(initializer)


@breaks("initialization.one_parameter")
@raises("invalid_argument")
class InitializesTheLayer(ReferenceAdapter):
    """Initializing a parameter initializes all of its layer."""

    def initialize_parameter(self, layer: Made, role: str, initializer: Any, again: bool) -> None:
        self.initialize_layer(layer, initializer, again)


@breaks("initialization.by_pattern")
class PatternsReachOneLayer(ReferenceAdapter):
    """Initializing by a pattern reaches the first parameter that it matches."""

    def initialize_matching(self, net: Sequence, pattern: str, initializer: Any, again: bool) -> None:
        for _, parameter in self.matching(net, pattern)[:1]:
            parameter.initialize(initializer)


@breaks("initialization.plain_again", answer="ignored")
class OnlyTheFirstCounts(ReferenceAdapter):
    """A network that was initialized is not initialized again in the plain way."""

    def initialize_network(self, net: Sequence, initializer: Any, again: bool) -> None:
        if again or not net.__dict__.setdefault("done", False):
            super().initialize_network(net, initializer, again)
        net.__dict__["done"] = True


@breaks("initialization.forced_again", answer="ignored")
class NeverAgain(ReferenceAdapter):
    """A network is not initialized again even in the way meant for it."""

    def initialize_network(self, net: Sequence, initializer: Any, again: bool) -> None:
        if not again:
            super().initialize_network(net, initializer, again)


# Initialization: seeds, deferral, construction.


@breaks("initialization.same_seed")
class SeedIsIgnored(ReferenceAdapter):
    """Seeding does nothing."""

    def seed(self, seed: int) -> None:
        pass


@breaks("initialization.other_seed")
@breaks("initialization.neighbouring_seeds", answer="many")
class OneSeedForAll(ReferenceAdapter):
    """Every seed is the same seed."""

    def seed(self, seed: int) -> None:
        super().seed(0)


@breaks("initialization.own_seed")
class OwnSeedsAreIgnored(ReferenceAdapter):
    """An initializer's own seed is dropped, and the generator of all draws for it."""

    def seeded_normal(self, mean: float, std: float, seed: int) -> Any:
        return self.normal(mean, std)


@breaks("initialization.own_seed_spares_the_other")
class OwnSeedsSeedAll(ReferenceAdapter):
    """An initializer's own seed is set on the generator of all."""

    def seeded_normal(self, mean: float, std: float, seed: int) -> Any:
        self.seed(seed)
        return self.normal(mean, std)


@breaks("initialization.own_seed_for_two_layers", answer="equal")
class OwnSeedsStartAgain(ReferenceAdapter):
    """An initializer with a seed of its own starts from it for every parameter."""

    def seeded_normal(self, mean: float, std: float, seed: int) -> Any:
        return lambda role: np.random.RandomState(seed).normal(mean, std, role.shape)


@breaks("initialization.distinct_parameters", "initialization.one_initializer_for_two_layers", answer="equal")
class InitializersCarrySeeds(ReferenceAdapter):
    """An initializer takes a seed when it is made, and starts from it for every parameter."""

    def normal(self, mean: float, std: float) -> Any:
        seed = self.random.randint(2**31)
        return lambda role: np.random.RandomState(seed).normal(mean, std, role.shape)

    def uniform(self, low: float, high: float) -> Any:
        seed = self.random.randint(2**31)
        return lambda role: np.random.RandomState(seed).uniform(low, high, role.shape)


@breaks("initialization.distinct_parameters", answer="equal")
class EveryDrawStartsAgain(ReferenceAdapter):
    """All draws start from the seed that was set last."""

    def seed(self, seed: int) -> None:
        self.last = seed

    def normal(self, mean: float, std: float) -> Any:
        return lambda role: np.random.RandomState(self.last).normal(mean, std, role.shape)

    def uniform(self, low: float, high: float) -> Any:
        return lambda role: np.random.RandomState(self.last).uniform(low, high, role.shape)


@breaks("initialization.distinct_parameters", answer="equal")
@breaks("initialization.normal", answer="not independent")
class LaterWeightsAreNegatives(ReferenceAdapter):
    """Every further weight that a normal initializer draws begins with the first one's draws, negated."""

    def normal(self, mean: float, std: float) -> Any:
        draw, drawn = super().normal(0.0, std), []

        def negated(role: Role) -> np.ndarray:
            drawn.append(draw(role))
            if len(drawn) > 1:
                begun = drawn[0].ravel()[: drawn[-1].size]
                drawn[-1].ravel()[: begun.size] = -begun
            return mean + drawn[-1]

        return negated


@breaks("initialization.xavier_normal", answer="not independent")
class LaterWeightsAreSlices(ReferenceAdapter):
    """Every further weight that a Xavier initializer draws begins with the first one's draws, scaled for its fans."""

    def xavier_normal(self, gain: float) -> Any:
        draw, drawn = super().xavier_normal(gain), []

        def scaled(role: Role) -> np.ndarray:
            drawn.append((role, draw(role)))
            (first, array), (_, last) = drawn[0], drawn[-1]
            if last is not array:
                begun = array.ravel()[: last.size]
                last.ravel()[: begun.size] = begun * np.sqrt(sum(self.fans(first)) / sum(self.fans(role)))
            return last

        return scaled


Drawn = Dict[Tuple[int, ...], np.ndarray]


def blended(own: np.ndarray, other: Optional[np.ndarray]) -> np.ndarray:
    """Standard normal draws that have a correlation of 0.05 with others, where there are any."""
    return own if other is None else np.sqrt(1 - 0.05**2) * own + 0.05 * other


@breaks("initialization.normal", answer="not independent")
class CallsAreCorrelated(ReferenceAdapter):
    """A normal draw has a correlation of 0.05 with the one of its shape before it, since a seed was set."""

    last: Drawn = {}

    def seed(self, seed: int) -> None:
        super().seed(seed)
        self.last = {}

    def normal(self, mean: float, std: float) -> Any:
        def draw(role: Role) -> np.ndarray:
            shape = role.shape
            self.last[shape] = blended(self.random.standard_normal(shape), self.last.get(shape))
            return mean + std * self.last[shape]

        return draw


class Beside(np.random.RandomState):
    """A generator whose normal draws have a correlation of 0.05 with those of another."""

    def __init__(self, seed: int, other: int):
        super().__init__(seed)
        self.other = np.random.RandomState(other)

    def normal(self, mean: float, std: float, shape: Any) -> np.ndarray:
        return mean + std * blended(self.standard_normal(shape), self.other.standard_normal(shape))

    def uniform(self, low: float, high: float, shape: Any) -> np.ndarray:
        self.other.uniform(size=shape)
        return super().uniform(low, high, shape)


@breaks("initialization.normal", "initialization.xavier_normal", answer="not independent")
class NeighbouringSeedsAreCorrelated(ReferenceAdapter):
    """Normal draws after an odd seed have a correlation of 0.05 with those after the even one before it."""

    def seed(self, seed: int) -> None:
        super().seed(seed)
        if seed % 2:
            self.random = Beside(seed, seed - 1)


@breaks("initialization.neighbouring_seeds", answer="many")
@breaks("initialization.normal", answer="not independent")
class NeighbouringSeedsDrawTheSame(ReferenceAdapter):
    """An odd seed is the same as the even one before it."""

    def seed(self, seed: int) -> None:
        super().seed(seed // 2)


@breaks("initialization.deferred")
class DeferredIsForgotten(ReferenceAdapter):
    """An initializer that is given before a shape is known is forgotten."""

    def initialize_network(self, net: Sequence, initializer: Any, again: bool) -> None:
        for parameter in parameters_of(net):
            if None not in parameter.shape:
                parameter.initialize(initializer)


@breaks("initialization.deferred", "initialization.deferred_seed", answer="not_ready")
class DeferredIsRefused(ReferenceAdapter):
    """A network whose shapes are not known cannot be initialized."""

    def initialize_network(self, net: Sequence, initializer: Any, again: bool) -> None:
        if any(None in parameter.shape for parameter in parameters_of(net)):
            raise NotReady("shapes are not known before the first forward pass")
        super().initialize_network(net, initializer, again)


@breaks("initialization.deferred_seed", answer="the one at initialization")
class InitializersKeepTheGenerator(ReferenceAdapter):
    """An initializer draws from the generator as it was when the initializer was made."""

    def normal(self, mean: float, std: float) -> Any:
        random = self.random
        return lambda role: random.normal(mean, std, role.shape)


@breaks("initialization.at_construction")
class ConstructionIsIgnored(ReferenceAdapter):
    """Initializers that a layer is constructed with are ignored."""

    def construct(self, layer: Layer, given: Axes, inferred: bool, initializers: Initializers) -> Made:
        return super().construct(layer, given, inferred, {})


@breaks("initialization.at_construction")
class BiasTakesTheWeights(ReferenceAdapter):
    """A bias is given the initializer that the layer's weight is constructed with."""

    def construct(self, layer: Layer, given: Axes, inferred: bool, initializers: Initializers) -> Made:
        return super().construct(layer, given, inferred, {**initializers, "bias": initializers.get("weight")})


@breaks("initialization.given_after_construction", answer="the layer's own")
class ConstructionWins(ReferenceAdapter):
    """A network's initializer leaves parameters to their own."""

    def initialize_network(self, net: Sequence, initializer: Any, again: bool) -> None:
        super().initialize_network(net, None, again)


# Sharing.


@breaks("sharing.identity", "sharing.write_through", "sharing.initialize_through", "sharing.one_gradient")
@breaks("sharing.write_across_kinds")
class TiesAreCopies(ReferenceAdapter):
    """A layer built on another's parameters is given copies of them."""

    def tie(self, layer: Made, role: str, source: Made, shared: str, order: Tuple[int, ...]) -> None:
        super().tie(layer, role, copy.deepcopy(source), shared, order)


@breaks("sharing.identity", "sharing.write_through", "sharing.one_gradient")
class ReusesAreCopies(ReferenceAdapter):
    """A layer object that is used again is copied."""

    def network(self, layers: List[Any], shape: Optional[Tuple[int, ...]]) -> Sequence:
        seen: List[Any] = []
        for layer in layers:
            seen.append(copy.deepcopy(layer) if layer in seen else layer)
        return super().network(seen, shape)


@breaks("sharing.gradient_across_kinds", answer="other")
class SquareTiesAreNotTransposed(ReferenceAdapter):
    """A layer takes a square weight of another's as it is, and not transposed."""

    def tie(self, layer: Made, role: str, source: Made, shared: str, order: Tuple[int, ...]) -> None:
        square = len(set(source.parameters[shared].role.shape)) == 1
        super().tie(layer, role, source, shared, tuple(sorted(order)) if square else order)


@breaks("sharing.equal_values", "sharing.identity")
class TiesAreIgnored(ReferenceAdapter):
    """A layer built on another's parameters has parameters of its own."""

    def tie(self, layer: Made, role: str, source: Made, shared: str, order: Tuple[int, ...]) -> None:
        pass


@breaks("sharing.write_through")
@raises("no_such_parameter")
class CopyOnWrite(Remembering):
    """A write gives the first layer that holds the parameter one of its own."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        holders = [layer for layer in layers_of(self.net) if handle in layer.parameters.values()]
        own = copy.copy(handle) if holders else handle
        own.write(array)
        for layer in holders[:1]:
            layer.parameters.update({role: own for role, held in layer.parameters.items() if held is handle})


@breaks("sharing.initialize_through")
class CopyOnInitialize(ReferenceAdapter):
    """Initializing a parameter gives its layer one of its own."""

    def initialize_parameter(self, layer: Made, role: str, initializer: Any, again: bool) -> None:
        layer.parameters[role] = copy.copy(layer.parameters[role])
        super().initialize_parameter(layer, role, initializer, again)


@breaks("sharing.gradient_is_sum", "sharing.gradient_across_kinds", answer=("one use only", EQUAL_USES))
@breaks("sharing.gradient_equals_untied")
class GradientOfOneUse(ReferenceAdapter):
    """The gradient of a shared parameter is that of its first use."""

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        first: Dict[Parameter, Bounded] = {}
        for parameter, leaf in passed.leaves:
            first.setdefault(parameter, leaf)
        passed.leaves = list(first.items())
        super().backward(net, passed, cotangent)


def uses_of(net: Sequence) -> Dict[Parameter, int]:
    return Counter(parameter for layer in layers_of(net) for parameter in layer.parameters.values())


@breaks("sharing.gradient_is_sum", answer=("mean over uses", EQUAL_USES))
@breaks("sharing.gradient_equals_untied")
class GradientIsAMeanOverUses(ReferenceAdapter):
    """The gradient of a shared parameter is the mean over its uses."""

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        super().backward(net, passed, cotangent)
        for parameter, uses in uses_of(net).items():
            if parameter.gradient is not None:
                parameter.gradient = parameter.gradient / np.float32(uses)


@breaks("sharing.gradient_is_sum", answer="other")
@breaks("sharing.gradient_equals_untied")
class GradientIsDoubled(ReferenceAdapter):
    """The gradient of a shared parameter is multiplied by the number of its uses."""

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        super().backward(net, passed, cotangent)
        for parameter, uses in uses_of(net).items():
            if parameter.gradient is not None:
                parameter.gradient = parameter.gradient * np.float32(uses)


@breaks("sharing.gradient_is_sum", answer="none")
class SharedHasNoGradient(ReferenceAdapter):
    """A shared parameter has no gradient."""

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        super().backward(net, passed, cotangent)
        for parameter, uses in uses_of(net).items():
            if uses > 1:
                parameter.gradient = None


@breaks("sharing.one_gradient")
class GradientIsReadOnce(ReferenceAdapter):
    """Reading a gradient takes it away."""

    def gradient(self, handle: Parameter, gradients: Any) -> Optional[np.ndarray]:
        gradient, handle.gradient = handle.gradient, None
        return gradient


@breaks("sharing.step_keeps_tie")
class StepUnties(ReferenceAdapter):
    """After a step, every layer has parameters of its own."""

    def step(self, net: Sequence, gradients: Any, learning_rate: float) -> None:
        super().step(net, gradients, learning_rate)
        for layer in set(layers_of(net)):
            layer.parameters = {role: copy.copy(parameter) for role, parameter in layer.parameters.items()}


@breaks("sharing.step_is_taken_once")
class StepOnceAUse(ReferenceAdapter):
    """A shared parameter takes a step once a use."""

    def step(self, net: Sequence, gradients: Any, learning_rate: float) -> None:
        for layer in layers_of(net):
            super().step(Sequence([layer]), gradients, learning_rate)


@breaks("sharing.survives_save_and_load", "sharing.across_kinds_survives_load")
class LoadUnties(ReferenceAdapter):
    """After a file is loaded, every layer has parameters of its own."""

    def load(self, net: Sequence, file: str) -> None:
        super().load(net, file)
        for layer in set(layers_of(net)):
            layer.parameters = {role: copy.copy(parameter) for role, parameter in layer.parameters.items()}


@breaks("sharing.tie_after_build", answer="not shared")
@breaks("training.momentum_after_tie", "training.adam_after_tie", answer="other")
class ShareCopies(ReferenceAdapter):
    """Sharing after building copies the value."""

    def share(self, layer: Made, role: str, handle: Parameter) -> None:
        layer.parameters[role].write(handle.value)


@breaks("sharing.tie_after_build", answer="refused")
class ShareIsRefused(ReferenceAdapter):
    """A built layer cannot be given another parameter."""

    def share(self, layer: Made, role: str, handle: Parameter) -> None:
        raise AlreadyBackpropagated("once the layer is built, its values were freed")


# Persistence.


def rebuilt(net: Sequence) -> Sequence:
    """A copy of the network that is made use by use."""
    return Sequence([copy.deepcopy(child) for child in net.children])


@breaks("sharing.reuse_survives_clone", "sharing.tie_survives_clone", "sharing.across_kinds_survives_clone")
class CloneUseByUse(ReferenceAdapter):
    """A clone is made use by use."""

    def clone(self, net: Sequence) -> Sequence:
        return rebuilt(net)


@breaks("sharing.reuse_survives_deepcopy", "sharing.tie_survives_deepcopy", "sharing.across_kinds_survives_deepcopy")
class DeepcopyUseByUse(ReferenceAdapter):
    """A deep copy is made use by use."""

    def deepcopy(self, net: Sequence) -> Sequence:
        return rebuilt(net)


@breaks("sharing.tie_survives_clone")
class CloneLayerByLayer(ReferenceAdapter):
    """A clone is made layer by layer: uses of one layer object stay together, ties are lost."""

    def clone(self, net: Sequence) -> Sequence:
        copies = {child: copy.deepcopy(child) for child in net.children}
        return Sequence([copies[child] for child in net.children])


@breaks("sharing.reuse_survives_clone", answer="lost")
@raises("no_such_parameter")
class CloneDropsReuses(ReferenceAdapter):
    """A clone has each layer object once."""

    def clone(self, net: Sequence) -> Sequence:
        return copy.deepcopy(Sequence(list(dict.fromkeys(net.children))))


@breaks("persistence.round_trip", "sharing.survives_save_and_load")
class LoadRoundsToHalf(ReferenceAdapter):
    """What is loaded is rounded to half precision."""

    def load(self, net: Sequence, file: str) -> None:
        super().load(net, file)
        for parameter in parameters_of(net):
            parameter.write(parameter.value.astype(np.float16))


@breaks("persistence.round_trip")
class LoadSwapsTwo(ReferenceAdapter):
    """Two parameters of one shape are loaded into each other."""

    def load(self, net: Sequence, file: str) -> None:
        super().load(net, file)
        by_shape = {parameter.shape: parameter for parameter in parameters_of(net)}
        first = parameters_of(net)[0]
        other = by_shape[first.shape]
        first.array, other.array = other.array, first.array


@breaks("persistence.round_trip")
class LoadLeavesBiases(ReferenceAdapter):
    """Biases are not loaded."""

    def load(self, net: Sequence, file: str) -> None:
        biases = {bias: bias.array for _, bias in self.matching(net, ".*bias")}
        super().load(net, file)
        for bias, array in biases.items():
            bias.array = array


class SavesItself(ReferenceAdapter):
    """A file is the network that was saved."""

    files: Dict[str, Sequence]

    def save(self, net: Sequence, file: str) -> None:
        self.files = {file: net}

    def load_despite(self, net: Sequence, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        self.load(net, file)


@breaks("persistence.load_is_a_copy")
@raises("wrong_shape")
class LoadTies(SavesItself):
    """The network that loads shares its parameters with the one that was saved."""

    def load(self, net: Sequence, file: str) -> None:
        for ours, theirs in zip(parameters_of(net), parameters_of(self.files[file])):
            ours.__dict__ = theirs.__dict__


@breaks("persistence.load_other_shapes", answer="ok")
@raises("wrong_shape")
class LoadTakesAnyShape(SavesItself):
    """A network takes over the shapes in a file."""

    def load(self, net: Sequence, file: str) -> None:
        for ours, theirs in zip(parameters_of(net), parameters_of(self.files[file])):
            ours.array = theirs.value.copy()


@breaks("persistence.clone_values", answer="initialized anew")
class CloneIsNew(ReferenceAdapter):
    """A clone is initialized anew."""

    def clone(self, net: Sequence) -> Sequence:
        made = super().clone(net)
        self.initialize_network(made, None, again=False)
        return made


@breaks("persistence.deepcopy_values", answer="initialized anew")
class DeepcopyIsNew(ReferenceAdapter):
    """A deep copy is initialized anew."""

    def deepcopy(self, net: Sequence) -> Sequence:
        made = super().deepcopy(net)
        self.initialize_network(made, None, again=False)
        return made


@breaks("persistence.clone_values", "persistence.deepcopy_values", answer="refused")
class CopiesAreRefused(ReferenceAdapter):
    """A network cannot be copied."""

    def clone(self, net: Sequence) -> Sequence:
        raise AlreadyBackpropagated("the values that a copy needs were freed")

    deepcopy = clone


@breaks("persistence.clone_is_independent", "training.optimizer_leaves_copies")
class CloneIsShallow(ReferenceAdapter):
    """A clone has the original's layers."""

    def clone(self, net: Sequence) -> Sequence:
        return Sequence(net.children)


@breaks("persistence.clone_learns")
class CloneIsFrozen(ReferenceAdapter):
    """A clone's parameters are not trainable."""

    def clone(self, net: Sequence) -> Sequence:
        made = super().clone(net)
        for parameter in parameters_of(made):
            parameter.trainable = False
        return made


@breaks("persistence.clone_learns", answer="not_ready")
class CloneKeepsNoPass(ReferenceAdapter):
    """A clone cannot be backpropagated through."""

    def clone(self, net: Sequence) -> Sequence:
        made = super().clone(net)
        made.__dict__["cloned"] = True
        return made

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        if "cloned" in net.__dict__:
            raise NotReady("what a clone passed is not known before it is built")
        super().backward(net, passed, cotangent)


@breaks("initialization.uniform", "initialization.xavier_uniform", "initialization.default[dense.weight]")
class UniformHasTwoValues(ReferenceAdapter):
    """In place of a uniform distribution, one of the two values a deviation from its mean is drawn."""

    def uniform(self, low: float, high: float) -> Any:
        middle, std = (low + high) / 2, (high - low) / np.sqrt(12)
        return lambda role: self.random.choice((middle - std, middle + std), role.shape)

    def xavier_uniform(self, gain: float) -> Any:
        return lambda role: self.random.choice((-1, 1), role.shape) * gain * np.sqrt(2 / sum(self.fans(role)))


@breaks("initialization.custom_draws")
class CustomKeepsSigns(ReferenceAdapter):
    """Of what a custom initializer returns, signs are kept; magnitudes are their root mean square."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda role: np.sign(function(role.shape, np.dtype("float32"))) * np.sqrt(175 / 3)


@breaks("writing.array", "training.gradient_value", "persistence.round_trip", answer="not_ready")
class WriteRefusesSingles(ReferenceAdapter):
    """A parameter of one element cannot be written to."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        if handle.value.size == 1:
            raise NotReady("a single element is not known before there are two")
        super().write(handle, array)


@breaks("writing.add", "writing.element", "writing.copied_value", answer="not_ready")
class ChangesRefuseBiases(ReferenceAdapter):
    """A bias can be added to, copied into and written by element as little as it could before it had a value."""

    def add(self, handle: Parameter, amount: float) -> None:
        super().add(self._weight(handle), amount)

    def write_element(self, handle: Parameter, index: Tuple[int, ...], value: float) -> None:
        super().write_element(self._weight(handle), index, value)

    def copy(self, handle: Parameter, source: Parameter) -> None:
        super().copy(self._weight(handle), source)

    def _weight(self, handle: Parameter) -> Parameter:
        if is_bias(handle):
            raise NotReady("a bias is not known before a weight")
        return handle


@breaks("initialization.constant", "initialization.same_seed", answer="refused")
class AgainRefusesWideOnes(ReferenceAdapter):
    """Networks with more than three outputs in their first layer cannot be initialized again."""

    def initialize_matching(self, net: Sequence, pattern: str, initializer: Any, again: bool) -> None:
        if again and parameters_of(net)[0].value.shape[0] > 3:
            raise AlreadyBackpropagated("the values before it were freed")
        super().initialize_matching(net, pattern, initializer, again)


# Access: buffers.


@breaks("access.buffers_listed", answer="yes")
@breaks("access.count_of_buffers", answer="counted")
@reaches(BatchNorm)
class ListsBuffers(ReferenceAdapter):
    """Running statistics are parameters in every list but that of what is trained."""

    def parameters(self, net: Sequence) -> Pairs:
        return net.named_parameters()


@breaks("access.buffers_listed", answer="some")
@reaches(BatchNorm)
class ListsRunningMeans(ReferenceAdapter):
    """Running means are listed, and running variances are not."""

    def parameters(self, net: Sequence) -> Pairs:
        return [pair for pair in net.named_parameters() if pair[1].role.name != "variance"]


@breaks("access.buffers_are_not_trainable")
@reaches(BatchNorm)
class BuffersAreTrainable(ReferenceAdapter):
    """Running statistics are listed among what is trained."""

    def trainable(self, net: Sequence) -> Pairs:
        return [pair for pair in net.named_parameters() if pair[1].trainable or pair[1].role.state == "buffer"]


# Writing: numbers out of the ordinary.


class ChangesNumbers(ReferenceAdapter):
    """What is written is changed."""

    def change(self, array: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        super().write(handle, self.change(array))


@breaks("writing.any_number")
class SubnormalsAreFlushed(ChangesNumbers):
    """Subnormal numbers are written as zero."""

    def change(self, array: np.ndarray) -> np.ndarray:
        return np.where(np.abs(array) < np.finfo(np.float32).tiny, np.copysign(0, array), array)


@breaks("writing.any_number")
class ZeroLosesItsSign(ChangesNumbers):
    """A negative zero is written as a positive one."""

    def change(self, array: np.ndarray) -> np.ndarray:
        return array + 0.0


@breaks("writing.any_number")
class InfinitiesAreCut(ChangesNumbers):
    """Infinities are written as the largest numbers."""

    def change(self, array: np.ndarray) -> np.ndarray:
        largest = np.finfo(np.float32).max
        return np.clip(array, -largest, largest)


@breaks("writing.any_number")
class NotANumberIsZero(ChangesNumbers):
    """NaN is written as zero."""

    def change(self, array: np.ndarray) -> np.ndarray:
        return np.where(np.isnan(array), np.float32(0), array)


# Training: orders of freezing.


@breaks("training.frozen_after_backward", answer="moves it")
class StepsTakeWhatHasAGradient(ReferenceAdapter):
    """A step moves whatever has a gradient, trainable or not."""

    def step(self, net: Sequence, gradients: Any, learning_rate: float) -> None:
        with mock.patch.object(self, "trainable", return_value=self.parameters(net)):
            super().step(net, gradients, learning_rate)


@breaks("training.frozen_is_listed")
@reaches(Freeze)
@raises("no_such_parameter")
class FrozenIsNotListed(ReferenceAdapter):
    """A frozen parameter is listed nowhere."""

    def parameters(self, net: Sequence) -> Pairs:
        return [pair for pair in super().parameters(net) if pair[1].trainable]


@breaks("training.frozen_is_written")
@reaches(Freeze)
class FrozenIsNotWritten(ReferenceAdapter):
    """A write to a frozen parameter is ignored."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        if handle.trainable or handle.role.state == "buffer":
            super().write(handle, array)


@breaks("training.frozen_is_written")
@reaches(Freeze)
class FrozenIsNotInitialized(ReferenceAdapter):
    """A frozen parameter is not initialized again."""

    def initialize_network(self, net: Sequence, initializer: Any, again: bool) -> None:
        for _, parameter in self.trainable(net):
            parameter.initialize(initializer)

    def initialize_parameter(self, layer: Made, role: str, initializer: Any, again: bool) -> None:
        if layer.parameters[role].trainable:
            super().initialize_parameter(layer, role, initializer, again)

    def initialize_matching(self, net: Sequence, pattern: str, initializer: Any, again: bool) -> None:
        for _, parameter in self.matching(net, pattern):
            if parameter.trainable:
                parameter.initialize(initializer)


# Training: modes, and what forward passes move.


class ChangedPass(ReferenceAdapter):
    """Layers that have modes do something else in one of them."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if not layer.has_modes:
            return super().apply(layer, held, inputs, given, training)
        moved = super().apply(layer, held, inputs, given, True)
        still = super().apply(layer, held, inputs, given, False)
        return self.between(moved, still, training)

    def between(self, moved: Result, still: Result, training: bool) -> Result:
        """What comes of a pass, by what would in training and in inference."""
        raise NotImplementedError


@breaks("training.inference_changes_nothing")
@reaches(BatchNorm)
class InferenceMovesStatistics(ChangedPass):
    """A forward pass for inference moves running statistics."""

    def between(self, moved: Result, still: Result, training: bool) -> Result:
        return Result(moved.output if training else still.output, moved.buffers)


@breaks("training.inference_output")
@reaches(BatchNorm)
class InferenceNormalizesByTheBatch(ChangedPass):
    """A batch is normalized by its own mean and variance in inference, too."""

    def between(self, moved: Result, still: Result, training: bool) -> Result:
        return Result(moved.output, moved.buffers if training else {})


@breaks("training.output_value[batch_norm]", "training.gradient_value[batch_norm]")
@reaches(BatchNorm)
class TrainingNormalizesByTheRunning(ChangedPass):
    """A batch is normalized by running statistics in training, too."""

    def between(self, moved: Result, still: Result, training: bool) -> Result:
        return Result(still.output, moved.buffers if training else {})


@breaks("training.inference_output")
@breaks("training.statistics_value", "training.dropout_scale", "training.dropout_rate", answer="other")
@breaks("training.dropout_draws_anew")
@reaches(BatchNorm, Dropout)
class ModesAreSwapped(ReferenceAdapter):
    """Training and inference are mistaken for each other."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        return super().apply(layer, held, inputs, given, not training)


@breaks("training.statistics_value", answer="other")
@reaches(BatchNorm)
class StatisticsStay(ChangedPass):
    """Running statistics never move."""

    def between(self, moved: Result, still: Result, training: bool) -> Result:
        return Result(moved.output if training else still.output)


@breaks("training.statistics_move", answer="in the backward pass")
@reaches(BatchNorm)
class BackwardMovesStatistics(ReferenceAdapter):
    """Running statistics move in the backward pass, by what the forward pass saw."""

    def use(self, made: Made, inputs: Bounded, passed: Passed, training: bool) -> Bounded:
        before = {name: parameter.array for name, parameter in made.parameters.items()}
        output = super().use(made, inputs, passed, training)
        for name, parameter in made.parameters.items():
            if parameter.role.state == "buffer" and before[name] is not None:
                passed.__dict__.setdefault("waiting", []).append((parameter, parameter.array))
                parameter.array = before[name]
        return output

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        super().backward(net, passed, cotangent)
        for parameter, array in passed.__dict__.get("waiting", ()):
            parameter.array = array


@breaks("training.statistics_value", answer="the unbiased one")
@reaches(BatchNorm)
class RunningVarianceIsUnbiased(ReferenceAdapter):
    """A running variance moves to the unbiased variance of a batch."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        result = super().apply(layer, held, inputs, given, training)
        if "variance" not in result.buffers:
            return result
        count = inputs.value.size // inputs.shape[1]
        kept = scaled(held["variance"], layer.stays)
        moved = scaled(result.buffers["variance"] - kept, count / max(1, count - 1))
        return Result(result.output, {**result.buffers, "variance": kept + moved})


@breaks("training.output_value[batch_norm]")
@reaches(BatchNorm)
class BatchVarianceIsUnbiased(ReferenceAdapter):
    """A batch is normalized by its unbiased variance."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if isinstance(layer, BatchNorm) and training:
            count = inputs.value.size // inputs.shape[1]
            result = super().apply(layer, held, inputs, given, training)
            larger = scaled(held["scale"], np.sqrt(max(1, count - 1) / count))
            return Result(
                super().apply(layer, {**held, "scale": larger}, inputs, given, training).output, result.buffers
            )
        return super().apply(layer, held, inputs, given, training)


@breaks("training.statistics_value", answer="other")
@reaches(BatchNorm)
class MomentumTheOtherWay(ChangedLayer):
    """The momentum is the weight of the new statistics."""

    def changed(self, layer: Layer) -> Layer:
        return dataclasses.replace(layer, momentum=1 - layer.stays) if isinstance(layer, BatchNorm) else layer


@breaks("training.output_value[batch_norm]", "training.inference_output")
@reaches(BatchNorm)
class EpsilonIsLarge(ChangedLayer):
    """Epsilon is ten times as large."""

    def changed(self, layer: Layer) -> Layer:
        return dataclasses.replace(layer, epsilon=min(0.9, 10 * layer.added)) if isinstance(layer, BatchNorm) else layer


@breaks("training.output_value[batch_norm]", "training.inference_output")
@reaches(BatchNorm)
class EpsilonIsForgotten(ChangedLayer):
    """Nothing is added to the variance."""

    def changed(self, layer: Layer) -> Layer:
        return dataclasses.replace(layer, epsilon=1e-12) if isinstance(layer, BatchNorm) else layer


@breaks("training.passes_change_no_parameter")
class ForwardDecays(ReferenceAdapter):
    """A forward pass for training shrinks every parameter by a ten-thousandth."""

    def forward(self, net: Sequence, batch: np.ndarray) -> Passed:
        passed = super().forward(net, batch)
        for parameter in parameters_of(net):
            parameter.write(parameter.value * np.float32(0.9999))
        return passed


@breaks("training.passes_change_no_parameter")
class BackwardSteps(ReferenceAdapter):
    """A backward pass takes a small step."""

    def backward(self, net: Sequence, passed: Passed, cotangent: np.ndarray) -> None:
        super().backward(net, passed, cotangent)
        super().step(net, None, 0.001)


@breaks("training.inference_changes_nothing")
class InferenceDecays(ReferenceAdapter):
    """A forward pass for inference shrinks every parameter by a ten-thousandth."""

    def infer(self, net: Sequence, batch: np.ndarray) -> Passed:
        passed = super().infer(net, batch)
        for parameter in parameters_of(net):
            parameter.write(parameter.value * np.float32(0.9999))
        return passed


@breaks("training.statistics_of_reuse", "sharing.statistics_of_tied", answer="other")
@reaches(Reuse, Tie)
class SecondUseMovesNothing(ReferenceAdapter):
    """Running statistics move at the first use of a layer in a pass, and at no other."""

    def use(self, made: Made, inputs: Bounded, passed: Passed, training: bool) -> Bounded:
        is_used = any(parameter in made.parameters.values() for parameter, _ in passed.leaves)
        before = {parameter: parameter.array for parameter in made.parameters.values()}
        output = super().use(made, inputs, passed, training)
        for parameter, array in before.items():
            if is_used and parameter.role.state == "buffer":
                parameter.array = array
        return output


# Layer kinds: convolution.


@breaks("training.output_value[convolution]", "training.gradient_value[convolution]")
@reaches(Convolution)
class PadsAtTheOtherEnd(ChangedLayer):
    """Zeros that are expected before an axis come after it, and the other way round."""

    def changed(self, layer: Layer) -> Layer:
        if isinstance(layer, Convolution):
            return dataclasses.replace(layer, pads_begin=layer.pads_end, pads_end=layer.pads_begin)
        return layer


@breaks("training.output_value[convolution]")
@reaches(Convolution)
@raises("wrong_shape")
class StridesAreSwapped(ChangedLayer):
    """The stride of the first axis is taken for that of the last."""

    def changed(self, layer: Layer) -> Layer:
        return dataclasses.replace(layer, strides=layer.strides[::-1]) if isinstance(layer, Convolution) else layer


class ChangedWeight(ReferenceAdapter):
    """A convolution moves its weight before it applies it."""

    def change(self, layer: Convolution, places: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if isinstance(layer, Convolution):
            held = {**held, "weight": moved(held["weight"], lambda places: self.change(layer, places))}
        return super().apply(layer, held, inputs, given, training)


@breaks("training.output_value[convolution]", "training.gradient_value[convolution]")
@reaches(Convolution)
class WindowIsFlipped(ChangedWeight):
    """The window is turned round, as in a convolution in the strict sense."""

    def change(self, layer: Convolution, places: np.ndarray) -> np.ndarray:
        return np.flip(places, tuple(range(2, places.ndim)))


@breaks("training.output_value[convolution]", "training.gradient_value[convolution]")
@reaches(Convolution)
class GroupsAreInterleaved(ChangedWeight):
    """The filters of a group are not neighbours: with two groups, each takes every second one."""

    def change(self, layer: Convolution, places: np.ndarray) -> np.ndarray:
        return places.reshape(-1, layer.groups, *places.shape[1:]).swapaxes(0, 1).reshape(places.shape)


@breaks("training.output_value[convolution]", answer=(*PLAIN, "wrong_shape"))
@reaches(Convolution)
@raises("wrong_shape")
class DilationIsForgotten(ChangedLayer):
    """The window has no gaps."""

    def changed(self, layer: Layer) -> Layer:
        return dataclasses.replace(layer, dilation=()) if isinstance(layer, Convolution) else layer


# Layer kinds: Flatten.


@breaks("training.output_value[flatten]", "training.gradient_value[flatten]")
@reaches(Flatten)
class FlattensTheLastAxisFirst(ReferenceAdapter):
    """The axes of a row are flattened column by column."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if isinstance(layer, Flatten):
            return Result(moved(inputs, lambda places: places.reshape(len(places), -1, order="F")))
        return super().apply(layer, held, inputs, given, training)


# Layer kinds: embedding and activations.


@breaks("training.output_value[embedding]", "training.gradient_value[embedding]")
@reaches(Embedding)
class IdsCountFromOne(ReferenceAdapter):
    """An id stands for the row before it, and the first one for the last row."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if isinstance(layer, Embedding):
            held = {name: moved(value, lambda places: np.roll(places, 1, axis=0)) for name, value in held.items()}
        return super().apply(layer, held, inputs, given, training)


@breaks("training.output_value[activation]", "training.gradient_value[activation]")
@reaches(Activation)
class ActivationsAreSteep(ReferenceAdapter):
    """A smooth activation is applied to twice its argument."""

    def apply(self, layer: Layer, held: Mapping[str, Bounded], inputs: Bounded, given: Axes, training: bool) -> Result:
        if isinstance(layer, Activation) and layer.function != "relu":
            inputs = scaled(inputs, 2.0)
        return super().apply(layer, held, inputs, given, training)


@breaks("initialization.default[embedding.weight]")
@reaches(Embedding, PaddedEmbedding)
class EmbeddingStartsNarrow(ReferenceAdapter):
    """Rows of a table are drawn from U(-0.05, 0.05)."""

    def start(self, role: Role) -> Any:
        return self.uniform(-0.05, 0.05) if isinstance(role.start, initializers.Normal) else super().start(role)


# Layer kinds: what they start as.


class ChangedStart(ReferenceAdapter):
    """A role of one of these families and starts is drawn from something else."""

    def drawn(self, role: Role) -> Any:
        """What is drawn instead; None where nothing is."""
        raise NotImplementedError

    def start(self, role: Role) -> Any:
        return self.drawn(role) or super().start(role)


@breaks(
    *(
        f"initialization.{law}[{kind.kind}.weight]"
        for law in ("default", "xavier_uniform")
        for kind in (Convolution, ConvolutionTransposed)
    )
)
class WindowsAreForgotten(ReferenceAdapter):
    """The extents of a window count neither for fan_in nor for fan_out."""

    def fans(self, role: Role) -> Tuple[int, int]:
        fans = super().fans(role)
        window = int(np.prod([axis.extent for axis in role.axes if axis.name in SPACE]))
        return fans[0] // window, fans[1] // window


@breaks("initialization.default[convolution.weight]")
@reaches(Convolution, ConvolutionTransposed)
class GroupsHaveFansOfTheirOwn(ReferenceAdapter):
    """The fan_out of a convolution's default weight counts the filters of one group."""

    groups = 1

    def construct(self, layer: Layer, given: Axes, inferred: bool, initializers: Initializers) -> Made:
        self.groups = getattr(layer, "groups", 1)
        return super().construct(layer, given, inferred, initializers)

    def start(self, role: Role) -> Any:
        groups, draw = self.groups, super().start(role)

        def wider(role: Role) -> np.ndarray:
            fan_in, fan_out = self.fans(role)
            return draw(role) * np.sqrt((fan_in + fan_out) / (fan_in + fan_out / groups))

        return wider if starts_as_xavier(role) else draw


@breaks(
    "initialization.default[convolution.bias]",
    "initialization.default[transposed_convolution.bias]",
    "initialization.default[depthwise_convolution.bias]",
    "initialization.default[separable_convolution.bias]",
    "initialization.default[batch_norm.bias]",
)
class BiasesStartSmall(ChangedStart):
    """Biases are a hundredth to begin with."""

    def drawn(self, role: Role) -> Any:
        return self.constant(0.01) if "bias" in role.name else None


@breaks("initialization.default[batch_norm.scale]")
class ScalesAreDrawn(ChangedStart):
    """Scales are drawn from N(1, 0.02²)."""

    def drawn(self, role: Role) -> Any:
        return self.normal(1.0, 0.02) if role.name == "scale" else None


@breaks("initialization.default[batch_norm.mean]")
class RunningMeansStartAtOne(ChangedStart):
    """Running means are one to begin with."""

    def drawn(self, role: Role) -> Any:
        return self.ones() if role.name == "mean" else None


@breaks("initialization.default[batch_norm.variance]")
class RunningVariancesStartAtZero(ChangedStart):
    """Running variances are zero to begin with."""

    def drawn(self, role: Role) -> Any:
        return self.zeros() if role.name == "variance" else None


# Blocks.


@breaks("training.output_value", "training.gradient_value")
@reaches(networks.Residual)
class ResidualAddsNothing(ReferenceAdapter):
    """A residual block does not add what comes in."""

    def residual(self, layers: List[Any]) -> Sequence:
        return Sequence(layers)


@breaks("training.output_value")
@reaches(networks.Residual)
class ResidualAddsTwice(ReferenceAdapter):
    """A residual block adds what comes in twice."""

    def through(self, child: Any, inputs: Bounded, passed: Passed, training: bool) -> Bounded:
        outputs = super().through(child, inputs, passed, training)
        return outputs + inputs if isinstance(child, Residual) else outputs


@breaks("training.gradient_value")
@reaches(networks.Residual)
class ResidualPassesNoGradient(ReferenceAdapter):
    """What a residual block adds counts as a constant in the backward pass."""

    def through(self, child: Any, inputs: Bounded, passed: Passed, training: bool) -> Bounded:
        if not isinstance(child, Residual):
            return super().through(child, inputs, passed, training)
        return exactly(inputs.value) + super().through(Sequence(child.children), inputs, passed, training)


@breaks("sharing.identity")
@reaches(networks.Block, networks.Residual)
class BlocksShareALayer(ReferenceAdapter):
    """A block's first layer is that of an earlier block, where these are alike."""

    def network(self, layers: List[Any], shape: Optional[Tuple[int, ...]]) -> Sequence:
        self._share(layers, {})
        return super().network(layers, shape)

    def _share(self, children: List[Any], known: Dict[Tuple[Layer, Axes], Made]) -> None:
        for child in children:
            if isinstance(child, Sequence):
                first = child.children[0]
                if isinstance(first, Made):
                    child.children[0] = known.setdefault((first.layer, first.given), first)
                self._share(child.children, known)


@breaks("access.plain_list_listed", "training.plain_list_learns", "persistence.plain_list_saved")
@reaches(networks.PlainList)
@raises("no_such_parameter")
class PlainListsAreNotSearched(ReferenceAdapter):
    """What stands in a plain list is not listed, trained or saved."""

    def plain_list(self, layers: List[Any]) -> Sequence:
        class Hidden(Sequence):
            def made(self, prefix: str = "") -> List[Tuple[str, Made]]:
                return []

        return Hidden(layers)


@breaks("access.lists_each_once", "training.step_value")
@reaches(networks.Block, networks.Residual)
@raises("no_such_parameter")
class BlocksAreNotSearched(ReferenceAdapter):
    """Parameters are listed and trained as far as they are in no block."""

    def parameters(self, net: Sequence) -> Pairs:
        return [pair for pair in super().parameters(net) if pair[0].count(".") == 1]


# Persistence: what does not fit, and deep copies.


class LoadsWhatFits(ReferenceAdapter):
    """Of a file, what has the name of a parameter is loaded."""

    def load(self, net: Sequence, file: str) -> None:
        with np.load(file) as saved:
            for name, parameter in net.named_parameters():
                if name in saved:
                    parameter.write(saved[name])


@breaks("persistence.load_more_layers", "persistence.load_fewer_layers", answer="ok")
class LoadsByName(LoadsWhatFits):
    """Names that are in the file alone, or in the network alone, are left out."""


@breaks("persistence.refused_load_changes_nothing")
class LoadsUntilItFails(ReferenceAdapter):
    """A load that is refused has written what came before the first array that does not fit."""

    def load(self, net: Sequence, file: str) -> None:
        with np.load(file) as saved:
            for name, parameter in reversed(net.named_parameters()):
                if name in saved and saved[name].shape == parameter.shape:
                    parameter.write(saved[name])
        super().load(net, file)


@breaks("persistence.refused_load_changes_nothing", answer="loaded")
@breaks("persistence.load_other_shapes", answer="ok")
class LoadSkipsOtherShapes(ReferenceAdapter):
    """Arrays of another shape are left out of a load."""

    def load(self, net: Sequence, file: str) -> None:
        with np.load(file) as saved:
            for name, parameter in net.named_parameters():
                if name in saved and saved[name].shape == parameter.shape:
                    parameter.write(saved[name])


@breaks("persistence.frozen_survives_clone", answer="no")
class CloneThaws(ReferenceAdapter):
    """All of a clone's parameters are trainable."""

    def clone(self, net: Sequence) -> Sequence:
        made = super().clone(net)
        for parameter in parameters_of(made):
            parameter.trainable = True
        return made


@breaks("persistence.frozen_survives_deepcopy", answer="no")
class DeepcopyThaws(ReferenceAdapter):
    """All of a deep copy's parameters are trainable."""

    def deepcopy(self, net: Sequence) -> Sequence:
        made = super().deepcopy(net)
        for parameter in parameters_of(made):
            parameter.trainable = True
        return made


@breaks("persistence.deepcopy_is_independent")
class DeepcopyIsShallow(ReferenceAdapter):
    """A deep copy has the original's layers."""

    def deepcopy(self, net: Sequence) -> Sequence:
        return Sequence(net.children)


@breaks("persistence.round_trip")
@reaches(BatchNorm)
class BuffersAreNotLoaded(ReferenceAdapter):
    """Running statistics are not loaded."""

    def load(self, net: Sequence, file: str) -> None:
        before = {parameter: parameter.array for _, parameter in net.named_parameters()}
        super().load(net, file)
        for parameter, array in before.items():
            if parameter.role.state == "buffer":
                parameter.array = array
