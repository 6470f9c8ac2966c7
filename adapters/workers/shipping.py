"""The project's own sources, for an interpreter that does not have them: sent as text and imported from memory.

So a worker anywhere runs what its host runs, and leaves nothing behind.
"""

from __future__ import annotations

from pathlib import Path

from adapters.workers import remote_import
from adapters.workers.remote_import import Sources

#: Where packages of this project lie, and those that every worker needs.
ROOT, NEEDED = Path(__file__).resolve().parents[2], ("adapters", "specs")


def prelude(location: str) -> str:
    """Source text that makes the project importable, and the package of ``package.module:Class`` where it is ours."""
    packages = {*NEEDED, location.partition(":")[0].partition(".")[0]}
    sources = {name: source for package in sorted(packages) for name, source in _sources(ROOT / package).items()}
    return f"{Path(remote_import.__file__).read_text(encoding='utf-8')}\ninstall({sources!r})"


def _sources(package: Path) -> Sources:
    found = {}
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        found[name] = (str(file.relative_to(ROOT)), is_package, file.read_text(encoding="utf-8"))
    return found
