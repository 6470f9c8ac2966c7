"""Networks described from live models compute the same, and errors name what cannot be described."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from adapters.__main__ import main
from adapters.carrying.describing import described
from adapters.carrying.sides import environment
from specs import codec
from specs.errors import SpecError
from specs.layers import Activation, Convolution
from specs.layers.layer import image
from specs.programs.networks import Block
from tests.carry.journeys import suffix
from tests.carry.test_pairs import interpreters

IMAGE = "channel=2 height=8 width=8"
#: Models of each framework, their input axes, and the number of layers described.
MODELS = [
    ("torch", "of_images", IMAGE, 12),
    ("keras", "of_images", IMAGE, 10),
    ("keras", "of_sequences", "time=6", 6),
    ("gluon", "of_images", IMAGE, 8),
    ("gluon", "of_channels", IMAGE, 4),
]


@pytest.fixture
def python(request):
    return lambda name: interpreters(request.config).get(name) or pytest.skip(f"{name} is not here")


@pytest.mark.parametrize(
    ("name", "model", "given", "count"), MODELS, ids=[f"{name}-{model}" for name, model, _, _ in MODELS]
)
def test_weights_of_a_live_model_are_carried(name, model, given, count, python, tmp_path, capsys):
    function = f"tests.carry.models.in_{name}:{model}"
    network = described(name, function, given, python(name), tmp_path / "net.json")
    assert len(network.uses) == count
    file = tmp_path / f"weights{suffix(name)}"
    store(name, model, file, python(name))
    paths = [str(file), "--network", function, "--given", given, "-o", str(tmp_path / "out.npz")]
    code = main(["carry", *paths, "--from", name, "--to", "reference", f"--adapter={name}={python(name)}"])
    told = capsys.readouterr()
    assert code == 0, told.out + told.err
    assert "proved" in told.out


#: Code by which a model saves its weights.
STORING = {
    "torch": "import torch; torch.save(model.state_dict(), file)",
    "keras": "model.save_weights(file)",
    "gluon": "model.initialize(); model.save_parameters(file)",
}


def store(name: str, model: str, file: Path, python: str) -> None:
    made = f"from tests.carry.models import in_{name}; model = in_{name}.{model}()"
    program = f"import sys; file = sys.argv[1]; {made}; {STORING[name]}"
    subprocess.run([python, "-W", "ignore", "-c", program, str(file)], check=True, env=environment())


def test_what_a_layer_says_is_in_the_network(python, tmp_path):
    network = described("keras", "tests.carry.models.in_keras:of_images", IMAGE, python("keras"), tmp_path / "net.json")
    first = Convolution(4, (3, 3), strides=(1, 2), pads_begin=(1, 0), pads_end=(1, 1))
    assert (network.given, network.layer(0), network.layer(1)) == (image(2, 8, 8), first, Activation("relu"))
    assert isinstance(network.layers[2], Block)
    assert codec.load(tmp_path / "net.json", type(network)) == network


@pytest.mark.parametrize(
    ("function", "given", "said"),
    [
        ("tests.carry.models.in_torch:of_unknown", "channel=2", "layer 1.0: Hardswish is not known"),
        ("tests.carry.models.in_torch:alone", "channel=2", "Linear is no sequence of layers"),
        ("tests.carry.models.in_torch:missing", "channel=2", "has no attribute 'missing'"),
        ("tests.no_such:model", "channel=2", "No module named 'tests.no_such'"),
        ("tests.carry.models.in_torch:of_images", "channel=2 height=x", "axes of one row are accepted"),
        ("tests.carry.models.in_gluon:of_groups", IMAGE, "layer 1: GroupNorm has a scale and a bias for each group"),
        (
            "tests.carry.models.in_torch:of_images",
            "channel=2",
            "layer 0: Convolution of 2 dimensions takes channel height width",
        ),
    ],
)
def test_what_cannot_be_described_is_named(function, given, said, python, tmp_path):
    name = "gluon" if "in_gluon" in function else "torch"
    with pytest.raises(SpecError, match=said):
        described(name, function, given, python(name), tmp_path / "net.json")
