"""The soak test: growth, slowdown and open files are misses, and nothing else is."""

import itertools
from types import SimpleNamespace

import pytest

pytest.importorskip("execnet", reason="without execnet there are no workers to soak")
from tests.faults import soak
from tests.faults.soak import BLOCK, DIFFERENT, EVERY, Reading, Soaked

COUNT = 2 * DIFFERENT
STEADY = {"memory_ratio": 1.0, "cpu_ratio": 1.0, "wall_ratio": 1.0, "files": [7], "losses": []}


def soaked(**changes):
    return Soaked("far", 4000, **{**STEADY, **changes})


@pytest.mark.parametrize(
    ("changes", "misses"),
    [
        ({}, []),
        ({"memory_ratio": 1.05, "cpu_ratio": 1.1}, []),
        ({"memory_ratio": 0.5, "cpu_ratio": 0.5}, []),
        ({"wall_ratio": 3.0}, []),  # other processes may have used the processor
        ({"memory_ratio": 1.051}, ["far: memory of the last quarter is 1.051 of the second's"]),
        ({"cpu_ratio": 1.101}, ["far: the last thousand took 1.101 of the second thousand's time"]),
        ({"files": [7, 8]}, ["far: open files were [7, 8] in turn"]),
        ({"losses": ["it died"]}, ["it died"]),
    ],
    ids=str,
)
def test_what_does_not_stay_as_it_was_is_a_miss(changes, misses):
    assert soaked(**changes).misses == misses


def run(monkeypatch, reading):
    """The result for a worker whose readings are given by the number of programs run."""
    counts = itertools.count(0, EVERY)
    monkeypatch.setattr(Reading, "of", staticmethod(lambda process: Reading(*reading(next(counts)))))
    runner = SimpleNamespace(
        name="far",
        process=SimpleNamespace(popen=SimpleNamespace(pid=1)),
        run=lambda program: None,
        take_incidents=list,
    )
    return soak.soak(runner, [None] * DIFFERENT, COUNT)


def test_what_stays_as_it_was_has_ratios_of_one(monkeypatch):
    found = run(monkeypatch, lambda count: (10**6, 5, count * 0.01, count * 0.02))
    assert (found.memory_ratio, found.files, found.misses) == (1.0, [5], [])
    assert (found.cpu_ratio, found.wall_ratio) == (pytest.approx(1.0), pytest.approx(1.0))


def test_memory_of_the_last_quarter_is_compared_with_the_seconds(monkeypatch):
    found = run(monkeypatch, lambda count: (10**6 if count < 3 * COUNT // 4 else 2 * 10**6, 5, count, count))
    assert found.memory_ratio == pytest.approx(2.0, rel=0.01)


def test_time_of_the_last_block_is_compared_with_that_of_the_second(monkeypatch):
    slow = COUNT - BLOCK
    found = run(monkeypatch, lambda count: (1, 5, count + 2 * max(0, count - slow), count + max(0, count - slow)))
    assert (found.cpu_ratio, found.wall_ratio) == (3.0, 2.0)


def test_the_first_block_is_for_warming_up(monkeypatch):
    found = run(monkeypatch, lambda count: (1, 5 if count < BLOCK else 9, count * (9 if count < BLOCK else 1), count))
    assert found.files == [9]


def test_files_that_are_left_open_are_told_in_turn(monkeypatch):
    assert run(monkeypatch, lambda count: (1, 5 + (count > 3000), count, count)).files == [5, 6]


def test_too_few_programs_are_refused():
    with pytest.raises(SystemExit):
        soak.parse(["--adapter=far=python", "--programs=2000"])
