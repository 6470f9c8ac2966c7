# ruff: noqa: ARG002  the interface gives every mutant the same arguments
"""Bugs planted in the reference: each mutant is the NumPy reference with one thing wrong.

Where no reach is declared, it is what the methods serve that a mutant overrides.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from typing import Any, Callable, Dict, List, Optional, Tuple, Type
from unittest import mock

import numpy as np

from adapters import reference
from adapters.interface import Pairs
from adapters.reference import AlreadyBackpropagated, Dense, Network, NotReady, Parameter, ReferenceAdapter
from specs.initializers import Default
from specs.programs.operations import Backward, Forward, Write
from tests.mutants.registry import breaks, raises, reaches


def parameters_of(net: Network) -> List[Parameter]:
    return [parameter for _, parameter in net.parameters()]


@reaches()
class Remembering(ReferenceAdapter):
    """Knows the network that was built last."""

    net: Network

    def network(self, layers: List[Dense], activations: List[str], in_units: Optional[int]) -> Network:
        self.net = super().network(layers, activations, in_units)
        return self.net


# Access: what is listed.


@breaks("access.lists_each_once", "access.distinct_objects", "access.names_differ", "sharing.counted_once")
@raises("no_such_parameter")
class ListsTheFirstTwice(ReferenceAdapter):
    """The list of parameters holds the first one twice."""

    def parameters(self, net: Network) -> Pairs:
        return [*net.parameters()[:1], *net.parameters()]


@breaks("access.lists_each_once", "access.lists_in_order", "sharing.counted_once")
@raises("no_such_parameter")
class ForgetsTheLast(ReferenceAdapter):
    """The list of parameters lacks the last one."""

    def parameters(self, net: Network) -> Pairs:
        return net.parameters()[:-1]


@breaks("access.lists_each_once", "sharing.counted_once")
class ListsEveryUse(ReferenceAdapter):
    """A parameter that is used several times is listed once a use."""

    def parameters(self, net: Network) -> Pairs:
        return [
            (f"{position}.{role}", parameter)
            for position, layer in enumerate(net.layers)
            for role, parameter in layer.parameters()
        ]


@breaks("access.lists_in_order")
class ListsAlphabetically(ReferenceAdapter):
    """Parameters are listed in the order of their names, bias before weight."""

    def parameters(self, net: Network) -> Pairs:
        return sorted(net.parameters(), key=lambda pair: pair[0])


@breaks("access.lists_in_order")
class ListsWeightsThenBiases(ReferenceAdapter):
    """All weights are listed before all biases."""

    def parameters(self, net: Network) -> Pairs:
        return sorted(net.parameters(), key=lambda pair: not pair[0].endswith("weight"))


@breaks("access.names_tell_layer_and_role")
@raises("no_such_parameter")
class NamesCountParameters(ReferenceAdapter):
    """A full name counts parameters, and tells neither layer nor role."""

    def parameters(self, net: Network) -> Pairs:
        return [(f"{at}.parameter", parameter) for at, (_, parameter) in enumerate(net.parameters())]


@breaks("access.names_differ")
@raises("no_such_parameter")
class NamesByRole(ReferenceAdapter):
    """A parameter's full name is its role alone."""

    def parameters(self, net: Network) -> Pairs:
        return [(name.split(".")[1], parameter) for name, parameter in net.parameters()]


@breaks("access.lists_each_once", "sharing.identity")
class OneBiasForAWidth(ReferenceAdapter):
    """Layers of one width are silently given one bias."""

    def network(self, layers: List[Dense], activations: List[str], in_units: Optional[int]) -> Network:
        biases: Dict[Tuple[Optional[int], ...], Parameter] = {}
        for layer in layers:
            if layer.bias is not None:
                layer.bias = biases.setdefault(layer.bias.shape, layer.bias)
        return super().network(layers, activations, in_units)


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
@raises("wrong_shape")
class DropsAxesOfOne(ReferenceAdapter):
    """Axes of extent 1 are dropped from what is read and from what comes out."""

    def value(self, handle: Parameter) -> np.ndarray:
        return handle.value.squeeze()

    def output(self, passed: List[np.ndarray]) -> np.ndarray:
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

    def output(self, passed: List[np.ndarray]) -> np.ndarray:
        return passed[-1]

    def gradient(self, handle: Parameter, gradients: Any) -> Optional[np.ndarray]:
        return None if handle.gradient is None else handle.gradient.astype(np.float64)


@breaks("access.all_trainable")
class BornFrozen(ReferenceAdapter):
    """Biases of a new network are not trainable."""

    def _bias(self, units: int, initializer: Any) -> Parameter:
        bias = super()._bias(units, initializer)
        bias.trainable = False
        return bias


@breaks("access.all_trainable")
class ListedAsFrozen(ReferenceAdapter):
    """Trainable parameters are listed as not trainable."""

    def is_trainable(self, handle: Parameter) -> bool:
        return not handle.trainable


@breaks("access.pattern")
class MatchesOneLayer(ReferenceAdapter):
    """A pattern selects the first parameter that it matches, and no further one."""

    def matching(self, net: Network, pattern: str) -> Pairs:
        return super().matching(net, pattern)[:1]


@breaks("access.pattern", "initialization.by_pattern")
@raises("invalid_argument")
class MatchesEverything(ReferenceAdapter):
    """A pattern selects all parameters."""

    def matching(self, net: Network, pattern: str) -> Pairs:
        return net.parameters()


@breaks("access.pattern")
class MatchesTheRoleAlone(ReferenceAdapter):
    """A pattern's prefix is dropped, so that it matches names that begin with the role."""

    def matching(self, net: Network, pattern: str) -> Pairs:
        return [pair for pair in net.parameters() if re.match(pattern.replace(".*", ""), pair[0])]


@breaks("access.count")
class CountsWeights(ReferenceAdapter):
    """Biases are left out of the count."""

    def count(self, net: Network) -> int:
        return sum(parameter.value.size for parameter in parameters_of(net) if parameter.value.ndim > 1)


@breaks("access.count", "sharing.counted_once")
class CountsParameters(ReferenceAdapter):
    """What is counted is parameters, not their elements."""

    def count(self, net: Network) -> int:
        return len(net.parameters())


@breaks("sharing.counted_once")
class CountsEveryUse(ReferenceAdapter):
    """A shared parameter's elements are counted once a use."""

    def count(self, net: Network) -> int:
        return sum(parameter.value.size for layer in net.layers for _, parameter in layer.parameters())


# Access: what is reached.


@breaks("access.routes_agree")
class LayersHandOutCopies(ReferenceAdapter):
    """A layer's own collection holds copies of its parameters."""

    def by_layer(self, layer: Dense, role: str) -> Parameter:
        return copy.copy(super().by_layer(layer, role))


