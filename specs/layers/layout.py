"""How a framework stores a role: one pattern in the notation of einops.

``kernel: in (gate:ifgo out)`` says that an array called ``kernel`` has two axes, the second of which packs gates, in
the order i f g o, and outputs. ``*window`` stands for the axes of the role that the pattern does not name, in their
order, as separate axes or packed with others, as in ``(channel *space)``; ``1`` is an axis of extent 1; ``side=0/2``
says that the role is the first of two slices along an axis of the array. Nothing after the colon stands for an array
without axes, of a role whose axes all have extent 1.

A pattern is translated to a list of NumPy methods with their arguments (:data:`Steps`), which can be applied to an
array or written to a script.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from specs.errors import SpecError
from specs.layers.layer import Axes, Axis, named
from specs.older import cached_property, prod

#: Methods of an array with their arguments, in order.
Steps = Tuple[Tuple[str, Tuple[Any, ...]], ...]

_GROUP = re.compile(r"\([^()]*\)|[^\s()]+")
_TOKEN = re.compile(r"(?P<name>\*?[a-z_]+|1)(:(?P<letters>[a-z]+))?(=(?P<at>\d+)/(?P<of>\d+))?")


@dataclass(frozen=True)
class Token:
    """One axis in a pattern: its name, the order of its letters, and which of how many slices the role is."""

    name: str
    letters: str = ""
    at: Optional[int] = None
    of: int = 1


@dataclass(frozen=True)
class Held:
    """An array of a framework that is a role, or has the role as a slice."""

    name: str
    groups: Tuple[Tuple[Token, ...], ...]

    @staticmethod
    @functools.lru_cache(maxsize=None)
    def parse(text: str) -> Held:
        """Read ``name: pattern``. Raises :class:`SpecError` if the text has another form."""
        name, colon, pattern = text.partition(": ")
        found = _GROUP.findall(pattern)
        if not colon or "".join(found).replace(" ", "") != pattern.replace(" ", ""):
            raise SpecError(f"layout {text!r}: expected 'name: axes', as in 'kernel: in (gate out)'")
        return Held(name, tuple(tuple(_token(word, text) for word in group.strip("()").split()) for group in found))

    def __str__(self) -> str:
        return f"{self.name} of {len(self.groups)} axes"


def _token(word: str, text: str) -> Token:
    match = _TOKEN.fullmatch(word)
    if match is None:
        raise SpecError(
            f"layout {text!r}: {word!r} is no axis; accepted: name, name:letters, name=index/extent, *name, 1"
        )
    at, of = match["at"], int(match["of"] or 1)
    if at is not None and int(at) >= of:
        raise SpecError(f"layout {text!r}: {word!r} is no slice; accepted: an index that is less than the extent")
    return Token(match["name"], match["letters"] or "", None if at is None else int(at), of)


@dataclass(frozen=True)
class Layout:
    """A pattern applied to the axes of one role.

    ``native`` groups the axes as the framework packs them, including slices. Axes with packed parts (after a Flatten)
    have them in the order in which the framework holds its data, whose pattern is ``data``.
    """

    held: Held
    axes: Axes
    data: str = "*data"

    @cached_property
    def groups(self) -> Tuple[Tuple[Token, ...], ...]:
        """The pattern's groups, with the starred name and axes with parts expanded. Raises :class:`SpecError`."""
        if not self.held.groups and all(axis.extent == 1 for axis in self.axes):
            return ()
        known = {axis.name: axis for axis in self.axes}
        written = [token.name for group in self.held.groups for token in group if token.at is None]
        rest = [name for name in known if name not in written]
        groups: List[Tuple[Token, ...]] = []
        for group in self.held.groups:
            starred = [token for token in group if token.name.startswith("*")]
            if starred and len(group) == 1:
                groups += [tuple(self._unpacked(Token(name), known)) for name in rest]
            else:
                written_out = [Token(name) for name in rest] if starred else []
                tokens = [one for token in group for one in (written_out if token in starred else [token])]
                groups.append(tuple(each for token in tokens for each in self._unpacked(token, known)))
        named_there = [token.name for group in groups for token in group if token.at is None and token.name != "1"]
        if sorted(named_there) != sorted(axis.name for axis in self._fine):
            raise SpecError(f"layout of {self.held.name}: its pattern does not name the axes {named(self.axes)}")
        return tuple(groups)

    def _unpacked(self, token: Token, known: Dict[str, Axis]) -> Sequence[Token]:
        parts = known[token.name].parts if token.name in known else ()
        return [Token(f"{token.name}.{part.name}") for part in _in_order(parts, self.data)] if parts else [token]

    @cached_property
    def _fine(self) -> Axes:
        """The axes, with those that have parts replaced by them."""
        return tuple(
            part
            for axis in self.axes
            for part in ([Axis(f"{axis.name}.{one.name}", one.extent) for one in axis.parts] or [axis])
        )

    @cached_property
    def _extents(self) -> Dict[str, int]:
        return {axis.name: axis.extent for axis in self._fine}

    def _extent(self, token: Token) -> int:
        return token.of if token.at is not None else self._extents.get(token.name, 1)

    @cached_property
    def shape(self) -> Tuple[int, ...]:
        """The array's shape."""
        return tuple(prod(self._extent(token) for token in group) for group in self.groups)

    @cached_property
    def block(self) -> Tuple[int, ...]:
        """The shape of the part of the array that is the role: all of it, or a slice along some axes."""
        return tuple(
            prod(1 if token.at is not None else self._extent(token) for token in group) for group in self.groups
        )

    @property
    def start(self) -> Tuple[int, ...]:
        """Where in the array that part begins."""
        return self._place(int(applied(self.to_canonical, self._places).min()))

    @property
    def part(self) -> str:
        """The slice of the array that is the role, as an index such as ``[0]``; empty if it is all of it."""
        return "".join(f"[{token.at}]" for group in self.groups for token in group if token.at is not None)

    @property
    def is_first(self) -> bool:
        """Whether the role is all of the array, or the first slice of it."""
        return not any(token.at for group in self.groups for token in group)

    @property
    def is_whole(self) -> bool:
        """Whether the role is all of the array."""
        return not self.part

    @cached_property
    def to_canonical(self) -> Steps:
        """From the framework's array to the role."""
        if not self.groups:
            return (("reshape", tuple(axis.extent for axis in self.axes)),)
        tokens = [token for group in self.groups for token in group]
        steps: List[Tuple[str, Tuple[Any, ...]]] = [("reshape", tuple(self._extent(token) for token in tokens))]
        for axis, token in reversed(list(enumerate(tokens))):
            if token.at is not None:
                steps.append(("take", (token.at, axis)))
            elif token.name == "1":
                steps.append(("take", (0, axis)))
        left = [token for token in tokens if token.at is None and token.name != "1"]
        for axis, token in enumerate(left):
            order = self._order(token)
            if order is not None:
                steps.append(("take", (order, axis)))
        steps.append(("transpose", tuple([token.name for token in left].index(axis.name) for axis in self._fine)))
        steps.append(("reshape", tuple(axis.extent for axis in self.axes)))
        return _effective(tuple(steps), self.shape)

    @cached_property
    def to_native(self) -> Steps:
        """From a role to the framework's array, or to the slice of it that is the role."""
        if not self.groups:
            return (("squeeze", ()),)
        tokens = [token for group in self.groups for token in group if token.at is None and token.name != "1"]
        names = [axis.name for axis in self._fine]
        steps: List[Tuple[str, Tuple[Any, ...]]] = [("reshape", tuple(axis.extent for axis in self._fine))]
        steps.append(("transpose", tuple(names.index(token.name) for token in tokens)))
        for axis, token in enumerate(tokens):
            order = self._order(token)
            if order is not None:
                steps.append(("take", ([order.index(place) for place in range(len(order))], axis)))
        steps.append(("reshape", self.block))
        return _effective(tuple(steps), tuple(axis.extent for axis in self.axes))

    def check_letters(self) -> None:
        """Raise :class:`SpecError` where the pattern orders the letters of an axis whose places have none."""
        lettered = {axis.name for axis in self.axes if axis.letters}
        for token in (token for group in self.held.groups for token in group):
            if token.letters and token.name not in lettered:
                raise SpecError(f"layout of {self.held.name}: the places of {token.name} have no letters")

    def order(self, other: Layout, names: Mapping[str, str]) -> Tuple[int, ...]:
        """The order of another layout's array axes that gives this one's; empty if it packs different axes.

        ``names`` are the other layout's names for the axes of this one.
        """
        groups = tuple(
            tuple(replace(one, name=names.get(one.name, one.name)) for one in group) for group in self.groups
        )
        if groups == other.groups:
            return tuple(range(len(groups)))
        if set(groups) != set(other.groups):
            return ()
        return tuple(other.groups.index(group) for group in groups)

    def _order(self, token: Token) -> Optional[List[int]]:
        """For each place of the role's axis, its place in the array; None if the order is the same."""
        letters = next((axis.letters for axis in self.axes if axis.name == token.name), "")
        if token.letters in ("", letters) or not letters:  # without letters: an array of another extent, as it is
            return None
        if sorted(token.letters) != sorted(letters):
            raise SpecError(f"layout of {self.held.name}: {token.name} has the places {letters}, not {token.letters}")
        return [token.letters.index(letter) for letter in letters]

    def canonical(self, array: np.ndarray) -> np.ndarray:
        """The role, from the framework's array, as a new array. Raises :class:`SpecError` for another shape."""
        self.check(array.shape)
        return np.array(applied(self.to_canonical, array), order="C")

    def native(self, array: np.ndarray) -> np.ndarray:
        """The framework's array, or the slice of it that is the role, from the role, as a new array."""
        return np.array(applied(self.to_native, array), order="C")

    def fitted(self, shape: Sequence[int]) -> Optional[Layout]:
        """The layout of an array of this canonical shape, expected or not; None for another number of axes."""
        if len(shape) != len(self.axes):
            return None
        axes = tuple(
            axis if axis.extent == extent else replace(axis, extent=extent, letters="", parts=())
            for axis, extent in zip(self.axes, shape)
        )
        return self if axes == self.axes else replace(self, axes=axes)

    def index(self, index: Tuple[int, ...]) -> Tuple[int, ...]:
        """The index in the framework's array of an element of the role."""
        return self._place(int(applied(self.to_canonical, self._places)[index]))

    @property
    def _places(self) -> np.ndarray:
        return np.arange(prod(self.shape)).reshape(self.shape)

    def _place(self, number: int) -> Tuple[int, ...]:
        return tuple(int(at) for at in np.unravel_index(number, self.shape))

    def check(self, shape: Sequence[Optional[int]]) -> None:
        """Raise :class:`SpecError` if an array's shape does not match the pattern, with the axis and extent."""
        if len(shape) != len(self.shape):
            raise SpecError(f"{self.held.name} has {len(shape)} axes, {tuple(shape)}; its layout has {len(self.shape)}")
        for group, extent, expected in zip(self.groups, shape, self.shape):
            if extent not in (None, expected):
                words = " ".join(token.name for token in group)
                raise SpecError(f"{self.held.name}: its axis ({words}) has extent {extent}; its layout says {expected}")

    def seen(self, shape: Sequence[Optional[int]]) -> Tuple[Optional[int], ...]:
        """The role's extents, None where an array's shape leaves them open; an unexpected shape as it is."""
        if any(extent not in (None, expected) for extent, expected in zip(shape, self.shape)):
            return tuple(shape)
        unknown = {token.name for group, extent in zip(self.groups, shape) if extent is None for token in group}
        return tuple(
            None if {axis.name, *(f"{axis.name}.{part.name}" for part in axis.parts)} & unknown else axis.extent
            for axis in self.axes
        )


