"""``python -m adapters.guide``: build the site from a report and a file of exhibits."""

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
    """Return the exit code: 0, or 2 if the input is invalid; an earlier site is then left unchanged."""
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
    parser.add_argument("reports", type=Path, help="a report, or a folder: its compare.json, or else all its reports")
    parser.add_argument("exhibits", type=Path, help="what python -m adapters.guide.gathering wrote")
    parser.add_argument("site", type=Path, help="folder to write or replace")
    parser.add_argument(
        "--address",
        type=_address,
        default="",
        metavar="URL",
        help="URL under which the site will be published, for the sitemap and 404.html",
    )
    return parser


def _address(text: str) -> str:
    """A base URL, to which paths can be appended."""
    return f"{text.rstrip('/')}/" if text else ""


if __name__ == "__main__":
    sys.exit(main())
