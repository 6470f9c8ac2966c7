"""What a search looks through: the title of each page, and the words that lead to it."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterable, List, Sequence, Set

from adapters.guide.library import Answer, Library, law_url, task_url
from adapters.guide.tasks import TASKS, Task
from specs.laws import LAWS

#: A name as code has it, with what it is reached through: ``tape.gradient``.
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+")
_WORD = re.compile(r"[^\W\d]\w+")


def words(texts: Iterable[str]) -> str:
    """The words and dotted names of texts, each once."""
    found: Set[str] = set()
    for text in texts:
        found.update(_WORD.findall(text), _DOTTED.findall(text))
    return " ".join(sorted(found))


def entries(library: Library, ways: Sequence[Dict[str, Any]]) -> List[Dict[str, str]]:
    """An entry for each page but the first."""
    return [
        *(
            _entry(f"task · {task.chapter}", task.statement, task_url(task), [task.name, *_task(library, task)])
            for task in TASKS.values()
        ),
        *(
            _entry(f"law · {name}", law.question, law_url(law), _told(library.answers(name)), name)
            for name, law in LAWS.items()
        ),
        *(_entry("from X to Y", f"From {way['x']} to {way['y']}", way["url"], _way(library, way)) for way in ways),
        _entry("page", "What each initializer draws", "draws.html", ["draws"]),
        _entry("page", "What was run, on what", "about.html", ["versions seed"]),
    ]


def _entry(kind: str, title: str, url: str, texts: Iterable[str], name: str = "") -> Dict[str, str]:
    return {"kind": kind, "title": title, "url": url, "names": words([*texts, name, name.replace("_", " ")])}


def _task(library: Library, task: Task) -> Iterable[str]:
    """What a page of a task says in code, in what was printed, and in reasons."""
    for framework in library.frameworks:
        task_result = library.task_result(task.name, framework.name)
        yield from task_result.setup
        for step in task_result.steps:
            yield from (*step.code, *step.printed, step.message)
    for law in task.laws:
        yield from _told(library.answers(law))


def _way(library: Library, way: Dict[str, Any]) -> Iterable[str]:
    """What two frameworks call otherwise, or hold in another order of axes."""
    pair = (way["from"], way["to"])
    for role, (renamed, turned) in library.marked(pair).items():
        named = [one.roles[role].name for one in pair if role in one.roles]
        yield from [*(named if renamed else ()), *(("transpose", "axes") if turned else ())]


def _told(answers: Sequence[Answer]) -> Iterable[str]:
    for answer in answers:
        yield from (answer.answer, answer.reason) if answer.verdict not in ("holds", "missing") else ()
