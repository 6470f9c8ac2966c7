"""Newest releases: they are compared with the pinned releases' answers, and changes are printed."""

import subprocess
from dataclasses import replace

import pytest

from adapters.workers.runners import LocalRunner
from specs.laws import LAWS
from tests.drift import __main__ as drift
from tests.drift import releases
from tests.eras import environments
from tests.suite.exhibited import report

PINNED, NEWER = {"torch": "2.13.0"}, {"torch": "2.15.0"}
#: A law with a divergence of PyTorch, and one without.
DIVERGENT, SPECIFIED = "initialization.default[dense.weight]", "access.count"


def failing(*laws, answer="another"):
    """A report in which PyTorch fails these laws."""
    found = report("torch")
    cells = [
        replace(cell, verdict="fails", answer=answer) if cell.law in laws and cell.adapter == "torch" else cell
        for cell in found.cells
    ]
    return replace(found, environment="torch_newest", cells=tuple(cells))


@pytest.fixture
def looked(monkeypatch, tmp_path):
    """Judges PyTorch, with this report and this exit code of pytest; nothing is installed or run."""
    monkeypatch.setenv("TOX_WORK_DIR", str(tmp_path))
    monkeypatch.setattr(environments, "made", lambda name, root, folder: "")
    monkeypatch.setattr(releases, "installed", lambda place: NEWER if place.name == "torch_newest" else PINNED)

    def look(*arguments, found=None, code=0):
        commands = []

        def run(command, **options):
            commands.append(command)
            (found or failing()).save(tmp_path)
            return subprocess.CompletedProcess(command, code)

        monkeypatch.setattr(drift.subprocess, "run", run)
        return drift.main(["torch", f"--report-dir={tmp_path}", *arguments]), commands

    return look


def test_a_newer_release_is_held_to_the_answers_of_the_pinned_one(looked, tmp_path, capsys):
    code, ((*_, first, second),) = looked("-k", "shapes")
    assert (code, first, second) == (0, "-k", "shapes")
    cost, begun, told = capsys.readouterr().out.splitlines()
    assert cost.startswith("installs the newest torch: 0 MB on disk")
    assert begun == "torch 2.13.0 → 2.15.0: the laws are asked"
    assert told.startswith("torch 2.13.0 → 2.15.0: 0 of ")


def test_what_is_due_is_what_was_measured_on_the_pinned_one(looked, tmp_path):
    _, (command,) = looked()
    assert {f"--adapter=torch={tmp_path}/torch_newest/bin/python", "--as-of=torch==2.13.0"} <= {*command}


def test_what_moved_is_told_with_what_it_was(looked, capsys):
    code, _ = looked(found=failing(DIVERGENT, SPECIFIED), code=1)
    assert code == 1
    count, *moved = capsys.readouterr().out.splitlines()[2:]
    assert "2 of " in count
    assert [line.split(": ")[0].strip() for line in moved] == [SPECIFIED, DIVERGENT]
    assert "was: U(±1/√fan_in); is now: another" in moved[1]
    assert f"was: {LAWS[SPECIFIED].specified}; is now: another" in moved[0]


def test_a_law_that_judged_nothing_has_not_moved_and_is_told(looked, capsys):
    assert looked(found=failing(SPECIFIED, answer="none"), code=1)[0] == drift.UNKNOWN
    *_, count, told = capsys.readouterr().out.splitlines()
    assert ": 0 of " in count
    assert told == f"without an answer, ask more programs: {SPECIFIED}"


@pytest.mark.parametrize("code", [2, 3, 4, 5])
def test_a_run_that_came_to_no_verdict_is_not_known(looked, code, capsys):
    assert looked(code=code)[0] == drift.UNKNOWN
    assert f"pytest ended with exit code {code}" in capsys.readouterr().out


def test_nothing_newer_is_said_and_nothing_asked(looked, monkeypatch, capsys):
    monkeypatch.setattr(releases, "installed", lambda place: PINNED)
    assert looked() == (0, [])
    assert "torch 2.13.0 → 2.13.0: nothing newer" in capsys.readouterr().out


def test_a_release_that_cannot_be_installed_is_told(looked, monkeypatch, capsys):
    monkeypatch.setattr(environments, "made", lambda name, root, folder: "no solution found")
    assert looked() == (drift.UNKNOWN, [])
    assert "torch: the newest release cannot be installed: no solution found" in capsys.readouterr().out


def test_a_framework_that_is_not_known_is_an_error(capsys):
    assert drift.main(["tf115"]) == drift.UNKNOWN
    assert capsys.readouterr().err == "framework: 'tf115' is not known; accepted: mxnet, keras, torch\n"


def test_a_divergence_is_demanded_as_of_another_version():
    declares = "tests.suite.faulty:Overclaims"
    assert LocalRunner(declares).divergences
    assert not LocalRunner(declares, as_of={"numpy": "0.9"}).divergences
