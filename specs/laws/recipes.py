"""Recipes: initializers that make a role start as it does by default in some other framework."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Dict, Iterator, List, Tuple

import numpy as np

from specs.arrays import Listed
from specs.initializers import (
    ConstantArray,
    Custom,
    Initializer,
    Normal,
    Orthogonal,
    Uniform,
    VarianceScaling,
    XavierUniform,
    Zeros,
)
from specs.laws.initialization import DEFAULTS, draws_by
from specs.laws.model import Draw, Evidence, drawn
from specs.programs.networks import Network, Slot

#: Not every framework's orthogonal initializer is uniform among all such matrices. Inputs may be the first axis or the
#: last: either way, all axes but the last form rows, the last forms columns, and whichever are fewer are orthonormal.
ORTHOGONAL = """\
def orthogonal(shape, dtype, random_state):
    rows, columns = int(np.prod(shape[:-1])), shape[-1]
    normal = random_state.standard_normal((max(rows, columns), min(rows, columns)))
    matrix, triangle = np.linalg.qr(normal)
    matrix = matrix * np.sign(np.diag(triangle))
    return (matrix if rows >= columns else matrix.T).reshape(shape).astype(dtype)
"""


@dataclass(frozen=True)
class Recipe:
    """How to make a role start as ``start``, which is one of the known defaults.

    ``suits`` says whether a role starts so in some framework; ``initializer`` returns the initializer to use, given a
    seed for one that has its own generator. Both are given a :class:`Draw` without numbers.
    """

    start: str
    suits: Callable[[Draw], bool]
    initializer: Callable[[Draw, int], Initializer]

    def gave(self, draw: Draw) -> bool:
        """Whether the numbers were drawn by this recipe."""
        return self.suits(draw) and self.initializer(draw, getattr(draw.initializer, "seed", 0)) == draw.initializer


def _is_recurrent(draw: Draw) -> bool:
    return hasattr(draw.layer, "hidden")


def _is_weight(draw: Draw) -> bool:
    """Whether a role is a weight whose fans all frameworks count alike: without heads, and not depthwise."""
    return draw.role.fans is not None and draw.role.nominal is None


def _is_sum(draw: Draw, first: str) -> bool:
    """Whether a role is a weight whose first axis has this name, or the bias of one, in a layer without recurrence."""
    weights = [role for role in draw.layer.roles(draw.given) if role.fans is not None]
    return bool(weights) and not _is_recurrent(draw) and weights[0].axes[0].name == first


def _by_number(start: str) -> Callable[[Draw, int], Initializer]:
    """The bounds themselves: for a bias, which has no fans, or a weight whose fans are counted in different ways."""

    def initializer(draw: Draw, seed: int) -> Initializer:
        low, high = DEFAULTS[start](draw).support
        return Uniform(low, high)

    return initializer


def _has_forget_gate(draw: Draw) -> bool:
    return draw.role.family == "bias" and "f" in draw.role.axes[0].letters


def _ones_for_forget_gate(draw: Draw, seed: int) -> Initializer:
    gates = np.zeros(draw.role.shape)
    gates[draw.role.axes[0].letters.index("f")] = 1
    return ConstantArray(Listed(tuple(gates.ravel().tolist())))


#: By name, as subjects of laws.
RECIPES: Dict[str, Recipe] = {
    "glorot_uniform": Recipe(
        "Glorot uniform",
        lambda draw: _is_weight(draw) and draw.role.start == XavierUniform(),
        lambda draw, seed: XavierUniform(),
    ),
    # He's initializer with the gain of a leaky rectifier of slope √5, which is √(1/3).
    "by_fan_in": Recipe(
        "U(±1/√fan_in)",
        lambda draw: _is_weight(draw) and _is_sum(draw, "out"),
        lambda draw, seed: VarianceScaling(1 / 3),
    ),
    "bias_by_fan_in": Recipe(
        "U(±1/√fan_in)",
        lambda draw: draw.role.fans is None and _is_sum(draw, "out"),
        _by_number("U(±1/√fan_in)"),
    ),
    "by_fan_out": Recipe("U(±1/√fan_out)", lambda draw: _is_sum(draw, "in"), _by_number("U(±1/√fan_out)")),
    "by_hidden": Recipe("U(±1/√hidden)", _is_recurrent, _by_number("U(±1/√hidden)")),
    "orthogonal": Recipe(
        "orthogonal",
        lambda draw: draw.role.start == Orthogonal(),
        lambda draw, seed: Custom(ORTHOGONAL, seed),
    ),
    "forget_gate": Recipe("zeros, and ones for the forget gate", _has_forget_gate, _ones_for_forget_gate),
    "within_0_07": Recipe(
        "U(-0.07, 0.07)",
        lambda draw: draw.role.fans is not None or draw.role.by_row,
        lambda draw, seed: Uniform(-0.07, 0.07),
    ),
    "within_0_05": Recipe("U(-0.05, 0.05)", lambda draw: draw.role.by_row, lambda draw, seed: Uniform(-0.05, 0.05)),
    "standard_normal": Recipe("N(0, 1)", lambda draw: draw.role.by_row, lambda draw, seed: Normal()),
    "zeros": Recipe("zeros", lambda draw: draw.role.start == Zeros(), lambda draw, seed: Zeros()),
}


def by_slot(network: Network, seed: int) -> List[Tuple[Slot, Dict[str, Initializer]]]:
    """The initializer for each parameter of a network, for each recipe that suits it."""
    found = []
    for slot in network.parameters:
        layer, given = network.layer(slot.layer), network.uses[slot.layer].given
        draw = Draw(0, np.zeros(0), slot, layer, network.role(slot), given, None, 0)
        found.append((slot, {name: one.initializer(draw, seed) for name, one in RECIPES.items() if one.suits(draw)}))
        seed += 1
    return found


def _followed(evidence: Evidence, recipe: Recipe) -> Iterator[Draw]:
    return (draw for draw in draws_by(evidence, object) if recipe.gave(draw))


for _name, _recipe in RECIPES.items():
    drawn(
        f"initialization.recipe[{_name}]",
        f"Does the recipe for a default of {_recipe.start} draw from that distribution?",
        specified=_recipe.start,
        answers={_recipe.start: DEFAULTS[_recipe.start]},
    )(lambda evidence, recipe=_recipe: _followed(evidence, recipe))  # type: ignore[misc]
