"""Options, fixtures and hooks of the suite; :mod:`tests.harness` does the work."""

import pytest

from tests.harness import options, plugin
from tests.harness.lockstep import Lockstep


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    plugin.configure(config)


@pytest.fixture(scope="session")
def lockstep(request: pytest.FixtureRequest) -> Lockstep:
    """All adapters of the run, which run each program together."""
    return request.config.stash[plugin.SESSION].lockstep
