"""An adapter declares what it does not support, by a name that it raises; raising another name is a fault.

A layer kind that no method constructs need not be declared.
"""

import pytest

from adapters.interface import Absence, Adapter, Failure, Unsupported, builds
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


class Nothing(ReferenceAdapter):
    """Constructs no layer: the reference itself constructs all of them without builders."""

    construct = Adapter.construct


class NarrowDense(Nothing):
    """Constructs dense layers with one unit only."""

    @builds(Dense, when={"units": 1, "bias": True}, weight="weight: units features", bias="bias: units")
    def dense_of_one_unit(self):
        raise AssertionError("no test has one unit")


def test_a_layer_kind_that_no_method_constructs_counts_as_not_written_yet():
    built, counted = engine.run(Nothing(), COUNTING).records
    assert (built.outcome.kind, counted.outcome.kind) == ("unsupported", "unsupported")
    assert built.outcome.message == "no method of the adapter constructs dense [docs/adapters.md]"
    assert Nothing().absence("build_dense").who == "here"


def test_a_form_of_a_kind_that_no_method_constructs_has_to_be_declared():
    with pytest.raises(AdapterFault, match=r"Unsupported\(.build_dense.\) was raised, but is not"):
        engine.run(NarrowDense(), COUNTING)
    declared = type("Declared", (NarrowDense,), {"absences": {"build_dense": DECLARED["count"]}})
    assert engine.run(declared(), COUNTING).records[0].outcome.message == str(DECLARED["count"])
