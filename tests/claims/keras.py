"""The claims of the Keras chapters: TensorFlow 1.15 with eager execution, 2.0 and 2.3."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from specs.arrays import Drawn, Filled
from specs.initializers import Default
from specs.laws.model import Evidence
from specs.programs.networks import Slot
from specs.programs.operations import (
    Backward,
    Build,
    Copy,
    CountParameters,
    Forward,
    Initialize,
    ListParameters,
    ListTrainable,
    Read,
    ReadGradient,
    Seed,
    Write,
)
from specs.programs.program import Program
from specs.statistics import distributions as of
from tests.claims.model import (
    HOLDS,
    REFUTED,
    ROUNDING,
    WITH_A_DIFFERENCE,
    Claim,
    Finding,
    Own,
    all_zero,
    fit,
    found,
    gradients,
    narrowly_uniform,
    output_shape,
    reads,
    values,
    yes,
)
from tests.claims.networks import (
    ALL_ONES,
    BATCH,
    CALLED_TWICE,
    COPIED,
    FED,
    FLATTENED,
    ROWS,
    WITH_FUNCTION,
    WITH_INITIALIZERS,
    program,
    slots,
)

PACKAGES = ("tensorflow", "tf_keras", "keras")
#: The module in :mod:`tests.claims.chapters` with the chapters' own code.
CODE = "keras"
EVERY, EAGER, SECOND = "TensorFlow 1.15, 2.0, 2.3", "TensorFlow 1.15", "TensorFlow 2.0, 2.3"
FOUR = (*slots(1), *slots(3))
WEIGHTS = FOUR[::2]
ROUTES = ("attribute", "layer", "name", "order")


def _first_kernel(evidence: Evidence) -> Finding:
    (listed,) = values(evidence, ListParameters)
    first = listed[0]
    if [one.path for one in listed] != [slot.path for slot in FOUR] or first.native_shape != (20, 256):
        return Finding(REFUTED, f"{first.path} {first.native_shape}")
    named = re.fullmatch(r"dense(_\d+)?/kernel:0", first.native_name)
    return Finding(HOLDS if named else WITH_A_DIFFERENCE, f"{first.native_name} {first.native_shape}")


def _initialized(evidence: Evidence) -> Finding:
    (listed,), (weight, *others) = values(evidence, ListParameters), reads(evidence)
    shapes = [one.native_shape for one in listed]
    fits, seen = fit(weight, of.Normal(0.0, 0.01))
    constant = all((array == value).all() for array, value in zip(others, (0, 1, 1)))
    holds = shapes == [(20, 10), (10,), (10, 1), (1,)] and fits and constant
    return found(holds, f"{', '.join(map(str, shapes))}; first {seen}")


def _ones(evidence: Evidence) -> Finding:
    (listed,), (kernel,) = values(evidence, ListParameters), reads(evidence)
    shape = listed[0].native_shape
    return found(shape == (20, 64) and (kernel == 1).all(), f"{shape} from {kernel.min():g} to {kernel.max():g}")


def _function(evidence: Evidence) -> Finding:
    (count,), (kernel,) = values(evidence, CountParameters), reads(evidence)
    fits, seen = fit(kernel, of.Normal(0.0, 1.0))
    return found(count == 704 and fits, f"{count} parameters; {seen}")


def _reached(evidence: Evidence) -> Finding:
    (listed,), (trained,) = values(evidence, ListParameters), values(evidence, ListTrainable)
    paths = [[one.path for one in seen] for seen in (listed, trained)]
    labels = [value.label for value in values(evidence, Read)]
    holds = paths == [[slot.path for slot in FOUR]] * 2 and labels == [one.label for one in listed] * len(ROUTES)
    return found(holds, f"{len({*labels})} parameters, each by {len(ROUTES)} routes; {len(trained)} trained")


def _called_twice(evidence: Evidence) -> Finding:
    """Refuted if the output is that of two calls and not that of one."""
    at = next(at for at, _ in evidence.find(Forward))
    if evidence.outcome(at).kind != "ok":
        return Finding(HOLDS, str(evidence.outcome(at)))
    output, arrays = evidence.value(at), reads(evidence)
    one, two = (np.abs(output - _after_calls(calls, *arrays)).max() for calls in (1, 2))
    seen = f"no error; output off by {two:.1g} from that of two calls, by {one:.2g} from that of one"
    return Finding(REFUTED if two <= ROUNDING < one else WITH_A_DIFFERENCE, seen)


def _after_calls(
    calls: int, weight: np.ndarray, bias: np.ndarray, out_weight: np.ndarray, out_bias: np.ndarray
) -> np.ndarray:
    """The output if the hidden layer is called this many times."""
    hidden = BATCH.array((ROWS, 2))
    for _ in range(calls):
        hidden = np.maximum(hidden @ weight.T + bias, 0)
    return hidden @ out_weight.T + out_bias


def _copied(evidence: Evidence) -> Finding:
    """Whether the values are copied, and the parameter has one gradient, as a shared one does."""
    copied, one_gradient = np.array_equal(*reads(evidence)), np.array_equal(*gradients(evidence))
    return found(copied and one_gradient, f"copied: {yes(copied)}; one gradient: {yes(one_gradient)}")


def _before(evidence: Evidence) -> Finding:
    at = next(at for at, _ in evidence.find(ListParameters))
    outcome = evidence.outcome(at)
    if outcome.kind != "ok":
        return Finding(HOLDS, f"{outcome.native.rpartition('.')[2]}: {outcome.message.partition('. ')[0]}")
    listed = evidence.value(at)
    return Finding(REFUTED if listed else WITH_A_DIFFERENCE, f"{len(listed)} weights listed, no error")


# Judges of the chapters' own code.


def _declared_output(told: Any) -> Finding:
    return found(told["output"] == "(2, 10) float32", f"with a declared width {told['output']}")


def _is_variable(told: Any) -> Finding:
    """If the values are in another type of object, the claim holds with a difference."""
    kind = "a tf.Variable" if told["is_variable"] else "no tf.Variable"
    return Finding(HOLDS if told["is_variable"] else WITH_A_DIFFERENCE, f"{kind}: {told['type']}")


def _declared_biases(told: Any) -> Finding:
    return found(told["largest_bias"] == 0, f"with a declared width up to {told['largest_bias']:g}")


def _subclassed(told: Any) -> Finding:
    holds = told["shapes"] == [[20, 10], [10], [10, 1], [1]] and told["constants"] == [0, 1, 1]
    return found(holds and 0 < told["deviation"] < 0.02, f"subclassed, deviation {told['deviation']:.2g}")


def _routes(told: Any) -> Finding:
    holds = told["shapes"] == [[[20, 256], [256], [256, 10], [10]]] * len(told["shapes"])
    return found(holds, f"with a declared width {len(told['shapes'])} routes to {len(told['shapes'][0])}")


def _called_twice_in_call(told: Any) -> Finding:
    raised = told["fit"] != "no error"
    return found(raised or told["off"] > ROUNDING, f"in call() off by {told['off']:.1g}, fit(): {told['fit']}")


def _copied_in_call(told: Any) -> Finding:
    seen = "; ".join(f"{when}: {yes(answer)}" for when, answer in told["equal"].items())
    return found(all(told["equal"].values()), f"copied in call(): {seen}; fit(): {told['fit']}")


def _declared_before(told: Any) -> Finding:
    return found(told["before"] == len(FOUR), f"{told['before']} with a declared width")


BOTH = (Slot(0, "weight"), Slot(2, "weight"))

CLAIMS = (
    Claim(
        "K01",
        EVERY,
        "Flatten, 256 with relu, 10 map (2, 20) to (2, 10), float32.",
        program(FLATTENED),
        output_shape,
        Own("declared", _declared_output),
    ),
    Claim(
        "K02",
        SECOND,
        "weights[0] is the first dense kernel, (20, 256), called dense/kernel:0; the order is that of the layers.",
        program(FLATTENED, ListParameters()),
        _first_kernel,
        Own("first_weight", _is_variable),
        otherwise={"tensorflow>=1.13,<2.1": WITH_A_DIFFERENCE, "keras>=3": WITH_A_DIFFERENCE},
    ),
    Claim(
        "K03",
        SECOND,
        "Default weights are uniform on [-0.07, 0.07].",
        program(FLATTENED, *map(Read, WEIGHTS)),
        narrowly_uniform,
        otherwise={"tensorflow>=1.13": REFUTED},
    ),
    Claim(
        "K04",
        EVERY,
        "Default biases are zero.",
        program(FLATTENED, *map(Read, FOUR[1::2])),
        all_zero,
        Own("declared", _declared_biases),
    ),
    Claim(
        "K05",
        SECOND,
        "Kernels and biases are as initialized: N(0, 0.01²) and zeros, ones and ones; (20, 10), (10,), (10, 1), (1,).",
        program(WITH_INITIALIZERS, ListParameters(), *map(Read, (*slots(0), *slots(1)))),
        _initialized,
        Own("subclassed", _subclassed),
    ),
    Claim(
        "K06",
        SECOND,
        "A kernel (20, 64) with the ones initializer is all ones.",
        program(ALL_ONES, ListParameters(), Read(slots(0)[0])),
        _ones,
    ),
    Claim(
        "K07",
        EAGER,
        "A function of shape and dtype initializes a kernel; Dense(64) on 10 inputs counts 704 parameters.",
        program(WITH_FUNCTION, CountParameters(), Read(slots(0)[0])),
        _function,
        otherwise={"tensorflow<1.14": REFUTED},
    ),
    Claim(
        "K08",
        EVERY,
        "The same four parameters are reached by the model's lists, by layer and by name.",
        program(
            FLATTENED,
            ListParameters(),
            ListTrainable(),
            *(Read(slot, route) for route in ROUTES for slot in FOUR),
        ),
        _reached,
        Own("declared", _routes),
    ),
    Claim(
        "K09",
        EAGER,
        "Calling one layer several times in a forward pass is an error.",
        Program(
            {"net": CALLED_TWICE},
            # With a bias of one, the rectifier does not output zeros.
            (
                Seed(1),
                Build(),
                Initialize(Default()),
                Write(slots(0)[1], Filled(1.0)),
                FED,
                *map(Read, (*slots(0), *slots(4))),
            ),
        ),
        _called_twice,
        Own("called_twice", _called_twice_in_call),
        otherwise={"tensorflow>=1.13": REFUTED},
    ),
    Claim(
        "K10",
        EAGER,
        "A layer that is given a copy of another's values shares its parameters.",
        program(
            COPIED,
            *(Copy(theirs, ours) for ours, theirs in zip(slots(0), slots(2))),
            *(*map(Read, BOTH), FED, Backward(Drawn(1)), *map(ReadGradient, BOTH)),
        ),
        _copied,
        Own("copied_in_call", _copied_in_call),
        otherwise={"tensorflow>=1.13": REFUTED},
    ),
    Claim(
        "K11",
        EVERY,
        "Before the first forward pass there are no weights, and asking for them is an error; with a declared width, "
        "there are all four.",
        Program({"net": FLATTENED}, (Build(), ListParameters())),
        _before,
        Own("declared", _declared_before),
        otherwise={"tensorflow<1.14": WITH_A_DIFFERENCE, "keras>=3": WITH_A_DIFFERENCE},
    ),
)
