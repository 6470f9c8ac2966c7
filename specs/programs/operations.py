"""What a program can do to a network. Each operation is a frozen value; what it yields in a trace is said here.

An operation acts on the *current* network: the one that was built, cloned or selected last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple, Union

from specs.arrays import ArrayRecipe, Shape
from specs.errors import SpecError, above_zero, finite, one_of
from specs.initializers import Initializer, check_initializer
from specs.layers.layer import shape_of
from specs.programs.networks import Network, Slot
from specs.programs.optimizers import Optimizer, check_optimizer

ROUTES = ("attribute", "layer", "name", "order")
MODES = ("training", "inference")
FORMS = ("numpy", "own")


@dataclass(frozen=True)
class Everything:
    """Every parameter of the network."""


@dataclass(frozen=True)
class OneLayer:
    """The parameters of the layer at a position."""

    layer: int


@dataclass(frozen=True)
class OneParameter:
    """The parameter at a slot."""

    slot: Slot


@dataclass(frozen=True)
class Matching:
    """The parameters whose full name matches the pattern for a role (``.*weight``), across layers."""

    role: str


Target = Union[Everything, OneLayer, OneParameter, Matching]


@dataclass(frozen=True)
class Build:
    """Construct the program's network of that name and make it current. Yields nothing."""

    network: str = "net"


@dataclass(frozen=True)
class Seed:
    """Seed the framework's generator. Yields nothing."""

    seed: int

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**31:
            raise SpecError(f"Seed.seed: {self.seed} is outside 0 .. 2**31 - 1")


@dataclass(frozen=True)
class Initialize:
    """Initialize the target in the plain way, as one does the first time. Yields nothing."""

    initializer: Initializer
    target: Target = Everything()

    def __post_init__(self) -> None:
        check_initializer("Initialize.initializer", self.initializer)


@dataclass(frozen=True)
class Reinitialize:
    """Initialize the target in the way meant for parameters that already have values. Yields nothing."""

    initializer: Initializer
    target: Target = Everything()

    def __post_init__(self) -> None:
        check_initializer("Reinitialize.initializer", self.initializer)


@dataclass(frozen=True)
class ListParameters:
    """Yields every parameter as the network lists them: a tuple of ``ParameterSeen``."""


@dataclass(frozen=True)
class ListTrainable:
    """Yields the trainable parameters as the network lists them."""


@dataclass(frozen=True)
class ListMatching:
    """Yields the parameters whose full name matches the pattern for a role."""

    role: str


@dataclass(frozen=True)
class CountParameters:
    """Yields the number of elements over all distinct parameters, as the framework counts them."""


@dataclass(frozen=True)
class Identify:
    """Yields, for every slot of the network, a label; equal labels are one and the same object."""


@dataclass(frozen=True)
class Read:
    """Yields the value at a slot (canonical axes) and the object's label, reached by a route.

    ``attribute``: the layer's own attribute. ``layer``: the layer's collection of parameters. ``name``: the full name.
    ``order``: the position in the list of all parameters.
    """

    slot: Slot
    route: str = "attribute"

    def __post_init__(self) -> None:
        one_of("Read.route", self.route, ROUTES)


@dataclass(frozen=True)
class KeepValue:
    """Read the value at a slot and keep what the framework returned. Yields nothing.

    ``numpy``: an array of NumPy's. ``own``: an array of the framework's own, its tensor.
    """

    slot: Slot
    form: str = "numpy"

    def __post_init__(self) -> None:
        one_of("KeepValue.form", self.form, FORMS)


@dataclass(frozen=True)
class ReadKept:
    """Yields what was last kept by :class:`KeepValue`, as it is now (canonical axes)."""


@dataclass(frozen=True)
class Write:
    """Write a whole array, of the parameter's own shape unless ``shape`` (canonical) is given. Yields nothing."""

    slot: Slot
    values: ArrayRecipe
    shape: Optional[Shape] = None

    def __post_init__(self) -> None:
        _extents("Write.shape", self.shape or ())