@breaks("access.routes_agree")
class NamesReachTheFirst(ReferenceAdapter):
    """Every full name reaches the first parameter of its role."""

    def by_name(self, net: Network, name: str) -> Parameter:
        return next(parameter for other, parameter in net.parameters() if other.split(".")[1] == name.split(".")[1])


@breaks("access.routes_agree")
class OrderCountsFromOne(ReferenceAdapter):
    """Positions in the list count from 1."""

    def by_order(self, net: Network, position: int) -> Parameter:
        return net.parameters()[position - 1][1]


@breaks("access.routes_agree")
class ReadsDrift(ReferenceAdapter):
    """Every read adds a little to what is read."""

    def value(self, handle: Parameter) -> np.ndarray:
        handle.write(handle.value + np.float32(0.001))
        return handle.value


@breaks("access.missing_bias", answer="ok")
class InventsBiases(ReferenceAdapter):
    """A layer without a bias shows one of zeros."""

    def by_attribute(self, layer: Dense, role: str) -> Optional[Parameter]:
        return getattr(layer, role) or self._bias(layer.weight.value.shape[0], None)


@breaks("access.missing_layer", answer="ok")
class LayersWrapAround(ReferenceAdapter):
    """Positions past the last layer begin again at the first."""

    def layer(self, net: Network, position: int) -> Dense:
        return net.layers[position % len(net.layers)]


@breaks("access.missing_layer", answer="invalid_argument")
class MissingLayersAreInvalid(ReferenceAdapter):
    """A position past the last layer is called an invalid argument."""

    def layer(self, net: Network, position: int) -> Dense:
        if position >= len(net.layers):
            raise ValueError(f"there are {len(net.layers)} layers")
        return net.layers[position]


# Access: what is seen before there are values.


@breaks("access.read_after_build", answer="not_ready")
class EmptyUntilInitialized(ReferenceAdapter):
    """A new network's parameters have no values before it is initialized."""

    def network(self, layers: List[Dense], activations: List[str], in_units: Optional[int]) -> Network:
        net = super().network(layers, activations, in_units)
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
            raise KeyError("no such parameter")
        return handle.array


@breaks("access.bias_before_first_forward", answer="not_ready")
class BiasesWaitForWeights(ReferenceAdapter):
    """The bias of a layer cannot be read before the layer's weight can."""

    def by_attribute(self, layer: Dense, role: str) -> Optional[Parameter]:
        return super().by_attribute(layer, role if layer.weight.array is not None else "weight")


@breaks("access.listed_before_first_forward", answer="shape unknown")
class UnknownUntilInferred(ReferenceAdapter):
    """A weight is listed without a shape while its input width is unknown."""

    def shape(self, handle: Parameter) -> Optional[Tuple[Optional[int], ...]]:
        return None if None in handle.shape else handle.shape


@breaks("access.listed_before_first_forward", answer="not listed")
class UnlistedUntilInferred(ReferenceAdapter):
    """A weight is not listed while its input width is unknown."""

    def parameters(self, net: Network) -> Pairs:
        return [pair for pair in net.parameters() if pair[1].array is not None]


@breaks("access.listed_before_first_forward", answer="known")
class ZeroUntilInferred(ReferenceAdapter):
    """An input width that is not known yet is listed as 0."""

    def shape(self, handle: Parameter) -> Tuple[Optional[int], ...]:
        return tuple(extent or 0 for extent in handle.shape)


@breaks("access.listed_after_first_forward", "access.shapes")
class NeverInferred(ReferenceAdapter):
    """The input width stays unknown in the list, whatever was fed."""

    def shape(self, handle: Parameter) -> Tuple[Optional[int], ...]:
        return (handle.shape[0], None)[: len(handle.shape)]


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
            raise NotReady("there is no gradient")
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
        self.net.layers[0].weight.value[0, 0] = value


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

    def load(self, net: Network, file: str) -> None:
        with np.load(file) as saved:
            for name, parameter in net.parameters():
                self.write(parameter, saved[name])


@breaks("writing.wrong_shape", "writing.broadcastable_shape", answer="invalid_argument")
class WrongShapesAreInvalid(ReferenceAdapter):
    """An array of another shape is called an invalid argument."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        if array.shape != handle.shape:
            raise ValueError("the array does not fit")
        super().write(handle, array)


@breaks("writing.broadcastable_shape", answer="ok")
class WriteBroadcasts(ReferenceAdapter):
    """An array that can be broadcast is."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        fits = all(extent in (1, due) for extent, due in zip(array.shape, handle.value.shape))
        super().write(handle, np.broadcast_to(array, handle.value.shape) if fits else array)


@breaks("writing.refused_changes_nothing")
class RefusesTooLate(ReferenceAdapter):
    """A write clears the parameter before it looks at the shape of what it is given."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        handle.array = np.zeros_like(handle.value)
        super().write(handle, array)


@breaks("writing.forward_uses_it", "training.output_value")
class ForwardIsCompiled(ReferenceAdapter):
    """All forward passes use the values of the first."""

    def forward(self, net: Network, batch: np.ndarray) -> List[np.ndarray]:
        passed = super().forward(net, batch)
        first = net.__dict__.setdefault("first", copy.deepcopy(net))
        return first.forward(batch) if passed else passed


# Training: forward.


@reaches(Forward, Backward)
class ChangedLayer(ReferenceAdapter):
    """Layers are of another class."""

    made: Type[Dense] = Dense

    def network(self, layers: List[Dense], activations: List[str], in_units: Optional[int]) -> Network:
        for layer in layers:
            layer.__class__ = self.made
        return super().network(layers, activations, in_units)


@breaks("training.output_value", "training.gradient_value")
class BiasIsIgnored(ChangedLayer):
    """The bias is not added."""

    class made(Dense):  # noqa: N801
        def __call__(self, inputs: np.ndarray) -> np.ndarray:
            return Dense(self.weight, None, self.activation)(inputs)


@breaks("training.output_value")
class BiasComesLast(ChangedLayer):
    """The bias is added after the activation."""

    class made(Dense):  # noqa: N801
        def __call__(self, inputs: np.ndarray) -> np.ndarray:
            after = Dense(self.weight, None, self.activation)(inputs)
            return after if self.bias is None else after + self.bias.value


@breaks("training.output_value")
class ComputesInHalf(ChangedLayer):
    """Layers compute in half precision."""

    class made(Dense):  # noqa: N801
        def __call__(self, inputs: np.ndarray) -> np.ndarray:
            return super().__call__(inputs).astype(np.float16).astype(np.float64)


@breaks("training.output_value", "writing.forward_uses_it")
class ReluLeaks(ReferenceAdapter):
    """The rectifier lets a hundredth of negative values pass."""

    def forward(self, net: Network, batch: np.ndarray) -> List[np.ndarray]:
        with mock.patch.dict(reference.ACTIVATIONS, relu=lambda x: np.maximum(x, 0.01 * x)):
            return super().forward(net, batch)


@breaks("training.output_value")
class LastActivationIsMissing(ReferenceAdapter):
    """The last layer's activation is not applied."""

    def forward(self, net: Network, batch: np.ndarray) -> List[np.ndarray]:
        last = net.layers[-1]
        *others, inputs, _ = super().forward(net, batch)
        return [*others, inputs, Dense(last.weight, last.bias, "none")(inputs)]


