"""What the guide shows is the output of scripts, compared with traces."""

import dataclasses
import re
from concurrent.futures import Future

import pytest

from adapters.guide import gathering as exhibits
from adapters.guide.gathering import FrameworkSession, begin
from adapters.guide.showing import frameworks
from adapters.guide.tasks import TASKS
from adapters.scripts.printed import printed
from adapters.scripts.running import Ended
from adapters.workers.runners import LocalRunner
from specs.errors import SpecError
from specs.programs.operations import Identify
from tests.suite.exhibited import exhibits as exhibited
from tests.suite.exhibited import gathered

pytest.importorskip("jinja2", reason="pages are made with Jinja2, Pygments and Matplotlib")
pytest.importorskip("matplotlib", reason="pages are made with Jinja2, Pygments and Matplotlib")

from adapters.guide import site

FRAMEWORK = frameworks()[0]
TASK = TASKS["read-weight"]


class Stub:
    """Replaces an interpreter, and answers with the given output."""

    def __init__(self, out):
        self.out = out
        self.started = []

    def start(self, text):
        self.started.append(text)
        ended = Future()
        ended.set_result(Ended(0, self.out, ""))
        return ended


@pytest.fixture
def runner():
    return LocalRunner("reference")


def out(runner):
    expected = printed(TASK.program, FRAMEWORK, runner.run(TASK.program))
    return "".join(f"{line}\n" for lines in expected for line in lines)


def test_the_script_of_a_task_runs_and_what_it_printed_is_kept(runner):
    stub = Stub(out(runner))
    (run,) = begin(TASK, [FrameworkSession(FRAMEWORK, runner, stub)])
    task_result, (text,) = run.finish(), stub.started
    shown = [line for step in task_result.steps for line in step.code]
    assert text.endswith("\n".join(shown) + "\n")
    assert [line for step in task_result.steps for line in step.printed] == stub.out.splitlines()


def test_what_a_script_printed_otherwise_is_an_error_that_says_where(runner):
    stub = Stub(out(runner).replace("[[", "[[ 7"))
    (run,) = begin(TASK, [FrameworkSession(FRAMEWORK, runner, stub)])
    with pytest.raises(SpecError, match=r"task read-weight on reference: line \d+ of its script printed '\[\[ 7"):
        run.finish()


@pytest.mark.parametrize("where", ["ssh=host", "popen//python=python3"])
def test_an_interpreter_that_is_elsewhere_is_refused_in_one_line(tmp_path, capsys, where):
    assert exhibits.main([str(tmp_path / "exhibits.json"), f"--adapter={FRAMEWORK}={where}"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{where}: scripts run on this machine only" in line


def test_every_look_at_identities_is_kept_and_pictured():
    """A copy's picture comes after the original's, so the last one shows what the copy lost."""
    looks = [at for at, one in enumerate(TASKS["clone-shared"].program.operations) if isinstance(one, Identify)]
    kept = [one for one in gathered().identities if one.task == "clone-shared"]
    assert len(looks) > 1
    assert [one.operation for one in kept] == looks
    page = site.built(None, exhibited("one", "two"))["tasks/clone-shared.html"].decode("utf-8")
    steps = re.findall(r"<figcaption>(one|two): Step (\d+), after “Copy the network", page)
    assert steps == [(name, str(at + 1)) for at in looks for name in ("one", "two")]


@pytest.mark.parametrize("changes", [{"task": "none"}, {"operation": 0}, {"operation": -1}, {"operation": 99}])
def test_identities_that_no_operation_looked_at_are_refused(changes):
    first, *_ = gathered().identities
    with pytest.raises(SpecError):
        dataclasses.replace(first, **changes)
