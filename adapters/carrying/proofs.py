"""Whether two networks compute the same: what each side showed, beside the other side and the specification.

Rounding explains a difference up to a bound (:mod:`specs.layers.algebra`), the worst that any order of summation can
do. In large and deep networks the worst is many times what the outputs are, and says nothing. There both sides have to
agree in half of the digits of float32, of the largest number: errors of n roundings of either sign come to the root of
n of them, not to n (Higham and Mary 2019, "A New Approach to Probabilistic Rounding Error Analysis"), and half of the
digits is what 17 million come to. Where rounding takes more than that of the source itself, they have to agree as far
as the source agrees with the same computation in float64. What was carried wrongly agrees in no digit.
"""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

import numpy as np

from adapters.carrying.arrays import Values, declarations
from adapters.carrying.plans import Plan
from adapters.carrying.sides import AFTER, BATCH, COTANGENT, RATE, finite
from specs.errors import SpecError
from specs.laws.training import one_by_one
from specs.layers.algebra import UNIT_ROUNDOFF, Bounded, exactly, scaled, within, without_gradients
from specs.programs.networks import Block, Element, Network, Residual, Reuse, Slot, Use
from specs.programs.passes import forward, moved

#: A bound tells something where it is at most this part of the largest number.
TELLING = 2.0**-10
#: How many times further from float64 than the source a target may be where bounds tell nothing: both add up in orders
#: of their own.
TIMES = 16.0
#: The most steps of a sequence whose gradients are compared: their bounds grow with every step.
STEPS = 4

#: Half of the digits of float32: the root of n, times the unit of roundoff, where n is one over that.
HALF = float(np.sqrt(UNIT_ROUNDOFF))

Found = Mapping[str, np.ndarray]
#: What is due, by the names under which a side shows it.
Shown = Iterator[Tuple[str, Bounded]]


@dataclass(frozen=True)
class Compared:
    """The largest difference of something, and what is allowed there. ``by`` says what allows it."""

    what: str
    where: str
    difference: float
    allowed: float
    by: str

    @property
    def holds(self) -> bool:
        return self.difference <= self.allowed

    @property
    def share(self) -> float:
        """Which part of what is allowed the difference is."""
        return self.difference / max(self.allowed, np.finfo(float).tiny)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        verdict = "" if self.holds else ": NOT THE SAME"
        numbers = f"largest difference {self.difference:.3g}, {self.by} allows {self.allowed:.3g}"
        return f"{self.what}{place}: {numbers}{verdict}"


def trained(network: Network) -> Optional[Network]:
    """A network that holds the same, whose passes for training are determined: nothing in it is random.

    Long sequences are cut where nothing that is held depends on their length. None where a block would be empty, and
    where there is nothing to train.
    """
    if not network.parameters:
        return None
    positions: Dict[int, int] = {}
    count = iter(range(len(network.uses)))

    def kept(elements: Sequence[Element]) -> List[Element]:
        found: List[Element] = []
        for element in elements:
            if isinstance(element, (Block, Residual)):
                found.append(type(element)(tuple(kept(element.layers))))
                continue
            at = next(count)
            if network.layer(at).is_random:
                continue
            positions[at] = len(positions)
            if isinstance(element, Reuse):
                found.append(Reuse(positions[element.of]))
            else:
                ties = tuple(
                    dataclasses.replace(tie, to=Slot(positions[tie.to.layer], tie.to.role)) for tie in element.ties
                )
                found.append(Use(element.layer, ties=ties))
        return found

    try:
        return _cut(Network(network.given, tuple(kept(network.layers))))
    except SpecError:
        return None


def _cut(network: Network) -> Network:
    first, *rest = network.given
    if first.name != "time" or first.extent <= STEPS:
        return network
    try:
        short = Network((dataclasses.replace(first, extent=STEPS), *rest), network.layers)
    except SpecError:  # a mask is as long as its sequence
        return network
    is_same = [short.role(slot) for slot in short.held] == [network.role(slot) for slot in network.held]
    return short if is_same else network


#: What is compared, by how the names of what a side showed begin.
_GROUPS = {
    "inference": "outputs for inference",
    "training": "outputs for training",
    "gradient ": "gradients",
    "buffer ": "running statistics",
    "step ": "parameters after a step",
}


