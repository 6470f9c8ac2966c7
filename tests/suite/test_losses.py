"""Losses: a program without a trace costs its adapter only that law; a search finds a smaller program."""

import time
from types import SimpleNamespace

import numpy as np
import pytest

from adapters.workers.runners import LocalRunner, NoTraceError
from specs.laws import LAWS
from specs.laws.verdicts import Tally
from specs.programs.operations import Add
from specs.traces import Outcome, Record, Trace
from tests.harness import kept, search
from tests.harness.lockstep import LawBrokenError, Lockstep
from tests.strategies.families import ROUND, family
from tests.suite.generated import LAW_TESTS
from tests.suite.test_runners import ADDING, PLAIN, outside

#: The number of programs per law here.
PROGRAMS = 20
TESTS = dict(LAW_TESTS)
ADD = TESTS["writing.add"]


def lockstep_of(*names):
    runners = [LocalRunner(name) for name in names]
    for runner, name in zip(runners, names):
        runner.name = name
    return Lockstep(runners, 1e-6, programs=PROGRAMS)


def judged(lockstep, law, test):
    """The cells of a law, by adapter."""
    lockstep.open(LAWS[law])
    test(lockstep=lockstep)
    return {cell.adapter: cell for cell in lockstep.close()}


@pytest.mark.parametrize(("law", "at_once"), [("access.count", True), ("initialization.recipe[forget_gate]", False)])
def test_with_few_programs_a_law_goes_on_until_it_is_answered_and_makes_no_more(law, at_once):
    lockstep = Lockstep([LocalRunner("reference")], 1e-6, programs=1, seed="few")
    (cell,) = judged(lockstep, law, TESTS[law]).values()
    assert (cell.verdict, cell.programs == 1) == ("holds", at_once)
    made = len(family(TESTS[law].programs, "few").programs)
    assert cell.programs <= made < cell.programs + ROUND


@pytest.mark.parametrize(("law", "asked"), [("access.count", 50), ("initialization.normal", 100)])
def test_without_a_number_a_law_that_pools_draws_is_asked_of_more_programs(law, asked):
    lockstep = Lockstep([LocalRunner("reference")], 1e-6, programs=None)
    (cell,) = judged(lockstep, law, TESTS[law]).values()
    assert (cell.verdict, cell.programs) == ("holds", asked)


def test_the_others_are_judged_on_every_program():
    lost = outside("ClaimsTooMuch")
    cells = judged(lockstep_of("reference", lost, outside("Outside")), "writing.add", ADD)
    assert {cell.programs for name, cell in cells.items() if name != lost} == {PROGRAMS}
    assert {name: cell.verdict for name, cell in cells.items()} == {
        "reference": "holds",
        lost: "fails",
        outside("Outside"): "holds",
    }
    assert cells[lost].answer == "no trace"
    assert "add() raised NotImplementedError" in cells[lost].measured


def test_a_trace_that_a_law_cannot_deal_with_costs_its_own_adapter_only(monkeypatch):
    judge, other = Tally.judge, outside("Outside")
    monkeypatch.setattr(Tally, "judge", lambda tally, evidence: judge(tally, evidence if tally.adapter != other else 3))
    lockstep = lockstep_of("reference", other)
    lockstep.open(LAWS["writing.add"])
    with pytest.raises(
        LawBrokenError, match=r"cannot be judged\n(.*\n)* *AttributeError: 'int' .* \(verdicts\.py, line \d+\)"
    ):
        lockstep.judge(ADDING)
    cells = {cell.adapter: (cell.answer, cell.programs) for cell in lockstep.close()}
    assert cells == {"reference": ("none", 1), other: ("cannot be judged", 0)}


def test_an_adapter_that_gave_no_trace_is_not_asked_again_for_that_law():
    lockstep = lockstep_of(outside("FailsOnce"))
    (cell,) = judged(lockstep, "writing.add", ADD).values()
    without = [not list(program.find(Add)) for program in family(ADD.programs).first(PROGRAMS)]
    assert (cell.verdict, cell.programs) == ("fails", without.index(False))


def test_a_program_without_a_trace_is_run_again_for_the_next_law():
    lockstep = lockstep_of(outside("FailsOnce"))
    lockstep.open(LAWS["writing.add"])
    lockstep.judge(ADDING)
    assert list(lockstep.lost) == [outside("FailsOnce")]
    lockstep.open(LAWS["writing.add"])
    lockstep.judge(ADDING)
    assert lockstep.lost == {}
    assert [cell.programs for cell in lockstep.close()] == [1]


