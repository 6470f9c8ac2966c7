"""Custom initializer functions, as source code: what each draws, and how it transforms that."""

from __future__ import annotations

from hypothesis import strategies as st

from specs.initializers import Custom

#: The last one draws nothing.
BEGUN = (
    "random_state.standard_normal(shape)",
    "random_state.uniform(-3.0, 5.0, shape)",
    "random_state.permutation(int(np.prod(shape, dtype=int))).reshape(shape) - 1.5",
    "np.arange(np.prod(shape, dtype=int), dtype=float).reshape(shape)[..., ::-1] - 0.5",
)
CHANGED = ("values", "0.25 * values + 3.0", "np.where(np.abs(values) < 1.0, 0.0, values)", "-np.abs(values)")
SOURCE = """\
def {name}(shape, dtype, random_state):
    values = {begun}
    return ({changed}).astype(dtype)
"""


def functions(seeds) -> st.SearchStrategy[Custom]:
    """Custom functions, each with its own random state."""
    names, begun, changed = (
        st.sampled_from(("fill", "draw", "initializer")),
        st.sampled_from(BEGUN),
        st.sampled_from(CHANGED),
    )
    return st.builds(Custom, st.builds(SOURCE.format, name=names, begun=begun, changed=changed), seeds)
