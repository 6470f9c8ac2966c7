"""What a reader does: goes from the matrix to the evidence, searches, moves from one framework to another."""

from __future__ import annotations

import dataclasses
import itertools
import re

import pytest

from adapters.guide import site as sites
from adapters.guide.index import Index
from adapters.guide.kinds import is_of_a_kind
from adapters.guide.library import Library
from adapters.guide.tasks import TASKS
from specs.laws import LAWS
from tests.browser.conftest import PHONE, Reader
from tests.suite.differentiated import DIFFERENTIATED, gradients
from tests.suite.exhibited import HOSTILE, exhibits, hostile_exhibits, hostile_report, report


def frameworks(page):
    """Names of the frameworks, as the matrix has them."""
    return page.locator(".matrix thead th").all_inner_texts()[1:]


# The matrix.


def test_the_matrix_has_a_cell_for_each_law_and_framework(reader):
    page = reader().open("index.html")
    general = [law for law in LAWS.values() if not is_of_a_kind(law)]
    assert page.locator(".matrix td").count() == len(general) * len(frameworks(page))


@pytest.mark.parametrize("verdict", ["holds", "differs", "unsupported"])
@pytest.mark.parametrize("width", [PHONE, 1280])
def test_a_cell_of_the_matrix_leads_to_its_evidence(reader, verdict, width):
    one = reader(width=width)
    page = one.open("index.html")
    cells = page.locator(f".matrix td.{verdict} a")
    assert cells.count()
    for at in {0, cells.count() - 1}:
        page = one.open("index.html")
        cells.nth(at).click()
        evidence = page.locator(":target")
        evidence.wait_for()
        assert verdict in evidence.get_attribute("class")


def test_laws_that_all_agree_on_can_be_left_out(reader):
    page = reader().open("index.html")
    shown = page.locator(".matrix td.holds:visible").count()
    page.get_by_label("only where a framework differs").check()
    rows = page.locator(".matrix tr:visible:has(td)")
    assert page.locator(".matrix td.holds:visible").count() < shown
    assert rows.count() == page.locator(".matrix tr:visible:has(td.differs, td.unsupported, td.fails)").count() > 0


# Tasks.


