"""Writes a conversion as a script independent of this project: it reads a file, converts arrays, loads a network."""

from __future__ import annotations

import ast
import functools
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence, Union

import numpy as np

from adapters import scripts
from adapters.carrying.arrays import declarations, layout_at
from adapters.carrying.files import suffix_of
from adapters.carrying.plans import Plan
from adapters.carrying.steps import shortest
from adapters.scripts.folding import given
from adapters.scripts.layout import WIDTH, Piece
from adapters.scripts.symbolic import Expression
from adapters.scripts.writing import ScriptWriter, expression, parsed, stepped
from specs.arrays import ArrayRecipe, Filled, Shape
from specs.initializers import Default
from specs.layers.layout import Layout
from specs.programs.networks import Slot
from specs.programs.operations import Build, Initialize, Save, Write
from specs.programs.program import Program

_READ = """
def $read(file):
    '''Read arrays by name, from a file of $source's or an .npz of the same arrays.'''
    if file.endswith(".npz"):
        with np.load(file) as stored:
            return {name: np.float32(array) for name, array in stored.items()}
"""
_READ_TORCH = """
    import torch
    stored = torch.load(file, map_location="cpu", weights_only=True)$steps
    return {name: value.detach().float().numpy() for name, value in stored.items() if torch.is_tensor(value)}
"""
_READ_HDF5 = """
    import h5py
    found = {}
    with h5py.File(file) as stored:
        stored$steps.visititems(lambda name, entry: found.update({name: entry}))
        return {name: np.float32(entry[()]) for name, entry in found.items() if isinstance(entry, h5py.Dataset)}
"""
#: The rest of the reader, by file suffix. ``$steps`` index into a checkpoint.
_READING = {
    ".npz": "",
    ".safetensors": """
    from safetensors.numpy import load_file
    return {name: np.float32(array) for name, array in load_file(file).items()}
""",
    ".pt": _READ_TORCH,
    ".pth": _READ_TORCH,
    ".params": """
    from mxnet import nd
    return {name.split(":")[-1]: np.float32(array.asnumpy()) for name, array in nd.load(file).items()}
""",
    ".h5": _READ_HDF5,
    ".keras": """
    import io
    import zipfile
    file = io.BytesIO(zipfile.ZipFile(file).read("model.weights.h5"))
"""
    + _READ_HDF5,
}
_HEAD = """Carry weights from {source} to {target}: python SCRIPT {file} FILE{suffix}
"""
_ELSEWHERE = """
Where {source} is installed elsewhere, np.savez("arrays.npz", **read("{file}")) there
leaves what can be given here in place of {file}.
"""


def script(
    plan: Plan, names: Mapping[str, str], file: Path, key: str, then: Sequence[Any] = (), width: int = WIDTH
) -> str:
    """A script that converts a file of the source framework, read from ``file``, into one of the target.

    ``names`` maps slots to the file's arrays, as in :func:`made`; ``key`` is their path in a checkpoint. ``then`` are
    operations on the network after it is stored.
    """
    writes = [Write(slot, Filled(0.0)) for slot in made(plan, names)]
    program = Program({"net": plan.carried}, (Build("net"), Initialize(Default()), *writes, Save(), *then))
    writing = functools.partial(Writer, plan, names, reading(plan.source, file, key))
    suffix = getattr(declarations(plan.target), "file_suffix", "")
    head = _HEAD if suffix_of(file) == ".npz" else _HEAD + _ELSEWHERE
    docstring = head.format(source=plan.source, target=plan.target, file=file.name, suffix=suffix)
    return f'"""{docstring}"""\n\n{scripts.write(program, plan.target, width=width, writing=writing).text}'


def reading(source: str, file: Path, key: str = "", name: str = "$read") -> str:
    """The definition of a function that reads a file."""
    steps = "".join(f"[{step!r}]" for step in key.split("/") if step)
    text = _READ + _READING[suffix_of(file)]
    return text.replace("$steps", steps).replace("$source", source).replace("$read", name)


class Taken:
    """An array of the source as an expression in canonical axes. Arithmetic on it gives larger expressions."""

    def __init__(self, node: ast.expr):
        self.node = node

    def __add__(self, other: Taken) -> Taken:
        return Taken(ast.BinOp(self.node, ast.Add(), other.node))

    def __getitem__(self, at: int) -> Taken:
        return Taken(ast.Subscript(self.node, ast.Constant(at), ast.Load()))


class Whole(Taken):
    """An array that was only read: ``stored`` is its expression, ``held`` the layout of the role in it."""

    def __init__(self, stored: ast.expr, held: Layout):
        super().__init__(stepped(stored, held.to_canonical))
        self.stored = stored
        self.held = held


def made(plan: Plan, names: Mapping[str, str], arrays: str = "arrays") -> Dict[Slot, ast.expr]:
    """For each slot of the target, the expression of its array, or part of one, from the source's ``arrays``.

    ``names`` maps paths of slots to names of arrays, followed by the part that contains the slot.
    """
    taken: Dict[Slot, Any] = {}
    for slot in plan.network.held:
        if plan.network.owner(slot) == slot:
            held = layout_at(plan.source, plan.network, slot, plan.flattened)
            whole = names[slot.path]
            name = whole[: len(whole) - len(held.part)]
            taken[slot] = Whole(expression(f"{arrays}[{name!r}]"), held)
    return {slot: _native(one, layout_at(plan.target, plan.carried, slot)) for slot, one in plan.values(taken).items()}


def _native(one: Union[Taken, np.ndarray], theirs: Layout) -> ast.expr:
    if isinstance(one, Whole):
        return stepped(one.stored, shortest(one.held, theirs))
    if isinstance(one, Taken):
        return stepped(one.node, theirs.to_native)
    (number,) = np.unique(one)  # values that depend on no array are constant: zeros or ones
    return expression(f"np.full({theirs.block!r}, {float(number)!r}, dtype=np.float32)")


class Writer(ScriptWriter):
    """Writes a program whose values are those carried, computed from the arrays that ``reading`` reads from a file."""

    def __init__(self, plan: Plan, names: Mapping[str, str], reading: str, *others: Any):
        super().__init__(*others)
        self.arrays, read = self.names.own("arrays"), self.names.own("read")
        self.made = made(plan, names, self.arrays)
        (self.functions.definitions[read],) = parsed(reading.replace("$read", read))
        self.start = parsed(f"{self.arrays} = {read}(sys.argv[1])")

    def pieces(self) -> List[List[Piece]]:
        return [[*self.start], *super().pieces()]

    def native_array(self, layout: Layout, recipe: ArrayRecipe, shape: Shape) -> Expression:
        return self.builder.passing(self.made[self.operation.slot], "values")

    def file(self, name: str) -> Any:
        return Expression(given(expression("sys.argv[2]")))
