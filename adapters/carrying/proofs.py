"""Checks whether two networks compute the same, by comparing the results of both sides and of the specification.

Differences up to a rounding bound (:mod:`specs.layers.algebra`) are allowed, the worst case for any order of summation.
In large and deep networks this bound may far exceed the outputs, and then says nothing. There, both sides have to
agree to half of the digits of float32, relative to the largest number: n rounding errors of random sign add up to
about sqrt(n) of them, not n (Higham and Mary 2019, "A New Approach to Probabilistic Rounding Error Analysis"), and half
of the digits corresponds to 17 million errors. If the source itself loses more to rounding, both sides have to agree
about as closely as the source agrees with float64. Weights that were carried wrongly agree in no digit.
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

#: A bound is informative if it is at most this fraction of the largest number.
TELLING = 2.0**-10
#: Where bounds are not informative, the target may be this many times as far from float64 as the source, since the
#: orders of summation differ.
TIMES = 16.0
#: The maximum number of time steps for comparing gradients, whose bounds grow with every step.
STEPS = 4

#: Half of the digits of float32: sqrt(n) times the unit roundoff, where n is one over the unit roundoff.
HALF = float(np.sqrt(UNIT_ROUNDOFF))

Found = Mapping[str, np.ndarray]
#: Expected results, by the names that a side uses for them.
Shown = Iterator[Tuple[str, Bounded]]


@dataclass(frozen=True)
class Compared:
    """The largest difference in a kind of result, and the difference allowed. ``by`` names what allows it."""

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
        """The difference as a fraction of what is allowed."""
        return self.difference / max(self.allowed, np.finfo(float).tiny)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        verdict = "" if self.holds else ": NOT THE SAME"
        numbers = f"largest difference {self.difference:.3g}, {self.by} allows {self.allowed:.3g}"
        return f"{self.what}{place}: {numbers}{verdict}"


def trained(network: Network) -> Optional[Network]:
    """A network with the same parameters and buffers, but without random layers, for training passes.

    Long sequences are cut unless parameters or buffers depend on their length. None if a block would be empty, or if
    there is nothing to train.
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
                found.append(Use(element.layer, ties=element.moved_ties(positions)))
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


#: What is compared, by the prefix of a result's name.
_GROUPS = {
    "inference": "outputs for inference",
    "training": "outputs for training",
    "gradient ": "gradients",
    "buffer ": "running statistics",
    "step ": "parameters after a step",
}


def proved(plan: Plan, values: Values, rows: int, target: Found, source: Optional[Found]) -> List[Compared]:
    """The largest difference for each kind of result. ``values`` are those of the original network.

    Without results of a ``source``, the target is compared with the same computation in float64.
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


#: The expected result of the target, and that of the source under the same name, if it has one.
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
    """The expected results of a side, by name. They are generated one by one, since together they are large."""
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
    """The results with computed bounds, without the operands that they were computed from."""
    settle(found.values())
    return {name: within(one.value, one.error) for name, one in found.items()}


@dataclass(frozen=True)
class Course:
    """The training pass of a proof: network, values and batch; ``names`` maps its owner slots to the original ones."""

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
        """Results for owners, by the names that a side uses for them."""
        return {f"{what} {self.names[slot].path}": value for slot, value in found.items()}


def _stepped(network: Network, slot: Slot, value: np.ndarray, gradient: Bounded) -> Bounded:
    """The expected value of a parameter after a step."""
    after = exactly(value) - scaled(gradient, RATE)
    return after.loosened(one_by_one(value, gradient, RATE)) if network.role(slot).by_row else after


@dataclass(frozen=True)
class Averages:
    """How a framework updates running statistics, as its adapter declares: which variance, and the order of uses."""

    is_unbiased: bool
    is_last_first: bool


def averages(adapter: str) -> Averages:
    declared = {one.law: one.answer for one in declarations(adapter).divergences}
    return Averages(
        declared.get("training.statistics_value") == "the unbiased one",
        declared.get("training.statistics_of_reuse") == "the last one first",
    )


def _own(adapter: str, network: Network, values: Values, rows: int) -> Dict[str, Bounded]:
    """The results in which a framework differs from the specification: its running statistics."""
    how, course = averages(adapter), Course.of(network, values, rows)
    if course is None or not network.buffers or not (how.is_unbiased or how.is_last_first):
        return {}
    order = reversed if how.is_last_first else iter
    return course.named("buffer", moved(course.network, course.values, course.batch, how.is_unbiased, order))


def due(adapter: str, network: Network, values: Values, rows: int) -> Dict[str, Bounded]:
    """The expected results of a framework, including outputs for training after a step."""
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
    """Compute bounds starting from the first operands: long computations are too deep for recursion."""
    done: Set[int] = set()
    ahead = [(one, False) for one in results]
    while ahead:
        one, is_ready = ahead.pop()
        if is_ready:
            one.error  # noqa: B018  computed and cached
        elif id(one) not in done:
            done.add(id(one))
            ahead.append((one, True))
            ahead += [(parent, False) for parent in one.parents]


@dataclass(frozen=True)
class Apart:
    """The distance between both sides in an array, with everything needed to judge it.

    ``difference`` and ``bound`` are taken where their quotient is largest, ``most`` and ``widest`` are their maxima;
    ``size`` is the largest number, ``noise`` the distance between the source and float64.
    """

    where: str
    difference: float
    bound: float
    most: float
    widest: float
    size: float
    noise: float

    def compared(self, what: str, scale: float) -> Compared:
        """The comparison with what is allowed. ``scale`` is the largest number in results of the same kind."""
        if self.widest <= TELLING * self.size:
            return Compared(what, self.where, self.difference, self.bound, "rounding")
        least, by = HALF * scale, "half of the digits of float32"
        if TIMES * self.noise > least:
            least, by = TIMES * self.noise, f"{TIMES:.0f} times the source's rounding"
        return Compared(what, self.where, self.most, least, by)


def apart(key: str, target: Found, after: Bounded, source: Found, before: Optional[Bounded]) -> Apart:
    """Compare the target's result with the source's if both have it, else with float64.

    Expected results are subtracted on both sides first; they are equal except for declared differences.
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
    """The comparison that is closest to what is allowed, or furthest beyond."""
    scale = max(one.size for one in found)
    return max((one.compared(what, scale) for one in found), key=lambda one: one.share)


def differs(key: str, ours: Found, theirs: Found, before: Mapping[str, Bounded], after: Mapping[str, Bounded]) -> bool:
    """Whether two sides differ in a result as expected.

    If no difference is expected, whether rounding fails to explain what is seen. Otherwise, whether what is seen is
    closer to the expected difference than to zero.
    """
    expected_difference = before[key].value - after[key].value
    if not np.any(expected_difference):
        return not _worst("", [apart(key, theirs, after[key], ours, before[key])]).holds
    seen = ours[key].astype(np.float64) - theirs[key]
    return bool(np.linalg.norm(seen - expected_difference) < np.linalg.norm(seen))


def _size(value: Bounded) -> float:
    return float(np.max(np.abs(value.value)))


def _apart(left: np.ndarray, right: Any) -> np.ndarray:
    """Absolute differences; infinite where one of the numbers is NaN."""
    found: np.ndarray = np.abs(left - right)
    return np.where(np.isnan(found), np.inf, found)
