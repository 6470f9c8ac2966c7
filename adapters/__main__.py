"""``python -m adapters``: what people do with a network's parameters, in the code of each framework."""

from __future__ import annotations

import argparse
import functools
import importlib
import shutil
import sys
from pathlib import Path
from typing import Callable, List, Optional

from adapters.capabilities import capabilities, differences, frameworks
from adapters.carrying import command
from adapters.scripts import NoScriptError
from adapters.scripts.sources import AdapterSource, adapter_source
from specs.errors import SpecError

#: Written to a folder of reports by ``tox run -e compare`` and ``tox run -e site``.
EXHIBITS = "guide/exhibits.json"


def main(arguments: Optional[List[str]] = None) -> int:
    """Return the exit code: 0; 1 if the carried weights could not be verified; 2 if the input is invalid."""
    options = _parser().parse_args(arguments)
    try:
        lines: List[str] = options.run(options)
    except command.NotProved as failed:
        sys.stdout.write("".join(f"{line}\n" for line in failed.lines))
        return 1
    except (SpecError, NoScriptError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m adapters", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    show = commands.add_parser("show", help="show a task in the code of every framework, or search for one")
    show.add_argument("words", nargs="*", metavar="WORD", help="a task, law, layer kind, native name, or search words")
    show.add_argument("--width", type=int, default=shutil.get_terminal_size().columns, help="default: the terminal's")
    show.add_argument("--report-dir", type=Path, default=Path("reports"), help=f"printed values are in its {EXHIBITS}")
    show.set_defaults(run=_show)
    carrying = commands.add_parser("carry", help="carry trained weights from one framework to another, and verify it")
    command.add_arguments(carrying)
    carrying.set_defaults(run=command.carry)
    for name, listed, words in (
        ("capabilities", capabilities, "list what adapters construct, and what they do not support"),
        ("divergences", differences, "count and list the declared differences of frameworks, with reasons"),
    ):
        telling = commands.add_parser(name, help=words)
        telling.add_argument("adapter", nargs="*", metavar="ADAPTER", help="default: every framework's")
        telling.add_argument(
            "--width", type=int, default=shutil.get_terminal_size().columns, help="default: the terminal's"
        )
        telling.set_defaults(run=functools.partial(_told, listed))
    changing = commands.add_parser("changes", help="list the answers that changed between two versions of a framework")
    changing.add_argument("framework", metavar="FRAMEWORK", help="keras or gluon")
    changing.add_argument("versions", metavar="FIRST..LAST", help="2.0..3.15")
    changing.add_argument(
        "law", nargs="?", metavar="LAW", help="or a chapter: only its changes, with the code of both versions"
    )
    changing.add_argument("--report", type=Path, help="a report over several versions; default: the stored one")
    changing.add_argument(
        "--width", type=int, default=shutil.get_terminal_size().columns, help="default: the terminal's"
    )
    changing.set_defaults(run=_changes)
    return parser


def _show(options: argparse.Namespace) -> List[str]:
    # Imported late: only this command needs the packages that make pages.
    guide = importlib.import_module("adapters.guide.command")
    lines: List[str] = guide.show(
        " ".join(options.words), options.width, options.report_dir, options.report_dir / EXHIBITS
    )
    return lines


def _changes(options: argparse.Namespace) -> List[str]:
    # Imported late: only this command needs the package "packaging".
    changes = importlib.import_module("adapters.guide.changed")
    lines: List[str] = changes.run(options.framework, options.versions, options.law, options.report, options.width)
    return lines


def _told(tell: Callable[[AdapterSource, int], List[str]], options: argparse.Namespace) -> List[str]:
    names = options.adapter or frameworks()
    return [line for name in names for line in tell(adapter_source(name), options.width)]


if __name__ == "__main__":
    sys.exit(main())
