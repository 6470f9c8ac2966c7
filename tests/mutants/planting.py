"""Plants bugs in the process that holds the framework: this one, or a worker's, over a channel beside its service."""

from __future__ import annotations

import abc
import contextlib
from typing import Any, Dict, Tuple

from adapters.workers.runners import ROOT, LocalRunner, RemoteRunner, Runner
from specs import codec
from specs.errors import SpecError, cause
from tests.mutants import registry
from tests.mutants.bed import Bed
from tests.mutants.registry import Mutant, Planted


class CannotPlantError(SpecError):
    """What a bug is planted in is not there, or is otherwise than on other versions."""


class Gardener(abc.ABC):
    """Knows an adapter's mutants, and plants them where the adapter runs."""

    mutants: Tuple[Mutant, ...]

    @abc.abstractmethod
    def plant(self, mutant: Mutant) -> None:
        """Raises :class:`CannotPlantError`."""

    @abc.abstractmethod
    def uproot(self) -> None: ...

    @contextlib.contextmanager
    def planted(self, mutant: Mutant) -> Any:
        """The bug is there inside of this context, and gone after it, however it ends."""
        self.plant(mutant)
        try:
            yield
        finally:
            self.uproot()


class LocalGardener(Gardener):
    """Plants in this process."""

    def __init__(self, mutants: Dict[str, Planted]):
        self.bed = Bed(mutants)
        self.mutants = tuple(planted.mutant for planted in mutants.values())

    def plant(self, mutant: Mutant) -> None:
        wrong = self.bed.tended(mutant.name)
        if wrong is not None:
            raise CannotPlantError(wrong)

    def uproot(self) -> None:
        self.bed.uproot()


class RemoteGardener(Gardener):
    """Plants in a worker's process, which must be there. One that has replaced another comes without bugs."""

    def __init__(self, runner: RemoteRunner):
        self.runner = runner
        self._open()
        self.mutants = codec.from_plain(self._answer(), Tuple[Mutant, ...], f"mutants of {runner.name}")

    def _open(self) -> None:
        self.gateway = self.runner.gateway
        self.channel = self.gateway.remote_exec(_TEND.format(root=str(ROOT), name=self.runner.own_name))

    def _answer(self) -> Any:
        try:
            answer = self.channel.receive(timeout=self.runner.time_limit)
        except (EOFError, self.channel.RemoteError, self.channel.TimeoutError) as error:
            raise SpecError(f"the worker of {self.runner.name} tends no mutants: {cause(error)}") from None
        if isinstance(answer, str):
            raise CannotPlantError(answer)
        return answer

    def _ask(self, name: str) -> None:
        self.channel.send(name)
        self._answer()

    def plant(self, mutant: Mutant) -> None:
        if self.runner.gateway is not self.gateway:
            self._open()
            self._answer()
        self._ask(mutant.name)

    def uproot(self) -> None:
        if self.runner.gateway is self.gateway:
            self._ask("")


_TEND = """
import sys
sys.path.insert(0, {root!r})
from tests.mutants import bed
bed.tend(channel, {name!r})
"""


def gardener(runner: Runner) -> Gardener:
    """Who plants the mutants of a runner's adapter."""
    if isinstance(runner, RemoteRunner):
        return RemoteGardener(runner)
    assert isinstance(runner, LocalRunner)
    return LocalGardener(registry.load(runner.own_name))
