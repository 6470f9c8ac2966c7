"""What the README shows is what the code gives. Its tables are checked at the end of each comparison."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from specs.laws import LAWS
from specs.reporting import readme

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TOX = (ROOT / "tox.ini").read_text(encoding="utf-8")
LAW = "sharing.gradient_is_sum"


def test_the_failure_shown_is_the_one_that_a_forgetful_adapter_gives(tmp_path):
    chosen = ["tests/laws", "--adapter", "tests.suite.faulty:Forgetful", "--law", LAW, "--report-dir", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *chosen],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    failure = re.search(rf"^{LAW}: .*?--replay=\S+$", done.stdout, re.DOTALL | re.MULTILINE)
    assert failure, done.stdout
    seen = re.sub(r"^    .* --replay=", "    tox run -e … -- --replay=", failure[0], flags=re.MULTILINE)
    assert seen.replace(str(tmp_path), "reports") in README


@pytest.mark.parametrize("environment", re.findall(r"^\[testenv:(\w+)\]", TOX, re.MULTILINE))
def test_an_environment_is_told(environment):
    assert re.search(rf"`(tox run -e )?{environment}`", README)


@pytest.mark.parametrize("environment", re.findall(r"`tox run -e (\w+)", README))
def test_an_environment_that_is_named_is_there(environment):
    assert f"[testenv:{environment}]" in TOX


def test_every_option_is_told(pytestconfig):
    group = next(group for group in pytestconfig._parser._groups if group.name == "concordance")
    assert [name for option in group.options for name in option.names() if f"`{name}" not in README] == []


@pytest.mark.parametrize("name", readme.TABLES)
def test_a_table_has_its_place(name):
    assert f"<!-- {name} -->" in README
    assert f"<!-- /{name} -->" in README


def test_a_law_in_a_table_is_a_law():
    named = re.findall(r"^\| `(\w+\.\w+)`", README, re.MULTILINE)
    assert named
    assert [name for name in named if name not in LAWS] == []


def test_what_ci_runs_is_the_command_for_all_tests():
    command = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1]
    assert f"$ {command} " in README
