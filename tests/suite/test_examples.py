"""An adapter in its own repository: it is short, and tested as its own tox.ini says."""

import ast
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.basic import BasicAdapter
from adapters.interface import Adapter
from specs.divergences import Divergence
from specs.laws import LAWS
from specs.reporting.reports import Report

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "tests" / "examples" / "mlx"
MLX = runpy.run_path(str(EXAMPLE / "concordance_mlx" / "divergences.py"))["MLX"]
#: The maximum number of lines of an adapter.
LINES = 300


def test_one_short_file_has_all_methods_of_an_adapter():
    """The framework is not installed here, so the file is only parsed."""
    text = (EXAMPLE / "concordance_mlx" / "__init__.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LINES
    (adapter,) = [
        node for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and node.name.endswith("Adapter")
    ]
    assert [base.id for base in adapter.bases] == ["BasicAdapter"]
    written = {node.name for node in adapter.body if isinstance(node, ast.FunctionDef)}
    declared = {target.id for node in adapter.body if isinstance(node, ast.Assign) for target in node.targets}
    assert BasicAdapter.__abstractmethods__ - written == set()
    assert {"name", "packages", "failures"} - declared == set()
    assert issubclass(BasicAdapter, Adapter)


@pytest.mark.parametrize("divergence", MLX, ids=lambda divergence: divergence.law)
def test_what_differs_is_an_answer_that_the_law_knows(divergence):
    assert isinstance(divergence, Divergence)
    law = LAWS[divergence.law]
    assert divergence.answer in law.answers
    assert divergence.answer != law.specified


def committed(folder):
    """Commit the current sources to a new Git repository, and return the commit."""
    git = ["git", f"--git-dir={folder}", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "As they lie here"]):
        subprocess.run([*git, f"--work-tree={ROOT}", *command], cwd=ROOT, check=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


def test_it_installs_the_suite_from_an_address_and_a_commit(tmp_path):
    address = f"file://{tmp_path}/concordance.git@{committed(tmp_path / 'concordance.git')}"
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("TOX_", "PYTEST_"))}
    tox = [sys.executable, "-m", "tox", "run", "-c", str(EXAMPLE / "tox.ini"), "--workdir", str(tmp_path / "tox")]
    asked = ["--law=sharing.identity", "--programs=3", f"--report-dir={tmp_path}"]
    done = subprocess.run(
        [*tox, "-e", "concordance", "--", *asked],
        env={**outside, "CONCORDANCE": address}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = Report.load(tmp_path / "concordance.json")
    assert {cell.adapter: cell.verdict for cell in found.cells} == {"reference": "holds", "mlx": "holds"}
