"""Every script prints what the trace of its program holds, run alone in the environment of its framework.

The scripts of tasks are held to their traces where the site is made: :mod:`adapters.guide.gathering`.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from adapters import scripts
from adapters.guide.tasks import TASKS
from adapters.scripts import running
from adapters.scripts.printed import printed
from specs.errors import SpecError
from tests.harness import plugin
from tests.strategies.families import family
from tests.suite.generated import FAMILIES

#: The programs of all laws, one of each family, in so many parts.
PARTS = 8
#: Seconds that a script may take, the framework's import included.
TIME_LIMIT = 120.0


class Stand:
    """One framework: its adapter, and an interpreter that runs scripts and knows nothing of this project."""

    def __init__(self, choice, runner):
        self.runner = runner
        self.name, _, python = choice.partition("=")
        self.python = python or sys.executable
        self.interpreter = running.interpreter(self.name, self.python, TIME_LIMIT)


@pytest.fixture(scope="module")
def stands(request):
    """All frameworks together, so that each program is generated once."""
    session = request.config.stash[plugin.SESSION]
    runners = dict(zip(session.options.adapters, session.runners))
    made = [Stand(choice, runners[choice]) for choice in request.config.getoption("--adapter")]
    yield made
    for stand in made:
        stand.interpreter.close()


def check(stand, program):
    """Run a program's script, and hold what it prints to the trace."""
    trace = stand.runner.run(program)
    script = scripts.write(program, stand.name, trace)
    expected = printed(program, stand.name, trace)
    try:
        assert running.printed(script, stand.interpreter.run(script.text), expected) == expected
    except SpecError as error:
        pytest.fail(f"{stand.name}: {error}\n{script.text}")


@pytest.mark.parametrize("part", range(PARTS))
def test_the_scripts_of_generated_programs_print_what_their_traces_hold(stands, part):
    for programs in list(FAMILIES.values())[part::PARTS]:
        program = family(programs).first(2)[-1]  # the first one is the simplest
        for stand in stands:
            check(stand, program)


def test_a_script_runs_as_a_file(stands, tmp_path):
    program = TASKS["step"].program
    for stand in stands:
        trace = stand.runner.run(program)
        file = tmp_path / f"{stand.name}.py"
        file.write_text(scripts.write(program, stand.name, trace).text, encoding="utf-8")
        done = subprocess.run(
            [stand.python, "-I", str(file)], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines() == [line for lines in printed(program, stand.name, trace) for line in lines]
