"""One side of a conversion, in its framework's interpreter: reads or writes a file, and runs the network.

``python -m adapters.carrying.sides FOLDER...`` does the job in each folder (:data:`JOB`), and writes the answer there.
The names of arrays in a file are not known in advance: they are found by storing a network with known values.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from adapters import registry
from adapters.carrying import files
from adapters.carrying.arrays import Values, taken
from adapters.carrying.names import Shapes, matched
from adapters.interface import Adapter
from adapters.running.engine import Engine
from adapters.workers import worker
from specs import codec
from specs.arrays import Drawn, Filled, Shape
from specs.errors import SpecError, cause
from specs.initializers import Default
from specs.laws.ledger import same
from specs.layers.layout import Layout
from specs.programs.networks import Network, Slot
from specs.programs.operations import Backward, Build, Forward, Initialize, Read, ReadGradient, Step, Write
from specs.programs.program import Program

#: The suffix of files that contain a whole model.
WHOLE = ".keras"
ROOT = Path(__file__).resolve().parents[2]
#: Files in a job's folder: the job, its answer, and the arrays for input and output.
JOB, ANSWER, GIVEN, FOUND = "job.json", "answer.json", "given.npz", "found.npz"
#: Acceptable problems of reading: that numbers are rounded, and that only their order tells layers apart.
ROUNDING, ORDER = "rounding", "order"
#: Input of networks, and cotangent of backward passes.
BATCH, COTANGENT = Drawn(1), Drawn(2)
#: The name of the outputs for training after a step.
AFTER = "after"
#: The learning rate of a training step.
RATE = 0.0625

#: The content of each array in a file, by name.
Places = Dict[str, List[Tuple[Slot, Layout]]]


@dataclass(frozen=True)
class Job:
    """A task with a network and a file. ``trained`` is the network for computing gradients, if any.

    It has the same parameters and buffers in the same order, and no random layers.
    """

    adapter: str
    network: Network
    file: str
    trained: Optional[Network] = None
    rows: int = 2

    def run(self, side: Side, folder: Path) -> Answer:
        raise NotImplementedError


@dataclass(frozen=True)
class Answer:
    """The result of a job: names in the file by paths of slots, and remarks; or an error."""

    versions: Dict[str, str]
    names: Dict[str, str]
    remarks: Tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Found:
    """What was read: values, their names in the file by paths of slots, and remarks.

    ``as_stored`` means that the framework itself would store the same names and numbers.
    """

    values: Values
    names: Dict[str, str]
    remarks: Tuple[str, ...]
    as_stored: bool


@dataclass(frozen=True)
class Reading(Job):
    """Read values from a file. Entries are matched as in :func:`adapters.carrying.names.matched`."""

    key: str = ""
    data: str = ""
    given: Dict[str, str] = field(default_factory=dict)
    leave: Tuple[str, ...] = ()
    accepted: Tuple[str, ...] = ()

    def run(self, side: Side, folder: Path) -> Answer:
        asked = side.asked()
        ghosts = tuple(name for name, parts in asked.items() if not parts)
        found = self.read({name: asked[name] for name in asked if name not in ghosts}, ghosts)
        if found.as_stored and not (self.key or self.data or self.leave) and side.is_own(Path(self.file)):
            side.build()
            side.load(Path(self.file))
            side.check(found.values, f"{self.file}, loaded by {self.adapter}")
        side.prove(found.values, folder)
        return side.answer(found.names, found.remarks)

    def read(self, known: Places, ghosts: Sequence[str] = ()) -> Found:
        """The values in the file for a network whose arrays in the framework have the ``known`` names.

        ``ghosts`` are entries that the framework stores but does not use, such as the scale of a norm without one.
        """
        stored = files.read(Path(self.file), self.key)
        unused = [name for name in ghosts if name in stored and stored[name].dtype.kind == "f"]
        stored = {name: array for name, array in stored.items() if name not in unused}
        shapes = {name: parts[0][1].shape for name, parts in known.items()}
        names, remarks = self._matched(shapes, stored)
        remarks += [f"left out, since the network has no use for it: {name}" for name in unused]
        values: Values = {}
        as_stored = all(ours == theirs and stored[ours].dtype == np.float32 for ours, theirs in names.items())
        by_slot: Dict[str, str] = {}
        for ours, theirs in names.items():
            array = self._as_float32(theirs, stored[theirs], remarks)
            for slot, held in known[ours]:
                found = taken(theirs, array, replace(held, data=self.data) if self.data else held)
                if slot in values and not same(values[slot], found):
                    raise SpecError(f"{theirs}: it is not the same as {by_slot[slot.path]}, to which it is tied")
                values[slot] = found
                by_slot.setdefault(slot.path, theirs + held.part)
        return Found(values, by_slot, tuple(remarks), as_stored)

    def _matched(self, shapes: Shapes, stored: files.Arrays) -> Tuple[Dict[str, str], List[str]]:
        matching = matched(shapes, stored, self.given, self.leave)
        if matching.alike and ORDER not in self.accepted:
            alike = ", ".join(matching.alike)
            raise SpecError(
                f"{alike}: only their order in the file tells them apart, and it may be another than the network's; "
                f"--names tells which is which, --accept {ORDER} takes them in it"
            )
        ghosts = ", ".join(matching.ghosts)
        remarks = [f"left out, since no floats: {ghosts}"] if ghosts else []
        if matching.by_order:
            remarks.append("its names are not the network's: what holds the same was taken in its order, as told above")
        return matching.names, remarks

    def _as_float32(self, name: str, array: np.ndarray, remarks: List[str]) -> np.ndarray:
        """An array as float32. Raises :class:`SpecError` if numbers are rounded and rounding is not accepted."""
        if array.dtype == np.float32:
            return array
        with np.errstate(over="ignore"):
            found = array.astype(np.float32)
        if np.array_equal(found.astype(array.dtype), array, equal_nan=True):
            remarks.append(f"{name}: {array.dtype} is float32 there, with the same numbers")
        elif ROUNDING in self.accepted:
            remarks.append(f"{name}: {array.dtype} is rounded to float32")
        else:
            raise SpecError(f"{name}: {array.dtype} is more than float32 holds; --accept {ROUNDING} rounds it")
        return found


@dataclass(frozen=True)
class Writing(Job):
    """Write the given values to a file, or the values after a number of training steps."""

    steps: int = 0

    def run(self, side: Side, folder: Path) -> Answer:
        with np.load(folder / GIVEN) as given:
            values = {slot: given[slot.path] for slot in side.owners()}
        known = side.asked()
        file = Path(self.file)
        side.build()
        side.hold(values)
        values = side.learned(values, self.steps)
        side.save(file)
        side.build()
        side.load(file)
        side.check(values, f"{file.name}, loaded by {self.adapter}")
        side.prove(values, folder)
        ghosts = ", ".join(name for name, parts in known.items() if not parts)
        return side.answer(paths(known), (f"as in a new network: {ghosts}",) if ghosts else ())


JOBS: Any = Union[Reading, Writing]


#: Makes an adapter once for all jobs of a process: its declarations are checked, and garbage collected, each time.
_made = functools.lru_cache(maxsize=None)(worker.make)


class Side:
    """A framework with a job's networks."""

    def __init__(self, job: Job, at_end: contextlib.ExitStack):
        self.job = job
        self.adapter: Adapter
        self.adapter, self.description = _made(job.adapter)
        networks = {"net": job.network, "trained": job.trained or job.network}
        self.engine = Engine(self.adapter, Program(networks, (Build("net"),)), at_end)
        self.folder = Path(at_end.enter_context(tempfile.TemporaryDirectory(prefix="concordance-")))

    def do(self, operation: Any) -> Any:
        """Run an operation and return its result. Raises :class:`SpecError` if it fails."""
        record = self.engine.record(operation)
        if record.outcome.kind != "ok":
            raise SpecError(f"{self.job.adapter}: {type(operation).__name__}: {record.outcome}")
        return record.value

    def owners(self, name: str = "net") -> List[Slot]:
        """The slots of a network's distinct parameters and buffers."""
        network = self.engine.program.networks[name]
        return [slot for slot in network.held if network.owner(slot) == slot]

    def build(self, name: str = "net") -> None:
        self.do(Build(name))
        self.do(Initialize(Default()))

    def hold(self, values: Mapping[Slot, np.ndarray]) -> None:
        for slot, array in values.items():
            self.do(Write(slot, Array(array)))

    def held(self) -> Values:
        return {slot: self.do(Read(slot)).array for slot in self.owners()}

    def learned(self, values: Values, steps: int) -> Values:
        """The network's values after a number of training steps from the given values."""
        for _ in range(steps):
            self.do(Forward(BATCH, rows=self.job.rows))
            self.do(Backward(COTANGENT))
            self.do(Step(RATE))
        return self.held() if steps else values

    def check(self, values: Values, what: str) -> None:
        """Raise :class:`SpecError` unless the network has these values, bit by bit."""
        for slot, array in self.held().items():
            if not same(array, values[slot]):
                raise SpecError(f"{what}: {slot.path} is not what was carried")

    def save(self, file: Path) -> None:
        """Save the network with the framework, then convert the file if its name requests another format."""
        if file.name.endswith(WHOLE):
            self.whole().save(self.engine.model.net, str(file))
            return
        own = file if self.is_own(file) else self.folder / f"own{own_suffixes(self.adapter.file_suffix)[0]}"
        self.adapter.save(self.engine.model.net, str(own))
        if own != file:
            files.write(file, files.read(own))

    def load(self, file: Path) -> None:
        """Load the file with the framework if the format is its own. Raises :class:`SpecError` if that fails."""
        if self.is_own(file):
            model = self.engine.model
            try:
                if file.name.endswith(WHOLE):
                    model.net = self.whole().load(str(file))
                else:
                    self.adapter.load(model.net, str(file))
            except Exception as error:
                raise SpecError(f"{file}: {self.job.adapter} does not load it: {cause(error)}") from None
        else:
            arrays = files.read(file)
            parts = self.asked()
            self.build()
            self.hold({slot: taken(name, arrays[name], held) for name in parts for slot, held in parts[name]})

    def whole(self) -> Any:
        """The module ``whole`` next to the framework's adapter, which saves and loads whole models."""
        package = registry.location(self.job.adapter).partition(":")[0].rpartition(".")[0]
        return importlib.import_module(f"{package}.whole")

    def is_own(self, file: Path) -> bool:
        """Whether a file has one of the framework's own formats."""
        return file.name.endswith(own_suffixes(self.adapter.file_suffix))

    def asked(self) -> Places:
        """The content of each array that the framework stores, found by storing distinct numbers."""
        self.build()
        marks = {slot: _mark(slot, at, self.job.network) for at, slot in enumerate(self.owners())}
        self.hold(marks)
        file = self.folder / f"asked{own_suffixes(self.adapter.file_suffix)[0]}"
        self.adapter.save(self.engine.model.net, str(file))
        held = {slot: self.engine.layout(slot) for slot in marks}
        found = placed(files.read(file), held, marks)
        stored = {slot for parts in found.values() for slot, _ in parts}
        for slot in marks:
            if slot not in stored:
                raise SpecError(f"{self.job.adapter} does not store {slot.path}")
        return found

    def prove(self, values: Values, folder: Path) -> None:
        """Write values, and the results of the network's passes with them; values that are not finite become zeros."""
        with zipfile.ZipFile(folder / FOUND, "w") as found:
            for name, array in self.shown(values):
                with found.open(f"{name}.npy", "w", force_zip64=True) as stream:
                    np.lib.format.write_array(stream, array)

    def shown(self, values: Values) -> Iterator[Tuple[str, np.ndarray]]:
        """Results one by one, since together they are several times as large as the network."""
        yield from ((f"value {slot.path}", array) for slot, array in values.items())
        held = finite(values)
        self.hold(held)
        yield "inference", self.do(Forward(BATCH, rows=self.job.rows, mode="inference"))
        if self.job.trained is None:
            return
        self.build("trained")
        network, others = self.engine.model.network, dict(zip(self.owners(), self.owners("trained")))
        self.hold({other: held[slot] for slot, other in others.items()})
        yield "training", self.do(Forward(BATCH, rows=self.job.rows))
        self.do(Backward(COTANGENT))
        trained = {slot: other for slot, other in others.items() if network.role(other).state != "buffer"}
        for slot, other in others.items():
            if slot in trained:
                yield f"gradient {slot.path}", self.do(ReadGradient(other))
            else:
                yield f"buffer {slot.path}", self.do(Read(other)).array
        self.do(Step(RATE))
        yield from ((f"step {slot.path}", self.do(Read(other)).array) for slot, other in trained.items())
        yield AFTER, self.do(Forward(BATCH, rows=self.job.rows))

    def answer(self, names: Dict[str, str], remarks: Tuple[str, ...]) -> Answer:
        return Answer(self.description.versions, names, remarks)


