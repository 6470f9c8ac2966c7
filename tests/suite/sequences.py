"""Programs with any operations in any order, on any networks, blocks and ties, unlike those of strategies.

On the reference, every operation succeeds, except writes of wrong shapes, which are refused. So every law can be
judged on every program.
"""

from __future__ import annotations

import functools
import itertools
import math
import random
from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, TypeVar

from hypothesis import strategies as st

from specs.arrays import ArrayRecipe, Bits, Drawn, Filled
from specs.custom_initializers import ROW_MAJOR_RAMP, STANDARD_NORMAL
from specs.initializers import (
    Bilinear,
    Constant,
    ConstantArray,
    Custom,
    Default,
    Dirac,
    Identity,
    Initializer,
    Kaiming,
    Normal,
    Ones,
    Orthogonal,
    SeededNormal,
    TruncatedNormal,
    Uniform,
    VarianceScaling,
    XavierNormal,
    XavierUniform,
    Zeros,
)
from specs.layers import KINDS, Layer
from specs.layers.layer import Axes, correspond, shape_of
from specs.programs.networks import Block, Element, Given, Network, PlainList, Residual, Reuse, Slot, Tie, Use
from specs.programs.operations import (
    DTYPES,
    FORMS,
    MISFITS,
    ROUTES,
    Add,
    Backward,
    Build,
    CastAndBack,
    Clone,
    Copy,
    CopyValues,
    CountParameters,
    DeepCopy,
    Everything,
    Forward,
    Freeze,
    FreezeLayer,
    Identify,
    Initialize,
    KeepValue,
    ListMatching,
    ListParameters,
    ListTrainable,
    Load,
    LoadOptimizer,
    MakeOptimizer,
    Matching,
    OneLayer,
    OneParameter,
    Operation,
    Read,
    ReadGradient,
    ReadKept,
    Reinitialize,
    ResetGradients,
    Save,
    SaveOptimizer,
    Seed,
    Select,
    SetLearningRate,
    Step,
    StepOptimizer,
    Target,
    TieAfterBuild,
    Unfreeze,
    Write,
    WriteElement,
)
from specs.programs.optimizers import SGD, Adam
from specs.programs.program import Program
from tests.strategies.networks import GIVEN

T = TypeVar("T")
#: The maximum number of elements per row, and of uses per network.
ELEMENTS, USES = 60, 6


class Choices:
    """Chooses with a random generator. Simple choices come first, since shrinking leads there."""

    def __init__(self, chance: random.Random):
        self.chance = chance

    def number(self, low: int, high: int) -> int:
        return self.chance.randint(low, high)

    def one(self, choices: Sequence[T]) -> T:
        return choices[self.number(0, len(choices) - 1)]

    def once_in(self, times: int) -> bool:
        return self.number(0, times - 1) == times - 1


