"""Access: what a network lists, the routes to a parameter, and what is seen before values exist."""

from __future__ import annotations

import re
from typing import Dict, Iterator, List, Optional, Set, Tuple

import numpy as np

from specs.laws.answers import RAISES, YES_NO, yes
from specs.laws.ledger import same
from specs.laws.model import Evidence, Observation, ending, question
from specs.programs.networks import Slot
from specs.programs.operations import (
    Backward,
    CountParameters,
    Forward,
    Initialize,
    KeepValue,
    ListMatching,
    ListParameters,
    ListTrainable,
    Read,
    ReadGradient,
    ReadKept,
)
from specs.traces import ParameterSeen


def _listings(evidence: Evidence, kind: type) -> Iterator[Tuple[int, Tuple[ParameterSeen, ...], List[str]]]:
    """Each listing, without its buffers, and the canonical paths that it should contain."""
    for at, _ in evidence.find(kind):
        buffers = {slot.path for slot in evidence.network(at).buffers}
        listed = tuple(seen for seen in evidence.value(at) if seen.path not in buffers)
        yield at, listed, [slot.path for slot in evidence.now(at).parameters]


@question(
    "access.lists_each_once",
    "Does the network list every distinct parameter exactly once, and nothing else?",
    specified="yes",
    answers=YES_NO,
    claims=("G06", "K08"),
)
def lists_each_once(evidence: Evidence) -> Iterator[Observation]:
    for at, listed, expected in _listings(evidence, ListParameters):
        paths = [seen.path for seen in listed]
        yield Observation(yes(sorted(paths) == sorted(expected)), at, f"listed {paths}, expected {expected}")


@question(
    "access.lists_in_order",
    "Are parameters listed layer by layer, weight before bias?",
    specified="yes",
    answers={**YES_NO, "bias first": "layer by layer, and bias before weight"},
    claims=("G06", "K02"),
)
def lists_in_order(evidence: Evidence) -> Iterator[Observation]:
    for at, listed, expected in _listings(evidence, ListParameters):
        paths = [seen.path for seen in listed]
        if sorted(expected, key=_by_layer_then_role) != expected:  # some layer has a bias, so that the answers differ
            ok = paths == expected
            answer = "bias first" if not ok and _is_bias_first(paths, expected) else yes(ok)
            yield Observation(answer, at, f"listed {paths}, expected {expected}")


def _by_layer_then_role(path: str) -> Tuple[int, str]:
    layer, _, role = path.partition(".")
    return int(layer), role


def _is_bias_first(paths: List[str], expected: List[str]) -> bool:
    """Whether all are listed layer by layer, and each bias right before another role of its layer, if there is one."""
    places = [_by_layer_then_role(path) for path in paths]
    layers = [layer for layer, _ in places]
    return (
        sorted(paths) == sorted(expected)
        and layers == sorted(layers)
        and all(
            not role.endswith("bias") or layers.count(layer) == 1 or (after == layer and not following.endswith("bias"))
            for (layer, role), (after, following) in zip(places, [*places[1:], (-1, "")])
        )
    )


@question(
    "access.shapes",
    "Does every parameter have the shape that its layer's axes give (out and in for a dense weight), in canonical "
    "order?",
    specified="yes",
    answers=YES_NO,
    claims=("G02", "K02", "K05"),
)
def shapes(evidence: Evidence) -> Iterator[Observation]:
    for at, listed, _ in _listings(evidence, ListParameters):
        expected = {slot.path: evidence.network(at).shape(slot) for slot in evidence.network(at).held}
        for seen in listed:
            detail = f"{seen.path} ({seen.native_name}) has shape {seen.shape}, expected {expected.get(seen.path)}"
            yield Observation(yes(seen.shape == expected.get(seen.path)), at, detail)
    for at, read in evidence.find(Read):
        shape = evidence.network(at).shape(read.slot)
        seen_shape = evidence.value(at).array.shape
        yield Observation(
            yes(seen_shape == shape), at, f"{read.slot.path} read with shape {seen_shape}, expected {shape}"
        )


@question(
    "access.dtype",
    "Is every parameter float32, both as listed and as read?",
    specified="yes",
    answers=YES_NO,
    claims=("G02", "K01"),
)
def dtype(evidence: Evidence) -> Iterator[Observation]:
    for at, listed, _ in _listings(evidence, ListParameters):
        for seen in listed:
            yield Observation(yes(seen.dtype == "float32"), at, f"{seen.path} is listed as {seen.dtype}")
    for at, read in evidence.find(Read):
        kind = evidence.value(at).array.dtype
        yield Observation(yes(kind == np.float32), at, f"{read.slot.path} reads as {kind}")


