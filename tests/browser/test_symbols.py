"""Symbols that explain themselves: by hovering, by a tap, and by the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

LABEL = "one-hot label: a vector of K entries, a single 1 and the rest 0"
CHAIN = '.display[data-steps="cross_entropy_gradient:one_sum"]'


def symbol(page: Page, words: str) -> tuple[float, float]:
    """The middle of a symbol in the chain, found by what its note on the page says."""
    page.wait_for_selector(f"{CHAIN} > .ask", state="attached")
    number = page.evaluate(
        """words => [...document.querySelectorAll("#symbols [data-symbol]")]
          .find(row => row.querySelector("dd").textContent.includes(words)).dataset.symbol""",
        words,
    )
    found = page.locator(f"{CHAIN} .scroll > svg .sy{number}").first
    found.scroll_into_view_if_needed()
    box = found.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_hovering_shows_what_a_symbol_means(laptop: Callable[[str], Page]) -> None:
    """A note with meaning, shape and domain comes up under the pointer, and goes with it."""
    page = laptop("cross-entropy-gradient")
    page.mouse.move(*symbol(page, LABEL))
    expect(page.locator("#note")).to_contain_text(LABEL)
    page.mouse.move(2, 2)
    expect(page.locator("#note")).to_be_hidden()


def test_a_defined_symbol_leads_to_its_definition(laptop: Callable[[str], Page]) -> None:
    """The note on the probabilities links to the display that defines them."""
    page = laptop("cross-entropy-gradient")
    page.mouse.move(*symbol(page, "in Softmax"))
    link = page.locator("#note a")
    expect(link).to_have_text("in Softmax")
    link.click()
    page.wait_for_url("**/softmax/#display-1")
    expect(page.locator("#display-1")).to_be_visible()


def test_a_tap_shows_what_a_symbol_means(touched: Callable[[str], Page]) -> None:
    """On a phone a tap on or near a symbol shows its note, within the screen."""
    page = touched("cross-entropy-gradient")
    x, y = symbol(page, LABEL)
    page.touchscreen.tap(x + 6, y)
    expect(page.locator("#note")).to_contain_text(LABEL)
    box = page.locator("#note").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360


def test_the_keyboard_reaches_every_note(laptop: Callable[[str], Page]) -> None:
    """One button a display lists its symbols; Escape closes the list and keeps the place."""
    page = laptop("cross-entropy-gradient")
    button = page.locator(f"{CHAIN} > .ask")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    listed = page.locator(f"{CHAIN} > .note.list")
    expect(listed).to_be_visible()
    expect(listed).to_contain_text(LABEL)
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()
    expect(button).to_be_focused()


def test_notes_move_nothing(laptop: Callable[[str], Page]) -> None:
    """Opening a note or a list leaves everything below where it was."""
    page = laptop("cross-entropy-gradient")
    place = symbol(page, LABEL)
    gap = f"""() => {{
      const top = (name) => document.querySelector(name).getBoundingClientRect().top;
      return top("#where-the-label-sums-to-one") - top('{CHAIN}');
    }}"""
    before = page.evaluate(gap)
    page.mouse.move(*place)
    expect(page.locator("#note")).to_be_visible()
    page.locator(f"{CHAIN} > .ask").click()
    assert page.evaluate(gap) == before


def test_notes_stand_on_the_page_without_a_script(
    tabs: Callable[..., Callable[[str], Page]],
) -> None:
    """With scripts off the page still lists what its symbols mean."""
    page = tabs(java_script_enabled=False)("cross-entropy-gradient")
    page.locator("#symbols > summary").click()
    expect(page.locator("#symbols")).to_contain_text(LABEL)
