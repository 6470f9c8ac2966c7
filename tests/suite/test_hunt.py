"""The hunt for mutants reports errors of a mutant, of a law and of the hunt itself."""

import contextlib
import dataclasses
import sys

import pytest

from adapters import reference
from adapters.interface import Absence, Unsupported
from adapters.reference import ReferenceAdapter
from adapters.running import engine
from adapters.workers.runners import LocalRunner, RemoteRunner
from specs import codec
from specs.errors import SpecError
from specs.laws import LAWS
from specs.programs.operations import Add, Copy, Load, Read, Step, Write
from tests.mutants import registry, results, tables
from tests.mutants.__main__ import is_kept, main, parse
from tests.mutants.hunt import Hunt
from tests.mutants.patches import around, instead, together
from tests.mutants.planting import LocalGardener, RemoteGardener
from tests.mutants.programs import Programs
from tests.mutants.registry import Mutant, breaks, quick, raises, reaches, reported
from tests.mutants.results import Results
from tests.suite import faulty

# Mutants with wrong declarations.


@breaks("writing.add")
@reaches(Add)
def harmless():
    """Nothing is wrong."""
    return contextlib.nullcontext()


def misses_the_last(write, self, array):
    last = self.value.flat[-1]
    write(self, array)
    self.value.flat[-1] = last


@breaks("writing.array")
@reaches(Write, Add, Copy, Load, Step)
@reported("https://example.org")
@quick
def writes_miss_the_last():
    """A write leaves the last element as it was."""
    return around(reference.Parameter, "write", misses_the_last)


@breaks("writing.array")
@reaches(Copy)
def reaches_too_little():
    """A write leaves the last element unchanged, and only copies are declared to show it."""
    return writes_miss_the_last()


@breaks("access.missing_layer", answer="ok")
@reaches(Read)
def fails_otherwise():
    """A missing layer is reported as a wrong shape, and declared as found."""

    def child(found, self, net, position):
        if position >= len(net.children):
            raise reference.WrongShape("the layer is not of shape")
        return found(self, net, position)

    return around(ReferenceAdapter, "child", child)


@breaks("writing.array")
@reaches(Write, Add, Copy, Load, Step)
def merely_raises():
    """A write leaves the last element unchanged, and a third write is lost with an unexpected error."""

    def written(write, self, array):
        misses_the_last(write, self, array)
        self.writes = getattr(self, "writes", 0) + 1
        if self.writes > 2:
            raise RuntimeError("it is worn out")

    return around(reference.Parameter, "write", written)


@raises("failed")
@breaks("writing.array")
@reaches(Write, Add, Copy, Load, Step)
def foreseen():
    """A write leaves the last element unchanged, and a third write is lost with an error."""
    return merely_raises()


class Marked:
    """Replaces a module that defines mutants."""

    def __init__(self, *bugs):
        self.__dict__.update({bug.__name__: bug for bug in bugs})


def collected(*bugs):
    return registry.collect(Marked(*bugs))


PLANTED = collected(harmless, writes_miss_the_last, reaches_too_little, fails_otherwise, merely_raises, foreseen)


@pytest.fixture(scope="module")
def hunt():
    return Hunt(LocalRunner("reference"), LocalGardener(PLANTED), Programs(20), others=2)


def pursued(hunt, bug):
    return hunt.pursue(PLANTED[bug.__name__].mutant)


def test_a_mutant_that_all_laws_notice_is_killed(hunt):
    hunted = pursued(hunt, writes_miss_the_last)
    assert hunted.killed
    assert [(kill.law, kill.answer) for kill in hunted.kills] == [("writing.array", "otherwise")]
    assert hunted.seconds == hunted.kills[0].seconds
    assert {"persistence.round_trip", "writing.refused_changes_nothing"} <= {one.law for one in hunted.consequences}


def test_a_survivor_is_told(hunt):
    hunted = pursued(hunt, harmless)
    assert hunted.faults == ("writing.add does not notice it",)
    assert not hunted.killed
    assert hunted.seconds is None


def test_another_answer_than_the_one_declared_is_told(hunt):
    hunted = pursued(hunt, fails_otherwise)
    assert not hunted.killed
    assert hunted.faults[0].startswith("access.missing_layer fails by 'wrong_shape', not by 'ok'")


