"""``python -m adapters.guide``: makes the site of a report and a file of exhibits."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import List, Optional

from adapters.guide import site
from adapters.guide.exhibits import Exhibits
from adapters.guide.library import fates_in, report_in
from specs.errors import SpecError


def main(arguments: Optional[List[str]] = None) -> int:
    """Exit code 0, or 2 where the input is not acceptable; then an earlier site is left as it was."""
    options = _parser().parse_args(arguments)
    begun = time.monotonic()
    try:
        exhibits, fates = Exhibits.load(options.exhibits), fates_in(options.reports)
        files = site.built(report_in(options.reports), exhibits, options.address, fates)
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
    parser.add_argument(
        "--address",
        type=_address,
        default="",
        metavar="URL",
        help="where it is to be published: for a sitemap, and 404.html",
    )
    return parser


def _address(text: str) -> str:
    """An address as others are added to it."""
    return f"{text.rstrip('/')}/" if text else ""


if __name__ == "__main__":
    sys.exit(main())
