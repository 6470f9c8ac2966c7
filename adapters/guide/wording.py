"""Operations in words."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

from specs import codec
from specs.initializers import Default
from specs.programs import operations
from specs.programs.networks import Block, Network, Residual, Use


def said(operation: Any) -> str:
    """An operation in a few words."""
    return _WORDS[type(operation)](operation)


def built_with(network: Network) -> List[str]:
    """What there is to constructing a network: kinds of layers, and what is said of them."""
    uses = [placed.element for placed in network.uses]
    own = [use for use in uses if isinstance(use, Use)]
    tied = [[tie.role for tie in use.ties] for use in own if use.ties]
    parts = {
        **{f"{kind.replace('_', ' ')} layers": True for kind in network.kinds()},
        "no bias": any(getattr(use.layer, "bias", True) is False for use in own),
        "an input width to be inferred": network.deferred,
        "initializers": any(use.initializers for use in own),
        "a layer that is used twice": len(own) < len(uses),
        "a layer on another's parameters": any(len(roles) > 1 for roles in tied),
        "a layer on another's weight": any(len(roles) == 1 for roles in tied),
        "a block": any(isinstance(element, Block) for element in network.layers),
        "a residual block": any(isinstance(element, Residual) for element in network.layers),
    }
    return [part for part, there in parts.items() if there]


def _initializer(given: Any) -> str:
    return "its defaults" if isinstance(given, Default) else codec.shown(given)


def _target(target: Any) -> str:
    if isinstance(target, operations.OneLayer):
        return f"layer {target.layer}"
    if isinstance(target, operations.OneParameter):
        return str(target.slot.path)
    return f"every {target.role}" if isinstance(target, operations.Matching) else "the network"


_ROUTES = {"layer": "layer's collection", "name": "full name", "order": "position"}

_WORDS: Dict[type, Callable[[Any], str]] = {
    operations.Build: lambda one: "Build the network" if one.network == "net" else f"Build the network “{one.network}”",
    operations.Seed: lambda one: f"Seed with {one.seed}",
    operations.Initialize: lambda one: f"Initialize {_target(one.target)} with {_initializer(one.initializer)}",
    operations.Reinitialize: lambda one: (
        f"Initialize {_target(one.target)} again, with {_initializer(one.initializer)}"
    ),
    operations.ListParameters: lambda one: "List the parameters",
    operations.ListTrainable: lambda one: "List those that are trained",
    operations.ListMatching: lambda one: f"List every {one.role}",
    operations.CountParameters: lambda one: "Count the elements",
    operations.Identify: lambda one: "See which are one and the same object",
    operations.Read: lambda one: (
        f"Read {one.slot.path}" + ("" if one.route == "attribute" else f" by its {_ROUTES[one.route]}")
    ),
    operations.KeepValue: lambda one: (
        f"Read {one.slot.path} and keep it" + (", as a tensor" if one.form == "own" else "")
    ),
    operations.ReadKept: lambda one: "Look at what was kept",
    operations.Write: lambda one: (
        f"Write {one.slot.path}" + ("" if one.shape is None else f", with an array of shape {tuple(one.shape)}")
    ),
    operations.Add: lambda one: f"Add {one.amount:g} to {one.slot.path}",
    operations.WriteElement: lambda one: f"Write {one.value:g} into element {tuple(one.index)} of {one.slot.path}",
    operations.Copy: lambda one: f"Copy {one.source.path} into {one.slot.path}",
    operations.ReadGradient: lambda one: f"Read the gradient of {one.slot.path}",
    operations.Forward: lambda one: f"Feed a batch of {one.rows} forward" + ("" if one.training else ", for inference"),
    operations.Backward: lambda one: "Backpropagate",
    operations.Step: lambda one: f"Take a step, at learning rate {one.learning_rate:g}",
    operations.MakeOptimizer: lambda one: f"Make an optimizer: {codec.shown(one.optimizer)}",
    operations.StepOptimizer: lambda one: "Take a step of the optimizer",
    operations.ResetGradients: lambda one: "Reset the gradients",
    operations.Freeze: lambda one: f"Freeze {one.slot.path}",
    operations.Unfreeze: lambda one: f"Unfreeze {one.slot.path}",
    operations.FreezeLayer: lambda one: f"Freeze layer {one.layer}",
    operations.TieAfterBuild: lambda one: f"Make {one.slot.path} the same parameter as {one.source.path}",
    operations.Save: lambda one: "Save the parameters",
    operations.Load: lambda one: "Load the parameters",
    operations.Clone: lambda one: "Copy the network in the framework's own way",
    operations.DeepCopy: lambda one: "Copy the network with copy.deepcopy",
    operations.Select: lambda one: f"Go back to the network “{one.network}”",
}