def finite(values: Values) -> Values:
    """The values with zeros in place of numbers that are not finite."""
    return {
        slot: array if np.isfinite(array).all() else np.where(np.isfinite(array), array, np.float32(0))
        for slot, array in values.items()
    }


def own_suffixes(suffix: str) -> Tuple[str, ...]:
    """The suffixes of an adapter's own files; the declared one comes first."""
    several = {"": (".npz",), ".pt": (".pt", ".pth"), ".weights.h5": (".weights.h5", WHOLE)}
    return several.get(suffix, (suffix,))


class Array(Filled):
    """A concrete array used as a recipe. Stored programs never contain one."""

    def __init__(self, content: np.ndarray):
        super().__init__(0.0)
        object.__setattr__(self, "content", content)

    def array(self, shape: Shape) -> np.ndarray:
        content: np.ndarray = vars(self)["content"]
        return content.reshape(shape).copy()


def _mark(slot: Slot, at: int, network: Network) -> np.ndarray:
    """Random numbers that differ between slots; positive, since some slots are variances."""
    return np.random.RandomState(at).uniform(1.0, 2.0, network.shape(slot)).astype(np.float32)


def placed(arrays: files.Arrays, held: Mapping[Slot, Layout], values: Mapping[Slot, np.ndarray]) -> Places:
    """For each array, the slots whose values it contains; all values must be distinct."""
    return {
        name: [(slot, held[slot]) for slot in values if _holds(array, held[slot], values[slot])]
        for name, array in arrays.items()
    }


