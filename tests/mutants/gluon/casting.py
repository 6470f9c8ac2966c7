"""Bugs planted in how the installed Gluon converts a block to another floating-point type."""

from __future__ import annotations

from mxnet import gluon
from mxnet.gluon import nn

from specs.programs.operations import CastAndBack
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("persistence.cast_values", answer="unchanged")
@reaches(CastAndBack)
def conversions_do_nothing() -> Planted:
    """A parameter is not converted."""
    return around(gluon.Parameter, "cast", lambda cast, self, dtype: None)


@breaks("persistence.cast_norms", answer="rounded")
@reaches(CastAndBack)
def conversions_reach_norms() -> Planted:
    """A batch normalization is converted as any other layer."""
    return around(nn.BatchNorm, "cast", lambda cast, self, dtype: gluon.HybridBlock.cast(self, dtype))


@breaks("persistence.frozen_survives_cast", answer="no")
@reaches(CastAndBack)
def conversions_unfreeze() -> Planted:
    """All parameters of a converted block are trained."""

    def converted(cast, self, dtype):
        cast(self, dtype)
        self.collect_params().setattr("grad_req", "write")

    return around(nn.Sequential, "cast", converted)
