"""The guide: the content of its pages, that all of its links resolve, and errors for bad input."""

from __future__ import annotations

import dataclasses
import html.parser
import math
import posixpath
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from adapters.carrying.divergences import REFUSED, SHARED
from adapters.carrying.overview import CARRIED, Fate
from adapters.changes.answers import FAMILIES, MEASURED, answer, answers, eras
from adapters.guide import claimed
from adapters.guide.exhibits import TEST, Exhibits, Fit, Gradients, Held, Port, Seen
from adapters.guide.kinds import is_of_a_kind
from adapters.guide.library import law_url
from adapters.guide.subjects import APART, AS_ONE, SUBJECTS, OneOf
from adapters.guide.tasks import TASKS
from adapters.guide.timelines import COLUMN, SIDE, timelines
from specs import __version__, codec
from specs.errors import SpecError
from specs.initializers import Normal
from specs.laws import LAWS
from specs.programs.operations import TieAfterBuild
from specs.reporting.claims import REFUTED, Measured
from specs.reporting.reports import Report
from tests.suite.exhibited import HOSTILE, HOSTILE_LINK, exhibits, gathered, hostile_exhibits, hostile_report, report

pytest.importorskip("jinja2", reason="pages are made with Jinja2, Pygments and Matplotlib")
pytest.importorskip("matplotlib", reason="pages are made with Jinja2, Pygments and Matplotlib")

from adapters.guide import __main__ as command_line
from adapters.guide import figures, site
from adapters.guide.code import highlighted

NAMES = ("one", "two", "three")


@pytest.fixture(scope="module", autouse=True)
def each_figure_is_drawn_once():
    """Drawing takes longer than all else on a site, and most sites here have the same figures."""
    drawing, drawn = figures.drawing, {}

    def kept(*given):
        if repr(given) not in drawn:
            drawn[repr(given)] = drawing(*given)
        return drawn[repr(given)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "drawing", kept)
        yield


@pytest.fixture(scope="module")
def files():
    return site.built(report(*NAMES), exhibits(*NAMES))


@pytest.fixture(scope="module")
def pages(files):
    return {path: Page(data.decode()) for path, data in files.items() if path.endswith(".html")}


