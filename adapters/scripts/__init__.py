"""Programs as code of a framework: each becomes a short, self-contained script that prints the values in the trace.

A script is derived from the adapter's own source, with the program's values substituted: the code that a reader sees is
the code that ran. The adapter's source is parsed, not executed, so no framework is needed to write a script.
"""

from __future__ import annotations

import ast
import itertools
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from adapters.scripts.folding import literal
from adapters.scripts.layout import WIDTH, Piece, lines_of
from adapters.scripts.names import Names
from adapters.scripts.needs import grouped, names_in, needs
from adapters.scripts.sources import (
    AdapterSource,
    NoFrameworkError,
    NoScriptError,
    Source,
    adapter_source,
    parse,
)
from adapters.scripts.writing import ScriptWriter, parsed
from specs.programs.program import Program
from specs.traces import Trace

__all__ = ["NoFrameworkError", "NoScriptError", "Script", "write"]


@dataclass(frozen=True)
class Script:
    """A script. ``spans`` gives the lines of each operation, counted from 0."""

    text: str
    spans: Tuple[range, ...]

    @property
    def lines(self) -> List[str]:
        return self.text.split("\n")[:-1]

    @property
    def setup(self) -> List[str]:
        """The lines before the first operation: imports, definitions, print options."""
        return "\n".join(self.lines[: self.spans[0].start]).strip().splitlines()

    def lines_of(self, operation: int) -> List[str]:
        """The lines of the operation at a position."""
        span = self.spans[operation]
        return self.lines[span.start : span.stop]


def write(
    program: Program,
    adapter: str,
    trace: Optional[Trace] = None,
    width: int = WIDTH,
    writing: Callable[..., ScriptWriter] = ScriptWriter,
) -> Script:
    """Write a program as code of an adapter's framework.

    With a trace, operations that raised there are wrapped so that the script continues as the run did. ``width`` is the
    maximum length of lines, in characters; ``writing`` constructs the writer. Raises :class:`NoScriptError` if the
    adapter's source cannot be translated.
    """
    known = adapter_source(adapter)
    sources = _sources(known)
    first = writing(known, _names(sources), program, trace, None)
    first.pieces()
    writer = writing(known, _names(sources), program, trace, first.builder.uses)
    blocks = writer.pieces()
    plain = _Plain(known.implied_arguments)
    shown = [[plain.visit(piece) if isinstance(piece, ast.stmt) else piece for piece in block] for block in blocks]
    return _set(shown, [*sources, writer.functions], width)


#: Definitions used by the scripts of every framework.
_COMMON = parse(
    "",
    '''
import sys
import numpy as np

def print_error(error):
    """Print an exception's type, and what it says on one line."""
    print(f"{type(error).__name__}: {' '.join(str(error).split())}")
''',
)
_PRINTING = "np.set_printoptions(floatmode='unique', threshold=sys.maxsize)"


def _sources(known: AdapterSource) -> List[Source]:
    return [*known.sources, _COMMON]


def _names(sources: Sequence[Source]) -> Names:
    return Names(["error", "self", *itertools.chain.from_iterable(source.order for source in sources)])


def _set(blocks: Sequence[Sequence[Piece]], sources: Sequence[Source], width: int) -> Script:
    """The text of a script: imports and definitions, then each operation's statements."""
    statements = [piece for block in blocks for piece in block if isinstance(piece, ast.stmt)]
    shows = any({"print", "print_error"} & {*names_in(statement)} for statement in statements)
    prints = parsed(_PRINTING) if shows else []
    settings = [setting for source in sources for setting in source.settings]
    needed = needs([*settings, *prints, *statements], sources)
    page = _Page(width)
    groups: List[List[Any]] = [*grouped(needed.imports)]
    # Settings use a module, so there is a first group of imports for them to follow.
    for group in (*groups[:1], settings, *groups[1:]):
        page.put(*group)
        page.space()
    for definition in needed.definitions:
        page.put(definition)
    page.put(*prints)
    page.space()
    spans = [page.put(*block) for block in blocks]
    return Script("\n".join(page.lines) + "\n", tuple(spans))


class _Plain(ast.NodeTransformer):
    """Removes arguments that equal their defaults."""

    def __init__(self, implied: Dict[str, Dict[str, Any]]):
        self.implied = implied

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        known = {name: ast.dump(literal(value)) for name, value in self.implied.get(called, {}).items()}
        node.keywords = [given for given in node.keywords if known.get(given.arg or "") != ast.dump(given.value)]
        return node


class _Page:
    """Collects lines, with blank lines around definitions."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.lines: List[str] = []
        self.apart = False

    def put(self, *pieces: Piece) -> range:
        """Add pieces and return the range of their lines."""
        start = None
        for piece in pieces:
            defines = isinstance(piece, (ast.FunctionDef, ast.ClassDef))
            if self.apart or defines:
                self.space(2)
            start = len(self.lines) if start is None else start
            self.lines += lines_of(piece, self.width)
            self.apart = defines
        return range(len(self.lines) if start is None else start, len(self.lines))

    def space(self, count: int = 1) -> None:
        while self.lines and self.lines[-count:] != [""] * count:
            self.lines.append("")
