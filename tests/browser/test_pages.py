"""Every page in headless Chromium, with no way out to any other host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route

ROOT = Path(__file__).parents[2]
PAGES = re.findall(
    r"^ +- ([\w-]+)\.(?:md|ipynb)$",
    (ROOT / "mkdocs.yml").read_text(encoding="utf-8"),
    re.MULTILINE,
)

pytestmark = pytest.mark.browser


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


@pytest.fixture(params=["light", "dark"])
def visit(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Visit]:
    """A tab as wide as a laptop, in each colour scheme."""
    with browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme=request.param
    ) as context:
        yield Visit(context.new_page(), address)


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Visit]:
    """A tab as wide as a small phone."""
    with browser.new_context(
        viewport={"width": 360, "height": 740}, device_scale_factor=2, has_touch=True
    ) as context:
        yield Visit(context.new_page(), address)


@pytest.mark.parametrize("slug", [*PAGES, "404"])
def test_a_page_opens_without_trouble(visit: Visit, slug: str) -> None:
    """A page opens with no error in the console and no request to another host."""
    page = visit.open(slug)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(100)
    assert visit.troubles == []


@pytest.mark.parametrize("slug", PAGES)
def test_every_display_is_drawn(visit: Visit, slug: str) -> None:
    """Each formula has a size, each of its glyphs too, and its ink differs from the ground."""
    page = visit.open_all(slug)
    drawings = page.evaluate(
        """() => [...document.querySelectorAll(".display svg, .formula svg")]
          .filter(svg => !svg.parentElement.closest("svg"))
          .map(svg => {
            const box = svg.getBoundingClientRect();
            const glyphs = [...svg.querySelectorAll("use")].map(use => use.getBBox());
            return {
              tall: box.height, wide: box.width,
              empty: glyphs.filter(glyph => glyph.width === 0 && glyph.height === 0).length,
              ink: getComputedStyle(svg).color,
            };
          })"""
    )
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert drawings or slug == "make-moons"
    for drawing in drawings:
        assert drawing["tall"] > 2
        assert drawing["wide"] > 2
        assert drawing["empty"] == 0
        assert drawing["ink"] != ground


@pytest.mark.parametrize("slug", [*PAGES, "404"])
def test_a_page_fits_a_phone(phone: Visit, slug: str) -> None:
    """At 360 pixels nothing reaches past the edge, boxes and tabs opened included."""
    page = phone.open_all(slug)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert phone.troubles == []


@pytest.mark.parametrize("slug", [*PAGES, "404"])
def test_no_accessibility_violation(visit: Visit, slug: str) -> None:
    """Axe finds nothing against a page, in light or in dark, boxes and tabs opened included."""
    found = Axe().run(visit.open_all(slug)).response["violations"]
    assert [
        (violation["id"], violation["nodes"][0]["html"][:200], len(violation["nodes"]))
        for violation in found
    ] == []


@pytest.mark.parametrize("slug", PAGES)
def test_no_accessibility_violation_on_a_phone(phone: Visit, slug: str) -> None:
    """Axe finds nothing where displays and tables scroll sideways."""
    found = Axe().run(phone.open_all(slug)).response["violations"]
    assert [
        (violation["id"], violation["nodes"][0]["html"][:200], len(violation["nodes"]))
        for violation in found
    ] == []


def test_a_link_loads_the_next_page_with_its_formulas(visit: Visit) -> None:
    """Following a link in the site brings the next page's formulas with it."""
    page = visit.open("index")
    page.click(".md-nav--primary a[href*='softmax-jacobian']")
    page.wait_for_url("**/softmax-jacobian/")
    page.wait_for_selector("h1:has-text('Jacobian')")
    assert page.evaluate(
        """() => [...document.querySelectorAll(".display use")]
          .every(use => document.querySelector(use.href.baseVal))"""
    )
    assert visit.troubles == []


def test_search_finds_a_page(visit: Visit) -> None:
    """Search works without any other host, and finds a page by a word on it."""
    page = visit.open("index")
    page.click("label.md-search__icon, .md-search__input", force=True)
    page.keyboard.type("jacobian")
    page.wait_for_selector(".md-search-result__link[href*='softmax-jacobian']")
    assert visit.troubles == []


def test_colours_can_be_switched(visit: Visit) -> None:
    """The toggle switches the scheme, and the formulas take the new ink."""
    page = visit.open("index")
    ink = "getComputedStyle(document.querySelector('.display svg')).color"
    inks = set()
    for _ in range(3):
        inks.add(page.evaluate(ink))
        page.click(".md-header__option label:not([hidden])")
        page.wait_for_timeout(400)
    assert len(inks) == 2


def test_print_keeps_formulas_whole(visit: Visit) -> None:
    """On paper no box scrolls: everything wide is shown to its end."""
    page = visit.open("network")
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
