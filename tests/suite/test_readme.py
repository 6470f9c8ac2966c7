"""README.md and docs/ show what the code gives. Their tables are checked at the end of each comparison."""

import configparser
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from specs.errors import SpecError
from specs.laws import LAWS
from specs.reporting import readme

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in readme.pages(ROOT)}
ALL = "\n".join(PAGES.values())
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
    assert re.search(rf"`(tox run -e )?{environment}`", ALL)


@pytest.mark.parametrize("environment", re.findall(r"`tox run -e (\w+)", ALL))
def test_an_environment_that_is_named_is_there(environment):
    assert f"[testenv:{environment}]" in TOX


def test_every_option_is_told(pytestconfig):
    group = next(group for group in pytestconfig._parser._groups if group.name == "concordance")
    assert [name for option in group.options for name in option.names() if f"`{name}" not in ALL] == []


@pytest.mark.parametrize("name", readme.TABLES)
def test_a_table_has_its_place(name):
    assert readme.block(ROOT, name)


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 150


def test_long_tables_are_on_pages_of_their_own():
    tables = re.findall(r"(?:^\|.*\n)+", README, re.MULTILINE)
    assert tables
    assert [table for table in tables if len(table.splitlines()) > 12] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_link_leads_somewhere(page):
    titles = {name: {slug(title) for title in re.findall(r"^#+ (.*)", text, re.M)} for name, text in PAGES.items()}
    for path, _, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(#([^)]*))?\)", PAGES[page]):
        target = (ROOT / page).parent / path
        assert target.is_file(), path
        assert not anchor or anchor in titles[target.resolve().relative_to(ROOT).as_posix()]


def slug(title):
    """A heading's anchor on GitHub."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def pages_in(folder, readme_text, other):
    (folder / "docs").mkdir()
    (folder / "README.md").write_text(readme_text, encoding="utf-8")
    (folder / "docs" / "other.md").write_text(other, encoding="utf-8")
    return folder


def test_a_table_is_written_where_its_place_is(tmp_path):
    root = pages_in(tmp_path, "# A\n", "before <!-- ran --> old <!-- /ran --> after")
    readme.rewrite(root, {"ran": ["new"]})
    assert (root / "docs" / "other.md").read_text(
        encoding="utf-8"
    ) == "before <!-- ran -->\n\nnew\n\n<!-- /ran --> after"
    assert readme.block(root, "ran") == ["new"]


@pytest.mark.parametrize(
    ("one", "other", "which"),
    [("", "", "none"), ("<!-- ran --><!-- /ran -->", "<!-- ran --><!-- /ran -->", "README.md and docs/other.md")],
)
def test_a_table_has_one_place(tmp_path, one, other, which):
    with pytest.raises(SpecError, match=f"<!-- ran --> .*: {which} of .*; expected: one page"):
        readme.rewrite(pages_in(tmp_path, one, other), {"ran": []})


def test_a_law_in_a_table_is_a_law():
    named = re.findall(r"^\| `(\w+\.\w+(?:\[\w+(?:\.\w+)?\])?)`", ALL, re.MULTILINE)
    assert named
    assert [name for name in named if name not in LAWS] == []


def test_a_look_needs_no_framework(tmp_path):
    tox = configparser.ConfigParser(interpolation=None)
    tox.read_string(TOX)
    section = tox["testenv:look"]["commands"].replace("{tox_root}/reports", str(tmp_path)).replace("{posargs}", "")
    for line in section.strip().splitlines():
        program, *arguments = shlex.split(line)
        assert program == "python"
        environment = {**os.environ, "TOX_ENV_NAME": "look"}
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "tox run -e compare" in done.stdout
    assert "identity" in (tmp_path / "look" / "site" / "laws" / "sharing.identity.html").read_text(encoding="utf-8")


def test_what_ci_runs_is_the_command_for_all_tests():
    command = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1]
    assert f"$ {command} " in README
