"""Keras on PyTorch: a network is a module, its variables contain parameters, whose ``grad`` accumulates gradients."""

from __future__ import annotations

import os
from typing import Any, List, Optional

# Must be set before Keras is first imported.
os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import torch

from adapters.interface import Failure, Unsupported
from adapters.keras.absences import ABSENCES
from adapters.keras.adapter import KerasAdapter
from adapters.keras.divergences import KERAS, ON_TORCH


class TorchBackend(KerasAdapter):
    """Keras on PyTorch."""

    name = "keras_torch"
    backend = "torch"
    packages = ("keras", "torch")
    divergences = (*KERAS, *ON_TORCH)
    absences = ABSENCES
    failures = (
        *KerasAdapter.failures,
        Failure(IndexError, "index out of range in self", "invalid_argument"),
        Failure(RuntimeError, "backward through the graph a second time", "refused"),
        Failure(RuntimeError, "Mismatch in shape", "wrong_shape"),
    )

    def forward(self, net: keras.Sequential, batch: np.ndarray) -> torch.Tensor:
        return net(batch, training=True)

    def infer(self, net: keras.Sequential, batch: np.ndarray) -> torch.Tensor:
        with torch.no_grad():
            return net(batch, training=False)

    def output(self, passed: torch.Tensor) -> np.ndarray:
        return passed.detach().numpy()

    def backward(self, net: keras.Sequential, passed: torch.Tensor, cotangent: np.ndarray) -> List[Any]:
        passed.backward(torch.from_numpy(cotangent))
        return [(variable.value.grad, variable) for variable in net.trainable_variables]

    def gradient(self, handle: keras.Variable, gradients: Optional[List[Any]]) -> Optional[np.ndarray]:
        return None if handle.value.grad is None else handle.value.grad.numpy()

    def step(self, net: keras.Sequential, gradients: Optional[List[Any]], learning_rate: float) -> None:
        if gradients is None:
            raise Unsupported("step_before_backward")
        with torch.no_grad():
            keras.optimizers.SGD(learning_rate).apply_gradients(gradients)

    def step_optimizer(self, optimizer: keras.optimizers.Optimizer, gradients: Optional[List[Any]]) -> None:
        if gradients is None:
            raise Unsupported("step_before_backward")
        with torch.no_grad():
            optimizer.apply_gradients(gradients)

    def reset_gradients(self, net: keras.Sequential) -> None:
        net.zero_grad()
