"""Runs scripts, each in a process that has a framework imported and has done nothing with it yet.

``python -I fresh.py MODULE...`` imports the modules, then reads from stdin one JSON text a line, and for each of them
answers with a line: the script's exit code, what it printed, what it wrote to stderr. A new process is forked for each.
What a script had to import besides is imported before the next one is forked: a framework puts off what is slow.
It knows nothing of the project that the scripts come from.
"""

import contextlib
import importlib
import json
import os
import sys
import tempfile
import traceback
from typing import List, Sequence, Tuple


def run(text: str, folder: str) -> Tuple[int, str, str, List[str]]:
    """Run a script in a folder, in a process of its own; tell how it ended, what it printed, and what it imported."""
    with contextlib.ExitStack() as files:
        out, err, imported = (files.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os.chdir(folder)
            known = {*sys.modules}
            status = execute(text)
            imported.write("\n".join(name for name in sys.modules if name not in known).encode("utf-8"))
            imported.flush()
            os._exit(status)
        _, status = os.waitpid(child, 0)
        for file in (out, err, imported):
            file.seek(0)
        told, complaint, modules = (file.read().decode("utf-8", "replace") for file in (out, err, imported))
        return status, told, complaint, modules.splitlines()


def execute(text: str) -> int:
    try:
        exec(compile(text, "script.py", "exec"), {"__name__": "__main__"})
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def main(modules: Sequence[str]) -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a framework prints is no answer
    for module in modules:
        importlib.import_module(module)
    for line in sys.stdin:
        with tempfile.TemporaryDirectory() as folder:
            *ended, imported = run(json.loads(line), folder)
        answers.write(json.dumps(ended) + "\n")
        answers.flush()
        for module in imported:
            with contextlib.suppress(Exception):
                importlib.import_module(module)


if __name__ == "__main__":
    main(sys.argv[1:])
