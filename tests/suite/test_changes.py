"""Answers that changed between two versions of a framework: found, printed, and consistent with the pages."""

import dataclasses
from pathlib import Path

import pytest

from adapters.__main__ import main
from adapters.changes import answers, tables
from adapters.changes.answers import FAMILIES, MEASURED
from specs import codec
from specs.errors import SpecError
from specs.laws.verdicts import Cell
from specs.reporting import readme
from specs.reporting.reports import Report

ROOT = Path(__file__).resolve().parents[2]
KEPT = Report.load(MEASURED)
LAW = "training.default_momentum"
VERSIONS = {"new": {"keras": "3.15.1"}, "old": {"tensorflow": "2.0.4"}, "older": {"tensorflow": "1.15.5"}}


def cell(adapter, verdict="holds", answer="0.9", **more):
    return Cell(LAW, adapter, verdict, answer, 100, 100, **more)


@pytest.fixture
def told(tmp_path, capsys):
    """The command's output and exit code for a report with these cells."""

    def run(*arguments, cells=()):
        found = dataclasses.replace(KEPT, adapters=VERSIONS, cells=tuple(cells))
        file = codec.save(found, tmp_path / "eras.json")
        code = main(["changes", *arguments, f"--report={file}"])
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return run


CHANGED = [cell("older"), cell("old"), cell("new", "differs", "0.99", reason="So they chose.", source="here")]


def test_a_change_is_told_with_both_versions_and_the_reason(told):
    code, text = told("keras", "1.15..3.15", cells=CHANGED)
    assert code == 0
    assert text.startswith("tensorflow 1.15.5 → tensorflow 2.0.4 → keras 3.15.1, laws answered differently: 1\n")
    assert "\n  tensorflow 2.0.4: 0.9\n      As specified.\n  keras 3.15.1: 0.99\n      So they chose. here\n" in text


def test_versions_that_agree_have_no_change(told):
    code, text = told("tensorflow", "1.15..2.0", LAW, cells=CHANGED)
    assert (code, text) == (0, f"{LAW}: the same answer on all of tensorflow 1.15.5, tensorflow 2.0.4\n")


def test_a_law_is_shown_in_the_code_of_both_versions(told):
    _, text = told("keras", "2.0..3.15", "access.listed_before_first_forward", cells=_listed())
    assert "from tensorflow import keras\n" in text
    assert "      import keras\n" in text


def _listed():
    law = "access.listed_before_first_forward"
    return [
        Cell(law, "old", "differs", "raises", 100, 100),
        Cell(law, "new", "differs", "not listed", 100, 100),
    ]


def test_what_our_adapter_does_not_say_is_no_change_of_the_framework(told):
    source = answers.adapter_source("tensorflow")
    ours = next(str(one) for one in source.absences.values() if one.who == "here")
    cells = [cell("old", "unsupported", "unsupported", reason=ours, kind="unsupported"), cell("new")]
    assert "differently: 0\n" in told("keras", "2.0..3.15", cells=cells)[1]
    theirs = [cell("old", "unsupported", "unsupported", reason="There is none.", kind="unsupported"), cell("new")]
    assert "\n  tensorflow 2.0.4: not offered\n" in told("keras", "2.0..3.15", cells=theirs)[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["kears", "2.0..3.15"], "framework: 'kears' is not known; accepted: gluon, mxnet, keras, tensorflow"),
        (["keras", "2.0"], "versions: '2.0' is not a range; expected: FIRST..LAST, as in 2.0..3.15"),
        (["keras", "two..three"], "versions: 'two..three' is not a range"),
        (["keras", "3.15..2.0"], "versions: '3.15..2.0': 2.0 is before 3.15"),
        (["keras", "1.14..3.15"], "versions: '1.14..3.15': 1.14 is outside the measured versions"),
        (["keras", "2.0..3.16"], "versions: '2.0..3.16': 3.16 is outside the measured versions"),
        (["keras", "2.1..3.14"], "versions: '2.1..3.14' contains fewer than two measured versions"),
        (["gluon", "1.3..1.9"], "versions: '1.3..1.9': 1.3 is outside the measured versions; measured: none"),
        (["keras", "2.0..3.15", "acess.shapes"], "law 'acess.shapes' is not known"),
    ],
)
def test_bad_input_is_one_line(told, arguments, said):
    code, text = told(*arguments, cells=CHANGED)
    assert code == 2
    assert text.startswith(said)
    assert text.count("\n") == 1


def test_a_law_that_fails_has_no_answer(told):
    code, text = told("keras", "2.0..3.15", cells=[cell("old", "fails", "otherwise"), cell("new")])
    assert (code, text.count("\n")) == (2, 1)
    assert text.startswith(f"{LAW} fails on tensorflow 2.0.4")


def test_a_framework_on_another_backend_is_no_version_of_it():
    beside = dataclasses.replace(KEPT, adapters={**VERSIONS, "keras_torch": {"keras": "3.15.1", "torch": "2.13.0"}})
    assert [era.name for era in answers.eras(beside, "keras")] == ["older", "old", "new"]


@pytest.mark.parametrize(
    "told", [{"keras": "3.15.1", "tensorflow": "2.21.0"}, {"tensorflow": "2.21.0", "keras": "3.15.1"}]
)
def test_keras_is_a_version_of_keras_whatever_it_runs_on(told):
    (era,) = answers.eras(dataclasses.replace(KEPT, adapters={"keras": told}), "keras")
    assert str(era) == "keras 3.15.1"


def test_what_is_kept_is_what_changed_and_nothing_else():
    unchanged = dataclasses.replace(KEPT, adapters=VERSIONS, cells=(cell("old"), cell("new")))
    assert answers.kept(unchanged).cells == ()
    assert answers.kept(KEPT) == KEPT


def test_laws_that_are_measured_again_take_the_place_of_what_was_stored_of_them():
    other = "training.adam"
    was = [*CHANGED, *(dataclasses.replace(one, law=other) for one in CHANGED)]
    stored = dataclasses.replace(KEPT, adapters=VERSIONS, cells=tuple(was))
    again = [cell("older"), cell("old", "differs", "0.99"), cell("new", "differs", "0.99")]
    new = dataclasses.replace(stored, adapters={**VERSIONS, "reference": {"numpy": "2"}}, cells=tuple(again))
    found = answers.updated(stored, new)
    assert {one.law for one in found.cells} == {LAW, other}
    assert [one.answer for one in found.cells if one.law == LAW] == ["0.9", "0.99", "0.99"]
    assert [one.answer for one in found.cells if one.law == other] == ["0.9", "0.9", "0.99"]
    assert found.adapters == VERSIONS
    gone = dataclasses.replace(new, cells=(cell("older"), cell("old"), cell("new")))
    assert {one.law for one in answers.updated(stored, gone).cells} == {other}


def test_stored_laws_of_another_version_are_not_mixed_with_new_ones():
    other = tuple(dataclasses.replace(one, law="training.adam") for one in CHANGED)
    stored = dataclasses.replace(KEPT, adapters=VERSIONS, cells=other)
    new = dataclasses.replace(stored, adapters={**VERSIONS, "new": {"keras": "3.16.0"}}, cells=tuple(CHANGED))
    with pytest.raises(SpecError, match=r"^new: other laws were measured on "):
        answers.updated(stored, new)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_page_says_what_was_measured(family):
    name = f"changes-{family}"
    shown = readme.block(ROOT, name)
    assert shown == tables.TABLES[name](KEPT)
