"""Every law can fail: for each there is a bug, planted in the reference, that it detects."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from adapters.registry import ADAPTERS
from adapters.workers.runners import LocalRunner
from specs.laws import LAWS
from specs.reporting import readme
from tests.mutants import registry, results, tables
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


def test_every_law_is_broken_by_a_mutant():
    assert set(LAWS) == {law for mutant in MUTANTS for law in mutant.laws}


# The stored results of all mutants, and the page docs/planted-bugs.md.

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def kept():
    assert tables.MEASURED.exists(), f"{tables.MEASURED} is missing: tox run -e mutants"
    return tables.Kept.load(tables.MEASURED)


def bodies(adapter):
    """The definitions in an adapter's modules of mutants, parsed since its framework is not installed here."""
    for source in sorted(Path(registry.__file__).with_name(adapter).glob("*.py")):
        yield from ast.parse(source.read_text(encoding="utf-8")).body


def marks(node):
    return [mark for mark in getattr(node, "decorator_list", ()) if isinstance(mark, ast.Call)]


def declared(adapter):
    """The mutants of an adapter."""
    named = [(node.name, mark) for node in bodies(adapter) for mark in marks(node)]
    return list(dict.fromkeys(name for name, mark in named if ast.unparse(mark.func) == "breaks"))


def sources(adapter):
    """The sources cited by an adapter's reported mutants; None if one is not a string."""
    cited = [mark.args[0] for node in bodies(adapter) for mark in marks(node) if ast.unparse(mark.func) == "reported"]
    return [getattr(argument, "value", None) for argument in cited]


def test_there_are_at_least_sixty_mutants():
    assert sum(len(declared(adapter)) for adapter in ADAPTERS) >= 60


@pytest.mark.parametrize("adapter", [name for name in ADAPTERS if name != "reference"])
def test_each_framework_has_at_least_twelve_mutants(adapter):
    assert len(declared(adapter)) >= 12


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_reported_mutants_cite_a_thread(adapter):
    assert [source for source in sources(adapter) if not re.fullmatch(r"https://[^/\s]+/\S+", str(source))] == []


def test_some_mutants_were_reported():
    assert any(map(sources, ADAPTERS))


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_the_mutants_that_there_are_were_all_killed(kept, adapter):
    killed = [fate.mutant for fate in kept.fates if fate.adapter == adapter and fate.killed]
    assert killed == declared(adapter), "the mutants changed: tox run -e mutants"


def test_every_law_killed(kept):
    assert {law for fate in kept.fates for law in fate.laws} == set(LAWS)


def test_a_page_tells_the_kill_rate_and_the_programs_needed(kept):
    assert readme.block(ROOT, "kills") == tables.kills(kept), "the table is out of date: tox run -e mutants"
    assert readme.block(ROOT, "needed") == tables.needed(kept), "the table is out of date: tox run -e mutants"
