"""The site's pages by plain Python-Markdown: nothing that a reader can trust needs MkDocs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from markdown import markdown

from workings.evidence import sheet

ROOT = Path(__file__).parents[2]
PAGES = ["cross-entropy-gradient", "softmax-jacobian", "where-it-goes-wrong"]
EXTENSIONS = ["workings.markdown", "admonition", "attr_list", "md_in_html", "tables", "toc"]


def convert(text: str, path: str = "docs/page.md") -> BeautifulSoup:
    """A page as plain Python-Markdown renders it."""
    settings = {"workings.markdown": {"path": path}}
    return BeautifulSoup(
        markdown(text, extensions=EXTENSIONS, extension_configs=settings), "html.parser"
    )


@pytest.mark.parametrize("slug", PAGES)
def test_a_page_has_the_same_marks(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain Python-Markdown marks each row of a page, with the verdict that the check gave it."""
    monkeypatch.chdir(ROOT)
    path = f"docs/{slug}.md"
    page = convert(Path(path).read_text(encoding="utf-8"), path)
    shown = [(row["class"][1], row.summary["id"]) for row in page.select(".display > details.row")]
    wanted = [
        (row.verdict, row.name)
        for display in sheet(path).displays
        if not display.display.inline
        for row in display.rows
    ]
    assert shown == wanted
    assert len(shown) > 10


def test_front_matter_declares_and_is_not_shown() -> None:
    """Declarations stand in the front matter, which leaves no trace on the page."""
    page = convert("---\nsymbols:\n  x: {shape: [K]}\n---\n\n$$\nx_i + x_i = 2 x_i\n$$\n")
    assert "symbols" not in page.text
    assert [row["class"] for row in page.select("details.row")] == [["row", "holds"]]


def test_a_wrong_row_is_shown_with_its_witness() -> None:
    """A row that fails stands open, in red, with numbers at which its sides differ."""
    page = convert("---\nsymbols:\n  x: {shape: [K]}\n---\n\n$$\nx_i + x_i = 3 x_i\n$$\n")
    (row,) = page.select("details.row.fails")
    assert row.has_attr("open")
    assert page.select_one("svg.wrong")
    assert re.search(r"witness.*left .*right", row.text)


def test_what_a_page_says_is_text() -> None:
    """Nothing that a page says in its LaTeX or its comments becomes markup in the evidence."""
    text = '<!-- workings: waive="<b>why</b>" -->\n$$\n\\text{<i>x</i>} = <u>1</u>\n$$\n'
    page = convert(text)
    assert not page.select("b, i, u")


def test_rows_keep_their_names() -> None:
    """A row's address stays while its LaTeX does, whatever stands before it on the page."""
    head = "---\nsymbols:\n  x: {shape: [K]}\n---\n\n"
    display = "$$\nx_i + x_i = 2 x_i\n$$\n"
    before = convert(head + display).select_one(".row summary")
    spaced = display.replace(" + ", "+")
    after = convert(f"{head}Words, and $$x_i = 1 x_i$$\n\n{spaced}").select(".row summary")[-1]
    assert before
    assert before["id"] == after["id"]


def test_equal_rows_have_names_of_their_own() -> None:
    """The same row twice on a page has two addresses."""
    display = "$$\nx_i + x_i = 2 x_i\n$$\n"
    page = convert(f"---\nsymbols:\n  x: {{shape: [K]}}\n---\n\n{display}\n{display}")
    first, second = (summary["id"] for summary in page.select(".row summary"))
    assert second == f"{first}-2"


def test_no_other_generator_is_imported() -> None:
    """Rendering and checking a page load no part of MkDocs."""
    code = (
        "import sys, markdown\n"
        "markdown.markdown('$$1 = 1$$', extensions=['workings.markdown'])\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'mkdocs']\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