class Page(html.parser.HTMLParser):
    """A page's links, identifiers and text, and the elements that would load or run something."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.elements, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.elements.append((tag, found))
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found["href"])

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


# Content.


def test_every_page_says_what_it_is_about_and_of_which_version_and_day(pages, files):
    """Search engines show titles and descriptions, so no two pages have the same title."""
    texts = {path: files[path].decode() for path in pages}
    titles = {path: re.findall("<title>(.+) · Concordance</title>", text) for path, text in texts.items()}
    assert sorted({path for path, found in titles.items() if len(found) != 1}) == []
    assert len({found for (found,) in titles.values()}) == len(pages)
    told = {path: re.findall('<meta name="description" content="([^"]{20,})">', text) for path, text in texts.items()}
    assert sorted({path for path, found in told.items() if len(found) != 1}) == []
    for page in pages.values():
        assert f"Concordance {__version__}. " in page.text
        assert exhibits(*NAMES).date in page.text


def test_where_it_is_published_it_has_a_map_and_its_page_for_missing_addresses_leads_back():
    shown = dataclasses.replace(exhibits("one"), draws=())
    files = site.built(report("one"), shown, "https://example.org/site/")
    named = re.findall("<loc>https://example.org/site/(.+?)</loc>", files["sitemap.xml"].decode())
    assert sorted([*named, "404.html"]) == sorted(path for path in files if path.endswith(".html"))
    links = Page(files["404.html"].decode()).links
    assert {link for link in links if not link.startswith("https://example.org/site/")} == {"#main"}
    for path in named:
        assert b"https://example.org" not in files[path], path


def test_an_address_stays_the_same_when_another_framework_joins():
    one, more = (
        site.built(report(*names), dataclasses.replace(exhibits(*names), draws=()))
        for names in (("one", "two"), ("new", "one", "two"))
    )
    assert {*one} < {*more}
    for path, data in one.items():
        if path.endswith(".html"):
            assert {*Page(data.decode()).ids} - {*Page(more[path].decode()).ids} == set(), path


def test_there_is_a_page_for_each_task_and_each_law_and_each_pair(pages):
    assert {f"tasks/{name}.html" for name in TASKS} < set(pages)
    assert {law_url(law) for law in LAWS.values()} < set(pages)
    assert len([path for path in pages if re.fullmatch("from/[^/]+", path)]) == len(NAMES) * (len(NAMES) - 1)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_shows_the_code_and_the_value_of_every_framework(pages, name):
    page = pages[f"tasks/{name}.html"]
    assert TASKS[name].statement in page.text
    for framework in NAMES:
        assert page.text.count(framework) > len(TASKS[name].program.operations)
    assert page.text.count("[[7.25]]") == len(NAMES) * len(TASKS[name].program.operations)


def test_a_layer_that_was_carried_is_shown_with_what_both_printed(pages):
    text = pages["from/one-to-two/dense.html"].text
    for shown in ("weight = kernel.T", "[[5.25]]", "[[5.5]]", "it trains otherwise"):
        assert shown in text
    assert "Carrying a trained layer" not in pages["from/one-to-two/lstm.html"].text


def test_why_a_layer_is_not_carried_is_told():
    refused = Port("lstm", "one", "two", missing="two has no such layer")
    files = site.built(report("one", "two"), dataclasses.replace(exhibits("one", "two"), ports=(refused,)))
    assert "two has no such layer" in Page(files["from/one-to-two/lstm.html"].decode()).text


def test_what_became_of_each_kind_is_a_page_that_leads_to_how():
    fates = (
        Fate("one", "two", "dense", CARRIED, 2),
        Fate("one", "two", "lstm", "merged_biases", 2),
        Fate("one", "two", SHARED[0], REFUSED, 1, ("there is none",)),
    )
    page = Page(site.built(report("one", "two"), exhibits("one", "two"), fates=fates)["carrying.html"].decode())
    assert {"from/one-to-two/dense.html", "from/one-to-two/lstm.html", "from/one-to-two.html"} <= set(page.links)
    for shown in ("merged_biases", "batch norm used twice", "refused", "there is none"):
        assert shown in page.text


def test_every_operation_of_a_task_is_said_in_words():
    operations = [operation for task in TASKS.values() for operation in task.program.operations]
    assert all(re.fullmatch(r"[A-Z][^{}]*", str(operation)) for operation in operations)


def test_files_have_names_that_need_no_quoting(files):
    assert [path for path in files if not re.fullmatch(r"[\w./-]+", path)] == []


def test_every_link_leads_to_a_page_and_a_place_on_it(pages, files):
    assert pages
    for path, page in pages.items():
        for link in page.links:
            if link.startswith("https://"):
                continue
            target, _, place = link.partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) if target else path
            assert target in files, f"{path}: {link}"
            assert not place or place in pages[target].ids, f"{path}: {link}"


def test_every_identifier_is_there_once(pages):
    for path, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), path


def test_a_cell_of_the_matrix_leads_to_its_evidence(pages):
    links = pages["index.html"].links
    for law in LAWS.values():
        for name in NAMES:
            assert (f"{law_url(law)}#on-{name}" in links) != is_of_a_kind(law)


def test_nothing_is_loaded_from_elsewhere(pages, files):
    for page in pages.values():
        for tag, attributes in page.elements:
            loaded = [attributes[name] for name in ("src", "srcset") if name in attributes]
            loaded += [attributes["href"]] if tag in ("link", "image", "use") and "href" in attributes else []
            assert all(not re.match(r"(?!data:)\w+:|//", address) for address in loaded)
    assert b"@import" not in files["assets/style.css"]
    assert b"url(" not in files["assets/style.css"]


def test_each_initializer_and_default_has_a_figure_with_its_numbers(pages):
    figures = [found["id"] for tag, found in pages["draws.html"].elements if tag == "figure"]
    assert len(figures) == len([one for one in SUBJECTS.values() if one.kind == "dense"])
    for draws in exhibits(NAMES[0]).draws:
        assert f"{draws.n} {draws.mean:.4g} {draws.std:.4g}".replace("-", "−") in pages[shown_on(draws)].text


def test_a_figure_has_the_range_of_its_draws_and_their_p_value(pages):
    for draws in exhibits(NAMES[0]).draws:
        ends = f"{draws.least:.4g} to {draws.most:.4g}".replace("-", "−")
        p = f"{draws.fits[0].p_values[TEST]:.2g}" if draws.fits else "not random"
        assert f"{ends} {p}" in pages[shown_on(draws)].text


def shown_on(draws):
    """The page with a figure: that of all initializers, or that of a layer kind for its defaults."""
    kind = SUBJECTS[draws.subject].kind
    return "draws.html" if kind == "dense" else f"kinds/{kind}.html"


def test_a_figure_shows_the_density_that_is_specified():
    (draws,) = (one for one in exhibits(NAMES[0]).draws if one.subject == "normal")
    wider = dataclasses.replace(SUBJECTS["normal"], initializer=Normal(0.0, 0.6))
    assert figures.drawing(SUBJECTS["normal"], [draws], "", "x") != figures.drawing(wider, [draws], "", "x")


def test_the_figure_of_a_given_array_has_each_of_its_values_as_often_as_it_was_given():
    subject = SUBJECTS["constant array"]
    (draws,) = (one for one in exhibits(NAMES[0]).draws if one.subject == subject.name)
    assert draws.atoms == ((-0.5, 1.0), (0.5, 3.0), (1.0, 2.0))
    assert sum(draws.counts) == 0
    assert subject.specified.atoms == (-0.5, 0.5, 1.0)
    assert subject.specified.cdf(np.array([-0.6, -0.5, 0.6, 1.0])) == pytest.approx([0, 1 / 6, 4 / 6, 1])
    assert subject.specified.quantile(np.array([0.1, 0.2, 0.6, 0.7, 1.0])).tolist() == [-0.5, 0.5, 0.5, 1.0, 1.0]
    given = subject.initializer.values.array((2, 3))
    assert (subject.specified.mean, subject.specified.std) == pytest.approx((given.mean(), given.std()))
    others = dataclasses.replace(subject, given=OneOf((1.0, 1.0, 1.0, 0.5, 0.5, -0.5)))
    assert figures.drawing(subject, [draws], "", "x") != figures.drawing(others, [draws], "", "x")


def test_coordinates_are_rounded_and_the_numbers_that_are_read_are_not():
    (draws,) = (one for one in exhibits(NAMES[0]).draws if one.subject == "default weight")
    shown = figures.drawing(SUBJECTS["default weight"], [draws], "", "x")
    assert {"−0.10", "−0.05", "0.00", "0.05", "0.10"} <= {*re.findall(">([^<>]+)</text>", shown)}
    assert re.search(r' [dxy]="[^"]*\.\d\d', shown) is None


def test_a_figure_shows_the_numbers_that_it_is_given():
    subject = SUBJECTS["normal"]
    (draws,) = (one for one in exhibits(NAMES[0]).draws if one.subject == subject.name)
    moved = dataclasses.replace(draws, counts=(*draws.counts[20:], *draws.counts[:20]))
    assert figures.drawing(subject, [draws], "", "x") != figures.drawing(subject, [moved], "", "x")


def test_a_law_whose_answer_changed_is_on_the_timeline(pages):
    assert {cell.law for cell in Report.load(MEASURED).cells} <= set(pages["changes.html"].text.split())


def test_a_bar_is_as_long_as_an_answer_stayed_the_same():
    kept = Report.load(MEASURED)
    for family in FAMILIES:
        among = eras(kept, family)
        rows = [row for one in timelines(kept) if one["anchor"].startswith(family) for row in one["rows"]]
        assert rows
        for row in rows:
            starts = {bar["x"]: bar["given"] for bar in row["bars"]}
            given = [answer(cell) for cell in answers(kept, row["law"], among).values()]
            expected = {SIDE + COLUMN * at: new for at, new in enumerate(given) if not at or given[at - 1] != new}
            assert starts == expected
            assert row["bars"][-1]["x"] + row["bars"][-1]["width"] <= SIDE + COLUMN * len(among)


def test_each_claim_is_told_with_what_was_seen_and_false_ones_are_marked(pages):
    kept = codec.load(claimed.MEASURED, Measured)
    page = pages["claims.html"]
    shown = " ".join(page.text.split())
    for one in (*(f"{claim.text} {claim.chapter}" for claim in kept.claims), *(r.seen for r in kept.results)):
        assert " ".join(one.split()) in shown, one
    verdicts = {claim.name: {one.verdict for one in kept.results if one.claim == claim.name} for claim in kept.claims}
    false = [row["id"] for tag, row in page.elements if tag == "tr" and row.get("class") == "false"]
    assert false == [name for name, found in verdicts.items() if found == {REFUTED}]
    assert shown.count("changes with the version") == len([found for found in verdicts.values() if len(found) > 1])


def test_sharing_is_pictured(pages):
    page = pages["tasks/share-layer.html"]
    assert sum(tag == "figure" and "slots" in found.get("class", "") for tag, found in page.elements) == len(NAMES)
    assert "6 slots, 4 parameters" in page.text


def test_the_gradients_of_the_uses_add_up_to_that_of_the_shared_weight():
    (shown,) = gathered().gradients
    assert [sum(parts) for parts in zip(*shown.uses)] == pytest.approx(shown.shared, abs=1e-6)


def test_gradients_are_coloured_by_sign_and_size_and_what_was_run_is_told():
    drawn = dataclasses.replace(
        gathered().gradients[0], framework="one", rows=1, uses=((1.0, -1.0),), shared=(1.0, -4.0)
    )
    page = Page(undrawn(dataclasses.replace(exhibits("one"), gradients=(drawn,)))["tasks/shared-gradient.html"])
    cells = [(found["class"], found["style"]) for tag, found in page.elements if tag == "td" and "style" in found]
    one = ("plus", "--share: 25%")
    assert cells == [one, ("minus", "--share: 25%"), one, ("minus", "--share: 100%")]
    for task in (AS_ONE, APART):
        assert f"../tasks/{task.name}.html" in page.links


def test_what_changes_from_one_to_another_is_what_their_answers_differ_in():
    law = LAWS["access.value_is_a_copy"]
    other = next(answer for answer in law.answers if answer != law.specified)
    found = answered(report(*NAMES), "two", law.name, other, reason="It is a reason.", kind="by design")
    made = site.built(found, exhibits(*NAMES))
    changed, same = Page(made["from/one-to-two.html"].decode()), Page(made["from/one-to-three.html"].decode())
    assert law.question in changed.text
    assert "It is a reason." in changed.text
    assert law.question not in same.text
    index = Page(made["index.html"].decode())
    assert f"≠ {other} (two)" in index.text


@pytest.mark.parametrize(
    "entry",
    [
        "date 2026-01-02 03:04 UTC",
        "command python -m pytest tests/laws",
        "seed 0",
        "programs requested per law 3",
        "false-alarm budget 1e-06",
        "budget spent 1e-08",
        "seconds 1",
        "command a command",
        f"date {gathered().date}",
    ],
)
def test_what_was_run_is_told(pages, entry):
    assert entry in pages["about.html"].text


def test_every_task_is_at_most_two_clicks_from_the_first_page(pages):
    first = {link.partition("#")[0] for link in pages["index.html"].links}
    second = {
        posixpath.normpath(posixpath.join(posixpath.dirname(path), link.partition("#")[0]))
        for path in first & {*pages}
        for link in pages[path].links
    }
    tasks = {f"tasks/{name}.html" for name in TASKS}
    assert tasks <= first | second
    ways = [path for path in first if re.fullmatch("from/[^/]+", path)]
    assert len(ways) == len(NAMES) * (len(NAMES) - 1)


def test_a_page_of_a_task_tells_what_differs_why_and_where_that_is_written():
    law = LAWS["access.shapes"]
    source = "https://example.org/written"
    told = {"reason": "It is a reason.", "source": source, "kind": "by design"}
    files = undrawn(exhibits(*NAMES), answered(report(*NAMES), "two", law.name, "another answer", **told))
    page = Page(files["tasks/read-weight.html"])
    difference = page.text[page.text.index("What differs") :]
    for part in ("two : " + law.question, law.specified, "another answer", "It is a reason.", "by design"):
        assert part in difference
    assert source in page.links
    assert f"../laws/{law.name}.html#on-two" in page.links
    assert "It is a reason." not in Page(files["tasks/freeze.html"]).text


def test_names_and_axis_orders_that_differ_are_marked_on_the_page_of_a_task():
    found = held(exhibits("one", "two"), "one", weight=Held("weight", ("out", "in")), bias=Held("bias", ("out",)))
    found = held(found, "two", weight=Held("kernel", ("in", "out")), bias=Held("bias", ("out",)))
    text = undrawn(performed(found, "two", "read-weight", Read={"code": ("net.kernel",)}))["tasks/read-weight.html"]
    for marked in ("<code>kernel</code>", "<code>weight</code>", "in out", "out in", "kernel"):
        assert f"<mark>{marked}</mark>" in text
    assert "<mark><code>bias</code></mark>" not in text
    assert "<mark>out</mark>" not in text


def test_other_versions_in_the_report_than_in_the_exhibits_are_told():
    found = exhibits("one")
    (shown,) = found.frameworks
    same = report("one")
    judged = {"reference": {}, "one": {**shown.versions, "interpreter": "/somewhere"}}
    same = dataclasses.replace(same, adapters=judged)
    older = dataclasses.replace(same, adapters={"reference": {}, "one": {"package": "0.1"}})
    for path in ("index.html", "about.html"):
        assert "not of the same versions" not in undrawn(found, same)[path]
        assert "judged on package 0.1" in undrawn(found, older)[path]
    about = undrawn(found, older)["about.html"]
    assert "package 0.1" in about
    assert ", ".join(f"{package} {version}" for package, version in shown.versions.items()) in about


def test_a_density_that_never_ends_has_no_range(pages):
    text = pages["laws/initialization.normal.html"].text
    assert "specified 0 0.5 unbounded" in text
    assert "specified 0 0.05774 −0.1 to 0.1" in pages["laws/initialization.uniform.html"].text


# From one framework to another.


def performed(found, framework, task, setup=None, **changes):
    """Exhibits with changes to the steps of a framework's task, by the kind of operation."""
    kinds = [type(operation).__name__ for operation in TASKS[task].program.operations]

    def changed(one):
        if (one.framework, one.task) != (framework, task):
            return one
        steps = tuple(dataclasses.replace(step, **changes.get(kind, {})) for kind, step in zip(kinds, one.steps))
        return dataclasses.replace(one, steps=steps, setup=one.setup if setup is None else setup)

    return dataclasses.replace(found, task_results=tuple(map(changed, found.task_results)))


