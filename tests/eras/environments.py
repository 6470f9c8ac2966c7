"""The environments of :data:`adapters.eras.ERAS`: made where they are missing, and told why where that cannot be."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Iterable, List

from adapters.eras import ERAS
from adapters.workers.runners import STARTING, NoTraceError, Runner, close_all, open_all
from specs.arrays import Drawn
from specs.errors import SpecError, one_of
from specs.initializers import Default
from specs.layers import Dense
from specs.layers.layer import features
from specs.programs.networks import Network, Use
from specs.programs.operations import Backward, Build, Forward, Initialize
from specs.programs.program import Program

#: What a framework has to be able to compute.
TINY = Program(
    {"net": Network(features(3), (Use(Dense(2)),))},
    (Build(), Initialize(Default()), Forward(Drawn(0), 2), Backward(Drawn(1))),
)


def check(names: Iterable[str]) -> None:
    """Raise :class:`SpecError` where an environment is not known."""
    for name in names:
        one_of("environment", name, tuple(ERAS))


def choice(name: str, folder: Path) -> str:
    """``NAME@LABEL=WHERE`` of the adapter that runs in an environment."""
    label = "" if ERAS[name].today else f"@{name}"
    return f"{ERAS[name].adapter}{label}={folder / name / 'bin' / 'python'}"


#: Of what all laws ask for, so much is different programs: the others are judged on traces that are there.
DIFFERENT = 0.44
#: What the reference, the judge and whatever makes programs take of each, in milliseconds of one core.
BESIDE = 120


def minutes(names: Iterable[str], programs: int, laws: int) -> float:
    """What the laws will take on two cores that have nothing else to do."""
    milliseconds = BESIDE + sum(ERAS[name].milliseconds for name in names)
    return milliseconds * programs * laws * DIFFERENT / 2 / 60000


def lacking(name: str, root: Path, folder: Path) -> str:
    """Why an environment cannot take part, in one line; nothing where it can, and is there."""
    return made(name, root, folder) or cannot_run(choice(name, folder))


def cannot_run(adapter: str) -> str:
    """Why a framework that is installed computes nothing here, in one line; nothing where it does."""
    runners: List[Runner] = []
    try:
        runners = open_all([adapter], STARTING)
        outcomes = [record.outcome for record in runners[0].run(TINY).records]
    except (SpecError, NoTraceError) as error:
        return str(error).splitlines()[0]
    finally:
        close_all(runners)
    return next((f"it cannot compute: {outcome}" for outcome in outcomes if outcome.kind != "ok"), "")


def made(name: str, root: Path, folder: Path) -> str:
    """Make an environment of tox, where it is not there yet. Why that cannot be, in one line; nothing where it can."""
    command = ["tox", "run", "--no-provision", f"--root={root}", f"--workdir={folder}", "--notest", "-e", name]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False)
    if done.returncode == 0:
        return ""
    return without_python(name) or _first_error(done.stdout)


def without_python(name: str) -> str:
    """That there is no Python for an environment, and which variable names one; nothing where there is."""
    version = ERAS[name].python
    if not version:
        return ""
    variable = f"PYTHON{version.replace('.', '')}"
    named = os.environ.get(variable)
    if is_python(named or f"python{version}", version):
        return ""
    if named:
        return f"{variable} names {named}, which is no Python {version}"
    return f"there is no Python {version} on the path: the variable {variable} may name one"


def is_python(command: str, version: str) -> bool:
    """Whether that starts one: a version manager may put there what only says which versions it has."""
    try:
        told = subprocess.run([command, "-V"], capture_output=True, encoding="utf-8", check=False)
    except OSError:
        return False
    return told.returncode == 0 and told.stdout.startswith(f"Python {version}.")


def _first_error(told: str) -> str:
    lines = [re.sub(r"\x1b\[\d*m", "", line).strip() for line in told.splitlines()]
    return next((line for line in lines if "rror: " in line), "tox could not make it")
