"""What hosted services and contributors are told names what there is."""

import re
from pathlib import Path

import pytest

from specs.reporting import readme

ROOT = Path(__file__).resolve().parent.parent.parent
TOX = (ROOT / "tox.ini").read_text(encoding="utf-8")
WORKFLOW = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", [WORKFLOW, CONTRIBUTING], ids=["workflow", "contributing"])
def test_environments_are_there(text):
    named = {name for names in re.findall(r"tox run -e ([\w,]+)", text) for name in names.split(",")}
    assert named
    assert named <= set(re.findall(r"^\[testenv:(\w+)\]", TOX, re.MULTILINE))


def test_commits_are_formatted_by_the_version_that_lint_has():
    hook = re.search(r"ruff-pre-commit\n +rev: v(\S+)", (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert hook
    assert f"ruff=={hook[1]}\n" in TOX


def test_each_generated_table_is_told():
    pages = "".join(page.read_text(encoding="utf-8") for page in readme.pages(ROOT))
    rows = re.findall(r"^\| ([\w, ]+) \| `", CONTRIBUTING, re.MULTILINE)
    assert sorted(", ".join(rows).split(", ")) == sorted(re.findall(r"<!-- (\w+) -->", pages))


def test_a_link_in_contributing_leads_somewhere():
    links = re.findall(r"\]\(([^)]+)\)", CONTRIBUTING)
    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []
