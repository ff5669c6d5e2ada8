"""The menu of a small screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

Open = Callable[[str], Page]

pytestmark = pytest.mark.browser

_REACHED = """() => {
  const link = document.querySelector(".md-sidebar--primary a.md-nav__link");
  link.focus();
  return document.activeElement === link && link.getBoundingClientRect().left >= 0;
}"""


def test_a_keyboard_opens_and_shuts_the_menu(tabs: Callable[..., Open]) -> None:
    """Tab comes to its button, Enter opens it, and while it is shut no link in it is reached."""
    page = tabs(viewport={"width": 360, "height": 740})("softmax")
    button = page.locator(".md-header label[for=__drawer]")
    for _ in range(5):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            break
    else:
        pytest.fail("five tabs do not reach the menu's button")
    assert not page.evaluate(_REACHED)
    button.press("Enter")
    page.wait_for_function(_REACHED)
    button.press("Enter")
    page.wait_for_function(f"!({_REACHED})()")
