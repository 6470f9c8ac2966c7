"""Orphans: however a run ends, and whatever its workers are doing, none of them stays, and the report is written."""

import contextlib
import importlib.util
import json
import sys
import time

import pytest

from tests.faults.processes import Run

pytest.importorskip("execnet", reason="without execnet there are no workers to test")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked for in /proc")

#: Seconds after a run within which its workers must have ended.
SOON = 5.0
#: Seconds for processes to start on a busy machine.
PATIENCE = 30.0
PARALLEL = importlib.util.find_spec("xdist") is not None
SPREADS = [(), ("-n", "2")] if PARALLEL else [()]


def run(name, *arguments, python=sys.executable, **environment):
    """A run of three laws on the reference and another adapter; only the last law's programs use ``Add``."""
    far = f"tests.suite.faulty:{name}={python}"
    laws = [f"tests/laws/test_access.py::test_{name}" for name in ("read_after_build", "read_before_first_forward")]
    return Run(
        *laws, "tests/laws/test_writing.py::test_add", "--programs", "20", f"--adapter={far}", *arguments, **environment
    )


#: An adapter that is slow to start in an xdist worker.
SLOW = """
import os, time
from adapters.reference import ReferenceAdapter

class Slow(ReferenceAdapter):
    name = "slow"

    def __init__(self):
        super().__init__()
        time.sleep(8 if "PYTEST_XDIST_WORKER" in os.environ else 0)
"""


@contextlib.contextmanager
def at_work(name, folder, *arguments, **options):
    """A run with a worker that has reached the point where it does what its name says."""
    told = folder / "told"
    with run(name, *arguments, TOLD_BY_FAULTY=str(told), **options) as process:
        ends = time.monotonic() + PATIENCE
        while not told.exists():
            assert time.monotonic() < ends
            time.sleep(0.05)
        time.sleep(0.1)
        yield process


#: What a worker may be doing when its run ends, and options that distribute the run.
BUSY = [(name, ()) for name in ("Tardy", "Hangs", "HangsInNativeCode", "Stops", "ForksAndHangs")]
BUSY += [("HangsInNativeCode", ("-n", "2"))] if PARALLEL else []


@pytest.mark.parametrize(("name", "spread"), BUSY)
def test_workers_end_with_a_host_that_is_killed(name, spread, tmp_path):
    with at_work(name, tmp_path, *spread) as process:
        process.kill()
        assert process.seconds_until_none(SOON) < SOON


def test_a_worker_behind_another_program_ends_with_a_host_that_is_killed(tmp_path):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\n"{sys.executable}" "$@"\n')
    python.chmod(0o755)
    with at_work("HangsInNativeCode", tmp_path, python=python) as process:
        process.kill()
        assert process.seconds_until_none(SOON) < SOON


@pytest.mark.parametrize(("name", "spread"), BUSY)
def test_workers_end_with_an_interrupted_run_and_the_report_is_written(name, spread, tmp_path):
    with at_work(name, tmp_path, *spread, "-v", f"--report-dir={tmp_path}") as process:
        test = "tests/laws/test_access.py::test_read_after_build"
        process.read_until(f"{test} PASSED" if not spread else f"PASSED {test}")
        process.interrupt()
        assert process.seconds_until_none(SOON) < SOON
        output = process.output(PATIENCE)
    assert process.popen.returncode == pytest.ExitCode.INTERRUPTED, output
    judged = {cell["law"] for cell in json.loads((tmp_path / "pytest.json").read_text())["cells"]}
    assert "access.read_after_build" in judged, output
    assert "writing.add" not in judged, output


@pytest.mark.parametrize("end", [Run.kill, Run.interrupt])
def test_workers_end_with_a_run_that_ends_before_they_are_ready(end, tmp_path):
    with at_work("StartsSlowly", tmp_path) as process:
        end(process)
        assert process.seconds_until_none(SOON) < SOON


@pytest.mark.parametrize("seconds", [0.2, 0.6, 1.0])
@pytest.mark.parametrize("spread", SPREADS, ids=str)
def test_workers_end_with_a_run_that_is_interrupted_at_any_moment(seconds, spread):
    with run("Outside", "--programs", "100000", *spread) as process:
        time.sleep(seconds)
        process.interrupt()
        assert process.seconds_until_none(SOON) < SOON


@pytest.mark.skipif(not PARALLEL, reason="pytest-xdist is not installed")
@pytest.mark.parametrize("seconds", [0.1, 0.5])
def test_processes_of_xdists_end_with_a_host_that_is_killed_before_they_have_begun(seconds, tmp_path):
    (tmp_path / "slow.py").write_text(SLOW)
    laws = ["tests/laws/test_writing.py", "-n", "2", "--adapter", "slow:Slow"]
    with Run(*laws, PYTHONPATH=str(tmp_path)) as process:
        ends = time.monotonic() + PATIENCE
        while len(process.processes()) < 3:
            assert time.monotonic() < ends
            time.sleep(0.02)
        time.sleep(seconds)
        process.kill()
        assert process.seconds_until_none(SOON) < SOON


@pytest.mark.parametrize("name", ["Outside", "LeavesASession"])
@pytest.mark.parametrize("spread", SPREADS, ids=str)
def test_no_worker_outlives_its_run(name, spread):
    with run(name, *spread) as process:
        output = process.output(PATIENCE)
        assert process.popen.returncode == pytest.ExitCode.OK, output
        assert process.seconds_until_none(SOON) < SOON
