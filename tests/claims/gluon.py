"""The claims of the Gluon chapter and lecture (2018, 2019)."""

from __future__ import annotations

import itertools
import math
import re
from typing import Any, Iterator

import numpy as np

from specs.arrays import Drawn
from specs.custom_initializers import THRESHOLDED_UNIFORM
from specs.initializers import Constant, ConstantArray, Custom, Default, Normal, XavierUniform
from specs.laws.model import Evidence
from specs.programs.networks import Network
from specs.programs.operations import (
    Add,
    Backward,
    Build,
    Initialize,
    ListMatching,
    ListParameters,
    OneParameter,
    Operation,
    Read,
    ReadGradient,
    Reinitialize,
    Step,
    Write,
    WriteElement,
)
from specs.programs.program import Program
from specs.statistics import distributions as of
from tests.claims.model import (
    REFUTED,
    ROUNDING,
    Claim,
    Finding,
    Own,
    all_zero,
    extremes,
    fit,
    found,
    gradients,
    narrowly_uniform,
    output_shape,
    reads,
    values,
    yes,
)
from tests.claims.networks import FED, MLP, REUSED, TIED, program, slots, started

PACKAGES = ("mxnet",)
#: The module in :mod:`tests.claims.chapters` with the chapters' own code.
CODE = "gluon"
CHAPTER = "MXNet Gluon, 2018 and 2019"
WEIGHT, BIAS = slots(0)
OUT_WEIGHT, OUT_BIAS = slots(2)
SHARED_WEIGHT, SHARED_AGAIN = slots(2)[0], slots(4)[0]
GIVEN = Drawn(3)
GLOROT = of.Uniform(-math.sqrt(6 / (20 + 256)), math.sqrt(6 / (20 + 256)))
LEARNING_RATE = 0.1
ROUNDS = 3


def _names(evidence: Evidence) -> Finding:
    (listed,) = values(evidence, ListParameters)
    weight, bias = listed[:2]
    holds = (
        (weight.native_shape, bias.native_shape) == ((256, 20), (256,))
        and weight.dtype == bias.dtype == "float32"
        and re.fullmatch(r"(\w*dense\d+_)weight", weight.native_name)
        and bias.native_name == weight.native_name.replace("weight", "bias")
    )
    return found(holds, "; ".join(f"{one.native_name} {one.native_shape} {one.dtype}" for one in (weight, bias)))


def _same_object(evidence: Evidence) -> Finding:
    labels = {value.label for value in values(evidence, Read)}
    return found(len(labels) == 1, f"{len(labels)} object by {len(values(evidence, Read))} routes")


def _gradient_before(evidence: Evidence) -> Finding:
    (weight,), (gradient,) = reads(evidence), gradients(evidence)
    if gradient is None:
        return Finding(REFUTED, "no gradient")
    holds = weight.std() > 0 and gradient.shape == weight.shape and not gradient.any()
    return found(holds, f"weight {extremes(weight)}; gradient {extremes(gradient)}")


def _collected(evidence: Evidence) -> Finding:
    (listed,), (matching,) = values(evidence, ListParameters), values(evidence, ListMatching)
    weights = [WEIGHT.path, OUT_WEIGHT.path]
    holds = [one.path for one in listed] == [slot.path for slot in (WEIGHT, BIAS, OUT_WEIGHT, OUT_BIAS)]
    names = (", ".join(one.native_name for one in seen) for seen in (listed, matching))
    return found(holds and [one.path for one in matching] == weights, "; ".join(names))


def _redrawn(evidence: Evidence) -> Finding:
    first, second, forced = reads(evidence)
    fits, seen = fit(forced, of.Normal(0.0, 0.01))
    kept = np.array_equal(first, second)
    return found(kept and fits, f"kept without: {yes(kept)}; redrawn with: {seen}")


def _only_one(evidence: Evidence) -> Finding:
    weight, *others = reads(evidence)
    redrawn, *after = others[3:]
    kept = all(map(np.array_equal, others[:3], after))
    fits, seen = fit(redrawn, GLOROT)
    return found(kept and fits and not np.array_equal(weight, redrawn), f"weight {seen}; others kept: {yes(kept)}")


def _constants(evidence: Evidence) -> Finding:
    theirs, ones, copied = reads(evidence)
    copies = np.array_equal(theirs, copied)
    return found((ones == 1).all() and copies, f"filled {extremes(ones)}; copied: {yes(copies)}")


def _different(evidence: Evidence) -> Finding:
    first, second = reads(evidence)
    fits, seen = fit(first, GLOROT)
    return found(fits and (second == 42).all(), f"first {seen}; second {extremes(second)}")


