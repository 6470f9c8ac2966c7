"""Bugs planted in the installed PyTorch: the row of padding of an embedding."""

from __future__ import annotations

from torch import nn
from torch.nn import functional

from specs.layers import PaddedEmbedding
from tests.mutants.patches import Planted, instead
from tests.mutants.registry import breaks, reaches


@breaks("training.gradient_value[padded_embedding]")
@reaches(PaddedEmbedding)
def padding_is_trained() -> Planted:
    """The row of padding has a gradient as any other."""
    return instead(nn.Embedding, "forward", lambda self, ids: functional.embedding(ids, self.weight))


@breaks("initialization.default[padded_embedding.weight]")
@reaches(PaddedEmbedding)
def padding_is_drawn() -> Planted:
    """The row of padding starts as the others do."""
    return instead(nn.Embedding, "_fill_padding_idx_with_zero", lambda self: None)
