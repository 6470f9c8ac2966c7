"""Runs scripts, each in a process that has a framework imported and has done nothing with it yet.

``python -I fresh.py MODULE...`` imports the modules, then reads from stdin one JSON text a line, and for each of them
answers with a line: the script's exit code, what it printed, what it wrote to stderr. A new process is forked for each.
It knows nothing of the project that the scripts come from.
"""

import importlib
import json
import os
import sys
import tempfile
import traceback
from typing import Sequence, Tuple


def run(text: str, folder: str) -> Tuple[int, str, str]:
    """Run a script in a folder, in a process of its own; tell how it ended and what it printed."""
    with open(os.path.join(folder, ".out"), "w+b") as out, open(os.path.join(folder, ".err"), "w+b") as err:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os.chdir(folder)
            os._exit(execute(text))
        _, status = os.waitpid(child, 0)
        out.seek(0)
        err.seek(0)
        return status, out.read().decode("utf-8", "replace"), err.read().decode("utf-8", "replace")


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
            answers.write(json.dumps(run(json.loads(line), folder)) + "\n")
            answers.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
