"""What a program can do to a network. Each operation is a frozen value; its docstring says what it yields in a trace.

An operation acts on the *current* network: the one that was built, cloned or selected last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple, Union

from specs.arrays import ArrayRecipe, Shape
from specs.codec import shown
from specs.errors import SpecError, above_zero, finite, one_of
from specs.initializers import Initializer, described
from specs.layers.layer import shape_of
from specs.programs.described import ARRAY, GRADIENT, LABELS, NUMBER, PARAMETERS, VALUE, Described
from specs.programs.networks import Network, Slot
from specs.programs.optimizers import Optimizer
from specs.values import Value

ROUTES = ("attribute", "layer", "name", "order")
MODES = ("training", "inference")
FORMS = ("numpy", "own")
_ROUTE_WORDS = {"layer": "layer's collection", "name": "full name", "order": "position"}
#: How a file may fail to fit: it lacks parameters of the network, has additional ones, or has different shapes.
MISFITS = ("missing", "extra", "shapes")
#: Floating-point types that a network may be converted to.
DTYPES = ("float16", "float64")
_MISFIT_WORDS = {"missing": "missing entries", "extra": "extra entries", "shapes": "entries of other shapes"}


@dataclass(frozen=True)
class Everything(Value):
    """Every parameter of the network."""

    def __str__(self) -> str:
        return "the network"

    def aims_at(self, _: Slot) -> bool:
        return True


@dataclass(frozen=True)
class OneLayer(Value):
    """The parameters of the layer at a position."""

    layer: int

    def __str__(self) -> str:
        return f"layer {self.layer}"

    def aims_at(self, slot: Slot) -> bool:
        return slot.layer == self.layer


@dataclass(frozen=True)
class OneParameter(Value):
    """The parameter at a slot."""

    slot: Slot

    def __str__(self) -> str:
        return self.slot.path

    def aims_at(self, slot: Slot) -> bool:
        return slot == self.slot


@dataclass(frozen=True)
class Matching(Value):
    """The parameters whose full name matches the pattern for a role (``.*weight``), across layers."""

    role: str

    def __str__(self) -> str:
        return f"every {self.role}"

    def aims_at(self, slot: Slot) -> bool:
        return slot.role == self.role


Target = Union[Everything, OneLayer, OneParameter, Matching]


@dataclass(frozen=True)
class Build(Described):
    """Construct the program's network of this name and make it current. Yields nothing."""

    network: str = "net"

    def __str__(self) -> str:
        return "Build the network" if self.network == "net" else f"Build the network “{self.network}”"


@dataclass(frozen=True)
class Seed(Described):
    """Seed the framework's generator. Yields nothing."""

    words = "Seed with {seed}"

    seed: int

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**31:
            raise SpecError(f"Seed.seed: {self.seed} is outside 0 .. 2**31 - 1")


@dataclass(frozen=True)
class Initialize(Described):
    """Initialize the target in the usual way, as for the first time. Yields nothing."""

    initializer: Initializer
    target: Target = Everything()

    def __str__(self) -> str:
        return f"Initialize {self.target} with {described(self.initializer)}"


@dataclass(frozen=True)
class Reinitialize(Described):
    """Initialize the target in the way meant for parameters that already have values. Yields nothing."""

    initializer: Initializer
    target: Target = Everything()

    def __str__(self) -> str:
        return f"Initialize {self.target} again, with {described(self.initializer)}"


@dataclass(frozen=True)
class ListParameters(Described):
    """Yields every parameter as the network lists them: a tuple of ``ParameterSeen``."""

    words = "List the parameters"
    yields = PARAMETERS


@dataclass(frozen=True)
class ListTrainable(Described):
    """Yields the trainable parameters as the network lists them."""

    words = "List those that are trained"
    yields = PARAMETERS


@dataclass(frozen=True)
class ListMatching(Described):
    """Yields the parameters whose full name matches the pattern for a role."""

    words = "List every {role}"
    yields = PARAMETERS

    role: str


@dataclass(frozen=True)
class CountParameters(Described):
    """Yields the number of elements over all distinct parameters, as the framework counts them."""

    words = "Count the elements"
    yields = NUMBER


@dataclass(frozen=True)
class Identify(Described):
    """Yields a label for every slot of the network; equal labels mean the same object."""

    words = "See which are one and the same object"
    yields = LABELS


@dataclass(frozen=True)
class Read(Described):
    """Yields the value at a slot (canonical axes) and the object's label, accessed by a route.

    ``attribute``: the layer's own attribute. ``layer``: the layer's collection of parameters. ``name``: the full name.
    ``order``: the position in the list of all parameters.
    """

    yields = VALUE

    slot: Slot
    route: str = "attribute"

    def __post_init__(self) -> None:
        one_of("Read.route", self.route, ROUTES)

    def __str__(self) -> str:
        by = "" if self.route == "attribute" else f" by its {_ROUTE_WORDS[self.route]}"
        return f"Read {self.slot.path}{by}"


