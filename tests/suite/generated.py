"""The laws' tests, and the programs that they generate."""

import importlib

from hypothesis import strategies as st

from adapters.registry import KNOWN
from specs.divergences import Divergence
from tests.harness.laws import FIRST, law_tests

#: Every test of a law, by the law's name.
LAW_TESTS = [(test.law.name, test) for test in law_tests()]
#: Each strategy once, by the law that asks for its programs first.
FAMILIES = {law: programs for programs, law in FIRST.items()}

PROGRAMS = st.one_of([*FAMILIES.values()])

#: Modules that declare the divergences of a framework: each beside its adapter.
DECLARING = [
    importlib.import_module(f"{KNOWN[name].partition('.adapter:')[0]}.divergences")
    for name in KNOWN
    if ".adapter:" in KNOWN[name]
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
