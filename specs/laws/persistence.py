"""Persistence: files, clones, and values copied between networks in memory."""

from __future__ import annotations

from typing import Callable, Dict, Iterator, Tuple

from specs.initializers import Identity
from specs.laws.answers import AS_EXPECTED, RAISES, YES_NO
from specs.laws.ledger import filled, held, held_after, readings, same
from specs.laws.model import Evidence, Observation, ending, question
from specs.laws.training import UNSEEN, gradient_value, unseen
from specs.programs.networks import Network, Slot
from specs.programs.operations import (
    Add,
    Backward,
    Build,
    Clone,
    CopyValues,
    DeepCopy,
    Freeze,
    ListTrainable,
    Load,
    Read,
    Save,
    Select,
    TieAfterBuild,
    Write,
    WriteElement,
)

CLONED = {
    "equal": "the copy starts from the original's values",
    "initialized anew": "the copy has values of its own",
    **RAISES,
}


@question(
    "persistence.round_trip",
    "Does a new network that loads a file contain exactly the saved values?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def round_trip(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(Save, Load):
        evidence.value(at)
    yield from held_after(evidence, Load)


@question(
    "persistence.plain_list_saved",
    "Does a file contain the parameters of layers that one of a network's layers stores in a plain Python list?",
    specified="yes",
    answers={**UNSEEN, "yes": "a network that loads it has their values", "no": "that network keeps its own"},
)
def plain_list_saved(evidence: Evidence) -> Iterator[Observation]:
    missed = unseen(evidence)
    if missed is not None:
        yield missed
        return
    for reading in readings(evidence):
        kept = evidence.network(reading.at).in_plain_lists
        if isinstance(reading.expected.by, Load) and evidence.now(reading.at).owner(reading.slot) in kept:
            yield held(reading, "yes", "no")


@question(
    "persistence.load_is_a_copy",
    "Are the saved and the loading network independent: does writing to one leave the other unchanged?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def load_is_a_copy(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(Save, Load):
        evidence.value(at)
    last = max(at for at, _ in evidence.find(Load))
    for reading in readings(evidence):
        if reading.at > last:
            yield held(reading)


@question(
    "persistence.load_keeps_objects",
    "Is each parameter the same object before and after its network loads a file?",
    specified="yes",
    answers=YES_NO,
)
def load_keeps_objects(evidence: Evidence) -> Iterator[Observation]:
    before: Dict[Slot, int] = {}
    is_loaded = False
    for at, operation in evidence.find(Build, Clone, DeepCopy, Select, TieAfterBuild, Load, Read):
        if isinstance(operation, Read):
            label = evidence.value(at).label
            if is_loaded and operation.slot in before:
                yield Observation("yes" if label == before[operation.slot] else "no", at, operation.slot.path)
            before.setdefault(operation.slot, label)
        else:
            is_loaded = isinstance(operation, Load)
            before = before if is_loaded else {}


def _endings_of_loads(evidence: Evidence, *despite: str) -> Iterator[Observation]:
    """The outcomes of loads that were told to ignore exactly these misfits."""
    for at, load in evidence.find(Load):
        if load.despite == despite:
            yield ending(evidence, at)


load_other_shapes = question(
    "persistence.load_other_shapes",
    "What happens when a network loads a file whose parameters have other shapes?",
    specified="wrong_shape",
    answers=RAISES,
)(_endings_of_loads)


load_more_layers = question(
    "persistence.load_more_layers",
    "What happens when a network loads a file that lacks its last layer?",
    specified="no_such_parameter",
    answers={**RAISES, "ok": "what the file has is loaded"},
)(_endings_of_loads)


load_fewer_layers = question(
    "persistence.load_fewer_layers",
    "What happens when a network loads a file that has an additional layer?",
    specified="no_such_parameter",
    answers={**RAISES, "ok": "what the network has is loaded"},
)(_endings_of_loads)


@question(
    "persistence.refused_load_changes_nothing",
    "Does a refused load of a file with other shapes leave all parameters unchanged?",
    specified="yes",
    answers={
        "yes": "all are as they were before",
        "no": "those that fit hold the file's values",
        "loaded": "it is not refused",
    },
)
def refused_load_changes_nothing(evidence: Evidence) -> Iterator[Observation]:
    last = max(at for at, _ in evidence.find(Load))
    if evidence.outcome(last).kind == "ok":
        yield Observation("loaded", last, "the file was loaded, although it does not fit")
        return
    changed = [reading for reading in readings(evidence) if reading.at > last and not reading.as_expected]
    detail = f"changed: {', '.join(reading.slot.path for reading in changed) or 'none'}"
    yield Observation("no" if changed else "yes", last, detail)


_OUTCOMES_DESPITE = {**RAISES, "ok": "what fits is loaded all the same"}

despite_extra_refuses_missing = question(
    "persistence.despite_extra_refuses_missing",
    "What happens when a file lacks a layer and the load ignores extra entries only?",
    specified="no_such_parameter",
    answers=_OUTCOMES_DESPITE,
)(lambda evidence: _endings_of_loads(evidence, "extra"))


despite_missing_refuses_extra = question(
    "persistence.despite_missing_refuses_extra",
    "What happens when a file has an additional layer and the load ignores missing entries only?",
    specified="no_such_parameter",
    answers=_OUTCOMES_DESPITE,
)(lambda evidence: _endings_of_loads(evidence, "missing"))


despite_names_refuses_shapes = question(
    "persistence.despite_names_refuses_shapes",
    "What happens when a file has other shapes and the load ignores missing and extra entries only?",
    specified="wrong_shape",
    answers=_OUTCOMES_DESPITE,
)(lambda evidence: _endings_of_loads(evidence, "missing", "extra"))


def _loaded_despite(evidence: Evidence) -> Iterator[Observation]:
    at = max((at for at, operation in evidence.find(Load) if operation.despite), default=None)
    if at is None or evidence.outcome(at).kind != "ok":
        yield from () if at is None else [ending(evidence, at)]
        return
    for reading in readings(evidence):
        if reading.at > at:
            yield held(reading)


load_despite_missing = question(
    "persistence.load_despite_missing",
    "Does a load that ignores missing entries take what the file has and leave the rest unchanged?",
    specified="as expected",
    answers={**AS_EXPECTED, **RAISES},
)(_loaded_despite)


load_despite_extra = question(
    "persistence.load_despite_extra",
    "Does a load that ignores extra entries take everything that the network has?",
    specified="as expected",
    answers={**AS_EXPECTED, **RAISES},
)(_loaded_despite)


@question(
    "persistence.load_despite_shapes",
    "Does a load that ignores mismatched shapes take everything that fits and leave the rest unchanged?",
    specified="as expected",
    answers={
        "as expected": "each parameter that fits is loaded",
        "by layer": "of a layer, nothing is loaded from the first parameter on that does not fit",
        "otherwise": "something else",
        **RAISES,
    },
)
def load_despite_shapes(evidence: Evidence) -> Iterator[Observation]:
    at = max((at for at, operation in evidence.find(Load) if operation.despite), default=None)
    if at is None or evidence.outcome(at).kind != "ok":
        yield from () if at is None else [ending(evidence, at)]
        return
    found = list(readings(evidence))
    before = {reading.slot: reading.seen for reading in found if reading.at < at}
    after = [reading for reading in found if reading.at > at]
    wrong = [reading for reading in after if not reading.as_expected]
    #: By layer, the position of the first parameter that does not fit.
    misfits: Dict[int, int] = {}
    for place, reading in enumerate(after):
        if not isinstance(reading.expected.by, Load):
            misfits.setdefault(reading.slot.layer, place)
    detail = f"not as expected: {', '.join(reading.slot.path for reading in wrong) or 'none'}"
    if not wrong:
        yield Observation("as expected", at, detail)
        return
    left = all(
        misfits.get(reading.slot.layer, place) < place
        and same(reading.seen, before.get(reading.slot, reading.expected.array))
        for place, reading in enumerate(after)
        if not reading.as_expected
    )
    yield Observation("by layer" if left else "otherwise", at, detail)


# Values copied between networks in memory.


@question(
    "persistence.copied_values",
    "After values were copied from another network in memory, are they exactly equal, buffers included?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def copied_values(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(CopyValues):
        evidence.value(at)
    yield from held_after(evidence, CopyValues)


@question(
    "persistence.copied_values_are_a_copy",
    "After values were copied between networks in memory, does writing to either network leave the other unchanged?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def copied_values_are_a_copy(evidence: Evidence) -> Iterator[Observation]:
    copied = [at for at, _ in evidence.find(CopyValues)]
    for reading in readings(evidence):
        if copied and reading.at > copied[-1]:
            yield held(reading)


def _endings_of_copies(evidence: Evidence, is_of: Callable[[Network, Network], bool]) -> Iterator[Observation]:
    """The outcomes of copying the values of a network into another one, for two such networks."""
    for at, operation in evidence.find(CopyValues):
        if is_of(evidence.program.networks[operation.network], evidence.network(at)):
            yield ending(evidence, at)


copy_values_more_layers = question(
    "persistence.copy_values_more_layers",
    "What happens when values are copied in memory into a network with an additional layer?",
    specified="no_such_parameter",
    answers={**RAISES, "ok": "what there is to copy is copied"},
)(lambda evidence: _endings_of_copies(evidence, lambda source, net: len(source.held) < len(net.held)))


copy_values_fewer_layers = question(
    "persistence.copy_values_fewer_layers",
    "What happens when values are copied in memory into a network with one layer fewer?",
    specified="no_such_parameter",
    answers={**RAISES, "ok": "what the network has is copied"},
)(lambda evidence: _endings_of_copies(evidence, lambda source, net: len(source.held) > len(net.held)))


copy_values_other_shapes = question(
    "persistence.copy_values_other_shapes",
    "What happens when values are copied in memory into a network with other shapes?",
    specified="wrong_shape",
    answers=RAISES,
)(lambda evidence: _endings_of_copies(evidence, lambda source, net: source.held == net.held))


def _frozen_survives(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(Freeze):
        if evidence.outcome(at).kind == "unsupported":  # nothing was frozen
            yield ending(evidence, at)
            return
    copied = max(at for at, _ in evidence.find(Clone, DeepCopy))
    if evidence.outcome(copied).kind != "ok":
        yield ending(evidence, copied)
        return
    yield from frozen_as_before(evidence, copied)


def frozen_as_before(evidence: Evidence, after: int) -> Iterator[Observation]:
    """Whether what is listed as trainable after an operation is all but what was frozen."""
    for at, _ in evidence.find(ListTrainable):
        if at > after:
            objects = evidence.now(at)
            paths = {seen.path for seen in evidence.value(at)}
            frozen = {slot.path for slot in objects.parameters if objects.is_frozen(slot)}
            trained = {slot.path for slot in objects.parameters} - frozen
            answer = "yes" if paths >= trained and not paths & frozen else "no" if paths >= frozen else "other"
            yield Observation(answer, at, f"trainable {sorted(paths)}, frozen {sorted(frozen)}")


_FROZEN = {"yes": "it is frozen there too", "no": "it is trainable there", **RAISES}

frozen_survives_clone = question(
    "persistence.frozen_survives_clone",
    "Does a frozen parameter stay frozen in a clone?",
    specified="yes",
    answers=_FROZEN,
)(_frozen_survives)

frozen_survives_deepcopy = question(
    "persistence.frozen_survives_deepcopy",
    "Does a frozen parameter stay frozen in a deep copy?",
    specified="yes",
    answers=_FROZEN,
)(_frozen_survives)


def _copied(evidence: Evidence) -> Tuple[int, int]:
    """Positions of the last copy and of the first write to it, or the number of operations if there is none."""
    at = max(at for at, _ in evidence.find(Clone, DeepCopy))
    writes = [at for at, _ in evidence.find(Write, Add, WriteElement)]
    return at, min((write for write in writes if write > at), default=len(evidence.program.operations))


def _copied_values(evidence: Evidence) -> Iterator[Observation]:
    at, written = _copied(evidence)
    if evidence.outcome(at).kind != "ok":
        yield ending(evidence, at)
        return
    for reading in readings(evidence):
        if at < reading.at < written:
            yield held(reading, "equal", "initialized anew")


clone_values = question(
    "persistence.clone_values",
    "Does a clone start with the original's values?",
    specified="equal",
    answers=CLONED,
)(_copied_values)

deepcopy_values = question(
    "persistence.deepcopy_values",
    "Does a deep copy start with the original's values?",
    specified="equal",
    answers=CLONED,
)(_copied_values)


@question(
    "persistence.clone_has_its_gain",
    "Does a clone, made in the framework's own way, keep the gain of a layer's identity initializer?",
    specified="yes",
    answers={"yes": "its weight is as many times the identity", "no": "its weight is the identity itself"},
)
def clone_has_its_gain(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(Clone):
        evidence.value(at)
    for at, read in evidence.find(Read):
        network = evidence.network(at)
        (given,) = network.use(read.slot.layer).initializers
        expected, plain = (filled(one, network.shape(read.slot)) for one in (given.initializer, Identity()))
        assert expected is not None, "a weight here is a matrix"
        assert plain is not None, "of which there is an identity"
        seen = evidence.value(at).array
        answer = "yes" if same(seen, expected) else "no" if same(seen, plain) else "other"
        yield Observation(answer, at, f"{read.slot.path}: {seen!r}")


def _is_independent(evidence: Evidence) -> Iterator[Observation]:
    at, written = _copied(evidence)
    if evidence.outcome(at).kind != "ok":
        yield ending(evidence, at)
        return
    for reading in readings(evidence):
        if reading.at > written:
            yield held(reading, "yes", "no")


clone_is_independent = question(
    "persistence.clone_is_independent",
    "Does writing to a clone leave the original unchanged?",
    specified="yes",
    answers={**YES_NO, **RAISES},
)(_is_independent)

deepcopy_is_independent = question(
    "persistence.deepcopy_is_independent",
    "Does writing to a deep copy leave the original unchanged?",
    specified="yes",
    answers={**YES_NO, **RAISES},
)(_is_independent)


@question(
    "persistence.clone_learns",
    "Do a forward and a backward pass through a clone give its parameters their gradients?",
    specified="as expected",
    answers={**AS_EXPECTED, **RAISES},
)
def clone_learns(evidence: Evidence) -> Iterator[Observation]:
    evidence.value(max(at for at, _ in evidence.find(Clone)))
    for at, _ in evidence.find(Backward):
        if evidence.outcome(at).kind != "ok":
            yield ending(evidence, at)
            return
    yield from gradient_value.observe(evidence)
