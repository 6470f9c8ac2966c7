"""Runs a program with an adapter and records what it showed, in canonical form."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import tempfile
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Tuple, Type

import numpy as np

from adapters.interface import Adapter, Pairs, Unsupported
from specs import initializers, operations
from specs.customs import CUSTOM_FUNCTIONS
from specs.errors import SpecError
from specs.networks import ROLES, Network, Reuse, Slot
from specs.programs import Program
from specs.traces import CustomCall, Outcome, ParameterSeen, Record, Trace, ValueSeen


class NoSuchParameter(LookupError):
    """The layer holds None in the place of the parameter."""


@dataclass
class Model:
    """A network of the program, as built by the framework, and what its last passes left."""

    network: Network
    net: Any
    passed: Any = None
    gradients: Any = None


def run(adapter: Adapter, program: Program) -> Trace:
    """Run every operation in turn. One that raises is recorded with its outcome, and the next one runs."""
    with contextlib.ExitStack() as at_end:
        at_end.callback(adapter.release)
        engine = Engine(adapter, program, at_end)
        return Trace(tuple(map(engine.record, program.operations)))


class Engine:
    """One run of one program. Methods are named after the operations they carry out."""

    def __init__(self, adapter: Adapter, program: Program, at_end: contextlib.ExitStack):
        self.adapter = adapter
        self.layout = layout(type(adapter))
        self.program = program
        self.at_end = at_end
        self.models: Dict[str, Model] = {}
        self.current: Optional[Model] = None
        self.calls: List[CustomCall] = []
        self.given: List[np.ndarray] = []
        self.labels: Dict[int, int] = {}
        self.labelled: List[Any] = []
        self.held: Tuple[str, Any] = ("", None)

    def record(self, operation: Any) -> Record:
        """Carry out one operation, and tell what it showed."""
        self.calls = []
        try:
            value = _CARRY_OUT[type(operation)](self, operation)
        except SpecError:  # the program cannot mean this, whatever the adapter
            raise
        except Exception as error:  # whatever a framework raises is what the trace is there to tell
            return Record(self._outcome(error), None, tuple(self.calls))
        return Record(_OK, value, tuple(self.calls))

    def _outcome(self, error: Exception) -> Outcome:
        message = _ADDRESS.sub("0x…", (str(error).strip().splitlines() or [""])[0][:300])
        native = f"{type(error).__module__}.{type(error).__qualname__}".replace("builtins.", "")
        if isinstance(error, Unsupported):
            return Outcome("unsupported", "", str(error))
        if isinstance(error, NoSuchParameter):
            return Outcome("no_such_parameter", "None", message)
        for failure in self.adapter.failures:
            if isinstance(error, failure.exception) and failure.message in str(error):
                return Outcome(failure.kind, native, message)
        return Outcome("failed", native, message)

    # What operations refer to.

    @property
    def model(self) -> Model:
        if self.current is None:
            raise RuntimeError("no network was built")
        return self.current

    def _layer(self, slot: Slot) -> Any:
        return self.adapter.layer(self.model.net, slot.layer)

    def _role(self, slot: Slot) -> str:
        return self.layout.names[slot.role]

    def _pattern(self, role: str) -> str:
        return f".*{self.layout.names[role]}"

    def _handle(self, slot: Slot) -> Any:
        handle = self.adapter.by_attribute(self._layer(slot), self._role(slot))
        if handle is None:
            raise NoSuchParameter(f"the layer's {self._role(slot)} is None")
        return handle

    def _label(self, handle: Any) -> int:
        if id(handle) not in self.labels:
            self.labels[id(handle)] = len(self.labels)
            self.labelled.append(handle)  # keeps the object alive, so that its id stays its own
        return self.labels[id(handle)]

    def _native(self, role: str, array: np.ndarray) -> np.ndarray:
        """Move a canonical array to the framework's axis order, as an array of its own."""
        order = self.layout.to_native[role]
        return np.array(array if order is None or len(order) != array.ndim else array.transpose(order), order="C")

    def _canonical(self, role: str, array: np.ndarray) -> np.ndarray:
        """Move a native array to canonical axis order, as an array of its own."""
        order = self.layout.to_canonical[role]
        return np.array(array if order is None or len(order) != array.ndim else array.transpose(order), order="C")

    # Initializers.

    def _initializer(self, spec: Any, slot: Slot, network: Network) -> Any:
        """The framework's own initializer; ``slot`` says which parameter's axes a given array has."""
        if isinstance(spec, initializers.ConstantArray):
            self.given.append(self._native(slot.role, spec.values.array(network.shape(slot))))
            return self.adapter.constant_array(self.given[-1])
        if isinstance(spec, initializers.Custom):
            return self.adapter.custom(self._custom(spec))
        return _INITIALIZERS[type(spec)](self.adapter, spec)

    def _custom(self, spec: initializers.Custom) -> Callable[[tuple, np.dtype], np.ndarray]:
        random_state = np.random.RandomState(spec.seed)

        def initializer(shape: Tuple[int, ...], dtype: np.dtype) -> np.ndarray:
            returned = CUSTOM_FUNCTIONS[spec.function](tuple(shape), np.dtype(dtype), random_state)
            self.calls.append(CustomCall(tuple(int(extent) for extent in shape), returned.copy()))
            return returned

        return initializer

    def initialize(self, operation: operations.Initialize) -> None:
        self._initialize(operation.initializer, operation.target, again=False)

    def reinitialize(self, operation: operations.Reinitialize) -> None:
        self._initialize(operation.initializer, operation.target, again=True)

    def _initialize(self, spec: Any, target: Any, again: bool) -> None:
        adapter, model = self.adapter, self.model
        if isinstance(target, operations.OneParameter):
            initializer = self._initializer(spec, target.slot, model.network)
            adapter.initialize_parameter(self._layer(target.slot), self._role(target.slot), initializer, again)
        elif isinstance(target, operations.OneLayer):
            slot = Slot(target.layer, "weight")
            adapter.initialize_layer(self._layer(slot), self._initializer(spec, slot, model.network), again)
        elif isinstance(target, operations.Matching):
            slot = next(slot for slot in model.network.parameters if slot.role == target.role)
            initializer = self._initializer(spec, slot, model.network)
            adapter.initialize_matching(model.net, self._pattern(target.role), initializer, again)
        else:
            slot = Slot(0, "weight")
            adapter.initialize_network(model.net, self._initializer(spec, slot, model.network), again)
        if not model.network.deferred:
            self._spoil()

    def _spoil(self) -> None:
        """Overwrite arrays that were handed over: a framework that kept one instead of copying it shows NaN."""
        for array in self.given:
            array.fill(np.nan)
        self.given.clear()

    # Building.

    def build(self, operation: operations.Build) -> None:
        self.current = None
        network = self.program.networks[operation.network]
        made: Dict[Tuple[str, Any], Any] = {}
        layers: List[Any] = []
        for position in range(len(network.layers)):
            layers.append(self._build_layer(network, position, layers, made))
        activations = [network.dense(position).activation for position in range(len(layers))]
        self.current = Model(network, self.adapter.network(layers, activations, network.dense(0).in_units))
        self.models[operation.network] = self.current
        if not network.deferred:
            self._spoil()

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
            made[key] = self._initializer(spec, slot, network)
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
        self.current = Model(model.network, copy(model.net))
        self.models[name] = self.current

    def seed(self, operation: operations.Seed) -> None:
        self.adapter.seed(operation.seed)

    # Access.

    def list_parameters(self, operation: operations.ListParameters) -> Tuple[ParameterSeen, ...]:
        return self._seen(self.adapter.parameters(self.model.net))

    def list_trainable(self, operation: operations.ListTrainable) -> Tuple[ParameterSeen, ...]:
        return self._seen(self.adapter.trainable(self.model.net))

    def list_matching(self, operation: operations.ListMatching) -> Tuple[ParameterSeen, ...]:
        return self._seen(self.adapter.matching(self.model.net, self._pattern(operation.role)))

    def _seen(self, pairs: Pairs) -> Tuple[ParameterSeen, ...]:
        if not pairs:
            return ()
        slots: Dict[int, Slot] = {}
        for slot in self.model.network.slots:
            slots.setdefault(self._label(self._handle(slot)), slot)
        return tuple(self._parameter(name, handle, slots) for name, handle in pairs)

    def _parameter(self, name: str, handle: Any, slots: Dict[int, Slot]) -> ParameterSeen:
        label = self._label(handle)
        slot, native = slots.get(label), self.adapter.shape(handle)
        shape = native
        if slot is not None and native is not None:
            axes = self.adapter.roles[slot.role].axes
            shape = tuple(native[axes.index(axis)] for axis in ROLES[slot.role])
        path = "?" if slot is None else slot.path
        trainable = bool(self.adapter.is_trainable(handle))
        return ParameterSeen(path, name, shape, native, self.adapter.dtype(handle), trainable, label)

    def count_parameters(self, operation: operations.CountParameters) -> int:
        return int(self.adapter.count(self.model.net))

    def identify(self, operation: operations.Identify) -> Dict[str, int]:
        return {slot.path: self._label(self._handle(slot)) for slot in self.model.network.slots}

    def read(self, operation: operations.Read) -> ValueSeen:
        handle = _ROUTES[operation.route](self, operation.slot)
        return ValueSeen(self._canonical(operation.slot.role, self.adapter.value(handle)), self._label(handle))

    def hold(self, operation: operations.Hold) -> None:
        self.held = operation.slot.role, self.adapter.value(self._handle(operation.slot))

    def look(self, operation: operations.Look) -> np.ndarray:
        return self._canonical(*self.held)

    def _by_layer(self, slot: Slot) -> Any:
        return self.adapter.by_layer(self._layer(slot), self._role(slot))

    def _by_name(self, slot: Slot) -> Any:
        name, _ = self._listed(slot)
        return self.adapter.by_name(self.model.net, name)

    def _by_order(self, slot: Slot) -> Any:
        _, position = self._listed(slot)
        return self.adapter.by_order(self.model.net, position)

    def _listed(self, slot: Slot) -> Tuple[str, int]:
        """Full name and position at which the network lists the parameter of a slot."""
        wanted = self._handle(slot)
        for position, (name, handle) in enumerate(self.adapter.parameters(self.model.net)):
            if handle is wanted:
                return name, position
        raise NoSuchParameter(f"the network does not list {slot.path}")

    # Writing.

    def write(self, operation: operations.Write) -> None:
        shape = operation.shape or self.model.network.shape(operation.slot)
        array = self._native(operation.slot.role, operation.values.array(shape))
        self.given.append(array)
        self.adapter.write(self._handle(operation.slot), array)
        self._spoil()

    def add(self, operation: operations.Add) -> None:
        self.adapter.add(self._handle(operation.slot), operation.amount)

    def write_element(self, operation: operations.WriteElement) -> None:
        axes = self.adapter.roles[operation.slot.role].axes
        canonical = dict(zip(ROLES[operation.slot.role], operation.index))
        index = tuple(canonical[axis] for axis in axes)
        self.adapter.write_element(self._handle(operation.slot), index, operation.value)

    def copy(self, operation: operations.Copy) -> None:
        self.adapter.copy(self._handle(operation.slot), self._handle(operation.source))

    # Training.

    def forward(self, operation: operations.Forward) -> np.ndarray:
        width = operation.width or self.model.network.in_units
        batch = operation.batch.array((operation.rows, width))
        self.model.passed = self.adapter.forward(self.model.net, batch)
        self._spoil()
        return np.array(self.adapter.output(self.model.passed))

    def backward(self, operation: operations.Backward) -> None:
        model = self.model
        shape = operation.shape or self.adapter.output(model.passed).shape
        model.gradients = self.adapter.backward(model.net, model.passed, operation.cotangent.array(shape))

    def read_gradient(self, operation: operations.ReadGradient) -> Optional[np.ndarray]:
        gradient = self.adapter.gradient(self._handle(operation.slot), self.model.gradients)
        return None if gradient is None else self._canonical(operation.slot.role, gradient)

    def step(self, operation: operations.Step) -> None:
        self.adapter.step(self.model.net, self.model.gradients, operation.learning_rate)

    def freeze(self, operation: operations.Freeze) -> None:
        self.adapter.freeze(self._handle(operation.slot))

    # Sharing and files.

    def share(self, operation: operations.Share) -> None:
        self.adapter.share(self._layer(operation.slot), self._role(operation.slot), self._handle(operation.source))

    def save(self, operation: operations.Save) -> None:
        self.adapter.save(self.model.net, self._file(operation.file))

    def load(self, operation: operations.Load) -> None:
        self.adapter.load(self.model.net, self._file(operation.file))

    @functools.cached_property
    def folder(self) -> str:
        """A folder for the files of this run, made for the first of them and gone after the run."""
        return self.at_end.enter_context(tempfile.TemporaryDirectory(prefix="concordance-"))

    def _file(self, name: str) -> str:
        return os.path.join(self.folder, name + self.adapter.file_suffix)


