"""What no adapter may do, whatever its framework does: contradict itself, return a wrong type, write to its inputs.

An :class:`AdapterFault` is not an outcome of an operation and breaks no law: it means that nothing can be judged.
"""

from __future__ import annotations

import contextlib
import traceback
from typing import Any, Iterator, List, Optional, Tuple, Type

import numpy as np

from adapters.interface import Adapter, Builder, Pairs
from specs.errors import SpecError, cause, one_of
from specs.layers import EXAMPLES, Layer
from specs.layers.layer import Axes
from specs.layers.layout import Held, Layout, layout
from specs.traces import OUTCOMES


class AdapterFault(Exception):
    """An adapter broke a rule for adapters. The message says which."""


def check_declarations(kind: Type[Adapter]) -> None:
    """Raise :class:`SpecError` if the declarations of an adapter's class are invalid or incomplete.

    Layouts are checked on a layer of each kind that the adapter constructs.
    """
    for failure in kind.failures:
        one_of(f"failures: kind of {failure.exception.__name__}", failure.kind, tuple(OUTCOMES))
        if not failure.message:
            raise SpecError(f"failures: {failure.exception.__name__} without a message may be anybody's exception")
    Held.parse(f"data: {kind.data}")
    for builder in (*kind.builders(), *kind.builders("tied_builder")):
        for pattern in builder.roles.values():
            Held.parse(pattern.format(n=0))
    for example, given in EXAMPLES.values():
        for layer in type(example).choices(given):
            found = next((one for one in kind.builders() if one.builds(layer)), None)
            if found is not None:
                _check_layouts(found, layer, given, kind.data)


def _check_layouts(builder: Builder, layer: Layer, given: Axes, data: str) -> None:
    """Raise :class:`SpecError` if a role of a layer has no layout, or one that does not fit it."""
    for role in layer.roles(given):
        where = f"{builder.method}(): layout of the {role.family} of a {layer.kind}"
        if role.family not in builder.roles:
            raise SpecError(f"{where}: there is none; declared: {', '.join(builder.roles) or 'none'}")
        try:
            held = layout(builder.held(role), role.axes, data)
            held.to_canonical  # noqa: B018  whether it fits is what this is about
            held.check_letters()
        except SpecError as error:
            raise SpecError(f"{where}: {error}") from None


def _raised_in(adapter: Adapter, error: Exception) -> str:
    """The function of the adapter's own code that raised an exception; empty where other code did."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    own = {kind.__module__ for kind in type(adapter).__mro__}
    return frames[-1].f_code.co_name if frames and frames[-1].f_globals.get("__name__") in own else ""


def check_raised(adapter: Adapter, error: Exception) -> None:
    """Raise :class:`AdapterFault` if the exception is a bug in the adapter: unwritten code, or a wrong name.

    Any other exception may be the framework's answer: a layer without a weight raises AttributeError, for example.
    """
    method = _raised_in(adapter, error)
    if not method:
        return
    if isinstance(error, NotImplementedError):
        raise AdapterFault(f"{method}() raised NotImplementedError; what there is no way to do raises Unsupported")
    if isinstance(error, NameError) or getattr(error, "obj", None) is adapter:
        raise AdapterFault(f"{method}() raised {cause(error)}")


def check_lookup(adapter: Adapter, error: Exception) -> None:
    """Raise :class:`AdapterFault` where a lookup in the adapter's own code found nothing: no failure declares that."""
    method = _raised_in(adapter, error)
    if method and isinstance(error, (LookupError, StopIteration)):
        raise AdapterFault(f"{method}() raised {cause(error)}, which none of its failures declares")


def check_axes(shape: Tuple[Optional[int], ...], layout: Layout) -> None:
    """Raise :class:`AdapterFault` if a parameter's shape does not have the axes of its layout."""
    if len(shape) != len(layout.groups):
        raise AdapterFault(f"shape() returned {shape}; the layout of {layout.held.name} has {len(layout.groups)} axes")


def checked(kind: Type[Adapter]) -> Type[Adapter]:
    """A subclass that checks what the adapter's methods return."""
    return type(kind.__name__, (_Checks, kind), {"__module__": kind.__module__, "__doc__": kind.__doc__})