@breaks("training.output_shape")
@raises("wrong_shape")
class OutputIsTransposed(ReferenceAdapter):
    """The output has its rows along the second axis."""

    def output(self, passed: List[np.ndarray]) -> np.ndarray:
        return super().output(passed).T


@breaks("training.output_value")
class FirstRowForAll(ReferenceAdapter):
    """Every row of a batch comes out as the first."""

    def output(self, passed: List[np.ndarray]) -> np.ndarray:
        return np.tile(super().output(passed)[:1], (len(passed[-1]), 1))


@breaks("training.wrong_width", answer="ok")
class BatchIsCut(ReferenceAdapter):
    """Columns that the network has no weights for are dropped from the batch."""

    def forward(self, net: Network, batch: np.ndarray) -> List[np.ndarray]:
        return super().forward(net, batch[:, : net.layers[0].weight.shape[1]])


# Training: backward.


@breaks("training.gradient_value")
class ReluAlwaysLearns(ReferenceAdapter):
    """The rectifier's slope is 1 where its argument is negative, too."""

    def backward(self, net: Network, passed: List[np.ndarray], cotangent: np.ndarray) -> None:
        with mock.patch.dict(reference.SLOPES, relu=np.ones_like):
            super().backward(net, passed, cotangent)


@breaks("training.gradient_value", "persistence.clone_learns")
class SlopeOfTheInput(ReferenceAdapter):
    """The sigmoid's slope is taken to be its value."""

    def backward(self, net: Network, passed: List[np.ndarray], cotangent: np.ndarray) -> None:
        with mock.patch.dict(reference.SLOPES, sigmoid=lambda y: y):
            super().backward(net, passed, cotangent)


@breaks("training.gradient_value")
class GradientIsAMean(ReferenceAdapter):
    """Gradients are means over the rows of a batch."""

    def backward(self, net: Network, passed: List[np.ndarray], cotangent: np.ndarray) -> None:
        super().backward(net, passed, cotangent / np.float32(len(cotangent)))


@breaks("training.gradient_value")
class GradientStopsEarly(ReferenceAdapter):
    """Backpropagation ends after the last layer."""

    def backward(self, net: Network, passed: List[np.ndarray], cotangent: np.ndarray) -> None:
        super().backward(net, passed, cotangent)
        last = {id(parameter) for _, parameter in net.layers[-1].parameters()}
        for parameter in parameters_of(net):
            if id(parameter) not in last and parameter.gradient is not None:
                parameter.gradient = parameter.gradient * 0


@breaks("training.gradient_value", "training.gradient_shape")
class BiasesHaveNoGradient(ReferenceAdapter):
    """A bias shows no gradient."""

    def gradient(self, handle: Parameter, gradients: Any) -> Optional[np.ndarray]:
        return None if handle.value.ndim == 1 else handle.gradient


@breaks("training.gradient_shape", "training.gradient_value", "training.step_value", "sharing.gradient_equals_untied")
class GradientIsTransposed(ReferenceAdapter):
    """The gradient of a weight is transposed."""

    def gradient(self, handle: Parameter, gradients: Any) -> Optional[np.ndarray]:
        return None if handle.gradient is None else handle.gradient.T


@breaks("training.gradient_value")
class GradientOfAnother(ReferenceAdapter):
    """Parameters of one shape show the gradient of the last of them."""

    def backward(self, net: Network, passed: List[np.ndarray], cotangent: np.ndarray) -> None:
        super().backward(net, passed, cotangent)
        by_shape = {parameter.shape: parameter.gradient for parameter in parameters_of(net)}
        for parameter in parameters_of(net):
            parameter.gradient = by_shape[parameter.shape]


@breaks("training.second_backward", answer="added to")
class GradientsAccumulate(ReferenceAdapter):
    """A second backward pass adds to the gradients of the first."""

    def backward(self, net: Network, passed: List[np.ndarray], cotangent: np.ndarray) -> None:
        before = {parameter: parameter.gradient for parameter in parameters_of(net)}
        super().backward(net, passed, cotangent)
        for parameter, gradient in before.items():
            if gradient is not None and parameter.gradient is not None:
                parameter.gradient = parameter.gradient + gradient


@breaks("training.second_backward", answer="other")
class FirstGradientStays(ReferenceAdapter):
    """A second backward pass changes no gradient."""

    def backward(self, net: Network, passed: List[np.ndarray], cotangent: np.ndarray) -> None:
        before = {parameter: parameter.gradient for parameter in parameters_of(net)}
        super().backward(net, passed, cotangent)
        for parameter, gradient in before.items():
            parameter.gradient = parameter.gradient if gradient is None else gradient


@breaks("training.backward_twice", answer="ok")
class BackwardAnyTimes(ReferenceAdapter):
    """A forward pass can be backpropagated any number of times."""

    def backward(self, net: Network, passed: List[np.ndarray], cotangent: np.ndarray) -> None:
        super().backward(net, list(passed), cotangent)


@breaks("training.backward_twice", answer="not_ready")
class BackwardTwiceIsNotReady(ReferenceAdapter):
    """A forward pass that is backpropagated a second time is said not to have been made."""

    def backward(self, net: Network, passed: List[np.ndarray], cotangent: np.ndarray) -> None:
        try:
            super().backward(net, passed, cotangent)
        except AlreadyBackpropagated as error:
            raise NotReady("no forward pass was made") from error


@breaks("training.wrong_cotangent", answer="ok")
class CotangentIsCut(ReferenceAdapter):
    """A cotangent that is larger than the output is cut to fit."""

    def backward(self, net: Network, passed: List[np.ndarray], cotangent: np.ndarray) -> None:
        rows, columns = passed[-1].shape
        super().backward(net, passed, cotangent[:rows, :columns])


# Training: steps, and parameters that are frozen.


@breaks("training.step_value", "training.others_still_learn", "sharing.step_is_taken_once")
class StepGoesUp(ReferenceAdapter):
    """A step adds the gradient."""

    def step(self, net: Network, gradients: Any, learning_rate: float) -> None:
        super().step(net, gradients, -learning_rate)


@breaks("training.step_value")
class StepHasMomentum(ReferenceAdapter):
    """A step goes on with nine tenths of the step before."""

    def step(self, net: Network, gradients: Any, learning_rate: float) -> None:
        for parameter in parameters_of(net):
            if parameter.gradient is not None:
                moved = 0.9 * getattr(parameter, "moved", 0.0) + parameter.gradient
                parameter.moved = moved
                parameter.write(parameter.value - learning_rate * moved)


