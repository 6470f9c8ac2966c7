"""What distinguishes one operation of a task from others, and so what each task demonstrates."""

from __future__ import annotations

import functools
from typing import Any, List, Tuple

from specs.layers import WORDS
from specs.programs.networks import Block, Network, PlainList, Residual, Use
from specs.programs.operations import Build
from specs.programs.program import Program

#: A description of an operation, in parts.
Aspect = Tuple[str, ...]


@functools.lru_cache(maxsize=1024)
def aspects(program: Program) -> List[List[Aspect]]:
    """The aspects of each operation."""
    return [_of(program, at) for at in range(len(program.operations))]


def _of(program: Program, at: int) -> List[Aspect]:
    """What distinguishes an operation: its type, its route, what it acts on, its initializer, what it builds."""
    operation: Any = program.operations[at]
    name = type(operation).__name__
    network = program.network_at[at]
    if isinstance(operation, Build) and network is not None:
        return [(name, part) for part in ("", *_built_with(network))]
    given = [type(getattr(operation, part, None)).__name__ for part in ("target", "initializer", "shape")]
    return [(name, getattr(operation, "route", ""), *given)]


def _built_with(network: Network) -> List[str]:
    """What the construction of a network involves: layer kinds, and features of the network."""
    uses = [placed.element for placed in network.uses]
    own = [use for use in uses if isinstance(use, Use)]
    tied = [[tie.role for tie in use.ties] for use in own if use.ties]
    parts = {
        **{f"{WORDS[kind]} layers": True for kind in network.kinds()},
        "no bias": any(getattr(use.layer, "bias", True) is False for use in own),
        "an inferred input width": network.deferred,
        "initializers": any(use.initializers for use in own),
        "a layer used twice": len(own) < len(uses),
        "a layer with another layer's parameters": any(len(roles) > 1 for roles in tied),
        "a layer with another layer's weight": any(len(roles) == 1 for roles in tied),
        "a block": any(type(element) is Block for element in network.layers),
        "layers in a plain list": any(isinstance(element, PlainList) for element in network.layers),
        "a residual block": any(isinstance(element, Residual) for element in network.layers),
    }
    return [part for part, there in parts.items() if there]
