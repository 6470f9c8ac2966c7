"""Inlining: replaces a method call by the method's body, with the arguments substituted."""

from __future__ import annotations

import ast
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

from adapters.interface import Unsupported
from adapters.scripts.folding import Folder, Values, bound, copied, elements, given, is_known, is_simple, truth
from adapters.scripts.names import Names
from adapters.scripts.sources import Method, NoScriptError

#: The script's variable names for parameters of the interface.
_CALLED = {"handle": "parameter"}


class Inliner:
    """Replaces calls by bodies. ``returned`` is the value of the call, None if it returns nothing."""

    def __init__(self, methods: Dict[str, Method], names: Names):
        self.methods = methods
        self.names = names
        self.returned: Optional[ast.expr] = None

    def inline(self, method: str, arguments: Values, result: str, owner: Optional[str]) -> List[ast.stmt]:
        """The statements of a call. With an ``owner``, variables remain available under names specific to the owner."""
        marked, marks = self._marked(arguments)
        body = Body(self, self.methods[method], marked, result, owner)
        statements = body.run()
        self.returned = body.returned
        statements, self.returned = self.without_detour(self._filled_in(statements, marks), self.returned)
        return statements

    def _marked(self, arguments: Values) -> tuple:
        """Arguments in which a mark replaces each expression that must not be repeated."""
        marks: Dict[str, tuple] = {}

        def mark(name: str, node: ast.expr) -> ast.expr:
            items = elements(node)
            if items is not None:
                kind: Any = type(node)
                return kind([mark(name, item) for item in items], ast.Load())  # type: ignore[no-any-return]
            if is_simple(node):
                return node
            marks[f"*{len(marks)}"] = name, node
            return given(ast.Name(f"*{len(marks) - 1}", ast.Load()))

        return {name: mark(name, node) for name, node in arguments.items()}, marks

    def _filled_in(self, statements: List[ast.stmt], marks: Dict[str, tuple]) -> List[ast.stmt]:
        """Replace marks by their expressions: inline if used once, else through a variable assigned before."""
        whole: List[ast.AST] = [*statements] if self.returned is None else [*statements, ast.Expr(self.returned)]
        before: List[ast.stmt] = []
        values: Values = {}
        for mark, (name, node) in marks.items():
            uses = sum(_uses(statement, mark) for statement in whole)
            if uses == 1:
                values[mark] = node
            elif uses > 1:
                variable = self.names.own(_CALLED.get(name, name))
                before.append(ast.Assign([ast.Name(variable, ast.Store())], node))
                values[mark] = ast.Name(variable, ast.Load())
        filler = _Filler(values)
        filled = [filler.visit(statement) for statement in statements]
        if self.returned is not None:
            self.returned = filler.visit(self.returned)
        return [*before, *filled]

    def without_detour(
        self, statements: List[ast.stmt], returned: Optional[ast.expr]
    ) -> Tuple[List[ast.stmt], Optional[ast.expr]]:
        """Reduce ``x = value`` followed only by ``return x`` to the value."""
        last, before = (statements[-1], statements[:-1]) if statements else (None, [])
        if isinstance(last, ast.Assign) and isinstance(returned, ast.Name) and isinstance(last.targets[0], ast.Name):
            alone = not any(_uses(statement, returned.id) for statement in before)
            if last.targets[0].id == returned.id and alone:
                self.names.take_back(returned.id)
                return before, last.value
        return statements, returned


def _uses(node: ast.AST, name: str, times: int = 1) -> int:
    """How often a name is read. Reads in code that may run repeatedly count twice."""
    if isinstance(node, ast.Name):
        return times if node.id == name else 0
    return sum(_uses(part, name, 2 if repeated else times) for part, repeated in _parts(node))


def _parts(node: ast.AST) -> Iterator[Tuple[ast.AST, bool]]:
    """The parts of a node, and whether each may run more than once per run of the node."""
    if isinstance(node, ast.For):
        yield node.iter, False
        yield from ((statement, True) for statement in node.body)
    elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        for at, generator in enumerate(node.generators):
            yield generator.iter, at > 0
            yield from ((test, True) for test in generator.ifs)
        made = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        yield from ((part, True) for part in made)
    else:
        later = isinstance(node, (ast.FunctionDef, ast.Lambda))
        yield from ((child, later) for child in ast.iter_child_nodes(node))


class _Filler(ast.NodeTransformer):
    def __init__(self, values: Values):
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.values.get(node.id, node)


class Body:
    """A method body being translated to statements of a script."""

    def __init__(self, inliner: Inliner, method: Method, arguments: Values, result: str, owner: Optional[str]):
        self.inliner = inliner
        self.method = method
        self.names = inliner.names
        self.result = result
        self.owner = owner
        self.folder = Folder(self._with_defaults(arguments), method.source.definitions, inliner.names)
        self.returned: Optional[ast.expr] = None
        self.ended = False

    def _with_defaults(self, arguments: Values) -> Values:
        declared = self.method.function.args
        defaults = dict(zip(reversed(self.method.parameters), reversed(declared.defaults)))
        return {**defaults, **arguments}

    def run(self) -> List[ast.stmt]:
        return self.statements(self.method.function.body)

    def statements(self, body: Sequence[ast.stmt]) -> List[ast.stmt]:
        found: List[ast.stmt] = []
        for statement in body:
            if self.ended:
                break
            found += self.statement(statement)
        return found

    def statement(self, node: ast.stmt) -> List[ast.stmt]:
        write = _STATEMENTS.get(type(node))
        if write is None:
            raise NoScriptError(f"{self.method.function.name} has an unsupported statement: {ast.unparse(node)}")
        return write(self, node)

    # Statements by kind.

    def expression(self, node: ast.Expr) -> List[ast.stmt]:
        if isinstance(node.value, ast.Constant):
            return []
        inner = self.call(node.value)
        if inner is not None:
            return inner
        value = self.folder.fold(node.value)
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "setattr":
            target, name, what = value.args
            if is_known(name):
                return [ast.Assign([ast.Attribute(target, ast.literal_eval(name), ast.Store())], what)]
        return [ast.Expr(value)]

    def assignment(self, node: ast.Assign) -> List[ast.stmt]:
        inner = self.call(node.value)
        if inner is None:
            inner, value = [], self.folder.fold(node.value)
        else:
            value = self.returned_inside
        (target,) = node.targets
        if elements(value) is not None or (is_known(value) and isinstance(target, ast.Name)):
            names = bound(target, value)
            if names is not None:
                self.folder = self.folder.within(names)
                return inner
        return [*inner, ast.Assign([self.target(target)], value)]

    def annotated(self, node: ast.AnnAssign) -> List[ast.stmt]:
        assert node.value is not None
        return self.assignment(ast.Assign([node.target], node.value))

    def augmented(self, node: ast.AugAssign) -> List[ast.stmt]:
        return [ast.AugAssign(self.target(node.target), node.op, self.folder.fold(node.value))]  # type: ignore[arg-type]

    def target(self, node: ast.expr) -> ast.expr:
        """The target of an assignment, with the script's name for a variable."""
        names = [
            found.id for found in ast.walk(node) if isinstance(found, ast.Name) and isinstance(found.ctx, ast.Store)
        ]
        self.folder = self.folder.within({name: ast.Name(self.variable(name), ast.Load()) for name in names})
        return self.folder.fold(node)

    def variable(self, name: str) -> str:
        """The script's name for a variable of the body."""
        if name in self.method.results:
            name = self.result
        if self.owner is not None:
            return self.result if name == self.result else self.names.of(self.owner, name)
        return self.names.own(name) if self.method.makes_functions else self.names.passing(name)

    def decision(self, node: ast.If) -> List[ast.stmt]:
        test = self.folder.fold(node.test)
        known = truth(test)
        if known is not None:
            return self.statements(node.body if known else node.orelse)
        try:
            body = self.statements(node.body)
        except Unsupported:  # scripts contain only supported operations
            return self.statements(node.orelse)
        otherwise = self.statements(node.orelse)
        if self.ended:
            raise NoScriptError(f"{self.method.function.name} returns on a condition that only a run can decide")
        if not body:
            return [ast.If(ast.UnaryOp(ast.Not(), test), otherwise, [])] if otherwise else []
        return [ast.If(test, body, otherwise)]

    def loop(self, node: ast.For) -> List[ast.stmt]:
        iterated = self.folder.fold(node.iter)
        items = elements(iterated)
        if items is not None:
            found: List[ast.stmt] = []
            for item in items:
                values = bound(node.target, item)
                if values is None:
                    raise NoScriptError(f"{self.method.function.name} unpacks an unknown value: {ast.unparse(item)}")
                self.folder = self.folder.within(values)
                found += self.statements(node.body)
            return found
        written = self.target(node.target)
        body = self.statements(node.body)
        return [ast.For(written, iterated, body, [])] if body else []

    def context(self, node: ast.With) -> List[ast.stmt]:
        items = []
        for item in node.items:
            entered = self.folder.fold(item.context_expr)
            named = None if item.optional_vars is None else self.target(item.optional_vars)
            items.append(ast.withitem(entered, named))
        body = self.statements(node.body)
        if self.ended and self.returned is not None and not isinstance(self.returned, ast.Name):
            variable = self.variable(self.result)
            body.append(ast.Assign([ast.Name(variable, ast.Store())], self.returned))
            self.returned = ast.Name(variable, ast.Load())
        return [ast.With(items, body)]

    def ending(self, node: ast.Return) -> List[ast.stmt]:
        self.ended = True
        if node.value is None:
            return []
        inner = self.call(node.value)
        if inner is not None:
            self.returned = self.returned_inside
            return inner
        value = self.folder.fold(node.value)
        self.returned = None if is_known(value) and ast.literal_eval(value) is None else value
        return []

    def refusal(self, node: ast.Raise) -> List[ast.stmt]:
        error = None if node.exc is None else self.folder.fold(node.exc)
        if isinstance(error, ast.Call) and ast.unparse(error.func) == "Unsupported" and all(map(is_known, error.args)):
            raise Unsupported(*map(ast.literal_eval, error.args))
        return [ast.Raise(error, None)]

    def function(self, node: ast.FunctionDef) -> List[ast.stmt]:
        name = self.variable(node.name)
        self.folder = self.folder.within({node.name: ast.Name(name, ast.Load())})
        decorators = [self.folder.fold(decorator) for decorator in node.decorator_list]
        outer = self.folder
        self.folder = outer.within(outer.renamed(*(ast.Name(argument.arg, ast.Store()) for argument in node.args.args)))
        arguments = self.folder.arguments(node.args)
        body = [self.inside_function(statement) for statement in node.body]
        self.folder = outer
        return [ast.FunctionDef(name, arguments, body, decorators)]

    def inside_function(self, node: ast.stmt) -> ast.stmt:
        filled: ast.stmt = self.folder.visit(copied(node))
        return filled

    # Calls of the adapter's own methods.

    returned_inside: ast.expr

    def call(self, node: ast.expr) -> Optional[List[ast.stmt]]:
        """The statements of a call of another adapter method; None if the node is not such a call."""
        if not (isinstance(node, ast.Call) and ast.unparse(node.func).startswith("self.")):
            return None
        assert isinstance(node.func, ast.Attribute)
        method = self.inliner.methods.get(node.func.attr)
        if method is None:
            raise NoScriptError(
                f"{self.method.function.name} calls something that is not a method: {ast.unparse(node.func)}"
            )
        values = dict(zip(method.parameters, map(self.folder.fold, node.args)))
        values.update((keyword.arg or "", self.folder.fold(keyword.value)) for keyword in node.keywords)
        body = Body(self.inliner, method, values, self.result, self.owner)
        statements, returned = self.inliner.without_detour(body.run(), body.returned)
        self.returned_inside = ast.Constant(None) if returned is None else returned
        return statements


_STATEMENTS: Dict[type, Callable[[Body, Any], List[ast.stmt]]] = {
    ast.Expr: Body.expression,
    ast.Assign: Body.assignment,
    ast.AnnAssign: Body.annotated,
    ast.AugAssign: Body.augmented,
    ast.If: Body.decision,
    ast.For: Body.loop,
    ast.With: Body.context,
    ast.Return: Body.ending,
    ast.Raise: Body.refusal,
    ast.FunctionDef: Body.function,
}
