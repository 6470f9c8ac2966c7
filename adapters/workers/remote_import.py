"""Imports modules from sources in memory. Remote workers get this file as text: it imports nothing of the project."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from typing import Any, Dict, Optional, Tuple

#: For each module its file name, whether it is a package, and its text.
Sources = Dict[str, Tuple[str, bool, str]]


class Shipped(importlib.abc.MetaPathFinder, importlib.abc.ExecutionLoader):
    """Finds and loads the modules that were sent."""

    def __init__(self, sources: Sources):
        self.sources = sources

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Optional[importlib.machinery.ModuleSpec]:
        return importlib.util.spec_from_loader(name, self) if name in self.sources else None

    def get_filename(self, name: str) -> str:
        return self.sources[name][0]

    def is_package(self, name: str) -> bool:
        return self.sources[name][1]

    def get_source(self, name: str) -> str:
        return self.sources[name][2]


def install(sources: Sources) -> None:
    """Make imports use these sources first."""
    sys.meta_path.insert(0, Shipped(sources))
