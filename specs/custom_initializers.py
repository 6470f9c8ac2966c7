"""Custom initializers: plain functions of (shape, dtype, random state) that every framework is handed in its own form.

``shape`` is the parameter's shape in the framework's own axis order, ``dtype`` a NumPy dtype, ``random_state`` a
``numpy.random.RandomState``. Each returns an array of that shape and dtype.
"""

from __future__ import annotations

from typing import Callable, Dict, Tuple

import numpy as np

CustomFunction = Callable[[Tuple[int, ...], np.dtype, np.random.RandomState], np.ndarray]


def two_sided_uniform(shape: Tuple[int, ...], dtype: np.dtype, random_state: np.random.RandomState) -> np.ndarray:
    """Uniform on [-10, -5] and [5, 10]: a magnitude and a sign, drawn apart."""
    magnitude = random_state.uniform(5.0, 10.0, shape)
    sign = random_state.choice([-1.0, 1.0], shape)
    return (sign * magnitude).astype(dtype)


def thresholded_uniform(shape: Tuple[int, ...], dtype: np.dtype, random_state: np.random.RandomState) -> np.ndarray:
    """U(-10, 10), with every element nearer to zero than 5 set to zero."""
    drawn = random_state.uniform(-10.0, 10.0, shape)
    return (drawn * (np.abs(drawn) >= 5.0)).astype(dtype)


def standard_normal(shape: Tuple[int, ...], dtype: np.dtype, random_state: np.random.RandomState) -> np.ndarray:
    """N(0, 1)."""
    return random_state.standard_normal(shape).astype(dtype)


def row_major_ramp(shape: Tuple[int, ...], dtype: np.dtype, _: object) -> np.ndarray:
    """0, 1, 2, ... in row-major order of the shape as given: shows which axis order the function was handed."""
    return np.arange(np.prod(shape, dtype=int), dtype=dtype).reshape(shape)


CUSTOM_FUNCTIONS: Dict[str, CustomFunction] = {
    function.__name__: function
    for function in (two_sided_uniform, thresholded_uniform, standard_normal, row_major_ramp)
}