@dataclass(frozen=True)
class KeepValue(Described):
    """Read the value at a slot and keep what the framework returned. Yields nothing.

    ``numpy``: a NumPy array. ``own``: the framework's own tensor.
    """

    slot: Slot
    form: str = "numpy"

    def __post_init__(self) -> None:
        one_of("KeepValue.form", self.form, FORMS)

    def __str__(self) -> str:
        return f"Read {self.slot.path} and keep it{', as a tensor' if self.form == 'own' else ''}"


@dataclass(frozen=True)
class ReadKept(Described):
    """Yields the current content of the value last kept by :class:`KeepValue` (canonical axes)."""

    words = "Look at what was kept"
    yields = ARRAY


@dataclass(frozen=True)
class Write(Described):
    """Write a whole array, of the parameter's own shape unless ``shape`` (canonical) is given. Yields nothing."""

    slot: Slot
    values: ArrayRecipe
    shape: Optional[Shape] = None

    def __post_init__(self) -> None:
        _extents("Write.shape", self.shape or ())

    def array_shape(self, network: Network) -> Shape:
        """The shape of the array, which is written to a parameter of the network."""
        return self.shape or network.shape(self.slot)

    def __str__(self) -> str:
        shape = "" if self.shape is None else f", with an array of shape {tuple(self.shape)}"
        return f"Write {self.slot.path}{shape}"


@dataclass(frozen=True)
class Add(Described):
    """Add a number to every element. Yields nothing."""

    words = "Add {amount:g} to {slot.path}"

    slot: Slot
    amount: float

    def __post_init__(self) -> None:
        finite("Add.amount", self.amount)


@dataclass(frozen=True)
class WriteElement(Described):
    """Write one element, addressed in canonical axes. Yields nothing."""

    words = "Write {value:g} into element {index} of {slot.path}"

    slot: Slot
    index: Tuple[int, ...]
    value: float

    def __post_init__(self) -> None:
        finite("WriteElement.value", self.value)
        _extents("WriteElement.index", self.index)


@dataclass(frozen=True)
class Copy(Described):
    """Copy the value at ``source`` into the parameter at ``slot``, by value. Yields nothing."""

    words = "Copy {source.path} into {slot.path}"

    slot: Slot
    source: Slot


@dataclass(frozen=True)
class ReadGradient(Described):
    """Yields the gradient at a slot (canonical axes), or None if the framework has none."""

    words = "Read the gradient of {slot.path}"
    yields = GRADIENT

    slot: Slot


@dataclass(frozen=True)
class Forward(Described):
    """Feed a batch of ``rows`` rows, each of the network's shape unless ``shape`` is given. Yields the output.

    In the mode ``inference``, layers behave as in a trained network.
    """

    yields = ARRAY

    batch: ArrayRecipe
    rows: int = 2
    shape: Optional[Shape] = None
    mode: str = "training"

    def __post_init__(self) -> None:
        one_of("Forward.mode", self.mode, MODES)
        if self.rows < 1:
            raise SpecError(f"Forward.rows: {self.rows} must be 1 or more")
        if self.shape is not None and not (self.shape and min(self.shape) >= 1):
            raise SpecError(f"Forward.shape: {self.shape} must have one extent or more, each 1 or more")

    @property
    def training(self) -> bool:
        return self.mode == "training"

    def batch_shape(self, network: Network) -> Shape:
        """The shape of the batch, rows first."""
        return (self.rows, *(self.shape or shape_of(network.given)))

    def __str__(self) -> str:
        return f"Feed a batch of {self.rows} forward{'' if self.training else ', for inference'}"


@dataclass(frozen=True)
class Backward(Described):
    """Backpropagate a cotangent of the last output (of its shape unless ``shape`` is given). Yields nothing."""

    words = "Backpropagate"

    cotangent: ArrayRecipe
    shape: Optional[Shape] = None

    def __post_init__(self) -> None:
        _extents("Backward.shape", self.shape or ())


@dataclass(frozen=True)
class Step(Described):
    """One step of plain stochastic gradient descent over the trainable parameters. Yields nothing."""

    words = "Take a step, at learning rate {learning_rate:g}"

    learning_rate: float

    def __post_init__(self) -> None:
        above_zero("Step.learning_rate", self.learning_rate)


@dataclass(frozen=True)
class MakeOptimizer(Described):
    """Make an optimizer over the parameters of the current network. It lives until another is made. Yields nothing."""

    optimizer: Optimizer

    def __str__(self) -> str:
        return f"Make an optimizer: {shown(self.optimizer)}"


