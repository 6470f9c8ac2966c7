"""Options, fixtures and hooks of the suite; :mod:`tests.harness` does the work."""

import pytest

from tests.harness import options, plugin


def pytest_addoption(parser):
    options.add(parser)


def pytest_configure(config):
    plugin.configure(config)


@pytest.fixture(scope="session")
def lockstep(request):
    """All adapters of the run, to run each program on at once."""
    return request.config.stash[plugin.SESSION].lockstep
