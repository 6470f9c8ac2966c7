"""Sharing: a tie means identity, value, gradient, optimizer step and round trip; each alone could be coincidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, Iterator, List, Optional, Tuple

import numpy as np

from specs.laws.answers import AS_EXPECTED, RAISES, YES_NO, yes
from specs.laws.casting import CONVERTED, conversion
from specs.laws.ledger import (
    Ledger,
    Pass,
    backward_passes,
    difference,
    forward_passes,
    held,
    held_after,
    readings,
    same,
)
from specs.laws.model import Evidence, Observation, question
from specs.laws.training import (
    ORDERS,
    gradient_readings,
    gradients_of_one_pass,
    gradients_read,
    statistics_of_reuse,
    step_value,
)
from specs.laws.training import second_backward as replaced_or_added
from specs.layers.algebra import Bounded, within
from specs.programs.networks import Network, Slot
from specs.programs.objects import Objects
from specs.programs.operations import (
    Add,
    Backward,
    Clone,
    CountParameters,
    DeepCopy,
    Identify,
    Initialize,
    ListParameters,
    ListTrainable,
    Load,
    Read,
    ReadGradient,
    Reinitialize,
    Step,
    TieAfterBuild,
    Write,
    WriteElement,
)
from specs.programs.passes import remembered


def _groups(objects: Objects, labels: Dict[str, int]) -> Tuple[List[List[str]], List[List[str]]]:
    """Slots grouped by parameter: according to labels, and as expected."""
    seen: Dict[int, List[str]] = {}
    for slot in objects.network.slots:
        seen.setdefault(labels[slot.path], []).append(slot.path)
    expected = [[slot.path for slot in slots] for slots in objects.groups.values()]
    return sorted(sorted(group) for group in seen.values()), sorted(sorted(group) for group in expected)


def _identity(evidence: Evidence, after: int = -1) -> Iterator[Observation]:
    for at, _ in evidence.find(Identify):
        if at > after:
            seen, expected = _groups(evidence.now(at), evidence.value(at))
            yield Observation(yes(seen == expected), at, f"one object each: {seen}, expected {expected}")


@question(
    "sharing.identity",
    "Are the slots that share a parameter, and only those, the same object?",
    specified="yes",
    answers=YES_NO,
    claims=("G14", "G15", "G17", "K09"),
)
def identity(evidence: Evidence) -> Iterator[Observation]:
    yield from _identity(evidence)


@question(
    "sharing.tie_survives_cast",
    f"{CONVERTED} Are the slots that share a parameter, and only those, still the same object?",
    specified="yes",
    answers=YES_NO,
)
def tie_survives_cast(evidence: Evidence) -> Iterator[Observation]:
    yield from _identity(evidence, after=conversion(evidence))


@question(
    "sharing.equal_values",
    "Do all slots of a shared parameter give the same value?",
    specified="yes",
    answers=YES_NO,
    claims=("G14",),
)
def equal_values(evidence: Evidence) -> Iterator[Observation]:
    first: Dict[int, Tuple[Slot, np.ndarray]] = {}
    for at, operation in enumerate(evidence.program.operations):
        if not isinstance(operation, (Read, Identify)):
            first.clear()
        elif isinstance(operation, Read):
            seen = evidence.value(at).array
            slot, array = first.setdefault(evidence.now(at).numbers[operation.slot], (operation.slot, seen))
            if slot != operation.slot:
                detail = "" if same(seen, array) else difference(seen, array)
                yield Observation(yes(not detail), at, f"{operation.slot.path} and {slot.path}: {detail}")


@question(
    "sharing.write_through",
    "Does a write through one slot of a shared parameter appear in all of its slots?",
    specified="as expected",
    answers=AS_EXPECTED,
    claims=("G15",),
)
def write_through(evidence: Evidence) -> Iterator[Observation]:
    yield from held_after(evidence, Write, Add, WriteElement)


@question(
    "sharing.initialize_through",
    "Does initializing through one slot of a shared parameter appear in all of its slots?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def initialize_through(evidence: Evidence) -> Iterator[Observation]:
    yield from held_after(evidence, Initialize, Reinitialize)


GRADIENTS = {
    "sum over uses": "it is, within rounding",
    "one use only": "it is the gradient of a single use",
    "mean over uses": "it is the mean over its uses",
    "one use, or the mean": "its uses give equal gradients, and it is that of one",
}


@question(
    "sharing.gradient_is_sum",
    "Is the gradient of a shared parameter the sum over its uses?",
    specified="sum over uses",
    answers=GRADIENTS,
    claims=("G16", "G17"),
)
def gradient_is_sum(evidence: Evidence) -> Iterator[Observation]:
    parts: Dict[int, Dict[int, List[Bounded]]] = {}
    for at, passed, cotangent in backward_passes(evidence):
        parts[at] = {}
        for use, part in passed.passed.gradients_by_use(cotangent).items():
            parts[at].setdefault(passed.objects.numbers[use], []).append(part)
    for at, slot, seen, expected in gradients_of_one_pass(evidence):
        number = evidence.now(at).numbers[slot]
        uses = parts[max(passed for passed in parts if passed < at and number in parts[passed])][number]
        if len(uses) > 1:
            answer = _gradient_answer(seen, expected, uses)
            yield Observation(answer, at, "" if seen is None else f"{slot.path}: {expected.excess(seen)}")


def _gradient_answer(seen: np.ndarray, expected: Bounded, uses: List[Bounded]) -> str:
    if seen is None:
        return "none"
    if expected.admits(seen):
        return "sum over uses"
    one = any(use.admits(seen) for use in uses)
    mean = within(expected.value / len(uses), expected.error).admits(seen)
    if one and mean:
        return "one use, or the mean"
    return "one use only" if one else "mean over uses" if mean else "other"


@question(
    "sharing.second_backward",
    "What does a second pass (forward, then backward) do to the gradient of a shared parameter?",
    specified="replaced",
    answers={
        "replaced": "the second pass's gradient, summed over uses, takes its place",
        "added to": "the second pass's gradient is added to it",
    },
)
def second_backward(evidence: Evidence) -> Iterator[Observation]:
    reads = dict(evidence.find(ReadGradient))
    for observation in replaced_or_added.observe(evidence):
        if len(evidence.now(observation.at).group(reads[observation.at].slot)) > 1:
            yield observation


@question(
    "sharing.gradient_equals_untied",
    "Is the gradient of a shared parameter the sum of the gradients of the same network with its parameters untied?",
    specified="yes",
    answers=YES_NO,
    claims=("G16",),
)
def gradient_equals_untied(evidence: Evidence) -> Iterator[Observation]:
    tied: Dict[Slot, Tuple[int, np.ndarray, Bounded]] = {}
    untied: Dict[Slot, Bounded] = {}
    for at, slot, seen, expected, _ in gradient_readings(evidence):
        if seen is None or seen.shape != expected.value.shape:
            yield Observation("no", at, f"{slot.path}: there is no gradient of its shape")
            return
        if evidence.program.name_at[at] == "untied":
            untied[slot] = within(seen.astype(np.float64), expected.error)
        else:
            tied[slot] = at, seen, expected
    for slot, (at, seen, expected) in tied.items():
        uses = [untied[use] for use in evidence.now(at).group(slot)]
        total = sum(uses[1:], uses[0])
        sum_of_uses = within(total.value, total.error + expected.error)
        admitted = sum_of_uses.admits(seen)
        yield Observation(yes(admitted), at, "" if admitted else f"{slot.path}: {sum_of_uses.excess(seen)}")


@question(
    "sharing.one_gradient",
    "Do all slots of a shared parameter give the same gradient?",
    specified="yes",
    answers=YES_NO,
    claims=("G16",),
)
def one_gradient(evidence: Evidence) -> Iterator[Observation]:
    first: Dict[int, Tuple[int, Slot, np.ndarray]] = {}
    for at, read in gradients_read(evidence):
        seen, number = evidence.value(at), evidence.now(at).numbers[read.slot]
        since, slot, gradient = first.setdefault(number, (at, read.slot, seen))
        if any(since < passed < at for passed, _ in evidence.find(Backward)):
            first[number] = at, read.slot, seen
        elif slot != read.slot:
            equal = seen is not None and gradient is not None and same(seen, gradient)
            yield Observation(yes(equal), at, f"{read.slot.path} and {slot.path}")


@question(
    "sharing.step_keeps_tie",
    "After a step of SGD, are the slots of a shared parameter still the same object with the same value?",
    specified="yes",
    answers=YES_NO,
    claims=("G19",),
)
def step_keeps_tie(evidence: Evidence) -> Iterator[Observation]:
    last = -1
    for last, _ in evidence.find(Backward, Step):
        evidence.value(last)
    yield from _identity(evidence, after=last)
    yield from equal_values.observe(evidence)


@question(
    "sharing.step_is_taken_once",
    "Does a step move a shared parameter once, rather than once per use?",
    specified="as expected",
    answers=AS_EXPECTED,
    claims=("G19",),
)
def step_is_taken_once(evidence: Evidence) -> Iterator[Observation]:
    yield from step_value.observe(evidence)


@question(
    "sharing.counted_once",
    "Is a shared parameter listed, trained and counted once?",
    specified="yes",
    answers=YES_NO,
)
def counted_once(evidence: Evidence) -> Iterator[Observation]:
    for at, operation in evidence.find(ListParameters, ListTrainable, CountParameters):
        network = evidence.network(at)
        if isinstance(operation, CountParameters) and network.buffers:
            continue
        if isinstance(operation, CountParameters):
            expected = sum(int(np.prod(network.shape(slot))) for slot in evidence.now(at).parameters)
            yield Observation(
                yes(evidence.value(at) == expected), at, f"counted {evidence.value(at)}, expected {expected}"
            )
        else:
            buffers = {slot.path for slot in network.buffers}
            paths = sorted(seen.path for seen in evidence.value(at) if seen.path not in buffers)
            frozen = evidence.now(at).frozen if isinstance(operation, ListTrainable) else ()
            parameters = [slot for slot in evidence.now(at).parameters if evidence.now(at).numbers[slot] not in frozen]
            wanted = sorted(slot.path for slot in parameters)
            yield Observation(yes(paths == wanted), at, f"listed {paths}, expected {wanted}")


@question(
    "sharing.survives_save_and_load",
    "Does a tie, with its saved values, survive in a new network of the same design that loads the file?",
    specified="yes",
    answers=YES_NO,
)
def survives_save_and_load(evidence: Evidence) -> Iterator[Observation]:
    last = max((at for at, _ in evidence.find(Load)), default=-1)
    evidence.value(last)
    yield from _identity(evidence, after=last)
    for reading in readings(evidence):
        if reading.at > last:
            yield held(reading, "yes", "no")


def _survives_copy(evidence: Evidence) -> Iterator[Observation]:
    last = max((at for at, _ in evidence.find(Clone, DeepCopy)), default=-1)
    for at in (last, *(at for at, _ in evidence.find(Identify) if at > last)):
        if evidence.outcome(at).kind != "ok":
            lost = evidence.outcome(at).kind != "unsupported"
            yield Observation("lost" if lost else "unsupported", at, str(evidence.outcome(at)))
            return
    tied = all(observation.answer == "yes" for observation in _identity(evidence, after=last))
    written = [reading for reading in readings(evidence) if reading.expected.since > last]
    detail = (
        f"one object each: {tied}; a write shows in {sum(one.as_expected for one in written)} of {len(written)} slots"
    )
    found = yes(tied and all(one.as_expected for one in written))
    for at, passed in forward_passes(evidence):
        if found == "yes" and at > last:
            expected, once, seen = passed.passed.output, _applied_once(passed), evidence.value(at)
            if once is not None and once.admits(seen) and expected.admits(seen):
                return  # a second use would make no difference
            if not expected.admits(seen):
                found, detail = "lost", f"operation {at}: {expected.excess(seen)}"
    yield Observation(found, last, detail)


def _applied_once(passed: Pass) -> Optional[Bounded]:
    """The output if each layer object is applied only once; None if each is used only once, or no layer fits then."""
    network = passed.network
    kept = [at for at in range(len(network.uses)) if network.first_use(at) == at]
    again = {at: network.uses[at].given for at in range(len(network.uses)) if at not in kept}
    if not again or any(network.layer(at).output(given) != given for at, given in again.items()):
        return None
    moved = {old: new for new, old in enumerate(kept)}
    positions = {at: moved[network.first_use(at)] for at in range(len(network.uses))}
    uses = (replace(use, ties=use.moved_ties(positions)) for use in map(network.use, kept))
    alone = Network(network.given, tuple(uses))
    values = {Slot(moved[slot.layer], slot.role): array for slot, array in passed.values.items() if slot.layer in moved}
    return remembered(alone, values, passed.batch, passed.training).output


_COPIED = {
    "yes": "the same slots are one object there, and a write through one shows in the others",
    "no": "they are objects of their own there",
    "lost": "the copy lacks uses that the original has, or computes something else, or cannot be made",
}

reuse_survives_clone = question(
    "sharing.reuse_survives_clone",
    "Is a layer object that is used several times still one object in a clone?",
    specified="yes",
    answers=_COPIED,
)(_survives_copy)

reuse_survives_deepcopy = question(
    "sharing.reuse_survives_deepcopy",
    "Is a layer object that is used several times still one object in a deep copy?",
    specified="yes",
    answers=_COPIED,
)(_survives_copy)

tie_survives_clone = question(
    "sharing.tie_survives_clone",
    "Are layers that were built with one parameter still tied in a clone?",
    specified="yes",
    answers=_COPIED,
)(_survives_copy)

tie_survives_deepcopy = question(
    "sharing.tie_survives_deepcopy",
    "Are layers that were built with one parameter still tied in a deep copy?",
    specified="yes",
    answers=_COPIED,
)(_survives_copy)


gradient_across_kinds = question(
    "sharing.gradient_across_kinds",
    "When layers of two kinds share a parameter, or one uses it transposed, is its gradient the sum over its uses?",
    specified="sum over uses",
    answers=GRADIENTS,
)(gradient_is_sum.observe)

write_across_kinds = question(
    "sharing.write_across_kinds",
    "When layers of two kinds share a parameter, or one uses it transposed, does a write to it appear in both?",
    specified="as expected",
    answers=AS_EXPECTED,
)(write_through.observe)

across_kinds_survives_load = question(
    "sharing.across_kinds_survives_load",
    "When layers of two kinds share a parameter, or one uses it transposed, does the tie, with the saved values, "
    "survive in a new network that loads the file?",
    specified="yes",
    answers=YES_NO,
)(survives_save_and_load.observe)

across_kinds_survives_clone = question(
    "sharing.across_kinds_survives_clone",
    "When layers of two kinds share a parameter, or one uses it transposed, does the tie survive in a clone?",
    specified="yes",
    answers=_COPIED,
)(_survives_copy)

across_kinds_survives_deepcopy = question(
    "sharing.across_kinds_survives_deepcopy",
    "When layers of two kinds share a parameter, or one uses it transposed, does the tie survive in a deep copy?",
    specified="yes",
    answers=_COPIED,
)(_survives_copy)

statistics_of_tied = question(
    "sharing.statistics_of_tied",
    "In which order do two layers built with the same running statistics update them?",
    specified="as they are passed",
    answers=ORDERS,
)(statistics_of_reuse.observe)


@question(
    "sharing.tie_after_build",
    "Can a built layer be given another layer's parameter, so that they share it from then on?",
    specified="ok",
    answers={**RAISES, "ok": "it can, and a write through one then shows in the other"},
)
def tie_after_build(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(TieAfterBuild):
        outcome = evidence.outcome(at)
        if outcome.kind != "ok":
            yield Observation(outcome.kind, at, str(outcome))
            return
    for at, operation, ledger in Ledger(evidence).walk():
        expected = ledger.expected(operation.slot) if isinstance(operation, Read) else None
        if expected is not None and isinstance(expected.by, Write):
            seen = evidence.value(at).array
            answer = "ok" if same(seen, expected.array) else "not shared"
            yield Observation(answer, at, f"{operation.slot.path}, after a write to {expected.by.slot.path}")
