"""What an adapter is: declarations, and one small method for each thing that a program can ask for.

To add a framework, subclass :class:`Adapter`, declare ``name``, ``packages`` and ``failures``, and write the methods in
the framework's own idiom. Arguments and results are native: NumPy arrays come in the framework's axis order, ``handle``
is the framework's own parameter object, ``layer`` its own layer object. A layer kind is a method that constructs it,
decorated with :func:`builds`, which declares how the framework stores the layer's parameters.
:mod:`adapters.running.engine` runs programs with the adapter and converts names and axes between the native and the
canonical form.

If the framework has no public way to do something, the method raises :class:`Unsupported` with the name of a declared
absence. A layer kind that no method constructs need not be declared: it counts as not written yet.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
import inspect
import platform
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Type, TypeVar

import numpy as np

from specs.divergences import Divergence
from specs.errors import one_of
from specs.layers import KINDS
from specs.layers.layer import Axes, Layer, Role
from specs.layers.layout import Layout, layout
from specs.older import version
from specs.programs.networks import Network, Slot

Pairs = List[Tuple[str, Any]]
Method = TypeVar("Method", bound=Callable[..., Any])


def given(**arguments: Any) -> Dict[str, Any]:
    """Return the arguments that are not None: a call with ``**given(...)`` leaves the others to the framework.

    The framework's own defaults then apply, and laws measure them. Scripts show only the arguments that are passed.
    """
    return {name: value for name, value in arguments.items() if value is not None}


class Unsupported(Exception):
    """There is no public way to do this. ``name`` is a key of the adapter's :attr:`~Adapter.absences`."""

    def __init__(self, name: str):
        super().__init__(name)
        self.name = name


#: Who would have to act if something is unsupported.
WHO = {
    "upstream": "the framework does not offer it",
    "here": "the adapter does not implement it yet",
}


@dataclass(frozen=True)
class Absence:
    """Something an adapter does not support: why, a link or file that shows it, and who would have to act."""

    reason: str
    source: str
    who: str = "upstream"

    def __post_init__(self) -> None:
        one_of("absence, who", self.who, tuple(WHO))

    def __str__(self) -> str:
        return f"{self.reason} [{self.source}]"


#: What holds, by name, of each layer kind, and of a conversion, that an adapter neither offers nor declares absent.
UNWRITTEN = {
    f"build_{kind.kind}": Absence(f"no method of the adapter constructs {kind.words}", "docs/adapters.md", who="here")
    for kind in KINDS
}
UNWRITTEN["cast"] = Absence("no method of the adapter converts a network", "docs/adapters.md", who="here")


@dataclass(frozen=True)
class Failure:
    """A matching exception is reported as an outcome of this kind (see :data:`specs.traces.OUTCOMES`).

    If only a run shows that something is unsupported, ``kind`` is ``unsupported`` and ``absence`` names the adapter's
    absence that says why.
    """

    exception: Type[BaseException]
    message: str
    kind: str
    absence: str = ""


@dataclass(frozen=True)
class Builder:
    """What :func:`builds` declares for a method: the layers it constructs, and how the framework stores their roles.

    ``when`` gives the values (or sets of values) of fields and properties that the method supports; every other field
    is an argument of the method. ``roles`` are layouts (:mod:`specs.layers.layout`) by role family; ``{n}`` stands for
    the number of the role.
    """

    method: str
    kind: Type[Layer]
    arguments: Tuple[str, ...]
    when: Mapping[str, Any]
    roles: Mapping[str, str]

    def builds(self, layer: Layer) -> bool:
        return type(layer) is self.kind and all(
            _is_one(getattr(layer, name), expected) for name, expected in self.when.items()
        )

    def takes(self, initializers: Mapping[str, Any]) -> bool:
        """Whether the method has an argument for each of these initializers."""
        return all(f"{role}_initializer" in self.arguments for role in initializers)

    def held(self, role: Role) -> str:
        """How the framework stores a role: ``name: pattern``."""
        return self.roles[role.family].format(n=role.number)

    def keywords(
        self, layer: Layer, given: Axes, inferred: bool, initializers: Mapping[str, Any], **more: Any
    ) -> Dict[str, Any]:
        """The keyword arguments for the method."""
        coming = layer.incoming(given)
        found: Dict[str, Any] = {**dict.fromkeys(coming)} if inferred else {**coming}
        found["dimensions"] = len(given) - 1
        found.update((name, getattr(layer, name)) for name in self.arguments if hasattr(layer, name))
        found.update(more)
        for role, initializer in initializers.items():
            found[f"{role}_initializer"] = initializer
        return {name: found.get(name) for name in self.arguments}


