"""A wrong line and the one small edit that mends it; where two would, or none, nothing is said."""

import pytest

from workings.page import parse
from workings.reading import check

FRONT = r"""---
symbols:
  o: {shape: [K], domain: real}
  'y': {shape: [K], domain: onehot}
---
$$ p_j = \frac{e^{o_j}}{\sum_k e^{o_k}} $$
$$ L = -\sum_j y_j \log p_j $$
"""


def claim(tex):
    """The first claim of a display added to the page."""
    page = parse(f"{FRONT}\n$$\n{tex}\n$$\n", "page.md")
    return next(claim for claim in check(page) if claim.display == 3)


MENDED = [
    (r"\frac{\partial L}{\partial o_i} = p_i + y_i", r"p_i - y_i"),
    (r"\frac{\partial L}{\partial o_i} = p_i - y_k", r"p_i - y_i"),
    (r"\frac{\partial L}{\partial o_i} = o_i - y_i", r"p_i - y_i"),
    (r"\frac{\partial p_j}{\partial o_i} = p_j (\delta_{ij} + p_i)", r"p_j (\delta_{ij} - p_i)"),
    (r"\sum_k p_k o_k = \sum_k p_k o_i", r"\sum_k p_k o_k"),
    (
        r"\frac{\partial p_j}{\partial o_i} = p_j \delta_{ij} - p_j p_j",
        r"p_j \delta_{ij} - p_j p_i",
    ),
]


@pytest.mark.parametrize(("tex", "mended"), [pytest.param(*row, id=row[0]) for row in MENDED])
def test_the_repair_is_an_edit_that_mends(tex, mended):
    """The edit, made in the source, gives the right side that was meant, and it holds."""
    found = claim(tex)
    assert found.verdict == "fails"
    repair = found.repair
    source = f"\n{tex}\n"
    assert source[repair.at : repair.end] == repair.old
    edited = (source[: repair.at] + repair.new + source[repair.end :]).strip()
    assert "".join(edited.partition("=")[2].split()) == "".join(mended.split())
    assert claim(edited).verdict == "holds"


BEYOND = [r"L = 7", r"\frac{\partial L}{\partial o_i} = o_i^3 + y_i^2 - 5", r"o_i = e^{o_i}"]


@pytest.mark.parametrize("tex", BEYOND)
def test_nothing_is_said_where_no_edit_mends(tex):
    """A line that no one small edit makes true gets no repair."""
    assert claim(tex).repair is None


def test_a_claim_that_holds_needs_no_repair():
    """What is true is left alone."""
    assert claim(r"\sum_k p_k = 1").repair is None
