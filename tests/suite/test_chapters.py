"""Claims of the source chapters: each judge can reach other verdicts, and the page shows the stored verdicts."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from adapters.guide.claimed import MEASURED
from adapters.reference import ReferenceAdapter
from adapters.running.engine import run
from specs import codec
from specs.errors import SpecError
from specs.laws.model import Evidence
from specs.programs.operations import Forward, Write
from specs.reporting import readme
from specs.reporting.claims import HOLDS, NOT_OFFERED, REFUTED, WITH_A_DIFFERENCE, Measured
from specs.traces import Outcome, Record, Trace, ValueSeen
from tests.claims import __main__ as claims
from tests.claims import tables
from tests.claims.__main__ import main
from tests.claims.measuring import CLAIMS, merged
from tests.claims.model import Finding, together

ROOT = Path(__file__).resolve().parents[2]
KEPT = codec.load(MEASURED, Measured)
FAILED = Outcome("refused", "ValueError", "no")
#: Claims that something raises an error.
OF_ERRORS = ("G18", "K09", "K11")


def moved(array, at):
    """An array with reversed axes, and with values far from the original's and from those of other positions."""
    return (array.T + 100 * (at + 1)).astype(array.dtype)


def spoilt(value, at):
    if isinstance(value, np.ndarray):
        return moved(value, at)
    if isinstance(value, ValueSeen):
        return ValueSeen(moved(value.array, at), at)
    return value[::-1] if isinstance(value, tuple) else value


def spoil(trace):
    """A trace with the same outcomes but other values."""
    return Trace(tuple(replace(record, value=spoilt(record.value, at)) for at, record in enumerate(trace.records)))


def seen(claim):
    return run(ReferenceAdapter(), claim.program)


@pytest.mark.parametrize("name", [name for name in CLAIMS if name not in OF_ERRORS])
def test_a_claim_is_refuted_by_other_values(name):
    assert CLAIMS[name].judged(spoil(seen(CLAIMS[name]))).verdict == REFUTED


@pytest.mark.parametrize("name", [name for name in CLAIMS if name not in OF_ERRORS])
def test_a_claim_is_refuted_where_what_it_needs_fails(name):
    trace = Trace(tuple(Record(FAILED) for _ in CLAIMS[name].program.operations))
    assert CLAIMS[name].judged(trace).verdict == REFUTED


def ended(claim, outcome, value=None):
    """A trace whose last operation has this outcome."""
    return Trace((*(Record(Outcome()) for _ in claim.program.operations[1:]), Record(outcome, value)))


@pytest.mark.parametrize(
    ("name", "outcome", "value", "verdict"),
    [
        ("G18", Outcome("not_ready", "DeferredInitializationError"), None, HOLDS),
        ("G18", Outcome(), None, REFUTED),
        ("K11", Outcome("not_ready", "ValueError", "not yet"), None, HOLDS),
        ("K11", Outcome(), (), WITH_A_DIFFERENCE),
        ("K11", Outcome(), (None,), REFUTED),
    ],
)
def test_what_is_an_error_by_a_claim(name, outcome, value, verdict):
    assert CLAIMS[name].judged(ended(CLAIMS[name], outcome, value)).verdict == verdict


@pytest.mark.parametrize("name", CLAIMS)
def test_an_adapter_that_has_no_way_to_ask_says_nothing_of_a_claim(name):
    finding = CLAIMS[name].judged(ended(CLAIMS[name], Outcome("unsupported", "", "there is none")))
    assert (finding.verdict, finding.seen) == (NOT_OFFERED, "there is none")


def test_what_was_not_written_shows_in_no_layer():
    claim = CLAIMS["G15"]
    unwritten = [one for one in claim.program.operations if not isinstance(one, Write)]
    trace = run(ReferenceAdapter(), replace(claim.program, operations=tuple(unwritten)))
    assert claim.judge(Evidence(claim.program, Trace((Record(Outcome()), *trace.records)))).verdict == REFUTED


def test_a_layer_that_cannot_be_called_twice():
    claim = CLAIMS["K09"]
    trace = seen(claim)
    fed = next(iter(claim.program.find(Forward)))
    records = (*trace.records[:fed], Record(FAILED), *trace.records[fed + 1 :])
    assert (claim.judged(trace).verdict, claim.judged(Trace(records)).verdict) == (REFUTED, HOLDS)
    assert claim.judged(spoil(trace)).verdict == WITH_A_DIFFERENCE


# The chapters' own code. For each claim, results that refute it or make a difference, and one for which it holds.

SHAPES = [[20, 256], [256], [256, 10], [10]]
ALL_EQUAL = {"after a call": True, "after a step": True}


