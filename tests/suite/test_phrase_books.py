"""Adapters are phrase books: their methods are straight-line code, as users of the framework would write it."""

import ast
from pathlib import Path

import pytest

import adapters
from adapters import registry

FOLDER = Path(adapters.__file__).parent
#: What a method may consist of. Code that waits, retries or catches exceptions is not what an operation means.
PLAIN = (
    ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Raise, ast.With, ast.If, ast.For,
    ast.FunctionDef,
)  # fmt: skip
#: Choices and loops within each other: one choice for each element of one loop, or one loop for one choice.
DEEPEST = 2


def unusual(method):
    """What keeps a method from being straight-line code: line and reason of each statement."""

    def within(statements, depth, in_loop):
        for statement in statements:
            kind, line, is_loop = type(statement).__name__.lower(), statement.lineno, isinstance(statement, ast.For)
            deeper = depth + isinstance(statement, (ast.If, ast.For))
            if not isinstance(statement, PLAIN):
                yield line, f"has a {kind}; accepted: {', '.join(one.__name__.lower() for one in PLAIN)}"
            elif is_loop and (in_loop or statement.orelse):
                yield (
                    line,
                    "has a loop within a loop, or with an else; accepted: one loop over what the framework lists",
                )
            elif deeper > DEEPEST:
                yield line, f"has a {kind} at depth {deeper}; accepted: {DEEPEST}"
            yield from within(getattr(statement, "body", []), deeper, in_loop or is_loop)
            otherwise = getattr(statement, "orelse", [])
            is_elif = isinstance(statement, ast.If) and len(otherwise) == 1 and isinstance(otherwise[0], ast.If)
            yield from within(otherwise, depth if is_elif else deeper, in_loop or is_loop)

    return list(within(method.body, 0, False))


def methods(folder):
    """The methods of a folder's adapters, with their files."""
    trees = {file: ast.parse(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.py"))}
    classes = [(file, one) for file, tree in trees.items() for one in tree.body if isinstance(one, ast.ClassDef)]
    derived = {"Adapter"}
    for _ in classes:  # a class may be defined before those that it derives from are read
        derived |= {one.name for _, one in classes if {ast.unparse(base) for base in one.bases} & derived}
    return [
        (file, method)
        for file, one in classes
        if one.name in derived
        for method in one.body
        if isinstance(method, ast.FunctionDef)
    ]


FOLDERS = sorted({place.split(".")[1] for place in map(registry.location, registry.KNOWN) if place.count(".") > 1})


@pytest.mark.parametrize("folder", FOLDERS)
def test_methods_are_straight_line_code(folder):
    found = methods(FOLDER / folder)
    assert len(found) > 100
    assert [
        f"{file.name}:{line} {method.name}() {reason}" for file, method in found for line, reason in unusual(method)
    ] == []


BENT = {
    "try:\n        a()\n    except E:\n        b()": "has a try; accepted: expr, assign",
    "while a():\n        b()": "has a while",
    "for x in a:\n        for y in x:\n            b()": "has a loop within a loop",
    "for x in a:\n        b()\n    else:\n        c()": "or with an else",
    "if a:\n        for x in b:\n            if x:\n                c()": "has a if at depth 3",
    "class A:\n        pass": "has a classdef",
}


@pytest.mark.parametrize("body", BENT)
def test_what_is_not_is_named_with_its_line(body):
    (function,) = ast.parse(f"def write(self):\n    {body}\n").body
    (line, reason), *_ = unusual(function)
    assert line > 1
    assert BENT[body] in reason


def test_choices_by_cases_and_one_loop_are_straight():
    body = "if a:\n        b()\n    elif c:\n        for x in d:\n            e()\n    else:\n        raise F"
    (function,) = ast.parse(f"def write(self):\n    {body}\n").body
    assert unusual(function) == []
