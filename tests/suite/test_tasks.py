"""The tasks: the results of their programs on the reference, and the laws of which they are instances."""

from __future__ import annotations

import numpy as np
import pytest

from adapters.guide.tasks import TASKS
from adapters.workers.runners import LocalRunner
from specs.arrays import Filled
from specs.initializers import Default
from specs.laws import LAWS
from specs.layers import EXAMPLES, Activation
from specs.programs.networks import Block, PlainList, Residual, Reuse, Use
from specs.programs.operations import Backward, DeepCopy, Initialize, ListMatching, Read, Step
from tests.suite.differentiated import DIFFERENTIATED, gradients
from tests.suite.generated import DECLARED


@pytest.fixture(scope="module")
def runner():
    return LocalRunner("reference")


def largest_cotangent(program):
    """The largest value that is backpropagated, for constant cotangents; else 1."""
    cotangents = [program.operations[at].cotangent for at in program.find(Backward)]
    return max(abs(cotangent.value) if isinstance(cotangent, Filled) else 1.0 for cotangent in cotangents)


def test_there_are_gradients_and_steps():
    assert any(any(gradients(TASKS[name])) for name in DIFFERENTIATED)
    assert any(any(TASKS[name].program.find(Step)) for name in DIFFERENTIATED)


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_no_layer_of_a_task_with_gradients_can_be_without_a_slope(name):
    """A rectifier's slope is 0 for half of all inputs, so whether it has a gradient depends on random draws."""
    networks = TASKS[name].program.networks.values()
    layers = {network.layer(at) for network in networks for at in range(len(network.uses))}
    assert Activation("relu") not in layers


#: A key bias adds the same to all scores of a query, and a softmax depends only on their differences.
WITHOUT_GRADIENT = ("key_bias",)


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_the_gradients_that_a_task_reads_are_not_all_zero(runner, name):
    program = TASKS[name].program
    trace = runner.run(program)
    for at in gradients(TASKS[name]):
        largest = np.abs(trace.records[at].value).max() / largest_cotangent(program)
        assert largest < 1e-12 if program.operations[at].slot.role in WITHOUT_GRADIENT else largest > 1e-3


def declared():
    """Laws with a declared divergence of any framework."""
    return sorted({divergence.law for _, divergence in DECLARED})


@pytest.mark.parametrize("law", declared())
def test_a_law_that_a_framework_diverges_from_has_a_task(law):
    assert [task.name for task in TASKS.values() if law in task.laws]


def test_a_second_initialization_is_by_an_initializer():
    """If a framework initializes at construction, initializing with the defaults again does nothing."""
    _, *again = TASKS["initialize-again"].program.find(Initialize)
    assert again
    for at in again:
        assert not isinstance(TASKS["initialize-again"].program.operations[at].initializer, Default)


def test_a_deep_copy_is_made_of_a_layer_that_is_used_twice_and_of_one_that_is_built_on_another():
    program = TASKS["deepcopy"].program
    copied = [placed.element for at in program.find(DeepCopy) for placed in program.network_at[at].uses]
    assert any(isinstance(use, Reuse) for use in copied)
    assert any(getattr(use, "ties", ()) for use in copied)


def test_every_kind_of_layer_and_every_way_of_nesting_has_a_task():
    networks = [network for task in TASKS.values() for network in task.program.networks.values()]
    assert {kind for network in networks for kind in network.kinds()} == {*EXAMPLES}
    assert {type(element) for network in networks for element in network.layers} == {
        Use,
        Reuse,
        Block,
        PlainList,
        Residual,
    }


def test_every_law_has_a_task():
    assert {*LAWS} == {law for task in TASKS.values() for law in task.laws}


def test_what_a_pattern_lists_is_read():
    operations = TASKS["list-by-pattern"].program.operations
    (at,) = TASKS["list-by-pattern"].program.find(ListMatching)
    assert sum(isinstance(operation, Read) for operation in operations[at:]) == 2
