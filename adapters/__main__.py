"""``python -m adapters``: what people do to a network's parameters, in the words of each framework."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import List, Optional

from adapters.registry import ADAPTERS
from adapters.runners import open_all
from adapters.scripts import NoFramework, NoScript, examples, showing
from adapters.scripts.sources import idioms
from specs.errors import SpecError
from specs.tasks import TASKS, find_task


def main(arguments: Optional[List[str]] = None) -> int:
    """Exit code 0, 2 where the input is not acceptable."""
    options = _parser().parse_args(arguments)
    try:
        lines: List[str] = options.run(options)
    except (SpecError, NoScript) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m adapters", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    show = commands.add_parser("show", help="show a task: the code of the frameworks, and what it printed")
    show.add_argument("task", nargs="?", metavar="TASK", help="leave it out to list all tasks")
    show.add_argument("--width", type=int, default=shutil.get_terminal_size().columns, help="default: the terminal's")
    show.add_argument("--report-dir", type=Path, default=Path("reports"), help="where a run left what it printed")
    show.set_defaults(run=_show)
    run = commands.add_parser("run", help="run the examples of all tasks, and keep what they print")
    run.add_argument("--adapter", action="append", required=True, metavar="NAME[=PYTHON]", help="several times")
    run.add_argument("--report-dir", type=Path, default=Path("reports"))
    run.add_argument("--time-limit", type=float, default=120.0, metavar="SECONDS", help="longest wait for a worker")
    run.set_defaults(run=_run)
    return parser


def _show(options: argparse.Namespace) -> List[str]:
    if options.task is None:
        return showing.tasks(TASKS.values(), options.width)
    task = find_task(options.task)
    file = options.report_dir / examples.NAME
    ran = examples.Examples.load(file) if file.exists() else None
    return showing.task(task, frameworks(), ran, options.width)


def frameworks() -> List[str]:
    """The adapters known by name that have a framework."""
    return [name for name in ADAPTERS if _has_framework(name)]


def _has_framework(name: str) -> bool:
    try:
        idioms(name)
    except NoFramework:
        return False
    return True


def _run(options: argparse.Namespace) -> List[str]:
    runners = open_all(options.adapter, options.time_limit)
    try:
        ran = examples.run(runners, [choice.partition("=")[0] for choice in options.adapter])
    finally:
        for runner in runners:
            runner.close()
    return [f"examples: {ran.save(options.report_dir)}"]


if __name__ == "__main__":
    sys.exit(main())
