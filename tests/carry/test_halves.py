"""Tests each half of a conversion separately: reading a framework's files, and writing files that it loads.

Values in between are in the specification's layout, whatever the pair. So a conversion is right if the source's values
are read unchanged, and if the target, given them, computes what is specified. Both are tested on each framework alone;
what the framework computes from its parameters is tested by laws.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

from adapters.carrying import proofs
from adapters.carrying.plans import planned, with_layers
from adapters.carrying.sides import FOUND, GIVEN, Reading, Side, Writing
from specs.errors import SpecError
from specs.laws.ledger import same
from specs.layers import EXAMPLES
from specs.programs.networks import Network
from tests.carry.journeys import is_told, suffix, trained_values
from tests.strategies.networks import all_networks

#: The number of generated networks carried into each framework and back.
NETWORKS = 20
#: The maximum number of choices per kind, in addition to its examples.
CHOICES = 6
ROWS = 3
#: Error messages of a framework that does not have a layer.
HAS_NONE = re.compile("has none: |Build: unsupported")


def pytest_generate_tests(metafunc):
    if "adapter" in metafunc.fixturenames:
        choices = [choice for choice in metafunc.config.getoption("--adapter") if "=" not in choice]
        metafunc.parametrize("adapter", choices)


def carried(adapter: str, network: Network) -> bool:
    """Carry a network's values into a framework and back. Return whether the framework has such a network."""
    try:
        plan = planned(with_layers(network, {}), adapter, adapter)
        with tempfile.TemporaryDirectory() as name:
            there_and_back(plan, Path(name))
    except SpecError as error:
        if HAS_NONE.search(str(error)):
            return False
        raise
    return True


def there_and_back(plan, folder: Path) -> None:
    network, values = plan.network, trained_values(plan.network)
    np.savez(folder / GIVEN, **{slot.path: array for slot, array in values.items()})
    shared = plan.target, network, str(folder / f"weights{suffix(plan.target)}"), proofs.trained(network), ROWS
    for job in (Writing(*shared), Reading(*shared)):
        with contextlib.ExitStack() as at_end:
            job.run(Side(job, at_end), folder)
        with np.load(folder / FOUND) as stored:
            found = dict(stored)
        for slot, array in values.items():
            assert same(found[f"value {slot.path}"], array), f"{type(job).__name__}: {slot.path}"
        told = proofs.proved(plan, values, ROWS, found, None)
        assert told
        assert [str(one) for one in told if not one.holds] == [], type(job).__name__


@pytest.mark.parametrize("kind", [kind for kind, (layer, axes) in EXAMPLES.items() if layer.roles(axes)])
def test_each_kind_there_and_back(adapter, kind):
    example, axes = EXAMPLES[kind]
    choices = type(example).choices(axes)
    layers = dict.fromkeys((example, *example.bare(), *choices[:: len(choices) // CHOICES + 1]))
    done = [carried(adapter, Network(axes, (layer,))) for layer in layers if layer.roles(axes)]
    if not any(done):
        pytest.skip(f"{adapter} has none")


@settings(suppress_health_check=list(HealthCheck), max_examples=NETWORKS, deadline=None)
@given(network=all_networks())
def test_generated_networks_there_and_back(adapter, network):
    assume(network.held)
    assume(is_told(network))
    carried(adapter, network)
