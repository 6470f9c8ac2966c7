"""The arithmetic in which layers are written: float64 values with bounds on float32 rounding, and their gradients.

A forward pass is written once in these functions. They yield the reference's values, the gradients, and for both a
bound on the rounding error of a float32 computation in any order of summation (running error analysis; Higham,
"Accuracy and Stability of Numerical Algorithms", 2nd ed., sections 3.3 and 3.5): a value outside was computed
differently, not rounded differently. Bounds are computed on demand.

Axes are named by words: ``contract("row in, out in -> row out", x, weight)``.
"""

from __future__ import annotations

import contextlib
import functools
import math
import operator
import string
from collections import Counter
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from specs.older import cached_property, prod

UNIT_ROUNDOFF = 2.0**-24
#: Float32's smallest normal number: smaller ones have fewer digits, or are flushed to zero.
SMALLEST_NORMAL = 2.0**-126
#: Error of a library's tanh, sigmoid or rsqrt in float32, in units of roundoff, relative to the largest output.
ELEMENTARY = 16.0

Array = Any
#: Maps the cotangent of a result to those of its operands.
Transpose = Callable[["Bounded"], Sequence[Optional["Bounded"]]]


class Bounded:
    """A value in float64, and an elementwise bound on the error of its float32 counterpart."""

    #: Whether a result keeps its operands, which gradients and bounds computed later need.
    keeps_history = True

    def __init__(
        self,
        value: Array,
        error: Callable[[], Array],
        parents: Tuple[Bounded, ...] = (),
        transpose: Optional[Transpose] = None,
        terms: int = 1,
        magnitude: Optional[Callable[[], Array]] = None,
    ):
        self.value = value
        if self.keeps_history:
            self._error = error
            self.parents = parents
            self.transpose = transpose
        else:
            self._error = functools.partial(_as_it_is, error())
            self.parents = ()
            self.transpose = None
        #: The number of terms whose sum it is, and the sum of their absolute values.
        self.terms = terms
        self.magnitude = magnitude or (lambda: np.abs(value))

    @cached_property
    def error(self) -> Array:
        """The bound; infinite where nothing is known of the value, as for an infinite error times zero."""
        found = self._error()
        unknown = np.isnan(found)
        return np.where(unknown, np.inf, found) if unknown.any() else found

    @property
    def shape(self) -> Tuple[int, ...]:
        return tuple(self.value.shape)

    def admits(self, seen: Array) -> bool:
        """Whether ``seen`` has the value's shape and lies within the bound everywhere."""
        return seen.shape == self.value.shape and bool(np.all(np.abs(seen - self.value) <= self.error))

    def excess(self, seen: Array) -> str:
        """In words, where ``seen`` is farthest outside the bound."""
        if seen.shape != self.value.shape:
            return f"shape {seen.shape} where {self.value.shape} is expected"
        over = np.abs(seen - self.value) - self.error
        worst = np.unravel_index(np.argmax(np.where(np.isnan(over), np.inf, over)), over.shape)
        where = [int(i) for i in worst]
        return (
            f"element {where}: seen {float(seen[worst])!r}, expected {float(self.value[worst])!r}, "
            f"rounding allows {float(self.error[worst]):.3g}"
        )

    def __add__(self, other: Bounded) -> Bounded:
        value = self.value + other.value
        return Bounded(
            value, lambda: self.error + other.error + _rounded(value), (self, other), lambda flow: (flow, flow)
        )

    def __sub__(self, other: Bounded) -> Bounded:
        return self + scaled(other, -1.0)

    def loosened(self, extra: Callable[[], Array]) -> Bounded:
        """The same value with a wider bound, for the rounding of other orders of computation."""
        return Bounded(self.value, lambda: self.error + extra(), (self,), lambda flow: (flow,))


def _as_it_is(array: Array) -> Array:
    return array


@contextlib.contextmanager
def without_gradients() -> Iterator[None]:
    """Inside, bounds are computed at once and operands are not kept, so that a long pass needs little memory."""
    kept, Bounded.keeps_history = Bounded.keeps_history, False
    try:
        yield
    finally:
        Bounded.keeps_history = kept


