"""Sends the project's sources to an interpreter that does not have them, as text that is imported from memory.

A remote worker thus runs the same code as its host, and leaves no files behind.
"""

from __future__ import annotations

from pathlib import Path

from adapters.workers import remote_import
from adapters.workers.remote_import import Sources

#: The folder of this project's packages, and the packages that every worker needs.
ROOT, NEEDED = Path(__file__).resolve().parents[2], ("adapters", "specs")


def prelude(location: str) -> str:
    """Code that makes the project importable, and the package of ``package.module:Class`` if it is the project's."""
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
