"""Models as users of PyTorch make them."""

from __future__ import annotations

from torch import nn


def of_images():
    inside = nn.Sequential(nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4, eps=1e-3), nn.ReLU())
    return nn.Sequential(
        nn.Conv2d(2, 4, (3, 3), padding=1, stride=(1, 2)),
        inside,
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(4 * 4 * 2, 5),
        nn.LayerNorm(5),
        nn.GELU(approximate="tanh"),
        nn.Linear(5, 3, bias=False),
        nn.Softmax(dim=1),
    )


def of_unknown():
    return nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Hardswish()))


def alone():
    return nn.Linear(2, 2)
