"""A whole Keras model in a ``.keras`` file: its layers with what they hold."""

from __future__ import annotations

from typing import Any

import keras

from specs.errors import SpecError


def save(model: keras.Sequential, file: str) -> None:
    """Raises :class:`SpecError` where a layer is none of Keras' own: its class has to be there to load it."""
    foreign = {type(layer).__name__ for layer in model._flatten_layers() if not _is_own(layer)}
    if foreign:
        raise SpecError(f"{', '.join(sorted(foreign))}: a .keras file does not hold its code; write .weights.h5")
    model.save(file)


def load(file: str) -> keras.Sequential:
    return keras.models.load_model(file)


def _is_own(layer: Any) -> bool:
    return type(layer).__module__.partition(".")[0] == "keras"
