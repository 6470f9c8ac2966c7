"""The fewest methods of NumPy's that make one framework's array of a role of another's."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Iterator, Tuple

import numpy as np

from specs.layers.layer import Axes
from specs.layers.layout import Layout, Steps, applied

#: Extents that no two axes share, so that what is seen of one order of axes is seen of that alone.
PRIMES = (5, 7, 11, 13, 17, 19)


def distinct(axes: Axes) -> Axes:
    """The axes with extents apart from each other; those whose places have letters keep theirs."""
    extents = iter(PRIMES)
    return tuple(axis if axis.letters else dataclasses.replace(axis, extent=next(extents), parts=()) for axis in axes)


def representative(ours: Layout, theirs: Layout) -> Steps:
    """The same for axes of small extents: what is done does not depend on them, unless axes are packed of parts."""
    if any(axis.parts for axis in ours.axes):
        return shortest(ours, theirs)
    axes = distinct(ours.axes)
    return shortest(dataclasses.replace(ours, axes=axes), dataclasses.replace(theirs, axes=axes))


def shortest(ours: Layout, theirs: Layout) -> Steps:
    """One method where one will do, or else what goes by the order of the specification."""
    places = np.arange(math.prod(ours.shape)).reshape(ours.shape)
    long = (*ours.to_canonical, *theirs.to_native)
    wanted = applied(long, places)
    if wanted.size < places.size:  # a slice of an array
        return long
    simple = _simple(ours.shape, theirs.block)
    return next((steps for steps in simple if np.array_equal(applied(steps, places), wanted)), long)


def _simple(ours: Tuple[int, ...], theirs: Tuple[int, ...]) -> Iterator[Steps]:
    yield ()
    yield from (((("transpose", order),)) for order in itertools.permutations(range(len(ours))))
    yield (("reshape", theirs),)
    for order in itertools.permutations(range(len(ours))):
        yield ("transpose", order), ("reshape", theirs)
    for order in itertools.permutations(range(len(theirs))):
        yield ("reshape", tuple(theirs[order.index(at)] for at in range(len(order)))), ("transpose", order)
