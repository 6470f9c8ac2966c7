"""Writes a program as code of a framework."""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass
from typing import Any, Counter, Dict, Iterable, List, Optional, Tuple, cast

import numpy as np

from adapters.interface import Adapter, Unsupported
from adapters.running.interpreter import Interpreter, Model, NoNetwork, NoSuchParameter
from adapters.scripts.folding import Present, absent, copied, fused, given, literal
from adapters.scripts.layout import Piece
from adapters.scripts.names import Names, identifier
from adapters.scripts.printed import tells_trainable, variables
from adapters.scripts.sources import AdapterSource, Source
from adapters.scripts.symbolic import Expression, ScriptBuilder, SymbolicAdapter
from specs import initializers
from specs.arrays import ArrayRecipe, Bits, Drawn, Filled, Shape
from specs.custom_initializers import definition
from specs.layers.layer import Axes
from specs.layers.layout import Layout, Steps, applied, batches
from specs.programs import operations
from specs.programs.networks import Network, Slot
from specs.programs.program import Program
from specs.traces import ParameterSeen, Record, Trace

#: Arrays of up to this many elements are written as literals, larger ones as code that generates them.
SMALL = 6


class Done(Exception):
    """The operation is completely written."""


class ScriptWriter(Interpreter):
    """Interprets one program and writes its code.

    If a trace of the program is given, operations that raised there are wrapped so that the script continues.
    """

    def __init__(
        self, source: AdapterSource, names: Names, program: Program, trace: Optional[Trace], uses: Optional[Counter]
    ):
        self.builder = ScriptBuilder(names, uses)
        super().__init__(cast(Adapter, SymbolicAdapter(source, self.builder)), program)
        self.source = source
        self.names = names
        self.trace = trace
        #: Functions defined by the program.
        self.functions = Source("", {}, {})
        self.files: Dict[str, str] = {}
        self.rows: Dict[str, int] = {}
        self.listed: Dict[str, Tuple[ParameterSeen, ...]] = {}
        self.said = ""
        self.record: Optional[Record] = None
        self.operation: Any = None

    def pieces(self) -> List[List[Piece]]:
        """The code of each operation."""
        return [self._write(at, operation) for at, operation in enumerate(self.program.operations)]

    def _write(self, at: int, operation: Any) -> List[Piece]:
        self.record = None if self.trace is None else self.trace.records[at]
        name = self.program.name_at[at]
        self.builder.net = "net" if name is None else self.names.of(f"network {name}", identifier(name, "net"))
        self.operation = operation
        before = self._state()
        comment = self._attempt(operation)
        statements: List[Piece] = [*self.builder.taken()]
        if self.record is not None and self.record.outcome.kind != "ok":
            self._undo(before, operation)
            if comment is None and self.record.outcome.kind == "unsupported":
                return [f"There is no public way to do this: {self.record.outcome.message}"]
            if comment is None and not self._told_as("None"):
                (caught,) = parsed(_CAUGHT)
                caught.body = statements or caught.body  # type: ignore[attr-defined]
                return [caught]
        return statements if comment is None else [comment] if comment else []

    def _refused(self, refused: Unsupported) -> str:
        absence, apart = self.source.absence(refused.name), "\n" if self.said else ""
        assert absence is not None, f"Unsupported({refused.name!r}) is not a declared absence"
        return f"{apart}There is no public way to do this: {absence.reason}\n{absence.source}"

    def _attempt(self, operation: Any) -> Optional[str]:
        """Write the operation; if that is impossible, return the reason, once."""
        try:
            self.execute(operation)
        except Done:
            pass
        except NoSuchParameter:
            self._print(ast.Constant(None))
        except Unsupported as refused:
            return self._refused(refused)
        except NoNetwork as error:
            said, self.said = self.said, str(error)
            return "" if said else self.said
        self.said = ""
        if isinstance(operation, operations.KeepValue):
            layout, kept, form = self.kept_value
            self.kept_value = layout, self.builder.left(kept.node, "held"), form
        if isinstance(operation, operations.Forward):
            seen = None if self.record is None else self.record.value
            self.rows[self.builder.net] = len(seen) if isinstance(seen, np.ndarray) else operation.rows
        if isinstance(operation, operations.ListParameters) and self.record is not None:
            self.listed[self.builder.net] = cast(Tuple[ParameterSeen, ...], self.record.value or ())
        if isinstance(operation, (operations.Build, operations.Clone, operations.DeepCopy, operations.TieAfterBuild)):
            self.listed.pop(self.builder.net, None)
        return None

    # State that an operation that raised leaves unchanged.

    def _state(self) -> tuple:
        model = self.current
        left = (None, None) if model is None else (model.passed, model.gradients)
        return model, self.kept_value, left, dict(self.models)

    def _undo(self, before: tuple, operation: Any) -> None:
        model, self.kept_value, left, self.models = before
        if model is not None:
            model.passed, model.gradients = left
        if isinstance(operation, (operations.Build, operations.Clone, operations.DeepCopy)):
            self.current = None

    # Arguments for the adapter.

    def batch(self, recipe: ArrayRecipe, shape: Shape, network: Network) -> Expression:
        numbers = recipe.array(shape)
        fed = network.fed(numbers)
        if fed is not numbers:  # differs from the recipe
            return self.builder.passing(expression(f"np.array({fed.tolist()})"), "batch")
        return self.builder.passing(self._rows(recipe, shape, network.given), "batch")

    def cotangent(self, recipe: ArrayRecipe, shape: Shape, network: Network) -> Expression:
        return self.builder.passing(self._rows(recipe, shape, network.output), "cotangent")

    def _rows(self, recipe: ArrayRecipe, shape: Shape, axes: Axes) -> ast.expr:
        held = batches(axes, self.source.data, shape[0]).fitted(shape)
        return _array(recipe, shape, () if held is None else held.to_native)

    def native_array(self, layout: Layout, recipe: ArrayRecipe, shape: Shape) -> Expression:
        held = layout.fitted(shape)
        array = _array(recipe, shape, () if held is None else held.to_native)
        if isinstance(self.operation, operations.Write):
            return self.builder.passing(array, "values")
        return self.builder.kept(array, "values")

    def function(self, spec: initializers.Custom) -> Expression:
        state, name = self.names.own("random_state"), self.names.own("function")
        own = self._own_function(spec.source)
        for statement in parsed(_FUNCTION.format(seed=spec.seed, state=state, name=name, function=own)):
            self.builder.add(statement)
        return Expression(given(ast.Name(name, ast.Load())))

    def _own_function(self, source: str) -> str:
        """The name of a function defined by the program: its own, unless that is taken."""
        defined = definition(source)
        name = self.names.of(source, defined.name)
        renamed = _Renamed(defined.name, name).visit(copied(defined))
        self.functions.definitions[name] = renamed
        return name

    def output_shape(self, model: Model) -> Shape:
        return model.network.output_shape(self.rows.get(self.builder.net, 1))

    def part(self, layer: Any, path: str) -> Expression:
        reached = expression(f"LAYER{path}" if path[:1] == "[" else f"LAYER.{path}")
        return Expression(given(_Placed({"LAYER": layer.node}).visit(reached)))

    def full_name(self, slot: Slot) -> Any:
        return self._found(slot, "name")

    def position(self, slot: Slot) -> Any:
        return self._found(slot, "position")

    def _found(self, slot: Slot, wanted: str) -> Any:
        """Where the network lists a parameter: taken from an earlier list if there is one, else found by a search."""
        known = variables(self.listed.get(self.builder.net, ()), self.layout)
        path = self.model.network.owner(slot).path if self.model.network.has(slot) else ""
        there = [(at, name) for at, (name, paths, _) in enumerate(known) if path in paths]
        if len(there) == 1:
            at, name = there[0]
            return at if wanted == "position" else name
        handle: Any = self.handle(slot)
        pairs: Any = self.adapter.parameters(self.model.net)
        listed = self._listed(pairs)
        found, target, iterated = listed.name, listed.target, listed.iterated
        if wanted == "position":
            found = ast.Name(self.names.free("position"), ast.Load())
            target = ast.Tuple([found, target], ast.Load())
            iterated = _call("enumerate", iterated)
        same = ast.Compare(listed.parameter, [ast.Is()], [handle.node])
        search = ast.GeneratorExp(found, [ast.comprehension(target, iterated, [*listed.tests, same], 0)])
        if self._told_as("None"):
            self._print(_call("next", search, ast.Constant(None)))
            raise Done
        return self.builder.passing(_call("next", search), wanted)

    def file(self, name: str) -> Any:
        plain = re.sub(r"[^0-9A-Za-z_-]+", "_", name)[:40] or "parameters"
        return self.files.setdefault(name, _unlike(plain, self.files.values(), self.adapter.file_suffix))

    def handle(self, slot: Slot) -> Any:
        handle = super().handle(slot)
        network = self.model.network
        missing = slot.layer < len(network.uses) and not network.has(slot)
        if self._told_as("None") or (missing and self.record is None):
            self._print(handle.node)
            raise Done
        return handle

    def _told_as(self, native: str) -> bool:
        return self.record is not None and self.record.outcome.native == native

    # Results from the adapter.

    def see_value(self, layout: Layout, handle: Expression, value: Expression) -> None:
        self._print(_of_its_own(layout, value.node))

    def see_array(self, layout: Layout, array: Optional[Expression]) -> None:
        node = self.builder.node(array)
        if self.record is not None and self.record.outcome.kind == "ok":
            node = absent(node) if self.record.value is None else Present().visit(copied(node))
        self._print(_of_its_own(layout, node) if array is not None else node)

    def see_output(self, network: Network, output: Expression) -> None:
        self._print(output.node)

    def see_count(self, count: Expression) -> None:
        self._print(count.node)

    def see_identities(self, handles: Dict[Slot, Expression]) -> None:
        first = {slot: one for slot, one in handles.items() if self.layout(slot).is_first}
        named = {f"layer {slot.layer} {self.layout(slot).held.name}": one.node for slot, one in first.items()}
        parameters = ast.Dict([ast.Constant(name) for name in named], list(named.values()))
        names = {name: self.names.passing(name) for name in ("parameters", "first", "name", "parameter")}
        for statement in parsed(_IDENTITIES.format(**names)):
            self.builder.add(_Placed({"PARAMETERS": parameters}).visit(statement))

    def see_parameters(self, pairs: Expression) -> None:
        listed = self._listed(pairs)
        self.builder.settle()
        before = len(self.builder.statements)
        parameter = Expression(given(listed.parameter))
        shape: Any = self.builder.node(self.adapter.shape(parameter))
        shown = [Present().visit(copied(shape)) if self._shapes_are_known else shape]
        shown.append(self.builder.node(self.adapter.dtype(parameter)))
        if tells_trainable(self.program, self.operation, self.record):
            shown.append(self.builder.node(self.adapter.is_trainable(parameter)))
        self._print(listed.name, *shown)
        body = self.builder.statements[before:]
        del self.builder.statements[before:]
        for test in reversed(listed.tests):
            body = [ast.If(test, body, [])]
        self.builder.add(ast.For(listed.target, listed.iterated, body, []))

    @property
    def _shapes_are_known(self) -> bool:
        """Whether all parameter shapes are known when they are listed."""
        if self.record is None or self.record.outcome.kind != "ok":
            return not self.model.network.deferred
        shapes = [seen.native_shape for seen in cast(Tuple[ParameterSeen, ...], self.record.value or ())]
        return all(shape is not None and None not in shape for shape in shapes)

    def _listed(self, pairs: Expression) -> Listed:
        """How to iterate over pairs of name and parameter."""
        name, parameter = (ast.Name(self.names.free(base), ast.Load()) for base in ("name", "parameter"))
        target, iterated, tests, values = fused(ast.Tuple([name, parameter], ast.Load()), pairs.node)
        return Listed(target, iterated, tests, values.get(name.id, name), values.get(parameter.id, parameter))

    def _print(self, *shown: ast.expr) -> None:
        self.builder.add(ast.Expr(_call("print", *shown)))


