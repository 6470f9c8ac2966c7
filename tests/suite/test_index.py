"""The index: typed words lead to the right task, in the terminal as on the site."""

from __future__ import annotations

import pytest

from adapters import __main__ as command
from adapters.guide import showing
from adapters.guide.index import KNOWN_AS, Index, parts, words
from adapters.guide.kinds import MEANS
from adapters.guide.library import Library, law_url
from adapters.guide.tasks import CHAPTERS, TASKS
from specs.laws import LAWS
from specs.layers import EXAMPLES
from tests.suite.exhibited import exhibits, report
from tests.suite.test_guide import NAMES, answered, performed


@pytest.fixture(scope="module")
def library():
    """The adapters' declarations, and the code of every task."""
    return Library(None, showing.unperformed(TASKS))


@pytest.fixture(scope="module")
def index(library):
    return Index(library)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("GlorotUniform", ["glorotuniform", "glorot", "uniform"]),
        ("kaiming_uniform_", ["kaiminguniform", "kaiming", "uniform"]),
        ("load_state_dict", ["loadstatedict", "load", "state", "dict"]),
        ("Conv2DTranspose", ["conv2dtranspose", "conv", "transpose"]),
        ("weights", ["weight"]),
        ("bias of the loss", ["bia", "loss"]),
    ],
)
def test_a_name_is_found_in_one_piece_and_by_its_parts(name, found):
    assert words(name) == found


def test_a_single_word_has_no_parts():
    assert parts("weight") == []


# Words that people know.


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("load_state_dict", "save-and-load"),
        ("set_data", "write-weight"),
        ("get_weights", "read-weight"),
        ("requires_grad", "freeze"),
        ("GlorotUniform", "initialize-xavier-convolution"),
        ("glorot_uniform", "initialize-xavier-convolution"),
        ("kaiming", "initialize-he-uniform"),
        ("glorot", "initialize-xavier-uniform"),
        ("kernel", "dense"),
        ("net[0].weight.data()", "write-weight"),
        ("clone_model()", "clone"),
        ("weight sharing", "share-weight"),
        ("how do I save a model?", "save-and-load"),
        ("lstm from keras to torch", "from/keras-to-torch/lstm.html"),
        ("in_proj_weight", "packed_self_attention"),
        ("moving_mean", "batch_norm"),
        ("sharing.tie_after_build", "sharing.tie_after_build"),
    ],
)
def test_what_people_know_leads_to_what_they_mean(index, typed, expected):
    assert expected in [entry.name or entry.url for entry, _ in index.find(typed)][: showing.MOST]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("load_state_dict", "save-and-load"),
        ("state_dict", "save-and-load"),
        ("save_weights", "save-and-load"),
        ("load_parameters", "save-and-load"),
        ("set_data", "write-weight"),
        ("get_weights", "read-weight"),
        ("set_weights", "write-weight"),
        ("write one element", "write-element"),
        ("requires_grad", "freeze"),
        ("trainable = False", "freeze"),
        ("trainable_variables", "freeze"),
        ("freeze a layer", "freeze-a-layer"),
        ("GlorotUniform", "initialize-xavier-uniform"),
        ("glorot_uniform", "initialize-xavier-uniform"),
        ("kaiming", "initialize-he-uniform"),
        ("kaiming_uniform_", "initialize-he-uniform"),
        ("HeNormal", "initialize-he-normal"),
        ("orthogonal_", "initialize-orthogonal"),
        ("nn.Linear", "dense"),
        ("Dense", "dense"),
        ("collect_params", "list-parameters"),
        ("named_parameters", "list-parameters"),
        ("summary()", "list-parameters"),
        ("count parameters", "count-parameters"),
        ("buffers", "list-buffers"),
        ("force_reinit", "initialize-again"),
        ("initialize twice", "initialize-again"),
        ("DeferredInitializationError", "inferred-width"),
        ("zero_grad", "reset-gradients"),
        ("Parameter.grad", "gradients"),
        ("gradient accumulation", "second-backward"),
        ("clone_model", "clone"),
        ("manual_seed", "seed"),
        ("set_random_seed", "seed"),
        ("share weights between two layers", "share-parameters"),
        ("moving_mean", "batch_norm"),
        ("padding_idx", "initialize-padding"),
        ("forget gate bias", "start-forget-gate"),
        ("in_proj_weight", "packed_self_attention"),
        ("BatchNorm momentum", "default-momentum"),
    ],
)
def test_what_porters_type_has_one_first_hit(index, typed, first):
    assert index.find(typed)[0][0].name == first


