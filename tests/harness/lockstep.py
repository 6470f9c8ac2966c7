"""Runs each program on all adapters at once and holds every trace to the law."""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence, Set, Tuple, Union

from adapters.runners import NoTrace, Runner
from specs import codec
from specs.judging.budget import Budget
from specs.judging.verdicts import Cell, Docket, Finding
from specs.laws import DRAW_LAWS, Evidence, Law, find
from specs.programs import Program
from specs.traces import Trace

#: How many programs' traces are kept for laws to come.
KEPT = 1000


class LawBroken(AssertionError):
    """At least one adapter broke a law in a program. The message tells it all."""


class Lockstep:
    """The adapters of a run, and the dockets of the law that is being heard."""

    def __init__(self, runners: Sequence[Runner], budget: float, programs: int):
        self.runners = runners
        self.programs = programs
        self.heard: Set[str] = set()
        self.budget = Budget(budget, len(runners), len(DRAW_LAWS))
        self.dockets: Dict[str, Docket] = {}
        self.broken = False
        self.traces: Dict[str, Dict[str, Union[Trace, NoTrace]]] = {}

    def open(self, law: Law) -> None:
        """Begin to hear a law."""
        self.law = law
        self.dockets = self._new_dockets()
        self.heard = set()
        self.broken = False
        self.costly: Optional[Tuple[Program, LawBroken]] = None

    def _new_dockets(self) -> Dict[str, Docket]:
        return {
            runner.name: Docket(self.law, runner.name, runner.divergences.get(self.law.name)) for runner in self.runners
        }

    def hear(self, program: Program) -> None:
        """Run a program everywhere and judge it. Raises :class:`LawBroken` where an adapter breaks the law.

        Once the law is broken, what follows is the search for a smaller program: it is judged, but not counted. Where
        a worker was lost, which is dear to repeat, there is no such search: every other program passes.
        """
        if self.costly is not None:
            known, broken = self.costly
            if program == known:
                raise broken
            return
        if not self.broken and not self._is_wanted(program):
            return
        traces = self._run(program)
        dockets = self._new_dockets() if self.broken else self.dockets
        findings: Dict[str, Finding] = {}
        for name, docket in dockets.items():
            trace = traces[name]
            if isinstance(trace, NoTrace):
                finding: Optional[Finding] = docket.lost(program.text, str(trace))
            else:
                finding = docket.hear(Evidence(program, trace))
            if finding is not None:
                findings[name] = finding
                self.dockets[name].keep(finding, program.text)
        if findings:
            self.broken = True
            broken = LawBroken(self._explain(program, findings))
            if any(isinstance(trace, NoTrace) for trace in traces.values()):
                self.costly = program, broken
            raise broken

    def _is_wanted(self, program: Program) -> bool:
        """Whether this program is a new one, and not all that were asked for have been heard."""
        wanted = program.text not in self.heard and len(self.heard) < self.programs
        if wanted:
            self.heard.add(program.text)
        return wanted

    def _run(self, program: Program) -> Dict[str, Union[Trace, NoTrace]]:
        """The traces of a program. Laws that ask for the same programs are answered from the same traces."""
        traces = self.traces.pop(program.text, None)
        if traces is None:
            for runner in self.runners:
                runner.start(program)
            traces = {runner.name: _finished(runner) for runner in self.runners}
        self.traces[program.text] = traces
        if len(self.traces) > KEPT:
            del self.traces[next(iter(self.traces))]
        return traces

    def close(self) -> List[Cell]:
        """The law's cells, one an adapter."""
        return [docket.close(self.budget.share) for docket in self.dockets.values()]

    def _explain(self, program: Program, findings: Dict[str, Finding]) -> str:
        lines = [f"{self.law.name}: {self.law.question}", ""]
        for name, finding in findings.items():
            docket = self.dockets[name]
            declared = "" if docket.divergence is None else " (declared divergence)"
            lines += [f"  {name}", f"    due   {docket.due}{declared}", f"    seen  {finding.answer}"]
            lines += [f"    at    operation {finding.at}: {codec.shown(program.operations[finding.at])}"]
            lines += [f"    {finding.detail}"] if finding.detail else []
        held = [runner.name for runner in self.runners if runner.name not in findings]
        lines += ["", f"  as due on: {', '.join(held) or 'none'}", "", "  program"]
        lines += [f"    {name}: {codec.shown(network)}" for name, network in program.networks.items()]
        lines += [f"    {at:>3}  {codec.shown(operation)}" for at, operation in enumerate(program.operations)]
        return "\n".join(lines)


def _finished(runner: Runner) -> Union[Trace, NoTrace]:
    try:
        return runner.finish()
    except NoTrace as lost:
        return lost


def explain_cell(cell: Cell) -> str:
    """Why a law fails on the whole of its programs, in words."""
    law = find([cell.law])[0]
    return "\n".join(
        [f"{law.name}: {law.question}", "", f"  {cell.adapter}, over {cell.programs} programs", f"    {cell.measured}"]
    )