@dataclass(frozen=True)
class StepOptimizer(Described):
    """One step of the current network's optimizer, with the gradients of the last backward pass. Yields nothing."""

    words = "Take a step of the optimizer"


@dataclass(frozen=True)
class SetLearningRate(Described):
    """Set the learning rate of the current network's optimizer, from the next step on. Yields nothing."""

    words = "Set the learning rate of the optimizer to {learning_rate:g}"

    learning_rate: float

    def __post_init__(self) -> None:
        above_zero("SetLearningRate.learning_rate", self.learning_rate)


@dataclass(frozen=True)
class SaveOptimizer(Described):
    """Save the state of the current network's optimizer to a temporary file of this run. Yields nothing."""

    words = "Save the state of the optimizer"

    file: str = "optimizer"


@dataclass(frozen=True)
class LoadOptimizer(Described):
    """Load the state of the current network's optimizer from a file saved in this run. Yields nothing."""

    words = "Load the state of the optimizer"

    file: str = "optimizer"


@dataclass(frozen=True)
class ResetGradients(Described):
    """Reset the gradients, as users do before each backward pass. Yields nothing."""

    words = "Reset the gradients"


@dataclass(frozen=True)
class Freeze(Described):
    """Exclude one parameter from training. Yields nothing."""

    words = "Freeze {slot.path}"

    slot: Slot


@dataclass(frozen=True)
class Unfreeze(Described):
    """Make one parameter trainable again. Yields nothing."""

    words = "Unfreeze {slot.path}"

    slot: Slot


@dataclass(frozen=True)
class FreezeLayer(Described):
    """Exclude the layer at a position from training, with everything it holds. Yields nothing."""

    words = "Freeze layer {layer}"

    layer: int


@dataclass(frozen=True)
class TieAfterBuild(Described):
    """Make the slot, after building, the same parameter as ``source``. Yields nothing."""

    words = "Make {slot.path} the same parameter as {source.path}"

    slot: Slot
    source: Slot


@dataclass(frozen=True)
class Save(Described):
    """Save the parameters to a temporary file of this run. Yields nothing."""

    words = "Save the parameters"

    file: str = "parameters"


@dataclass(frozen=True)
class Load(Described):
    """Load the parameters from a file saved in this run. Yields nothing.

    ``despite`` lists the misfits to ignore: everything that fits is loaded, and the rest stays as it is.
    """

    file: str = "parameters"
    despite: Tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for misfit in self.despite:
            one_of("Load.despite", misfit, MISFITS)
        if len(set(self.despite)) < len(self.despite):
            raise SpecError(f"Load.despite: {', '.join(self.despite)} has one of them twice")

    def __str__(self) -> str:
        ignored = " and ".join(_MISFIT_WORDS[misfit] for misfit in self.despite)
        return "Load the parameters" + (f", ignoring {ignored}" if ignored else "")


@dataclass(frozen=True)
class CopyValues(Described):
    """Copy all values of another network into the current one, in memory and by value. Yields nothing."""

    words = "Give the network the values of “{network}”"

    network: str


@dataclass(frozen=True)
class CastAndBack(Described):
    """Convert the whole network to another floating-point type, and back to float32. Yields nothing."""

    words = "Convert the network to {dtype} and back"

    dtype: str

    def __post_init__(self) -> None:
        one_of("CastAndBack.dtype", self.dtype, DTYPES)


@dataclass(frozen=True)
class Clone(Described):
    """Copy the current network in the framework's own way and make the copy current. Yields nothing."""

    words = "Copy the network in the framework's own way"

    name: str = "clone"


@dataclass(frozen=True)
class DeepCopy(Described):
    """Copy the current network with Python's ``copy.deepcopy`` and make the copy current. Yields nothing."""

    words = "Copy the network with copy.deepcopy"

    name: str = "copy"


@dataclass(frozen=True)
class Select(Described):
    """Make an earlier network current. Yields nothing."""

    words = "Go back to the network “{network}”"

    network: str


Operation = Union[
    Build, Seed, Initialize, Reinitialize, ListParameters, ListTrainable, ListMatching, CountParameters, Identify,
    Read, KeepValue, ReadKept, Write, Add, WriteElement, Copy, ReadGradient, Forward, Backward, Step,
    MakeOptimizer, StepOptimizer, SetLearningRate, SaveOptimizer, LoadOptimizer, ResetGradients,
    Freeze, Unfreeze, FreezeLayer, TieAfterBuild, Save, Load, CopyValues, CastAndBack, Clone, DeepCopy,
    Select,
]  # fmt: skip


def _extents(what: str, extents: Shape) -> None:
    for extent in extents:
        if extent < 0:
            raise SpecError(f"{what}: {extent} must be 0 or more")
