"""The benchmark's program in Keras, on TensorFlow."""

from __future__ import annotations

from typing import List

import keras
import numpy as np
import tensorflow as tf


def train(batch: np.ndarray, values: List[np.ndarray], cotangent: np.ndarray) -> List[np.ndarray]:
    keras.utils.set_random_seed(7)
    first = keras.layers.Dense(8, activation="relu", name="first")
    twice = keras.layers.Dense(8, activation="tanh", name="twice")
    last = keras.layers.Dense(3, name="last")
    net = keras.Sequential([keras.Input((4,)), first, twice, twice, last], name="net")
    before = net(batch)
    for variable, value in zip(net.weights, values):
        variable.assign(value)
    with tf.GradientTape() as tape:
        outputs = net(batch)
    gradients = tape.gradient(outputs, net.trainable_variables, output_gradients=tf.constant(cotangent))
    optimizer = keras.optimizers.SGD(0.5, name="sgd")
    optimizer.apply_gradients(zip(gradients, net.trainable_variables))
    after = [variable.numpy() for variable in net.weights]
    return [before.numpy(), outputs.numpy(), *(gradient.numpy() for gradient in gradients), *after]
