"""``python -m tests.claims --adapter NAME=PYTHON ...``: judge the claims of the source chapters on these adapters.

Exit code: 0 if each verdict is the declared one, 1 if not, 2 if the input is invalid. With ``--keep``, the results are
written to docs/claims.md, next to those of other versions.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from pathlib import Path
from typing import List, Optional, Sequence

from adapters.guide.claimed import MEASURED
from adapters.workers.runners import NoTraceError, close_all, open_all
from specs import codec
from specs.errors import SpecError
from specs.reporting.claims import Measured
from specs.reporting.readme import rewrite
from tests.claims import tables
from tests.claims.measuring import measure, merged
from tests.eras import environments

ROOT = Path(__file__).resolve().parents[2]
#: Environments with the versions that the chapters used.
EARLIER = ("mxnet131", "mxnet151", "tf115", "tf20", "tf23")


def parse(arguments: Optional[Sequence[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.claims", description="Judge what the source chapters claim.")
    parser.add_argument(
        "--adapter", action="append", required=True, metavar="NAME[@LABEL][=PYTHON]", help="several times"
    )
    parser.add_argument(
        "--earlier",
        action="store_true",
        help=f"also on {', '.join(EARLIER)}: each in its environment of tox, made where there is a Python for it",
    )
    parser.add_argument("--keep", action="store_true", help="keep what was seen, for docs/claims.md")
    parser.add_argument("--time-limit", type=float, default=120.0, help="longest wait for a worker (default 120)")
    return parser.parse_args(arguments)


def earlier() -> List[str]:
    """The adapters of these environments that are available; for the others, print the reason."""
    folder = Path(os.environ.get("TOX_WORK_DIR", ROOT / ".tox"))
    found = []
    for name in EARLIER:
        # Do not download a Python for this, since the frameworks of that time are large.
        reason = environments.without_python(name) or environments.lacking(name, ROOT, folder)
        if reason:
            print(f"{name} takes no part: {reason}")
        else:
            found.append(environments.choice(name, folder))
    return found


def main(arguments: Optional[List[str]] = None) -> int:
    options = parse(arguments)
    try:
        with contextlib.ExitStack() as at_end:
            choices = [*options.adapter, *(earlier() if options.earlier else ())]
            runners = open_all(choices, options.time_limit)
            at_end.callback(close_all, runners)
            results = measure(runners)
    except (SpecError, NoTraceError) as error:
        print(error, file=sys.stderr)
        return 2
    for result in results:
        print(result)
    wrong = [result for result in results if not result.as_declared]
    print(f"{len(results)} verdicts, {len(wrong)} other than declared")
    if options.keep and not wrong:
        kept = merged(codec.load(MEASURED, Measured), results)
        codec.save(kept, MEASURED)
        rewrite(ROOT, tables.blocks(kept))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