@question(
    "access.all_trainable",
    "Is every parameter of a new network trainable and listed as trainable?",
    specified="yes",
    answers=YES_NO,
    claims=("K08",),
)
def all_trainable(evidence: Evidence) -> Iterator[Observation]:
    for at, listed, expected in _listings(evidence, ListTrainable):
        paths = [seen.path for seen in listed]
        ok = sorted(paths) == sorted(expected) and all(seen.trainable for seen in listed)
        yield Observation(yes(ok), at, f"trainable {paths}, expected {expected}")


@question(
    "access.names_differ",
    "Do all parameters of a network have distinct full names?",
    specified="yes",
    answers=YES_NO,
    claims=("G02", "K02"),
)
def names_differ(evidence: Evidence) -> Iterator[Observation]:
    for at, listed, _ in _listings(evidence, ListParameters):
        names = [seen.native_name for seen in listed]
        yield Observation(yes(len(set(names)) == len(names)), at, f"names {names}")


@question(
    "access.names_tell_layer_and_role",
    "Does every full name consist of a prefix for the layer and a last word for the role?",
    specified="yes",
    answers=YES_NO,
    claims=("G02", "K02"),
)
def names_tell_layer_and_role(evidence: Evidence) -> Iterator[Observation]:
    for at, listed, _ in _listings(evidence, ListParameters):
        places = [seen.path.split(".") for seen in listed]
        # A name may end with a colon and a number.
        names = [re.fullmatch(r"(.*?)([a-z]+)(?::\d+)?", seen.native_name) for seen in listed]
        prefixes = {(place[0], name[1]) for place, name in zip(places, names) if name}
        words = {(place[-1], name[2]) for place, name in zip(places, names) if name}
        tells = all(names) and _one_to_one(prefixes) and _one_to_one(words)
        yield Observation(yes(tells), at, f"names {[seen.native_name for seen in listed]}")


def _one_to_one(pairs: Set[Tuple[str, str]]) -> bool:
    return len({left for left, _ in pairs}) == len({right for _, right in pairs}) == len(pairs)


@question(
    "access.routes_agree",
    "Do attribute, layer, full name and list position all give the same object with the same value?",
    specified="yes",
    answers=YES_NO,
    claims=("G03", "K08"),
)
def routes_agree(evidence: Evidence) -> Iterator[Observation]:
    reached: Dict[Slot, List[Tuple[str, int, np.ndarray]]] = {}
    for at, read in evidence.find(Read):
        seen = evidence.value(at)
        earlier = reached.setdefault(evidence.now(at).owner(read.slot), [])
        for route, label, array in earlier[:1]:
            ok = label == seen.label and np.array_equal(array, seen.array)
            yield Observation(yes(ok), at, f"{read.slot.path} by {read.route} is not what {route} reached")
        earlier.append((read.route, seen.label, seen.array))


