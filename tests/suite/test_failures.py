"""Earlier failures are judged first, written as scripts, and deleted once they pass."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from specs.initializers import Default
from specs.layers import Dense
from specs.layers.layer import features
from specs.programs.networks import Network, Slot
from specs.programs.operations import Add, Build, CountParameters, Initialize, Read
from specs.programs.program import Program
from tests.harness.failures import Failed, Failures
from tests.harness.replays import Replay

ROOT = Path(__file__).resolve().parent.parent.parent
LAW = "access.count"
#: Wider than any generated network.
WIDE = Program({"net": Network(features(1), (Dense(77),))}, (Build(), Initialize(Default()), CountParameters()))
SMALL = Program({"net": Network(features(1), (Dense(1),))}, (Build(), Initialize(Default()), CountParameters()))

ADAPTER = """
from adapters.reference import ReferenceAdapter


class Picky(ReferenceAdapter):
    name = "picky"

    def count(self, net):
        weight = net.children[0].parameters.get("weight")
        if WRONG and weight is not None and weight.value.shape[0] == 77:
            BREAKS
        return super().count(net)
"""


@pytest.fixture
def run(tmp_path):
    """A function that runs the law on an adapter that miscounts wide networks, unless ``mended``."""

    def start(*arguments, mended=False, law=LAW, breaks="return super().count(net) + 1"):
        adapter = ADAPTER.replace("WRONG", str(not mended)).replace("BREAKS", breaks)
        (tmp_path / "picky.py").write_text(adapter, encoding="utf-8")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TOX_"))}
        return subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/laws", "--adapter=picky:Picky"),
                *(f"--law={law}", "--programs=5", f"--report-dir={tmp_path / 'reports'}", *arguments),
            ],
            cwd=ROOT,
            env={**inherited, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    return start


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "reports" / "failures"


def report(folder):
    found = json.loads((folder.parent / "pytest.json").read_text(encoding="utf-8"))
    return {name: value for name, value in found.items() if name != "run"}


def test_what_failed_before_is_heard_first_and_dropped_once_it_passes(run, folder):
    assert run().returncode == pytest.ExitCode.OK
    clean = report(folder)
    file = Replay(LAW, WIDE, ("picky",)).save(folder)
    beside = file.with_suffix(".picky.py")
    beside.write_text("")

    failed = run()
    assert failed.returncode == pytest.ExitCode.TESTS_FAILED
    assert f"--replay={file}" in failed.stdout
    assert Replay.load(file) == Replay(LAW, WIDE, ("picky",))

    assert run(mended=True).returncode == pytest.ExitCode.OK
    assert not file.exists()
    assert not beside.exists()
    assert report(folder) == clean


def test_two_processes_judge_it_too(run, folder):
    pytest.importorskip("xdist")
    file = Replay(LAW, WIDE, ("picky",)).save(folder)
    assert run("-n2").returncode == pytest.ExitCode.TESTS_FAILED
    assert file.exists()
    assert run("-n2", mended=True).returncode == pytest.ExitCode.OK
    assert not file.exists()


def test_what_failed_on_an_adapter_that_takes_no_part_is_left_alone(run, folder):
    file = Replay(LAW, WIDE, ("another",)).save(folder)
    assert run().returncode == pytest.ExitCode.OK
    assert Replay.load(file).adapters == ("another",)


def test_what_failed_on_two_is_kept_for_the_one_that_takes_no_part(run, folder):
    file = Replay(LAW, WIDE, ("another", "picky")).save(folder)
    assert run(mended=True).returncode == pytest.ExitCode.OK
    assert Replay.load(file).adapters == ("another",)


def test_what_failed_under_another_law_is_not_heard(run, folder):
    file = Replay(LAW, WIDE, ("picky",)).save(folder)
    assert run(law="access.shapes").returncode == pytest.ExitCode.OK
    assert file.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"type": "Replay", "law": "access.cuont"}', "\x93"])
def test_a_file_that_is_no_stored_failure_is_named(tmp_path, text):
    file = tmp_path / f"{LAW}-0.json"
    file.write_text(text, encoding="latin-1")
    kept = Failures(tmp_path)
    (line,) = kept.unreadable()
    assert line.startswith(f"  not judged again: {file}")
    assert [*kept.of(LAW, ["picky"])] == []


def test_a_file_that_is_no_stored_failure_stops_no_run(run, folder):
    folder.mkdir(parents=True)
    file = folder / f"{LAW}-0.json"
    file.write_text("{")
    done = run()
    assert done.returncode == pytest.ExitCode.OK, done.stdout + done.stderr
    assert re.search(rf"^  not judged again: {re.escape(str(file))}", done.stdout, re.MULTILINE)
    assert file.exists()


def test_where_nothing_can_be_stored_a_failure_is_told_all_the_same(run, folder):
    Replay(LAW, WIDE, ("picky",)).save(folder)
    kept = folder.rename(folder.with_name("kept"))
    folder.write_text("no folder")
    (replay,) = kept.iterdir()
    done = run(f"--replay={replay}")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "INTERNALERROR" not in done.stdout + done.stderr
    assert "counted 155, expected 154" in done.stdout
    assert "the program could not be stored: " in done.stdout


def test_a_replay_that_passes_ends_well(run, folder):
    file = Replay(LAW, WIDE, ("picky",)).save(folder)
    done = run(f"--replay={file}", mended=True)
    assert done.returncode == pytest.ExitCode.OK, done.stdout
    assert "1 passed" in done.stdout
    assert file.exists()


def test_a_replay_that_judges_nothing_names_its_file_again(run, folder):
    silent = Program(SMALL.networks, SMALL.operations[:-1])
    file = Replay(LAW, silent, ("picky",)).save(folder)
    done = run(f"--replay={file}", mended=True)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "judged nothing" in done.stdout
    assert re.search(rf"^    .* --replay={re.escape(str(file))}$", done.stdout, re.MULTILINE)


def test_a_failure_that_another_run_dropped_meanwhile_is_no_trouble(tmp_path):
    Replay(LAW, SMALL, ("picky",)).save(tmp_path)
    (first,), (second,) = (Failures(tmp_path).of(LAW, ["picky"]) for _ in range(2))
    Failures(tmp_path).passed(first, ["picky"])
    Failures(tmp_path).passed(second, ["picky"])
    assert list(tmp_path.iterdir()) == []


def test_a_failure_that_another_run_stored_meanwhile_is_left_to_it(tmp_path):
    Replay(LAW, SMALL, ("picky",)).save(tmp_path)
    (stored,) = Failures(tmp_path).of(LAW, ["picky"])
    file = Replay(LAW, SMALL, ("picky",)).save(tmp_path)
    Failures(tmp_path).passed(stored, ["picky"])
    assert file.exists()


def test_a_failure_that_passes_on_one_adapter_only_is_kept_for_the_other(tmp_path):
    file = Replay(LAW, SMALL, ("another", "picky")).save(tmp_path)
    (stored,) = Failures(tmp_path).of(LAW, ["another", "picky"])
    Failures(tmp_path).passed(stored, ["another"])
    assert Replay.load(file).adapters == ("picky",)


def test_what_is_lost_again_costs_nobody_else_the_law(run, folder):
    file = Replay(LAW, WIDE, ("picky",)).save(folder)
    done = run(breaks="raise SystemExit(3)")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout
    cells = {cell["adapter"]: cell for cell in report(folder)["cells"]}
    assert (cells["reference"]["verdict"], cells["reference"]["programs"]) == ("holds", 5)
    assert (cells["picky"]["verdict"], cells["picky"]["answer"]) == ("fails", "no trace")
    assert file.exists()


# Scripts.

TWICE = """
import toolbox

