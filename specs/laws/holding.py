"""How a network holds its parameters: the axes of each, and their names in a second network of the same design."""

from __future__ import annotations

import itertools
import math
from typing import Any, Dict, Iterator, List, Tuple

from specs.laws.answers import YES_NO, yes
from specs.laws.initialization import ROLES, subject_of
from specs.laws.model import Evidence, Observation, question
from specs.layers import EXAMPLES, WORDS
from specs.layers.layer import Role
from specs.programs.networks import Network
from specs.programs.operations import ListParameters
from specs.texts import a
from specs.traces import ParameterSeen

#: For one role, each order and packing of its axes, in the notation of layouts, with the resulting extents.
Arrangements = Dict[str, Tuple[int, ...]]
#: Stands for the axes of a window, however many there are.
WINDOW = "window"


def _groups(role: Role) -> List[List[str]]:
    """The axes of a weight in the order of the specification: outputs and inputs grouped, then its window."""
    assert role.fans is not None, "only weights are asked about"
    into, out = role.fans.into, role.fans.out
    window = [axis.name for axis in role.axes if axis.name in into and axis.name in out]
    others = [axis.name for axis in role.axes if axis.name not in window]
    return [*(list(names) for _, names in itertools.groupby(others, key=lambda name: name in into)), window]


def _arrangements(role: Role) -> Arrangements:
    """The possible arrangements of an array that holds a weight. The first is that of the specification."""
    extents = {axis.name: axis.extent for axis in role.axes}
    *sides, window = _groups(role)
    packings = [[names] if len(names) == 1 else [names, [" ".join(names)]] for names in sides]
    star = [WINDOW] if window else []
    found: Arrangements = {}
    for is_first in (False, True):
        for packed in itertools.product(*packings):
            for ordered in (packed, packed[::-1]):
                between = [axis for names in ordered for axis in names]
                axes = [*star, *between] if is_first else [*between, *star]
                written = " ".join(f"({axis})" if " " in axis else axis for axis in axes)
                found[written] = _extents(axes, extents, window)
    return found


def _extents(axes: List[str], extents: Dict[str, int], window: List[str]) -> Tuple[int, ...]:
    """The extents of axes, some of which are packed."""
    found = [math.prod(extents[name] for name in axis.split()) for axis in axes if axis != WINDOW]
    at = axes.index(WINDOW) if WINDOW in axes else 0
    found[at:at] = [extents[name] for name in window]
    return tuple(found)


def _without_ones(shape: Tuple[int, ...]) -> Tuple[int, ...]:
    return tuple(extent for extent in shape if extent != 1)


def fitting(role: Role, shape: Any) -> List[str]:
    """The arrangements that give a shape; if none does, those that do so apart from extents of 1."""
    found = _arrangements(role).items()
    exactly = [written for written, extents in found if extents == shape]
    nearly = [written for written, extents in found if _without_ones(extents) == _without_ones(shape)]
    return exactly or nearly


def _are_apart(role: Role) -> bool:
    found = _arrangements(role)
    return len(set(found.values())) == len(found)


def _can_tell(subject: str) -> bool:
    """Whether some layer of a kind distinguishes all arrangements of a weight. None does if it is always square."""
    layer, given = EXAMPLES[subject.partition(".")[0]]
    held = [(other, role) for other in type(layer).choices(given) for role in other.roles(given)]
    return any(_are_apart(role) for other, role in held if subject_of(other, role) == subject)


#: Weights that can be asked about, by their subjects.
WEIGHTS = {subject: role for subject, role in ROLES.items() if role.fans is not None and _can_tell(subject)}


def _packs_nothing(role: Role) -> bool:
    """Whether axes that may be packed have an extent of 1, which hides whether they are."""
    *sides, _ = _groups(role)
    single = {axis.name for axis in role.axes if axis.extent == 1}
    return any(len(names) > 1 and single & set(names) for names in sides)


def tells(network: Network) -> bool:
    """Whether extents show the axes of each weight in a network that can be asked about."""
    roles = [
        network.role(slot)
        for slot in network.parameters
        if subject_of(network.layer(slot.layer), network.role(slot)) in WEIGHTS
    ]
    return all(not _packs_nothing(role) and _are_apart(role) for role in roles)


def _listed(evidence: Evidence, subject: str) -> Iterator[Tuple[int, Role, ParameterSeen]]:
    """Each listed weight of a subject, if the framework has its layer."""
    for at, _ in evidence.find(ListParameters):
        network = evidence.network(at)
        about = {
            slot.path: network.role(slot)
            for slot in network.parameters
            if subject_of(network.layer(slot.layer), network.role(slot)) == subject
        }
        for seen in evidence.value(at) if about else ():
            if seen.path in about:
                yield at, about[seen.path], seen


def _held_on(evidence: Evidence, subject: str) -> Iterator[Observation]:
    for at, role, seen in _listed(evidence, subject):
        found = fitting(role, seen.native_shape)
        if len(found) < 2 and not _packs_nothing(role):  # otherwise extents are not informative
            yield Observation("".join(found) or "other", at, f"{seen.native_name} has shape {seen.native_shape}")


for _subject, _role in WEIGHTS.items():
    _kind, _, _name = _subject.partition(".")
    _answers = list(_arrangements(_role))
    question(
        f"access.axes[{_subject}]",
        f"How does the framework store the {_name.replace('_', ' ')} of {a(WORDS[_kind])} layer: in which axis order, "
        "and packed how?",
        specified=_answers[0],
        answers=dict.fromkeys(_answers, "the axes of the array that holds it"),
    )(lambda evidence, subject=_subject: _held_on(evidence, subject))  # type: ignore[misc]


@question(
    "access.names_of_another",
    "Does a second network of the same design have the same full names as the first?",
    specified="yes",
    answers={**YES_NO, "no": "a name counts networks, or layers, of a process"},
)
def names_of_another(evidence: Evidence) -> Iterator[Observation]:
    first: Dict[str, str] = {}
    for at, _ in evidence.find(ListParameters):
        seen = {parameter.path: parameter.native_name for parameter in evidence.value(at)}
        if first and evidence.program.name_at[at] != "net":
            yield Observation(yes(seen == first), at, f"names {list(seen.values())}, and {list(first.values())} before")
        elif evidence.program.name_at[at] == "net":
            first = seen
