"""One side of a carrying, in its framework's interpreter: reads a file or writes one, and runs the network on it.

``python -m adapters.carrying.sides FOLDER...`` does the job that lies in each (:data:`JOB`), and answers there.
What a file calls the network's arrays is not known but asked: the framework stores a network of known numbers.
"""

from __future__ import annotations

import contextlib
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

#: How names of files end that hold a whole model.
WHOLE = ".keras"
ROOT = Path(__file__).resolve().parents[2]
#: In a job's folder: what to do, what came of it, arrays on the way there and back.
JOB, ANSWER, GIVEN, FOUND = "job.json", "answer.json", "given.npz", "found.npz"
#: What has to be accepted of how a file is read: that numbers are rounded, and that order alone tells layers apart.
ROUNDING, ORDER = "rounding", "order"
#: What networks are fed, and what backward passes begin with.
BATCH, COTANGENT = Drawn(1), Drawn(2)
#: What is shown of outputs for training after the step that is taken.
AFTER = "after"
#: How far a step of training goes.
RATE = 0.0625

#: For the name of each array in a file, what it holds.
Places = Dict[str, List[Tuple[Slot, Layout]]]


@dataclass(frozen=True)
class Job:
    """Something to do with a network and a file. ``trained`` is the network whose gradients are asked for, if any.

    That holds the same as the network, in the same order, and nothing in it is random.
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
    """What came of a job: names in the file by the paths of slots, and remarks; or what is wrong."""

    versions: Dict[str, str]
    names: Dict[str, str]
    remarks: Tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Found:
    """What was read: values, their names in the file by the paths of slots, and remarks.

    It is ``as_stored`` where names and numbers are those that the framework would store itself.
    """

    values: Values
    names: Dict[str, str]
    remarks: Tuple[str, ...]
    as_stored: bool


@dataclass(frozen=True)
class Reading(Job):
    """Read values out of a file. How its entries are found is told as in :func:`adapters.carrying.names.matched`."""

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
        """What the file holds of a network that a framework holds in arrays of these names.

        ``ghosts`` are what the framework stores besides, and has no use for: a scale that a norm is without.
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
        """The numbers of an array in float32. Raises :class:`SpecError` where they are rounded, unless accepted."""
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
    """Write given values into a file, or what so many steps of training make of them."""

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


class Side:
    """A framework with a job's networks in it."""

    def __init__(self, job: Job, at_end: contextlib.ExitStack):
        self.job = job
        self.adapter: Adapter
        self.adapter, self.description = worker.make(job.adapter)
        networks = {"net": job.network, "trained": job.trained or job.network}
        self.engine = Engine(self.adapter, Program(networks, (Build("net"),)), at_end)
        self.folder = Path(at_end.enter_context(tempfile.TemporaryDirectory(prefix="concordance-")))

    def do(self, operation: Any) -> Any:
        """Carry out an operation. Raises :class:`SpecError` where it does not end well."""
        record = self.engine.record(operation)
        if record.outcome.kind != "ok":
            raise SpecError(f"{self.job.adapter}: {type(operation).__name__}: {record.outcome}")
        return record.value

    def owners(self, name: str = "net") -> List[Slot]:
        """What a network holds, each distinct parameter and buffer once."""
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
        """What the network holds after so many steps from these values."""
        for _ in range(steps):
            self.do(Forward(BATCH, rows=self.job.rows))
            self.do(Backward(COTANGENT))
            self.do(Step(RATE))
        return self.held() if steps else values

    def check(self, values: Values, what: str) -> None:
        """Raise :class:`SpecError` where the network does not hold these values, bit by bit."""
        for slot, array in self.held().items():
            if not same(array, values[slot]):
                raise SpecError(f"{what}: {slot.path} is not what was carried")

    def save(self, file: Path) -> None:
        """Store the network in the framework's own way, and as another format where the name asks for one."""
        if file.name.endswith(WHOLE):
            self.whole().save(self.engine.model.net, str(file))
            return
        own = file if self.is_own(file) else self.folder / f"own{own_suffixes(self.adapter.file_suffix)[0]}"
        self.adapter.save(self.engine.model.net, str(own))
        if own != file:
            files.write(file, files.read(own))

    def load(self, file: Path) -> None:
        """Load in the framework's own way where the format is its own. Raises :class:`SpecError` where it refuses."""
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
        """The framework's words for files of whole models, beside its adapter."""
        package = registry.location(self.job.adapter).partition(":")[0].rpartition(".")[0]
        return importlib.import_module(f"{package}.whole")

    def is_own(self, file: Path) -> bool:
        """Whether a file is of the framework's own format."""
        return file.name.endswith(own_suffixes(self.adapter.file_suffix))

    def asked(self) -> Places:
        """What each array that the framework stores holds, found by storing numbers that are all apart."""
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
        """Leave values, and what passes of the network as it is here show with them; zeros for what is not finite."""
        with zipfile.ZipFile(folder / FOUND, "w") as found:
            for name, array in self.shown(values):
                with found.open(f"{name}.npy", "w", force_zip64=True) as stream:
                    np.lib.format.write_array(stream, array)

    def shown(self, values: Values) -> Iterator[Tuple[str, np.ndarray]]:
        """One by one: all of it is several times what the network holds."""
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
    """The same with zeros for what is not finite."""
    return {
        slot: array if np.isfinite(array).all() else np.where(np.isfinite(array), array, np.float32(0))
        for slot, array in values.items()
    }


