"""A whole Keras model in a ``.keras`` file: layers and weights."""

from __future__ import annotations

from typing import Any

import keras

from specs.errors import SpecError


def save(model: keras.Sequential, file: str) -> None:
    """Save a model. Raises :class:`SpecError` if it has custom layers, since their classes are required to load it."""
    foreign = {type(layer).__name__ for layer in model._flatten_layers() if not _is_own(layer)}
    if foreign:
        raise SpecError(f"{', '.join(sorted(foreign))}: a .keras file does not hold its code; write .weights.h5")
    model.save(file)


def load(file: str) -> keras.Sequential:
    return keras.models.load_model(file)


def _is_own(layer: Any) -> bool:
    return type(layer).__module__.partition(".")[0] == "keras"
