"""Bugs planted in the installed Gluon's norms, where a scale or a bias is left out."""

from __future__ import annotations

from mxnet.gluon import nn

from specs.layers import BatchNorm, LayerNorm
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("access.bare_norm_lists", answer="trained")
@reaches(LayerNorm)
def layer_norms_train_all() -> Planted:
    """A LayerNorm trains a scale and a bias, whatever it is told."""

    def made(init, self, **named):
        init(self, **{**named, "scale": True, "center": True})

    return around(nn.LayerNorm, "__init__", made)


@breaks("access.default_affine[batch_norm]", answer="bias")
@reaches(BatchNorm)
def batch_norms_have_no_scale_by_default() -> Planted:
    """A BatchNorm that is not told of a scale trains none."""

    def made(init, self, **named):
        init(self, **{"scale": False, **named})

    return around(nn.BatchNorm, "__init__", made)
