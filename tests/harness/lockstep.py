"""Runs each program on all adapters and judges every trace by the law."""

from __future__ import annotations

import textwrap
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

from hypothesis import strategies as st

from adapters.workers.runners import NoTraceError, Runner
from specs import codec
from specs.errors import cause
from specs.laws import DRAW_LAWS, Evidence, Law, find
from specs.laws.budget import Budget
from specs.laws.verdicts import Cell, Finding, Tally
from specs.programs.program import Program
from specs.traces import Trace
from tests.harness.kept import Kept
from tests.strategies.families import Family, family

#: After this many programs, a law has concerned every adapter that supports what it asks about.
ENOUGH = 100


class LawBrokenError(AssertionError):
    """At least one adapter broke a law in a program. The message contains the whole explanation."""


@dataclass(frozen=True)
class Loss:
    """A program for which an adapter gave no trace, and why."""

    runner: Runner
    program: Program
    reason: str

    def explained(self, law: Law) -> str:
        lines = [f"{law.name}: not judged on {self.runner.name}, which gave no trace", ""]
        lines += textwrap.indent(self.reason, "    ").splitlines()
        return "\n".join([*lines, "", *_shown(self.program)])


class Lockstep:
    """The adapters of a run, and the tallies of the law being judged."""

    def __init__(self, runners: Sequence[Runner], budget: float, programs: Optional[int], seed: str = "0"):
        self.runners = runners
        self.programs = programs
        self.seed = seed
        self.budget = Budget(budget, len(runners), len(DRAW_LAWS))
        self.tallies: Dict[str, Tally] = {}
        self.broken = False
        self.lost: Dict[str, Loss] = {}
        self.ended: Dict[str, str] = {}
        self.kept = Kept()

    def open(self, law: Law) -> None:
        """Start judging a law."""
        self.law = law
        self.tallies = self._new_tallies()
        self.broken = False
        self.lost = {}

    def _new_tallies(self) -> Dict[str, Tally]:
        return {
            runner.name: Tally(self.law, runner.name, runner.divergences.get(self.law.name)) for runner in self.runners
        }

    def hold(self, programs: st.SearchStrategy[Program]) -> None:
        """Judge programs of a strategy. Raises :class:`LawBrokenError` for a minimal failing program."""
        drawn = family(programs, self.seed)
        try:
            for program in self._asked(drawn):
                self.judge(program)
        except LawBrokenError:
            drawn.shrink(program, self.judge)
            raise

    def _asked(self, drawn: Family) -> Iterator[Program]:
        """The first programs of a family, then more, up to ``ENOUGH``, until the law has concerned every adapter."""
        asked = self.programs or self.law.programs
        yield from drawn.first(asked)
        for before in range(asked, ENOUGH):
            if all(tally.asked for tally in self.tallies.values()):
                return
            yield from drawn.first(before + 1)[before:]

    def judge(self, program: Program) -> None:
        """Run a program on all adapters and judge it. Raises :class:`LawBrokenError` if an adapter breaks the law.

        Once the law is broken, later programs belong to the search for a smaller one: they are judged but not counted.
        An adapter that gives no trace of a program does not break the law, and is not judged by it; the others are.
        """
        traces = self._run(program)
        tallies = self._new_tallies() if self.broken else self.tallies
        findings: Dict[str, Finding] = {}
        for name, trace in traces.items():
            finding = judged(tallies[name], Evidence(program, trace))
            if finding is not None:
                findings[name] = finding
                self.tallies[name].keep(finding, program.text)
        if findings:
            self.broken = True
            raise LawBrokenError(self._explain(program, findings))

    def _run(self, program: Program) -> Dict[str, Trace]:
        """The traces of a program. Laws that use the same programs share them."""
        kept = dict(self.kept.of(program.text))
        asked = [runner for runner in self.runners if runner.name not in kept and runner.name not in self.lost]
        for runner in asked:
            runner.start(program)
        kept.update(trace for runner in asked for trace in self._finished(runner, program))
        self.kept.keep(program.text, kept)
        return {runner.name: kept[runner.name] for runner in self.runners if runner.name not in self.lost}

    def _finished(self, runner: Runner, program: Program) -> List[Tuple[str, Trace]]:
        """The adapter's name and trace, or nothing if it gave no trace: the adapter is then lost for this law."""
        try:
            return [(runner.name, runner.finish())]
        except NoTraceError as reason:
            self.lose(Loss(runner, program, self._reason(runner, reason)))
            return []

    def lose(self, loss: Loss) -> None:
        """Record that an adapter gave no trace of a program; the last such program counts."""
        tally = self.tallies[loss.runner.name]
        if tally.finding is None or loss.runner.name in self.lost:
            tally.lost(loss.program.text, loss.reason)
        self.lost[loss.runner.name] = loss

    def _reason(self, runner: Runner, reason: NoTraceError) -> str:
        """Why there is no trace. The end of an adapter's part in the run is explained in full only once."""
        if runner.over and self.ended.setdefault(runner.name, self.law.name) != self.law.name:
            return f"its part in this run ended in {self.ended[runner.name]}"
        return str(reason)

    def has(self, runner: Runner, program: Program) -> bool:
        """Whether the runner's trace of this program is kept."""
        return runner.name in self.kept.of(program.text)

    def abandon(self, reason: str) -> None:
        """Record that the law's test was interrupted: the programs judged so far do not suffice for a verdict."""
        for tally in self.tallies.values():
            if tally.finding is None:
                tally.keep(Finding("none", 0, f"the law's test came to no end: {reason}"), "")

    def close(self) -> List[Cell]:
        """The law's cells, one per adapter."""
        return [tally.close(self.budget.share) for tally in self.tallies.values()]

    def _explain(self, program: Program, findings: Dict[str, Finding]) -> str:
        lines = [f"{self.law.name}: {self.law.question}", ""]
        for name, finding in findings.items():
            tally = self.tallies[name]
            declared = "" if tally.divergence is None else " (declared divergence)"
            lines += [f"  {name}", f"    expected  {tally.expected}{declared}", f"    seen      {finding.answer}"]
            lines += [f"    at        operation {finding.at}: {codec.shown(program.operations[finding.at])}"]
            lines += [f"    {finding.detail}"] if finding.detail else []
        held = [runner.name for runner in self.runners if runner.name not in findings and runner.name not in self.lost]
        lines += ["", f"  as expected on: {', '.join(held) or 'none'}", "", *_shown(program)]
        return "\n".join(lines)


def judged(tally: Tally, evidence: Evidence) -> Optional[Finding]:
    """The finding if a trace breaks the law. If judging raises, only this trace's adapter fails."""
    try:
        return tally.judge(evidence)
    except Exception as error:
        *_, last = traceback.extract_tb(error.__traceback__)
        return Finding("cannot be judged", 0, f"{cause(error)} ({Path(last.filename).name}, line {last.lineno})")


def _shown(program: Program) -> List[str]:
    lines = ["  program", *(f"    {name}: {codec.shown(network)}" for name, network in program.networks.items())]
    return lines + [f"    {at:>3}  {codec.shown(operation)}" for at, operation in enumerate(program.operations)]


def explain_cell(cell: Cell) -> str:
    """Explain why a law fails on all its programs together."""
    law = find([cell.law])[0]
    return "\n".join(
        [f"{law.name}: {law.question}", "", f"  {cell.adapter}, over {cell.programs} programs", f"    {cell.measured}"]
    )
