"""Adapters that are not registered: one works, and each of the others has one fault.

Most are the reference with one method changed. Those that would harm their process do so when asked to ``add``.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from adapters.interface import Absence, Adapter, Failure, Unsupported, builds
from adapters.reference import ReferenceAdapter
from adapters.running import engine
from adapters.workers import messages
from specs.divergences import Divergence
from specs.layers import LSTM, Dense
from specs.layers.layer import features, sequence
from specs.programs.operations import Add
from specs.traces import Trace
from tests.mutants.reference.general import GradientOfOneUse


class Outside(ReferenceAdapter):
    """It has no fault."""

    name = "outside"


class Namesake(ReferenceAdapter):
    """It has the name of another adapter."""


class Partial(Adapter):
    """It implements no method."""


class Undeclared(ReferenceAdapter):
    """It implements every method, but has no name."""

    name = None


class Unstartable(Outside):
    """It cannot be constructed: its framework finds no device."""

    def __init__(self):
        raise RuntimeError("no device\nwas found")


class Unversioned(Outside):
    """It requires a package that is not installed."""

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


class Complains(Outside):
    """Its process ends after printing a lot."""

    def add(self, handle, amount):  # noqa: ARG002
        for number in range(10000):
            sys.stderr.write(f"complaint {number}\n")
        os._exit(3)


class Crashes(Outside):
    """It reads invalid memory."""

    def add(self, handle, amount):  # noqa: ARG002
        ctypes.string_at(0)


class IsKilled(Outside):
    """Its process is killed, as if out of memory."""

    def add(self, handle, amount):  # noqa: ARG002
        os.kill(os.getpid(), signal.SIGKILL)


class LeavesAChild(Outside):
    """Its process ends, while a child process keeps running and keeps all files open."""

    def add(self, handle, amount):  # noqa: ARG002
        if os.fork() == 0:
            time.sleep(60.0)
        os._exit(5)


class ClosesFiles(Outside):
    """It closes files that it did not open."""

    def add(self, handle, amount):  # noqa: ARG002
        os.closerange(0, 256)
        time.sleep(60.0)


class WritesEverywhere(Outside):
    """It repeatedly writes to file descriptors that it did not open."""

    def add(self, handle, amount):
        for number in range(64):
            with contextlib.suppress(OSError):
                os.write(number, b"what is no message " * 10)
        super().add(handle, amount)


class WritesToStandardStreams(Outside):
    """It writes to the three standard streams at the level of file descriptors, and reads from one."""

    def add(self, handle, amount):
        for number in range(3):
            with contextlib.suppress(OSError):
                os.write(number, b"what is no message " * 10000)
        os.read(0, 100)
        super().add(handle, amount)


def tell():
    """Tell a waiting test that work has begun, and in which process."""
    if "TOLD_BY_FAULTY" in os.environ:
        Path(os.environ["TOLD_BY_FAULTY"]).write_text(str(os.getpid()))


class Hangs(Outside):
    """It never answers."""

    def add(self, handle, amount):  # noqa: ARG002
        tell()
        time.sleep(60.0)


class Leaves(Outside):
    """It exits its process regularly."""

    def add(self, handle, amount):  # noqa: ARG002
        sys.exit(3)


class HangsInNativeCode(Outside):
    """It never answers, and blocks all other threads of its process."""

    def add(self, handle, amount):  # noqa: ARG002
        tell()
        ctypes.PyDLL(None).sleep(60)


class Stops(Outside):
    """Its process is stopped, and reacts to no signal but SIGKILL and SIGCONT."""

    def add(self, handle, amount):  # noqa: ARG002
        tell()
        os.kill(os.getpid(), signal.SIGSTOP)


class ForksAndHangs(Hangs):
    """It starts a process that outlives its own, and never answers."""

    def add(self, handle, amount):
        if os.fork() == 0:
            time.sleep(60.0)
        super().add(handle, amount)


class LeavesASession(Outside):
    """It starts a process that leaves its session and outlives its own."""

    def add(self, handle, amount):
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
        super().add(handle, amount)


class Tardy(Outside):
    """It is slow."""

    def add(self, handle, amount):
        tell()
        time.sleep(1.0)
        super().add(handle, amount)


class FailsOnce(Outside):
    """The first call of ``add`` is a fault of the adapter."""

    def __init__(self):
        super().__init__()
        self.failed = False

    def add(self, handle, amount):
        if not self.failed:
            self.failed = True
            raise NotImplementedError
        super().add(handle, amount)


class StartsSlowly(Outside):
    """It takes long to start, in native code."""

    def __init__(self):
        super().__init__()
        tell()
        ctypes.PyDLL(None).sleep(60)


class LacksAnInstruction(Outside):
    """It was built for another processor: its process ends with an illegal instruction when it computes."""

    def forward(self, net, batch):  # noqa: ARG002
        os.kill(os.getpid(), signal.SIGILL)


class ComputesNothing(Outside):
    """It starts, but raises when it computes."""

    def forward(self, net, batch):  # noqa: ARG002
        raise RuntimeError("no device")


class DiesAtStart(Outside):
    """Its process ends before it is ready."""

    def __init__(self):
        os._exit(4)


class DiesAtStartAgain(Quits):
    """Its process ends before it is ready, except the first time, which a file records for its parent process."""

    def __init__(self):
        super().__init__()
        marker = Path(tempfile.gettempdir()).parent / f"once-{os.getppid()}"
        if marker.exists():
            os._exit(4)
        marker.touch()


class Changes(Quits):
    """After its process has ended once, it has another name; a file records this for its parent process."""

    def __init__(self):
        super().__init__()
        marker = Path(tempfile.gettempdir()).parent / f"once-{os.getppid()}"
        if marker.exists():
            self.name = "reference"
        marker.touch()


class FindsNoMemoryOnce(Quits):
    """It cannot be constructed the second time it starts; files record this for its parent process."""

    def __init__(self):
        super().__init__()
        first, second = (Path(tempfile.gettempdir()).parent / f"{name}-{os.getppid()}" for name in ("once", "twice"))
        if first.exists() and not second.exists():
            second.touch()
            raise MemoryError("none for now")
        first.touch()


class Unreleasable(Outside):
    """It raises when it releases a program."""

    def release(self):
        raise RuntimeError("cannot let go")


class Miscounts(Outside):
    """In its worker, the only place to construct it, the last record of each trace is omitted."""

    def __init__(self):
        super().__init__()
        run = engine.run
        engine.run = lambda adapter, program: Trace(run(adapter, program).records[:-1])


class Babbles(Outside):
    """In its worker, the only place to construct it, programs with ``Add`` are answered by an invalid trace."""

    def __init__(self):
        super().__init__()
        run = engine.run

        def babble(adapter, program):
            return Nonsense() if list(program.find(Add)) else run(adapter, program)

        engine.run = babble


class SpeaksInSurrogates(Outside):
    """It raises a text that cannot be encoded, and parameters have names that cannot be encoded either."""

    def add(self, handle, amount):  # noqa: ARG002
        raise RuntimeError("a file named \udcff")

    def parameters(self, net):
        return [(f"{name}\udcff", handle) for name, handle in super().parameters(net)]

    def release(self):
        raise RuntimeError("cannot let go of \udcff" + 100000 * "!")


class HasASurrogateForAName(Outside):
    name = "outside \udcff"


class AnswersNumbers(Outside):
    """In its process, every value that is read becomes a number."""

    def __init__(self):
        super().__init__()
        engine.Engine.see_value = lambda *_: 3


class Nonsense:
    """An invalid trace."""

    def to_wire(self):
        return [["value"]]


class NeedsWidths(Outside):
    """It builds no layer whose input width is to be inferred, and declares that."""

    absences = {"inferred": Absence("widths are given", "https://example.org")}

    def construct(self, layer, given, inferred, initializers):
        if inferred:
            raise Unsupported("inferred")
        return super().construct(layer, given, inferred, initializers)


class Swells(Outside):
    """It returns a value too large for any message."""

    def shape(self, handle):  # noqa: ARG002
        return (2**24 + 1,)

    def value(self, handle):  # noqa: ARG002
        return np.zeros(2**24 + 1, np.float32)


class Sends(Outside):
    """In its worker, the only place to construct it, programs with ``Add`` are answered by arbitrary bytes."""

    def __init__(self):
        super().__init__()
        pack = messages.pack

        def packed(plain):
            adds = any("value" not in record for record in plain.get("trace", ())[1:])
            return self.message if adds else pack(plain)

        messages.pack = packed
        messages.LONGEST = 2**40  # only in the worker: its host has its own limit


class SendsNoMessage(Sends):
    message = b"what is no message"


class SendsNoNumber(Sends):
    message = b'{"trace": [{}, {"value": ["parameters", [["0.weight", NaN, [2], [2], "float32", true, 0]]]}]}'
    message = len(message).to_bytes(4, "big") + message


class SendsTooMuch(Sends):
    message = bytes(messages.LONGEST + 1)


class SendsAnotherType(Sends):
    message = [None] * 1000


class KeepsWritten(Outside):
    """A parameter keeps the very array that was written."""

    def write(self, handle, array):
        handle.array = array


class KeepsConstants(Outside):
    """A parameter keeps the very array that its initializer was given."""

    def __init__(self):
        super().__init__()
        self.kept = {}

    def constant_array(self, array):
        def initializer(role):
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
        for _, parameter in net.named_parameters():
            if parameter.array is not None:
                parameter.array = self.kept.get(parameter.initializer, parameter.array)


class Forgetful(GradientOfOneUse):
    """The README's example of a failure: only one gradient of a shared parameter is kept."""

    name = "forgetful"


