"""``python -m specs``: merges the reports of earlier runs, and writes or checks the tables in README.md and docs/."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import List, Optional

from specs.errors import SpecError
from specs.reporting import readme, reports
from specs.reporting.reports import Report

#: The name of a merged report, which is not merged again.
MERGED = "merged"


def main(arguments: Optional[List[str]] = None) -> int:
    """Exit code: 0 on success, 1 if README.md or a page in docs/ is out of date, 2 if the input is invalid."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except SpecError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m specs", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    merge = commands.add_parser("merge", help="merge the reports in a folder into one, and print its matrix")
    merge.add_argument("folder", type=Path)
    merge.set_defaults(run=_merge)
    update = commands.add_parser("readme", help="write a report's tables into README.md and docs/, or check them")
    update.add_argument("report", type=Path)
    update.add_argument("--check", action="store_true", help="change nothing; exit 1 where a page says otherwise")
    update.add_argument("--root", type=Path, default=Path(), metavar="DIR", help="where README.md and docs/ are")
    update.set_defaults(run=_readme)
    return parser


def _merge(options: argparse.Namespace) -> int:
    files = sorted(file for file in options.folder.glob("*.json") if file.stem != MERGED)
    if not files:
        raise SpecError(f"{options.folder}: there is no report in this folder")
    merged = reports.merge([Report.load(file) for file in files], MERGED)
    saved = merged.save(options.folder)
    lines = [*reports.matrix(merged), "", reports.summary(merged)]
    lines.append(f"merged {', '.join(file.name for file in files)} into {saved}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _readme(options: argparse.Namespace) -> int:
    report = Report.load(options.report)
    if options.check:
        stale = readme.stale(options.root, report)
        sys.stdout.writelines(f"{line}\n" for line in stale)
        return 1 if stale else 0
    readme.rewrite(options.root, {name: table(report) for name, table in readme.TABLES.items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
