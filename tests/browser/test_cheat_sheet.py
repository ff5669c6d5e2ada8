"""The cheat sheet on paper."""

import re

import pytest
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("margin", ["10mm", "15mm"])
def test_it_prints_on_one_side_of_a4(browser: Browser, address: str, margin: str) -> None:
    """With everyday margins the whole sheet is one page."""
    page = browser.new_page()
    page.goto(f"{address}cheat-sheet/")
    sides = dict.fromkeys(("top", "right", "bottom", "left"), margin)
    paper = page.pdf(format="A4", margin=sides)
    page.close()
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
