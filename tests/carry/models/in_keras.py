"""Models as users of Keras make them."""

from __future__ import annotations

import keras


def of_images():
    return keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            keras.layers.Conv2D(4, 3, padding="same", strides=(1, 2), activation="relu"),
            keras.Sequential([keras.layers.BatchNormalization(), keras.layers.AveragePooling2D(2)]),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.25),
            keras.layers.Dense(5, activation="tanh"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )


def of_sequences():
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Embedding(20, 8),
            layers.GRU(5, return_sequences=True),
            layers.RNN(layers.GRUCell(3), return_sequences=True),
            layers.RNN(layers.SimpleRNNCell(3), return_sequences=True),
            layers.LSTM(4),
            layers.Dense(3),
        ]
    )