class DrawnChoices(Choices):
    """Chooses by Hypothesis draws, so that failing programs can be shrunk."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]):
        self.draw = draw

    def number(self, low: int, high: int) -> int:
        number: int = self.draw(st.integers(low, high))
        return number


# Networks.


class Networks:
    """Makes a network."""

    def __init__(self, choices: Choices):
        self.choices = choices
        self.uses: List[Tuple[Optional[Use], Axes]] = []

    def network(self) -> Network:
        given = self.choices.one([axes for axes in GIVEN if _fitting(axes)])
        return Network(given, self._sequence(given, 0)[0])

    def _sequence(self, axes: Axes, depth: int) -> Tuple[Tuple[Element, ...], Axes]:
        layers: List[Element] = []
        for _ in range(self.choices.number(1, 4)):
            if layers and len(self.uses) >= USES:
                break
            element, axes = self._element(axes, depth)
            layers.append(element)
        return tuple(layers), axes

    def _element(self, axes: Axes, depth: int) -> Tuple[Element, Axes]:
        again = [at for at, (use, given) in enumerate(self.uses) if use is not None and given == axes]
        if again and self.choices.once_in(4):
            of = self.choices.one(again)
            self.uses.append((None, axes))
            return Reuse(of), self.uses[of][0].layer.output(axes)  # type: ignore[union-attr]
        if depth < 2 and self.choices.once_in(5):
            inner, after = self._sequence(axes, depth + 1)
            kinds = (Block, PlainList, Residual) if after == axes else (Block, PlainList)
            return self.choices.one(kinds)(inner), after
        return self._use(axes)

    def _use(self, axes: Axes) -> Tuple[Use, Axes]:
        fitting = _fitting(axes)
        keeping = [layer for layer in fitting if layer.output(axes) == axes]
        layer = self.choices.one(keeping if keeping and self.choices.once_in(3) else fitting)
        ties = self._ties(layer, axes)
        roles = layer.roles(axes)
        tied = {tie.role for tie in ties}
        given = [
            Given(role.name, self._given(), self.choices.one(("", "one")))
            for role in roles
            if role.state == "parameter" and role.name not in tied and self.choices.once_in(6)
        ]
        if len({each.initializer for each in given if each.name}) > 1 or any(use for use, _ in self.uses):
            given = [replace(each, name="") for each in given]  # a name means the same object
        use = Use(layer, bool(roles) and self.choices.once_in(3), tuple(given), ties)
        self.uses.append((use, axes))
        return use, layer.output(axes)

    def _given(self) -> Initializer:
        return self.choices.one((Constant(0.5), Normal(0.0, 0.5), Uniform(-1.0, 1.0), Custom(STANDARD_NORMAL)))

    def _ties(self, layer: Layer, axes: Axes) -> Tuple[Tie, ...]:
        """Ties of roles to earlier roles with corresponding axes, in any order and from any kind of layer."""
        ties: List[Tie] = []
        for role in layer.roles(axes):
            earlier = [
                Tie(role.name, Slot(at, other.name), order)
                for at, (use, given) in enumerate(self.uses)
                if use is not None
                for other in use.layer.roles(given)
                if other.state == role.state == "parameter"
                for order in _orders(role.axes, other.axes)
            ]
            if earlier and self.choices.once_in(4):
                ties.append(self.choices.one(earlier))
        return tuple(ties)


def _orders(ours: Axes, theirs: Axes) -> List[Tuple[str, ...]]:
    """Orders of an earlier role's axes that turn it into a role; an empty one means that they already correspond."""
    same: List[Tuple[str, ...]] = [()] if correspond(ours, theirs) else []
    turned = [
        tuple(axis.name for axis in order)
        for order in itertools.permutations(theirs)
        if len(ours) > 1 and ours == tuple(replace(axis, name=own.name) for axis, own in zip(order, ours))
    ]
    return same + turned if len(ours) == len(theirs) else same


@functools.lru_cache(maxsize=None)
def _fitting(axes: Axes) -> Sequence[Layer]:
    """Layers of any kind that accept these axes."""
    return [
        layer for kind in KINDS for layer in kind.choices(axes) if math.prod(shape_of(layer.output(axes))) <= ELEMENTS
    ]


# Programs.


@dataclass
class Made:
    """A network built by a program, and its state, which decides which operations are possible next."""

    network: Network
    is_ready: bool
    is_fed: bool = False
    is_optimized: bool = False
    ties: Tuple[Tuple[Slot, Slot], ...] = ()

    def copied(self) -> Made:
        return Made(self.network, self.is_ready, ties=self.ties)


