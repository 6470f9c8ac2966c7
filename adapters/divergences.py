"""The registry of divergences: each framework's answers that are not the specification's, with reason and source."""

from __future__ import annotations

from typing import Tuple

from specs.divergences import Divergence

TORCH: Tuple[Divergence, ...] = ()
GLUON: Tuple[Divergence, ...] = ()
KERAS: Tuple[Divergence, ...] = ()
