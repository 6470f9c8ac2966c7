"""A quick calibration: each defect is noticed, true draws are not rejected, and the harness itself can fail.

It uses one fixed seed for each. ``tox run -e calibrate`` uses many new ones.
"""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from specs.laws import DRAW_LAWS, LAWS
from specs.reporting import readme
from specs.statistics import distributions, flaws, pools
from specs.statistics import scores as statistics
from specs.statistics.flaws import examine
from specs.statistics.pools import TESTS
from tests.calibration import judgings, measure, results, tables
from tests.calibration.__main__ import JUDGINGS, POOLS, SEEDS, parse
from tests.calibration.defects import DEFECTS, NORMAL, UNIFORM
from tests.calibration.judgings import SHARE, Judging, judge
from tests.calibration.measure import Laboratory, uniformity
from tests.calibration.plans import PROGRAMS, plan, subjects, true_draws
from tests.calibration.results import MEASURED, Alarms, Calibration, Curve, Point, Power, judge_digest

ROOT = Path(__file__).resolve().parent.parent.parent
ENTROPY = 20_211
FEW = 3  # programs: their pools are small


def random(*key):
    return np.random.default_rng([ENTROPY, *key])


def noticed(name, law=0):
    """How a defect is noticed in the draws of one of the laws in which it is planted."""
    return judge(DEFECTS[name].subjects[law], random(*name.encode()), DEFECTS[name].mistake)


# Power.


@pytest.mark.parametrize("law", [0, -1], ids=["in the first law", "in the last"])
@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_noticed(name, law):
    assert noticed(name, law).rejects(SHARE)


#: Defects that true draws can never show, in any number of programs: an exact check must find them.
CERTAIN = (
    "one row is a copy of another",
    "the second half repeats the first",
    "elements in sorted order",
    "values of half precision (float16)",
    "another parameter begins with the same draws",
    "the next call draws the same",
    "the next seed draws the same: the seed is ignored",
)


@pytest.mark.parametrize("name", CERTAIN)
def test_a_defect_that_no_true_draw_shows_is_noticed_in_a_single_program(name):
    defect, source = DEFECTS[name], random(*name.encode())
    programs = (defect.mistake(true_draws(planned, source), source) for planned in plan(defect.subjects[0]))
    assert any(examine([drawn.sample for drawn in draws]) for draws in programs)


def test_a_defect_is_planted_in_laws_and_answers_that_there_are():
    for subject in {subject for defect in DEFECTS.values() for subject in defect.subjects}:
        assert subject.answer in LAWS[subject.law].answers


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_changes_draws_and_nothing_else(name):
    subject = DEFECTS[name].subjects[0]
    changed = 0
    for planned in plan(subject)[:20]:
        before = true_draws(planned, random(1))
        copies = [drawn.sample.array.copy() for drawn in before]
        after = DEFECTS[name].mistake(before, random(2))
        for drawn, copy, planted in zip(before, copies, after):
            assert np.array_equal(drawn.sample.array, copy)
            assert planted == dataclasses.replace(planted.with_array(copy), sample=planted.sample)
            assert planted.sample.array.shape == copy.shape
            assert planted.sample.array.dtype == np.float32
            changed += not np.array_equal(planted.sample.array, copy)
    assert changed


# False alarms.


def test_small_pools_of_true_draws_have_no_excess_of_small_p_values():
    found = [
        judge(subject, random(4, seed, position), programs=FEW).p_values
        for position, subject in enumerate(subjects())
        if any(plan(subject, FEW))
        for seed in range(8)
    ]
    assert {name for p_values in found for name in p_values} == set(TESTS)
    for test in TESTS:
        p_values = [one[test] for one in found if test in one]
        assert len(p_values) >= 150
        assert uniformity(test, p_values).excess > 1e-4, uniformity(test, p_values)


# Each check can fail: if one is disabled, the judge misses what only that check notices.

SEEN_BY_ONE = {
    "the twentieth bit of the uniform number stuck": "leading bits",
    "neighbours in a row correlated by 0.02": "neighbours in a row",
    "neighbours in a column correlated by 0.02": "neighbours in a column",
}


@pytest.mark.parametrize("name", SEEN_BY_ONE)
def test_a_judge_without_one_test_misses_what_it_alone_sees(name, monkeypatch):
    test, honest = SEEN_BY_ONE[name], pools.Pool.p_values
    assert noticed(name).by == test
    monkeypatch.setattr(pools.Pool, "p_values", lambda self: {**honest(self), test: 1.0})
    assert not noticed(name).rejects(SHARE)


