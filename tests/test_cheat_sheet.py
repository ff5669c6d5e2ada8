"""The cheat sheet says of each formula what the check finds out about it."""

from pathlib import Path

import pytest

from workings.page import read
from workings.reading import check

SHEET = Path(__file__).parents[1] / "docs/cheat-sheet.md"
LINES = SHEET.read_text(encoding="utf-8").splitlines()
ROWS = {number: line for number, line in enumerate(LINES, start=1) if line.startswith("| $")}


@pytest.fixture(scope="module")
def needs():
    """What the formulas of each row need, by its line."""
    found = {}
    for claim in check(read(SHEET), repairs=False):
        found.setdefault(claim.line, set()).update(claim.needs)
    return found


@pytest.mark.parametrize("number", ROWS)
def test_a_dagger_marks_what_needs_a_sum_of_one(needs, number):
    """A row has a dagger if, and only if, its formula fails for labels that don't sum to one."""
    assert ("†" in ROWS[number]) == any("= 1" in need for need in needs[number])


@pytest.mark.parametrize("number", ROWS)
def test_no_formula_needs_a_one_hot_label(needs, number):
    """Each formula holds for soft labels too, as the sheet says."""
    assert not any("one-hot" in need for need in needs[number])


@pytest.mark.parametrize("number", ROWS)
def test_every_row_has_a_formula_a_shape_and_a_page(number):
    """A row names a page of the site, and the section that derives the formula."""
    formula, shape, page = ROWS[number].strip("| ").split(" | ")
    assert formula.startswith("$")
    assert shape == "number" or shape.strip("$")[0] in "JKN"
    file, _, anchor = page.partition("](")[2].rstrip(")").partition("#")
    text = (SHEET.parent / file).read_text(encoding="utf-8")
    headings = [line.lstrip("# ") for line in text.splitlines() if line.startswith("## ")]
    slugs = {heading.lower().replace(" ", "-") for heading in headings}
    assert not anchor or anchor in slugs
