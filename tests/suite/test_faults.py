"""A short fault injection: the command injects one fault of each kind into workers of the reference, missing none."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from specs.laws.verdicts import Cell
from specs.reporting.reports import Report, Run, Spending
from tests.faults import outcome
from tests.faults.__main__ import main, planned
from tests.faults.kinds import KINDS

pytest.importorskip("execnet", reason="without execnet there are no workers to test")

OUTSIDE = "tests.suite.faulty:Outside"
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")
def test_every_fault_is_told_as_what_it_is_and_costs_nobody_else_anything(tmp_path):
    choice = f"--adapter={OUTSIDE}={sys.executable}"
    options = [
        f"--faults={len(KINDS)}",
        "--programs=3",
        "--time-limit=6",
        "--law=writing",
        "--law=sharing",
        "--law=access",
    ]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.faults", choice, *options, f"--report-dir={tmp_path}"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    kept = json.loads((tmp_path / "faults" / "faults.json").read_text(encoding="utf-8"))
    assert {fault["kind"] for fault in kept["faults"]} == set(KINDS)
    assert all(fault["injected"] and fault["as_expected"] for fault in kept["faults"])
    assert f"{len(KINDS)} faults, 0 misses" in ran.stdout


def test_more_faults_than_there_are_places_for_are_refused():
    with pytest.raises(SystemExit, match="there are 1 laws and adapters"):
        planned({"writing.add": {"far": 3}, "": {"far": 1}}, 2, 0)


def test_a_plan_follows_from_its_seed_and_has_every_kind():
    programs = {f"law {number}": {"far": 3} for number in range(60)}
    first, again, other = (planned(programs, 60, seed) for seed in (0, 0, 1))
    assert first == again != other
    assert {fault["kind"] for fault in first} == set(KINDS)
    assert {fault["run"] for fault in first} == {0, 1, 2}


# What the comparison of two runs has to detect.

HELD = Cell("writing.add", "far", "holds", "as expected", 8, 8)
ELSEWHERE = Cell("writing.array", "far", "holds", "as expected", 8, 8)
REASON = "operation 0: the worker of far (python) {}"


SPENT, RUN = Spending(1e-6, 1e-9, 0, 0, 0.0), Run("2026-01-02 03:04 UTC", "python -m pytest", 1.0)


def report(*cells):
    return Report(Report.FORMAT, "pytest", "0", 8, SPENT, {"far": {}}, cells, RUN)


def lost(told):
    return Cell("writing.add", "far", "fails", "no trace", 3, 3, measured=REASON.format(told))


def judged(kind, after, incidents=(), injected=True):
    plan = [{"number": 0, "kind": kind, "law": "writing.add", "adapter": "far", "run": 0, "moment": 0.5}]
    journal = {"injected": [0] if injected else [], "incidents": list(incidents)}
    (found,) = outcome.outcomes(plan, journal, report(HELD, ELSEWHERE), report(*after))
    return found.injected and found.as_expected, outcome.others(plan, report(HELD, ELSEWHERE), report(*after))


IDLE = "the worker of far (python) died of SIGKILL (between programs)"
STARTING = "the worker of far (python) died of SIGKILL (before it was ready, 1 of 3)"


@pytest.mark.parametrize(
    ("kind", "cell", "incidents", "as_expected"),
    [
        ("killed", lost("died of SIGKILL"), [], True),
        ("killed", HELD, [IDLE], True),
        ("killed", lost("died of SIGSEGV"), [], False),
        ("killed", HELD, [], False),
        ("segmentation fault", HELD, [IDLE], False),
        ("killed", Cell("writing.add", "far", "fails", "otherwise", 3, 3, measured="died of SIGKILL"), [], False),
        ("killed while idle", HELD, [IDLE], True),
        ("killed while idle", HELD, [], False),
        ("killed while idle", lost("died of SIGKILL"), [IDLE], False),
        ("killed while starting", lost("died of SIGKILL"), [STARTING], True),
        ("killed while starting", lost("died of SIGKILL"), [], False),
        ("hangs", lost("gave no answer within 4 s"), [], True),
        ("hangs", lost("died of SIGKILL"), [], False),
        ("slow, below the limit", HELD, [], True),
        ("slow, below the limit", lost("gave no answer within 4 s"), [], False),
    ],
)
def test_a_fault_that_is_lost_or_told_as_another_is_noticed(kind, cell, incidents, as_expected):
    assert judged(kind, [cell, ELSEWHERE], incidents) == (as_expected, [])


def test_a_fault_that_was_not_injected_is_noticed():
    assert judged("killed", [lost("died of SIGKILL"), ELSEWHERE], injected=False) == (False, [])


def test_a_cell_that_is_missing_or_changed_is_noticed():
    assert judged("killed", [ELSEWHERE]) == (False, [])
    assert judged("killed", [lost("died of SIGKILL")]) == (True, ["writing.array on far"])
    changed = Cell("writing.array", "far", "holds", "as expected", 8, 7)
    assert judged("killed", [lost("died of SIGKILL"), changed]) == (True, ["writing.array on far"])


def test_an_adapter_is_needed():
    with pytest.raises(SystemExit):
        main([])
