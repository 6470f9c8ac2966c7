"""Adapters by name. A framework is imported only when its adapter is loaded."""

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
#: Also adapters for earlier versions and other backends: they appear in reports, not on the site.
BESIDE = {
    "tensorflow": "adapters.tensorflow.adapter:TensorFlowAdapter",
    "keras_torch": "adapters.keras.torch:TorchBackend",
    "keras_jax": "adapters.keras.jax:JaxBackend",
    "flax": "adapters.flax.adapter:FlaxAdapter",
}
KNOWN = {**ADAPTERS, **BESIDE}


def location(name: str) -> str:
    """``package.module:Class`` for a known name, or for a name that has this form already; a label is ignored.

    Raises :class:`SpecError`, listing the known names, if the name is neither.
    """
    adapter, _, _ = name.partition("@")
    if adapter in KNOWN:
        return KNOWN[adapter]
    if adapter.count(":") == 1 and all(adapter.split(":")):
        return adapter
    known = ", ".join(KNOWN)
    raise SpecError(f"adapter {name!r} is not known; accepted: {known}, or package.module:Class")


def label(name: str) -> str:
    """The label in ``NAME@LABEL``, which distinguishes several adapters of one name; empty if there is none.

    Raises :class:`SpecError` if it is not one word.
    """
    _, sign, found = name.partition("@")
    if sign and not re.fullmatch(r"[\w.-]+", found):
        raise SpecError(f"adapter {name!r}: the label {found!r} is not accepted; accepted: letters, digits, . - and _")
    return found


def load(name: str) -> Type[Adapter]:
    """The adapter's class. Raises :class:`SpecError` if it or its framework cannot be imported."""
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
        raise SpecError(f"adapter {name}: {class_name} does not implement {', '.join(missing)}")
    return found
