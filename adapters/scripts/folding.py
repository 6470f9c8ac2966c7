"""Partial evaluation of expressions with a program's values: known parts are computed, the rest stays as written."""

from __future__ import annotations

import ast
import operator
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, TypeVar

from adapters.scripts.names import Names

T = TypeVar("T")
Values = Dict[str, ast.expr]

_COMPARISONS: Dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda one, other: one in other,
    ast.NotIn: lambda one, other: one not in other,
}

_CALCULATED = (ast.Add, ast.Sub, ast.Mult, ast.Pow)

#: Functions that are evaluated if all their arguments are known.
_BUILTINS: Dict[str, Any] = {
    function.__name__: function for function in (len, sum, min, max, any, all, tuple, list, sorted, range)
}


def literal(value: Any) -> ast.expr:
    """A value as a literal."""
    return ast.parse(repr(value), mode="eval").body


def given(node: ast.expr) -> ast.expr:
    """Mark an expression as an object, which is neither None nor false."""
    node.given = True  # type: ignore[attr-defined]
    return node


def copied(node: T) -> T:
    """A deep copy of a tree, ten times as fast as :func:`copy.deepcopy`."""
    made: Any = node
    if isinstance(node, list):
        made = [copied(item) for item in node]
    elif isinstance(node, ast.AST):
        made = type(node)(**{name: copied(value) for name, value in ast.iter_fields(node)})
        made.given = getattr(node, "given", False)
    return made  # type: ignore[no-any-return]


