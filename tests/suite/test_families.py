"""Families of programs: equal for equal seeds in every process, without repetitions, and shrunk to the smallest."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.errors import FlakyBackendFailure

from specs.layers.dense import Dense
from specs.layers.layer import features
from specs.programs.networks import Network, Use
from specs.programs.operations import Build
from specs.programs.program import Program
from tests.harness.laws import by_node, group, strategies
from tests.strategies.families import LAST, ROUND, Family, composite, family

#: Prints a family's programs. Hypothesis' own backend would use the constants of a local module.
SOURCE = """
import sys, types
if len(sys.argv) > 1:
    sys.path.insert(0, sys.argv[1])
    import numbers_of_its_own
from tests.suite.test_families import seeds
from tests.strategies.families import family
print([program.text for program in family(seeds()).first(200)])
"""

ROOT = Path(__file__).resolve().parents[2]


LINE = Network(features(1), (Use(Dense(1)),))


@composite
def widths(draw, most):
    return Program({"net": Network(features(draw(st.integers(1, most))), (Use(Dense(1)),))}, (Build(),))


def seeds():
    return widths(2**16)


def width(program: Program) -> int:
    return program.networks["net"].given[0].extent


def test_equal_seeds_give_equal_programs_whatever_else_a_process_has_loaded(tmp_path):
    (tmp_path / "numbers_of_its_own.py").write_text(f"NUMBERS = {[7**n for n in range(1, 11)]}\n")
    printed = [
        subprocess.run([sys.executable, "-c", SOURCE, *more], check=True, capture_output=True, text=True).stdout
        for more in ([], [str(tmp_path)])
    ]
    assert printed[0] == printed[1] == f"{[each.text for each in family(seeds()).first(200)]}\n"


def test_another_seed_gives_other_programs():
    assert family(widths(999), "0").first(20) != family(widths(999), "1").first(20)


def test_no_example_repeats_what_earlier_ones_chose():
    assert len(set(family(seeds(), "anew").first(100))) == 100


def test_a_family_with_few_programs_ends_with_all_of_them():
    drawn = Family(widths(15), "few")
    assert len(drawn.first(100)) == 15
    assert drawn.sizes[-1] == LAST
    assert set(drawn.sizes[:-1]) <= {ROUND}


def test_the_smallest_program_is_what_is_raised_at_last():
    drawn = Family(widths(40), "0")

    def judge(made: Program) -> None:
        assert width(made) < 7, f"{width(made)} wide"

    with pytest.raises(AssertionError, match=r"\A7 wide"):
        drawn.shrink(next(made for made in drawn.first(20) if width(made) > 20), judge)


def test_a_program_of_another_family_is_not_judged():
    Family(widths(3), "0").shrink(family(widths(40)).first(9)[-1], lambda _: pytest.fail("judged"))


@pytest.mark.parametrize("strategy", [st.integers(), st.floats(0, 1), st.text(), st.binary()], ids=str)
def test_what_is_not_drawn_from_a_range_of_integers_is_refused(strategy):
    with pytest.raises(FlakyBackendFailure) as raised:
        Family(strategy.map(lambda _: Program({"net": LINE}, (Build(),))), "0").first(2)
    assert isinstance(raised.value.exceptions[0], NotImplementedError)


def test_laws_of_the_same_programs_share_a_family():
    """If two families contained the same programs, every adapter would run them twice."""
    families = {id(each): family(each, "0") for each in strategies().values()}
    beginnings = {tuple(program.text for program in each.first(4)) for each in families.values()}
    assert len(beginnings) == len(families)


def test_laws_of_the_same_programs_are_judged_in_one_process():
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "-v", "tests/laws"]
    ended = subprocess.run(
        [*command, "--law", "persistence", "--programs", "1"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    where = {test: process for process, test in re.findall(r"\[(gw\d)\].* PASSED (\S+)", ended.stdout)}
    processes = {}
    for test, process in where.items():
        processes.setdefault(group(by_node()[test]), set()).add(process)
    assert len(where) > len(processes) > 1, ended.stdout
    assert {len(found) for found in processes.values()} == {1}, processes
