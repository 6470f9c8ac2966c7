"""Writes a run's report without overwriting those of concurrent runs."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Iterator

from specs.reporting.reports import Report

try:
    import fcntl
except ImportError:  # Windows: runs that end at the same instant may write the same file
    fcntl = None  # type: ignore[assignment]


def write(report: Report, folder: Path, began: float) -> str:
    """Write a report and say where. One written by another run after ``began`` (seconds since 1970) is preserved."""
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        usual = folder / f"{report.environment}.json"
        if not usual.exists() or usual.stat().st_mtime < began:
            return f"report: {report.save(folder)}"
        apart = replace(report, environment=f"{report.environment}-{os.getpid()}")
        return f"report: {apart.save(folder)}, as another run wrote {usual.name} meanwhile"


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder. The folder itself is locked, so no lock file is left behind."""
    if fcntl is None:
        yield
        return
    locked = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(locked, fcntl.LOCK_EX)
        yield
    finally:
        os.close(locked)