def is_known(node: Any) -> bool:
    """Whether an expression is a plain value."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return False
    return True


def is_simple(node: ast.AST) -> bool:
    """Whether an expression may be repeated wherever it is used, since it only refers to something."""
    if isinstance(node, ast.Attribute):
        return is_simple(node.value)
    if isinstance(node, ast.Subscript):
        return is_simple(node.value) and is_known(node.slice)
    if _is_partial(node):
        return all(map(is_simple, [*node.args, *(keyword.value for keyword in node.keywords)]))  # type: ignore[attr-defined]
    return isinstance(node, ast.Name) or is_known(node)


def elements(node: ast.AST) -> Optional[List[ast.expr]]:
    """The elements of a list or tuple literal; None for other expressions."""
    if isinstance(node, (ast.List, ast.Tuple)) and not any(isinstance(item, ast.Starred) for item in node.elts):
        return node.elts
    return None


def bound(target: ast.expr, value: ast.expr) -> Optional[Values]:
    """The values of names after a value is assigned to a target; None if not known."""
    if isinstance(target, ast.Name):
        return {target.id: value}
    targets, values = elements(target), elements(value)
    if targets is None or values is None or len(targets) != len(values):
        return None
    found: Values = {}
    for inner, item in zip(targets, values):
        names = bound(inner, item)
        if names is None:
            return None
        found.update(names)
    return found


def truth(node: ast.expr) -> Optional[bool]:
    """The truth value of an expression; None if not known."""
    if is_known(node):
        return bool(ast.literal_eval(node))
    return True if getattr(node, "given", False) else None


def worked_out(node: ast.expr) -> ast.expr:
    """The literal value of an expression of literals."""
    expression = ast.fix_missing_locations(ast.Expression(node))
    return literal(eval(compile(expression, "<folded>", "eval"), {"__builtins__": {}}, _BUILTINS))


class Present(ast.NodeTransformer):
    """Simplifies an expression whose result is known to contain no None."""

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        left = [branch for branch in (node.body, node.orelse) if not _is_none(branch)]
        if len(left) == 1:
            return self.visit(left[0])  # type: ignore[no-any-return]
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        first, *others = node.values
        if isinstance(node.op, ast.Or) and all(map(_is_none, others)):
            return self.visit(first)  # type: ignore[no-any-return]
        return self.generic_visit(node)  # type: ignore[return-value]

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """``f(x for x in y)`` is ``f(y)``."""
        self.generic_visit(node)
        if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
            loop, *inner = node.args[0].generators
            changes = inner or loop.ifs or ast.unparse(node.args[0].elt) != ast.unparse(loop.target)
            node.args = node.args if changes else [loop.iter]
        return node


def absent(node: ast.expr) -> ast.expr:
    """Simplify an expression whose result is known to be None: ``None if x is None else y`` becomes ``x``."""
    test = node.test if isinstance(node, ast.IfExp) and _is_none(node.body) else None
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is) and _is_none(test.comparators[0]):
        return test.left
    return node


class Folder(ast.NodeTransformer):
    """Substitutes values, and evaluates what follows from them."""

    def __init__(self, values: Values, constants: Mapping[str, ast.stmt], names: Names):
        self.values = values
        self.constants = constants
        self.names = names

    def fold(self, node: ast.expr) -> ast.expr:
        folded: ast.expr = self.visit(copied(node))
        return folded

    def within(self, values: Values) -> "Folder":
        return Folder({**self.values, **values}, self.constants, self.names)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        found = self.values.get(node.id)
        if found is None:
            return node
        if isinstance(node.ctx, ast.Load):
            return copied(found)
        assert isinstance(found, ast.Name)
        return ast.Name(found.id, node.ctx)

    # Conditions.

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        test = self.fold(node.test)
        known = truth(test)
        if known is None:
            return ast.IfExp(test, self.fold(node.body), self.fold(node.orelse))
        return self.fold(node.body if known else node.orelse)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        ends = isinstance(node.op, ast.Or)
        left: List[ast.expr] = []
        for operand in map(self.fold, node.values):
            if left and truth(left[-1]) is not None:
                left.pop()  # known, and does not decide
            left.append(operand)
            if truth(operand) is ends:
                break
        return left[0] if len(left) == 1 else ast.BoolOp(node.op, left)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        operand = self.fold(node.operand)
        known = truth(operand)
        if isinstance(node.op, ast.Not) and known is not None:
            return literal(not known)
        if isinstance(node.op, ast.USub) and is_known(operand):
            return literal(-ast.literal_eval(operand))
        return ast.UnaryOp(node.op, operand)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        folded = self.generic_visit(node)
        assert isinstance(folded, ast.Compare)
        sides = [folded.left, *folded.comparators]
        if all(map(is_known, sides)):
            values = [ast.literal_eval(side) for side in sides]
            compared = zip(folded.ops, values, values[1:])
            return literal(all(_COMPARISONS[type(sign)](one, other) for sign, one, other in compared))
        if len(sides) == 2 and isinstance(folded.ops[0], (ast.Is, ast.IsNot)):
            one, other = sides
            if is_known(other) and ast.literal_eval(other) is None and getattr(one, "given", False):
                return literal(isinstance(folded.ops[0], ast.IsNot))
        return folded

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        folded = self.generic_visit(node)
        assert isinstance(folded, ast.BinOp)
        if not (isinstance(folded.op, _CALCULATED) and all(map(_is_number, (folded.left, folded.right)))):
            return folded
        try:
            result = worked_out(folded)
        except ArithmeticError:  # left to the framework
            return folded
        return result if len(ast.unparse(result)) <= len(ast.unparse(folded)) else folded

    # Names, attributes and subscripts.

    def visit_Call(self, node: ast.Call) -> ast.expr:
        folded = self.generic_visit(node)
        assert isinstance(folded, ast.Call)
        folded.args = _spliced(folded.args)
        folded.keywords = _given(folded.keywords)
        called, arguments = folded.func, folded.args
        if not isinstance(called, ast.Name):
            return _unwrapped(folded)
        if called.id == "getattr" and len(arguments) == 2 and _is_identifier(arguments[1]):
            return ast.Attribute(arguments[0], ast.literal_eval(arguments[1]), ast.Load())
        if called.id == "zip" and not folded.keywords:
            columns = [elements(argument) for argument in arguments]
            if all(column is not None for column in columns):
                return ast.List([ast.Tuple(list(row), ast.Load()) for row in zip(*columns)], ast.Load())
        if called.id in _BUILTINS and arguments and not folded.keywords and all(map(is_known, arguments)):
            return worked_out(folded)
        return folded

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        folded = self.generic_visit(node)
        assert isinstance(folded, ast.Subscript)
        if isinstance(folded.value, ast.Name) and is_known(folded.slice):
            return self._entry(folded.value.id, ast.literal_eval(folded.slice)) or folded
        if is_known(folded.value) and all(map(is_known, _bounds(folded.slice))):
            return worked_out(folded)
        return folded

    def _entry(self, name: str, key: Any) -> Optional[ast.expr]:
        """An entry of a dictionary literal in the adapter's module."""
        found = self.constants.get(name)
        if isinstance(found, (ast.Assign, ast.AnnAssign)) and isinstance(found.value, ast.Dict):
            for known, value in zip(found.value.keys, found.value.values):
                if known is not None and is_known(known) and ast.literal_eval(known) == key:
                    return copied(value)
        return None

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        folded = self.generic_visit(node)
        assert isinstance(folded, ast.JoinedStr)
        return worked_out(folded) if all(map(_is_known_part, folded.values)) else folded

    def visit_List(self, node: ast.List) -> ast.expr:
        folded = self.generic_visit(node)
        assert isinstance(folded, ast.List)
        return ast.List(_spliced(folded.elts), folded.ctx)

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        folded = self.generic_visit(node)
        assert isinstance(folded, ast.Tuple)
        return ast.Tuple(_spliced(folded.elts), folded.ctx)

    # Expressions with their own scope.

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        return self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.expr:
        return self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.expr:
        return self._comprehension(node)

    def _comprehension(self, node: Any) -> ast.expr:
        if isinstance(node, (ast.ListComp, ast.GeneratorExp)):
            items = self._unrolled(node.elt, node.generators)
            if items is not None:
                return ast.List(items, ast.Load())
        inner, generators = self, []
        for generator in node.generators:
            iterated = inner.fold(generator.iter)
            inner = inner.within(inner.renamed(generator.target))
            tests = [inner.fold(test) for test in generator.ifs]
            generators.append(ast.comprehension(inner.fold(generator.target), iterated, tests, 0))
        if isinstance(node, ast.DictComp):
            return ast.DictComp(inner.fold(node.key), inner.fold(node.value), generators)
        made: ast.expr = type(node)(inner.fold(node.elt), generators)
        return made

    def _unrolled(self, element: ast.expr, generators: Sequence[ast.comprehension]) -> Optional[List[ast.expr]]:
        """The elements of a comprehension over literals; None if something is not known."""
        if not generators:
            return [self.fold(element)]
        iterated = elements(self.fold(generators[0].iter))
        if iterated is None:
            return None
        found: List[ast.expr] = []
        for item in iterated:
            values = bound(generators[0].target, item)
            if values is None:
                return None
            inner = self.within(values)
            tests = [truth(inner.fold(test)) for test in generators[0].ifs]
            if None in tests:
                return None
            more = inner._unrolled(element, generators[1:]) if all(tests) else []
            if more is None:
                return None
            found += more
        return found

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        inner = self.within(self.renamed(*(ast.Name(argument.arg, ast.Store()) for argument in node.args.args)))
        return ast.Lambda(inner.arguments(node.args), inner.fold(node.body))

    def arguments(self, declared: ast.arguments) -> ast.arguments:
        """Parameters with new names, without annotations."""
        renamed = copied(declared)
        for argument in ast.walk(renamed):
            if isinstance(argument, ast.arg):
                argument.annotation = None
                found = self.values.get(argument.arg)
                argument.arg = found.id if isinstance(found, ast.Name) else argument.arg
        return renamed

    def renamed(self, *targets: ast.expr) -> Values:
        """New names for an inner scope that do not clash with the script's."""
        found = [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
        return {name: ast.Name(self.names.free(name), ast.Load()) for name in found}


def fused(target: ast.expr, node: ast.expr) -> Tuple[ast.expr, ast.expr, List[ast.expr], Values]:
    """How to iterate without building a list: target, iterable, conditions, and the values of names."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "list" and node.args:
        return fused(target, node.args[0])
    if isinstance(node, ast.ListComp) and len(node.generators) == 1:
        values = bound(target, node.elt)
        generator = node.generators[0]
        if values is not None and all(map(is_simple, values.values())):
            return generator.target, generator.iter, generator.ifs, values
    return target, node, [], {}


def _spliced(items: Sequence[ast.expr]) -> List[ast.expr]:
    """Items, with starred lists replaced by their elements."""
    found: List[ast.expr] = []
    for item in items:
        starred = elements(item.value) if isinstance(item, ast.Starred) else None
        found += [item] if starred is None else starred
    return found


def _given(keywords: Sequence[ast.keyword]) -> List[ast.keyword]:
    """Keywords, with ``**given(...)`` (see :mod:`adapters.interface`) and ``**{...}`` replaced by their entries."""
    found: List[ast.keyword] = []
    for keyword in keywords:
        chosen = keyword.value if keyword.arg is None else None
        if isinstance(chosen, ast.Call) and ast.unparse(chosen.func) == "given":
            found += [inner for inner in chosen.keywords if not _is_none(inner.value)]
        elif isinstance(chosen, ast.Dict) and all(key is not None and _is_identifier(key) for key in chosen.keys):
            names = [ast.literal_eval(key) for key in chosen.keys if key is not None]
            found += [ast.keyword(name, value) for name, value in zip(names, chosen.values)]
        else:
            found.append(keyword)
    return found


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _unwrapped(call: ast.Call) -> ast.Call:
    """``functools.partial(f, a=1)(x)`` as ``f(x, a=1)``."""
    inner = call.func
    if not _is_partial(inner):
        return call
    assert isinstance(inner, ast.Call)
    return ast.Call(inner.args[0], [*inner.args[1:], *call.args], [*inner.keywords, *call.keywords])


def _is_partial(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "functools.partial"


def _is_identifier(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier()


def _is_number(node: ast.expr) -> bool:
    return is_known(node) and type(ast.literal_eval(node)) in (int, float)


def _bounds(index: ast.expr) -> List[ast.expr]:
    parts = [index.lower, index.upper, index.step] if isinstance(index, ast.Slice) else [index]
    return [part for part in parts if part is not None]


def _is_known_part(node: ast.expr) -> bool:
    return is_known(node.value) if isinstance(node, ast.FormattedValue) else is_known(node)
