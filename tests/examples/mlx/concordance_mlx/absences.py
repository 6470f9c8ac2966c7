"""What the adapter does not support, and why."""

from __future__ import annotations

from typing import Mapping

from adapters.interface import Absence

_SOURCE = "https://github.com/ml-explore/mlx/blob/v0.32.4/python/mlx/nn"
_ACTIVATIONS = f"{_SOURCE}/layers/activations.py"
_BASE = f"{_SOURCE}/layers/base.py"
_LINEAR = f"{_SOURCE}/layers/linear.py"
_NORMS = f"{_SOURCE}/layers/normalization.py"
_RECURRENT = f"{_SOURCE}/layers/recurrent.py"
_INITIALIZERS = "https://ml-explore.github.io/mlx/build/html/python/nn/init.html"

ABSENCES: Mapping[str, Absence] = {
    "build_activation": Absence("nn.SELU rounds its two constants, to 1.67326 and 1.0507", _ACTIVATIONS),
    "build_layer_norm": Absence("nn.LayerNorm has no bias where it has no scale", _NORMS),
    "build_rnn": Absence("nn.RNN is one layer of one direction, with one bias or none", _RECURRENT),
    "inferred": Absence("a layer is told how many channels come in", _LINEAR),
    "initializers_at_construction": Absence(
        "a layer takes no initializers: they are applied to it once it is built", _INITIALIZERS
    ),
    "default_again": Absence("a layer draws its defaults when it is constructed, and never again", _LINEAR),
    "truncated_normal": Absence("nn.init has none; mx.random has one that is told both ends", _INITIALIZERS),
    "he": Absence("he_normal is told a gain, which is 1 by default, and no nonlinearity", _INITIALIZERS),
    "orthogonal": Absence(
        "orthogonal factors a square matrix of the longer side: minutes for a row of 6000", f"{_SOURCE}/init.py"
    ),
    "identity": Absence("identity takes no gain, and refuses a matrix that is not square", _INITIALIZERS),
    "dirac": Absence("nn.init has no initializer of that name", _INITIALIZERS),
    "bilinear": Absence("nn.init has no initializer of that name", _INITIALIZERS),
    "tie": Absence(
        "modules share modules: an array that two of them hold is two parameters once they are trained", _BASE
    ),
    "load_other_shapes": Absence("with strict=False, arrays of any shape are loaded", _BASE),
}
