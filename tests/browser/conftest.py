"""A browser and the site: ``--site FOLDER`` is one that :mod:`adapters.guide` made. Without it nothing is collected."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Optional

import pytest
from playwright.sync_api import sync_playwright

THEMES = ("light", "dark")
#: The narrowest phone, and a desk.
PHONE, DESK = 360, 1280


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--site", type=Path, help="folder of the site to open")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> Optional[bool]:
    return None if config.getoption("--site", None) else True


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "path" in metafunc.fixturenames:
        site = metafunc.config.getoption("--site")
        found = sorted(file.relative_to(site).as_posix() for file in site.rglob("*.html"))
        metafunc.parametrize("path", found)


@pytest.fixture(scope="session")
def site(request):
    return request.config.getoption("--site").resolve()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        yield opened
        opened.close()


class Reader:
    """Someone who opens pages. What the browser complains of, and what it asks for, is kept."""

    def __init__(self, browser, site, theme="light", width=DESK, **settings):
        self.site = site
        self.context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 800}, **settings)
        self.page = self.context.new_page()
        self.complaints, self.asked = [], []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open(self, path):
        self.page.goto(self.address(path))
        return self.page

    def address(self, path):
        return f"{self.site.as_uri()}/{path}"

    @property
    def path(self):
        """The page that is open, as a path in the site, with its place."""
        return self.page.url.removeprefix(f"{self.site.as_uri()}/")

    @property
    def left(self):
        """Requests that left the site's folder."""
        return [address for address in self.asked if not address.startswith((f"{self.site.as_uri()}/", "data:"))]

    @property
    def sideways(self):
        """By how many pixels the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def close(self):
        self.context.close()


@pytest.fixture
def reader(browser, site):
    """Makes readers, and sees to it that none of them had anything to complain of, or left the folder."""
    readers = []

    def make(**settings):
        readers.append(Reader(browser, site, **settings))
        return readers[-1]

    yield make
    for one in readers:
        one.close()
        assert one.complaints == []
        assert one.left == []
