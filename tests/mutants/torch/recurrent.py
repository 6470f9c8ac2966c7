"""Bugs planted in the installed PyTorch: recurrent layers."""

from __future__ import annotations

import torch
from torch import nn

from adapters.torch.layers import LastOutputs
from specs.layers import GRU, LSTM, RNN
from tests.mutants.patches import Planted, around, instead
from tests.mutants.registry import breaks, reaches

KINDS = (LSTM, GRU, RNN)
ROLES = ("input_weight", "recurrent_weight", "bias", "recurrent_bias")
OUTPUTS = tuple(f"training.output_value[{kind.kind}]" for kind in KINDS)
GRADIENTS = tuple(f"training.gradient_value[{kind.kind}]" for kind in KINDS)


@breaks("training.output_value[gru]", "training.gradient_value[gru]")
@reaches(GRU)
def update_gates_come_first() -> Planted:
    """A GRU takes its first gate for the update gate, and its second for the reset gate."""

    def run(gru, inputs, states, weights, *given):
        reordered = [torch.cat([weight.chunk(3)[at] for at in (1, 0, 2)]) for weight in weights]
        return gru(inputs, states, reordered, *given)

    return around(torch._VF, "gru", run)


@breaks("training.output_value[rnn]", "training.gradient_value[rnn]")
@reaches(RNN)
def rectifiers_are_taken_for_tanh() -> Planted:
    """A recurrent layer that is to rectify takes the tanh."""
    return around(torch._VF, "rnn_relu", lambda rectified, *given: torch._VF.rnn_tanh(*given))


@breaks("training.output_value[lstm]", "training.gradient_value[lstm]")
@reaches(LSTM)
def a_cell_swaps_its_states() -> Planted:
    """An LSTM's cell takes its output for its other state, and the other way round."""

    def run(cell, inputs, states, *given):
        return cell(inputs, states[::-1], *given)

    return around(torch._VF, "lstm_cell", run)


@breaks(*OUTPUTS, *GRADIENTS)
@reaches(*KINDS)
def the_last_is_what_stands_at_the_last_step() -> Planted:
    """Of both directions the outputs at the last step are taken: of the reverse one the first that it gave."""
    return instead(LastOutputs, "forward", lambda self, returned: returned[0][:, -1])


@breaks(*(f"initialization.default[{kind.kind}.{role}]" for kind in (GRU, RNN) for role in ROLES))
@reaches(GRU, RNN)
def recurrent_layers_start_wider() -> Planted:
    """A recurrent layer other than an LSTM draws by half its hidden size."""

    def reset(reset_parameters, self):
        reset_parameters(self)
        if not isinstance(self, nn.LSTM):
            with torch.no_grad():
                for parameter in self.parameters():
                    parameter.mul_(2**0.5)

    return around(nn.RNNBase, "reset_parameters", reset)
