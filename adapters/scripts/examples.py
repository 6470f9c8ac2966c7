"""The examples of all tasks as they ran on frameworks: each script, and what it printed, operation by operation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Dict, List, Optional, Sequence, Tuple

from adapters import scripts
from adapters.runners import Runner
from adapters.scripts.printed import printed
from specs import codec
from specs.programs import Program
from specs.tasks import TASKS, Task
from specs.traces import Trace


@dataclass(frozen=True)
class Example:
    """A task on an adapter: its script, the lines of each operation (first, past the last), and what each printed."""

    task: str
    adapter: str
    program: Program
    script: str
    spans: Tuple[Tuple[int, ...], ...]
    outcomes: Tuple[str, ...]
    printed: Tuple[Tuple[str, ...], ...]


@dataclass(frozen=True)
class Examples:
    """All examples of one run."""

    FORMAT: ClassVar[int] = 1

    format: int
    adapters: Dict[str, Dict[str, str]]
    examples: Tuple[Example, ...]

    def of(self, task: Task, adapter: str) -> Optional[Example]:
        """The example of a task on an adapter, unless the task has changed since it ran."""
        found = (one for one in self.examples if (one.task, one.adapter) == (task.name, adapter))
        return next((one for one in found if one.program == task.program), None)

    def save(self, folder: Path) -> Path:
        file = folder / NAME
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(codec.dumps(self, indent=1) + "\n", encoding="utf-8")
        return file

    @staticmethod
    def load(file: Path) -> Examples:
        """Read stored examples. Raises :class:`SpecError` where the file holds none, or of another format."""
        return codec.load(file, Examples)


#: Apart from reports, which are all that lies in their folder itself.
NAME = "tasks/examples.json"


def run(runners: Sequence[Runner], choices: Sequence[str]) -> Examples:
    """Run every task on every adapter. ``choices`` says by which name each was asked for."""
    found: List[Example] = []
    for task in TASKS.values():
        for runner in runners:
            runner.start(task.program)
        for runner, choice in zip(runners, choices):
            found.append(example(task, runner.name, choice, runner.finish()))
    return Examples(Examples.FORMAT, {runner.name: runner.versions for runner in runners}, tuple(found))


def example(task: Task, adapter: str, choice: str, trace: Trace) -> Example:
    script = scripts.write(task.program, choice, trace)
    return Example(
        task.name,
        adapter,
        task.program,
        script.text,
        tuple((span.start, span.stop) for span in script.spans),
        tuple(str(record.outcome) for record in trace.records),
        tuple(tuple(lines) for lines in printed(task.program, choice, trace)),
    )
