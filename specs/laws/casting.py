"""What is left of a network that is converted to another floating-point type and back, as by ``net.half().float()``."""

from __future__ import annotations

from typing import Dict, Iterator, Tuple

import numpy as np

from specs.laws.answers import YES_NO, yes
from specs.laws.ledger import Ledger, difference, same
from specs.laws.model import Evidence, Observation, question
from specs.laws.persistence import frozen_as_before
from specs.programs.networks import Network, Slot
from specs.programs.operations import (
    Build,
    CastAndBack,
    Clone,
    DeepCopy,
    Freeze,
    Identify,
    Read,
    Select,
    TieAfterBuild,
)

CONVERTED = "A network is converted to another floating-point type and back."


def conversion(evidence: Evidence) -> int:
    """The position of the last conversion; behind the program if there is none.

    Raises :class:`specs.laws.model.OperationFailed` if one failed.
    """
    for at, _ in evidence.find(CastAndBack):
        evidence.value(at)
    return max(evidence.program.find(CastAndBack), default=len(evidence.program.operations))


def _has_statistics(network: Network, slot: Slot) -> bool:
    """Whether the layer of a slot has buffers, such as running statistics."""
    return any(buffer.layer == slot.layer for buffer in network.buffers)


def _converted(evidence: Evidence, with_statistics: bool) -> Iterator[Tuple[int, Slot, np.ndarray, np.ndarray]]:
    """Values read after a conversion: where, of which slot, as they were before and as they must be."""
    before: Dict[Slot, np.ndarray] = {}
    for at, operation, ledger in Ledger(evidence).walk():
        if isinstance(operation, CastAndBack):
            known = {slot: ledger.expected(slot) for slot in ledger.objects.network.held}
            before = {slot: entry.array for slot, entry in known.items() if entry is not None}
        elif isinstance(operation, Read):
            entry = ledger.expected(operation.slot)
            if (
                entry is not None
                and isinstance(entry.by, CastAndBack)
                and operation.slot in before
                and _has_statistics(ledger.objects.network, operation.slot) == with_statistics
            ):
                yield at, operation.slot, before[operation.slot], entry.array


def _rounding(evidence: Evidence, with_statistics: bool) -> Iterator[Observation]:
    """Whether values were rounded. Those that rounding does not change tell only if something else changes them."""
    for at, slot, before, rounded in _converted(evidence, with_statistics):
        seen = evidence.value(at).array
        if same(seen, rounded):
            yield from () if same(before, rounded) else [Observation("rounded", at, slot.path)]
        else:
            detail = f"{slot.path}: {difference(seen, rounded)}"
            yield Observation("unchanged" if same(seen, before) else "otherwise", at, detail)


_ROUNDED = {
    "rounded": "each is the nearest value of that type",
    "unchanged": "some that are not values of that type stay as they are",
    "otherwise": "something else",
}

cast_values = question(
    "persistence.cast_values",
    f"{CONVERTED} What are its values, except in layers with running statistics?",
    specified="rounded",
    answers=_ROUNDED,
)(lambda evidence: _rounding(evidence, with_statistics=False))

cast_norms = question(
    "persistence.cast_norms",
    f"{CONVERTED} What are the values of its layers with running statistics?",
    specified="rounded",
    answers=_ROUNDED,
)(lambda evidence: _rounding(evidence, with_statistics=True))


def _same_objects(evidence: Evidence, buffers: bool) -> Iterator[Observation]:
    """Whether each parameter, or each buffer, is the same object before and after a conversion."""
    before: Dict[str, int] = {}
    is_converted = False
    for at, operation in evidence.find(Build, Clone, DeepCopy, Select, TieAfterBuild, CastAndBack, Identify):
        if isinstance(operation, CastAndBack):
            evidence.value(at)
            is_converted = True
        elif isinstance(operation, Identify):
            network = evidence.network(at)
            for slot in network.held if is_converted and before else ():
                if (slot in network.buffers) == buffers:
                    yield Observation(yes(evidence.value(at)[slot.path] == before[slot.path]), at, slot.path)
            before, is_converted = evidence.value(at), False
        else:
            before, is_converted = {}, False


cast_keeps_parameters = question(
    "persistence.cast_keeps_parameters",
    f"{CONVERTED} Is each parameter still the same object?",
    specified="yes",
    answers=YES_NO,
)(lambda evidence: _same_objects(evidence, buffers=False))

cast_keeps_buffers = question(
    "persistence.cast_keeps_buffers",
    f"{CONVERTED} Is each buffer still the same object?",
    specified="yes",
    answers=YES_NO,
)(lambda evidence: _same_objects(evidence, buffers=True))


@question(
    "persistence.frozen_survives_cast",
    f"{CONVERTED} Does a frozen parameter stay frozen?",
    specified="yes",
    answers=YES_NO,
)
def frozen_survives_cast(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(Freeze):
        evidence.value(at)
    yield from frozen_as_before(evidence, conversion(evidence))
