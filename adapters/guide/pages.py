"""Pages: the content of each, rendered with its template, which escapes external data."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Sequence, Tuple

import jinja2

from adapters.carrying import overview
from adapters.changes.answers import MEASURED
from adapters.guide import claimed, code, figures, pictures, shown, ways
from adapters.guide.exhibits import TEST, Draws, Framework, Identities, TaskResult
from adapters.guide.kinds import Kind, is_of_a_kind, kind_url, kinds, said
from adapters.guide.library import GLYPHS, LEGEND, Answer, Library, between_url, law_url, slug, task_url
from adapters.guide.library import ways as ways_of
from adapters.guide.subjects import APART, AS_ONE, LONG, SMALL, SUBJECTS, WIDE, Subject
from adapters.guide.tasks import CHAPTERS, TASKS, Task
from adapters.guide.timelines import timelines
from specs import __version__, codec
from specs.initializers import Default, described
from specs.laws import LAWS, DrawLaw, Law, requested
from specs.layers.layer import shape_of
from specs.programs.networks import Network
from specs.reporting.claims import Measured
from specs.reporting.reports import Report, version_text
from specs.statistics.distributions import Distribution, Normal

#: The law illustrated by pictures of gradient sums.
SUMS = "sharing.gradient_is_sum"
#: The layer kind for which initializers are drawn.
DENSE = "dense"
NO_REPORT = (
    "No report was available when this site was built, so it has no verdicts. Run the comparison and build it again."
)


class Pages:
    """All pages of a library, by their paths."""

    def __init__(self, library: Library, address: str):
        self.library = library
        self.address = address
        self.environment = jinja2.Environment(
            loader=jinja2.PackageLoader("adapters.guide", "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self.marked = library.marked_names(library.frameworks)
        self.ways = ways_of(library.frameworks)
        self.drawn = {name: self._drawn(subject) for name, subject in SUBJECTS.items()}

    def all(self) -> Dict[str, str]:
        pages = {"index.html": self._index(), "draws.html": self._draws(), "about.html": self._about()}
        # It is served at any URL, so its links start at the root of the site.
        pages["404.html"] = self._page("404.html", self.address)
        pages["claims.html"] = self._page(
            "claims.html", "", tables=claimed.tables(codec.load(claimed.MEASURED, Measured))
        )
        pages["changes.html"] = self._page("changes.html", "", timelines=timelines(Report.load(MEASURED)))
        pages["carrying.html"] = self._carrying()
        pages.update({task_url(task): self._task(task) for task in TASKS.values()})
        pages.update({law_url(law): self._law(law) for law in LAWS.values()})
        pages.update({kind_url(name): self._kind(name) for name in kinds()})
        for x, y, url in self.ways:
            pages[url] = self._way(x, y)
            pages.update(
                {between_url(url, name): self._between(Kind(self.library, name, (x, y)), url) for name in kinds()}
            )
        return pages

    def _page(self, template: str, root: str, **context: Any) -> str:
        common = {
            "root": root,
            "frameworks": [{"name": one.name, "version": shown.version(one)} for one in self.library.frameworks],
            "date": self.library.exhibits.date,
            "version": __version__,
            "apart": self.library.apart,
            "no_report": NO_REPORT if self.library.report is None else "",
        }
        return self.environment.get_template(template).render({**common, **context})

    # The home page and other single pages.

    def _index(self) -> str:
        general = [law for law in LAWS.values() if not is_of_a_kind(law)]
        verdicts = {answer.verdict for law in LAWS for answer in self.library.answers(law)}
        return self._page(
            "index.html",
            "",
            ways=[
                {
                    "x": x.name,
                    "y": y.name,
                    "url": url,
                    "key": f"{self.library.number(x.name)}-{self.library.number(y.name)}",
                }
                for x, y, url in self.ways
            ],
            kinds=[{"said": said(name), "url": kind_url(name)} for name in kinds()],
            chapters=[
                {"name": chapter, "tasks": [shown.task(task) for task in TASKS.values() if task.chapter == chapter]}
                for chapter in CHAPTERS
            ],
            matrix=[
                {"name": chapter, "rows": [self._row(law) for law in general if law.chapter == chapter]}
                for chapter in dict.fromkeys(law.chapter for law in general)
            ],
            apart_from=len(LAWS) - len(general),
            legend=[
                {"verdict": verdict, "glyph": GLYPHS[verdict], "words": words}
                for verdict, words in LEGEND.items()
                if verdict in verdicts
            ],
        )

    def _row(self, law: Law) -> Dict[str, Any]:
        cells = [shown.answer(answer) for answer in self.library.answers(law.name)]
        agreed = all(cell["verdict"] in ("holds", "missing") for cell in cells)
        return {"law": shown.law(law), "cells": cells, "agreed": agreed}

    def _draws(self) -> str:
        (into, out), (few, fewer), (narrow, long) = map(_widths, (WIDE, SMALL, LONG))
        weight = f"A weight has fan_in {into} and fan_out {out}"
        weight += f" ({few} and {fewer} if initialized with a given array)"
        bias = f"a bias has {long} elements, and its weight fan_in {narrow}"
        figures = self._figures(lambda subject: subject.kind == DENSE)
        return self._page("draws.html", "", figures=figures, shapes=f"{weight}; {bias}.")

    def _about(self) -> str:
        report, exhibits = self.library.report, self.library.exhibits
        judged = {} if report is None else report.adapters
        gathered = {one.name: one.versions for one in exhibits.frameworks}
        run: List[Tuple[str, str]] = []
        if report is not None:
            budget = report.budget
            run = [
                ("report", report.environment),
                ("date", report.run.date),
                ("command", report.run.command),
                ("seed", report.seed),
                ("programs requested per law", requested(report.programs)),
                ("laws", str(len({cell.law for cell in report.cells}))),
                ("false-alarm budget", f"{budget.total:g}"),
                ("tests of draws", f"{budget.tests} at {budget.share:.2g} each, and {budget.comparisons} comparisons"),
                ("budget spent", f"{budget.spent:.2g}"),
                ("seconds", f"{report.run.seconds:.0f}"),
            ]
        return self._page(
            "about.html",
            "",
            versions=[
                {
                    "name": name,
                    "judged": version_text(judged.get(name, {})),
                    "gathered": version_text(gathered.get(name, {})),
                }
                for name in {**judged, **gathered}
            ],
            run=run,
            gathered=[
                ("date", exhibits.date),
                ("command", exhibits.command),
                ("tasks", str(len({one.task for one in exhibits.task_results}))),
            ],
        )

    # A task.

    def _task(self, task: Task) -> str:
        library = self.library
        performed = {one.name: library.task_result(task.name, one.name) for one in library.frameworks}
        names = list(TASKS)
        at = names.index(task.name)
        answers = [answer for law in task.laws for answer in library.answers(law)]
        differing = [answer for answer in answers if answer.verdict not in ("holds", "missing")]
        return self._page(
            "task.html",
            "../",
            task={"name": task.name, "chapter": task.chapter, "statement": task.statement, "networks": _networks(task)},
            columns=[self._column(task, one, performed[one.name]) for one in library.frameworks],
            steps=[
                {
                    "said": str(operation),
                    "cells": [self._step(task, performed[one.name], at) for one in library.frameworks],
                }
                for at, operation in enumerate(task.program.operations)
            ],
            pictures=self._pictures(task),
            sums=self._sums(task in (APART, AS_ONE)),
            differences=[shown.answer(answer) for answer in differing],
            agreement="" if differing else self._agreement(answers),
            unjudged=self._unjudged(answers),
            figures=self._figures(lambda subject: subject.law in task.laws),
            laws=[shown.law(LAWS[law]) for law in task.laws],
            before=shown.task(TASKS[names[at - 1]]) if at else None,
            after=shown.task(TASKS[names[at + 1]]) if at + 1 < len(names) else None,
        )

    def _agreement(self, answers: Sequence[Answer]) -> str:
        judged = dict.fromkeys(answer.framework for answer in answers if answer.verdict != "missing")
        return f"{_listed(judged)} gave the specified answers." if judged else ""

    def _unjudged(self, answers: Sequence[Answer]) -> str:
        """A sentence that names the frameworks without answers to all laws of a task."""
        missing = dict.fromkeys(answer.framework for answer in answers if answer.verdict == "missing")
        return f"The report has no verdicts, or not on all of these laws, for {_listed(missing)}." if missing else ""

    def _column(self, task: Task, framework: Framework, performed: TaskResult) -> Dict[str, Any]:
        return {
            "name": framework.name,
            "version": shown.version(framework),
            "roles": self._roles(task, framework),
            "missing": performed.missing,
            "setup": code.highlighted(performed.setup, self.marked, performed.idle),
            "idle": bool(performed.idle or any(step.idle for step in performed.steps)),
        }

    def _roles(self, task: Task, framework: Framework) -> List[Dict[str, Any]]:
        marked = self.library.marked(self.library.frameworks)
        return [
            {
                "name": held.name,
                "axes": " ".join(held.axes),
                "renamed": marked[role][0],
                "turned": marked[role][1],
            }
            for role, held in framework.roles.items()
            if task.is_about(role)
        ]

    def _step(self, task: Task, performed: TaskResult, at: int) -> Dict[str, Any]:
        if performed.missing:
            return {"framework": performed.framework, "missing": True}
        near = self.library.nearest(task, performed.framework)
        return shown.step(performed.framework, performed.steps[at], self.marked, near)

    def _pictures(self, task: Task) -> List[Dict[str, Any]]:
        frameworks = {one.name: one for one in self.library.frameworks}
        found = [
            one for one in self.library.exhibits.identities if one.task == task.name and one.framework in frameworks
        ]
        found.sort(key=lambda one: one.operation)
        return [self._slots(task, one, frameworks[one.framework]) for one in found]

    def _slots(self, task: Task, shown: Identities, framework: Framework) -> Dict[str, Any]:
        network = task.program.network_at[shown.operation]
        assert network is not None, "something was looked at"
        return pictures.slots(shown, network, framework, _moment(task, shown.operation))

    def _sums(self, wanted: bool) -> Dict[str, Any]:
        gradients = self.library.exhibits.gradients if wanted else ()
        return {
            "tasks": [shown.task(APART), shown.task(AS_ONE)],
            "figures": [pictures.gradient_sum(one) for one in gradients],
        }

    # A law.

    def _law(self, law: Law) -> str:
        answers = self.library.answers(law.name)
        given: Dict[str, List[str]] = {}
        for answer in answers:
            if answer.cell is not None:
                given.setdefault(answer.answer, []).append(answer.framework)
        known = {text: "" if isinstance(law, DrawLaw) else str(meaning) for text, meaning in law.answers.items()}
        return self._page(
            "law.html",
            "../",
            law=shown.law(law),
            answers=[
                {"text": text, "meaning": meaning, "specified": text == law.specified, "given_by": given.get(text, [])}
                for text, meaning in {
                    law.specified: "",
                    **known,
                    **{text: "" for text in given if text not in known},
                }.items()
            ],
            cells=[{**shown.answer(answer), "facts": answer.facts, "program": answer.program} for answer in answers],
            figures=self._figures(lambda subject: subject.law == law.name),
            sums=self._sums(law.name == SUMS),
            tasks=[shown.task(task) for task in TASKS.values() if law.name in task.laws],
        )

    # Figures.

    def _figures(self, wanted: Any) -> List[Dict[str, Any]]:
        return [one for name, found in self.drawn.items() if wanted(SUBJECTS[name]) for one in found]

    def _drawn(self, subject: Subject) -> List[Dict[str, Any]]:
        """The figure of a subject with the numbers below it; empty if no framework drew it."""
        draws = [one for one in self.library.exhibits.draws if one.subject == subject.name]
        if not draws:
            return []
        given = "" if isinstance(subject.initializer, Default) else f": {described(subject.initializer)}"
        title = f"{subject.name[0].upper()}{subject.name[1:]}{given}"
        label = f"{title}. Draws of {', '.join(one.framework for one in draws)} over {subject.specified}"
        drawable = [one for one in draws if figures.can_draw(one)]
        others = {one.framework: one.fits[0].answer for one in draws if _is_own(subject, one)}
        return [
            {
                "anchor": slug(subject.name),
                "title": title,
                "specified": str(subject.specified),
                "own": "; ".join(f"{name}: {subject.distribution(answer)}" for name, answer in others.items()),
                "svg": figures.drawing(subject, drawable, label, f"f{[*SUBJECTS].index(subject.name)}")
                if drawable
                else "",
                "undrawn": [one.framework for one in draws if one not in drawable],
                "rows": [_numbers(one) for one in draws],
                "tests": _told_tests(draws),
                "mean": _number(subject.specified.mean),
                "std": _number(subject.specified.std),
                "range": _support(subject.specified),
            }
        ]

    # Layer kinds.

    def _kind(self, name: str) -> str:
        kind = Kind(self.library, name, self.library.frameworks)
        return self._page(
            "kind.html",
            "../",
            ways=[{"x": x.name, "y": y.name, "url": between_url(url, name)} for x, y, url in self.ways],
            answers=kind.parts(kind.answers),
            reasons=kind.reasons(kind.answers),
            figures=self._figures(lambda subject: subject.kind == name and isinstance(subject.initializer, Default)),
            chapters=kind.tasks(),
            **kind.shown(),
        )

    def _carrying(self) -> str:
        """The results of carrying each layer kind between each two frameworks, with links to details."""
        urls = {(x.name, y.name): url for x, y, url in self.ways}
        pairs = [pair for pair in overview.pairs_of(self.library.fates) if pair in urls]
        rows = [
            {
                "said": overview.words(kind),
                "cells": [
                    {
                        "url": between_url(urls[pair], kind) if kind in kinds() else urls[pair],
                        "said": ", ".join(cells.get(pair, [])),
                    }
                    for pair in pairs
                ],
            }
            for kind, cells in overview.answers(self.library.fates).items()
        ]
        return self._page("carrying.html", "", pairs=pairs, rows=rows, reasons=overview.reasons(self.library.fates))

    def _port(self, kind: Kind) -> Dict[str, Any]:
        x, y = (one.name for one in kind.frameworks)
        port = self.library.port(kind.kind, x, y)
        if port is None:
            return {}
        return {
            "code": code.highlighted(port.code, self.marked),
            "printed": "\n".join(port.printed),
            "before": "\n".join(port.before),
            "prices": port.prices,
            "missing": port.missing,
        }

    def _between(self, kind: Kind, url: str) -> str:
        x, y = kind.frameworks
        changed = kind.changed()
        return self._page(
            "between.html",
            "../../",
            way={"url": url},
            back={"url": between_url(self._way_url(y, x), kind.kind)},
            starts=kind.starts(),
            port=self._port(kind),
            answers=kind.parts(changed),
            reasons=kind.reasons(changed),
            **kind.shown(),
        )

    # From one framework to another.

    def _way_url(self, x: Framework, y: Framework) -> str:
        return next(url for one, other, url in self.ways if (one, other) == (x, y))

    def _way(self, x: Framework, y: Framework) -> str:
        return self._page(
            "way.html",
            "../",
            x={"name": x.name},
            y={"name": y.name},
            back={"url": self._way_url(y, x)},
            kinds=[
                {
                    "said": said(name),
                    "url": between_url(self._way_url(x, y), name),
                    "changes": len(Kind(self.library, name, (x, y)).changed()),
                }
                for name in kinds()
            ],
            **ways.Way(self.library, x, y).shown(),
        )


def _listed(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _moment(task: Task, at: int) -> str:
    """When an operation inspects identities: after which step."""
    return f"Step {at + 1}, after “{task.program.operations[at - 1]}”"


def _widths(network: Network) -> Tuple[int, int]:
    (into,), (out,) = shape_of(network.given), shape_of(network.output)
    return into, out


def _networks(task: Task) -> str:
    """The networks of a task if it has several: the code alone does not show at once how they differ."""
    layers = [f"{name}: {codec.shown(network.layers)}" for name, network in task.program.networks.items()]
    return "; ".join(layers) if len(layers) > 1 else ""


# Numbers.


def _number(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def _support(law: Distribution) -> str:
    """The range of possible values. A normal distribution is unbounded, even though the judge cuts its tails off."""
    if isinstance(law, Normal):
        return "unbounded"
    return f"{_number(law.support[0])} to {_number(law.support[1])}"


def _is_own(subject: Subject, draws: Draws) -> bool:
    """Whether a framework is expected to draw from a distribution other than the specified one."""
    return bool(draws.fits) and subject.distribution(draws.fits[0].answer) != subject.specified


def _numbers(draws: Draws) -> Dict[str, Any]:
    return {
        "framework": draws.framework,
        "missing": draws.missing,
        "n": str(draws.n),
        "mean": _number(draws.mean),
        "std": _number(draws.std),
        "range": f"{_number(draws.least)} to {_number(draws.most)}",
        "p": _p(draws),
    }


def _p(draws: Draws) -> str:
    return _probability(draws.fits[0].p_values[TEST]) if draws.fits else "not random"


def _probability(p: float) -> str:
    """A p-value; one that underflows to zero is shown as an upper bound."""
    return f"{p:.2g}" if p else "under 1e−300"


def _told_tests(draws: Sequence[Draws]) -> List[str]:
    """The results of all tests, in one sentence per framework."""
    sentences = []
    for one in draws:
        if not one.fits:
            continue
        least, test = min((p, test) for test, p in one.fits[0].p_values.items())
        sentence = f"{one.framework}: smallest p of {len(one.fits[0].p_values)} tests {_probability(least)} ({test})"
        if len(one.fits) > 1:
            sentence += f"; against the specified distribution, p is {_probability(one.fits[1].p_values[TEST])}"
        sentences.append(sentence + ".")
    return sentences
