"""What an adapter is: declarations, and one small method for each thing that a program can ask for.

To add a framework, subclass :class:`Adapter`, declare ``name``, ``packages`` and ``failures``, and write the methods in
the framework's own idiom. Arguments and results are native: NumPy arrays come in the framework's axis order, ``handle``
is the framework's own parameter object, ``layer`` its own layer object. A layer kind is a method that constructs it,
under :func:`builds`, which says how the framework holds what the layer has. :mod:`adapters.running.engine` runs
programs with it and moves names and axes between the native and the canonical form.

A method that the framework has no public way for raises :class:`Unsupported` with the name of a declared absence.
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
from specs.layers.layer import Axes, Layer, Role
from specs.layers.layout import Layout, layout
from specs.older import version
from specs.programs.networks import Network, Slot

Pairs = List[Tuple[str, Any]]
Method = TypeVar("Method", bound=Callable[..., Any])


def given(**arguments: Any) -> Dict[str, Any]:
    """Those of the arguments that are not None: a call with ``**given(...)`` leaves all else to the framework.

    So a framework's own default acts, and is what a law measures. Scripts show the arguments that are given.
    """
    return {name: value for name, value in arguments.items() if value is not None}


class Unsupported(Exception):
    """There is no public way to do this. ``name`` is that of one of the adapter's :attr:`~Adapter.absences`."""

    def __init__(self, name: str):
        super().__init__(name)
        self.name = name


#: Who would have to act where something is not supported.
WHO = {
    "upstream": "the framework does not offer it",
    "here": "the adapter does not say it yet",
}


@dataclass(frozen=True)
class Absence:
    """Something that an adapter has no way to do: why, a link or a file that shows it, and who would have to act."""

    reason: str
    source: str
    who: str = "upstream"

    def __post_init__(self) -> None:
        one_of("absence, who", self.who, tuple(WHO))

    def __str__(self) -> str:
        return f"{self.reason} [{self.source}]"


@dataclass(frozen=True)
class Failure:
    """An exception that matches is an outcome of this kind (see :data:`specs.traces.OUTCOMES`).

    Where only a run can tell that there is no way, ``kind`` is ``unsupported``, and ``absence`` the name of the
    adapter's absence that says why.
    """

    exception: Type[BaseException]
    message: str
    kind: str
    absence: str = ""


