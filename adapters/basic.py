"""A base adapter that derives some methods from others, for frameworks without a specific way to do them."""

from __future__ import annotations

import abc
import copy
import re
from typing import Any, Iterable, List, Tuple

import numpy as np

from adapters.interface import Adapter, Pairs, Unsupported
from specs.older import prod


class BasicAdapter(Adapter):
    """Accesses parameters as attributes and in the list of all parameters, and initializes them one by one.

    Override a method if the framework has its own way to do it: a result derived in Python says nothing about that way.
    """

    @abc.abstractmethod
    def initialize(self, handle: Any, initializer: Any) -> None:
        """Initialize one parameter; None selects its layer's default initializer."""

    @abc.abstractmethod
    def held_by(self, layer: Any) -> Iterable[Any]:
        """The parameters of a layer."""

    def default(self) -> Any:
        return None

    def zeros(self) -> Any:
        return self.constant(0.0)

    def ones(self) -> Any:
        return self.constant(1.0)

    def identity(self, gain: float) -> Any:
        return self.custom(lambda shape, dtype: gain * np.eye(*shape, dtype=dtype))

    def dirac(self, groups: int) -> Any:
        raise Unsupported("dirac")

    def bilinear(self) -> Any:
        raise Unsupported("bilinear")

    def plain_list(self, layers: List[Any]) -> Any:
        raise Unsupported("plain_list")

    def tie(self, layer: Any, role: str, source: Any, shared: str, order: Tuple[int, ...]) -> None:
        if list(order) != sorted(order):
            raise Unsupported("transposed_tie")
        self.share(layer, role, self.by_attribute(source, shared))

    def by_attribute(self, layer: Any, role: str) -> Any:
        return getattr(layer, role)

    def by_layer(self, layer: Any, role: str) -> Any:
        return self.by_attribute(layer, role)

    def by_name(self, net: Any, name: str) -> Any:
        return dict(self.parameters(net))[name]

    def by_order(self, net: Any, position: int) -> Any:
        return self.parameters(net)[position][1]

    def trainable(self, net: Any) -> Pairs:
        return [(name, handle) for name, handle in self.parameters(net) if self.is_trainable(handle)]

    def matching(self, net: Any, pattern: str) -> Pairs:
        return [(name, handle) for name, handle in self.parameters(net) if re.match(pattern, name)]

    def count(self, net: Any) -> int:
        return sum(prod(self.value(handle).shape) for _, handle in self.parameters(net))

    def tensor(self, handle: Any) -> Any:
        return self.value(handle)

    def as_numpy(self, tensor: Any) -> Any:
        return tensor

    def is_trainable(self, handle: Any) -> bool:
        return True

    def initialize_network(self, net: Any, initializer: Any, again: bool) -> None:
        for _, handle in self.parameters(net):
            self.initialize(handle, initializer)

    def initialize_layer(self, layer: Any, initializer: Any, again: bool) -> None:
        for handle in self.held_by(layer):
            self.initialize(handle, initializer)

    def initialize_parameter(self, layer: Any, role: str, initializer: Any, again: bool) -> None:
        self.initialize(self.by_attribute(layer, role), initializer)

    def initialize_matching(self, net: Any, pattern: str, initializer: Any, again: bool) -> None:
        for _, handle in self.matching(net, pattern):
            self.initialize(handle, initializer)

    def add(self, handle: Any, amount: float) -> None:
        self.write(handle, self.value(handle) + np.float32(amount))

    def write_element(self, handle: Any, index: Tuple[int, ...], value: float) -> None:
        array = self.value(handle).copy()
        array[index] = value
        self.write(handle, array)

    def copy(self, handle: Any, source: Any) -> None:
        self.write(handle, self.value(source))

    def share(self, layer: Any, role: str, handle: Any) -> None:
        setattr(layer, role, handle)

    def clone(self, net: Any) -> Any:
        return self.deepcopy(net)

    def deepcopy(self, net: Any) -> Any:
        return copy.deepcopy(net)
