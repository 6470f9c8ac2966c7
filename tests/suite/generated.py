"""The laws' tests, and the programs that they generate."""

import importlib
import pkgutil

from hypothesis import strategies as st

from adapters.registry import ADAPTERS
from specs.divergences import Divergence
from tests import laws

MODULES = tuple(
    importlib.import_module(f"{laws.__name__}.{found.name}") for found in pkgutil.iter_modules(laws.__path__)
)

#: Every test of a law, by the law's name; a list, so that a law tested twice shows.
LAW_TESTS = [
    (value.law.name, value) for module in MODULES for key, value in vars(module).items() if key.startswith("test_")
]

PROGRAMS = st.one_of([test.programs for _, test in LAW_TESTS])

#: Modules that declare the divergences of a framework: each beside its adapter.
DECLARING = [
    importlib.import_module(f"{ADAPTERS[name].partition('.adapter:')[0]}.divergences")
    for name in ADAPTERS
    if ".adapter:" in ADAPTERS[name]
]
#: Each declared divergence, with the name under which it is declared.
DECLARED = [
    (name, divergence)
    for module in DECLARING
    for name, declared in vars(module).items()
    if name.isupper() and isinstance(declared, tuple)
    for divergence in declared
    if isinstance(divergence, Divergence)
]