class CountsOneMore(Outside):
    """It counts one element too many."""

    name = "one more"

    def count(self, net):
        return super().count(net) + 1


class Overclaims(Outside):
    """It declares a divergence that does not exist."""

    divergences = (
        Divergence(
            law="writing.add",
            answer="otherwise",
            kind="by design",
            reason="It is said to add something else.",
            source="https://example.org",
            versions="numpy>=1.0",
        ),
    )


# Adapters that break the rules for adapters: the fault is theirs, not a framework's.


class ReturnsLists(Outside):
    def value(self, handle):
        return super().value(handle).tolist()


class ReturnsDoubles(Outside):
    def value(self, handle):
        return super().value(handle).astype(np.float64)


class ReturnsIntegers(Outside):
    def value(self, handle):
        return super().value(handle).astype(np.int32)


class ReturnsTransposed(Outside):
    def value(self, handle):
        return super().value(handle).T


class ReturnsGradientsOfOne(Outside):
    def gradient(self, handle, gradients):
        return super().gradient(handle, gradients)[:1]


class ReturnsOutputsAsLists(Outside):
    def output(self, passed):
        return super().output(passed).tolist()


class ReturnsGradientsInDoubles(Outside):
    def gradient(self, handle, gradients):
        return super().gradient(handle, gradients).astype(np.float64)


