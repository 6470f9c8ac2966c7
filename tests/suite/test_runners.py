"""Runners: local and remote traces are equal, lost workers are reported and replaced, and aliases are shown."""

import contextlib
import errno
import gc
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from adapters.workers.runners import DELAY, LocalRunner, NoTraceError, RemoteRunner, open_all
from specs.arrays import Drawn
from specs.errors import SpecError
from specs.initializers import ConstantArray
from specs.layers import Dense
from specs.layers.layer import features
from specs.programs.networks import Network, Slot, Use
from specs.programs.operations import (
    Add,
    Backward,
    Build,
    CountParameters,
    Forward,
    Identify,
    Initialize,
    KeepValue,
    ListParameters,
    Load,
    OneParameter,
    Read,
    ReadGradient,
    ReadKept,
    Save,
    Write,
)
from specs.programs.program import Program
from tests.suite.generated import PROGRAMS
from tests.suite.test_traces import assert_equal

pytest.importorskip("execnet", reason="without execnet there are no workers to test")
from adapters.workers import processes
from adapters.workers.processes import GRACE

WEIGHT = Slot(0, "weight")
NET = Network(features(3), (Dense(2),))
PLAIN = Program({"net": NET}, (Build(), Identify()))
ADDING = Program({"net": NET}, (Build(), Add(WEIGHT, 1.0), Read(WEIGHT)))
READING = Program({"net": NET}, (Build(), Read(WEIGHT)))
#: Seconds for a worker to start on a busy machine.
PATIENCE = 20.0


def outside(name):
    return f"tests.suite.faulty:{name}"


@pytest.fixture
def remote():
    """A function that starts an adapter in another interpreter; all are ended after the test."""
    started = []

    def start(name, python=sys.executable, time_limit=PATIENCE):
        runner = RemoteRunner(name, python, time_limit)
        started.append(runner)
        runner.connect()
        return runner

    yield start
    for runner in started:
        runner.close()


@pytest.fixture(scope="module")
def near_and_far():
    runners = open_all(["reference", f"reference={sys.executable}"], PATIENCE)
    yield runners
    for runner in runners:
        runner.close()


def lost(runner, program):
    """Why a program gave no trace."""
    runner.start(program)  # does not raise, since a lockstep starts all runners before it waits for any
    with pytest.raises(NoTraceError) as caught:
        runner.finish()
    return str(caught.value)


# Local and remote.


@given(program=PROGRAMS)
def test_a_remote_reference_gives_the_traces_of_a_local_one(near_and_far, program):
    near, far = near_and_far
    assert_equal(far.run(program), near.run(program))


def test_a_remote_adapter_describes_itself_as_a_local_one_does(near_and_far):
    near, far = near_and_far
    assert (far.name, far.versions, far.divergences) == (near.name, near.versions, near.divergences)


@settings(max_examples=20)
@given(program=PROGRAMS)
def test_several_runners_work_at_once(near_and_far, program):
    for runner in near_and_far:
        runner.start(program)
    near, far = (runner.finish() for runner in near_and_far)
    assert_equal(far, near)


def test_declared_divergences_come_over_the_wire(remote):
    assert remote(outside("Overclaims")).divergences == LocalRunner(outside("Overclaims")).divergences != {}


def test_what_an_adapter_prints_does_not_disturb_its_worker(remote):
    runner = remote(outside("Loud"))
    for _ in range(3):
        assert_equal(runner.run(ADDING.seeded()), LocalRunner("reference").run(ADDING.seeded()))


# Adapters that cannot be started.


@pytest.mark.parametrize(
    "open_one", [lambda name: open_all([name], 1.0), lambda name: open_all([f"{name}=python"], 1.0)]
)
def test_an_unknown_name_is_refused_before_anything_starts(open_one):
    with pytest.raises(SpecError, match="'refrence' is not known; accepted: reference, "):
        open_one("refrence")


@pytest.mark.parametrize("python", ["/no/such/python", "no-such-python", __file__, os.path.dirname(__file__)])
def test_a_missing_interpreter_is_named(python):
    with pytest.raises(SpecError) as caught:
        open_all(["reference", f"{outside('Outside')}={python}"], PATIENCE)
    assert outside("Outside") in str(caught.value)
    assert f"no interpreter at {python}" in str(caught.value)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("program", ["true", "false"])