def proved(plan: Plan, values: Values, rows: int, target: Found, source: Optional[Found]) -> List[Compared]:
    """The largest difference of each kind. ``values`` are those of the network as it is.

    Without a ``source`` that ran, the target is compared with the same computation in float64.
    """
    held = finite(values)
    carried = plan.values(held)
    specified = shown(plan.carried, carried, rows)
    if plan.instead and source is not None:
        pairs: Pairs = _beside(specified, shown(plan.network, held, rows))
    else:
        pairs = ((key, one, one) for key, one in specified)
    after = _own(plan.target, plan.carried, carried, rows)
    before = _own(plan.source, plan.network, held, rows)
    found: Dict[str, List[Apart]] = {}
    for key, here, there in pairs:
        start = next(start for start in _GROUPS if key.startswith(start))
        one = apart(key, target, after.get(key, here), source or {}, before.get(key, there))
        found.setdefault(start, []).append(one)
    return [_worst(words, found[start]) for start, words in _GROUPS.items() if start in found]


#: What is due of a target, and of the source under the same name if anything is.
Pairs = Iterator[Tuple[str, Bounded, Optional[Bounded]]]


def _beside(after: Shown, before: Shown) -> Pairs:
    here: Dict[str, Bounded] = {}
    there: Dict[str, Bounded] = {}
    for ours, theirs in itertools.zip_longest(after, before):
        here.update([ours] if ours else [])
        there.update([theirs] if theirs else [])
        for key in [key for key in here if key in there]:
            yield key, here.pop(key), there.pop(key)
    for key, left in here.items():
        yield key, left, None


def shown(network: Network, values: Values, rows: int) -> Iterator[Tuple[str, Bounded]]:
    """What the specification says that a side shows, under the same names. One by one, since all of it is large."""
    with without_gradients():
        output = forward(network, values, _batch(network, rows), training=False).output
    yield "inference", output
    course = Course.of(network, values, rows)
    if course is None:
        return
    passed = forward(course.network, course.values, course.batch)
    settle([passed.output, *passed.buffers.values()])
    yield "training", passed.output
    yield from course.named("buffer", passed.buffers).items()
    for slot, gradient in passed.each_gradient(COTANGENT.array(course.network.output_shape(rows))):
        settle([gradient])
        yield from course.named("gradient", {slot: gradient}).items()
        yield from course.named("step", {slot: _stepped(course.network, slot, course.values[slot], gradient)}).items()


def settled(found: Mapping[str, Bounded]) -> Dict[str, Bounded]:
    """The same with their bounds worked out, and without all that they were computed from."""
    settle(found.values())
    return {name: within(one.value, one.error) for name, one in found.items()}


@dataclass(frozen=True)
class Course:
    """What is trained for a proof: the network, what it holds, its batch, and whose each of its owners' values are."""

    network: Network
    values: Values
    batch: np.ndarray
    names: Dict[Slot, Slot]

    @classmethod
    def of(cls, network: Network, values: Values, rows: int) -> Optional[Course]:
        determined = trained(network)
        if determined is None:
            return None
        names = dict(zip(_owners(determined), _owners(network)))
        held = {slot: values[other] for slot, other in names.items()}
        return cls(determined, held, _batch(determined, rows), names)

    def named(self, what: str, found: Mapping[Slot, Bounded]) -> Dict[str, Bounded]:
        """What was found of its owners, by the names under which a side shows it."""
        return {f"{what} {self.names[slot].path}": value for slot, value in found.items()}


def _stepped(network: Network, slot: Slot, value: np.ndarray, gradient: Bounded) -> Bounded:
    """A parameter after a step, from what it was."""
    after = exactly(value) - scaled(gradient, RATE)
    return after.loosened(one_by_one(value, gradient, RATE)) if network.role(slot).by_row else after


@dataclass(frozen=True)
class Averages:
    """How a framework moves running statistics, as its adapter declares it: where uses share them, in which order."""

    is_unbiased: bool
    is_last_first: bool


def averages(adapter: str) -> Averages:
    declared = {one.law: one.answer for one in declarations(adapter).divergences}
    return Averages(
        declared.get("training.statistics_value") == "the unbiased one",
        declared.get("training.statistics_of_reuse") == "the last one first",
    )


def _own(adapter: str, network: Network, values: Values, rows: int) -> Dict[str, Bounded]:
    """What a framework has to show otherwise than specified: the statistics that it averages in its own way."""
    how, course = averages(adapter), Course.of(network, values, rows)
    if course is None or not network.buffers or not (how.is_unbiased or how.is_last_first):
        return {}
    order = reversed if how.is_last_first else iter
    return course.named("buffer", moved(course.network, course.values, course.batch, how.is_unbiased, order))


