"""Adapters from outside the registry: one that works, and others that go wrong in one way each.

Most are the reference with one method changed. Those that would harm their process do so when asked to ``add``.
"""

import os
import time

from adapters import engine
from adapters.interface import Adapter
from adapters.reference import ReferenceAdapter
from specs.divergences import Divergence
from specs.operations import Add
from specs.traces import Trace
from tests.mutants.reference import GradientOfOneUse


class Outside(ReferenceAdapter):
    """Nothing is wrong with it."""

    name = "outside"


class Namesake(ReferenceAdapter):
    """It has the name of another adapter."""


class Partial(Adapter):
    """It lacks every method."""


class Undeclared(ReferenceAdapter):
    """It has every method, and no name."""

    name = None


class Unstartable(Outside):
    """It cannot be made: its framework finds no device."""

    def __init__(self):
        raise RuntimeError("no device\nwas found")


class Unversioned(Outside):
    """It names a package that is not installed."""

    packages = ("no-such-package",)


class Loud(Outside):
    """It prints."""

    def add(self, handle, amount):
        print("adding", amount, flush=True)  # to the stream that a worker's answers might share
        super().add(handle, amount)


class Quits(Outside):
    """Its process ends."""

    def add(self, handle, amount):  # noqa: ARG002
        os._exit(3)


class Hangs(Outside):
    """It never answers."""

    def add(self, handle, amount):  # noqa: ARG002
        time.sleep(60.0)


class Unreleasable(Outside):
    """It cannot let go of a program."""

    def release(self):
        raise RuntimeError("cannot let go")


class Miscounts(Outside):
    """Its worker, which is where it has to be made, leaves out the last record of each trace."""

    def __init__(self):
        super().__init__()
        run = engine.run
        engine.run = lambda adapter, program: Trace(run(adapter, program).records[:-1])


class Babbles(Outside):
    """Its worker, which is where it has to be made, answers a program that adds with what is no trace."""

    def __init__(self):
        super().__init__()
        run = engine.run

        def babble(adapter, program):
            return Nonsense() if list(program.find(Add)) else run(adapter, program)

        engine.run = babble


class Nonsense:
    """What is no trace."""

    def to_wire(self):
        return [["value"]]


class KeepsWritten(Outside):
    """A parameter holds the very array that was written."""

    def write(self, handle, array):
        handle.array = array


class KeepsConstants(Outside):
    """A parameter holds the very array that its initializer was given."""

    def __init__(self):
        super().__init__()
        self.kept = {}

    def constant_array(self, array):
        def initializer(shape):
            return array

        self.kept[initializer] = array
        return initializer

    def initialize_network(self, net, initializer, again):
        super().initialize_network(net, initializer, again)
        self.hand_over(net)

    def forward(self, net, batch):
        passed = super().forward(net, batch)
        self.hand_over(net)
        return passed

    def hand_over(self, net):
        for _, parameter in net.parameters():
            if parameter.array is not None:
                parameter.array = self.kept.get(parameter.initializer, parameter.array)


class Forgetful(GradientOfOneUse):
    """The example of a failure in the README: of a shared parameter's gradients, one is kept."""

    name = "forgetful"


class CountsOneMore(Outside):
    """It counts one element too many."""

    name = "one more"

    def count(self, net):
        return super().count(net) + 1


class Overclaims(Outside):
    """It declares a divergence that is not there."""

    divergences = (
        Divergence(
            law="writing.add",
            answer="otherwise",
            kind="by design",
            reason="It is said to add something else.",
            source="https://example.org",
            versions=("1.0",),
        ),
    )
