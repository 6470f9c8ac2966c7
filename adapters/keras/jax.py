"""Keras on JAX: the network is called as a pure function of its variables' values, and the results are assigned."""

from __future__ import annotations

import os
from typing import Any, Callable, List, Optional, Tuple

# Must be set before Keras is first imported.
os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras
import numpy as np

from adapters.interface import Absence, Failure, Unsupported
from adapters.keras.absences import ABSENCES
from adapters.keras.adapter import KerasAdapter
from adapters.keras.divergences import KERAS, ON_JAX


def values(variables: List[keras.Variable]) -> List[jax.Array]:
    return [variable.value for variable in variables]


def assign(variables: List[keras.Variable], arrays: List[jax.Array]) -> None:
    for variable, array in zip(variables, arrays):
        variable.assign(array)


def apply(optimizer: keras.optimizers.Optimizer, gradients: List[Any]) -> None:
    """One optimizer step, given pairs of gradient and variable."""
    variables = [variable for _, variable in gradients]
    if not optimizer.built:
        optimizer.build(variables)
    stepped, state = optimizer.stateless_apply(
        values(optimizer.variables), [gradient for gradient, _ in gradients], values(variables)
    )
    assign(variables, stepped)
    assign(optimizer.variables, state)


class JaxBackend(KerasAdapter):
    """Keras on JAX."""

    name = "keras_jax"
    backend = "jax"
    packages = ("keras", "jax")
    divergences = (*KERAS, *ON_JAX)
    absences = {
        **ABSENCES,
        "gradient_before_backward": Absence(
            "a variable holds no gradient: what jax.vjp() returned gives gradients to whoever asks for them",
            "https://docs.jax.dev/en/latest/_autosummary/jax.vjp.html",
        ),
        "value_width": Absence(
            "MultiHeadAttention cannot be called with a value_dim other than its key_dim: "
            "jax.nn.dot_product_attention() takes values of one width with keys, and what Keras does instead gives "
            "the width of keys",
            "https://github.com/keras-team/keras/blob/v3.15.1/keras/src/backend/jax/nn.py",
        ),
    }
    failures = (
        *KerasAdapter.failures,
        Failure(ValueError, "the output shape / dtype of 'attention_to_itself", "unsupported", "value_width"),
        Failure(
            TypeError, "Exception encountered when calling MultiHeadAttention.call()", "unsupported", "value_width"
        ),
        Failure(ValueError, "for argument to VJP function", "wrong_shape"),
        Failure(ValueError, "the trainable variables list that the optimizer was built with", "refused"),
    )

    # JAX may use a given array's memory without copying it, and would see later changes to it.

    def constant_array(self, array: np.ndarray) -> Any:
        return keras.initializers.Constant(array.copy())

    def custom(self, function: Callable[[tuple, np.dtype], np.ndarray]) -> Any:
        def initializer(shape, dtype=None):
            return function(shape, np.dtype(dtype or "float32")).copy()

        return initializer

    def write(self, handle: keras.Variable, array: np.ndarray) -> None:
        handle.assign(array.copy())

    def write_part(self, handle: keras.Variable, start: Tuple[int, ...], array: np.ndarray) -> None:
        handle.assign(keras.ops.slice_update(handle.value, start, array.copy()))

    def forward(self, net: keras.Sequential, batch: np.ndarray) -> Tuple[jax.Array, Callable]:
        if not net.built:
            net.build(batch.shape)
        inputs, others = batch.copy(), values(net.non_trainable_variables)

        def call(trainable):
            return net.stateless_call(trainable, others, inputs, training=True)

        outputs, pull_back, others = jax.vjp(call, values(net.trainable_variables), has_aux=True)
        assign(net.non_trainable_variables, others)
        return outputs, pull_back

    def infer(self, net: keras.Sequential, batch: np.ndarray) -> Tuple[jax.Array, None]:
        return net(batch.copy(), training=False), None

    def output(self, passed: Tuple[jax.Array, Optional[Callable]]) -> np.ndarray:
        outputs, _ = passed
        return keras.ops.convert_to_numpy(outputs)

    def backward(self, net: keras.Sequential, passed: Tuple[jax.Array, Callable], cotangent: np.ndarray) -> List[Any]:
        _, pull_back = passed
        (gradients,) = pull_back(jax.numpy.array(cotangent))
        return list(zip(gradients, net.trainable_variables))

    def gradient(self, handle: keras.Variable, gradients: Optional[List[Any]]) -> Optional[np.ndarray]:
        if gradients is None:
            raise Unsupported("gradient_before_backward")
        return next((keras.ops.convert_to_numpy(g) for g, v in gradients if v is handle), None)

    def step(self, net: keras.Sequential, gradients: Optional[List[Any]], learning_rate: float) -> None:
        if gradients is None:
            raise Unsupported("step_before_backward")
        apply(keras.optimizers.SGD(learning_rate), gradients)

    def step_optimizer(self, optimizer: keras.optimizers.Optimizer, gradients: Optional[List[Any]]) -> None:
        if gradients is None:
            raise Unsupported("step_before_backward")
        apply(optimizer, gradients)

    def reset_gradients(self, net: keras.Sequential) -> None:
        return None
