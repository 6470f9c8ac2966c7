"""Every script prints what the trace of its program holds, run alone in the environment of its framework."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters import scripts
from adapters.scripts.printed import printed
from specs.tasks import TASKS
from tests.harness import plugin
from tests.suite.generated import LAW_TESTS

#: So many different programs are generated for each framework, in so many parts: each of some laws' programs.
GENERATED, PARTS = 200, 8
FRESH = Path(__file__).parent / "fresh.py"
#: Where a message is cut off in a trace.
LONG = 300


class Stand:
    """One framework: its adapter, and an interpreter that runs scripts and knows nothing of this project."""

    def __init__(self, choice, runner):
        self.runner = runner
        self.name, _, python = choice.partition("=")
        self.python = python or sys.executable
        self.interpreter = None

    def trace(self, program):
        return self.runner.run(program)

    def run(self, text):
        """How a script ended and what it printed, from a process of its own."""
        if self.interpreter is None:
            self._start(text)
        self.interpreter.stdin.write(json.dumps(text) + "\n")
        self.interpreter.stdin.flush()
        return json.loads(self.interpreter.stdout.readline())

    def _start(self, text):
        imports = [node for node in ast.parse(text).body if isinstance(node, ast.Import)]
        modules = [alias.name for node in imports for alias in node.names]
        self.interpreter = subprocess.Popen(
            [self.python, "-I", str(FRESH), *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )

    def close(self):
        if self.interpreter is not None:
            self.interpreter.stdin.close()
            self.interpreter.wait()
            self.interpreter.stdout.close()


def pytest_generate_tests(metafunc):
    if "stand" in metafunc.fixturenames:
        choices = metafunc.config.getoption("--adapter")
        metafunc.parametrize("stand", choices, ids=lambda choice: choice.partition("=")[0], indirect=True)


@pytest.fixture(scope="module")
def stand(request):
    session = request.config.stash[plugin.SESSION]
    made = Stand(request.param, dict(zip(session.options.adapters, session.runners))[request.param])
    yield made
    made.close()


def check(stand, program):
    """Run a program's script, and hold what it prints to the trace."""
    trace = stand.trace(program)
    script = scripts.write(program, stand.name, trace)
    status, out, err = stand.run(script.text)
    assert status == 0, f"{script.text}\n{err}"
    due = [line for lines in printed(program, stand.name, trace) for line in lines]
    seen = [re.sub("0x[0-9a-f]+", "0x…", line) for line in out.splitlines()]
    assert shortened(seen, due) == due, script.text


def shortened(lines, due):
    """Lines, those cut off where the line that is due was."""
    lengths = [len(line) if len(line) >= LONG else None for line in due]
    return [line[:length] for line, length in zip(lines, lengths)] + lines[len(due) :]


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_script_of_a_task_prints_what_its_trace_holds(stand, task):
    check(stand, task.program)


@pytest.mark.parametrize("part", range(PARTS))
def test_the_scripts_of_generated_programs_print_what_their_traces_hold(stand, part):
    seen = set()
    wanted = GENERATED // PARTS

    @settings(max_examples=2 * wanted, suppress_health_check=list(HealthCheck))
    @given(program=st.one_of([test.programs for _, test in LAW_TESTS[part::PARTS]]))
    def each(program):
        if program.text not in seen and len(seen) < wanted:
            seen.add(program.text)
            check(stand, program)

    each()
    assert len(seen) == wanted


def test_a_script_runs_as_a_file(stand, tmp_path):
    program = TASKS["step"].program
    trace = stand.trace(program)
    file = tmp_path / "script.py"
    file.write_text(scripts.write(program, stand.name, trace).text, encoding="utf-8")
    done = subprocess.run(
        [stand.python, "-I", str(file)], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [line for lines in printed(program, stand.name, trace) for line in lines]
