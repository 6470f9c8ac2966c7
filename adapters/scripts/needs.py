"""The dependencies of a script: the imports and definitions of the adapter's module that its statements use."""

from __future__ import annotations

import ast
import itertools
import sys
from dataclasses import dataclass
from typing import Dict, Iterable, List, Optional, Sequence, Set

from adapters.scripts.folding import copied
from adapters.scripts.sources import PROJECT, Import, NoScriptError, Source, module_of


@dataclass
class Needs:
    """Imports, and definitions ordered so that each follows its own dependencies."""

    imports: List[Import]
    definitions: List[ast.stmt]


def needs(statements: Iterable[ast.stmt], sources: Sequence[Source]) -> Needs:
    """The dependencies of statements. Raises :class:`NoScriptError` if one exists only in this project."""
    needed = Needs([], [])
    seen: Set[str] = set()
    _need(statements, sources, needed, seen)
    return needed


def _need(statements: Iterable[ast.stmt], sources: Sequence[Source], needed: Needs, seen: Set[str]) -> None:
    for name in itertools.chain.from_iterable(map(names_in, statements)):
        if name == "self":
            raise NoScriptError("an idiom stores state on the adapter")
        if name in seen:
            continue
        seen.add(name)
        meant = _meant(name, sources)
        if isinstance(meant, (ast.Import, ast.ImportFrom)):
            if module_of(meant).partition(".")[0] in PROJECT:
                raise NoScriptError(f"an idiom uses {name}, which belongs to this project")
            needed.imports.append(meant)
        elif meant is not None:
            definition = _untyped(meant)
            _need([definition], sources, needed, seen)
            needed.definitions.append(definition)


def _meant(name: str, sources: Sequence[Source]) -> Optional[ast.stmt]:
    """The statement that defines a name in the adapter's modules, or None."""
    found = [{**source.definitions, **source.imports}.get(name) for source in sources]
    meanings = {ast.dump(meaning): meaning for meaning in found if meaning is not None}
    if len(meanings) > 1:
        raise NoScriptError(f"{name} has different meanings in the adapter's modules")
    return next(iter(meanings.values()), None)


def names_in(statement: ast.AST) -> List[str]:
    """Names that a statement uses but does not assign, in order."""
    own = {node.arg for node in ast.walk(statement) if isinstance(node, ast.arg)}
    found = (node.id for node in ast.walk(statement) if isinstance(node, ast.Name))
    return list(dict.fromkeys(name for name in found if name not in own))


class _Untyped(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.returns = None
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Optional[ast.stmt]:
        return None if node.value is None else ast.Assign([node.target], node.value)


def _untyped(definition: ast.stmt) -> ast.stmt:
    """A definition without annotations."""
    stripped: ast.stmt = _Untyped().visit(copied(definition))
    return stripped


def grouped(statements: Sequence[Import]) -> List[List[Import]]:
    """Imports in the usual order, one statement per module: the standard library first, then others."""
    plain = [statement for statement in statements if isinstance(statement, ast.Import)]
    froms: Dict[str, List[ast.alias]] = {}
    for statement in statements:
        if isinstance(statement, ast.ImportFrom):
            froms.setdefault(statement.module or "", []).extend(statement.names)
    merged: List[Import] = [
        ast.ImportFrom(module, sorted(names, key=lambda alias: alias.name), 0) for module, names in froms.items()
    ]
    ordered = sorted([*plain, *merged], key=_place)
    return [list(group) for _, group in itertools.groupby(ordered, key=_is_standard)]


def _place(statement: Import) -> tuple:
    return not _is_standard(statement), isinstance(statement, ast.ImportFrom), module_of(statement)


def _is_standard(statement: Import) -> bool:
    return module_of(statement).partition(".")[0] in sys.stdlib_module_names
