"""What an adapter is: declarations, and one small method for each thing that a program can ask for.

To add a framework, subclass :class:`Adapter`, declare ``name``, ``packages``, ``roles`` and ``failures``, and write the
methods in the framework's own idiom. Arguments and results are native: NumPy arrays come in the framework's axis
order, ``handle`` is the framework's own parameter object, ``layer`` its own layer object.
:mod:`adapters.running.engine` runs programs with it and moves names and axes between the native and the canonical form.

A method that the framework has no public way for raises :class:`Unsupported`, with the reason and a link.
"""

from __future__ import annotations

import abc
import importlib.metadata
import platform
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Type

import numpy as np

from specs.divergences import Divergence

Pairs = List[Tuple[str, Any]]


def given(**arguments: Any) -> Dict[str, Any]:
    """Those of the arguments that are not None: a call with ``**given(...)`` leaves all else to the framework.

    So a framework's own default acts, and is what a law measures. Scripts show the arguments that are given.
    """
    return {name: value for name, value in arguments.items() if value is not None}


class Unsupported(Exception):
    """The framework has no public way to do this. ``source`` is a link that shows it."""

    def __init__(self, reason: str, source: str):
        super().__init__(f"{reason} [{source}]")


@dataclass(frozen=True)
class Role:
    """What the framework calls a role, and the order in which it holds the canonical axes."""

    name: str
    axes: Tuple[str, ...]


@dataclass(frozen=True)
class Failure:
    """An exception that matches is an outcome of this kind (see :data:`specs.traces.OUTCOMES`)."""

    exception: Type[BaseException]
    message: str
    kind: str


