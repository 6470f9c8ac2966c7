"""``python -m adapters.carrying.overview REPORT``: the table in docs/carrying.md, of what a comparison saw carried."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

from adapters.carrying.divergences import AVERAGED, REFUSED, SHARED
from specs import codec
from specs.errors import SpecError
from specs.layers import EXAMPLES, WORDS
from specs.reporting import readme

#: Layers that are carried as they are, and those that the source does not have.
CARRIED, ABSENT = "✓", "–"


@dataclass(frozen=True)
class Fate:
    """What became of so many layers of a kind: carried and proved, or refused, and for which reasons."""

    source: str
    target: str
    kind: str
    answer: str
    layers: int
    reasons: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Carried:
    """A comparison's report of what was carried: versions by adapter, and fates."""

    versions: Dict[str, Dict[str, str]]
    fates: Tuple[Fate, ...]


def table(fates: Sequence[Fate]) -> List[str]:
    """A row for each kind that holds anything, a column for each pair; then why layers are refused."""
    pairs = sorted({(one.source, one.target) for one in fates})
    cells: Dict[Tuple[str, str, str], List[str]] = {}
    for one in fates:
        cells.setdefault((one.kind, one.source, one.target), []).append(one.answer)
    lines = readme.head(["kind", *(f"{source} to {target}" for source, target in pairs)])
    for kind in (kind for kind in (*EXAMPLES, *SHARED) if any(one.kind == kind for one in fates)):
        lines.append(readme.row([words(kind), *(_cell(cells.get((kind, *pair), [])) for pair in pairs)]))
    told = {_told(one, reason) for one in fates for reason in one.reasons}
    return [*lines, "", *sorted(told)]


def words(kind: str) -> str:
    """What a row is called."""
    return WORDS.get(kind, kind.replace("_", " "))


def _told(fate: Fate, reason: str) -> str:
    refused = f"{fate.target} refuses layers of kind {fate.kind}"
    return f"- {refused if fate.answer == REFUSED else fate.answer}: {reason}"


def _cell(answers: List[str]) -> str:
    shown = [one if one in (CARRIED, REFUSED, AVERAGED) else f"`{one}`" for one in sorted(answers)]
    return ", ".join(sorted(shown, key=CARRIED.__ne__)) or ABSENT


def main(arguments: Optional[List[str]] = None) -> int:
    """Exit code 0, 1 where the page says otherwise, 2 where there is no such report."""
    parser = argparse.ArgumentParser(prog="python -m adapters.carrying.overview", description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where the page says otherwise")
    parser.add_argument("--root", type=Path, default=Path(), metavar="DIR", help="where docs/ is")
    options = parser.parse_args(arguments)
    try:
        made = table(codec.load(options.report, Carried).fates)
        if options.check:
            apart = readme.apart(options.root, "carried", made)
            sys.stdout.writelines(f"{line}\n" for line in apart)
            return 1 if apart else 0
        readme.rewrite(options.root, {"carried": made})
    except SpecError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
