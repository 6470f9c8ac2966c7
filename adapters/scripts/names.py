"""Unique names for a script's variables."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import Dict, Iterable, Set, Tuple


class Names:
    """Assigns names, avoiding builtins, keywords and reserved names."""

    def __init__(self, reserved: Iterable[str]):
        self.taken: Set[str] = {*dir(builtins), *keyword.kwlist, *reserved}
        self.lent: Set[str] = set()
        self.kept: Dict[Tuple[str, str], str] = {}

    def free(self, base: str) -> str:
        """A name that is not in use, for an inner scope."""
        name, number = base, 1
        while name in self.taken or name in self.lent:
            number += 1
            name = f"{base}_{number}"
        return name

    def own(self, base: str) -> str:
        """A name that is never reused."""
        name = self.free(base)
        self.taken.add(name)
        return name

    def passing(self, base: str) -> str:
        """A name that is not reused before :meth:`pass_on`."""
        name = self.free(base)
        self.lent.add(name)
        return name

    def take_back(self, name: str) -> None:
        """Release a passing name that was not needed."""
        self.lent.discard(name)

    def pass_on(self) -> None:
        """Release all passing names."""
        self.lent.clear()

    def of(self, owner: str, base: str) -> str:
        """The name of an owner's variable, the same on each call."""
        if (owner, base) not in self.kept:
            self.kept[owner, base] = self.own(base)
        return self.kept[owner, base]


def identifier(text: str, otherwise: str) -> str:
    """An identifier similar to a text: ASCII letters, digits and underscores."""
    plain = re.sub(r"[^0-9A-Za-z]+", "_", text)[:30].strip("_")
    return plain if plain.isidentifier() else otherwise