def test_a_failure_where_the_bug_cannot_show_is_told(hunt):
    hunted = pursued(hunt, reaches_too_little)
    assert any(
        fault.startswith("persistence.round_trip fails by") and "cannot show" in fault for fault in hunted.faults
    )
    assert not any("writing.copied_value" in fault for fault in hunted.faults)
    assert not hunted.killed


def test_a_failure_by_something_foreseen_is_none_to_tell_of(hunt):
    hunted = pursued(hunt, foreseen)
    assert hunted.killed, hunted.faults


def test_a_failure_by_something_unforeseen_is_told(hunt):
    hunted = pursued(hunt, merely_raises)
    assert any("fails merely by 'failed'" in fault for fault in hunted.faults)
    assert not hunted.killed


def test_the_control_tells_of_a_bug_that_was_left(hunt):
    pursued(hunt, writes_miss_the_last)
    assert list(hunt.control()) == []
    with writes_miss_the_last():
        assert any("writing.array fails by 'otherwise' without a mutant" in fault for fault in hunt.control())


def test_a_program_that_gives_no_trace_ends_the_hunt():
    @breaks("writing.array")
    @reaches(Write)
    def cannot_let_go():
        """The adapter breaks down."""
        return instead(ReferenceAdapter, "release", faulty.Unreleasable.release)

    planted = collected(cannot_let_go)
    hunted = Hunt(LocalRunner("reference"), LocalGardener(planted), Programs(5), 1).pursue(
        planted["cannot_let_go"].mutant
    )
    assert not hunted.killed
    assert "cannot let go" in hunted.faults[0]


def test_the_first_programs_are_the_same_however_many_follow():
    few, all_of_them = Programs(20).of("writing.add", 3), Programs(20).of("writing.add", 20)
    assert (len(few), len(all_of_them)) == (3, 20)
    assert few == all_of_them[:3]


# Planting.


def test_a_bug_is_uprooted_after_an_exception():
    write = reference.Parameter.write
    with contextlib.suppress(KeyError), LocalGardener(PLANTED).planted(PLANTED["writes_miss_the_last"].mutant):
        assert reference.Parameter.write is not write
        raise KeyError
    assert reference.Parameter.write is write


def test_what_was_planted_of_a_bug_that_cannot_be_is_uprooted():
    write = reference.Parameter.write
    with pytest.raises(AttributeError), together(writes_miss_the_last(), instead(None, "nothing", 0)):
        pass
    assert reference.Parameter.write is write


def test_a_bug_takes_the_place_of_another():
    gardener = LocalGardener(PLANTED)
    write, child = reference.Parameter.write, ReferenceAdapter.child
    gardener.plant(PLANTED["writes_miss_the_last"].mutant)
    gardener.plant(PLANTED["fails_otherwise"].mutant)
    assert reference.Parameter.write is write
    assert ReferenceAdapter.child is not child
    gardener.uproot()
    assert ReferenceAdapter.child is child


def test_what_a_framework_lacked_is_gone_again():
    with instead(reference.Parameter, "__deepcopy__", None):
        assert "__deepcopy__" in vars(reference.Parameter)
    assert "__deepcopy__" not in vars(reference.Parameter)


class TestInAWorker:
    @pytest.fixture
    def runner(self):
        pytest.importorskip("execnet", reason="workers are reached by it")
        runner = RemoteRunner("reference", sys.executable, 60.0)
        runner.connect()
        yield runner
        runner.close()

    def test_mutants_are_those_of_this_process(self, runner):
        assert RemoteGardener(runner).mutants == tuple(one.mutant for one in registry.load("reference").values())

    def test_a_mutant_is_killed_there_and_leaves_nothing_anywhere(self, runner):
        run = engine.run
        gardener = RemoteGardener(runner)
        hunt = Hunt(runner, gardener, Programs(5), 1)
        (mutant,) = registry.chosen(gardener.mutants, ["AddIsLost"])
        assert hunt.pursue(mutant).killed
        assert engine.run is run
        assert list(hunt.control()) == []

    def test_a_worker_that_replaces_another_is_planted_in_as_well(self, runner):
        gardener = RemoteGardener(runner)
        (mutant,) = registry.chosen(gardener.mutants, ["AddIsLost"])
        runner.close()
        assert Hunt(runner, gardener, Programs(5), 1).pursue(mutant).killed

    def test_a_mutant_that_cannot_be_planted_is_an_error_in_words(self, runner):
        gardener = RemoteGardener(runner)
        with pytest.raises(SpecError, match="mutant unknown: it cannot be planted: KeyError"):
            gardener.plant(Mutant("unknown", "It is wrong.", {"writing.add": ("otherwise",)}, ("Add",)))