@breaks("training.step_value")
class StepDecays(ReferenceAdapter):
    """A step shrinks every weight by a ten-thousandth."""

    def step(self, net: Network, gradients: Any, learning_rate: float) -> None:
        super().step(net, gradients, learning_rate)
        for parameter in parameters_of(net):
            parameter.write(parameter.value * 0.9999)


@breaks("training.step_value")
class StepAtOneRate(ReferenceAdapter):
    """The learning rate is that of the first step."""

    def step(self, net: Network, gradients: Any, learning_rate: float) -> None:
        super().step(net, gradients, net.__dict__.setdefault("rate", learning_rate))


@breaks("training.step_value", "training.others_still_learn")
class StepsLeaveBiases(ReferenceAdapter):
    """A step moves weights and no biases."""

    def step(self, net: Network, gradients: Any, learning_rate: float) -> None:
        with mock.patch.object(self, "trainable", return_value=self.matching(net, ".*weight")):
            super().step(net, gradients, learning_rate)


@breaks("training.step_before_backward", answer="not_ready")
class StepNeedsGradients(ReferenceAdapter):
    """A step raises where there is no gradient."""

    def step(self, net: Network, gradients: Any, learning_rate: float) -> None:
        if all(parameter.gradient is None for parameter in parameters_of(net)):
            raise NotReady("there is no gradient")
        super().step(net, gradients, learning_rate)


@breaks("training.step_before_backward", answer="changed")
class StepWithoutGradientsMoves(ReferenceAdapter):
    """Where there is no gradient, a step takes it to be 1."""

    def step(self, net: Network, gradients: Any, learning_rate: float) -> None:
        for parameter in parameters_of(net):
            if parameter.gradient is None:
                parameter.gradient = np.ones(parameter.value.shape, np.float32)
        super().step(net, gradients, learning_rate)


@breaks("training.frozen_is_not_listed")
class FrozenIsListed(ReferenceAdapter):
    """A frozen parameter is listed among the trainable ones."""

    def trainable(self, net: Network) -> Pairs:
        return net.parameters()


@breaks("training.frozen_is_not_listed", "training.others_still_learn")
class FreezesItsLayer(Remembering):
    """Freezing a parameter freezes its layer."""

    def freeze(self, handle: Parameter) -> None:
        for layer in self.net.layers:
            if handle in (layer.weight, layer.bias):
                for _, parameter in layer.parameters():
                    parameter.trainable = False


@breaks("training.frozen_stays")
@breaks("training.frozen_gradient", answer="an array")
class FrozenStillLearns(ReferenceAdapter):
    """A frozen parameter is not listed as trainable, but has a gradient and takes its steps."""

    def backward(self, net: Network, passed: List[np.ndarray], cotangent: np.ndarray) -> None:
        frozen = [parameter for parameter in parameters_of(net) if not parameter.trainable]
        for parameter in frozen:
            parameter.trainable = True
        super().backward(net, passed, cotangent)
        for parameter in frozen:
            parameter.trainable = False

    def step(self, net: Network, gradients: Any, learning_rate: float) -> None:
        with mock.patch.object(self, "trainable", return_value=net.parameters()):
            super().step(net, gradients, learning_rate)


@breaks("training.others_still_learn")
class FrozenStopsTheFlow(ReferenceAdapter):
    """Nothing below a frozen parameter's layer takes a step."""

    def step(self, net: Network, gradients: Any, learning_rate: float) -> None:
        frozen = [
            position
            for position, layer in enumerate(net.layers)
            if not all(parameter.trainable for _, parameter in layer.parameters())
        ]
        super().step(Network(net.layers[max(frozen, default=0) :]), gradients, learning_rate)


@breaks("training.frozen_gradient", answer="an array")
class FrozenGradientIsZero(ReferenceAdapter):
    """A frozen parameter shows a gradient of zeros."""

    def gradient(self, handle: Parameter, gradients: Any) -> Optional[np.ndarray]:
        return handle.gradient if handle.trainable else np.zeros(handle.value.shape, np.float32)


# Initialization: distributions.


@breaks("initialization.default_weight", "initialization.xavier_uniform")
class FanInAlone(ReferenceAdapter):
    """Where the mean of fan_in and fan_out is due, fan_in is taken."""

    def xavier_uniform(self, gain: float) -> Any:
        return lambda shape: self.random.uniform(-1, 1, shape) * gain * np.sqrt(3 / reference.fans(shape)[0])


@breaks("initialization.default_weight", "initialization.xavier_uniform")
class XavierOfTheLargerFan(ReferenceAdapter):
    """Where the mean of fan_in and fan_out is due, the larger of them is taken: no draw is ever outside."""

    def xavier_uniform(self, gain: float) -> Any:
        return lambda shape: self.random.uniform(-1, 1, shape) * gain * np.sqrt(3 / max(reference.fans(shape)))


@breaks("initialization.default_weight", "initialization.xavier_uniform", "initialization.xavier_normal")
class FanOutAlone(ReferenceAdapter):
    """Where the mean of fan_in and fan_out is due, fan_out is taken."""

    def xavier_uniform(self, gain: float) -> Any:
        return lambda shape: self.random.uniform(-1, 1, shape) * gain * np.sqrt(3 / reference.fans(shape)[1])

    def xavier_normal(self, gain: float) -> Any:
        return lambda shape: self.random.normal(0, gain * np.sqrt(1 / reference.fans(shape)[1]), shape)


@breaks("initialization.default_weight")
class DefaultIsNarrow(ReferenceAdapter):
    """Without an initializer, weights are drawn from U(-0.07, 0.07)."""

    def dense(self, units, activation, bias, in_units, weight_initializer, bias_initializer) -> Dense:
        weight = weight_initializer or self.uniform(-0.07, 0.07)
        return super().dense(units, activation, bias, in_units, weight, bias_initializer)


@breaks("initialization.default_weight")
class DefaultIsNormal(ReferenceAdapter):
    """Without an initializer, weights are drawn from a normal of the deviation due."""

    def dense(self, units, activation, bias, in_units, weight_initializer, bias_initializer) -> Dense:
        return super().dense(
            units, activation, bias, in_units, weight_initializer or self.xavier_normal(1.0), bias_initializer
        )


@breaks("initialization.default_weight")
@reaches(Default)
class FirstDefaultIsWide(ReferenceAdapter):
    """The first default initialization draws weights three times too wide, and later ones draw as is due."""

    width = 3.0

    def dense(self, units, activation, bias, in_units, weight_initializer, bias_initializer) -> Dense:
        self.width = 3.0
        own = self.xavier_uniform(1.0)
        weight = weight_initializer or (lambda shape: self.width * own(shape))
        return super().dense(units, activation, bias, in_units, weight, bias_initializer)

    def initialize_network(self, net: Network, initializer: Any, again: bool) -> None:
        self.width = 1.0 if again else self.width
        super().initialize_network(net, initializer, again)