def test_a_program_that_is_no_interpreter_is_named(program):
    with pytest.raises(SpecError) as caught:
        open_all([f"{outside('Outside')}={program}"], PATIENCE)
    message = str(caught.value)
    assert outside("Outside") in message
    assert program in message
    del caught
    gc.collect()  # collects ended processes left by execnet, whose warning belongs to this test


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("no.such:Thing", ["no.such cannot be imported", "ModuleNotFoundError"]),
        (outside("Nothing"), ["no class Nothing"]),
        (outside("Partial"), ["Partial does not implement"]),
        (outside("Unstartable"), ["no device"]),
        (outside("Unversioned"), ["no-such-package"]),
    ],
)
def test_an_adapter_that_the_interpreter_cannot_run_is_named_with_it(name, parts):
    with pytest.raises(SpecError) as caught:
        open_all([f"{name}={sys.executable}"], PATIENCE)
    message = str(caught.value)
    assert [part for part in (*parts, name, sys.executable) if part not in message] == [], message
    assert "\n" not in message


def test_an_interpreter_whose_path_has_a_blank_or_a_doubled_slash_is_found(remote, tmp_path):
    folder = tmp_path / "a b"
    folder.mkdir()
    (folder / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (folder / "python").chmod(0o755)
    assert remote("reference", str(folder / "python")).run(PLAIN).records
    assert remote("reference", f"{folder}//python").run(PLAIN).records


# Lost workers.


LIMIT = 2.0
LOSSES = {
    "Quits": ["died with exit code 3"],
    "Complains": ["died with exit code 3", "its standard error ends:", "complaint 9988\n", "complaint 9999"],
    "Crashes": ["died of SIGSEGV", "Fatal Python error: Segmentation fault", "string_at", "in add"],
    "IsKilled": ["died of SIGKILL", "memory"],
    "LeavesAChild": ["died with exit code 5"],
    "ClosesFiles": ["died with exit code 0"],
    "WritesEverywhere": ["wrote something other than a message to its connection"],
    "Hangs": ["gave no answer within 2 s", "in add"],
    "HangsInNativeCode": ["gave no answer within 2 s", "in add"],
    "Stops": ["gave no answer within 2 s"],
    "SendsNoMessage": ["sent what is not a trace", "message"],
    "SendsNoNumber": ["sent what is not a trace", "NaN"],
    "SendsTooMuch": ["began to send a message of", "accepted: up to"],
    "SendsAnotherType": ["sent something that is not a message of a worker"],
}


@pytest.mark.parametrize("name", LOSSES)
def test_a_worker_that_is_lost_is_named_with_the_cause_and_replaced(remote, name):
    runner = remote(outside(name), time_limit=LIMIT)
    first = runner.process.popen
    began = time.monotonic()
    message = lost(runner, ADDING)
    assert [part for part in ("outside", sys.executable, *LOSSES[name]) if part not in message] == [], message
    assert "complaint 9987\n" not in message
    assert time.monotonic() - began < LIMIT + DELAY + GRACE + 1.0
    assert first.returncode is not None
    assert_equal(runner.run(PLAIN), LocalRunner("reference").run(PLAIN))
    assert runner.take_incidents() == []


@pytest.mark.parametrize("name", ["WritesToStandardStreams", "Tardy"])
def test_what_is_no_fault_costs_nothing(remote, name):
    runner = remote(outside(name), time_limit=LIMIT)
    first = runner.process
    for _ in range(2):
        assert_equal(runner.run(ADDING.seeded()), LocalRunner("reference").run(ADDING.seeded()))
    assert runner.process is first


def test_a_large_answer_is_the_adapters_fault(remote):
    message = lost(remote(outside("Swells")), Program({"net": NET}, (Build(), Read(WEIGHT))))
    assert [part for part in ("adapter outside is at fault", "bytes", "accepted: up to") if part not in message] == []


def test_a_worker_that_ends_between_programs_costs_none_and_is_told(remote):
    runner = remote("reference")
    runner.process.popen.kill()
    runner.process.popen.wait()
    assert_equal(runner.run(PLAIN), LocalRunner("reference").run(PLAIN))
    (incident,) = runner.take_incidents()
    assert [part for part in ("reference", "SIGKILL", "between programs") if part not in incident] == []
    assert runner.take_incidents() == []


def test_a_worker_that_ends_after_its_last_program_is_told(remote):
    runner = remote("reference")
    runner.run(PLAIN)
    runner.process.popen.kill()
    while not runner.process.ended:
        time.sleep(0.01)
    (incident,) = runner.take_incidents()
    assert [part for part in ("reference", "SIGKILL", "between programs") if part not in incident] == []
    assert_equal(runner.run(PLAIN), LocalRunner("reference").run(PLAIN))
    assert runner.take_incidents() == []


def test_three_deaths_at_start_are_an_error_of_the_environment():
    with pytest.raises(SpecError) as caught:
        open_all([f"{outside('DiesAtStart')}={sys.executable}"], PATIENCE)
    message = str(caught.value)
    assert [
        part for part in (outside("DiesAtStart"), sys.executable, "exit code 4", "3 times") if part not in message
    ] == []


def test_three_deaths_of_fresh_workers_end_the_adapters_part(remote):
    runner = remote(outside("DiesAtStartAgain"))
    try:
        assert "exit code 3" in lost(runner, ADDING)
        assert not runner.over
        message = lost(runner, PLAIN)
    finally:
        (Path(tempfile.gettempdir()) / f"once-{os.getpid()}").unlink()
    assert [part for part in ("outside", "exit code 4", "3 times in a row") if part not in message] == [], message
    assert runner.over == lost(runner, PLAIN) == message
    assert len(runner.take_incidents()) == 3


def test_a_worker_that_is_not_ready_in_time_is_told():
    runner = RemoteRunner(outside("StartsSlowly"), sys.executable, 0.5, starting=PATIENCE / 10)
    runner.connect()
    told = r"gave no answer within 2 s\n(.*\n)* .*in __init__(.*\n)*that is 3 times in a row"
    assert re.search(told, runner.over), runner.over


@pytest.fixture
def remembered():
    """Delete the files by which adapters record their starts, after the test."""
    yield
    for name in ("once", "twice"):
        with contextlib.suppress(FileNotFoundError):
            (Path(tempfile.gettempdir()) / f"{name}-{os.getpid()}").unlink()


@pytest.mark.usefixtures("remembered")
def test_a_fresh_worker_that_describes_itself_as_another_adapter_is_none(remote):
    runner = remote(outside("Changes"))
    assert "exit code 3" in lost(runner, ADDING)
    message = lost(runner, PLAIN)
    assert [part for part in ("outside", "as another adapter than before", "3 times") if part not in message] == []
    assert runner.name == "outside"


@pytest.mark.usefixtures("remembered")
def test_one_failure_at_a_later_start_costs_nothing_and_is_told(remote):
    runner = remote(outside("FindsNoMemoryOnce"))
    assert "exit code 3" in lost(runner, ADDING)
    assert_equal(runner.run(PLAIN), LocalRunner("reference").run(PLAIN))
    (incident,) = runner.take_incidents()
    assert [part for part in ("MemoryError", "before it was ready, 1 of 3") if part not in incident] == [], incident


def test_a_worker_that_the_system_cannot_start_for_a_moment_costs_nothing(remote, monkeypatch):
    runner = remote(outside("Quits"))
    assert "exit code 3" in lost(runner, ADDING)
    started, failures = processes._started, [OSError(errno.EAGAIN, "no process for now")]
    monkeypatch.setattr(processes, "_started", lambda *given: _raised(failures.pop()) if failures else started(*given))
    runner.start(PLAIN)
    failures[:] = [OSError(errno.EAGAIN, "no process for now")] if runner.process is None else []
    assert_equal(runner.finish(), LocalRunner("reference").run(PLAIN))


def _raised(error):
    raise error


def test_one_death_at_start_costs_nothing_and_is_told(remote):
    runner = remote("reference")
    runner.close()
    runner.start(PLAIN)
    runner.process.popen.kill()
    assert_equal(runner.finish(), LocalRunner("reference").run(PLAIN))
    (incident,) = runner.take_incidents()
    assert [part for part in ("SIGKILL", "before it was ready, 1 of 3") if part not in incident] == []


def test_an_interpreter_that_says_nothing_is_ended_at_the_limit(tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nsleep 60\n")
    python.chmod(0o755)
    began = time.monotonic()
    with pytest.raises(SpecError, match=r"gave no answer within 2\.5 s; accepted: Python 3\.7 or newer"):
        RemoteRunner("reference", str(python), 0.5, starting=2.5)
    assert time.monotonic() - began < 10.0


def test_what_a_worker_leaves_in_the_folder_for_such_files_goes_with_it(remote):
    runner = remote("reference")
    folder = Path(runner.process.folder.name)
    (folder / "left").touch()
    runner.close()
    assert not folder.exists()


def test_a_worker_that_breaks_down_is_named_with_the_cause_and_replaced(remote):
    runner = remote(outside("Unreleasable"))
    for _ in range(2):
        message = lost(runner, PLAIN)
        assert [part for part in ("outside", "RuntimeError", "cannot let go") if part not in message] == [], message


def test_a_local_adapter_that_breaks_down_is_reported_like_a_remote_one():
    message = lost(LocalRunner(outside("Unreleasable")), PLAIN)
    assert [part for part in ("outside", "RuntimeError", "cannot let go") if part not in message] == [], message


def test_a_trace_of_another_length_is_none(remote):
    message = lost(remote(outside("Miscounts")), PLAIN)
    assert [part for part in ("outside", "1 records for 2 operations") if part not in message] == [], message


def test_a_trace_that_is_none_of_the_program_is_refused(remote):
    message = lost(remote(outside("AnswersNumbers")), READING)
    assert [
        part for part in ("outside", "operation 1, Read: a value with its label is expected") if part not in message
    ] == []


def test_an_adapter_that_asks_for_the_end_of_its_process_is_reported():
    message = lost(LocalRunner(outside("Leaves")), ADDING)
    assert [part for part in ("outside", "broke down: SystemExit: 3") if part not in message] == [], message


def test_a_worker_that_asks_for_the_end_of_its_process_is_reported(remote):
    message = lost(remote(outside("Leaves")), ADDING)
    assert [part for part in ("outside", "SystemExit: 3") if part not in message] == [], message


ANSWERS_TWICE = """
from adapters.workers import worker
answer = worker._answer

def again(adapter, asked):
    worker._answer = answer
    message = answer(adapter, asked)
    worker._answer = lambda adapter, asked: message
    return message

worker._answer = again
channel.send(None)
"""


def test_an_answer_to_an_earlier_program_is_none_to_this_one(remote):
    runner = remote("reference")
    runner.gateway.remote_exec(ANSWERS_TWICE).receive(timeout=PATIENCE)
    assert runner.run(PLAIN.seeded()).records
    assert "answered what was not asked" in lost(runner, PLAIN)
    assert_equal(runner.run(PLAIN), LocalRunner("reference").run(PLAIN))


def test_each_of_two_losses_is_told_as_what_it_was_whichever_is_waited_for_first(remote):
    hanging, crashing = (remote(outside(name), time_limit=LIMIT) for name in ("Hangs", "Crashes"))
    crashing.start(ADDING)
    assert "no answer within" in lost(hanging, ADDING)
    with pytest.raises(NoTraceError, match="died of SIGSEGV"):
        crashing.finish()


#: A text as packed by execnet, without the version prefix.
TEXT = processes.execnet.dumps("no")[1:]
#: What a worker may do without being asked, and the message about it.
UNASKED = {
    "import os; os.write(channel.gateway._io.outfile.fileno(), b'no message ' * 10)": "other than a message",
    "for _ in range(20): channel.gateway._channelfactory._channels[1].send(bytes(2**20))": "what nobody had asked for",
    f"channel.gateway._send({processes._ERROR}, 77, {TEXT!r})": "an error on a channel that does not exist",
    "import os; os._exit(9)": "died with exit code 9",
}


@pytest.mark.parametrize(("source", "told"), UNASKED.items(), ids=UNASKED.values())
def test_what_a_worker_does_between_programs_costs_none_and_is_told(remote, source, told):
    runner = remote("reference")
    runner.run(PLAIN)
    channel = runner.gateway.remote_exec(source)
    time.sleep(1.0)
    assert runner.channel._items.qsize() < 2  # unrequested items are not kept
    assert_equal(runner.run(PLAIN), LocalRunner("reference").run(PLAIN))
    (incident,) = runner.take_incidents()
    assert [part for part in (told, "(between programs)") if part not in incident] == [], incident
    assert channel is not None


def test_an_interpreter_that_takes_nothing_in_is_ended_at_the_limit(tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nprintf 1\nexec sleep 60\n")
    python.chmod(0o755)
    began = time.monotonic()
    runner = RemoteRunner("reference", f"popen//python={python}", 0.5, starting=2.0)
    runner.connect()
    assert "gave no answer within 2 s" in runner.over
    assert time.monotonic() - began < 30.0


def test_what_is_told_can_be_written_and_is_not_long(remote):
    for runner in (LocalRunner(outside("SpeaksInSurrogates")), remote(outside("SpeaksInSurrogates"))):
        message = lost(runner, ADDING)
        assert "cannot let go of \\udcff!!!" in message
        assert len(message.encode("utf-8")) < 9000


def test_a_name_that_cannot_be_written_is_refused():
    for where in ("", f"={sys.executable}"):
        with pytest.raises(SpecError, match="unprintable text"):
            open_all([outside("HasASurrogateForAName") + where], PATIENCE)


def test_an_answer_that_is_no_trace_is_reported_and_the_next_program_works(remote):
    runner = remote(outside("Babbles"))
    message = lost(runner, ADDING)
    assert [part for part in ("outside", "not a trace") if part not in message] == [], message
    assert_equal(runner.run(PLAIN), LocalRunner("reference").run(PLAIN))


def test_a_worker_that_cannot_be_replaced_is_reported_when_its_trace_is_expected(remote, tmp_path):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    runner = remote(outside("Quits"), str(python))
    assert "died" in lost(runner, ADDING)
    python.unlink()
    assert str(python) in lost(runner, PLAIN)


def test_closing_twice_is_closing_once(remote):
    runner = remote("reference")
    runner.close()
    runner.close()


# Adapters that break the rules for adapters.

EVERYTHING = Program(
    {"net": NET},
    (
        Build(),
        Initialize(ConstantArray(Drawn(3)), OneParameter(WEIGHT)),
        ListParameters(),
        CountParameters(),
        Write(WEIGHT, Drawn(3)),
        Add(WEIGHT, 1.0),
        Read(WEIGHT),
        Forward(Drawn(0), rows=2),
        Backward(Drawn(1)),
        ReadGradient(WEIGHT),
    ),
)


def test_all_that_is_asked_about_a_network_that_cannot_be_built_is_unsupported():
    inferred = Network(features(3), (Use(Dense(2), inferred=True),))
    asked = (Build("inferred"), *EVERYTHING.operations[1:], KeepValue(WEIGHT), ReadKept(), Save("file"))
    then = (Build("net"), Read(WEIGHT), Load("file"))
    program = Program({"inferred": inferred, "net": NET}, (*asked, *then))
    kinds = [record.outcome.kind for record in LocalRunner(outside("NeedsWidths")).run(program).records]
    assert kinds == [*["unsupported"] * len(asked), "ok", "ok", "unsupported"]


FAULTS = {
    "ReturnsLists": "value() returned a list; an array of NumPy is expected",
    "ReturnsDoubles": "value() returned an array of float64, where dtype() says float32",
    "ReturnsIntegers": "value() returned an array of int32; one of floats is expected",
    "ReturnsTransposed": "value() returned an array of shape (3, 2), where shape() says (2, 3)",
    "ReturnsGradientsOfOne": "gradient() returned an array of shape (1, 3), where shape() says (2, 3)",
    "ReturnsOutputsAsLists": "output() returned a list",
    "ReturnsGradientsInDoubles": "gradient() returned an array of float64, where dtype() says float32",
    "ReturnsOutputsFlat": "output() returned an array of shape (4,); one of rows is expected",
    "ShapesAreFlat": "shape() returned (6,); the layout of weight has 2 axes",
    "MistypesAName": "add() raised NameError: name 'amoun' is not defined",
    "ShapesAreLists": "shape() returned [2, 3]",
    "TypesAreTypes": "dtype() returned <class 'numpy.float32'>",
    "CountsFractions": "count() returned 8.0",
    "NamesAreNotANumber": "parameters() listed (nan, ",
    "WritesToWhatItIsHanded": "write() wrote to the array that it was handed",
    "WritesToBatches": "forward() wrote to the array",
    "WritesToCotangents": "backward() wrote to the array",
    "WritesToConstants": "constant_array() wrote to the array",
    "ClaimsTooMuch": "add() raised NotImplementedError",
    "LooksUpNothing": "add() raised KeyError: 1.0, which none of its failures declares",
}


@pytest.mark.parametrize("name", FAULTS)
def test_an_adapter_that_does_what_none_may_is_named_with_what_it_did(name):
    message = lost(LocalRunner(outside(name)), EVERYTHING)
    assert f"the adapter outside is at fault: {FAULTS[name]}" in message


@pytest.mark.skipif(sys.version_info < (3, 10), reason="an AttributeError does not tell yet whose attribute it was")
def test_an_attribute_that_the_adapter_itself_lacks_is_its_fault():
    assert "is at fault: add() raised AttributeError: 'Mistypes'" in lost(LocalRunner(outside("Mistypes")), ADDING)


def test_an_attribute_that_something_of_the_frameworks_lacks_is_an_outcome():
    assert LocalRunner(outside("AsksForNoAttribute")).run(ADDING).records[1].outcome.native == "AttributeError"


def test_an_adapter_without_a_fault_has_none():
    assert_equal(LocalRunner(outside("Outside")).run(EVERYTHING), LocalRunner("reference").run(EVERYTHING))


def test_a_fault_is_told_from_afar_and_its_worker_goes_on(remote):
    runner = remote(outside("ClaimsTooMuch"))
    first = runner.process
    assert lost(runner, ADDING) == lost(LocalRunner(outside("ClaimsTooMuch")), ADDING)
    assert_equal(runner.run(PLAIN), LocalRunner("reference").run(PLAIN))
    assert runner.process is first


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("HasNoBias", ["dense(): layout of the bias of a dense", "there is none", "declared: weight"]),
        ("HasOtherAxes", ["dense(): layout of the weight of a dense", "layout of weight", "out=3 in=3"]),
        ("HasOtherGates", ["lstm(): layout of the input_weight of a lstm", "gate has the places ifgo, not ifco"]),
        ("HasGatesWithoutLetters", ["dense(): layout of the weight of a dense", "the places of out have no letters"]),
        ("HasOtherOutcomes", ["failures", "ValueError", "'exploded'", "wrong_shape"]),
        ("DiffersFromNothing", ["divergences", "'writing.ad'"]),
        ("DiffersByNoAnswer", ["divergences", "writing.add", "'otherwis'", "accepted: otherwise"]),
        ("DiffersByWhatIsSpecified", ["divergences", "writing.add", "'as expected'", "accepted: otherwise"]),
    ],
)
def test_an_adapter_that_declares_what_there_is_not_is_refused(name, parts):
    for where in ("", f"={sys.executable}"):
        with pytest.raises(SpecError) as caught:
            open_all([outside(name) + where], PATIENCE)
        assert [part for part in parts if part not in str(caught.value)] == [], str(caught.value)


def test_a_local_adapter_that_is_slower_than_the_limit_is_reported_like_a_remote_one():
    message = lost(LocalRunner(outside("Tardy"), time_limit=0.5), ADDING)
    assert [part for part in ("adapter outside", "no answer within 0.5 s") if part not in message] == [], message


# Arrays are overwritten after they are passed, so that an adapter that keeps one shows NaN.

WRITING = Program({"net": NET}, (Build(), Write(WEIGHT, Drawn(3)), Read(WEIGHT)))
FILLING = Program(
    {"net": Network(features(3), (Use(Dense(2, bias=False)),))},
    (Build(), Initialize(ConstantArray(Drawn(3))), Read(WEIGHT)),
)
DEFERRED = Program(
    {"net": Network(features(3), (Use(Dense(2, bias=False), inferred=True),))},
    (Build(), Initialize(ConstantArray(Drawn(3))), Forward(Drawn(0)), Read(WEIGHT)),
)


@pytest.mark.parametrize(
    ("name", "program"),
    [("KeepsWritten", WRITING), ("KeepsConstants", FILLING), ("KeepsConstants", DEFERRED)],
    ids=["written", "constant", "deferred constant"],
)
def test_an_adapter_that_keeps_an_array_shows_nan(name, program):
    kept, copied = (LocalRunner(one).run(program).records[-1].value.array for one in (outside(name), "reference"))
    assert np.isnan(kept).all()
    np.testing.assert_array_equal(copied, Drawn(3).array((2, 3)))
