"""``python -m adapters carry`` as users run it, from the reference to itself, so that no framework is needed."""

import tracemalloc

import numpy as np
import pytest

from adapters.__main__ import main
from adapters.carrying import command, files, proofs
from adapters.carrying.plans import planned
from specs import codec
from specs.errors import SpecError
from specs.layers import (
    LSTM,
    Activation,
    BatchNorm,
    Convolution,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    InstanceNorm,
    LeakyReLU,
)
from specs.layers.layer import Axis, features, image, sequence
from specs.programs.networks import Block, Network, Residual, Reuse, Slot, Tie, Use

NET = Network(image(1, 3, 4), (Convolution(2, (2, 2)), BatchNorm(), Activation("relu"), Dropout(), Flatten(), Dense(3)))


def stored_by(network, seed=0):
    random = np.random.RandomState(seed)
    return {
        f"{'.'.join(map(str, network.uses[slot.layer].path))}.{slot.role}": random.uniform(
            0.5, 1.5, network.shape(slot)
        ).astype(np.float32)
        for slot in network.held
        if network.owner(slot) == slot
    }


@pytest.fixture
def carry(tmp_path, capsys):
    """Carry a network's arrays from file to file. Return the exit code and the output."""

    def run(network, arrays, *more, name="in.npz", output="out.npz", source="reference", target="reference"):
        if arrays is not None:
            files.write(tmp_path / name, arrays)
        codec.save(network, tmp_path / "net.json")
        paths = [str(tmp_path / name), "--network", str(tmp_path / "net.json"), "-o", str(tmp_path / output)]
        code = main(["carry", *paths, "--from", source, "--to", target, *more])
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


def test_what_was_carried_is_there_and_proved(carry, tmp_path):
    arrays = stored_by(NET)
    code, told = carry(NET, arrays, output="out.safetensors")
    assert code == 0, told
    found = files.read(tmp_path / "out.safetensors")
    assert {name: array.tobytes() for name, array in found.items()} == {
        name: array.tobytes() for name, array in arrays.items()
    }
    assert "1.variance" in told
    for what in ("outputs for inference", "outputs for training", "gradients", "running statistics"):
        assert f"{what}" in told
    assert "written for reference, proved" in told


def test_other_names_are_told(carry):
    names = {"0": "conv", "1": "norm", "5": "head"}
    arrays = {f"{names[name[0]]}{name[1:]}": array for name, array in stored_by(NET).items()}
    code, told = carry(NET, arrays)
    assert code == 0, told
    assert "conv.weight  " in told
    assert "taken in its order" in told


def test_names_can_be_given(carry, tmp_path):
    network = Network(features(2), (Dense(2), Dense(2)))
    arrays = stored_by(network)
    turned = {f"{'ba'[int(name[0])]}{name[1:]}": array for name, array in arrays.items()}
    (tmp_path / "names.json").write_text('{"0": "b", "1": "a"}', encoding="utf-8")
    code, told = carry(network, turned, "--names", str(tmp_path / "names.json"))
    assert code == 0, told
    assert np.array_equal(files.read(tmp_path / "out.npz")["1.weight"], arrays["1.weight"])


def test_order_alone_tells_layers_apart_only_where_that_is_accepted(carry, tmp_path):
    network = Network(features(2), (Dense(2), Dense(2)))
    arrays = stored_by(network)
    named = {f"{'ba'[int(name[0])]}{name[1:]}": array for name, array in arrays.items()}
    code, told = carry(network, named)
    assert code == 2
    assert "b, a: only their order in the file tells them apart" in told
    code, told = carry(network, named, "--accept", "order")
    assert code == 0, told
    assert np.array_equal(files.read(tmp_path / "out.npz")["1.weight"], arrays["1.weight"])


def test_a_file_that_is_there_is_kept(carry, tmp_path):
    (tmp_path / "out.npz").write_text("mine", encoding="utf-8")
    code, told = carry(NET, stored_by(NET))
    assert code == 2
    assert "it is there already, and is kept; --force" in told
    assert (tmp_path / "out.npz").read_text(encoding="utf-8") == "mine"
    code, told = carry(NET, stored_by(NET), "--force")
    assert code == 0, told
    assert len(files.read(tmp_path / "out.npz")) == len(stored_by(NET))


def test_a_script_that_is_there_is_kept(carry, tmp_path):
    script = tmp_path / "port.py"
    script.write_text("mine", encoding="utf-8")
    code, told = carry(NET, stored_by(NET), "--code", str(script))
    assert code == 2
    assert "port.py: it is there already, and is kept" in told
    assert script.read_text(encoding="utf-8") == "mine"