def test_a_task_is_one_click_away_and_shows_every_framework(reader):
    one = reader()
    page = one.open("index.html")
    names = frameworks(page)
    task = TASKS["write-weight"]
    page.get_by_role("link", name=task.statement, exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text() == task.statement
    assert page.locator(".heads h2").all_inner_texts() == names


@pytest.mark.parametrize("name", TASKS)
def test_every_framework_has_code_or_says_why_not(reader, name):
    page = reader().open(f"tasks/{name}.html")
    columns = page.locator(".heads h2").count()
    assert columns
    for column in range(1, columns + 1):
        cells = page.locator(f".step .column-{column}")
        assert cells.locator("pre code").count()
        for why in cells.locator(".unsupported").all():
            assert why.get_by_role("link").count() > 1  # the source, and the nearest thing


@pytest.mark.parametrize("name", DIFFERENTIATED)
def test_the_gradients_that_are_shown_are_not_all_zero(reader, name):
    steps = reader().open(f"tasks/{name}.html").locator(".step")
    for at in gradients(TASKS[name]):
        for printed in steps.nth(at).locator("samp").all_inner_texts():
            assert re.search("[1-9]", printed)


def test_a_framework_can_be_left_out(reader):
    page = reader().open("tasks/read-weight.html")
    first = page.locator(".show input").first
    first.uncheck()
    assert not page.locator(".column-1").first.is_visible()
    assert page.locator(".column-2").first.is_visible()
    first.check()
    assert page.locator(".column-1").first.is_visible()


def test_a_script_is_copied_as_it_ran(reader):
    one = reader()
    one.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = one.open("tasks/read-weight.html")
    page.get_by_role("button", name="Copy the script").first.click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    compile(copied, "script.py", "exec")
    assert copied.count("print(") == 2


# Search.


def native_names(page):
    """What the frameworks call a weight."""
    return sorted(set(page.locator(".heads .chips code").all_inner_texts()))


def searched(page, text):
    page.get_by_role("searchbox").fill(text)
    return page.locator("#found li a")


def test_a_native_name_finds_pages_that_have_it(reader):
    one = reader()
    names = native_names(one.open("tasks/read-weight.html"))
    assert len(names) > 1
    for name in names:
        page = one.open("index.html")
        searched(page, name).first.click()
        assert name in page.locator("main").inner_text()


@pytest.mark.parametrize(
    "typed",
    [
        "set_data",
        "kernel",
        "copy_",
        "share",
        "sharing.tie_after_build",
        "axis order",
        "add_weight",
        "_init_weight",
        "dense0_weight",
        "tape.gradient",
        "net[0].weight.data()",
        "net.layers[0].kernel",
        "state_dict()",
        "clone_model()",
        "transpose",
    ],
)
def test_what_is_typed_finds_pages(reader, typed):
    found = searched(reader().open("index.html"), typed)
    assert found.count()


def test_a_method_finds_the_task_that_calls_it(reader):
    found = searched(reader().open("index.html"), "set_data")
    assert TASKS["write-weight"].statement in " ".join(found.all_inner_texts())


def test_search_works_from_any_page_and_by_keyboard(reader):
    one = reader()
    page = one.open("laws/access.shapes.html")
    field = page.get_by_role("searchbox")
    field.press_sequentially("read the weight and the bias")
    field.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks/read-weight.html")
    page.get_by_role("searchbox").fill("weight")
    page.keyboard.press("Escape")
    assert not page.locator("#found").is_visible()


def test_a_search_for_nothing_says_so(reader):
    page = reader().open("index.html")
    assert searched(page, "xyzzy").count() == 0
    assert page.get_by_role("status").inner_text() == "No page matches."


def test_what_is_found_beyond_the_first_can_be_shown(reader):
    page = reader().open("index.html")
    found = searched(page, "weight")
    first = found.count()
    told = re.fullmatch(r"The first (\d+) of (\d+) are shown\.", page.get_by_role("status").inner_text())
    assert int(told[1]) == first < int(told[2])
    page.get_by_role("button", name="Show all").click()
    assert found.count() == int(told[2])
    assert not page.get_by_role("button", name="Show all").is_visible()
    assert searched(page, "xyzzy").count() == 0


def test_a_search_can_be_linked_to(reader):
    page = reader().open("index.html?q=freeze")
    assert page.locator("#found li a").count()


QUERIES = ("weight", "load_state_dict", "GlorotUniform", "glorot_uniform", "share weights", "one two lstm", "zzz", "a")


@pytest.mark.parametrize("typed", QUERIES)
def test_the_site_and_the_command_find_the_same(browser, plain, typed):
    folder, index = plain
    one = Reader(browser, folder)
    found = searched(one.open("index.html"), typed)
    if one.page.get_by_role("button", name="Show all").is_visible():
        one.page.get_by_role("button", name="Show all").click()
    assert [link.get_attribute("href") for link in found.all()] == [entry.url for entry, _ in index.find(typed)]
    one.close()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A site, and the index that it was made with."""
    folder = tmp_path_factory.mktemp("plain") / "site"
    shown, judged = dataclasses.replace(exhibits("one", "two"), draws=()), report("one", "two")
    sites.write(sites.built(judged, shown), folder)
    return folder, Index(Library(judged, shown))


# Layer kinds.


@pytest.mark.parametrize("width", [PHONE, 768, 1440])
def test_a_layer_kind_is_one_click_away_and_shows_every_framework(reader, width):
    one = reader(width=width)
    page = one.open("index.html")
    names = frameworks(page)
    page.get_by_role("link", name="LSTM", exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text() == "LSTM"
    assert page.locator("section:has(#classes) .who").all_inner_texts() == names
    assert page.locator(".matrix.whole td.differs .answer").first.is_visible()
    assert one.sideways == 0


def test_a_native_class_leads_to_its_kind(reader):
    for typed, title in (("Conv2DTranspose", "Transposed convolution"), ("BatchNormalization", "Batch norm")):
        page = reader().open("index.html")
        searched(page, typed).first.click()
        assert page.get_by_role("heading", level=1).inner_text() == title


def test_what_changes_of_a_kind_is_two_clicks_away(reader):
    page = reader().open("index.html")
    page.locator("#ways .pairs a").first.click()
    page.get_by_role("link", name="batch norm", exact=True).click()
    assert page.get_by_role("heading", level=2).first.inner_text() == "Carry its parameters over"


# From X to Y.


def test_every_pair_can_be_chosen(reader):
    one = reader()
    names = frameworks(one.open("index.html"))
    assert len(names) > 1
    for x, y in itertools.permutations(names, 2):
        page = one.open("index.html")
        page.get_by_label("I know").select_option(label=x)
        page.get_by_label("and move to").select_option(label=y)
        page.get_by_role("button", name="See what changes").click()
        assert page.get_by_role("heading", level=1).inner_text() == f"From {x} to {y}"
        headings = page.get_by_role("heading", level=2).all_inner_texts()
        assert headings == [
            "Names and axis orders",
            "Carry a weight over",
            "Layer by layer",
            "Defaults",
            "What raises",
            "What is not supported",
            "What else differs",
            "The same operations in code",
            "Imports and functions used above",
        ]


def test_nobody_moves_from_a_framework_to_itself(reader):
    page = reader().open("index.html")
    (x, *_) = frameworks(page)
    page.get_by_label("I know").select_option(label=x)
    page.get_by_label("and move to").select_option(label=x)
    assert page.get_by_role("button", name="See what changes").is_disabled()


# By keyboard, without script.


def test_the_first_stop_by_keyboard_skips_to_the_content(reader):
    page = reader().open("index.html")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.locator(":focus").get_attribute("id") == "main"


def test_what_has_the_focus_shows_it(reader):
    page = reader().open("index.html")
    for _ in range(12):
        page.keyboard.press("Tab")
        width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
        assert width >= 2


def test_everything_can_be_read_without_script(reader):
    one = reader(java_script_enabled=False)
    page = one.open("index.html")
    page.locator(".matrix td.differs a").first.click()
    assert re.match(r"laws/.*#on-\w+", one.path)
    page = one.open("index.html")
    page.locator("#ways .pairs a").first.click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("From ")


# Hostile text.


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile") / "site"
    sites.write(sites.built(hostile_report(), hostile_exhibits()), folder)
    return folder


@pytest.mark.parametrize(
    "place",
    ["index.html", "tasks/read-weight.html", "laws/access.shapes.html", "kinds/dense.html", "draws.html", "about.html"],
)
@pytest.mark.parametrize("width", [PHONE, 1280])
def test_nothing_hostile_is_run(browser, hostile, place, width):
    one = Reader(browser, hostile, width=width)
    page = one.open(place)
    page.get_by_role("searchbox").fill("hacked")
    page.wait_for_timeout(50)
    assert page.evaluate("window.hacked") is None
    assert one.complaints == []
    assert one.left == []
    assert one.sideways == 0
    assert HOSTILE in page.locator("body").inner_text() or place == "index.html"
    one.close()
