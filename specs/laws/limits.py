"""Layers at the limits of their arguments: norms without scale or bias, ids out of range."""

from __future__ import annotations

from typing import Any, Callable, Iterator, Tuple

import numpy as np

from specs.laws.answers import AS_EXPECTED, RAISES
from specs.laws.model import Evidence, Observation, ending, question
from specs.laws.training import gradient_value
from specs.laws.writing import forward_as_expected
from specs.layers import KINDS
from specs.layers.normalization import Normalization
from specs.programs.operations import Forward, ListParameters, ListTrainable, Read, Write
from specs.texts import a

#: Kinds of normalization.
NORMS = tuple(kind for kind in KINDS if issubclass(kind, Normalization))


@question(
    "training.bare_norm_value",
    "Are the output and the gradients of a network with a norm without a scale, or without a bias, the ones that the "
    "values determine?",
    specified="as expected",
    answers=AS_EXPECTED,
)
def bare_norm_value(evidence: Evidence) -> Iterator[Observation]:
    if any(evidence.find(Forward)):
        yield from forward_as_expected(evidence)
        yield from gradient_value.observe(evidence)


@question(
    "access.bare_norm_lists",
    "Does a norm constructed without a scale, or without a bias, still list one?",
    specified="no",
    answers={
        "no": "there is none",
        "not trained": "there is one, which is not trained",
        "trained": "there is one, as in any norm",
    },
)
def bare_norm_lists(evidence: Evidence) -> Iterator[Observation]:
    for at, _ in evidence.find(ListParameters):
        beyond = [seen for seen in evidence.value(at) if seen.path == "?"]
        trained = [seen.native_name for seen in beyond if seen.trainable]
        yield Observation("trained" if trained else "not trained" if beyond else "no", at, ", ".join(trained))


def _held(evidence: Evidence) -> Iterator[Tuple[int, str, bool]]:
    """The scale and bias of a norm that leaves them to the framework: whether each exists and is trained."""
    ((listing, _),) = evidence.find(ListTrainable)
    listed = evidence.value(listing) if evidence.outcome(listing).kind == "ok" else None
    for at, read in evidence.find(Read):
        if evidence.outcome(at).kind == "no_such_parameter":
            yield at, read.slot.role, False
        else:
            evidence.value(at)
            yield at, read.slot.role, listed is None or read.slot.path in {seen.path for seen in listed}


def _by_default(evidence: Evidence, kind: Any) -> Iterator[Observation]:
    if evidence.program.networks["net"].kinds() == (kind.kind,):
        found = list(_held(evidence))
        roles = [role for _, role, is_trained in found if is_trained]
        yield Observation(" and ".join(roles) or "none", found[0][0])


for _kind in NORMS:
    _roles = [name for name in _kind.holds if name in ("scale", "bias")]
    question(
        f"access.default_affine[{_kind.kind}]",
        f"Which parameters does {a(_kind.words)} layer train when neither scale nor bias is specified?",
        specified=" and ".join(_roles),
        answers={
            " and ".join(_roles): "all that it may have",
            "none": "it has nothing to train",
            **({"bias": "the scale is not trained"} if len(_roles) > 1 else {}),
        },
    )(lambda evidence, kind=_kind: _by_default(evidence, kind))  # type: ignore[misc]


# Ids.

_ROWS = {**RAISES, "the nearest row": "that of the nearest id", "zeros": "a row of zeros", "NaN": "a row of them"}


def _looked_up(evidence: Evidence, is_strange: Callable[[np.ndarray, int], np.ndarray]) -> Iterator[Observation]:
    """The output for each id that is out of range."""
    ((_, write),) = evidence.find(Write)
    for at, forward in evidence.find(Forward):
        network = evidence.network(at)
        layer: Any = network.layer(0)
        ids = network.fed(forward.batch.array(forward.batch_shape(network)))
        places = [tuple(place) for place in np.argwhere(is_strange(ids, layer.number))]
        if places and evidence.outcome(at).kind != "ok":
            yield ending(evidence, at)
            continue
        for place in places:
            answer = _told(evidence.value(at)[place], int(ids[place]), write.values.array(network.shape(write.slot)))
            yield Observation(answer, at, f"id {ids[place]} of {layer.number}")


def _told(seen: np.ndarray, wanted: int, table: np.ndarray) -> str:
    if np.array_equal(seen, table[min(max(wanted, 0), len(table) - 1)]):
        return "the nearest row"
    if wanted < 0 and np.array_equal(seen, table[wanted]):
        return "counted from the end"
    return "zeros" if not seen.any() else "NaN" if np.isnan(seen).all() else "other"


question(
    "training.id_past_the_table",
    "What does an embedding return for an id past its last row?",
    specified="invalid_argument",
    answers=_ROWS,
)(lambda evidence: _looked_up(evidence, lambda ids, number: ids >= number))

question(
    "training.negative_id",
    "What does an embedding return for a negative id?",
    specified="invalid_argument",
    answers={**_ROWS, "counted from the end": "as an index of Python's"},
)(lambda evidence: _looked_up(evidence, lambda ids, number: ids < 0))
