"""``python -m adapters.carrying.overview``: the table in docs/carrying.md, by kind of layer and pair."""

from __future__ import annotations

import itertools
from typing import Dict, Iterator, List, Tuple

from adapters.capabilities import frameworks
from adapters.carrying.arrays import declarations
from adapters.carrying.plans import planned
from adapters.interface import Unsupported
from specs.errors import SpecError
from specs.layers import EXAMPLES, WORDS
from specs.layers.layer import Axes, Instead, Layer
from specs.programs.networks import Network, Use


def table() -> List[str]:
    """A row for each kind that holds anything, a column for each pair; then why layers are refused."""
    pairs = list(itertools.permutations(frameworks(), 2))
    reasons: Dict[Tuple[str, str], None] = {}
    rows = []
    for kind, (example, axes) in EXAMPLES.items():
        if example.roles(axes):
            cells = [_cell(source, target, kind, reasons) for source, target in pairs]
            rows.append(f"| {WORDS[kind]} | {' | '.join(cells)} |")
    head = " | ".join(f"{source} to {target}" for source, target in pairs)
    why = [f"- {target} refuses {what}" for target, what in sorted(reasons)]
    return [f"| kind | {head} |", f"| --- |{' --- |' * len(pairs)}", *rows, "", *why]


def _cell(source: str, target: str, kind: str, reasons: Dict[Tuple[str, str], None]) -> str:
    found: Dict[str, None] = {}
    for layer, axes in _layers(kind):
        if _has(source, layer):
            found[_becomes(source, target, layer, axes, reasons)] = None
    order = [one for one in ("✓", *sorted(found)) if one in found]
    return ", ".join(dict.fromkeys(order)) or "–"


def _layers(kind: str) -> Iterator[Tuple[Layer, Axes]]:
    """Layers of a kind that leave nothing to a framework."""
    example, axes = EXAMPLES[kind]
    for layer in dict.fromkeys((example, *type(example).choices(axes))):
        if None not in vars(layer).values():
            yield layer, axes


def _has(adapter: str, layer: Layer) -> bool:
    try:
        declarations(adapter).builder(layer)
    except Unsupported:
        return False
    return True


def _becomes(source: str, target: str, layer: Layer, axes: Axes, reasons: Dict[Tuple[str, str], None]) -> str:
    """What becomes of a layer: carried, carried where a change is accepted, refused."""
    network = Network(axes, (Use(layer),))
    changes: List[Instead] = [one for one in layer.instead(axes) if one.price and _has(target, one.layer)]
    try:
        planned(network, source, target, [one.name for one in changes[:1]] if not _has(target, layer) else [])
    except SpecError as error:
        _, _, reason = str(error).partition(f"{target} has none: ")
        reasons[target, f"layers of kind {layer.kind}: {reason}"] = None
        return "refused"
    return "✓" if _has(target, layer) or not changes else f"`{changes[0].name}`"


if __name__ == "__main__":
    print(*table(), sep="\n")