@breaks("initialization.default_bias")
class DefaultBiasIsDrawn(ReferenceAdapter):
    """Without an initializer, biases are drawn from U(-0.1, 0.1)."""

    def _bias(self, units: int, initializer: Any) -> Parameter:
        return super()._bias(units, initializer or self.uniform(-0.1, 0.1))


@breaks("initialization.default_bias")
@breaks("initialization.distinct_parameters", answer="equal")
@reaches(Default)
class DefaultBiasIsTheWeights(ReferenceAdapter):
    """Without an initializer, a bias begins with the first elements of its own weight."""

    def dense(self, units, activation, bias, in_units, weight_initializer, bias_initializer) -> Dense:
        layer = super().dense(units, activation, bias, in_units, weight_initializer, bias_initializer)
        if bias and bias_initializer is None:
            weight = layer.weight
            layer.bias = self._bias(
                units, lambda shape: np.zeros(shape) if weight.array is None else weight.array.ravel()[: shape[0]]
            )
        return layer


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
        return lambda shape: mean + std * truncated(self.random, shape)

    def xavier_normal(self, gain: float) -> Any:
        return lambda shape: gain * np.sqrt(2 / sum(shape)) * truncated(self.random, shape)


@breaks("initialization.normal", "initialization.xavier_normal")
class NormalIsCutAndScaled(ReferenceAdapter):
    """Draws of a normal past two deviations are drawn again, and all are scaled to the deviation due."""

    def normal(self, mean: float, std: float) -> Any:
        return lambda shape: mean + std / 0.8796 * truncated(self.random, shape)

    def xavier_normal(self, gain: float) -> Any:
        return lambda shape: gain * np.sqrt(2 / sum(shape)) / 0.8796 * truncated(self.random, shape)


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
        return lambda shape: self.random.uniform(low, high, (2, *shape)).max(axis=0)


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
        return lambda shape: self.random.normal(0.0, 2 * gain**2 / sum(shape), shape)


