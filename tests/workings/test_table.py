"""Tables of a page's numbers: which rows, which cells, and what is refused."""

import sys
from types import ModuleType

import numpy as np
import pytest

from workings import table as tables
from workings.table import columns, table, values

FRONT = """---
symbols:
  o: {shape: [K], domain: real, meaning: logits}
  a: {shape: [], domain: real, meaning: the first of several numbers}
  b: {shape: [], domain: real, meaning: another}
  e: {shape: [], domain: real, meaning: one more}
example:
  o: [0.0, -1.0]
---
"""


@pytest.fixture
def docs(tmp_path, monkeypatch):
    """Return a writer of pages in an empty docs folder."""
    monkeypatch.setattr(tables, "DOCS", tmp_path)

    def write(body, slug="page", front=FRONT):
        (tmp_path / f"{slug}.md").write_text(front + body, encoding="utf-8")

    return write


@pytest.fixture
def snippet(monkeypatch):
    """Return a function that stands in for a module `snippets.fake`."""

    def put(function):
        module = ModuleType("snippets.fake")
        module.stepper = function
        monkeypatch.setitem(sys.modules, "snippets.fake", module)

    return put


def bound(tex):
    return f'\n<!-- workings: steps="fake:stepper" -->\n$$\n{tex}\n$$\n'


def rows(markdown):
    """Split a Markdown table into its rows of cells."""
    return [line.strip("| ").split(" | ") for line in markdown.splitlines()]


def first_column(markdown):
    return [row[0].removeprefix("$\\displaystyle ").removesuffix("$") for row in rows(markdown)[2:]]


def repeat(count, value):
    """Return a stepper that yields one value several times."""

    def stepper(o):
        for _ in range(count):
            yield value

    return stepper


@pytest.mark.parametrize(
    ("value", "heads", "cells"),
    [
        (1.41703, ["value"], ["1.4170"]),
        (np.array([2.0, -0.5, 1e-9]), ["1", "2", "3"], ["2.0000", "−0.5000", "0.0000"]),
        (np.array([-1e-9]), ["1"], ["0.0000"]),
        ([[1.0, 2.0], [3.0, 4.0]], ["1", "2"], ["1.0000<br>3.0000", "2.0000<br>4.0000"]),
        ([[np.nan, 2.0], [3.0, np.nan]], ["1", "2"], ["·<br>3.0000", "2.0000<br>·"]),
        (np.array([10**6, True]), ["1", "2"], ["1000000.0000", "1.0000"]),
    ],
    ids=["scalar", "vector", "minus zero", "matrix", "blanks", "whole numbers"],
)
def test_numbers_fill_a_column_an_entry(docs, snippet, value, heads, cells):
    """Each side is one row, with a column an entry and the rows of a matrix stacked."""
    docs(bound("a = b"))
    snippet(repeat(2, value))
    assert rows(table("page", "fake:stepper")) == [
        ["side", *heads],
        [":---", *["---:"] * len(heads)],
        ["$\\displaystyle a$", *cells],
        ["$\\displaystyle b$", *cells],
    ]


@pytest.mark.parametrize(
    ("tex", "sides"),
    [
        (r"p_j = \frac{e^{o_j}}{s}, \quad j = 1, \dots, K", [r"p_j", r"\frac{e^{o_j}}{s}"]),
        (r"\begin{aligned} a &= b + c \\ &= d \\[4pt] &= e \end{aligned}", "a|b + c|d|e"),
        (r"\begin{split} a &\leq b \\ & < c \tag{1} \end{split}", "a|b|c"),
        (r"a &= b \\ & \quad + c \\ &= d", "a|b + c|d"),
        (
            r"a = \begin{cases} b & \text{if } i = j \\ c & \text{if } i \neq j \end{cases} = d",
            r"a|\begin{cases} b & \text{if } i = j \\ c & \text{if } i \neq j \end{cases}|d",
        ),
        (r"\sum_{k \neq i} a_k = b \quad \text{for } i = 1, \dots, K", r"\sum_{k \neq i} a_k|b"),
        (r"a = \left( b \right)^{-2.0} = \boxed{c}", r"a|\left( b \right)^{-2.0}|\boxed{c}"),
        ("a\n= b\n= c.", "a|b|c"),
    ],
)
def test_every_side_is_a_row(docs, snippet, tex, sides):
    """The first column holds each side as it was typed, without layout and conditions."""
    sides = sides.split("|") if isinstance(sides, str) else sides
    docs(bound(tex))
    snippet(repeat(len(sides), 0.0))
    assert first_column(table("page", "fake:stepper")) == [" ".join(s.split()) for s in sides]


