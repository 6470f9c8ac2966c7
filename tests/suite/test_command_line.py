"""The command line as users see it: mistakes give one clear line, and failures can be replayed."""

import dataclasses
import importlib.util
import json
import math
import os
import re
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from specs.errors import SpecError
from specs.laws import DRAW_LAWS
from specs.laws.budget import Budget
from specs.reporting import reports
from specs.reporting.reports import Report
from tests.harness.options import Options
from tests.harness.replays import Replay

pytest.importorskip("execnet", reason="some of these runs have workers")

ROOT = Path(__file__).resolve().parent.parent.parent
BROKEN = "tests.suite.faulty:CountsOneMore"
QUITS = "tests.suite.faulty:Quits"
DIES = "tests.suite.faulty:DiesAtStart"
OPTIONS = Options(("reference",), (), False, 1, 1e-6, None, None, None, 1.0, "0", "here")
PARALLEL = importlib.util.find_spec("xdist") is not None


def inherited():
    """This run's environment without the variables of pytest and tox."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TOX_"))}


def run(*arguments, **environment):
    """Run pytest from the repository's root, as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *map(str, arguments)],
        cwd=ROOT,
        env={**inherited(), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=120,  # seconds; ends an endless search for a smaller program
        check=False,
    )


def report(folder, name="pytest"):
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def cells(folder):
    return {(cell["law"], cell["adapter"]): cell for cell in report(folder)["cells"]}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A function that names a folder of this module."""
    root = tmp_path_factory.mktemp("runs")
    return lambda name: root / name


@pytest.fixture(scope="module")
def runs(folders):
    """All independent runs of this module, by name, two at a time."""
    folders("files").mkdir()
    for name, text in STORED.items():
        (folders("files") / name).write_text(text, encoding="utf-8")
    asked = {
        **{
            name: [*LITTLE, *(part.format(files=folders("files")) for part in shlex.split(name))]
            for name, _ in MISTAKEN
        },
        **{name: [*LAWS, *arguments, f"--report-dir={folders(name)}"] for name, arguments in RUNS.items()},
    }
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(asked, pool.map(lambda arguments: run(*arguments), asked.values())))


# Mistakes. If one went unnoticed, only little would run.

LITTLE = ["tests/laws/test_writing.py", "-k", "test_array", "--programs", "1"]
STORED = {"foreign.json": '{"tests": 3}'}
MISTAKEN = [
    ("--adapter refrence", ["'refrence' is not known", "reference", "package.module:Class"]),
    ("--adapter no.such:Thing", ["no.such:Thing", "cannot be imported", "ModuleNotFoundError"]),
    ("--adapter tests.suite.faulty:Namesake", ["tests.suite.faulty:Namesake", "reference"]),
    (f"--adapter {BROKEN} --adapter {BROKEN}=python", ["--adapter", BROKEN, "twice"]),
    (f"--adapter {BROKEN}=/no/such/python", [BROKEN, "no interpreter at /no/such/python"]),
    (
        f"--adapter no.such:Thing={shlex.quote(sys.executable)}",
        ["no.such:Thing", "ModuleNotFoundError", sys.executable],
    ),
    ("--law writing --law wrting", ["'wrting' is not known", "chapters access"]),
    ("--programs 0", ["--programs", "0", "1 or more"]),
    ("--budget 2", ["--budget", "2.0", "probability"]),
    ("--time-limit 0", ["--time-limit", "0.0", "greater than 0"]),
    ("--absent old", ["--absent", "'old'", "NAME=REASON"]),
    ("--as-of numpy", ["--as-of", "'numpy'", "PACKAGE==VERSION"]),
    ("--replay={files}/missing.json", ["missing.json", "cannot be read"]),
    ("--replay={files}/foreign.json", ["foreign.json", '"type"', "Replay"]),
]


@pytest.mark.parametrize(("mistake", "parts"), MISTAKEN, ids=[mistake for mistake, _ in MISTAKEN])
def test_a_mistake_is_a_usage_error_of_one_clear_line(runs, mistake, parts):
    done = runs[mistake]
    assert done.returncode == pytest.ExitCode.USAGE_ERROR, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    said = [line for line in done.stderr.splitlines() if re.match("ERROR: |.*: error: ", line)]
    assert len(said) == 1, done.stderr
    assert [part for part in parts if part not in said[0]] == [], done.stderr


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *[("programs", value) for value in (0, -1)],
        *[("budget", value) for value in (0.0, 1e-22, 1.0, 2.0, -0.5, math.nan, math.inf)],
        *[("time_limit", value) for value in (0.0, -1.0, 1e10, math.inf, math.nan)],
    ],
)
def test_an_option_outside_its_range_is_refused_by_name_and_value(option, value):
    name = "--" + option.replace("_", "-")
    with pytest.raises(SpecError, match=f"^{name}: {re.escape(str(value))} "):
        dataclasses.replace(OPTIONS, **{option: value})


@pytest.mark.parametrize(
    "adapters",
    [("reference", BROKEN, BROKEN), ("reference", BROKEN, f"{BROKEN}=python"), ("reference", "reference=python")],
)
def test_an_adapter_that_is_given_twice_is_refused(adapters):
    with pytest.raises(SpecError, match=f"^--adapter: {re.escape(adapters[-1].partition('=')[0])} is given twice$"):
        dataclasses.replace(OPTIONS, adapters=adapters)


BUILD = '[{"type": "Seed", "seed": 1}]'
EMPTY = '"program": {"type": "Program", "networks": {}, "operations": []}'


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ('{"type": "Replay", "law": ', ["not valid JSON"]),
        ("\x93", ["not valid JSON", "utf-8"]),
        ("[]", ['"type"', "Replay"]),
        ('{"type": "Replay", "law": "writing.add"}', ["Replay needs the field 'program'"]),
        (f'{{"type": "Replay", "law": "writing.add", {EMPTY}}}', ["program: ", "at least one operation"]),
        (f'{{"type": "Replay", "law": 3, {EMPTY}}}', [".law: expected str"]),
        (f'{{"type": "Replay", "law": "writing.ad", {EMPTY.replace("[]", BUILD)}}}', ["'writing.ad'", "writing.add"]),
    ],
)
def test_a_file_that_is_no_stored_failure_is_refused(tmp_path, text, parts):
    file = tmp_path / "failure.json"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(SpecError) as caught:
        Replay.load(file)
    assert [part for part in (str(file), *parts) if part not in str(caught.value)] == [], str(caught.value)


# Runs, each with its report in a folder of its name.

LAWS = ["tests/laws", "--law", "access.shapes", "--law", "access.count", "--law", "writing.add", "--programs", "4"]
#: Laws of one group, each of which ends the worker of an adapter that quits.
SHARED = ["--law", "sharing.equal_values", "--law", "sharing.write_through", "--law", "sharing.initialize_through"]
RUNS = {
    "good": [],
    "good again": [],
    "failing": ["--adapter", BROKEN],
    "failing in parallel": ["--adapter", BROKEN, "-n", "2"] if PARALLEL else [],
    "far": ["--adapter", f"{BROKEN}={sys.executable}"],
    "far in parallel": ["--adapter", f"{BROKEN}={sys.executable}", *(["-n", "2"] if PARALLEL else [])],
    "lost": ["--adapter", f"{QUITS}={sys.executable}"],
    "never ready": ["--adapter", f"{DIES}={sys.executable}"],
    "crashing in parallel": ["--adapter", QUITS, *SHARED, *(["-n", "2", "--dist", "loadgroup"] if PARALLEL else [])],
    "random": ["--law", "initialization.normal", "--adapter", BROKEN, "--budget", "0.001"],
}


def test_a_good_run_ends_well_and_shows_the_matrix(runs):
    good = runs["good"]
    assert good.returncode == pytest.ExitCode.OK, good.stdout + good.stderr
    assert re.search(r"^law +reference$", good.stdout, re.MULTILINE)
    assert re.search(r"^access\.count +holds$", good.stdout, re.MULTILINE)
    assert re.search(r"\d+ laws, \d+ programs, \d+ traces judged: \d+ holds$", good.stdout, re.MULTILINE)
    assert "reference: " in good.stdout


def test_a_report_is_written_where_it_is_asked_for(runs, folders):
    written = report(folders("good"))
    assert f"report: {folders('good') / 'pytest.json'}" in runs["good"].stdout
    assert (written["programs"], written["seed"], written["environment"]) == (4, "0", "pytest")
    assert [cell["law"] for cell in written["cells"]] == ["access.shapes", "access.count", "writing.add"]
    assert {cell["verdict"] for cell in written["cells"]} == {"holds"}


def test_only_the_laws_asked_for_are_run(runs):
    assert re.search(r"3 passed, \d+ deselected", runs["good"].stdout)


@pytest.mark.usefixtures("runs")
def test_the_same_seed_gives_the_same_report_but_for_the_seconds(folders):
    first, second = report(folders("good")), report(folders("good again"))
    assert first.pop("run")["seconds"] > 0
    assert second.pop("run")["seconds"] > 0
    assert first == second


@pytest.mark.skipif(not PARALLEL, reason="pytest-xdist is not installed")
@pytest.mark.parametrize("name", ["failing", "far"])
def test_several_processes_find_the_same(runs, folders, name):
    parallel = runs[f"{name} in parallel"]
    assert parallel.returncode == pytest.ExitCode.TESTS_FAILED, parallel.stdout + parallel.stderr
    first, second = report(folders(name)), report(folders(f"{name} in parallel"))
    assert first.pop("run")["seconds"] > 0
    assert second.pop("run")["seconds"] > 0
    assert first == second


def test_the_budget_and_what_was_spent_of_it_are_in_the_report(runs, folders):
    found = Report.load(folders("random") / "pytest.json")
    drawn = [cell for cell in found.cells if cell.law == "initialization.normal"]
    assert [cell.adapter for cell in drawn] == ["reference", "one more"]
    assert [cell for cell in found.cells if cell.tests or cell.comparisons or cell.least_p < 1] == drawn
    budget, share = found.budget, Budget(0.001, 2, len(DRAW_LAWS)).share
    assert (budget.total, budget.share, budget.tests) == (0.001, share, sum(cell.tests for cell in drawn))
    assert budget.spent == pytest.approx(budget.tests * share + sum(cell.comparisons for cell in drawn) * 2.0**-80)
    assert 0 < budget.spent < budget.total
    assert re.findall(r"^random draws: .*$", runs["random"].stdout, re.MULTILINE) == [reports.spending(found)]


def test_a_run_without_random_draws_spends_nothing(runs, folders):
    assert report(folders("good"))["budget"]["spent"] == 0
    assert re.search(r"^random draws: none judged$", runs["good"].stdout, re.MULTILINE)


@pytest.mark.usefixtures("runs")
def test_a_worker_of_its_own_finds_the_same(folders):
    assert report(folders("failing"))["cells"] == report(folders("far"))["cells"]


def test_two_runs_at_once_disturb_each_other_in_nothing(runs, folders):
    arguments = [*LAWS, *RUNS["far in parallel"], f"--report-dir={folders('both')}"]
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: run(*arguments), range(2))
    assert first.returncode == second.returncode == pytest.ExitCode.TESTS_FAILED, first.stdout + second.stdout
    written = [*folders("both").glob("pytest*.json")]
    assert len(written) == 2, "each run has its report"
    for file in written:
        assert json.loads(file.read_text(encoding="utf-8"))["cells"] == report(folders("far"))["cells"]
        assert f"report: {file}" in first.stdout + second.stdout
    assert [file.name for file in folders("both").iterdir() if file.name.startswith(".")] == []
    assert explained(first.stdout) == explained(second.stdout) == explained(runs["far"].stdout)


#: A shell in which the folder given as its first argument is read-only, even for the superuser.
READ_ONLY = ["unshare", "--map-root-user", "--mount", "sh", "-ec"]
READ_ONLY += [
    'mount --bind "$0" "$0"; mount -o remount,bind,ro "$0"; cd "$0"; if touch x 2>/dev/null; then exit 9; fi; exec "$@"'
]
SEALABLE = shutil.which("unshare") is not None and not subprocess.call(
    ["unshare", "--map-root-user", "--mount", "true"]
)


@pytest.mark.skipif(not SEALABLE, reason="no process may have mounts of its own here")
@pytest.mark.usefixtures("runs")
def test_a_checkout_that_cannot_be_written_to_works(folders):
    left_out = shutil.ignore_patterns(".*", "__pycache__", "reports")
    shutil.copytree(ROOT, folders("checkout"), ignore=left_out)
    command = [sys.executable, "-m", "pytest", *LAWS, *RUNS["far"], f"--report-dir={folders('elsewhere')}"]
    ran = subprocess.run(
        [*READ_ONLY, str(folders("checkout")), *command],
        env=inherited(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED, ran.stdout
    assert "arning" not in ran.stdout
    assert report(folders("elsewhere"))["cells"] == report(folders("far"))["cells"]


def test_a_failing_run_says_law_adapter_answers_numbers_and_program(runs):
    failing = runs["failing"]
    assert failing.returncode == pytest.ExitCode.TESTS_FAILED, failing.stdout + failing.stderr
    message = explained(failing.stdout)
    assert message[0] == "access.count: Is the number of elements the sum over all distinct parameters?"
    assert message[2:5] == ["  one more", "    expected  yes", "    seen      no"]
    assert re.match(r"    at        operation \d+: CountParameters\(\)", message[5])
    assert re.match(r"    counted (\d+), expected \d+", message[6])
    assert "  as expected on: reference" in message
    assert any(
        re.match(r"    net: Network\(given=\[Axis\(name=.channel., extent=1\)\], layers=", line) for line in message
    )
    assert any(re.match(r"      \d  CountParameters\(\)", line) for line in message)
    assert "Traceback" not in failing.stdout


def test_a_failing_run_reports_what_fails_and_nothing_else(runs, folders):
    failed = {key for key, cell in cells(folders("failing")).items() if cell["verdict"] == "fails"}
    assert failed == {("access.count", "one more")}
    assert re.search(r"^access\.count +holds +FAILS$", runs["failing"].stdout, re.MULTILINE)
    assert re.search(r"^writing\.add +holds +holds$", runs["failing"].stdout, re.MULTILINE)


@pytest.mark.parametrize("name", ["failing", "lost"])
def test_a_stored_failure_replays_to_the_same_failure(runs, name):
    command, *_ = re.findall(r"^ +python -m pytest tests/laws (.*--replay.*)$", runs[name].stdout, re.MULTILINE)
    again = run(*shlex.split(command))
    assert again.returncode == pytest.ExitCode.TESTS_FAILED, again.stdout + again.stderr
    assert "1 failed" in again.stdout
    assert explained(again.stdout) == explained(runs[name].stdout)


@pytest.mark.usefixtures("runs")
def test_the_smallest_program_that_fails_is_stored(folders):
    (file,) = (folders("failing") / "failures").glob("access.count-*.json")
    stored = json.loads(file.read_text(encoding="utf-8"))
    assert stored["law"] == "access.count"
    assert len(stored["program"]["networks"]["net"]["layers"]) == 1


def test_a_worker_that_is_lost_fails_its_law_and_the_next_laws_are_heard(runs, folders):
    lost = runs["lost"]
    assert lost.returncode == pytest.ExitCode.TESTS_FAILED, lost.stdout + lost.stderr
    assert any("the worker of outside" in line and "died" in line for line in explained(lost.stdout))
    verdicts = {law: cell["verdict"] for (law, adapter), cell in cells(folders("lost")).items() if adapter == "outside"}
    assert verdicts == {"access.shapes": "holds", "access.count": "holds", "writing.add": "fails"}


def test_an_adapter_that_dies_whenever_it_is_started_takes_no_part_and_the_others_do(runs, folders):
    ended = runs["never ready"]
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED, ended.stdout + ended.stderr
    assert f"  {DIES}: it could not be started" in ended.stdout
    told, _, _ = ended.stdout.partition("short test summary info")  # the summary may repeat it
    assert told.count("that is 3 times in a row before it was ready: its part ends here") == 1
    found = {(law, adapter): cell["verdict"] for (law, adapter), cell in cells(folders("never ready")).items()}
    laws = ("access.shapes", "access.count", "writing.add")
    assert found == {**{(law, "reference"): "holds" for law in laws}, **{(law, DIES): "fails" for law in laws}}


@pytest.mark.skipif(not PARALLEL, reason="pytest-xdist is not installed")
def test_a_law_that_took_its_process_along_is_in_the_report_and_costs_no_other_its_verdict(runs, folders):
    assert runs["crashing in parallel"].returncode == pytest.ExitCode.TESTS_FAILED
    assert "4 failed, 2 passed" in runs["crashing in parallel"].stdout
    found = cells(folders("crashing in parallel"))
    assert {key: cell["verdict"] for key, cell in found.items() if key[0] == "writing.add"} == {
        ("writing.add", "reference"): "fails",
        ("writing.add", "outside"): "fails",
    }
    assert "crashed while running" in found["writing.add", "reference"]["measured"]
    assert len(found) == 12


INTERRUPTS = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_terminal_summary():
    raise KeyboardInterrupt
"""


