"""``python -m tests.drift [FRAMEWORK ...]``: find the laws that the newest releases answer differently.

The newest release of each framework is installed into a fresh environment. If it is not the pinned release, it is
judged by the laws, and the pinned release's answers are expected. Further arguments, after the names, go to pytest.
Exit code: 0 if no answer changed, 1 if one did, 2 if this is unknown for a framework.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import List

from adapters.eras import ERAS
from adapters.registry import ADAPTERS
from specs.errors import SpecError, one_of
from specs.laws import LAWS
from specs.reporting.reports import Report
from tests.drift import releases
from tests.eras import environments

ROOT = Path(__file__).resolve().parents[2]
FRAMEWORKS = tuple(name for name, era in ERAS.items() if era.today and era.adapter in ADAPTERS)
MOVED, UNKNOWN = 1, 2


def parse(arguments: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.drift", usage=f"%(prog)s [{' | '.join(FRAMEWORKS)} ...] [options]", description=__doc__
    )
    parser.add_argument("--programs", type=int, default=100, metavar="N", help="for each law (default 100)")
    parser.add_argument("--report-dir", type=Path, default=ROOT / "reports" / "drift", help="default reports/drift")
    names = list(itertools.takewhile(lambda argument: not argument.startswith("-"), arguments))
    options, options.more = parser.parse_known_args(arguments[len(names) :])
    options.named = names or list(FRAMEWORKS)
    return options


def main(arguments: List[str]) -> int:
    options = parse(arguments)
    folder = Path(os.environ.get("TOX_WORK_DIR", ROOT / ".tox"))
    try:
        for name in options.named:
            one_of("framework", name, FRAMEWORKS)
    except SpecError as error:
        print(error, file=sys.stderr)
        return UNKNOWN
    tell(cost(options.named, options.programs, folder))
    return max(looked_at(name, folder, options) for name in options.named)


def tell(text: str) -> None:
    print(text, flush=True)


def cost(names: List[str], programs: int, folder: Path) -> str:
    """What the run will cost. The size of the newest environments is estimated from the pinned ones."""
    megabytes = sum(releases.megabytes(folder / name) for name in names)
    minutes = environments.minutes(names, programs, len(LAWS))
    return (
        f"installs the newest {', '.join(names)}: {megabytes:,.0f} MB on disk, as the pinned ones; 4,600 more where "
        f"PyTorch comes with CUDA. Then {programs} programs a law: {minutes:.0f} min on 2 cores at most"
    )


def looked_at(name: str, folder: Path, options: argparse.Namespace) -> int:
    """Judge one framework's newest release and print what changed. Return the exit code."""
    newest = f"{name}_newest"
    shutil.rmtree(folder / newest, ignore_errors=True)
    reason = environments.made(newest, ROOT, folder)
    if reason:
        tell(f"{name}: the newest release cannot be installed: {reason}")
        return UNKNOWN
    pinned, found = (releases.installed(folder / place) for place in (name, newest))
    told = ", ".join(f"{package} {pinned[package]} → {found[package]}" for package in found)
    if pinned == found:
        tell(f"{told}: nothing newer")
        return 0
    tell(f"{told}: the laws are asked")
    python = folder / newest / "bin" / "python"
    asked = [
        f"--adapter={ERAS[name].adapter}={python}",
        *(f"--as-of={package}=={version}" for package, version in pinned.items()),
        f"--programs={options.programs}",
        f"--report-dir={options.report_dir}",
        *options.more,
    ]
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "-q", "tests/laws", *asked]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "TOX_ENV_NAME": newest}, check=False).returncode
    if done not in (0, MOVED):
        tell(f"{told}: pytest ended with exit code {done}")
        return UNKNOWN
    report = Report.load(options.report_dir / f"{newest}.json")
    moved = releases.moved(report, ERAS[name].adapter, pinned)
    tell("\n".join([f"{told}: {len(moved)} of {len({cell.law for cell in report.cells})} laws moved", *moved]))
    unanswered = releases.unanswered(report, ERAS[name].adapter)
    if unanswered:
        tell(f"without an answer, ask more programs: {', '.join(unanswered)}")
    return MOVED if moved else UNKNOWN if unanswered else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