@dataclass(frozen=True)
class Builder:
    """What :func:`builds` says of a method: for which layers it is, and how the framework holds their roles.

    ``when`` are the values (or sets of them) of fields and properties that it is for; of other fields the method has an
    argument each. ``roles`` are layouts (:mod:`specs.layers.layout`) by family; ``{n}`` is the number of the role.
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
        """How the framework holds a role: ``name: pattern``."""
        return self.roles[role.family].format(n=role.number)

    def told(
        self, layer: Layer, given: Axes, inferred: bool, initializers: Mapping[str, Any], **more: Any
    ) -> Dict[str, Any]:
        """The arguments of the method, by name."""
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
    """Declare that a method constructs layers of a kind, and how the framework holds their roles.

    The method's arguments are named like the kind's fields, like what the kind says of what comes in
    (:meth:`~specs.layers.layer.Layer.incoming`; None where that is to be inferred), ``dimensions`` for the number of
    axes of space, and ``weight_initializer`` for the role ``weight``. Raises :class:`TypeError` where a field is
    neither an argument nor in ``when``.
    """

    def declare(method: Method) -> Method:
        arguments = tuple(inspect.signature(method).parameters)[1:]
        fields = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]
        missing = [name for name in fields if name not in (*arguments, *(when or {}))]
        if missing:
            raise TypeError(f"{method.__name__} is not told the {missing[0]} of a {kind.kind}")
        method.builder = building(method.__name__, arguments, kind, when, **roles)  # type: ignore[attr-defined]
        return method

    return declare


def within(path: str, roles: Mapping[str, str]) -> Dict[str, str]:
    """Layouts of what stands behind a path in a layer."""
    return {role: f"{path}{held}" for role, held in roles.items()}


def both_ways(ahead: Mapping[str, str], reverse: Mapping[str, str]) -> Dict[str, str]:
    """Layouts of a recurrent layer, of which each direction holds the same roles."""
    return {**ahead, **{f"reverse_{role}": held for role, held in reverse.items()}}


@dataclass(frozen=True)
class TiedBuilder(Builder):
    """The same of layers on parameters of another, of one of the kinds ``on``, as they are or ``transposed``."""

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
    """Declare that a method constructs layers of the first kind on parameters of a layer of one of the others.

    Its arguments are those of :func:`builds`, with ``source``, the other layer, and ``roles``, the native names of what
    is shared with it. It takes these in another order of their axes where it is declared to be ``transposed``; ``when``
    is that of :func:`builds`.
    """

    def declare(method: Method) -> Method:
        arguments = tuple(inspect.signature(method).parameters)[1:]
        method.tied_builder = tying(method.__name__, arguments, *kinds, **declared)  # type: ignore[attr-defined]
        return method

    return declare


class Adapter(abc.ABC):
    """One framework. Methods are listed in the order in which a user meets them."""

    name: str
    packages: Tuple[str, ...]
    failures: Sequence[Failure]
    divergences: Tuple[Divergence, ...] = ()
    #: What there is no way to do, by the names under which :class:`Unsupported` is raised.
    absences: Mapping[str, Absence] = {}
    file_suffix: str = ""
    #: The order of the axes of a batch without its rows, as a layout: ``*data`` where it is that of the specification.
    data: str = "*data"
    #: Whether what holds layers lists one as often as it is given. Where it lists it once, it applies it as often only
    #: if it is told the shape of what comes in.
    keeps_repeated: bool = True
    #: By the name of what is called, arguments whose defaults these values are: scripts leave them out.
    implied_arguments: Dict[str, Dict[str, Any]] = {}

    @classmethod
    def versions(cls) -> Dict[str, str]:
        """Versions of the packages that decide what is seen, the interpreter's among them."""
        found = {package: version(package) for package in (*cls.packages, "numpy")}
        return {**found, "python": platform.python_version()}

    @classmethod
    @functools.lru_cache(maxsize=None)
    def builders(cls, mark: str = "builder") -> Tuple[Builder, ...]:
        """What its methods construct (under the mark of :func:`builds`, or of :func:`ties`), derived classes first."""
        found: Dict[str, Builder] = {}
        for owner in cls.__mro__:
            for name, method in vars(owner).items():
                builder = getattr(method, mark, None)
                if isinstance(builder, Builder):
                    found.setdefault(name, builder)
        return tuple(found.values())

    def builder(self, layer: Layer) -> Builder:
        """The method that constructs a layer. Raises :class:`Unsupported` where there is none."""
        found = next((builder for builder in self.builders() if builder.builds(layer)), None)
        if found is None:
            raise Unsupported(f"build_{layer.kind}")
        return found

    def tied_builder(self, layer: Layer, source: Layer, transposed: bool) -> Optional[Builder]:
        """The method that constructs a layer on another's parameters, where there is one."""
        for builder in self.builders("tied_builder"):
            assert isinstance(builder, TiedBuilder)
            if builder.builds(layer) and type(source) in builder.on and builder.transposed == transposed:
                return builder
        return None

    def held(self, layer: Layer, role: Role) -> str:
        """How the framework holds a role of a layer: ``name: pattern``."""
        return self.builder(layer).held(role)

    def own_layout(self, layer: Layer, role: Role) -> Layout:
        """The same of one that is built on no other's."""
        return layout(self.held(layer, role), role.axes, self.data)

    def layout_at(self, network: Network, slot: Slot, data: str = "") -> Layout:
        """How the framework holds what is at a slot: under its layer's own name, and as that which it is built on.

        ``data`` is the order of what is flattened, where it is another framework's.
        """
        owner = network.owner(slot)
        name, _, _ = self.held(network.layer(slot.layer), network.own_role(slot)).partition(": ")
        _, _, pattern = self.held(network.layer(owner.layer), network.own_role(owner)).partition(": ")
        return layout(f"{name}: {pattern}", network.role(slot).axes, data or self.data)

    def construct(self, layer: Layer, given: Axes, inferred: bool, initializers: Mapping[str, Any]) -> Any:
        """A layer, of which each initializer is by the family of its role.

        Raises :class:`Unsupported` where the method takes none for a role: with the name of the kind's own absence, if
        there is one.
        """
        builder = self.builder(layer)
        if not builder.takes(initializers):
            own = f"{layer.kind}_initializers"
            raise Unsupported(own if own in self.absences else "initializers_at_construction")
        return getattr(self, builder.method)(**builder.told(layer, given, inferred, initializers))

    def construct_tied(
        self, builder: Builder, layer: Layer, given: Axes, inferred: bool, source: Any, roles: Tuple[str, ...]
    ) -> Any:
        """A layer on parameters of another."""
        told = builder.told(layer, given, inferred, {}, source=source, roles=roles)
        return getattr(self, builder.method)(**told)

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
    def truncated_normal(self, mean: float, std: float, low: Optional[float], high: Optional[float]) -> Any:
        """Cut at two ends; None leaves them to the framework."""

    @abc.abstractmethod
    def seeded_normal(self, mean: float, std: float, seed: int) -> Any:
        """Draws of a generator that is the initializer's own."""

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
        """He's normal initializer, told what comes behind the layer; None leaves the slope to the framework."""

    @abc.abstractmethod
    def bare(self, name: str) -> Any:
        """The framework's initializer of a name (:data:`specs.initializers.BARE`), without arguments."""

    @abc.abstractmethod
    def orthogonal(self, gain: float) -> Any: ...

    @abc.abstractmethod
    def identity(self, gain: float) -> Any:
        """The identity of a matrix."""

    @abc.abstractmethod
    def dirac(self, groups: int) -> Any:
        """The identity of a convolution."""

    @abc.abstractmethod
    def bilinear(self) -> Any:
        """Of a transposed convolution that interpolates."""

    @abc.abstractmethod
    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        """Wrap ``function(shape, dtype)`` in the framework's own custom-initializer form."""

    # Building: layers by methods under :func:`builds`, then what holds them.

    @abc.abstractmethod
    def tie(self, layer: Any, role: str, source: Any, shared: str, order: Tuple[int, ...]) -> None:
        """Make the parameter ``shared`` of a layer that of another one, which is under construction.

        ``order`` is that of its axes as the layer takes them; nothing where that packs them otherwise.
        """

    @abc.abstractmethod
    def block(self, layers: List[Any]) -> Any:
        """What applies ``layers`` in turn, to stand among other layers."""

    @abc.abstractmethod
    def plain_list(self, layers: List[Any]) -> Any:
        """What keeps ``layers`` in a plain list, as an attribute of its own, and applies them in turn."""

    @abc.abstractmethod
    def residual(self, layers: List[Any]) -> Any:
        """What applies ``layers`` in turn and adds what came in."""

    @abc.abstractmethod
    def network(self, layers: List[Any], shape: Optional[Tuple[int, ...]]) -> Any:
        """A network that applies ``layers`` in turn. The same layer object may come more than once.

        ``shape`` is that of one row that comes in, None where it is to be inferred.
        """

    @abc.abstractmethod
    def child(self, net: Any, position: int) -> Any:
        """What stands at a position in a network or a block."""

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
    def tensor(self, handle: Any) -> Any:
        """The value as an array of the framework's own."""

    @abc.abstractmethod
    def as_numpy(self, tensor: Any) -> np.ndarray: ...

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

    def write_part(self, handle: Any, start: Tuple[int, ...], array: np.ndarray) -> None:
        """Write a part of a parameter, in which the framework holds several roles. ``start`` is where it begins."""
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

    # Training. What ``forward`` returns goes to ``output`` and ``backward``; what ``backward`` returns (None where
    # parameters keep their own gradients) goes to ``gradient`` and ``step``.

    @abc.abstractmethod
    def forward(self, net: Any, batch: np.ndarray) -> Any:
        """A forward pass for training, that can be differentiated."""

    @abc.abstractmethod
    def infer(self, net: Any, batch: np.ndarray) -> Any:
        """A forward pass for inference."""

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
    def sgd(self, net: Any, learning_rate: float, momentum: float) -> Any:
        """An optimizer over a network's parameters that lives over steps."""

    @abc.abstractmethod
    def adam(self, net: Any, learning_rate: float, beta1: float, beta2: float, epsilon: Optional[float]) -> Any:
        """The same with Adam's rule; None leaves epsilon to the framework."""

    @abc.abstractmethod
    def step_optimizer(self, optimizer: Any, gradients: Any) -> None:
        """One step of an optimizer with the gradients of the last backward pass."""

    @abc.abstractmethod
    def set_learning_rate(self, optimizer: Any, learning_rate: float) -> None:
        """Give an optimizer another learning rate, from its next step on."""

    @abc.abstractmethod
    def save_optimizer(self, optimizer: Any, file: str) -> None:
        """Save what an optimizer keeps."""

    @abc.abstractmethod
    def load_optimizer(self, net: Any, optimizer: Any, file: str) -> None:
        """Have an optimizer over a network's parameters go on from what another one kept."""

    @abc.abstractmethod
    def reset_gradients(self, net: Any) -> None:
        """What one does before the next backward pass; nothing where a network keeps no gradients."""

    @abc.abstractmethod
    def freeze(self, handle: Any) -> None: ...

    @abc.abstractmethod
    def unfreeze(self, handle: Any) -> None: ...

    @abc.abstractmethod
    def freeze_layer(self, layer: Any) -> None:
        """Exclude a layer from training, in the way that the framework documents for layers."""

    # Sharing after building, files, clones.

    @abc.abstractmethod
    def share(self, layer: Any, role: str, handle: Any) -> None:
        """Make ``handle`` the layer's parameter of that role."""

    @abc.abstractmethod
    def save(self, net: Any, file: str) -> None: ...

    @abc.abstractmethod
    def load(self, net: Any, file: str) -> None: ...

    @abc.abstractmethod
    def load_despite(self, net: Any, file: str, missing: bool, extra: bool, shapes: bool) -> None:
        """Load what fits of a file, which may lack parameters, hold others besides, or hold them in other shapes."""

    @abc.abstractmethod
    def copy_values(self, net: Any, source: Any) -> None:
        """Give a network the values of another one in memory, buffers included."""

    @abc.abstractmethod
    def clone(self, net: Any) -> Any:
        """A second network of the same design, in the way that the framework documents."""

    @abc.abstractmethod
    def deepcopy(self, net: Any) -> Any:
        """What Python's ``copy.deepcopy`` makes of the network."""

    def release(self) -> None:
        """Let go of what the framework keeps between programs. Called once after each program."""
