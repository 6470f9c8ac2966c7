"""Adapters by name. Nothing here imports a framework until its adapter is asked for."""

from __future__ import annotations

import importlib
import re
from typing import Type

from adapters.interface import Adapter
from specs.errors import SpecError, cause

ADAPTERS = {
    "reference": "adapters.reference:ReferenceAdapter",
    "gluon": "adapters.mxnet.adapter:GluonAdapter",
    "keras": "adapters.keras.tensorflow:TensorFlowBackend",
    "torch": "adapters.torch.adapter:TorchAdapter",
}
#: Beside them, those of earlier versions and of other backends: reports tell of them, the site does not.
BESIDE = {
    "tensorflow": "adapters.tensorflow.adapter:TensorFlowAdapter",
    "keras_torch": "adapters.keras.torch:TorchBackend",
    "keras_jax": "adapters.keras.jax:JaxBackend",
}
KNOWN = {**ADAPTERS, **BESIDE}


def location(name: str) -> str:
    """``package.module:Class`` of a known name, or of a name that has that form itself, whatever its label.

    Raises :class:`SpecError` that lists the known names.
    """
    adapter, _, _ = name.partition("@")
    if adapter in KNOWN:
        return KNOWN[adapter]
    if adapter.count(":") == 1 and all(adapter.split(":")):
        return adapter
    known = ", ".join(KNOWN)
    raise SpecError(f"adapter {name!r} is not known; accepted: {known}, or package.module:Class")


def label(name: str) -> str:
    """What one of several adapters of a name is called, by ``NAME@LABEL``; otherwise nothing.

    Raises :class:`SpecError` where that is not one word.
    """
    _, sign, found = name.partition("@")
    if sign and not re.fullmatch(r"[\w.-]+", found):
        raise SpecError(f"adapter {name!r}: the label {found!r} is not accepted; accepted: letters, digits, . - and _")
    return found


def load(name: str) -> Type[Adapter]:
    """The adapter's class. Raises :class:`SpecError` where it, or its framework, cannot be imported."""
    module_name, class_name = location(name).split(":")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        raise SpecError(f"adapter {name}: {module_name} cannot be imported: {cause(error)}") from error
    found = getattr(module, class_name, None)
    if not (isinstance(found, type) and issubclass(found, Adapter)):
        raise SpecError(
            f"adapter {name}: {module_name} has no class {class_name} derived from adapters.interface.Adapter"
        )
    missing = sorted(getattr(found, "__abstractmethods__", ()))
    missing += [declared for declared in ("name", "packages", "failures") if getattr(found, declared, None) is None]
    if missing:
        raise SpecError(f"adapter {name}: {class_name} lacks {', '.join(missing)}")
    return found