def seeing(found, framework, task, *seen):
    """Exhibits in which the steps of a framework's task give these answers to laws."""
    task_results = (
        dataclasses.replace(one, seen=seen) if (one.framework, one.task) == (framework, task) else one
        for one in found.task_results
    )
    return dataclasses.replace(found, task_results=tuple(task_results))


def held(found, framework, **roles):
    """Exhibits in which a framework has these layouts for a dense layer."""
    roles = {f"dense.{role}": one for role, one in roles.items()}
    frameworks = (dataclasses.replace(one, roles=roles) if one.name == framework else one for one in found.frameworks)
    return dataclasses.replace(found, frameworks=tuple(frameworks))


def answered(found, framework, law, answer, **changes):
    """A report in which a framework answers a law differently."""
    cells = tuple(
        dataclasses.replace(cell, verdict="differs", answer=answer, **changes)
        if (cell.law, cell.adapter) == (law, framework)
        else cell
        for cell in found.cells
    )
    return dataclasses.replace(found, cells=cells)


def undrawn(exhibits, report=None):
    """The pages without figures, which take most of the time."""
    files = site.built(report, dataclasses.replace(exhibits, draws=()))
    return {path: data.decode() for path, data in files.items()}


def way(exhibits, report=None):
    return Page(undrawn(exhibits, report)["from/one-to-two.html"])