def paths(known: Places) -> Dict[str, str]:
    """Names of arrays, followed by the part that contains the slot, by paths of slots."""
    return {slot.path: name + held.part for name, parts in known.items() for slot, held in parts}


def _holds(array: np.ndarray, held: Layout, mark: np.ndarray) -> bool:
    return array.shape == held.shape and np.array_equal(held.canonical(array), mark)


def interpreted(python: str, module: str, *arguments: str) -> Tuple[int, str]:
    """Run a module of this project in another interpreter. Return its exit code and its last line on stderr."""
    ended = subprocess.run(
        [python, "-W", "ignore", "-m", module, *arguments],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return ended.returncode, "".join(ended.stderr.strip().splitlines()[-1:])


def environment() -> Dict[str, str]:
    """Environment variables that let an interpreter import this project's modules, and those in the current folder."""
    paths = [str(ROOT), os.getcwd(), *filter(None, [os.environ.get("PYTHONPATH")])]
    variables = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ}
    return {**variables, "PYTHONPATH": os.pathsep.join(paths), "KERAS_BACKEND": "tensorflow"}


def done(
    job: Job, python: str, values: Values, at_end: contextlib.ExitStack
) -> Tuple[Answer, Mapping[str, np.ndarray]]:
    """Run a job in an interpreter. Raises :class:`SpecError` if it fails.

    The arrays found are read lazily, until ``at_end`` closes.
    """
    folder = Path(at_end.enter_context(tempfile.TemporaryDirectory(prefix="concordance-")))
    (answer,) = _answers([(job, values)], python, [folder])
    if answer.error:
        raise SpecError(answer.error)
    return answer, at_end.enter_context(np.load(folder / FOUND))


