"""What Flax NNX answers otherwise than specified, with reason and source."""

from __future__ import annotations

from typing import Tuple

from specs.divergences import Divergence

_DOCS = "https://flax.readthedocs.io/en/v0.12.8"


def _differs(law: str, answer: str, reason: str, source: str) -> Divergence:
    return Divergence(law, answer, "by design", reason, source, "flax==0.12.8")


FLAX: Tuple[Divergence, ...] = (
    _differs(
        "access.lists_in_order",
        "bias first",
        "A module's attributes are walked through in the order of their names: bias comes before kernel.",
        f"{_DOCS}/api_reference/flax.nnx/graph.html",
    ),
    _differs(
        "access.listed_before_first_forward",
        "not listed",
        "A layer is given its input width when it is constructed: there is no network yet that could list it.",
        f"{_DOCS}/api_reference/flax.nnx/nn/linear.html",
    ),
    _differs(
        "initialization.default[dense.weight]",
        "N(0, 1 / fan_in) cut at ±2σ, then scaled to that deviation",
        "nnx.Linear draws with lecun_normal(), which is a variance scaling of the truncated normal.",
        f"{_DOCS}/api_reference/flax.nnx/nn/linear.html",
    ),
    _differs(
        "initialization.xavier_normal",
        "that normal cut at ±2σ, then scaled to that deviation",
        "glorot_normal() is a variance scaling of the truncated normal.",
        f"{_DOCS}/api_reference/flax.nnx/nn/initializers.html",
    ),
    _differs(
        "initialization.custom_axes",
        "in out",
        "A kernel is held, and its initializer handed a shape, as (in, out).",
        f"{_DOCS}/api_reference/flax.nnx/nn/linear.html",
    ),
    _differs(
        "writing.broadcastable_shape",
        "ok",
        "param[...] = array is an indexed update of JAX, which broadcasts as NumPy does.",
        "https://docs.jax.dev/en/latest/_autosummary/jax.numpy.ndarray.at.html",
    ),
    _differs(
        "training.step_before_backward",
        "refused",
        "An optimizer is handed gradients as a tree; there is none before a backward pass.",
        f"{_DOCS}/api_reference/flax.nnx/training/optimizer.html",
    ),
    _differs(
        "training.backward_twice",
        "ok",
        "What jax.vjp() returns is a function, which may be called as often as one likes.",
        "https://docs.jax.dev/en/latest/_autosummary/jax.vjp.html",
    ),
    _differs(
        "persistence.load_other_shapes",
        "ok",
        "nnx.update() replaces a variable's array by another without a look at its shape.",
        f"{_DOCS}/api_reference/flax.nnx/variables.html",
    ),
    _differs(
        "persistence.load_fewer_layers",
        "ok",
        "from_bytes() asks that a file has all that the network has, and leaves what it has besides.",
        "https://github.com/google/flax/blob/v0.12.8/flax/serialization.py",
    ),
)