def section(page, start, end):
    """The text of a page between two headings."""
    return page.text[page.text.index(start) : page.text.index(end)]


def test_a_phrase_that_did_not_end_well_says_how_it_ended_and_what_was_printed_first():
    step = {"code": ("net.tie()",), "outcome": "refused", "printed": ("TypeError: not here", "and more")}
    found = exhibits("one", "two")
    for task, shown in TASKS.items():
        if any(shown.program.find(TieAfterBuild)):
            found = performed(found, "two", task, TieAfterBuild=step)
    page = way(found)
    text = page.text[page.text.index("The same operations in code") :]
    assert "net.tie() TypeError: not here the framework does not allow it, and says so" in text
    assert "and more" not in text
    assert "../tasks/share-after-building.html" in page.links


def test_what_a_phrase_calls_is_defined_once_on_the_page():
    setup = ("def draw(one):", "    return deep(one)", "def deep(one):", "    return one", "def idle():", "    pass")
    found = exhibits("one", "two")
    for task in ("write-weight", "write-element"):
        steps = {"Write": {"code": ("draw(net)",)}, "WriteElement": {"code": ("draw(net)",)}}
        found = performed(found, "two", task, setup, **steps)
    page = way(found)
    assert page.text.count("return deep(one)") == page.text.count("def deep(one)") == 1
    assert "idle" not in page.text
    assert {"#helper-1-draw"} <= {*page.links}
    assert {"helper-1-draw", "helper-1-deep"} <= {*page.ids}


