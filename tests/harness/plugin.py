"""The suite as a pytest plugin: one session with the adapters, a tally for each law's test, one report at the end."""

from __future__ import annotations

import gc
import importlib
import os
import shlex
import time
from typing import Any, Callable, Dict, Generator, List, Optional, Tuple

import hypothesis
import pytest

from adapters.workers import watchdogs
from adapters.workers.runners import Runner, start_all
from specs import codec
from specs.errors import SpecError
from specs.laws import DRAW_LAWS, LAWS, Law, requested
from specs.laws.budget import Budget
from specs.laws.verdicts import Cell
from specs.programs.program import Program
from specs.reporting import reports
from specs.reporting.reports import Report, Run, Spending
from specs.statistics.flaws import FALSE_ALARM_BOUND
from tests.harness.failures import Failed, Failures
from tests.harness.lockstep import LawBrokenError, Lockstep, Loss, explain_cell
from tests.harness.options import Options
from tests.harness.progress import Progress
from tests.harness.search import shrink
from tests.harness.writing import write
from tests.strategies.families import STEADY


class Session:
    """The state of a run."""

    def __init__(self, config: pytest.Config):
        self.options = Options.of(config)
        self.config = config
        self.began, self.began_at = time.monotonic(), time.time()
        self.date = reports.now()
        self.cells: List[Cell] = []
        self.incidents: List[str] = []
        self.begun: Dict[str, str] = {}
        self.written = ""
        self.versions: Dict[str, Dict[str, str]] = {}
        self.not_measured: List[str] = []
        self.choices: Dict[str, str] = {}
        self.opened: Optional[List[Runner]] = None
        self.delegates = bool(getattr(config.option, "numprocesses", None))
        self.running: Optional[Lockstep] = None
        self.failures = Failures((self.options.report_dir or config.rootpath / "reports") / "failures")
        _set_hypothesis(config)

    @property
    def runners(self) -> List[Runner]:
        if self.opened is None:
            self.opened = start_all(list(self.options.adapters), self.options.time_limit, self.options.as_of)
        return self.opened

    def start(self) -> None:
        """Start all adapters, so that a broken one stops the run here. Workers of xdist start their own."""
        for runner, choice in zip(self.runners, self.options.adapters):
            other = self.choices.setdefault(runner.name, choice)
            if other != choice:
                raise SpecError(f"adapters {other} and {choice} are both named {runner.name!r}")
        self.versions = {runner.name: runner.versions for runner in self.runners}
        self.not_measured = [f"{runner.name}: {told}" for runner in self.runners for told in runner.not_measured]
        if self.delegates:
            self.close()

    def close(self) -> None:
        for runner in self.opened or ():
            runner.close()

    @property
    def lockstep(self) -> Lockstep:
        if self.running is None:
            self.running = Lockstep(self.runners, self.options.budget, self.options.programs, self.options.seed)
        return self.running

    # Hooks.

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Pass this process's id to a local xdist worker."""
        if node.gateway.spec.popen and not node.gateway.spec.python:
            node.workerinput[CONTROLLER] = os.getpid()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Optional[object]:
        if config.getoption("dist") != "loadgroup":
            return None
        scheduling = importlib.import_module("tests.harness.scheduling")  # imports xdist, which may not be installed
        made: object = scheduling.ByPrograms(config, log)
        return made

    def pytest_report_header(self) -> List[str]:
        lines = [f"concordance: {len(self.options.laws)} laws, {requested(self.options.programs)} programs a law"]
        for name, described in self.versions.items():
            shown = ", ".join(f"{package} {version}" for package, version in described.items())
            lines.append(f"  {name}: {shown or 'it could not be started'}")
        lines += [f"  {name}: takes no part: {why}" for name, why in self.options.absent.items()]
        return [*lines, *(f"  {told}" for told in self.not_measured), *self.failures.unreadable()]

    def pytest_collection_modifyitems(self, config: pytest.Config, items: List[pytest.Item]) -> None:
        if not self.options.selected:
            return
        wanted = {law.name for law in self.options.laws}
        chosen = [item for item in items if law_of(item) in wanted]
        config.hook.pytest_deselected(items=[item for item in items if law_of(item) not in wanted])
        items[:] = chosen

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Optional[object]:
        name = law_of(pyfuncitem)
        if name is None:
            return None
        law = LAWS[name]
        self.lockstep.open(law)
        try:
            told = self._judge_law(law, pyfuncitem.obj)
        except Exception as error:
            self.lockstep.abandon(f"{type(error).__name__}: {error}")
            raise
        finally:
            cells = pyfuncitem.stash[CELLS] = self.lockstep.close()
        if not self.lockstep.broken:
            judged = [cell for cell in cells if cell.adapter not in self.lockstep.lost]
            told += [explain_cell(cell) for cell in judged if cell.verdict == "fails"]
        if told:
            raise LawBrokenError("\n\n".join(told))
        return True

    def _judge_law(self, law: Law, test: Callable[..., object]) -> List[str]:
        """Run a law's test, then shrink the programs without a trace, adapter by adapter. Return the errors."""
        told = []
        try:
            if self.options.replay is not None:
                self.lockstep.judge(self.options.replay.program)
            else:
                losses = self._judge_again(law)
                self.lockstep.open(law)
                for loss in losses:
                    self.lockstep.lose(loss)
                test(lockstep=self.lockstep)
        except LawBrokenError as broken:
            told.append(str(broken))
        if self.options.replay is None:
            for loss in list(self.lockstep.lost.values()):
                shrink(self.lockstep, loss, test)
        return told + [loss.explained(self.lockstep.law) for loss in self.lockstep.lost.values()]

    def _judge_again(self, law: Law) -> List[Loss]:
        """Judge the programs that broke the law before. Return those for which an adapter again gave no trace."""
        adapters = list(self.versions)
        losses: List[Loss] = []
        for stored in self.failures.of(law.name, adapters):
            self.lockstep.open(law)
            self.lockstep.judge(stored.program)
            losses += self.lockstep.lost.values()
            self.failures.passed(stored, [name for name in adapters if name not in self.lockstep.lost])
        return losses

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo) -> Generator[None, object, object]:
        report = yield
        if call.when == "setup":
            report.law = law_of(item)  # type: ignore[attr-defined]
        if call.when == "call" and CELLS in item.stash:
            cells = item.stash[CELLS]
            report.cells = [codec.to_plain(cell) for cell in cells]  # type: ignore[attr-defined]
            report.incidents = [incident for runner in self.runners for incident in runner.take_incidents()]  # type: ignore[attr-defined]
            if call.excinfo is not None and call.excinfo.errisinstance(LawBrokenError):
                report.longrepr = "\n".join([str(call.excinfo.value), *self._replay_lines(cells)])  # type: ignore[attr-defined]
        return report

    def _replay_lines(self, cells: List[Cell]) -> List[str]:
        lines = []
        for cell in cells:
            if cell.verdict == "fails":
                # One argument: pytest would take a separate path outside the project as a place to collect tests.
                again, kept = self._keep(cell) if cell.program else (self._same(cell), [])
                command = self.options.command_for(self.choices[cell.adapter])
                lines += [*kept, "", f"  replay on {cell.adapter}", f"    {command} {shlex.quote(again)}"]
        return lines

    def _same(self, cell: Cell) -> str:
        """The option that repeats the judging if no single program is at fault."""
        return f"--law={cell.law}" if self.options.replayed is None else f"--replay={self.options.replayed}"

    def _keep(self, cell: Cell) -> Tuple[str, List[str]]:
        """Store a failing program. Return the option that replays it, and the lines to report about its scripts."""
        finding, program = self.lockstep.tallies[cell.adapter].finding, Program.parse(cell.program)
        choices = {name: self.choices[name].partition("=")[0] for name in self.versions}
        at = 0 if finding is None else finding.at
        failed = Failed(cell.law, program, cell.adapter, at, choices, self.lockstep.kept.of(program.text))
        try:
            kept = self.failures.keep(failed)
        except OSError as error:
            return f"--law={cell.law}", ["", f"  the program could not be stored: {error}"]
        return f"--replay={self.failures.file(failed)}", kept

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        law = getattr(report, "law", None)
        if law is not None:
            self.begun[report.nodeid] = law
        for plain in getattr(report, "cells", ()):
            self.cells.append(codec.from_plain(plain, Cell, "cell"))
        self.incidents += getattr(report, "incidents", ())
        if report.when in ("call", "teardown"):
            self.begun.pop(report.nodeid, None)
        elif report.failed and report.nodeid in self.begun:
            self._lose_process(self.begun.pop(report.nodeid), report.longreprtext)

    def _lose_process(self, law: str, told: str) -> None:
        """Record that the xdist worker that judged a law ended, for an unknown reason."""
        for name in self.versions:
            self.cells.append(Cell(law, name, "fails", "none", 0, 0, measured=f"the law's test came to no end: {told}"))

    def pytest_sessionfinish(self) -> None:
        """Write the report first, so that it exists whatever fails later."""
        folder = self.options.report_dir
        if folder is None or self.options.replay is not None or not self.cells or hasattr(self.config, "workerinput"):
            return
        try:
            self.written = write(self.report(), folder, self.began_at)
        except OSError as error:
            self.written = f"the report could not be written: {error}"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.cells:
            return
        report = self.report()
        terminalreporter.section("concordance")
        for line in [
            *reports.matrix(report),
            "",
            *reports.differences(report),
            "",
            reports.summary(report),
            *reports.kinds(report),
            reports.spending(report),
        ]:
            terminalreporter.write_line(line)
        for name, why in self.options.absent.items():
            terminalreporter.write_line(f"{name} took no part: {why}")
        for incident in self.incidents:
            terminalreporter.write_line(f"without cost to any program: {incident}")
        if self.written:
            terminalreporter.write_line(self.written)

    def report(self) -> Report:
        order = {name: position for position, name in enumerate(LAWS)}
        names = list(dict.fromkeys([*self.versions, *(cell.adapter for cell in self.cells)]))
        cells = sorted(self.cells, key=lambda cell: (order[cell.law], names.index(cell.adapter)))
        return Report(
            format=Report.FORMAT,
            environment=self.options.environment,
            seed=self.options.seed,
            programs=self.options.programs,
            budget=self._spending(),
            adapters={name: self.versions.get(name, {}) for name in names},
            cells=tuple(cells),
            run=Run(self.date, self._command(), round(time.monotonic() - self.began, 2)),
            absent=dict(self.options.absent) or None,
        )

    def _command(self) -> str:
        """The command line, with paths relative to the project's root."""
        typed = shlex.join(["python", "-m", "pytest", *map(str, self.config.invocation_params.args)])
        return typed.replace(f"{self.config.rootpath}{os.sep}", "")

    def _spending(self) -> Spending:
        budget = Budget(self.options.budget, len(self.versions), len(DRAW_LAWS))
        tests, comparisons = (
            sum(getattr(cell, counted) for cell in self.cells) for counted in ("tests", "comparisons")
        )
        return Spending(
            budget.total, budget.share, tests, comparisons, tests * budget.share + comparisons * FALSE_ALARM_BOUND
        )

    def pytest_unconfigure(self) -> None:
        self.close()