from adapters.interface import Adapter, builds
from specs.layers import Dense


class Twice(Adapter):
    name = "twice"
    packages = ("toolbox",)
    failures = ()

    def default(self):
        return None

    @builds(Dense, weight="table: in out", bias="shift: out")
    def dense(self, units, bias):
        return toolbox.Layer(units)

    def network(self, layers, shape):
        return toolbox.Net(*layers)

    def child(self, net, position):
        return net[position]

    def by_attribute(self, layer, role):
        return getattr(layer, role)

    def value(self, handle):
        return handle.get()

    def initialize_network(self, net, initializer, again):
        net.reset()

    def add(self, handle, amount):
        handle.add(amount)

    def count(self, net):
        return net.size()
"""


def failed(adapter="twice", **choices):
    operations = (Build(), Initialize(Default()), Add(Slot(0, "weight"), 1.5), Read(Slot(0, "weight")))
    return Failed("writing.add", Program({"net": SMALL.networks["net"]}, operations), adapter, 3, choices, {})


def test_a_failure_is_told_as_scripts_that_of_the_failing_adapter_first(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "two_toolboxes.py").write_text(TWICE + TWICE.replace("Twice", "Other").replace("twice", "other"))
    kept = Failures(tmp_path / "failures")
    told = kept.keep(failed(reference="reference", other="two_toolboxes:Other", twice="two_toolboxes:Twice"))
    files = {file.name for file in kept.folder.iterdir()}
    (stem,) = {name.partition(".json")[0] for name in files if name.endswith(".json")}
    assert files == {f"{stem}.json", f"{stem}.twice.py", f"{stem}.other.py"}
    first, second = (kept.folder / f"{stem}.{name}.py" for name in ("twice", "other"))
    length = first.read_text().count("\n")
    assert told[:3] == ["", f"  as a script for twice: {first}", ""]
    assert [line[4:] for line in told[3 : 3 + length]] == first.read_text().splitlines()
    assert told[3 + length : 6 + length] == ["", f"  as a script for other: {second}", ""]
    assert [line[4:] for line in told[6 + length :]] == second.read_text().splitlines()
    assert [line for line in told if line.startswith("  >")] == ["  > print(net[0].table.get())"]


def test_an_adapter_without_a_framework_has_no_script_and_nothing_is_said_of_it(tmp_path):
    assert Failures(tmp_path).keep(failed("reference", reference="reference")) == []


def test_an_adapter_whose_source_cannot_be_written_out_says_why(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "toolbox_with_state.py").write_text(TWICE.replace("net.reset()", "self.last = net"))
    told = Failures(tmp_path).keep(failed(twice="toolbox_with_state:Twice"))
    assert told == ["", "  as a script for twice: none, as an idiom stores state on the adapter"]


def test_adapters_on_which_one_program_failed_are_gathered(tmp_path):
    kept = Failures(tmp_path)
    kept.keep(failed("twice"))
    kept.keep(failed("other"))
    (file,) = tmp_path.glob("*.json")
    assert Replay.load(file).adapters == ("other", "twice")


def test_an_adapters_name_leads_nowhere_else(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "toolbox_far.py").write_text(TWICE)
    folder = tmp_path / "in" / "failures"
    Failures(folder).keep(failed("../../x", **{"../../x": "toolbox_far:Twice"}))
    assert not (tmp_path / "x.py").exists()
    assert len([*folder.iterdir()]) == 2
