"""Bugs planted in the installed PyTorch: in what is listed, in what a seed decides, and in what passes do beside."""

from __future__ import annotations

import itertools

import torch
from torch import nn
from torch.nn import functional

from specs.initializers import Default
from specs.layers import GRU, LSTM, RNN, BatchNorm, Dense, Dropout, SelfAttention
from specs.programs.operations import Forward, ListMatching, ListParameters, ListTrainable, Matching, Read
from tests.mutants.patches import Planted, around, instead, together
from tests.mutants.registry import breaks, raises, reaches


@breaks("access.axes[dense.weight]", "access.axes[self_attention.query_weight]", answer=("in out", "in (head dim)"))
@reaches(Dense, SelfAttention)
@raises("wrong_shape", "failed", "no trace", "not_ready")
def linear_holds_inputs_first() -> Planted:
    """A linear layer whose width is known holds its weight with inputs first."""

    def made(make, self, in_features, out_features, bias=True, device=None, dtype=None):
        make(self, in_features, out_features, bias)
        self.weight = nn.Parameter(self.weight.detach().T.contiguous())

    def forward(self, inputs):
        return functional.linear(inputs, self.weight.T, self.bias)

    return together(around(nn.Linear, "__init__", made), instead(nn.Linear, "forward", forward))


@breaks("access.names_of_another")
@reaches(ListParameters, ListTrainable, ListMatching, Matching, Read)
@raises("no_such_parameter")
def names_count_networks() -> Planted:
    """The names that a network lists begin with its number."""
    count = itertools.count()

    def listed(named, self, *given, **also):
        number = vars(self).setdefault("number", next(count))
        return ((f"{number}.{name}", parameter) for name, parameter in named(self, *given, **also))

    return around(nn.Sequential, "named_parameters", listed)


@breaks("initialization.unused_layer", answer="the same")
@reaches(Default)
def linear_starts_from_the_seed() -> Planted:
    """What a linear layer starts as is drawn from the seed that was set last, whatever was drawn since."""

    def reset(draw, self):
        with torch.random.fork_rng():
            torch.manual_seed(torch.initial_seed())
            draw(self)

    return around(nn.Linear, "reset_parameters", reset)


@breaks("initialization.unused_deferred_layer", answer="others")
@reaches(Dense)
def lazy_layers_draw() -> Planted:
    """A lazy linear layer draws a number when it is constructed."""

    def made(make, self, *given, **named):
        torch.rand(1)
        make(self, *given, **named)

    return around(nn.LazyLinear, "__init__", made)


@breaks("initialization.parts_of_a_layer", answer="equal")
@reaches(LSTM, GRU, RNN)
def recurrent_weights_start_alike() -> Planted:
    """Whatever a recurrent layer holds starts from one seed."""

    def reset(self):
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(-0.5, 0.5, generator=torch.Generator().manual_seed(self.hidden_size))

    return instead(nn.RNNBase, "reset_parameters", reset)


@breaks("training.inference_spares_the_generator")
@reaches(Forward)
def inference_draws() -> Planted:
    """To go over to inference draws a number."""

    def evaluated(evaluate, self):
        torch.rand(1)
        return evaluate(self)

    return around(nn.Module, "eval", evaluated)


@breaks("training.dropping_spares_the_generator", answer="yes")
@reaches(Dropout)
def dropping_gives_back_the_generator() -> Planted:
    """A dropout puts the generator back to where it was."""

    def forward(pass_on, self, inputs):
        with torch.random.fork_rng():
            return pass_on(self, inputs)

    return around(nn.Dropout, "forward", forward)


@breaks("training.statistics_of_frozen_roles", answer="no")
@reaches(BatchNorm)
def frozen_norms_stand_still() -> Planted:
    """The running statistics of a norm of which nothing is trained stay as they are."""

    def forward(pass_on, self, inputs):
        if not any(parameter.requires_grad for parameter in self.parameters()):
            return functional.batch_norm(inputs, None, None, self.weight, self.bias, True, 0.1, self.eps)
        return pass_on(self, inputs)

    return around(nn.modules.batchnorm._BatchNorm, "forward", forward)