def test_nothing_is_written_where_there_are_no_words_for_a_script(carry, tmp_path):
    code, told = carry(NET, stored_by(NET), "--code", str(tmp_path / "port.py"))
    assert code == 2
    assert "uses no framework" in told
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in.npz", "net.json"]


def test_nothing_is_written_where_the_proof_fails(carry, tmp_path, monkeypatch):
    monkeypatch.setattr(proofs, "TIMES", 0.0)
    monkeypatch.setattr(proofs, "_apart", lambda left, right: np.ones_like(left, dtype=float))
    code, told = carry(NET, stored_by(NET))
    assert code == 1
    assert "NOT THE SAME" in told
    assert "out.npz is not written" in told
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in.npz", "net.json"]
    code, told = carry(NET, stored_by(NET), "--despite")
    assert code == 0
    assert "NOT PROVED" in told


def test_numbers_that_are_none_are_carried_and_said(carry, tmp_path):
    network = Network(features(2), (Dense(1),))
    arrays = {"0.weight": np.array([[np.nan, 1]], np.float32), "0.bias": np.array([-np.inf], np.float32)}
    code, told = carry(network, arrays)
    assert code == 0, told
    assert "0.weight: 1 of 2 are NaN or infinite: carried" in told
    assert files.read(tmp_path / "out.npz")["0.bias"][0] == -np.inf


def test_doubles_are_rounded_only_where_that_is_accepted(carry):
    network = Network(features(1), (Dense(1),))
    exact = {"0.weight": np.array([[0.5]]), "0.bias": np.array([2.0])}
    code, told = carry(network, exact)
    assert code == 0, told
    assert "0.bias: float64 is float32 there, with the same numbers" in told
    code, told = carry(network, {**exact, "0.bias": np.array([0.1])}, "--force")
    assert code == 2
    assert "0.bias: float64 is more than float32 holds; --accept rounding rounds it" in told
    code, told = carry(network, {**exact, "0.bias": np.array([0.1])}, "--force", "--accept", "rounding")
    assert code == 0, told
    assert "0.bias: float64 is rounded to float32" in told


@pytest.mark.parametrize(
    ("network", "arrays", "more", "said"),
    [
        (NET, {"0.weight": np.zeros(1, np.float32)}, {}, "missing: 0.bias, "),
        (NET, {**stored_by(NET), "6.weight": np.zeros(1, np.float32)}, {}, "left over: 6.weight"),
        (Network(features(2), (Dense(3),)), {"0.weight": np.zeros((2, 3), np.float32), "0.bias": np.zeros(3, "f4")}, {},
         "0.weight: shape (3, 2) is expected; it has (2, 3): it fits only transposed"),
        (Network(features(2), (Dense(1), LeakyReLU())), {}, {}, "slope is left to the framework"),
        (NET, stored_by(NET), {"output": "out.pt"}, "reference does not load .pt; accepted: .npz, .safetensors"),
        (NET, stored_by(NET), {"output": "out.txt"}, "its format is not known"),
        (NET, stored_by(NET), {"output": "no/out.npz"}, "there is no such folder"),
        (NET, None, {}, "there is no such file"),
        (NET, stored_by(NET), {"source": "caffe"}, "adapter 'caffe' is not known; accepted: reference, gluon"),
    ],
)  # fmt: skip
def test_bad_input_is_one_clear_line(carry, network, arrays, more, said):
    code, told = carry(network, arrays, **more)
    assert code == 2, told
    assert said in told
    assert len(told.splitlines()) == 1


def test_a_network_that_is_none(carry, tmp_path, capsys):
    carry(NET, stored_by(NET))
    (tmp_path / "net.json").write_text('{"type": "Network", "given": []}', encoding="utf-8")
    paths = [str(tmp_path / "in.npz"), "--network", str(tmp_path / "net.json"), "-o", str(tmp_path / "o.npz")]
    assert main(["carry", *paths, "--from", "reference", "--to", "reference"]) == 2
    assert "Network needs the field 'layers'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("source", "target", "told"),
    [
        ("keras", "gluon", ["moved by keras the first use first and gluon the last use first"]),
        ("keras", "torch", ["average keras the biased one and torch the unbiased one"]),
        ("torch", "torch", []),
    ],
)
def test_how_statistics_are_averaged_otherwise_is_told(source, target, told):
    network = Network(features(2), (BatchNorm(), Reuse(0)))
    lines = list(command._averaged(planned(network, source, target)))
    assert len(lines) == len(told)
    assert all(words in line for words, line in zip(told, lines))


