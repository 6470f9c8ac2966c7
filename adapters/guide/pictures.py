"""Pictures of sharing: which slots are one object, and what the gradients of the uses add up to."""

from __future__ import annotations

from typing import Any, Dict, List

import numpy as np

from adapters.guide.exhibits import Framework, Gradients, Identities
from specs.programs.networks import Network, Slot

#: Widths and heights of the boxes of a picture, in its own units.
WIDE, HIGH, GAP, DEEP = 124, 30, 12, 62


def slots(shown: Identities, network: Network, framework: Framework, moment: str) -> Dict[str, Any]:
    """Slots above, the objects that they are below, and lines between; ``moment`` says when that was so."""
    names = {slot.path: _native(slot, network, framework) for slot in network.held}
    objects = list(dict.fromkeys(shown.labels.values()))
    uses = {label: [path for path, one in shown.labels.items() if one == label] for label in objects}
    width = len(shown.labels) * (WIDE + GAP) - GAP + 4
    first = (width - len(objects) * (WIDE + GAP) + GAP) / 2
    upper = {path: 2 + at * (WIDE + GAP) for at, path in enumerate(shown.labels)}
    lower = {label: first + at * (WIDE + GAP) for at, label in enumerate(objects)}
    return {
        "framework": shown.framework,
        "told": f"{moment}: {len(shown.labels)} slots, {len(objects)} parameters",
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
        "lines": [_line(upper[path], lower[label]) for path, label in shown.labels.items()],
    }


def _native(slot: Slot, network: Network, framework: Framework) -> str:
    held = framework.roles.get(f"{network.layer(slot.layer).kind}.{network.role(slot).family}")
    return f"layer {slot.layer} {slot.role if held is None else held.name}"


def _line(above: float, below: float) -> str:
    top, bottom, middle = 2 + HIGH, 2 + HIGH + DEEP, 2 + HIGH + DEEP / 2
    x, to = above + WIDE / 2, below + WIDE / 2
    return f"M{x:g} {top:g}C{x:g} {middle:g} {to:g} {middle:g} {to:g} {bottom:g}"


def gradient_sum(shown: Gradients) -> Dict[str, Any]:
    """The gradient of each use, and beside their sum that of the one parameter."""
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
        "told": f"The sum of the uses and the gradient of the one parameter are {farthest:.1g} apart at most.",
    }


def _rows(values: np.ndarray, rows: int, most: float) -> List[List[Dict[str, Any]]]:
    """Cells: the number, and for its colour the sign and how near it comes to the largest, in per cent."""
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