def test_a_display_that_begins_with_a_relation_goes_on(docs, snippet):
    """Displays that continue a chain add their sides to it, until one begins anew."""
    docs(bound("a = b") + "\nso\n\n$$= c$$\n\nand\n\n$$= d$$\n\n$$e = f$$\n\n$$= g$$\n")
    snippet(repeat(4, 0.0))
    assert first_column(table("page", "fake:stepper")) == ["a", "b", "c", "d"]


def test_a_bar_in_the_mathematics_does_not_end_the_cell(docs, snippet):
    """Bars are spelled out, and no space comes before the closing dollar."""
    docs(bound(r"|a| = \|b\|"))
    snippet(repeat(2, 0.0))
    assert first_column(table("page", "fake:stepper")) == [r"\vert a\vert", r"\Vert b\Vert"]


def test_a_stepper_gets_the_example_by_name(docs, snippet):
    """Arguments come from the page's example and, where it is silent, from the pages it uses."""
    docs("", slug="first", front="---\nexample:\n  o: [1.0, 2.0]\n  c: 3.0\n---\n")
    front = "---\nuses: [first]\nexample:\n  \\hat{y}: [5.0, 7.0]\n  c: 4.0\n---\n"
    docs(bound("f(a) = f(b)"), front=front)

    def stepper(y_hat, c, o):
        yield y_hat
        yield o * c

    snippet(stepper)
    assert rows(table("page", "fake:stepper"))[2:] == [
        ["$\\displaystyle f(a)$", "5.0000", "7.0000"],
        ["$\\displaystyle f(b)$", "4.0000", "8.0000"],
    ]


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("o", "o"),
        (r"\hat{y}", "y_hat"),
        (r"\hat y", "y_hat"),
        (r"\mathbf{W}", "W"),
        (r"\boldsymbol{\theta}", "theta"),
        (r"\theta", "theta"),
        (r"\bar{L}", "L_bar"),
        (r"w_{j \to o}", "w"),
    ],
)
def test_values_are_named_as_in_python(docs, symbol, name):
    """A symbol's name loses its backslash, its font and its indices, and keeps its accent."""
    docs("", front=f"---\nexample:\n  '{symbol}': [1.0]\n---\n")
    assert {key: value.tolist() for key, value in values("page").items()} == {name: [1.0]}


@pytest.mark.parametrize(
    ("body", "stepper", "message"),
    [
        ("$$a = b$$", repeat(2, 0.0), r'page\.md: 0 displays say steps="fake:stepper"; one must'),
        (bound("a = b") * 2, repeat(2, 0.0), "2 displays say"),
        (bound("a = b"), repeat(3, 0.0), r"page\.md:12: 2 sides, but fake:stepper yields 3 times"),
        (bound("a = b = c"), repeat(2, 0.0), "3 sides, but fake:stepper yields 2 times"),
        (bound("a = b"), lambda o: iter([o, o[0]]), r"different shapes, \[\(\), \(2,\)\]"),
        (bound("a = b"), lambda o, c, d: iter([o, c]), "the example lacks c, d for fake:stepper"),
    ],
    ids=["unbound", "twice bound", "a yield too many", "too few", "two shapes", "no value"],
)
def test_what_does_not_fit_together_is_refused(docs, snippet, body, stepper, message):
    """A table that would mislead is a ValueError that names the page and the stepper."""
    docs(body)
    snippet(stepper)
    with pytest.raises(ValueError, match=message):
        table("page", "fake:stepper")


def test_columns_are_headed_by_their_mathematics(docs, snippet):
    """Arrays side by side make one table, with a row an entry."""
    docs("")
    snippet(lambda o: {"o_i": o, "p_i - y_i": 2 * o})
    assert rows(columns("page", "fake:stepper")) == [
        ["class", "$\\displaystyle o_i$", "$\\displaystyle p_i - y_i$"],
        [":---", "---:", "---:"],
        ["1", "0.0000", "0.0000"],
        ["2", "−1.0000", "−2.0000"],
    ]
