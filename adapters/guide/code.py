"""Code as highlighted HTML, in which names that differ between frameworks are marked."""

from __future__ import annotations

import ast
import functools
import html
import itertools
import re
from typing import Collection, Dict, Iterator, List, Mapping, Sequence, Set, Tuple

from markupsafe import Markup
from pygments.lexers.python import PythonLexer
from pygments.token import Token, _TokenType

_LEXER = PythonLexer(stripnl=False, ensurenl=False)
_IDLE = Markup('<span class="idle">{}</span>')

#: CSS classes by token type, specific types before general ones.
_CLASSES = {
    Token.Comment: "c",
    Token.Literal.String.Doc: "c",
    Token.Keyword.Constant: "m",
    Token.Keyword: "k",
    Token.Operator.Word: "k",
    Token.Literal.String: "s",
    Token.Name.Decorator: "k",
}


def highlighted(lines: Sequence[str], marked: Collection[str] = (), idle: Collection[int] = ()) -> Markup:
    """Lines of Python as escaped HTML; lines at the positions ``idle`` are styled as not executed."""
    return _highlighted(tuple(lines), tuple(marked), tuple(idle))


@functools.lru_cache(maxsize=None)  # many pages show the same lines
def _highlighted(lines: Sequence[str], marked: Collection[str], idle: Collection[int]) -> Markup:
    shown: List[List[Markup]] = [[]]
    for kind, text in _tokens(lines):
        first, *others = text.split("\n")
        shown[-1].append(_piece(kind, first, marked))
        shown += [[_piece(kind, other, marked)] for other in others]
    return Markup("\n").join(
        _IDLE.format(Markup("").join(line)) if at in idle else Markup("").join(line) for at, line in enumerate(shown)
    )


def names(lines: Sequence[str]) -> List[str]:
    """Names in code, for the search: Python identifiers other than keywords."""
    return [*_names_of(tuple(lines))]


@functools.lru_cache(maxsize=None)
def _names_of(lines: Sequence[str]) -> Sequence[str]:
    return sorted({text for kind, text in _tokens(lines) if kind in Token.Name and re.match(r"\w{2,}$", text)})


def definitions(lines: Sequence[str]) -> Dict[str, range]:
    """The functions and classes that code defines, with the positions of their lines; empty if it does not parse."""
    return {
        one.name: range(_first(one) - 1, one.end_lineno or 0)
        for one in _statements(tuple(lines))
        if isinstance(one, (ast.FunctionDef, ast.ClassDef))
    }


def imports(lines: Sequence[str]) -> Dict[str, str]:
    """The names that code imports, each with a statement that imports it."""
    return {
        name.asname or name.name.partition(".")[0]: ast.unparse(_alone(one, name))
        for one in _statements(tuple(lines))
        if isinstance(one, (ast.Import, ast.ImportFrom))
        for name in one.names
    }


def _alone(statement: "ast.Import | ast.ImportFrom", name: ast.alias) -> ast.stmt:
    if isinstance(statement, ast.Import):
        return ast.Import(names=[name])
    return ast.ImportFrom(module=statement.module, names=[name], level=statement.level)


@functools.lru_cache(maxsize=None)
def _statements(lines: Sequence[str]) -> Sequence[ast.stmt]:
    try:
        return ast.parse("\n".join(lines)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _first(found: "ast.FunctionDef | ast.ClassDef") -> int:
    return min([found.lineno, *(one.lineno for one in found.decorator_list)])


def used(lines: Sequence[str], known: Mapping[str, Sequence[str]]) -> List[str]:
    """Names of the definitions that code uses, directly or indirectly, in the order of their definition."""
    found: Set[str] = set()
    waiting = [*lines]
    while waiting:
        new = {*names(waiting)} & {*known} - found
        found |= new
        waiting = [line for name in new for line in known[name]]
    return [name for name in known if name in found]


def _tokens(lines: Sequence[str]) -> Iterator[Tuple[_TokenType, str]]:
    """Tokens, with adjacent tokens of one type merged: a string's quotes and its content."""
    for kind, found in itertools.groupby(_LEXER.get_tokens("\n".join(lines)), key=lambda token: token[0]):
        yield kind, "".join(text for _, text in found)


def _piece(kind: _TokenType, text: str, marked: Collection[str]) -> Markup:
    shown = _marked(text, marked) if _names(kind) and not _is_method(text) else _escape(text)
    found = next((name for general, name in _CLASSES.items() if kind in general), None)
    return shown if found is None else Markup("<span class={}>{}</span>").format(found, shown)


def _escape(text: str) -> Markup:
    """Escape text between tags; quotation marks, frequent in code, need no escape there."""
    return Markup(html.escape(text, quote=False))


def _names(kind: _TokenType) -> bool:
    """Whether a token may contain names: identifiers do, and strings other than docstrings."""
    return kind in Token.Name or (kind in Token.Literal.String and kind not in Token.Literal.String.Doc)


def _is_method(text: str) -> bool:
    """Whether a name is that of a method with a role in it: ``add_weight``, ``_init_weight``."""
    return re.match(r"(_?init|add|get|set)_\w+$", text) is not None


def _marked(text: str, marked: Collection[str]) -> Markup:
    """Text with each marked name highlighted, also within a longer name: ``dense1_weight``."""
    if not marked:
        return _escape(text)
    pattern = f"(?<![^\\W_])({'|'.join(map(re.escape, marked))})(?![^\\W_])"
    parts = re.split(pattern, text)
    return Markup("").join(
        Markup("<mark>{}</mark>").format(_escape(part)) if at % 2 else _escape(part) for at, part in enumerate(parts)
    )
