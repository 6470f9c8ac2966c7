"""Optimizers that live across steps, parameters that are unfrozen, layers that are frozen as a whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Type, TypeVar

import numpy as np

from specs.laws.answers import AS_EXPECTED, RAISES, YES_NO
from specs.laws.ledger import Ledger, Pass, backward_passes, same
from specs.laws.model import Evidence, Observation, ending, question
from specs.laws.training import MOVING, frozen_stays, gradients_read, judged, statistics, step_value, told_apart
from specs.layers.algebra import ELEMENTARY, SMALLEST_NORMAL, UNIT_ROUNDOFF, Bounded, within
from specs.programs.networks import Slot
from specs.programs.operations import (
    Backward,
    Build,
    Clone,
    DeepCopy,
    FreezeLayer,
    MakeOptimizer,
    Read,
    ReadGradient,
    ResetGradients,
    SetLearningRate,
    Step,
    StepOptimizer,
)
from specs.programs.optimizers import SGD, Adam, Optimizer

Array = np.ndarray
Rule = TypeVar("Rule", SGD, Adam)


@dataclass(frozen=True)
class Course:
    """A parameter read after steps of an optimizer: its value before the last step, and its gradients in all steps.

    ``optimizers`` are the optimizer's arguments at each of these steps. ``steps`` counts the optimizer's steps: more
    than there are gradients if the parameter was frozen in some. ``backward`` is the position of the backward pass
    that made its last gradient.
    """

    at: int
    slot: Slot
    before: Array
    gradients: Tuple[Array, ...]
    optimizers: Tuple[Optimizer, ...]
    steps: int
    after: Array
    backward: int

    @property
    def of_its_own(self) -> int:
        return len(self.gradients)

    @property
    def optimizer(self) -> Optimizer:
        return self.optimizers[-1]

    def given(self, *gradients: Array) -> Course:
        """The same, with these gradients and an optimizer that was never changed."""
        return replace(self, gradients=gradients, optimizers=(self.optimizer,) * len(gradients))


class _Running:
    """An optimizer, and the gradients that it was given, by parameter number; None for an unknown gradient."""

    def __init__(self, optimizer: Optimizer):
        self.optimizer = optimizer
        self.steps = 0
        self.given: Dict[int, Optional[Tuple[Array, ...]]] = {}
        self.at_each: Dict[int, Tuple[Optimizer, ...]] = {}

    def step(self, number: int, gradient: Optional[Array]) -> None:
        earlier = self.given.get(number, ())
        self.given[number] = None if gradient is None or earlier is None else (*earlier, gradient)
        self.at_each[number] = (*self.at_each.get(number, ()), self.optimizer)


def courses(evidence: Evidence) -> Iterator[Course]:
    """Each parameter read after steps whose inputs are all known."""
    there = {at for at, _ in gradients_read(evidence)}
    running: Dict[str, _Running] = {}
    gradients: Dict[int, Array] = {}
    before: Dict[int, Array] = {}
    backward = 0
    for at, operation, ledger in Ledger(evidence).walk():
        name = evidence.program.name_at[at] or ""
        if isinstance(operation, MakeOptimizer):
            running[name] = _Running(operation.optimizer)
            before = {}
        elif isinstance(operation, SetLearningRate):
            running[name].optimizer = replace(running[name].optimizer, learning_rate=operation.learning_rate)
        elif isinstance(operation, (Build, Clone, DeepCopy)):
            running.pop(name, None)
            before = {}
        elif isinstance(operation, (Backward, ResetGradients)):
            gradients, backward = {}, at
        elif isinstance(operation, ReadGradient) and at in there:
            gradients[ledger.objects.numbers[operation.slot]] = evidence.value(at)
        elif isinstance(operation, StepOptimizer):
            before = _stepped(running[name], ledger, gradients)
        elif isinstance(operation, (*MOVING, Step)):
            before = {}
        elif isinstance(operation, Read) and ledger.objects.numbers[operation.slot] in before:
            number, now = ledger.objects.numbers[operation.slot], running[name]
            given = now.given[number]
            if given is not None:
                seen, made = evidence.value(at).array, now.at_each[number]
                yield Course(at, operation.slot, before[number], given, made, now.steps, seen, backward)


def _stepped(running: _Running, ledger: Ledger, gradients: Dict[int, Array]) -> Dict[int, Array]:
    """Add a step. Returns the values before it of the parameters that it moves and whose gradients are known."""
    running.steps += 1
    before: Dict[int, Array] = {}
    for slot in ledger.objects.parameters:
        if ledger.is_frozen(slot):
            continue
        number, shape = ledger.objects.numbers[slot], ledger.objects.network.shape(slot)
        gradient, entry = gradients.get(number), ledger.expected(slot)
        known = gradient is not None and gradient.shape == shape and bool(np.isfinite(gradient).all())
        running.step(number, gradient if known else None)
        if known and entry is not None and entry.array.shape == shape:
            before[number] = entry.array
    return before


# Results of the rules. Errors are first-order bounds, doubled.


def _moved(before: Array, change: Array, error: Array) -> Bounded:
    rounding = UNIT_ROUNDOFF * (np.abs(before) + 2 * np.abs(change)) + SMALLEST_NORMAL
    return within(before.astype(np.float64) - change, error + 2 * rounding)


def _averaged(gradients: Sequence[Array], rates: Sequence[Tuple[float, float]]) -> Tuple[Array, Array]:
    """A decaying sum of gradients, and that of their magnitudes, to which its rounding error is relative.

    Each gradient comes with the factor by which the sum decays, and the factor of the gradient.
    """
    total, magnitude = np.zeros(gradients[0].shape), np.zeros(gradients[0].shape)
    for gradient, (decay, weight) in zip(gradients, rates):
        exact = gradient.astype(np.float64)
        total, magnitude = decay * total + weight * exact, decay * magnitude + weight * np.abs(exact)
    return total, magnitude


def momentum_rule(optimizer: SGD, course: Course) -> Bounded:
    """The value after a step of gradient descent with momentum."""
    velocity, magnitude = _averaged(course.gradients, [(optimizer.momentum, 1.0)] * course.of_its_own)
    rate = optimizer.learning_rate
    error = 8 * (course.of_its_own + 1) * UNIT_ROUNDOFF * rate * magnitude
    return _moved(course.before, rate * velocity, error)


def _squares(gradients: Sequence[Array]) -> List[Array]:
    return [gradient.astype(np.float64) ** 2 for gradient in gradients]


def _adam(
    optimizer: Adam,
    epsilon: float,
    course: Course,
    steps: int,
    beside: Callable[[float], float],
    squares: Sequence[Array],
) -> Bounded:
    made = [one for one in course.optimizers if isinstance(one, Adam)]
    first, magnitude = _averaged(course.gradients, [(one.beta1, 1 - one.beta1) for one in made])
    second, _ = _averaged(squares, [(one.beta2, 1 - one.beta2) for one in made])
    powers = optimizer.beta1**steps, optimizer.beta2**steps
    below = np.sqrt(second / (1 - powers[1])) + epsilon * beside(1 - powers[1])
    scale = optimizer.learning_rate / (1 - powers[0]) / below
    relative = (8 * steps + 2 * ELEMENTARY) * UNIT_ROUNDOFF + SMALLEST_NORMAL**0.5 / below
    # The rounding error of 1 minus a power in float32.
    relative = relative + sum(8 * (steps + 1) * UNIT_ROUNDOFF * power / (1 - power) for power in powers)
    return _moved(course.before, scale * first, 2 * relative * scale * magnitude)


#: Where Adam adds its epsilon, with the factor that makes it equivalent to adding it to the corrected root.
PLACES: Dict[str, Callable[[float], float]] = {
    "to the corrected root": lambda correction: 1.0,
    "to the root before its correction": lambda correction: correction**-0.5,
}


def _anywhere(
    optimizer: Adam, epsilon: float, course: Course, steps: int, squares: Optional[Sequence[Array]] = None
) -> List[Bounded]:
    """Adam's result, wherever it adds its epsilon; ``squares`` replace the squared gradients of the steps."""
    taken = _squares(course.gradients) if squares is None else squares
    return [_adam(optimizer, epsilon, course, steps, beside, taken) for beside in PLACES.values()]