def _is_one(value: Any, expected: Any) -> bool:
    return value in expected if isinstance(expected, set) else bool(value == expected)


def building(
    method: str,
    arguments: Tuple[str, ...],
    kind: Type[Layer],
    when: Optional[Mapping[str, Any]] = None,
    **roles: str,
) -> Builder:
    """What :func:`builds` declares of a method."""
    return Builder(method, kind, arguments, when or {}, roles)


def builds(kind: Type[Layer], when: Optional[Mapping[str, Any]] = None, **roles: str) -> Callable[[Method], Method]:
    """Declare that a method constructs layers of a kind, and how the framework stores their roles.

    The method's arguments are named after the kind's fields and after what the kind declares about its input
    (:meth:`~specs.layers.layer.Layer.incoming`; None if that is to be inferred); ``dimensions`` is the number of
    spatial axes, and ``weight_initializer`` the initializer of the role ``weight``. Raises :class:`TypeError` if a
    field is neither an argument nor in ``when``.
    """

    def declare(method: Method) -> Method:
        arguments = tuple(inspect.signature(method).parameters)[1:]
        fields = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
        missing = [name for name in fields if name not in (*arguments, *(when or {}))]
        if missing:
            raise TypeError(f"{method.__name__} has no argument for the {missing[0]} of a {kind.kind}")
        method.builder = building(method.__name__, arguments, kind, when, **roles)  # type: ignore[attr-defined]
        return method

    return declare


#: The ``when`` of a method that constructs a recurrent cell, which is one layer in one direction.
CELL = {"cell": True, "layers": 1, "directions": 1}


def within(path: str, roles: Mapping[str, str]) -> Dict[str, str]:
    """Layouts of roles that a layer keeps under a path."""
    return {role: f"{path}{held}" for role, held in roles.items()}


def both_ways(ahead: Mapping[str, str], reverse: Mapping[str, str]) -> Dict[str, str]:
    """Layouts of a recurrent layer whose directions each have the same roles."""
    return {**ahead, **{f"reverse_{role}": held for role, held in reverse.items()}}


@dataclass(frozen=True)
class TiedBuilder(Builder):
    """A builder for layers that take parameters of another layer, of a kind in ``on``, as is or ``transposed``."""

    on: Tuple[Type[Layer], ...]
    transposed: bool


def tying(
    method: str,
    arguments: Tuple[str, ...],
    kind: Type[Layer],
    *on: Type[Layer],
    transposed: bool = False,
    when: Optional[Mapping[str, Any]] = None,
) -> TiedBuilder:
    """What :func:`ties` declares of a method."""
    return TiedBuilder(method, kind, arguments, when or {}, {}, on, transposed)


def ties(*kinds: Type[Layer], **declared: Any) -> Callable[[Method], Method]:
    """Declare that a method constructs layers of the first kind with parameters of a layer of one of the other kinds.

    Its arguments are those of :func:`builds`, plus ``source``, the other layer, and ``roles``, the native names of the
    shared parameters. With ``transposed``, the layer takes their axes in a different order. ``when`` is as in
    :func:`builds`.
    """

    def declare(method: Method) -> Method:
        arguments = tuple(inspect.signature(method).parameters)[1:]
        method.tied_builder = tying(method.__name__, arguments, *kinds, **declared)  # type: ignore[attr-defined]
        return method

    return declare