def exactly(array: Array) -> Bounded:
    """A value known without error."""
    value = np.asarray(array, dtype=np.float64)
    return Bounded(value, lambda: np.broadcast_to(0.0, value.shape))  # zeros that need no memory


def within(value: Array, error: Array) -> Bounded:
    """A value known up to an error."""
    return Bounded(value, lambda: error)


def _rounded(value: Array) -> Array:
    return UNIT_ROUNDOFF * np.abs(value) + SMALLEST_NORMAL


def _summed(terms: Array, magnitude: Array) -> Array:
    """The error of a sum of so many terms in any order, given the sum of their magnitudes."""
    return 2 * (terms + 1) * _rounded(magnitude)


# Sums and products.


@functools.lru_cache(maxsize=None)
def _parsed(spec: str) -> Tuple[Tuple[str, ...], ...]:
    """The axes of each operand, then those of the result."""
    left, _, right = spec.partition("->")
    words = [operand.split() for operand in [*left.split(","), right]]
    letters = dict(zip(dict.fromkeys(word for operand in words for word in operand), string.ascii_letters))
    return tuple(tuple(letters[word] for word in operand) for operand in words)


def _einsum(axes: Sequence[Tuple[str, ...]], *operands: Array) -> Array:
    *into, out = ("".join(letters) for letters in axes)
    heavy = len(operands) > 1 and max(operand.size for operand in operands) > 4096
    result: Array = np.einsum(f"{','.join(into)}->{out}", *operands, optimize=heavy)
    return result


def contract(spec: str, left: Bounded, right: Bounded) -> Bounded:
    """The products of two operands, summed over the axes that the result lacks, which both operands must have."""
    axes = _parsed(spec)
    ours, theirs, out = axes
    extents = {**dict(zip(ours, left.shape)), **dict(zip(theirs, right.shape))}
    terms = prod(extents[letter] for letter in {*ours, *theirs} - {*out})

    def error() -> Array:
        ours_large, theirs_large = np.abs(left.value), np.abs(right.value)
        carried = _einsum(axes, left.error, theirs_large + right.error) + _einsum(axes, ours_large, right.error)
        if len({*ours, *theirs}) == len(out):
            return carried + _rounded(value)
        return carried + _summed(terms, _einsum(axes, ours_large, theirs_large) + carried)

    def transpose(flow: Bounded) -> Sequence[Bounded]:
        return _product((out, theirs, ours), flow, right), _product((out, ours, theirs), flow, left)

    value = _einsum(axes, left.value, right.value)
    return Bounded(
        value,
        error,
        (left, right),
        transpose,
        terms,
        lambda: _einsum(axes, np.abs(left.value), np.abs(right.value)),
    )


def _product(axes: Tuple[Tuple[str, ...], ...], left: Bounded, right: Bounded) -> Bounded:
    return contract(f"{' '.join(axes[0])}, {' '.join(axes[1])} -> {' '.join(axes[2])}", left, right)


def gathered(*addends: Bounded) -> Bounded:
    """The sum of addends whose terms may all be added up in any order, such as the bias first."""
    value = sum(addend.value for addend in addends)
    terms = sum(addend.terms for addend in addends)

    def error() -> Array:
        magnitude = sum(addend.magnitude() for addend in addends)
        return sum(addend.error for addend in addends) + _summed(terms, magnitude)

    return Bounded(value, error, addends, lambda flow: [flow] * len(addends))


def total(spec: str, operand: Bounded) -> Bounded:
    """The sum over the axes that the result lacks."""
    axes = _parsed(spec)
    into, out = axes
    extents = dict(zip(into, operand.shape))
    terms = prod(extents[letter] for letter in {*into} - {*out})

    def error() -> Array:
        carried = _einsum(axes, operand.error)
        return carried + _summed(terms, _einsum(axes, np.abs(operand.value)) + carried)

    value = _einsum(axes, operand.value)
    return Bounded(value, error, (operand,), lambda flow: (_spread(into, out, flow, operand.shape),))