def test_order_is_told_only_where_uses_share_statistics():
    assert not list(command._averaged(planned(Network(features(2), (BatchNorm(),)), "keras", "gluon")))


# What runs for the proof.


def test_what_is_trained_for_the_proof_has_nothing_random():
    tied = Use(Dense(2), ties=(Tie("bias", Slot(3, "bias")),))
    network = Network(features(2), (Dense(2), Dropout(), Reuse(0), Residual((Dense(2), Dropout())), tied))
    tied = Use(Dense(2), ties=(Tie("bias", Slot(2, "bias")),))
    assert proofs.trained(network) == Network(features(2), (Dense(2), Reuse(0), Residual((Dense(2),)), tied))


def test_a_block_of_nothing_but_dropout_is_not_trained():
    assert proofs.trained(Network(features(2), (Dense(2), Block((Dropout(),))))) is None


def test_long_sequences_are_cut_where_nothing_depends_on_their_length():
    assert proofs.trained(Network(sequence(99, 2), (LSTM(2),))).given == sequence(proofs.STEPS, 2)
    assert proofs.trained(Network((Axis("time", 99),), (Embedding(3, 2),))).given == (Axis("time", proofs.STEPS),)
    flattened = Network(sequence(99, 2), (Flatten(), Dense(1)))
    assert proofs.trained(flattened) == flattened


# What the proof detects.

DEEP = Network(sequence(8, 3), (LSTM(4, layers=3, biases=1), Dense(4)))


def gates_in_another_order(values):
    array = values[Slot(0, "l1_input_weight")]
    return {**values, Slot(0, "l1_input_weight"): array[[0, 2, 1, 3]]}


def transposed(values):
    return {**values, Slot(1, "weight"): values[Slot(1, "weight")].T.copy()}


def bias_left_out(values):
    return {**values, Slot(0, "l0_bias"): np.zeros_like(values[Slot(0, "l0_bias")])}


def one_number_off(values):
    array = values[Slot(1, "weight")].copy()
    array[0, 0] *= 1.01
    return {**values, Slot(1, "weight"): array}


@pytest.mark.parametrize("mistake", [gates_in_another_order, transposed, bias_left_out, one_number_off])
@pytest.mark.parametrize("has_source", [True, False])
def test_a_mistake_on_the_way_is_noticed(mistake, has_source):
    random = np.random.RandomState(0)
    values = {slot: random.uniform(-1, 1, DEEP.shape(slot)).astype(np.float32) for slot in DEEP.held}
    plan = planned(DEEP, "reference", "reference")

    def shown(held):
        return {name: one.value.astype(np.float32) for name, one in proofs.shown(DEEP, held, 2)}

    source = shown(values) if has_source else None
    assert all(one.holds for one in proofs.proved(plan, values, 2, shown(values), source))
    assert not all(one.holds for one in proofs.proved(plan, values, 2, shown(mistake(values)), source))


#: Memory that a proof uses at once, in multiples of the weights, in float64 with bounds; all gradients need more.
AT_ONCE = 15


def test_a_proof_holds_a_part_of_what_it_computes():
    network = Network(sequence(4, 128), (LSTM(128, layers=3, returns="last"), Dense(16)))
    values = {slot: np.full(network.shape(slot), 0.01, np.float32) for slot in network.held}
    plan = planned(network, "reference", "reference")
    seen = {name: one.value.astype(np.float32) for name, one in proofs.shown(network, values, 2)}
    tracemalloc.start()
    try:
        assert all(one.holds for one in proofs.proved(plan, values, 2, seen, seen))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < AT_ONCE * sum(array.nbytes for array in values.values())


@pytest.mark.parametrize(("scale", "bias"), [(False, True), (True, False)])
def test_what_a_norm_lacks_is_added_where_that_is_accepted(scale, bias):
    network = Network(image(2, 3, 4), (InstanceNorm(scale=scale, bias=bias), Flatten(), Dense(3)))
    plan = planned(network, "reference", "torch", ["added_affine"])
    values = {slot: np.full(network.shape(slot), 2, np.float32) for slot in network.held}
    found = plan.values(values)
    assert np.all(found[Slot(0, "scale")] == (2 if scale else 1))
    assert np.all(found[Slot(0, "bias")] == (2 if bias else 0))
    with pytest.raises(SpecError, match="--accept added_affine"):
        planned(network, "reference", "torch")