def _two_sided(evidence: Evidence) -> Finding:
    drawn = np.concatenate([array.ravel() for array in reads(evidence)])
    outside = (np.abs(drawn) < 5) | (np.abs(drawn) > 10)
    shapes = ", ".join(str(call.shape) for _, call in evidence.calls())
    return found(
        not outside.any(),
        f"{(drawn == 0).mean():.1%} are zero, {drawn.min():.3g} to {drawn.max():.3g}; called with {shapes}",
    )


def _named(told: Any) -> Finding:
    """The initializer is called with the name and shape of each weight, and for nothing else."""
    called = ", ".join(name for name, _ in told["called"])
    return found(told["called"] == told["weights"], f"called with {called}")


def _written(evidence: Evidence) -> Finding:
    before, added, element = reads(evidence)
    others = added.copy()
    others[0, 0] = 42
    difference = np.abs(added - (before + 1)).max()
    return found(
        difference == 0 and np.array_equal(element, others), f"off by {difference:g}; [0, 0] is {element[0, 0]:g}"
    )


def _equal_values(evidence: Evidence) -> Finding:
    one, other = reads(evidence)
    return found(np.array_equal(one, other), f"differ by {np.abs(one - other).max():g}")


def _written_through(evidence: Evidence) -> Finding:
    off = [np.abs(seen - GIVEN.array(seen.shape)).max() for seen in reads(evidence)]
    return found(not any(off), f"off by {off[0]:g} and {off[1]:g} from what was written")


def _gradients_add_up(evidence: Evidence) -> Finding:
    shared, one, other = gradients(evidence)
    difference = np.abs(shared - (one + other)).max()
    holds = one.any() and other.any() and difference <= ROUNDING
    return found(holds, f"largest {np.abs(shared).max():.3g}; differs from the sum by {difference:.2g}")


def _twice_and_apart(network: Network) -> Program:
    """The same passes through a network with sharing, and through an untied one with equal values."""
    passes = tuple(Write(slot, Drawn(2)) for slot in (SHARED_WEIGHT, SHARED_AGAIN))
    rest = (Write(slots(0)[0], Drawn(4)), Write(slots(6)[0], Drawn(5)), FED, Backward(Drawn(1)))
    return Program(
        {"shared": network, "apart": network.untied()},
        (
            *(*started("shared"), *passes, *rest, ReadGradient(SHARED_WEIGHT)),
            *(*started("apart"), *passes, *rest, ReadGradient(SHARED_WEIGHT), ReadGradient(SHARED_AGAIN)),
        ),
    )


PARAMETERS = tuple(itertools.chain.from_iterable(map(slots, (0, 2, 4, 6))))


def _training() -> Iterator[Operation]:
    yield from map(Read, PARAMETERS)
    for seed in range(ROUNDS):
        yield from (FED, Backward(Drawn(seed)), *map(ReadGradient, PARAMETERS), Step(LEARNING_RATE))
        yield from map(Read, PARAMETERS)


def _trained(evidence: Evidence) -> Finding:
    n, arrays, slopes = len(PARAMETERS), reads(evidence), gradients(evidence)
    stepped = zip(arrays, slopes, arrays[n:])
    off = max(np.abs(after - (before - LEARNING_RATE * slope)).max() for before, slope, after in stepped)
    at, again = PARAMETERS.index(SHARED_WEIGHT), PARAMETERS.index(SHARED_AGAIN)
    apart = max(np.abs(one - other).max() for one, other in zip(arrays[at::n], arrays[again::n]))
    largest = ", ".join(f"{np.abs(slope).max():.2g}" for slope in slopes[at::n])
    return found(
        off <= ROUNDING and apart == 0, f"shared gradients up to {largest}; steps off by {off:.1g}, uses by {apart:g}"
    )


def _refused(evidence: Evidence) -> Finding:
    at = next(at for at, _ in evidence.find(Read))
    outcome = evidence.outcome(at)
    return found(outcome.kind == "not_ready", f"{outcome.kind}: {outcome.native.rpartition('.')[2]}")


