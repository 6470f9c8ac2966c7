"""Keras on TensorFlow: a tape records the forward pass and returns gradients to its caller."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import keras
import numpy as np
import tensorflow as tf

from adapters.interface import Absence, Failure, Unsupported
from adapters.keras.absences import ABSENCES
from adapters.keras.adapter import KerasAdapter
from adapters.keras.divergences import KERAS, ON_TENSORFLOW


class TensorFlowBackend(KerasAdapter):
    """Keras on TensorFlow."""

    name = "keras"
    backend = "tensorflow"
    divergences = (*KERAS, *ON_TENSORFLOW)
    absences = {
        **ABSENCES,
        "gradient_before_backward": Absence(
            "a variable holds no gradient: tape.gradient() returns gradients to whoever asks for them",
            "https://www.tensorflow.org/api_docs/python/tf/GradientTape",
        ),
        "uneven_strides": Absence(
            "without oneDNN, which TF_ENABLE_ONEDNN_OPTS=1 turns on and some processors do by default, a depthwise "
            "convolution has the same stride along both axes",
            "https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/core/kernels/depthwise_conv_op.cc",
        ),
        "dilated_transposed_convolution": Absence(
            "without oneDNN, which TF_ENABLE_ONEDNN_OPTS=1 turns on and some processors do by default, a transposed "
            "convolution has no dilation on a CPU",
            "https://github.com/tensorflow/tensorflow/issues/41712",
        ),
    }
    failures = (
        *KerasAdapter.failures,
        Failure(RuntimeError, "A non-persistent GradientTape can only be used", "refused"),
        Failure(tf.errors.InvalidArgumentError, "only supports equal length strides", "unsupported", "uneven_strides"),
        Failure(
            tf.errors.InvalidArgumentError,
            "yet support dilation rates larger than 1",
            "unsupported",
            "dilated_transposed_convolution",
        ),
        Failure(tf.errors.InvalidArgumentError, "is not in [0, ", "invalid_argument"),
        Failure(tf.errors.InvalidArgumentError, "Matrix size-incompatible", "wrong_shape"),
        Failure(tf.errors.InvalidArgumentError, "Input to reshape is a tensor with", "wrong_shape"),
        Failure(tf.errors.InvalidArgumentError, "must have the same size and shape", "wrong_shape"),
        Failure(tf.errors.InvalidArgumentError, "must have same number of elements", "wrong_shape"),
    )

    @classmethod
    def versions(cls) -> Dict[str, str]:
        return {"tensorflow": tf.__version__, **super().versions()}

    def forward(self, net: keras.Sequential, batch: np.ndarray) -> Any:
        with tf.GradientTape() as tape:
            outputs = net(batch, training=True)
        return outputs, tape

    def infer(self, net: keras.Sequential, batch: np.ndarray) -> Any:
        return net(batch, training=False), None

    def output(self, passed: Any) -> np.ndarray:
        outputs, _ = passed
        return outputs.numpy()

    def backward(self, net: keras.Sequential, passed: Any, cotangent: np.ndarray) -> List[Any]:
        outputs, tape = passed
        variables = net.trainable_variables
        gradients = tape.gradient(outputs, variables, output_gradients=tf.constant(cotangent))
        return list(zip(gradients, variables))

    def gradient(self, handle: keras.Variable, gradients: Optional[List[Any]]) -> Optional[np.ndarray]:
        if gradients is None:
            raise Unsupported("gradient_before_backward")
        gradient = next((g for g, v in gradients if v is handle), None)
        # The gradient of an embedding is an IndexedSlices, which converts to a tensor.
        return None if gradient is None else tf.convert_to_tensor(gradient).numpy()

    def step(self, net: keras.Sequential, gradients: Optional[List[Any]], learning_rate: float) -> None:
        if gradients is None:
            raise Unsupported("step_before_backward")
        keras.optimizers.SGD(learning_rate).apply_gradients(gradients)

    def step_optimizer(self, optimizer: keras.optimizers.Optimizer, gradients: Optional[List[Any]]) -> None:
        if gradients is None:
            raise Unsupported("step_before_backward")
        optimizer.apply_gradients(gradients)

    def reset_gradients(self, net: keras.Sequential) -> None:
        return None
