"""User-defined initializers: a program contains them as source, and each framework gets them in its own form.

Each is one function, ``def name(shape, dtype, random_state)``, called with the parameter's shape in the framework's own
axis order, a NumPy dtype, and a ``numpy.random.RandomState``. It returns an array of that shape and dtype. NumPy is
available as ``np``; the function imports anything else it uses. Running a program runs its functions: do not run a
program that you would not run as a script.
"""

from __future__ import annotations

import ast
import functools
import traceback
from typing import Any, Callable, Dict, Tuple

import numpy as np

from specs.errors import SpecError, cause

#: The file name shown in tracebacks.
WHERE = "Custom.source"
ACCEPTED = "one function, def name(shape, dtype, random_state)"

CustomFunction = Callable[[Tuple[int, ...], np.dtype, np.random.RandomState], Any]

#: Uniform on [-10, -5] and [5, 10]: a magnitude and a sign, drawn separately.
TWO_SIDED_UNIFORM = """\
def two_sided_uniform(shape, dtype, random_state):
    magnitude = random_state.uniform(5.0, 10.0, shape)
    sign = random_state.choice([-1.0, 1.0], shape)
    return (sign * magnitude).astype(dtype)
"""

#: U(-10, 10), with every element of magnitude below 5 set to zero.
THRESHOLDED_UNIFORM = """\
def thresholded_uniform(shape, dtype, random_state):
    drawn = random_state.uniform(-10.0, 10.0, shape)
    return (drawn * (np.abs(drawn) >= 5.0)).astype(dtype)
"""

#: N(0, 1).
STANDARD_NORMAL = """\
def standard_normal(shape, dtype, random_state):
    return random_state.standard_normal(shape).astype(dtype)
"""

#: 0, 1, 2, ... in row-major order of the given shape: shows the axis order that the function was called with.
ROW_MAJOR_RAMP = """\
def row_major_ramp(shape, dtype, random_state):
    return np.arange(np.prod(shape, dtype=int), dtype=dtype).reshape(shape)
"""


@functools.lru_cache(maxsize=256)
def definition(source: str) -> ast.FunctionDef:
    """The function that a source defines. Raises :class:`SpecError` for anything else, or for different arguments."""
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise SpecError(f"{WHERE}, line {error.lineno}: {error.msg}") from None
    except ValueError as error:
        raise SpecError(f"{WHERE}: {error}") from None
    if len(statements) != 1 or not isinstance(statements[0], ast.FunctionDef):
        found = ", ".join(type(statement).__name__ for statement in statements) or "nothing"
        raise SpecError(f"{WHERE}: {found} is found; accepted: {ACCEPTED}")
    defined = statements[0]
    arguments = [argument.arg for argument in defined.args.args]
    if arguments != ["shape", "dtype", "random_state"] or defined.args.defaults or defined.decorator_list:
        found = f"def {defined.name}({', '.join(arguments)})"
        raise SpecError(f"{WHERE}, line {defined.lineno}: {found} is found; accepted: {ACCEPTED}")
    return defined


@functools.lru_cache(maxsize=256)
def _function(source: str) -> CustomFunction:
    namespace: Dict[str, Any] = {"np": np}
    exec(compile(source, WHERE, "exec"), namespace)  # inherits this module's postponed evaluation of annotations
    function: CustomFunction = namespace[definition(source).name]
    return function


def returned(source: str, shape: Tuple[int, ...], dtype: np.dtype, random_state: np.random.RandomState) -> np.ndarray:
    """What the function returns. Raises :class:`SpecError` if it raises, or returns another type, shape or dtype."""
    called = f"{definition(source).name}({shape}, {dtype})"
    try:
        array = _function(source)(shape, dtype, random_state)
    except Exception as error:  # a user's function may raise anything
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == WHERE]
        raise SpecError(f"{WHERE}, line {lines[-1] if lines else 1}: {called} raised {cause(error)}") from None
    if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype != dtype:
        found = f"{array.shape}, {array.dtype}" if isinstance(array, np.ndarray) else type(array).__name__
        raise SpecError(f"{WHERE}: {called} returned {found}; accepted: an array of this shape and dtype")
    return array
