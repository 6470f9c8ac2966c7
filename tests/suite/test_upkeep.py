"""Files for hosted services and contributors refer to things that exist."""

import json
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
    (hook,) = re.findall(r"ruff==[\d.]+", (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert f"{hook}\n" in TOX


def test_updates_are_looked_for_wherever_a_version_is_pinned():
    """The pattern is JavaScript's, where named groups are written like Python's but without the P."""
    renovate = json.loads((ROOT / ".github" / "renovate.json").read_text(encoding="utf-8"))
    ((pattern,),) = [manager["matchStrings"] for manager in renovate["customManagers"]]
    found = re.findall(pattern.replace("(?<", "(?P<"), TOX)
    assert len(found) == len(re.findall(r"==\d", TOX)) > 30


def test_each_generated_table_is_told():
    pages = "".join(page.read_text(encoding="utf-8") for page in readme.pages(ROOT))
    rows = re.findall(r"^\| ([\w, ]+) \| `", CONTRIBUTING, re.MULTILINE)
    assert sorted(", ".join(rows).split(", ")) == sorted(re.findall(r"<!-- (\w+) -->", pages))


def test_a_link_in_contributing_leads_somewhere():
    links = re.findall(r"\]\(([^)]+)\)", CONTRIBUTING)
    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []
