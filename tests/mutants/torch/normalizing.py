"""Bugs planted in the installed PyTorch's norms."""

from __future__ import annotations

from torch.nn import functional

from specs.layers import GroupNorm, InstanceNorm, LayerNorm
from tests.mutants.patches import Planted, around
from tests.mutants.registry import breaks, reaches


@breaks("training.output_value[group_norm]", "training.gradient_value[group_norm]")
@reaches(GroupNorm)
def one_group() -> Planted:
    """A group norm takes all channels for one group."""

    def normalized(normalize, inputs, groups, *rest):
        return normalize(inputs, 1, *rest)

    return around(functional, "group_norm", normalized)


@breaks("training.output_value[layer_norm]", "training.gradient_value[layer_norm]")
@reaches(LayerNorm)
def no_epsilon() -> Planted:
    """A layer norm adds half of its epsilon."""

    def normalized(normalize, inputs, shape, weight, bias, eps):
        return normalize(inputs, shape, weight, bias, eps / 2)

    return around(functional, "layer_norm", normalized)


@breaks("training.output_value[instance_norm]", "training.gradient_value[instance_norm]")
@reaches(InstanceNorm)
def bias_left_out() -> Planted:
    """An instance norm adds its bias twice."""

    def normalized(normalize, inputs, mean, var, weight, bias, *rest):
        return normalize(inputs, mean, var, weight, 2 * bias, *rest)

    return around(functional, "instance_norm", normalized)
