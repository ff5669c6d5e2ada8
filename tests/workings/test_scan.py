"""The second count of displays: where it agrees with the first, and what it catches."""

import json

import pytest

from workings.page import parse, parse_notebook
from workings.reading import check
from workings.scan import lines, missed, untold

AGREED = [
    ("", 0),
    ("$$a = b$$", 1),
    ("$$\na = b\n$$\ntext $$c$$ and $$d$$", 3),
    ("\\[a = b\\] and \\\\[not\\\\] and \\$$", 1),
    ("```math\na = b\n```", 1),
    ("```python\n$$a$$\n```\n~~~\n$$b$$\n~~~", 0),
    ("`$$a$$` and ``$$`$$``", 0),
    ("<!-- $$a$$\n$$b$$ -->\n$$c$$", 1),
    ("\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}", 1),
    ("$$\n\\begin{aligned}\na &= b\n\\end{aligned}\n$$", 1),
    ("---\ntitle: $$\n---\n$$a$$", 1),
    ("> $$a$$\n\n1. $$b$$", 2),
    ("$$\na = b\n", 1),
    ("$a$ and $b = c$", 0),
]


@pytest.mark.parametrize(("text", "count"), AGREED)
def test_both_counts_agree(text, count):
    """Displays outside code and comments are found by both ways of reading, and none else is."""
    assert len(list(lines(text))) == count
    assert missed(parse(text), text) == ""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("text\n\n\\begin{subequations}\na = b\n\\end{subequations}", 3),
        ("text\n\n<!-- never closed\n$$a = b$$", 4),
    ],
)
def test_difference_names_both_counts_and_the_line(text, line):
    """Where the counts differ, both are named with the line to look at."""
    found = missed(parse(text, "a.md"), text)
    counts = sorted((len(list(lines(text))), len(parse(text).displays)))
    assert counts[0] != counts[1]
    assert f"line {line}" in found
    assert f"{len(parse(text).displays)} displays were read" in found
    assert f"finds {len(list(lines(text)))}" in found


def test_notebook_is_scanned_cell_by_cell():
    """Only Markdown cells count, each with lines of its own."""
    cells = [
        {"cell_type": "code", "source": ["$$a$$"]},
        {"cell_type": "markdown", "source": ["---\n", "$$1 = 1$$\n", "---\n", "$$b$$"]},
    ]
    text = json.dumps({"cells": cells})
    assert missed(parse_notebook(text, "a.ipynb"), text) == ""


def test_equation_that_makes_no_claim_is_reported():
    """A display that says `=` must come back as a claim; where it doesn't, its line is named."""
    page = parse("text\n\n$$1 = 1$$\n\n$$2 = 2$$", "a.md")
    claims = check(page)
    assert untold(page, claims) == ""
    assert "display on line 5" in untold(page, claims[:1])
