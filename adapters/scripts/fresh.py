"""Runs scripts, each in a process that has a framework imported and has done nothing with it yet.

``python -I fresh.py MODULE...`` imports the modules, then reads from stdin a line for each script, JSON of its text and
its arguments, and answers with a line: the script's exit code, what it printed, what it wrote to stderr, and which of
its lines it did not reach. A new process is forked for each.
What a script had to import besides is imported before the next one is forked: a framework puts off what is slow.
It knows nothing of the project that the scripts come from.
"""

import contextlib
import dis
import importlib
import json
import os
import sys
import tempfile
import traceback
import types
from typing import Any, List, Sequence, Set, Tuple

#: The name under which a script is compiled.
NAME = "script.py"


def run(text: str, arguments: Sequence[str], folder: str) -> Tuple[int, str, str, List[int], List[str]]:
    """Run a script in a folder, in a process of its own.

    How it ended, what it printed, which lines it did not reach, and what it imported.
    """
    with contextlib.ExitStack() as files:
        out, err, about = (files.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os.chdir(folder)
            sys.argv = [NAME, *arguments]
            known = {*sys.modules}
            status, idle = execute(text)
            imported = [name for name in sys.modules if name not in known]
            about.write(json.dumps([idle, imported]).encode("utf-8"))
            about.flush()
            os._exit(status)
        _, status = os.waitpid(child, 0)
        for file in (out, err, about):
            file.seek(0)
        told, complaint, last = (file.read().decode("utf-8", "replace") for file in (out, err, about))
        return (status, told, complaint, *json.loads(last or "[[], []]"))


def execute(text: str) -> Tuple[int, List[int]]:
    """Run a script here; its exit code, and the lines, counted from 1, that have code which was not reached."""
    reached: Set[int] = set()

    def follow(frame: types.FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != NAME:
            return None
        if event == "line":
            reached.add(frame.f_lineno)
        return follow

    code = None
    status = 1
    try:
        code = compile(text, NAME, "exec")
        sys.settrace(follow)
        exec(code, {"__name__": "__main__"})
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.settrace(None)
        sys.stdout.flush()
        sys.stderr.flush()
    return status, sorted(_lines(code) - reached)


def _lines(code: Any) -> Set[int]:
    """The lines that some code, or a function in it, begins something on."""
    if not isinstance(code, types.CodeType):
        return set()
    own = {line for _, line in dis.findlinestarts(code) if line}
    # A function's first line is its head: what runs there is its definition, which belongs to the code around it.
    own.discard(code.co_firstlineno)
    return own.union(*map(_lines, code.co_consts))


def main(modules: Sequence[str]) -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a framework prints is no answer
    for module in modules:
        importlib.import_module(module)
    for line in sys.stdin:
        text, arguments = json.loads(line)
        with tempfile.TemporaryDirectory() as folder:
            *ended, imported = run(text, arguments, folder)
        answers.write(json.dumps(ended) + "\n")
        answers.flush()
        for module in imported:
            with contextlib.suppress(Exception):
                importlib.import_module(module)


if __name__ == "__main__":
    main(sys.argv[1:])
