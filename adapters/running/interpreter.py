"""Interprets a program: calls the adapter's methods for each operation.

This is the only place that maps operations to an adapter's methods. Derived classes decide what to do with the results:
:mod:`adapters.running.engine` records them, :mod:`adapters.scripts` writes code.
"""

from __future__ import annotations

import abc
import functools
import re
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from adapters.interface import Adapter, Unsupported
from specs import initializers
from specs.arrays import ArrayRecipe, Shape
from specs.layers import EXAMPLES
from specs.layers.layer import shape_of
from specs.layers.layout import Layout, batches, layout
from specs.programs import operations, optimizers
from specs.programs.networks import Block, Element, Given, Network, PlainList, Residual, Reuse, Slot, Use
from specs.programs.program import Program


class NoSuchParameter(LookupError):
    """The layer has None instead of the parameter, or the parameter does not exist."""


class NoNetwork(RuntimeError):
    """An operation needs a network, or an output, that was never made."""


@dataclass
class Model:
    """A network of the program, as built by the framework, with the state left by its last passes."""

    network: Network
    net: Any
    passed: Any = None
    gradients: Any = None
    optimizer: Any = None
    #: Of the slots that were asked for.
    layouts: Dict[Slot, Layout] = field(default_factory=dict)


class Interpreter(abc.ABC):
    """One interpretation of one program. Methods are named after the operations they execute."""

    def __init__(self, adapter: Adapter, program: Program):
        self.adapter = adapter
        self.program = program
        self.models: Dict[str, Model] = {}
        self.current: Optional[Model] = None
        self.kept_value: Tuple[Any, Any, str] = (None, None, "")

    def execute(self, operation: Any) -> Any:
        """Execute an operation with the method named after it."""
        kind: Any = type(operation)
        return getattr(self, _method_of(kind))(operation)

    # Arguments for the adapter.

    @abc.abstractmethod
    def batch(self, recipe: ArrayRecipe, shape: Shape, network: Network) -> Any:
        """An input batch for a network."""

    @abc.abstractmethod
    def cotangent(self, recipe: ArrayRecipe, shape: Shape, network: Network) -> Any:
        """An array with the shape of a network's output."""

    @abc.abstractmethod
    def native_array(self, layout: Layout, recipe: ArrayRecipe, shape: Shape) -> Any:
        """An array for a parameter, given in canonical shape and converted to the framework's layout."""

    @abc.abstractmethod
    def function(self, spec: initializers.Custom) -> Any:
        """An initializer function of shape and dtype."""

    @abc.abstractmethod
    def output_shape(self, model: Model) -> Shape:
        """The canonical shape of the last output."""

    @abc.abstractmethod
    def full_name(self, slot: Slot) -> Any:
        """The name of a slot's parameter in the network's list."""

    @abc.abstractmethod
    def position(self, slot: Slot) -> Any:
        """The position of a slot's parameter in the network's list."""

    @abc.abstractmethod
    def file(self, name: str) -> Any:
        """The path of a file of this run."""

    @abc.abstractmethod
    def part(self, layer: Any, path: str) -> Any:
        """The object that an expression on a layer refers to: ``.forward_layer.cell``, ``[1]``."""

    # Results from the adapter.

    @abc.abstractmethod
    def see_value(self, layout: Layout, handle: Any, value: Any) -> Any: ...

    @abc.abstractmethod
    def see_array(self, layout: Layout, array: Any) -> Any:
        """A parameter's value or gradient as an array, possibly None."""

    @abc.abstractmethod
    def see_output(self, network: Network, output: Any) -> Any: ...

    @abc.abstractmethod
    def see_parameters(self, pairs: Any) -> Any: ...

    @abc.abstractmethod
    def see_count(self, count: Any) -> Any: ...

    @abc.abstractmethod
    def see_identities(self, handles: Dict[Slot, Any]) -> Any: ...

    # Objects that operations refer to.

    @property
    def model(self) -> Model:
        if self.current is None:
            raise NoNetwork("no network was built")
        return self.current

    def layer(self, position: int) -> Any:
        """The layer object at a position, found through blocks; past the last one, whatever the network returns."""
        model = self.model
        uses = model.network.uses
        if position >= len(uses):
            path: Tuple[int, ...] = (position - len(uses) + len(model.network.layers),)
        elif self.adapter.keeps_repeated:
            path = uses[position].path
        else:
            path = model.network.path_without_repeats(position)
        found = model.net
        for at in path:
            found = self.adapter.child(found, at)
        return found

    def layout(self, slot: Slot) -> Layout:
        """How the framework stores the parameter at a slot. A missing parameter has no axes."""
        network = self.model.network
        if not network.has(slot):
            return layout("nothing: 1", (), "*data")
        layouts = self.model.layouts
        if slot not in layouts:
            layouts[slot] = self.adapter.layout_at(network, slot)
        return layouts[slot]

    def _reached(self, slot: Slot) -> Tuple[Any, str]:
        """The object that holds a slot's parameter, and its name there: for a missing role, that of a dense layer."""
        network = self.model.network
        name = self.layout(slot).held.name if network.has(slot) else self._word(slot.role)
        return self.within(self.layer(slot.layer), name)

    def within(self, layer: Any, name: str) -> Tuple[Any, str]:
        """The part of a layer that holds the parameter a layout names, and the parameter's name there."""
        path, _, last = name.rpartition(".")
        return (self.part(layer, path) if path else layer), last

    def handle(self, slot: Slot) -> Any:
        owner, name = self._reached(slot)
        return _found(self.adapter.by_attribute(owner, name), name)

    def whole(self, slot: Slot) -> Any:
        """The parameter of a slot. Raises :class:`Unsupported` if the framework packs other roles into it."""
        if not self.layout(slot).is_whole:
            raise Unsupported("part_alone")
        return self.handle(slot)

    def handles(self) -> Dict[Slot, Any]:
        return {slot: self.handle(slot) for slot in self.model.network.held}

    def _word(self, role: str) -> str:
        """The native name of a role that no layer of this network has."""
        for layer, given in EXAMPLES.values():
            for known in layer.roles(given):
                if known.name == role:
                    return self.adapter.own_layout(layer, known).held.name
        raise NoSuchParameter(f"no layer has a {role}")

    def _pattern(self, role: str) -> str:
        """A regular expression for the names of all parameters with this role in the current network."""
        network = self.model.network
        words = dict.fromkeys(
            self.layout(slot).held.name.rpartition(".")[2] for slot in network.held if slot.role == role
        )
        return f".*{'|'.join(words) or self._word(role)}" if len(words) < 2 else f".*({'|'.join(words)})"

    # Initializers.

    def initializer(self, spec: Any, layout: Optional[Layout]) -> Any:
        """The framework's own initializer; the layout applies to a given array."""
        if isinstance(spec, initializers.ConstantArray):
            assert layout is not None, "an array initializes a single parameter"
            return self.adapter.constant_array(self.native_array(layout, spec.values, shape_of(layout.axes)))
        if isinstance(spec, initializers.Custom):
            return self.adapter.custom(self.function(spec))
        return _INITIALIZERS[type(spec)](self.adapter, spec)

    def initialize(self, operation: operations.Initialize) -> None:
        self._initialize(operation.initializer, operation.target, again=False)

    def reinitialize(self, operation: operations.Reinitialize) -> None:
        self._initialize(operation.initializer, operation.target, again=True)

    def _initialize(self, spec: Any, target: Any, again: bool) -> None:
        adapter, model = self.adapter, self.model
        if isinstance(target, operations.OneParameter):
            if not self.layout(target.slot).is_whole:
                raise Unsupported("part_alone")
            owner, name = self._reached(target.slot)
            initializer = self.initializer(spec, self.layout(target.slot))
            adapter.initialize_parameter(owner, name, initializer, again)
            return
        # An array for all of them has the axes of the first.
        slots = [slot for slot in model.network.held if target.aims_at(slot)]
        initializer = self.initializer(spec, self.layout(slots[0]) if slots else None)
        if isinstance(target, operations.OneLayer):
            adapter.initialize_layer(self.layer(target.layer), initializer, again)
        elif isinstance(target, operations.Matching):
            adapter.initialize_matching(model.net, self._pattern(target.role), initializer, again)
        else:
            adapter.initialize_network(model.net, initializer, again)

    # Building.

    def build(self, operation: operations.Build) -> None:
        self.current = None
        network = self.program.networks[operation.network]
        builder = _Building(self, network)
        first = network.use(0)
        layers = builder.children(network.layers, declared=not first.inferred)
        shape = None if first.inferred else self.adapter_shape(network)
        self.current = self.models[operation.network] = Model(network, self.adapter.network(layers, shape))

    def adapter_shape(self, network: Network) -> Shape:
        """The shape of one input row, in the framework's axis order."""
        return batches(network.given, self.adapter.data, 1).shape[1:]

    def select(self, operation: operations.Select) -> None:
        self.current = self.models.get(operation.network)
        assert self.model, "a selection needs a network"

    def clone(self, operation: operations.Clone) -> None:
        self._copied(operation.name, self.adapter.clone)

    def deep_copy(self, operation: operations.DeepCopy) -> None:
        self._copied(operation.name, self.adapter.deepcopy)

    def _copied(self, name: str, copy: Callable[[Any], Any]) -> None:
        model = self.model
        self.current = None
        self.current = self.models[name] = Model(model.network, copy(model.net))

    def seed(self, operation: operations.Seed) -> None:
        self.adapter.seed(operation.seed)

    # Access.

    def list_parameters(self, operation: operations.ListParameters) -> Any:
        return self.see_parameters(self.adapter.parameters(self.model.net))

    def list_trainable(self, operation: operations.ListTrainable) -> Any:
        return self.see_parameters(self.adapter.trainable(self.model.net))

    def list_matching(self, operation: operations.ListMatching) -> Any:
        return self.see_parameters(self.adapter.matching(self.model.net, self._pattern(operation.role)))

    def count_parameters(self, operation: operations.CountParameters) -> Any:
        return self.see_count(self.adapter.count(self.model.net))

    def identify(self, operation: operations.Identify) -> Any:
        return self.see_identities(self.handles())

    def read(self, operation: operations.Read) -> Any:
        handle = _ROUTES[operation.route](self, operation.slot)
        return self.see_value(self.layout(operation.slot), handle, self.adapter.value(handle))

    def _by_layer(self, slot: Slot) -> Any:
        owner, name = self._reached(slot)
        return _found(self.adapter.by_layer(owner, name), name)

    def _by_name(self, slot: Slot) -> Any:
        return self.adapter.by_name(self.model.net, self.full_name(slot))

    def _by_order(self, slot: Slot) -> Any:
        return self.adapter.by_order(self.model.net, self.position(slot))

    def keep_value(self, operation: operations.KeepValue) -> None:
        handle = self.handle(operation.slot)
        kept = self.adapter.tensor(handle) if operation.form == "own" else self.adapter.value(handle)
        self.kept_value = self.layout(operation.slot), kept, operation.form

    def read_kept(self, operation: operations.ReadKept) -> Any:
        assert self.model, "only values of a network are kept"
        layout, kept, form = self.kept_value
        return self.see_array(layout, self.adapter.as_numpy(kept) if form == "own" else kept)

    # Writing.

    def write(self, operation: operations.Write) -> None:
        shape = operation.array_shape(self.model.network)
        layout = self.layout(operation.slot)
        array = self.native_array(layout, operation.values, shape)
        if layout.is_whole:
            self.adapter.write(self.handle(operation.slot), array)
        else:
            self.adapter.write_part(self.handle(operation.slot), layout.start, array)

    def add(self, operation: operations.Add) -> None:
        layout, handle = self.layout(operation.slot), self.handle(operation.slot)
        if layout.is_whole:
            self.adapter.add(handle, operation.amount)
        else:
            self.adapter.add_part(handle, layout.start, layout.block, operation.amount)

    def write_element(self, operation: operations.WriteElement) -> None:
        index = self.layout(operation.slot).index(operation.index)
        self.adapter.write_element(self.handle(operation.slot), index, operation.value)

    def copy(self, operation: operations.Copy) -> None:
        self.adapter.copy(self.whole(operation.slot), self.whole(operation.source))

    # Training.

    def forward(self, operation: operations.Forward) -> Any:
        model = self.model
        batch = self.batch(operation.batch, operation.batch_shape(model.network), model.network)
        feed = self.adapter.forward if operation.training else self.adapter.infer
        model.passed = feed(model.net, batch)
        return self.see_output(model.network, self.adapter.output(model.passed))

    def backward(self, operation: operations.Backward) -> None:
        model = self.model
        if model.passed is None:
            raise NoNetwork("no forward pass gave an output")
        cotangent = self.cotangent(operation.cotangent, operation.shape or self.output_shape(model), model.network)
        model.gradients = self.adapter.backward(model.net, model.passed, cotangent)

    def read_gradient(self, operation: operations.ReadGradient) -> Any:
        gradient = self.adapter.gradient(self.handle(operation.slot), self.model.gradients)
        return self.see_array(self.layout(operation.slot), gradient)

    def step(self, operation: operations.Step) -> None:
        self.adapter.step(self.model.net, self.model.gradients, operation.learning_rate)

    def make_optimizer(self, operation: operations.MakeOptimizer) -> None:
        model, given = self.model, operation.optimizer
        if isinstance(given, optimizers.SGD):
            model.optimizer = self.adapter.sgd(model.net, given.learning_rate, given.momentum)
        else:
            rates = given.learning_rate, given.beta1, given.beta2
            model.optimizer = self.adapter.adam(model.net, *rates, given.epsilon)

    def step_optimizer(self, operation: operations.StepOptimizer) -> None:
        self.adapter.step_optimizer(self.model.optimizer, self.model.gradients)

    def set_learning_rate(self, operation: operations.SetLearningRate) -> None:
        self.adapter.set_learning_rate(self.model.optimizer, operation.learning_rate)

    def save_optimizer(self, operation: operations.SaveOptimizer) -> None:
        self.adapter.save_optimizer(self.model.optimizer, self.file(operation.file))

    def load_optimizer(self, operation: operations.LoadOptimizer) -> None:
        self.adapter.load_optimizer(self.model.net, self.model.optimizer, self.file(operation.file))

    def reset_gradients(self, operation: operations.ResetGradients) -> None:
        self.adapter.reset_gradients(self.model.net)

    def freeze(self, operation: operations.Freeze) -> None:
        self.adapter.freeze(self.whole(operation.slot))

    def unfreeze(self, operation: operations.Unfreeze) -> None:
        self.adapter.unfreeze(self.whole(operation.slot))

    def freeze_layer(self, operation: operations.FreezeLayer) -> None:
        self.adapter.freeze_layer(self.layer(operation.layer))

    # Sharing, files and copies.

    def copy_values(self, operation: operations.CopyValues) -> None:
        net = self.model.net
        if operation.network not in self.models:
            raise NoNetwork("there is no network to copy values from")
        self.adapter.copy_values(net, self.models[operation.network].net)

    def cast_and_back(self, operation: operations.CastAndBack) -> None:
        self.adapter.cast(self.model.net, operation.dtype)
        self.adapter.cast(self.model.net, "float32")

    def tie_after_build(self, operation: operations.TieAfterBuild) -> None:
        owner, name = self._reached(operation.slot)
        self.adapter.share(owner, name, self.handle(operation.source))

    def save(self, operation: operations.Save) -> None:
        self.adapter.save(self.model.net, self.file(operation.file))

    def load(self, operation: operations.Load) -> None:
        net, file = self.model.net, self.file(operation.file)
        if operation.despite:
            self.adapter.load_despite(net, file, *(misfit in operation.despite for misfit in operations.MISFITS))
        else:
            self.adapter.load(net, file)