class ReturnsOutputsFlat(Outside):
    def output(self, passed):
        return super().output(passed).reshape(-1)


class ShapesAreFlat(Outside):
    def shape(self, handle):
        return (int(np.prod(super().shape(handle))),)


class Mistypes(Outside):
    def add(self, handle, amount):
        self.ad(handle, amount)


class MistypesAName(Outside):
    def add(self, handle, amount):  # noqa: ARG002
        super().add(handle, amoun)  # noqa: F821


class AsksForNoAttribute(Outside):
    def add(self, handle, amount):  # noqa: ARG002
        handle.no_such_attribute  # noqa: B018


class LooksUpNothing(Outside):
    def add(self, handle, amount):  # noqa: ARG002
        return {}[amount]


class ShapesAreLists(Outside):
    def shape(self, handle):
        return list(super().shape(handle))


class TypesAreTypes(Outside):
    def dtype(self, handle):  # noqa: ARG002
        return np.float32


class CountsFractions(Outside):
    def count(self, net):
        return float(super().count(net))


class NamesAreNotANumber(Outside):
    def parameters(self, net):
        return [(float("nan"), handle) for _, handle in super().parameters(net)]


class WritesToWhatItIsHanded(Outside):
    def write(self, handle, array):
        super().write(handle, array)
        array += 1.0


class WritesToBatches(Outside):
    def forward(self, net, batch):
        passed = super().forward(net, batch)
        batch[:] = 0.0
        return passed


class WritesToCotangents(Outside):
    def backward(self, net, passed, cotangent):
        gradients = super().backward(net, passed, cotangent)
        cotangent[:] = 0.0
        return gradients


class WritesToConstants(Outside):
    def constant_array(self, array):
        made = super().constant_array(array.copy())
        array[:] = 0.0
        return made


class ClaimsTooMuch(Outside):
    def add(self, handle, amount):
        raise NotImplementedError


class HasNoBias(Outside):
    @builds(Dense, weight="weight: out in")
    def dense(self, units, bias, in_units):
        return self.construct(Dense(units, bias), features(in_units), False, {})


class HasOtherAxes(Outside):
    @builds(Dense, weight="weight: out width", bias="bias: out")
    def dense(self, units, bias, in_units):
        return self.construct(Dense(units, bias), features(in_units), False, {})


class HasOtherGates(Outside):
    @builds(LSTM, when={"cell": False}, input_weight="weight_ih_l{n}: (gate:ifco out) in")
    def lstm(self, hidden, layers, directions, biases, returns):
        return self.construct(LSTM(hidden, layers, directions, biases, returns), sequence(3, 2), False, {})


class HasGatesWithoutLetters(Outside):
    @builds(Dense, weight="weight: (out:ifgo) in", bias="bias: out")
    def dense(self, units, bias, in_units):
        return self.construct(Dense(units, bias), features(in_units), False, {})


class HasOtherOutcomes(Outside):
    failures = (Failure(ValueError, "it exploded", "exploded"),)


class DiffersByNoAnswer(Outside):
    divergences = (Divergence("writing.add", "otherwis", "by design", "It does.", "https://example.org", "numpy>=1.0"),)


class DiffersByWhatIsSpecified(Outside):
    divergences = (
        Divergence("writing.add", "as expected", "by design", "It does.", "https://example.org", "numpy>=1.0"),
    )


class DiffersFromNothing(Outside):
    divergences = (Divergence("writing.ad", "otherwise", "by design", "It does.", "https://example.org", "numpy>=1.0"),)