def test_what_a_task_is_known_as_is_of_a_task_that_there_is():
    assert {*KNOWN_AS} <= {*TASKS}


def test_every_native_class_leads_to_its_kind(library, index):
    for framework in library.frameworks:
        named = [name for one in framework.kinds.values() for name in one.classes]
        for kind, one in framework.kinds.items():
            for name in (name for name in one.classes if named.count(name) < MEANS):
                hits = [entry.name for entry, _ in index.find(name.rpartition(".")[2])]
                assert kind in hits[: showing.MOST], name


def test_there_is_an_entry_for_every_task_law_and_kind(index):
    names = {entry.name for entry in index.entries}
    assert {*TASKS, *LAWS, *EXAMPLES} <= names
    assert {law_url(law) for law in LAWS.values()} <= {entry.url for entry in index.entries}


def test_what_only_some_words_lead_to_comes_after_what_all_do(index):
    hits = [entry.name for entry, _ in index.find("lstm gates sequence")]
    assert hits[0] == "write-gates"
    assert "default-lstm" in hits


@pytest.mark.parametrize("typed", ["fresh_one", "tape.gradient", "_init_weight", "dense7_weight", "whyever"])
def test_names_in_setup_in_strings_in_values_and_in_reasons_lead_to_the_task(typed):
    read = {"code": ("tape.gradient('_init_weight')",), "printed": ("dense7_weight",)}
    found = performed(exhibits("one"), "one", "read-weight", ("def fresh_one(): pass",), Read=read)
    told = answered(report("one"), "one", "access.shapes", "other", reason="It is whyever.")
    hits = [entry.name for entry, _ in Index(Library(told, found)).find(typed)]
    assert "read-weight" in hits[:3]


# The command.


@pytest.fixture
def show(capsys, tmp_path):
    """What is shown for some words if frameworks ran the tasks."""
    exhibits(*NAMES).save(tmp_path / command.EXHIBITS)

    def shown(*asked):
        assert command.main(["show", *asked, "--width=100", f"--report-dir={tmp_path}"]) == 0
        return capsys.readouterr().out

    return shown


def test_without_a_word_it_tells_what_there_is(show):
    shown = show()
    assert all(chapter in shown for chapter in CHAPTERS)
    assert all(kind in shown for kind in EXAMPLES)
    assert len(shown.splitlines()) < 20


def test_a_chapter_has_its_tasks(show):
    shown = show("writing")
    assert [task for task in TASKS.values() if (f"  {task.name} " in shown) != (task.chapter == "writing")] == []


def test_words_give_a_few_hits_a_line_each(show):
    lines = show("initializer", "of", "a", "layer").splitlines()
    assert 1 < len(lines) <= showing.MOST
    assert all(line.startswith("  ") for line in lines)


def test_a_task_that_is_clearly_meant_is_shown(show):
    assert show("copy", "or", "view").startswith("copy-or-view: ")
    shown = show("layer", "past", "the", "last")
    assert shown.startswith("  missing-layer  ")
    assert "\n\nmissing-layer: " in shown
    assert "\n\n" not in show("copy", "value", "kept")


def test_a_law_is_told_with_its_differences_and_tasks(show):
    shown = show("training.second_backward")
    assert LAWS["training.second_backward"].question in shown
    assert "torch: training.second_backward (by design)" in shown
    assert "  second-backward  " in shown


@pytest.mark.parametrize("asked", [("batch_norm",), ("batch", "norm")])
def test_a_kind_is_told_with_its_differences_and_tasks(show, asked):
    shown = show(*asked)
    assert shown.startswith("batch norm layer\n")
    assert "training.statistics_value" in shown
    assert "default-batch-norm" in shown


def test_what_nothing_is_called_is_one_line(capsys, tmp_path):
    exhibits("one").save(tmp_path / command.EXHIBITS)
    assert command.main(["show", "zzz", f"--report-dir={tmp_path}"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "'zzz'" in line
