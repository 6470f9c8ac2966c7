"""An adapter's source as syntax trees: its declarations, its methods, and the definitions and imports they use.

Nothing here imports a framework: the adapter's module is located and parsed, not executed.
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Sequence, Set, Tuple, Union

from adapters import registry
from adapters.interface import Absence, Adapter, Builder, building, tying
from specs.divergences import Divergence
from specs.errors import SpecError, cause

#: Packages that a script must not import.
PROJECT = ("adapters", "specs", "tests")
#: An import of one name.
Import = Union[ast.Import, ast.ImportFrom]


class NoScriptError(Exception):
    """A program cannot be written as code of this framework. The message says why."""


class NoFrameworkError(NoScriptError):
    """The adapter has no framework to write code for."""


@dataclass(frozen=True)
class Source:
    """One module: top-level names, with the statements that define them.

    ``settings`` are the statements it executes before it imports a framework.
    """

    module: str
    imports: Dict[str, Import]
    definitions: Dict[str, ast.stmt]
    settings: Tuple[ast.stmt, ...] = ()

    @property
    def order(self) -> List[str]:
        return [*self.imports, *self.definitions]


@dataclass(frozen=True)
class Method:
    """A method, and the source in which its names are resolved."""

    function: ast.FunctionDef
    source: Source

    @functools.cached_property
    def parameters(self) -> List[str]:
        return [argument.arg for argument in self.function.args.args[1:]]

    @functools.cached_property
    def results(self) -> Set[str]:
        """Names of the variables that are returned."""
        returned = [node.value for node in ast.walk(self.function) if isinstance(node, ast.Return)]
        return {value.id for value in returned if isinstance(value, ast.Name)}

    @functools.cached_property
    def makes_functions(self) -> bool:
        """Whether it defines a function that may use the method's variables later."""
        return any(
            isinstance(node, (ast.FunctionDef, ast.Lambda))
            for node in ast.walk(self.function)
            if node is not self.function
        )


@dataclass(frozen=True)
class AdapterSource:
    """The parsed source of an adapter."""

    name: str
    file_suffix: str
    divergences: Tuple[Divergence, ...]
    implied_arguments: Dict[str, Dict[str, Any]]
    absences: Mapping[str, Absence]
    data: str
    keeps_repeated: bool
    methods: Dict[str, Method]
    #: The declared builders, by the attribute that stores them.
    marked: Dict[str, Tuple[Builder, ...]]
    #: The adapter's modules that use the framework, most derived first: names in methods are resolved there.
    sources: Tuple[Source, ...]

    def builders(self, mark: str = "builder") -> Tuple[Builder, ...]:
        return self.marked[mark]

    builder = Adapter.builder
    absence = Adapter.absence
    held = Adapter.held

    own_layout = Adapter.own_layout
    layout_at = Adapter.layout_at


@functools.lru_cache(maxsize=None)
def source(module: str) -> Source:
    """A module's source. Raises :class:`NoScriptError` if it cannot be read."""
    try:
        spec = importlib.util.find_spec(module)
        text = Path(spec.origin or "").read_text(encoding="utf-8") if spec is not None else None
    except (ImportError, OSError, ValueError) as error:
        raise NoScriptError(f"{module} cannot be read: {cause(error)}") from None
    if text is None:
        raise NoScriptError(f"{module} cannot be read: there is no such module")
    try:
        return parse(module, text)
    except SyntaxError as error:
        raise NoScriptError(f"{module} cannot be read: {cause(error)}") from None


def parse(module: str, text: str) -> Source:
    """The source of a module, from its text."""
    imports: Dict[str, Import] = {}
    definitions: Dict[str, ast.stmt] = {}
    settings: List[ast.stmt] = []
    for statement in ast.parse(text).body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            for alias in statement.names:
                imports[alias.asname or alias.name.partition(".")[0]] = _alone(statement, alias)
        elif isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            definitions[statement.name] = statement
        elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript):
            settings.append(statement)
        elif isinstance(statement, ast.Assign):
            definitions.update((target.id, statement) for target in statement.targets if isinstance(target, ast.Name))
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            definitions[statement.target.id] = statement
    return Source(module, imports, definitions, tuple(settings))


def _alone(statement: Import, alias: ast.alias) -> Import:
    if isinstance(statement, ast.Import):
        return ast.Import([alias])
    return ast.ImportFrom(statement.module, [alias], statement.level)


def adapter_source(adapter: str) -> AdapterSource:
    """The parsed source of an adapter, by name. Raises :class:`NoScriptError` if it is incomplete."""
    module, class_name = registry.location(adapter).split(":")
    return _adapter_source(module, class_name)


