"""The tables of docs/planted-bugs.md: what is kept of a run of all mutants, and what is made from it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Dict, List, Mapping, Sequence, Tuple

from specs import codec
from specs.laws import LAWS, QuestionLaw
from specs.reporting.readme import head, row
from tests.mutants.hunt import Hunted
from tests.mutants.results import Results

#: The result that that page's table is made from.
MEASURED = Path(__file__).parent / "measured.json"
REFERENCE = "reference"
#: Numbers of programs, up to that of a law's own test.
COUNTS = (1, 2, 5, 10, 20, QuestionLaw.programs)


@dataclass(frozen=True)
class Fate:
    """What became of one mutant: the laws that noticed it, and how many programs each took; seconds of the first."""

    adapter: str
    mutant: str
    killed: bool
    laws: Dict[str, int]
    programs: int
    seconds: float


@dataclass(frozen=True)
class Kept:
    """What is kept of a run."""

    FORMAT: ClassVar[int] = 2

    format: int
    programs: int
    others: int
    adapters: Dict[str, Dict[str, str]]
    fates: Tuple[Fate, ...]

    @staticmethod
    def of(found: Results, others: int) -> Kept:
        fates = tuple(_fate(hunted) for hunted in found.hunts if hunted.concerns)
        return Kept(Kept.FORMAT, found.programs, others, found.adapters, fates)

    def merged(self, later: Kept, mutants: Mapping[str, Sequence[str]]) -> Kept:
        """The same, with what a later run found. ``mutants`` are all that there are, of each of its adapters."""
        others = [fate for fate in self.fates if fate.adapter not in mutants]
        fates = {(fate.adapter, fate.mutant): fate for fate in (*self.fates, *later.fates)}
        known = [(adapter, name) for adapter, names in mutants.items() for name in names]
        return replace(
            self,
            programs=min(self.programs, later.programs),
            others=min(self.others, later.others),
            adapters={**self.adapters, **later.adapters},
            fates=(*others, *(fates[mutant] for mutant in known if mutant in fates)),
        )

    def save(self, file: Path) -> None:
        codec.save(self, file)

    @staticmethod
    def load(file: Path) -> Kept:
        """Raises :class:`SpecError` where the file holds something else."""
        return codec.load(file, Kept)


def _fate(hunted: Hunted) -> Fate:
    first = min(hunted.kills, key=lambda kill: kill.seconds, default=None)
    return Fate(
        adapter=hunted.adapter,
        mutant=hunted.mutant.name,
        killed=hunted.killed,
        laws={kill.law: kill.programs for kill in hunted.kills},
        programs=0 if first is None else first.programs,
        seconds=0.0 if first is None else first.seconds,
    )


def kills(kept: Kept) -> List[str]:
    """A row for each place in which bugs were planted. Programs and seconds are those until the first law failed."""
    lines = head(["planted in", "bugs", "killed", "programs, median", "most", "seconds, median", "most"])
    for adapter, versions in kept.adapters.items():
        package = adapter if adapter in versions else next(iter(versions))
        where = adapter if adapter == REFERENCE else f"{package} {versions[package]}"
        lines.append(row([where, *_counted([fate for fate in kept.fates if fate.adapter == adapter])]))
    noticed = {law for fate in kept.fates for law in fate.laws}
    return [*lines, "", f"{len(noticed)} of {len(LAWS)} laws noticed a bug that they have to notice."]


def needed(kept: Kept) -> List[str]:
    """How many programs laws need that a single program refutes: the share of bugs noticed, over all such laws."""
    needs = [count for fate in kept.fates for law, count in fate.laws.items() if isinstance(LAWS[law], QuestionLaw)]
    shares = [f"{sum(need <= count for need in needs) / len(needs):.1%}" for count in COUNTS]
    return [*head(["programs", *map(str, COUNTS)]), row(["noticed", *shares])]


def _counted(fates: List[Fate]) -> List[str]:
    programs = [fate.programs for fate in fates if fate.laws]
    seconds = [fate.seconds for fate in fates if fate.laws]
    counted = [str(len(fates)), str(sum(fate.killed for fate in fates))]
    if programs:
        counted += [f"{statistics.median(programs):g}", str(max(programs))]
        counted += [f"{statistics.median(seconds):.2g}", f"{max(seconds):.2g}"]
    return counted