def spread(spec: str, operand: Bounded, shape: Sequence[int]) -> Bounded:
    """The operand repeated along the axes that only the result, of the given shape, has."""
    into, out = _parsed(spec)
    repeated = _spread(out, into, operand, tuple(shape))
    back = f"{' '.join(out)} -> {' '.join(into)}"
    return Bounded(repeated.value, lambda: repeated.error, (operand,), lambda flow: (total(back, flow),))


def _spread(wide: Tuple[str, ...], narrow: Tuple[str, ...], operand: Bounded, shape: Tuple[int, ...]) -> Bounded:
    order = [narrow.index(letter) for letter in wide if letter in narrow]
    index = tuple(slice(None) if letter in narrow else None for letter in wide)

    def repeated(array: Array) -> Array:
        return np.broadcast_to(array.transpose(order)[index], shape)

    return Bounded(repeated(operand.value), lambda: repeated(operand.error))


def scaled(operand: Bounded, factor: float) -> Bounded:
    """The operand times a number; exact only for powers of two from 1 up."""
    value = operand.value * factor
    exact = math.frexp(abs(factor))[0] == 0.5 and abs(factor) >= 1

    def error() -> Array:
        carried = operand.error * abs(factor)
        return carried if exact else carried + 2 * _rounded(value)

    return Bounded(value, error, (operand,), lambda flow: (scaled(flow, factor),))


def between(operand: Bounded, low: float, high: float) -> Bounded:
    """The operand, each element times an unknown number between ``low`` and ``high``."""
    middle, half = (high + low) / 2, (high - low) / 2
    slope = np.full(operand.shape, middle)

    def unsure() -> Array:
        return np.full(operand.shape, half + 2 * UNIT_ROUNDOFF * high)

    narrow = _times(Bounded(operand.value, lambda: operand.error), slope, unsure)
    return Bounded(narrow.value, lambda: narrow.error, (operand,), lambda flow: (_times(flow, slope, unsure),))


def shifted(operand: Bounded, amount: float) -> Bounded:
    """The operand plus a number."""
    value = operand.value + amount
    return Bounded(value, lambda: operand.error + 2 * _rounded(value), (operand,), lambda flow: (flow,))


def stepped(value: Array, gradient: Array, learning_rate: float) -> Bounded:
    """value - learning_rate * gradient, where both were seen in float32."""
    change = learning_rate * gradient.astype(np.float64)
    expected = value.astype(np.float64) - change
    return within(expected, 2 * _rounded(np.abs(value) + 2 * np.abs(change)))


# Elementwise functions.


def _times(flow: Bounded, slope: Array, uncertainty: Callable[[], Array]) -> Bounded:
    value = flow.value * slope

    def error() -> Array:
        unsure = uncertainty()
        return flow.error * (np.abs(slope) + unsure) + np.abs(flow.value) * unsure + _rounded(value)

    return Bounded(value, error)


def relu(operand: Bounded) -> Bounded:
    """max(x, 0). Where the argument is zero within its error, the slope is uncertain by 1."""
    slope = (operand.value > 0).astype(float)

    def unsure() -> Array:
        return (np.abs(operand.value) <= operand.error).astype(float)

    return Bounded(
        np.maximum(operand.value, 0.0), lambda: operand.error, (operand,), lambda flow: (_times(flow, slope, unsure),)
    )


def _smooth(operand: Bounded, value: Array, slope: Array, steepest: float, curvature: float, width: float) -> Bounded:
    """A function whose values differ by at most ``width``, and whose slope lies between 0 and ``steepest``."""
    result = Bounded(value, lambda: np.minimum(steepest * operand.error, width) + ELEMENTARY * UNIT_ROUNDOFF)

    def unsure() -> Array:
        return np.minimum(curvature * result.error, steepest) + 4 * UNIT_ROUNDOFF

    return Bounded(value, lambda: result.error, (operand,), lambda flow: (_times(flow, slope, unsure),))


def tanh(operand: Bounded) -> Bounded:
    value = np.tanh(operand.value)
    return _smooth(operand, value, 1.0 - value * value, steepest=1.0, curvature=2.0, width=2.0)


