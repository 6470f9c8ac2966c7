"""Code that turns one framework's array for a role into another framework's, with NumPy methods."""

from __future__ import annotations

import itertools
import math
import re
from typing import Any, Dict, Sequence, Tuple

from adapters.carrying.steps import distinct, shortest
from adapters.guide.exhibits import Held
from specs.layers.layer import Axes, Role
from specs.layers.layout import Layout, layout


def carried(x: Held, y: Held, role: Role) -> str:
    """An assignment that computes y's array from x's; extents are axis names: ``kernel = weight.transpose(1, 0)``."""
    axes = distinct(role.axes)
    (source, ours), (target, theirs) = _placed(x, axes), _placed(y, axes)
    steps = shortest(ours, theirs)
    return f"{target} = {source}" + "".join(_said(method, arguments, axes) for method, arguments in steps)


def _placed(held: Held, axes: Axes) -> Tuple[str, Layout]:
    """The expression for the role's array, which may be a slice of the framework's array, and its layout."""
    first, *rest = held.axes
    slice_of = re.fullmatch(r"\w+=(\d+)/\d+", first)
    name, own = (f"{held.name}[{slice_of[1]}]", rest) if slice_of else (held.name, held.axes)
    return name, layout(f"{held.name}: {' '.join(own)}", axes, "*data")


def _said(method: str, arguments: Sequence[Any], axes: Axes) -> str:
    extents = {axis.name: axis.extent for axis in axes}
    shown = [_named(one, extents) if method == "reshape" else str(one) for one in arguments]
    return f".{method}({', '.join(shown)})"


def _named(extent: int, extents: Dict[str, int]) -> str:
    """An extent as a product of axis names."""
    for count in range(1, len(extents) + 1):
        for names in itertools.combinations(extents, count):
            if math.prod(extents[name] for name in names) == extent:
                return " * ".join(names)
    return str(extent)