def moved_by(optimizer: Optimizer, course: Course, steps: int) -> List[Bounded]:
    """The result of the last of so many steps, wherever an epsilon is added."""
    if isinstance(optimizer, SGD):
        return [momentum_rule(optimizer, course)]
    return [] if optimizer.epsilon is None else _anywhere(optimizer, optimizer.epsilon, course, steps)


def _under(evidence: Evidence, kind: Type[Rule]) -> Iterator[Tuple[Course, Rule]]:
    """Courses under optimizers of one kind."""
    return ((course, course.optimizer) for course in courses(evidence) if isinstance(course.optimizer, kind))


def _told(course: Course, expected: Mapping[str, Sequence[Bounded]]) -> Iterator[Observation]:
    return told_apart(course.at, course.after, expected, f"{course.slot.path}: ")


@question(
    "training.momentum",
    "Does SGD with momentum move a parameter by the learning rate times the velocity, which is momentum times the "
    "previous velocity plus the gradient?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def momentum(evidence: Evidence) -> Iterator[Observation]:
    for course, rule in _under(evidence, SGD):
        yield judged(course.at, course.slot, course.after, momentum_rule(rule, course))


@question(
    "training.optimizer_after_writes",
    "Does an optimizer continue from the new values of parameters that were written, initialized or loaded after it "
    "was made?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def optimizer_after_writes(evidence: Evidence) -> Iterator[Observation]:
    yield from momentum.observe(evidence)


def _refused(evidence: Evidence) -> Optional[int]:
    """The first step of an optimizer that failed."""
    return next((at for at, _ in evidence.find(StepOptimizer) if evidence.outcome(at).kind != "ok"), None)


@question(
    "training.momentum_over_a_pause",
    "What happens to a parameter's velocity in SGD with momentum while the parameter is frozen?",
    specified="it stays",
    answers={
        **RAISES,
        "it stays": "the next step goes on from the last one that moved the parameter",
        "it decays": "it is multiplied by the momentum in the steps between, too",
        "it is lost": "the next step is as the first",
    },
)
def momentum_over_a_pause(evidence: Evidence) -> Iterator[Observation]:
    refused = _refused(evidence)
    if refused is not None:
        yield ending(evidence, refused)
        return
    for course, rule in _under(evidence, SGD):
        if 1 < course.of_its_own < course.steps:
            *earlier, last = course.gradients
            pause = [np.zeros_like(last)] * (course.steps - course.of_its_own)
            taken = {"it stays": (*earlier, last), "it decays": (*earlier, *pause, last), "it is lost": (last,)}
            expected = {answer: [momentum_rule(rule, course.given(*gradients))] for answer, gradients in taken.items()}
            yield from _told(course, expected)


@question(
    "training.adam",
    "Where does Adam add its epsilon: to the root of the second moment after bias correction?",
    specified="to the corrected root",
    answers={
        "to the corrected root": "as in algorithm 1 of Kingma and Ba 2015",
        "to the root before its correction": "as in the form that they give at the end of section 2",
    },
)
def adam(evidence: Evidence) -> Iterator[Observation]:
    for course, rule in _under(evidence, Adam):
        if rule.epsilon is not None:
            expected = _anywhere(rule, rule.epsilon, course, course.of_its_own)
            yield from _told(course, {place: [one] for place, one in zip(PLACES, expected)})


@question(
    "training.adam_epsilon",
    "What is Adam's epsilon when none is given?",
    specified="1e-8",
    answers={"1e-8": "as in Kingma and Ba 2015", "1e-7": "ten times that"},
)
def adam_epsilon(evidence: Evidence) -> Iterator[Observation]:
    for course, rule in _under(evidence, Adam):
        if rule.epsilon is None:
            numbers = {"1e-8": 1e-8, "1e-7": 1e-7}
            expected = {shown: _anywhere(rule, number, course, course.of_its_own) for shown, number in numbers.items()}
            yield from _told(course, expected)


@question(
    "training.adam_counts",
    "Whose number of steps corrects Adam's moments when one parameter was frozen during some of them?",
    specified="its own",
    answers={
        **RAISES,
        "its own": "the steps in which it had a gradient",
        "the optimizer's": "all since the optimizer was made",
    },
)
def adam_counts(evidence: Evidence) -> Iterator[Observation]:
    refused = _refused(evidence)
    if refused is not None:
        yield ending(evidence, refused)
        return
    for course, rule in _under(evidence, Adam):
        if rule.epsilon is not None and course.of_its_own < course.steps:
            counts = {"its own": course.of_its_own, "the optimizer's": course.steps}
            expected = {answer: _anywhere(rule, rule.epsilon, course, steps) for answer, steps in counts.items()}
            yield from _told(course, expected)


@question(
    "training.adam_of_rows",
    "When several rows of a batch use the same parameter, is Adam's second moment that of the square of their sum?",
    specified="the square of the sum",
    answers={
        "the square of the sum": "of the gradient of the batch",
        "the sum of squares": "of the gradient that each row gives by itself",
    },
)
def adam_of_rows(evidence: Evidence) -> Iterator[Observation]:
    passes = {at: (passed, cotangent) for at, passed, cotangent in backward_passes(evidence)}
    for course, rule in _under(evidence, Adam):
        if rule.epsilon is not None and course.of_its_own == 1 and course.backward in passes:
            apart = _squares_by_row(*passes[course.backward], course.slot)
            taken = {"the square of the sum": None, "the sum of squares": [apart]}
            expected = {answer: _anywhere(rule, rule.epsilon, course, 1, squares) for answer, squares in taken.items()}
            yield from _told(course, expected)


def _squares_by_row(passed: Pass, cotangent: Array, slot: Slot) -> Array:
    """The sum of the squared gradients of each row of a batch, fed alone."""
    alone = [replace(passed, batch=passed.batch[at : at + 1]) for at in range(len(passed.batch))]
    owner = passed.objects.owner(slot)
    squares = [one.gradients(cotangent[at : at + 1])[owner].value ** 2 for at, one in enumerate(alone)]
    total: Array = np.sum(squares, axis=0)
    return total


# Changed learning rates.


def _at_another_rate(evidence: Evidence, kind: Type[Rule]) -> Iterator[Tuple[Course, Rule]]:
    """Courses in which the learning rate changed."""
    if any(evidence.find(SetLearningRate)):
        for course, rule in _under(evidence, kind):
            if any(made.learning_rate != rule.learning_rate for made in course.optimizers):
                yield course, rule


@question(
    "training.momentum_at_another_rate",
    "After the learning rate was changed, which rate applies to SGD's velocity from earlier gradients?",
    specified="the new one",
    answers={
        "the new one": "a velocity is of gradients, and the step multiplies it by its learning rate",
        "that of their time": "a velocity is of moves, and holds each gradient times the learning rate of its step",
    },
)
def momentum_at_another_rate(evidence: Evidence) -> Iterator[Observation]:
    for course, rule in _at_another_rate(evidence, SGD):
        scales = [made.learning_rate / rule.learning_rate for made in course.optimizers]
        moves = tuple(scale * gradient.astype(np.float64) for scale, gradient in zip(scales, course.gradients))
        expected = {"the new one": course, "that of their time": replace(course, gradients=moves)}
        yield from _told(course, {answer: [momentum_rule(rule, one)] for answer, one in expected.items()})


@question(
    "training.adam_at_another_rate",
    "After the learning rate was changed, by which rate does Adam move a parameter?",
    specified="the new one",
    answers={"the new one": "from the next step on", "the first one": "that which it was made with"},
)
def adam_at_another_rate(evidence: Evidence) -> Iterator[Observation]:
    for course, rule in _at_another_rate(evidence, Adam):
        first = replace(rule, learning_rate=course.optimizers[0].learning_rate)
        rules = {"the new one": rule, "the first one": first}
        yield from _told(course, {answer: moved_by(one, course, course.of_its_own) for answer, one in rules.items()})


# Gradients that are reset, parameters that are unfrozen, layers frozen as a whole.


@question(
    "training.gradient_after_reset",
    "What is a gradient after it was reset?",
    specified="none",
    answers={"none": "there is none", "zeros": "an array of zeros", "as it was": "what the last backward pass gave"},
)
def gradient_after_reset(evidence: Evidence) -> Iterator[Observation]:
    was: Dict[int, Array] = {}
    reset = False
    for at, operation in evidence.find(Backward, ResetGradients, ReadGradient):
        if not isinstance(operation, ReadGradient):
            reset = isinstance(operation, ResetGradients)
            was = was if reset else {}
            continue
        number, seen = evidence.now(at).numbers[operation.slot], evidence.value(at)
        if not reset and seen is not None:
            was[number] = seen
        elif number in was and was[number].any():
            stays = seen is not None and same(seen, was[number])
            answer = "none" if seen is None else "as it was" if stays else "zeros" if not seen.any() else "other"
            yield Observation(answer, at, operation.slot.path)


@question(
    "training.unfrozen_learns",
    "Does a step move a parameter again after it was frozen and unfrozen?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def unfrozen_learns(evidence: Evidence) -> Iterator[Observation]:
    yield from step_value.observe(evidence)


@question(
    "training.frozen_layer_stays",
    "Does a step leave every parameter of a frozen layer unchanged?",
    specified="yes",
    answers=YES_NO,
)
def frozen_layer_stays(evidence: Evidence) -> Iterator[Observation]:
    yield from frozen_stays.observe(evidence)


@question(
    "training.statistics_of_frozen_roles",
    "Do the running statistics of a network's first layer still change when all its trainable parameters are frozen "
    "one by one?",
    specified="yes",
    answers={"yes": "they move as those of any layer", "no": "they stay: no gradient passes through the layer"},
)
def statistics_of_frozen_roles(evidence: Evidence) -> Iterator[Observation]:
    for at, slot, seen, passed, last in statistics(evidence):
        objects = evidence.now(passed.at)
        trained = [one for one in objects.parameters if one.layer == slot.layer and not objects.is_frozen(one)]
        moves = not passed.passed.buffers[slot].admits(passed.values[slot])
        if last == "backward" and slot.layer == 0 and not trained and moves:
            yield Observation("no" if same(seen, passed.values[slot]) else "yes", at, slot.path)


@question(
    "training.frozen_layer_statistics",
    "Do the running statistics of a frozen layer still change in training passes?",
    specified="yes",
    answers={"yes": "they move as those of any layer", "no": "they stay: the layer is in inference mode"},
)
def frozen_layer_statistics(evidence: Evidence) -> Iterator[Observation]:
    froze = [(at, evidence.now(at).of_layer(operation.layer)) for at, operation in evidence.find(FreezeLayer)]
    for at, slot, seen, passed, last in statistics(evidence):
        number = evidence.now(at).numbers[slot]
        frozen = any(before < passed.at and number in numbers for before, numbers in froze)
        if last == "backward" and frozen and not passed.passed.buffers[slot].admits(passed.values[slot]):
            yield Observation("no" if same(seen, passed.values[slot]) else "yes", at, slot.path)
