"""Where Flax NNX differs from the specification: its answer, who chose it, why, and the source of that."""

from __future__ import annotations

from typing import Tuple

from specs.divergences import Divergence

_FLAX = "flax==0.12.8"

FLAX: Tuple[Divergence, ...] = ()
