"""What a seed determines: whole networks drawn after it, and what may happen between a seed and a draw."""

from __future__ import annotations

from typing import Dict, Iterator, List, Tuple

import numpy as np

from specs.laws.answers import YES_NO, yes
from specs.laws.initialization import COPIES, ENOUGH
from specs.laws.ledger import difference, same
from specs.laws.model import Evidence, Observation, question
from specs.programs.networks import Slot
from specs.programs.operations import Forward, Read, Seed


def _after_equal_seeds(evidence: Evidence) -> Iterator[Tuple[int, Slot, np.ndarray, np.ndarray]]:
    """Each read after a seed, with the read of the same slot after an equal earlier seed."""
    earlier: Dict[int, Dict[Slot, np.ndarray]] = {}
    before: Dict[Slot, np.ndarray] = {}
    now: Dict[Slot, np.ndarray] = {}
    for at, operation in evidence.find(Seed, Read):
        seen = evidence.value(at)
        if isinstance(operation, Seed):
            before = earlier.get(operation.seed, {})
            now = earlier[operation.seed] = {}
        else:
            if operation.slot in before:
                yield at, operation.slot, before[operation.slot], seen.array
            now[operation.slot] = seen.array


@question(
    "initialization.same_seed_same_network",
    "Does the same seed, set before a network of any layers is built, give equal parameters and buffers?",
    specified="yes",
    answers=YES_NO,
)
def same_seed_same_network(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, before, after in _after_equal_seeds(evidence):
        detail = "" if same(after, before) else difference(after, before)
        yield Observation(yes(not detail), at, f"{slot.path}: {detail}")


def _is_drawn(array: np.ndarray) -> bool:
    """Whether an array has so many numbers, not all equal, that two draws of it cannot be equal by chance."""
    return array.size >= ENOUGH and bool(array.min() < array.max())


def _unused(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, before, after in _after_equal_seeds(evidence):
        if _is_drawn(before) and _is_drawn(after):
            yield Observation("the same" if same(after, before) else "others", at, slot.path, comparisons=1)


_UNUSED = {
    "others": "something is drawn, or a seed is taken, when a layer is constructed",
    "the same": "what is never used draws nothing",
}

unused_layer = question(
    "initialization.unused_layer",
    "A layer with known shapes is constructed and never used. What does a network built after it draw?",
    specified="others",
    answers=_UNUSED,
)(_unused)

unused_deferred_layer = question(
    "initialization.unused_deferred_layer",
    "A layer with an inferred input width is constructed and never used. What does a network built after it draw?",
    specified="the same",
    answers=_UNUSED,
)(_unused)


def _parts(evidence: Evidence) -> Iterator[Tuple[int, str, str, np.ndarray]]:
    """Reads of layers, split by gate: position, network and layer, the part's name, and the numbers."""
    for at, read in evidence.find(Read):
        if evidence.outcome(at).kind == "unsupported":
            continue  # there are other networks
        array, axes = evidence.value(at).array, evidence.network(at).role(read.slot).axes
        layer = f"{evidence.program.name_at[at]} {read.slot.layer}"
        lettered = [(place, axis) for place, axis in enumerate(axes) if axis.letters]
        if not lettered or array.ndim != len(axes):
            yield at, layer, read.slot.path, array
        for place, axis in lettered:
            for number, letter in enumerate(axis.letters):
                yield at, layer, f"{read.slot.path}, {letter}", array.take(number, place)


@question(
    "initialization.parts_of_a_layer",
    "Do the parts of one layer (its roles, gates and directions) get different draws?",
    specified="differ",
    answers={
        "differ": "they are drawn one after the other",
        "equal": "they begin with the same draws, or one is a part of the other",
    },
)
def parts_of_a_layer(evidence: Evidence) -> Iterator[Observation]:
    seen: Dict[str, List[Tuple[str, np.ndarray]]] = {}
    for at, layer, part, array in _parts(evidence):
        if _is_drawn(array):
            for other, before in seen.setdefault(layer, []):
                answer = "equal" if any(copied(array, before) for copied in COPIES) else "differ"
                yield Observation(answer, at, f"{part} and {other}", comparisons=len(COPIES))
            seen[layer].append((part, array))


def _spared(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(Forward):
        evidence.value(at)  # a failed pass uses no random numbers
    for at, slot, before, after in _after_equal_seeds(evidence):
        yield Observation(yes(same(after, before)), at, slot.path, comparisons=1)


inference_spares_the_generator = question(
    "training.inference_spares_the_generator",
    "Does a forward pass in inference mode leave the generator that initializers draw from unchanged?",
    specified="yes",
    answers=YES_NO,
)(_spared)

dropping_spares_the_generator = question(
    "training.dropping_spares_the_generator",
    "Does a training pass through dropout leave the generator that initializers draw from unchanged?",
    specified="no",
    answers={"yes": "dropouts draw from another", "no": "what is drawn afterwards is other than without the pass"},
)(_spared)