class _Building:
    """The layers of a network under construction."""

    def __init__(self, interpreter: Interpreter, network: Network):
        self.interpreter = interpreter
        self.adapter = interpreter.adapter
        self.network = network
        self.made: List[Any] = []
        self.named: Dict[str, Any] = {}

    def children(self, elements: Sequence[Element], declared: bool = False) -> List[Any]:
        """The objects for the elements of a container, which may be declared with its input shape.

        Raises :class:`Unsupported` if the container would apply a repeated element only once.
        """
        made = [self._child(element) for element in elements]
        if not (declared or self.adapter.keeps_repeated) and len({*map(id, made)}) < len(made):
            raise Unsupported("repeated_inferred")
        return made

    def _child(self, element: Element) -> Any:
        if isinstance(element, PlainList):
            return self.adapter.plain_list(self.children(element.layers))
        if isinstance(element, Block):
            return self.adapter.block(self.children(element.layers))
        if isinstance(element, Residual):
            return self.adapter.residual(self.children(element.layers))
        position = len(self.made)
        self.made.append(self.made[element.of] if isinstance(element, Reuse) else self._use(element, position))
        return self.made[position]

    def _use(self, use: Use, position: int) -> Any:
        given = self.network.uses[position].given
        families = {role.name: role.family for role in self.network.roles(position)}
        initializers = {families[one.role]: self._initializer(one, position) for one in use.initializers}
        sources = {tie.to.layer for tie in use.ties}
        orders = [self._order(Slot(position, tie.role), tie.to) for tie in use.ties]
        if len(sources) == 1:
            (source,) = sources
            transposed = any(list(order) != sorted(order) for order in orders)
            builder = self.adapter.tied_builder(use.layer, self.network.layer(source), transposed)
            if builder is not None:
                shared = {"source": self.made[source], "roles": tuple(self._native_name(tie.to) for tie in use.ties)}
                return self.adapter.construct_tied(builder, use.layer, given, use.inferred, initializers, shared)
        layer = self.adapter.construct(use.layer, given, use.inferred, initializers)
        for tie, order in zip(use.ties, orders):
            ours = self.interpreter.within(layer, self._native_name(Slot(position, tie.role)))
            theirs = self.interpreter.within(self.made[tie.to.layer], self._native_name(tie.to))
            self.adapter.tie(*ours, *theirs, order)
        return layer

    def _order(self, slot: Slot, source: Slot) -> Tuple[int, ...]:
        """The permutation of the source parameter's axes into the order of the layer at a slot."""
        theirs = self._layout(source)
        places = zip(self.network.own_role(slot).axes, self.network.order(slot))
        names = {axis.name: theirs.axes[at].name for axis, at in places}
        own = self.adapter.own_layout(self.network.layer(slot.layer), self.network.own_role(slot))
        return own.order(theirs, names)

    def _native_name(self, slot: Slot) -> str:
        return self._layout(slot).held.name

    def _layout(self, slot: Slot) -> Layout:
        return self.adapter.layout_at(self.network, slot)

    def _initializer(self, given: Given, position: int) -> Any:
        """An initializer passed at construction. Those with the same name are one object, like a user's variable."""
        if given.name and given.name in self.named:
            return self.named[given.name]
        made = self.interpreter.initializer(given.initializer, self._layout(Slot(position, given.role)))
        self.named[given.name] = made
        return made


