"""The project's own sources, for an interpreter that does not have them: sent as text and imported from memory.

So a worker anywhere runs what its host runs, and leaves nothing behind.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import inspect
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

#: Where packages of this project lie, and those that every worker needs.
ROOT, NEEDED = Path(__file__).resolve().parent.parent, ("adapters", "specs")


class Shipped(importlib.abc.MetaPathFinder, importlib.abc.ExecutionLoader):
    """Imports modules from their sources: name, then file name, whether it is a package, and text."""

    def __init__(self, sources: Dict[str, Tuple[str, bool, str]]):
        self.sources = sources

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Optional[importlib.machinery.ModuleSpec]:
        return importlib.util.spec_from_loader(name, self) if name in self.sources else None

    def get_filename(self, name: str) -> str:
        return self.sources[name][0]

    def is_package(self, name: str) -> bool:
        return self.sources[name][1]

    def get_source(self, name: str) -> str:
        return self.sources[name][2]


def prelude(location: str) -> str:
    """Source text that makes the project importable, and the package of ``package.module:Class`` where it is ours."""
    packages = {*NEEDED, location.partition(":")[0].partition(".")[0]}
    sources = {name: source for package in sorted(packages) for name, source in _sources(ROOT / package).items()}
    imports = "import importlib.abc, importlib.machinery, importlib.util, sys\nfrom typing import *"
    install = f"sys.meta_path.insert(0, Shipped({sources!r}))"
    return "\n".join(["from __future__ import annotations", imports, inspect.getsource(Shipped), install])


def _sources(package: Path) -> Dict[str, Tuple[str, bool, str]]:
    found = {}
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        found[name] = (f"{file.relative_to(ROOT)}", is_package, file.read_text(encoding="utf-8"))
    return found
