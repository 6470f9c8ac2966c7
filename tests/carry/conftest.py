"""These tests run on frameworks: with no adapter but the reference there is nothing to collect."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> Optional[bool]:
    return None if config.getoption("--adapter") else True
