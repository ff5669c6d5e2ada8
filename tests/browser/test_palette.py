"""The switch between light, dark and what the system asks for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

Open = Callable[[str], Page]

pytestmark = pytest.mark.browser


def scheme(page: Page) -> list[str]:
    """What the page's body, its root, its ground and the phone's bar are told."""
    found: list[str] = page.evaluate(
        """() => [
          document.body.getAttribute("data-md-color-scheme"),
          document.documentElement.style.colorScheme,
          getComputedStyle(document.body).backgroundColor,
          document.querySelector("meta[name=theme-color]").content,
        ]"""
    )
    return found


def press(page: Page, title: str) -> None:
    page.click(f".md-header label[title={title!r}]:visible")
    page.wait_for_function("!document.body.hasAttribute('data-md-color-switching')")


def test_the_system_is_followed_until_told_otherwise(tabs: Callable[..., Open]) -> None:
    """The button goes from the system's scheme to light to dark and back, and the page with it."""
    page = tabs(viewport={"width": 1280, "height": 900}, color_scheme="dark")("softmax")
    page.wait_for_function("document.querySelector('meta[name=theme-color]').content")
    dark = scheme(page)
    assert dark[:2] == ["slate", "dark"]
    page.emulate_media(color_scheme="light")
    page.wait_for_selector("[data-md-color-scheme=default]")
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("[data-md-color-scheme=slate]")

    press(page, "Switch to light colours")
    light = scheme(page)
    assert light[:2] == ["default", "light"]
    assert light[2] != dark[2]
    press(page, "Switch to dark colours")
    assert scheme(page) == dark
    page.emulate_media(color_scheme="light")
    page.wait_for_timeout(100)
    assert scheme(page) == dark
    press(page, "Follow the system's colours")
    assert scheme(page) == light


def test_a_choice_stays(tabs: Callable[..., Open]) -> None:
    """Other pages and later visits come in the scheme that was chosen."""
    open_page = tabs(viewport={"width": 1280, "height": 900}, color_scheme="light")
    page = open_page("softmax")
    press(page, "Switch to light colours")
    press(page, "Switch to dark colours")
    open_page("cross-entropy")
    assert scheme(page)[:2] == ["slate", "dark"]
    assert page.is_visible('.md-header label[title="Follow the system\'s colours"]')


def test_the_keyboard_switches(laptop: Open) -> None:
    """Enter on the switch takes the next scheme, and keeps the focus."""
    page = laptop("softmax")
    page.focus("[name=__palette] >> nth=0")
    page.keyboard.press("Enter")
    assert scheme(page)[:2] == ["default", "light"]
    page.keyboard.press("Enter")
    assert scheme(page)[:2] == ["slate", "dark"]
    assert page.evaluate("document.activeElement.id") == "__palette_2"