@dataclass
class Listed:
    """A loop over pairs of name and parameter, with its loop variables."""

    target: ast.expr
    iterated: ast.expr
    tests: List[ast.expr]
    name: ast.expr
    parameter: ast.expr


class _Renamed(ast.NodeTransformer):
    """Renames a function, also in its own body."""

    def __init__(self, name: str, other: str):
        self.name = name
        self.other = other

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.name = self.other if node.name == self.name else node.name
        return node

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.other, node.ctx) if node.id == self.name else node


class _Placed(ast.NodeTransformer):
    """Substitutes expressions for names."""

    def __init__(self, values: Dict[str, ast.expr]):
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.values.get(node.id, node)


_FUNCTION = """
{state} = np.random.RandomState({seed})
def {name}(shape, dtype):
    values = {function}(tuple(shape), np.dtype(dtype), {state})
    print(tuple(map(int, shape)))
    print(values)
    return values
"""

_IDENTITIES = """
{parameters} = PARAMETERS
{first} = {{}}
for {name}, {parameter} in {parameters}.items():
    print({name}, "is", {first}.setdefault(id({parameter}), {name}))
"""

_CAUGHT = """
try:
    pass
except Exception as error:
    print_error(error)
"""


def parsed(text: str) -> List[ast.stmt]:
    return ast.parse(text).body