def test_a_law_that_is_broken_and_a_loss_are_both_told():
    broken, lost = outside("CountsOneMore"), outside("ClaimsTooMuch")
    lockstep = lockstep_of(broken, lost)
    lockstep.open(LAWS["access.count"])
    lockstep.judge(ADDING)
    with pytest.raises(LawBrokenError, match="as expected on: none"):
        TESTS["access.count"](lockstep=lockstep)
    cells = {cell.adapter: cell.answer for cell in lockstep.close()}
    assert cells == {broken: "no", lost: "no trace"}


@pytest.mark.parametrize(("bound", "left"), [("PROGRAMS", 3), ("BYTES", 3 * (500 + 6 * 4) + 100)])
def test_traces_are_kept_within_bounds(monkeypatch, bound, left):
    monkeypatch.setattr(kept, bound, left)
    traces = {"reference": Trace((Record(Outcome(), np.zeros((2, 3), np.float32)),))}
    held = kept.Kept()
    for program in "abcdcd":
        held.keep(program, traces)
    assert [program for program in "abcd" if held.of(program)] == ["b", "c", "d"]
    assert held.bytes == 3 * traces["reference"].size == 3 * (500 + 6 * 4)


def test_the_smallest_program_without_a_trace_is_found():
    lockstep = lockstep_of(outside("ClaimsTooMuch"))
    judged(lockstep, "writing.add", ADD)
    (before,) = lockstep.lost.values()
    search.shrink(lockstep, before, ADD)
    (after,) = lockstep.lost.values()
    assert len(after.program.text) < len(before.program.text)
    assert len(after.program.networks["net"].layers) == 1
    assert "NotImplementedError" in after.reason
    (cell,) = lockstep.close()
    assert cell.program == after.program.text


def test_what_does_not_happen_again_is_not_searched_for():
    lockstep = lockstep_of(outside("FailsOnce"))
    judged(lockstep, "writing.add", ADD)
    (before,) = lockstep.lost.values()
    search.shrink(lockstep, before, lambda lockstep: pytest.fail("nothing is there to be found"))
    (after,) = lockstep.lost.values()
    assert after.program == before.program
    assert after.reason == f"{before.reason}\n  run once more, the program gave a trace"


def test_a_search_ends_in_time(monkeypatch):
    monkeypatch.setattr(search, "SECONDS", 1.0)
    runner = LocalRunner(outside("ClaimsTooMuch"))
    finish, runs = runner.finish, []

    def slowly():
        runs.append(runner.program.text)
        time.sleep(0.2)
        return finish()

    runner.finish = slowly
    lockstep = Lockstep([runner], 1e-6, programs=PROGRAMS)
    judged(lockstep, "writing.add", ADD)
    (before,) = lockstep.lost.values()
    began = time.monotonic()
    search.shrink(lockstep, before, ADD)
    assert (
        time.monotonic() - began < 1.0 + 2 * 0.2 + 2.0
    )  # the first run, the last, and what Hypothesis does between two
    assert 3 <= len(runs) < 10


def test_the_time_for_a_search_begins_after_the_program_was_run_once_more(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(search, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    runner = LocalRunner(outside("ClaimsTooMuch"))
    lockstep = Lockstep([runner], 1e-6, programs=PROGRAMS)
    judged(lockstep, "writing.add", ADD)
    (before,) = lockstep.lost.values()
    finish, waits = runner.finish, [2 * search.SECONDS]

    def slowly():
        clock[0] += waits.pop() if waits else 0.0
        return finish()

    runner.finish = slowly
    search.shrink(lockstep, before, ADD)
    (after,) = lockstep.lost.values()
    assert len(after.program.text) < len(before.program.text)


class Ended(LocalRunner):
    """Its part in the run has ended."""

    over = "three times in a row\nat length"

    def finish(self):
        raise NoTraceError(self.over)


def test_that_an_adapters_part_is_over_is_told_at_length_once():
    lockstep = Lockstep([LocalRunner("reference"), Ended(outside("Outside"))], 1e-6, programs=PROGRAMS)
    told = []
    for law in ("writing.add", "writing.array", "access.count"):
        lockstep.open(LAWS[law])
        lockstep.judge(PLAIN)
        (loss,) = lockstep.lost.values()
        search.shrink(lockstep, loss, SimpleNamespace)  # SimpleNamespace would raise if called like a test
        told.append(loss.reason)
        assert {cell.adapter: cell.verdict for cell in lockstep.close()}["outside"] == "fails"
    assert told == [Ended.over, *["its part in this run ended in writing.add"] * 2]
