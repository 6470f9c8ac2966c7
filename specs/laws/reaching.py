"""What initializers affect in layers of each kind, when given to a whole network, or to a role without fans."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np

from specs.initializers import XavierUniform
from specs.laws.answers import RAISES
from specs.laws.ledger import filled, same
from specs.laws.model import Evidence, Observation, ending, question
from specs.layers import EXAMPLES, WORDS
from specs.programs.networks import Slot
from specs.programs.operations import Everything, Initialize, OneParameter, Read, Reinitialize
from specs.texts import a


def _trained(kind: str) -> List[Any]:
    layer, given = EXAMPLES[kind]
    return [role for role in layer.roles(given) if role.state == "parameter"]


#: A dense layer's bias has separate laws.
ASKED = tuple(kind for kind in EXAMPLES if _trained(kind) and kind != "dense")
#: Kinds with roles without fans.
WITHOUT_FANS = tuple(kind for kind in ASKED if any(role.fans is None for role in _trained(kind)))


def _reached(evidence: Evidence, kind: str) -> Iterator[Observation]:
    """Reads of networks of one kind after everything was initialized with a number, and the reads before."""
    before: Dict[Tuple[Any, Slot], np.ndarray] = {}
    found: Dict[Any, Dict[Slot, Tuple[int, bool, bool]]] = {}
    last: Any = None
    for at, operation in evidence.find(Initialize, Reinitialize, Read):
        network, name = evidence.network(at), evidence.program.name_at[at]
        if network.kinds() != (kind,):
            continue
        if not isinstance(operation, Read):
            last = at, operation
            continue
        seen = evidence.value(at)
        evidence.value(last[0])
        is_of_all = isinstance(last[1].target, Everything)
        constant = filled(last[1].initializer, seen.array.shape) if is_of_all else None
        if constant is None:
            before[name, operation.slot] = seen.array
        else:
            left = same(seen.array, before[name, operation.slot])
            found.setdefault(name, {})[operation.slot] = at, same(seen.array, constant), left
    for name, seen in found.items():
        if any(is_reached and is_left for _, is_reached, is_left in seen.values()):
            continue  # the number was there before, as for a scale that starts as 1 and is given 1
        network = evidence.program.networks[name]
        reached = [slot for slot, (_, is_reached, _) in seen.items() if is_reached]
        is_plain = all(is_reached or is_left for _, is_reached, is_left in seen.values())
        answers = {network.slots: "all of it", network.weights: "its weights alone", (): "nothing of it"}
        answer = answers.get(tuple(reached), "other") if is_plain else "other"
        yield Observation(answer, max(at for at, _, _ in seen.values()), f"reached: {[one.path for one in reached]}")


for _kind in ASKED:
    question(
        f"initialization.everything_reaches[{_kind}]",
        f"Which roles of {a(WORDS[_kind])} layer does an initializer given to the entire network reach?",
        specified="all of it",
        answers={
            "all of it": "every parameter holds its value",
            "its weights alone": "biases are what they were by default",
            "nothing of it": "all is what it was by default",
        },
    )(lambda evidence, kind=_kind: _reached(evidence, kind))  # type: ignore[misc]


def _xaviers(evidence: Evidence, kind: str) -> Iterator[Observation]:
    found = [
        ending(evidence, at)
        for at, operation in evidence.find(Reinitialize)
        if isinstance(operation.target, OneParameter)
        and isinstance(operation.initializer, XavierUniform)
        and evidence.network(at).kinds() == (kind,)
    ]
    if {one.answer for one in found} == {"ok", "invalid_argument"}:
        yield replace(found[0], answer="ok for some")
    else:
        yield from found


for _kind in WITHOUT_FANS:
    question(
        f"initialization.xavier_on[{_kind}]",
        f"What happens when a Xavier initializer is given to the roles of {a(WORDS[_kind])} layer that have no fan_in "
        "and fan_out (a bias, a scale, a slope, a table)?",
        specified="invalid_argument",
        answers={
            **RAISES,
            "ok": "it is drawn for all the same, by the extents of its array",
            "ok for some": "some of them are drawn for all the same, and the others are refused",
        },
    )(lambda evidence, kind=_kind: _xaviers(evidence, kind))  # type: ignore[misc]
