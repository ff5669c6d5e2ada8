"""What must stop a build, and what a running server must notice."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.live import served, shown

ROOT = Path(__file__).parents[2]
_PARTS = ("benchmarks", "docs", "snippets", "theme", "workings", "mkdocs.yml")

pytestmark = pytest.mark.site


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what the site is made from, with two of its pages."""
    for part in _PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / part)
    keep(tmp_path, "index.md", "softmax.md")
    (tmp_path / "docs/index.md").write_text("# Workings\n\nSee [softmax](softmax.md).\n")
    return tmp_path


def keep(copy: Path, *pages: str) -> None:
    """Leaves the copy with these pages, in this order."""
    for page in (*(copy / "docs").glob("*.md"), *(copy / "docs").glob("*.ipynb")):
        if page.name not in pages:
            page.unlink()
    settings = (copy / "mkdocs.yml").read_text(encoding="utf-8")
    nav = "nav:\n" + "".join(f"  - {page}\n" for page in pages)
    settings = re.sub(r"^nav:\n(?: +.*\n)+", nav, settings, flags=re.MULTILINE)
    (copy / "mkdocs.yml").write_text(settings, encoding="utf-8")
    for page in pages:
        text = (copy / "docs" / page).read_text(encoding="utf-8")
        # The pages left link to those taken out.
        text = re.sub(r"\]\([\w-]+\.(?:md|ipynb)[^)]*\)", f"]({pages[0]})", text)
        (copy / "docs" / page).write_text(text, encoding="utf-8")


def build(copy: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Builds the copy, with the copy's own snippets and engine."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", *options],
        cwd=copy,
        capture_output=True,
        text=True,
    )


def append(path: Path, text: str) -> None:
    """Adds `text` at the end of a file."""
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_the_copy_builds(copy: Path) -> None:
    """Unharmed, the copy builds, so that what fails below fails for the harm done."""
    made = build(copy, "--strict")
    assert made.returncode == 0, made.stderr


def test_a_failing_snippet_stops_the_build(copy: Path) -> None:
    """A snippet that raises when a page runs it fails the strict build."""
    append(copy / "snippets/softmax.py", '\nraise ArithmeticError("planted")\n')
    made = build(copy, "--strict")
    assert made.returncode != 0
    assert "planted" in made.stderr


def test_a_failing_block_stops_the_build(copy: Path) -> None:
    """A block of code that raises fails the strict build."""
    append(copy / "docs/index.md", '\n```python exec="1"\n1 / 0\n```\n')
    made = build(copy, "--strict")
    assert made.returncode != 0
    assert "ZeroDivisionError" in made.stderr


def test_a_missing_section_stops_the_build(copy: Path) -> None:
    """A page that includes a section no snippet has fails the build."""
    append(copy / "docs/index.md", '\n```python\n--8<-- "softmax.py:no-such-section"\n```\n')
    assert build(copy, "--strict").returncode != 0


@pytest.mark.parametrize("options", [[], ["--strict"]])
def test_an_unreadable_formula_stops_the_build(copy: Path, options: list[str]) -> None:
    """A formula that can't be drawn fails the build, strict or not, with file and line."""
    append(copy / "docs/index.md", "\nHere: $\\nosuchmacro$\n")
    made = build(copy, *options)
    assert made.returncode != 0
    assert re.search(r"docs/index\.md:5: Undefined control sequence \\nosuchmacro", made.stderr)
    assert "Traceback" not in made.stderr


def test_the_line_counts_front_matter(copy: Path) -> None:
    """The line named is the file's own, front matter included."""
    page = copy / "docs/index.md"
    page.write_text("---\ntitle: Workings\n---\n\n# Workings\n\n$\\nosuchmacro$\n")
    assert "docs/index.md:7: " in build(copy).stderr


def test_an_unreadable_formula_in_a_table_stops_the_build(copy: Path) -> None:
    """A formula printed by code fails the build too, with the line of that code."""
    block = '```python exec="1"\nprint("| a |\\n|---|\\n| $\\\\nosuchmacro$ |")\n```\n'
    append(copy / "docs/index.md", f"\n{block}")
    made = build(copy)
    assert made.returncode != 0
    assert "docs/index.md:5 (printed by the code there): Undefined" in made.stderr


@pytest.mark.parametrize(
    ("kind", "source", "message"),
    [
        ("code", 'raise ArithmeticError("planted")', "planted"),
        ("markdown", "$\\nosuchmacro$", r"docs/make-moons\.ipynb:\d+: Undefined"),
    ],
)
def test_a_failing_notebook_stops_the_build(
    copy: Path, kind: str, source: str, message: str
) -> None:
    """A notebook with a cell that raises, or a formula that can't be drawn, fails the build."""
    cell = {"cell_type": kind, "id": "a", "metadata": {}, "source": [source]}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    notebook = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (copy / "docs/make-moons.ipynb").write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    keep(copy, "index.md", "make-moons.ipynb")
    made = build(copy)
    assert made.returncode != 0
    assert re.search(message, made.stderr)


def test_a_server_shows_edits(copy: Path) -> None:
    """An edit to a page or to a snippet shows on the served page, with no stale module."""
    (copy / "snippets/planted.py").write_text("def word():\n    return 'first'\n")
    block = '\n```python exec="1"\nfrom snippets.planted import word\nprint(word())\n```\n'
    append(copy / "docs/index.md", block)
    server, address = served(copy)

    def wait_for(text: str) -> None:
        shown(server, address, lambda page: text in page)

    try:
        wait_for("<p>first</p>")
        (copy / "snippets/planted.py").write_text("def word():\n    return 'other'\n")
        wait_for("<p>other</p>")
        append(copy / "docs/index.md", "\nA line more.\n")
        wait_for("<p>A line more.</p>")
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_a_build_imports_the_engine_anew() -> None:
    """However a module is imported after the start of a build, it isn't one of the build before."""
    program = """
import sys
import workings.figure
from workings.mkdocs import forget

before = workings.figure
forget({"workings"})
from workings import figure

assert figure is not before
assert figure is sys.modules["workings.figure"]
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