# Versions that lack something.


class WritesNothing(ReferenceAdapter):
    """Does not support writing an array."""

    absences = {"write": Absence("It has no way to write.", "a page")}

    def write(self, *_):
        raise Unsupported("write")


def test_what_a_version_does_not_offer_needs_no_noticing():
    runner = LocalRunner("reference")
    runner.adapter = WritesNothing()
    hunt = Hunt(runner, LocalGardener(PLANTED), Programs(5), others=0)
    hunted = pursued(hunt, writes_miss_the_last)
    assert (hunted.killed, hunted.concerns, hunted.absent) == (False, False, ("writing.array",))
    assert not run_of(hunted).failed
    assert tables.Kept.of(run_of(hunted), others=0).fates == ()
    assert list(hunt.control()) == []
    runner.adapter = ReferenceAdapter()
    assert list(hunt.control()) == ["reference: writing.array asks for what is offered only without a mutant"]


@breaks("writing.add")
@reaches(Add)
def of_another_version():
    """The method that it changes does not exist."""
    return around(ReferenceAdapter, "no_such_method", lambda *_: None)


@breaks("writing.nothing")
@reaches(Add)
def of_no_law():
    """It is wrong."""
    return contextlib.nullcontext()


def test_a_mutant_that_cannot_be_planted_is_a_fault_and_the_next_one_is_hunted():
    planted = collected(of_another_version)
    hunted = Hunt(LocalRunner("reference"), LocalGardener(planted), Programs(5), 0).pursue(
        planted["of_another_version"].mutant
    )
    assert not hunted.killed
    assert hunted.faults[0].startswith("mutant of_another_version: it cannot be planted: AttributeError")
    assert run_of(hunted).failed


def test_a_mutant_of_an_unknown_law_is_refused():
    with pytest.raises(SpecError, match=r"mutants of reference: there is no law .writing\.nothing."):
        Hunt(LocalRunner("reference"), LocalGardener(collected(of_no_law)), Programs(5), 0)