def test_networks_that_are_built_otherwise_are_phrases_of_their_own():
    found = exhibits("one", "two")
    for task in TASKS:
        found = performed(found, "two", task, Build={"code": (f"build({task!r})",)})
    text = way(found).text
    for part in (
        "a layer used twice",
        "a layer with another layer's parameters",
        "a layer with another layer's weight",
    ):
        assert text.count(part) == 1
    for part in ("activation layers", "initializers", "an inferred input width", "no bias", "LSTM layers"):
        assert text.count(f"Build a network with {part}") == 1


def test_what_there_is_no_way_to_do_is_not_listed_as_what_raises():
    found = answered(report("one", "two"), "two", "access.gradient_before_backward", "unsupported")
    page = way(exhibits("one", "two"), found)
    question = LAWS["access.gradient_before_backward"].question
    assert question in section(page, "What is not supported", "What else differs")
    assert question not in section(page, "What raises", "What is not supported")


def test_what_raises_is_told_in_the_exceptions_own_words():
    step = {"outcome": "refused", "printed": ("TypeError: tied at construction only",)}
    shown = performed(exhibits("one", "two"), "two", "share-after-building", TieAfterBuild=step)
    seen = Seen("sharing.tie_after_build", "refused", 3)
    shown = seeing(shown, "two", "share-after-building", seen)
    found = answered(report("one", "two"), "two", "sharing.tie_after_build", "refused")
    assert "TypeError: tied at construction only" in section(way(shown, found), "What raises", "What is not supported")


def test_names_are_marked_where_the_two_differ_and_not_where_a_third_does():
    found = exhibits(*NAMES)
    for name, weight in zip(NAMES, ("weight", "weight", "kernel")):
        found = held(found, name, weight=Held(weight, ("out", "in")))
    made = undrawn(performed(found, "two", "read-weight", Read={"code": ("two.weight",)}))
    assert "<mark>" not in made["from/one-to-two.html"]
    assert "<mark>weight</mark>" in made["from/two-to-three.html"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("net[0].kernel", ".<mark>kernel</mark>"),
        ("find('kernel')", "'<mark>kernel</mark>'"),
        ("find('.*kernel')", ".*<mark>kernel</mark>"),
        ("find('dense1_kernel')", "dense1_<mark>kernel</mark>"),
        ("Dense(kernel_initializer=0)", "<mark>kernel</mark>_initializer"),
        ("kernels = subkernel", None),
        ("# a kernel", None),
        ('def f():\n    """The kernel."""', None),
    ],
)
def test_a_name_that_differs_is_marked_wherever_code_has_it(line, shown):
    made = re.sub("</?span[^>]*>", "", highlighted(line.splitlines(), ["kernel"])).replace("&#39;", "'")
    assert ("<mark>" in made) == (shown is not None)
    assert shown is None or shown in made


