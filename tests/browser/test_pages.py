"""Every page in headless Chromium, with no way out to any other host."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response, Route

ROOT = Path(__file__).parents[2]
PAGES = re.findall(
    r"^ +- ([\w-]+)\.(?:md|ipynb)$",
    (ROOT / "mkdocs.yml").read_text(encoding="utf-8"),
    re.MULTILINE,
)

_DERIVATIONS = {
    file.stem for file in (ROOT / "docs").glob("*.md") if "\n$$\n" in file.read_text("utf-8")
}

pytestmark = pytest.mark.browser

_DRAWINGS = """
  () => [...document.querySelectorAll(".display svg, .formula svg")]
    .filter(svg => !svg.parentElement.closest("svg"))
    .filter(svg => svg.closest(".scroll") || svg.checkVisibility())
    .map(svg => {
      const box = svg.getBoundingClientRect();
      const glyphs = [...svg.querySelectorAll("use")].map(use => use.getBBox());
      return {
        tall: box.height,
        wide: box.width,
        empty: glyphs.filter(glyph => glyph.width === 0 && glyph.height === 0).length,
        ink: getComputedStyle(svg).color,
      };
    })
"""


class Visit:
    """One browser tab, with what went wrong in it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.troubles: list[str] = []
        page.on("console", lambda said: self._note(said.type in {"error", "warning"}, said.text))
        page.on("pageerror", lambda error: self._note(True, str(error)))
        page.route(re.compile(".*"), self._stay)

    def open(self, slug: str) -> Page:
        """Opens a page and waits until its scripts have run."""
        path = {"index": "", "404": "404.html"}.get(slug, f"{slug}/")
        self.page.goto(self.address + path, wait_until="networkidle")
        # The browser leaves out what is out of sight, and these tests look at all of it.
        self.page.add_style_tag(content="* { content-visibility: visible !important }")
        return self.page

    def open_all(self, slug: str) -> Page:
        """Opens a page with every box and every tab on it opened."""
        page = self.open(slug)
        page.evaluate(
            "document.querySelectorAll('article details').forEach(box => box.open = true)"
        )
        page.add_style_tag(content=".tabbed-block { display: block !important }")
        return page

    def _note(self, bad: bool, text: str) -> None:
        if bad:
            self.troubles.append(text)

    def _stay(self, route: Route) -> None:
        if route.request.url.startswith((self.address, "data:", "blob:")):
            route.continue_()
        else:
            self._note(True, f"asked for {route.request.url}")
            route.abort()


# Axe weighs the contrast of every token of code, and there are thousands of a few dozen kinds.
_ONE_TOKEN_OF_EACH_KIND = """
  () => {
    const seen = new Set();
    for (const token of document.querySelectorAll("pre code span[class]")) {
      if (seen.has(token.className)) token.replaceWith(...token.childNodes);
      seen.add(token.className);
    }
    document.querySelectorAll("pre code").forEach(code => code.normalize());
  }
"""

_SCREENS = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {
        "viewport": {"width": 360, "height": 740},
        "device_scale_factor": 2,
        "has_touch": True,
    },
}


@pytest.fixture(params=_SCREENS)
def visit(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Visit]:
    """A tab on a laptop in each colour scheme, and one on a small phone."""
    with browser.new_context(**_SCREENS[request.param]) as context:
        yield Visit(context.new_page(), address)


@pytest.fixture
def laptop(browser: Browser, address: str) -> Iterator[Visit]:
    """A tab on a laptop."""
    with browser.new_context(**_SCREENS["light"]) as context:
        yield Visit(context.new_page(), address)


@pytest.mark.parametrize("slug", [*PAGES, "404"])
def test_a_page_opens_whole(visit: Visit, slug: str) -> None:
    """A page opens with every formula drawn, nothing past its edge, no error in the console, no
    request to another host, and nothing that axe finds against it, with all its boxes open."""
    page = visit.open_all(slug)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    drawings = page.evaluate(_DRAWINGS)
    assert drawings or slug not in _DERIVATIONS
    for drawing in drawings:
        assert drawing["tall"] > 2
        assert drawing["wide"] > 2
        assert drawing["empty"] == 0
        assert drawing["ink"] != ground
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.evaluate(_ONE_TOKEN_OF_EACH_KIND)
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert [
        (violation["id"], len(violation["nodes"]), violation["nodes"][0]["html"][:200])
        for violation in found.response["violations"]
    ] == []
    assert visit.troubles == []


def test_a_link_loads_the_next_page_with_its_formulas(laptop: Visit) -> None:
    """Following a link in the site brings the next page's formulas with it."""
    page = laptop.open("index")
    page.click(".md-nav--primary a[href*='softmax-jacobian']")
    page.wait_for_url("**/softmax-jacobian/")
    page.wait_for_selector("h1:has-text('Jacobian')")
    assert page.evaluate(
        """() => [...document.querySelectorAll(".display use")]
          .every(use => document.querySelector(use.href.baseVal))"""
    )
    assert laptop.troubles == []


def test_search_finds_a_page(laptop: Visit) -> None:
    """Search works without any other host, and finds a page by a word on it."""
    fetched: list[str] = []
    laptop.page.on("request", lambda request: fetched.append(request.url))
    page = laptop.open("index")
    assert not [url for url in fetched if re.search(r"search_index|workers/search", url)]
    page.click("label.md-search__icon, .md-search__input", force=True)
    page.keyboard.type("jacobian")
    page.wait_for_selector(".md-search-result__link[href*='softmax-jacobian']")
    page.keyboard.press("Control+A")
    page.keyboard.type("overflow")
    page.wait_for_selector(".md-search-result__link[href*='stability']")
    assert laptop.troubles == []


@pytest.mark.parametrize("slug", sorted(_DERIVATIONS))
def test_a_derivation_is_light(browser: Browser, address: str, slug: str) -> None:
    """All that a derivation page loads by itself is under 150 KB as a host would send it."""
    with browser.new_context() as context:
        page = context.new_page()
        answers: list[Response] = []
        page.on("response", lambda answer: answers.append(answer))
        page.goto(f"{address}{slug}/", wait_until="networkidle")
        assert sum(len(gzip.compress(answer.body())) for answer in answers) < 150_000


def test_colours_can_be_switched(laptop: Visit) -> None:
    """The toggle switches the scheme, and the formulas take the new ink."""
    page = laptop.open("index")
    ink = "getComputedStyle(document.querySelector('.display svg')).color"
    inks = set()
    for _ in range(3):
        inks.add(page.evaluate(ink))
        page.click(".md-header__option label:not([hidden])")
        page.wait_for_timeout(400)
    assert len(inks) == 2


def test_print_keeps_formulas_whole(laptop: Visit) -> None:
    """On paper no box scrolls: everything wide is shown to its end."""
    page = laptop.open("network")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 1000})
    cut = page.evaluate(
        """() => [...document.querySelectorAll(".display .scroll, .table")]
          .filter(box => getComputedStyle(box).overflowX !== "visible").length"""
    )
    assert cut == 0
    widest = page.evaluate(
        """() => Math.max(...[...document.querySelectorAll(".display svg")]
          .map(svg => svg.getBoundingClientRect().right))"""
    )
    assert widest <= 700
