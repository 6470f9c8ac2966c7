"""Matches a file's arrays to a network's: by name if the names are equal, else in order."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from typing import Dict, List, Mapping, Sequence, Tuple

import numpy as np

from adapters.carrying.arrays import check_names, misfit
from specs.errors import SpecError

Shapes = Mapping[str, Tuple[int, ...]]

#: Parts of names in a Keras file that do not identify a layer.
_AROUND = ("layers", "vars", "sequential", "functional", "residual")


@dataclass(frozen=True)
class Matching:
    """The name in the file for each name in the network; ``by_order`` if names differ.

    ``ghosts`` are entries that are not trained, and so left out: counters, states of generators. ``alike`` are layers
    that only their order in the file tells apart.
    """

    names: Dict[str, str]
    ghosts: Tuple[str, ...]
    by_order: bool
    alike: Tuple[str, ...]


def matched(
    expected: Shapes, stored: Mapping[str, np.ndarray], given: Mapping[str, str], leave: Sequence[str]
) -> Matching:
    """Match a file's entries to a network's names.

    ``given`` maps names, or prefixes of names, in the network to those in the file; ``leave`` has patterns of entries
    to leave out. Raises :class:`SpecError` with the names of missing, extra and misshaped arrays.
    """
    kept = {name: array for name, array in stored.items() if not any(fnmatch.fnmatchcase(name, one) for one in leave)}
    for pattern in leave:
        if not fnmatch.filter(stored, pattern):
            raise SpecError(f"leave: nothing in the file is called {pattern}")
    floats = {name: array.shape for name, array in kept.items() if array.dtype.kind == "f"}
    if given:
        names = {name: _renamed(name, given) for name in expected}
    elif all(name in floats for name in expected):
        names = {name: name for name in expected}
    else:
        names = _in_order(expected, floats)
    check_names(floats, dict.fromkeys(names.values()))
    for ours, theirs in names.items():
        if floats[theirs] != expected[ours]:
            called = theirs if ours == theirs else f"{theirs}, for {ours}"
            raise SpecError(f"{called}: {misfit(floats[theirs], expected[ours])}")
    ghosts = tuple(name for name in kept if name not in floats)
    by_order = not given and any(ours != theirs for ours, theirs in names.items())
    return Matching(names, ghosts, by_order, _alike(floats) if by_order else ())


def _alike(stored: Shapes) -> Tuple[str, ...]:
    """Layers in the file whose arrays have the same names and shapes as those of another layer of their class."""
    found: Dict[str, None] = {}
    for holders in _holders(stored).values():
        shapes = {holder: [stored[leaves[leaf]] for leaf in sorted(leaves)] for holder, leaves in holders.items()}
        found.update((holder, None) for holder in shapes if [*shapes.values()].count(shapes[holder]) > 1)
    return tuple(found)


def _renamed(name: str, given: Mapping[str, str]) -> str:
    """The name in the file; the longest given prefix applies."""
    for start in sorted(given, key=len, reverse=True):
        if name == start or name.startswith((f"{start}.", f"{start}/")):
            return given[start] + name[len(start) :]
    return name


def _in_order(expected: Shapes, stored: Shapes) -> Dict[str, str]:
    """Match layers with the same array names, each in its order. Raises :class:`SpecError`."""
    ours, theirs = _holders(expected), _holders(stored)
    found: Dict[str, str] = {}
    for kind, known in ours.items():
        fitting = theirs.get(kind, {})
        if len({holder.count("/") for holder in fitting}) > 1:
            raise SpecError(f"{', '.join(fitting)}: which comes first is not in the file; name them (--names)")
        for mine, other in zip(known.values(), fitting.values()):
            found.update((mine[leaf], other[leaf]) for leaf in mine)
    missing = [name for name in expected if name not in found]
    if missing:
        left = [name for name in stored if name not in found.values()]
        lacking = [name for name in missing if name not in left]
        over = [name for name in left if name not in missing]
        raise SpecError(f"missing: {', '.join(lacking)}; left over: {', '.join(over) or 'nothing'}")
    return found


def _holders(names: Shapes) -> Dict[Tuple[str, ...], Dict[str, Dict[str, str]]]:
    """Names by layer and then by array; layers of one class with the same array names are grouped."""
    by_holder: Dict[str, Dict[str, str]] = {}
    for name in names:
        holder, _, leaf = re.fullmatch(r"(?:(.*)([./]))?([^./]*)", name).groups("")  # type: ignore[union-attr]
        by_holder.setdefault(holder, {})[leaf] = name
    found: Dict[Tuple[str, ...], Dict[str, Dict[str, str]]] = {}
    for holder, leaves in by_holder.items():
        found.setdefault((_kind(holder), *sorted(leaves)), {})[holder] = leaves
    return found


def _kind(holder: str) -> str:
    """The class of a layer if names contain it: ``layers/conv2d_1/vars`` is a ``conv2d``."""
    if "/" not in holder:
        return ""
    parts: List[str] = [re.sub(r"_\d+$", "", part) for part in holder.split("/")]
    return "/".join(part for part in parts if part not in _AROUND)
