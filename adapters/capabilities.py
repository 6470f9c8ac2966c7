"""What an adapter can do and what it cannot: the layers it constructs, and its declared absences."""

from __future__ import annotations

import textwrap
from typing import List

from adapters.interface import WHO, Builder
from adapters.registry import ADAPTERS
from adapters.scripts.sources import AdapterSource, NoFrameworkError, adapter_source
from specs.layers import KINDS


def capabilities(adapter: AdapterSource, width: int) -> List[str]:
    """For each kind of layer, in which forms it is constructed; then what there is no way to do, and why."""
    lines = [adapter.name, "  constructs"]
    for kind in KINDS:
        forms = [builder for builder in adapter.builders() if builder.kind is kind]
        tied = any(builder.kind is kind for builder in adapter.builders("tied_builder"))
        shown = "; ".join(map(_form, forms)) or "not at all"
        lines.append(f"    {kind.kind:<14} {shown}{'; on parameters of another' if tied else ''}")
    for who, meaning in WHO.items():
        absences = {name: absence for name, absence in adapter.absences.items() if absence.who == who}
        lines += [f"  lacks, since {meaning}"] if absences else []
        for name, absence in absences.items():
            lines += textwrap.wrap(
                f"{name}: {absence.reason}", width, initial_indent=" " * 4, subsequent_indent=" " * 8
            )
            lines.append(f"        {absence.source}")
    return lines


def _form(builder: Builder) -> str:
    """A method and the layers that it is for, where these are not all of the kind."""
    only = ", ".join(f"{name} {_values(expected)}" for name, expected in builder.when.items())
    return f"{builder.method}() where {only}" if only else f"{builder.method}()"


def _values(expected: object) -> str:
    return " or ".join(map(str, sorted(expected))) if isinstance(expected, (set, frozenset)) else str(expected)


def frameworks() -> List[str]:
    """The adapters known by name that have a framework."""
    return [name for name in ADAPTERS if _has_framework(name)]


def _has_framework(name: str) -> bool:
    try:
        adapter_source(name)
    except NoFrameworkError:
        return False
    return True
