"""``python -m tests.eras [ENVIRONMENT ...]``: the laws on several versions of the frameworks in lockstep.

Each environment of tox is made where it is missing. Without names, those that can run do, and the report says which
could not, and why; one that is named and cannot run is an error. What else is given, behind the names, goes to pytest.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import List

from adapters.eras import ERAS
from specs.errors import SpecError
from specs.laws import find
from tests.eras import environments

ROOT = Path(__file__).resolve().parents[2]


def parse(arguments: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.eras", usage=f"%(prog)s [{' | '.join(ERAS)} ...] [options]", description=__doc__
    )
    parser.add_argument("--programs", type=int, default=9, metavar="N", help="for each law (default 9)")
    parser.add_argument("--law", action="append", metavar="NAME", help="only this law or chapter; several times")
    parser.add_argument("--report-dir", type=Path, default=ROOT / "reports", help="default reports")
    names = list(itertools.takewhile(lambda argument: not argument.startswith("-"), arguments))
    options, options.more = parser.parse_known_args(arguments[len(names) :])
    options.named = names
    return options


def main(arguments: List[str]) -> int:
    options = parse(arguments)
    folder = Path(os.environ.get("TOX_WORK_DIR", ROOT / ".tox"))
    try:
        environments.check(options.named)
        laws = find(options.law)
    except SpecError as error:
        return _refuse(str(error))
    reasons = {name: environments.lacking(name, ROOT, folder) for name in options.named or ERAS}
    absent = [f"{name}={reason}" for name, reason in reasons.items() if reason]
    if options.named and absent:
        return _refuse("; ".join(absent))
    taking_part = [name for name, reason in reasons.items() if not reason]
    minutes = environments.minutes(taking_part, options.programs, len(laws))
    print(
        f"{len(taking_part)} versions, {options.programs} programs a law: about {minutes:.0f} min on 2 cores",
        flush=True,
    )
    asked = ["-n", "2", f"--programs={options.programs}", f"--report-dir={options.report_dir}", *options.more]
    asked += [f"--law={name}" for name in options.law or ()]
    choices = [f"--adapter={environments.choice(name, folder)}" for name in taking_part]
    command = [sys.executable, "-m", "pytest", *asked, "tests/laws", *choices, *(f"--absent={told}" for told in absent)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _refuse(message: str) -> int:
    print(message, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
