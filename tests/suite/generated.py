"""The tests of laws, and the programs that they generate."""

from hypothesis import strategies as st

from adapters.registry import KNOWN
from adapters.scripts.sources import adapter_source
from tests.harness.laws import law_tests
from tests.laws.making import FIRST

#: Every test of a law, by the law's name.
LAW_TESTS = [(test.law.name, test) for test in law_tests()]
#: Each strategy once, by the first law that uses it.
FAMILIES = {law: programs for programs, law in FIRST.items()}

PROGRAMS = st.one_of([*FAMILIES.values()])

#: Each declared divergence, with the adapter that declares it.
DECLARED = [
    (name, divergence) for name in KNOWN if name != "reference" for divergence in adapter_source(name).divergences
]