def sigmoid(operand: Bounded) -> Bounded:
    value = 0.5 + 0.5 * np.tanh(0.5 * operand.value)
    return _smooth(operand, value, value * (1.0 - value), steepest=0.25, curvature=1.0, width=1.0)


def _bent(operand: Bounded, value: Array, slope: Array, steepest: float, curvature: float, jump: float = 0) -> Bounded:
    """A function that is nearly linear far from zero, with a slope between -``steepest`` and ``steepest``.

    ``curvature`` bounds its second derivative; at zero the slope jumps by ``jump``. Value and slope are computed from
    one elementary function that is at most 1, or has the same error relative to 1 + abs(x). Its error is multiplied by
    at most x or ``steepest``, and eight more operations round.
    """

    def own() -> Array:
        return steepest * (ELEMENTARY + 8) * UNIT_ROUNDOFF * (1 + np.abs(operand.value) + operand.error)

    def unsure() -> Array:
        bend = np.where(np.abs(operand.value) <= operand.error, jump, 0.0)
        return np.minimum(curvature * operand.error + bend, 2 * steepest) + own()

    return Bounded(
        value, lambda: steepest * operand.error + own(), (operand,), lambda flow: (_times(flow, slope, unsure),)
    )


def elu(operand: Bounded) -> Bounded:
    """x if x >= 0, else exp(x) - 1."""
    below = np.expm1(np.minimum(operand.value, 0.0))
    return _bent(operand, np.maximum(operand.value, 0.0) + below, below + 1, steepest=1.0, curvature=1.0)


#: SELU's scale, and the scale times its alpha (Klambauer et al. 2017, section 2).
SELU_SCALE = 1.0507009873554804934193349852946
SELU_DEPTH = SELU_SCALE * 1.6732632423543772848170429916717


def selu(operand: Bounded) -> Bounded:
    """Scaled ELU, with a larger factor below zero than above."""
    return _selu(operand, 1.0)


def selu_of_its_output(operand: Bounded) -> Bounded:
    """SELU with the incorrect slope scale * (alpha + y) below zero; the correct one is scale * alpha + y."""
    return _selu(operand, SELU_SCALE)


def _selu(operand: Bounded, factor: float) -> Bounded:
    """SELU, with its output times a factor in the slope below zero."""
    below = SELU_DEPTH * np.expm1(np.minimum(operand.value, 0.0))
    value = SELU_SCALE * np.maximum(operand.value, 0.0) + below
    slope = np.where(operand.value > 0, SELU_SCALE, factor * below + SELU_DEPTH)
    return _bent(
        operand, value, slope, steepest=SELU_DEPTH, curvature=factor * SELU_DEPTH, jump=SELU_DEPTH - SELU_SCALE
    )


def softplus(operand: Bounded) -> Bounded:
    """log(1 + exp(x)). Its slope is the sigmoid, whose own slope is at most 1/4."""
    slope = 0.5 + 0.5 * np.tanh(0.5 * operand.value)
    return _bent(operand, np.logaddexp(0.0, operand.value), slope, steepest=1.0, curvature=0.25)


def silu(operand: Bounded) -> Bounded:
    """x * sigmoid(x). Its slope is below 1.1, its second derivative at most 1/2, at zero."""
    gate = 0.5 + 0.5 * np.tanh(0.5 * operand.value)
    slope = gate + operand.value * gate * (1 - gate)
    return _bent(operand, operand.value * gate, slope, steepest=1.1, curvature=0.5)


_erf = np.vectorize(math.erf, otypes=[float])


def gelu(operand: Bounded) -> Bounded:
    """x times the normal distribution function. Its slope is below 1.13, its second derivative below 0.8, at zero."""
    gate = 0.5 + 0.5 * _erf(operand.value / math.sqrt(2)).astype(operand.value.dtype)
    density = np.exp(-0.5 * operand.value**2) / math.sqrt(2 * math.pi)
    return _bent(operand, operand.value * gate, gate + operand.value * density, steepest=1.13, curvature=0.8)


