"""``python -m tests.faults --adapter NAME=PYTHON ...``: compare a run of the laws with faults to one without.

Exits with 1 if a fault was missed or misreported, another verdict changed, or a process was left behind.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import time
from pathlib import Path
from typing import Any, Dict, List

from specs.reporting.reports import Report
from tests.faults import outcome
from tests.faults.injection import FOLDER
from tests.faults.kinds import KINDS
from tests.faults.processes import Run

#: Seconds after a run within which all its processes must have ended.
SOON = 5.0


def parse(arguments: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--adapter", action="append", required=True, metavar="NAME=PYTHON", help="several times")
    parser.add_argument("--faults", type=int, default=210, metavar="N", help="how many to inject (default 210)")
    parser.add_argument("--programs", type=int, default=8, metavar="N", help="programs for each law (default 8)")
    parser.add_argument("--law", action="append", default=[], metavar="NAME", help="only this law or chapter")
    parser.add_argument("--seed", type=int, default=0, help="of what is injected where (default 0)")
    parser.add_argument("--time-limit", type=float, default=10.0, help="for one program (default 10)")
    parser.add_argument("--patience", type=float, default=2400.0, help="seconds until a run counts as hanging")
    parser.add_argument("--report-dir", type=Path, default=Path("reports"), help="for faults/ (default reports)")
    return parser.parse_args(arguments)


def planned(programs: Dict[str, Dict[str, int]], count: int, seed: int) -> List[Dict[str, Any]]:
    """Faults for different laws and adapters, in random programs: first one of each kind, then by weight."""
    chance = random.Random(seed)
    places = [(law, adapter, runs) for law, counted in programs.items() for adapter, runs in counted.items() if law]
    chance.shuffle(places)
    turn = chance.sample(list(KINDS), len(KINDS))
    turn += chance.choices(list(KINDS), [kind.weight for kind in KINDS.values()], k=max(0, count - len(turn)))
    if count > len(places):
        sys.exit(f"tests.faults: --faults {count}: there are {len(places)} laws and adapters to strike")
    return [
        {
            "number": number,
            "kind": turn[number],
            "law": law,
            "adapter": adapter,
            "run": chance.randrange(runs),
            "moment": chance.random(),
        }
        for number, (law, adapter, runs) in enumerate(places[:count])
    ]


class Laws:
    """Runs of the laws, each in its own folder, with a list of failed expectations."""

    def __init__(self, options: argparse.Namespace, folder: Path):
        self.options = options
        self.folder = folder
        self.misses: List[str] = []

    def run(self, name: str, plan: List[Dict[str, Any]]) -> Report:
        """Run all laws with these faults."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
        arguments = [
            "tests/laws",
            *("-p", "tests.faults.injection"),
            *(f"--adapter={choice}" for choice in self.options.adapter),
            *(f"--law={law}" for law in self.options.law),
            f"--programs={self.options.programs}",
            f"--time-limit={self.options.time_limit}",
            f"--report-dir={folder}",
        ]
        began = time.monotonic()
        with Run(*arguments, **{FOLDER: str(folder)}) as run:
            output = run.output(self.options.patience)
            if run.seconds_until_none(SOON) >= SOON:
                self.misses.append(f"{name}: processes were left behind")
        (folder / "output.txt").write_text(output, encoding="utf-8")
        print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
        if not (folder / "pytest.json").exists() or not (folder / "journal.json").exists():
            sys.exit(f"tests.faults: the run {name} came to no end:\n{output[-3000:]}")
        return Report.load(folder / "pytest.json")

    def journal(self, name: str) -> Dict[str, Any]:
        read: Dict[str, Any] = json.loads((self.folder / name / "journal.json").read_text(encoding="utf-8"))
        return read


def main(arguments: List[str]) -> int:
    options = parse(arguments)
    kept = options.report_dir / "faults"
    laws = Laws(options, kept)
    before = laws.run("undisturbed", [])
    plan = planned(laws.journal("undisturbed")["programs"], options.faults, options.seed)
    after = laws.run("disturbed", plan)
    found = outcome.outcomes(plan, laws.journal("disturbed"), before, after)
    misses = [*laws.misses, *(f"changed: {other}" for other in outcome.others(plan, before, after))]
    misses += [
        f"{one.kind}: {one.law} on {one.adapter}: {one}" for one in found if not (one.injected and one.as_expected)
    ]
    lines = [*outcome.table(found), "", *misses, f"{len(found)} faults, {len(misses)} misses"]
    print("\n".join(lines))
    report = {"seed": options.seed, "faults": outcome.plain(found), "misses": misses}
    (kept / "faults.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
