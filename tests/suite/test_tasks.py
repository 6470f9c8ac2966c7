"""The tasks: what their programs show on the reference, and which laws they are cases of."""

from __future__ import annotations

import numpy as np
import pytest

from adapters.guide.tasks import TASKS
from adapters.workers.runners import LocalRunner
from specs.initializers import Default
from specs.programs.networks import Reuse
from specs.programs.operations import DeepCopy, Initialize, ListMatching, Read, Step
from tests.suite.differentiated import DIFFERENTIATED, gradients
from tests.suite.generated import DECLARED


@pytest.fixture(scope="module")
def runner():
    return LocalRunner("reference")


def test_there_are_gradients_and_steps():
    assert any(any(gradients(TASKS[name])) for name in DIFFERENTIATED)
    assert any(any(TASKS[name].program.find(Step)) for name in DIFFERENTIATED)


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_no_layer_of_a_task_with_gradients_can_be_without_a_slope(name):
    """A rectifier's slope is 0 for half of all inputs: whether one sees a gradient is up to each framework's draws."""
    networks = TASKS[name].program.networks.values()
    assert not {activation for network in networks for activation in network.activations} & {"relu"}


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_the_gradients_that_a_task_reads_are_not_all_zero(runner, name):
    trace = runner.run(TASKS[name].program)
    for at in gradients(TASKS[name]):
        assert np.abs(trace.records[at].value).max() > 1e-3


def declared():
    """Laws from which some framework is declared to diverge."""
    return sorted({divergence.law for _, divergence in DECLARED})


@pytest.mark.parametrize("law", declared())
def test_a_law_that_a_framework_diverges_from_has_a_task(law):
    assert [task.name for task in TASKS.values() if law in task.laws]


def test_a_second_initialization_is_by_an_initializer():
    """To initialize with the defaults is, for a framework that does so at construction, to do nothing."""
    _, *again = TASKS["initialize-again"].program.find(Initialize)
    assert again
    for at in again:
        assert not isinstance(TASKS["initialize-again"].program.operations[at].initializer, Default)


def test_a_deep_copy_is_made_of_a_layer_that_is_used_twice_and_of_one_that_is_built_on_another():
    program = TASKS["deepcopy"].program
    copied = [program.network_at[at].layers for at in program.find(DeepCopy)]
    assert any(isinstance(layer, Reuse) for layers in copied for layer in layers)
    assert any(getattr(layer, "tie", None) for layers in copied for layer in layers)


def test_what_a_pattern_lists_is_read():
    operations = TASKS["list-by-pattern"].program.operations
    (at,) = TASKS["list-by-pattern"].program.find(ListMatching)
    assert sum(isinstance(operation, Read) for operation in operations[at:]) == 2
