"""What a run of hunts found: as JSON, as a table, and what in it is not as it should be.

The JSON is one object: ``format`` (1), ``programs`` (for a law that must notice a mutant), ``adapters`` (name to
versions), ``hunts`` (see :class:`tests.mutants.hunt.Hunted`), ``faults`` (of the run, beside those of its hunts) and
``seconds``.
"""

from __future__ import annotations

import statistics
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Dict, Iterable, Iterator, List, Tuple

from specs import codec
from specs.laws import LAWS
from tests.mutants.hunt import Hunted

#: Seconds within which half of an adapter's mutants must be killed, from a warm start.
MEDIAN_LIMIT = 5.0


@dataclass(frozen=True)
class Results:
    """What one run found."""

    FORMAT: ClassVar[int] = 1

    format: int
    programs: int
    adapters: Dict[str, Dict[str, str]]
    hunts: Tuple[Hunted, ...]
    faults: Tuple[str, ...]
    seconds: float

    @property
    def failed(self) -> bool:
        return bool(self.faults) or not all(hunted.killed for hunted in self.hunts if hunted.concerns or hunted.faults)

    def save(self, folder: Path) -> Path:
        """Write ``mutants.json`` into a folder, made where it is missing."""
        return codec.save(self, folder / "mutants.json")

    @staticmethod
    def load(file: Path) -> Results:
        """Read results. Raises :class:`SpecError` where the file holds none, or those of another format."""
        return codec.load(file, Results)


HEADER = f"{'planted in':<10} {'mutant':<38} {'killed by':<42} {'answer':<28} {'programs':>8} {'seconds':>8}"


def rows(hunted: Hunted) -> List[str]:
    """A mutant in the table: a line for each law that killed it, then its faults."""
    first = f"{hunted.adapter:<10} {hunted.mutant.name:<38}"
    killed = [f"{kill.law:<42} {kill.answer:<28} {kill.programs:>8} {kill.seconds:>8.2f}" for kill in hunted.kills] or [
        "none" if hunted.concerns else "not offered here"
    ]
    lines = [f"{first if at == 0 else ' ' * len(first)} {text}" for at, text in enumerate(killed)]
    return lines + [f"{'':<10} FAULT: {textwrap.shorten(fault, 250)}" for fault in hunted.faults]


def slow(hunts: Iterable[Hunted]) -> Iterator[str]:
    """The adapters whose mutants take too long to be killed."""
    for adapter, seconds in _times(hunts).items():
        if statistics.median(seconds) > MEDIAN_LIMIT:
            yield f"{adapter}: half of the mutants take more than {statistics.median(seconds):.2f} s to be killed"


def idle_laws(hunts: Iterable[Hunted]) -> Iterator[str]:
    """The laws that kill no mutant."""
    busy = {kill.law for hunted in hunts for kill in hunted.kills}
    return (f"{law} kills no mutant" for law in LAWS if law not in busy)


def summary(results: Results) -> List[str]:
    """A line for each adapter: how many mutants were planted, how many killed, and the median time of that."""
    lines = []
    for adapter in results.adapters:
        hunts = [hunted for hunted in results.hunts if hunted.adapter == adapter and hunted.concerns]
        seconds = _times(hunts).get(adapter)
        median = f", median {statistics.median(seconds):.2f} s to the first law that fails" if seconds else ""
        lines.append(f"{adapter}: {len(hunts)} planted, {sum(hunted.killed for hunted in hunts)} killed{median}")
    return lines


def _times(hunts: Iterable[Hunted]) -> Dict[str, List[float]]:
    times: Dict[str, List[float]] = {}
    for hunted in hunts:
        if hunted.seconds is not None:
            times.setdefault(hunted.adapter, []).append(hunted.seconds)
    return times
