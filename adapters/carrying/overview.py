"""``python -m adapters.carrying.overview REPORT``: write the tables of what a comparison carried.

Those in docs/carrying.md list all kinds; the one in README.md, by pair, those that are not carried unchanged.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Set, Tuple

from adapters.carrying.divergences import AVERAGED, REFUSED, SHARED
from specs import codec
from specs.errors import SpecError
from specs.layers import EXAMPLES, WORDS, forms
from specs.reporting import readme

#: Layers that are carried unchanged, and layers that the source does not have.
CARRIED, ABSENT = "✓", "–"
REFERENCE = "reference"

Pair = Tuple[str, str]


@dataclass(frozen=True)
class Fate:
    """The result for a number of layers of a kind: the answer, and the reasons."""

    source: str
    target: str
    kind: str
    answer: str
    layers: int
    reasons: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Carried:
    """A comparison's report about carrying: versions by adapter, and results."""

    versions: Dict[str, Dict[str, str]]
    fates: Tuple[Fate, ...]


def table(fates: Sequence[Fate]) -> List[str]:
    """A row per kind with parameters, a column per pair; then why layers are refused."""
    pairs = pairs_of(fates)
    lines = readme.head(["kind", *(f"{source} to {target}" for source, target in pairs)])
    for kind, cells in answers(fates).items():
        lines.append(readme.row([words(kind), *(_cell(cells.get(pair, [])) for pair in pairs)]))
    return [*lines, "", *(f"- {reason}" for reason in reasons(fates))]


def by_pair(fates: Sequence[Fate]) -> List[str]:
    """A row per pair: how many kinds are carried unchanged, and which are not."""
    lines = readme.head(["from", "to", "carried as they are", "if accepted", AVERAGED, "refused, all or some"])
    for source, target in pairs_of(fates):
        seen = {kind: {*cells[source, target]} for kind, cells in answers(fates).items() if (source, target) in cells}
        named = [
            [kind for kind, found in seen.items() if found - {CARRIED, AVERAGED, REFUSED}],
            [kind for kind, found in seen.items() if AVERAGED in found],
            [kind for kind, found in seen.items() if REFUSED in found],
        ]
        as_they_are = sum(found == {CARRIED} for found in seen.values())
        shown = [", ".join(map(words, kinds)) or ABSENT for kinds in named]
        lines.append(readme.row([source, target, f"{as_they_are} of {len(seen)} kinds", *shown]))
    return lines


def to_accept() -> List[str]:
    """A row per change that has to be accepted: the kinds that it replaces, and how they train afterwards."""
    kinds: Dict[str, Set[str]] = {}
    prices: Dict[str, Set[str]] = {}
    for kind, (_, axes) in EXAMPLES.items():
        for layer in forms(kind):
            for one in layer.instead(axes):
                kinds.setdefault(one.name, set()).add(words(kind))
                prices.setdefault(one.name, set()).add(one.price)
    lines = readme.head(["`--accept`", "kinds", "afterwards"])
    for name in sorted(name for name, found in prices.items() if any(found)):
        lines.append(readme.row([f"`{name}`", ", ".join(sorted(kinds[name])), ", or ".join(sorted(prices[name]))]))
    return lines


def _is_with_reference(fate: Fate) -> bool:
    return REFERENCE in (fate.source, fate.target)


def _between_frameworks(fates: Sequence[Fate]) -> List[Fate]:
    return [one for one in fates if not _is_with_reference(one)]


#: Tables by their marker on a page.
TABLES: Dict[str, Callable[[Sequence[Fate]], List[str]]] = {
    "carried": lambda fates: table(_between_frameworks(fates)),
    "carried_reference": lambda fates: table([*filter(_is_with_reference, fates)]),
    "carried_by_pair": lambda fates: by_pair(_between_frameworks(fates)),
    "carried_if_accepted": lambda _: to_accept(),
}


def words(kind: str) -> str:
    """The title of a kind's row."""
    return WORDS.get(kind, kind.replace("_", " "))


def pairs_of(fates: Sequence[Fate]) -> List[Pair]:
    return sorted({(one.source, one.target) for one in fates})


def answers(fates: Sequence[Fate]) -> Dict[str, Dict[Pair, List[str]]]:
    """The answers by kind and pair; layers carried unchanged come first."""
    found: Dict[str, Dict[Pair, List[str]]] = {kind: {} for kind in (*EXAMPLES, *SHARED)}
    for one in fates:
        found[one.kind].setdefault((one.source, one.target), []).append(one.answer)
    for cells in found.values():
        for cell in cells.values():
            cell.sort(key=lambda answer: (answer != CARRIED, answer))
    return {kind: cells for kind, cells in found.items() if cells}


def reasons(fates: Sequence[Fate]) -> List[str]:
    """Why layers are not carried unchanged."""
    return sorted({_told(one, reason) for one in fates for reason in one.reasons})


def _told(fate: Fate, reason: str) -> str:
    refused = f"{fate.target} refuses layers of kind {fate.kind}"
    return f"{refused if fate.answer == REFUSED else fate.answer}: {reason}"


def _cell(found: List[str]) -> str:
    return ", ".join(one if one in (CARRIED, REFUSED, AVERAGED) else f"`{one}`" for one in found) or ABSENT


def main(arguments: Optional[List[str]] = None) -> int:
    """Return the exit code: 0, 1 if a page is outdated, or 2 if the report is missing or invalid."""
    parser = argparse.ArgumentParser(prog="python -m adapters.carrying.overview", description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where the page says otherwise")
    parser.add_argument("--root", type=Path, default=Path(), metavar="DIR", help="where README.md and docs/ are")
    options = parser.parse_args(arguments)
    try:
        fates = codec.load(options.report, Carried).fates
        made = {name: tabulated(fates) for name, tabulated in TABLES.items()}
        if options.check:
            apart = [line for name, lines in made.items() for line in readme.apart(options.root, name, lines)]
            sys.stdout.writelines(f"{line}\n" for line in apart)
            return 1 if apart else 0
        readme.rewrite(options.root, made)
    except SpecError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
