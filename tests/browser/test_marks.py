"""The marks in headless Chromium: opened, read, linked to and copied from."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

PAGE = "cross-entropy-gradient/"
CHAIN = '.display[data-steps="cross_entropy_gradient:one_sum"]'


def context(browser: Browser, **options: Any) -> BrowserContext:
    return browser.new_context(
        **({"viewport": {"width": 1280, "height": 900}} | options),
        permissions=["clipboard-read", "clipboard-write"],
    )


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page with the gradient, as wide as a laptop."""
    with context(browser) as opened:
        page = opened.new_page()
        page.goto(address + PAGE, wait_until="networkidle")
        yield page


def test_every_row_has_a_mark(page: Page) -> None:
    """Each row of a chain has a mark, level with the row."""
    rows = page.evaluate(
        """chain => [...document.querySelector(chain).querySelectorAll("details.row")].map(row => {
          const drawn = row.closest(".display").querySelector(`g[data-row="${row.dataset.row}"]`);
          const box = drawn.getBoundingClientRect();
          const mark = row.firstElementChild.getBoundingClientRect();
          return [box.top - 8, (mark.top + mark.bottom) / 2, box.bottom + 8];
        })""",
        CHAIN,
    )
    assert len(rows) == 7
    assert all(top < mark < bottom for top, mark, bottom in rows)


def test_a_click_opens_the_evidence_below(page: Page) -> None:
    """A click shows a row's evidence below the display, and a second one hides it."""
    mark = page.locator(f"{CHAIN} > details.row > summary").nth(6)
    mark.click()
    evidence = page.locator(f"{CHAIN} .evidence").nth(6)
    told = evidence.inner_text()
    assert "Line 7 holds" in told
    assert told.count("(0.6590, −0.7576, 0.0986)") == 2
    assert "samples at K = 3, 2, 1" in told
    assert "Σk yk = 1" in told.replace("\n", "")
    assert "snippets/cross_entropy_gradient.py:" in told
    assert "tests/test_pages.py::test_the_claim_holds[docs/cross-entropy-gradient.md:" in told
    formula = page.locator(f"{CHAIN} .scroll").bounding_box()
    shown = evidence.bounding_box()
    assert formula
    assert shown
    assert shown["y"] >= formula["y"] + formula["height"] - 1
    mark.click()
    assert not evidence.is_visible()


def test_the_keyboard_reaches_and_opens_a_mark(page: Page) -> None:
    """A mark takes the focus, shows it, says what it is, and opens with the keyboard."""
    page.locator(f"{CHAIN} > .scroll").focus()
    page.keyboard.press("Tab")
    focused = "document.activeElement"
    assert page.evaluate(f"{focused}.matches('{CHAIN} > details.row > summary')")
    assert page.evaluate(f"{focused}.getAttribute('aria-label')") == "Line 1 holds: evidence"
    outline = f"getComputedStyle({focused}.firstElementChild).outlineStyle"
    assert page.evaluate(outline) == "solid"
    page.keyboard.press("Enter")
    assert page.locator(f"{CHAIN} .evidence").first.is_visible()


def test_the_copy_button_copies_the_latex(page: Page) -> None:
    """The button of a display puts its LaTeX on the clipboard, and says so."""
    button = page.locator(f"{CHAIN} > .copy")
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status]:has-text('LaTeX copied')", state="attached")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("\\begin{aligned}\n\\frac{\\partial L}{\\partial o_i} &= - \\sum_k")
    assert copied.endswith("&= p_i - y_i\n\\end{aligned}")


def test_a_rows_link_opens_the_row(page: Page) -> None:
    """The address of a row leads to the row and opens its evidence."""
    mark = page.locator(f"{CHAIN} > details.row > summary").nth(2)
    name = mark.get_attribute("id")
    assert not page.locator(f"{CHAIN} .evidence").nth(2).is_visible()
    page.goto(f"{page.url}#{name}")
    page.locator(f"{CHAIN} .evidence").nth(2).wait_for()
    page.wait_for_function(
        """id => {
          const { top, bottom } = document.getElementById(id).getBoundingClientRect();
          return top > 0 && bottom < innerHeight;
        }""",
        arg=name,
    )


