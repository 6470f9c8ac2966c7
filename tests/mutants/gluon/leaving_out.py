"""Bugs planted in the installed Gluon's norms, where a scale or a bias is left out."""

from __future__ import annotations

from mxnet.gluon import nn

from specs.layers import LayerNorm
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("access.bare_norm_lists", answer="trained")
@reaches(LayerNorm)
def layer_norms_train_all() -> Planted:
    """A LayerNorm trains a scale and a bias, whatever it is told."""

    def made(init, self, **named):
        init(self, **{**named, "scale": True, "center": True})

    return around(nn.LayerNorm, "__init__", made)