@question(
    "access.buffers_listed",
    "Does the network list its buffers (running statistics) among its parameters?",
    specified="no",
    answers={"no": "they are reached by themselves", "yes": "each of them is listed, once", "some": "some are"},
)
def buffers_listed(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(ListParameters):
        buffers = sorted(slot.path for slot in evidence.network(at).buffers)
        if buffers:
            listed = sorted(seen.path for seen in evidence.value(at) if seen.path in buffers)
            answer = "no" if not listed else "yes" if listed == buffers else "some"
            yield Observation(answer, at, f"listed {listed} of {buffers}")


@question(
    "access.plain_list_listed",
    "Does a network list the parameters of layers that one of its layers stores in a plain Python list?",
    specified="yes",
    answers={"yes": "each of them is listed, once", "no": "none of them is", "some": "some are"},
)
def plain_list_listed(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(ListParameters):
        in_lists = evidence.network(at).in_plain_lists
        kept = sorted(slot.path for slot in evidence.now(at).parameters if slot in in_lists)
        if kept:
            listed = sorted(seen.path for seen in evidence.value(at) if seen.path in kept)
            answer = "yes" if listed == kept else "some" if listed else "no"
            yield Observation(answer, at, f"listed {listed} of {kept}")


@question(
    "access.buffers_are_not_trainable",
    "Are buffers absent from the list of trainable parameters?",
    specified="yes",
    answers=YES_NO,
)
def buffers_are_not_trainable(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(ListTrainable):
        buffers = [slot.path for slot in evidence.network(at).buffers]
        if buffers:
            listed = [seen.path for seen in evidence.value(at) if seen.path in buffers]
            yield Observation(yes(not listed), at, f"listed {listed}")


@question(
    "access.count_of_buffers",
    "Are buffers excluded from the number of elements?",
    specified="left out",
    answers={"left out": "parameters alone are counted", "counted": "buffers are counted with them"},
)
def count_of_buffers(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(CountParameters):
        network, objects = evidence.network(at), evidence.now(at)
        without = sum(int(np.prod(network.shape(slot))) for slot in objects.parameters)
        buffers = sum(int(np.prod(network.shape(slot))) for slot in network.buffers)
        if buffers:
            seen = evidence.value(at)
            answer = "left out" if seen == without else "counted" if seen == without + buffers else "other"
            yield Observation(answer, at, f"counted {seen}; {without} without buffers, which have {buffers}")


@question(
    "access.distinct_objects",
    "Are distinct parameters distinct objects?",
    specified="yes",
    answers=YES_NO,
)
def distinct_objects(evidence: Evidence) -> Iterator[Observation]:
    for at, listed, _ in _listings(evidence, ListParameters):
        labels = [seen.label for seen in listed]
        yield Observation(yes(len(set(labels)) == len(labels)), at, f"labels {labels}")


@question(
    "access.pattern",
    "Does a name pattern for a role (any prefix, then the role's name) select exactly that role's parameters in all "
    "layers?",
    specified="yes",
    answers=YES_NO,
    claims=("G06",),
)
def pattern(evidence: Evidence) -> Iterator[Observation]:
    for at, operation in evidence.find(ListMatching):
        paths = [seen.path for seen in evidence.value(at)]
        expected = [slot.path for slot in evidence.now(at).parameters if slot.role == operation.role]
        yield Observation(yes(paths == expected), at, f"selected {paths}, expected {expected}")


@question(
    "access.count",
    "Is the number of elements the sum over all distinct parameters?",
    specified="yes",
    answers=YES_NO,
    claims=("K07",),
)
def count(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(CountParameters):
        network = evidence.network(at)
        expected = sum(int(np.prod(network.shape(slot))) for slot in evidence.now(at).parameters)
        if not network.buffers:
            yield Observation(
                yes(evidence.value(at) == expected), at, f"counted {evidence.value(at)}, expected {expected}"
            )


def _reads_before(evidence: Evidence, first: type) -> Iterator[Tuple[int, Read]]:
    """Reads of deferred weights, or of any parameter, before the first operation of a kind."""
    limit = next(iter(evidence.program.find(first)), len(evidence.program.operations))
    return ((at, read) for at, read in evidence.find(Read) if at < limit)


@question(
    "access.read_after_build",
    "What does a parameter of declared shape contain after the network is built and before anything is initialized?",
    specified="ok",
    answers={**RAISES, "ok": "its default initial value"},
    claims=("K05",),
)
def read_after_build(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in _reads_before(evidence, Initialize):
        yield ending(evidence, at)


@question(
    "access.read_before_first_forward",
    "What does reading a weight with an inferred input width give after initialization, but before the first forward "
    "pass?",
    specified="not_ready",
    answers=RAISES,
    claims=("G18", "K11"),
)
def read_before_first_forward(evidence: Evidence) -> Iterator[Observation]:
    for at, read in _reads_before(evidence, Forward):
        if evidence.network(at).is_inferred(read.slot):
            yield ending(evidence, at)


@question(
    "access.bias_before_first_forward",
    "What does reading the bias of a layer with an inferred input width give before the first forward pass?",
    specified="ok",
    answers={**RAISES, "ok": "its value: the shape of a bias is known from the start"},
    claims=("G18", "K11"),
)
def bias_before_first_forward(evidence: Evidence) -> Iterator[Observation]:
    for at, read in _reads_before(evidence, Forward):
        network = evidence.network(at)
        if network.use(read.slot.layer).inferred and not network.is_inferred(read.slot):
            yield ending(evidence, at)


@question(
    "access.listed_before_first_forward",
    "How does a network list a weight with an inferred input width before the first forward pass?",
    specified="width unknown",
    answers={
        "width unknown": "it is listed, with its units known and its input width unknown",
        "shape unknown": "it is listed, without any shape",
        "not listed": "it is not listed",
        "known": "it is listed with its full shape",
        "raises": "there is no list: whoever asks for it is told that it is too early",
    },
    claims=("G18", "K11"),
)
def listed_before_first_forward(evidence: Evidence) -> Iterator[Observation]:
    limit = next(iter(evidence.program.find(Forward)), len(evidence.program.operations))
    for at, _ in evidence.find(ListParameters):
        network = evidence.network(at)
        if at < limit and evidence.outcome(at).kind == "not_ready":
            yield Observation("raises", at, str(evidence.outcome(at)))
        elif at < limit:
            by_path = {seen.path: seen for seen in evidence.value(at)}
            for slot in network.parameters:
                if network.is_inferred(slot):
                    yield Observation(_listed_as(by_path.get(slot.path)), at, f"{slot.path} in {list(by_path)}")


def _listed_as(seen: Optional[ParameterSeen]) -> str:
    if seen is None:
        return "not listed"
    if seen.shape is None:
        return "shape unknown"
    return "width unknown" if None in seen.shape else "known"


@question(
    "access.listed_after_first_forward",
    "Are all inferred shapes known after the first forward pass?",
    specified="yes",
    answers=YES_NO,
    claims=("G18", "K11"),
)
def listed_after_first_forward(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(ListParameters):
        if next(iter(evidence.program.find(Forward)), at) < at:
            network = evidence.network(at)
            buffers = {slot.path for slot in network.buffers}
            found = {seen.path: seen.shape for seen in evidence.value(at) if seen.path not in buffers}
            wanted = {slot.path: network.shape(slot) for slot in evidence.now(at).parameters}
            yield Observation(yes(found == wanted), at, f"listed {found}, expected {wanted}")


@question(
    "access.missing_bias",
    "What does asking for the bias of a layer that was built without one give?",
    specified="no_such_parameter",
    answers=RAISES,
)
def missing_bias(evidence: Evidence) -> Iterator[Observation]:
    for at, read in evidence.find(Read):
        network = evidence.network(at)
        if read.slot.layer < len(network.uses) and not network.has(read.slot):
            yield ending(evidence, at)


@question(
    "access.missing_layer",
    "What does asking for a layer past the last one give?",
    specified="no_such_parameter",
    answers=RAISES,
)
def missing_layer(evidence: Evidence) -> Iterator[Observation]:
    for at, read in evidence.find(Read):
        if read.slot.layer >= len(evidence.network(at).uses):
            yield ending(evidence, at)


_KEPT = {"a copy": "it stays as it was read", "a view": "it shows what is written later, and what a step changes"}


def _kept(evidence: Evidence, form: str) -> Iterator[Observation]:
    """What a kept value shows after a change that a read of the parameter itself shows."""
    keep: Optional[KeepValue] = None
    looks: List[np.ndarray] = []
    for at, operation in evidence.find(KeepValue, ReadKept, Read):
        seen = evidence.value(at)
        if isinstance(operation, KeepValue):
            keep, looks = operation, []
        elif isinstance(operation, ReadKept):
            looks.append(seen)
        elif keep == KeepValue(operation.slot, form) and len(looks) > 1 and not same(looks[-2], seen.array):
            answer = "a copy" if same(*looks[-2:]) else "a view" if same(looks[-1], seen.array) else "other"
            yield Observation(answer, at, operation.slot.path)


@question(
    "access.value_is_a_copy",
    "Is a value read as a NumPy array a copy, or a view that changes with the parameter?",
    specified="a copy",
    answers=_KEPT,
)
def value_is_a_copy(evidence: Evidence) -> Iterator[Observation]:
    yield from _kept(evidence, "numpy")


@question(
    "access.tensor_is_a_view",
    "Is a value read as the framework's own tensor a copy, or a view that changes with the parameter?",
    specified="a view",
    answers=_KEPT,
)
def tensor_is_a_view(evidence: Evidence) -> Iterator[Observation]:
    yield from _kept(evidence, "own")


@question(
    "access.gradient_before_backward",
    "What is the gradient of a parameter before any backward pass?",
    specified="none",
    answers={"none": "there is none", "zeros": "an array of zeros, of the parameter's shape", **RAISES},
    claims=("G04",),
)
def gradient_before_backward(evidence: Evidence) -> Iterator[Observation]:
    for at, read in evidence.find(ReadGradient, Backward):
        if isinstance(read, Backward):
            return
        outcome = evidence.outcome(at)
        if outcome.kind != "ok":
            yield Observation(outcome.kind, at, f"{read.slot.path}: {outcome}")
            continue
        gradient = evidence.value(at)
        if gradient is None:
            yield Observation("none", at, read.slot.path)
        else:
            zeros = gradient.shape == evidence.network(at).shape(read.slot) and not gradient.any()
            yield Observation("zeros" if zeros else "other", at, f"{read.slot.path}: {gradient!r}")
