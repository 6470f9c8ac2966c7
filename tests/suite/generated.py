"""The laws' tests, and the programs that they generate."""

import importlib
import pkgutil

from hypothesis import strategies as st

from tests import laws

MODULES = tuple(
    importlib.import_module(f"{laws.__name__}.{found.name}") for found in pkgutil.iter_modules(laws.__path__)
)

#: Every test of a law, by the law's name; a list, so that a law tested twice shows.
LAW_TESTS = [
    (value.law.name, value) for module in MODULES for key, value in vars(module).items() if key.startswith("test_")
]

PROGRAMS = st.one_of([test.programs for _, test in LAW_TESTS])