def gelu_tanh(operand: Bounded) -> Bounded:
    """GELU's approximation: x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x**3))) / 2 (Hendrycks and Gimpel 2016)."""
    every = " ".join(f"axis{at}" for at in range(operand.value.ndim))

    def times(left: Bounded, right: Bounded) -> Bounded:
        return contract(f"{every}, {every} -> {every}", left, right)

    cube = times(times(operand, operand), operand)
    bent = tanh(scaled(operand + scaled(cube, 0.044715), math.sqrt(2 / math.pi)))
    return times(operand, scaled(shifted(bent, 1.0), 0.5))


def least_with_zero(operand: Bounded) -> Bounded:
    """min(x, 0). At zero its slope is 1, that of :func:`relu` 0."""
    slope = (operand.value <= 0).astype(float)

    def unsure() -> Array:
        return (np.abs(operand.value) <= operand.error).astype(float)

    return Bounded(
        np.minimum(operand.value, 0.0), lambda: operand.error, (operand,), lambda flow: (_times(flow, slope, unsure),)
    )


def leaky_relu(operand: Bounded, slope: float) -> Bounded:
    """x if x >= 0, else ``slope`` times x. At zero the slope is that below."""
    return relu(operand) + scaled(least_with_zero(operand), slope)


def inverse_root(operand: Bounded, least: float) -> Bounded:
    """1 / sqrt(x), bounded by its values at the ends of the interval that contains x, which is at least ``least``."""
    value = operand.value**-0.5
    slope = -0.5 * operand.value**-1.5

    def ends() -> Tuple[Array, Array]:
        low = np.maximum(operand.value - operand.error, least * (1 - 2 * UNIT_ROUNDOFF))
        return low, operand.value + operand.error

    def error() -> Array:
        low, high = ends()
        return np.maximum(low**-0.5 - value, value - high**-0.5) + ELEMENTARY * _rounded(value)

    def unsure() -> Array:
        low, high = ends()
        return np.maximum(np.abs(slope - -0.5 * low**-1.5), np.abs(slope - -0.5 * high**-1.5)) + ELEMENTARY * (
            _rounded(slope)
        )

    return Bounded(value, error, (operand,), lambda flow: (_times(flow, slope, unsure),))


def softmax(operand: Bounded, allowed: Optional[Array] = None) -> Bounded:
    """exp(x) over its sum along the last axis, both over the allowed places only; zero at the others.

    If no place is allowed, all are zero.

    An error of ``e`` in an argument changes a result by a factor of at most exp(2e): once in the numerator, and once
    in the denominator. An exponential's argument is the distance from the largest, with a rounding error in proportion.
    """
    open_ = np.broadcast_to(True if allowed is None else allowed, operand.shape)
    largest = np.max(np.where(open_, operand.value, -np.inf), -1, keepdims=True)
    distance = np.where(open_, largest - operand.value, 0.0)
    raised = np.where(open_, np.exp(-distance), 0.0)
    total = raised.sum(-1, keepdims=True)
    value = raised / np.where(total > 0, total, 1.0)

    def error() -> Array:
        carried = np.where(open_, operand.error, 0.0)
        reach = distance + carried + carried.max(-1, keepdims=True)
        single = carried + UNIT_ROUNDOFF * (2 * reach + ELEMENTARY)
        summed = single.max(-1, keepdims=True) + UNIT_ROUNDOFF * 2 * (operand.shape[-1] + 2)
        grown = np.expm1(np.minimum(single + summed, 64.0))
        return np.where(open_, np.minimum(value * grown, 1.0) + 2 * SMALLEST_NORMAL, 0.0)

    result = Bounded(value, error)
    axes = [f"axis{at}" for at in range(operand.value.ndim)]
    every, lead = " ".join(axes), " ".join(axes[:-1])

    def transpose(flow: Bounded) -> Sequence[Bounded]:
        # s (g - sum(s g)), expanded, which allows for the rounding of either form. The gradients may be sums
        # themselves, whose terms may be added up in any order: those of the output of attention first, say.
        def reordered() -> Array:
            return _summed(flow.terms + operand.shape[-1], (value * flow.magnitude()).sum(-1))

        weighted = contract(f"{every}, {every} -> {every}", result, flow)
        mean = contract(f"{every}, {every} -> {lead}", result, flow).loosened(reordered)
        return (weighted - contract(f"{every}, {lead} -> {every}", result, mean),)

    return Bounded(value, lambda: result.error, (operand,), transpose)


