"""Every law can fail: for each there is a bug, planted in the reference, that it notices."""

from __future__ import annotations

import pytest

from adapters.runners import LocalRunner
from specs.laws import LAWS
from tests.mutants import registry, results
from tests.mutants.hunt import Hunt
from tests.mutants.planting import gardener
from tests.mutants.programs import Programs

MUTANTS = [planted.mutant for planted in registry.load("reference").values()]


@pytest.fixture(scope="module")
def hunt():
    runner = LocalRunner("reference")
    return Hunt(runner, gardener(runner), Programs(100), others=0)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_is_killed(hunt, mutant):
    hunted = hunt.pursue(mutant)
    assert hunted.killed, "\n".join([mutant.sentence, *results.rows(hunted)])


def test_without_a_mutant_no_law_fails(hunt):
    assert list(hunt.control()) == []


def test_every_law_is_broken_by_a_mutant():
    assert set(LAWS) == {law for mutant in MUTANTS for law in mutant.laws}