@pytest.mark.parametrize("name", CERTAIN)
def test_a_judge_that_looks_at_no_single_program_finds_that_there_is_no_flaw(name, monkeypatch):
    monkeypatch.setattr(judgings, "examine", lambda samples: None)
    assert noticed(name).flaw == ""


def test_a_judge_that_is_never_sure_is_caught_by_a_missed_goal():
    powers = tuple(
        Power(name, subject.law, subject.answer, 200, caught, "mean")
        for name, subject, caught in (("seen", NORMAL, 200), ("missed once", UNIFORM, 199))
    )
    (missed,) = tables.failures(calibration(powers=powers))
    assert "missed once" in missed
    assert "199 of 200" in missed


def calibration(**changes):
    """A calibration that meets its goals."""
    found = Calibration(
        format=Calibration.FORMAT,
        judge=judge_digest(),
        versions={"python": "3"},
        entropy="1",
        programs=PROGRAMS,
        share=SHARE,
        elements={},
        alarms=(Alarms(1e-6, 1000, 0), Alarms(0.1, 1000, 90)),
        uniformity=(uniformity("mean", list(np.linspace(0.0005, 0.9995, 1000))),),
        powers=(Power("shifted", "initialization.normal", "N(mean, std²)", 200, 200, "mean"),),
        curves=(Curve("shifted by", "initialization.normal", "N(mean, std²)", (Point(0.001, 20, 7),)),),
    )
    return dataclasses.replace(found, **changes)


def test_a_calibration_that_met_its_goals_has_no_failures():
    assert tables.failures(calibration()) == []


@pytest.mark.parametrize(
    ("alarms", "said"),
    [
        (Alarms(1e-6, 1000, 1), "1 of 1000 judgings of true draws failed at a budget of 1e-06"),
        (Alarms(0.1, 1000, 150), "150 of 1000 judgings of true draws failed at a budget of 0.1"),
    ],
)
def test_false_alarms_are_failures(alarms, said):
    assert tables.failures(calibration(alarms=(alarms,))) == [said]


@pytest.mark.parametrize("power", [0.5, 0.7])
def test_p_values_that_are_not_uniform_are_failures(power):
    true = np.linspace(0.0005, 0.9995, 1000)
    large, small = (uniformity("mean", list(true**one)) for one in (power, 1 / power))
    assert tables.failures(calibration(uniformity=(large,))) == [
        f"p-values of mean are not uniform: Kolmogorov-Smirnov p {large.uniform:.2g}"
    ]
    few, uneven = tables.failures(calibration(uniformity=(small,)))
    assert few.startswith("p-values of mean are too small: ")
    assert uneven.startswith("p-values of mean are not uniform: ")


def test_a_statistic_with_the_wrong_law_is_caught(monkeypatch):
    """The p-value is divided by three."""
    honest = statistics.Moments.spread_p
    monkeypatch.setattr(statistics.Moments, "spread_p", lambda self: honest(self) / 3)
    p_values = [judge(NORMAL, random(5, seed), programs=FEW).p_values[pools.WHOLE] for seed in range(300)]
    assert uniformity(pools.WHOLE, p_values).excess < tables.FEWEST


def test_the_share_of_p_values_below_a_level_is_counted():
    found = uniformity("mean", [0.001, 0.005, 0.05, 0.5])
    assert found.below == {"0.001": 0.25, "0.01": 0.5, "0.1": 0.75}
    assert found.pools == 4
    assert found.excess == pytest.approx(1 - 0.99**4 - 4 * 0.01 * 0.99**3)


# A small laboratory.


SOME_SUBJECTS = subjects()[::9]


@pytest.fixture(scope="module")
def measured():
    """The results of a laboratory for one judging of some subjects."""
    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measure, "subjects", lambda: SOME_SUBJECTS)
        alarms, uniformities = Laboratory(ENTROPY, told.append).alarms(1)
    return alarms, uniformities, told


def test_a_laboratory_counts_complete_judgings(measured):
    alarms, uniformities, told = measured
    assert [(one.judgings, one.alarms) for one in alarms if one.total < 0.1] == [(1, 0)] * 2
    assert [one.test for one in uniformities] == list(TESTS)
    assert {one.pools for one in uniformities} >= {len(SOME_SUBJECTS)}
    assert told[-1] == "false alarms: 100%"