def test_names_that_are_listed_otherwise_are_not_told_as_the_same():
    found = exhibits("one", "two")
    for name in ("one", "two"):
        found = held(found, name, weight=Held("weight", ("out", "in")))
    alike = way(found)
    other = way(performed(found, "two", "list-parameters", ListParameters={"printed": ("dense0_weight",)}))
    told = "The names that a network lists differ"
    assert told not in alike.text
    assert told in other.text


@pytest.mark.parametrize(
    ("axes", "seen"), [(("in", "out"), "transpose"), (("out", "in"), "write the array as you read it")]
)
def test_how_a_weight_is_carried_over_follows_from_the_axes(axes, seen):
    found = held(exhibits("one", "two"), "one", weight=Held("weight", ("out", "in")))
    found = held(found, "two", weight=Held("weight", axes))
    found = performed(found, "one", "write-weight", Read={"printed": ("[[1. 2.]", " [3. 4.]]")})
    turned = axes == ("in", "out")
    values = ("[[1. 3.]", " [2. 4.]]") if turned else ("[[1. 2.]", " [3. 4.]]")
    page = way(performed(found, "two", "write-weight", Read={"printed": values}))
    assert seen in page.text
    assert ("The array written here is already in two’s axis order." in page.text) == turned
    assert "the transpose of the other's array" in page.text or "printed the same array" in page.text
    other = way(performed(found, "two", "write-weight", Read={"printed": ("[[9. 3.]", " [2. 4.]]")}))
    assert "is the other's transpose" not in other.text
    assert "printed the same" not in other.text


def test_an_access_that_gives_none_is_no_error():
    def styles(printed):
        step = {"outcome": "no_such_parameter", "printed": (printed,)}
        files = undrawn(performed(exhibits("one"), "one", "missing-bias", Read=step))
        page = Page(files["tasks/missing-bias.html"])
        return [found["class"] for tag, found in page.elements if "class" in found]

    assert "outcome" not in styles("None")
    assert "outcome" in styles("KeyError: bias")


# Reproducible and small output.


def test_the_same_input_gives_the_same_bytes(tmp_path):
    exhibits(*NAMES).save(tmp_path / "exhibits.json")
    report(*NAMES).save(tmp_path)
    sites = []
    for seed in ("1", "2"):
        made = tmp_path / seed
        subprocess.run(
            [sys.executable, "-m", "adapters.guide", tmp_path / "compare.json", tmp_path / "exhibits.json", made],
            env={"PYTHONHASHSEED": seed, "PATH": "", "MPLCONFIGDIR": str(tmp_path)},
            cwd=Path(__file__).parents[2],
            check=True,
            capture_output=True,
        )
        sites.append({file.relative_to(made): file.read_bytes() for file in made.rglob("*") if file.is_file()})
    assert sites[0] == sites[1]


def test_exhibits_survive_being_saved(tmp_path):
    found = exhibits(*NAMES)
    found.save(tmp_path / "exhibits.json")
    assert Exhibits.load(tmp_path / "exhibits.json") == found


# Bad input.


def test_hostile_text_stays_text():
    files = site.built(hostile_report(), hostile_exhibits())
    for path, data in files.items():
        if not path.endswith(".html"):
            continue
        page = Page(data.decode())
        assert all(not link.lower().startswith("javascript") for link in page.links), path
        assert not [tag for tag, _ in page.elements if tag in ("img", "iframe", "object")], path
        assert sum(tag == "script" for tag, _ in page.elements) == 2, path
        assert not [name for _, found in page.elements for name in found if name.startswith("on")], path
        assert ".." not in path
    assert HOSTILE_LINK in Page(files["laws/access.shapes.html"].decode()).text
    assert HOSTILE in Page(files["tasks/read-weight.html"].decode()).text
    assert str(9876 * 4321) not in Page(files["about.html"].decode()).text


def test_half_a_character_in_a_name_is_told_as_a_question_mark():
    files = site.built(report("a\ud800b"), exhibits("a\ud800b"))
    assert "a?b" in Page(files["draws.html"].decode()).text


