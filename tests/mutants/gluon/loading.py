"""Bugs planted in what the installed Gluon loads of a file that does not fit."""

from __future__ import annotations

from mxnet import gluon
from mxnet.gluon.parameter import Parameter

from specs.programs.operations import Load
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("persistence.despite_extra_refuses_missing", "persistence.despite_missing_refuses_extra", answer="ok")
@reaches(Load)
def either_flag_is_both() -> Planted:
    """What ignores missing names ignores those besides, and the other way round."""

    def loaded(load, self, file, **flags):
        load(self, file, **dict.fromkeys(("allow_missing", "ignore_extra"), any(flags.values())))

    return around(gluon.Block, "load_parameters", loaded)


@breaks("persistence.load_despite_missing", "persistence.load_despite_extra")
@reaches(Load)
def flags_load_nothing() -> Planted:
    """A load with a flag loads nothing."""

    def loaded(load, self, file, **flags):
        if not any(flags.values()):
            load(self, file, **flags)

    return around(gluon.Block, "load_parameters", loaded)


@breaks("persistence.despite_names_refuses_shapes", answer="ok")
@reaches(Load)
def other_shapes_are_skipped() -> Planted:
    """What has another shape is left out when a file is loaded."""

    def loaded(load, self, data, *given, **named):
        if self.shape == data.shape:
            load(self, data, *given, **named)

    return around(Parameter, "_load_init", loaded)
