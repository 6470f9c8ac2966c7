"""Training: forward and backward passes, gradients, steps of gradient descent, and parameters that are frozen."""

from __future__ import annotations

from typing import Dict, Iterator, Tuple

import numpy as np

from specs.laws.answers import AS_DUE, RAISES, YES_NO, yes
from specs.laws.ledger import Ledger, backward_passes, difference, same
from specs.laws.model import Evidence, Observation, ending, question
from specs.laws.writing import forward_as_due
from specs.layers import rounding
from specs.layers.rounding import Bounded
from specs.programs.networks import Slot
from specs.programs.operations import Backward, Build, Forward, Freeze, ListTrainable, Read, ReadGradient, Step


@question(
    "training.output_shape",
    "Is the output (rows, units of the last layer), in float32?",
    specified="yes",
    answers=YES_NO,
    claims=("G01", "K01"),
)
def output_shape(evidence: Evidence) -> Iterator[Observation]:
    for at, forward in evidence.find(Forward):
        due = (forward.rows, evidence.network(at).out_width)
        seen = evidence.value(at)
        yield Observation(
            yes(seen.shape == due and seen.dtype == np.float32), at, f"{seen.dtype}{seen.shape}, due {due}"
        )


@question(
    "training.output_value",
    "Is the output what the parameters' values determine, within rounding?",
    specified="as due",
    answers=AS_DUE,
)
def output_value(evidence: Evidence) -> Iterator[Observation]:
    yield from forward_as_due(evidence)


@question(
    "training.wrong_width",
    "What happens when a batch of another width is fed to a network whose shapes are known?",
    specified="wrong_shape",
    answers=RAISES,
)
def wrong_width(evidence: Evidence) -> Iterator[Observation]:
    for at, forward in evidence.find(Forward):
        if forward.width is not None:
            yield ending(evidence, at)


def gradient_readings(evidence: Evidence) -> Iterator[Tuple[int, Slot, np.ndarray, Bounded, Bounded]]:
    """Each gradient read: seen, due from the last backward pass, and the sum of what all passes gave.

    A backward pass is entered where its forward pass is determined; the sum runs over the passes of one network.
    """
    due: Dict[Tuple[str, Slot], Bounded] = {}
    sums: Dict[Tuple[str, Slot], Bounded] = {}
    passes = {at: (passed, cotangent) for at, passed, cotangent in backward_passes(evidence)}
    for at, operation in evidence.find(Backward, ReadGradient):
        name = evidence.program.name_at[at] or ""
        if isinstance(operation, Backward):
            if at in passes:
                passed, cotangent = passes[at]
                for slot, gradient in rounding.gradients(
                    passed.network, passed.values, passed.batch, cotangent
                ).items():
                    due[name, slot] = gradient
                    sums[name, slot] = sums[name, slot] + gradient if (name, slot) in sums else gradient
        else:
            key = name, evidence.network(at).owner(operation.slot)
            if key in due:
                yield at, operation.slot, evidence.value(at), due[key], sums[key]


def _judged(at: int, slot: Slot, seen: np.ndarray, due: Bounded) -> Observation:
    if seen is None:
        return Observation("otherwise", at, f"{slot.path}: there is no gradient")
    answer = "as due" if due.admits(seen) else "otherwise"
    return Observation(answer, at, "" if answer == "as due" else f"{slot.path}: {due.excess(seen)}")


