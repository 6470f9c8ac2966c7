"""How long the porting reference takes, from frameworks that are not running yet to pages."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import List

from specs.errors import SpecError


def seconds(adapters: List[str]) -> float:
    """Seconds for exhibits and site, without verdicts, which are read of a report. Raises :class:`SpecError`."""
    chosen = [f"--adapter={adapter}" for adapter in adapters]
    with tempfile.TemporaryDirectory() as folder:
        exhibits = Path(folder) / "guide" / "exhibits.json"
        begun = time.monotonic()
        _run("adapters.guide.gathering", str(exhibits), *chosen)
        _run("adapters.guide", folder, str(exhibits), str(Path(folder) / "site"))
        return time.monotonic() - begun


def _run(module: str, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise SpecError(f"python -m {module} ended with {done.returncode}: {done.stderr.strip()}")
