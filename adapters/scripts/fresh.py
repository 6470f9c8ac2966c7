"""Runs scripts, each in a fresh process that has only imported a framework.

``python -I fresh.py MODULE...`` imports the modules, then reads a line from stdin for each script, JSON of its text and
arguments, and answers with a line: the script's exit code, its stdout and stderr, and the lines it did not execute. A
new process is forked for each script.
Modules that a script imported are imported before the next fork, since frameworks defer slow imports.
This file does not depend on the project.
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
    """Run a script in a folder, in a new process.

    Return its exit code, stdout, stderr, the lines it did not execute, and the modules it imported.
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
        printed, complaint, last = (file.read().decode("utf-8", "replace") for file in (out, err, about))
        return (status, printed, complaint, *json.loads(last or "[[], []]"))


def execute(text: str) -> Tuple[int, List[int]]:
    """Run a script in this process; return its exit code and the lines, counted from 1, whose code was not executed."""
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
    """The lines on which code, including nested functions, has instructions."""
    if not isinstance(code, types.CodeType):
        return set()
    own = {line for _, line in dis.findlinestarts(code) if line}
    # A function's first line is its header, which is executed as part of the enclosing code.
    own.discard(code.co_firstlineno)
    return own.union(*map(_lines, code.co_consts))


def main(modules: Sequence[str]) -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # output of a framework must not mix with answers
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
