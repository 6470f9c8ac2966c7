"""The fewest NumPy methods that convert a role's array from one framework's layout to another's."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Iterator, Tuple

import numpy as np

from specs.layers.layer import Axes
from specs.layers.layout import Layout, Steps, applied

#: Distinct extents, so that a result for one axis order does not hold for another by chance.
PRIMES = (5, 7, 11, 13, 17, 19)


def distinct(axes: Axes) -> Axes:
    """The axes with distinct extents, except axes with letters, which keep theirs."""
    extents = iter(PRIMES)
    return tuple(axis if axis.letters else dataclasses.replace(axis, extent=next(extents), parts=()) for axis in axes)


def representative(ours: Layout, theirs: Layout) -> Steps:
    """The steps for small extents, which are the same for all extents unless axes consist of parts."""
    if any(axis.parts for axis in ours.axes):
        return shortest(ours, theirs)
    axes = distinct(ours.axes)
    return shortest(dataclasses.replace(ours, axes=axes), dataclasses.replace(theirs, axes=axes))


def shortest(ours: Layout, theirs: Layout) -> Steps:
    """A single method if one suffices, else the steps through the canonical axis order."""
    places = np.arange(math.prod(ours.shape)).reshape(ours.shape)
    long = (*ours.to_canonical, *theirs.to_native)
    wanted = applied(long, places)
    if wanted.size < places.size:  # only a slice of the array is needed
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