class UniformChanges(ReferenceAdapter):
    """What a uniform initializer draws, between 0 and 1, is changed before it is scaled."""

    def change(self, drawn: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def uniform(self, low: float, high: float) -> Any:
        return lambda shape: low + (high - low) * self.change(self.random.uniform(0, 1, shape))


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
        return lambda shape: self.change(self.random.normal(mean, std, shape).astype(np.float32))


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
        return lambda shape: self.change(draw(shape))

    def xavier_normal(self, gain: float) -> Any:
        draw = super().xavier_normal(gain)
        return lambda shape: self.change(draw(shape))


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

    def initialize_matching(self, net: Network, pattern: str, initializer: Any, again: bool) -> None:
        before = {parameter: parameter.__dict__.get("drawn") for _, parameter in self.matching(net, pattern)}
        super().initialize_matching(net, pattern, initializer, again)
        for parameter, array in before.items():
            if array is not None and array[self.part].size < array.size:
                parameter.value[self.part] = array[self.part]
            parameter.drawn = parameter.array


@breaks("initialization.normal", answer="not independent")
class FirstElementIsKept(KeepsPart):
    """Weights that are drawn again keep their first element."""

    part = np.s_[:1, :1]


@breaks("initialization.normal", answer="not independent")
class LastElementIsKept(KeepsPart):
    """Weights that are drawn again keep their last element."""

    part = np.s_[-1:, -1:]


@breaks("initialization.normal", answer="not independent")
class FirstRowIsKept(KeepsPart):
    """Weights that are drawn again keep their first row."""

    part = np.s_[:1, :]


@breaks("initialization.normal", answer="not independent")
class LastRowIsKept(KeepsPart):
    """Weights that are drawn again keep their last row."""

    part = np.s_[-1:, :]


@breaks("initialization.xavier_on_bias", answer="ok")
class XavierTakesAnyShape(ReferenceAdapter):
    """A bias counts as a weight with one input."""

    def xavier_uniform(self, gain: float) -> Any:
        draw = super().xavier_uniform(gain)
        return lambda shape: draw((*shape, 1)[:2]).reshape(shape)

    def xavier_normal(self, gain: float) -> Any:
        draw = super().xavier_normal(gain)
        return lambda shape: draw((*shape, 1)[:2]).reshape(shape)


# Initialization: custom functions.


@breaks("initialization.custom_draws", "initialization.custom_holds")
class CustomLosesSigns(ReferenceAdapter):
    """Of what a custom initializer returns, magnitudes are kept."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda shape: np.abs(function(shape, np.dtype("float32")))


@breaks("initialization.custom_draws", "initialization.thresholded_draws")
class CustomIsScaled(ReferenceAdapter):
    """What a custom initializer returns is shifted by 0.001."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda shape: function(shape, np.dtype("float32")) + 0.001


@breaks("initialization.thresholded_draws")
class CustomDrawsZerosAgain(ReferenceAdapter):
    """Elements of a custom initializer that are zero are drawn again."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        def draw(shape: Tuple[int, ...]) -> np.ndarray:
            drawn = function(shape, np.dtype("float32"))
            for _ in range(64):
                drawn = np.where(drawn, drawn, function(shape, np.dtype("float32")))
            return drawn

        return draw


@breaks("initialization.custom_called_once")
class CustomIsCalledTwice(ReferenceAdapter):
    """A custom initializer is called once for the shape and once for the value."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda shape: function(function(shape, np.dtype("float32")).shape, np.dtype("float32"))


@breaks("initialization.custom_called_once")
class CustomIsRemembered(ReferenceAdapter):
    """A custom initializer is called once a shape, and its array given to every parameter of that shape."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        known: Dict[Tuple[int, ...], np.ndarray] = {}

        def draw(shape: Tuple[int, ...]) -> np.ndarray:
            if shape not in known:
                known[shape] = function(shape, np.dtype("float32"))
            return known[shape]

        return draw


@breaks("initialization.custom_holds")
class CustomIsRounded(ReferenceAdapter):
    """What a custom initializer returns is rounded to half precision."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda shape: function(shape, np.dtype("float32")).astype(np.float16)


@breaks("initialization.custom_axes", answer="in out")
class CustomIsHandedTheTranspose(ReferenceAdapter):
    """A custom initializer is handed the shape of the transpose, and its array transposed."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda shape: function(shape[::-1], np.dtype("float32")).T


@breaks("initialization.custom_axes", answer="other")
class CustomIsHandedASize(ReferenceAdapter):
    """A custom initializer is handed the number of elements, and its array reshaped."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda shape: function((int(np.prod(shape)),), np.dtype("float32")).reshape(shape)


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
        return lambda shape: np.eye(*shape) if len(shape) > 1 else np.ones(shape)


@breaks("initialization.zeros_and_ones")
class ZerosAreSmall(ReferenceAdapter):
    """Zeros are very small numbers."""

    def zeros(self) -> Any:
        return lambda shape: np.full(shape, 1e-30)


@breaks("initialization.constant_array")
class ConstantArrayIsKept(ReferenceAdapter):
    """A given array becomes the parameter's own, and shows what becomes of it."""

    def initialize_parameter(self, layer: Dense, role: str, initializer: Any, again: bool) -> None:
        super().initialize_parameter(layer, role, initializer, again)
        getattr(layer, role).array = (initializer or np.zeros)(getattr(layer, role).value.shape)


@breaks("initialization.constant_array")
class ConstantArrayInColumns(ReferenceAdapter):
    """A given array fills the weight column by column."""

    def constant_array(self, array: np.ndarray) -> Any:
        return lambda shape: array.ravel().reshape(shape, order="F")


@breaks("initialization.bias_alone")
@breaks("initialization.everything_reaches_biases", answer="left at zero")
class BiasesStayZero(ReferenceAdapter):
    """Initializing leaves a bias at zero, whatever it is given."""

    def _bias(self, units: int, initializer: Any) -> Parameter:
        bias = super()._bias(units, initializer)
        bias.initialize = lambda initializer: None
        return bias


@breaks("initialization.everything_reaches_biases", answer="other")
class BiasesAreGivenHalf(ReferenceAdapter):
    """A network's initializer gives its biases half of what it gives its weights."""

    def initialize_network(self, net: Network, initializer: Any, again: bool) -> None:
        super().initialize_network(net, initializer, again)
        for _, bias in self.matching(net, ".*bias"):
            bias.write(bias.value / 2)


@breaks("initialization.one_layer")
class InitializesTheNextLayer(Remembering):
    """Initializing a layer initializes the layer after it, too."""

    def initialize_layer(self, layer: Dense, initializer: Any, again: bool) -> None:
        at = self.net.layers.index(layer)
        for reached in self.net.layers[at : at + 2]:
            super().initialize_layer(reached, initializer, again)


@breaks("initialization.one_layer", "initialization.one_parameter")
class TargetsAreIgnored(ReferenceAdapter):
    """A layer or a parameter that is to be initialized again is not."""

    def initialize_layer(self, layer: Dense, initializer: Any, again: bool) -> None:
        pass

    def initialize_parameter(self, layer: Dense, role: str, initializer: Any, again: bool) -> None:
        pass


@breaks("initialization.one_parameter", "initialization.bias_alone")
class InitializesTheWeight(ReferenceAdapter):
    """Whichever parameter of a layer is to be initialized, its weight is."""

    def initialize_parameter(self, layer: Dense, role: str, initializer: Any, again: bool) -> None:
        layer.weight.initialize(initializer)


@breaks("initialization.one_parameter")
class InitializesTheLayer(ReferenceAdapter):
    """Initializing a parameter initializes all of its layer."""

    def initialize_parameter(self, layer: Dense, role: str, initializer: Any, again: bool) -> None:
        self.initialize_layer(layer, initializer, again)


@breaks("initialization.by_pattern")
class PatternsReachOneLayer(ReferenceAdapter):
    """Initializing by a pattern reaches the first parameter that it matches."""

    def initialize_matching(self, net: Network, pattern: str, initializer: Any, again: bool) -> None:
        for _, parameter in self.matching(net, pattern)[:1]:
            parameter.initialize(initializer)


@breaks("initialization.plain_again", answer="ignored")
class OnlyTheFirstCounts(ReferenceAdapter):
    """A network that was initialized is not initialized again in the plain way."""

    def initialize_network(self, net: Network, initializer: Any, again: bool) -> None:
        if again or not net.__dict__.setdefault("done", False):
            super().initialize_network(net, initializer, again)
        net.__dict__["done"] = True


@breaks("initialization.forced_again", answer="ignored")
class NeverAgain(ReferenceAdapter):
    """A network is not initialized again even in the way meant for it."""

    def initialize_network(self, net: Network, initializer: Any, again: bool) -> None:
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


@breaks("initialization.distinct_parameters", "initialization.one_initializer_for_two_layers", answer="equal")
class InitializersCarrySeeds(ReferenceAdapter):
    """An initializer takes a seed when it is made, and starts from it for every parameter."""

    def normal(self, mean: float, std: float) -> Any:
        seed = self.random.randint(2**31)
        return lambda shape: np.random.RandomState(seed).normal(mean, std, shape)

    def uniform(self, low: float, high: float) -> Any:
        seed = self.random.randint(2**31)
        return lambda shape: np.random.RandomState(seed).uniform(low, high, shape)


@breaks("initialization.distinct_parameters", answer="equal")
class EveryDrawStartsAgain(ReferenceAdapter):
    """All draws start from the seed that was set last."""

    def seed(self, seed: int) -> None:
        self.last = seed

    def normal(self, mean: float, std: float) -> Any:
        return lambda shape: np.random.RandomState(self.last).normal(mean, std, shape)

    def uniform(self, low: float, high: float) -> Any:
        return lambda shape: np.random.RandomState(self.last).uniform(low, high, shape)


@breaks("initialization.distinct_parameters", answer="equal")
@breaks("initialization.normal", answer="not independent")
class LaterWeightsAreNegatives(ReferenceAdapter):
    """Every further weight that a normal initializer draws begins with the first one's draws, negated."""

    def normal(self, mean: float, std: float) -> Any:
        draw, drawn = super().normal(0.0, std), []

        def negated(shape: Tuple[int, ...]) -> np.ndarray:
            drawn.append(draw(shape))
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

        def scaled(shape: Tuple[int, ...]) -> np.ndarray:
            drawn.append(draw(shape))
            if len(drawn) > 1:
                begun = drawn[0].ravel()[: drawn[-1].size]
                drawn[-1].ravel()[: begun.size] = begun * np.sqrt(sum(drawn[0].shape) / sum(shape))
            return drawn[-1]

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
        def draw(shape: Tuple[int, ...]) -> np.ndarray:
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

    def initialize_network(self, net: Network, initializer: Any, again: bool) -> None:
        for parameter in parameters_of(net):
            if None not in parameter.shape:
                parameter.initialize(initializer)


@breaks("initialization.deferred", "initialization.deferred_seed", answer="not_ready")
class DeferredIsRefused(ReferenceAdapter):
    """A network whose shapes are not known cannot be initialized."""

    def initialize_network(self, net: Network, initializer: Any, again: bool) -> None:
        if any(None in parameter.shape for parameter in parameters_of(net)):
            raise NotReady("shapes are not known")
        super().initialize_network(net, initializer, again)


@breaks("initialization.deferred_seed", answer="the one at initialization")
class InitializersKeepTheGenerator(ReferenceAdapter):
    """An initializer draws from the generator as it was when the initializer was made."""

    def normal(self, mean: float, std: float) -> Any:
        random = self.random
        return lambda shape: random.normal(mean, std, shape)


@breaks("initialization.at_construction")
class ConstructionIsIgnored(ReferenceAdapter):
    """Initializers that a layer is constructed with are ignored."""

    def dense(self, units, activation, bias, in_units, weight_initializer, bias_initializer) -> Dense:
        return super().dense(units, activation, bias, in_units, None, None)


@breaks("initialization.at_construction")
class BiasTakesTheWeights(ReferenceAdapter):
    """A bias is given the initializer that the layer's weight is constructed with."""

    def dense(self, units, activation, bias, in_units, weight_initializer, bias_initializer) -> Dense:
        return super().dense(units, activation, bias, in_units, weight_initializer, weight_initializer)


@breaks("initialization.given_after_construction", answer="the layer's own")
class ConstructionWins(ReferenceAdapter):
    """A network's initializer leaves parameters to their own."""

    def initialize_network(self, net: Network, initializer: Any, again: bool) -> None:
        super().initialize_network(net, None, again)


# Sharing.


@breaks("sharing.identity", "sharing.write_through", "sharing.initialize_through", "sharing.one_gradient")
class TiesAreCopies(ReferenceAdapter):
    """A layer built on another's parameters is given copies of them."""

    def tied_dense(self, source, roles, units, activation, bias, in_units) -> Dense:
        return super().tied_dense(copy.deepcopy(source), roles, units, activation, bias, in_units)


@breaks("sharing.identity", "sharing.write_through", "sharing.one_gradient")
class ReusesAreCopies(ReferenceAdapter):
    """A layer object that is used again is copied."""

    def network(self, layers: List[Dense], activations: List[str], in_units: Optional[int]) -> Network:
        seen: List[Dense] = []
        for layer in layers:
            seen.append(copy.copy(layer) if layer in seen else layer)
            if seen[-1] is not layer:
                seen[-1].weight = copy.deepcopy(layer.weight)
        return super().network(seen, activations, in_units)


@breaks("sharing.equal_values", "sharing.identity")
class TiesAreIgnored(ReferenceAdapter):
    """A layer built on another's parameters has parameters of its own."""

    def tied_dense(self, source, roles, units, activation, bias, in_units) -> Dense:
        return self.dense(units, activation, bias, in_units, None, None)


@breaks("sharing.write_through")
@raises("no_such_parameter")
class CopyOnWrite(Remembering):
    """A write gives the first layer that holds the parameter one of its own."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        holders = [layer for layer in self.net.layers if handle in (layer.weight, layer.bias)]
        own = copy.copy(handle) if holders else handle
        own.write(array)
        for layer in holders[:1]:
            setattr(layer, "weight" if handle is layer.weight else "bias", own)


@breaks("sharing.initialize_through")
class CopyOnInitialize(ReferenceAdapter):
    """Initializing a parameter gives its layer one of its own."""

    def initialize_parameter(self, layer: Dense, role: str, initializer: Any, again: bool) -> None:
        setattr(layer, role, copy.copy(getattr(layer, role)))
        super().initialize_parameter(layer, role, initializer, again)


@breaks("sharing.gradient_is_sum", answer="one use only")
@breaks("sharing.gradient_equals_untied")
class GradientOfOneUse(ReferenceAdapter):
    """The gradient of a shared parameter is that of its first use."""

    def backward(self, net: Network, passed: List[np.ndarray], cotangent: np.ndarray) -> None:
        values = list(passed)
        super().backward(net, passed, cotangent)
        for layer, inputs, outputs in reversed(list(zip(net.layers, values, values[1:]))):
            gradients, cotangent = layer.backward(inputs, outputs, cotangent)
            for role, parameter in layer.parameters():
                parameter.gradient = gradients[role].astype(np.float32)


def uses_of(net: Network) -> Dict[Parameter, int]:
    return Counter(parameter for layer in net.layers for _, parameter in layer.parameters())


@breaks("sharing.gradient_is_sum", answer=("mean over uses", "one use only"))  # which are one where uses are equal
@breaks("sharing.gradient_equals_untied")
class GradientIsAMeanOverUses(ReferenceAdapter):
    """The gradient of a shared parameter is the mean over its uses."""

    def backward(self, net: Network, passed: List[np.ndarray], cotangent: np.ndarray) -> None:
        super().backward(net, passed, cotangent)
        for parameter, uses in uses_of(net).items():
            if parameter.gradient is not None:
                parameter.gradient = parameter.gradient / np.float32(uses)


@breaks("sharing.gradient_is_sum", answer="other")
@breaks("sharing.gradient_equals_untied")
class GradientIsDoubled(ReferenceAdapter):
    """The gradient of a shared parameter is multiplied by the number of its uses."""

    def backward(self, net: Network, passed: List[np.ndarray], cotangent: np.ndarray) -> None:
        super().backward(net, passed, cotangent)
        for parameter, uses in uses_of(net).items():
            if parameter.gradient is not None:
                parameter.gradient = parameter.gradient * np.float32(uses)


@breaks("sharing.gradient_is_sum", answer="none")
class SharedHasNoGradient(ReferenceAdapter):
    """A shared parameter has no gradient."""

    def backward(self, net: Network, passed: List[np.ndarray], cotangent: np.ndarray) -> None:
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

    def step(self, net: Network, gradients: Any, learning_rate: float) -> None:
        super().step(net, gradients, learning_rate)
        for layer in set(net.layers):
            for role, parameter in layer.parameters():
                setattr(layer, role, copy.copy(parameter))


@breaks("sharing.step_is_taken_once")
class StepOnceAUse(ReferenceAdapter):
    """A shared parameter takes a step once a use."""

    def step(self, net: Network, gradients: Any, learning_rate: float) -> None:
        for layer in net.layers:
            super().step(Network([layer]), gradients, learning_rate)


@breaks("sharing.survives_save_and_load")
class LoadUnties(ReferenceAdapter):
    """After a file is loaded, every layer has parameters of its own."""

    def load(self, net: Network, file: str) -> None:
        super().load(net, file)
        for layer in set(net.layers):
            for role, parameter in layer.parameters():
                setattr(layer, role, copy.copy(parameter))


@breaks("sharing.tie_after_build", answer="not shared")
class ShareCopies(ReferenceAdapter):
    """Sharing after building copies the value."""

    def share(self, layer: Dense, role: str, handle: Parameter) -> None:
        getattr(layer, role).write(handle.value)


@breaks("sharing.tie_after_build", answer="refused")
class ShareIsRefused(ReferenceAdapter):
    """A built layer cannot be given another parameter."""

    def share(self, layer: Dense, role: str, handle: Parameter) -> None:
        raise AlreadyBackpropagated("the layer is built")


# Persistence.


def rebuilt(net: Network) -> Network:
    """A copy of the network that is made use by use."""
    return Network([copy.deepcopy(layer) for layer in net.layers])


@breaks("sharing.reuse_survives_clone", "sharing.tie_survives_clone")
class CloneUseByUse(ReferenceAdapter):
    """A clone is made use by use."""

    def clone(self, net: Network) -> Network:
        return rebuilt(net)


@breaks("sharing.reuse_survives_deepcopy", "sharing.tie_survives_deepcopy")
class DeepcopyUseByUse(ReferenceAdapter):
    """A deep copy is made use by use."""

    def deepcopy(self, net: Network) -> Network:
        return rebuilt(net)


@breaks("sharing.tie_survives_clone")
class CloneLayerByLayer(ReferenceAdapter):
    """A clone is made layer by layer: uses of one layer object stay together, ties are lost."""

    def clone(self, net: Network) -> Network:
        copies = {layer: copy.deepcopy(layer) for layer in net.layers}
        return Network([copies[layer] for layer in net.layers])


@breaks("sharing.reuse_survives_clone", answer="lost")
class CloneDropsReuses(ReferenceAdapter):
    """A clone has each layer object once."""

    def clone(self, net: Network) -> Network:
        return copy.deepcopy(Network(list(dict.fromkeys(net.layers))))


@breaks("persistence.round_trip", "sharing.survives_save_and_load")
class LoadRoundsToHalf(ReferenceAdapter):
    """What is loaded is rounded to half precision."""

    def load(self, net: Network, file: str) -> None:
        super().load(net, file)
        for parameter in parameters_of(net):
            parameter.write(parameter.value.astype(np.float16))


@breaks("persistence.round_trip")
class LoadSwapsTwo(ReferenceAdapter):
    """Two parameters of one shape are loaded into each other."""

    def load(self, net: Network, file: str) -> None:
        super().load(net, file)
        by_shape = {parameter.shape: parameter for parameter in parameters_of(net)}
        first = parameters_of(net)[0]
        other = by_shape[first.shape]
        first.array, other.array = other.array, first.array


@breaks("persistence.round_trip")
class LoadLeavesBiases(ReferenceAdapter):
    """Biases are not loaded."""

    def load(self, net: Network, file: str) -> None:
        biases = {bias: bias.array for _, bias in self.matching(net, ".*bias")}
        super().load(net, file)
        for bias, array in biases.items():
            bias.array = array


class SavesItself(ReferenceAdapter):
    """A file is the network that was saved."""

    files: Dict[str, Network]

    def save(self, net: Network, file: str) -> None:
        self.files = {file: net}


@breaks("persistence.load_is_a_copy")
class LoadTies(SavesItself):
    """The network that loads shares its parameters with the one that was saved."""

    def load(self, net: Network, file: str) -> None:
        for ours, theirs in zip(parameters_of(net), parameters_of(self.files[file])):
            ours.__dict__ = theirs.__dict__


@breaks("persistence.load_other_shapes", answer="ok")
class LoadTakesAnyShape(SavesItself):
    """A network takes over the shapes in a file."""

    def load(self, net: Network, file: str) -> None:
        for ours, theirs in zip(parameters_of(net), parameters_of(self.files[file])):
            ours.array = theirs.value.copy()


@breaks("persistence.clone_values", answer="initialized anew")
class CloneIsNew(ReferenceAdapter):
    """A clone is initialized anew."""

    def clone(self, net: Network) -> Network:
        made = super().clone(net)
        self.initialize_network(made, None, again=False)
        return made


@breaks("persistence.deepcopy_values", answer="initialized anew")
class DeepcopyIsNew(ReferenceAdapter):
    """A deep copy is initialized anew."""

    def deepcopy(self, net: Network) -> Network:
        made = super().deepcopy(net)
        self.initialize_network(made, None, again=False)
        return made


@breaks("persistence.clone_values", "persistence.deepcopy_values", answer="refused")
class CopiesAreRefused(ReferenceAdapter):
    """A network cannot be copied."""

    def clone(self, net: Network) -> Network:
        raise AlreadyBackpropagated("a network cannot be copied")

    deepcopy = clone


@breaks("persistence.clone_is_independent")
class CloneIsShallow(ReferenceAdapter):
    """A clone has the original's layers."""

    def clone(self, net: Network) -> Network:
        return Network(net.layers)


@breaks("persistence.clone_learns")
class CloneIsFrozen(ReferenceAdapter):
    """A clone's parameters are not trainable."""

    def clone(self, net: Network) -> Network:
        made = super().clone(net)
        for parameter in parameters_of(made):
            parameter.trainable = False
        return made


@breaks("persistence.clone_learns", answer="not_ready")
class CloneKeepsNoPass(ReferenceAdapter):
    """A clone cannot be backpropagated through."""

    def clone(self, net: Network) -> Network:
        made = super().clone(net)
        made.__dict__["cloned"] = True
        return made

    def backward(self, net: Network, passed: List[np.ndarray], cotangent: np.ndarray) -> None:
        if "cloned" in net.__dict__:
            raise NotReady("a clone keeps nothing of its forward passes")
        super().backward(net, passed, cotangent)


@breaks("initialization.uniform", "initialization.xavier_uniform", "initialization.default_weight")
class UniformHasTwoValues(ReferenceAdapter):
    """In place of a uniform distribution, one of the two values a deviation from its mean is drawn."""

    def uniform(self, low: float, high: float) -> Any:
        middle, std = (low + high) / 2, (high - low) / np.sqrt(12)
        return lambda shape: self.random.choice((middle - std, middle + std), shape)

    def xavier_uniform(self, gain: float) -> Any:
        return lambda shape: self.random.choice((-1, 1), shape) * gain * np.sqrt(2 / sum(reference.fans(shape)))


@breaks("initialization.custom_draws")
class CustomKeepsSigns(ReferenceAdapter):
    """Of what a custom initializer returns, signs are kept; magnitudes are their root mean square."""

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        return lambda shape: np.sign(function(shape, np.dtype("float32"))) * np.sqrt(175 / 3)


@breaks("writing.array", "training.gradient_value", "persistence.round_trip", answer="not_ready")
class WriteRefusesSingles(ReferenceAdapter):
    """A parameter of one element cannot be written to."""

    def write(self, handle: Parameter, array: np.ndarray) -> None:
        if handle.value.size == 1:
            raise NotReady("there is one element")
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
        if handle.value.ndim == 1:
            raise NotReady("it is a bias")
        return handle


@breaks("initialization.constant", "initialization.same_seed", answer="refused")
class AgainRefusesWideOnes(ReferenceAdapter):
    """Networks with more than three outputs in their first layer cannot be initialized again."""

    def initialize_matching(self, net: Network, pattern: str, initializer: Any, again: bool) -> None:
        if again and net.layers[0].weight.shape[0] > 3:
            raise AlreadyBackpropagated("it has been initialized")
        super().initialize_matching(net, pattern, initializer, again)