class Programs:
    """Makes a program."""

    def __init__(self, choices: Choices):
        self.choices = choices
        self.networks = {"net": Networks(choices).network()}
        if choices.once_in(3):
            self.networks["other"] = Networks(choices).network()
        self.made: Dict[str, Made] = {}
        self.current = ""
        self.kept = False
        self.files: Dict[str, Made] = {}
        self.has_learned = False
        self.operations: List[Operation] = []

    def program(self, longest: int) -> Program:
        self._build()
        for _ in range(self.choices.number(longest // 5, longest)):
            self.choices.one(_STEPS)(self)
        return Program(self.networks, (Seed(self.choices.number(0, 999)), *self.operations))

    @property
    def net(self) -> Made:
        return self.made[self.current]

    def _do(self, *operations: Operation) -> None:
        self.operations += operations

    # Arguments of operations.

    def _slots(self) -> Sequence[Slot]:
        """Slots that have values."""
        network = self.net.network
        return [slot for slot in network.held if self.net.is_ready or not self._is_open(network, slot)]

    @staticmethod
    def _is_open(network: Network, slot: Slot) -> bool:
        owner = network.owner(slot)
        return network.is_inferred(slot) or network.is_inferred(owner)

    def _slot(self, slots: Optional[Sequence[Slot]] = None) -> Optional[Slot]:
        found = self._slots() if slots is None else slots
        return self.choices.one(found) if found else None

    def _parameters(self) -> Sequence[Slot]:
        return [slot for slot in self._slots() if slot in self.net.network.slots]

    def _like(self, slot: Slot) -> Sequence[Slot]:
        """Slots with the same axes; a variance only gets the values of variances, so that it is never negative."""
        network = self.net.network
        role = network.role(slot)
        return [
            other
            for other in self._slots()
            if correspond(network.role(other).axes, role.axes)
            and network.role(other).state == role.state
            and ("variance" in (role.name, other.role)) == (role.name == other.role == "variance")
        ]

    def _values(self, slot: Slot) -> ArrayRecipe:
        if slot.role == "variance":
            return Filled(self.choices.one((1.0, 0.25, 2.5)))
        return self.choices.one(
            (Drawn(self.choices.number(0, 999)), Filled(0.0), Bits((0x80000000, 0x3F800000, 0x3E800000)))
        )

    def _amount(self) -> float:
        return self.choices.one((1.0, 0.5, 1.5))

    def _initializer(self, slot: Optional[Slot]) -> Initializer:
        """An initializer for one parameter, or for all of them if ``slot`` is None."""
        plain: List[Initializer] = [Constant(0.5), Zeros(), Ones(), Default(), Normal(0.0, 0.5), Uniform(-1.0, 1.0)]
        if slot is not None:
            if slot.role == "variance":
                return self.choices.one((Constant(0.5), Ones(), Default()))
            plain += [
                ConstantArray(Drawn(self.choices.number(0, 99))),
                Custom(STANDARD_NORMAL),
                Custom(ROW_MAJOR_RAMP),
            ]
            if self.net.network.role(slot).fans is not None:
                plain += [
                    XavierUniform(),
                    XavierNormal(2.0),
                    SeededNormal(),
                    TruncatedNormal(),
                    Kaiming("tanh"),
                    VarianceScaling(),
                    Orthogonal(),
                ]
            fitting = (Identity(0.5), Dirac(), Bilinear()) if self.net.network.role(slot).window else (Identity(0.5),)
            plain += [one for one in fitting if one.array(self.net.network.shape(slot)) is not None]
        return self.choices.one(plain)

    def _target(self) -> Tuple[Target, Optional[Slot]]:
        network = self.net.network
        slot = self._slot()
        targets: List[Tuple[Target, Optional[Slot]]] = [
            (Everything(), None),
            (OneLayer(self.choices.number(0, len(network.uses) - 1)), None),
        ]
        targets += [(OneParameter(slot), slot)] * 2 if slot else []
        targets += [(Matching(role), None) for role in self._words()[:1]]
        return self.choices.one(targets)

    def _words(self) -> List[str]:
        """Roles whose name is not part of another role's name, since patterns match anywhere in a name."""
        roles = {slot.role for slot in self.net.network.held}
        return sorted(role for role in roles if not any(role in other for other in roles - {role}))

    # Steps of a program, each with one operation or a few that belong together.

    def _build(self) -> None:
        self.current = self.choices.one(sorted(self.networks))
        network = self.networks[self.current]
        self.made[self.current] = Made(network, not network.deferred)
        self._do(Build(self.current))

    def _initialize(self) -> None:
        target, slot = self._target()
        kind = self.choices.one((Initialize, Reinitialize))
        self._do(kind(self._initializer(slot), target))
        self._read_all()

    def _seed(self) -> None:
        self._do(Seed(self.choices.number(0, 3)))

    def _list(self) -> None:
        if self.net.is_ready:
            self._do(self.choices.one((ListParameters(), ListTrainable(), CountParameters(), Identify())))

    def _list_matching(self) -> None:
        for role in self._words()[:1]:
            self._do(ListMatching(role))

    def _read(self) -> None:
        slot = self._slot()
        if slot:
            network = self.net.network
            routes = ROUTES if slot in network.slots else ("attribute", "layer")
            self._do(Read(slot, self.choices.one(routes)))

    def _read_all(self) -> None:
        self._do(*map(Read, self._slots()))

    def _write_all(self) -> None:
        self._do(*(Write(slot, self._values(slot)) for slot in self._slots()))

    def _keep(self) -> None:
        slot = self._slot()
        if slot:
            self.kept = True
            self._do(KeepValue(slot, self.choices.one(FORMS)), ReadKept())

    def _read_kept(self) -> None:
        if self.kept:
            self._do(ReadKept())

    def _write(self) -> None:
        slot = self._slot()
        if slot:
            shape = self.net.network.shape(slot)
            index = tuple(self.choices.number(0, extent - 1) for extent in shape)
            write: Operation = self.choices.one(
                (
                    Write(slot, self._values(slot)),
                    Write(slot, self._values(slot), shape),
                    Add(slot, self._amount()),
                    WriteElement(slot, index, self._amount()),
                    Write(slot, Filled(1.0), tuple(extent + 1 for extent in shape)),
                    Write(slot, Filled(1.0), (1,) * len(shape)),
                )
            )
            self._do(Read(slot), write, Read(slot))

    def _copy(self) -> None:
        slot = self._slot()
        if slot:
            self._do(Copy(slot, self.choices.one(self._like(slot))), Read(slot))

    def _forward(self) -> None:
        mode = self.choices.one(("training", "training", "inference"))
        self._do(Forward(Drawn(self.choices.number(0, 99)), self.choices.number(2, 4), mode=mode))
        self.net.is_fed = mode == "training"
        self.net.is_ready = True

    def _statistics(self) -> None:
        self._write_all()
        self._forward()
        self._read_all()
        if self.net.is_fed:
            self._backward()
            self._read_all()

    def _backward(self) -> None:
        if not self.net.is_fed:
            self._forward()
        if self.net.is_fed:
            self._do(Backward(Drawn(self.choices.number(0, 99))))
            self.has_learned = True
            self.net.is_fed = False

    def _read_gradients(self) -> None:
        self._do(*map(ReadGradient, self._parameters()))

    def _step(self) -> None:
        self._do(Step(self.choices.one((0.0625, 0.01))))

    def _learn(self) -> None:
        self._backward()
        self._read_gradients()
        if self.choices.once_in(3):
            self._freeze()
        self.choices.one((Programs._step, Programs._optimize))(self)
        self._read_all()

    def _optimize(self) -> None:
        if not self.net.is_optimized or self.choices.once_in(4):
            sgd, adam = SGD(0.0625, self.choices.one((0.0, 0.5))), Adam(0.0625, 0.5, 0.875, 2.0**-7)
            self._do(MakeOptimizer(self.choices.one((sgd, adam))))
            self.net.is_optimized = True
        elif self.choices.once_in(4):
            self._do(SetLearningRate(self.choices.one((0.03125, 0.125))))
        self._do(StepOptimizer())

    def _pause(self) -> None:
        """A parameter is frozen for one step of an optimizer, and trained in the next."""
        slot = self._slot(self._parameters())
        for around in (Freeze, Unfreeze) if slot else ():
            self._do(around(slot))
            self._backward()
            self._read_gradients()
            self._read_all()
            self._optimize()
            self._read_all()

    def _resume(self) -> None:
        """An optimizer's state is saved, and loaded into another optimizer of the same kind."""
        if self.net.is_optimized:
            self._do(SaveOptimizer())
            self._do(LoadOptimizer())

    def _reset_gradients(self) -> None:
        self._do(ResetGradients())

    def _convert(self) -> None:
        """Everything is converted. Gradients that have been read are not to change, so then nothing is rounded."""
        if self.net.is_ready:
            self._write_all()
            dtype = "float64" if self.has_learned else self.choices.one(DTYPES)
            self._do(Identify(), CastAndBack(dtype), Identify())
            self._read_all()

    def _freeze(self) -> None:
        slot = self._slot(self._parameters())
        if slot:
            self._do(self.choices.one((Freeze(slot), Freeze(slot), Unfreeze(slot), FreezeLayer(slot.layer))))

    def _tie(self) -> None:
        slot = self._slot(self._parameters())
        if slot and self.net.is_ready:
            source = self.choices.one(self._like(slot))
            self.net.ties = (*self.net.ties, (slot, source))
            self._do(TieAfterBuild(slot, source))

    def _save(self) -> None:
        if self.net.is_ready:
            file = self.choices.one(("parameters", "more"))
            self.files[file] = self.net.copied()
            self._do(Save(file))

    def _load(self) -> None:
        """A file is loaded into a network with the same design and ties."""
        expected = self.net.network, self.net.ties
        fitting = [file for file, saved in self.files.items() if (saved.network, saved.ties) == expected]
        if fitting:
            self._do(Load(self.choices.one(fitting), self.choices.one(((), *itertools.combinations(MISFITS, 2)))))
            self.net.is_ready = True
            self._read_all()

    def _copy_values(self) -> None:
        """Values are copied from a network with the same design and ties."""
        expected = self.net.network, self.net.ties
        fitting = [
            name
            for name, made in self.made.items()
            if made.is_ready and name != self.current and (made.network, made.ties) == expected
        ]
        if fitting:
            self._do(CopyValues(self.choices.one(fitting)))
            self.net.is_ready = True
            self._read_all()

    def _round_trip(self) -> None:
        self._read_all()
        self._save()
        if self.choices.once_in(2):
            self._change()
        self._load()

    def _copy_network(self) -> None:
        kind = self.choices.one((Clone, DeepCopy))
        name = self.choices.one(("clone", "copy", self.current))
        self.made[name] = self.net.copied()
        self.current = name
        self._do(kind(name))
        self.choices.one((Programs._read_all, Programs._list, Programs._learn, Programs._statistics))(self)

    def _change(self) -> None:
        self.choices.one((Programs._build, Programs._write_all, Programs._learn, Programs._initialize))(self)

    def _select(self) -> None:
        self.current = self.choices.one(sorted(self.made))
        self._do(Select(self.current))


_STEPS: Tuple[Callable[[Programs], None], ...] = (
    Programs._read_all,
    Programs._write_all,
    Programs._read,
    Programs._write,
    Programs._learn,
    Programs._learn,
    Programs._statistics,
    Programs._round_trip,
    Programs._forward,
    Programs._backward,
    Programs._read_gradients,
    Programs._step,
    Programs._reset_gradients,
    Programs._resume,
    Programs._convert,
    Programs._pause,
    Programs._initialize,
    Programs._list,
    Programs._list,
    Programs._list_matching,
    Programs._freeze,
    Programs._copy,
    Programs._copy_network,
    Programs._select,
    Programs._save,
    Programs._load,
    Programs._copy_values,
    Programs._tie,
    Programs._keep,
    Programs._read_kept,
    Programs._seed,
    Programs._build,
)


@st.composite
def any_programs(draw, longest: int = 20) -> Program:
    return Programs(DrawnChoices(draw)).program(longest)


def chosen_program(chance: random.Random, longest: int = 20) -> Program:
    """A program chosen by a random generator, which is much faster than Hypothesis."""
    return Programs(Choices(chance)).program(longest)
