"""Markdown and notebooks in, displays out: what counts as mathematics, and where it stands."""

import json

import pytest

from workings.page import PageError, parse, parse_notebook, read

MARKUP = [
    ("$$ a = b $$", [" a = b "]),
    ("text $$a$$ text $$b$$", ["a", "b"]),
    ("$$\na = b\n$$", ["\na = b\n"]),
    ("\\[ a = b \\]", [" a = b "]),
    ("```math\na = b\n```", ["a = b\n"]),
    ("~~~ math\na = b\n~~~", ["a = b\n"]),
    ("\\begin{align}\na &= b\n\\end{align}", ["\\begin{align}\na &= b\n\\end{align}"]),
    ("so $a = b$ holds", ["a = b"]),
    ("so \\(a = b\\) holds", ["a = b"]),
    ("so $a$ is a letter", []),
    ("$\\sum_{k=1}^K a$", []),
    ("`$a = b$`", []),
    ("``$$ a = b $$``", []),
    ("```python\n$$ a = b $$\n```", []),
    ("```latex\n$$ a = b $$\n```", []),
    ("<!-- $$ a = b $$ -->", []),
    ("it costs \\$5 = 5 and \\$6", []),
    ("it costs $5 and $6 = more", []),
    ("$a = b$ and $c$ and $d \\leq e$", ["a = b", "d \\leq e"]),
    ("!!! note\n\n    $$\n    a = b\n    $$", ["\n    a = b\n    "]),
    ("> $$ a = b $$", [" a = b "]),
]


@pytest.mark.parametrize(("text", "expected"), [pytest.param(*row, id=row[0]) for row in MARKUP])
def test_what_counts_as_a_display(text, expected):
    """Displays are found in every spelling, and code, comments and prices are none."""
    assert [display.tex for display in parse(text).displays] == expected


def test_a_display_knows_its_line_and_column():
    """A display says where its LaTeX begins, the front matter counted."""
    page = parse("---\ntitle: x\n---\n\ntext\n\n  $$ a = b $$\n", "page.md")
    (display,) = page.displays
    assert (display.path, display.line, display.column) == ("page.md", 7, 5)
    assert display.place(3) == (7, 8)


def test_a_comment_is_about_the_display_below():
    """The attributes of a comment go to the display right below it, and to no other."""
    text = '<!-- workings: when="i = j" steps="m:f" fails="1, 2" -->\n$$ a $$\n\n$$ b $$'
    first, second = parse(text).displays
    assert (first.when, first.steps, first.fails) == ("i = j", "m:f", (1, 2))
    assert (second.when, second.steps, second.fails) == ("", "", ())


PROBLEMS = [
    ('<!-- workings: when="i = j" -->\n\ntext', "no display below"),
    ('<!-- workings: when="i = j" -->\n\ntext $$ a $$', "no display right below"),
    ('<!-- workings: when="i" -->\n<!-- workings: when="j" -->\n$$ a $$', "no display below"),
    ("<!-- workings: when=i -->\n$$ a $$", "the comment says"),
    ('<!-- workings: whne="i" -->\n$$ a $$', "the comment says `whne`"),
    ('<!-- workings: fails="all" -->\n$$ a $$', "by number"),
    ('<!-- workings: fails="0" -->\n$$ a $$', "by number"),
    ('<!-- workings: waive=" " -->\n$$ a $$', "needs its reason"),
    ("$$ a = b", "never closed"),
    ("\\[ a = b", "never closed"),
]


@pytest.mark.parametrize(("text", "says"), [pytest.param(*row, id=row[0]) for row in PROBLEMS])
def test_a_problem_with_a_display(text, says):
    """A comment or a delimiter that leads nowhere is a display with a problem, never skipped."""
    assert any(says in display.problem for display in parse(text).displays)


FRONT = [
    ("---\n- a\n---\n", "keys and values"),
    ("---\na: [\n---\n", "not YAML"),
    ("---\nsymbols: [a]\n---\n", "must map"),
    ("---\nexample: 3\n---\n", "must map"),
]


@pytest.mark.parametrize(("text", "says"), FRONT)
def test_front_matter_that_is_refused(text, says):
    """Front matter that can't be used names the file and what is wrong."""
    with pytest.raises(PageError, match=says) as caught:
        parse(text, "page.md")
    assert str(caught.value).startswith("page.md")


def test_front_matter():
    """Declarations, the pages a page uses, and its worked example are read from the top."""
    page = parse(
        "---\ntitle: T\nuses: softmax\nsymbols:\n  o: {shape: [K]}\nexample:\n  o: [1]\n---\n"
    )
    assert (page.title, page.uses) == ("T", ("softmax",))
    assert (page.symbols, page.example) == ({"o": {"shape": ["K"]}}, {"o": [1]})


def notebook(*cells, **meta):
    return json.dumps({"cells": list(cells), "metadata": {"workings": meta}, "nbformat": 4})


def test_a_notebook():
    """Markdown cells hold displays, each with the number of its cell; code cells hold none."""
    cells = (
        {"cell_type": "markdown", "source": ["# T\n", "$$ a = b $$"]},
        {"cell_type": "code", "source": "'$$ a = b $$'"},
        {"cell_type": "markdown", "source": "$$ c = d $$"},
    )
    page = parse_notebook(notebook(*cells, symbols={"a": {"shape": []}}), "n.ipynb")
    found = [(display.tex, display.cell, display.line) for display in page.displays]
    assert found == [(" a = b ", 1, 2), (" c = d ", 3, 1)]
    assert page.symbols == {"a": {"shape": []}}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": 3}', '{"cells": [{}]}', "not JSON"])
def test_what_is_no_notebook(text):
    """A notebook that can't be read says so, with its name."""
    with pytest.raises(PageError, match=r"n\.ipynb: is not a notebook"):
        parse_notebook(text, "n.ipynb")


def test_a_file_that_cannot_be_read(tmp_path):
    """A missing file and a file of other bytes each say what is wrong."""
    with pytest.raises(PageError, match="can't be opened"):
        read(tmp_path / "missing.md")
    (tmp_path / "bytes.md").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PageError, match="not UTF-8"):
        read(tmp_path / "bytes.md")
