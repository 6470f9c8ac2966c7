"""The index for the site's search and for ``python -m adapters show``: words, and the pages they lead to.

Words come from task statements, law names, native names, and code that ran. Queries are looked up in the same way here
and in ``assets/guide.js``.
"""

from __future__ import annotations

import collections
import functools
import math
import re
from dataclasses import dataclass, field
from typing import Any, Dict, Iterable, Iterator, List, Sequence, Tuple

from adapters.guide import code
from adapters.guide.aspects import aspects
from adapters.guide.kinds import everywhere, kind_url, kinds, laws_of, said
from adapters.guide.library import Answer, Library, between_url, law_url, task_url, ways
from adapters.guide.tasks import TASKS, Task
from specs.laws import LAWS

#: Weight of a word in the name of an entry, in its description, and elsewhere in its text.
CALLED, DOES, SAYS = 6, 4, 1
#: Factors for a match at the start of a word, inside a word, and by the parts of an unknown name.
BEGINS, INSIDE, PARTS = 0.5, 0.2, 0.7
#: Common synonyms of words used here.
SYNONYMS = {
    "he": "kaiming",
    "xavier": "glorot",
    "dense": "fully connected",
    "transposed": "deconvolution",
    "convolution": "conv",
    "share": "tie sharing",
    "network": "model",
    "read": "get fetch",
    "write": "set assign",
    "excluded": "freeze",
    "exclude": "freeze",
    "torch": "pytorch",
    "gluon": "mxnet",
    "keras": "tensorflow",
}
#: Names by which people know a task, whether or not they occur in its code.
KNOWN_AS = {
    "read-weight": "get_weights",
    "list-parameters": "named_parameters collect_params summary",
    "inferred-width": "DeferredInitializationError UninitializedParameter LazyLinear",
    "write-weight": "set_data set_weights",
    "initialize-xavier-uniform": "GlorotUniform xavier_uniform_",
    "initialize-he-uniform": "HeUniform kaiming_uniform_ MSRAPrelu",
    "initialize-he-normal": "HeNormal kaiming_normal_",
    "initialize-again": "force_reinit twice",
    "seed": "manual_seed set_random_seed",
    "gradients": "Parameter.grad",
    "second-backward": "accumulate accumulation",
    "freeze": "requires_grad trainable trainable_variables",
    "share-parameters": "share weights between",
    "save-and-load": "state_dict load_state_dict save_weights load_weights save_parameters load_parameters",
}
#: Stop words.
_SILENT = """
a all an and are as at be by can do doe for from how i in is it my not of on one or that the to what when where which
with def false import none print return self true
"""
SILENT = frozenset(_SILENT.split())
#: A word in the text of more than this fraction of entries counts only for names and descriptions.
OFTEN = 0.3


@dataclass(frozen=True)
class Entry:
    """A page: its sort, title, URL and name, and the weights of its words."""

    sort: str
    title: str
    url: str
    name: str = ""
    words: Dict[str, int] = field(default_factory=dict)

    def add(self, weight: int, texts: Iterable[str]) -> None:
        for word in (word for text in texts for word in words(text)):
            self.words[word] = max(self.words.get(word, 0), weight)


def words(text: str) -> List[str]:
    """Words of a text as they are looked up: names, both whole and in parts."""
    return [word for name in _names(text) for word in _forms(name)]


@functools.lru_cache(maxsize=None)
def _forms(name: str) -> Tuple[str, ...]:
    """Cached, since few names make up all texts."""
    return tuple(word for word in dict.fromkeys([_plain(name), *parts(name)]) if word)


