"""The benchmark's program in MXNet Gluon."""

from __future__ import annotations

from typing import List

import mxnet as mx
import numpy as np
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn


def train(batch: np.ndarray, values: List[np.ndarray], cotangent: np.ndarray) -> List[np.ndarray]:
    mx.random.seed(7)
    first = nn.Dense(8, activation="relu", in_units=4)
    twice = nn.Dense(8, activation="tanh", in_units=8)
    last = nn.Dense(3, in_units=8)
    net = nn.Sequential()
    net.add(first, twice, twice, last)
    net.initialize()
    before = net(nd.array(batch))
    parameters = list(net.collect_params().values())
    for parameter, value in zip(parameters, values):
        parameter.set_data(nd.array(value))
    with autograd.record():
        outputs = net(nd.array(batch))
    outputs.backward(nd.array(cotangent))
    gradients = [parameter.grad().asnumpy() for parameter in parameters]
    gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.5}).step(1)
    after = [parameter.data().asnumpy() for parameter in parameters]
    return [before.asnumpy(), outputs.asnumpy(), *gradients, *after]
