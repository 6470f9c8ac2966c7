"""Several versions in lockstep: available ones run, and the others are listed with what they lack."""

import json
import subprocess
import sys

import pytest

from adapters.eras import ERAS, Era
from tests.eras import __main__ as eras
from tests.eras import environments

#: The first is an earlier version, the last is the current one.
OLDEST, OLDER, *_, TODAY = ERAS
LACKING = "there is no Python 3.7 on the path: the variable PYTHON37 may name one"


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """The commands for pytest, with one environment that has no interpreter; nothing is installed or run."""
    monkeypatch.setattr(environments, "lacking", lambda name, root, folder: LACKING if name == OLDEST else "")
    monkeypatch.setenv("TOX_WORK_DIR", str(tmp_path))
    commands = []

    def run(command, **options):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(eras.subprocess, "run", run)
    return commands


def adapters(command):
    return [part.partition("=")[2] for part in command if part.startswith("--adapter=")]


def test_those_that_can_run_do_and_it_is_told_which_cannot(asked, tmp_path, capsys):
    assert eras.main(["--programs", "3", "-k", "shapes"]) == 0
    (command,) = asked
    assert len(adapters(command)) == len(ERAS) - 1
    assert f"{ERAS[OLDER].adapter}@{OLDER}={tmp_path}/{OLDER}/bin/python" in adapters(command)
    assert f"{ERAS[TODAY].adapter}={tmp_path}/{TODAY}/bin/python" in adapters(command)
    assert command[-1] == f"--absent={OLDEST}={LACKING}"
    assert command[command.index("-k") + 1] == "shapes"
    assert f"{len(ERAS) - 1} versions, 3 programs a law: about " in capsys.readouterr().out


def test_those_that_are_named_run_alone(asked, tmp_path):
    assert eras.main([TODAY, OLDER]) == 0
    assert [where.rpartition("=")[2] for where in adapters(asked[0])] == [
        f"{tmp_path}/{name}/bin/python" for name in (TODAY, OLDER)
    ]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([OLDER, OLDEST], f"{OLDEST}={LACKING}\n"),
        (["none"], f"environment: 'none' is not known; accepted: {', '.join(ERAS)}\n"),
    ],
)
def test_one_that_is_named_and_cannot_run_is_an_error(asked, capsys, names, told):
    assert eras.main(names) == 2
    assert asked == []
    assert capsys.readouterr().err == told


def test_the_report_says_which_took_no_part(tmp_path):
    asked = ["--absent=old=there is no Python", "--law=access.shapes", "--programs=2", f"--report-dir={tmp_path}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "0", "tests/laws/test_access.py", *asked],
        cwd=eras.ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "  old: takes no part: there is no Python" in done.stdout
    assert "\nold took no part: there is no Python\n" in done.stdout
    (written,) = tmp_path.glob("*.json")
    assert json.loads(written.read_text(encoding="utf-8"))["absent"] == {"old": "there is no Python"}


@pytest.mark.parametrize(
    ("named", "told"),
    [
        (None, LACKING),
        (sys.executable, f"PYTHON37 names {sys.executable}, which is no Python 3.7"),
        ("/no/such/python", "PYTHON37 names /no/such/python, which is no Python 3.7"),
    ],
)
def test_a_python_that_is_missing_is_told_with_the_variable_that_names_one(monkeypatch, tmp_path, named, told):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "tox").write_text("#!/bin/sh\necho no\nexit 1\n")
    (tmp_path / "tox").chmod(0o755)
    monkeypatch.delenv("PYTHON37", raising=False)
    if named:
        monkeypatch.setenv("PYTHON37", named)
    monkeypatch.setitem(ERAS, "old", Era("reference", 1.0, python="3.7"))
    assert environments.made("old", tmp_path, tmp_path) == told


@pytest.mark.parametrize(
    ("adapter", "told"),
    [
        ("reference@old", ""),
        ("tests.suite.faulty:LacksAnInstruction", "died of SIGILL: it has instructions that this processor lacks"),
        ("tests.suite.faulty:ComputesNothing", "it cannot compute: failed (RuntimeError: no device)"),
        ("tests.suite.faulty:DiesAtStart", "died with exit code 4"),
    ],
)
def test_a_framework_that_cannot_run_here_is_told_in_one_line(adapter, told):
    reason = environments.cannot_run(f"{adapter}={sys.executable}")
    assert reason.endswith(told)
    assert bool(reason) == bool(told)
    assert "\n" not in reason


def test_what_the_laws_take_is_told_in_minutes(monkeypatch):
    monkeypatch.setitem(ERAS, "old", Era("reference", 60.0))
    monkeypatch.setattr(environments, "BESIDE", 120.0)
    monkeypatch.setattr(environments, "DIFFERENT", 0.5)
    assert environments.minutes(["old", "old"], 10, 100) == 1.0
