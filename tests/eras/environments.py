"""The environments of :data:`adapters.eras.ERAS`: made where they are missing, and told why where that cannot be."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Iterable

from adapters.eras import ERAS
from specs.errors import one_of


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
BESIDE = 60


def minutes(names: Iterable[str], programs: int, laws: int) -> float:
    """What the laws will take on two cores that have nothing else to do."""
    milliseconds = BESIDE + sum(ERAS[name].milliseconds for name in names)
    return milliseconds * programs * laws * DIFFERENT / 2 / 60000


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
