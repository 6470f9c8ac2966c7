"""Pictures of sharing, of sums of gradients, and of axes permuted between frameworks."""

from __future__ import annotations

import itertools
from typing import Any, Dict, List, Sequence

import numpy as np

from adapters.guide.exhibits import Framework, Gradients, Held, Identities
from specs.layers.layer import Axes
from specs.programs.networks import Network, Slot

#: Widths and heights of the boxes of a picture, in its own units.
WIDE, HIGH, GAP, DEEP = 124, 30, 12, 62
#: Width of the box of a gate, or of one letter.
LETTER, CHARACTER = 26, 9


def slots(shown: Identities, network: Network, framework: Framework, moment: str) -> Dict[str, Any]:
    """Slots above, the objects they refer to below, and lines between them; ``moment`` says at which step."""
    names = {slot.path: _native(slot, network, framework) for slot in network.held}
    objects = list(dict.fromkeys(shown.labels.values()))
    uses = {label: [path for path, one in shown.labels.items() if one == label] for label in objects}
    width = len(shown.labels) * (WIDE + GAP) - GAP + 4
    first = (width - len(objects) * (WIDE + GAP) + GAP) / 2
    upper = {path: 2 + at * (WIDE + GAP) for at, path in enumerate(shown.labels)}
    lower = {label: first + at * (WIDE + GAP) for at, label in enumerate(objects)}
    return {
        "framework": shown.framework,
        "words": f"{moment}: {len(shown.labels)} slots, {len(objects)} parameters",
        "width": width,
        "height": 2 * HIGH + DEEP + 4,
        "slots": [
            {
                "x": x,
                "y": 2,
                "width": WIDE,
                "text": names[path],
                "shared": len(uses[shown.labels[path]]) > 1,
            }
            for path, x in upper.items()
        ],
        "objects": [
            {
                "x": x,
                "y": 2 + HIGH + DEEP,
                "width": WIDE,
                "text": "one object" if len(uses[label]) > 1 else "object",
                "shared": len(uses[label]) > 1,
            }
            for label, x in lower.items()
        ],
        "lines": [_line(upper[path] + WIDE / 2, lower[label] + WIDE / 2) for path, label in shown.labels.items()],
    }


def _native(slot: Slot, network: Network, framework: Framework) -> str:
    held = framework.roles.get(f"{network.layer(slot.layer).kind}.{network.role(slot).family}")
    return f"layer {slot.layer} {slot.role if held is None else held.name}"


def _line(above: float, below: float) -> str:
    top, bottom, middle = 2 + HIGH, 2 + HIGH + DEEP, 2 + HIGH + DEEP / 2
    return f"M{above:g} {top:g}C{above:g} {middle:g} {below:g} {middle:g} {below:g} {bottom:g}"


def moved(x: str, y: str, ours: Held, theirs: Held, axes: Axes) -> Dict[str, Any]:
    """The axes of x's array above, those of y's below, gate by gate; packed axes adjoin."""
    upper, lower = _axes(ours, 2, axes), _axes(theirs, 2 + HIGH + DEEP, axes)
    middles = [{box["text"]: box["x"] + box["width"] / 2 for box in boxes} for boxes in (upper, lower)]
    return {
        "framework": f"{x} {ours.name}, {y} {theirs.name}",
        "words": f"{' '.join(ours.axes)} becomes {' '.join(theirs.axes)}",
        "width": 2 + max(box["x"] + box["width"] for box in (*upper, *lower)),
        "height": 2 * HIGH + DEEP + 4,
        "slots": [*upper, *lower],
        "objects": [],
        "lines": [_line(place, middles[1][text]) for text, place in middles[0].items() if text in middles[1]],
    }


def _axes(held: Held, y: float, axes: Axes) -> List[Dict[str, Any]]:
    """A row of boxes for the axes of an array."""
    letters = {axis.name: axis.letters for axis in axes}
    boxes: List[Dict[str, Any]] = []
    at = 2.0
    for group in held.axes:
        for text in itertools.chain.from_iterable(_texts(token, letters) for token in group.strip("()").split()):
            width = max(LETTER, CHARACTER * len(text) + 10)
            boxes.append({"x": at, "y": y, "width": width, "text": text, "shared": False})
            at += width
        at += GAP
    return boxes


def _texts(token: str, letters: Dict[str, str]) -> Sequence[str]:
    """The texts of the boxes for an axis: one box per gate."""
    name, _, own = token.partition(":")
    return [*(own or letters.get(name, ""))] or [name]


def gradient_sum(shown: Gradients) -> Dict[str, Any]:
    """The gradient of each use, and the gradient of the shared parameter, which should be their sum."""
    uses = [np.array(use) for use in shown.uses]
    shared = np.array(shown.shared)
    farthest = float(np.max(np.abs(sum(uses) - shared))) if uses else 0.0
    most = max((float(np.max(np.abs(term))) for term in (*uses, shared)), default=0.0) or 1.0
    terms = [
        {"sign": "+" if at else "", "title": f"use {at} alone", "rows": _rows(use, shown.rows, most)}
        for at, use in enumerate(uses)
    ]
    return {
        "framework": shown.framework,
        "terms": [*terms, {"sign": "=", "title": "both as one parameter", "rows": _rows(shared, shown.rows, most)}],
        "words": f"The sum over the uses and the gradient of the one parameter differ by at most {farthest:.1g}.",
    }


def _rows(values: np.ndarray, rows: int, most: float) -> List[List[Dict[str, Any]]]:
    """Cells: the number and, for its colour, its sign and its size as a percentage of the largest."""
    return [
        [
            {
                "text": f"{value:.6f}".replace("-", "−"),
                "sign": "minus" if value < 0 else "plus",
                "share": f"{100 * abs(value) / most:.0f}",
            }
            for value in row
        ]
        for row in values.reshape(rows, -1)
    ]
