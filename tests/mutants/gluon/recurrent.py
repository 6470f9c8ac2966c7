"""Bugs planted in the installed MXNet: recurrent layers."""

from __future__ import annotations

from mxnet import nd
from mxnet.gluon import rnn

from specs.layers import GRU, LSTM, RNN
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("training.output_value[gru]", "training.gradient_value[gru]")
@reaches(GRU)
def update_gates_come_first() -> Planted:
    """A GRU takes its first gate for the update gate, and its second for the reset gate."""

    def swapped(forward, self, functions, *given, **held):
        if functions is nd:
            held = {name: _reordered(value) for name, value in held.items()}
        return forward(self, functions, *given, **held)

    return around(rnn.GRU, "_forward_kernel", swapped)


def _reordered(value: nd.NDArray) -> nd.NDArray:
    reset, update, new = nd.split(value, num_outputs=3, axis=0)
    return nd.concat(update, reset, new, dim=0)


@breaks("training.output_value[rnn]", "training.gradient_value[rnn]")
@reaches(RNN)
def second_biases_are_left_out() -> Planted:
    """A recurrent layer without gates leaves its second biases out of the sum."""

    def without(forward, self, functions, *given, **held):
        if functions is nd:
            held = {name: value * 0 if name.endswith("h2h_bias") else value for name, value in held.items()}
        return forward(self, functions, *given, **held)

    return around(rnn.RNN, "_forward_kernel", without)


@breaks(*(f"training.{what}_value[{kind.kind}]" for what in ("output", "gradient") for kind in (LSTM, GRU, RNN)))
@reaches(LSTM, GRU, RNN)
def an_unrolled_cell_forgets() -> Planted:
    """Where a cell is unrolled, each of its steps is given the states of its first."""

    def begun(unroll, self, length, inputs, begin_state=None, layout="NTC", merge_outputs=None, valid_length=None):
        each = [unroll(self, 1, step, None, layout, True)[0] for step in nd.split(inputs, length, axis=1)]
        return nd.concat(*each, dim=1), None

    return around(rnn.RecurrentCell, "unroll", begun)


@breaks("training.output_value[rnn]", "training.gradient_value[rnn]")
@reaches(RNN)
def the_activation_is_always_relu() -> Planted:
    """A recurrent layer without gates rectifies, whatever activation it is given."""

    def started(initialize, self, *given, **named):
        return initialize(self, *given, **{**named, "activation": "relu"})

    return around(rnn.RNN, "__init__", started)
