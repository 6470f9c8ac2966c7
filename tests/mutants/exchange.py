"""Mutants that are subclasses of the reference's adapter: planting one exchanges the adapter that programs run on."""

from __future__ import annotations

import itertools
from contextlib import AbstractContextManager
from typing import Any, Callable, Dict, Iterator, Optional, Tuple, Type
from unittest import mock

from adapters.interface import Adapter
from adapters.reference import ReferenceAdapter
from adapters.running import engine
from specs import initializers
from specs.programs import networks, operations, optimizers

LISTS = (operations.ListParameters, operations.ListTrainable, operations.ListMatching, operations.CountParameters)
#: The operations and initializers that a method serves. One that is not here serves all.
SERVES: Dict[str, Tuple[type, ...]] = {
    "seed": (operations.Seed,),
    "normal": (initializers.Normal, initializers.Bare),
    "uniform": (initializers.Uniform, initializers.Bare),
    "constant": (initializers.Constant, initializers.Default),
    "constant_array": (initializers.ConstantArray,),
    "zeros": (initializers.Zeros, initializers.Default),
    "ones": (initializers.Ones, initializers.Default),
    "xavier_uniform": (initializers.XavierUniform, initializers.Bare, initializers.Default),
    "xavier_normal": (initializers.XavierNormal,),
    "variance_scaling": (initializers.VarianceScaling, initializers.Kaiming, initializers.Bare),
    "bare": (initializers.Bare,),
    "truncated_normal": (initializers.TruncatedNormal, initializers.Bare),
    "kaiming": (initializers.Kaiming,),
    "orthogonal": (initializers.Orthogonal, initializers.Bare, initializers.Default),
    "identity": (initializers.Identity,),
    "dirac": (initializers.Dirac,),
    "bilinear": (initializers.Bilinear,),
    "custom": (initializers.Custom,),
    "fans": (
        initializers.XavierUniform,
        initializers.XavierNormal,
        initializers.VarianceScaling,
        initializers.Bare,
        initializers.Default,
    ),
    "start": (initializers.Default,),
    "tie": (networks.Tie,),
    "block": (networks.Block,),
    "plain_list": (networks.PlainList,),
    "residual": (networks.Residual,),
    "by_layer": (operations.Read,),
    "by_name": (operations.Read,),
    "by_order": (operations.Read,),
    "parameters": (*LISTS, operations.Read, operations.Step, operations.Initialize, operations.Reinitialize),
    "trainable": (operations.ListTrainable, operations.Step),
    "matching": (operations.ListMatching, operations.Matching),
    "count": (operations.CountParameters,),
    "value": (operations.Read, operations.KeepValue),
    "tensor": (operations.KeepValue,),
    "as_numpy": (operations.ReadKept,),
    "shape": LISTS[:3],
    "dtype": LISTS[:3],
    "is_trainable": LISTS[:3],
    "initialize_network": (operations.Initialize, operations.Reinitialize),
    "initialize_layer": (operations.OneLayer,),
    "initialize_parameter": (operations.OneParameter,),
    "initialize_matching": (operations.Matching,),
    "write": (operations.Write,),
    "add": (operations.Add,),
    "write_element": (operations.WriteElement,),
    "copy": (operations.Copy,),
    "forward": (operations.Forward,),
    "infer": (operations.Forward,),
    "run": (operations.Forward,),
    "through": (operations.Forward,),
    "use": (operations.Forward,),
    "apply": (operations.Forward,),
    "output": (operations.Forward,),
    "backward": (operations.Backward,),
    "gradient": (operations.ReadGradient,),
    "step": (operations.Step,),
    "sgd": (optimizers.SGD,),
    "adam": (optimizers.Adam,),
    "step_optimizer": (operations.StepOptimizer,),
    "reset_gradients": (operations.ResetGradients,),
    "freeze": (operations.Freeze,),
    "unfreeze": (operations.Unfreeze,),
    "freeze_layer": (operations.FreezeLayer,),
    "share": (operations.TieAfterBuild,),
    "save": (operations.Save,),
    "load": (operations.Load,),
    "load_despite": (operations.Load,),
    "copy_values": (operations.CopyValues,),
    "cast": (operations.CastAndBack,),
    "convert": (operations.CastAndBack,),
    "clone": (operations.Clone,),
    "deepcopy": (operations.DeepCopy,),
}


def plant(mutant: Type[Adapter]) -> Callable[[], AbstractContextManager[Any]]:
    """Planting runs the programs on an adapter of the mutant's class in place of the one that was asked for."""

    def planted() -> AbstractContextManager[Any]:
        run = engine.run
        adapter = mutant()
        return mock.patch.object(engine, "run", lambda _, program: run(adapter, program))

    return planted


def reach(mutant: Type[Adapter], declared: Callable[[type], Optional[Tuple[type, ...]]]) -> Tuple[type, ...]:
    """What is declared of each class that makes up the mutant, or else what the methods that it overrides serve."""
    said = {base: declared(base) for base in _own(mutant)}
    return tuple(kind for base, kinds in said.items() for kind in (_served(base) if kinds is None else kinds))


def _own(mutant: Type[Adapter]) -> Iterator[type]:
    """The mutant's classes, down to the adapter that it changes."""
    return itertools.takewhile(lambda base: base is not ReferenceAdapter, mutant.__mro__)


def _served(base: type) -> Tuple[type, ...]:
    overridden = [name for name in vars(base) if callable(getattr(ReferenceAdapter, name, None))]
    return tuple(kind for name in overridden for kind in SERVES.get(name, (operations.Build,)))