@dataclass(frozen=True)
class Layout:
    """What follows from an adapter's declared roles: native names, and transpositions (None where there is none)."""

    names: Dict[str, str]
    to_native: Dict[str, Optional[Tuple[int, ...]]]
    to_canonical: Dict[str, Optional[Tuple[int, ...]]]


@functools.lru_cache(maxsize=None)
def layout(adapter: Type[Adapter]) -> Layout:
    """The layout of an adapter's parameters."""
    return Layout(
        {role: declared.name for role, declared in adapter.roles.items()},
        {role: _order(ROLES[role], declared.axes) for role, declared in adapter.roles.items()},
        {role: _order(declared.axes, ROLES[role]) for role, declared in adapter.roles.items()},
    )


def _order(given: Tuple[str, ...], wanted: Tuple[str, ...]) -> Optional[Tuple[int, ...]]:
    """How to transpose an array of the axes given to the axes wanted; None where they are the same."""
    return None if given == wanted else tuple(given.index(axis) for axis in wanted)


_OK = Outcome()

#: Where an object happens to lie in memory tells nothing, and is never the same twice.
_ADDRESS = re.compile(r"0x[0-9a-f]+")

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

_ROUTES: Dict[str, Callable[[Engine, Slot], Any]] = {
    "attribute": Engine._handle,
    "layer": Engine._by_layer,
    "name": Engine._by_name,
    "order": Engine._by_order,
}

_CARRY_OUT: Dict[type, Callable[[Engine, Any], Any]] = {
    operations.Build: Engine.build,
    operations.Seed: Engine.seed,
    operations.Initialize: Engine.initialize,
    operations.Reinitialize: Engine.reinitialize,
    operations.ListParameters: Engine.list_parameters,
    operations.ListTrainable: Engine.list_trainable,
    operations.ListMatching: Engine.list_matching,
    operations.CountParameters: Engine.count_parameters,
    operations.Identify: Engine.identify,
    operations.Read: Engine.read,
    operations.Hold: Engine.hold,
    operations.Look: Engine.look,
    operations.Write: Engine.write,
    operations.Add: Engine.add,
    operations.WriteElement: Engine.write_element,
    operations.Copy: Engine.copy,
    operations.ReadGradient: Engine.read_gradient,
    operations.Forward: Engine.forward,
    operations.Backward: Engine.backward,
    operations.Step: Engine.step,
    operations.Freeze: Engine.freeze,
    operations.Share: Engine.share,
    operations.Save: Engine.save,
    operations.Load: Engine.load,
    operations.Clone: Engine.clone,
    operations.DeepCopy: Engine.deepcopy,
    operations.Select: Engine.select,
}