# Movements rearrange elements without arithmetic, so without error. Their transposes add up what comes from one place.


def moved(operand: Bounded, movement: Callable[[Array], Array]) -> Bounded:
    """Apply a movement, given as a function on an array of flat indices (where -1 makes a zero), to the operand."""
    places = movement(np.arange(operand.value.size).reshape(operand.shape))
    # A view of a part would keep the whole array of places alive.
    return taken(operand, places.copy() if places.size < operand.value.size else places)


def reordered(operand: Bounded, order: Sequence[int]) -> Bounded:
    """The operand's axes in another order."""
    return operand if list(order) == sorted(order) else moved(operand, lambda places: places.transpose(order))


def entry(operand: Bounded, at: int) -> Bounded:
    """The entry at one place of the first axis: like :func:`moved`, without a copy."""

    def placed(array: Array) -> Array:
        whole = np.zeros(operand.shape, array.dtype)
        whole[at] = array
        return whole

    def transpose(flow: Bounded) -> Sequence[Bounded]:
        error, magnitude = (lambda: placed(flow.error)), (lambda: placed(flow.magnitude()))
        return (Bounded(placed(flow.value), error, terms=flow.terms, magnitude=magnitude),)

    return Bounded(operand.value[at], lambda: operand.error[at], (operand,), transpose)


def taken(operand: Bounded, places: Array) -> Bounded:
    """The elements at an array of flat places; zeros at -1."""
    return Bounded(
        _taken(operand.value, places),
        lambda: _taken(operand.error, places),
        (operand,),
        lambda flow: (_returned(flow, places, operand.shape),),
    )


def _taken(array: Array, places: Array) -> Array:
    if not array.size:
        return np.zeros(places.shape)
    return np.where(places < 0, 0.0, array.ravel()[places])


def returned(operand: Bounded, movement: Callable[[Array], Array], shape: Sequence[int]) -> Bounded:
    """The transpose of a movement of an array of this shape: elements add up at the places they come from."""
    places = movement(np.arange(prod(shape)).reshape(tuple(shape)))
    sums = _returned(operand, places, tuple(shape))
    return Bounded(
        sums.value, lambda: sums.error, (operand,), lambda flow: (taken(flow, places),), sums.terms, sums.magnitude
    )


def _returned(flow: Bounded, places: Array, shape: Tuple[int, ...]) -> Bounded:
    there = places.ravel() >= 0
    at, size = places.ravel()[there], prod(shape)

    def summed(array: Array) -> Array:
        return np.bincount(at, array.ravel()[there], minlength=size).reshape(shape)

    counts = np.bincount(at, minlength=size).reshape(shape)

    def error() -> Array:
        # The addends may be sums themselves, whose terms are then added up in any order.
        carried = summed(flow.error)
        return carried + np.where(counts > 1, _summed(flow.terms * counts, summed(flow.magnitude()) + carried), 0.0)

    terms = flow.terms * int(counts.max(initial=0))
    return Bounded(summed(flow.value), error, terms=terms, magnitude=lambda: summed(flow.magnitude()))


def largest(operand: Bounded, movement: Callable[[Array], Array]) -> Bounded:
    """The maximum along the last axis after a movement, in which -1 stands for minus infinity.

    Its slope is 1 at the maximum and 0 elsewhere: uncertain by 1 at every element that may be the maximum, as in ties.
    """
    places = movement(np.arange(operand.value.size).reshape(operand.shape))
    there = places >= 0
    values = np.where(there, operand.value.ravel()[places], -np.inf)
    value = values.max(-1)
    slope = (np.arange(places.shape[-1]) == values.argmax(-1)[..., None]).astype(float)

    def errors() -> Array:
        return np.where(there, operand.error.ravel()[places], 0.0)

    def unsure() -> Array:
        found = errors()
        able = there & (values + found >= (values - found).max(-1, keepdims=True))
        return (able & (able.sum(-1, keepdims=True) > 1)).astype(float)

    def transpose(flow: Bounded) -> Sequence[Bounded]:
        each = Bounded(
            np.broadcast_to(flow.value[..., None], places.shape),
            lambda: np.broadcast_to(flow.error[..., None], places.shape),
        )
        return (_returned(_times(each, slope, unsure), places, operand.shape),)

    return Bounded(value, lambda: errors().max(-1), (operand,), transpose)


