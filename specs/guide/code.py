"""Code as HTML: highlighted, with the names marked that a framework gives to what others call otherwise."""

from __future__ import annotations

import ast
import re
from typing import Collection, Dict, Iterator, List, Sequence, Set, Tuple

from markupsafe import Markup, escape
from pygments.lexers.python import PythonLexer
from pygments.token import Token, _TokenType

_LEXER = PythonLexer(stripnl=False, ensurenl=False)

#: Classes of the style sheet by the kinds of token that they are for, the particular before the general.
_CLASSES = {
    Token.Comment: "c",
    Token.Literal.String.Doc: "c",
    Token.Keyword.Constant: "m",
    Token.Keyword: "k",
    Token.Operator.Word: "k",
    Token.Literal.String: "s",
    Token.Literal.Number: "m",
    Token.Name.Decorator: "k",
}


def highlighted(lines: Sequence[str], marked: Collection[str] = ()) -> Markup:
    """Lines of Python as HTML, everything in them escaped."""
    return Markup("").join(_piece(kind, text, marked) for kind, text in _tokens(lines))


def names(lines: Sequence[str]) -> List[str]:
    """What code calls and names, for a search: words of Python that are no keywords."""
    found = {text for kind, text in _tokens(lines) if kind in Token.Name and re.match(r"\w{2,}$", text)}
    return sorted(found)


def definitions(lines: Sequence[str]) -> Dict[str, str]:
    """The functions and classes that code defines, by name; none where it is no Python."""
    try:
        found = ast.parse("\n".join(lines)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return {
        one.name: "\n".join(lines[_first(one) - 1 : one.end_lineno])
        for one in found
        if isinstance(one, (ast.FunctionDef, ast.ClassDef))
    }


def _first(found: "ast.FunctionDef | ast.ClassDef") -> int:
    return min([found.lineno, *(one.lineno for one in found.decorator_list)])


def reached(lines: Sequence[str], known: Dict[str, str]) -> List[str]:
    """Names of the definitions that code uses, and that these use in turn, in the order in which they are defined."""
    found: Set[str] = set()
    waiting = [*lines]
    while waiting:
        new = {*names(waiting)} & {*known} - found
        found |= new
        waiting = [line for name in new for line in known[name].splitlines()]
    return [name for name in known if name in found]


def _tokens(lines: Sequence[str]) -> Iterator[Tuple[_TokenType, str]]:
    yield from _LEXER.get_tokens("\n".join(lines))


def _piece(kind: _TokenType, text: str, marked: Collection[str]) -> Markup:
    shown = _marked(text, marked) if _names(kind) else escape(text)
    found = next((name for general, name in _CLASSES.items() if kind in general), None)
    return shown if found is None else Markup('<span class="{}">{}</span>').format(found, shown)


def _names(kind: _TokenType) -> bool:
    """Whether a token may have names in it: names do, and strings that are no explanations."""
    return kind in Token.Name or (kind in Token.Literal.String and kind not in Token.Literal.String.Doc)


def _marked(text: str, marked: Collection[str]) -> Markup:
    """Text in which each marked name stands out, one that is a part of a longer name, too: ``dense1_weight``."""
    if not marked:
        return escape(text)
    pattern = f"(?<![^\\W_])({'|'.join(map(re.escape, marked))})(?![^\\W_])"
    parts = re.split(pattern, text)
    return Markup("").join(
        Markup("<mark>{}</mark>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts)
    )
