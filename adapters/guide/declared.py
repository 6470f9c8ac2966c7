"""What an adapter's source declares for each layer kind: native classes and names of roles, and what is unsupported.

Nothing here imports a framework. Its interpreter reports the classes' arguments (:func:`asked`).
"""

from __future__ import annotations

import ast
import contextlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence, Set

from adapters.guide.exhibits import Constructed, Framework, Held, Lack
from adapters.interface import Unsupported
from adapters.scripts.running import Interpreter
from adapters.scripts.sources import PROJECT, AdapterSource, Import, Method, Source, module_of
from specs.errors import SpecError
from specs.layers import EXAMPLES
from specs.layers.layout import Layout, Token

#: A part of a sequence of layers, which an adapter wraps around the framework's own class.
_PART = re.compile(r"(layers)?\[\d+\]\.")
#: A script that prints the arguments of classes, except for the list of classes.
_ASKING = Path(__file__).with_name("arguments.py")


def declared(source: AdapterSource, versions: Dict[str, str]) -> Framework:
    """A framework as its adapter declares it."""
    return Framework(
        source.name, versions, held(source), {kind: _constructed(source, kind) for kind in EXAMPLES}, source.data
    )


def held(source: AdapterSource) -> Dict[str, Held]:
    """How a framework stores each role, by kind and role, for a layer like the kind's example if it supports one."""
    found: Dict[str, Held] = {}
    for example, given in EXAMPLES.values():
        families = [role.family for role in example.roles(given)]
        own: Dict[str, Held] = {}
        for layer in (example, *example.choices(given)):
            with contextlib.suppress(Unsupported):
                for role in layer.roles(given):
                    if role.family in families:
                        held_so = source.own_layout(layer, role)  # type: ignore[misc]  # it asks for held() alone
                        own.setdefault(f"{layer.kind}.{role.family}", _held(held_so))
        parts = {match[0] if match else "" for match in (_PART.match(one.name) for one in own.values())}
        common = len(parts.pop()) if len(parts) == 1 else 0
        found.update({role: replace(one, name=one.name[common:]) for role, one in own.items()})
    return found


def _held(layout: Layout) -> Held:
    letters = {axis.name: axis.letters for axis in layout.axes}

    def said(token: Token) -> str:
        order = token.letters or letters.get(token.name, "")
        place = "" if token.at is None else f"={token.at}/{token.of}"
        return f"{token.name}{':' if order else ''}{order}{place}"

    groups = (" ".join(map(said, group)) for group in layout.groups)
    return Held(layout.held.name, tuple(f"({words})" if " " in words else words for words in groups))


def _constructed(source: AdapterSource, kind: str) -> Constructed:
    methods = [source.methods[builder.method] for builder in source.builders() if builder.kind.kind == kind]
    classes = dict.fromkeys(name for method in methods for name in _classes(method.function.body, method.source, set()))
    missing = dict.fromkeys([f"build_{kind}", *(name for method in methods for name in _missing(method))])
    lacks = [lack for lack in map(source.absence, missing) if lack is not None]
    return Constructed(dict.fromkeys(classes, ()), tuple(Lack(one.reason, one.source) for one in lacks))


def _classes(nodes: Sequence[ast.AST], where: Source, known: Set[str]) -> Iterator[str]:
    """Framework classes named in code, or in the definitions of its module that it uses, as they are written there."""
    for node in nodes:
        name = ast.unparse(node) if isinstance(node, (ast.Attribute, ast.Name)) else ""
        if name in where.definitions and name not in known:
            known.add(name)
            yield from _classes(_inside(where.definitions[name]), where, known)
        elif re.fullmatch(r"(\w+\.)*[A-Z]\w+", name) and _is_foreign(where.imports.get(_root(name))):
            yield name
        elif not re.fullmatch(r"[\w.]+", name):
            yield from _classes([*ast.iter_child_nodes(node)], where, known)


def _inside(definition: ast.stmt) -> Sequence[ast.AST]:
    """The nodes of a definition; for a class its body, without its bases."""
    if isinstance(definition, (ast.ClassDef, ast.FunctionDef)):
        return definition.body
    return [*ast.iter_child_nodes(definition)]


def _is_foreign(statement: Optional[Import]) -> bool:
    return statement is not None and _root(module_of(statement)) not in PROJECT


def _missing(method: Method) -> Iterator[str]:
    """Names of the absences that a method raises."""
    for node in ast.walk(method.function):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from (str(one.value) for one in node.exc.args if isinstance(one, ast.Constant))


def asked(framework: Framework, source: AdapterSource, interpreter: Interpreter) -> Framework:
    """Add the arguments of its classes, as its interpreter reports them. Raises :class:`SpecError` if it fails."""
    names = dict.fromkeys(name for kind in framework.kinds.values() for name in kind.classes)
    imports = {
        root: where.imports[root] for where in source.sources for root in map(_root, names) if root in where.imports
    }
    shown = ", ".join(f"{name!r}: {name}" for name in names)
    asking = _ASKING.read_text(encoding="utf-8")
    text = "\n".join([*map(ast.unparse, imports.values()), asking, f"tell({{{shown}}})"])
    ended = interpreter.run(text)
    if ended.status:
        raise SpecError(f"{framework.name}: the arguments of its layers could not be listed: {ended.err.strip()}")
    arguments: Dict[str, List[str]] = dict(map(json.loads, ended.out.splitlines()))
    kinds = {
        kind: replace(one, classes={name: tuple(arguments[name]) for name in one.classes})
        for kind, one in framework.kinds.items()
    }
    return replace(framework, kinds=kinds)


def _root(name: str) -> str:
    return name.partition(".")[0]