def stacked(operands: Sequence[Bounded], axis: int) -> Bounded:
    """Operands of one shape, along a new axis."""
    value = np.stack([operand.value for operand in operands], axis)

    def part(flow: Bounded, at: int) -> Bounded:
        return moved(flow, lambda places: places.take(at, axis))

    return Bounded(
        value,
        lambda: np.stack([operand.error for operand in operands], axis),
        tuple(operands),
        lambda flow: [part(flow, at) for at in range(len(operands))],
    )


def padded(places: Array, pads: Sequence[Tuple[int, int]]) -> Array:
    """A movement: zeros before and after each axis."""
    return np.pad(places, pads, "constant", constant_values=-1)


def windows(places: Array, window: Sequence[int], strides: Sequence[int], dilation: Sequence[int]) -> Array:
    """A movement: the windows that slide over the last axes, with the axes of the window after all others."""
    ahead, space = places.ndim - len(window), places.strides[places.ndim - len(window) :]
    reach = [(extent - 1) * step + 1 for extent, step in zip(window, dilation)]
    counts = [(extent - size) // stride + 1 for extent, size, stride in zip(places.shape[ahead:], reach, strides)]
    moves = [*(at * stride for at, stride in zip(space, strides)), *(at * step for at, step in zip(space, dilation))]
    shape = (*places.shape[:ahead], *counts, *window)
    return np.lib.stride_tricks.as_strided(places, shape, (*places.strides[:ahead], *moves), writeable=False)


# Gradients.


def gradients(result: Bounded, cotangent: Array, wanted: Sequence[Bounded]) -> List[Bounded]:
    """The gradient of each wanted value; zeros if the result does not depend on it."""
    found = {id(leaf): gradient for leaf, gradient in each_gradient(result, cotangent, wanted)}
    return [found[id(leaf)] for leaf in wanted]


#: How two parts of one gradient are added.
Added = Callable[[Bounded, Bounded], Bounded]


def each_gradient(
    result: Bounded, cotangent: Array, wanted: Sequence[Bounded], added: Added = operator.add
) -> Iterator[Tuple[Bounded, Bounded]]:
    """Each wanted value with its gradient, as soon as that is complete; whatever is no longer needed is released."""
    order = _ordered(result)
    awaited = Counter(id(parent) for node in order for parent in node.parents)
    left = {id(leaf): leaf for leaf in wanted}
    flows: Dict[int, Bounded] = {id(result): exactly(cotangent)}
    for node in reversed(order):
        flow = flows.get(id(node)) if id(node) in left else flows.pop(id(node), None)
        nothing: Sequence[Optional[Bounded]] = [None] * len(node.parents)
        passed_on = nothing if flow is None or node.transpose is None else node.transpose(flow)
        for parent, part in zip(node.parents, passed_on):
            at = id(parent)
            if part is not None:
                flows[at] = added(flows[at], part) if at in flows else part
            awaited[at] -= 1
            if at in flows and at in left and not awaited[at]:
                yield left.pop(at), flows[at] if parent.parents else flows.pop(at)
    for at, leaf in left.items():
        yield leaf, flows.get(at, exactly(np.zeros(leaf.shape)))


def added_up(left: Bounded, right: Bounded) -> Bounded:
    """Their sum with its bound, without its operands."""
    both = left + right
    return within(both.value, both.error)


def _ordered(result: Bounded) -> List[Bounded]:
    """Every value that the result depends on, parents first, the result last."""
    order: List[Bounded] = []
    entered = set()
    pending = [(result, False)]
    while pending:
        node, is_done = pending.pop()
        if is_done:
            order.append(node)
        elif id(node) not in entered:
            entered.add(id(node))
            pending.append((node, True))
            pending.extend((parent, False) for parent in reversed(node.parents))
    return order