# Declarations.


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"laws": {}}, "it has no law"),
        ({"reach": ()}, "it has no reach"),
        ({"reach": ("Writes",)}, "there is no type 'Writes'"),
        ({"sentence": "It is wrong"}, "it has no sentence"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(wrong, message):
    right = {"name": "m", "sentence": "It is wrong.", "laws": {"writing.add": ("no",)}, "reach": ("Add",)}
    with pytest.raises(SpecError, match=message):
        Mutant(**{**right, **wrong})


def test_marks_are_told():
    mutant = PLANTED["writes_miss_the_last"].mutant
    assert (mutant.source, mutant.quick, mutant.reach) == (
        "https://example.org",
        True,
        ("Add", "Copy", "Load", "Step", "Write"),
    )


def test_an_unknown_name_is_told_with_those_near_it(hunt):
    with pytest.raises(SpecError, match=r"mutant 'harmles' is not known; near it: harmless"):
        registry.chosen(hunt.gardener.mutants, ["harmles"])


def test_there_are_no_mutants_of_an_adapter_from_outside():
    with pytest.raises(SpecError, match="adapter outside: there are mutants of reference"):
        registry.load("outside")


# Results.


def run_of(*hunted, faults=()):
    return Results(Results.FORMAT, 20, {"reference": {"numpy": "1"}}, hunted, faults, 1.0)


def test_results_are_read_as_they_were_saved(hunt, tmp_path):
    found = run_of(pursued(hunt, writes_miss_the_last), pursued(hunt, harmless))
    assert Results.load(found.save(tmp_path)) == found


def test_a_run_fails_by_a_survivor_or_a_fault_of_its_own(hunt):
    killed, survivor = pursued(hunt, writes_miss_the_last), pursued(hunt, harmless)
    assert not run_of(killed).failed
    assert run_of(killed, survivor).failed
    assert run_of(killed, faults=("slow",)).failed


def test_laws_that_kill_nothing_are_told(hunt):
    idle = set(results.idle_laws([pursued(hunt, writes_miss_the_last)]))
    assert idle == {f"{law} kills no mutant" for law in LAWS if law != "writing.array"}


def test_a_slow_median_is_told(hunt):
    killed = codec.to_plain(pursued(hunt, writes_miss_the_last))
    killed["kills"][0]["seconds"] = results.MEDIAN_LIMIT + 1
    slow = codec.from_plain(killed, results.Hunted)
    assert len(list(results.slow([slow, slow]))) == 1
    assert list(results.slow([pursued(hunt, writes_miss_the_last)])) == []


def test_what_is_kept_of_a_run_is_read_as_it_was_saved_and_counted(hunt, tmp_path):
    kept = tables.Kept.of(run_of(pursued(hunt, writes_miss_the_last), pursued(hunt, harmless)), others=5)
    kept.save(tmp_path / "measured.json")
    assert tables.Kept.load(tmp_path / "measured.json") == kept
    assert [(fate.mutant, fate.killed, fate.laws) for fate in kept.fates] == [
        ("writes_miss_the_last", True, {"writing.array": kept.fates[0].programs}),
        ("harmless", False, {}),
    ]
    table = tables.kills(kept)
    assert table[2].startswith(f"| reference | 2 | 1 | {kept.fates[0].programs} |")
    assert table[-1].startswith(f"1 of {len(LAWS)} laws noticed")


def test_the_programs_that_laws_need_are_counted_over_bugs_and_laws_that_a_single_program_refutes(hunt):
    (fate, _) = tables.Kept.of(run_of(pursued(hunt, writes_miss_the_last), pursued(hunt, harmless)), others=5).fates
    laws = {"writing.array": 1, "writing.add": 20, "access.count": 21, "initialization.normal": 100}
    kept = tables.Kept(tables.Kept.FORMAT, 100, 0, {}, (dataclasses.replace(fate, laws=laws),))
    assert tables.needed(kept)[-1] == "| noticed | 33.3% | 33.3% | 33.3% | 33.3% | 66.7% | 100.0% |"


# The command.


def test_only_a_hunt_with_enough_programs_is_kept():
    assert is_kept(parse(["--without-reference"]))
    assert is_kept(parse(["--mutant=AddIsLost"]))
    for arguments in (["--quick"], ["--programs=99"], ["--others=0"]):
        assert not is_kept(parse(arguments))


def test_what_a_later_run_found_takes_the_place_of_what_was_kept_of_the_same_mutants(hunt):
    first = tables.Kept.of(run_of(pursued(hunt, harmless)), others=1)
    elsewhere = dataclasses.replace(first, adapters={"old": {"numpy": "1"}}, fates=())
    again = tables.Kept.of(run_of(pursued(hunt, writes_miss_the_last)), others=1)
    known = {"reference": ["writes_miss_the_last", "harmless"]}
    merged = first.merged(elsewhere, {"old": []}).merged(again, known)
    assert list(merged.adapters) == ["reference", "old"]
    assert merged.fates == (*again.fates, *first.fates)
    # A mutant that there is no more is dropped.
    assert merged.merged(again, {"reference": ["harmless"]}).fates == first.fates


def test_one_mutant_is_hunted_and_reported(tmp_path, capsys):
    arguments = ["--mutant", "AddIsLost", "--others", "0", "--programs", "5", "--report-dir", str(tmp_path)]
    assert main(arguments) == 0
    assert "reference: 1 planted, 1 killed, median" in capsys.readouterr().out
    assert [one.mutant.name for one in Results.load(tmp_path / "mutants" / "mutants.json").hunts] == ["AddIsLost"]


def test_a_survivor_is_the_exit_code(capsys):
    assert main(["--mutant", "WriteTransposesSquares", "--programs", "1", "--others", "0"]) == 1
    assert "does not notice it" in capsys.readouterr().out


def test_the_quick_subset_of_the_reference_is_empty(capsys):
    assert main(["--quick"]) == 2
    assert "no mutant is chosen" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--mutant", "AddIsLos"], "tests.mutants: mutant 'AddIsLos' is not known; near it: AddIsLost"),
        (["--adapter", "nonsense"], "tests.mutants: adapter 'nonsense' is not known"),
        (["--adapter", "tests.suite.faulty:Outside"], "tests.mutants: adapter outside: there are mutants of"),
        (["--adapter", "reference=nowhere"], "tests.mutants: --adapter: reference is given twice"),
    ],
)
def test_what_is_not_acceptable_is_one_line(arguments, message, capsys):
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--programs", "0"], "--programs: 0 must be 1 or more"),
        (["--others", "-1"], "--others: -1 must be 0 or more"),
        (["--time-limit", "0"], "--time-limit: 0.0 must be greater than 0"),
    ],
)
def test_a_number_that_is_not_acceptable_is_a_usage_error(arguments, message, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
