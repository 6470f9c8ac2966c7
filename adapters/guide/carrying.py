"""What becomes of one framework's array of a role in another: the methods of NumPy's that make the one of the other."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import replace
from typing import Any, Dict, Iterator, Sequence, Tuple

import numpy as np

from adapters.guide.exhibits import Held
from specs.layers.layer import Axes, Role
from specs.layers.layout import Layout, Steps, applied, layout

#: Extents that no two axes share, so that what is seen of one order of axes is seen of that alone.
PRIMES = (5, 7, 11, 13, 17, 19)


def carried(x: Held, y: Held, role: Role) -> str:
    """An assignment that makes y's array of x's, extents by the names of axes: ``kernel = weight.transpose(1, 0)``."""
    axes = distinct(role)
    (source, ours), (target, theirs) = _placed(x, axes), _placed(y, axes)
    steps = _shortest(ours, theirs)
    return f"{target} = {source}" + "".join(_said(method, arguments, axes) for method, arguments in steps)


def distinct(role: Role) -> Axes:
    """The axes of a role, with extents apart from each other; those whose places have letters keep theirs."""
    extents = iter(PRIMES)
    return tuple(axis if axis.letters else replace(axis, extent=next(extents), parts=()) for axis in role.axes)


def _placed(held: Held, axes: Axes) -> Tuple[str, Layout]:
    """Where the array is: the framework's own, or a slice of it that is the role."""
    first, *rest = held.axes
    slice_of = re.fullmatch(r"\w+=(\d+)/\d+", first)
    name, own = (f"{held.name}[{slice_of[1]}]", rest) if slice_of else (held.name, held.axes)
    return name, layout(f"{held.name}: {' '.join(own)}", axes, "*data")


def _shortest(ours: Layout, theirs: Layout) -> Steps:
    """One method where one will do, or else what goes by the order of the specification."""
    places = np.arange(math.prod(ours.shape)).reshape(ours.shape)
    long = (*ours.to_canonical, *theirs.to_native)
    wanted = applied(long, places)
    found = (steps for steps in _simple(ours, theirs) if np.array_equal(applied(steps, places), wanted))
    return next(found, long)


def _simple(ours: Layout, theirs: Layout) -> Iterator[Steps]:
    yield ()
    yield from (((("transpose", order),)) for order in itertools.permutations(range(len(ours.shape))))
    yield (("reshape", theirs.shape),)
    for order in itertools.permutations(range(len(ours.shape))):
        yield ("transpose", order), ("reshape", theirs.shape)
    for order in itertools.permutations(range(len(theirs.shape))):
        yield ("reshape", tuple(theirs.shape[order.index(at)] for at in range(len(order)))), ("transpose", order)


def _said(method: str, arguments: Sequence[Any], axes: Axes) -> str:
    extents = {axis.name: axis.extent for axis in axes}
    shown = [_named(one, extents) if method == "reshape" else str(one) for one in arguments]
    return f".{method}({', '.join(shown)})"


def _named(extent: int, extents: Dict[str, int]) -> str:
    """An extent as a product of those of axes."""
    for count in range(1, len(extents) + 1):
        for names in itertools.combinations(extents, count):
            if math.prod(extents[name] for name in names) == extent:
                return " * ".join(names)
    return str(extent)
