"""An adapter that runs nothing: each of its methods returns the expression that the method would evaluate."""

from __future__ import annotations

import ast
import collections
from dataclasses import dataclass
from typing import Any, Callable, Counter, Dict, List, Optional

from adapters.interface import Adapter
from adapters.scripts.folding import Values, given, is_known, is_simple, literal
from adapters.scripts.inlining import Inliner
from adapters.scripts.names import Names
from adapters.scripts.sources import AdapterSource

#: Names for the objects that calls create: an object used twice must be created once.
_MADE = {
    **dict.fromkeys(("block", "plain_list", "residual"), "block"),
    **dict.fromkeys(("default", "normal", "uniform", "zeros", "ones", "constant", "constant_array"), "initializer"),
    **dict.fromkeys(("xavier_uniform", "xavier_normal", "orthogonal", "custom"), "initializer"),
    **dict.fromkeys(("variance_scaling", "kaiming", "bare", "seeded_normal", "truncated_normal"), "initializer"),
    **dict.fromkeys(("identity", "dirac", "bilinear"), "initializer"),
}
#: Names for results that later operations use: these become variables at once.
_LEFT = {
    **dict.fromkeys(("network", "clone", "deepcopy"), "net"),
    **dict.fromkeys(("forward", "infer"), "outputs"),
    "backward": "gradients",
    **dict.fromkeys(("sgd", "adam"), "optimizer"),
}


@dataclass(eq=False)
class Expression:
    """The script's expression for a framework's object."""

    node: ast.expr


@dataclass(eq=False)
class Made(Expression):
    """An expression that creates an object. ``serial`` numbers them, ``called`` is the name of its variable."""

    serial: int
    called: str


class ScriptBuilder:
    """Collects statements until they are taken. ``net`` is the variable of the current network."""

    def __init__(self, names: Names, known_uses: Optional[Counter[int]]):
        self.names = names
        self.known_uses = known_uses
        self.uses: Counter[int] = collections.Counter()
        self.made = 0
        self.waiting: List[Made] = []
        self.statements: List[ast.stmt] = []
        self.net = "net"

    def node(self, value: Any) -> ast.expr:
        """The script's expression for a value."""
        if isinstance(value, Made):
            self.uses[value.serial] += 1
            self.waiting = [made for made in self.waiting if made is not value]
        if isinstance(value, Expression):
            return value.node
        if isinstance(value, (list, tuple)):
            kind = ast.List if isinstance(value, list) else ast.Tuple
            return kind([self.node(item) for item in value], ast.Load())
        return literal(value)

    def add(self, statement: ast.stmt) -> None:
        """Append a statement, after the creation of all objects created so far."""
        self.settle()
        self.statements.append(statement)

    def settle(self) -> None:
        waiting, self.waiting = self.waiting, []
        for made in waiting:
            self._bind(made)

    def taken(self) -> List[ast.stmt]:
        """The statements of one operation."""
        self.settle()
        statements, self.statements = self.statements, []
        self.names.pass_on()
        return statements

    # Expressions as variables.

    def make(self, node: ast.expr, called: str) -> Expression:
        """An expression for a new object: a variable, unless it is used just once."""
        made = Made(given(node), self.made, called)
        self.made += 1
        if self.known_uses is not None and self.known_uses[made.serial] != 1:
            self._bind(made)
        else:
            self.waiting.append(made)
        return made

    def _bind(self, made: Made) -> None:
        self.settle()
        made.node = self._as(self.names.own(made.called), made.node).node

    def left(self, node: ast.expr, called: str) -> Expression:
        """A variable of the current network that later operations can use."""
        if isinstance(node, (ast.Name, ast.Tuple)):
            return Expression(given(node))
        return self._as(self.variable(called), node)

    def passing(self, node: ast.expr, called: str) -> Expression:
        """A variable that only this operation uses."""
        return self._as(self.names.passing(called), node)

    def kept(self, node: ast.expr, called: str) -> Expression:
        """A variable with a name that is never reused."""
        return self._as(self.names.own(called), node)

    def variable(self, called: str) -> str:
        return self.net if called == "net" else self.names.of(self.net, called)

    def _as(self, name: str, node: ast.expr) -> Expression:
        self.add(ast.Assign([ast.Name(name, ast.Store())], node))
        return Expression(given(ast.Name(name, ast.Load())))


class SymbolicAdapter:
    """A stand-in for an adapter."""

    def __init__(self, source: AdapterSource, builder: ScriptBuilder):
        self.name = source.name
        self.file_suffix = source.file_suffix
        self.absences = source.absences
        self.data = source.data
        self.keeps_repeated = source.keeps_repeated
        self.builders = source.builders
        built = [one.method for mark in source.marked for one in source.builders(mark)]
        self._made = {**_MADE, **dict.fromkeys(built, "layer")}
        self._methods = source.methods
        self._inliner = Inliner(source.methods, builder.names)
        self._builder = builder

    # These depend on declarations only, so they work unchanged.
    builder = Adapter.builder
    tied_builder = Adapter.tied_builder
    held = Adapter.held
    own_layout = Adapter.own_layout
    layout_at = Adapter.layout_at
    construct = Adapter.construct
    construct_tied = Adapter.construct_tied

    def __getattr__(self, method: str) -> Callable[..., Any]:
        if method.startswith("_") or method not in self._methods:
            raise AttributeError(method)
        return lambda *arguments, **named: self._say(method, arguments, named)

    def _say(self, method: str, arguments: tuple, named: Dict[str, Any]) -> Any:
        builder, inliner = self._builder, self._inliner
        values: Values = dict(zip(self._methods[method].parameters, map(builder.node, arguments)))
        values.update((name, builder.node(value)) for name, value in named.items())
        left = _LEFT.get(method)
        result = builder.variable(left) if left else self._made.get(method, "parameter")
        for statement in inliner.inline(method, values, result, builder.net if left else None):
            builder.add(statement)
        if inliner.returned is None:
            return None
        returned = inliner.returned
        if is_known(returned):
            return ast.literal_eval(returned)
        if left is not None:
            return builder.left(returned, left)
        if method in self._made and not is_simple(returned):
            return builder.make(returned, result)
        return Expression(given(returned))