class Adapter(abc.ABC):
    """One framework. Methods are listed in the order in which a user meets them."""

    name: str
    packages: Tuple[str, ...]
    roles: Dict[str, Role]
    failures: Sequence[Failure]
    divergences: Tuple[Divergence, ...] = ()
    file_suffix: str = ""
    #: By the name of what is called, arguments whose defaults these values are: scripts leave them out.
    implied_arguments: Dict[str, Dict[str, Any]] = {}

    @classmethod
    def versions(cls) -> Dict[str, str]:
        """Versions of the packages that decide what is seen, the interpreter's among them."""
        found = {package: importlib.metadata.version(package) for package in (*cls.packages, "numpy")}
        return {**found, "python": platform.python_version()}

    # Randomness and initializers: each returns the framework's own initializer.

    @abc.abstractmethod
    def seed(self, seed: int) -> None:
        """Seed every generator that initialization draws from."""

    @abc.abstractmethod
    def default(self) -> Any:
        """What stands for no initializer where one is asked for: None where the framework's own default then acts."""

    @abc.abstractmethod
    def normal(self, mean: float, std: float) -> Any: ...

    @abc.abstractmethod
    def uniform(self, low: float, high: float) -> Any: ...

    @abc.abstractmethod
    def constant(self, value: float) -> Any: ...

    @abc.abstractmethod
    def constant_array(self, array: np.ndarray) -> Any: ...

    @abc.abstractmethod
    def zeros(self) -> Any: ...

    @abc.abstractmethod
    def ones(self) -> Any: ...

    @abc.abstractmethod
    def xavier_uniform(self, gain: float) -> Any: ...

    @abc.abstractmethod
    def xavier_normal(self, gain: float) -> Any: ...

    @abc.abstractmethod
    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        """Wrap ``function(shape, dtype)`` in the framework's own custom-initializer form."""

    # Building.

    @abc.abstractmethod
    def dense(
        self,
        units: int,
        activation: str,
        bias: bool,
        in_units: Optional[int],
        weight_initializer: Any,
        bias_initializer: Any,
    ) -> Any:
        """A dense layer. ``in_units`` None defers the input width; an initializer None is the framework's default."""

    @abc.abstractmethod
    def tied_dense(
        self, source: Any, roles: Tuple[str, ...], units: int, activation: str, bias: bool, in_units: Optional[int]
    ) -> Any:
        """A dense layer built on the parameters of ``source``: its weight, or its weight and bias (native names)."""

    @abc.abstractmethod
    def network(self, layers: List[Any], activations: List[str], in_units: Optional[int]) -> Any:
        """A network that applies ``layers`` in turn. The same layer object may come more than once.

        ``in_units`` is the width that the first layer declares, None where it is to be inferred.
        """

    def index(self, position: int, activations: Sequence[str]) -> int:
        """Where in the network the layer used at ``position`` stands, given the activations of all uses."""
        return position

    @abc.abstractmethod
    def layer(self, net: Any, position: int) -> Any:
        """The layer that stands at ``position`` in the network."""

    # Access.

    @abc.abstractmethod
    def by_attribute(self, layer: Any, role: str) -> Any:
        """The parameter as an attribute of its layer; None where the layer has none."""

    @abc.abstractmethod
    def by_layer(self, layer: Any, role: str) -> Any:
        """The parameter in the layer's own collection."""

    @abc.abstractmethod
    def by_name(self, net: Any, name: str) -> Any:
        """The parameter by its full name."""

    @abc.abstractmethod
    def by_order(self, net: Any, position: int) -> Any:
        """The parameter by its position among all of the network's parameters."""

    @abc.abstractmethod
    def parameters(self, net: Any) -> Pairs:
        """All parameters: full names and handles, in the network's order."""

    @abc.abstractmethod
    def trainable(self, net: Any) -> Pairs:
        """The trainable ones."""

    @abc.abstractmethod
    def matching(self, net: Any, pattern: str) -> Pairs:
        """Those whose full name matches a regular expression from its start."""

    @abc.abstractmethod
    def count(self, net: Any) -> int:
        """Number of elements over all distinct parameters."""

    @abc.abstractmethod
    def value(self, handle: Any) -> np.ndarray: ...

    @abc.abstractmethod
    def shape(self, handle: Any) -> Optional[Tuple[Optional[int], ...]]:
        """Native shape; None for a dimension, or for all, that is not known yet."""

    @abc.abstractmethod
    def dtype(self, handle: Any) -> str: ...

    @abc.abstractmethod
    def is_trainable(self, handle: Any) -> bool: ...

    # Initialization of what is built. ``again`` says that the parameters have been initialized before.

    @abc.abstractmethod
    def initialize_network(self, net: Any, initializer: Any, again: bool) -> None: ...

    @abc.abstractmethod
    def initialize_layer(self, layer: Any, initializer: Any, again: bool) -> None: ...

    @abc.abstractmethod
    def initialize_parameter(self, layer: Any, role: str, initializer: Any, again: bool) -> None: ...

    @abc.abstractmethod
    def initialize_matching(self, net: Any, pattern: str, initializer: Any, again: bool) -> None: ...

    # Writing.

    @abc.abstractmethod
    def write(self, handle: Any, array: np.ndarray) -> None: ...

    @abc.abstractmethod
    def add(self, handle: Any, amount: float) -> None: ...

    @abc.abstractmethod
    def write_element(self, handle: Any, index: Tuple[int, ...], value: float) -> None: ...

    @abc.abstractmethod
    def copy(self, handle: Any, source: Any) -> None:
        """Copy the value of ``source`` into ``handle``."""

    # Training. What ``forward`` returns goes to ``output`` and ``backward``; what ``backward`` returns (None where
    # parameters keep their own gradients) goes to ``gradient`` and ``step``.

    @abc.abstractmethod
    def forward(self, net: Any, batch: np.ndarray) -> Any:
        """A forward pass that can be differentiated."""

    @abc.abstractmethod
    def output(self, passed: Any) -> np.ndarray: ...

    @abc.abstractmethod
    def backward(self, net: Any, passed: Any, cotangent: np.ndarray) -> Any: ...

    @abc.abstractmethod
    def gradient(self, handle: Any, gradients: Any) -> Optional[np.ndarray]:
        """The gradient of a parameter, None where there is none."""

    @abc.abstractmethod
    def step(self, net: Any, gradients: Any, learning_rate: float) -> None:
        """One step of plain SGD with the gradients of the last backward pass."""

    @abc.abstractmethod
    def freeze(self, handle: Any) -> None: ...

    # Sharing after building, files, clones.

    @abc.abstractmethod
    def share(self, layer: Any, role: str, handle: Any) -> None:
        """Make ``handle`` the layer's parameter of that role."""

    @abc.abstractmethod
    def save(self, net: Any, file: str) -> None: ...

    @abc.abstractmethod
    def load(self, net: Any, file: str) -> None: ...

    @abc.abstractmethod
    def clone(self, net: Any) -> Any:
        """A second network of the same design, in the way that the framework documents."""

    @abc.abstractmethod
    def deepcopy(self, net: Any) -> Any:
        """What Python's ``copy.deepcopy`` makes of the network."""

    def release(self) -> None:
        """Let go of what the framework keeps between programs. Called once after each program."""
