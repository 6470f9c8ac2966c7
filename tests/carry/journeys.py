"""Trains networks in each framework, carries them to each other framework, and judges the results, in batches.

Each framework is started twice, whatever the number of networks: once to train and store them, and once to load those
of the others, store them again and read them back.
"""

from __future__ import annotations

import itertools
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np
from hypothesis import strategies as st

from adapters.carrying import proofs
from adapters.carrying.arrays import Values, declarations
from adapters.carrying.divergences import AVERAGED, REFUSED, SHARED
from adapters.carrying.overview import CARRIED
from adapters.carrying.plans import Plan, changes, has, planned, with_layers
from adapters.carrying.sides import AFTER, Answer, Job, Reading, Writing, all_done, own_suffixes
from specs import codec
from specs.errors import SpecError
from specs.laws.ledger import same
from specs.layers import EXAMPLES, forms
from specs.programs.networks import Network, Slot, Use
from specs.programs.operations import Build
from specs.programs.program import Program
from tests.strategies.families import composite, family
from tests.strategies.networks import all_networks, joined_networks, reused_norms, tied_norms

#: The number of layers of each kind, pair of frameworks and expected answer.
LAYERS = 2
#: The number of generated networks.
NETWORKS = 8
STEPS = 2
#: The answer if a network trains differently although no change had to be accepted.
UNEXPLAINED = "trains otherwise"
ROWS = 3

#: The error message of an adapter whose framework cannot build the network.
LACKING = re.compile(r"Build: unsupported.*?\((.*)\)$", re.DOTALL)

Arrays = Mapping[str, np.ndarray]


def suffix(adapter: str) -> str:
    """The suffix of files that an adapter's framework stores."""
    return own_suffixes(getattr(declarations(adapter), "file_suffix", ""))[0]


def trained_values(network: Network) -> Values:
    """Plausible values of a trained network: distinct values, nonzero statistics, positive variances."""
    random = np.random.RandomState(0)
    values = {}
    for slot in network.held:
        if network.owner(slot) == slot:
            array = random.uniform(-1, 1, network.shape(slot)).astype(np.float32)
            values[slot] = np.abs(array) + np.float32(0.5) if slot.role == "variance" else array
    return values


def is_told(network: Network) -> bool:
    """Whether every layer has all its arguments, leaving none to the framework's default."""
    uses = (placed.element for placed in network.uses)
    return all(None not in vars(element.layer).values() for element in uses if isinstance(element, Use))


@composite
def _programs(draw: Any, networks: st.SearchStrategy[Network]) -> Program:
    network = draw(networks.filter(lambda network: bool(network.held) and is_told(network)))
    return Program({"net": with_layers(network, {})}, (Build("net"),))


def generated(networks: st.SearchStrategy[Network], count: int) -> List[Network]:
    """The first networks of a strategy that have parameters or buffers, and leave no argument to a framework."""
    return [program.networks["net"] for program in family(_programs(networks)).first(count)]


def of_kind(kind: str) -> List[Network]:
    """Networks with one layer of a kind, for all its choices of arguments, and without scale or bias."""
    _, axes = EXAMPLES[kind]
    return [
        network for network in (Network(axes, (layer,)) for layer in forms(kind)) if network.held and is_told(network)
    ]


@dataclass(frozen=True)
class Way:
    """A network carried from one framework to another, with the plan, or the reason why it is refused."""

    kind: str
    source: str
    target: str
    network: Network
    plan: Optional[Plan]
    reason: str = ""

    @property
    def foreseen(self) -> str:
        return REFUSED if self.plan is None else " ".join(self.plan.prices)


def way(kind: str, source: str, target: str, network: Network) -> Way:
    try:
        plan = planned(network, source, target, changes(network, target))
    except SpecError as error:
        return Way(kind, source, target, network, None, str(error).partition(f"{target} has none: ")[2])
    return Way(kind, source, target, network, plan)


def ways(adapters: Iterable[str]) -> Iterator[Way]:
    """For each pair of adapters, some layers of each kind and foreseen answer, and all whole networks."""
    kinds = {kind: of_kind(kind) for kind, (layer, axes) in EXAMPLES.items() if layer.roles(axes)}
    shared = {kind: generated(networks, NETWORKS) for kind, networks in zip(SHARED, (reused_norms(), tied_norms()))}
    whole = generated(st.one_of(all_networks(), joined_networks()), NETWORKS)
    for (source, target), (kind, networks) in itertools.product(
        itertools.permutations(adapters, 2), [*kinds.items(), *shared.items(), ("", whole)]
    ):
        found: Dict[str, List[Way]] = {}
        for network in networks:
            if all(has(source, network.layer(at)) for at in range(len(network.uses))):
                one = way(kind, source, target, network)
                found.setdefault(one.foreseen, []).append(one)
        for alike in found.values():
            yield from alike if kind == "" else alike[:: len(alike) // LAYERS + 1]


@dataclass(frozen=True)
class Seen:
    """The results of carrying a network: the answers, errors as lines of text, and the reason if it was refused."""

    way: Way
    answers: Tuple[str, ...]
    wrong: Tuple[str, ...] = ()
    reason: str = ""


def travelled(found: Sequence[Way], interpreters: Mapping[str, str]) -> Tuple[List[Seen], Dict[str, Dict[str, str]]]:
    """Carry networks. Return the results, and the versions of frameworks."""
    with tempfile.TemporaryDirectory(prefix="concordance-") as name:
        return _Journeys(found, interpreters, Path(name)).seen()


class _Journeys:
    def __init__(self, found: Sequence[Way], interpreters: Mapping[str, str], folder: Path):
        self.found = found
        self.interpreters = interpreters
        self.folder = folder
        self.versions: Dict[str, Dict[str, str]] = {}

    def seen(self) -> Tuple[List[Seen], Dict[str, Dict[str, str]]]:
        departed = {
            (source, network): told for source in self.interpreters for network, told in self._departed(source).items()
        }
        seen = [Seen(one, (REFUSED,), reason=one.reason) for one in self.found if one.plan is None]
        for target in self.interpreters:
            coming = [
                (one, departed[one.source, one.network]) for one in self.found if one.plan and one.target == target
            ]
            seen += self._arrived(target, coming)
        return seen, self.versions

    def _departed(self, source: str) -> Dict[Network, Tuple[Answer, Arrays]]:
        """The networks to carry from a framework, each trained there and stored."""
        leaving = list(dict.fromkeys(one.network for one in self.found if one.plan and one.source == source))
        jobs = [
            (
                Writing(source, network, self._file(source, at), proofs.trained(network), ROWS, STEPS),
                trained_values(network),
            )
            for at, network in enumerate(leaving)
        ]
        return dict(zip(leaving, self._done(source, jobs)))

    def _arrived(self, target: str, coming: Sequence[Tuple[Way, Tuple[Answer, Arrays]]]) -> List[Seen]:
        """The results of networks carried to a framework, which stores each of them and reads it back."""
        jobs: List[Tuple[Job, Values]] = []
        for at, (one, (answer, found)) in enumerate(coming):
            if not answer.error:
                shared = target, one.plan.carried, self._file(target, at), proofs.trained(one.plan.carried), ROWS
                jobs += [(Writing(*shared), one.plan.values(values_in(found))), (Reading(*shared), {})]
        done = iter(self._done(target, jobs))
        return [
            absent(one, left[0]) if left[0].error else judged(one, left[1], next(done), next(done))
            for one, left in coming
        ]

    def _done(self, adapter: str, jobs: Sequence[Tuple[Job, Values]]) -> List[Tuple[Answer, Arrays]]:
        done = all_done(jobs, self.interpreters[adapter])
        self.versions.update((adapter, answer.versions) for answer, _ in done[:1])
        return [*done]

    def _file(self, adapter: str, at: int) -> str:
        return str(self.folder / f"{adapter}-{at}{suffix(adapter)}")


def values_in(found: Arrays) -> Values:
    """The parameters and buffers among a side's arrays."""
    paths = (name[len("value ") :].partition(".") for name in found if name.startswith("value "))
    return {Slot(int(layer), role): found[f"value {layer}.{role}"] for layer, _, role in paths}


def absent(one: Way, answer: Answer) -> Seen:
    """The result if the source failed: empty if the framework cannot build the network."""
    return Seen(one, ()) if LACKING.search(answer.error) else Seen(one, (), (answer.error,))


def stopped(one: Way, answer: Answer) -> Seen:
    """The result if the target failed: a refusal if the framework cannot build the network."""
    lacking = LACKING.search(answer.error)
    return Seen(one, (REFUSED,), reason=lacking[1]) if lacking else Seen(one, (), (answer.error,))


def judged(one: Way, left: Arrays, taken: Tuple[Answer, Arrays], back: Tuple[Answer, Arrays]) -> Seen:
    """The result of a network, from what the source gave (``left``) and what the target gave (``taken``).

    ``back`` is what the target gave after reading its own file.
    """
    for answer, _ in (taken, back):
        if answer.error:
            return stopped(one, answer)
    values, arrived = values_in(left), taken[1]
    proof = proofs.proved(one.plan, values, ROWS, arrived, left)
    wrong = [str(compared) for compared in proof if not compared.holds]
    returned = values_in(back[1])
    wrong += [
        f"{slot.path} does not come back"
        for slot, array in one.plan.values(values).items()
        if not same(returned[slot], array)
    ]
    return Seen(one, tuple(_answers(one, values, left, arrived)), tuple(wrong))


def _answers(one: Way, values: Values, left: Arrays, arrived: Arrays) -> Iterator[str]:
    """How training on differed. An accepted change counts as seen if it affects the outputs."""
    accepted = changes(one.network, one.target)
    before = proofs.due(one.source, one.network, values, ROWS)
    after = proofs.due(one.target, one.plan.carried, one.plan.values(values), ROWS)
    compared = [key for key in before if key == AFTER or key.startswith("buffer ")]
    apart = {key for key in compared if proofs.differs(key, left, arrived, before, after)}
    if AFTER in apart:
        yield from accepted or [UNEXPLAINED]
    elif not accepted:
        yield CARRIED
    if apart - {AFTER}:
        yield AVERAGED


def told(seen: Seen) -> str:
    """The network and its errors, as text."""
    where = f"{seen.way.source} to {seen.way.target}: {codec.shown(seen.way.network)}"
    return "\n  ".join([where, *seen.wrong])
