"""Describes a live model as a network, by its layers: sequences, nested sequences, and residual ones.

``python -m adapters.carrying.describing ADAPTER MODULE:FUNCTION AXES FILE`` writes it as JSON, in the interpreter of
the model's framework. The module ``describing`` next to each adapter knows the framework's layers.
"""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

from adapters import registry
from adapters.carrying.sides import interpreted
from specs import codec
from specs.errors import SpecError, cause
from specs.layers.layer import Axes, Axis
from specs.programs.networks import Element, Network, Reuse, Use


def axes(text: str) -> Axes:
    """Parse axes such as ``channel=1 height=28 width=28``. Raises :class:`SpecError` if the text is invalid."""
    found = [re.fullmatch(r"([a-z]+)=(\d+)", word) for word in text.split()]
    if not found or None in found:
        raise SpecError(f"given {text!r}: axes of one row are accepted, as in 'channel=1 height=28 width=28'")
    return tuple(Axis(one[1], int(one[2])) for one in found if one is not None)


class Describing:
    """Describes one model. ``words`` is the framework's module ``describing``."""

    def __init__(self, words: Any):
        self.words = words
        self.positions: Dict[int, int] = {}
        self.count = 0

    def network(self, model: Any, given: Axes) -> Network:
        """The network of a model. Raises :class:`SpecError` with the name and place of what cannot be described."""
        inside = self.words.children(model)
        if inside is None:
            raise SpecError(f"{type(model).__name__} is no sequence of layers; its network has to be told as JSON")
        elements, _ = self.through(inside[1], given, "")
        return Network(given, tuple(elements))

    def through(self, natives: Sequence[Any], given: Axes, where: str) -> Tuple[List[Element], Axes]:
        found: List[Element] = []
        for at, native in enumerate(natives):
            inside = self.words.children(native)
            if inside is not None:
                kind, others = inside
                elements, given = self.through(others, given, f"{where}{at}.")
                found += [kind(tuple(elements))] if elements else []
            elif id(native) in self.positions:
                found.append(Reuse(self.positions[id(native)]))
                self.count += 1
            else:
                elements, given = self.layer(native, given, f"{where}{at}")
                found += elements
        return found, given

    def layer(self, native: Any, given: Axes, where: str) -> Tuple[List[Element], Axes]:
        """The elements equivalent to one of the framework's layers; several for a dense layer with an activation."""
        found: List[Element] = []
        try:
            for layer in self.words.layers(native, given):
                layer.check(given)
                given = layer.output(given)
                found.append(Use(layer))
        except SpecError as error:
            raise SpecError(f"layer {where}: {error}") from None
        if len(found) == 1:
            self.positions[id(native)] = self.count
        self.count += len(found)
        return found, given


def described(adapter: str, function: str, given: str, python: str, file: Path) -> Network:
    """The network of a live model, described in its framework's interpreter. Raises :class:`SpecError`."""
    axes(given)
    status, last = interpreted(python, __name__, adapter, function, given, str(file))
    if status:
        raise SpecError(f"{function}: {last or 'it ended without a word'}")
    return codec.load(file, Network)


def main(adapter: str, function: str, given: str, file: str) -> int:
    """Return the exit code: 0, or 1 with a line on stderr if the model cannot be described."""
    module, _, name = function.partition(":")
    package = registry.location(adapter).partition(":")[0].rpartition(".")[0]
    try:
        words = importlib.import_module(f"{package}.describing")
        model = getattr(importlib.import_module(module), name)()
        codec.save(Describing(words).network(model, axes(given)), Path(file))
    except SpecError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except Exception as error:  # a user's function may raise anything
        sys.stderr.write(f"{cause(error)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
