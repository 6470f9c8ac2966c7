"""Scripts that carry a trained layer of each kind between each two frameworks, and their output.

A layer is built, run and saved in its framework. The script shown loads that file into a layer of the other framework
and runs it on the same batch. Both outputs are checked against the specification.
"""

from __future__ import annotations

import itertools
import re
import tempfile
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence, Tuple

import numpy as np

from adapters import scripts
from adapters.carrying import code, files
from adapters.carrying.arrays import Values, declarations, layout_at
from adapters.carrying.plans import changes, has, planned
from adapters.carrying.sides import own_suffixes, paths, placed
from adapters.guide.exhibits import Port
from adapters.scripts.folding import given
from adapters.scripts.running import Ended, Interpreter
from adapters.scripts.symbolic import Expression
from adapters.scripts.writing import ScriptWriter, expression
from specs.arrays import Drawn, Listed
from specs.errors import SpecError
from specs.initializers import Default
from specs.layers import EXAMPLES
from specs.layers.layout import batches
from specs.programs.networks import Network, Use
from specs.programs.operations import Build, Forward, Initialize, Save, Write
from specs.programs.passes import forward
from specs.programs.program import Program

#: The batch on which layers are run on both sides.
FED = Forward(Drawn(1), rows=2, mode="inference")
#: The end of a source's script: it converts the saved file to a format that every framework's script can read.
_KEEP = "np.savez(sys.argv[2], **read(sys.argv[1]))\n"


@dataclass(frozen=True)
class Side:
    """A framework: its name here, its adapter's name, and where its scripts run."""

    name: str
    adapter: str
    interpreter: Interpreter


@dataclass(frozen=True)
class Departed:
    """A saved layer: its arrays, its file, and its output."""

    network: Network
    values: Values
    file: Path
    arrays: Path
    ended: Future[Ended]


def ports(sides: Sequence[Side], width: int) -> Tuple[Port, ...]:
    """All carried layers. Raises :class:`SpecError` if a script's output is not as specified."""
    with tempfile.TemporaryDirectory(prefix="concordance-") as name:
        left = {
            (side.name, kind): _departed(side, kind, network, Path(name))
            for side in sides
            for kind, network in layers(side.adapter).items()
        }
        pending = [
            (source, target, kind, _started(source, target, departed, width, Path(name) / "out"))
            for source, target in itertools.permutations(sides, 2)
            for (at, kind), departed in left.items()
            if at == source.name
        ]
        return tuple(_port(*one, left[one[0].name, one[2]]) for one in pending)


def layers(adapter: str) -> Dict[str, Network]:
    """For each kind, a network of one layer: of those that a framework supports, the first with the most roles."""
    found: Dict[str, Network] = {}
    for kind, (example, axes) in EXAMPLES.items():
        known = [one for one in (example, *type(example).choices(axes)) if one.roles(axes) and has(adapter, one)]
        if known:
            layer = max(known, key=lambda one: len({role.family for role in one.roles(axes)}))
            found[kind] = Network(axes, (Use(layer),))
    return found


class _Storing(ScriptWriter):
    """Writes a script that saves its network to the path in its first argument."""

    def file(self, name: str) -> Any:
        return Expression(given(expression("sys.argv[1]")))


def _departed(side: Side, kind: str, network: Network, folder: Path) -> Departed:
    recipes = {
        slot: Listed(tuple(map(float, _trained(slot.role, Drawn(at).array(network.shape(slot))).ravel())))
        for at, slot in enumerate(network.held)
    }
    values = {slot: recipe.array(network.shape(slot)) for slot, recipe in recipes.items()}
    writes = (Write(slot, recipe) for slot, recipe in recipes.items())
    program = Program({"net": network}, (Build("net"), Initialize(Default()), *writes, FED, Save()))
    file = folder / f"{side.name}-{kind}{_suffix(side)}"
    script = scripts.write(program, side.adapter, writing=_Storing)
    text = f"{script.text}{code.reading(side.adapter, file, name='read')}{_KEEP}"
    arrays = file.with_name(f"{side.name}-{kind}.npz")
    return Departed(network, values, file, arrays, side.interpreter.start(text, str(file), str(arrays)))


def _suffix(side: Side) -> str:
    """The suffix of a framework's own files."""
    suffix: str = declarations(side.adapter).file_suffix
    return own_suffixes(suffix)[0]


def _trained(role: str, array: np.ndarray) -> np.ndarray:
    """Values for a trained layer: variances are made non-negative."""
    return np.abs(array) + np.float32(0.5) if role == "variance" else array


@dataclass(frozen=True)
class Started:
    """A carrying script, where it runs, and what trains differently afterwards; or why there is no script."""

    text: str = ""
    prices: Tuple[str, ...] = ()
    missing: str = ""
    ended: "Future[Ended] | None" = None


def _started(source: Side, target: Side, departed: Departed, width: int, out: Path) -> Started:
    network = departed.network
    try:
        plan = planned(network, source.adapter, target.adapter, changes(network, target.adapter))
    except SpecError as error:
        return Started(missing=str(error))
    _succeeded(departed.ended.result(), f"storing {network.layer(0)} in {source.name}")
    held = {slot: layout_at(source.adapter, network, slot) for slot in departed.values}
    names = paths(placed(files.read(departed.arrays), held, departed.values))
    text = code.script(plan, names, Path(f"trained{_suffix(source)}"), "", (FED,), width)
    ended = target.interpreter.start(text, str(departed.arrays), f"{out}{_suffix(target)}")
    return Started(text, tuple(plan.prices), ended=ended)


def _port(source: Side, target: Side, kind: str, started: Started, departed: Departed) -> Port:
    if started.ended is None:
        return Port(kind, source.name, target.name, missing=started.missing)
    what = f"{kind}, {source.name} to {target.name}"
    there = _succeeded(started.ended.result(), what)
    before = departed.ended.result().out.splitlines()
    for side, printed in ((source, before), (target, there)):
        _check(side, departed, printed, what)
    return Port(
        kind, source.name, target.name, tuple(started.text.splitlines()), tuple(there), tuple(before), started.prices
    )


def _succeeded(ended: Ended, what: str) -> List[str]:
    if ended.status:
        *_, last = ended.err.strip().splitlines() or ["no error output"]
        raise SpecError(f"{what}: the script exited with status {ended.status}: {last}")
    return ended.out.splitlines()


def _check(side: Side, departed: Departed, printed: Sequence[str], what: str) -> None:
    """Raise :class:`SpecError` if the output differs from the specified one by more than rounding."""
    network = departed.network
    held = batches(network.output, declarations(side.adapter).data, FED.rows)
    numbers = [*_numbers(printed)]
    batch = network.fed(FED.batch.array(network.batch_shape(FED.rows)))
    expected = forward(network, departed.values, batch, training=False).output
    if len(numbers) != expected.value.size:
        raise SpecError(f"{what}: {side.name} printed {len(numbers)} numbers, not {expected.value.size}")
    seen = held.canonical(np.array(numbers, np.float32).reshape(held.shape))
    if not expected.admits(seen):
        raise SpecError(f"{what}: {side.name}: {expected.excess(seen)}")


def _numbers(lines: Sequence[str]) -> Iterator[float]:
    for line in lines:
        yield from map(float, re.findall(r"[-+]?\d[\d.]*(?:e[-+]?\d+)?", line))
