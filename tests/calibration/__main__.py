"""``python -m tests.calibration``: measure false alarms and power of the judge of draws; exits with 1 on failure."""

from __future__ import annotations

import argparse
import platform
import secrets
import sys
from pathlib import Path
from typing import List

import numpy as np
import scipy

from specs.reporting.readme import rewrite
from tests.calibration import tables
from tests.calibration.judgings import SHARE
from tests.calibration.measure import Laboratory, elements
from tests.calibration.plans import PROGRAMS
from tests.calibration.results import MEASURED, Calibration, judge_digest

ROOT = Path(__file__).resolve().parent.parent.parent
FIGURE = "power.svg"
#: The minimum size of a calibration that is stored, for README.md and docs/judging.md. Each test has 10,000 pools.
JUDGINGS, SEEDS, POOLS = 210, 200, 10_000
#: For each point of a curve, the number of seeds is divided by this.
CURVE = 4


def measure(options: argparse.Namespace) -> Calibration:
    laboratory = Laboratory(options.entropy, lambda line: print(line, flush=True))
    powers = laboratory.powers(options.seeds)
    curves = laboratory.curves(max(1, options.seeds // CURVE))
    alarms, uniformity = laboratory.alarms(options.judgings)
    return Calibration(
        format=Calibration.FORMAT,
        judge=judge_digest(),
        versions={"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
        entropy=str(options.entropy),
        programs=PROGRAMS,
        share=SHARE,
        elements=elements(),
        alarms=alarms,
        uniformity=uniformity,
        powers=powers,
        curves=curves,
    )


def write(found: Calibration, folder: Path) -> None:
    """Write the result and the figure."""
    found.save(folder / MEASURED.name)
    tables.draw(found, folder / FIGURE)


def parse(arguments: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.calibration", description=__doc__)
    parser.add_argument(
        "--judgings", type=int, default=JUDGINGS, metavar="N", help=f"of true draws (default {JUDGINGS})"
    )
    parser.add_argument(
        "--seeds", type=int, default=SEEDS, metavar="N", help=f"for each defect, over its laws (default {SEEDS})"
    )
    parser.add_argument(
        "--entropy", type=int, default=None, metavar="N", help="repeat a calibration; by default fresh from the system"
    )
    parser.add_argument("--report-dir", type=Path, default=Path("reports") / "calibration", metavar="DIR")
    options = parser.parse_args(arguments)
    for name in ("judgings", "seeds"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} {getattr(options, name)}: 1 or more is expected")
    if options.entropy is None:
        options.entropy = secrets.randbits(64)
    return options


def main(arguments: List[str]) -> int:
    options = parse(arguments)
    print(f"entropy {options.entropy}", flush=True)
    found = measure(options)
    write(found, options.report_dir)
    if options.judgings >= JUDGINGS and options.seeds >= SEEDS:
        write(found, MEASURED.parent)
        rewrite(ROOT, {"promises": tables.promises(found), "power": tables.power(found)})
    print("\n".join([*tables.power(found), "", *tables.p_values(found), "", *tables.promises(found)]))
    missed = tables.failures(found)
    print("\n".join(["", *(f"MISSED  {line}" for line in missed)] if missed else ["", "every goal was met"]))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
