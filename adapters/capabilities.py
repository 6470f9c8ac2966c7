"""What an adapter declares: the layers it constructs, what is unsupported, and where its framework differs."""

from __future__ import annotations

import textwrap
from typing import List

from adapters.interface import WHO, Builder
from adapters.registry import ADAPTERS
from adapters.scripts.sources import AdapterSource, NoFrameworkError, adapter_source
from specs import divergences
from specs.divergences import Divergence
from specs.layers import KINDS


def capabilities(adapter: AdapterSource, width: int) -> List[str]:
    """List the forms in which each layer kind is constructed, then what is unsupported and why."""
    lines = [adapter.name, "  constructs"]
    for kind in KINDS:
        forms = [builder for builder in adapter.builders() if builder.kind is kind]
        tied = any(builder.kind is kind for builder in adapter.builders("tied_builder"))
        shown = "; ".join(map(_form, forms)) or "not at all"
        lines.append(f"    {kind.kind:<14} {shown}{'; also with the parameters of another layer' if tied else ''}")
    for who, meaning in WHO.items():
        absences = {name: absence for name, absence in adapter.absences.items() if absence.who == who}
        lines += [f"  unsupported: {meaning}"] if absences else []
        for name, absence in absences.items():
            lines += _declared(f"{name}: {absence.reason}", absence.source, width)
    return lines


def differences(adapter: AdapterSource, width: int) -> List[str]:
    """List the declared divergences, grouped by who would have to act: answer, versions, reason and source of each.

    The first line counts divergences and laws: a law may have one divergence per range of versions.
    """
    laws = {declared.law for declared in adapter.divergences}
    lines = [f"{adapter.name}: {len(adapter.divergences)} declared differences, in {len(laws)} laws"]
    for kind, meaning in divergences.KINDS.items():
        of_kind = [declared for declared in adapter.divergences if declared.kind == kind]
        lines += [f"  {len(of_kind)} {kind}: {meaning}"] if of_kind else []
        for declared in of_kind:
            lines += _declared(_difference(declared), declared.source, width)
    return lines


def _difference(declared: Divergence) -> str:
    return f"{declared.law}: “{declared.answer}”, on {declared.versions}. {declared.reason}"


def _declared(sentence: str, source: str, width: int) -> List[str]:
    wrapped = textwrap.wrap(sentence, width, initial_indent=" " * 4, subsequent_indent=" " * 8)
    return [*wrapped, f"        {source}"]


def _form(builder: Builder) -> str:
    """A method, with the layers it constructs if these are not all layers of the kind."""
    only = ", ".join(f"{name} {_values(expected)}" for name, expected in builder.when.items())
    return f"{builder.method}() where {only}" if only else f"{builder.method}()"


def _values(expected: object) -> str:
    values = sorted(expected, key=str) if isinstance(expected, (set, frozenset)) else [expected]
    return " or ".join("not given" if value is None else str(value) for value in values)


def frameworks() -> List[str]:
    """Names of the registered adapters that have a framework."""
    return [name for name in ADAPTERS if _has_framework(name)]


def _has_framework(name: str) -> bool:
    try:
        adapter_source(name)
    except NoFrameworkError:
        return False
    return True
