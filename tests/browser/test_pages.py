"""Every page: opens at once, complains of nothing, asks nobody for anything, fits a phone, is accessible."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import DESK, PHONE, THEMES

#: Longest that a page may take to open, in seconds.
AT_ONCE = 1.0
#: The fastest of so many counts: what else the machine does is not the page's doing.
TRIES = 3
#: Most that a page may weigh without its pictures, and the whole site with them, in bytes.
PAGE, WHOLE = 200_000, 12e6
#: What axe-core is asked: the rules of WCAG 2.2 A and AA, and its own best practices (landmarks among them).
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "preload": False}
#: A page of each kind, and of each thing that some pages have.
KINDS = (
    "index.html",
    "draws.html",
    "about.html",
    "changes.html",
    "claims.html",
    "tasks/gradient-before-backward.html",
    "tasks/clone-shared.html",
    "tasks/shared-gradient.html",
    "tasks/initialize-custom.html",
    "laws/initialization.default-dense.weight.html",
    "laws/sharing.tie_after_build.html",
    "kinds/lstm.html",
    "kinds/softmax.html",
)


def test_a_page_fits_a_phone_and_opens_at_once(reader, path):
    phone = reader(width=PHONE)
    phone.open(path)
    assert phone.sideways == 0
    assert min(took(phone, path) for _ in range(TRIES)) < AT_ONCE


def took(reader, path):
    """How long a page took to open, in seconds."""
    page = reader.open(path)
    seconds = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") / 1000
    assert seconds > 0
    return seconds


@pytest.fixture(scope="module")
def ways(site):
    return sorted(file.relative_to(site).as_posix() for file in (site / "from").glob("*.html"))


def test_the_site_is_small_and_so_is_a_page_but_for_its_pictures(site):
    assert sum(file.stat().st_size for file in site.rglob("*") if file.is_file()) < WHOLE
    texts = {
        file: re.sub("<svg.*?</svg>", "", file.read_text("utf-8"), flags=re.DOTALL) for file in site.rglob("*.html")
    }
    assert [file.name for file, text in texts.items() if len(text) > PAGE] == []


@pytest.mark.parametrize("width", [DESK, PHONE])
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_nothing(reader, kind, theme, width):
    page = reader(theme=theme, width=width).open(kind)
    assert told(page) == []


@pytest.mark.parametrize("width", [DESK, PHONE])
@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_from_one_to_another(reader, ways, theme, width):
    for way in (ways[0], ways[0].replace(".html", "/batch_norm.html")):
        assert told(reader(theme=theme, width=width).open(way)) == []


@pytest.mark.parametrize("width", [DESK, PHONE])
@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_while_searching(reader, theme, width):
    page = reader(theme=theme, width=width).open("index.html")
    page.get_by_role("searchbox").fill("weight")
    page.locator("#found li").first.wait_for()
    assert told(page) == []


def told(page):
    """What axe-core finds wrong: the rule, and the elements."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


def test_axe_would_find_something(reader):
    page = reader().open("index.html")
    page.evaluate("document.querySelector('.lead').style.color = '#bbb'")
    page.evaluate("document.querySelector('main').outerHTML = document.querySelector('main').innerHTML")
    assert {"color-contrast", "landmark-one-main"} <= {rule for rule, _ in told(page)}


def test_the_themes_differ(reader):
    colours = [
        reader(theme=theme).open("index.html").evaluate("getComputedStyle(document.body).backgroundColor")
        for theme in THEMES
    ]
    assert colours[0] != colours[1]


def test_a_figure_follows_the_theme(reader):
    colours = [
        reader(theme=theme).open("draws.html").evaluate("getComputedStyle(document.querySelector('.plot text')).fill")
        for theme in THEMES
    ]
    assert colours[0] != colours[1]


def test_on_paper_there_is_the_content_and_no_controls(reader):
    one = reader()
    page = one.open("tasks/read-weight.html")
    page.emulate_media(media="print")
    assert not page.get_by_role("search").is_visible()
    assert page.locator("pre code").last.is_visible()
    assert page.locator("pre").first.is_visible()  # the set-up, which is folded on a screen
    assert page.pdf()[:4] == b"%PDF"


def test_what_is_folded_is_open_while_it_is_printed_and_folded_after(reader):
    page = reader().open("tasks/read-weight.html")
    folded = page.locator("details:not([open])")
    before = folded.count()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert folded.count() == 0 < before
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert folded.count() == before