@dataclass(frozen=True)
class Add:
    """Add a number to every element. Yields nothing."""

    slot: Slot
    amount: float

    def __post_init__(self) -> None:
        finite("Add.amount", self.amount)


@dataclass(frozen=True)
class WriteElement:
    """Write one element, addressed in canonical axes. Yields nothing."""

    slot: Slot
    index: Tuple[int, ...]
    value: float

    def __post_init__(self) -> None:
        finite("WriteElement.value", self.value)
        _extents("WriteElement.index", self.index)


@dataclass(frozen=True)
class Copy:
    """Copy the value at ``source`` into the parameter at ``slot``, by value. Yields nothing."""

    slot: Slot
    source: Slot


@dataclass(frozen=True)
class ReadGradient:
    """Yields the gradient at a slot (canonical axes), or None where the framework holds none."""

    slot: Slot


@dataclass(frozen=True)
class Forward:
    """Feed a batch of ``rows`` rows (each of ``shape``, where that is to differ from the network's). Yields the output.

    In the mode ``inference`` layers do what they do once a network is trained.
    """

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


@dataclass(frozen=True)
class Backward:
    """Backpropagate a cotangent of the last output (of its shape unless ``shape`` is given). Yields nothing."""

    cotangent: ArrayRecipe
    shape: Optional[Shape] = None

    def __post_init__(self) -> None:
        _extents("Backward.shape", self.shape or ())


@dataclass(frozen=True)
class Step:
    """One step of plain stochastic gradient descent over the trainable parameters. Yields nothing."""

    learning_rate: float

    def __post_init__(self) -> None:
        above_zero("Step.learning_rate", self.learning_rate)


@dataclass(frozen=True)
class MakeOptimizer:
    """Make an optimizer over the parameters of the current network. It lives until another is made. Yields nothing."""

    optimizer: Optimizer

    def __post_init__(self) -> None:
        check_optimizer("MakeOptimizer.optimizer", self.optimizer)


@dataclass(frozen=True)
class StepOptimizer:
    """One step of the current network's optimizer, with the gradients of the last backward pass. Yields nothing."""


@dataclass(frozen=True)
class ResetGradients:
    """Make room for new gradients, as one does before each backward pass. Yields nothing."""


@dataclass(frozen=True)
class Freeze:
    """Exclude one parameter from training. Yields nothing."""

    slot: Slot


@dataclass(frozen=True)
class Unfreeze:
    """Take one parameter back into training. Yields nothing."""

    slot: Slot


@dataclass(frozen=True)
class FreezeLayer:
    """Exclude the layer at a position from training, with all that it holds. Yields nothing."""

    layer: int


@dataclass(frozen=True)
class TieAfterBuild:
    """Make the slot, after building, the same parameter as ``source``. Yields nothing."""

    slot: Slot
    source: Slot


@dataclass(frozen=True)
class Save:
    """Save the parameters to a file of the run's own. Yields nothing."""

    file: str = "parameters"


@dataclass(frozen=True)
class Load:
    """Load the parameters from a file that was saved in this run. Yields nothing."""

    file: str = "parameters"


@dataclass(frozen=True)
class Clone:
    """Copy the current network in the framework's own way and make the copy current. Yields nothing."""

    name: str = "clone"


@dataclass(frozen=True)
class DeepCopy:
    """Copy the current network with Python's ``copy.deepcopy`` and make the copy current. Yields nothing."""

    name: str = "copy"


@dataclass(frozen=True)
class Select:
    """Make an earlier network current. Yields nothing."""

    network: str


Operation = Union[
    Build, Seed, Initialize, Reinitialize, ListParameters, ListTrainable, ListMatching, CountParameters, Identify,
    Read, KeepValue, ReadKept, Write, Add, WriteElement, Copy, ReadGradient, Forward, Backward, Step,
    MakeOptimizer, StepOptimizer, ResetGradients, Freeze, Unfreeze, FreezeLayer, TieAfterBuild, Save, Load, Clone,
    DeepCopy, Select,
]  # fmt: skip


def _extents(what: str, extents: Shape) -> None:
    for extent in extents:
        if extent < 0:
            raise SpecError(f"{what}: {extent} must be 0 or more")
