"""An adapter declares what it does not support, by a name that it raises; raising another name is a fault."""

import pytest

from adapters.interface import Absence, Failure, Unsupported
from adapters.reference import ReferenceAdapter
from adapters.running import engine
from adapters.running.checks import AdapterFault
from specs.layers import Dense
from specs.layers.layer import features
from specs.programs.networks import Network
from specs.programs.operations import Build, CountParameters
from specs.programs.program import Program

COUNTING = Program({"net": Network(features(3), (Dense(2),))}, (Build(), CountParameters()))
DECLARED = {"count": Absence("It has no way to count.", "a page")}


class Raises(ReferenceAdapter):
    """Does not support counting."""

    def count(self, *_):
        raise Unsupported("count")


class Fails(ReferenceAdapter):
    """Does not support counting, as only an exception of the framework shows."""

    failures = (Failure(ZeroDivisionError, "cannot count", "unsupported", absence="count"), *ReferenceAdapter.failures)

    def count(self, *_):
        raise ZeroDivisionError("cannot count")


@pytest.mark.parametrize("adapter", [Raises, Fails])
def test_a_declared_absence_is_no_answer_but_a_reason(adapter):
    counted = engine.run(type("Declared", (adapter,), {"absences": DECLARED})(), COUNTING).records[1]
    assert (counted.outcome.kind, counted.outcome.message) == ("unsupported", "It has no way to count. [a page]")


@pytest.mark.parametrize("adapter", [Raises, Fails])
def test_an_undeclared_one_is_a_fault_of_the_adapter(adapter):
    with pytest.raises(AdapterFault, match=r"Unsupported\(.count.\) was raised, but is not"):
        engine.run(adapter(), COUNTING)
