"""Walks through a program, and asks an adapter for what each operation means.

This is the one place that says which of an adapter's methods carry out an operation. What becomes of the answers is
for whoever walks to say: :mod:`adapters.running.engine` records them, :mod:`adapters.scripts` writes them down.
"""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Tuple

from adapters.interface import Adapter
from specs import initializers
from specs.arrays import ArrayRecipe, Shape
from specs.programs import operations
from specs.programs.networks import ROLES, Network, Reuse, Slot
from specs.programs.program import Program


class NoSuchParameter(LookupError):
    """The layer holds None in the place of the parameter."""


class NoNetwork(RuntimeError):
    """The network that an operation acts on was never made."""


@dataclass
class Model:
    """A network of the program, as built by the framework, and what its last passes left."""

    network: Network
    net: Any
    passed: Any = None
    gradients: Any = None


class Interpreter(abc.ABC):
    """One way through one program. Methods are named after the operations they carry out."""

    def __init__(self, adapter: Adapter, program: Program):
        self.adapter = adapter
        self.program = program
        self.models: Dict[str, Model] = {}
        self.current: Optional[Model] = None
        self.kept_value: Tuple[str, Any] = ("", None)

    def execute(self, operation: Any) -> Any:
        return getattr(self, _EXECUTE[type(operation)].__name__)(operation)

    # What is handed to the adapter.

    @abc.abstractmethod
    def array(self, recipe: ArrayRecipe, shape: Shape) -> Any:
        """An array of canonical shape."""

    @abc.abstractmethod
    def native_array(self, role: str, recipe: ArrayRecipe, shape: Shape) -> Any:
        """An array of canonical shape, for a parameter: in the framework's axis order."""

    @abc.abstractmethod
    def function(self, spec: initializers.Custom) -> Any:
        """A function of shape and dtype that initializes."""

    @abc.abstractmethod
    def output_shape(self, model: Model) -> Shape:
        """The shape of the last output."""

    @abc.abstractmethod
    def full_name(self, slot: Slot) -> Any:
        """The name under which the network lists the parameter of a slot."""

    @abc.abstractmethod
    def position(self, slot: Slot) -> Any:
        """The position at which the network lists the parameter of a slot."""

    @abc.abstractmethod
    def file(self, name: str) -> Any:
        """A file of the run's own."""

    # What the adapter answers.

    @abc.abstractmethod
    def see_value(self, role: str, handle: Any, value: Any) -> Any: ...

    @abc.abstractmethod
    def see_array(self, role: str, array: Any) -> Any:
        """A parameter's value or gradient, without the parameter. There may be none."""

    @abc.abstractmethod
    def see_output(self, output: Any) -> Any: ...

    @abc.abstractmethod
    def see_parameters(self, pairs: Any) -> Any: ...

    @abc.abstractmethod
    def see_count(self, count: Any) -> Any: ...

    @abc.abstractmethod
    def see_identities(self, handles: Dict[Slot, Any]) -> Any: ...

    # What operations refer to.

    @property
    def model(self) -> Model:
        if self.current is None:
            raise NoNetwork("no network was built")
        return self.current

    def layer(self, slot: Slot) -> Any:
        model = self.model
        return self.adapter.layer(model.net, self.adapter.index(slot.layer, model.network.activations))

    def role(self, slot: Slot) -> str:
        return self.adapter.roles[slot.role].name

    def handle(self, slot: Slot) -> Any:
        handle = self.adapter.by_attribute(self.layer(slot), self.role(slot))
        if handle is None:
            raise NoSuchParameter(f"the layer's {self.role(slot)} is None")
        return handle

    def handles(self) -> Dict[Slot, Any]:
        return {slot: self.handle(slot) for slot in self.model.network.slots}

    def _pattern(self, role: str) -> str:
        return f".*{self.adapter.roles[role].name}"

    # Initializers.

    def initializer(self, spec: Any, slot: Slot, network: Network) -> Any:
        """The framework's own initializer; ``slot`` says which parameter's axes a given array has."""
        if isinstance(spec, initializers.ConstantArray):
            return self.adapter.constant_array(self.native_array(slot.role, spec.values, network.shape(slot)))
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
            initializer = self.initializer(spec, target.slot, model.network)
            adapter.initialize_parameter(self.layer(target.slot), self.role(target.slot), initializer, again)
        elif isinstance(target, operations.OneLayer):
            slot = Slot(target.layer, "weight")
            adapter.initialize_layer(self.layer(slot), self.initializer(spec, slot, model.network), again)
        elif isinstance(target, operations.Matching):
            slot = next(slot for slot in model.network.parameters if slot.role == target.role)
            initializer = self.initializer(spec, slot, model.network)
            adapter.initialize_matching(model.net, self._pattern(target.role), initializer, again)
        else:
            slot = Slot(0, "weight")
            adapter.initialize_network(model.net, self.initializer(spec, slot, model.network), again)

    # Building.

    def build(self, operation: operations.Build) -> None:
        self.current = None
        network = self.program.networks[operation.network]
        made: Dict[Tuple[str, Any], Any] = {}
        layers: List[Any] = []
        for position in range(len(network.layers)):
            layers.append(self._build_layer(network, position, layers, made))
        net = self.adapter.network(layers, list(network.activations), network.dense(0).in_units)
        self.current = self.models[operation.network] = Model(network, net)

    def _build_layer(self, network: Network, position: int, layers: List[Any], made: dict) -> Any:
        layer = network.layers[position]
        if isinstance(layer, Reuse):
            return layers[layer.of]
        if layer.tie is not None:
            roles = tuple(self.adapter.roles[role].name for role in layer.tie.roles)
            source = layers[layer.tie.to]
            return self.adapter.tied_dense(source, roles, layer.units, layer.activation, layer.bias, layer.in_units)
        return self.adapter.dense(
            layer.units,
            layer.activation,
            layer.bias,
            layer.in_units,
            self._given(layer.weight_initializer, Slot(position, "weight"), network, made),
            self._given(layer.bias_initializer, Slot(position, "bias"), network, made),
        )

    def _given(self, spec: Any, slot: Slot, network: Network, made: dict) -> Any:
        """An initializer given at construction. Equal ones are one object, as where a user names it once."""
        if spec is None:
            return None
        key = (slot.path if isinstance(spec, initializers.ConstantArray) else "", spec)
        if key not in made:
            made[key] = self.initializer(spec, slot, network)
        return made[key]

    def select(self, operation: operations.Select) -> None:
        self.current = self.models[operation.network]

    def clone(self, operation: operations.Clone) -> None:
        self._copied(operation.name, self.adapter.clone)

    def deepcopy(self, operation: operations.DeepCopy) -> None:
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
        return self.see_value(operation.slot.role, handle, self.adapter.value(handle))

    def _by_layer(self, slot: Slot) -> Any:
        return self.adapter.by_layer(self.layer(slot), self.role(slot))

    def _by_name(self, slot: Slot) -> Any:
        return self.adapter.by_name(self.model.net, self.full_name(slot))

    def _by_order(self, slot: Slot) -> Any:
        return self.adapter.by_order(self.model.net, self.position(slot))

    def keep_value(self, operation: operations.KeepValue) -> None:
        self.kept_value = operation.slot.role, self.adapter.value(self.handle(operation.slot))

    def read_kept(self, operation: operations.ReadKept) -> Any:
        assert self.model, "what is kept is a network's"
        return self.see_array(*self.kept_value)

    # Writing.

    def write(self, operation: operations.Write) -> None:
        shape = operation.shape or self.model.network.shape(operation.slot)
        array = self.native_array(operation.slot.role, operation.values, shape)
        self.adapter.write(self.handle(operation.slot), array)

    def add(self, operation: operations.Add) -> None:
        self.adapter.add(self.handle(operation.slot), operation.amount)

    def write_element(self, operation: operations.WriteElement) -> None:
        axes = self.adapter.roles[operation.slot.role].axes
        canonical = dict(zip(ROLES[operation.slot.role], operation.index))
        index = tuple(canonical[axis] for axis in axes)
        self.adapter.write_element(self.handle(operation.slot), index, operation.value)

    def copy(self, operation: operations.Copy) -> None:
        self.adapter.copy(self.handle(operation.slot), self.handle(operation.source))

    # Training.

    def forward(self, operation: operations.Forward) -> Any:
        width = operation.width or self.model.network.in_units
        batch = self.array(operation.batch, (operation.rows, width))
        self.model.passed = self.adapter.forward(self.model.net, batch)
        return self.see_output(self.adapter.output(self.model.passed))

    def backward(self, operation: operations.Backward) -> None:
        model = self.model
        cotangent = self.array(operation.cotangent, operation.shape or self.output_shape(model))
        model.gradients = self.adapter.backward(model.net, model.passed, cotangent)

    def read_gradient(self, operation: operations.ReadGradient) -> Any:
        gradient = self.adapter.gradient(self.handle(operation.slot), self.model.gradients)
        return self.see_array(operation.slot.role, gradient)

    def step(self, operation: operations.Step) -> None:
        self.adapter.step(self.model.net, self.model.gradients, operation.learning_rate)

    def freeze(self, operation: operations.Freeze) -> None:
        self.adapter.freeze(self.handle(operation.slot))

    # Sharing and files.

    def share(self, operation: operations.TieAfterBuild) -> None:
        self.adapter.share(self.layer(operation.slot), self.role(operation.slot), self.handle(operation.source))

    def save(self, operation: operations.Save) -> None:
        self.adapter.save(self.model.net, self.file(operation.file))

    def load(self, operation: operations.Load) -> None:
        self.adapter.load(self.model.net, self.file(operation.file))