def own_suffixes(suffix: str) -> Tuple[str, ...]:
    """How names of an adapter's own files end, the one that it declares first."""
    several = {"": (".npz",), ".pt": (".pt", ".pth"), ".weights.h5": (".weights.h5", WHOLE)}
    return several.get(suffix, (suffix,))


class Array(Filled):
    """An array in the place of a recipe that makes one. No program that is written holds one."""

    def __init__(self, content: np.ndarray):
        super().__init__(0.0)
        object.__setattr__(self, "content", content)

    def array(self, shape: Shape) -> np.ndarray:
        content: np.ndarray = vars(self)["content"]
        return content.reshape(shape).copy()


def _mark(slot: Slot, at: int, network: Network) -> np.ndarray:
    """Numbers that no other slot has. A variance is among what is marked: they are greater than 0."""
    return np.random.RandomState(at).uniform(1.0, 2.0, network.shape(slot)).astype(np.float32)


def placed(arrays: files.Arrays, held: Mapping[Slot, Layout], values: Mapping[Slot, np.ndarray]) -> Places:
    """Which of some arrays holds which of the values, all of which are apart."""
    return {
        name: [(slot, held[slot]) for slot in values if _holds(array, held[slot], values[slot])]
        for name, array in arrays.items()
    }


def paths(known: Places) -> Dict[str, str]:
    """The names of arrays, with the parts that are taken, by the paths of slots."""
    return {slot.path: name + held.part for name, parts in known.items() for slot, held in parts}


def _holds(array: np.ndarray, held: Layout, mark: np.ndarray) -> bool:
    return array.shape == held.shape and np.array_equal(held.canonical(array), mark)


def interpreted(python: str, module: str, *arguments: str) -> Tuple[int, str]:
    """A module of this project, run by another interpreter: its exit status, and its last line of complaint."""
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
    """That of an interpreter that runs this project's modules, and those of the folder that it is started in."""
    paths = [str(ROOT), os.getcwd(), *filter(None, [os.environ.get("PYTHONPATH")])]
    told = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ}
    return {**told, "PYTHONPATH": os.pathsep.join(paths), "KERAS_BACKEND": "tensorflow"}


def done(
    job: Job, python: str, values: Values, at_end: contextlib.ExitStack
) -> Tuple[Answer, Mapping[str, np.ndarray]]:
    """Have a job done by an interpreter. Raises :class:`SpecError` with what is wrong where it comes to nothing.

    What was found is read as it is asked for, until the end.
    """
    folder = Path(at_end.enter_context(tempfile.TemporaryDirectory(prefix="concordance-")))
    (answer,) = _answers([(job, values)], python, [folder])
    if answer.error:
        raise SpecError(answer.error)
    return answer, at_end.enter_context(np.load(folder / FOUND))


def all_done(jobs: Sequence[Tuple[Job, Values]], python: str) -> List[Tuple[Answer, Mapping[str, np.ndarray]]]:
    """Have jobs done by one interpreter, one after the other; what is wrong is in the answers."""
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
    """Do the job in a folder."""
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