@functools.lru_cache(maxsize=None)
def _method_of(kind: Any) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def _found(handle: Any, name: str) -> Any:
    if handle is None:
        raise NoSuchParameter(f"the layer's {name} is None")
    return handle


_INITIALIZERS: Dict[type, Callable[[Adapter, Any], Any]] = {
    initializers.Default: lambda adapter, spec: adapter.default(),
    initializers.Normal: lambda adapter, spec: adapter.normal(spec.mean, spec.std),
    initializers.TruncatedNormal: lambda adapter, spec: adapter.truncated_normal(
        spec.mean, spec.std, spec.low, spec.high
    ),
    initializers.SeededNormal: lambda adapter, spec: adapter.seeded_normal(spec.mean, spec.std, spec.seed),
    initializers.Uniform: lambda adapter, spec: adapter.uniform(spec.low, spec.high),
    initializers.Constant: lambda adapter, spec: adapter.constant(spec.value),
    initializers.Zeros: lambda adapter, spec: adapter.zeros(),
    initializers.Ones: lambda adapter, spec: adapter.ones(),
    initializers.XavierUniform: lambda adapter, spec: adapter.xavier_uniform(spec.gain),
    initializers.XavierNormal: lambda adapter, spec: adapter.xavier_normal(spec.gain),
    initializers.VarianceScaling: lambda adapter, spec: adapter.variance_scaling(
        spec.scale, spec.mode, spec.distribution
    ),
    initializers.Kaiming: lambda adapter, spec: adapter.kaiming(spec.nonlinearity, spec.slope, spec.mode),
    initializers.Bare: lambda adapter, spec: adapter.bare(spec.name),
    initializers.Orthogonal: lambda adapter, spec: adapter.orthogonal(spec.gain),
    initializers.Identity: lambda adapter, spec: adapter.identity(spec.gain),
    initializers.Dirac: lambda adapter, spec: adapter.dirac(spec.groups),
    initializers.Bilinear: lambda adapter, spec: adapter.bilinear(),
}

_ROUTES: Dict[str, Callable[[Any, Slot], Any]] = {
    "attribute": lambda interpreter, slot: interpreter.handle(slot),
    "layer": Interpreter._by_layer,
    "name": Interpreter._by_name,
    "order": Interpreter._by_order,
}
