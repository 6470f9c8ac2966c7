"""Writing a run's report beside those of others: runs that go on at once leave each other's alone."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Iterator

from specs.reporting.reports import Report

try:
    import fcntl
except ImportError:  # Windows: two runs that end in the same instant may then write the same file
    fcntl = None  # type: ignore[assignment]


def write(report: Report, folder: Path, began: float) -> str:
    """Write a report, and tell where. One that another run wrote since this one began (seconds since 1970) stays."""
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        usual = folder / f"{report.environment}.json"
        if not usual.exists() or usual.stat().st_mtime < began:
            return f"report: {report.save(folder)}"
        apart = replace(report, environment=f"{report.environment}-{os.getpid()}")
        return f"report: {apart.save(folder)}, as another run wrote {usual.name} meanwhile"


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else is here in the same folder. What is locked is the folder: there is no file to be left behind."""
    if fcntl is None:
        yield
        return
    locked = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(locked, fcntl.LOCK_EX)
        yield
    finally:
        os.close(locked)