def test_no_two_judgings_have_the_same_seed():
    laboratory = Laboratory(ENTROPY, lambda line: None)
    tasks = [
        task
        for subject in (NORMAL, UNIFORM)
        for name in ("", "shifted")
        for task in laboratory.tasks(subject, 25, name)
    ]
    states = {tuple(seed.generate_state(4)) for task in tasks for seed in task.seeds}
    assert len(states) == 100


def test_an_alarm_is_one_judging_that_rejects():
    fine = Judging(p_values={"mean": 0.5})
    assert not fine.rejects()
    assert Judging(flaw="repeated").rejects()
    assert Judging(flaw="repeated").by == "a single program"
    tiny = Judging(p_values={"mean": 1e-12, "leading bits": 0.5})
    assert tiny.rejects()
    assert (tiny.by, tiny.least) == ("mean", "mean")
    assert len(DRAW_LAWS) * len(TESTS) * judgings.ADAPTERS * SHARE == pytest.approx(judgings.TOTAL)


# Results, and the command line.


def test_a_calibration_is_loaded_as_it_was_saved(tmp_path):
    calibration().save(tmp_path / "new" / "measured.json")
    assert Calibration.load(tmp_path / "new" / "measured.json") == calibration()


def test_the_digest_is_of_the_code_that_judges_and_not_of_its_comments(tmp_path, monkeypatch):
    folder = Path(distributions.__file__).parent
    for file in folder.glob("*.py"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(results.specs.statistics, "__path__", [str(tmp_path)])
    expected = judge_digest()
    changed = tmp_path / "flaws.py"
    text = changed.read_text(encoding="utf-8")
    assert text.startswith('"""Flaws')
    changed.write_text(text.replace('"""Flaws', '"""All flaws', 1) + "\n# A comment.\n", encoding="utf-8")
    assert judge_digest() == expected
    changed.write_text(text.replace("FALSE_ALARM_BITS = 80", "FALSE_ALARM_BITS = 79"), encoding="utf-8")
    assert judge_digest() != expected
    assert flaws.FALSE_ALARM_BITS == 80


MISTAKEN = [
    (["--seeds", "0"], "--seeds 0: 1 or more is expected"),
    (["--judgings", "-3"], "--judgings -3: 1 or more is expected"),
    (["--seeds", "many"], "argument --seeds: invalid int value: 'many'"),
    (["--entropy", "1.5"], "argument --entropy: invalid int value: '1.5'"),
    (["--power"], "unrecognized arguments: --power"),
]


@pytest.mark.parametrize(("arguments", "said"), MISTAKEN, ids=str)
def test_a_mistake_is_one_clear_line(arguments, said, capsys):
    with pytest.raises(SystemExit, match=r"^2$"):
        parse(arguments)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines()[-1] == f"python -m tests.calibration: error: {said}"


def test_a_mistake_ends_the_command_before_anything_is_measured():
    done = subprocess.run(
        [sys.executable, "-m", "tests.calibration", "--seeds", "0"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


# The stored results, and the page docs/judging.md.

STALE = "the judge changed since it was calibrated: tox run -e calibrate"


@pytest.fixture(scope="module")
def kept():
    """The calibration shown in docs/judging.md."""
    assert MEASURED.exists(), f"{MEASURED.relative_to(ROOT)} is missing: tox run -e calibrate"
    return Calibration.load(MEASURED)


def test_the_judge_is_the_one_that_was_calibrated(kept):
    assert kept.judge == judge_digest(), STALE


def test_what_was_kept_met_every_goal(kept):
    assert tables.failures(kept) == []
    assert min(alarms.judgings for alarms in kept.alarms) >= JUDGINGS
    assert min(test.pools for test in kept.uniformity) >= POOLS
    assert min(tables.seeds(kept).values()) >= SEEDS
    assert {power.defect for power in kept.powers} == set(DEFECTS)
    assert [test.test for test in kept.uniformity] == list(TESTS)
    assert kept.programs == PROGRAMS
    # In a run with more laws, the share of each test is smaller than the one measured.
    assert kept.share >= SHARE


@pytest.mark.parametrize("name", ["promises", "power"])
def test_a_page_tells_what_was_measured(kept, name):
    expected = getattr(tables, name)(kept)
    assert readme.block(ROOT, name) == expected, f"the table {name} is out of date: tox run -e calibrate"
