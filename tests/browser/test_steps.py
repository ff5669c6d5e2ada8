"""Code in step with its chain: pointing at one lights the other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

STEPS = "cross_entropy_gradient:one_sum"
DISPLAY = f'.display[data-steps="{STEPS}"]'
CODE = f'code[data-steps="{STEPS}"]'


def with_code(page: Page) -> Page:
    page.add_style_tag(content=".tabbed-block { display: block !important }")
    return page


def lit(page: Page) -> list[int]:
    """The sides whose code is lit."""
    found: list[int] = page.evaluate(
        f"[...document.querySelectorAll('{CODE} .step.lit')].map(step => Number(step.dataset.step))"
    )
    return found


def rows_lit(page: Page) -> list[int]:
    """The rows of the display that a beam lies behind, by the middle of each relation."""
    found: list[int] = page.evaluate(
        f"""() => {{
          const display = document.querySelector('{DISPLAY}');
          const beams = [...display.querySelectorAll(".beam")].map(b => b.getBoundingClientRect());
          const relations = [...display.querySelectorAll('.scroll > svg [class^="re"]')];
          return relations.flatMap((part, k) => {{
            const box = part.getBoundingClientRect();
            const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
            const over = b => b.left < x && x < b.right && b.top < y && y < b.bottom;
            return beams.some(over) ? [k + 1] : [];
          }});
        }}"""
    )
    return found


@pytest.mark.parametrize("side", [1, 3, 7])
def test_a_row_lights_its_line_of_code(laptop: Callable[[str], Page], side: int) -> None:
    """Pointing at a row lights the yield that computes it, and no other."""
    page = with_code(laptop("cross-entropy-gradient"))
    relation = page.locator(f"{DISPLAY} .scroll > svg .re{side}")
    relation.scroll_into_view_if_needed()
    box = relation.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] + 6, box["y"] + box["height"] / 2)
    page.wait_for_selector(".step.lit", state="attached")
    assert lit(page) == [side]


@pytest.mark.parametrize("side", [1, 4, 6])
def test_a_line_of_code_lights_its_row(laptop: Callable[[str], Page], side: int) -> None:
    """Pointing at a yield puts a beam behind the row that it computes, and no other."""
    page = with_code(laptop("cross-entropy-gradient"))
    page.locator(f'{CODE} .step[data-step="{side}"]').hover()
    page.wait_for_selector(f"{DISPLAY} .beam", state="attached")
    assert rows_lit(page) == [side]


def test_a_tap_on_code_lights_its_row(touched: Callable[[str], Page]) -> None:
    """On a phone a tap on a yield lights its row."""
    page = with_code(touched("cross-entropy-gradient"))
    page.locator(f'{CODE} .step[data-step="2"]').tap(position={"x": 30, "y": 5})
    page.wait_for_selector(f"{DISPLAY} .beam", state="attached")
    assert rows_lit(page) == [2]


def test_the_keyboard_walks_through_the_code(laptop: Callable[[str], Page]) -> None:
    """The code is one stop; arrow keys go from yield to yield, and the row follows."""
    page = with_code(laptop("cross-entropy-gradient"))
    assert page.locator(f'{CODE} .step[tabindex="0"]').count() == 1
    page.locator(f'{CODE} .step[tabindex="0"]').focus()
    for side in (1, 2):
        page.keyboard.press("ArrowDown")
        expect(page.locator(f'{CODE} .step[data-step="{side}"]')).to_be_focused()
        assert rows_lit(page) == [side]
    page.keyboard.press("Escape")
    assert rows_lit(page) == []


def test_a_mark_lights_the_code_of_its_row(laptop: Callable[[str], Page]) -> None:
    """A row's mark, reached by keyboard, lights the yields on both sides of its relation."""
    page = with_code(laptop("cross-entropy-gradient"))
    page.locator(f"{DISPLAY} > .row > summary").nth(2).focus()
    assert lit(page) == [3]
