"""What the Keras chapters do in code of their own: the types that they print, and their subclassed models."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow import keras

X = np.linspace(0.0, 1.0, 40, dtype=np.float32).reshape(2, 20)
PAIR = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)


class CopiesInCall(keras.Model):
    """The second hidden layer takes the first one's values in each call, after both were applied."""

    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(2, activation="relu", kernel_initializer="ones")
        self.hidden1 = keras.layers.Dense(2, activation="relu", kernel_initializer="ones")
        self.out = keras.layers.Dense(2, kernel_initializer="ones")

    def call(self, inputs):
        x = self.hidden(inputs)
        x = self.hidden1(x)
        self.hidden1.set_weights(self.hidden.get_weights())
        return self.out(x)


class CallsTwice(keras.Model):
    """One layer is applied twice in a call."""

    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(2, kernel_initializer="ones")

    def call(self, inputs):
        return self.hidden(self.hidden(inputs))


class Linear(keras.Model):
    """Two layers with initializers of their own."""

    def __init__(self):
        super().__init__()
        self.d1 = keras.layers.Dense(
            units=10,
            activation=None,
            kernel_initializer=tf.random_normal_initializer(mean=0, stddev=0.01),
            bias_initializer=tf.zeros_initializer(),
        )
        self.d2 = keras.layers.Dense(
            units=1, activation=None, kernel_initializer=tf.ones_initializer(), bias_initializer=tf.ones_initializer()
        )

    def call(self, inputs):
        return self.d2(self.d1(inputs))


def fitted(net: Any) -> str:
    """What fit() raises, or that it does not."""
    net.compile(optimizer="sgd", loss="mse")
    try:
        net.fit(PAIR, np.zeros((2, 2), np.float32), verbose=0)
    except Exception as error:
        return type(error).__name__
    return "no error"


def first_weight() -> Any:
    """Whether it is a tf.Variable, and of which class."""
    net = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(256, activation="relu"), keras.layers.Dense(10)])
    net(X)
    first = net.weights[0]
    return {"is_variable": isinstance(first, tf.Variable), "type": type(first).__name__}


def subclassed() -> Any:
    """Shapes and constants of the subclassed model's weights."""
    net = Linear()
    net(X)
    kernel, *others = net.get_weights()
    return {
        "shapes": [list(array.shape) for array in (kernel, *others)],
        "constants": [float(np.unique(array).item()) if np.ptp(array) == 0 else None for array in others],
        "deviation": float(kernel.std()),
    }


def declared() -> Any:
    """1.15's own network, whose width is declared: its weights before it is called, its output, and ways to these."""
    net = keras.Sequential([keras.layers.Dense(256, activation="relu", input_shape=(20,)), keras.layers.Dense(10)])
    before = len(net.weights)
    output = net(X)
    routes = [
        net.trainable_weights,
        net.get_weights(),
        [weight for layer in net.layers for weight in net.get_layer(name=layer.name).weights],
    ]
    return {
        "before": before,
        "output": f"{tuple(map(int, output.shape))} {np.asarray(output).dtype}",
        "shapes": [[list(map(int, weight.shape)) for weight in route] for route in routes],
        "largest_bias": max(float(np.abs(array).max()) for array in net.get_weights()[1::2]),
    }


def called_twice() -> Any:
    """The output where a layer is called twice in call(), what two calls would make, and what fit() does."""
    net = CallsTwice()
    output = np.asarray(net(PAIR))
    ones = np.ones((2, 2), np.float32)
    return {"off": float(np.abs(output - PAIR @ ones @ ones).max()), "fit": fitted(CallsTwice())}


def copied_in_call() -> Any:
    """What is equal between the layers: after a call, after a write to the first, and after the next call."""
    net = CopiesInCall()
    net(PAIR)

    def equal():
        return bool(np.array_equal(*(layer.get_weights()[0] for layer in (net.hidden, net.hidden1))))

    found = {"after a call": equal(), "one object": net.hidden.kernel is net.hidden1.kernel}
    net.hidden.set_weights([2 * array for array in net.hidden.get_weights()])
    found["written through"] = equal()
    net(PAIR)
    found["after the next call"] = equal()
    with tf.GradientTape() as tape:
        outputs = net(PAIR)
    slopes = tape.gradient(outputs, [net.hidden.kernel, net.hidden1.kernel])
    found["one gradient"] = bool(np.array_equal(*map(np.asarray, slopes)))
    for variable, slope in zip((net.hidden.kernel, net.hidden1.kernel), slopes):
        variable.assign_sub(0.1 * slope)
    found["after a step"] = equal()
    return {"equal": found, "fit": fitted(CopiesInCall())}