@functools.lru_cache(maxsize=None)
def _adapter_source(module: str, class_name: str) -> AdapterSource:
    lineage = _lineage(source(module), class_name)
    if not lineage:
        raise NoScriptError(f"{module} defines no class {class_name}")
    sources = tuple({where.module: where for _, where in lineage if _outside(where)}.values())
    if not sources:
        raise NoFrameworkError(f"{module}:{class_name} uses no framework")
    methods: Dict[str, Method] = {}
    declared: Dict[str, Tuple[ast.expr, Source]] = {}
    for found, where in reversed(lineage):
        for statement in found.body:
            if isinstance(statement, ast.FunctionDef):
                methods[statement.name] = Method(statement, where)
            for name, value in _assigned(statement):
                declared[name] = value, where
    values = {name: _evaluated(name, *declared[name]) for name in _DECLARED if name in declared}
    try:
        return AdapterSource(
            **values,
            methods=methods,
            marked=_marked(lineage),
            sources=sources,
        )
    except TypeError as missing:
        raise NoScriptError(f"{module}:{class_name} lacks a required declaration: {missing}") from None


_DECLARED = ("name", "file_suffix", "divergences", "implied_arguments", "absences", "data", "keeps_repeated")
#: Decorators of methods that construct layers, and the attributes in which :mod:`adapters.interface` stores builders.
_MARKS = {"builds": "builder", "ties": "tied_builder"}


def _marked(lineage: Sequence[Tuple[ast.ClassDef, Source]]) -> Dict[str, Tuple[Builder, ...]]:
    """The builders that decorators declare, derived classes first (the same as :meth:`Adapter.builders`)."""
    found: Dict[str, Dict[str, Builder]] = {mark: {} for mark in _MARKS.values()}
    for owner, where in lineage:
        for statement in (one for one in owner.body if isinstance(one, ast.FunctionDef)):
            for decorator in (one for one in statement.decorator_list if isinstance(one, ast.Call)):
                mark = _MARKS.get(ast.unparse(decorator.func))
                if mark is not None:
                    found[mark].setdefault(statement.name, _builder(Method(statement, where), decorator))
    return {mark: tuple(builders.values()) for mark, builders in found.items()}


def _builder(method: Method, decorator: ast.Call) -> Builder:
    name = method.function.name
    declared = ast.Call(ast.Name("declared", ast.Load()), decorator.args, decorator.keywords)
    declaring = functools.partial(_DECLARING[ast.unparse(decorator.func)], name, tuple(method.parameters))
    made: Builder = _evaluated(name, declared, method.source, declared=declaring)
    return made


_DECLARING: Dict[str, Callable[..., Builder]] = {"builds": building, "ties": tying}


def _lineage(where: Source, class_name: str) -> List[Tuple[ast.ClassDef, Source]]:
    """A class and its bases, as far as their sources can be read, most derived first."""
    found = where.definitions.get(class_name)
    if not isinstance(found, ast.ClassDef):
        imported = where.imports.get(class_name)
        if isinstance(imported, ast.ImportFrom) and imported.module and not imported.level:
            return _lineage(source(imported.module), imported.names[0].name)
        return []
    lineage = [(found, where)]
    for base in found.bases:
        if isinstance(base, ast.Name):
            lineage += _lineage(where, base.id)
    return lineage


def _outside(where: Source) -> bool:
    """Whether a module uses something other than Python, NumPy and this project."""
    modules = {module_of(statement).partition(".")[0] for statement in where.imports.values()}
    return bool(modules - {"numpy", *PROJECT} - {*sys.stdlib_module_names})


def module_of(statement: Import) -> str:
    """The module of an import."""
    return (statement.module or "") if isinstance(statement, ast.ImportFrom) else statement.names[0].name


def _assigned(statement: ast.stmt) -> List[Tuple[str, ast.expr]]:
    if isinstance(statement, ast.Assign):
        return [(target.id, statement.value) for target in statement.targets if isinstance(target, ast.Name)]
    if isinstance(statement, ast.AnnAssign) and statement.value is not None and isinstance(statement.target, ast.Name):
        return [(statement.target.id, statement.value)]
    return []


def _evaluated(name: str, value: ast.expr, where: Source, **known: Any) -> Any:
    """A declaration's value. Names in it are imported; plain values need no framework."""
    try:
        namespace = {used: known.get(used) or _imported(where, used) for used in _names(value)}
        expression = ast.fix_missing_locations(ast.Expression(value))
        return eval(compile(expression, where.module, "eval"), namespace)
    except (ImportError, AttributeError, NameError, TypeError, KeyError, SpecError) as error:
        raise NoScriptError(f"{where.module}: {name} cannot be read: {cause(error)}") from None


def _names(node: ast.AST) -> List[str]:
    return [found.id for found in ast.walk(node) if isinstance(found, ast.Name)]


def _imported(where: Source, name: str) -> Any:
    """The value of a module's name, imported or given as a literal."""
    defined = where.definitions.get(name)
    if isinstance(defined, (ast.Assign, ast.AnnAssign)) and defined.value is not None:
        return _evaluated(name, defined.value, where)
    statement = where.imports[name]
    if not isinstance(statement, ast.ImportFrom) or not statement.module:
        raise NameError(f"{name} is not imported from a module")
    return getattr(importlib.import_module(statement.module), statement.names[0].name)
