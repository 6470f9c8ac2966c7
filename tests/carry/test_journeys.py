"""Trained networks are carried to each other framework and back, and train on there; exceptions are declared."""

from __future__ import annotations

import itertools
import sys
from collections import Counter
from pathlib import Path
from typing import Iterator, List, Sequence, Set, Tuple

import pytest

from adapters.carrying.divergences import REFUSED, SHARED, declared, reasons
from adapters.carrying.overview import CARRIED, Carried, Fate
from specs import codec
from specs.layers import EXAMPLES
from tests.carry.journeys import Seen, Way, told, travelled, ways
from tests.carry.test_pairs import interpreters

KINDS = [*(kind for kind, (layer, axes) in EXAMPLES.items() if layer.roles(axes)), *SHARED]


def test_trained_networks_come_over_and_back(request):
    there = {"reference": sys.executable, **interpreters(request.config)}
    if len(there) < 3:
        pytest.skip("two frameworks are needed, each in an interpreter of its own")
    seen, versions = travelled(list(ways(there)), there)
    folder = request.config.getoption("--report-dir")
    if folder is not None:
        store(Carried(versions, tuple(fates(seen))), Path(folder) / "carrying" / "carried.json")
    wrong = [told(one) for one in seen if one.wrong]
    wrong += [line for pair in itertools.permutations(there, 2) for line in misdeclared(pair, seen)]
    assert not wrong, "\n".join(wrong)


def store(report: Carried, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    codec.save(report, file)


def fates(seen: Sequence[Seen]) -> List[Fate]:
    """How many layers of each kind had each answer, for each pair."""
    counted = Counter(_key(one.way, answer) for one in seen for answer in one.answers if one.way.kind)
    refused = {_key(one.way, REFUSED): (one.reason,) for one in seen if REFUSED in one.answers}
    return [Fate(*key, count, refused.get(key) or tuple(reasons(*key))) for key, count in counted.items()]


def _key(way: Way, answer: str) -> Tuple[str, str, str, str]:
    return way.source, way.target, way.kind, answer


def misdeclared(pair: Tuple[str, str], seen: Sequence[Seen]) -> Iterator[str]:
    """Differences between the answers seen and declared for layers; for whole networks, unexplained answers."""
    found = [one for one in seen if (one.way.source, one.way.target) == pair]
    for kind in KINDS:
        answers = {answer for one in found if one.way.kind == kind for answer in one.answers} - {CARRIED}
        if answers != declared(*pair, kind):
            yield f"{' to '.join(pair)}: {kind}: seen {sorted(answers)}, declared {sorted(declared(*pair, kind))}"
    for one in (one for one in found if not one.way.kind):
        if not {*one.answers} <= {CARRIED, REFUSED, *_of_layers(one.way)}:
            yield f"{told(one)}: {', '.join(one.answers)}: none of its layers is declared so"
    if not any(CARRIED in one.answers for one in found if not one.way.kind):
        yield f"{' to '.join(pair)}: no generated network was carried"


def _of_layers(way: Way) -> Set[str]:
    kinds = {way.network.layer(position).kind for position in range(len(way.network.uses))}
    return {answer for kind in kinds for answer in declared(way.source, way.target, kind)}
