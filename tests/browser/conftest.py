"""Tabs to look inside formulas with: a laptop's in either scheme, and a phone's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

Open = Callable[[str], Page]


@pytest.fixture
def tabs(browser: Browser, address: str) -> Iterator[Callable[..., Open]]:
    """Makes a way of opening pages; whatever a page reports as an error fails the test."""
    troubles: list[str] = []
    with ExitStack() as stack:

        def tab(**options: Any) -> Open:
            context = stack.enter_context(browser.new_context(**options))
            page = context.new_page()
            page.on("pageerror", lambda error: troubles.append(str(error)))

            def open_page(slug: str) -> Page:
                page.goto(f"{address}{slug}/", wait_until="networkidle")
                return page

            return open_page

        yield tab
    assert troubles == []


@pytest.fixture(params=["light", "dark"])
def laptop(tabs: Callable[..., Open], request: pytest.FixtureRequest) -> Open:
    """Opens a page on a laptop, in each scheme."""
    return tabs(viewport={"width": 1280, "height": 900}, color_scheme=request.param)


@pytest.fixture
def touched(tabs: Callable[..., Open]) -> Open:
    """Opens a page on a phone, where nothing hovers."""
    return tabs(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
