"""What the Gluon chapter does in code of its own."""

from __future__ import annotations

from typing import Any

from mxnet import init, nd
from mxnet.gluon import nn


def initialized() -> Any:
    """What an initializer of one's own is called with: the name and shape of each, and the weights' own names."""
    called = []

    class MyInit(init.Initializer):
        def _init_weight(self, name, data):
            called.append([str(name), list(data.shape)])
            data[:] = nd.random.uniform(low=-10, high=10, shape=data.shape)
            data *= data.abs() >= 5

    net = nn.Sequential()
    net.add(nn.Dense(256, activation="relu"), nn.Dense(10))
    net.initialize()
    net(nd.random.uniform(shape=(2, 20)))
    net.initialize(MyInit(), force_reinit=True)
    return {"called": called, "weights": [[layer.weight.name, list(layer.weight.shape)] for layer in net]}
