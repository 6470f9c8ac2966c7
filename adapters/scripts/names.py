"""Names of a script's variables: identifiers, each its own."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import Dict, Iterable, Set, Tuple


class Names:
    """Hands out names. None is that of a builtin, a keyword, or among those reserved."""

    def __init__(self, reserved: Iterable[str]):
        self.taken: Set[str] = {*dir(builtins), *keyword.kwlist, *reserved}
        self.lent: Set[str] = set()
        self.kept: Dict[Tuple[str, str], str] = {}

    def free(self, base: str) -> str:
        """A name that nothing has now: for a scope of its own."""
        name, number = base, 1
        while name in self.taken or name in self.lent:
            number += 1
            name = f"{base}_{number}"
        return name

    def own(self, base: str) -> str:
        """A name that nothing else will get."""
        name = self.free(base)
        self.taken.add(name)
        return name

    def passing(self, base: str) -> str:
        """A name that nothing else will get before :meth:`pass_on`."""
        name = self.free(base)
        self.lent.add(name)
        return name

    def take_back(self, name: str) -> None:
        """What had this passing name is not needed after all."""
        self.lent.discard(name)

    def pass_on(self) -> None:
        """What had a passing name is not used any more."""
        self.lent.clear()

    def of(self, owner: str, base: str) -> str:
        """The name that an owner's thing has: the same one each time."""
        if (owner, base) not in self.kept:
            self.kept[owner, base] = self.own(base)
        return self.kept[owner, base]


def identifier(text: str, otherwise: str) -> str:
    """An identifier as near to a text as can be: plain letters, digits and underscores."""
    plain = re.sub(r"[^0-9A-Za-z]+", "_", text)[:30].strip("_")
    return plain if plain.isidentifier() else otherwise
