"""Numbers of the reader's own: what the page shows is what the engine computes."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from workings.evaluate import evaluate
from workings.page import read
from workings.sample import Experiment
from workings.stepper import bind
from workings.symbols import quick

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PLACES = [
    (path.stem, steps)
    for path in sorted((ROOT / "docs").glob("*.md"))
    for steps in re.findall(r'<div class="try" data-chain="([^"]+)"', path.read_text("utf-8"))
]


def ready(page: Page) -> Page:
    """A page whose sliders are in view and at work."""
    page.add_style_tag(content=".tabbed-block { display: block !important }")
    page.locator(".try").first.scroll_into_view_if_needed()
    page.wait_for_selector(".try[data-on=ready]")
    return page


def shown(page: Page) -> list[list[str]]:
    """The numbers of every row, entry by entry."""
    rows: list[list[str]] = page.evaluate(
        """() => [...document.querySelectorAll(".try tbody tr")].map(row => {
          const columns = [...row.querySelectorAll("td + td")].map(cell => [...cell.children]);
          return columns[0].flatMap((_, k) => columns.map(column => column[k].textContent));
        })"""
    )
    return rows


def computed(slug: str, steps: str, inputs: dict[str, Any]) -> list[list[str]]:
    """What the engine makes of every side of the chain."""
    reading = quick(read(ROOT / "docs" / f"{slug}.md"))
    bound = bind(next(line for line in reading.lines if line.display.steps == steps))
    world = Experiment({"K": 3}, inputs).world(bound.scope)
    return [
        [
            f"{evaluate(side, world, dict(env)):.4f}".replace("-", "−")
            for _, env in bound.entries(world)
        ]
        for side in bound.sides
    ]


@pytest.mark.parametrize(("slug", "steps"), [
    ("cross-entropy-gradient", "cross_entropy_gradient:one_sum"),
    ("where-it-goes-wrong", "where_it_goes_wrong:asked"),
])  # fmt: skip
def test_rows_follow_the_sliders(laptop: Callable[[str], Page], slug: str, steps: str) -> None:
    """After a slider and the label have moved, every row shows the engine's numbers."""
    page = ready(laptop(slug))
    page.locator(".try input[type=range]").first.fill("-1.3")
    page.locator(".try input[type=radio]").nth(2).check()
    inputs = {
        "o": [Fraction("-1.3"), Fraction(1), Fraction("0.1")],
        "y": [Fraction(0), Fraction(0), Fraction(1)],
    }
    expected = computed(slug, steps, inputs)
    page.wait_for_function(
        "text => document.querySelector('.try td + td span').textContent === text",
        arg=expected[0][0],
    )
    assert shown(page) == expected


# A change is drawn in the next frame, which a busy machine may take long to come to.
DRAWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.mark.parametrize("slug", [slug for slug, _ in PLACES])
def test_the_script_begins_where_the_page_stands(laptop: Callable[[str], Page], slug: str) -> None:
    """The first move changes numbers, and moving back brings the page's own again."""
    page = ready(laptop(slug))
    before = shown(page)
    slider = page.locator(".try input[type=range]").first
    at = slider.input_value()
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.evaluate(DRAWN)
    assert shown(page) != before
    slider.fill(at)
    page.evaluate(DRAWN)
    assert shown(page) == before


def test_numbers_that_differ_are_marked(laptop: Callable[[str], Page]) -> None:
    """On the question's chain the marks stand in the false row, away from the true class."""
    page = ready(laptop("where-it-goes-wrong"))
    off = """() => [...document.querySelectorAll(".try tbody tr")].map(
      row => [...row.querySelectorAll("td + td span")].map(x => x.classList.contains("off"))
    )"""
    assert page.evaluate(off) == [[False] * 3, [True, False, True], [False] * 3, [False] * 3]


def test_a_drag_is_smooth(laptop: Callable[[str], Page]) -> None:
    """A row of changes is drawn at once: working them out takes less than a frame each."""
    page = ready(laptop("cross-entropy-gradient"))
    spent = page.evaluate(
        """async () => {
          const slider = document.querySelector(".try input[type=range]");
          const frame = () => new Promise(requestAnimationFrame);
          const times = [];
          for (let k = 0; k < 60; k += 1) {
            slider.value = k / 20;
            slider.dispatchEvent(new Event("input", { bubbles: true }));
            const begun = await frame();
            times.push(performance.now() - begun);
          }
          return times.sort((a, b) => a - b)[30];
        }"""
    )
    assert spent < 1000 / 60


def test_listeners_hear_the_outcome_once(laptop: Callable[[str], Page]) -> None:
    """The live region stays silent while numbers move, and then says where they came to rest."""
    page = ready(laptop("cross-entropy-gradient"))
    status = page.locator(".try [role=status]")
    slider = page.locator(".try input[type=range]").first
    for value in ("0", "0.5", "1"):
        slider.fill(value)
    assert status.text_content() == ""
    expect(status).to_contain_text("p:", timeout=3000)
    expect(status).to_contain_text("L:")


@pytest.mark.parametrize("slug", [slug for slug, _ in PLACES])
def test_sliders_are_accessible(laptop: Callable[[str], Page], slug: str) -> None:
    """Axe finds nothing against a page with its sliders in use."""
    page = ready(laptop(slug))
    assert Axe().run(page).response["violations"] == []


def test_without_scripts_a_sentence_says_what_would_be_there(
    tabs: Callable[..., Callable[[str], Page]],
) -> None:
    """With scripts off there is a sentence and the worked example, and no control that is dead."""
    page = tabs(java_script_enabled=False)("cross-entropy-gradient")
    expect(page.locator(".try .without")).to_be_visible()
    expect(page.locator(".try input").first).to_be_hidden()
    expect(page.locator(".try td + td").first).to_have_text(re.compile(r"\d\.\d{4}"))
