"""Bugs planted in the installed PyTorch: norms without scale or bias, and ids that no row has."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from specs.layers import Embedding, InstanceNorm, LayerNorm
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("access.bare_norm_lists", answer="trained")
@reaches(LayerNorm)
def layer_norms_hold_all() -> Planted:
    """A LayerNorm has a scale and a bias, whatever it is told."""

    def made(init, self, shape, eps=1e-5, elementwise_affine=True, bias=True):
        init(self, shape, eps)

    return around(nn.LayerNorm, "__init__", made)


@breaks("access.default_affine[instance_norm]", answer="scale and bias")
@reaches(InstanceNorm)
def instance_norms_hold_all_by_default() -> Planted:
    """An instance norm that is not told of a scale and a bias has both."""

    def made(init, self, channels, eps=1e-5, momentum=0.1, affine=True, **named):
        init(self, channels, eps, momentum, affine, **named)

    return around(nn.modules.instancenorm._InstanceNorm, "__init__", made)


@breaks("training.bare_norm_value", answer="otherwise")
@reaches(LayerNorm)
def bare_layer_norms_do_nothing() -> Planted:
    """A LayerNorm without a scale gives what comes in."""

    def normalized(normalize, inputs, shape, weight=None, bias=None, eps=1e-5):
        return inputs if weight is None else normalize(inputs, shape, weight, bias, eps)

    return around(functional, "layer_norm", normalized)


@breaks("training.id_past_the_table", "training.negative_id", answer="the nearest row")
@reaches(Embedding)
def ids_are_clipped() -> Planted:
    """An id that no row has is taken for the nearest that some row has."""

    def looked_up(look_up, ids, weight, *given, **named):
        return look_up(torch.clamp(ids, 0, len(weight) - 1), weight, *given, **named)

    return around(functional, "embedding", looked_up)
