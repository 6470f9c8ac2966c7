"""Models as users of Gluon make them."""

from __future__ import annotations

from mxnet.gluon import nn


def of_images():
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(4, 3, padding=1, activation="relu", in_channels=2),
        nn.BatchNorm(in_channels=4),
        nn.MaxPool2D(2),
        nn.Dense(5, activation="tanh", in_units=64),
        nn.Dense(3, in_units=5),
    )
    return net


def of_channels():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, 3, in_channels=2), nn.GroupNorm(4), nn.Dense(3, in_units=144))
    return net


def of_groups():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, 3, in_channels=2), nn.GroupNorm(2))
    return net