#: The key under which xdist workers receive the process id of the controller.
CONTROLLER = "concordance_controller"
CELLS: pytest.StashKey[List[Cell]] = pytest.StashKey()
SESSION: pytest.StashKey[Session] = pytest.StashKey()


def configure(config: pytest.Config) -> None:
    """Start a run. Invalid options, or an adapter that cannot start, give a one-line usage error."""
    config.addinivalue_line("markers", "law(name): the law that a test holds the adapters to")
    # Programs and traces are kept by the thousand, and a full collection goes through all of them.
    gc.set_threshold(5_000, 20, 50)
    if hasattr(config, "workerinput"):
        # If the controller ends, so does this worker, and with it the workers it started.
        watchdogs.end_with_parent(config.workerinput.get(CONTROLLER))
    try:
        session = Session(config)
        if not config.getoption("--collect-only"):
            session.start()
    except SpecError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[SESSION] = session
    config.pluginmanager.register(session, "concordance")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Progress(config), "concordance-progress")


def law_of(item: pytest.Item) -> Optional[str]:
    marker = item.get_closest_marker("law")
    return None if marker is None else marker.args[0]


def _set_hypothesis(config: pytest.Config) -> None:
    """Settings that also apply to the suite's own tests: the same seed gives the same examples, with no deadline."""
    derandomized = config.getoption("--hypothesis-seed") is None
    hypothesis.settings.register_profile("concordance", STEADY, derandomize=derandomized)
    hypothesis.settings.load_profile("concordance")