def test_a_mistake_on_purpose_is_marked_as_one(page: Page, address: str) -> None:
    """A page that dissects a mistake marks it, and shows numbers at which it is one."""
    page.goto(f"{address}where-it-goes-wrong/")
    row = page.locator("details.row.meant").first
    row.locator("summary").click()
    told = row.inner_text()
    assert "fails, as it is meant to" in told
    assert "witness" in told


def test_marks_work_without_scripts(browser: Browser, address: str) -> None:
    """With scripts switched off a mark still opens its evidence, and no button is shown."""
    with context(browser, java_script_enabled=False) as opened:
        page = opened.new_page()
        page.goto(address + PAGE)
        page.locator(f"{CHAIN} > details.row > summary").first.click()
        assert page.locator(f"{CHAIN} .evidence").first.is_visible()
        assert page.locator(f"{CHAIN} > button").count() == 2
        assert not page.locator(f"{CHAIN} > button >> visible=true").count()


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_shifts(browser: Browser, address: str, width: int) -> None:
    """As a page loads and its scripts run, nothing on it moves."""
    with context(browser, viewport={"width": width, "height": 800}) as opened:
        page = opened.new_page()
        page.add_init_script(
            """window.shift = 0;
            new PerformanceObserver(list => {
              for (const entry of list.getEntries()) window.shift += entry.value;
            }).observe({ type: "layout-shift", buffered: true });"""
        )
        page.goto(address + PAGE, wait_until="networkidle")
        page.wait_for_timeout(300)
        assert page.evaluate("window.shift") < 0.01


def test_marks_are_large_enough_to_touch(browser: Browser, address: str) -> None:
    """On a phone each mark is 24 pixels wide and high, and overlaps no other."""
    with context(browser, viewport={"width": 360, "height": 740}, has_touch=True) as opened:
        page = opened.new_page()
        page.goto(address + PAGE, wait_until="networkidle")
        boxes = page.evaluate(
            """() => [...document.querySelectorAll(".display")].map(display =>
              [...display.querySelectorAll(":scope > details > summary, :scope > .copy")]
                .map(mark => mark.getBoundingClientRect())
                .map(({ top, bottom, left, right }) => ({ top, bottom, left, right })))"""
        )
        for marks in boxes:
            marks.sort(key=lambda mark: mark["top"])
            for mark in marks:
                assert mark["bottom"] - mark["top"] >= 24
                assert mark["right"] - mark["left"] >= 24
                assert mark["right"] <= 360
            for above, below in itertools.pairwise(marks):
                assert above["bottom"] <= below["top"] + 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "slug",
    [
        PAGE,
        "where-it-goes-wrong/",
        "evidence/",
    ],
)
def test_no_accessibility_violation_with_evidence_open(
    browser: Browser, address: str, scheme: str, slug: str
) -> None:
    """Axe finds nothing against a page whose evidence is open, in light and in dark."""
    with context(browser, color_scheme=scheme) as opened:
        page = opened.new_page()
        page.goto(address + slug, wait_until="networkidle")
        page.evaluate(
            "document.querySelectorAll('article details').forEach(row => row.open = true)"
        )
        found = Axe().run(page).response["violations"]
        assert [(x["id"], x["nodes"][0]["html"][:160], len(x["nodes"])) for x in found] == []


def test_the_picture_of_uses_is_made_of_links(page: Page, address: str) -> None:
    """A box in the picture of what rests on what leads to its page."""
    page.goto(f"{address}evidence/", wait_until="networkidle")
    page.locator(".graph a", has_text="Cross-entropy").click()
    page.wait_for_url("**/cross-entropy/")


def test_the_evidence_leads_back_to_its_line(page: Page, address: str) -> None:
    """A line number on the evidence page leads to that row on its page."""
    page.goto(f"{address}evidence/", wait_until="networkidle")
    link = page.locator("td a[href*='/softmax/#r-']").first
    name = str(link.get_attribute("href")).partition("#")[2]
    link.click()
    page.wait_for_url(f"**/softmax/#{name}")
    page.locator(f"details[open] > #{name}").wait_for()


def test_every_claim_can_be_downloaded(page: Page, address: str) -> None:
    """The evidence page offers every claim as JSON, in the shape the command line prints."""
    page.goto(f"{address}evidence/")
    found = page.evaluate("fetch('claims.json').then(answer => answer.json())")
    assert len(found) > 100
    assert {"path", "line", "verdict", "needs", "samples", "error"} <= set(found[0])