@pytest.mark.parametrize(
    "changes",
    [
        {"low": -1.7e308, "high": 1.7e308},
        {"low": 0.0, "high": 5e-324},
        {"low": 1e300, "high": 1e301},
        {"atoms": ((1e300, 1.0),), "n": 40001},
    ],
    ids=str,
)
def test_numbers_that_cannot_be_drawn_are_told_as_such(changes):
    found = exhibits("one", "two")
    draws = tuple(
        dataclasses.replace(one, **changes) if (one.subject, one.framework) == ("normal", "two") else one
        for one in found.draws
        if one.subject == "normal"
    )
    page = Page(site.built(None, dataclasses.replace(found, draws=draws))["draws.html"].decode())
    assert "The values of two are too large, or too close together, to plot." in page.text
    assert sum(tag == "svg" for tag, _ in page.elements) == 1


def test_names_that_come_to_the_same_file_have_pages_of_their_own():
    names = ("one!", "one?", "one-0")
    files = undrawn(exhibits(*names))
    headings = {f"From {x} to {y}" for x in names for y in names if x != y}
    ways = [path for path in files if re.fullmatch("from/[^/]+", path)]
    assert {text for text in headings for path in ways if text in files[path]} == headings


def test_one_framework_alone_has_its_pages():
    files = site.built(report("one"), exhibits("one"))
    assert not [path for path in files if path.startswith("from/")]
    assert "one framework" in Page(files["index.html"].decode()).text


def test_a_framework_that_only_the_report_knows_has_a_column():
    files = site.built(report("one", "two"), exhibits("one"))
    assert "not run here" in Page(files["tasks/read-weight.html"].decode()).text


def test_laws_that_were_not_run_say_so():
    found = report("one")
    few = dataclasses.replace(found, cells=tuple(cell for cell in found.cells if cell.law == "access.shapes"))
    files = site.built(few, exhibits("one"))
    assert "not run" in Page(files["laws/access.count.html"].decode()).text


def test_without_a_report_there_are_no_verdicts(tmp_path, capsys):
    exhibits("one").save(tmp_path / "exhibits.json")
    (tmp_path / "reports").mkdir()
    arguments = [str(tmp_path / name) for name in ("reports", "exhibits.json", "site")]
    assert command_line.main(arguments) == 0
    assert "No report was available" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert re.fullmatch(r"\d+ files, \d\.\d\d MB, made in \d+\.\d s: .*index\.html\n", capsys.readouterr().out)