def all_done(jobs: Sequence[Tuple[Job, Values]], python: str) -> List[Tuple[Answer, Mapping[str, np.ndarray]]]:
    """Run jobs one after the other in one interpreter; errors are in the answers."""
    with tempfile.TemporaryDirectory(prefix="concordance-") as name:
        folders = [Path(name) / str(at) for at in range(len(jobs))]
        for folder in folders:
            folder.mkdir()
        answers = _answers(jobs, python, folders)
        return [(answer, {} if answer.error else _found(folder)) for answer, folder in zip(answers, folders)]


def _answers(jobs: Sequence[Tuple[Job, Values]], python: str, folders: Sequence[Path]) -> List[Answer]:
    for folder, (job, values) in zip(folders, jobs):
        given: Dict[str, Any] = {slot.path: array for slot, array in values.items()}
        np.savez(folder / GIVEN, **given)
        codec.save(job, folder / JOB)
    status, last = interpreted(python, __name__, *map(str, folders))
    ended = last or f"ended with status {status}"
    return [
        codec.load(folder / ANSWER, Answer)
        if (folder / ANSWER).exists()
        else Answer({}, {}, error=f"{job.adapter} ({python}): {ended}")
        for folder, (job, _) in zip(folders, jobs)
    ]


def _found(folder: Path) -> Dict[str, np.ndarray]:
    with np.load(folder / FOUND) as found:
        return dict(found)


def do(folder: Path) -> None:
    """Do the job in a folder and write its answer."""
    job: Job = codec.load(folder / JOB, JOBS)
    with contextlib.ExitStack() as at_end:
        try:
            answer = job.run(Side(job, at_end), folder)
        except SpecError as error:
            answer = Answer({}, {}, error=str(error))
    codec.save(answer, folder / ANSWER)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        do(Path(name))