def due(adapter: str, network: Network, values: Values, rows: int) -> Dict[str, Bounded]:
    """What a framework has to show, outputs for training after a step among it."""
    found = settled({**dict(shown(network, values, rows)), **_own(adapter, network, values, rows)})
    course = Course.of(network, values, rows)
    if course is not None:
        steps = {slot: found.get(f"step {other.path}", course.values[slot]) for slot, other in course.names.items()}
        found.update(settled({AFTER: forward(course.network, steps, course.batch).output}))
    return found


def _owners(network: Network) -> List[Slot]:
    return [slot for slot in network.held if network.owner(slot) == slot]


def _batch(network: Network, rows: int) -> np.ndarray:
    return network.fed(BATCH.array(network.batch_shape(rows)))


def settle(results: Iterable[Bounded]) -> None:
    """Work out bounds from the first operands on: what is computed in thousands of steps is too deep to recurse."""
    done: Set[int] = set()
    ahead = [(one, False) for one in results]
    while ahead:
        one, is_ready = ahead.pop()
        if is_ready:
            one.error  # noqa: B018  it is remembered
        elif id(one) not in done:
            done.add(id(one))
            ahead.append((one, True))
            ahead += [(parent, False) for parent in one.parents]


@dataclass(frozen=True)
class Apart:
    """How far two sides are apart in an array, and what rounding explains: all that it takes to judge of it.

    ``difference`` and ``bound`` are where the one is the largest part of the other, ``most`` and ``widest`` the largest
    anywhere; ``size`` is the largest number there is, ``noise`` how far the source is from float64.
    """

    where: str
    difference: float
    bound: float
    most: float
    widest: float
    size: float
    noise: float

    def compared(self, what: str, scale: float) -> Compared:
        """``scale`` is the largest number of what is compared alike."""
        if self.widest <= TELLING * self.size:
            return Compared(what, self.where, self.difference, self.bound, "rounding")
        least, by = HALF * scale, "half of the digits of float32"
        if TIMES * self.noise > least:
            least, by = TIMES * self.noise, f"{TIMES:.0f} times the source's rounding"
        return Compared(what, self.where, self.most, least, by)


def apart(key: str, target: Found, after: Bounded, source: Found, before: Optional[Bounded]) -> Apart:
    """What the target showed, beside the source where that showed the same, or else beside float64.

    Both are taken less what is due on each side, which is the same but for what is declared.
    """
    target_off, source_off = target[key] - after.value, np.zeros(())
    bound = after.error
    if before is not None and key in source:
        source_off = source[key] - before.value
        bound = bound + before.error
    difference = _apart(target_off, source_off)
    worst = np.unravel_index(np.argmax(difference / np.maximum(bound, np.finfo(float).tiny)), difference.shape)
    return Apart(
        key.partition(" ")[2],
        float(difference[worst]),
        float(bound[worst]),
        float(np.max(difference)),
        float(np.max(bound)),
        _size(after),
        float(np.max(_apart(source_off, 0.0))),
    )


def _worst(what: str, found: Sequence[Apart]) -> Compared:
    """The one that comes nearest to what is allowed, or is farthest beyond."""
    scale = max(one.size for one in found)
    return max((one.compared(what, scale) for one in found), key=lambda one: one.share)


def differs(key: str, ours: Found, theirs: Found, before: Mapping[str, Bounded], after: Mapping[str, Bounded]) -> bool:
    """Whether two sides showed different things: what is due on either side says what the difference would be.

    Where that is none, rounding is all that there may be. Else what was seen is nearer to it, or nearer to none.
    """
    expected_difference = before[key].value - after[key].value
    if not np.any(expected_difference):
        return not _worst("", [apart(key, theirs, after[key], ours, before[key])]).holds
    seen = ours[key].astype(np.float64) - theirs[key]
    return bool(np.linalg.norm(seen - expected_difference) < np.linalg.norm(seen))


def _size(value: Bounded) -> float:
    return float(np.max(np.abs(value.value)))


def _apart(left: np.ndarray, right: Any) -> np.ndarray:
    """Absolute differences; infinite where one is no number."""
    found: np.ndarray = np.abs(left - right)
    return np.where(np.isnan(found), np.inf, found)