@question(
    "training.gradient_value",
    "Is every gradient, after one backward pass, what the parameters' values determine, within rounding?",
    specified="as due",
    answers=AS_DUE,
)
def gradient_value(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, seen, due, _ in gradient_readings(evidence):
        yield _judged(at, slot, seen, due)


@question(
    "training.gradient_shape",
    "Does a gradient have the shape and dtype of its parameter?",
    specified="yes",
    answers=YES_NO,
    claims=("G04",),
)
def gradient_shape(evidence: Evidence) -> Iterator[Observation]:
    for at, read in evidence.find(ReadGradient):
        seen, due = evidence.value(at), evidence.network(at).shape(read.slot)
        ok = seen is not None and seen.shape == due and seen.dtype == np.float32
        shown = None if seen is None else f"{seen.dtype}{seen.shape}"
        yield Observation(yes(ok), at, f"{read.slot.path}: {shown}, due float32{due}")


@question(
    "training.second_backward",
    "What does a second pass (forward, then backward) do to a gradient that is already there?",
    specified="replaced",
    answers={
        "replaced": "the second pass's gradient takes its place",
        "added to": "the second pass's gradient is added to it",
    },
)
def second_backward(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, seen, due, total in gradient_readings(evidence):
        if seen is None:
            yield Observation("none", at, slot.path)
            continue
        replaced, added = due.admits(seen), total.admits(seen)
        if replaced and added:
            continue  # the passes before gave too little to tell
        answer = "replaced" if replaced else "added to" if added else "other"
        yield Observation(answer, at, f"{slot.path}: {due.excess(seen)}")


@question(
    "training.backward_twice",
    "What happens when one forward pass is backpropagated a second time?",
    specified="refused",
    answers=RAISES,
)
def backward_twice(evidence: Evidence) -> Iterator[Observation]:
    before: type = Build
    for at, operation in evidence.find(Forward, Backward):
        if isinstance(operation, Backward) and before is Backward:
            yield ending(evidence, at)
        before = type(operation)


@question(
    "training.wrong_cotangent",
    "What happens when a cotangent of another shape than the output's is backpropagated?",
    specified="wrong_shape",
    answers=RAISES,
)
def wrong_cotangent(evidence: Evidence) -> Iterator[Observation]:
    for at, backward in evidence.find(Backward):
        if backward.shape is not None:
            yield ending(evidence, at)


def steps(evidence: Evidence) -> Iterator[Tuple[int, Slot, np.ndarray, np.ndarray, np.ndarray, float, bool]]:
    """Each value read after a step whose value and gradient before it are known.

    Yields position, slot, value before, gradient, value after, learning rate, and whether the parameter is frozen.
    """
    gradients: Dict[Slot, np.ndarray] = {}
    before: Dict[Slot, Tuple[np.ndarray, np.ndarray, float]] = {}
    for at, operation, ledger in Ledger(evidence).walk():
        if isinstance(operation, ReadGradient):
            gradients[ledger.owner(operation.slot)] = evidence.value(at)
        elif isinstance(operation, Step):
            rate = operation.learning_rate
            before = {
                owner: (entry.array, gradients[owner], rate)
                for owner, entry in ledger.entries.items()
                if owner in gradients
            }
        elif isinstance(operation, Read) and ledger.owner(operation.slot) in before:
            value, gradient, rate = before[ledger.owner(operation.slot)]
            after = evidence.value(at).array
            yield at, operation.slot, value, gradient, after, rate, ledger.is_frozen(operation.slot)


@question(
    "training.step_value",
    "Is a parameter, after one step of SGD, its value before less the learning rate times its gradient?",
    specified="as due",
    answers=AS_DUE,
    claims=("G19",),
)
def step_value(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, value, gradient, after, rate, frozen in steps(evidence):
        if not frozen and (gradient is None or gradient.shape != value.shape):
            yield Observation("otherwise", at, f"{slot.path}: there is no gradient of its shape")
        elif not frozen:
            yield _judged(at, slot, after, rounding.stepped(value, gradient, rate))


@question(
    "training.step_before_backward",
    "What happens when a step is asked for before any backward pass?",
    specified="ok",
    answers={**RAISES, "ok": "nothing changes, nothing is raised"},
)
def step_before_backward(evidence: Evidence) -> Iterator[Observation]:
    values: Dict[Slot, np.ndarray] = {}
    for at, operation in evidence.find(Read, Step):
        if isinstance(operation, Step):
            yield ending(evidence, at)
            continue
        seen = evidence.value(at).array
        earlier = values.setdefault(operation.slot, seen)
        if earlier is not seen and not same(earlier, seen):
            yield Observation("changed", at, f"{operation.slot.path}: {difference(seen, earlier)}")


@question(
    "training.frozen_is_not_listed",
    "Is a frozen parameter, and only that, missing from the list of trainable ones?",
    specified="yes",
    answers=YES_NO,
)
def frozen_is_not_listed(evidence: Evidence) -> Iterator[Observation]:
    frozen = set()
    for at, operation in evidence.find(Freeze, ListTrainable):
        network = evidence.network(at)
        if isinstance(operation, Freeze):
            evidence.value(at)
            frozen.add(network.owner(operation.slot))
        else:
            paths = [seen.path for seen in evidence.value(at)]
            due = [slot.path for slot in network.parameters if slot not in frozen]
            yield Observation(yes(paths == due), at, f"trainable {paths}, due {due}")


@question(
    "training.frozen_stays",
    "Does a step leave a frozen parameter as it is?",
    specified="yes",
    answers=YES_NO,
)
def frozen_stays(evidence: Evidence) -> Iterator[Observation]:
    for at, operation, ledger in Ledger(evidence).walk():
        if isinstance(operation, Read) and ledger.is_frozen(operation.slot):
            due, seen = ledger.due(operation.slot), evidence.value(at).array
            if due is not None:
                detail = "" if same(seen, due.array) else difference(seen, due.array)
                yield Observation(yes(not detail), at, f"{operation.slot.path}: {detail}")


@question(
    "training.others_still_learn",
    "Do the other parameters still take their step when one is frozen?",
    specified="as due",
    answers=AS_DUE,
)
def others_still_learn(evidence: Evidence) -> Iterator[Observation]:
    yield from step_value.observe(evidence)


@question(
    "training.frozen_gradient",
    "What is the gradient of a frozen parameter after a backward pass?",
    specified="none",
    answers={"none": "there is none", **RAISES},
)
def frozen_gradient(evidence: Evidence) -> Iterator[Observation]:
    frozen = set()
    for at, _ in evidence.find(Freeze, Forward, Backward):
        evidence.value(at)
    for at, operation in evidence.find(Freeze, ReadGradient):
        owner = evidence.network(at).owner(operation.slot)
        if isinstance(operation, Freeze):
            frozen.add(owner)
        elif owner in frozen:
            outcome = evidence.outcome(at)
            answer = outcome.kind if outcome.kind != "ok" else "none" if evidence.value(at) is None else "an array"
            yield Observation(answer, at, f"{operation.slot.path}: {outcome}")
