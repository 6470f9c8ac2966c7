"""Completeness: every claim of the source chapters has a law, every law one test, every divergence its reason."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

import specs
import tests
from adapters.registry import KNOWN
from specs.divergences import KINDS
from specs.laws import LAWS, DrawLaw, Law
from specs.versions import in_force, requirement
from tests.claims import measuring
from tests.harness.laws import modules
from tests.suite.generated import DECLARED, LAW_TESTS

CLAIMS = [f"G{number:02}" for number in range(1, 20)] + [f"K{number:02}" for number in range(1, 12)]

# Claims and laws.


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_law_answers_the_claim(claim):
    assert any(claim in law.claims for law in LAWS.values())


def test_every_claim_is_judged_by_itself():
    assert list(measuring.CLAIMS) == CLAIMS


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_a_law_cites_claims_that_there_are_once_each_and_in_order(law):
    assert list(law.claims) == [claim for claim in CLAIMS if claim in law.claims]


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_a_law_asks_a_question_and_explains_its_answers(law):
    assert law.question.endswith("?")
    assert law.specified in law.answers
    if isinstance(law, DrawLaw):
        assert all(callable(answer) for answer in law.answers.values())
    else:
        assert all(law.answers.values())


def test_every_law_has_exactly_one_test():
    assert sorted(name for name, _ in LAW_TESTS) == sorted(LAWS)


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.__name__.split(".")[-1])
def test_every_test_in_a_laws_module_is_that_of_a_law_of_its_chapter(module):
    tested = [value for key, value in vars(module).items() if key.startswith("test")]
    assert {value.law.chapter for value in tested} == {module.__name__.split(".test_")[-1]}


def test_every_test_is_marked_with_its_law():
    for name, test in LAW_TESTS:
        assert [mark.args for mark in test.pytestmark if mark.name == "law"] == [(name,)]


CHAPTERS = ("access", "initialization", "persistence", "sharing", "training", "writing")
#: Modules with laws of a chapter, besides the module named after it.
BESIDE = {
    "access": ("limits", "holding"),
    "initialization": ("identities", "reaching", "recipes", "seeding"),
    "persistence": ("casting", "resuming"),
    "training": ("limits", "masks", "optimizing", "omissions", "random_layers", "rectifiers", "resuming", "seeding"),
}


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_the_chapter_of_a_law_is_the_module_that_holds_it(law):
    assert law.chapter in CHAPTERS
    names = (law.chapter, *BESIDE.get(law.chapter, ()))
    modules = [importlib.import_module(f"specs.laws.{name}") for name in names]
    families = {value.family for module in modules for value in vars(module).values() if isinstance(value, Law)}
    assert law.family in families or law.observe.__module__ in {module.__name__ for module in modules}


# Divergences.

EACH = pytest.mark.parametrize(
    ("adapter", "divergence"), DECLARED, ids=[f"{adapter}-{declared.law}" for adapter, declared in DECLARED]
)


def test_divergences_are_declared():
    assert len({adapter for adapter, _ in DECLARED}) == len(KNOWN) - 1


@EACH
def test_a_divergence_is_from_a_law_that_there_is(adapter, divergence):
    assert divergence.law in LAWS


@EACH
def test_a_divergence_gives_one_of_the_other_answers_of_its_law(adapter, divergence):
    law = LAWS[divergence.law]
    assert divergence.answer in set(law.answers) - {law.specified}


@EACH
def test_a_divergence_has_a_kind_a_reason_a_source_and_versions(adapter, divergence):
    assert divergence.kind in KINDS
    assert divergence.reason.endswith(".")
    assert re.match(r"https://[\w.-]+/\S+$|[\w/.-]+\.(py|pyi|so|h|cc|cpp)\b", divergence.source)
    assert requirement(divergence).specifier


@pytest.mark.parametrize("adapter", sorted({adapter for adapter, _ in DECLARED}))
def test_a_law_has_at_most_one_divergence_an_adapter_and_version(adapter):
    in_force([divergence for name, divergence in DECLARED if name == adapter], {})


# Names of frameworks only occur where they have to.

FRAMEWORKS = sorted((set(KNOWN) - {"reference"}) | {requirement(divergence).name for _, divergence in DECLARED})
#: The help of ``--adapter`` has to list the names, and is read before any adapter is imported.
ALLOWED = {"tests/harness/options.py": ['help="adapter to run beside the reference:']}
ROOT = Path(inspect.getfile(specs)).parent.parent
#: Modules that may name frameworks: bugs planted in one, claims of chapters, reasons of divergences, pages about its
#: adapter, questions that people ask, its newest release, and the files of its users.
NAMING = (
    *(path for name in KNOWN for path in (f"tests/mutants/{name}/", f"tests/reasons/test_{name}.py")),
    "tests/browser/test_questions.py",
    "tests/carry/",
    "tests/claims/",
    "tests/drift/",
    "tests/suite/test_carrying",
    "tests/suite/test_changes.py",
    "tests/suite/test_chapters.py",
    "tests/suite/test_drift.py",
    "tests/suite/test_index.py",
    "tests/suite/test_kinds.py",
    "tests/suite/test_ports.py",
)
SOURCES = [
    path
    for package in (specs, tests)
    for path in sorted(Path(inspect.getfile(package)).parent.rglob("*.py"))
    if not path.relative_to(ROOT).as_posix().startswith(NAMING)
]


def test_the_frameworks_are_known_here_by_what_the_adapters_declare():
    assert len(FRAMEWORKS) >= len(KNOWN) - 1


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_framework_is_named(path):
    allowed = ALLOWED.get(path.relative_to(ROOT).as_posix(), [])
    named = [
        f"{number}: {line.strip()}"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search("|".join(FRAMEWORKS), line, re.IGNORECASE) and not any(part in line for part in allowed)
    ]
    assert named == []
