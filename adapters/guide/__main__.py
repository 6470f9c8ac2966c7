"""``python -m adapters.guide``: makes the site of a report and a file of exhibits."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import List, Optional

from adapters.guide import site
from adapters.guide.exhibits import Exhibits
from specs.errors import SpecError
from specs.reporting import reports
from specs.reporting.reports import Report

#: In a folder of reports: the one that compares everything, and the one that is made of all others.
WHOLE, MERGED = "compare.json", "merged.json"


def main(arguments: Optional[List[str]] = None) -> int:
    """Exit code 0, or 2 where the input is not acceptable; then an earlier site is left as it was."""
    options = _parser().parse_args(arguments)
    begun = time.monotonic()
    try:
        files = site.built(_report(options.reports), Exhibits.load(options.exhibits))
        site.write(files, options.site)
    except SpecError as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        return 2
    size = sum(map(len, files.values())) / 1e6
    took = time.monotonic() - begun
    sys.stdout.write(f"{len(files)} files, {size:.2f} MB, made in {took:.1f} s: {options.site / 'index.html'}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m adapters.guide", description=__doc__)
    parser.add_argument(
        "reports", type=Path, help="a report, or a folder: its compare.json, or else all that are there"
    )
    parser.add_argument("exhibits", type=Path, help="what python -m adapters.guide.gathering wrote")
    parser.add_argument("site", type=Path, help="folder to write, or to replace")
    return parser


def _report(path: Path) -> Optional[Report]:
    """The report at a path. A folder without any gives none: the site then has all but verdicts."""
    if not path.is_dir():
        return Report.load(path)
    whole = path / WHOLE
    if whole.is_file():
        return Report.load(whole)
    files = sorted(file for file in path.glob("*.json") if file.name != MERGED)
    return reports.merge([Report.load(file) for file in files], "merged") if files else None


if __name__ == "__main__":
    sys.exit(main())
