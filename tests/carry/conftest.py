"""These tests need frameworks: without adapters other than the reference, nothing is collected."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> Optional[bool]:
    return None if config.getoption("--adapter") else True
