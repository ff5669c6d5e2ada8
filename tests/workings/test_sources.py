"""What a page's evidence and its HTML rest on."""

from __future__ import annotations

from pathlib import Path

import pytest

from workings.sources import Keys, keys

FILES = {
    "mkdocs.yml": "site_name: Test\n",
    "docs/first.md": "# First\n\n$$\np = o + 1\n$$\n\nProse.\n",
    "docs/second.md": (
        "---\nuses: [first]\n---\n\n"
        '<!-- workings: steps="second:whole" -->\n$$\nq = p\n$$\n\n'
        '```python exec="1"\nfrom workings.table import table\n```\n\n'
        '--8<-- "shown.py:part"\n'
    ),
    "docs/third.md": '```python exec="1"\nfrom benchmarks.attention import figure\n```\n',
    "docs/fourth.md": '```python exec="1"\nfrom workings.ledger import ledger\n```\n',
    "snippets/first.py": "",
    "snippets/second.py": "from snippets.below import x\n",
    "snippets/below.py": "x = 1\n",
    "snippets/shown.py": "x = 1\n",
    "benchmarks/attention.json": "{}",
}
NONE, EVIDENCE, DRAWING = set(), {"evidence", "drawing"}, {"drawing"}
ALL = {"formulas", "evidence", "drawing"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("page", "file", "old", "new", "changed"),
    [
        ("first", "docs/first.md", "Prose", "Other prose", EVIDENCE),
        ("first", "docs/first.md", "o + 1", "o + 2", ALL),
        ("first", "docs/second.md", "q = p", "q = 2 p", NONE),
        ("first", "snippets/first.py", "", "x = 1\n", NONE),
        ("second", "docs/first.md", "Prose", "Other\n\nprose", NONE),
        ("second", "docs/first.md", "# First\n", "# First\n\nA line more.\n", NONE),
        ("second", "docs/first.md", "o + 1", "o + 2", ALL),
        ("second", "docs/first.md", "# First", "# Other", NONE),
        ("second", "docs/third.md", "figure", "table", NONE),
        ("second", "snippets/second.py", "x", "x as y", EVIDENCE),
        ("second", "snippets/below.py", "1", "2", EVIDENCE),
        ("second", "snippets/shown.py", "1", "2", EVIDENCE),
        ("second", "snippets/first.py", "", "x = 1\n", NONE),
        ("second", "benchmarks/attention.json", "{}", "[]", NONE),
        ("second", "mkdocs.yml", "Test", "Other", DRAWING),
        ("third", "benchmarks/attention.json", "{}", "[]", DRAWING),
        ("third", "docs/first.md", "Prose", "Other prose", NONE),
        ("fourth", "docs/first.md", "Prose", "Other prose", DRAWING),
        ("fourth", "snippets/second.py", "x", "x as y", DRAWING),
    ],
)
def test_a_change_shows_where_it_matters(
    site: Path, page: str, file: str, old: str, new: str, changed: set[str]
) -> None:
    """Editing a file changes the digests of the pages that rest on it, and no others."""
    before = vars(keys(str(site / f"docs/{page}.md"), site))
    text = (site / file).read_text(encoding="utf-8")
    assert old in text
    (site / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    after = vars(keys(str(site / f"docs/{page}.md"), site))
    assert {name for name in before if before[name] != after[name]} == changed


def test_a_page_that_cannot_be_read_has_keys(site: Path) -> None:
    """A page with broken front matter still has its digests, which change with its text."""
    page = site / "docs/first.md"
    page.write_text("---\nuses: [\n---\n", encoding="utf-8")
    broken = keys(str(page), site)
    assert isinstance(broken, Keys)
    page.write_text("---\nuses: [ \n---\n", encoding="utf-8")
    assert keys(str(page), site) != broken
