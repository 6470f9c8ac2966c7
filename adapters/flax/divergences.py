"""Where Flax NNX differs from the specification: its answer, why, and the source of that. All of it is by design."""

from __future__ import annotations

from typing import Tuple

from specs.divergences import Divergence

_DOCS = "https://flax.readthedocs.io/en/v0.12.8"
_FLAX = "https://github.com/google/flax/blob/v0.12.8/flax"
_JAX = "https://github.com/jax-ml/jax/blob/jax-v0.10.2/jax/_src"
_LECUN = "N(0, 1 / fan_in) cut at ±2σ, then scaled to that deviation"
_CUT = "that normal cut at ±2σ, then scaled to that deviation"


def _differs(law: str, answer: str, reason: str, source: str) -> Divergence:
    return Divergence(law, answer, "by design", reason, source, "flax==0.12.8")


FLAX: Tuple[Divergence, ...] = (
    _differs(
        "access.lists_in_order",
        "bias first",
        "A module's attributes are walked through in the order of their names: bias comes before kernel.",
        f"{_FLAX}/nnx/pytreelib.py",
    ),
    _differs(
        "access.tensor_is_a_view",
        "a copy",
        "An array of JAX never changes: a variable that is assigned to holds another array from then on.",
        f"{_FLAX}/nnx/variablelib.py",
    ),
    *(
        _differs(f"access.axes[{weight}]", answer, reason, f"{_FLAX}/nnx/nn/{module}.py")
        for weights, answer, module, reason in (
            (("dense.weight",), "in out", "linear", "A kernel is multiplied from the right: (in, out)."),
            (
                ("convolution.weight", "separable_convolution.pointwise_weight"),
                "window in out",
                "linear",
                "A kernel has its window first, then inputs and outputs, as images have their channels last.",
            ),
            (
                ("transposed_convolution.weight",),
                "window out in",
                "linear",
                "With transpose_kernel=True, the kernel is that of the convolution whose backward pass this is: its "
                "window is flipped, and outputs stand where inputs do otherwise.",
            ),
            (
                ("depthwise_convolution.weight", "separable_convolution.depthwise_weight"),
                "window (in multiplier)",
                "linear",
                "A depthwise convolution is one of as many groups as channels: its filters stand behind each other.",
            ),
            (
                [f"{kind}.{side}_weight" for kind in ("lstm", "gru") for side in ("input", "recurrent")],
                "in (gate out)",
                "recurrent",
                "The kernels of all gates are one matrix, gate by gate, which jnp.split() takes apart.",
            ),
            (
                ("rnn.input_weight",),
                "in out",
                "recurrent",
                "A cell consists of two linear modules, whose kernels are (in, out).",
            ),
            (
                [f"self_attention.{part}_weight" for part in ("query", "key", "value")],
                "in head dim",
                "attention",
                "Queries, keys and values are made by nnx.LinearGeneral, whose kernel has an axis for the heads.",
            ),
            (
                ("self_attention.output_weight",),
                "head dim out",
                "attention",
                "The output is made by nnx.LinearGeneral, whose kernel has an axis for the heads.",
            ),
        )
        for weight in weights
    ),
    *(
        _differs(
            f"initialization.default[{weight}]",
            _LECUN,
            "Modules draw kernels with lecun_normal(), which is a variance scaling of the truncated normal.",
            f"{_FLAX}/nnx/nn/{module}.py",
        )
        for module, weights in (
            (
                "linear",
                (
                    "dense.weight",
                    "convolution.weight",
                    "depthwise_convolution.weight",
                    "separable_convolution.depthwise_weight",
                    "separable_convolution.pointwise_weight",
                ),
            ),
            ("recurrent", ("lstm.input_weight", "gru.input_weight", "rnn.input_weight")),
            ("attention", [f"self_attention.{part}_weight" for part in ("query", "key", "value", "output")]),
        )
        for weight in weights
    ),
    _differs(
        "initialization.default[transposed_convolution.weight]",
        "N(0, 1 / fan_out) cut at ±2σ, then scaled to that deviation",
        "lecun_normal() takes the last axis but one for the inputs: with transpose_kernel=True it is the outputs.",
        f"{_JAX}/nn/initializers.py",
    ),
    _differs(
        "initialization.he_uniform[transposed_convolution.weight]",
        "by fan_out",
        "fan_in is by the last axis but one: with transpose_kernel=True it is the outputs.",
        f"{_JAX}/nn/initializers.py",
    ),
    _differs(
        "initialization.default[embedding.weight]",
        "N(0, 1 / width)",
        "nnx.Embed draws by the width of its rows: 'fan_in' of a variance scaling with out_axis=0.",
        f"{_FLAX}/nnx/nn/linear.py",
    ),
    _differs(
        "initialization.default[prelu.slope]",
        "0.01",
        "nnx.PReLU has negative_slope_init=0.01.",
        f"{_FLAX}/nnx/nn/activations.py",
    ),
    _differs(
        "initialization.xavier_normal",
        _CUT,
        "glorot_normal() is a variance scaling of the truncated normal.",
        f"{_DOCS}/api_reference/flax.nnx/nn/initializers.html",
    ),
    _differs(
        "initialization.bare[he]",
        _CUT,
        "he_normal() is a variance scaling of the truncated normal.",
        f"{_DOCS}/api_reference/flax.nnx/nn/initializers.html",
    ),
    _differs(
        "initialization.gain[relu]",
        "√2, and the normal is cut at ±2σ, then scaled",
        "he_normal() is a variance scaling of the truncated normal.",
        f"{_DOCS}/api_reference/flax.nnx/nn/initializers.html",
    ),
    *(
        _differs(f"initialization.bare[{name}]", answer, f"{name}() has {argument}=0.01.", f"{_JAX}/nn/initializers.py")
        for name, answer, argument in (
            ("normal", "N(0, 0.01²)", "stddev"),
            ("uniform", "U(0, 0.01)", "scale"),
            ("truncated_normal", "N(0, 0.01²) cut at ±2σ", "stddev"),
        )
    ),
    _differs(
        "initialization.custom_axes",
        "in out",
        "An initializer is handed the shape of a kernel, which is (in, out).",
        f"{_FLAX}/nnx/nn/linear.py",
    ),
    _differs(
        "initialization.own_seed_spares_the_other",
        "no",
        "Every initializer is handed a key, which is counted, whether or not it is used.",
        f"{_FLAX}/nnx/rnglib.py",
    ),
    _differs(
        "initialization.own_seed_for_two_layers",
        "equal",
        "An initializer is a function: with a key of its own, it draws the same whenever it is called.",
        "https://docs.jax.dev/en/latest/random-numbers.html",
    ),
    _differs(
        "initialization.xavier_on[embedding]",
        "ok",
        "Of any array with two axes, the first is taken for the inputs and the second for the outputs.",
        f"{_JAX}/nn/initializers.py",
    ),
    _differs(
        "initialization.xavier_on[self_attention]",
        "ok for some",
        "The biases of queries, keys and values have an axis for the heads: they are taken for matrices. That of the "
        "output is a vector, of which fans cannot be computed.",
        f"{_JAX}/nn/initializers.py",
    ),
    *(
        _differs(
            f"initialization.{name}[self_attention.{part}_weight]",
            answer,
            "An initializer takes axes before the last two for a window: here, inputs or heads. nnx.LinearGeneral, "
            "which constructs these kernels, calls it with the shape of a matrix.",
            f"{_FLAX}/nnx/nn/linear.py",
        )
        for name, answer, parts in (
            ("xavier_uniform", "over all heads", ("query", "key", "value", "output")),
            ("he_uniform", "by fan_in over all heads", ("query", "key", "value")),
        )
        for part in parts
    ),
    _differs(
        "writing.broadcastable_shape",
        "ok",
        "variable[...] = array is an indexed update of JAX, which broadcasts as NumPy does.",
        f"{_FLAX}/nnx/variablelib.py",
    ),
    _differs(
        "training.backward_twice",
        "ok",
        "What jax.vjp() returns is a function, which may be called as often as one likes.",
        "https://docs.jax.dev/en/latest/_autosummary/jax.vjp.html",
    ),
    _differs(
        "training.gradient_after_reset",
        "as it was",
        "No variable holds a gradient: what jax.vjp() returned is the caller's, and there is nothing to reset.",
        "https://docs.jax.dev/en/latest/_autosummary/jax.vjp.html",
    ),
    *(
        _differs(
            law,
            "refused",
            "An optimizer's state has the paths of the variables that it was made for: once fewer are selected, Optax "
            "refuses their gradients, and another optimizer has to be made.",
            f"{_FLAX}/nnx/training/optimizer.py",
        )
        for law in (
            "training.momentum_over_a_pause",
            "training.adam_counts",
            "training.momentum_after_tie",
            "training.adam_after_tie",
        )
    ),
    *(
        _differs(
            f"training.default_epsilon[{norm}]",
            "1e-6",
            "Norms have epsilon=1e-6, but for nnx.BatchNorm, which has 1e-5.",
            f"{_FLAX}/nnx/nn/normalization.py",
        )
        for norm in ("layer_norm", "group_norm", "instance_norm", "rms_norm")
    ),
    _differs(
        "training.default_momentum", "0.99", "nnx.BatchNorm has momentum=0.99.", f"{_FLAX}/nnx/nn/normalization.py"
    ),
    _differs(
        "training.slope_at_zero[leaky_relu]",
        "that above",
        "leaky_relu() is jnp.where(x >= 0, x, negative_slope * x).",
        f"{_JAX}/nn/functions.py",
    ),
    _differs(
        "training.slope_at_zero[prelu]",
        "that above",
        "nnx.PReLU is jnp.where(x >= 0, x, negative_slope * x).",
        f"{_FLAX}/nnx/nn/activations.py",
    ),
    _differs(
        "training.id_past_the_table",
        "NaN",
        "nnx.Embed takes rows with jnp.take(), which fills in NaN for an index that is out of bounds.",
        f"{_FLAX}/nnx/nn/linear.py",
    ),
    _differs(
        "training.negative_id",
        "counted from the end",
        "nnx.Embed takes rows with jnp.take(), which counts a negative index from the end, as NumPy does.",
        "https://docs.jax.dev/en/latest/_autosummary/jax.numpy.take.html",
    ),
    _differs(
        "training.float_mask[self_attention]",
        "true where it is not zero",
        "A mask is converted to bool; what is added to the scores is an argument, bias, of "
        "nnx.dot_product_attention() alone.",
        f"{_FLAX}/nnx/nn/attention.py",
    ),
    _differs(
        "training.masked_row[self_attention]",
        "the mean",
        "What is masked has the least number as its score, which the softmax makes equal weights of where all have it.",
        f"{_JAX}/nn/functions.py",
    ),
    _differs(
        "training.dropping_spares_the_generator",
        "yes",
        "nnx.Dropout forks the stream of keys that it is constructed with: passes count keys of their own.",
        f"{_FLAX}/nnx/nn/stochastic.py",
    ),
    _differs(
        "persistence.load_fewer_layers",
        "ok",
        "from_bytes() asks that a file has all that the network has, and leaves what it has besides.",
        f"{_FLAX}/serialization.py",
    ),
    _differs(
        "persistence.load_other_shapes",
        "ok",
        "nnx.update() replaces a variable's array by another without a look at its shape.",
        f"{_FLAX}/nnx/variablelib.py",
    ),
    _differs(
        "persistence.refused_load_changes_nothing",
        "loaded",
        "nnx.update() replaces a variable's array by another without a look at its shape.",
        f"{_FLAX}/nnx/variablelib.py",
    ),
    _differs(
        "persistence.copy_values_more_layers",
        "ok",
        "nnx.update() takes a part of a state as well: what it lacks stays as it is.",
        f"{_DOCS}/api_reference/flax.nnx/graph.html",
    ),
    _differs(
        "persistence.copy_values_other_shapes",
        "ok",
        "nnx.update() replaces a variable's array by another without a look at its shape.",
        f"{_FLAX}/nnx/variablelib.py",
    ),
)
