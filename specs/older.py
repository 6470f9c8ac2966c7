"""What Python 3.7, the oldest that workers run on, lacks."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 8):
    from functools import cached_property
    from importlib.metadata import version
    from math import prod
    from typing import get_args, get_origin
else:
    import functools
    import importlib
    import operator

    class cached_property:  # noqa: N801
        def __init__(self, function):
            self.function = function

        def __set_name__(self, owner, name):
            self.name = name

        def __get__(self, instance, owner=None):
            return self if instance is None else instance.__dict__.setdefault(self.name, self.function(instance))

    def version(package):
        return importlib.import_module(package).__version__

    def prod(factors):
        return functools.reduce(operator.mul, factors, 1)

    def get_origin(annotation):
        return getattr(annotation, "__origin__", None)

    def get_args(annotation):
        return getattr(annotation, "__args__", ())


__all__ = ["cached_property", "get_args", "get_origin", "prod", "version"]