def refused(capsys, *arguments):
    """The one-line error of a run that is refused."""
    assert command_line.main([str(argument) for argument in arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not valid JSON"),
        ("[]", "expected an object"),
        ('{"format": 1}', "format 1 is not known; accepted: 3"),
        ('{"type": "Report", "format": 3}', "needs the field"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path, capsys, text, why):
    exhibits("one").save(tmp_path / "exhibits.json")
    (tmp_path / "report.json").write_text(text, encoding="utf-8")
    assert why in refused(capsys, tmp_path / "report.json", tmp_path / "exhibits.json", tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_a_report_that_is_missing_is_refused(tmp_path, capsys):
    exhibits("one").save(tmp_path / "exhibits.json")
    assert "none.json: cannot be read" in refused(
        capsys, tmp_path / "none.json", tmp_path / "exhibits.json", tmp_path / "site"
    )


def test_exhibits_that_are_missing_or_of_another_version_are_refused(tmp_path, capsys):
    report("one").save(tmp_path)
    assert "cannot be read" in refused(capsys, tmp_path / "compare.json", tmp_path / "none.json", tmp_path / "site")
    dataclasses.replace(exhibits("one"), format=99).save(tmp_path / "exhibits.json")
    said = refused(capsys, tmp_path / "compare.json", tmp_path / "exhibits.json", tmp_path / "site")
    assert f"format 99 is not known; accepted: {Exhibits.FORMAT}" in said


@pytest.mark.parametrize(
    "changed",
    [
        lambda found: {"task": "none"},
        lambda found: {"steps": found.steps[1:]},
        lambda found: {"seen": (Seen("access.count", "refused", 0),)},
        lambda found: {"seen": (Seen("access.shapes", "refused", 99),)},
    ],
    ids=["a task that there is not", "a step too few", "a law that it is no case of", "a step that there is not"],
)
def test_a_performance_that_does_not_fit_its_task_is_refused(changed):
    (first, *_) = exhibits("one").task_results
    with pytest.raises(SpecError):
        dataclasses.replace(first, **changed(first))


@pytest.mark.parametrize(
    "changes",
    [
        *({"subject": "none"}, {"counts": ()}, {"low": 1.0, "high": 1.0}, {"atoms": ((1.0,),)}),
        *({"n": 10**400, "counts": (10**400,)}, {"n": -2}, {"counts": (-1, 40001)}, {"mean": math.inf}),
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_draws_that_cannot_be_drawn_are_refused(changes):
    (first, *_) = exhibits("one").draws
    with pytest.raises(SpecError):
        dataclasses.replace(first, **changes)


@pytest.mark.parametrize("part", ["task_results", "draws", "gradients", "identities"])
def test_what_is_there_twice_is_refused(part):
    found = exhibits("one")
    with pytest.raises(SpecError, match=f"Exhibits.{part}: .* occurs twice"):
        dataclasses.replace(found, **{part: (*getattr(found, part), getattr(found, part)[0])})


@pytest.mark.parametrize("p", [-5.0, 1.5, math.nan])
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(SpecError, match="is not between 0 and 1"):
        Fit("yes", {TEST: p})


@pytest.mark.parametrize("value", [1e308, math.inf, math.nan])
def test_gradients_that_cannot_be_added_are_refused(value):
    with pytest.raises(SpecError, match="Gradients: each element must be a number"):
        Gradients("one", 1, ((1.0,), (value,)), (1.0,))


def test_a_slot_that_a_task_does_not_have_is_refused():
    first, *_ = exhibits("one").identities
    with pytest.raises(SpecError, match=r"slot: .9\.weight."):
        dataclasses.replace(first, labels={"9.weight": 0})


# Missing parts of a report.


def test_a_page_does_not_say_that_those_agree_who_were_not_judged():
    files = undrawn(exhibits("one", "two"), report("one"))
    task = Page(files["tasks/share-after-building.html"]).text
    assert "one gave the specified answers." in task
    assert "The report has no verdicts, or not on all of these laws, for two." in task
    between = Page(files["from/one-to-two.html"]).text
    assert "two was not run: the report has no answers for it." in between
    assert "Both gave the same answers" not in between
    whole = Page(undrawn(exhibits("one", "two"), report("one", "two"))["tasks/share-after-building.html"]).text
    assert "one and two gave the specified answers." in whole
    assert "no verdict" not in whole


# Lines that were not executed.


def test_lines_that_were_not_reached_look_otherwise_and_are_explained():
    setup = ("def f():", "    pass", "", "class C:", "    x = 1")
    found = performed(exhibits("one"), "one", "read-weight", setup=setup)
    plain = undrawn(found)["tasks/read-weight.html"]
    assert 'class="idle"' not in plain
    task_results = (dataclasses.replace(one, idle=(1,)) if one.setup == setup else one for one in found.task_results)
    shown = undrawn(dataclasses.replace(found, task_results=tuple(task_results)))["tasks/read-weight.html"]
    assert shown.count('<span class="idle">    <span class=k>pass</span></span>') == 1
    assert "were not executed" in shown


def test_on_a_way_a_line_was_reached_where_any_task_reached_it():
    setup = ("import this", "", "def deep():", "    return 1", "    return 2")
    found = exhibits("one", "two")
    for task in ("read-weight", "write-weight"):
        found = performed(found, "one", task, setup=setup, Build={"code": ("deep()",)})
    idle = {"read-weight": (3, 4), "write-weight": (4,)}
    task_results = (
        dataclasses.replace(one, idle=idle[one.task]) if one.setup == setup else one for one in found.task_results
    )
    text = undrawn(dataclasses.replace(found, task_results=tuple(task_results)))["from/one-to-two.html"]
    assert len(re.findall(r'class="idle">.*return', text)) == 1
    assert text.count('id="helper-0-deep"') == 1


def test_a_way_has_the_imports_of_its_code():
    setup = ("import numpy as np", "import this, that.other", "from away import one as two, three")
    found = performed(
        exhibits("one", "two"), "one", "count-parameters", setup, CountParameters={"code": ("two(that.x)",)}
    )
    text = section(way(found), "Imports and functions used above", "Every script shown here was run")
    assert "import that.other" in text
    assert "from away import one as two" in text
    assert "three" not in text


def test_a_folder_that_is_no_site_is_left_as_it_was(tmp_path):
    (tmp_path / "kept").write_text("mine", encoding="utf-8")
    with pytest.raises(SpecError, match="not an earlier site"):
        site.write({"index.html": b""}, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["kept"]


def test_an_earlier_site_is_replaced_as_a_whole(tmp_path):
    place = tmp_path / "site"
    site.write({site.MARK: b"", "old.html": b""}, place)
    site.write({site.MARK: b"", "new.html": b""}, place)
    assert sorted(file.name for file in place.iterdir()) == ["assets", "new.html"]
    assert [file.name for file in tmp_path.iterdir()] == ["site"]


def test_a_site_stays_where_a_new_one_cannot_be_made(tmp_path, capsys):
    place = tmp_path / "site"
    site.write({site.MARK: b"", "old.html": b""}, place)
    refused(capsys, tmp_path / "none.json", tmp_path / "none.json", place)
    assert (place / "old.html").exists()


def test_what_gathers_exhibits_needs_nothing_that_makes_pages():
    text = "import sys, adapters.guide.gathering; print({'jinja2', 'pygments', 'matplotlib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "set()\n"