def parts(name: str) -> List[str]:
    """The parts of a name of several words: ``glorot`` and ``uniform`` for ``GlorotUniform``."""
    found = [_plain(part) for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+", name)]
    return [part for part in found if part] if len(found) > 1 else []


def _names(text: str) -> List[str]:
    return re.findall(r"[^\W\d]\w*", text)


def _plain(name: str) -> str:
    """A name in lower case without underscores and plural s; empty for a stop word."""
    small = name.replace("_", "").lower()
    word = small[:-1] if len(small) > 3 and small.endswith("s") and not small.endswith("ss") else small
    return "" if len(word) < 2 or word in SILENT else word


class Index:
    """Entries, and for each word the entries that contain it, with weights."""

    def __init__(self, library: Library):
        self.entries = [*_kinds(library), *_tasks(library), *_laws(library), *_ways(library), *_others()]
        found: Dict[str, List[Tuple[int, int]]] = collections.defaultdict(list)
        for at, entry in enumerate(self.entries):
            for word, weight in _with_synonyms(entry.words).items():
                found[word].append((at, weight))
        often = OFTEN * len(self.entries)
        self.words = {
            word: [pair for pair in there if len(there) < often or pair[1] > SAYS]
            for word, there in sorted(found.items())
        }

    def find(self, text: str) -> List[Tuple[Entry, float]]:
        """Matching entries with their scores, best first."""
        typed = [name for name in dict.fromkeys(_names(text)) if _plain(name)]
        found = [self._named(name) for name in typed]
        scores = {
            at: sum(each.get(at, 0.0) for each in found) * (sum(at in each for each in found) / len(typed)) ** 2
            for at in {at for each in found for at in each}
        }
        return [(self.entries[at], score) for at, score in sorted(scores.items(), key=lambda one: (-one[1], one[0]))]

    def _named(self, name: str) -> Dict[int, float]:
        """The entries that contain a name, or all of its parts."""
        whole = self._having(_plain(name))
        pieces = [self._having(part) for part in parts(name)]
        share = INSIDE if _plain(name) in self.words else PARTS
        for at in set.intersection(*map(set, pieces)) if pieces else ():
            whole[at] = whole.get(at, 0.0) + share * sum(piece[at] for piece in pieces)
        return whole

    def _having(self, word: str) -> Dict[int, float]:
        """The entries with a word that equals, begins with or contains this one; rarer words count more."""
        best: Dict[int, float] = {}
        for known, there in self.words.items():
            if word in known:
                share = 1.0 if known == word else BEGINS if known.startswith(word) else INSIDE
                for at, weight in there:
                    best[at] = max(best.get(at, 0.0), share * weight)
        rare = math.log((1 + len(self.entries)) / (1 + len(best)))
        return {at: rare * weight for at, weight in best.items()}

    def packed(self) -> Dict[str, Any]:
        """The data for the browser: the entries, and for each word alternating positions and weights."""
        return {
            "entries": [[one.sort, one.title, one.url] for one in self.entries],
            "words": {word: [number for pair in there for number in pair] for word, there in self.words.items()},
            "silent": sorted(SILENT),
            "shares": [BEGINS, INSIDE, PARTS],
        }


def _with_synonyms(found: Dict[str, int]) -> Dict[str, int]:
    others = {other: weight for word, weight in found.items() for other in words(SYNONYMS.get(word, ""))}
    return {word: max(others.get(word, 0), found.get(word, 0)) for word in {**found, **others}}


def _tasks(library: Library) -> Iterator[Entry]:
    counted = collections.Counter(
        aspect for task in TASKS.values() for aspect in {one for each in aspects(task.program) for one in each}
    )
    for task in sorted(TASKS.values(), key=_of_some_kind):
        entry = Entry(f"task · {task.chapter}", task.statement, task_url(task), task.name)
        entry.add(CALLED, [task.statement, task.name, KNOWN_AS.get(task.name, "")])
        least = [min(counted[one] for one in each) for each in aspects(task.program)]
        for result in (library.task_result(task.name, one.name) for one in library.frameworks):
            entry.add(SAYS, result.setup)
            for rare, step in zip(least, result.steps):
                entry.add(DOES if rare == min(least) else SAYS, step.code)
                entry.add(SAYS, [*step.printed, step.message])
        entry.add(SAYS, (text for law in task.laws for text in _told(library.answers(law))))
        yield entry


def _of_some_kind(task: Task) -> bool:
    """Sort key: among equal matches, tasks that are not about a layer kind come first."""
    return not {*task.kinds} <= {*everywhere()}


def _laws(library: Library) -> Iterator[Entry]:
    for law in LAWS.values():
        entry = Entry(f"law · {law.name}", law.question, law_url(law), law.name)
        entry.add(CALLED, [law.question, law.name])
        entry.add(DOES, [law.specified])
        entry.add(SAYS, _told(library.answers(law.name)))
        yield entry


def _kinds(library: Library) -> Iterator[Entry]:
    for kind in kinds():
        entry = Entry("layer kind", f"{said(kind)} layer", kind_url(kind), kind)
        entry.add(CALLED, [kind])
        for one in library.frameworks:
            names = [held.name for role, held in one.roles.items() if role.partition(".")[0] == kind]
            classes = one.kinds[kind].classes if kind in one.kinds else {}
            entry.add(CALLED, [*names, *classes])
            entry.add(SAYS, [text for arguments in classes.values() for text in arguments])
        entry.add(SAYS, (text for law in laws_of(kind) for text in _told(library.answers(law.name))))
        yield entry


def _ways(library: Library) -> Iterator[Entry]:
    known = {one.name: _calls(library, one.name) for one in library.frameworks}
    for x, y, url in ways(library.frameworks):
        entry = Entry("from X to Y", f"From {x.name} to {y.name}", url)
        entry.add(CALLED, [entry.title, "port migrate move equivalent"])
        entry.add(DOES, known[x.name])
        yield entry
        for kind in kinds():
            between = Entry("from X to Y", f"{said(kind)} layer, from {x.name} to {y.name}", between_url(url, kind))
            between.add(CALLED, [between.title, kind, "port carry weights"])
            yield between


def _calls(library: Library, framework: str) -> Iterable[str]:
    """Names that users of a framework know: those in its code for all tasks."""
    results = [library.task_result(task, framework) for task in TASKS]
    return {name for result in results for step in result.steps for name in code.names(step.code)}


def _others() -> Sequence[Entry]:
    found = (
        Entry("page", "What each initializer draws", "draws.html"),
        Entry("page", "What was run, and on which versions", "about.html"),
        Entry("page", "When answers changed", "changes.html"),
        Entry("page", "Carry the weights", "carrying.html"),
        Entry("page", "What the source chapters claim", "claims.html"),
    )
    found[0].add(CALLED, ["What each initializer draws", "distribution histogram figure"])
    found[1].add(CALLED, ["What was run, and on which versions", "versions seed"])
    found[2].add(CALLED, ["When answers changed", "timeline version upgrade"])
    found[-1].add(CALLED, ["What the source chapters claim", "textbook false refuted"])
    return found


def _told(answers: Sequence[Answer]) -> Iterable[str]:
    for answer in answers:
        yield from (answer.answer, answer.reason) if answer.verdict not in ("holds", "missing") else ()