class Adapter(abc.ABC):
    """One framework. Methods are listed in the order in which a user needs them."""

    name: str
    packages: Tuple[str, ...]
    failures: Sequence[Failure]
    divergences: Tuple[Divergence, ...] = ()
    #: What is unsupported, by the names with which :class:`Unsupported` is raised.
    absences: Mapping[str, Absence] = {}
    file_suffix: str = ""
    #: The axis order of a batch without its row axis, as a layout: ``*data`` if it is the order of the specification.
    data: str = "*data"
    #: Whether a container lists a repeated layer each time it is given. A container that lists it once applies it each
    #: time only if it knows the input shape.
    keeps_repeated: bool = True
    #: For each callable, by name, default values of its arguments: scripts omit arguments with these values.
    implied_arguments: Dict[str, Dict[str, Any]] = {}

    @classmethod
    def versions(cls) -> Dict[str, str]:
        """Versions of the packages that determine results, including Python's."""
        found = {package: version(package) for package in (*cls.packages, "numpy")}
        return {**found, "python": platform.python_version()}

    @classmethod
    @functools.lru_cache(maxsize=None)
    def builders(cls, mark: str = "builder") -> Tuple[Builder, ...]:
        """The builders declared by :func:`builds`, or for ``tied_builder`` by :func:`ties`, derived classes first."""
        found: Dict[str, Builder] = {}
        for owner in cls.__mro__:
            for name, method in vars(owner).items():
                builder = getattr(method, mark, None)
                if isinstance(builder, Builder):
                    found.setdefault(name, builder)
        return tuple(found.values())

    def builder(self, layer: Layer) -> Builder:
        """The method that constructs a layer. Raises :class:`Unsupported` if there is none."""
        found = next((builder for builder in self.builders() if builder.builds(layer)), None)
        if found is None:
            raise Unsupported(f"build_{layer.kind}")
        return found

    def tied_builder(self, layer: Layer, source: Layer, transposed: bool) -> Optional[Builder]:
        """The method that constructs a layer with another layer's parameters, or None."""
        for builder in self.builders("tied_builder"):
            assert isinstance(builder, TiedBuilder)
            if builder.builds(layer) and type(source) in builder.on and builder.transposed == transposed:
                return builder
        return None

    def absence(self: Any, name: str) -> Optional[Absence]:
        """What is declared of something unsupported, or holds of a layer kind that no method constructs; else None.

        Like the methods below, it depends on declarations only: an adapter's parsed source has it, too.
        """
        constructed = {f"build_{builder.kind.kind}" for builder in self.builders()}
        found: Optional[Absence] = self.absences.get(name, None if name in constructed else UNWRITTEN.get(name))
        return found

    def held(self, layer: Layer, role: Role) -> str:
        """How the framework stores a role of a layer: ``name: pattern``."""
        return self.builder(layer).held(role)

    def own_layout(self, layer: Layer, role: Role) -> Layout:
        """The layout of a role in a layer that shares no parameters."""
        return layout(self.held(layer, role), role.axes, self.data)

    def layout_at(self, network: Network, slot: Slot, data: str = "") -> Layout:
        """How the framework stores the parameter at a slot: its layer's name for it, in the layout of the owner.

        ``data`` is the axis order of flattened data, if that comes from another framework.
        """
        owner = network.owner(slot)
        name, _, _ = self.held(network.layer(slot.layer), network.own_role(slot)).partition(": ")
        _, _, pattern = self.held(network.layer(owner.layer), network.own_role(owner)).partition(": ")
        return layout(f"{name}: {pattern}", network.role(slot).axes, data or self.data)

    def construct(self, layer: Layer, given: Axes, inferred: bool, initializers: Mapping[str, Any]) -> Any:
        """Construct a layer; ``initializers`` are keyed by role family.

        Raises :class:`Unsupported` if the method takes no initializer for a role, with the name of the kind's own
        absence if there is one.
        """
        return self.construct_tied(self.builder(layer), layer, given, inferred, initializers, {})

    def construct_tied(
        self,
        builder: Builder,
        layer: Layer,
        given: Axes,
        inferred: bool,
        initializers: Mapping[str, Any],
        shared: Mapping[str, Any],
    ) -> Any:
        """Construct a layer with parameters of another; ``shared`` are the builder's arguments about these."""
        if not builder.takes(initializers):
            own = f"{layer.kind}_initializers"
            raise Unsupported(own if own in self.absences else "initializers_at_construction")
        return getattr(self, builder.method)(**builder.keywords(layer, given, inferred, initializers, **shared))

    # Randomness and initializers: each returns the framework's own initializer.

    @abc.abstractmethod
    def seed(self, seed: int) -> None:
        """Seed every generator that initialization draws from."""

    @abc.abstractmethod
    def default(self) -> Any:
        """What to pass as an initializer if none is chosen: None if the framework's default then applies."""

    @abc.abstractmethod
    def normal(self, mean: float, std: float) -> Any: ...

    @abc.abstractmethod
    def truncated_normal(self, mean: float, std: float, low: Optional[float], high: Optional[float]) -> Any:
        """Truncated to the range from ``low`` to ``high``; None leaves a bound to the framework."""

    @abc.abstractmethod
    def seeded_normal(self, mean: float, std: float, seed: int) -> Any:
        """Draws from the initializer's own generator."""

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
    def variance_scaling(self, scale: float, mode: str, distribution: str) -> Any: ...

    @abc.abstractmethod
    def kaiming(self, nonlinearity: str, slope: Optional[float], mode: str) -> Any:
        """He normal initialization for the nonlinearity after the layer; None leaves the slope to the framework."""

    @abc.abstractmethod
    def bare(self, name: str) -> Any:
        """The framework's initializer by name (:data:`specs.initializers.BARE`), without arguments."""

    @abc.abstractmethod
    def orthogonal(self, gain: float) -> Any: ...

    @abc.abstractmethod
    def identity(self, gain: float) -> Any:
        """The identity of a matrix."""

    @abc.abstractmethod
    def dirac(self, groups: int) -> Any:
        """A convolution kernel that preserves its input."""

    @abc.abstractmethod
    def bilinear(self) -> Any:
        """Weights of a transposed convolution that interpolates bilinearly."""

    @abc.abstractmethod
    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        """Wrap ``function(shape, dtype)`` in the framework's own custom-initializer form."""

    # Building: layers by methods decorated with :func:`builds`, then containers.

    @abc.abstractmethod
    def tie(self, layer: Any, role: str, source: Any, shared: str, order: Tuple[int, ...]) -> None:
        """Make the role ``role`` of a layer under construction the parameter ``shared`` of the layer ``source``.

        ``order`` permutes the parameter's axes into the layer's order; it is empty if the layer packs them differently.
        """

    @abc.abstractmethod
    def block(self, layers: List[Any]) -> Any:
        """A container that applies ``layers`` in order, for use among other layers."""

    @abc.abstractmethod
    def plain_list(self, layers: List[Any]) -> Any:
        """A module that keeps ``layers`` in a plain Python list, as an attribute, and applies them in order."""

    @abc.abstractmethod
    def residual(self, layers: List[Any]) -> Any:
        """A module that applies ``layers`` in order and adds its input to the result."""

    @abc.abstractmethod
    def network(self, layers: List[Any], shape: Optional[Tuple[int, ...]]) -> Any:
        """A network that applies ``layers`` in order. The same layer object may occur more than once.

        ``shape`` is the shape of one input row, None if it is to be inferred.
        """

    @abc.abstractmethod
    def child(self, net: Any, position: int) -> Any:
        """The child at a position of a network or block."""

    # Access.

    @abc.abstractmethod
    def by_attribute(self, layer: Any, role: str) -> Any:
        """The parameter as an attribute of its layer; None if the layer has no such parameter."""

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
    def tensor(self, handle: Any) -> Any:
        """The value as the framework's own array type."""

    @abc.abstractmethod
    def as_numpy(self, tensor: Any) -> np.ndarray: ...

    @abc.abstractmethod
    def shape(self, handle: Any) -> Optional[Tuple[Optional[int], ...]]:
        """Native shape; None for each dimension that is not known yet, or for the whole shape."""

    @abc.abstractmethod
    def dtype(self, handle: Any) -> str: ...

    @abc.abstractmethod
    def is_trainable(self, handle: Any) -> bool: ...

    # Initialization after building. ``again`` says that the parameters have been initialized before.

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

    def write_part(self, handle: Any, start: Tuple[int, ...], array: np.ndarray) -> None:
        """Write part of a parameter that packs several roles. ``start`` is the index at which the part begins."""
        raise NotImplementedError

    def add_part(self, handle: Any, start: Tuple[int, ...], extents: Tuple[int, ...], amount: float) -> None:
        """Add a number to every element of such a part."""
        raise NotImplementedError

    @abc.abstractmethod
    def add(self, handle: Any, amount: float) -> None: ...

    @abc.abstractmethod
    def write_element(self, handle: Any, index: Tuple[int, ...], value: float) -> None: ...

    @abc.abstractmethod
    def copy(self, handle: Any, source: Any) -> None:
        """Copy the value of ``source`` into ``handle``."""

    # Training. The result of ``forward`` is passed to ``output`` and ``backward``; the result of ``backward`` (None if
    # parameters keep their own gradients) is passed to ``gradient`` and ``step``.

    @abc.abstractmethod
    def forward(self, net: Any, batch: np.ndarray) -> Any:
        """A forward pass in training mode, recorded for differentiation."""

    @abc.abstractmethod
    def infer(self, net: Any, batch: np.ndarray) -> Any:
        """A forward pass in inference mode."""

    @abc.abstractmethod
    def output(self, passed: Any) -> np.ndarray: ...

    @abc.abstractmethod
    def backward(self, net: Any, passed: Any, cotangent: np.ndarray) -> Any: ...

    @abc.abstractmethod
    def gradient(self, handle: Any, gradients: Any) -> Optional[np.ndarray]:
        """The gradient of a parameter, or None if it has none."""

    @abc.abstractmethod
    def step(self, net: Any, gradients: Any, learning_rate: float) -> None:
        """One step of plain SGD with the gradients of the last backward pass."""

    @abc.abstractmethod
    def sgd(self, net: Any, learning_rate: float, momentum: float) -> Any:
        """An SGD optimizer over a network's parameters that keeps its state between steps."""

    @abc.abstractmethod
    def adam(self, net: Any, learning_rate: float, beta1: float, beta2: float, epsilon: Optional[float]) -> Any:
        """An Adam optimizer that keeps its state between steps; None leaves epsilon to the framework."""

    @abc.abstractmethod
    def step_optimizer(self, optimizer: Any, gradients: Any) -> None:
        """One step of an optimizer with the gradients of the last backward pass."""

    @abc.abstractmethod
    def set_learning_rate(self, optimizer: Any, learning_rate: float) -> None:
        """Change an optimizer's learning rate from its next step on."""

    @abc.abstractmethod
    def save_optimizer(self, optimizer: Any, file: str) -> None:
        """Save an optimizer's state."""

    @abc.abstractmethod
    def load_optimizer(self, net: Any, optimizer: Any, file: str) -> None:
        """Restore saved state into an optimizer over a network's parameters."""

    @abc.abstractmethod
    def reset_gradients(self, net: Any) -> None:
        """Reset gradients before the next backward pass; does nothing if a network keeps no gradients."""

    @abc.abstractmethod
    def freeze(self, handle: Any) -> None: ...

    @abc.abstractmethod
    def unfreeze(self, handle: Any) -> None: ...

    @abc.abstractmethod
    def freeze_layer(self, layer: Any) -> None:
        """Exclude a layer from training, in the way the framework documents for layers."""

    # Sharing after building, files, clones.

    @abc.abstractmethod
    def share(self, layer: Any, role: str, handle: Any) -> None:
        """Make ``handle`` the layer's parameter for a role."""

    @abc.abstractmethod
    def save(self, net: Any, file: str) -> None: ...

    @abc.abstractmethod
    def load(self, net: Any, file: str) -> None: ...

    @abc.abstractmethod
    def load_despite(self, net: Any, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        """Load what fits from a file, which may, as allowed, miss parameters, have extra ones, or differ in shapes."""

    @abc.abstractmethod
    def copy_values(self, net: Any, source: Any) -> None:
        """Copy the values of another network, including buffers, in memory."""

    def cast(self, net: Any, dtype: str) -> None:
        """Convert everything that the network holds to a floating-point type, such as ``float16``."""
        raise Unsupported("cast")

    @abc.abstractmethod
    def clone(self, net: Any) -> Any:
        """A second network of the same architecture, made in the way the framework documents."""

    @abc.abstractmethod
    def deepcopy(self, net: Any) -> Any:
        """A copy of the network by Python's ``copy.deepcopy``."""

    def release(self) -> None:
        """Release what the framework keeps between programs. Called once after each program."""
