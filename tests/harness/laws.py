"""Finds the tests of laws."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from types import ModuleType
from typing import Any, Dict, List

from hypothesis import strategies as st

from specs.programs.program import Program
from tests import laws
from tests.laws.making import FIRST


def modules() -> List[ModuleType]:
    """The modules with the tests of laws."""
    names = [found.name for found in pkgutil.iter_modules(laws.__path__) if found.name.startswith("test_")]
    return [importlib.import_module(f"{laws.__name__}.{name}") for name in names]


def law_tests() -> List[Any]:
    """The tests of all laws, as a list, so that a law tested twice appears twice."""
    return [value for module in modules() for key, value in vars(module).items() if key.startswith("test_")]


@functools.lru_cache(maxsize=None)
def by_node() -> Dict[str, Any]:
    """The test of each law, by pytest node id."""
    return {
        f"{module.__name__.replace('.', '/')}.py::{key}": value
        for module in modules()
        for key, value in vars(module).items()
        if key.startswith("test_")
    }


def group(test: Any) -> str:
    """The first law that uses the same programs as a law's test."""
    return FIRST[test.programs]


def strategies() -> Dict[str, st.SearchStrategy[Program]]:
    """The strategy of each law's test, by law."""
    return {test.law.name: test.programs for test in law_tests()}