class _Checks(Adapter):
    """A mixin that wraps an adapter's own methods."""

    def _array(self, method: str, found: Any) -> np.ndarray:
        if type(found) is not np.ndarray:
            raise AdapterFault(f"{method}() returned {_article(type(found).__name__)}; an array of NumPy is expected")
        if found.dtype.kind != "f":
            raise AdapterFault(f"{method}() returned an array of {found.dtype}; one of floats is expected")
        return found

    def _shaped(self, method: str, found: Any, handle: Any) -> np.ndarray:
        array, shape = self._array(method, found), self.shape(handle)
        if shape is not None and None not in shape and array.shape != tuple(shape):
            raise AdapterFault(
                f"{method}() returned an array of shape {array.shape}, where shape() says {tuple(shape)}"
            )
        return array

    def _typed(self, method: str, array: np.ndarray, handle: Any) -> np.ndarray:
        if array.dtype.name != self.dtype(handle):
            raise AdapterFault(
                f"{method}() returned an array of {array.dtype}, where dtype() says {self.dtype(handle)}"
            )
        return array

    @contextlib.contextmanager
    def _untouched(self, method: str, array: np.ndarray) -> Iterator[None]:
        before = array.tobytes()
        yield
        if array.tobytes() != before:
            raise AdapterFault(f"{method}() wrote to the array that it was handed")

    # Results.

    def value(self, handle: Any) -> np.ndarray:
        return self._typed("value", self._shaped("value", super().value(handle), handle), handle)

    def gradient(self, handle: Any, gradients: Any) -> Optional[np.ndarray]:
        found = super().gradient(handle, gradients)
        return None if found is None else self._typed("gradient", self._shaped("gradient", found, handle), handle)

    def output(self, passed: Any) -> np.ndarray:
        array = self._array("output", super().output(passed))
        if array.ndim < 2:  # the dtype of outputs is for laws to judge
            raise AdapterFault(f"output() returned an array of shape {array.shape}; one of rows is expected")
        return array

    def shape(self, handle: Any) -> Optional[Tuple[Optional[int], ...]]:
        found = super().shape(handle)
        if found is not None and not (isinstance(found, tuple) and all(type(n) in _EXTENTS for n in found)):
            raise AdapterFault(f"shape() returned {found!r}; a tuple of int or None is expected")
        return found

    def dtype(self, handle: Any) -> str:
        found = super().dtype(handle)
        if type(found) is not str:
            raise AdapterFault(f"dtype() returned {found!r}; a name is expected")
        return found

    def count(self, net: Any) -> int:
        found = super().count(net)
        if not isinstance(found, (int, np.integer)):
            raise AdapterFault(f"count() returned {found!r}; a number of elements is expected")
        return found

    def parameters(self, net: Any) -> Pairs:
        return _pairs("parameters", super().parameters(net))

    def trainable(self, net: Any) -> Pairs:
        return _pairs("trainable", super().trainable(net))

    def matching(self, net: Any, pattern: str) -> Pairs:
        return _pairs("matching", super().matching(net, pattern))

    # Arguments.

    def constant_array(self, array: np.ndarray) -> Any:
        with self._untouched("constant_array", array):
            return super().constant_array(array)

    def write(self, handle: Any, array: np.ndarray) -> None:
        with self._untouched("write", array):
            super().write(handle, array)

    def forward(self, net: Any, batch: np.ndarray) -> Any:
        with self._untouched("forward", batch):
            return super().forward(net, batch)

    def infer(self, net: Any, batch: np.ndarray) -> Any:
        with self._untouched("infer", batch):
            return super().infer(net, batch)

    def backward(self, net: Any, passed: Any, cotangent: np.ndarray) -> Any:
        with self._untouched("backward", cotangent):
            return super().backward(net, passed, cotangent)


def _pairs(method: str, found: Any) -> List[Tuple[str, Any]]:
    pairs = list(found)
    for pair in pairs:
        if not (isinstance(pair, tuple) and len(pair) == 2 and type(pair[0]) is str):
            raise AdapterFault(f"{method}() listed {pair!r}; a name and a parameter are expected")
    return pairs


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


_EXTENTS = (int, type(None))
