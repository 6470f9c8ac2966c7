"""The text of a script, formatted as a person would write it."""

from __future__ import annotations

import ast
import functools
import io
import itertools
import keyword
import re
import textwrap
import tokenize
from dataclasses import dataclass
from typing import Iterable, List, Sequence, Union

#: The default maximum line length.
WIDTH = 88
INDENT = "    "
#: Shorter groups are never broken: ``net[0]``.
BREAKABLE = 8

#: A statement, or the text of a comment.
Piece = Union[ast.stmt, str]


def lines_of(piece: Piece, width: int = WIDTH) -> List[str]:
    """The lines of a statement or a comment."""
    if isinstance(piece, str):
        wrapped = [textwrap.wrap(line, width - 2, break_long_words=False) or [""] for line in piece.splitlines()]
        return [f"# {line}".rstrip() for lines in wrapped for line in lines]
    written = ast.unparse(ast.fix_missing_locations(piece)).splitlines()
    return [line for logical in written for line in _laid_out(logical, width)]


def relaid(text: str, width: int) -> List[str]:
    """Reformat a script to another width."""
    lines = text.rstrip("\n").split("\n")
    found: List[str] = []
    end = 0
    for statement in ast.parse(text).body:
        decorators = getattr(statement, "decorator_list", [])
        start = min(node.lineno for node in [statement, *decorators]) - 1
        found += _between(lines[end:start], width) + lines_of(statement, width)
        end = statement.end_lineno or start
    return found + _between(lines[end:], width)


def _between(lines: Sequence[str], width: int) -> List[str]:
    """Blank lines and comments: wrapped text is joined first, and a URL stays on its own line."""
    found: List[str] = []
    for is_text, group in itertools.groupby(lines, key=lambda line: line.startswith("# ") and "://" not in line):
        text = list(group)
        found += lines_of(" ".join(line[2:] for line in text), width) if is_text else text
    return found


@functools.lru_cache(maxsize=None)
def _laid_out(line: str, width: int) -> Sequence[str]:
    """One logical line, wrapped. Cached, since scripts have most of their lines in common."""
    text = line.lstrip()
    try:
        tokens = [token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.string.strip()]
    except (tokenize.TokenError, SyntaxError):  # part of a multi-line string
        return [line]
    return _Breaker(width).broken(_grouped(tokens), line[: len(line) - len(text)], "")


# A line as a tree of words and bracketed groups.


@dataclass
class Word:
    """A token. ``spaced`` means that a space precedes it."""

    text: str
    spaced: bool

    @property
    def flat(self) -> str:
        return self.text


@dataclass
class Group:
    """A bracketed group. ``called`` means that it is a call or an index."""

    opening: str
    closing: str
    inside: List["Part"]
    spaced: bool
    called: bool

    @property
    def flat(self) -> str:
        return f"{self.opening}{_flat(self.inside)}{self.closing}"


Part = Union[Word, Group]


def _flat(parts: Sequence[Part]) -> str:
    text = "".join(f" {part.flat}" if part.spaced else part.flat for part in parts)
    return text[1:] if parts and parts[0].spaced else text


def _grouped(tokens: Sequence[tokenize.TokenInfo]) -> List[Part]:
    levels: List[List[Part]] = [[]]
    opened: List[Group] = []
    end = tokens[0].start if tokens else (0, 0)
    for token in tokens:
        spaced, end = token.start != end, token.end
        if token.string in "([{":
            opened.append(Group(token.string, "", [], spaced, _can_be_called(levels[-1])))
            levels.append(opened[-1].inside)
        elif token.string in ")]}":
            levels.pop()
            opened[-1].closing = token.string
            levels[-1].append(_bare(opened.pop()))
        else:
            text = _quoted(token.string) if token.type == tokenize.STRING else token.string
            levels[-1].append(Word(text, spaced))
    return [part for level in levels for part in _tight(level)]


def _can_be_called(before: Sequence[Part]) -> bool:
    if not before:
        return False
    last = before[-1]
    return isinstance(last, Group) or (last.text.isidentifier() and not keyword.iskeyword(last.text))


def _quoted(text: str) -> str:
    """A string in double quotes, if that requires no escaping."""
    match = re.fullmatch(r"([a-zA-Z]*)'([^'\"\\]*)'", text)
    return f'{match[1]}"{match[2]}"' if match else text


