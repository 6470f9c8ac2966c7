"""Layers that scripts carry for the site: the output of both sides is compared with the specification."""

from concurrent.futures import Future

import numpy as np
import pytest

from adapters.carrying.arrays import native
from adapters.guide import ports
from adapters.guide.ports import FED, Side, layers
from adapters.scripts.running import Ended
from specs.arrays import IN_FULL
from specs.errors import SpecError
from specs.layers.layout import batches
from specs.programs.passes import forward


class Stub:
    """Replaces an interpreter: stores a layer's arrays and prints its output, possibly with an error of ``off``."""

    def __init__(self, adapter, network, data, off=0.0):
        self.adapter, self.network, self.data, self.off = adapter, network, data, off

    def start(self, text, *files):
        held = {
            slot: np.float32(ports.Drawn(at).array(self.network.shape(slot)))
            for at, slot in enumerate(self.network.held)
        }
        np.savez(files[-1], **native(self.adapter, self.network, held))
        batch = self.network.fed(FED.batch.array(self.network.batch_shape(FED.rows)))
        output = np.float32(forward(self.network, held, batch, training=False).output.value + self.off)
        ended = Future()
        with np.printoptions(**IN_FULL):
            shown = batches(self.network.output, self.data, FED.rows).native(output)
            ended.set_result(Ended(int("import" not in text), str(shown), "it failed"))
        return ended


@pytest.fixture
def carried(monkeypatch):
    """Carry a convolution where one side's images have channels last; ``off`` is that side's error."""
    network = layers("torch")["convolution"]
    monkeypatch.setattr(ports, "layers", lambda adapter: {"convolution": network})

    def run(off=0.0):
        sides = [
            Side("torch", "torch", Stub("torch", network, "*data")),
            Side("keras", "keras", Stub("keras", network, "*data channel", off)),
        ]
        return ports.ports(sides, 44)

    return run


def test_what_was_run_is_kept(carried):
    there, back = carried()
    assert (there.source, there.target, back.source) == ("torch", "keras", "keras")
    assert "net.get_layer(index=0).kernel.assign" in "".join(there.code)
    assert '"0.weight"' in "".join(there.code)
    assert there.printed == back.before
    assert there.printed != there.before


def test_what_was_printed_otherwise_is_an_error(carried):
    with pytest.raises(SpecError, match=r"convolution, torch to keras: keras: element .*, rounding allows"):
        carried(1e-3)