_INITIALIZERS: Dict[type, Callable[[Adapter, Any], Any]] = {
    initializers.Default: lambda adapter, spec: adapter.default(),
    initializers.Normal: lambda adapter, spec: adapter.normal(spec.mean, spec.std),
    initializers.Uniform: lambda adapter, spec: adapter.uniform(spec.low, spec.high),
    initializers.Constant: lambda adapter, spec: adapter.constant(spec.value),
    initializers.Zeros: lambda adapter, spec: adapter.zeros(),
    initializers.Ones: lambda adapter, spec: adapter.ones(),
    initializers.XavierUniform: lambda adapter, spec: adapter.xavier_uniform(spec.gain),
    initializers.XavierNormal: lambda adapter, spec: adapter.xavier_normal(spec.gain),
}

_ROUTES: Dict[str, Callable[[Any, Slot], Any]] = {
    "attribute": lambda interpreter, slot: interpreter.handle(slot),
    "layer": Interpreter._by_layer,
    "name": Interpreter._by_name,
    "order": Interpreter._by_order,
}

_EXECUTE: Dict[type, Callable[[Interpreter, Any], Any]] = {
    operations.Build: Interpreter.build,
    operations.Seed: Interpreter.seed,
    operations.Initialize: Interpreter.initialize,
    operations.Reinitialize: Interpreter.reinitialize,
    operations.ListParameters: Interpreter.list_parameters,
    operations.ListTrainable: Interpreter.list_trainable,
    operations.ListMatching: Interpreter.list_matching,
    operations.CountParameters: Interpreter.count_parameters,
    operations.Identify: Interpreter.identify,
    operations.Read: Interpreter.read,
    operations.KeepValue: Interpreter.keep_value,
    operations.ReadKept: Interpreter.read_kept,
    operations.Write: Interpreter.write,
    operations.Add: Interpreter.add,
    operations.WriteElement: Interpreter.write_element,
    operations.Copy: Interpreter.copy,
    operations.ReadGradient: Interpreter.read_gradient,
    operations.Forward: Interpreter.forward,
    operations.Backward: Interpreter.backward,
    operations.Step: Interpreter.step,
    operations.Freeze: Interpreter.freeze,
    operations.TieAfterBuild: Interpreter.share,
    operations.Save: Interpreter.save,
    operations.Load: Interpreter.load,
    operations.Clone: Interpreter.clone,
    operations.DeepCopy: Interpreter.deepcopy,
    operations.Select: Interpreter.select,
}
