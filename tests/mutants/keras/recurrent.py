"""Bugs planted in the installed Keras: recurrent layers."""

from __future__ import annotations

import keras

from specs.layers import GRU, LSTM, RNN
from tests.mutants.patches import Planted, around, instead
from tests.mutants.registry import breaks, reaches

KINDS = (LSTM, GRU, RNN)
OUTPUTS = tuple(f"training.output_value[{kind.kind}]" for kind in KINDS)
GRADIENTS = tuple(f"training.gradient_value[{kind.kind}]" for kind in KINDS)


@breaks("training.output_value[gru]", "training.gradient_value[gru]")
@reaches(GRU)
def gates_are_hard_sigmoids() -> Planted:
    """A GRU's gates are straight lines between 0 and 1, as they were by default in Keras 1 and 2."""

    def called(call, self, *given, **named):
        with instead(self, "recurrent_activation", keras.activations.hard_sigmoid):
            return call(self, *given, **named)

    return around(keras.layers.GRUCell, "call", called)


@breaks("training.output_value[rnn]", "training.gradient_value[rnn]")
@reaches(RNN)
def the_state_counts_twice() -> Planted:
    """A recurrent layer without gates is handed twice its state at each step."""

    def called(call, self, sequence, states, training=False):
        return call(self, sequence, [2 * state for state in states], training)

    return around(keras.layers.SimpleRNNCell, "call", called)


@breaks(*OUTPUTS, *GRADIENTS)
@reaches(*KINDS)
def cells_are_called_backwards() -> Planted:
    """A layer that is given a cell calls it from the last step to the first."""

    def called(call, self, *given, **named):
        with instead(self, "go_backwards", type(self) is keras.layers.RNN or self.go_backwards):
            return call(self, *given, **named)

    return around(keras.layers.RNN, "call", called)


@breaks(*OUTPUTS, *GRADIENTS)
@reaches(*KINDS)
def reverse_layers_run_forwards() -> Planted:
    """Of both directions, the layer that is to go backwards goes forwards."""

    def called(call, self, *given, **named):
        with instead(self.backward_layer, "go_backwards", False):
            return call(self, *given, **named)

    return around(keras.layers.Bidirectional, "call", called)


@breaks("training.output_value[gru]", "training.gradient_value[gru]")
@reaches(GRU)
def parts_begin_at_the_first_row() -> Planted:
    """Of a variable of two rows the first is written, whichever was meant."""

    def updated(update, inputs, start, updates):
        return update(inputs, (0, *start[1:]), updates)

    return around(keras.ops, "slice_update", updated)