def test_a_report_is_there_before_anything_is_told(tmp_path):
    (tmp_path / "interrupts.py").write_text(INTERRUPTS, encoding="utf-8")
    run(*LAWS, "-p", "interrupts", f"--report-dir={tmp_path}", PYTHONPATH=str(tmp_path))
    assert len(cells(tmp_path)) == 3


@pytest.mark.parametrize("spread", [[], ["-n", "2"]] if PARALLEL else [[]])
def test_what_a_run_waits_for_is_told(tmp_path, spread):
    (tmp_path / "impatient.py").write_text("from tests.harness import progress; progress.PAUSE = 0.0", encoding="utf-8")
    laws = ["tests/laws", "--law", "access.shapes", "--law", "writing.add", "--programs", "3"]
    ended = run("-p", "impatient", *laws, *spread, PYTHONPATH=str(tmp_path))
    told = r"^1 of 2 laws, 3 programs; about \d+ s left; now (the next|access\.shapes|writing\.add)$"
    assert len(re.findall(told, ended.stdout, re.MULTILINE)) == 1, ended.stdout


def test_a_report_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    ended = run(*LAWS, f"--report-dir={tmp_path / 'file'}")
    assert ended.returncode == pytest.ExitCode.OK, ended.stdout + ended.stderr
    assert "the report could not be written: " in ended.stdout


