"""``python -m tests.mutants --adapter NAME=PYTHON ...``: hunts the mutants of these adapters, and of the reference.

Exit code 0 where all were killed, 1 where something is not as it should be, 2 where the input is not acceptable.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Dict, Iterator, List, Mapping, Optional, Sequence

from adapters.workers.runners import Runner, open_all
from specs.errors import SpecError
from specs.reporting.readme import rewrite
from tests.mutants import results, tables
from tests.mutants.hunt import Hunt, Hunted
from tests.mutants.planting import gardener
from tests.mutants.programs import Programs
from tests.mutants.registry import Mutant, chosen
from tests.mutants.results import Results

ROOT = Path(__file__).resolve().parent.parent.parent
#: Programs for a law that must notice a mutant, and for any other. A hunt with these, or more, is kept.
PROGRAMS, OTHERS = 100, 1


def parse(arguments: Optional[Sequence[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description="Hunt planted bugs with the laws.")
    parser.add_argument("--adapter", action="append", default=[], metavar="NAME[@LABEL][=PYTHON]", help="several times")
    parser.add_argument("--without-reference", action="store_true", help="hunt in those adapters alone")
    parser.add_argument("--mutant", action="append", default=[], metavar="NAME", help="only this one; several times")
    parser.add_argument("--quick", action="store_true", help="only the few that run with the laws' own tests")
    parser.add_argument(
        "--programs", type=int, default=PROGRAMS, metavar="N", help=f"most for a law to notice (default {PROGRAMS})"
    )
    parser.add_argument("--others", type=int, default=OTHERS, metavar="N", help=f"for any other law (default {OTHERS})")
    parser.add_argument("--report-dir", type=Path, metavar="DIR", help="write mutants/mutants.json into this folder")
    parser.add_argument("--time-limit", type=float, default=120.0, help="longest wait for a worker (default 120)")
    options = parser.parse_args(arguments)
    for name, least in (("programs", 1), ("others", 0)):
        if getattr(options, name) < least:
            parser.error(f"--{name}: {getattr(options, name)} must be {least} or more")
    if not options.time_limit > 0:
        parser.error(f"--time-limit: {options.time_limit} must be greater than 0")
    return options


def adapters(options: argparse.Namespace) -> List[str]:
    """The reference, and what was asked for beside it. Raises :class:`SpecError` where one would come twice."""
    first = [] if options.without_reference else ["reference"]
    choices = [*first, *(choice for choice in options.adapter if choice != "reference")]
    names = [choice.partition("=")[0] for choice in choices]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise SpecError(f"--adapter: {doubled[0]} is given twice")
    return choices


def wanted(hunts: Sequence[Hunt], options: argparse.Namespace) -> Dict[Hunt, List[Mutant]]:
    """The mutants to hunt, by hunt. Raises :class:`SpecError` where there is none of a name that was given."""
    known = [mutant for hunt in hunts for mutant in hunt.gardener.mutants]
    if options.mutant:
        names = {mutant.name for mutant in chosen(known, options.mutant)}
    else:
        names = {mutant.name for mutant in known if mutant.quick or not options.quick}
    if not names:
        raise SpecError("no mutant is chosen")
    return {hunt: [mutant for mutant in hunt.gardener.mutants if mutant.name in names] for hunt in hunts}


def hunt_all(chosen_mutants: Dict[Hunt, List[Mutant]]) -> Iterator[Hunted]:
    """Hunt them all, and show each as it is found."""
    print(results.HEADER)
    for hunt, mutants in chosen_mutants.items():
        for mutant in mutants:
            hunted = hunt.pursue(mutant)
            print(*results.rows(hunted), sep="\n", flush=True)
            yield hunted


def run(hunts: Sequence[Hunt], options: argparse.Namespace) -> Results:
    began = time.monotonic()
    by_hunt = wanted(hunts, options)
    found = list(hunt_all(by_hunt))
    faults = [fault for hunt, mutants in by_hunt.items() if mutants for fault in hunt.control()]
    faults += results.slow(found)
    if not (options.mutant or options.quick or options.without_reference):
        faults += results.idle_laws(found)
    return Results(
        format=Results.FORMAT,
        programs=options.programs,
        adapters={hunt.runner.name: hunt.runner.versions for hunt, mutants in by_hunt.items() if mutants},
        hunts=tuple(found),
        faults=tuple(faults),
        seconds=round(time.monotonic() - began, 2),
    )


def is_kept(options: argparse.Namespace) -> bool:
    """Whether a hunt had enough programs for its result to be kept."""
    return not (options.quick or options.programs < PROGRAMS or options.others < OTHERS)


def keep(found: Results, others: int, mutants: Mapping[str, Sequence[str]]) -> None:
    """Keep a result beside those of other mutants, and let the page tell of it."""
    kept = tables.Kept.load(tables.MEASURED).merged(tables.Kept.of(found, others), mutants)
    kept.save(tables.MEASURED)
    rewrite(ROOT, {"kills": tables.kills(kept), "needed": tables.needed(kept)})


def main(arguments: Optional[Sequence[str]] = None) -> int:
    options = parse(arguments)
    runners: List[Runner] = []
    try:
        runners = open_all(adapters(options), options.time_limit)
        programs = Programs(options.programs)
        hunts = [Hunt(runner, gardener(runner), programs, options.others) for runner in runners]
        found = run(hunts, options)
    except SpecError as error:
        sys.stderr.write(f"tests.mutants: {error}\n")
        return 2
    finally:
        for runner in runners:
            runner.close()
    print("", *found.faults, *results.summary(found), sep="\n")
    if options.report_dir is not None:
        print(f"report: {found.save(options.report_dir / 'mutants')}")
    if is_kept(options):
        keep(found, options.others, {hunt.runner.name: [each.name for each in hunt.gardener.mutants] for hunt in hunts})
    return 1 if found.failed else 0


if __name__ == "__main__":
    sys.exit(main())
