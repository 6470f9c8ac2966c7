"""The tasks: what their programs show on the reference, and which laws they are cases of."""

from __future__ import annotations

import numpy as np
import pytest

from adapters.runners import LocalRunner
from specs.operations import Backward, Freeze, ReadGradient, Step
from specs.tasks import TASKS

DIFFERENTIATED = [name for name, task in TASKS.items() if any(task.program.find(Backward))]


@pytest.fixture(scope="module")
def runner():
    return LocalRunner("reference")


def gradients(task):
    """Positions at which a task reads the gradient, after a backward pass, of a parameter that is not frozen."""
    begun, frozen = False, set()
    for at, operation in enumerate(task.program.operations):
        begun = begun or isinstance(operation, Backward)
        frozen |= {operation.slot} if isinstance(operation, Freeze) else set()
        if isinstance(operation, ReadGradient) and begun and operation.slot not in frozen:
            yield at


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