def _call(function: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(function, ast.Load()), list(arguments), [])


def _unlike(plain: str, others: Iterable[str], suffix: str) -> str:
    """A file name that differs from others."""
    name, number = plain, 1
    while f"{name}{suffix}" in others:
        number += 1
        name = f"{plain}_{number}"
    return f"{name}{suffix}"


# Arrays.


def _of_its_own(layout: Layout, node: ast.expr) -> ast.expr:
    """A framework's array, or the slice of it that is the role."""
    return node if layout.is_whole else stepped(node, layout.to_canonical)


def _array(recipe: ArrayRecipe, shape: Shape, steps: Steps) -> ast.expr:
    """An array after some steps: as a literal if it is small, else as code that generates it."""
    if isinstance(recipe, Filled):
        native = applied(steps, np.empty(shape, np.int8)).shape
        return expression(f"np.full({native!r}, {recipe.value!r}, dtype=np.float32)")
    if isinstance(recipe, Bits):
        numbers = f"np.array({list(recipe.words)!r}, dtype=np.uint32).view(np.float32)"
        return stepped(expression(f"np.resize({numbers}, {shape!r})"), steps)
    if isinstance(recipe, Drawn) and (math.prod(shape) > SMALL or not math.prod(shape)):
        drawn = f"np.random.RandomState({recipe.seed}).uniform(-1, 1, {shape!r}).astype(np.float32)"
        return stepped(expression(drawn), steps)
    return expression(f"np.array({_elements(applied(steps, recipe.array(shape)))}, dtype=np.float32)")


def stepped(node: ast.expr, steps: Steps) -> ast.expr:
    """An array's expression, followed by NumPy methods."""
    for method, arguments in steps:
        if method == "transpose" and list(arguments) == sorted(arguments, reverse=True):
            node = ast.Attribute(node, "T", ast.Load())
        else:
            node = ast.Call(ast.Attribute(node, method, ast.Load()), [*map(literal, arguments)], [])
    return node


def expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _elements(array: np.ndarray) -> str:
    """Nested lists of numbers, each the shortest that converts back to the same float32."""
    if array.ndim:
        return f"[{', '.join(map(_elements, array))}]"
    short = repr(float(str(array)))
    return short if np.float32(short) == array else repr(float(array))