@pytest.mark.parametrize(
    ("name", "right", "wrong", "verdict"),
    [
        ("G12", {"called": [["w", [2]]], "weights": [["w", [2]]]}, {"called": [["b", [2]]]}, REFUTED),
        ("K01", {"output": "(2, 10) float32"}, {"output": "(2, 10) float64"}, REFUTED),
        ("K02", {"is_variable": True, "type": "Variable"}, {"is_variable": False}, WITH_A_DIFFERENCE),
        ("K04", {"largest_bias": 0.0}, {"largest_bias": 0.1}, REFUTED),
        *(
            (
                "K05",
                {"shapes": [[20, 10], [10], [10, 1], [1]], "constants": [0.0, 1.0, 1.0], "deviation": 0.01},
                wrong,
                REFUTED,
            )
            for wrong in ({"shapes": []}, {"constants": [0.0, 1.0, None]}, {"deviation": 0.05})
        ),
        ("K08", {"shapes": [SHAPES, SHAPES]}, {"shapes": [SHAPES, SHAPES[::-1]]}, REFUTED),
        ("K09", {"off": 0.0, "fit": "ValueError"}, {"fit": "no error"}, REFUTED),
        ("K10", {"equal": ALL_EQUAL, "fit": "no error"}, {"equal": {**ALL_EQUAL, "after a step": False}}, REFUTED),
        ("K11", {"before": 4}, {"before": 0}, REFUTED),
    ],
)
def test_what_a_chapters_own_code_tells_is_judged(name, right, wrong, verdict):
    own = CLAIMS[name].own
    assert own.judged({"returned": right}).verdict == HOLDS
    assert own.judged({"returned": {**right, **wrong}}).verdict == verdict
    assert own.judged({"raised": "ValueError: no"}) == Finding(REFUTED, "ValueError: no")


def test_of_two_verdicts_the_worse_counts():
    findings = [Finding(verdict, verdict[:1]) for verdict in (WITH_A_DIFFERENCE, REFUTED, HOLDS)]
    assert together(*findings) == Finding(REFUTED, "h; r; h")


# The versions that the chapters used.


def test_earlier_versions_that_can_be_had_take_part_and_others_are_told(monkeypatch, tmp_path, capsys):
    first, *others = claims.EARLIER
    monkeypatch.setenv("TOX_WORK_DIR", str(tmp_path))
    monkeypatch.setattr(claims.environments, "without_python", lambda name: "" if name == first else "there is none")
    monkeypatch.setattr(claims.environments, "lacking", lambda name, root, folder: "")
    assert claims.earlier() == [f"gluon@{first}={tmp_path}/{first}/bin/python"]
    assert capsys.readouterr().out == "".join(f"{name} takes no part: there is none\n" for name in others)


# Declared and stored verdicts.


def test_a_verdict_is_declared_for_versions():
    claim = replace(CLAIMS["K02"], otherwise={"keras>=3": REFUTED})
    assert [claim.expected({"keras": version}) for version in ("2.3", "3.15.1")] == [HOLDS, REFUTED]


def test_two_verdicts_for_one_version_are_refused():
    claim = replace(CLAIMS["K02"], otherwise={"keras>=3": REFUTED, "keras>2": WITH_A_DIFFERENCE})
    with pytest.raises(SpecError, match=r"claim K02, otherwise: .* both declared"):
        claim.expected({"keras": "3.15.1"})


def test_every_verdict_that_is_kept_is_as_declared():
    assert KEPT.results
    assert [str(result) for result in KEPT.results if not result.as_declared] == []


def test_what_was_seen_again_takes_the_place_of_what_was_kept():
    first = KEPT.results[0]
    again = merged(KEPT, [replace(first, seen="anew")])
    assert [result.seen for result in again.results if result.column == first.column] == ["anew"]


def test_what_is_kept_says_what_is_claimed():
    assert [(one.name, one.text, one.chapter) for one in KEPT.claims] == [
        (one.name, one.text, one.chapter) for one in CLAIMS.values()
    ]


@pytest.mark.parametrize("name", tables.blocks(KEPT))
def test_the_page_has_what_is_kept(name):
    assert readme.block(ROOT, name) == tables.blocks(KEPT)[name]


def test_the_page_names_what_is_false_everywhere_and_what_changes():
    verdicts = {name: {one.verdict for one in KEPT.results if one.claim == name} for name in CLAIMS}
    text = " ".join((ROOT / "docs" / "claims.md").read_text(encoding="utf-8").split())
    false, changing = re.search(
        r"claims are false on every version(.*?)Three verdicts depend(.*?)\(K11\)", text
    ).groups()
    assert {*re.findall(r"\b[GK]\d\d", false)} == {name for name, found in verdicts.items() if found == {REFUTED}}
    assert {*re.findall(r"[GK]\d\d", changing), "K11"} == {name for name, found in verdicts.items() if len(found) > 1}


def test_an_adapter_that_no_chapter_is_about_is_refused(capsys):
    assert main(["--adapter", "reference"]) == 2
    assert "no chapter is about numpy" in capsys.readouterr().err