ENDS_EARLY = """
from tests.harness.lockstep import Lockstep

judge = Lockstep.judge

def judge_some(lockstep, program):
    if lockstep.law.name == "access.count" and len(lockstep.tallies["reference"].judged) == 2:
        raise ZeroDivisionError("of this test's own")
    judge(lockstep, program)

Lockstep.judge = judge_some
"""


def test_a_laws_test_that_came_to_no_end_gives_no_verdict(tmp_path):
    (tmp_path / "ends_early.py").write_text(ENDS_EARLY, encoding="utf-8")
    ended = run(*LAWS, "-p", "ends_early", f"--report-dir={tmp_path}", PYTHONPATH=str(tmp_path))
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED, ended.stdout + ended.stderr
    found = {law: (cell["verdict"], cell["programs"]) for (law, _), cell in cells(tmp_path).items()}
    assert found == {"access.shapes": ("holds", 4), "access.count": ("fails", 2), "writing.add": ("holds", 4)}
    measured = cells(tmp_path)["access.count", "reference"]["measured"]
    assert measured == "the law's test came to no end: ZeroDivisionError: of this test's own"


def test_the_options_are_explained():
    helped = run("--help")
    assert helped.returncode == pytest.ExitCode.OK
    for option in ("--adapter", "--law", "--programs", "--budget", "--replay", "--report-dir", "--time-limit"):
        assert f"  {option}" in helped.stdout


def explained(output):
    """The lines that explain the first failure, up to the command that replays it."""
    lines = output.splitlines()
    (start, *_) = [number for number, line in enumerate(lines) if re.match(r"[a-z]+\.[a-z_]+: ", line)]
    (end, *_) = [number for number, line in enumerate(lines) if number > start and line.startswith("  replay on ")]
    return lines[start:end]
