"""Training: forward and backward passes, gradients, steps of gradient descent, and frozen parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

import numpy as np

from specs.laws.answers import AS_EXPECTED, RAISES, YES_NO, yes
from specs.laws.ledger import Ledger, Pass, backward_passes, difference, forward_passes, held, readings, same
from specs.laws.model import Evidence, Observation, ending, question
from specs.laws.writing import forward_as_expected
from specs.layers import EXAMPLES, WORDS
from specs.layers.activation import Mistaken
from specs.layers.algebra import UNIT_ROUNDOFF, Bounded, exactly, stepped
from specs.layers.attention import BiasedByTime
from specs.programs.networks import Slot, Use
from specs.programs.operations import (
    Add,
    Backward,
    Build,
    Clone,
    Copy,
    CopyValues,
    CountParameters,
    DeepCopy,
    Forward,
    Freeze,
    Initialize,
    ListParameters,
    ListTrainable,
    Load,
    Read,
    ReadGradient,
    Reinitialize,
    ResetGradients,
    Step,
    StepOptimizer,
    Write,
    WriteElement,
)
from specs.programs.passes import moved
from specs.texts import a

#: Kinds with separate laws about values: all but those that most networks consist of.
APART = tuple(type(layer) for layer, _ in EXAMPLES.values() if not layer.is_common)


@question(
    "training.output_shape",
    "Does the output have one row per input row, the shape that the last layer gives, and dtype float32?",
    specified="yes",
    answers=YES_NO,
    claims=("G01", "K01"),
)
def output_shape(evidence: Evidence) -> Iterator[Observation]:
    for at, forward in evidence.find(Forward):
        expected = evidence.network(at).output_shape(forward.rows)
        seen = evidence.value(at)
        yield Observation(
            yes(seen.shape == expected and seen.dtype == np.float32),
            at,
            f"{seen.dtype}{seen.shape}, expected {expected}",
        )


@question(
    "training.output_value",
    "Is the output the one that the parameters' values determine, within rounding?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def output_value(evidence: Evidence) -> Iterator[Observation]:
    yield from forward_as_expected(evidence)


for _kind in APART:
    question(
        f"training.output_value[{_kind.kind}]",
        f"Is the output of a network with {_kind.words} the one that the values determine, within rounding?",
        specified="as expected",
        answers=AS_EXPECTED,
    )(forward_as_expected)


@question(
    "training.windows_behind_the_input",
    "Does pooling that rounds its number of windows up include a window that starts beyond the input?",
    specified="no",
    answers={"no": "each window sees something", "yes": "of nothing it gives the least number, or 0 for the average"},
)
def windows_behind_the_input(evidence: Evidence) -> Iterator[Observation]:
    for at, forward in evidence.find(Forward):
        expected, seen = evidence.network(at).output_shape(forward.rows), evidence.value(at).shape
        longer = len(seen) == len(expected) and all(there >= extent for there, extent in zip(seen, expected))
        answer = "no" if seen == expected else "yes" if longer else "other"
        yield Observation(answer, at, f"an output of shape {seen}, expected {expected}")


@question(
    "training.wrong_width",
    "What happens when a batch of the wrong width is fed to a network whose shapes are known?",
    specified="wrong_shape",
    answers=RAISES,
)
def wrong_width(evidence: Evidence) -> Iterator[Observation]:
    for at, forward in evidence.find(Forward):
        if forward.shape is not None:
            yield ending(evidence, at)


def gradient_readings(evidence: Evidence) -> Iterator[Tuple[int, Slot, np.ndarray, Bounded, Bounded]]:
    """Each gradient read: seen, expected from the last backward pass, and the sum over all passes.

    After one pass the latter two are the same object.

    A backward pass is included if its forward pass is known; the sum is over the passes of one network. A parameter
    that is frozen in a backward pass has no gradient after it.
    """
    expected: Dict[int, Bounded] = {}
    sums: Dict[int, Bounded] = {}
    passes = {at: (passed, cotangent) for at, passed, cotangent in backward_passes(evidence)}
    for at, operation in evidence.find(Backward, ResetGradients, ReadGradient):
        objects = evidence.now(at)
        if not isinstance(operation, ReadGradient):
            is_pass = at in passes
            for number in objects.frozen if is_pass else objects.numbers.values():
                expected.pop(number, None)
                sums.pop(number, None)
            if not is_pass:
                continue
            passed, cotangent = passes[at]
            for slot, gradient in passed.gradients(cotangent).items():
                number = passed.objects.numbers[slot]
                if number not in objects.frozen:
                    expected[number] = gradient
                    sums[number] = sums[number] + gradient if number in sums else gradient
        else:
            number = objects.numbers[operation.slot]
            if number in expected:
                yield at, operation.slot, evidence.value(at), expected[number], sums[number]


def gradients_of_one_pass(evidence: Evidence) -> Iterator[Tuple[int, Slot, np.ndarray, Bounded]]:
    """Each gradient read after one backward pass: a separate law asks what a second one does to it."""
    for at, slot, seen, expected, total in gradient_readings(evidence):
        if total is expected:
            yield at, slot, seen, expected


def gradients_read(evidence: Evidence) -> Iterator[Tuple[int, ReadGradient]]:
    """Each read of an existing gradient: after a backward pass in which its parameter was not frozen."""
    fed: Dict[str, Set[int]] = {}
    there: Set[int] = set()
    for at, operation in evidence.find(Forward, Backward, ResetGradients, ReadGradient):
        objects = evidence.now(at)
        if isinstance(operation, ResetGradients):
            there -= set(objects.numbers.values())
        elif isinstance(operation, Forward):
            fed[objects.name] = {objects.numbers[slot] for slot in objects.network.slots}
        elif isinstance(operation, Backward):
            there = (there | fed[objects.name]) - objects.frozen
        elif objects.numbers[operation.slot] in there:
            yield at, operation


def judged(at: int, slot: Slot, seen: np.ndarray, expected: Bounded) -> Observation:
    """Whether the value read at a slot is within the bounds of the expected one."""
    if seen is None:
        return Observation("otherwise", at, f"{slot.path}: there is no gradient")
    answer = "as expected" if expected.admits(seen) else "otherwise"
    return Observation(answer, at, "" if answer == "as expected" else f"{slot.path}: {expected.excess(seen)}")


def told_apart(
    at: int, seen: Optional[np.ndarray], expected: Mapping[str, Sequence[Bounded]], where: str = ""
) -> Iterator[Observation]:
    """The answer one of whose possible values is seen; nothing if several answers match.

    ``where`` begins the detail, which says how far off the first value is.
    """
    if seen is None:
        yield Observation("other", at, f"{where}there is none")
        return
    found = [answer for answer, values in expected.items() if any(value.admits(seen) for value in values)]
    if len(found) <= 1:
        first = next(iter(expected.values()))[0]
        yield Observation("".join(found) or "other", at, f"{where}{first.excess(seen)}")


@question(
    "training.gradient_value",
    "After one backward pass, is every gradient the one that the parameters' values determine, within rounding?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def gradient_value(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, seen, expected in gradients_of_one_pass(evidence):
        yield judged(at, slot, seen, expected)


for _kind in APART:
    question(
        f"training.gradient_value[{_kind.kind}]",
        f"Are the gradients of a network with {_kind.words} the ones that the values determine?",
        specified="as expected",
        answers=AS_EXPECTED,
    )(gradient_value.observe)


def computed(passed: Pass, by: Callable[[Any], Any]) -> Pass:
    """The same pass through layers as some framework computes them: ``by`` maps each layer."""
    network = passed.network
    layers = tuple(replace(use, layer=by(use.layer)) if isinstance(use, Use) else use for use in network.layers)
    return replace(passed, objects=replace(passed.objects, network=replace(network, layers=layers)))


@question(
    "training.as_many_heads_as_times",
    "Is the output of attention correct when a sequence has as many time steps as there are heads, and each head has "
    "values of width 1?",
    specified="as expected",
    answers={
        "as expected": "exactly that",
        "biases by time": "the bias of the n-th head is added at the n-th time, to all heads",
    },
)
def as_many_heads_as_times(evidence: Evidence) -> Iterator[Observation]:
    for at, passed in forward_passes(evidence):
        expected = {
            "as expected": [passed.passed.output],
            "biases by time": [computed(passed, BiasedByTime.of).passed.output],
        }
        yield from told_apart(at, evidence.value(at), expected)


@question(
    "training.selu_gradient",
    "What is the slope of SELU at a negative argument, where its output is y?",
    specified="scale alpha + y",
    answers={
        "scale alpha + y": "that is scale alpha exp(x)",
        "scale (alpha + y)": "as if y had not been scaled: it is below zero for x < -3.03",
    },
)
def selu_gradient(evidence: Evidence) -> Iterator[Observation]:
    passes = {at: (passed, cotangent) for at, passed, cotangent in backward_passes(evidence)}
    expected: Dict[str, Dict[Slot, Bounded]] = {}
    for at, operation in evidence.find(Backward, ReadGradient):
        if isinstance(operation, Backward):
            passed, cotangent = passes[at]
            expected = {
                "scale alpha + y": passed.gradients(cotangent),
                "scale (alpha + y)": computed(passed, Mistaken.of).gradients(cotangent),
            }
        else:
            yield from told_apart(
                at, evidence.value(at), {answer: [found[operation.slot]] for answer, found in expected.items()}
            )


@question(
    "training.gradient_shape",
    "Does a gradient have the shape and dtype of its parameter?",
    specified="yes",
    answers=YES_NO,
    claims=("G04",),
)
def gradient_shape(evidence: Evidence) -> Iterator[Observation]:
    for at, read in gradients_read(evidence):
        seen, expected = evidence.value(at), evidence.network(at).shape(read.slot)
        ok = seen is not None and seen.shape == expected and seen.dtype == np.float32
        shown = None if seen is None else f"{seen.dtype}{seen.shape}"
        yield Observation(yes(ok), at, f"{read.slot.path}: {shown}, expected float32{expected}")


@question(
    "training.second_backward",
    "What does a second pass (forward, then backward) do to an existing gradient?",
    specified="replaced",
    answers={
        "replaced": "the second pass's gradient takes its place",
        "added to": "the second pass's gradient is added to it",
    },
)
def second_backward(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, seen, expected, total in gradient_readings(evidence):
        if seen is None:
            yield Observation("none", at, slot.path)
            continue
        replaced, added = expected.admits(seen), total.admits(seen)
        if replaced and added:
            continue  # the earlier passes' gradients are too small to tell
        answer = "replaced" if replaced else "added to" if added else "other"
        yield Observation(answer, at, f"{slot.path}: {expected.excess(seen)}")


@question(
    "training.backward_twice",
    "What happens when the same forward pass is backpropagated twice?",
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
    "What happens when a cotangent with the wrong shape is backpropagated through a dense layer?",
    specified="wrong_shape",
    answers=RAISES,
)
def wrong_cotangent(evidence: Evidence) -> Iterator[Observation]:
    for at, backward in evidence.find(Backward):
        if backward.shape is not None and not _computes_elementwise(evidence, at):
            yield ending(evidence, at)


@question(
    "training.wrong_cotangent_of_activation",
    "What happens when a cotangent with the wrong shape is backpropagated through an elementwise activation?",
    specified="wrong_shape",
    answers={**RAISES, "ok": "gradients are computed of as much of it as there are outputs"},
)
def wrong_cotangent_of_activation(evidence: Evidence) -> Iterator[Observation]:
    for at, backward in evidence.find(Backward):
        if backward.shape is not None and _computes_elementwise(evidence, at):
            yield ending(evidence, at)


def _computes_elementwise(evidence: Evidence, at: int) -> bool:
    """Whether the last layer of the network is a function of each number by itself."""
    network = evidence.network(at)
    return network.layer(len(network.uses) - 1).is_elementwise


@question(
    "training.larger_cotangent",
    "What happens when the output has one column and a wider cotangent, to which it could be broadcast, is "
    "backpropagated?",
    specified="wrong_shape",
    answers={**RAISES, "ok": "gradients are computed of it"},
)
def larger_cotangent(evidence: Evidence) -> Iterator[Observation]:
    yield from wrong_cotangent.observe(evidence)


def steps(evidence: Evidence) -> Iterator[Tuple[int, Slot, np.ndarray, np.ndarray, np.ndarray, float, bool]]:
    """Each value read after a step, if its value and gradient before are known.

    Yields position, slot, value before, gradient, value after, learning rate, and whether the parameter was frozen.
    """
    there = {at for at, _ in gradients_read(evidence)}
    gradients: Dict[int, np.ndarray] = {}
    before: Dict[int, Tuple[np.ndarray, np.ndarray, float, bool]] = {}
    for at, operation, ledger in Ledger(evidence).walk():
        if at in there:
            gradients[ledger.objects.numbers[operation.slot]] = evidence.value(at)
        elif isinstance(operation, (Backward, ResetGradients)):
            gradients.clear()
        elif isinstance(operation, Step):
            before = {
                number: (
                    ledger.entries[number].array,
                    gradients[number],
                    operation.learning_rate,
                    number in ledger.objects.frozen,
                )
                for number in ledger.objects.numbers.values()
                if number in gradients and number in ledger.entries
            }
        elif isinstance(operation, Read) and ledger.objects.numbers[operation.slot] in before:
            value, gradient, rate, frozen = before[ledger.objects.numbers[operation.slot]]
            yield at, operation.slot, value, gradient, evidence.value(at).array, rate, frozen
        elif isinstance(operation, (*MOVING, StepOptimizer)):
            before.clear()


#: Operations other than a step that change parameters.
MOVING = (Write, Add, WriteElement, Copy, Initialize, Reinitialize, Load, CopyValues)


@question(
    "training.step_value",
    "After one step of SGD, is a parameter its previous value minus the learning rate times its gradient?",
    specified="as expected",
    answers=AS_EXPECTED,
    claims=("G19",),
)
def step_value(evidence: Evidence) -> Iterator[Observation]:
    passes: Optional[List[Tuple[int, Pass, np.ndarray]]] = None
    for at, slot, value, gradient, after, rate, frozen in steps(evidence):
        if frozen:
            continue
        if gradient is None or gradient.shape != value.shape:
            yield Observation("otherwise", at, f"{slot.path}: there is no gradient of its shape")
        elif not np.isfinite(gradient).all():
            continue  # steps by infinity or NaN are not asked about
        elif not evidence.network(at).role(slot).by_row:
            yield judged(at, slot, after, stepped(value, gradient, rate))
        else:
            passes = list(backward_passes(evidence)) if passes is None else passes
            for addends in _addends(passes, at, slot):
                yield judged(at, slot, after, stepped(value, gradient, rate).loosened(one_by_one(value, addends, rate)))


def _addends(passes: Sequence[Tuple[int, Pass, np.ndarray]], at: int, slot: Slot) -> Iterator[Bounded]:
    """The gradient of the last backward pass before an operation, if its addends are known."""
    before = [(passed, cotangent) for when, passed, cotangent in passes if when < at]
    for passed, cotangent in before[-1:]:
        yield passed.gradients(cotangent)[passed.objects.owner(slot)]


def one_by_one(value: np.ndarray, addends: Bounded, rate: float) -> Callable[[], np.ndarray]:
    """The rounding error of a step that adds every addend of a gradient separately."""
    largest = np.abs(value) + rate * addends.magnitude()
    return lambda: addends.terms * 2 * UNIT_ROUNDOFF * largest


@question(
    "training.step_before_backward",
    "What happens when a step is taken before any backward pass?",
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
    "Is a frozen parameter, and only that, absent from the list of trainable ones?",
    specified="yes",
    answers=YES_NO,
)
def frozen_is_not_listed(evidence: Evidence) -> Iterator[Observation]:
    for at, operation in evidence.find(Freeze, ListTrainable):
        seen = evidence.value(at)
        if isinstance(operation, ListTrainable):
            objects = evidence.now(at)
            paths = [parameter.path for parameter in seen]
            expected = [slot.path for slot in objects.parameters if not objects.is_frozen(slot)]
            yield Observation(yes(sorted(paths) == sorted(expected)), at, f"trainable {paths}, expected {expected}")


@question(
    "training.frozen_stays",
    "Does a step leave a frozen parameter unchanged?",
    specified="yes",
    answers=YES_NO,
)
def frozen_stays(evidence: Evidence) -> Iterator[Observation]:
    for at, operation, ledger in Ledger(evidence).walk():
        if isinstance(operation, Read) and ledger.is_frozen(operation.slot):
            expected, seen = ledger.expected(operation.slot), evidence.value(at).array
            if expected is not None:
                detail = "" if same(seen, expected.array) else difference(seen, expected.array)
                yield Observation(yes(not detail), at, f"{operation.slot.path}: {detail}")


@question(
    "training.others_still_learn",
    "Does a step still move the other parameters when one is frozen?",
    specified="as expected",
    answers=AS_EXPECTED,
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
    passed: Set[int] = set()
    for at, operation in evidence.find(Freeze, Forward, Backward, ReadGradient):
        objects = evidence.now(at)
        if not isinstance(operation, ReadGradient):
            evidence.value(at)
        if isinstance(operation, Backward):
            passed = set(objects.frozen)
        elif isinstance(operation, ReadGradient) and objects.numbers[operation.slot] in passed:
            outcome = evidence.outcome(at)
            answer = outcome.kind if outcome.kind != "ok" else "none" if evidence.value(at) is None else "an array"
            yield Observation(answer, at, f"{operation.slot.path}: {outcome}")


#: Kinds with trainable parameters other than weights.
BESIDE_WEIGHTS = tuple(
    layer.kind
    for layer, given in EXAMPLES.values()
    if len({role.fans is None for role in layer.roles(given) if role.state == "parameter"}) == 2
)


def _biases_alone(evidence: Evidence, kind: str) -> Iterator[Observation]:
    of_kind = {name for name, network in evidence.program.networks.items() if network.kinds() == (kind,)}
    if of_kind:
        for at, slot, seen, expected, _ in gradient_readings(evidence):
            if evidence.program.name_at[at] in of_kind:
                answers = {"as expected": [expected], "zeros": [exactly(np.zeros(expected.shape))]}
                yield from told_apart(at, seen, answers, f"{slot.path}: ")


for _name in BESIDE_WEIGHTS:
    question(
        f"training.biases_alone[{_name}]",
        f"What is the gradient of the biases of {a(WORDS[_name])} layer when all of its weights are frozen?",
        specified="as expected",
        answers={"as expected": "what the values determine", "zeros": "zeros: the biases learn nothing"},
    )(lambda evidence, kind=_name: _biases_alone(evidence, kind))  # type: ignore[misc]


# Orders of freezing.


@question(
    "training.frozen_after_backward",
    "What does a step do to a parameter that was frozen after the backward pass had given it a gradient?",
    specified="nothing",
    answers={"nothing": "it stays as it is", "moves it": "it takes the step of the gradient that was there"},
)
def frozen_after_backward(evidence: Evidence) -> Iterator[Observation]:
    first = next(iter(evidence.program.find(Backward)), len(evidence.program.operations))
    late = {operation.slot for at, operation in evidence.find(Freeze) if at > first}
    for at, slot, value, gradient, after, rate, frozen in steps(evidence):
        there = gradient is not None and gradient.shape == value.shape
        tells = there and not stepped(value, gradient, rate).admits(value)
        if frozen and slot in late and tells:
            if same(after, value):
                yield Observation("nothing", at, slot.path)
                continue
            moved = stepped(value, gradient, rate).admits(after)
            yield Observation("moves it" if moved else "other", at, f"{slot.path}: {difference(after, value)}")


@question(
    "training.frozen_is_listed",
    "Is a frozen parameter still listed and counted among all parameters?",
    specified="yes",
    answers=YES_NO,
)
def frozen_is_listed(evidence: Evidence) -> Iterator[Observation]:
    for at, operation in evidence.find(Freeze, ListParameters, CountParameters):
        seen, objects = evidence.value(at), evidence.now(at)
        if isinstance(operation, ListParameters):
            paths = {parameter.path for parameter in seen}
            missing = [slot.path for slot in objects.parameters if slot.path not in paths]
            yield Observation(yes(not missing), at, f"not listed: {missing}")
        elif isinstance(operation, CountParameters) and not objects.network.buffers:
            expected = sum(int(np.prod(objects.network.shape(slot))) for slot in objects.parameters)
            yield Observation(yes(seen == expected), at, f"counted {seen}, expected {expected}")


@question(
    "training.frozen_is_written",
    "Do initializing, writing and copying still change a frozen parameter?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def frozen_is_written(evidence: Evidence) -> Iterator[Observation]:
    for reading in readings(evidence):
        if isinstance(reading.expected.by, (Reinitialize, Write, Add, Copy, CopyValues)):
            yield held(reading)


#: What happens to layers in a plain list if a framework does not see them at all.
UNSEEN = {"not_ready": "nothing initializes them, so that nobody can use them"}


def unseen(evidence: Evidence) -> Optional[Observation]:
    """The outcome of the first operation that found a parameter in a plain list without a value, or None."""
    for at, operation in evidence.find(Write, Forward):
        kept = evidence.network(at).in_plain_lists
        if evidence.outcome(at).kind == "not_ready" and (isinstance(operation, Forward) or operation.slot in kept):
            return ending(evidence, at)
    return None


@question(
    "training.plain_list_learns",
    "Does a step move the parameters of layers that one of a network's layers stores in a plain Python list?",
    specified="yes",
    answers={**UNSEEN, "yes": "they take their step", "no": "they stay, although they have gradients"},
)
def plain_list_learns(evidence: Evidence) -> Iterator[Observation]:
    missed = unseen(evidence)
    if missed is not None:
        yield missed
        return
    for at, slot, value, gradient, after, rate, frozen in steps(evidence):
        kept = evidence.now(at).owner(slot) in evidence.network(at).in_plain_lists
        if kept and not frozen and gradient is not None and gradient.shape == value.shape:
            expected = {"yes": [stepped(value, gradient, rate)], "no": [exactly(value)]}
            yield from told_apart(at, after, expected, f"{slot.path}: ")


# Modes, and what forward passes update.


@question(
    "training.inference_output",
    "In inference, is the output the one that parameters and running statistics determine, within rounding?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def inference_output(evidence: Evidence) -> Iterator[Observation]:
    inferences = {at for at, forward in evidence.find(Forward) if not forward.training}
    yield from (observation for observation in forward_as_expected(evidence) if observation.at in inferences)


@question(
    "training.inference_changes_nothing",
    "Does a forward pass in inference mode leave every parameter and running statistic unchanged?",
    specified="yes",
    answers=YES_NO,
)
def inference_changes_nothing(evidence: Evidence) -> Iterator[Observation]:
    passes = list(evidence.find(Forward))
    for reading in readings(evidence):
        last = [forward for at, forward in passes if at < reading.at][-1:]
        if last and not last[0].training:
            yield held(reading, "yes", "no")


@question(
    "training.passes_change_no_parameter",
    "Do a forward and a backward pass in training mode leave every parameter unchanged?",
    specified="yes",
    answers=YES_NO,
)
def passes_change_no_parameter(evidence: Evidence) -> Iterator[Observation]:
    for reading in readings(evidence):
        if evidence.network(reading.at).role(reading.slot).state == "parameter":
            yield held(reading, "yes", "no")


def statistics(evidence: Evidence) -> Iterator[Tuple[int, Slot, np.ndarray, Pass, str]]:
    """Each buffer read after a pass for training whose values are known, by its owner.

    Yields also what was read, the pass, and which half of it came last: ``forward`` or ``backward``.
    """
    passes: Dict[str, Tuple[Pass, str]] = {}
    for at, operation, ledger in Ledger(evidence).walk():
        name = evidence.program.name_at[at] or ""
        if isinstance(operation, Read) and name in passes:
            owner = ledger.owner(operation.slot)
            if owner in ledger.objects.network.buffers:
                yield (at, owner, evidence.value(at).array, *passes[name])
        elif isinstance(operation, Forward):
            passed = ledger.passed(at, operation)
            if operation.training:
                passes.pop(name, None)
            if passed is not None and operation.training:
                passes[name] = passed, "forward"
        elif isinstance(operation, Backward) and name in passes:
            passes[name] = passes[name][0], "backward"
        elif isinstance(operation, (*MOVING, Build, Clone, DeepCopy)):
            passes.pop(name, None)


@question(
    "training.statistics_move",
    "When do running statistics change: in the forward pass of training, or in the backward pass?",
    specified="in the forward pass",
    answers={
        "in the forward pass": "they have moved before any backward pass",
        "in the backward pass": "they stay until a backward pass is made",
    },
)
def statistics_move(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, seen, passed, last in statistics(evidence):
        if last == "forward":
            still = same(seen, passed.values[slot])
            if not (still and passed.passed.buffers[slot].admits(seen)):
                yield Observation("in the backward pass" if still else "in the forward pass", at, slot.path)


@question(
    "training.statistics_value",
    "What do running statistics become after a training pass, and by which variance of the batch?",
    specified="the biased one",
    answers={
        "the biased one": "the mean of the squared deviations",
        "the unbiased one": "their sum over one less than their number",
    },
)
def statistics_value(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, seen, passed, last in statistics(evidence):
        expected = passed.passed.buffers[slot]
        if last == "backward" and slot.role != "variance" and not expected.admits(seen):
            yield Observation("other", at, f"{slot.path}: {expected.excess(seen)}")
        elif last == "backward" and slot.role == "variance":
            if expected.admits(seen):
                answer = "the biased one"
            else:
                unbiased = moved(passed.network, passed.values, passed.batch, is_unbiased=True)[slot]
                answer = "the unbiased one" if unbiased.admits(seen) else "other"
            yield Observation(answer, at, f"{slot.path}: {expected.excess(seen)}")


#: The order in which two uses update running statistics.
ORDERS = {
    "as they are passed": "the batch of the last use counts most",
    "the last one first": "the batch of the first use counts most",
}


@question(
    "training.statistics_of_reuse",
    "In which order do two uses of one layer update its running statistics?",
    specified="as they are passed",
    answers=ORDERS,
)
def statistics_of_reuse(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, seen, passed, last in statistics(evidence):
        network, expected = passed.network, passed.passed.buffers[slot]
        is_last = network.owner(Slot(len(network.uses) - 1, "mean")) == slot
        if last == "backward" and slot.layer == 0 and is_last:
            turned = moved(passed.network, passed.values, passed.batch, is_unbiased=False, order=reversed)[slot]
            if expected.admits(seen) != turned.admits(seen):
                answer = "as they are passed" if expected.admits(seen) else "the last one first"
                yield Observation(answer, at, f"{slot.path}: {expected.excess(seen)}")
            elif not expected.admits(seen):
                yield Observation("other", at, f"{slot.path}: {expected.excess(seen)}")