def _in_order(parts: Axes, data: str) -> Axes:
    """Parts of a row, in the order in which a framework holds its data."""
    layout = Layout(Held.parse(f"data: {data}"), parts)
    extents = {axis.name: axis for axis in parts}
    return tuple(extents[token.name] for group in layout.groups for token in group)


def _effective(steps: Steps, shape: Tuple[int, ...]) -> Steps:
    """The steps that change an array of this shape."""
    kept: List[Tuple[str, Tuple[Any, ...]]] = []
    for method, arguments in steps:
        if method == "reshape" and kept and kept[-1][0] == "reshape":
            kept.pop()  # the next one does for both
        places = applied(tuple(kept), np.empty(shape, np.int8))
        after = applied(((method, arguments),), places)
        same = after.shape == places.shape and (method == "reshape" or arguments == tuple(range(places.ndim)))
        if not same:
            kept.append((method, arguments))
    return tuple(kept)


def applied(steps: Steps, array: np.ndarray) -> np.ndarray:
    """Apply the steps to an array."""
    for method, arguments in steps:
        array = getattr(array, method)(*arguments)
    return array


def batches(axes: Axes, data: str, rows: int) -> Layout:
    """How a framework holds rows of these axes. Without channels, as for ids, only one order of axes is possible."""
    has_channels = any(axis.name == "channel" for axis in axes)
    return layout(f"data: row {data if has_channels else '*data'}", (Axis("row", rows), *axes), data)


@functools.lru_cache(maxsize=4096)
def layout(held: str, axes: Axes, data: str) -> Layout:
    """The layout of a role's axes under a pattern."""
    return Layout(Held.parse(held), axes, data)