def _bare(group: Group) -> Group:
    """``f((x for x in y))`` as ``f(x for x in y)``; powers without space."""
    group.inside[:] = _tight(group.inside)
    if group.called and group.opening == "(" and len(group.inside) == 1:
        (only,) = group.inside
        if isinstance(only, Group) and only.opening == "(" and _cuts(only.inside, ("for",)):
            group.inside = only.inside
    return group


def _tight(parts: List[Part]) -> List[Part]:
    for before, power, after in zip(parts, parts[1:], parts[2:]):
        if power.flat == "**" and re.fullmatch(r"[\w.]+", before.flat) and re.fullmatch(r"[\w.]+", after.flat):
            power.spaced = after.spaced = False
    return parts


class _Breaker:
    """Breaks long lines at their longest group."""

    def __init__(self, width: int):
        self.width = width

    def broken(self, parts: Sequence[Part], indent: str, ending: str) -> List[str]:
        flat = f"{indent}{_flat(parts)}{ending}"
        groups = [part for part in parts if isinstance(part, Group) and len(part.flat) >= BREAKABLE]
        if len(flat) <= self.width or not groups:
            return [flat]
        longest = max(groups, key=lambda group: len(group.flat))
        at = next(position for position, part in enumerate(parts) if part is longest)
        opening, closing, inside = longest.opening, longest.closing, longest
        while len(inside.inside) == 1 and isinstance(inside.inside[0], Group) and inside.inside[0].inside:
            inside = inside.inside[0]
            opening, closing = opening + inside.opening, inside.closing + closing
        before = _flat([*parts[:at], Word(opening, longest.spaced)])
        after = _flat([Word(closing, False), *parts[at + 1 :]])
        return [f"{indent}{before}", *self._items(inside, indent + INDENT), f"{indent}{after}{ending}"]

    def _items(self, group: Group, indent: str) -> List[str]:
        """The items of a group: on one line if they fit, else one per line, or as many numbers per line as fit."""
        whole = f"{indent}{_flat(group.inside)}"
        if len(whole) <= self.width:
            return [whole]
        loops = _cuts(group.inside, ("for",))
        if loops:
            cuts = [cut for cut in _cuts(group.inside, ("for", "if")) if cut >= loops[0]]
            return self._lines(_cut(group.inside, cuts), indent, "", "")
        commas = _commas(group.inside)
        is_index = group.called and group.opening == "["
        last = "," if not is_index and (commas or group.called or group.opening != "(") else ""
        items = [part for part in _cut(group.inside, commas) if part]
        if commas:
            items = [items[0], *(item[1:] for item in items[1:] if item[1:])]
            if all(re.fullmatch(r"-?[\d.e+-]+", _flat(item)) for item in items):
                return self._filled([f"{_flat(item)}," for item in items], indent)
            return self._lines(items, indent, ",", last)
        return self._lines(_cut(group.inside, _cuts(group.inside, ("if", "else"))), indent, "", last)

    def _lines(self, items: Iterable[Sequence[Part]], indent: str, between: str, last: str) -> List[str]:
        listed = list(items)
        endings = [between] * (len(listed) - 1) + [last]
        return [line for item, ending in zip(listed, endings) for line in self.broken(item, indent, ending)]

    def _filled(self, words: Sequence[str], indent: str) -> List[str]:
        lines = [indent + words[0]]
        for word in words[1:]:
            if len(lines[-1]) + 1 + len(word) <= self.width:
                lines[-1] += f" {word}"
            else:
                lines.append(indent + word)
        return lines


def _cuts(parts: Sequence[Part], words: Sequence[str]) -> List[int]:
    return [at for at, part in enumerate(parts) if isinstance(part, Word) and part.text in words]


def _commas(parts: Sequence[Part]) -> List[int]:
    """Positions of the commas that separate items, without those between a lambda's parameters."""
    found, in_lambda = [], False
    for at, part in enumerate(parts):
        in_lambda = part.flat == "lambda" or (in_lambda and part.flat != ":")
        if part.flat == "," and not in_lambda:
            found.append(at)
    return found


def _cut(parts: Sequence[Part], cuts: Sequence[int]) -> List[Sequence[Part]]:
    edges = [0, *cuts, len(parts)]
    return [parts[start:end] for start, end in zip(edges, edges[1:]) if start < end]