CLAIMS = (
    Claim("G01", CHAPTER, "An MLP 20 → 256 → 10 maps (2, 20) to (2, 10).", program(MLP), output_shape),
    Claim(
        "G02",
        CHAPTER,
        "A layer's parameters are named by its prefix and their own name; weight (256, 20), bias (256,), float32.",
        program(MLP, ListParameters()),
        _names,
    ),
    Claim(
        "G03",
        CHAPTER,
        "A parameter is one object, by its name in the dictionary and as attribute.",
        program(MLP, Read(WEIGHT), Read(WEIGHT, "layer"), Read(WEIGHT, "name")),
        _same_object,
    ),
    Claim(
        "G04",
        CHAPTER,
        "A weight is random; its gradient has its shape and is zero before any backward pass.",
        program(MLP, Read(WEIGHT), ReadGradient(WEIGHT)),
        _gradient_before,
    ),
    Claim("G05", CHAPTER, "The output layer's bias is zero.", program(MLP, Read(OUT_BIAS)), all_zero),
    Claim(
        "G06",
        CHAPTER,
        "All four parameters are collected in order; a pattern selects the weights across layers.",
        program(MLP, ListParameters(), ListMatching("weight")),
        _collected,
    ),
    Claim(
        "G07",
        CHAPTER,
        "Default weights are uniform on [-0.07, 0.07].",
        program(MLP, Read(WEIGHT), Read(OUT_WEIGHT)),
        narrowly_uniform,
    ),
    Claim(
        "G08",
        CHAPTER,
        "A second initialization changes nothing; a forced one draws again, from N(0, 0.01²).",
        program(
            MLP,
            Read(WEIGHT),
            Initialize(Normal(0.0, 0.01)),
            Read(WEIGHT),
            Reinitialize(Normal(0.0, 0.01)),
            Read(WEIGHT),
        ),
        _redrawn,
    ),
    Claim(
        "G09",
        CHAPTER,
        "One parameter is initialized again, by Xavier; the others stay.",
        program(
            MLP,
            *map(Read, (WEIGHT, BIAS, OUT_WEIGHT, OUT_BIAS)),
            Reinitialize(XavierUniform(), OneParameter(WEIGHT)),
            *map(Read, (WEIGHT, BIAS, OUT_WEIGHT, OUT_BIAS)),
        ),
        _only_one,
    ),
    Claim(
        "G10",
        CHAPTER,
        "Constant(1) fills; Constant(array) copies another network's weight.",
        Program(
            {"other": MLP, "net": MLP},
            (
                *(*started("other"), Write(WEIGHT, GIVEN), Read(WEIGHT), *started("net")),
                *(Reinitialize(Constant(1.0), OneParameter(WEIGHT)), Read(WEIGHT)),
                *(Reinitialize(ConstantArray(GIVEN), OneParameter(WEIGHT)), Read(WEIGHT)),
            ),
        ),
        _constants,
    ),
    Claim(
        "G11",
        CHAPTER,
        "Layers take different initializers: Xavier on the first, a constant on the second.",
        program(
            MLP,
            Reinitialize(XavierUniform(), OneParameter(WEIGHT)),
            Reinitialize(Constant(42.0), OneParameter(OUT_WEIGHT)),
            Read(WEIGHT),
            Read(OUT_WEIGHT),
        ),
        _different,
    ),
    Claim(
        "G12",
        CHAPTER,
        "The custom initializer draws from [-10, -5] and [5, 10].",
        program(MLP, Reinitialize(Custom(THRESHOLDED_UNIFORM, seed=1)), Read(WEIGHT), Read(OUT_WEIGHT)),
        _two_sided,
        Own("initialized", _named),
        otherwise={"mxnet>=1.3": REFUTED},
    ),
    Claim(
        "G13",
        CHAPTER,
        "One is added to every element; a single element is written.",
        program(MLP, Read(WEIGHT), Add(WEIGHT, 1.0), Read(WEIGHT), WriteElement(WEIGHT, (0, 0), 42.0), Read(WEIGHT)),
        _written,
    ),
    Claim(
        "G14",
        CHAPTER,
        "Two layers built on one parameter set hold equal values.",
        program(TIED, Read(SHARED_WEIGHT), Read(SHARED_AGAIN)),
        _equal_values,
    ),
    Claim(
        "G15",
        CHAPTER,
        "It is a share, not a copy: what is written through one layer shows in the other.",
        program(TIED, Write(SHARED_WEIGHT, GIVEN), Read(SHARED_WEIGHT), Read(SHARED_AGAIN)),
        _written_through,
    ),
    Claim(
        "G16",
        CHAPTER,
        "The gradients of both uses add up in the shared parameter.",
        _twice_and_apart(TIED),
        _gradients_add_up,
    ),
    Claim("G17", CHAPTER, "One layer object used twice behaves alike.", _twice_and_apart(REUSED), _gradients_add_up),
    Claim(
        "G18",
        CHAPTER,
        "Exercise: a weight asked for before the first forward pass is refused, as its width is not known.",
        Program({"net": MLP}, (Build(), Initialize(Default()), Read(WEIGHT))),
        _refused,
    ),
    Claim(
        "G19",
        CHAPTER,
        "Exercise: in training, each step follows the gradient, and both uses stay one.",
        program(TIED, *_training()),
        _trained,
    ),
)
